//! Recipes on sample data, and the numbers they gave natively. Every target must give them again.
//!
//! The tolerance is 1e-9 relative: the targets share every addition and its order, but not the library behind logarithms and
//! exponentials, whose last digits differ.

use std::ops::ControlFlow;

use serde_json::Value;
use stillroom_engine::{
    batch::{self, FileKind, Input},
    recipe::Recipe,
};
use stillroom_sample::{Kind, generate};

/// The relative difference allowed.
const TOLERANCE: f64 = 1e-9;

/// One recipe on one sample.
pub(crate) struct Case {
    /// Its name, and that of its file of numbers.
    pub(crate) name: &'static str,
    kind: Kind,
    recipe: &'static str,
    /// What it gave natively.
    pub(crate) golden: &'static str,
}

/// All cases.
pub(crate) fn cases() -> [Case; 5] {
    [
        Case {
            name: "shop-segments",
            kind: Kind::Shop,
            recipe: r#"{"stillroom":1,"source":{"rows":"order_lines"},"columns":["recency_days","frequency","monetary"],
                "steps":[{"method":"rfm"},{"method":"standardize"},{"method":"kmeans","k":4},{"method":"pca"}]}"#,
            golden: include_str!("../golden/shop-segments.json"),
        },
        Case {
            name: "shop-recommendations",
            kind: Kind::Shop,
            recipe: r#"{"stillroom":1,"source":{"rows":"order_lines"},"steps":[{"method":"knn_item"}]}"#,
            golden: include_str!("../golden/shop-recommendations.json"),
        },
        Case {
            name: "bank-churn",
            kind: Kind::Bank,
            recipe: r#"{"stillroom":1,"source":{"rows":"customers"},"target":"Churned","positive":"Yes",
                "columns":["Age","Income","Tenure Months","Products","Complaints","Active"],
                "steps":[{"method":"impute"},{"method":"one_hot"},{"method":"logistic"}],"validate":{"kind":"folds","k":5}}"#,
            golden: include_str!("../golden/bank-churn.json"),
        },
        Case {
            name: "bank-balance",
            kind: Kind::Bank,
            recipe: r#"{"stillroom":1,"source":{"rows":"customers"},"target":"Balance",
                "columns":["Age","Income","Tenure Months","Products"],"steps":[{"method":"impute"},{"method":"ols"}]}"#,
            golden: include_str!("../golden/bank-balance.json"),
        },
        Case {
            name: "clinic-profile",
            kind: Kind::Clinic,
            recipe: r#"{"stillroom":1,"source":{"rows":"customers"},"steps":[{"method":"profile"},{"method":"impute"},
                {"method":"one_hot"},{"method":"standardize"},{"method":"pca","n_components":3}]}"#,
            golden: include_str!("../golden/clinic-profile.json"),
        },
    ]
}

/// Runs a case here; the reply without the model, which repeats the reports' numbers.
pub(crate) fn run(case: &Case) -> Value {
    let sample = generate(case.kind, 11, 240);
    let mut files = vec![("customers.csv", FileKind::Customers, sample.customers_csv)];
    files.extend(sample.orders_csv.map(|text| ("orders.csv", FileKind::OrderLines, text)));
    let mut readers: Vec<(&str, FileKind, &[u8])> =
        files.iter().map(|(label, kind, text)| (*label, *kind, text.as_bytes())).collect();
    let inputs = readers.iter_mut().map(|(label, kind, bytes)| Input {
        label: (*label).to_owned(),
        kind: Some(*kind),
        bytes,
    });
    let recipe: Recipe = serde_json::from_str(case.recipe).expect("the recipe reads");
    let mut reply = batch::run(&recipe, inputs.collect(), &mut || true, &mut |_| ControlFlow::Continue(()))
        .expect("the recipe runs");
    reply.model = Value::Null;
    serde_json::to_value(&reply).expect("a reply is JSON")
}

/// Runs every case here and compares with the numbers of the native run.
pub(crate) fn check_all() {
    for case in cases() {
        let golden: Value = serde_json::from_str(case.golden).expect("the numbers read");
        compare(case.name, &run(&case), &golden);
    }
}

/// Panics at the first place where two documents differ.
pub(crate) fn compare(place: &str, found: &Value, expected: &Value) {
    match (found, expected) {
        (Value::Number(found), Value::Number(expected)) => {
            let (found, expected) =
                (found.as_f64().unwrap_or(f64::NAN), expected.as_f64().unwrap_or(f64::NAN));
            let allowed = TOLERANCE * expected.abs().max(found.abs()).max(1e-6);
            assert!((found - expected).abs() <= allowed, "{place}: {found} is not {expected}");
        }
        (Value::Array(found), Value::Array(expected)) => {
            assert_eq!(found.len(), expected.len(), "{place}: lengths differ");
            for (position, (found, expected)) in found.iter().zip(expected).enumerate() {
                compare(&format!("{place}[{position}]"), found, expected);
            }
        }
        (Value::Object(found), Value::Object(expected)) => {
            assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{place}");
            for (key, found) in found {
                compare(&format!("{place}.{key}"), found, &expected[key]);
            }
        }
        _ => assert_eq!(found, expected, "{place}"),
    }
}
