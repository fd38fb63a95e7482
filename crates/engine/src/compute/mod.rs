//! A recipe over columns: pure, without keys, database or clock. The browser runs it in a worker of its own.

mod choose;
mod describe;
mod explain;
#[cfg(feature = "run")]
mod holds;
mod job;
mod migrate;
mod model;
mod predict;
mod recommend;
mod reduce;
mod segments;
mod steps;
#[cfg(feature = "run")]
mod thin;
mod written;

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use stillroom_analytics::{
    ColumnData, Error, Matrix, Table,
    fingerprint::Fingerprint,
    prepare,
    progress::Watch,
    shards::{Crew, at_once},
};

use crate::{
    failure::failure,
    protocol::Failure,
    recipe::{Explain, RECIPE_VERSION, Recipe},
    reply::{Note, Reply, Report, RowResults},
};

#[cfg(feature = "run")]
pub(crate) use holds::holds_rows;
pub use job::{Done, Job, perform, perform_among};
pub use recommend::RecommendModel;
use steps::{Goal, Plan};
#[cfg(feature = "run")]
pub(crate) use thin::thinned;
use written::written;

/// A recipe and the columns it asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// The recipe.
    pub recipe: Recipe,
    /// The rows.
    pub frame: Frame,
    /// A fitted model to apply to the rows; `None` fits one.
    pub model: Option<serde_json::Value>,
}

/// Rows as columns, without anything that names a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Frame {
    /// One customer a row.
    Customers {
        /// The customers, by the workspace's numbering.
        ids: Vec<i64>,
        /// Their columns.
        table: Table,
    },
    /// One order line a row.
    Lines(Lines),
}

/// Order lines as columns of one length, with what their codes stand for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Lines {
    /// The customers, by the workspace's numbering.
    pub customer_ids: Vec<i64>,
    /// The items: code and name.
    pub items: Vec<(String, String)>,
    /// Positions in `customer_ids`; `u32::MAX` for none.
    pub customers: Vec<u32>,
    /// Positions in `items`.
    pub item_codes: Vec<u32>,
    /// One code an order.
    pub orders: Vec<u32>,
    /// Milliseconds since 1970-01-01 UTC; NaN for none.
    pub times_millis: Vec<f64>,
    /// Pieces; negative for returns.
    pub quantities: Vec<f64>,
    /// Price a piece; NaN for none.
    pub unit_prices: Vec<f64>,
    /// Lines that take something back.
    pub is_cancelled: Vec<bool>,
}

impl Frame {
    fn n_rows(&self) -> u64 {
        match self {
            Self::Customers { ids, .. } => ids.len() as u64,
            Self::Lines(lines) => lines.customers.len() as u64,
        }
    }
}

/// Computes a recipe. The same work gives the same reply on the same target.
///
/// # Errors
/// The method's error; `recipe-version` and `recipe-steps` when the recipe cannot be run; `cancelled` when `watch` breaks.
pub fn compute(work: &Work, watch: &mut Watch<'_>) -> Result<Reply, Failure> {
    compute_within(work, &mut || true, watch)
}

/// As [`compute`]; a search goes on while `budget` answers `true`, and what it found by then is the reply.
///
/// # Errors
/// As [`compute`].
pub fn compute_within(
    work: &Work,
    budget: &mut dyn FnMut() -> bool,
    watch: &mut Watch<'_>,
) -> Result<Reply, Failure> {
    at_once(compute_among(work, &Crew::alone(), budget, watch))
}

/// As [`compute_within`], the rows of fits shared with `crew`.
async fn compute_among(
    work: &Work,
    crew: &Crew,
    budget: &mut dyn FnMut() -> bool,
    watch: &mut Watch<'_>,
) -> Result<Reply, Failure> {
    if work.recipe.stillroom != RECIPE_VERSION {
        return Err(failure("recipe-version", "this recipe is of another version: update it or the program"));
    }
    let plan = Plan::read(&work.recipe)?;
    check_fit_only(&work.recipe, &plan)?;
    let mut reply = Reply {
        recipe: work.recipe.clone(),
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        data_hash: data_hash(&work.frame),
        n_rows_read: work.frame.n_rows(),
        n_rows_used: 0,
        notes: Vec::new(),
        prepared: Vec::new(),
        reports: Vec::new(),
        rows: RowResults::default(),
        label_names: Vec::new(),
        model: serde_json::Value::Null,
    };
    match (&plan.goal, &work.frame) {
        (Goal::KnnItem(params), Frame::Lines(lines)) => {
            recommend::run(lines, params, &work.recipe, &mut reply, watch)?
        }
        (Goal::KnnItem(_), Frame::Customers { .. }) => {
            return Err(failure(
                "recipe-source",
                "knn_item needs order lines: set the source's rows to order_lines",
            ));
        }
        (goal, frame) => {
            let describe::Customers { learned, today } =
                describe::customers(frame, &plan, &work.recipe, &mut reply.notes)?;
            if let Some(model) = &work.model {
                let rows = today.unwrap_or(learned);
                reply.rows.ids = rows.ids;
                predict::apply_model(model, &rows.table, &mut reply, watch)?;
                return Ok(reply);
            }
            reply.rows.ids = learned.ids;
            let (table, compare_with) = set_aside(learned.table, &work.recipe, goal)?;
            let mut task = Task {
                recipe: &work.recipe,
                plan: &plan,
                table,
                compare_with,
                today,
                reply: &mut reply,
                crew,
                budget,
                watch,
            };
            match goal {
                Goal::Group { .. } => segments::run(&mut task).await?,
                Goal::Predict(_) | Goal::Automl(_) => predict::run(&mut task).await?,
                Goal::Reduce(params) => reduce::run(&mut task, params).await?,
                Goal::Describe => describe::run(&mut task).await?,
                Goal::KnnItem(_) => {}
            }
        }
    }
    Ok(reply)
}

