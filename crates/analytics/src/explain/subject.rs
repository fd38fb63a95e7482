//! What is explained: one output of a pipeline on one scale, and the columns that can matter to it.

use serde::{Deserialize, Serialize};

use crate::judge::Pipeline;
use crate::predict::{Prediction, Scale as LinearScale, trees};
use crate::progress::Watch;
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Error, Matrix, Result, Table};

/// The unit an output is explained in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Target units, for a target of numbers.
    Number,
    /// The logarithm of the odds of a class. Probabilities within 2⁻⁵² of 0 and 1 count as that far away, except for models
    /// that are linear on this scale.
    LogOdds,
    /// The probability of a class.
    Probability,
}

/// One output of a pipeline on one scale.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) class: usize,
    pub(super) scale: Scale,
}

impl<'a> Subject<'a> {
    /// Checks `class` and `scale` against what the model says of the rows of `matrix`; without a scale, numbers are explained in
    /// target units and classes by probability.
    pub(super) fn new(
        pipeline: &'a Pipeline,
        matrix: &Matrix,
        class: usize,
        scale: Option<Scale>,
    ) -> Result<Self> {
        let first = Matrix::new(matrix.names().to_vec(), matrix.row(0).to_vec())?;
        let scale = match predicted(pipeline, &first)? {
            Prediction::Numbers(_) => match scale.unwrap_or(Scale::Number) {
                Scale::Number => Scale::Number,
                _ => return Err(Error::Parameter { name: "scale", range: "number for a target of numbers" }),
            },
            Prediction::Probabilities { n_classes, .. } => {
                if class >= n_classes {
                    return Err(Error::Parameter { name: "class", range: "below the number of classes" });
                }
                match scale.unwrap_or(Scale::Probability) {
                    Scale::Number => {
                        let range = "log_odds or probability for a target of classes";
                        return Err(Error::Parameter { name: "scale", range });
                    }
                    scale => scale,
                }
            }
        };
        Ok(Self { pipeline, class, scale })
    }

    /// The output of each prepared row.
    pub(super) fn outputs(&self, matrix: &Matrix) -> Result<Vec<f64>> {
        let scores = predicted(self.pipeline, matrix)?.scores(self.class);
        Ok(match self.scale {
            Scale::Number | Scale::Probability => scores,
            Scale::LogOdds => scores.into_iter().map(log_odds).collect(),
        })
    }

    /// The model as a weighted sum of prepared columns, when it is one on this scale.
    pub(super) fn linear(&self) -> Option<Sum> {
        if self.pipeline.calibrator.is_some() {
            return None;
        }
        let predictor = self.pipeline.model.linear_predictor()?;
        let sign = match (predictor.scale, self.scale, self.class) {
            (LinearScale::Target, Scale::Number, _) | (LinearScale::LogOdds, Scale::LogOdds, 1) => 1.0,
            (LinearScale::LogOdds, Scale::LogOdds, 0) => -1.0,
            _ => return None,
        };
        let is_plain = predictor.logged.is_none() && predictor.means.len() == predictor.coefficients.len();
        is_plain.then(|| Sum {
            constant: sign * predictor.intercepts.first().copied().unwrap_or(0.0),
            weights: predictor.coefficients.iter().map(|weight| sign * weight).collect(),
            means: predictor.means.to_vec(),
        })
    }

