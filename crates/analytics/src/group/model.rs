//! Any one of the methods that find groups: what a recipe asks for, and what a saved model holds.

use serde::{Deserialize, Serialize};

use super::dbscan::{DbscanModel, DbscanParams, fit_dbscan};
use super::gmm::{GmmModel, GmmParams, fit_gmm};
use super::hierarchical::{Dendrogram, HierarchicalModel, HierarchicalParams, fit_hierarchical};
use super::kmeans::{
    KMeansFit, KMeansModel, KMeansParams, MiniBatchParams, fit_kmeans_among, fit_mini_batch,
};
use crate::progress::Watch;
use crate::shards::{Crew, at_once};
use crate::{Matrix, Result};

/// The label of a row that belongs to no group.
pub const NOISE: u32 = u32::MAX;

/// The method that finds groups and its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum GroupParams {
    /// Groups about means.
    Kmeans(KMeansParams),
    /// Groups about means, for very many rows.
    MiniBatchKmeans(MiniBatchParams),
    /// Groups as overlapping normal clouds.
    Gmm(GmmParams),
    /// Groups within groups.
    Hierarchical(HierarchicalParams),
    /// Groups where rows lie densely.
    Dbscan(DbscanParams),
}

/// Groups that were found: all that is needed to label other rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum GroupModel {
    /// See [`GroupParams::Kmeans`].
    Kmeans(KMeansModel),
    /// See [`GroupParams::MiniBatchKmeans`].
    MiniBatchKmeans(KMeansModel),
    /// See [`GroupParams::Gmm`].
    Gmm(GmmModel),
    /// See [`GroupParams::Hierarchical`].
    Hierarchical(HierarchicalModel),
    /// See [`GroupParams::Dbscan`].
    Dbscan(DbscanModel),
}

/// Something the reader of a result should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum GroupNote {
    /// The passes ended before the tolerance was met.
    NotConverged {
        /// The passes done.
        iterations: usize,
    },
    /// Groups, or where their search starts, were found on an even draw of the rows; the others were then labelled.
    Sampled {
        /// The rows drawn.
        rows_used: usize,
        /// All rows.
        n_rows: usize,
    },
    /// Rows that belong to no group carry [`NOISE`].
    Noise {
        /// How many.
        n_rows: usize,
    },
}

/// A model and what it says of the rows it was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grouped {
    /// The model.
    pub model: GroupModel,
    /// The group of each row, below `n_groups` or [`NOISE`], in row order.
    pub labels: Vec<u32>,
    /// The groups found. One of them may have no row: a mixture's component with a small share everywhere.
    pub n_groups: usize,
    /// The rows of each group.
    pub sizes: Vec<u64>,
    /// What to tell with the result.
    pub notes: Vec<GroupNote>,
    /// The tree of merges, of the method hierarchical.
    pub dendrogram: Option<Dendrogram>,
}

impl GroupParams {
    /// The method's name in the registry.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kmeans(_) => super::kmeans::METHOD.name,
            Self::MiniBatchKmeans(_) => super::kmeans::mini_batch::METHOD.name,
            Self::Gmm(_) => super::gmm::METHOD.name,
            Self::Hierarchical(_) => super::hierarchical::METHOD.name,
            Self::Dbscan(_) => super::dbscan::METHOD.name,
        }
    }

    /// Checks the ranges that do not depend on the data.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] names the parameter outside.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Kmeans(params) => params.check().map(|_| ()),
            Self::MiniBatchKmeans(params) => params.check(),
            Self::Gmm(params) => params.check(),
            Self::Hierarchical(params) => params.check(),
            Self::Dbscan(params) => params.check(),
        }
    }

    /// Finds groups among the rows of `matrix`, already on comparable scales. The same matrix, parameters and seed give the
    /// same groups on every machine.
    ///
    /// # Errors
    /// The method's own.
    pub fn fit(&self, matrix: &Matrix, seed: u64, watch: &mut Watch<'_>) -> Result<Grouped> {
        at_once(self.fit_among(matrix, seed, &Crew::alone(), watch))
    }

    /// As [`Self::fit`], the rows shared with `crew` by the methods that can.
    ///
    /// # Errors
    /// As [`Self::fit`].
    pub async fn fit_among(
        &self,
        matrix: &Matrix,
        seed: u64,
        crew: &Crew,
        watch: &mut Watch<'_>,
    ) -> Result<Grouped> {
        match self {
            Self::Kmeans(params) => {
                let fit = fit_kmeans_among(matrix, &params.check()?, seed, crew, watch).await?;
                Ok(of_means(matrix, fit, GroupModel::Kmeans))
            }
            Self::MiniBatchKmeans(params) => {
                let fit = fit_mini_batch(matrix, params, seed, watch)?;
                Ok(of_means(matrix, fit, GroupModel::MiniBatchKmeans))
            }
            Self::Gmm(params) => {
                let fit = fit_gmm(matrix, params, seed, watch)?;
                let notes = unless(fit.model.converged, fit.model.iterations);
                Ok(grouped(GroupModel::Gmm(fit.model), fit.labels, notes))
            }
            Self::Hierarchical(params) => {
                let fit = fit_hierarchical(matrix, params, seed, watch)?;
                let notes = unless_all(fit.model.rows_used, matrix.n_rows()).into_iter().collect();
                let found = grouped(GroupModel::Hierarchical(fit.model), fit.labels, notes);
                Ok(Grouped { dendrogram: Some(fit.dendrogram), ..found })
            }
            Self::Dbscan(params) => {
                let fit = fit_dbscan(matrix, params, seed, watch)?;
                Ok(grouped(GroupModel::Dbscan(fit.model), fit.labels, Vec::new()))
            }
        }
    }
}

