//! Explanations of scikit-learn's own trees against the shap package; `tools/reference/trees.py` makes both.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its numbers has failed")]
#![allow(clippy::disallowed_methods, reason = "the references are files")]

#[cfg(test)]
mod reference {
    use serde_json::Value;
    use stillroom_analytics::Matrix;
    use stillroom_analytics::predict::trees::{Ensemble, shap, shap_interventional};
    use stillroom_analytics::progress::unwatched;

    fn numbers(value: &Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < tolerance, "{found} for {expected}");
        }
    }

    #[test]
    fn contributions_are_those_of_the_shap_package() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/trees.json");
        let content: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for case in content["cases"].as_array().unwrap() {
            let ensemble: Ensemble = serde_json::from_value(case["ensemble"].clone()).unwrap();
            let matrix =
                |rows: &str| Matrix::new(ensemble.names().to_vec(), numbers(&content[rows])).unwrap();
            let found = shap(&ensemble, &matrix("rows"), &mut unwatched).unwrap();
            // Both are exact up to rounding; the package sums path weights of alternating signs, which costs digits.
            assert_close(&found.values, &numbers(&case["by_cover"]), 1e-9);
            let found =
                shap_interventional(&ensemble, &matrix("rows"), &matrix("background"), &mut unwatched)
                    .unwrap();
            // The package sums over background rows in single precision.
            assert_close(&found.values, &numbers(&case["by_rows"]), 1e-6);
        }
    }
}
