//! Every method's example runs on the sample shop, and the reference page is what the registry says.

use std::ops::ControlFlow;

use stillroom_engine::{
    batch::{self, FileKind, Input},
    methods,
    protocol::SampleKind,
    reply::Report,
    sample,
};

#[test]
fn every_example_runs_on_the_sample_shop() {
    let files = sample::files(SampleKind::Shop, 1);
    let mut failed = Vec::new();
    for method in methods::methods() {
        let mut recipe = methods::example(method);
        recipe.time_limit_seconds = recipe.time_limit_seconds.map(|_| 1.0);
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
        match batch::run(&recipe, inputs.collect(), &mut budget, &mut |_| ControlFlow::Continue(())) {
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

#[test]
fn the_reference_page_is_what_the_registry_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/METHODS.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(page == methods::reference(), "docs/METHODS.md is old: run `cargo xtask docs`");
}
