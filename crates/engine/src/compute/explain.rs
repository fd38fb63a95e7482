//! Why a model says what it says of one customer, and what would change it.

use stillroom_analytics::{
    Table,
    explain::{
        self, Actionable, CounterfactualParams, Goal, Scale, ShapMethod, ShapParams, SurrogateParams, Value,
        counterfactual, local_surrogate, reasons, shap,
    },
    judge::Pipeline,
    keep::Body,
    predict::Model,
    progress::Watch,
};

use super::{Work, describe, model, steps::Plan};
use crate::{
    failure::failure,
    protocol::{Direction, Failure, Wish},
    recipe::Recipe,
    reply::{Alternative, Change, Explanation, Reason, Surrogate},
};

/// Explains the prediction of `customer` by the model of `work`.
pub(super) fn explain(
    work: &Work,
    customer: i64,
    wish: Option<&Wish>,
    watch: &mut Watch<'_>,
) -> Result<Explanation, Failure> {
    let Body::Predict(pipeline) = model::read(work.model.as_ref())?.body else {
        return Err(failure("no-prediction", "this model predicts nothing: choose one with a target"));
    };
    let plan = Plan::read(&work.recipe)?;
    let rows = describe::rows_to_score(&work.frame, &plan, &work.recipe)?;
    let row = rows.ids.iter().position(|&id| id == customer).ok_or_else(|| {
        failure("customer-not-scored", "the model has no row for this customer: choose another one")
    })?;
    Subject { pipeline: &pipeline, table: &rows.table, row, seed: work.recipe.seed }.explain(
        &work.recipe,
        wish,
        watch,
    )
}

/// One row of a table before a model.
struct Subject<'a> {
    pipeline: &'a Pipeline,
    table: &'a Table,
    row: usize,
    seed: u64,
}

impl Subject<'_> {
    fn explain(
        &self,
        recipe: &Recipe,
        wish: Option<&Wish>,
        watch: &mut Watch<'_>,
    ) -> Result<Explanation, Failure> {
        let scale = scale_of(self.pipeline);
        let label = self.class();
        let class = label.unwrap_or_default();
        let params = ShapParams { scale: Some(scale), class, seed: recipe.seed, ..ShapParams::default() };
        let found = shap(self.pipeline, self.table, &[self.row], &params, watch)?;
        let told = reasons(&found, self.table, found.columns.len())?;
        let prediction = self.pipeline.predict(&self.table.take(&[self.row]))?.scores(class);
        Ok(Explanation {
            label: label.and_then(|class| self.pipeline.labels.get(class).cloned()),
            prediction: prediction.first().copied().unwrap_or_default(),
            method: method_name(found.method).to_owned(),
            scale: scale_name(scale).to_owned(),
            base: found.base,
            output: found.outputs.first().copied().unwrap_or_default(),
            reasons: told.into_iter().flat_map(|told| told.reasons).map(reason).collect(),
            surrogate: self.surrogate(class, watch)?,
            alternatives: match wish {
                Some(wish) => self.alternatives(wish, class, watch)?,
                None => Vec::new(),
            },
        })
    }

    /// The class explained: the positive one of two, the most probable of more; none for numbers.
    fn class(&self) -> Option<usize> {
        match self.pipeline.labels.len() {
            0 => None,
            2 => Some(1),
            _ => {
                let predicted = self.pipeline.predict(&self.table.take(&[self.row])).ok()?;
                predicted.most_probable()?.first().map(|&class| class as usize)
            }
        }
    }

    fn surrogate(&self, class: usize, watch: &mut Watch<'_>) -> Result<Option<Surrogate>, Failure> {
        let params = SurrogateParams { class, seed: self.seed, ..SurrogateParams::default() };
        let found = local_surrogate(self.pipeline, self.table, self.row, &params, watch)?;
        Ok(found.r_squared.map(|r_squared| Surrogate {
            r_squared,
            weights: found.effects.into_iter().map(|effect| (effect.column, effect.effect)).collect(),
        }))
    }

    fn alternatives(
        &self,
        wish: &Wish,
        class: usize,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<Alternative>, Failure> {
        let actionable = wish.columns.iter().map(|(column, direction)| Actionable {
            column: column.clone(),
            direction: match direction {
                Direction::Any => explain::Direction::Either,
                Direction::Up => explain::Direction::Increase,
                Direction::Down => explain::Direction::Decrease,
            },
            low: None,
            high: None,
            levels: Vec::new(),
        });
        let params = CounterfactualParams {
            goal: if wish.below { Goal::AtMost(wish.goal) } else { Goal::AtLeast(wish.goal) },
            actionable: actionable.collect(),
            class,
            ..CounterfactualParams::default()
        };
        let found = counterfactual(self.pipeline, self.table, self.row, &params, watch)?;
        let alternative = |answer: explain::Counterfactual| Alternative {
            changes: answer.changes.into_iter().map(|change| change_of(change.column, &change.to)).collect(),
            prediction: answer.output,
        };
        Ok(found.answers.into_iter().map(alternative).collect())
    }
}

/// The scale on which a pipeline's answers are sums: log-odds for two classes where the model adds there, else as they are read.
pub(super) fn scale_of(pipeline: &Pipeline) -> Scale {
    match pipeline.labels.len() {
        0 => Scale::Number,
        2 if adds_log_odds(&pipeline.model) => Scale::LogOdds,
        _ => Scale::Probability,
    }
}

/// Whether a model's log-odds are sums over columns or trees.
fn adds_log_odds(model: &Model) -> bool {
    matches!(model, Model::Logistic(_) | Model::Lda(_) | Model::Boosting(_))
}

/// The scale's name in replies.
pub(super) fn scale_name(scale: Scale) -> &'static str {
    match scale {
        Scale::Number => "target",
        Scale::LogOdds => "log_odds",
        Scale::Probability => "probability",
    }
}

/// The name of how contributions were found.
pub(super) fn method_name(method: ShapMethod) -> &'static str {
    match method {
        ShapMethod::Linear => "linear",
        ShapMethod::Tree => "tree",
        ShapMethod::AllCoalitions | ShapMethod::SampledCoalitions => "kernel",
    }
}

fn reason(found: explain::Reason) -> Reason {
    let (number, level) = parts(&found.value);
    Reason {
        column: found.column,
        number,
        level,
        typical: parts(&found.typical).0,
        contribution: found.contribution,
    }
}

fn change_of(column: String, to: &Value) -> Change {
    let (number, level) = parts(to);
    Change { column, number, level }
}

/// A value as a number or as a label.
pub(super) fn parts(value: &Value) -> (Option<f64>, Option<String>) {
    match value {
        Value::Number(number) => (Some(*number), None),
        Value::TimeMillis(millis) => (Some(*millis as f64), None),
        Value::Level(level) => (None, Some(level.clone())),
        Value::Boolean(is_so) => (None, Some(if *is_so { "yes" } else { "no" }.to_owned())),
        Value::Missing => (None, None),
    }
}
