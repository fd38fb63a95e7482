//! Every method once: its name, parameters, defaults and sources. Forms, the command line's help and the reference page
//! read this list; nothing describes a method anywhere else.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, Result};

/// What a method does with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Describes or transforms columns.
    Prepare,
    /// Finds fewer columns that say nearly as much.
    Reduce,
    /// Finds groups of rows.
    Group,
    /// Learns a target from other columns.
    Predict,
    /// Compares, checks and watches models.
    Judge,
    /// Ranks items for users.
    Recommend,
    /// Says why a model predicts what it predicts.
    Explain,
}

/// The values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Kind {
    /// A whole number in `min..=max`.
    Integer {
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
    },
    /// A number in `min..=max`.
    Number {
        /// The least value.
        min: f64,
        /// The greatest value.
        max: f64,
    },
    /// One of a few words.
    Choice {
        /// The words.
        options: &'static [&'static str],
    },
    /// A piece of text.
    Text,
    /// Yes or no.
    Boolean,
    /// The name of one column.
    Column,
    /// The names of columns.
    Columns,
}

/// One parameter of a method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Parameter {
    /// Its name in a recipe.
    pub name: &'static str,
    /// The values it takes.
    #[serde(flatten)]
    pub kind: Kind,
    /// The default as JSON text; `null` means it is found from the data or must be given, as `doc` says.
    pub default: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
}

/// One method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Method {
    /// Its name in a recipe: the field's standard term.
    pub name: &'static str,
    /// What it does with a table.
    pub family: Family,
    /// What it computes, in a sentence.
    pub summary: &'static str,
    /// Its parameters, in the order forms show them.
    pub parameters: &'static [Parameter],
    /// The formula in plain text.
    pub formula: &'static str,
    /// The paper or book it follows.
    pub source: &'static str,
    /// How time and memory grow.
    pub cost: &'static str,
}

/// All methods, by family and then in the order they are usually applied.
#[must_use]
pub fn methods() -> &'static [&'static Method] {
    &[
        &crate::profile::METHOD,
        &crate::profile::missingness::METHOD,
        &crate::profile::outliers::METHOD,
        &crate::anonymize::METHOD,
        &crate::anonymize::risk::METHOD,
        &crate::rfm::METHOD,
        &crate::outcome::METHOD,
        &crate::prepare::date_parts::METHOD,
        &crate::prepare::days_since::METHOD,
        &crate::prepare::winsorize::METHOD,
        &crate::prepare::impute::METHOD,
        &crate::prepare::log1p::METHOD,
        &crate::prepare::power::BOX_COX,
        &crate::prepare::power::YEO_JOHNSON,
        &crate::prepare::group_rare::METHOD,
        &crate::prepare::one_hot::METHOD,
        &crate::prepare::ordinal::METHOD,
        &crate::prepare::frequency::METHOD,
        &crate::prepare::target_encoding::METHOD,
        &crate::prepare::standardize::METHOD,
        &crate::prepare::min_max::METHOD,
        &crate::prepare::robust_scale::METHOD,
        &crate::prepare::select::variance::METHOD,
        &crate::prepare::select::correlation::METHOD,
        &crate::prepare::select::mutual_information::METHOD,
        &crate::prepare::select::chi2::METHOD,
        &crate::prepare::select::l1::METHOD,
        &crate::prepare::select::permutation::METHOD,
        &crate::prepare::select::recursive::METHOD,
        &crate::reduce::pca::METHOD,
        &crate::reduce::truncated_svd::METHOD,
        &crate::reduce::tsne::METHOD,
        &crate::group::kmeans::choose::METHOD,
        &crate::group::kmeans::METHOD,
        &crate::group::kmeans::mini_batch::METHOD,
        &crate::group::gmm::METHOD,
        &crate::group::hierarchical::METHOD,
        &crate::group::dbscan::METHOD,
        &crate::group::stability::METHOD,
        &crate::predict::linear::METHOD,
        &crate::predict::penalized::ridge::METHOD,
        &crate::predict::penalized::elastic_net::LASSO,
        &crate::predict::penalized::elastic_net::METHOD,
        &crate::predict::glm::METHOD,
        &crate::predict::logistic::METHOD,
        &crate::predict::discriminant::METHOD,
        &crate::judge::search::METHOD,
        &crate::judge::leakage::METHOD,
        &crate::fairness::METHOD,
        &crate::drift::METHOD,
        &crate::predict::svm::METHOD,
        &crate::predict::naive_bayes::METHOD,
        &crate::predict::knn::METHOD,
        &crate::predict::mlp::METHOD,
        &crate::predict::trees::tree::METHOD,
        &crate::predict::trees::forest::METHOD,
        &crate::predict::trees::boosting::METHOD,
        &crate::recommend::METHOD,
        &crate::explain::shap::METHOD,
        &crate::explain::permutation::METHOD,
        &crate::explain::dependence::METHOD,
        &crate::explain::surrogate::METHOD,
        &crate::explain::counterfactual::METHOD,
    ]
}

