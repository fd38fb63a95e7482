//! What would have to change for another answer: the fewest and smallest changes of columns one can act on.

use serde::{Deserialize, Serialize};

use super::Scale;
use super::dependence::grid;
use super::subject::{Cell, Rows, Subject, Value, put};
use crate::judge::Pipeline;
use crate::profile::{quantile, sorted_present};
use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, ColumnData, Error, Result, Table};

const STAGE: &str = "counterfactual";

/// The rows predicted at once.
const BATCH_ROWS: usize = 4096;

/// The unfinished changes that are carried on to one change more.
const BEAM: usize = 200;

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "counterfactual",
    family: Family::Explain,
    summary: "Finds the fewest and smallest changes of columns one can act on that bring a row's prediction to a goal.",
    parameters: &[
        Parameter {
            name: "goal",
            kind: Kind::Text,
            default: "{\"at_most\":0.5}",
            doc: "What the output must reach, on the scale chosen: at_least or at_most a number.",
        },
        Parameter {
            name: "actionable",
            kind: Kind::Columns,
            default: "[]",
            doc: "The columns that may change, each with a direction (either, increase, decrease) and, if wanted, bounds; must be \
                  given.",
        },
        Parameter {
            name: "most_changes",
            kind: Kind::Integer { min: 1, max: 5 },
            default: "3",
            doc: "The most columns changed together.",
        },
        Parameter {
            name: "n_answers",
            kind: Kind::Integer { min: 1, max: 20 },
            default: "3",
            doc: "The most answers, each with other columns.",
        },
        Parameter {
            name: "n_points",
            kind: Kind::Integer { min: 2, max: 100 },
            default: "20",
            doc: "The observed values tried of each number, evenly spaced quantiles; of each category as many levels.",
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
    ],
    formula: "min number of changes, then Σ |x'j − xj| / MADj (1 for another level), such that f(x') reaches the goal",
    source: "Wachter, Mittelstadt and Russell (2018), Harvard JOLT 31; Ustun, Spangher and Liu (2019), FAT*, for actionability",
    cost: "columns × points predictions for one change, at most 200 times that for each further one",
};

/// What the output must reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Goal {
    /// How far `output` is from the goal; 0 when it is reached.
    fn gap(self, output: f64) -> f64 {
        match self {
            Self::AtLeast(goal) => (goal - output).max(0.0),
            Self::AtMost(goal) => (output - goal).max(0.0),
        }
    }
}

/// Where a column may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Up or down, or to any level.
    #[default]
    Either,
    /// Up, or later.
    Increase,
    /// Down, or earlier.
    Decrease,
}

/// A column one can act on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actionable {
    /// The column.
    pub column: String,
    /// Where it may go; only [`Direction::Either`] unless it has numbers or times.
    #[serde(default)]
    pub direction: Direction,
    /// The least number it may become, within what was observed; milliseconds for times.
    #[serde(default)]
    pub low: Option<f64>,
    /// The greatest number it may become, within what was observed; milliseconds for times.
    #[serde(default)]
    pub high: Option<f64>,
    /// The levels it may become; empty means all that were observed.
    #[serde(default)]
    pub levels: Vec<String>,
}

/// What [`counterfactual`] needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CounterfactualParams {
    /// What the output must reach.
    pub goal: Goal,
    /// The columns that may change.
    pub actionable: Vec<Actionable>,
    /// The most columns changed together, `1..=5`.
    pub most_changes: usize,
    /// The most answers, `1..=20`.
    pub n_answers: usize,
    /// The observed values tried of each column, `2..=100`.
    pub n_points: usize,
    /// The unit; `None` means target units for numbers and probability for classes.
    pub scale: Option<Scale>,
    /// The class explained, below the number of classes and `0..=999`.
    pub class: usize,
}

impl Default for CounterfactualParams {
    fn default() -> Self {
        Self {
            goal: Goal::AtMost(0.5),
            actionable: Vec::new(),
            most_changes: 3,
            n_answers: 3,
            n_points: 20,
            scale: None,
            class: 1,
        }
    }
}

impl CounterfactualParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        let refuse = |name, range| Err(Error::Parameter { name, range });
        let (Goal::AtLeast(goal) | Goal::AtMost(goal)) = self.goal;
        if !goal.is_finite() {
            return refuse("goal", "a finite number");
        }
        if !(1..=5).contains(&self.most_changes) {
            return refuse("most_changes", "a whole number from 1 to 5");
        }
        if !(1..=20).contains(&self.n_answers) {
            return refuse("n_answers", "a whole number from 1 to 20");
        }
        if !(2..=100).contains(&self.n_points) {
            return refuse("n_points", "a whole number from 2 to 100");
        }
        if self.class > 999 {
            return refuse("class", "a whole number from 0 to 999");
        }
        Ok(())
    }
}

