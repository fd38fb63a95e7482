//! Skewed numbers become more nearly normal by the power that makes them most likely so: Box–Cox for positive values,
//! Yeo–Johnson for any.

use serde::{Deserialize, Serialize};

use super::columns::{NUMBER_COLUMNS, change_numbers, learn_numbers};
use super::minimize::{bracket, minimize};
use crate::profile::Moments;
use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result, Table};

/// Powers are looked for, and taken, within this distance of 0.
const MOST: f64 = 1000.0;

const PARAMETERS: &[Parameter] = &[
    NUMBER_COLUMNS,
    Parameter {
        name: "lambda",
        kind: Kind::Number { min: -MOST, max: MOST },
        default: "null",
        doc: "The power of all chosen columns; null finds each column's most likely one between -1000 and 1000.",
    },
    Parameter {
        name: "standardize",
        kind: Kind::Boolean,
        default: "true",
        doc: "Gives the transformed training rows mean 0 and variance 1, divisor n.",
    },
];

/// The registry's entry of Box–Cox.
pub const BOX_COX: Method = Method {
    name: "box_cox",
    family: Family::Prepare,
    summary: "Raises positive numbers to the power that makes them most nearly normal.",
    parameters: PARAMETERS,
    formula: "(x^λ - 1)/λ, ln x for λ = 0; λ maximizes -n/2·ln var + (λ - 1)·Σ ln x",
    source: "Box and Cox (1964), An analysis of transformations, JRSS B 26",
    cost: "about 40 passes a column",
};

/// The registry's entry of Yeo–Johnson.
pub const YEO_JOHNSON: Method = Method {
    name: "yeo_johnson",
    family: Family::Prepare,
    summary: "Raises numbers of any sign to the power that makes them most nearly normal.",
    parameters: PARAMETERS,
    formula: "x ≥ 0: ((1 + x)^λ - 1)/λ; x < 0: -((1 - x)^(2-λ) - 1)/(2 - λ); λ by maximum likelihood",
    source: "Yeo and Johnson (2000), A new family of power transformations, Biometrika 87",
    cost: "about 40 passes a column",
};

/// Which numbers are raised to which power.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PowerParams {
    /// The columns; empty means every number.
    pub columns: Vec<String>,
    /// The power, `-1000..=1000`; `None` finds the most likely one.
    pub lambda: Option<f64>,
    /// Whether the result gets mean 0 and variance 1.
    pub standardize: bool,
}

impl Default for PowerParams {
    fn default() -> Self {
        Self { columns: Vec::new(), lambda: None, standardize: true }
    }
}

impl PowerParams {
    pub(super) fn check(&self) -> Result<()> {
        match self.lambda.is_none_or(|lambda| (-MOST..=MOST).contains(&lambda)) {
            true => Ok(()),
            false => Err(Error::Parameter { name: "lambda", range: "a number from -1000 to 1000" }),
        }
    }
}

/// Which of the two families.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    BoxCox,
    YeoJohnson,
}

/// The powers of each column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedPower {
    /// One entry a column.
    pub columns: Vec<PoweredColumn>,
}

/// How one column is transformed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PoweredColumn {
    /// The column.
    pub column: String,
    /// The power; 1 for a constant column.
    pub lambda: f64,
    /// What is subtracted from the power.
    pub mean: f64,
    /// What the difference is divided by.
    pub scale: f64,
    /// Whether all training rows have one value.
    pub is_constant: bool,
}

pub(super) fn fit(
    power: Power,
    params: &PowerParams,
    table: &Table,
    watch: &mut Watch<'_>,
) -> Result<FittedPower> {
    let columns = learn_numbers(table, &params.columns, |column, values| {
        power.check(column, values)?;
        let moments = Moments::of(values);
        if moments.count() == 0 {
            return Err(Error::NothingObserved { column: column.to_owned() });
        }
        let is_constant = moments.is_constant();
        let lambda = match params.lambda {
            Some(lambda) => lambda,
            None if is_constant => 1.0,
            None => power.most_likely(values, watch)?,
        };
        let (mean, scale) = match params.standardize {
            true => power.scaling(column, values, lambda)?,
            false => (0.0, 1.0),
        };
        Ok(PoweredColumn { column: column.to_owned(), lambda, mean, scale, is_constant })
    })?;
    Ok(FittedPower { columns })
}

impl FittedPower {
    pub(super) fn apply(&self, power: Power, table: Table) -> Result<Table> {
        change_numbers(table, |name, values| {
            let Some(learned) = self.columns.iter().find(|learned| learned.column == name) else {
                return Ok(());
            };
            power.check(name, values)?;
            let lambda = learned.lambda;
            values
                .iter_mut()
                .for_each(|value| *value = (power.of(*value, lambda) - learned.mean) / learned.scale);
            match values.iter().any(|value| value.is_infinite()) {
                true => Err(Error::OutOfScale { column: name.to_owned() }),
                false => Ok(()),
            }
        })
    }
}

impl Power {
    /// Refuses a value the family does not take.
    fn check(self, column: &str, values: &[f64]) -> Result<()> {
        match values.iter().position(|value| *value <= 0.0) {
            Some(row) if self == Self::BoxCox => Err(Error::NotPositive { column: column.to_owned(), row }),
            _ => Ok(()),
        }
    }

    /// The transformed value; `NaN` stays.
    fn of(self, value: f64, lambda: f64) -> f64 {
        match self {
            Self::BoxCox => power_of_log(libm::log(value), lambda),
            Self::YeoJohnson if value < 0.0 => -power_of_log(libm::log1p(-value), 2.0 - lambda),
            Self::YeoJohnson => power_of_log(libm::log1p(value), lambda),
        }
    }

