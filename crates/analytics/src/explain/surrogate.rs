//! A small linear model around one row: easy to read, and only as good as its fit, which always stands beside it.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::Scale;
use super::least_squares::Sums;
use super::subject::{Cell, Rows, Subject, Value};
use crate::judge::Pipeline;
use crate::profile::Moments;
use crate::progress::{Watch, report};
use crate::random::{Generator, draw_below, generator};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, ColumnData, Error, Result, Table};

const STAGE: &str = "local_surrogate";

/// The weighted share of variance below which the surrogate should not be read.
pub const POOR_FIT: f64 = 0.5;

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "local_surrogate",
    family: Family::Explain,
    summary: "Fits a small linear model to the predictions around one row, and says how well it fits them.",
    parameters: &[
        Parameter {
            name: "n_samples",
            kind: Kind::Integer { min: 100, max: 100_000 },
            default: "2000",
            doc: "The made-up rows around the one explained.",
        },
        Parameter {
            name: "n_columns",
            kind: Kind::Integer { min: 1, max: 50 },
            default: "6",
            doc: "The most columns of the small model: those with the largest coefficients in a model of all.",
        },
        Parameter {
            name: "width",
            kind: Kind::Number { min: 0.01, max: 100.0 },
            default: "0.75",
            doc: "The reach around the row, in standard deviations times the root of the number of columns.",
        },
        Parameter {
            name: "ridge",
            kind: Kind::Number { min: 0.0, max: 1e6 },
            default: "1.0",
            doc: "The penalty on squared coefficients, which keeps them steady.",
        },
        Parameter {
            name: "scale",
            kind: Kind::Choice { options: &["number", "log_odds", "probability"] },
            default: "null",
            doc: "The unit of the output; null means target units for numbers and probability for classes.",
        },
        Parameter {
            name: "class",
            kind: Kind::Integer { min: 0, max: 999 },
            default: "1",
            doc: "The class explained; of two, 1 is the positive one.",
        },
        Parameter {
            name: "seed",
            kind: Kind::Integer { min: 0, max: i64::MAX },
            default: "0",
            doc: "The seed of the made-up rows.",
        },
    ],
    formula: "argmin over b of Σ w(z)(f(z) − b0 − Σ bj dj(z))² + ridge·Σ bj², w = exp(−Σ dj²/width²), dj a number's distance \
              in standard deviations or 1 for another level",
    source: "Ribeiro, Singh and Guestrin (2016), KDD; Garreau and von Luxburg (2020), AISTATS, on the width",
    cost: "n_samples predictions",
};

/// What [`local_surrogate`] needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SurrogateParams {
    /// The made-up rows, `100..=100_000`.
    pub n_samples: usize,
    /// The most columns, `1..=50`.
    pub n_columns: usize,
    /// The reach in standard deviations times the root of the number of columns, `0.01..=100`.
    pub width: f64,
    /// The penalty, `0..=1e6`.
    pub ridge: f64,
    /// The unit; `None` means target units for numbers and probability for classes.
    pub scale: Option<Scale>,
    /// The class explained, below the number of classes and `0..=999`.
    pub class: usize,
    /// The seed of the made-up rows.
    pub seed: u64,
}

impl Default for SurrogateParams {
    fn default() -> Self {
        Self { n_samples: 2000, n_columns: 6, width: 0.75, ridge: 1.0, scale: None, class: 1, seed: 0 }
    }
}

impl SurrogateParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        let refuse = |name, range| Err(Error::Parameter { name, range });
        if !(100..=100_000).contains(&self.n_samples) {
            return refuse("n_samples", "a whole number from 100 to 100000");
        }
        if !(1..=50).contains(&self.n_columns) {
            return refuse("n_columns", "a whole number from 1 to 50");
        }
        if !(0.01..=100.0).contains(&self.width) {
            return refuse("width", "between 0.01 and 100");
        }
        if !(0.0..=1e6).contains(&self.ridge) {
            return refuse("ridge", "between 0 and 1e6");
        }
        if self.class > 999 {
            return refuse("class", "a whole number from 0 to 999");
        }
        if self.seed > i64::MAX as u64 {
            return refuse("seed", "a whole number from 0 to 9223372036854775807");
        }
        Ok(())
    }
}

/// A small linear model around one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalSurrogate {
    /// The row, a position in the table.
    pub row: usize,
    /// The unit of the output.
    pub scale: Scale,
    /// What the pipeline says of the row.
    pub output: f64,
    /// What the small model says of it.
    pub local_output: f64,
    /// The effects, the largest first.
    pub effects: Vec<LocalEffect>,
    /// The weighted share of the outputs' variance around the row that the small model explains; `None` when the outputs do not vary.
    pub r_squared: Option<f64>,
    /// Whether to read it.
    pub fit: SurrogateFit,
}

