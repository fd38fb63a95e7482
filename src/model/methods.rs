//! Methods as the registry describes them: what a form asks for, and which targets a method takes.

use serde_json::{Map, Value};
use stillroom_engine::recipe::Step;

/// The values a parameter takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A number between two ends; whole ones only when `is_whole`.
    Number {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
        /// Whole numbers only.
        is_whole: bool,
    },
    /// One of a few words.
    Choice(Vec<String>),
    /// Yes or no.
    Boolean,
    /// Anything else: text.
    Text,
}

/// One parameter of a method.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name in a recipe.
    pub name: String,
    /// What it takes.
    pub kind: Kind,
    /// The value it has when left out; null means it is found from the data.
    pub default: Value,
    /// What it does, in English.
    pub doc: String,
}

/// One method.
#[derive(Debug, Clone, PartialEq)]
pub struct Method {
    /// Its name in a recipe.
    pub name: String,
    /// What it computes, in English.
    pub summary: String,
    /// Its parameters, in the order forms show them.
    pub parameters: Vec<Parameter>,
    /// The formula in plain text.
    pub formula: String,
    /// The paper or book it follows.
    pub source: String,
}

fn entries(registry: &Value) -> impl Iterator<Item = &Value> {
    let methods = registry.as_array().or_else(|| registry.get("methods")?.as_array());
    methods.into_iter().flatten()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// The methods of a family, in the registry's order.
pub fn methods_of(registry: &Value, family: &str) -> Vec<Method> {
    entries(registry).filter(|entry| entry["family"] == family).map(read_method).collect()
}

/// One method by its name.
pub fn method_named(registry: &Value, name: &str) -> Option<Method> {
    entries(registry).find(|entry| entry["name"] == name).map(read_method)
}

fn read_method(entry: &Value) -> Method {
    let parameters = entry["parameters"].as_array().into_iter().flatten();
    Method {
        name: text(entry, "name"),
        summary: text(entry, "summary"),
        parameters: parameters.map(read_parameter).collect(),
        formula: text(entry, "formula"),
        source: text(entry, "source"),
    }
}

fn read_parameter(entry: &Value) -> Parameter {
    let number = |is_whole| Kind::Number {
        min: entry["min"].as_f64().unwrap_or(f64::MIN),
        max: entry["max"].as_f64().unwrap_or(f64::MAX),
        is_whole,
    };
    let kind = match entry["type"].as_str() {
        Some("integer") => number(true),
        Some("number") => number(false),
        Some("boolean") => Kind::Boolean,
        Some("choice") => {
            let options = entry["options"].as_array().into_iter().flatten();
            Kind::Choice(options.filter_map(Value::as_str).map(str::to_owned).collect())
        }
        _ => Kind::Text,
    };
    let default = match &entry["default"] {
        Value::String(json) => serde_json::from_str(json).unwrap_or(Value::Null),
        other => other.clone(),
    };
    Parameter { name: text(entry, "name"), kind, default, doc: text(entry, "doc") }
}

/// A value as a form holds it; nothing for one that is found from the data.
pub fn edit_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Parameter {
    /// What a typed text means for a recipe: `Ok(None)` when it is the default, `Err` when it does not fit.
    pub fn read(&self, typed: &str) -> Result<Option<Value>, ()> {
        let typed = typed.trim();
        if typed == edit_text(&self.default) {
            return Ok(None);
        }
        let value = match &self.kind {
            Kind::Number { min, max, is_whole } => {
                let number: f64 = typed.parse().map_err(|_| ())?;
                if !(*min..=*max).contains(&number) || (*is_whole && number.fract() != 0.0) {
                    return Err(());
                }
                if *is_whole { Value::from(number as i64) } else { Value::from(number) }
            }
            Kind::Boolean => Value::from(typed == "true"),
            Kind::Choice(options) if options.iter().any(|option| option == typed) => Value::from(typed),
            Kind::Choice(_) => return Err(()),
            Kind::Text => match serde_json::from_str(typed) {
                Ok(value @ (Value::Array(_) | Value::Number(_))) => value,
                _ => Value::from(typed),
            },
        };
        Ok(Some(value))
    }
}

/// The step of a method with what was typed; `None` when something typed does not fit.
pub fn step_of(method: &Method, typed: impl Fn(&str) -> Option<String>) -> Option<Step> {
    let mut parameters = Map::new();
    for parameter in &method.parameters {
        if let Some(typed) = typed(&parameter.name)
            && let Some(value) = parameter.read(&typed).ok()?
        {
            parameters.insert(parameter.name.clone(), value);
        }
    }
    Some(Step { method: method.name.clone(), parameters })
}

/// Which targets a method takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Numbers.
    Numbers,
    /// Classes.
    Classes,
    /// Both.
    Both,
}

/// Which targets a method takes; none for a method that predicts nothing.
pub fn takes(method: &str) -> Option<Takes> {
    Some(match method {
        "ols" | "ridge" | "lasso" | "elastic_net" | "glm" => Takes::Numbers,
        "logistic" | "lda" | "naive_bayes" => Takes::Classes,
        "tree" | "forest" | "boosting" | "knn" | "mlp" | "svm" => Takes::Both,
        _ => return None,
    })
}

/// Whether a method fits a target of numbers, or of classes.
pub fn fits(method: &str, is_number: bool) -> bool {
    match takes(method) {
        Some(Takes::Numbers) => is_number,
        Some(Takes::Classes) => !is_number,
        Some(Takes::Both) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn registry() -> Value {
        json!([
            { "name": "kmeans", "family": "group", "parameters": [] },
            { "name": "forest", "family": "predict", "summary": "Trees.", "formula": "f", "source": "s", "parameters": [
                { "name": "n_trees", "type": "integer", "min": 1, "max": 1000, "default": "300", "doc": "Trees." },
                { "name": "max_depth", "type": "integer", "min": 1, "max": 50, "default": "null", "doc": "" },
                { "name": "criterion", "type": "choice", "options": ["gini", "entropy"], "default": "\"gini\"", "doc": "" },
                { "name": "bootstrap", "type": "boolean", "default": "true", "doc": "" }
            ] }
        ])
    }

    #[test]
    fn only_what_differs_from_the_defaults_goes_into_the_recipe() {
        let method = method_named(&registry(), "forest").expect("it is there");
        let typed = |name: &str| {
            let text = match name {
                "n_trees" => "300",
                "max_depth" => "8",
                "criterion" => "entropy",
                _ => "true",
            };
            Some(text.to_owned())
        };
        let step = step_of(&method, typed).expect("everything fits");
        assert_eq!(
            serde_json::to_value(&step.parameters).ok(),
            Some(json!({ "max_depth": 8, "criterion": "entropy" }))
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let method = method_named(&registry(), "forest").expect("it is there");
        for (at, typed) in [(0, "0"), (0, "1.5"), (0, "many"), (2, "mse")] {
            assert_eq!(method.parameters[at].read(typed), Err(()), "{typed}");
        }
    }

    #[test]
    fn families_are_kept_apart() {
        let names: Vec<String> = methods_of(&registry(), "predict").into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["forest"]);
    }

    #[test]
    fn methods_are_offered_for_targets_they_take() {
        assert!(fits("ols", true) && !fits("ols", false));
        assert!(fits("logistic", false) && !fits("logistic", true));
        assert!(fits("forest", true) && fits("forest", false));
        assert_eq!(takes("kmeans"), None);
    }
}
