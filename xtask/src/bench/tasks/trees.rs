//! Forests and boosting.

use serde_json::{Value, json};

use super::{Task, everyone, target};
use crate::bench::data::Set;
use crate::bench::judge::{Measure, Rule};
use crate::bench::peers::{python, rust};

pub(super) fn tasks() -> Vec<Task> {
    vec![forest(), boosting()]
}

fn trees_asked(kind: &str, step: &Value) -> Value {
    json!({
        "kind": kind, "n_columns": 20, "has_target": true, "is_classes": true, "n_trees": 100, "n_rounds": 100,
        "recipe": { "steps": [step], "target": "y", "positive": "yes", "fit_only": true },
    })
}

fn forest() -> Task {
    Task {
        name: "forest",
        title: "Random forest, 100 trees, 20 k × 20",
        says: "Accuracy on 5,000 rows that nobody learned from. linfa's trees draw their columns once, not at every split. The engine \
            also predicts every row.",
        set: Set::Shapes,
        n_rows: 20_000,
        asked: trees_asked("forest", &json!({ "method": "forest", "n_trees": 100 })),
        peers: everyone([
            vec![rust("linfa").within(Rule::AtLeast(0.05)), rust("smartcore").within(Rule::AtLeast(0.05))],
            python("scikit-learn"),
        ]),
        measure: Measure::Accuracy,
        measured: "accuracy",
        rule: Rule::AtLeast(0.01),
        reference: &["scikit-learn"],
        targets: vec![target(1.0, "scikit-learn")],
    }
}

fn boosting() -> Task {
    Task {
        name: "boosting",
        title: "Gradient boosting, 100 rounds of 31 leaves, 20 k × 20",
        says: "Log-loss on 5,000 rows that nobody learned from, against `HistGradientBoostingClassifier`. The engine also predicts every row.",
        set: Set::Shapes,
        n_rows: 20_000,
        asked: trees_asked("boosting", &json!({ "method": "boosting", "n_rounds": 100 })),
        peers: everyone([python("scikit-learn")]),
        measure: Measure::LogLoss,
        measured: "log-loss",
        rule: Rule::AtMost(1.05),
        reference: &["scikit-learn"],
        targets: vec![target(1.5, "scikit-learn")],
    }
}
