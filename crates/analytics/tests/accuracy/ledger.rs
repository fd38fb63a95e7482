//! The rows of the table, and the test each of them is.

use std::path::PathBuf;

use serde_json::{Value, json};

/// The rows of one room.
pub(crate) struct Ledger {
    room: &'static str,
    reference: Value,
    rows: Vec<Value>,
    failures: Vec<String>,
}

/// Fills the ledger of `room`, whose references stand in `tests/reference/accuracy_<room>.json`, and fails for the rows outside
/// their tolerance. Skipped when the shared data are not there.
pub(crate) fn run(room: &'static str, fill: impl FnOnce(&mut Ledger)) {
    if !super::data::folder().is_dir() {
        println!("skipped: no shared data");
        return;
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference");
    let text = std::fs::read_to_string(PathBuf::from(path).join(format!("accuracy_{room}.json"))).unwrap();
    let mut ledger = Ledger {
        room,
        reference: serde_json::from_str(&text).unwrap(),
        rows: Vec::new(),
        failures: Vec::new(),
    };
    fill(&mut ledger);
    ledger.finish();
}

impl Ledger {
    /// A reference value: `path` leads through the room's JSON file, `/ols/diabetes/r_squared`.
    #[track_caller]
    pub(crate) fn reference(&self, path: &str) -> &Value {
        self.reference.pointer(path).unwrap_or_else(|| panic!("the reference has {path}"))
    }

    /// A reference number.
    #[track_caller]
    pub(crate) fn number(&self, path: &str) -> f64 {
        self.reference(path).as_f64().unwrap()
    }

    /// Reference numbers.
    #[track_caller]
    pub(crate) fn numbers(&self, path: &str) -> Vec<f64> {
        self.reference(path).as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    /// `value` must be within `tolerance` of `reference`, relative to the larger of it and 1. `why` argues the tolerance.
    pub(crate) fn equal(
        &mut self,
        method: &str,
        data_set: &str,
        quantity: &str,
        (value, reference): (f64, f64),
        tolerance: f64,
        why: &str,
    ) {
        let difference = (value - reference).abs() / reference.abs().max(1.0);
        self.row(method, data_set, quantity, "equal", (value, reference, difference), tolerance, why);
    }

    /// Every one of `values` must be within `tolerance` of its reference; the worst makes the row.
    #[track_caller]
    pub(crate) fn all_equal(
        &mut self,
        method: &str,
        data_set: &str,
        quantity: &str,
        (values, references): (&[f64], &[f64]),
        tolerance: f64,
        why: &str,
    ) {
        assert_eq!(values.len(), references.len(), "{method} on {data_set}: {quantity}: lengths");
        let off = |position: &usize| {
            let difference = (values[*position] - references[*position]).abs();
            if difference.is_nan() {
                f64::INFINITY
            } else {
                difference / references[*position].abs().max(1.0)
            }
        };
        let worst = (0..values.len()).max_by(|left, right| off(left).total_cmp(&off(right))).unwrap();
        let quantity = format!("{quantity} (worst of {})", values.len());
        self.equal(method, data_set, &quantity, (values[worst], references[worst]), tolerance, why);
    }

    /// `value`, where more is better, may fall short of `reference` by `slack` at most.
    pub(crate) fn at_least(
        &mut self,
        method: &str,
        data_set: &str,
        quantity: &str,
        (value, reference): (f64, f64),
        slack: f64,
        why: &str,
    ) {
        let difference = (reference - value).max(0.0);
        self.row(method, data_set, quantity, "at-least", (value, reference, difference), slack, why);
    }

    #[allow(clippy::too_many_arguments, reason = "a row has these cells")]
    fn row(
        &mut self,
        method: &str,
        data_set: &str,
        quantity: &str,
        kind: &str,
        (value, reference, difference): (f64, f64, f64),
        tolerance: f64,
        why: &str,
    ) {
        // A difference that is not a number must fail.
        let is_within = difference <= tolerance;
        if !is_within {
            let what =
                format!("{method} on {data_set}: {quantity}: {value} for {reference}, off by {difference:e}");
            self.failures.push(format!("{what}, tolerance {tolerance:e}"));
        }
        self.rows.push(json!({
            "method": method, "data_set": data_set, "quantity": quantity, "kind": kind, "value": value,
            "reference": reference, "difference": difference, "tolerance": tolerance, "why": why,
        }));
    }

    fn finish(self) {
        if let Ok(folder) = std::env::var("STILLROOM_ACCURACY") {
            let path = PathBuf::from(folder).join(format!("{}.json", self.room));
            std::fs::write(path, serde_json::to_string_pretty(&self.rows).unwrap()).unwrap();
        }
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
    }
}
