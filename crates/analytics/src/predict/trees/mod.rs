//! Trees and what is made of them: [`tree`] (CART), [`forest`], [`boosting`].
//!
//! All three fit an [`Ensemble`] of flat [`Tree`]s, so that explanations, importances and rules are written once.

pub mod boosting;
mod ensemble;
pub mod forest;
mod format;
mod grow;
mod pace;
mod prune;
mod quadrature;
mod ranks;
mod rules;
mod shap;
mod target;
pub mod tree;

pub use self::ensemble::{Combine, Ensemble};
pub use self::format::{MAX_DEPTH, Split, Tree};
pub use self::rules::{Condition, Rule, rules};
pub use self::shap::{Contributions, shap, shap_interventional};
pub use self::target::Criterion;

#[cfg(test)]
mod tests;
