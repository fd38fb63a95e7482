//! The tasks as data: what is done, on which bytes, by whom, how answers are compared, and what the engine is to reach.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::data::{N_UNSEEN, Set, lines, mixed_file};
use super::judge::{Measure, Rule};
use super::peers::{Peer, browser, ours, python, python_alone, rust};
use super::record::Measured;

/// One task.
#[derive(Debug, Clone)]
pub(super) struct Task {
    /// By which the command line names it.
    pub(super) name: &'static str,
    /// What the page calls it.
    pub(super) title: &'static str,
    /// What everyone does, and where somebody does something else.
    pub(super) says: &'static str,
    pub(super) set: Set,
    pub(super) n_rows: usize,
    /// What the peers are told; the rows and the set are added.
    pub(super) asked: Value,
    pub(super) peers: Vec<Peer>,
    pub(super) measure: Measure,
    /// What the page calls the measure.
    pub(super) measured: &'static str,
    pub(super) rule: Rule,
    /// Families of which the first that took part is the reference.
    pub(super) reference: &'static [&'static str],
    pub(super) targets: Vec<Target>,
}

/// What the engine in Chromium is to reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Target {
    /// With so many workers; `None` for the better of one and two.
    pub(super) shards: Option<usize>,
    /// The greatest ratio to the family's best median.
    pub(super) at_most: f64,
    pub(super) family: &'static str,
}

const fn target(at_most: f64, family: &'static str) -> Target {
    Target { shards: None, at_most, family }
}

impl Task {
    /// Everything a runner is told.
    pub(super) fn question(&self, n_rows: usize) -> Value {
        let mut question = self.asked.clone();
        question["set"] = self.set.name().into();
        question["n_rows"] = n_rows.into();
        question["n_unseen"] = N_UNSEEN.into();
        if self.set == Set::Mixed {
            question["file"] = mixed_file(n_rows).into();
        }
        if self.set == Set::Lines {
            question["n_customers"] = lines::n_customers(n_rows).into();
        }
        question
    }

    /// What the reference's answer came to in an earlier run. Lists are not kept, only what they share.
    pub(super) fn kept_reference(&self, earlier: &Measured) -> Option<Vec<f64>> {
        let is_of = |family: &str, label: &str| {
            self.peers.iter().any(|peer| peer.family == family && peer.label == label)
        };
        let of_family = |family: &&str| {
            let found =
                earlier.peers.iter().find(|taken| is_of(family, &taken.label) && taken.error.is_none());
            found.map(|taken| taken.values.clone())
        };
        let is_kept = self.measure != Measure::Overlap;
        self.reference.iter().find_map(of_family).filter(|values| is_kept && !values.is_empty())
    }

    /// The bytes of the columns that go in, or of the file.
    pub(super) fn input_bytes(&self, folder: &Path, n_rows: usize) -> u64 {
        let size = |name: String| fs::metadata(folder.join(name)).map_or(0, |file| file.len());
        let n_columns = self.asked["n_columns"].as_u64().unwrap_or(0);
        let n_targets = u64::from(self.asked["has_target"] == true);
        match self.set {
            Set::Mixed => size(mixed_file(n_rows)),
            Set::Texts => size(format!("{}.json", self.set.name())),
            // Codes of four bytes for customers, orders and items, numbers of eight for the rest.
            Set::Lines => n_rows as u64 * (2 * 4 + 3 * 8),
            Set::Baskets => n_rows as u64 * 2 * 4,
            _ => n_rows as u64 * (n_columns + n_targets) * 8,
        }
    }
}

fn everyone(others: impl IntoIterator<Item = Vec<Peer>>) -> Vec<Peer> {
    ours().into_iter().chain(others.into_iter().flatten()).collect()
}

/// The same with a rule of their own for the engine.
fn ours_within(peers: Vec<Peer>, rule: Rule) -> Vec<Peer> {
    peers.into_iter().map(|peer| if peer.is_ours() { peer.within(rule) } else { peer }).collect()
}