/// Refuses a recipe that leaves everything beside the fit out and asks for some of it.
fn check_fit_only(recipe: &Recipe, plan: &Plan) -> Result<(), Failure> {
    let asks_for_more = recipe.explain != Explain::default()
        || !recipe.fairness.is_empty()
        || recipe.compare_with.is_some()
        || plan.stability.is_some()
        || plan.components.is_some()
        || matches!(plan.goal, Goal::Automl(_));
    if recipe.fit_only && asks_for_more {
        return Err(failure(
            "recipe-fit-only",
            "fit_only leaves out explanations, fairness, comparisons, stability and searches: drop it, or drop them",
        ));
    }
    Ok(())
}

/// Takes the column that segments are compared with out of those they are made of.
fn set_aside(table: Table, recipe: &Recipe, goal: &Goal) -> Result<(Table, Option<Vec<u32>>), Failure> {
    let (Some(name), Goal::Group { .. }) = (&recipe.compare_with, goal) else { return Ok((table, None)) };
    let column = table.column(name)?;
    let labels = match &column.data {
        ColumnData::Category { codes, .. } => codes.clone(),
        other => {
            let (expected, found) = ("category", other.type_name());
            return Err(Error::WrongType { column: name.clone(), expected, found }.into());
        }
    };
    let others = table.filter(|column| column.name != *name || recipe.columns.contains(name))?;
    Ok((others, Some(labels)))
}

/// One recipe over one table, on its way to a reply.
struct Task<'a, 'w> {
    recipe: &'a Recipe,
    plan: &'a Plan,
    table: Table,
    /// The labels that segments are compared with, one code a row.
    compare_with: Option<Vec<u32>>,
    /// The rows a prediction is for, when those learned from lie before a cut-off.
    today: Option<describe::Rows>,
    reply: &'a mut Reply,
    /// Who shares the rows of a fit.
    crew: &'a Crew,
    /// Whether a search may go on.
    budget: &'a mut dyn FnMut() -> bool,
    watch: &'a mut Watch<'w>,
}

impl Task<'_, '_> {
    /// Fits the preparing steps on the whole table and applies them; their fitted state joins the reply.
    async fn prepare(&mut self) -> Result<(prepare::Fitted, Matrix), Failure> {
        let (fitted, matrix) =
            prepare::fit_among(&self.plan.prepare, &self.table, None, 0, self.crew, self.watch).await?;
        self.reply.prepared = steps::fitted_as_json(&fitted)?;
        self.reply.reports.extend(describe::component_reports(&fitted).map(Report::Pca));
        self.reply.n_rows_used = matrix.n_rows() as u64;
        Ok((fitted, matrix))
    }

    fn note(&mut self, code: &str, column: Option<&str>, count: usize) {
        let column = column.map(str::to_owned);
        self.reply.notes.push(Note { code: code.to_owned(), column, count: count as u64 });
    }
}

/// A watcher that lets everything run, for callers without a progress bar.
pub fn unwatched(_: stillroom_analytics::progress::Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Messages between workers are CBOR.
///
/// # Errors
/// A failure when `value` cannot be written, which the types of this crate never cause.
pub fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes)
        .map_err(|error| failure("message-unwritable", &error.to_string()))?;
    Ok(bytes)
}

/// Reads what [`to_bytes`] wrote.
///
/// # Errors
/// A failure when the bytes are of another type or version.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    ciborium::from_reader(bytes)
        .map_err(|_| failure("message-unreadable", "the page and the engine differ: reload"))
}

/// Which rows these are.
fn data_hash(frame: &Frame) -> String {
    let mut fingerprint = Fingerprint::new();
    match frame {
        Frame::Customers { ids, table } => {
            fingerprint.words(ids.iter().map(|&id| id as u64));
            fingerprint.table(table);
        }
        Frame::Lines(lines) => {
            fingerprint.words(lines.customer_ids.iter().map(|&id| id as u64));
            fingerprint.texts(lines.items.iter().flat_map(|(code, name)| [code.as_str(), name.as_str()]));
            for codes in [&lines.customers, &lines.item_codes, &lines.orders] {
                fingerprint.codes(codes);
            }
            for values in [&lines.times_millis, &lines.quantities, &lines.unit_prices] {
                fingerprint.numbers(values);
            }
            fingerprint.flags(&lines.is_cancelled);
        }
    }
    fingerprint.finish()
}
