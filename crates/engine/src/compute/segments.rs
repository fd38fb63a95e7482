//! Segments: prepared columns, a method that finds groups, and cards that say what sets each segment apart.

use stillroom_analytics::{
    Matrix,
    group::kmeans::{ChooseParams, ClusterQuality, KAdvice, KReason, choose_k},
    group::quality::label_quality,
    group::segments::{Detail, Distinction, SegmentProfile, profile_segments},
    group::{
        GroupModel, GroupNote, GroupParams, Grouped, NOISE,
        agreement::{adjusted_rand_index, normalized_mutual_information},
        stability::{StabilityParams, stability},
    },
    keep::{Artefact, Body, Groups},
    prepare::Fitted,
    reduce::pca::{PcaParams, fit_pca_among},
    table::MISSING_CATEGORY,
};

use super::{
    Task,
    describe::pca_report,
    model,
    steps::{Goal, group_params},
};
use crate::{
    failure::failure,
    protocol::Failure,
    reply::{
        Agreement, Contrast, Fact, FitReport, GroupReport, KPoint, Report, SegmentCard, SegmentMap,
        Silhouette,
    },
};

/// Rows drawn on the map.
const MAP_ROWS: usize = 3000;
/// Merges of a tree of groups that are drawn.
const LAST_MERGES: usize = 30;
/// Half the width of a 95 % interval, in standard errors.
const NORMAL_975: f64 = 1.959_963_984_540_054;

/// Runs the recipe's grouping and everything that describes its result.
pub(super) async fn run(task: &mut Task<'_, '_>) -> Result<(), Failure> {
    let Goal::Group { parameters, choose } = &task.plan.goal else {
        return Err(failure("recipe-steps", "the recipe has no grouping step"));
    };
    let (fitted, matrix) = task.prepare().await?;
    let mut parameters = parameters.clone();
    let advice = match choose {
        Some(choose) => Some(advise(task, &matrix, choose)?),
        None => None,
    };
    if let Some(advice) = &advice {
        parameters.insert("k".to_owned(), advice.k.unwrap_or(advice.by_silhouette).into());
    }
    let params = group_params(&parameters)?;
    let found = params.fit_among(&matrix, task.recipe.seed, task.crew, task.watch).await?;
    notes(task, &found.notes);
    if task.recipe.fit_only {
        let report = Report::Fit(Box::new(fit_report(&matrix, &found, params.name())));
        return answer(task, fitted, found, params.name(), report);
    }
    let separation = Separation::of(task, &matrix, &found)?;
    components(task, &matrix).await?;
    let report = GroupReport {
        method: params.name().to_owned(),
        k: found.n_groups as u32,
        n_noise: found.labels.iter().filter(|&&label| label == NOISE).count() as u64,
        facts: facts(&found.model),
        columns: matrix.names().to_vec(),
        centroids: means(&matrix, &found),
        sizes: found.sizes.clone(),
        silhouette: separation.silhouette,
        davies_bouldin: separation.davies_bouldin,
        calinski_harabasz: separation.calinski_harabasz,
        stability: stable(task, &matrix, &found, &params)?,
        k_curve: advice.as_ref().map(k_curve).unwrap_or_default(),
        k_reason: k_reason(&found.model, advice.as_ref()).to_owned(),
        segments: cards(task, &found)?,
        map: map(task, &matrix, &found.labels).await?,
        merges: merges(&found),
        agreement: agreement(task, &found)?,
    };
    answer(task, fitted, found, params.name(), Report::Group(Box::new(report)))
}

/// The labels, the model that gives them, and what is told of it.
fn answer(
    task: &mut Task<'_, '_>,
    prepare: Fitted,
    found: Grouped,
    method: &str,
    report: Report,
) -> Result<(), Failure> {
    task.reply.model = model::write(&artefact(task, prepare, &found, method)?)?;
    task.reply.rows.labels = found.labels;
    task.reply.reports.push(report);
    Ok(())
}

