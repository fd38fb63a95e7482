//! Segments: prepared columns, k-means, and cards that say what sets each segment apart.

use stillroom_analytics::{
    Matrix,
    group::kmeans::{
        ChooseParams, ClusterQuality, KAdvice, KMeansModel, KMeansParams, KReason, choose_k, cluster_quality,
        fit_kmeans,
    },
    group::segments::{Detail, Distinction, SegmentProfile, profile_segments},
    reduce::pca::{PcaParams, fit_pca},
};

use super::{Task, describe::pca_report, steps::Goal};
use crate::{
    failure::failure,
    protocol::Failure,
    reply::{Contrast, Fact, GroupReport, KPoint, Report, SegmentCard, SegmentMap, Silhouette},
};

/// Rows drawn on the map.
const MAP_ROWS: usize = 3000;
/// Half the width of a 95 % interval, in standard errors.
const NORMAL_975: f64 = 1.959_963_984_540_054;

/// Runs the recipe's k-means and everything that describes its result.
pub(super) fn run(task: &mut Task<'_, '_>) -> Result<(), Failure> {
    let Goal::Kmeans { params, choose } = &task.plan.goal else {
        return Err(failure("recipe-steps", "the recipe has no kmeans step"));
    };
    let (fitted, matrix) = task.prepare()?;
    let advice = match choose {
        Some(choose) => Some(advise(task, &matrix, choose)?),
        None => None,
    };
    let k = advice.as_ref().map_or(params.k, |advice| advice.k.unwrap_or(advice.by_silhouette));
    let params = KMeansParams { k, ..params.clone() };
    let fit = fit_kmeans(&matrix, &params.check()?, task.recipe.seed, task.watch)?;
    let quality = cluster_quality(&matrix, &fit.labels, k, task.recipe.seed, task.watch)?;
    if let Some(params) = &task.plan.components {
        let components = fit_pca(&matrix, &params.check()?, task.watch)?;
        let scores = components.scores(&matrix)?;
        task.reply.rows.components = (0..scores.n_rows()).map(|row| scores.row(row).to_vec()).collect();
        task.reply.reports.push(Report::Pca(pca_report(&components)));
    }
    let segments = profile_segments(&task.table, &fit.labels, k)?;
    let report = GroupReport {
        silhouette: silhouette(&quality, matrix.n_rows()),
        davies_bouldin: quality.davies_bouldin,
        calinski_harabasz: quality.calinski_harabasz,
        k_curve: advice.as_ref().map(k_curve).unwrap_or_default(),
        k_reason: advice.as_ref().map_or("given", |advice| reason(advice.reason)).to_owned(),
        segments: segments.into_iter().map(card).collect(),
        map: map(task, &matrix, &fit.labels)?,
        ..model_report(&fit.model)
    };
    task.reply.model = serde_json::json!({ "prepare": fitted, "kmeans": fit.model });
    task.reply.rows.labels = fit.labels;
    task.reply.reports.push(Report::Group(Box::new(report)));
    Ok(())
}

fn advise(task: &mut Task<'_, '_>, matrix: &Matrix, choose: &ChooseParams) -> Result<KAdvice, Failure> {
    let advice = choose_k(matrix, &choose.check()?, task.recipe.seed, task.watch)?;
    if advice.rows_used < matrix.n_rows() {
        task.note("k-chosen-on-sample", None, advice.rows_used);
    }
    Ok(advice)
}

fn model_report(model: &KMeansModel) -> GroupReport {
    let fact = |code: &str, value: f64| Fact { code: code.to_owned(), value };
    GroupReport {
        method: "kmeans".to_owned(),
        k: model.sizes.len() as u32,
        n_noise: 0,
        facts: vec![
            fact("inertia", model.inertia),
            fact("iterations", model.iterations as f64),
            fact("converged", f64::from(u8::from(model.converged))),
        ],
        columns: model.columns.clone(),
        centroids: model.centroids.clone(),
        sizes: model.sizes.clone(),
        silhouette: None,
        davies_bouldin: None,
        calinski_harabasz: None,
        stability: Vec::new(),
        k_curve: Vec::new(),
        k_reason: String::new(),
        segments: Vec::new(),
        map: None,
        merges: Vec::new(),
        agreement: None,
    }
}

fn silhouette(quality: &ClusterQuality, n_rows: usize) -> Option<Silhouette> {
    let found = quality.silhouette.as_ref()?;
    Some(Silhouette {
        mean: found.mean,
        by_segment: found.per_cluster.iter().map(|mean| mean.unwrap_or_default()).collect(),
        n_rows: found.rows_used as u64,
        n_rows_total: n_rows as u64,
        half_width: if found.is_exact { 0.0 } else { NORMAL_975 * found.standard_error },
    })
}

fn k_curve(advice: &KAdvice) -> Vec<KPoint> {
    let points = advice.points.iter().filter_map(|point| {
        let silhouette = point.silhouette.as_ref()?.mean;
        Some(KPoint { k: point.k as u32, inertia: point.inertia, silhouette })
    });
    points.collect()
}

fn reason(reason: KReason) -> &'static str {
    match reason {
        KReason::SilhouetteAndElbow => "silhouette-and-elbow",
        KReason::Silhouette => "silhouette",
        KReason::Overlapping => "overlapping",
        KReason::NoSegments => "no-clusters",
    }
}

fn card(segment: SegmentProfile) -> SegmentCard {
    SegmentCard {
        segment: segment.segment,
        size: segment.size as u64,
        share: segment.share,
        contrasts: segment.features.into_iter().map(contrast).collect(),
    }
}

fn contrast(found: Distinction) -> Contrast {
    let (level, inside, outside, median, low, high) = match found.detail {
        Detail::Number(values) | Detail::Time(values) => {
            (None, values.mean, values.rest_mean, Some(values.median), values.effect_low, values.effect_high)
        }
        Detail::Level { level, share, rest_share, low, high, .. } => {
            (Some(level), share, rest_share, None, Some(low), Some(high))
        }
    };
    Contrast { column: found.column, level, inside, outside, median, effect: found.effect, low, high }
}

/// The rows on the first two components of the prepared columns; none for a single column.
fn map(task: &mut Task<'_, '_>, matrix: &Matrix, labels: &[u32]) -> Result<Option<SegmentMap>, Failure> {
    if matrix.n_columns() < 2 || matrix.n_rows() < 2 {
        return Ok(None);
    }
    let components = fit_pca(matrix, &PcaParams { n_components: Some(2) }.check()?, task.watch)?;
    let scores = components.scores(matrix)?;
    let n_rows = matrix.n_rows();
    let shown = n_rows.min(MAP_ROWS);
    if shown < n_rows {
        task.note("map-sampled", None, shown);
    }
    let ids = &task.reply.rows.ids;
    let points = (0..shown).map(|position| position * n_rows / shown).map(|row| {
        let place = scores.row(row);
        (
            place[0],
            place.get(1).copied().unwrap_or_default(),
            labels[row],
            ids.get(row).copied().unwrap_or_default(),
        )
    });
    let loading =
        |component: usize, column: usize| components.loadings.get(component).map_or(0.0, |row| row[column]);
    let names = components.columns.iter().enumerate();
    Ok(Some(SegmentMap {
        ratios: [0, 1].map(|component| components.ratios.get(component).copied().unwrap_or_default()),
        loadings: names
            .map(|(column, name)| (name.clone(), loading(0, column), loading(1, column)))
            .collect(),
        points: points.collect(),
        n_rows_total: n_rows as u64,
    }))
}