    fn scaling(self, column: &str, values: &[f64], lambda: f64) -> Result<(f64, f64)> {
        let transformed: Vec<f64> = values.iter().map(|&value| self.of(value, lambda)).collect();
        if transformed.iter().any(|value| value.is_infinite()) {
            return Err(Error::OutOfScale { column: column.to_owned() });
        }
        let moments = Moments::of(&transformed);
        let is_lost = moments.is_constant() && !Moments::of(values).is_constant();
        let spread = moments.standard_deviation(0).filter(|spread| *spread > 0.0).unwrap_or(1.0);
        match is_lost {
            true => Err(Error::OutOfScale { column: column.to_owned() }),
            false => Ok((moments.mean().unwrap_or(0.0), spread)),
        }
    }

    /// The power of the greatest likelihood, which has a single peak (Kouider and Chen, 1995, for Box–Cox).
    fn most_likely(self, values: &[f64], watch: &mut Watch<'_>) -> Result<f64> {
        let present = || values.iter().copied().filter(|value| !value.is_nan());
        let (any_negative, any_positive) =
            (present().any(|value| value < 0.0), present().any(|value| value > 0.0));
        match self {
            Self::BoxCox => most_likely_of_logs(present().map(libm::log).collect(), watch),
            Self::YeoJohnson if !any_negative => {
                most_likely_of_logs(present().map(libm::log1p).collect(), watch)
            }
            Self::YeoJohnson if !any_positive => {
                // 2 - λ of the mirrored values, inside the same limits.
                let mirrored =
                    most_likely_of_logs(present().map(|value| libm::log1p(-value)).collect(), watch)?;
                Ok((2.0 - mirrored).clamp(-MOST, MOST))
            }
            Self::YeoJohnson => most_likely_of_both_signs(&present().collect::<Vec<f64>>(), watch),
        }
    }
}

/// `(exp(λu) - 1)/λ`, its limit `u` at 0.
fn power_of_log(log: f64, lambda: f64) -> f64 {
    if lambda.abs() < 1e-19 { log } else { libm::expm1(lambda * log) / lambda }
}

/// The most likely power of values given by their logarithms. These are centred first: the power of the mean then drops out of
/// the likelihood, and nothing overflows or cancels far from 1.
fn most_likely_of_logs(mut logs: Vec<f64>, watch: &mut Watch<'_>) -> Result<f64> {
    let mean = Moments::of(&logs).mean().unwrap_or(0.0);
    logs.iter_mut().for_each(|log| *log -= mean);
    let mut powers = vec![0.0; logs.len()];
    lowest(|lambda| {
        report(watch, "power", 0, 0)?;
        powers.iter_mut().zip(&logs).for_each(|(power, &log)| *power = power_of_log(log, lambda));
        Ok(log_spread(&powers))
    })
}

fn most_likely_of_both_signs(values: &[f64], watch: &mut Watch<'_>) -> Result<f64> {
    let n = values.len() as f64;
    let signed_log = |value: f64| libm::log1p(value.abs()).copysign(value);
    let mean_log = values.iter().map(|&value| signed_log(value)).sum::<f64>() / n;
    let mut powers = vec![0.0; values.len()];
    lowest(|lambda| {
        report(watch, "power", 0, 0)?;
        powers
            .iter_mut()
            .zip(values)
            .for_each(|(power, &value)| *power = Power::YeoJohnson.of(value, lambda));
        Ok(log_spread(&powers) - (lambda - 1.0) * mean_log)
    })
}

/// The power where `function` is least, looked for from the power 1, which leaves values as they are.
fn lowest(mut function: impl FnMut(f64) -> Result<f64>) -> Result<f64> {
    let (low, high) = bracket(1.0, (-MOST, MOST), &mut function)?;
    minimize(low, high, 1e-9, function)
}

/// The logarithm of the standard deviation; infinite when a value is.
fn log_spread(values: &[f64]) -> f64 {
    if values.iter().any(|value| !value.is_finite()) {
        return f64::INFINITY;
    }
    match Moments::of(values).standard_deviation(0) {
        Some(spread) if spread > 0.0 => libm::log(spread),
        _ => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&BOX_COX, PowerParams::check);
        crate::registry::assert_documented(&YEO_JOHNSON, PowerParams::check);
    }

    #[test]
    fn logarithms_of_a_normal_shape_ask_for_the_power_zero() {
        let values: Vec<f64> = (-50..=50).map(|step| libm::exp(f64::from(step) / 10.0)).collect();
        let lambda = Power::BoxCox.most_likely(&values, &mut unwatched).unwrap();
        // A symmetric shape of logarithms; values tell the peak to about 1e-8.
        assert!(lambda.abs() < 1e-7, "{lambda}");
    }

    #[test]
    fn mirrored_values_have_the_mirrored_power() {
        let values: Vec<f64> = (1..60).map(|step| f64::from(step * step) / 7.0).collect();
        let mirrored: Vec<f64> = values.iter().map(|value| -value).collect();
        let find = |values: &[f64]| Power::YeoJohnson.most_likely(values, &mut unwatched).unwrap();
        assert!((find(&values) + find(&mirrored) - 2.0).abs() < 1e-7);
    }

    #[test]
    fn huge_and_tiny_positive_values_have_the_power_of_their_shape() {
        let shape: Vec<f64> = (1..60).map(|step| f64::from(step).powi(3)).collect();
        let find = |scale: f64| {
            let values: Vec<f64> = shape.iter().map(|value| value * scale).collect();
            Power::BoxCox.most_likely(&values, &mut unwatched).unwrap()
        };
        let plain = find(1.0);
        assert!(plain > 0.1 && plain < 0.5, "{plain}");
        for scale in [1e-290, 1e290] {
            assert!((find(scale) - plain).abs() < 1e-6, "{scale}");
        }
    }
}
