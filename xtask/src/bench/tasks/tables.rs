//! What is counted and read: neighbours, files, order lines, texts.

use serde_json::{Value, json};

use super::{Task, everyone, target};
use crate::bench::data::{Set, lines};
use crate::bench::judge::{Measure, Rule};
use crate::bench::peers::{browser, python, python_alone};

pub(super) fn tasks() -> Vec<Task> {
    vec![neighbours(), csv(), rfm(), texts()]
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
            "recipe": { "steps": [step], "fit_only": true },
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
