//! Rows drawn in fewer columns, as the last step of a recipe.

use serde_json::json;
use stillroom_analytics::reduce::{truncated_svd::fit_truncated_svd, tsne::fit_tsne};

use super::{Task, steps::Reduce, written};
use crate::{protocol::Failure, reply::Report};

/// Reduces the prepared columns: one row of components a customer.
pub(super) async fn run(task: &mut Task<'_, '_>, params: &Reduce) -> Result<(), Failure> {
    let (_, matrix) = task.prepare().await?;
    let seed = task.recipe.seed;
    let (method, content) = match params {
        Reduce::TruncatedSvd(params) => {
            let model = fit_truncated_svd(&matrix, params, seed, task.watch)?;
            let scores = model.scores(&matrix)?;
            task.reply.rows.components = scores.columns();
            ("truncated_svd", written(&model)?)
        }
        Reduce::Tsne(params) => {
            let picture = fit_tsne(&matrix, params, seed, task.watch)?;
            task.reply.rows.ids = picture.rows.iter().map(|&row| task.reply.rows.ids[row]).collect();
            task.reply.rows.components = vec![
                picture.points.iter().map(|&(x, _)| x).collect(),
                picture.points.iter().map(|&(_, y)| y).collect(),
            ];
            if picture.rows.len() < matrix.n_rows() {
                task.note("map-sampled", None, picture.rows.len());
            }
            let told = json!({
                "perplexity": picture.perplexity, "divergence": picture.divergence,
                "is_exact": picture.is_exact,
            });
            ("tsne", told)
        }
    };
    task.reply.reports.push(Report::Described { method: method.to_owned(), content });
    Ok(())
}
