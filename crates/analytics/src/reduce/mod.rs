//! Fewer columns that say nearly as much.

pub(crate) mod eigen;
pub mod pca;