/// What one column does around the row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalEffect {
    /// The column.
    pub column: String,
    /// The row's value.
    pub value: Value,
    /// For numbers and times the change of the output for one `unit` more; for categories its change at another level.
    pub effect: f64,
    /// The column's standard deviation in its own units, in milliseconds for times; `None` for categories.
    pub unit: Option<f64>,
}

/// How good the small model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurrogateFit {
    /// It explains at least [`POOR_FIT`] of the variance.
    Fair,
    /// It explains less: the pipeline is not near linear here, and the effects mislead.
    Poor,
    /// The outputs around the row do not vary: nothing to explain.
    Flat,
}

/// Fits a small model around `row` of `table`, whose rows give the columns' spreads, ranges and levels. Made-up values stay
/// within what was observed.
///
/// # Errors
/// [`Error::Parameter`], also for a row that is not there; those of [`Pipeline::predict`]; [`Error::Cancelled`].
pub fn local_surrogate(
    pipeline: &Pipeline,
    table: &Table,
    row: usize,
    params: &SurrogateParams,
    watch: &mut Watch<'_>,
) -> Result<LocalSurrogate> {
    params.check()?;
    let inputs = Rows::new(pipeline, table)?;
    inputs.check(&[row])?;
    let prepared = inputs.prepared(&[row])?;
    let subject = Subject::new(pipeline, &prepared, params.class, params.scale)?;
    let output = subject.outputs(&prepared)?[0];
    let players = inputs.players();
    let mut draws = generator(params.seed, 0);
    let mut columns = Vec::with_capacity(inputs.table.columns().len());
    let mut around = Vec::with_capacity(players.len());
    for (input, column) in inputs.table.columns().enumerate() {
        report(watch, STAGE, input, inputs.table.columns().len() + 1)?;
        if players.contains(&input) {
            let made_up = Around::draw(column, row, params.n_samples, &mut draws);
            columns.push(Column { name: column.name.clone(), data: made_up.data.clone() });
            around.push((input, made_up));
        } else {
            columns.push(Column {
                name: column.name.clone(),
                data: column.data.take(&vec![row; params.n_samples]),
            });
        }
    }
    let outputs = subject.outputs(&pipeline.prepared(&Table::new(columns)?)?)?;
    let fit = fit(&around, &outputs, params);
    let mut effects: Vec<LocalEffect> = fit
        .terms
        .iter()
        .map(|&(position, effect)| {
            let (input, made_up) = &around[position];
            let column = inputs.table.column_at(*input);
            let value = Cell::of(column, row).value(column);
            LocalEffect { column: column.name.clone(), value, effect, unit: made_up.unit }
        })
        .collect();
    effects.sort_by(|left, right| right.effect.abs().total_cmp(&left.effect.abs()));
    let quality = match fit.r_squared {
        None => SurrogateFit::Flat,
        Some(share) if share >= POOR_FIT => SurrogateFit::Fair,
        Some(_) => SurrogateFit::Poor,
    };
    Ok(LocalSurrogate {
        row,
        scale: subject.scale,
        output,
        local_output: fit.intercept,
        effects,
        r_squared: fit.r_squared,
        fit: quality,
    })
}

/// Made-up values of one column around a row's value.
struct Around {
    data: ColumnData,
    /// How far each is: in standard deviations, or 1 for another level.
    distances: Vec<f64>,
    unit: Option<f64>,
}

impl Around {
    /// The first made-up row is the row itself.
    fn draw(column: &Column, row: usize, n_samples: usize, draws: &mut Generator) -> Self {
        match &column.data {
            ColumnData::Number(values) => {
                let (values, distances, unit) = numbers(values, row, n_samples, draws);
                Self { data: ColumnData::Number(values), distances, unit: Some(unit) }
            }
            ColumnData::Time(values) => {
                let millis: Vec<f64> =
                    values.iter().map(|time| time.map_or(f64::NAN, |time| time as f64)).collect();
                let (values, distances, unit) = numbers(&millis, row, n_samples, draws);
                let time = |millis: f64| (!millis.is_nan()).then(|| millis.round() as i64);
                let data = ColumnData::Time(values.into_iter().map(time).collect());
                Self { data, distances, unit: Some(unit) }
            }
            data => {
                let mut drawn =
                    |sample: usize| if sample == 0 { row } else { draw_below(draws, data.n_rows()) };
                let rows: Vec<usize> = (0..n_samples).map(&mut drawn).collect();
                let own = Cell::of(column, row);
                let differs = |&other: &usize| f64::from(u8::from(Cell::of(column, other) != own));
                Self { data: data.take(&rows), distances: rows.iter().map(differs).collect(), unit: None }
            }
        }
    }
}