/// The method named `name`.
///
/// # Errors
/// [`Error::UnknownMethod`] when there is none.
pub fn method(name: &str) -> Result<&'static Method> {
    let found = methods().iter().find(|method| method.name == name);
    found.copied().ok_or_else(|| Error::UnknownMethod { name: name.to_owned() })
}

/// Reads the parameters of `method`; what is left out takes its default.
///
/// # Errors
/// [`Error::ParametersUnreadable`] for an unknown name or a value of another type. Ranges are checked by `check()`.
pub fn read_parameters<P: DeserializeOwned>(method: &'static Method, parameters: Value) -> Result<P> {
    let object = if parameters.is_null() { Value::Object(serde_json::Map::new()) } else { parameters };
    serde_json::from_value(object)
        .map_err(|error| Error::ParametersUnreadable { method: method.name, reason: error.to_string() })
}

/// What every method's own test asserts: the registry's names and defaults are those of `P::default()`, the defaults
/// pass `check`, and one step outside each documented range does not.
#[cfg(test)]
pub(crate) fn assert_documented<P, V>(method: &'static Method, check: impl Fn(&P) -> Result<V>)
where
    P: Default + Serialize + DeserializeOwned,
{
    let documented: serde_json::Map<String, Value> = method
        .parameters
        .iter()
        .map(|parameter| {
            (parameter.name.to_owned(), serde_json::from_str(parameter.default).expect("defaults are JSON"))
        })
        .collect();
    let actual = serde_json::to_value(P::default()).expect("parameters serialize");
    assert_eq!(Value::Object(documented.clone()), actual, "{}: documented and real defaults", method.name);
    assert!(check(&P::default()).is_ok(), "{}: the defaults are valid", method.name);
    for parameter in method.parameters {
        for outside in just_outside(parameter.kind) {
            let mut parameters = documented.clone();
            parameters.insert(parameter.name.to_owned(), outside.clone());
            let refused = match read_parameters::<P>(method, Value::Object(parameters)) {
                Ok(parameters) => check(&parameters).is_err(),
                Err(_) => true,
            };
            assert!(
                refused,
                "{}: {} = {outside} is outside its documented range",
                method.name, parameter.name
            );
        }
    }
}

#[cfg(test)]
fn just_outside(kind: Kind) -> Vec<Value> {
    match kind {
        Kind::Integer { min, max } => {
            [min.checked_sub(1), max.checked_add(1)].into_iter().flatten().map(Value::from).collect()
        }
        Kind::Number { min, max } => {
            let beyond = |end: f64| 1e-9 + end.abs() * 1e-9;
            [min - beyond(min), max + beyond(max)].into_iter().map(Value::from).collect()
        }
        Kind::Choice { .. } => vec![Value::from("no such word"), Value::from(1)],
        Kind::Boolean => vec![Value::from("yes")],
        Kind::Column | Kind::Text => vec![Value::from(1)],
        Kind::Columns => vec![Value::from("not a list")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_choice_has_its_default() {
        let mut names = std::collections::BTreeSet::new();
        for method in methods() {
            assert!(names.insert(method.name), "{} is registered twice", method.name);
            for parameter in method.parameters {
                let default: Value = serde_json::from_str(parameter.default).expect("defaults are JSON");
                if let Kind::Choice { options } = parameter.kind {
                    assert!(
                        default.is_null() || options.iter().any(|option| default == *option),
                        "{}: {}",
                        method.name,
                        parameter.name
                    );
                }
            }
        }
    }

    #[test]
    fn an_unknown_method_or_parameter_is_named() {
        assert_eq!(method("magic").map_err(|error| error.code()), Err("unknown-method"));
    }
}
