//! The output as one column changes and all others stay: on average over rows, and row by row.

use serde::{Deserialize, Serialize};

use super::Scale;
use super::subject::{Cell, Rows, Subject, Value, constant};
use crate::judge::Pipeline;
use crate::profile::quantile;
use crate::progress::{Watch, report};
use crate::random::{draw_rows, generator};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, ColumnData, Error, Matrix, Result, Table};

const STAGE: &str = "partial_dependence";

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "partial_dependence",
    family: Family::Explain,
    summary: "Shows the mean prediction as one column takes value after value, with the curves of single rows.",
    parameters: &[
        Parameter {
            name: "column",
            kind: Kind::Column,
            default: "\"\"",
            doc: "The column that changes; must be given.",
        },
        Parameter {
            name: "n_points",
            kind: Kind::Integer { min: 2, max: 200 },
            default: "20",
            doc: "The quantiles of a number or time tried; of a category all levels that occur, the most frequent first, up to as many.",
        },
        Parameter {
            name: "most_rows",
            kind: Kind::Integer { min: 1, max: 100_000 },
            default: "1000",
            doc: "The rows averaged over, drawn by the seed.",
        },
        Parameter {
            name: "n_curves",
            kind: Kind::Integer { min: 0, max: 1000 },
            default: "50",
            doc: "The rows, of those, with a curve of their own.",
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
            doc: "The seed of the rows.",
        },
    ],
    formula: "PD(x) = mean over rows of f(x, the row's other columns); ICE: the same without the mean",
    source: "Friedman (2001), Annals of Statistics 29; Goldstein, Kapelner, Bleich and Pitkin (2015), JCGS 24",
    cost: "points × rows predictions",
};

/// What [`partial_dependence`] needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DependenceParams {
    /// The column that changes.
    pub column: String,
    /// The most values tried, `2..=200`.
    pub n_points: usize,
    /// The most rows averaged over, `1..=100_000`.
    pub most_rows: usize,
    /// The most rows with a curve of their own, `0..=1000`.
    pub n_curves: usize,
    /// The unit; `None` means target units for numbers and probability for classes.
    pub scale: Option<Scale>,
    /// The class explained, below the number of classes and `0..=999`.
    pub class: usize,
    /// The seed of the rows.
    pub seed: u64,
}

impl Default for DependenceParams {
    fn default() -> Self {
        Self {
            column: String::new(),
            n_points: 20,
            most_rows: 1000,
            n_curves: 50,
            scale: None,
            class: 1,
            seed: 0,
        }
    }
}

impl DependenceParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        let refuse = |name, range| Err(Error::Parameter { name, range });
        if !(2..=200).contains(&self.n_points) {
            return refuse("n_points", "a whole number from 2 to 200");
        }
        if !(1..=100_000).contains(&self.most_rows) {
            return refuse("most_rows", "a whole number from 1 to 100000");
        }
        if self.n_curves > 1000 {
            return refuse("n_curves", "a whole number from 0 to 1000");
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

/// The output along one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartialDependence {
    /// The column.
    pub column: String,
    /// The unit of the output.
    pub scale: Scale,
    /// The values tried: numbers and times rising, levels by falling frequency.
    pub grid: Vec<Value>,
    /// The mean output at each value.
    pub mean: Vec<f64>,
    /// The rows averaged over.
    pub n_rows: usize,
    /// Single rows.
    pub curves: Vec<Curve>,
}

/// The output of one row along the column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The row, a position in the table.
    pub row: usize,
    /// The output at each value.
    pub outputs: Vec<f64>,
    /// The output with the row's own value.
    pub own: f64,
}