impl GroupModel {
    /// The group of each row of `matrix`, whose columns are those of the fit: the nearest mean (kmeans, mini_batch_kmeans and,
    /// roughly, hierarchical), the component with the largest share (gmm), or the nearest core's group (dbscan), [`NOISE`] where
    /// no core is near.
    ///
    /// # Errors
    /// [`crate::Error::ColumnsDiffer`] or [`crate::Error::UnknownColumn`] for other columns; [`crate::Error::OutOfScale`].
    pub fn predict(&self, matrix: &Matrix) -> Result<Vec<u32>> {
        match self {
            Self::Kmeans(model) | Self::MiniBatchKmeans(model) => model.predict(matrix),
            Self::Gmm(model) => model.predict(matrix),
            Self::Hierarchical(model) => model.predict(matrix),
            Self::Dbscan(model) => model.predict(matrix),
        }
    }

    /// The number of groups.
    #[must_use]
    pub fn n_groups(&self) -> usize {
        match self {
            Self::Kmeans(model) | Self::MiniBatchKmeans(model) => model.centroids.len(),
            Self::Gmm(model) => model.weights.len(),
            Self::Hierarchical(model) => model.centroids.len(),
            Self::Dbscan(model) => model.n_groups,
        }
    }
}

fn grouped(model: GroupModel, labels: Vec<u32>, mut notes: Vec<GroupNote>) -> Grouped {
    let n_groups = model.n_groups();
    let mut sizes = vec![0; n_groups];
    for label in &labels {
        if let Some(size) = sizes.get_mut(*label as usize) {
            *size += 1;
        }
    }
    let n_noise = labels.iter().filter(|label| **label == NOISE).count();
    if n_noise > 0 {
        notes.push(GroupNote::Noise { n_rows: n_noise });
    }
    Grouped { model, labels, n_groups, sizes, notes, dendrogram: None }
}

fn of_means(matrix: &Matrix, fit: KMeansFit, wrap: fn(KMeansModel) -> GroupModel) -> Grouped {
    let mut notes = unless(fit.model.converged, fit.model.iterations);
    notes.extend(unless_all(fit.model.search_rows, matrix.n_rows()));
    grouped(wrap(fit.model), fit.labels, notes)
}

fn unless(converged: bool, iterations: usize) -> Vec<GroupNote> {
    if converged { Vec::new() } else { vec![GroupNote::NotConverged { iterations }] }
}

fn unless_all(rows_used: usize, n_rows: usize) -> Option<GroupNote> {
    (rows_used < n_rows).then_some(GroupNote::Sampled { rows_used, n_rows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

    fn two_clouds() -> Matrix {
        let values = (0..60).flat_map(|row| {
            let side = f64::from(row % 2) * 10.0;
            [side + f64::from(row % 7) * 0.1, side + f64::from(row % 5) * 0.1]
        });
        Matrix::new(vec!["x".into(), "y".into()], values.collect()).unwrap()
    }

    #[test]
    fn every_method_finds_the_clouds_comes_back_from_json_and_predicts_its_labels() {
        let matrix = two_clouds();
        for text in [
            r#"{"method":"kmeans","k":2}"#,
            r#"{"method":"mini_batch_kmeans","k":2}"#,
            r#"{"method":"gmm","k":2}"#,
            r#"{"method":"hierarchical","k":2}"#,
            r#"{"method":"dbscan","eps":1.0}"#,
        ] {
            let params: GroupParams = serde_json::from_str(text).unwrap();
            params.check().unwrap();
            let found = params.fit(&matrix, 1, &mut unwatched).unwrap();
            assert_eq!((found.n_groups, found.sizes.as_slice()), (2, [30, 30].as_slice()), "{text}");
            assert!(
                found.labels.iter().enumerate().all(|(row, label)| *label == found.labels[row % 2]),
                "{text}"
            );
            assert_eq!(found.notes, [], "{text}");
            let json = serde_json::to_string(&found.model).unwrap();
            let model: GroupModel = serde_json::from_str(&json).unwrap();
            assert_eq!(model, found.model);
            assert_eq!((model.predict(&matrix).unwrap(), model.n_groups()), (found.labels, 2), "{text}");
            assert!(json.contains(&format!(r#""method":"{}""#, params.name())));
            let other = Matrix::new(vec!["z".into()], vec![1.0]).unwrap();
            assert_eq!(model.predict(&other).map_err(|error| error.code()), Err("columns-differ"), "{text}");
        }
    }

    #[test]
    fn an_unknown_method_or_parameter_does_not_read() {
        for text in [r#"{"method":"magic"}"#, r#"{"method":"gmm","magic":1}"#, r#"{"k":2}"#] {
            assert!(serde_json::from_str::<GroupParams>(text).is_err(), "{text}");
        }
    }
}
