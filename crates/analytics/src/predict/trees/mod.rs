//! Trees and what is made of them: [`tree`] (CART), [`forest`], [`boosting`].
//!
//! All three fit an [`Ensemble`] of flat [`Tree`]s, so that explanations, importances and rules are written once.

mod ensemble;
pub mod forest;
mod format;
mod grow;
mod pace;
mod prune;
mod ranks;
mod target;
pub mod tree;

pub use self::ensemble::{Combine, Ensemble};
pub use self::format::{MAX_DEPTH, Split, Tree};
pub use self::target::Criterion;
