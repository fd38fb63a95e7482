//! The main job natively, from a passphrase to an empty workspace: what the page asks is asked here without a page.

use std::{collections::BTreeMap, ops::ControlFlow};

use serde::de::DeserializeOwned;
use serde_json::json;
use stillroom_engine::{
    compute::compute,
    platform::MemoryPlatform,
    protocol::{
        Ask, Backup, BackupInfo, CreateWorkspace, Customer, CustomerInfo, Duplicates, ExportView, FieldInfo,
        Fields, ImportInfo, Imports, Keep, ModelInfo, Models, OpenView, Recommend, RecommendationInfo,
        Request, SampleKind, Secret, SortBy, Status, Summary, UndoImport, Unlock, ViewInfo, Window,
        WorkspaceCounts, WorkspaceStatus,
    },
    recipe::Recipe,
    reply::{HeldOut, Reply, Report},
    session::Session,
};
use stillroom_sample::{Kind, Sample, generate};

const PASSPHRASE: &str = "seven grey herons over Linz";
const SEED: u64 = 1;

fn ask<A: Ask + Into<Request>>(session: &mut Session<MemoryPlatform>, question: A) -> A::Answer
where
    A::Answer: DeserializeOwned,
{
    let answer = session.answer(question.into()).expect("the question has an answer");
    serde_json::from_value(answer.body).expect("the answer is of its question's type")
}

fn opened() -> Session<MemoryPlatform> {
    let mut session = Session::new(MemoryPlatform::at(1_767_225_600_000));
    ask(&mut session, CreateWorkspace { passphrase: PASSPHRASE.to_owned() });
    session
}

fn with_sample(kind: SampleKind) -> Session<MemoryPlatform> {
    let mut session = opened();
    for (plan, bytes) in session.sample_files(kind, SEED).expect("an open workspace takes a sample") {
        session.begin_import(&plan).expect("nothing else is written");
        for piece in bytes.chunks(64 * 1024) {
            session.push_import(piece).expect("the sample reads");
        }
        let info = session.finish_import().expect("the sample is stored");
        assert_eq!((info.refused, info.issues), (0, 0), "{}", info.label);
    }
    session
}

fn run(session: &mut Session<MemoryPlatform>, recipe: serde_json::Value) -> Reply {
    let recipe: Recipe = serde_json::from_value(recipe).expect("the recipe reads");
    let work = session.work(&recipe).expect("the workspace has the columns");
    let reply = compute(&work, &mut |_| ControlFlow::Continue(())).expect("the recipe runs");
    session.accept(reply.clone()).expect("the reply is taken");
    reply
}

/// The external id of every row of a reply.
fn external_ids(session: &mut Session<MemoryPlatform>, reply: &Reply) -> Vec<String> {
    let view: ViewInfo = ask(
        session,
        OpenView { filter: None, search: None, sort: vec![], fields: vec!["external_id".to_owned()] },
    );
    let rows = (0..view.count.div_ceil(1000))
        .flat_map(|page| ask(session, Window { view: view.view, offset: page * 1000, limit: 1000 }));
    let ids: BTreeMap<i64, String> = rows
        .map(|row| match &row.cells[0] {
            stillroom_engine::protocol::Cell::Text(text) => (row.id, text.clone()),
            other => panic!("an id is text, not {other:?}"),
        })
        .collect();
    reply.rows.ids.iter().map(|id| ids[id].clone()).collect()
}

/// The share of rows whose segment is mostly made of rows of their planted segment.
fn purity(labels: &[u32], planted: &[usize]) -> f64 {
    let mut counts: BTreeMap<(u32, usize), usize> = BTreeMap::new();
    for pair in labels.iter().copied().zip(planted.iter().copied()) {
        *counts.entry(pair).or_default() += 1;
    }
    let mut largest: BTreeMap<u32, usize> = BTreeMap::new();
    for ((label, _), count) in counts {
        let best = largest.entry(label).or_default();
        *best = (*best).max(count);
    }
    largest.values().sum::<usize>() as f64 / labels.len() as f64
}

