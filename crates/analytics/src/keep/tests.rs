use std::ops::ControlFlow;

use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::group::GroupParams;
use crate::judge::{Calibrate, ClassWeight, Dependent, PipelineParams, Target};
use crate::predict::{ModelParams, Takes};
use crate::prepare::PrepareStep;
use crate::progress::unwatched;
use crate::{Column, ColumnData, Table};

fn table() -> Table {
    let n_rows = 80;
    let wave = |row: usize, by: f64| libm::sin(row as f64 * by) * 3.0;
    let age: Vec<f64> = (0..n_rows).map(|row| 40.0 + 4.0 * wave(row, 1.3)).collect();
    let visits = (0..n_rows).map(|row| if row % 9 == 4 { f64::NAN } else { (row * 7 % 11) as f64 }).collect();
    let plan = (0..n_rows).map(|row| Some(["basic", "plus", "top"][row * 5 % 7 % 3]));
    let since = (0..n_rows).map(|row| Some(row as i64 * 86_400_000)).collect();
    let spend: Vec<f64> = (0..n_rows).map(|row| 2.0 * age[row] + wave(row, 0.9) * 5.0).collect();
    let left =
        (0..n_rows).map(|row| Some(if spend[row] + 3.0 * wave(row, 2.7) > 80.0 { "Yes" } else { "No" }));
    let tier = (0..n_rows).map(|row| Some(["a", "b", "c"][(spend[row] as usize + row) % 3]));
    let column = |name: &str, data| Column { name: name.to_owned(), data };
    Table::new(vec![
        column("left", ColumnData::from_labels(left)),
        column("tier", ColumnData::from_labels(tier)),
        column("age", ColumnData::Number(age)),
        column("visits", ColumnData::Number(visits)),
        column("plan", ColumnData::from_labels(plan)),
        column("since", ColumnData::Time(since)),
        column("is_member", ColumnData::Boolean((0..n_rows).map(|row| Some(row % 4 == 1)).collect())),
        column("spend", ColumnData::Number(spend)),
    ])
    .unwrap()
}

const INPUTS: [&str; 5] = ["age", "visits", "plan", "since", "is_member"];

fn steps(extra: Value) -> Vec<PrepareStep> {
    let mut steps = json!([
        {"method": "days_since"},
        {"method": "impute", "indicator": true},
        {"method": "winsorize", "columns": ["age"]},
        {"method": "one_hot"},
        {"method": "standardize"},
    ]);
    steps.as_array_mut().unwrap().extend(extra.as_array().unwrap().iter().cloned());
    serde_json::from_value(steps).unwrap()
}

/// A model of each kind for each target it takes.
fn models() -> Vec<(&'static str, Value)> {
    vec![
        ("spend", json!({"method": "ols"})),
        ("left", json!({"method": "logistic", "l2": 1.0})),
        ("spend", json!({"method": "tree", "max_depth": 4})),
        ("tier", json!({"method": "tree", "max_depth": 3})),
        ("spend", json!({"method": "ridge", "alpha": 1.0})),
        ("spend", json!({"method": "lasso"})),
        ("spend", json!({"method": "elastic_net"})),
        ("left", json!({"method": "svm", "kernel": "rbf"})),
        ("tier", json!({"method": "svm", "kernel": "linear"})),
        ("spend", json!({"method": "svm"})),
        (
            "left",
            json!({"method": "average", "members": [
                {"weight": 1.0, "model": {"method": "logistic", "l2": 1.0}},
                {"weight": 2.0, "model": {"method": "tree", "max_depth": 2}},
            ]}),
        ),
        ("left", json!({"method": "boosting"})),
        ("left", json!({"method": "forest", "n_trees": 4})),
        ("tier", json!({"method": "forest", "n_trees": 3})),
    ]
}

fn fitted(target: &str, model: &Value, extra: Value) -> Artefact {
    fitted_with(target, model, extra, Calibrate::None)
}

fn fitted_with(target: &str, model: &Value, extra: Value, calibrate: Calibrate) -> Artefact {
    let params: ModelParams = serde_json::from_value(model.clone()).unwrap();
    let takes =
        Takes { numbers: target == "spend", classes: if target == "tier" { 3 } else { 2 }, weights: false };
    let read = Target::read(&table(), target, None, takes).unwrap();
    let how = PipelineParams {
        columns: INPUTS.map(str::to_owned).to_vec(),
        prepare: steps(extra),
        dependent: Dependent::Drop,
        model: params,
        class_weight: ClassWeight::None,
        calibrate,
        seed: 7,
    };
    let pipeline = Pipeline::fit(&table(), &read, &how, &mut unwatched).unwrap();
    Artefact {
        engine_version: "0.1.0".into(),
        purpose: "tests".into(),
        method: model["method"].as_str().unwrap().into(),
        recipe: json!({"model": model, "target": target}),
        seed: 7,
        columns: schema_of(&table().select(&INPUTS).unwrap()),
        target: Some(TargetSchema::of(target, &read)),
        n_rows: table().n_rows(),
        data_hash: data_hash(&table()),
        window: Some(Window { from_millis: 0, to_millis: 79 * 86_400_000 }),
        metrics: Vec::new(),
        drift: None,
        body: Body::Predict(Box::new(pipeline)),
    }
}

