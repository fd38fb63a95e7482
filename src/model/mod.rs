//! View models: arithmetic and decisions of the pages, pure and natively tested.

pub mod analysis;
pub mod auto_lock;
pub mod cells;
pub mod chart;
pub mod column_choice;
pub mod columns;
pub mod filter_builder;
pub mod grid;
pub mod import_wizard;
pub mod methods;
pub mod predict;
pub mod privacy;
pub mod qr;
pub mod quantity;
pub mod recipes;
pub mod recommend;
pub mod recovery;
pub mod scroll;
pub mod segments;
pub mod timeline;
