//! How well segments are set apart: silhouette, Calinski–Harabasz and Davies–Bouldin.

use serde::{Deserialize, Serialize};

use super::assign::{Centroids, squared_distance};
use crate::progress::{Watch, report};
use crate::random::{draw_rows, generator};
use crate::{Error, Matrix, Result};

/// The rows up to which the silhouette is exact; past it, it is computed on a seeded sample of so many.
pub const SILHOUETTE_ROWS: usize = 4000;

/// How well segments are set apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterQuality {
    /// The silhouette; `None` when rows carry fewer than two labels.
    pub silhouette: Option<Silhouette>,
    /// Variance between segments over variance within (higher is better); `None` when nothing varies within.
    pub calinski_harabasz: Option<f64>,
    /// The mean likeness of each segment to its most similar one (lower is better); `None` when two centres coincide.
    pub davies_bouldin: Option<f64>,
}

/// The mean silhouette, from -1 (rows lie nearer another segment) to 1 (segments far apart).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Silhouette {
    /// The mean over the rows used.
    pub mean: f64,
    /// The rows used: all, or a sample of [`SILHOUETTE_ROWS`].
    pub rows_used: usize,
    /// Whether all rows were used.
    pub is_exact: bool,
    /// The standard error of the mean from sampling rows; 0 when exact.
    pub standard_error: f64,
    /// The lower end of the 95 % interval; the mean when exact.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The mean of each segment's rows; `None` for a segment without rows in the sample.
    pub per_cluster: Vec<Option<f64>>,
}