fn grouped(method: &str) -> Artefact {
    let prepare =
        crate::prepare::fit(&steps(json!([])), &table().select(&INPUTS).unwrap(), &mut unwatched).unwrap();
    let matrix = prepare.apply(&table()).unwrap();
    let params: GroupParams = serde_json::from_value(json!({"method": method})).unwrap();
    let model = params.fit(&matrix, 3, &mut unwatched).unwrap().model;
    let body = Body::Group(Box::new(Groups { prepare, model }));
    Artefact { target: None, method: method.into(), body, ..fitted("spend", &models()[0].1, json!([])) }
}

fn all() -> Vec<Artefact> {
    let predicted = models().into_iter().map(|(target, model)| fitted(target, &model, json!([])));
    let pca = fitted("left", &models()[1].1, json!([{"method": "pca", "n_components": 3}]));
    let ranged = fitted("left", &models()[1].1, json!([{"method": "min_max", "clip": true}]));
    let calibrated = [("left", Calibrate::Isotonic), ("tier", Calibrate::Platt)]
        .map(|(target, calibrate)| fitted_with(target, &models()[2].1, json!([]), calibrate));
    predicted.chain([pca, ranged, grouped("kmeans"), grouped("gmm")]).chain(calibrated).collect()
}

/// Bytes whose hash fits `content`: what someone makes who wants to be believed.
fn forged(content: &[u8]) -> Vec<u8> {
    let hash = format::hex(&Sha256::digest(content));
    let start = format!(
        "{{\"format\":\"stillroom-model\",\"version\":{FORMAT_VERSION},\"sha256\":\"{hash}\",\"content\":"
    );
    [start.as_bytes(), content, b"}"].concat()
}

fn content(bytes: &[u8]) -> Vec<u8> {
    let start =
        b"{\"format\":\"stillroom-model\",\"version\":1,\"sha256\":\"".len() + 64 + b"\",\"content\":".len();
    bytes[start..bytes.len() - 1].to_vec()
}