/// What finding the groups told by itself.
fn fit_report(matrix: &Matrix, found: &Grouped, method: &str) -> FitReport {
    FitReport {
        method: method.to_owned(),
        columns: matrix.names().to_vec(),
        facts: facts(&found.model),
        centroids: means(matrix, found),
        sizes: found.sizes.clone(),
        ..FitReport::default()
    }
}

/// How well each segment comes back on redrawn rows, when asked.
fn stable(
    task: &mut Task<'_, '_>,
    matrix: &Matrix,
    found: &Grouped,
    params: &GroupParams,
) -> Result<Vec<f64>, Failure> {
    let asked = task.recipe.explain.stability.then(StabilityParams::default);
    let Some(how) = task.plan.stability.clone().or(asked) else { return Ok(Vec::new()) };
    let found = stability(matrix, &found.labels, params, &how, task.recipe.seed, task.watch)?;
    Ok(found.groups.iter().map(|group| group.mean_jaccard.unwrap_or_default()).collect())
}

/// The last merges of a tree of groups.
fn merges(found: &Grouped) -> Vec<(u32, u32, f64, u64)> {
    let Some(dendrogram) = &found.dendrogram else { return Vec::new() };
    let first = dendrogram.merges.len().saturating_sub(LAST_MERGES);
    let last = dendrogram.merges[first..].iter();
    last.map(|merge| (merge.left, merge.right, merge.height, u64::from(merge.size))).collect()
}

/// How segments agree with the labels of the column that the recipe compares with; rows without a label are left out.
fn agreement(task: &Task<'_, '_>, found: &Grouped) -> Result<Option<Agreement>, Failure> {
    let Some(name) = &task.recipe.compare_with else { return Ok(None) };
    let Some(labels) = &task.compare_with else { return Ok(None) };
    let rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] != MISSING_CATEGORY).collect();
    let given: Vec<u32> = rows.iter().map(|&row| labels[row]).collect();
    let segments: Vec<u32> = rows.iter().map(|&row| found.labels[row]).collect();
    Ok(Some(Agreement {
        column: name.clone(),
        adjusted_rand: adjusted_rand_index(&given, &segments)?,
        mutual_information: normalized_mutual_information(&given, &segments)?,
    }))
}

/// What is kept of a grouping.
fn artefact(
    task: &Task<'_, '_>,
    prepare: Fitted,
    found: &Grouped,
    method: &str,
) -> Result<Artefact, Failure> {
    let learned = model::features(&task.table, &prepare)?;
    let body = Body::Group(Box::new(Groups { prepare, model: found.model.clone() }));
    model::artefact(task.recipe, method, &learned, body)
}

fn notes(task: &mut Task<'_, '_>, notes: &[GroupNote]) {
    for note in notes {
        match *note {
            GroupNote::NotConverged { iterations } => task.note("not-converged", None, iterations),
            GroupNote::Sampled { rows_used, .. } => task.note("groups-found-on-sample", None, rows_used),
            GroupNote::Noise { n_rows } => task.note("rows-in-no-group", None, n_rows),
        }
    }
}

/// The components of the prepared columns, when a `pca` follows the grouping.
async fn components(task: &mut Task<'_, '_>, matrix: &Matrix) -> Result<(), Failure> {
    let Some(params) = &task.plan.components else { return Ok(()) };
    let components = fit_pca_among(matrix, &params.check()?, task.crew, task.watch).await?;
    let scores = components.scores(matrix)?;
    task.reply.rows.components = scores.columns();
    task.reply.reports.push(Report::Pca(pca_report(&components)));
    Ok(())
}

fn advise(task: &mut Task<'_, '_>, matrix: &Matrix, choose: &ChooseParams) -> Result<KAdvice, Failure> {
    let advice = choose_k(matrix, &choose.check()?, task.recipe.seed, task.watch)?;
    if advice.rows_used < matrix.n_rows() {
        task.note("k-chosen-on-sample", None, advice.rows_used);
    }
    Ok(advice)
}

/// How well groups are separated.
#[derive(Debug, Default)]
struct Separation {
    silhouette: Option<Silhouette>,
    davies_bouldin: Option<f64>,
    calinski_harabasz: Option<f64>,
}

