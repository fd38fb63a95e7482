//! Groups of rows: found in the columns alone, and described by what sets each apart.

pub mod kmeans;
pub mod segments;