/// How the search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The goal was reached without a change.
    AlreadyThere,
    /// There are answers.
    Yes,
    /// No change tried reaches the goal; [`Counterfactuals::closest`] comes nearest.
    No,
}

/// The changes that reach a goal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counterfactuals {
    /// The row, a position in the table.
    pub row: usize,
    /// The unit of the output.
    pub scale: Scale,
    /// What the pipeline says of the row as it is.
    pub output: f64,
    /// How the search ended.
    pub found: Found,
    /// The answers: all with the fewest changes, the smallest first.
    pub answers: Vec<Counterfactual>,
    /// What comes nearest to the goal when nothing reaches it.
    pub closest: Option<Counterfactual>,
    /// The rows tried.
    pub n_tried: usize,
}

/// Changes of a row and what the pipeline says then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counterfactual {
    /// The changes, in the order of the columns.
    pub changes: Vec<Change>,
    /// The output then.
    pub output: f64,
    /// The size of the changes together.
    pub cost: f64,
}

/// One column changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The column.
    pub column: String,
    /// The row's value.
    pub from: Value,
    /// The value instead.
    pub to: Value,
    /// The size: distances of numbers and times over the column's median absolute deviation, 1 for another level or a value where there
    /// was none.
    pub cost: f64,
}

/// Seeks the fewest, then smallest, changes of the actionable columns that bring the output of `row` to the goal.
///
/// Values tried were observed in `table`. All single changes and, with at most 200 of them, all pairs are tried; further
/// changes start from the 200 that come nearest. Numbers are then moved back as far as the goal allows; columns of whole numbers
/// stay whole.
///
/// # Errors
/// [`Error::UnknownColumn`] for a column that is no input; [`Error::Parameter`], also without actionable columns or with a direction for
/// a column that is not ordered; those of [`Pipeline::predict`]; [`Error::Cancelled`].
pub fn counterfactual(
    pipeline: &Pipeline,
    table: &Table,
    row: usize,
    params: &CounterfactualParams,
    watch: &mut Watch<'_>,
) -> Result<Counterfactuals> {
    params.check()?;
    let inputs = Rows::new(pipeline, table)?;
    inputs.check(&[row])?;
    let prepared = inputs.prepared(&[row])?;
    let subject = Subject::new(pipeline, &prepared, params.class, params.scale)?;
    let output = subject.outputs(&prepared)?[0];
    let movable = params.actionable.iter().map(|it| Movable::new(&inputs, row, it, params.n_points));
    let movable = movable.collect::<Result<Vec<_>>>()?;
    if movable.is_empty() {
        return Err(Error::Parameter { name: "actionable", range: "at least one column" });
    }
    let mut search = Search { inputs: &inputs, subject, row, goal: params.goal, movable, n_tried: 0 };
    let mut answers = Counterfactuals {
        row,
        scale: subject.scale,
        output,
        found: Found::AlreadyThere,
        answers: Vec::new(),
        closest: None,
        n_tried: 0,
    };
    if params.goal.gap(output) > 0.0 {
        let (reached, closest) = search.run(params, watch)?;
        answers.found = if reached.is_empty() { Found::No } else { Found::Yes };
        if reached.is_empty() {
            answers.closest = closest.map(|tried| search.told(&tried));
        }
        answers.answers = reached.iter().map(|tried| search.told(tried)).collect();
    }
    answers.n_tried = search.n_tried;
    Ok(answers)
}

/// A column that may change, and the values it may take.
struct Movable {
    input: usize,
    own: Cell,
    values: Vec<Cell>,
    unit: f64,
    is_whole: bool,
}

impl Movable {
    fn new(inputs: &Rows<'_>, row: usize, actionable: &Actionable, n_points: usize) -> Result<Self> {
        let input = inputs.position(&actionable.column)?;
        let column = inputs.table.column_at(input);
        let own = Cell::of(column, row);
        let is_ordered = matches!(column.data, ColumnData::Number(_) | ColumnData::Time(_));
        if !is_ordered && actionable.direction != Direction::Either {
            let range = "without a direction for columns that are neither numbers nor times";
            return Err(Error::Parameter { name: "actionable", range });
        }
        let is_allowed = |cell: &Cell| *cell != own && allows(actionable, column, own, *cell);
        let values = grid(column, n_points).into_iter().filter(is_allowed).collect();
        let numbers = match &column.data {
            ColumnData::Number(numbers) => sorted_present(numbers),
            ColumnData::Time(times) => {
                let millis: Vec<f64> = times.iter().flatten().map(|&millis| millis as f64).collect();
                sorted_present(&millis)
            }
            _ => Vec::new(),
        };
        let is_whole = numbers.iter().all(|number| number.fract() == 0.0);
        Ok(Self { input, own, values, unit: unit(&numbers), is_whole })
    }

