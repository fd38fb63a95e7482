//! The numbers: tables, methods, models and metrics over plain columns.
//!
//! Everything here is a pure function of its arguments: rows, checked parameters and a seed go in, numbers come out. No
//! clock, no entropy, no files and no personal fields: a row is known by its position alone.
//!
//! - [`table`]: typed columns with explicit missing values; [`matrix`]: complete, finite numbers, the door to every method.
//! - [`partial`]: what can be summed over rows, chunk by chunk, so that the answer does not depend on who computed it.
//! - [`shards`]: such sums by several workers; [`progress`]: long work reports and can be cancelled.

pub mod anonymize;
mod distribution;
pub mod drift;
pub mod error;
pub mod explain;
pub mod fairness;
pub mod fingerprint;
pub mod group;
pub mod judge;
pub mod keep;
pub mod matrix;
pub mod metrics;
pub mod outcome;
pub mod partial;
pub mod predict;
pub mod prepare;
pub mod profile;
pub mod progress;
pub mod random;
pub mod recommend;
pub mod reduce;
pub mod registry;
pub mod rfm;
pub mod shards;
pub mod table;

pub use error::{Error, Result};
pub use matrix::Matrix;
pub use table::{Column, ColumnData, Table};
