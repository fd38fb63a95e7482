//! Every method's example runs on the sample shop, and the reference page is what the registry says.

use std::ops::ControlFlow;

use stillroom_engine::{
    batch::{self, FileKind, Input},
    methods,
    protocol::{Failure, SampleKind},
    recipe::Recipe,
    reply::{Reply, Report},
    sample::{self, SampleFile},
};

/// Runs a recipe on the files of a sample.
fn run(recipe: &Recipe, files: &[SampleFile]) -> Result<Reply, Failure> {
    let inputs = files.iter().map(|file| (file.name.clone(), file.text.as_bytes()));
    let mut inputs: Vec<(String, &[u8])> = inputs.collect();
    let inputs = inputs.iter_mut().map(|(name, bytes)| Input {
        kind: Some(if name.contains("orders") { FileKind::OrderLines } else { FileKind::Customers }),
        label: name.clone(),
        bytes,
    });
    let started = std::time::Instant::now();
    let limit = recipe.time_limit_seconds.unwrap_or(f64::INFINITY);
    let mut budget = || started.elapsed().as_secs_f64() < limit;
    batch::run(recipe, inputs.collect(), &mut budget, &mut |_| ControlFlow::Continue(()))
}

#[test]
fn every_example_runs_on_the_sample_shop() {
    let files = sample::files(SampleKind::Shop, 1);
    let mut failed = Vec::new();
    for method in methods::methods() {
        let mut recipe = methods::example(method);
        recipe.time_limit_seconds = recipe.time_limit_seconds.map(|_| 1.0);
        match run(&recipe, &files) {
            Ok(reply) => {
                let told = !reply.reports.is_empty() || !reply.prepared.is_empty();
                if !told {
                    failed.push(format!("{}: nothing was told", method.name));
                }
                if let Some(Report::Predict(report)) = reply.reports.last() {
                    assert!(!report.method.is_empty(), "{}", method.name);
                }
            }
            Err(failure) => failed.push(format!("{}: {} {}", method.name, failure.code, failure.message)),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn example(name: &str) -> Recipe {
    methods::example(methods::method(name).expect("a method"))
}

#[test]
fn a_recipe_that_only_fits_gives_the_same_model_labels_and_scores() {
    let files = sample::files(SampleKind::Shop, 1);
    for name in ["kmeans", "gmm", "ols", "logistic", "forest", "knn_item"] {
        let whole = run(&example(name), &files).expect("a reply");
        let fit = run(&Recipe { fit_only: true, ..example(name) }, &files).expect("a reply");
        assert_eq!((&fit.rows.labels, &fit.rows.scores), (&whole.rows.labels, &whole.rows.scores), "{name}");
        assert!(fit.rows.held_out.is_empty() && fit.model.is_string(), "{name}");
        assert!(name != "knn_item" || fit.model == whole.model);
        let Some(Report::Fit(report)) = fit.reports.last() else { panic!("{name}: no fit was told") };
        assert_eq!(report.method, name);
        match whole.reports.last() {
            Some(Report::Group(group)) => {
                assert_eq!((&report.centroids, &report.sizes), (&group.centroids, &group.sizes), "{name}");
            }
            Some(Report::Predict(predict)) => {
                assert_eq!(report.coefficients, predict.coefficients, "{name}");
                assert_eq!((&report.facts, &report.labels), (&predict.facts, &predict.labels), "{name}");
            }
            Some(Report::KnnItem(items)) => {
                let told =
                    [items.n_users, items.n_items, items.n_interactions, items.n_items_with_neighbours];
                assert_eq!(report.facts.iter().map(|fact| fact.value as u64).collect::<Vec<_>>(), told);
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_recipe_that_only_fits_asks_for_nothing_beside_it() {
    let files = sample::files(SampleKind::Shop, 1);
    let fairness = Recipe { fit_only: true, fairness: vec!["Newsletter".to_owned()], ..example("logistic") };
    let search = Recipe { fit_only: true, ..example("automl") };
    for recipe in [fairness, search] {
        let refused = run(&recipe, &files).expect_err("refused");
        assert_eq!(refused.code, "recipe-fit-only", "{}", refused.message);
    }
}

#[test]
fn the_reference_page_is_what_the_registry_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/METHODS.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(page == methods::reference(), "docs/METHODS.md is old: run `cargo xtask docs`");
}