/// Uses everything an artefact can be used for; any typed error will do.
fn exercise(artefact: &Artefact) {
    let used = match &artefact.body {
        Body::Predict(pipeline) => pipeline.predict(&table()).map(drop),
        Body::Group(groups) => {
            groups.prepare.apply(&table()).and_then(|matrix| groups.model.predict(&matrix)).map(drop)
        }
    };
    let _ = (used, artefact.card());
    if let Body::Predict(pipeline) = &artefact.body {
        let mut n_reports = 0;
        let mut patience = |_| {
            n_reports += 1;
            if n_reports < 50 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let params = crate::explain::ShapParams { n_background: 2, ..Default::default() };
        let _ = crate::explain::shap(pipeline, &table(), &[0], &params, &mut patience);
    }
}

#[test]
fn what_is_written_is_read_and_twice_fitted_is_once_the_bytes() {
    for artefact in all() {
        let bytes = write(&artefact).unwrap();
        assert_eq!(read(&bytes).as_ref(), Ok(&artefact), "{}", artefact.method);
        assert!(serde_json::from_slice::<Value>(&bytes).is_ok(), "any tool reads it");
    }
    let bytes = |artefacts: Vec<Artefact>| artefacts.iter().map(|it| write(it).unwrap()).collect::<Vec<_>>();
    assert!(bytes(all()) == bytes(all()), "the same recipe, rows and seed give the same bytes");
}

#[test]
fn a_loaded_model_predicts_to_the_last_bit() {
    for artefact in all() {
        let again = read(&write(&artefact).unwrap()).unwrap();
        if let (Body::Predict(before), Body::Predict(after)) = (&artefact.body, &again.body) {
            assert_eq!(before.predict(&table()).unwrap(), after.predict(&table()).unwrap());
        }
    }
}

#[test]
fn other_bytes_are_refused_by_name() {
    let bytes = write(&fitted("spend", &models()[0].1, json!([]))).unwrap();
    let mut changed = bytes.clone();
    let last = changed.len() - 2;
    changed[last] = b' ';
    let text = String::from_utf8(bytes.clone()).unwrap();
    let cases: [(&str, Vec<u8>); 8] = [
        ("not-a-model", Vec::new()),
        ("not-a-model", b"\x89PNG".to_vec()),
        ("not-a-model", bytes[..60].to_vec()),
        ("tampered", bytes[..bytes.len() - 1].to_vec()),
        ("tampered", changed),
        ("tampered", text.replacen("\"seed\":7", "\"seed\":8", 1).into_bytes()),
        ("model-version", text.replacen("\"version\":1", "\"version\":2", 1).into_bytes()),
        ("model-unreadable", forged(b"{\"purpose\":1}")),
    ];
    for (code, bytes) in cases {
        assert_eq!(read(&bytes).map_err(|error| error.code()), Err(code));
    }
    assert_eq!(read(&vec![b' '; MOST_BYTES + 1]).map_err(|error| error.code()), Err("model-too-large"));
    let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
    assert_eq!(read(&forged(deep.as_bytes())).map_err(|error| error.code()), Err("model-unreadable"));
}

#[test]
fn numbers_that_are_not_finite_are_not_written() {
    let mut artefact = fitted("spend", &models()[0].1, json!([]));
    artefact.metrics = vec![Metric {
        name: "rmse".into(),
        value: 1.0,
        interval: None,
        baseline: Some(f64::NAN),
        more_is_better: false,
    }];
    assert_eq!(write(&artefact), Err(Error::ModelBroken { part: "content" }));
}

#[test]
fn parts_that_contradict_each_other_are_refused() {
    let whole: Value = serde_json::to_value(fitted("left", &models()[1].1, json!([]))).unwrap();
    let refused = |path: &str, value: Value| {
        let mut content = whole.clone();
        *content.pointer_mut(path).unwrap() = value;
        read(&forged(&serde_json::to_vec(&content).unwrap())).map_err(|error| error.code()).err()
    };
    let broken = Some("model-broken");
    assert_eq!(refused("/data_hash", json!("short")), broken);
    assert_eq!(refused("/window", json!({"from_millis": 9, "to_millis": 1})), broken);
    assert_eq!(refused("/columns/0/name", json!("other")), broken);
    assert_eq!(refused("/target/labels", json!(["a", "b", "c"])), broken);
    assert_eq!(refused("/body/predict/columns", json!(["age"])), broken);
    assert_eq!(refused("/body/predict/columns/0", json!("no such column")), broken);
    assert_eq!(refused("/body/predict/model/coefficients", json!([])), broken);
    assert_eq!(refused("/body/predict/prepare/outputs", json!([])), broken);
    assert_eq!(refused("/body/predict/prepare/steps/2/columns/0/fences", json!([2.0, 1.0])), broken);
    assert_eq!(refused("/seed", json!(8)), None, "a forger's own seed harms nobody");
}

#[test]
fn a_tree_that_is_no_tree_is_refused() {
    let whole: Value = serde_json::to_value(fitted("spend", &models()[2].1, json!([]))).unwrap();
    let tree = "/body/predict/model/ensemble/trees/0";
    for (list, value) in [("rights", json!(0)), ("rights", json!(1)), ("rights", json!(4_000_000_000u32))] {
        let mut content = whole.clone();
        *content.pointer_mut(&format!("{tree}/{list}/0")).unwrap() = value;
        let found = read(&forged(&serde_json::to_vec(&content).unwrap())).map_err(|error| error.code());
        assert_eq!(found, Err("model-unreadable"));
    }
}

#[test]
fn a_card_says_what_to_keep_in_mind() {
    let mut artefact = fitted("left", &models()[1].1, json!([]));
    let metric = |value, interval, baseline| Metric {
        name: "auc".into(),
        value,
        interval: Some(interval),
        baseline: Some(baseline),
        more_is_better: true,
    };
    artefact.metrics = vec![metric(0.6, (0.45, 0.7), 0.5)];
    artefact.window = None;
    let card = artefact.card().unwrap();
    let codes: Vec<Value> =
        card.limits.iter().map(|limit| serde_json::to_value(limit).unwrap()["code"].clone()).collect();
    for code in ["not_causal", "few_rows", "small_class", "not_better_than_baseline", "no_window"] {
        assert!(codes.contains(&json!(code)), "{code} in {codes:?}");
    }
    assert!(!codes.contains(&json!("not_judged")));
    assert_eq!(card.model_hash, fingerprint(&write(&artefact).unwrap()).unwrap());
    assert_eq!(card.columns.len(), 5);
}

#[test]
fn fewer_digits_make_a_smaller_model_and_the_loss_is_measured() {
    let artefact = fitted("left", &json!({"method": "forest", "n_trees": 20}), json!([]));
    let takes = Takes { numbers: false, classes: 2, weights: false };
    let target = Target::read(&table(), "left", None, takes).unwrap();
    let quantised = |digits| quantise(&artefact, digits, &table(), &target).unwrap();
    let (single, half) = (quantised(Digits::Single), quantised(Digits::Half));
    assert!(half.n_bytes < single.n_bytes && single.n_bytes < single.n_bytes_before);
    assert!(single.loss.max_difference < 1e-6 && half.loss.max_difference < 0.5);
    assert_eq!((single.loss.n_rows, single.loss.metric.as_str()), (80, "auc"));
    assert_eq!(write(&single.artefact).unwrap().len(), single.n_bytes);
}

#[test]
fn the_hash_of_rows_tells_any_difference_that_matters() {
    let base = data_hash(&table());
    let mut columns = table().into_columns();
    if let ColumnData::Category { codes, levels } = &mut columns[4].data {
        levels.swap(0, 2);
        codes.iter_mut().for_each(|code| *code = 2 - *code);
    }
    assert_eq!(
        data_hash(&Table::new(columns.clone()).unwrap()),
        base,
        "levels in another order are the same rows"
    );
    if let ColumnData::Number(values) = &mut columns[2].data {
        values[3] += 1e-9;
    }
    assert_ne!(data_hash(&Table::new(columns).unwrap()), base);
    assert_ne!(data_hash(&table().take(&[0, 1])), base);
}

#[test]
fn a_grouping_predicts_the_same_after_it_was_kept() {
    let artefact = grouped("kmeans");
    let again = read(&write(&artefact).unwrap()).unwrap();
    let labels = |artefact: &Artefact| match &artefact.body {
        Body::Group(groups) => groups.model.predict(&groups.prepare.apply(&table()).unwrap()).unwrap(),
        Body::Predict(_) => Vec::new(),
    };
    assert_eq!(labels(&again), labels(&artefact));
}

/// Every place in a JSON value.
fn places(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Array(entries) => {
            entries.iter().enumerate().for_each(|(at, entry)| places(entry, format!("{path}/{at}"), found));
        }
        Value::Object(entries) => entries.iter().for_each(|(name, entry)| {
            places(entry, format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), found);
        }),
        _ => {}
    }
    found.push(path);
}