    /// The base and the contributions of each prepared column to each row, when trees say the output on this scale: `outputs`
    /// are those of the rows of `matrix`.
    pub(super) fn tree(
        &self,
        matrix: &Matrix,
        outputs: &[f64],
        watch: &mut Watch<'_>,
    ) -> Result<Option<(f64, Vec<f64>)>> {
        let Some(ensemble) = self.pipeline.model.ensemble() else { return Ok(None) };
        let n_outputs = ensemble.n_outputs();
        let said_of_two = n_outputs == 1 && ensemble.n_classes().is_some();
        // Of two classes trees say the positive one's.
        let (output, sign, start) = match (said_of_two && self.class == 0, self.scale) {
            (true, Scale::Probability) => (0, -1.0, 1.0),
            (true, _) => (0, -1.0, 0.0),
            (false, _) => (if n_outputs == 1 { 0 } else { self.class }, 1.0, 0.0),
        };
        let raw = ensemble.raw(matrix)?;
        let said = raw.iter().skip(output).step_by(n_outputs).map(|raw| start + sign * raw);
        let is_same = |(said, output): (f64, &f64)| (said - output).abs() <= 1e-9 * output.abs().max(1.0);
        if !said.zip(outputs).all(is_same) {
            return Ok(None);
        }
        let found = trees::shap(ensemble, matrix, watch)?;
        let rows = (0..matrix.n_rows()).flat_map(|row| found.of(row, output));
        Ok(Some((start + sign * found.base[output], rows.map(|part| sign * part).collect())))
    }
}

/// What a pipeline says of prepared rows.
pub(super) fn predicted(pipeline: &Pipeline, matrix: &Matrix) -> Result<Prediction> {
    let said = pipeline.model.predict(matrix)?;
    match &pipeline.calibrator {
        Some(calibrator) => calibrator.apply(&said),
        None => Ok(said),
    }
}

/// A constant and the weight and training mean of each prepared column.
pub(super) struct Sum {
    pub(super) constant: f64,
    pub(super) weights: Vec<f64>,
    pub(super) means: Vec<f64>,
}

/// The logarithm of the odds of a probability, kept within 2⁻⁵² of 0 and 1.
pub(super) fn log_odds(probability: f64) -> f64 {
    let p = probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    libm::log(p) - libm::log1p(-p)
}

/// The rows of a table as a pipeline sees them, and the ways to mix two rows.
pub(super) struct Rows<'a> {
    pub(super) pipeline: &'a Pipeline,
    /// The pipeline's inputs alone.
    pub(super) table: Table,
    /// For each input the prepared columns made of it; `None` when a step mixes inputs.
    pub(super) made_of: Option<Vec<Vec<usize>>>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(pipeline: &'a Pipeline, table: &Table) -> Result<Self> {
        let names: Vec<&str> = pipeline.prepare.inputs.iter().map(|input| input.name.as_str()).collect();
        let table = table.select(&names)?;
        if table.n_rows() == 0 {
            return Err(Error::Empty);
        }
        let sources = pipeline.prepare.sources(&table)?;
        let mut made_of = Some(vec![Vec::new(); names.len()]);
        for (position, name) in pipeline.columns.iter().enumerate() {
            let output = pipeline.prepare.outputs.iter().position(|output| output == name);
            let output = output.ok_or_else(|| Error::UnknownColumn { column: name.clone() })?;
            match (sources[output].as_slice(), &mut made_of) {
                ([input], Some(made_of)) => made_of[*input].push(position),
                _ => made_of = None,
            }
        }
        Ok(Self { pipeline, table, made_of })
    }

    /// The inputs that reach the model.
    pub(super) fn players(&self) -> Vec<usize> {
        let matters = |input: &usize| self.made_of.as_ref().is_none_or(|made_of| !made_of[*input].is_empty());
        (0..self.table.columns().len()).filter(matters).collect()
    }

    /// The names of the inputs.
    pub(super) fn names(&self) -> Vec<String> {
        self.table.columns().map(|column| column.name.clone()).collect()
    }

    /// The prepared rows at `rows`.
    pub(super) fn prepared(&self, rows: &[usize]) -> Result<Matrix> {
        self.pipeline.prepared(&self.table.take(rows))
    }

    /// The input named `name`.
    pub(super) fn position(&self, name: &str) -> Result<usize> {
        let found = self.table.columns().position(|column| column.name == name);
        found.ok_or_else(|| Error::UnknownColumn { column: name.to_owned() })
    }

    /// Refuses positions that are not rows, and none at all.
    pub(super) fn check(&self, rows: &[usize]) -> Result<()> {
        if rows.is_empty() {
            return Err(Error::Empty);
        }
        match rows.iter().all(|&row| row < self.table.n_rows()) {
            true => Ok(()),
            false => Err(Error::Parameter { name: "rows", range: "below the number of rows" }),
        }
    }

    /// Whether two rows have the same value in `column`; two missing values are the same.
    pub(super) fn is_same(&self, column: usize, left: usize, right: usize) -> bool {
        match &self.table.column_at(column).data {
            ColumnData::Number(values) => {
                values[left] == values[right] || (values[left].is_nan() && values[right].is_nan())
            }
            ColumnData::Category { codes, .. } => codes[left] == codes[right],
            ColumnData::Time(values) => values[left] == values[right],
            ColumnData::Boolean(values) => values[left] == values[right],
            ColumnData::Text(values) => values[left] == values[right],
        }
    }
}