    fn cost(&self, to: Cell) -> f64 {
        match (number(self.own), number(to)) {
            (Some(from), Some(to)) => (to - from).abs() / self.unit,
            _ => 1.0,
        }
    }
}

/// The median absolute deviation of sorted numbers; where most are equal the distance of the ends, and 1 when all are.
fn unit(sorted: &[f64]) -> f64 {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return 1.0 };
    let median = quantile(sorted, 0.5);
    let deviations: Vec<f64> = sorted.iter().map(|number| (number - median).abs()).collect();
    let deviation = quantile(&sorted_present(&deviations), 0.5);
    let found = if deviation > 0.0 { deviation } else { last - first };
    if found > 0.0 && found.is_finite() { found } else { 1.0 }
}

fn number(cell: Cell) -> Option<f64> {
    match cell {
        Cell::Number(number) => Some(number),
        Cell::Time(millis) => Some(millis as f64),
        Cell::Level(_) | Cell::Boolean(_) | Cell::Missing => None,
    }
}

fn allows(actionable: &Actionable, column: &Column, own: Cell, to: Cell) -> bool {
    if let (Cell::Level(code), ColumnData::Category { levels, .. }) = (to, &column.data) {
        return actionable.levels.is_empty() || actionable.levels.contains(&levels[code as usize]);
    }
    let Some(to) = number(to) else { return matches!(to, Cell::Boolean(_)) };
    let is_in_direction = match (actionable.direction, number(own)) {
        (Direction::Either, _) => true,
        (Direction::Increase, Some(own)) => to > own,
        (Direction::Decrease, Some(own)) => to < own,
        (_, None) => false,
    };
    is_in_direction
        && actionable.low.is_none_or(|low| to >= low)
        && actionable.high.is_none_or(|high| to <= high)
}

/// Changes by position in the movable columns, rising, and the output then.
#[derive(Debug, Clone, PartialEq)]
struct Tried {
    changes: Vec<(usize, Cell)>,
    output: f64,
    cost: f64,
}

struct Search<'a> {
    inputs: &'a Rows<'a>,
    subject: Subject<'a>,
    row: usize,
    goal: Goal,
    movable: Vec<Movable>,
    n_tried: usize,
}