/// The output of `pipeline` along one column of `table`.
///
/// Values are tried with every row, also where the two never occur together: where columns go together, trust the shape near the
/// data and no further.
///
/// # Errors
/// [`Error::UnknownColumn`] for a column that is no input; [`Error::NothingObserved`] for one without values;
/// [`Error::Parameter`]; those of [`Pipeline::predict`]; [`Error::Cancelled`].
pub fn partial_dependence(
    pipeline: &Pipeline,
    table: &Table,
    params: &DependenceParams,
    watch: &mut Watch<'_>,
) -> Result<PartialDependence> {
    params.check()?;
    let inputs = Rows::new(pipeline, table)?;
    let input = inputs.position(&params.column)?;
    let column = inputs.table.column_at(input);
    let grid = grid(column, params.n_points);
    if grid.is_empty() {
        return Err(Error::NothingObserved { column: params.column.clone() });
    }
    let mut draws = generator(params.seed, 0);
    let rows = draw_rows(&mut draws, table.n_rows(), params.most_rows);
    let prepared = inputs.prepared(&rows)?;
    let subject = Subject::new(pipeline, &prepared, params.class, params.scale)?;
    let own = subject.outputs(&prepared)?;
    let drawn = draw_rows(&mut draws, rows.len(), params.n_curves);
    let mut curves: Vec<Curve> = drawn
        .iter()
        .map(|&position| Curve { row: rows[position], outputs: Vec::new(), own: own[position] })
        .collect();
    let mut mean = Vec::with_capacity(grid.len());
    for (done, &cell) in grid.iter().enumerate() {
        report(watch, STAGE, done, grid.len())?;
        let outputs = subject.outputs(&with_value(&inputs, &prepared, &rows, input, cell)?)?;
        mean.push(outputs.iter().sum::<f64>() / outputs.len() as f64);
        curves.iter_mut().zip(&drawn).for_each(|(curve, &position)| curve.outputs.push(outputs[position]));
    }
    Ok(PartialDependence {
        column: params.column.clone(),
        scale: subject.scale,
        grid: grid.iter().map(|cell| cell.value(column)).collect(),
        mean,
        n_rows: rows.len(),
        curves,
    })
}

/// The prepared `rows` when `input` has the value `cell` in all of them.
pub(super) fn with_value(
    inputs: &Rows<'_>,
    prepared: &Matrix,
    rows: &[usize],
    input: usize,
    cell: Cell,
) -> Result<Matrix> {
    let changed = |table: &Table, n_rows: usize| {
        table.with_column(input, constant(table.column_at(input), cell, n_rows))
    };
    let Some(made_of) = &inputs.made_of else {
        return inputs.pipeline.prepared(&changed(&inputs.table.take(rows), rows.len())?);
    };
    let one = inputs.pipeline.prepared(&changed(&inputs.table.take(&rows[..1]), 1)?)?;
    let mut values = prepared.values().to_vec();
    for row in values.chunks_exact_mut(prepared.n_columns()) {
        made_of[input].iter().for_each(|&column| row[column] = one.row(0)[column]);
    }
    Matrix::new(prepared.names().to_vec(), values)
}

/// At most `n_points` values of `column`: evenly spaced quantiles of numbers and times, rising and different; levels by
/// falling frequency, ties in their order; of text none.
pub(super) fn grid(column: &Column, n_points: usize) -> Vec<Cell> {
    let quantiles = |sorted: Vec<f64>| {
        let share = |point: usize| point as f64 / (n_points - 1) as f64;
        let distinct = {
            let mut distinct = sorted.clone();
            distinct.dedup();
            distinct
        };
        if distinct.len() <= n_points {
            return distinct;
        }
        let mut points: Vec<f64> = (0..n_points).map(|point| quantile(&sorted, share(point))).collect();
        points.dedup();
        points
    };
    match &column.data {
        ColumnData::Number(values) => {
            quantiles(crate::profile::sorted_present(values)).into_iter().map(Cell::Number).collect()
        }
        ColumnData::Time(values) => {
            let mut sorted: Vec<f64> = values.iter().flatten().map(|&millis| millis as f64).collect();
            sorted.sort_by(f64::total_cmp);
            quantiles(sorted).into_iter().map(|millis| Cell::Time(millis as i64)).collect()
        }
        ColumnData::Category { codes, levels } => {
            let counts = crate::profile::level_counts(codes, levels.len());
            let mut present: Vec<u32> =
                (0..).zip(&counts).filter(|(_, n)| **n > 0).map(|(code, _)| code).collect();
            present.sort_by_key(|&code| std::cmp::Reverse(counts[code as usize]));
            present.into_iter().take(n_points).map(Cell::Level).collect()
        }
        ColumnData::Boolean(values) => {
            let occurs = |yes: &bool| values.contains(&Some(*yes));
            [false, true].into_iter().filter(occurs).map(Cell::Boolean).collect()
        }
        ColumnData::Text(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, DependenceParams::check);
    }

    #[test]
    fn grids_are_quantiles_and_frequent_levels() {
        let number = Column { name: "x".into(), data: ColumnData::Number((0..101).map(f64::from).collect()) };
        let points: Vec<Cell> = [0.0, 25.0, 50.0, 75.0, 100.0].into_iter().map(Cell::Number).collect();
        assert_eq!(grid(&number, 5), points);
        let labels = ["b", "a", "c", "c", "b", "c"].map(Some);
        let category = Column { name: "y".into(), data: ColumnData::from_labels(labels) };
        assert_eq!(grid(&category, 2), [Cell::Level(2), Cell::Level(1)]);
    }
}