/// A column of `n_rows` rows that all have `value`.
pub(super) fn constant(column: &Column, value: Cell, n_rows: usize) -> Column {
    let mut data = match &column.data {
        ColumnData::Number(_) => ColumnData::Number(vec![f64::NAN; n_rows]),
        ColumnData::Category { levels, .. } => {
            ColumnData::Category { codes: vec![MISSING_CATEGORY; n_rows], levels: levels.clone() }
        }
        ColumnData::Time(_) => ColumnData::Time(vec![None; n_rows]),
        ColumnData::Boolean(_) => ColumnData::Boolean(vec![None; n_rows]),
        ColumnData::Text(_) => ColumnData::Text(vec![None; n_rows]),
    };
    (0..n_rows).for_each(|row| put(&mut data, row, value));
    Column { name: column.name.clone(), data }
}

/// Writes `value`, of the column's own type, into one row.
pub(super) fn put(data: &mut ColumnData, row: usize, value: Cell) {
    match (data, value) {
        (ColumnData::Number(values), Cell::Number(number)) => values[row] = number,
        (ColumnData::Category { codes, .. }, Cell::Level(code)) => codes[row] = code,
        (ColumnData::Time(values), Cell::Time(millis)) => values[row] = Some(millis),
        (ColumnData::Boolean(values), Cell::Boolean(yes)) => values[row] = Some(yes),
        (ColumnData::Number(values), _) => values[row] = f64::NAN,
        (ColumnData::Category { codes, .. }, _) => codes[row] = MISSING_CATEGORY,
        (ColumnData::Time(values), _) => values[row] = None,
        (ColumnData::Boolean(values), _) => values[row] = None,
        (ColumnData::Text(values), _) => values[row] = None,
    }
}

/// One value of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    Number(f64),
    Level(u32),
    Time(i64),
    Boolean(bool),
    Missing,
}

impl Cell {
    pub(super) fn of(column: &Column, row: usize) -> Self {
        match &column.data {
            ColumnData::Number(values) if values[row].is_nan() => Self::Missing,
            ColumnData::Number(values) => Self::Number(values[row]),
            ColumnData::Category { codes, .. } if codes[row] == MISSING_CATEGORY => Self::Missing,
            ColumnData::Category { codes, .. } => Self::Level(codes[row]),
            ColumnData::Time(values) => values[row].map_or(Self::Missing, Self::Time),
            ColumnData::Boolean(values) => values[row].map_or(Self::Missing, Self::Boolean),
            ColumnData::Text(_) => Self::Missing,
        }
    }

    pub(super) fn value(self, column: &Column) -> Value {
        match (self, &column.data) {
            (Self::Number(number), _) => Value::Number(number),
            (Self::Level(code), ColumnData::Category { levels, .. }) => {
                levels.get(code as usize).map_or(Value::Missing, |level| Value::Level(level.clone()))
            }
            (Self::Time(millis), _) => Value::TimeMillis(millis),
            (Self::Boolean(yes), _) => Value::Boolean(yes),
            _ => Value::Missing,
        }
    }
}

/// One value of a row, as the table has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A number.
    Number(f64),
    /// A category's level.
    Level(String),
    /// Milliseconds since 1970-01-01 UTC.
    TimeMillis(i64),
    /// Yes or no.
    Boolean(bool),
    /// No value, or free text, which is not repeated here.
    Missing,
}
