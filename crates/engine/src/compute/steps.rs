//! From a recipe's steps to checked parameters.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use stillroom_analytics::{
    Error,
    anonymize::{AnonymizeParams, RiskParams},
    group::{GroupParams, kmeans::ChooseParams, stability::StabilityParams},
    judge::search::AutomlParams,
    outcome::OutcomeParams,
    predict::ModelParams,
    prepare::{Fitted, PrepareStep},
    profile::{ProfileParams, missingness::MissingnessParams, outliers::OutliersParams},
    recommend::KnnItemParams,
    reduce::{pca::PcaParams, truncated_svd::TruncatedSvdParams, tsne::TsneParams},
    registry::{self, Family},
    rfm::RfmParams,
};

use super::written;
use crate::{
    failure::failure,
    protocol::Failure,
    recipe::{Recipe, Step},
};

/// What a recipe is after.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Goal {
    /// A profile, or prepared columns.
    Describe,
    /// Rows in fewer columns.
    Reduce(Reduce),
    /// Segments; with `choose`, their number `k` comes from the data.
    Group { parameters: Map<String, Value>, choose: Option<ChooseParams> },
    /// A target, by any method that learns one.
    Predict(ModelParams),
    /// A target, by the method that does best.
    Automl(AutomlParams),
    /// Recommendations.
    KnnItem(KnnItemParams),
}

/// A last step that draws rows in fewer columns.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub(super) enum Reduce {
    /// Directions of the columns as they are, without taking means off.
    TruncatedSvd(TruncatedSvdParams),
    /// A picture of neighbourhoods.
    Tsne(TsneParams),
}

/// The methods of [`Reduce`].
const REDUCING: [&str; 2] = ["truncated_svd", "tsne"];

/// A step that tells something of the columns as they came and changes nothing.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub(super) enum Describe {
    /// Which values are missing, and together with which.
    Missingness(MissingnessParams),
    /// Values far from the others.
    Outliers(OutliersParams),
    /// How few customers share what could tell them apart.
    KAnonymity(RiskParams),
    /// A copy of the rows that names nobody.
    Anonymize(AnonymizeParams),
}

/// The methods of [`Describe`].
const DESCRIBING: [&str; 4] = ["missingness", "outliers", "k_anonymity", "anonymize"];

/// A recipe's steps, read and in their places.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) rfm: Option<RfmParams>,
    pub(super) outcome: Option<OutcomeParams>,
    pub(super) profile: Option<ProfileParams>,
    pub(super) describe: Vec<Describe>,
    pub(super) prepare: Vec<PrepareStep>,
    pub(super) goal: Goal,
    /// How stable the segments are on redrawn rows.
    pub(super) stability: Option<StabilityParams>,
    /// Components of the prepared columns, drawn beside the segments.
    pub(super) components: Option<PcaParams>,
}

impl Plan {
    /// Reads the steps: `rfm` or `outcome` first where rows are order lines, then preparing steps, then one method at most, after which
    /// only `group_stability` and `pca` may follow a grouping.
    ///
    /// # Errors
    /// `unknown-method`, `parameters-unreadable`; `recipe-steps` for an order that cannot be run.
    pub(super) fn read(recipe: &Recipe) -> Result<Self, Failure> {
        let mut plan = Self {
            rfm: None,
            outcome: None,
            profile: None,
            describe: Vec::new(),
            prepare: Vec::new(),
            goal: Goal::Describe,
            stability: None,
            components: None,
        };
        let mut choose = None;
        for (position, step) in recipe.steps.iter().enumerate() {
            let has_goal = plan.goal != Goal::Describe;
            let method = registry::method(&step.method)?;
            match (method.name, has_goal) {
                ("rfm", _) if position == 0 => plan.rfm = Some(read(step)?),
                ("outcome", _) if position == 0 => plan.outcome = Some(read(step)?),
                ("rfm" | "outcome", _) => return Err(misplaced(step, "put it first")),
                ("profile", false) => plan.profile = Some(read(step)?),
                (name, false) if DESCRIBING.contains(&name) => plan.describe.push(tagged(step)?),
                ("choose_k", false) => choose = Some(read(step)?),
                ("pca", true) if matches!(plan.goal, Goal::Group { .. }) => {
                    plan.components = Some(read(step)?)
                }
                ("group_stability", true) if matches!(plan.goal, Goal::Group { .. }) => {
                    plan.stability = Some(read(step)?);
                }
                (_, true) => return Err(misplaced(step, "end the recipe with one method")),
                ("group_stability", false) => {
                    return Err(misplaced(step, "put it after the grouping it judges"));
                }
                ("knn_item", false) => plan.goal = Goal::KnnItem(read(step)?),
                (name, false) if REDUCING.contains(&name) => plan.goal = Goal::Reduce(tagged(step)?),
                ("automl", false) => plan.goal = Goal::Automl(read(step)?),
                (_, false) if method.family == Family::Group => plan.goal = group(step, choose.take())?,
                (_, false) if method.family == Family::Predict => plan.goal = Goal::Predict(tagged(step)?),
                (_, false) => plan.prepare.push(tagged(step)?),
            }
        }
        if choose.is_some() {
            return Err(failure(
                "recipe-steps",
                "choose_k advises a grouping: put kmeans or another after it",
            ));
        }
        Ok(plan)
    }
}

/// A method that finds groups; `"k": null` or a `choose_k` step before it leaves their number to the data.
fn group(step: &Step, choose: Option<ChooseParams>) -> Result<Goal, Failure> {
    let mut parameters = with_method(step);
    let k = parameters.get("k").cloned();
    let is_open = k == Some(Value::Null) || (k.is_none() && choose.is_some());
    if is_open {
        parameters.insert("k".to_owned(), Value::from(2));
    }
    group_params(&parameters)?.check()?;
    Ok(Goal::Group { parameters, choose: is_open.then(|| choose.unwrap_or_default()) })
}

/// The parameters of a grouping step, its method among them.
pub(super) fn group_params(parameters: &Map<String, Value>) -> Result<GroupParams, Failure> {
    let name = parameters.get("method").and_then(Value::as_str).unwrap_or_default();
    parse(registry::method(name)?.name, parameters.clone())
}

fn with_method(step: &Step) -> Map<String, Value> {
    let mut parameters = step.parameters.clone();
    parameters.insert("method".to_owned(), Value::String(step.method.clone()));
    parameters
}

/// Reads a step into an enumeration of methods.
fn tagged<T: DeserializeOwned>(step: &Step) -> Result<T, Failure> {
    parse(registry::method(&step.method)?.name, with_method(step))
}

fn read<T: DeserializeOwned>(step: &Step) -> Result<T, Failure> {
    parse(registry::method(&step.method)?.name, step.parameters.clone())
}

fn parse<T: DeserializeOwned>(method: &'static str, parameters: Map<String, Value>) -> Result<T, Failure> {
    let read = serde_json::from_value(Value::Object(parameters));
    read.map_err(|error| Error::ParametersUnreadable { method, reason: error.to_string() }.into())
}

fn misplaced(step: &Step, advice: &str) -> Failure {
    failure("recipe-steps", &format!("the step '{}' cannot stand here: {advice}", step.method))
}

/// The preparing steps as fitted, one JSON value a step.
pub(super) fn fitted_as_json(fitted: &Fitted) -> Result<Vec<Value>, Failure> {
    fitted.steps.iter().map(written).collect()
}