fn planted_segments(sample: &Sample, ids: &[String]) -> Vec<usize> {
    let truth: BTreeMap<&str, usize> =
        sample.truth.customers.iter().map(|customer| (customer.id.as_str(), customer.segment)).collect();
    ids.iter().map(|id| truth[id.as_str()]).collect()
}

#[test]
fn segments_planted_in_the_shop_are_found() {
    let sample = generate(Kind::Shop, SEED, 2000);
    let mut session = with_sample(SampleKind::Shop);
    let reply = run(
        &mut session,
        json!({"stillroom": 1, "source": {"rows": "order_lines"}, "columns": ["recency_days", "frequency", "monetary"],
            "steps": [{"method": "rfm"}, {"method": "standardize"}, {"method": "kmeans", "k": sample.truth.segments.len()}]}),
    );
    let ids = external_ids(&mut session, &reply);
    let found = purity(&reply.rows.labels, &planted_segments(&sample, &ids));
    assert!(found > 0.9, "only {found} of the customers are among their own");
}

#[test]
fn segments_planted_in_the_clinic_and_the_bank_are_found() {
    for (kind, sample_kind, source, columns, prepare) in [
        (
            Kind::Clinic,
            SampleKind::Clinic,
            "order_lines",
            json!(["recency_days", "frequency", "monetary"]),
            Some("rfm"),
        ),
        (Kind::Bank, SampleKind::Bank, "customers", json!(["Age", "Income", "Products"]), None),
    ] {
        let sample = generate(kind, SEED, kind.default_customers());
        let mut session = with_sample(sample_kind);
        let k = sample.truth.segments.len();
        let steps =
            prepare.into_iter().chain(["impute", "standardize"]).map(|method| json!({"method": method}));
        let steps: Vec<_> = steps.chain([json!({"method": "kmeans", "k": k})]).collect();
        let reply = run(
            &mut session,
            json!({"stillroom": 1, "source": {"rows": source}, "columns": columns, "steps": steps}),
        );
        let ids = external_ids(&mut session, &reply);
        let found = purity(&reply.rows.labels, &planted_segments(&sample, &ids));
        assert!(found > 0.9, "{}: only {found} are among their own", kind.name());
    }
}

#[test]
fn the_planted_models_of_leavers_and_absentees_are_within_their_intervals() {
    for (kind, sample_kind) in
        [(Kind::Shop, SampleKind::Shop), (Kind::Bank, SampleKind::Bank), (Kind::Clinic, SampleKind::Clinic)]
    {
        let truth = generate(kind, SEED, kind.default_customers()).truth.outcome;
        let mut session = with_sample(sample_kind);
        let columns: Vec<_> = truth.coefficients.iter().map(|(column, _)| *column).collect();
        let reply = run(
            &mut session,
            json!({"stillroom": 1, "source": {"rows": "customers"}, "target": truth.target, "positive": "Yes",
                "columns": columns, "steps": [{"method": "impute"}, {"method": "one_hot"}, {"method": "logistic"}]}),
        );
        let Some(Report::Predict(report)) = reply.reports.last() else { panic!("a prediction's report") };
        let HeldOut::TwoClasses(score) = &report.held_out else { panic!("two classes were judged") };
        assert!(score.auc > 0.65, "{}: AUC {}", kind.name(), score.auc);
        assert!(score.brier < score.baseline_brier);
        for (column, planted) in &truth.coefficients {
            let found =
                report.coefficients.iter().find(|found| found.name.starts_with(column)).expect("it is used");
            let error =
                (found.estimate - planted).abs() / found.standard_error.expect("no penalty, so an error");
            assert!(error < 4.0, "{column}: {} is {error} standard errors from {planted}", found.estimate);
        }
    }
}

