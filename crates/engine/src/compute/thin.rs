//! A reply small enough to draw: what has one entry a row stays with the engine.

use crate::reply::{KnnItemReport, Reply, Report, RowResults, SimilarItems};

/// Items whose neighbours are shown.
const SIMILAR_ITEMS: usize = 100;
/// Neighbours shown of each.
const NEIGHBOURS: usize = 5;

/// The reply without rows and model, its lists cut to what a page shows.
pub(crate) fn thinned(reply: &Reply) -> Reply {
    Reply {
        recipe: reply.recipe.clone(),
        engine_version: reply.engine_version.clone(),
        data_hash: reply.data_hash.clone(),
        n_rows_read: reply.n_rows_read,
        n_rows_used: reply.n_rows_used,
        notes: reply.notes.clone(),
        prepared: reply.prepared.clone(),
        reports: reply.reports.iter().map(thinned_report).collect(),
        rows: RowResults::default(),
        label_names: reply.label_names.clone(),
        model: serde_json::Value::Null,
    }
}

fn thinned_report(report: &Report) -> Report {
    match report {
        Report::KnnItem(report) => {
            let similar = report.similar.iter().take(SIMILAR_ITEMS).map(|items| SimilarItems {
                neighbours: items.neighbours.iter().take(NEIGHBOURS).cloned().collect(),
                ..items.clone()
            });
            Report::KnnItem(Box::new(KnnItemReport { similar: similar.collect(), ..(**report).clone() }))
        }
        other => other.clone(),
    }
}
