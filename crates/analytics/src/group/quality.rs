//! Silhouette, Calinski–Harabasz and Davies–Bouldin of any labelling, noise left out.

use serde::{Deserialize, Serialize};

use super::NOISE;
use super::kmeans::{ClusterQuality, cluster_quality};
use crate::progress::Watch;
use crate::{Error, Matrix, Result};

/// How well the groups of a labelling are set apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelQuality {
    /// The labels judged, ascending: those of `quality`'s per-cluster numbers.
    pub groups: Vec<u32>,
    /// The measures over rows that belong to a group; `None` when all rows are noise.
    pub quality: Option<ClusterQuality>,
    /// Rows of noise, left out.
    pub n_noise: usize,
}

/// Judges any labels of `matrix`'s rows: those of any method here, or given ones.
///
/// Rows labelled [`NOISE`] are left out of every measure, which flatters methods that leave many: read it beside `n_noise`.
///
/// # Errors
/// [`Error::LabelsDiffer`] unless there is a label a row; [`Error::OutOfScale`]; [`Error::Cancelled`].
pub fn label_quality(
    matrix: &Matrix,
    labels: &[u32],
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<LabelQuality> {
    if labels.len() != matrix.n_rows() {
        return Err(Error::LabelsDiffer { expected: matrix.n_rows(), found: labels.len() });
    }
    let rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] != NOISE).collect();
    let mut groups: Vec<u32> = rows.iter().map(|&row| labels[row]).collect();
    groups.sort_unstable();
    groups.dedup();
    let n_noise = labels.len() - rows.len();
    if rows.is_empty() {
        return Ok(LabelQuality { groups, quality: None, n_noise });
    }
    let position = |row: &usize| groups.binary_search(&labels[*row]).unwrap_or(0) as u32;
    let compact: Vec<u32> = rows.iter().map(position).collect();
    let quality = if n_noise == 0 {
        cluster_quality(matrix, &compact, groups.len(), seed, watch)?
    } else {
        cluster_quality(&matrix.take(&rows), &compact, groups.len(), seed, watch)?
    };
    Ok(LabelQuality { groups, quality: Some(quality), n_noise })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

    #[test]
    fn labels_of_any_name_are_judged_without_noise() {
        let matrix = Matrix::new(vec!["x".into()], vec![0.0, 1.0, 500.0, 10.0, 11.0]).unwrap();
        let found = label_quality(&matrix, &[7, 7, NOISE, 3, 3], 1, &mut unwatched).unwrap();
        assert_eq!((found.groups.as_slice(), found.n_noise), ([3, 7].as_slice(), 1));
        assert_eq!(found.quality.unwrap().davies_bouldin, Some(0.1));
        let noise = label_quality(&matrix, &[NOISE; 5], 1, &mut unwatched).unwrap();
        assert_eq!((noise.quality, noise.n_noise), (None, 5));
        assert!(label_quality(&matrix, &[0], 1, &mut unwatched).is_err());
    }
}
