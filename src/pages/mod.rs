//! One module a page.

pub mod analysis;
pub mod customer;
pub mod customers;
pub mod import;
pub mod models;
pub mod overview;
pub mod predict;
pub mod privacy;
pub mod recommend;
pub mod segments;
pub mod settings;
pub mod unlock;
pub mod welcome;
