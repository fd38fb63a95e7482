//! Whether a kept model holds rows, which whoever is erased or keeps it must know.

use serde_json::Value;
use stillroom_analytics::{group::GroupModel, keep::Body};

use super::{RecommendModel, model::read};

/// Whether rows of the data are part of a fitted model, word for word. A model that cannot be read counts as one that holds them.
pub(crate) fn holds_rows(model: &Value) -> bool {
    match read(Some(model)).map(|artefact| artefact.body) {
        Ok(Body::Predict(pipeline)) => pipeline.model.holds_rows(),
        Ok(Body::Group(groups)) => matches!(groups.model, GroupModel::Dbscan(_)),
        Err(_) => !model.is_null() && RecommendModel::from_json(model.clone()).is_err(),
    }
}
