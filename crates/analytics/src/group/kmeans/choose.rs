//! How many segments there are, if any: silhouette, elbow and the gap statistic side by side, and one piece of advice.

use serde::{Deserialize, Serialize};

use super::fit_kmeans;
use super::quality::{Silhouette, cluster_quality};
use crate::group::gap;
use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

/// The rows on which the curve is computed; more are sampled.
const CURVE_ROWS: usize = 10_000;
/// A mean silhouette from here up is a reasonable structure, below the second a weak one (Kaufman and Rousseeuw 1990).
const REASONABLE: f64 = 0.5;
const WEAK: f64 = 0.25;

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "choose_k",
    family: Family::Group,
    summary: "Advises how many segments to ask for, or says that the rows form none.",
    parameters: &[
        Parameter {
            name: "max_k",
            kind: Kind::Integer { min: 2, max: 30 },
            default: "10",
            doc: "The most segments considered.",
        },
        Parameter {
            name: "n_references",
            kind: Kind::Integer { min: 0, max: 100 },
            default: "10",
            doc: "Shapeless tables the gap statistic compares with; 0 leaves the comparison out.",
        },
    ],
    formula: "silhouette (b - a)/max(a, b); elbow farthest from the curve's chord; gap E*[ln W] - ln W",
    source: "Rousseeuw (1987); Satopää et al. (2011), Kneedle; Tibshirani, Walther and Hastie (2001)",
    cost: "time that of kmeans for each k on at most 10,000 rows, and n_references times on at most 1,000",
};

/// How far the advice looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChooseParams {
    /// The most segments considered, `2..=30`.
    pub max_k: usize,
    /// Shapeless tables to compare with, `0..=100`.
    pub n_references: usize,
}

impl Default for ChooseParams {
    fn default() -> Self {
        Self { max_k: 10, n_references: 10 }
    }
}

/// Parameters inside their ranges.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidChooseParams(ChooseParams);

impl ChooseParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the one outside.
    pub fn check(&self) -> Result<ValidChooseParams> {
        if !(2..=30).contains(&self.max_k) {
            return Err(Error::Parameter { name: "max_k", range: "a whole number from 2 to 30" });
        }
        if self.n_references > 100 {
            return Err(Error::Parameter { name: "n_references", range: "a whole number from 0 to 100" });
        }
        Ok(ValidChooseParams(self.clone()))
    }
}

/// One number of segments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KPoint {
    /// Segments.
    pub k: usize,
    /// Inertia on the rows used.
    pub inertia: f64,
    /// The silhouette; `None` for one segment.
    pub silhouette: Option<Silhouette>,
    /// Calinski–Harabasz; `None` where it has no value.
    pub calinski_harabasz: Option<f64>,
    /// Davies–Bouldin; `None` where it has no value.
    pub davies_bouldin: Option<f64>,
    /// The gap statistic; `None` when left out or nothing varies within.
    pub gap: Option<f64>,
    /// Its standard error.
    pub gap_error: Option<f64>,
}

/// Why a number of segments is advised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KReason {
    /// The best silhouette is at least 0.5 and the elbow is at the same number.
    SilhouetteAndElbow,
    /// The best silhouette is at least 0.5.
    Silhouette,
    /// The best silhouette is below 0.5: segments overlap and describe tendencies.
    Overlapping,
    /// The best silhouette is below 0.25 or no better than that of shapeless rows, or the rows spread no more unevenly than
    /// shapeless ones: no segments.
    NoSegments,
}

/// The advice and the numbers behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KAdvice {
    /// The number advised; `None` with [`KReason::NoSegments`].
    pub k: Option<usize>,
    /// Why.
    pub reason: KReason,
    /// The number with the best silhouette.
    pub by_silhouette: usize,
    /// The number at the inertia curve's elbow; `None` for fewer than three points.
    pub by_elbow: Option<usize>,
    /// The number by the gap statistic, 1 meaning no segments; `None` when left out.
    pub by_gap: Option<usize>,
    /// From one segment up to the most considered.
    pub points: Vec<KPoint>,
    /// The rows used: all, or a sample.
    pub rows_used: usize,
}

