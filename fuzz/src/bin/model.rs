//! Any bytes as a kept model: refused, or safe to use.
//!
//! A hash stands over a model's content, so bytes that a fuzzer changed would all end there: the content is tried under a
//! right hash as well.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stillroom_analytics::keep::{self, Artefact, Body};
use stillroom_analytics::{Column, ColumnData, Table};

fuzz_target!(|bytes: &[u8]| {
    let _refused_or_whole = keep::read(bytes);
    let Ok(artefact) = serde_json::from_slice::<Artefact>(bytes) else { return };
    let Ok(written) = keep::write(&artefact) else { return };
    let artefact = keep::read(&written).expect("what was written reads");
    let table = table();
    match &artefact.body {
        Body::Predict(pipeline) => {
            let _prediction = pipeline.predict(&table);
        }
        Body::Group(groups) => {
            let _labels = groups.prepare.apply(&table).and_then(|matrix| groups.model.predict(&matrix));
        }
    }
    let _card = artefact.card();
});

/// Eight rows of the columns the seeds learned from.
fn table() -> Table {
    let number = |step: usize| ColumnData::Number((0..8).map(|row| ((row * step) % 11) as f64 - 2.0).collect());
    let level = ColumnData::from_labels((0..8).map(|row| Some(["x", "y", "z"][row % 3])));
    let columns = [("a", number(3)), ("b", number(7)), ("c", number(1)), ("d", level)];
    let columns = columns.map(|(name, data)| Column { name: name.to_owned(), data });
    Table::new(columns.to_vec()).expect("columns of one length")
}
