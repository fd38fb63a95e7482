//! Groups, components and lines.

use serde_json::{Value, json};

use super::{Target, Task, everyone, ours_within, target};
use crate::bench::data::Set;
use crate::bench::judge::{Measure, Rule};
use crate::bench::peers::{Peer, browser, python, python_alone, rust};

pub(super) fn tasks() -> Vec<Task> {
    vec![kmeans(), kmeans_wide(), pca(), ols(), logistic()]
}

const ONE_START: &str = "All start from the first k rows and pass 20 times over the data; ml-kmeans and linfa end a little elsewhere, and are held to \
    1 %. The engine finds a start of its \
    own by k-means++, inside the time told; its inertia may be 5 % above the others'.";

fn kmeans_peers() -> Vec<Peer> {
    let (single_precision, elsewhere) = (Rule::Equal(1e-3), Rule::AtMost(1.01));
    let others = [
        vec![
            browser("ml-kmeans", "ml").within(elsewhere),
            rust("linfa").within(elsewhere),
            browser("tfjs", "tfjs").within(single_precision),
            browser("plain JS", "plain"),
        ],
        python("scikit-learn"),
    ];
    ours_within(everyone(others), Rule::AtMost(1.05))
}

fn kmeans_asked(n_columns: usize, k: usize) -> Value {
    let step = json!({ "method": "kmeans", "k": k, "n_init": 1, "n_swaps": 0, "max_iterations": 20, "tolerance": 0 });
    json!({ "kind": "kmeans", "n_columns": n_columns, "k": k, "iterations": 20, "recipe": { "steps": [step], "fit_only": true } })
}

fn kmeans() -> Task {
    let family = "scikit-learn";
    Task {
        name: "kmeans",
        title: "K-means, 1 M × 8, k = 8, 20 iterations",
        says: ONE_START,
        set: Set::Blobs { n_columns: 8, k: 8 },
        n_rows: 1_000_000,
        asked: kmeans_asked(8, 8),
        peers: kmeans_peers(),
        measure: Measure::Inertia,
        measured: "inertia",
        rule: Rule::Equal(1e-5),
        reference: &["scikit-learn", "plain JS"],
        targets: vec![
            Target { shards: Some(2), at_most: 0.5, family },
            Target { shards: Some(1), at_most: 0.7, family },
        ],
    }
}

fn kmeans_wide() -> Task {
    Task {
        name: "kmeans-wide",
        title: "K-means, 100 k × 32, k = 16, 20 iterations",
        set: Set::Blobs { n_columns: 32, k: 16 },
        n_rows: 100_000,
        asked: kmeans_asked(32, 16),
        targets: vec![target(1.2, "scikit-learn")],
        ..kmeans()
    }
}

fn pca() -> Task {
    let steps = json!([{ "method": "standardize" }, { "method": "pca", "n_components": 2 }]);
    Task {
        name: "pca",
        title: "Standardize and two principal components, 1 M × 16",
        says: "scikit-learn with the solver that is fastest here, `covariance_eigh`. The engine answers scores for all rows, too.",
        set: Set::Factors,
        n_rows: 1_000_000,
        asked: json!({ "kind": "pca", "n_columns": 16, "recipe": { "steps": steps } }),
        peers: everyone([
            vec![browser("ml-pca", "ml"), rust("linfa"), browser("plain JS", "plain")],
            python("scikit-learn"),
        ]),
        measure: Measure::Itself,
        measured: "explained shares",
        rule: Rule::Equal(1e-8),
        reference: &["scikit-learn", "plain JS"],
        targets: vec![target(0.5, "scikit-learn")],
    }
}

fn ols() -> Task {
    Task {
        name: "ols",
        title: "Ordinary least squares, 1 M × 16",
        says: "The engine also reports standard errors and intervals, as statsmodels does, and predicts every row. \
            ml-regression loses digits on the way, and is held to 1e-4.",
        set: Set::Factors,
        n_rows: 1_000_000,
        asked: json!({
            "kind": "ols", "n_columns": 16, "has_target": true,
            "recipe": { "steps": [{ "method": "ols" }], "target": "y", "fit_only": true },
        }),
        peers: everyone([
            vec![
                browser("ml-regression", "ml").within(Rule::Equal(1e-4)),
                rust("linfa"),
                browser("plain JS", "plain"),
            ],
            python("scikit-learn"),
            vec![python_alone("statsmodels")],
        ]),
        measure: Measure::Itself,
        measured: "coefficients",
        rule: Rule::Equal(1e-8),
        reference: &["scikit-learn", "plain JS"],
        targets: vec![target(0.5, "scikit-learn")],
    }
}

fn logistic() -> Task {
    Task {
        name: "logistic",
        title: "Logistic regression, 200 k × 20, λ = 1",
        says: "scikit-learn with `newton-cholesky`. linfa stops where the gradient is short, ml-logistic-regression after 100 steps of \
            one size without a penalty: their objectives are held to 1e-5 and to a twentieth. The engine also reports intervals and predicts \
            every row.",
        set: Set::Classes,
        n_rows: 200_000,
        asked: json!({
            "kind": "logistic", "n_columns": 20, "has_target": true, "is_classes": true, "l2": 1.0,
            "recipe": { "steps": [{ "method": "logistic", "l2": 1.0 }], "target": "y", "positive": "yes", "fit_only": true },
        }),
        peers: everyone([
            vec![
                browser("ml-logistic-regression", "ml").within(Rule::Equal(0.05)),
                rust("linfa").within(Rule::Equal(1e-5)),
                browser("plain JS", "plain"),
            ],
            python("scikit-learn"),
        ]),
        measure: Measure::Objective,
        measured: "objective",
        rule: Rule::Equal(1e-8),
        reference: &["scikit-learn", "plain JS"],
        targets: vec![Target { shards: Some(2), at_most: 1.0, family: "scikit-learn" }],
    }
}