impl Separation {
    /// Of the rows that belong to a group; of fewer than two groups nothing can be said.
    fn of(task: &mut Task<'_, '_>, matrix: &Matrix, found: &Grouped) -> Result<Self, Failure> {
        if found.n_groups < 2 {
            return Ok(Self::default());
        }
        let judged = label_quality(matrix, &found.labels, task.recipe.seed, task.watch)?;
        let Some(quality) = judged.quality else { return Ok(Self::default()) };
        Ok(Self {
            silhouette: silhouette(&quality, matrix.n_rows() - judged.n_noise),
            davies_bouldin: quality.davies_bouldin,
            calinski_harabasz: quality.calinski_harabasz,
        })
    }
}

/// Numbers of the method's own.
fn facts(model: &GroupModel) -> Vec<Fact> {
    let fact = |code: &str, value: f64| Fact { code: code.to_owned(), value };
    let flag = |is_so: bool| f64::from(u8::from(is_so));
    match model {
        GroupModel::Kmeans(model) | GroupModel::MiniBatchKmeans(model) => vec![
            fact("inertia", model.inertia),
            fact("iterations", model.iterations as f64),
            fact("converged", flag(model.converged)),
        ],
        GroupModel::Gmm(model) => vec![
            fact("log_likelihood", model.log_likelihood),
            fact("bic", model.bic),
            fact("aic", model.aic),
            fact("iterations", model.iterations as f64),
            fact("converged", flag(model.converged)),
        ],
        GroupModel::Hierarchical(model) => {
            let below = model.cut.0.map(|height| fact("merged_up_to", height));
            let above = model.cut.1.map(|height| fact("next_merge", height));
            below.into_iter().chain(above).collect()
        }
        GroupModel::Dbscan(model) => {
            vec![fact("eps", model.eps), fact("min_points", model.min_points as f64)]
        }
    }
}

/// The mean of each group's rows.
fn means(matrix: &Matrix, found: &Grouped) -> Vec<Vec<f64>> {
    if let GroupModel::Kmeans(model) | GroupModel::MiniBatchKmeans(model) = &found.model {
        return model.centroids.clone();
    }
    let mut sums = vec![vec![0.0; matrix.n_columns()]; found.n_groups];
    for (row, &label) in found.labels.iter().enumerate() {
        if let Some(sum) = sums.get_mut(label as usize) {
            sum.iter_mut().zip(matrix.row(row)).for_each(|(sum, value)| *sum += value);
        }
    }
    for (sum, &size) in sums.iter_mut().zip(&found.sizes) {
        sum.iter_mut().for_each(|sum| *sum /= size.max(1) as f64);
    }
    sums
}

/// Cards of the rows that belong to a group.
fn cards(task: &Task<'_, '_>, found: &Grouped) -> Result<Vec<SegmentCard>, Failure> {
    let rows: Vec<usize> = (0..found.labels.len()).filter(|&row| found.labels[row] != NOISE).collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let segments = if rows.len() == found.labels.len() {
        profile_segments(&task.table, &found.labels, found.n_groups)?
    } else {
        let labels: Vec<u32> = rows.iter().map(|&row| found.labels[row]).collect();
        profile_segments(&task.table.take(&rows), &labels, found.n_groups)?
    };
    Ok(segments.into_iter().map(card).collect())
}

fn k_reason(model: &GroupModel, advice: Option<&KAdvice>) -> &'static str {
    match (model, advice) {
        (_, Some(advice)) => reason(advice.reason),
        (GroupModel::Dbscan(_), None) => "found",
        _ => "given",
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
async fn map(
    task: &mut Task<'_, '_>,
    matrix: &Matrix,
    labels: &[u32],
) -> Result<Option<SegmentMap>, Failure> {
    if matrix.n_columns() < 2 || matrix.n_rows() < 2 {
        return Ok(None);
    }
    let params = PcaParams { n_components: Some(2) }.check()?;
    let components = fit_pca_among(matrix, &params, task.crew, task.watch).await?;
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
