//! A recipe for each method that runs on the sample shop, so that nobody starts from a blank page.

use serde_json::{Value, json};
use stillroom_analytics::registry::{Family, Method};

use crate::{
    protocol::FileKind,
    recipe::{Explain, RECIPE_VERSION, Recipe, Source, Step},
};

/// The columns of the sample shop's customers that say something about them.
const COLUMNS: [&str; 5] = ["Age", "Income", "Support Calls", "Discount Percent", "Newsletter"];

/// A recipe with `method` at work on the sample shop.
#[must_use]
pub fn example(method: &Method) -> Recipe {
    match (method.family, method.name) {
        (_, "rfm") => on_lines(vec![Step::new("rfm"), Step::new("standardize"), Step::new("kmeans")]),
        (_, "outcome") => on_lines(vec![
            Step::new("outcome").with("measure", "buys").with("horizon_days", 60),
            Step::new("standardize"),
            Step::new("logistic"),
        ]),
        (Family::Recommend, name) => on_lines(vec![Step::new(name)]),
        (Family::Predict, name) => predicting(name),
        (Family::Group, "choose_k") => on_customers(vec![
            Step::new("impute"),
            Step::new("one_hot"),
            Step::new("standardize"),
            Step::new("choose_k"),
            Step::new("kmeans"),
        ]),
        (Family::Group, "group_stability") => on_customers(
            ["impute", "one_hot", "standardize", "kmeans", "group_stability"].map(Step::new).to_vec(),
        ),
        (Family::Group | Family::Reduce, name) => on_customers(vec![
            Step::new("impute"),
            Step::new("one_hot"),
            Step::new("standardize"),
            Step::new(name),
        ]),
        (Family::Prepare, name) => preparing(name),
        (_, "automl") => Recipe {
            time_limit_seconds: Some(30.0),
            steps: vec![Step::new("automl").with("trials", 12)],
            ..predicting("automl")
        },
        (_, "fairness") => Recipe { fairness: vec!["Newsletter".to_owned()], ..predicting("logistic") },
        _ => Recipe {
            explain: Explain { importance: true, effects: 2, contributions: 50, ..Explain::default() },
            ..predicting("logistic")
        },
    }
}

fn on_customers(steps: Vec<Step>) -> Recipe {
    recipe(FileKind::Customers, COLUMNS.map(str::to_owned).to_vec(), steps)
}

fn on_lines(steps: Vec<Step>) -> Recipe {
    recipe(FileKind::OrderLines, Vec::new(), steps)
}

/// Who leaves, or for a method of numbers what they earn; counts for a model of counts.
fn predicting(name: &str) -> Recipe {
    let (target, positive) = match name {
        "ols" | "ridge" | "lasso" | "elastic_net" => ("Income", None),
        "glm" => ("Support Calls", None),
        _ => ("Churned", Some("yes".to_owned())),
    };
    let columns =
        COLUMNS.iter().filter(|column| **column != target).map(|column| (*column).to_owned()).collect();
    let steps = ["impute", "one_hot", "standardize", name].map(Step::new).to_vec();
    Recipe { target: Some(target.to_owned()), positive, ..recipe(FileKind::Customers, columns, steps) }
}

/// The step where it usually stands: before the encoding of categories, and before a model.
fn preparing(name: &str) -> Recipe {
    let like = json!(["Age", "Newsletter"]);
    match name {
        "profile" | "outliers" | "missingness" => return on_customers(vec![Step::new(name)]),
        "k_anonymity" => return on_customers(vec![Step::new(name).with("quasi_identifiers", like)]),
        "anonymize" => {
            return on_customers(vec![
                Step::new(name).with("keep", json!(["Newsletter"])).with("band", json!(["Age", "Income"])),
            ]);
        }
        _ => {}
    }
    // Categories are encoded after what works on them, and before what needs numbers.
    let steps = match name.starts_with("select_") {
        true => ["impute", "one_hot", name, "logistic"],
        false => ["impute", name, "one_hot", "logistic"],
    };
    let mut steps = steps.map(Step::new).to_vec();
    steps.dedup_by(|later, earlier| later.method == earlier.method);
    if name == "box_cox" {
        steps[1] = Step::new(name).with("columns", json!(["Income"]));
    }
    let mut recipe = Recipe {
        target: Some("Churned".to_owned()),
        positive: Some("yes".to_owned()),
        ..on_customers(steps)
    };
    if ["days_since", "date_parts"].contains(&name) {
        recipe.columns.push("last_order_at".to_owned());
    }
    recipe
}

fn recipe(rows: FileKind, columns: Vec<String>, steps: Vec<Step>) -> Recipe {
    let minimal: Value = json!({ "stillroom": RECIPE_VERSION, "source": { "rows": rows }, "steps": [] });
    let Ok(minimal) = serde_json::from_value::<Recipe>(minimal) else {
        unreachable!("a minimal recipe reads")
    };
    Recipe { source: Source { rows, filter: None }, columns, steps, ..minimal }
}
