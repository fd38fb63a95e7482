//! The columns a penalty on the sizes of coefficients does not push out of a linear model.

use serde::{Deserialize, Serialize};

use super::recursive::coefficient_sizes;
use super::{FittedSelect, ScoredColumn};
use crate::predict::penalized::elastic_net::LassoParams;
use crate::predict::{ModelParams, Outcome, TrainingSet};
use crate::prepare::Training;
use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "select_l1",
    family: Family::Prepare,
    summary: "Keeps the columns whose coefficients an L1 penalty does not make zero.",
    parameters: &[
        Parameter {
            name: "alpha",
            kind: Kind::Number { min: 1e-12, max: 1e12 },
            default: "null",
            doc: "The penalty of lasso; null chooses it by folds. Standardize the columns first.",
        },
        Parameter {
            name: "model",
            kind: Kind::Text,
            default: "null",
            doc: "Another linear model, written as an object of its method and parameters; null takes lasso, of each class's indicator for classes.",
        },
    ],
    formula: "argmin 1/(2n) Σ(y - b0 - xb)² + α Σ|b|; kept where b is not 0, for classes where one class's b is not 0",
    source: "Tibshirani (1996), Regression shrinkage and selection via the lasso, JRSS B 58",
    cost: "one fit, for classes one a class",
};

/// How strongly coefficients are pushed to zero.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelectL1Params {
    /// Lasso's penalty, `1e-12..=1e12`; `None` chooses it by folds.
    pub alpha: Option<f64>,
    /// A linear model to take instead.
    pub model: Option<ModelParams>,
}

impl SelectL1Params {
    pub(in crate::prepare) fn check(&self) -> Result<()> {
        if !self.alpha.is_none_or(|alpha| (1e-12..=1e12).contains(&alpha)) {
            return Err(Error::Parameter { name: "alpha", range: "a number from 1e-12 to 1e12" });
        }
        self.model.as_ref().map_or(Ok(()), ModelParams::check)
    }
}

/// The score is the size of the coefficients for one standard deviation of the column, the largest over classes.
pub(in crate::prepare) fn fit(
    params: &SelectL1Params,
    table: &Table,
    training: &Training<'_>,
    watch: &mut Watch<'_>,
) -> Result<FittedSelect> {
    let outcome = training.outcome(METHOD.name)?;
    let matrix = Matrix::from_table(table)?;
    let lasso = ModelParams::Lasso(LassoParams { alpha: params.alpha, ..LassoParams::default() });
    let mut sizes = vec![0.0f64; matrix.n_columns()];
    let mut add = |model: &ModelParams, outcome: Outcome<'_>, watch: &mut Watch<'_>| -> Result<()> {
        let fitted = model.fit(&TrainingSet::new(&matrix, outcome)?, training.seed, watch)?;
        let not_linear = Error::Parameter { name: "model", range: "a linear model" };
        let found = coefficient_sizes(&fitted, &matrix).ok_or(not_linear)?;
        sizes.iter_mut().zip(found).for_each(|(size, found)| *size = size.max(found));
        Ok(())
    };
    match (&params.model, outcome) {
        (Some(model), _) => add(model, outcome, watch)?,
        (None, Outcome::Numbers(_)) => add(&lasso, outcome, watch)?,
        (None, Outcome::Classes { codes, n_classes }) => {
            // Of two classes one indicator says all.
            for class in usize::from(n_classes == 2)..n_classes {
                report(watch, METHOD.name, class, n_classes)?;
                let indicator: Vec<f64> =
                    codes.iter().map(|&code| f64::from(u8::from(code as usize == class))).collect();
                add(&lasso, Outcome::Numbers(&indicator), watch)?;
            }
        }
    }
    if sizes.iter().all(|size| *size <= 0.0) {
        return Err(Error::NothingSelected { method: METHOD.name });
    }
    let columns =
        matrix.names().iter().zip(sizes).map(|(name, size)| ScoredColumn::new(name, size, size > 0.0));
    Ok(FittedSelect { columns: columns.collect(), n_rows: table.n_rows() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, SelectL1Params::check);
    }
}