/// Advises on the number of segments in `matrix`, already on comparable scales.
///
/// `k` runs to `max_k` or one below the number of different rows. The silhouette decides; when the rows are no less even
/// than rows drawn over the box of their principal components, no segments are advised unless the silhouette is
/// reasonable. A reasonable one must lie above those of such rows, too: along a single column even shapeless rows reach 0.6.
///
/// # Errors
/// [`Error::TooFewDistinct`] with fewer than three different rows; those of [`fit_kmeans`].
pub fn choose_k(
    matrix: &Matrix,
    params: &ValidChooseParams,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<KAdvice> {
    let matrix = &gap::sampled(matrix, CURVE_ROWS, seed);
    let distinct = count_distinct(matrix, params.0.max_k + 1);
    if distinct < 3 {
        return Err(Error::TooFewDistinct { needed: 3, found: distinct });
    }
    let max_k = params.0.max_k.min(distinct - 1);
    let mut points = Vec::with_capacity(max_k);
    for k in 1..=max_k {
        report(watch, "choose_k", k - 1, max_k + params.0.n_references)?;
        points.push(point(matrix, k, seed, watch)?);
    }
    let by_gap = add_gaps(matrix, &mut points, params.0.n_references, seed, watch)?;
    let advice = advise(points, by_gap, matrix.n_rows());
    let is_reasonable = matches!(advice.reason, KReason::SilhouetteAndElbow | KReason::Silhouette);
    if is_reasonable && is_shapeless(matrix, advice.by_silhouette, params.0.n_references, seed, watch)? {
        return Ok(KAdvice { k: None, reason: KReason::NoSegments, ..advice });
    }
    Ok(advice)
}

fn advise(points: Vec<KPoint>, by_gap: Option<usize>, rows_used: usize) -> KAdvice {
    let mean = |point: &KPoint| point.silhouette.as_ref().map(|silhouette| silhouette.mean);
    let best = points.iter().filter_map(|point| mean(point).map(|mean| (point.k, mean)));
    let (by_silhouette, height) =
        best.fold((2, -1.0), |best, next| if next.1 > best.1 { next } else { best });
    let by_elbow = elbow(&points);
    let reason = match by_gap {
        _ if height < WEAK => KReason::NoSegments,
        Some(1) if height < REASONABLE => KReason::NoSegments,
        _ if height < REASONABLE => KReason::Overlapping,
        _ if by_elbow == Some(by_silhouette) => KReason::SilhouetteAndElbow,
        _ => KReason::Silhouette,
    };
    let k = (reason != KReason::NoSegments).then_some(by_silhouette);
    KAdvice { k, reason, by_silhouette, by_elbow, by_gap, points, rows_used }
}

fn point(matrix: &Matrix, k: usize, seed: u64, watch: &mut Watch<'_>) -> Result<KPoint> {
    let fit = fit_kmeans(matrix, &gap::quick(k, 10).check()?, seed, watch)?;
    let quality = cluster_quality(matrix, &fit.labels, k, seed, watch)?;
    Ok(KPoint {
        k,
        inertia: fit.model.inertia,
        silhouette: quality.silhouette,
        calinski_harabasz: quality.calinski_harabasz,
        davies_bouldin: quality.davies_bouldin,
        gap: None,
        gap_error: None,
    })
}

/// The number of segments whose inertia lies farthest below the line from the first point to the last.
fn elbow(points: &[KPoint]) -> Option<usize> {
    let (first, last) = (points.first()?, points.last()?);
    let (width, height) = ((last.k - first.k) as f64, first.inertia - last.inertia);
    if points.len() < 3 || height <= 0.0 {
        return None;
    }
    let depth =
        |point: &KPoint| (first.inertia - point.inertia) / height - (point.k - first.k) as f64 / width;
    let deepest = points.iter().fold((first.k, 0.0), |best, point| {
        if depth(point) > best.1 { (point.k, depth(point)) } else { best }
    });
    (deepest.1 > 0.0).then_some(deepest.0)
}

/// Fills in the gaps and answers the least `k` whose gap is not beaten by the next one's by more than its error.
fn add_gaps(
    matrix: &Matrix,
    points: &mut [KPoint],
    n_references: usize,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<Option<usize>> {
    if n_references == 0 {
        return Ok(None);
    }
    let scores = gap::components(matrix, seed, watch)?;
    let n_points = points.len();
    let mut references = vec![Vec::with_capacity(n_references); n_points];
    for number in 0..n_references {
        let shapeless = gap::shapeless(&scores, seed, number as u64)?;
        for (at, logs) in references.iter_mut().enumerate() {
            report(watch, "choose_k", n_points + number, n_points + n_references)?;
            logs.extend(gap::log_inertia(&shapeless, at + 1, seed, watch)?);
        }
    }
    for (point, logs) in points.iter_mut().zip(&references) {
        let Some(own) = gap::log_inertia(&scores, point.k, seed, watch)? else { continue };
        (point.gap, point.gap_error) = gap::gap_of(own, logs).unzip();
    }
    let first = gap::least_unbeaten(points.iter().map(|point| (point.k, point.gap.zip(point.gap_error))));
    Ok(first.or(points.last().map(|point| point.k)))
}

/// Whether the silhouette of `k` segments lies within three standard deviations of those of shapeless rows, or below.
fn is_shapeless(
    matrix: &Matrix,
    k: usize,
    n_references: usize,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<bool> {
    if n_references < 2 {
        return Ok(false);
    }
    let scores = gap::components(matrix, seed, watch)?;
    let mut heights = Vec::with_capacity(n_references);
    for number in 0..n_references {
        report(watch, "choose_k", number, n_references)?;
        heights.extend(mean_silhouette(&gap::shapeless(&scores, seed, number as u64)?, k, seed, watch)?);
    }
    let n = heights.len() as f64;
    let mean = heights.iter().sum::<f64>() / n;
    let variance = heights.iter().map(|height| (height - mean) * (height - mean)).sum::<f64>() / (n - 1.0);
    let own = mean_silhouette(&scores, k, seed, watch)?;
    Ok(own.is_some_and(|own| own <= mean + 3.0 * variance.sqrt()))
}

fn mean_silhouette(matrix: &Matrix, k: usize, seed: u64, watch: &mut Watch<'_>) -> Result<Option<f64>> {
    let fit = match fit_kmeans(matrix, &gap::quick(k, 3).check()?, seed, watch) {
        Err(Error::TooFewDistinct { .. } | Error::TooFewRows { .. }) => return Ok(None),
        fit => fit?,
    };
    let quality = cluster_quality(matrix, &fit.labels, k, seed, watch)?;
    Ok(quality.silhouette.map(|silhouette| silhouette.mean))
}

/// The number of different rows, counted up to `enough`.
fn count_distinct(matrix: &Matrix, enough: usize) -> usize {
    let mut seen: Vec<&[f64]> = Vec::with_capacity(enough);
    for row in matrix.values().chunks_exact(matrix.n_columns()) {
        if seen.len() == enough {
            break;
        }
        if !seen.contains(&row) {
            seen.push(row);
        }
    }
    seen.len()
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::progress::unwatched;
    use crate::random::generator;

    fn blobs(n_rows: usize, centres: &[[f64; 2]], spread: f64) -> Matrix {
        let mut draws = generator(11, 0);
        // The sum of twelve even draws less six is close to a standard normal one.
        let mut normal = || (0..12).map(|_| draws.gen_range(0.0..1.0)).sum::<f64>() - 6.0;
        let values =
            (0..n_rows).flat_map(|row| centres[row % centres.len()].map(|place| place + spread * normal()));
        Matrix::new(vec!["x".into(), "y".into()], values.collect()).unwrap()
    }

    fn advice(matrix: &Matrix) -> KAdvice {
        choose_k(matrix, &ChooseParams { max_k: 6, n_references: 5 }.check().unwrap(), 3, &mut unwatched)
            .unwrap()
    }

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, ChooseParams::check);
    }

    #[test]
    fn planted_segments_are_found() {
        let advice = advice(&blobs(400, &[[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [9.0, 9.0]], 1.0));
        assert_eq!((advice.k, advice.by_gap), (Some(4), Some(4)));
        assert_eq!(advice.points.len(), 6);
    }

    #[test]
    fn one_cloud_has_no_segments() {
        let advice = advice(&blobs(400, &[[0.0, 0.0]], 1.0));
        assert_eq!((advice.k, advice.reason, advice.by_gap), (None, KReason::NoSegments, Some(1)));
    }

    #[test]
    fn rows_that_hardly_differ_are_refused_or_bounded() {
        let params = ChooseParams::default().check().unwrap();
        let two = Matrix::new(vec!["x".into()], [1.0, 2.0].repeat(20)).unwrap();
        let refused = choose_k(&two, &params, 1, &mut unwatched);
        assert_eq!(refused.map_err(|error| error.code()), Err("too-few-distinct"));
        let three = Matrix::new(vec!["x".into()], [1.0, 2.0, 4.0].repeat(20)).unwrap();
        let advice = choose_k(&three, &params, 1, &mut unwatched).unwrap();
        assert_eq!(advice.points.len(), 2);
    }

    #[test]
    fn rows_without_shape_have_no_segments() {
        for (n_rows, width) in [(300, 1), (300, 2), (300, 3), (200, 8)] {
            let n_none = (0..10u64).filter(|&seed| {
                let mut draws = generator(seed, 7);
                let values = (0..n_rows * width).map(|_| draws.gen_range(0.0..1.0)).collect();
                let names = (0..width).map(|it| it.to_string()).collect();
                advice(&Matrix::new(names, values).unwrap()).reason == KReason::NoSegments
            });
            let n_none = n_none.count();
            assert!(n_none >= 9, "{width} columns: {n_none} of 10 seeds");
        }
    }
}
