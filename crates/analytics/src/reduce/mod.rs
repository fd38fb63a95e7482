//! Fewer columns that say nearly as much.

pub(crate) mod eigen;
pub mod pca;
pub mod pca_views;
pub mod truncated_svd;
pub mod tsne;