/// All tasks, in the page's order.
pub(super) fn tasks() -> Vec<Task> {
    vec![
        kmeans(),
        kmeans_wide(),
        pca(),
        ols(),
        logistic(),
        forest(),
        boosting(),
        neighbours(),
        csv(),
        rfm(),
        texts(),
    ]
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

fn neighbours() -> Task {
    let step = json!({ "method": "knn_item", "weighting": "binary", "neighbours": 50, "shrink": 0, "min_overlap": 1 });
    Task {
        name: "neighbours",
        title: "Item neighbours, top 50, and the top 10 for everyone: 6 k users, 4 k items, 1 M purchases",
        says: "Cosine over users. Scores are sums over what a user has; equal ones may be ordered in any way, so that lists are held to \
            share nine items in ten with implicit's. The engine also says because of what it recommends.",
        set: Set::Baskets,
        n_rows: 1_000_000,
        asked: json!({
            "kind": "neighbours", "n_users": lines::N_USERS, "n_items": lines::N_ITEMS, "n_neighbours": 50,
            "recipe": { "steps": [step] },
        }),
        peers: everyone([vec![browser("plain JS", "plain")], python("implicit")]),
        measure: Measure::Overlap,
        measured: "shared with the reference",
        rule: Rule::AtLeast(0.1),
        reference: &["implicit", "plain JS"],
        targets: vec![target(0.5, "implicit")],
    }
}

/// The columns of [`Set::Mixed`] and how they are read.
const MIXED: [(&str, &str); 10] = [
    ("id", "number"),
    ("name", "text"),
    ("city", "text"),
    ("segment", "text"),
    ("joined", "date"),
    ("seen", "date"),
    ("spent", "number"),
    ("visits", "number"),
    ("active", "flag"),
    ("note", "text"),
];

fn csv() -> Task {
    let sums: Vec<String> = MIXED
        .iter()
        .map(|(name, kind)| {
            let value = match *kind {
                "text" => format!("length({name})"),
                "date" => format!("epoch_ms({name}::timestamp)"),
                "flag" => format!("{name}::int"),
                _ => (*name).to_owned(),
            };
            format!("count({name})::double, sum({value})::double")
        })
        .collect();
    let table: Vec<Value> = MIXED.iter().map(|(name, kind)| json!({ "name": name, "kind": kind })).collect();
    Task {
        name: "csv",
        title: "CSV to typed columns, 1 M rows of ten mixed columns",
        says: "Numbers, text, dates, flags, gaps, quoted commas and quotes, from bytes in memory (from a file in the page cache for polars and \
            duckdb). Compared by the count and sum of every column.",
        set: Set::Mixed,
        n_rows: 1_000_000,
        asked: json!({
            "kind": "csv", "table": table,
            "sql": {
                "read": "create or replace table t as select * from read_csv('table.csv')",
                "summary": format!("select count(*)::double, {} from t", sums.join(", ")),
            },
        }),
        peers: everyone([
            vec![browser("papaparse", "papaparse"), browser("DuckDB-WASM", "duckdb")],
            python("polars"),
            python("duckdb"),
        ]),
        measure: Measure::Itself,
        measured: "counts and sums",
        rule: Rule::Equal(1e-9),
        reference: &["duckdb", "DuckDB-WASM"],
        targets: vec![target(0.75, "DuckDB-WASM")],
    }
}

fn rfm() -> Task {
    Task {
        name: "rfm",
        title: "Recency, frequency and money of 200 k customers from 5 M order lines",
        says: "Last purchase, distinct orders and money by customer; compared by their sums. lifetimes counts days with purchases instead of \
            orders, in whole days: only its customers and money are compared. The engine also gives tenure and returns.",
        set: Set::Lines,
        n_rows: 5_000_000,
        asked: json!({
            "kind": "rfm", "columns": ["recency_days", "frequency", "monetary"],
            "recipe": { "steps": [{ "method": "rfm" }] },
            "sql": {
                "customers": "create or replace table c as select customer, max(time) as last, count(distinct order_id) as orders, \
                    sum(quantity * price) as money from lines group by customer",
                "summary": "select count(*)::double, sum((select max(time) from lines) - last) / 86400000, sum(orders)::double, sum(money) from c",
            },
        }),
        peers: everyone([
            vec![browser("plain JS", "plain"), browser("DuckDB-WASM", "duckdb")],
            python("duckdb"),
            python("polars"),
            vec![python_alone("lifetimes").within(Rule::EqualAt(&[0, 3], 1e-6))],
        ]),
        measure: Measure::Itself,
        measured: "sums",
        rule: Rule::Equal(1e-8),
        reference: &["duckdb", "plain JS"],
        targets: vec![target(0.7, "DuckDB-WASM")],
    }
}

fn texts() -> Task {
    Task {
        name: "texts",
        title: "Naive Bayes on 10 k texts in 77 classes",
        says: "Learning is timed; accuracy is on 3,000 texts that nobody learned from. scikit-learn weighs words by TF-IDF; bayes and \
            natural count them.",
        set: Set::Texts,
        n_rows: 10_000,
        asked: json!({ "kind": "texts" }),
        peers: everyone([
            vec![
                browser("bayes", "bayes").within(Rule::AtLeast(0.1)),
                browser("natural", "natural").within(Rule::AtLeast(0.2)),
            ],
            vec![python_alone("scikit-learn")],
        ]),
        measure: Measure::Accuracy,
        measured: "accuracy",
        rule: Rule::AtLeast(0.02),
        reference: &["scikit-learn"],
        targets: vec![target(1.0, "scikit-learn")],
    }
}