impl Search<'_> {
    /// The cheapest changes of the fewest columns that reach the goal, and what comes nearest.
    fn run(
        &mut self,
        params: &CounterfactualParams,
        watch: &mut Watch<'_>,
    ) -> Result<(Vec<Tried>, Option<Tried>)> {
        let mut frontier = vec![Vec::new()];
        let mut closest: Option<Tried> = None;
        for _ in 0..params.most_changes {
            let tried = self.outputs(self.extended(&frontier), watch)?;
            let mut reached: Vec<Tried> =
                tried.iter().filter(|it| self.goal.gap(it.output) <= 0.0).cloned().collect();
            if !reached.is_empty() {
                return Ok((self.cheapest(&mut reached, params.n_answers, watch)?, None));
            }
            let mut tried = tried;
            tried.sort_by(|left, right| {
                let by_gap = self.goal.gap(left.output).total_cmp(&self.goal.gap(right.output));
                by_gap.then(left.cost.total_cmp(&right.cost))
            });
            let nearest = tried.first();
            let is_nearer = |it: &&Tried| {
                closest
                    .as_ref()
                    .is_none_or(|closest| self.goal.gap(it.output) < self.goal.gap(closest.output))
            };
            if let Some(nearest) = nearest.filter(is_nearer) {
                closest = Some(nearest.clone());
            }
            frontier = tried.into_iter().take(BEAM).map(|it| it.changes).collect();
        }
        Ok((Vec::new(), closest))
    }

    /// Each of `frontier` with one more column changed, each set of changes once.
    fn extended(&self, frontier: &[Vec<(usize, Cell)>]) -> Vec<Vec<(usize, Cell)>> {
        let mut seen = std::collections::BTreeSet::new();
        let mut extended = Vec::new();
        for changes in frontier {
            for (position, movable) in self.movable.iter().enumerate() {
                if changes
                    .iter()
                    .any(|(changed, _)| *changed == position || self.movable[*changed].input == movable.input)
                {
                    continue;
                }
                for &value in &movable.values {
                    let mut more = changes.clone();
                    more.push((position, value));
                    more.sort_by_key(|change| change.0);
                    let key: Vec<(usize, u64)> = more.iter().map(|&(at, cell)| (at, bits(cell))).collect();
                    if seen.insert(key) {
                        extended.push(more);
                    }
                }
            }
        }
        extended
    }

    /// Predicts the row with each of `changes`.
    fn outputs(&mut self, changes: Vec<Vec<(usize, Cell)>>, watch: &mut Watch<'_>) -> Result<Vec<Tried>> {
        let mut tried = Vec::with_capacity(changes.len());
        let total = changes.len();
        let mut left = changes.into_iter().peekable();
        while left.peek().is_some() {
            report(watch, STAGE, tried.len(), total)?;
            let batch: Vec<_> = left.by_ref().take(BATCH_ROWS).collect();
            let outputs = self.predicted(&batch)?;
            self.n_tried += batch.len();
            tried.extend(batch.into_iter().zip(outputs).map(|(changes, output)| {
                let cost = changes.iter().map(|&(position, to)| self.movable[position].cost(to)).sum();
                Tried { changes, output, cost }
            }));
        }
        Ok(tried)
    }

    fn predicted(&self, batch: &[Vec<(usize, Cell)>]) -> Result<Vec<f64>> {
        let columns = self.inputs.table.columns().enumerate().map(|(input, column)| {
            let mut data = column.data.take(&vec![self.row; batch.len()]);
            for (row, changes) in batch.iter().enumerate() {
                let change = changes.iter().find(|(position, _)| self.movable[*position].input == input);
                if let Some(&(_, cell)) = change {
                    put(&mut data, row, cell);
                }
            }
            Column { name: column.name.clone(), data }
        });
        let table = Table::new(columns.collect())?;
        self.subject.outputs(&self.inputs.pipeline.prepared(&table)?)
    }

    /// Moves numbers back towards the row's own as far as the goal allows and keeps the cheapest of each set of columns.
    fn cheapest(
        &mut self,
        reached: &mut [Tried],
        n_answers: usize,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<Tried>> {
        reached.sort_by(|left, right| left.cost.total_cmp(&right.cost));
        let mut best: Vec<Tried> = Vec::new();
        for tried in reached.iter() {
            let columns = |it: &Tried| it.changes.iter().map(|change| change.0).collect::<Vec<_>>();
            if best.len() < 3 * n_answers && !best.iter().any(|it| columns(it) == columns(tried)) {
                best.push(tried.clone());
            }
        }
        for tried in &mut best {
            for change in 0..tried.changes.len() {
                self.move_back(tried, change, watch)?;
            }
        }
        best.sort_by(|left, right| left.cost.total_cmp(&right.cost));
        best.truncate(n_answers);
        Ok(best)
    }

    /// Halves the way between the row's own number and the changed one while the goal stays reached.
    fn move_back(&mut self, tried: &mut Tried, change: usize, watch: &mut Watch<'_>) -> Result<()> {
        const HALVINGS: usize = 12;
        let (position, to) = tried.changes[change];
        let movable = &self.movable[position];
        let (Some(own), Some(mut far)) = (number(movable.own), number(to)) else { return Ok(()) };
        let (is_whole, mut near) = (movable.is_whole, own);
        for _ in 0..HALVINGS {
            let mut middle = near + (far - near) / 2.0;
            if is_whole {
                middle = if far > near { middle.ceil() } else { middle.floor() };
            }
            if middle == far || middle == near {
                break;
            }
            let mut changes = tried.changes.clone();
            changes[change].1 = match to {
                Cell::Time(_) => Cell::Time(middle as i64),
                _ => Cell::Number(middle),
            };
            let candidate = self.outputs(vec![changes], watch)?.remove(0);
            if self.goal.gap(candidate.output) <= 0.0 {
                far = middle;
                *tried = candidate;
            } else {
                near = middle;
            }
        }
        Ok(())
    }

    /// The changes in the columns' own words.
    fn told(&self, tried: &Tried) -> Counterfactual {
        let change = |&(position, to): &(usize, Cell)| {
            let movable = &self.movable[position];
            let column = self.inputs.table.column_at(movable.input);
            Change {
                column: column.name.clone(),
                from: movable.own.value(column),
                to: to.value(column),
                cost: movable.cost(to),
            }
        };
        let changes = tried.changes.iter().map(change).collect();
        Counterfactual { changes, output: tried.output, cost: tried.cost }
    }
}

fn bits(cell: Cell) -> u64 {
    match cell {
        Cell::Number(number) => number.to_bits(),
        Cell::Level(code) => u64::from(code),
        Cell::Time(millis) => millis as u64,
        Cell::Boolean(yes) => u64::from(yes),
        Cell::Missing => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        let check = |params: &CounterfactualParams| params.check();
        assert!(check(&CounterfactualParams::default()).is_ok());
        for parameter in METHOD.parameters {
            let defaults = serde_json::to_value(CounterfactualParams::default()).unwrap();
            let documented: serde_json::Value = serde_json::from_str(parameter.default).unwrap();
            assert_eq!(defaults[parameter.name], documented, "{}", parameter.name);
        }
    }
}