/// Numbers around that of `row` within the range of all, how far they are in standard deviations, and that deviation. Around a missing
/// value, observed ones are drawn and count as one deviation away.
fn numbers(values: &[f64], row: usize, n_samples: usize, draws: &mut Generator) -> (Vec<f64>, Vec<f64>, f64) {
    let moments = Moments::of(values);
    let spread = moments.standard_deviation(0).filter(|spread| *spread > 0.0 && spread.is_finite());
    let unit = spread.unwrap_or(1.0);
    let (low, high) = moments.range().unwrap_or((f64::NAN, f64::NAN));
    let own = values[row];
    let drawn: Vec<f64> = (0..n_samples)
        .map(|sample| match sample {
            0 => own,
            _ if own.is_nan() => values[draw_below(draws, values.len())],
            _ if spread.is_none() => own,
            _ => (own + unit * draw_normal(draws)).clamp(low, high),
        })
        .collect();
    let distance = |value: &f64| match (own.is_nan(), value.is_nan()) {
        (true, is_missing) => f64::from(u8::from(!is_missing)),
        _ => (value - own) / unit,
    };
    let distances = drawn.iter().map(distance).collect();
    (drawn, distances, unit)
}

/// A draw of the standard normal distribution (Box and Muller 1958).
fn draw_normal(draws: &mut Generator) -> f64 {
    let (radius, angle): (f64, f64) = (draws.r#gen(), draws.r#gen());
    (-2.0 * libm::log(1.0 - radius)).sqrt() * libm::cos(std::f64::consts::TAU * angle)
}

struct Fit {
    intercept: f64,
    /// Positions in `around` and effects.
    terms: Vec<(usize, f64)>,
    r_squared: Option<f64>,
}

fn fit(around: &[(usize, Around)], outputs: &[f64], params: &SurrogateParams) -> Fit {
    let width = params.width * (around.len().max(1) as f64).sqrt();
    let weight = |sample: usize| {
        let squares: f64 = around.iter().map(|(_, it)| it.distances[sample] * it.distances[sample]).sum();
        libm::exp(-squares / (width * width))
    };
    let weights: Vec<f64> = (0..outputs.len()).map(weight).collect();
    let all: Vec<usize> = (0..around.len()).collect();
    let mut order = solve(around, &all, outputs, &weights, params.ridge).1;
    order.sort_by(|left, right| right.1.abs().total_cmp(&left.1.abs()));
    let mut kept: Vec<usize> = order.iter().take(params.n_columns).map(|term| term.0).collect();
    kept.sort_unstable();
    let (intercept, terms) = solve(around, &kept, outputs, &weights, params.ridge);
    let total_weight: f64 = weights.iter().sum();
    let mean =
        outputs.iter().zip(&weights).map(|(output, weight)| output * weight).sum::<f64>() / total_weight;
    let (mut left, mut total) = (0.0, 0.0);
    for (sample, (output, weight)) in outputs.iter().zip(&weights).enumerate() {
        let predicted = terms
            .iter()
            .fold(intercept, |sum, &(position, effect)| sum + effect * around[position].1.distances[sample]);
        left += weight * (output - predicted) * (output - predicted);
        total += weight * (output - mean) * (output - mean);
    }
    // What rounding leaves of outputs that are all equal.
    let is_flat = total <= 1e-24 * total_weight * (1.0 + mean * mean);
    Fit { intercept, terms, r_squared: (!is_flat).then_some(1.0 - left / total) }
}

fn solve(
    around: &[(usize, Around)],
    kept: &[usize],
    outputs: &[f64],
    weights: &[f64],
    ridge: f64,
) -> (f64, Vec<(usize, f64)>) {
    let mut sums = Sums::new(kept.len() + 1);
    let mut row = vec![1.0; kept.len() + 1];
    for (sample, (&output, &weight)) in outputs.iter().zip(weights).enumerate() {
        row[1..]
            .iter_mut()
            .zip(kept)
            .for_each(|(cell, &position)| *cell = around[position].1.distances[sample]);
        sums.add(&row, output, weight);
    }
    let mut penalties = vec![ridge; kept.len() + 1];
    penalties[0] = 0.0;
    let found = sums.solve(&penalties);
    (found[0], kept.iter().copied().zip(found[1..].iter().copied()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, SurrogateParams::check);
    }
}