/// Judges the labels of `matrix`'s rows, each below `k`.
///
/// The silhouette (Rousseeuw 1987) uses Euclidean distances between rows, a row alone in its segment counting 0, and costs
/// the square of the rows used; on a sample, distances are among sampled rows. Calinski and Harabasz (1974) and Davies and
/// Bouldin (1979) cost one pass.
///
/// # Errors
/// [`Error::LabelsDiffer`] unless there is one label below `k` a row; [`Error::OutOfScale`]; [`Error::Cancelled`].
pub fn cluster_quality(
    matrix: &Matrix,
    labels: &[u32],
    k: usize,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<ClusterQuality> {
    check_labels(labels, matrix.n_rows(), k)?;
    matrix.check_scale()?;
    let groups = Groups::of(matrix, labels, k);
    Ok(ClusterQuality {
        silhouette: silhouette(matrix, labels, k, seed, watch)?,
        calinski_harabasz: groups.calinski_harabasz(),
        davies_bouldin: groups.davies_bouldin(),
    })
}

/// Refuses labels that do not belong to `n_rows` rows and `k` clusters.
pub(crate) fn check_labels(labels: &[u32], n_rows: usize, k: usize) -> Result<()> {
    let usable = labels.iter().filter(|&&label| (label as usize) < k).count();
    if usable == n_rows && labels.len() == n_rows {
        return Ok(());
    }
    Err(Error::LabelsDiffer { expected: n_rows, found: usable })
}

fn silhouette(
    matrix: &Matrix,
    labels: &[u32],
    k: usize,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<Option<Silhouette>> {
    let n_rows = matrix.n_rows();
    let is_exact = n_rows <= SILHOUETTE_ROWS;
    let mut rows: Vec<usize> = (0..n_rows).collect();
    if !is_exact {
        rows = draw_rows(&mut generator(seed, 0), n_rows, SILHOUETTE_ROWS);
    }
    // Rows of one segment side by side: their distances then add up in one run.
    rows.sort_by_key(|&row| labels[row]);
    let sizes = rows.iter().fold(vec![0usize; k], |mut sizes, &row| {
        sizes[labels[row] as usize] += 1;
        sizes
    });
    if sizes.iter().filter(|size| **size > 0).count() < 2 {
        return Ok(None);
    }
    let mut sums = vec![0.0; k];
    let mut total = Scores { values: Vec::with_capacity(rows.len()), per_cluster: vec![0.0; k] };
    for (done, &row) in rows.iter().enumerate() {
        if done % 256 == 0 {
            report(watch, "silhouette", done, rows.len())?;
        }
        sums.fill(0.0);
        for &other in &rows {
            sums[labels[other] as usize] += squared_distance(matrix.row(row), matrix.row(other)).sqrt();
        }
        total.add(score(&sums, &sizes, labels[row] as usize), labels[row] as usize);
    }
    let n = rows.len() as f64;
    let mean = total.values.iter().sum::<f64>() / n;
    let variance = total.values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0);
    let left_out = 1.0 - n / n_rows as f64;
    let standard_error = if is_exact { 0.0 } else { (variance / n * left_out).sqrt() };
    let means =
        total.per_cluster.iter().zip(&sizes).map(|(sum, &size)| (size > 0).then(|| sum / size as f64));
    Ok(Some(Silhouette {
        mean,
        rows_used: rows.len(),
        is_exact,
        standard_error,
        low: mean - 1.96 * standard_error,
        high: mean + 1.96 * standard_error,
        per_cluster: means.collect(),
    }))
}

struct Scores {
    values: Vec<f64>,
    per_cluster: Vec<f64>,
}

impl Scores {
    fn add(&mut self, score: f64, cluster: usize) {
        self.values.push(score);
        self.per_cluster[cluster] += score;
    }
}

/// `(b - a) / max(a, b)`: `a` the mean distance to the row's own segment, `b` to the nearest other one.
fn score(sums: &[f64], sizes: &[usize], own: usize) -> f64 {
    if sizes[own] < 2 {
        return 0.0;
    }
    let within = sums[own] / (sizes[own] - 1) as f64;
    let others = (0..sums.len()).filter(|&cluster| cluster != own && sizes[cluster] > 0);
    let nearest = others.map(|cluster| sums[cluster] / sizes[cluster] as f64).fold(f64::INFINITY, f64::min);
    let larger = within.max(nearest);
    if larger > 0.0 { (nearest - within) / larger } else { 0.0 }
}

/// Centres, counts and spreads of the segments that have rows.
struct Groups {
    centroids: Centroids,
    counts: Vec<f64>,
    /// Sums of distances to the centre.
    distances: Vec<f64>,
    /// Sums of squared distances to the centre.
    within: f64,
    /// Sums of squared distances of the centres to the overall mean, weighted by rows.
    between: f64,
}

impl Groups {
    fn of(matrix: &Matrix, labels: &[u32], k: usize) -> Self {
        let width = matrix.n_columns();
        let origin = matrix.row(0);
        let mut counts = vec![0.0; k];
        let mut sums = vec![0.0; k * width];
        for (row, &label) in matrix.values().chunks_exact(width).zip(labels) {
            counts[label as usize] += 1.0;
            let sums = &mut sums[label as usize * width..(label as usize + 1) * width];
            for ((sum, value), start) in sums.iter_mut().zip(row).zip(origin) {
                *sum += value - start;
            }
        }
        let n_rows = matrix.n_rows() as f64;
        let overall: Vec<f64> =
            (0..width).map(|column| sums.iter().skip(column).step_by(width).sum::<f64>() / n_rows).collect();
        let present: Vec<usize> = (0..k).filter(|&cluster| counts[cluster] > 0.0).collect();
        let means = |&cluster: &usize| {
            let count = counts[cluster];
            sums[cluster * width..(cluster + 1) * width]
                .iter()
                .map(move |sum| sum / count)
                .collect::<Vec<f64>>()
        };
        let centred: Vec<Vec<f64>> = present.iter().map(means).collect();
        let counts: Vec<f64> = present.iter().map(|&cluster| counts[cluster]).collect();
        let between =
            centred.iter().zip(&counts).map(|(place, count)| count * squared_distance(place, &overall)).sum();
        let places =
            centred.iter().flat_map(|place| place.iter().zip(origin).map(|(value, start)| value + start));
        let centroids = Centroids::new(width, places.collect());
        let mut position = vec![0; k];
        present.iter().enumerate().for_each(|(at, &cluster)| position[cluster] = at);
        let (mut distances, mut within) = (vec![0.0; present.len()], 0.0);
        for (row, &label) in matrix.values().chunks_exact(width).zip(labels) {
            let cluster = position[label as usize];
            let square = squared_distance(row, centroids.row(cluster));
            within += square;
            distances[cluster] += square.sqrt();
        }
        Self { centroids, counts, distances, within, between }
    }

    fn calinski_harabasz(&self) -> Option<f64> {
        let (k, n_rows) = (self.counts.len() as f64, self.counts.iter().sum::<f64>());
        let index = (self.between / (k - 1.0)) / (self.within / (n_rows - k));
        (k > 1.0 && n_rows > k && index.is_finite()).then_some(index)
    }

    fn davies_bouldin(&self) -> Option<f64> {
        let k = self.counts.len();
        if k < 2 {
            return None;
        }
        let spread = |cluster: usize| self.distances[cluster] / self.counts[cluster];
        let likeness = |left: usize, right: usize| {
            let gap = squared_distance(self.centroids.row(left), self.centroids.row(right)).sqrt();
            (spread(left) + spread(right)) / gap
        };
        let worst = |cluster: usize| {
            let others = (0..k).filter(|&other| other != cluster).map(|other| likeness(cluster, other));
            others.fold(0.0, |most: f64, it| if it.is_nan() { f64::INFINITY } else { most.max(it) })
        };
        let mean = (0..k).map(worst).sum::<f64>() / k as f64;
        mean.is_finite().then_some(mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

    fn matrix(width: usize, values: Vec<f64>) -> Matrix {
        Matrix::new((0..width).map(|it| format!("x{it}")).collect(), values).unwrap()
    }

    #[test]
    fn two_far_pairs_have_the_scores_of_paper_and_pencil() {
        let matrix = matrix(1, vec![0.0, 1.0, 10.0, 11.0]);
        let quality = cluster_quality(&matrix, &[0, 0, 1, 1], 2, 1, &mut unwatched).unwrap();
        let silhouette = quality.silhouette.unwrap();
        // For 0 and 11: a = 1, b = 10.5; for 1 and 10: a = 1, b = 9.5.
        assert!((silhouette.mean - (9.5 / 10.5 + 8.5 / 9.5) / 2.0).abs() < 1e-15);
        assert!(silhouette.is_exact && silhouette.standard_error == 0.0);
        // Between 100, within 1, n - k = 2.
        assert_eq!(quality.calinski_harabasz, Some(200.0));
        assert_eq!(quality.davies_bouldin, Some(0.1));
    }

    #[test]
    fn what_has_no_value_is_absent_and_never_nan() {
        let same = matrix(2, vec![1.0; 12]);
        let quality = cluster_quality(&same, &[0, 1, 0, 1, 0, 1], 2, 1, &mut unwatched).unwrap();
        assert_eq!((quality.calinski_harabasz, quality.davies_bouldin), (None, None));
        assert_eq!(quality.silhouette.unwrap().mean, 0.0);
        let one = cluster_quality(&same, &[0; 6], 3, 1, &mut unwatched).unwrap();
        assert_eq!((one.silhouette, one.davies_bouldin), (None, None));
        let refused = cluster_quality(&same, &[0, 0, 0, 0, 0, 7], 2, 1, &mut unwatched);
        assert_eq!(refused.map_err(|error| error.code()), Err("labels-differ"));
    }

    #[test]
    fn a_sampled_silhouette_covers_the_exact_one() {
        use rand::Rng;
        let mut draws = generator(5, 0);
        let values =
            (0..2 * 3900).map(|it| draws.gen_range(0.0..1.0) + f64::from(u8::from(it % 4 < 2)) * 1.2);
        let few: Vec<f64> = values.collect();
        let labels: Vec<u32> = (0..3900).map(|row| u32::from(row % 2 == 0)).collect();
        let exact = cluster_quality(&matrix(2, few.clone()), &labels, 2, 1, &mut unwatched).unwrap();
        // Every row three times over has nearly the same silhouette, and is sampled.
        let many = [few.clone(), few.clone(), few].concat();
        let sampled = cluster_quality(&matrix(2, many), &labels.repeat(3), 2, 1, &mut unwatched).unwrap();
        let (exact, sampled) = (exact.silhouette.unwrap(), sampled.silhouette.unwrap());
        assert!(!sampled.is_exact && sampled.rows_used == SILHOUETTE_ROWS && sampled.standard_error > 0.0);
        assert!((sampled.mean - exact.mean).abs() < 4.0 * sampled.standard_error);
    }
}
