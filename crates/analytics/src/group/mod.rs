//! Groups of rows: found in the columns alone, judged, and described by what sets each apart.
//!
//! [`GroupParams`] and [`GroupModel`] hold any one of the methods, as recipes and saved models need. Labels are `0..n_groups`,
//! the largest group first; [`NOISE`] marks a row of no group.

pub mod agreement;
pub mod dbscan;
pub mod gap;
pub mod gmm;
pub mod hierarchical;
pub(crate) mod kd_tree;
pub mod kmeans;
pub mod migration;
mod model;
mod order;
pub mod quality;
pub mod segments;
pub mod stability;

pub use self::model::{GroupModel, GroupNote, GroupParams, Grouped, NOISE};