#[test]
fn planted_affinities_are_among_the_neighbours() {
    let sample = generate(Kind::Shop, SEED, 2000);
    let mut session = with_sample(SampleKind::Shop);
    let reply = run(
        &mut session,
        json!({"stillroom": 1, "source": {"rows": "order_lines"}, "steps": [{"method": "knn_item"}]}),
    );
    let Some(Report::KnnItem(report)) = reply.reports.last() else { panic!("a recommender's report") };
    for affinity in &sample.truth.affinities {
        let similar =
            report.similar.iter().find(|items| items.code == affinity.item).expect("the item is sold");
        let is_near = similar.neighbours.iter().take(3).any(|neighbour| neighbour.code == affinity.brings);
        assert!(is_near, "{} is not near {}", affinity.brings, affinity.item);
    }
    let evaluation = report.evaluation.as_ref().expect("customers have more than one order");
    assert!(evaluation.model.hit_rate.0 > evaluation.popularity.hit_rate.0);

    let customer = session_customer(&mut session);
    let lines = ask(
        &mut session,
        stillroom_engine::protocol::CustomerLines { id: customer.id, offset: 0, limit: 1000 },
    );
    let recommended: Vec<RecommendationInfo> =
        ask(&mut session, Recommend { model: None, customer: customer.id, n_items: 10 });
    assert_eq!(recommended.len(), 10);
    assert!(recommended.iter().all(|item| lines.iter().all(|line| line.item_code != item.item_code)));
}

#[test]
fn planted_duplicates_are_found_and_little_else() {
    for (kind, sample_kind) in
        [(Kind::Shop, SampleKind::Shop), (Kind::Bank, SampleKind::Bank), (Kind::Clinic, SampleKind::Clinic)]
    {
        let sample = generate(kind, SEED, kind.default_customers());
        let mut session = with_sample(sample_kind);
        let id = |key: &str| {
            sample.truth.customers.iter().position(|customer| customer.id == key).map(|row| row as i64 + 1)
        };
        let planted: Vec<_> =
            sample.truth.duplicates.iter().map(|(first, second)| (id(first), id(second))).collect();
        let found = ask(&mut session, Duplicates { limit: 10_000 });
        let hits =
            found.iter().filter(|pair| planted.contains(&(Some(pair.first), Some(pair.second)))).count();
        assert!(hits as f64 >= 0.95 * planted.len() as f64, "{}: {hits} of {}", kind.name(), planted.len());
        assert!(hits as f64 >= 0.95 * found.len() as f64, "{}: {hits} of {} found", kind.name(), found.len());
    }
}

/// The customer with the fewest orders, to whom much can still be recommended.
fn session_customer(session: &mut Session<MemoryPlatform>) -> CustomerInfo {
    let sort = vec![SortBy { field: "orders".to_owned(), descending: false }];
    let view: ViewInfo = ask(session, OpenView { filter: None, search: None, sort, fields: vec![] });
    let first = ask(session, Window { view: view.view, offset: 0, limit: 1 });
    ask(session, Customer { id: first[0].id })
}

