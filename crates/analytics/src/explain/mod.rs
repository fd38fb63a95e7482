//! Why a fitted pipeline says what it says: of one row, of a column, and as a whole.
//!
//! Everything here speaks of the columns of the table a person knows, not of the prepared ones: the columns made of one
//! category count together. Where a step mixes columns, explanations go through the table itself and stay right.
//!
//! - [`shap()`]: what each column adds to one row's output; exact for linear models, by coalitions for all others; additivity
//!   is asserted.
//! - [`permutation_importance`]: how much worse held-out predictions get without a column.
//! - [`partial_dependence`]: the output as one column changes, on average and row by row.
//! - [`local_surrogate`]: a small linear model around one row, never without its fit.
//! - [`counterfactual()`]: the smallest changes of columns one can act on that reach a goal.
//! - [`reasons()`]: a row's strongest contributions as codes and numbers, which the app puts into words.

pub mod counterfactual;
pub mod dependence;
mod least_squares;
pub mod permutation;
pub mod reasons;
pub mod shap;
mod subject;
pub mod surrogate;

pub use self::counterfactual::{
    Actionable, Counterfactual, CounterfactualParams, Counterfactuals, Direction, Goal, counterfactual,
};
pub use self::dependence::{DependenceParams, PartialDependence, partial_dependence};
pub use self::permutation::{PermutationImportance, PermutationParams, permutation_importance};
pub use self::reasons::{Reason, Reasons, reasons};
pub use self::shap::{Shap, ShapMethod, ShapParams, shap};
pub use self::subject::{Scale, Value};
pub use self::surrogate::{LocalSurrogate, SurrogateParams, local_surrogate};

#[cfg(test)]
mod tests;