/// One change of one place.
fn mutate(value: &mut Value, how: u8, number: i32) {
    *value = match (how % 10, &*value) {
        (0, _) => Value::Null,
        (1, _) => json!(number),
        (2, _) => json!(f64::from(number) * 1e290),
        (3, Value::Array(entries)) if !entries.is_empty() => json!(entries[1..]),
        (4, Value::Array(entries)) => json!([entries.as_slice(), &entries[..entries.len().min(1)]].concat()),
        (5, _) => json!([]),
        (6, _) => json!("x"),
        (7, Value::Number(old)) => json!(-old.as_f64().unwrap_or(1.0)),
        (8, Value::Number(_)) => json!(u32::MAX),
        (9, Value::Array(entries)) => json!(entries.iter().rev().collect::<Vec<_>>()),
        (_, old) => old.clone(),
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]

    #[test]
    fn flipped_bytes_are_always_noticed(seed in any::<u64>()) {
        let mut draws = crate::random::generator(seed, 0);
        let artefacts = all();
        for artefact in &artefacts {
            let bytes = write(artefact).unwrap();
            for _ in 0..100 {
                let mut flipped = bytes.clone();
                let at = crate::random::draw_below(&mut draws, flipped.len());
                flipped[at] ^= 1 + crate::random::draw_below(&mut draws, 255) as u8;
                prop_assert!(read(&flipped).is_err());
                let cut = crate::random::draw_below(&mut draws, bytes.len());
                prop_assert!(read(&bytes[..cut]).is_err());
            }
        }
    }

    #[test]
    fn forged_models_never_panic(seed in any::<u64>()) {
        let mut draws = crate::random::generator(seed, 1);
        for artefact in all() {
            let whole = serde_json::to_value(&artefact).unwrap();
            let mut paths = Vec::new();
            places(&whole, String::new(), &mut paths);
            for _ in 0..60 {
                let mut content = whole.clone();
                for _ in 0..=crate::random::draw_below(&mut draws, 2) {
                    let path = &paths[crate::random::draw_below(&mut draws, paths.len())];
                    let how = crate::random::draw_below(&mut draws, 10) as u8;
                    let number = crate::random::draw_below(&mut draws, 200) as i32 - 100;
                    if let Some(value) = content.pointer_mut(path) {
                        mutate(value, how, number);
                    }
                }
                if let Ok(read) = read(&forged(&serde_json::to_vec(&content).unwrap())) {
                    exercise(&read);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bytes).is_err());
        prop_assert!(read(&forged(&bytes)).is_err());
    }
}

#[test]
fn the_content_is_what_stands_between() {
    let bytes = write(&fitted("spend", &models()[0].1, json!([]))).unwrap();
    assert_eq!(forged(&content(&bytes)), bytes);
}