#[test]
fn kept_labels_are_fields_that_filter_and_outlive_a_backup() {
    let mut session = with_sample(SampleKind::Clinic);
    run(
        &mut session,
        json!({"stillroom": 1, "source": {"rows": "order_lines"}, "columns": ["recency_days", "frequency", "monetary"],
            "steps": [{"method": "rfm"}, {"method": "standardize"}, {"method": "kmeans", "k": 3}]}),
    );
    let names = ["Regulars", "Newcomers", "Away"].map(str::to_owned).to_vec();
    let kept: ModelInfo = ask(&mut session, Keep { name: "Visits".to_owned(), label_names: names });
    assert!(kept.written > 1000 && kept.metrics["silhouette"] > 0.3);
    let fields: Vec<FieldInfo> = ask(&mut session, Fields {});
    let label = fields.iter().find(|field| field.origin == "label").expect("the labels are a field");
    let filter = Some(format!("{} = \"Regulars\"", label.key));
    let view: ViewInfo =
        ask(&mut session, OpenView { filter, search: None, sort: vec![], fields: vec![label.key.clone()] });
    assert!(view.count > 0 && view.count < view.total);
    let csv = session
        .answer(ExportView { view: view.view }.into())
        .expect("a view exports")
        .bytes
        .expect("as bytes");
    assert_eq!(String::from_utf8_lossy(&csv).lines().count(), view.count as usize + 1);

    let before: WorkspaceCounts = ask(&mut session, Summary {});
    let backup =
        session.answer(Backup { passphrase: PASSPHRASE.to_owned() }.into()).expect("a backup is made");
    let info: BackupInfo = serde_json::from_value(backup.body).expect("the answer's type");
    let file = backup.bytes.expect("the backup is bytes");
    assert!(info.verified && file.len() as u64 == info.bytes);
    assert!(!file.windows(6).any(|window| window == b"SQLite"), "a backup shows no database in clear");

    let mut other = Session::new(MemoryPlatform::at(1_767_225_700_000));
    assert_eq!(
        other.restore(&file, "another long passphrase 42").expect_err("refused").code,
        "wrong-passphrase"
    );
    other.restore(&file, PASSPHRASE).expect("the backup opens elsewhere");
    assert_eq!(ask(&mut other, Summary {}), before);
    assert_eq!(ask(&mut other, Models {}).len(), 1);
}

#[test]
fn undoing_every_import_leaves_nothing() {
    let mut session = with_sample(SampleKind::Shop);
    let imports: Vec<ImportInfo> = ask(&mut session, Imports {});
    assert_eq!(imports.len(), 2);
    for import in imports {
        ask(&mut session, UndoImport { import: import.id });
    }
    let counts: WorkspaceCounts = ask(&mut session, Summary {});
    assert_eq!((counts.customers, counts.order_lines, counts.orders), (0, 0, 0));
    assert!(ask(&mut session, Fields {}).iter().all(|field| field.origin == "standard" && field.filled == 0));
}

#[test]
fn a_cancelled_import_leaves_nothing_and_lets_the_next_one_in() {
    let mut session = opened();
    let (plan, bytes) = session.sample_files(SampleKind::Bank, SEED).expect("a sample").swap_remove(0);
    session.begin_import(&plan).expect("begins");
    session.push_import(&bytes).expect("reads");
    let busy = session.answer(Keep { name: "x".into(), label_names: vec![] }.into()).expect_err("refused");
    assert!(["busy", "nothing-computed"].contains(&busy.code.as_str()));
    session.cancel_import();
    assert_eq!(ask(&mut session, Summary {}).customers, 0);
    session.begin_import(&plan).expect("the next one begins");
    session.push_import(&bytes).expect("reads");
    assert_eq!(session.finish_import().expect("is stored").created, 5000);
}

#[test]
fn only_the_right_secret_opens_and_everything_else_is_refused_while_locked() {
    let mut session = Session::new(MemoryPlatform::default());
    let code: String = ask(&mut session, CreateWorkspace { passphrase: PASSPHRASE.to_owned() });
    let wrong = Unlock { secret: Secret::Passphrase("seven grey herons over Graz".to_owned()) };
    assert_eq!(session.answer(wrong.into()).expect_err("refused").code, "wrong-passphrase");
    let mistyped =
        Unlock { secret: Secret::RecoveryCode(code.replace(|letter: char| letter.is_ascii_digit(), "7")) };
    assert!(session.answer(mistyped.into()).is_err());
    ask(&mut session, Unlock { secret: Secret::RecoveryCode(code.to_lowercase()) });
    let status: WorkspaceStatus = ask(&mut session, Status {});
    assert!(status.exists && status.unlocked);

    let mut locked = Session::new(MemoryPlatform::default());
    for question in [Request::from(Summary {}), Request::from(Fields {}), Request::from(Models {})] {
        assert_eq!(locked.answer(question).expect_err("locked").code, "locked");
    }
}
