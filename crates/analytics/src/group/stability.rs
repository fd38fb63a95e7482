//! Whether groups come back when the rows are drawn anew: a group that does not is an accident of these rows.

use serde::{Deserialize, Serialize};

use super::GroupParams;
use crate::progress::{Watch, report};
use crate::random::{draw_below, draw_rows, generator};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

/// The rows of a redraw, at most.
pub const STABILITY_ROWS: usize = 5000;

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "group_stability",
    family: Family::Group,
    summary: "Finds the groups again in redrawn rows and says which of them come back.",
    parameters: &[Parameter {
        name: "n_redraws",
        kind: Kind::Integer { min: 2, max: 1000 },
        default: "30",
        doc: "Bootstrap draws of the rows, in each of which groups are found again.",
    }],
    formula: "mean over redraws of the best |A ∩ B| / |A ∪ B| of a group A with the groups B found again",
    source: "Hennig (2007), cluster-wise assessment of cluster stability; Jaccard (1901)",
    cost: "n_redraws fits on at most 5,000 rows",
};

/// How often groups are sought again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StabilityParams {
    /// Bootstrap draws, `2..=1000`.
    pub n_redraws: usize,
}

impl Default for StabilityParams {
    fn default() -> Self {
        Self { n_redraws: 30 }
    }
}

impl StabilityParams {
    /// Checks the range.
    ///
    /// # Errors
    /// [`Error::Parameter`] outside it.
    pub fn check(&self) -> Result<()> {
        if (2..=1000).contains(&self.n_redraws) {
            return Ok(());
        }
        Err(Error::Parameter { name: "n_redraws", range: "a whole number from 2 to 1000" })
    }
}

/// What to make of a group, by Hennig's bounds on its mean likeness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Below 0.5: the group dissolves.
    Dissolved,
    /// From 0.5: which rows belong to it is doubtful.
    Doubtful,
    /// From 0.6: it points to a pattern, its rows are uncertain.
    Pattern,
    /// From 0.75: it is a valid, stable group.
    Stable,
    /// From 0.85: it is highly stable.
    HighlyStable,
}

/// How one group fared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupStability {
    /// The group's label.
    pub group: u32,
    /// The mean over redraws of its likeness with the best group found again, 0 to 1; `None` when no redraw held a row of it.
    pub mean_jaccard: Option<f64>,
    /// Redraws with a likeness of 0.5 or less: the group was not there.
    pub dissolved: usize,
    /// Redraws with a likeness of 0.75 or more: the group was found again.
    pub recovered: usize,
    /// What to make of it; `None` without a mean.
    pub verdict: Option<Verdict>,
}

/// How all groups fared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stability {
    /// One entry a group.
    pub groups: Vec<GroupStability>,
    /// Redraws in which groups could be found at all; in others no group came back.
    pub n_fitted: usize,
    /// All redraws.
    pub n_redraws: usize,
    /// The rows of each redraw, drawn with repetition; fewer than all on large tables.
    pub rows_used: usize,
}

/// Redraws the rows of `matrix`, finds groups by `method` again and compares them with `labels`, which `method` found in all rows.
///
/// Rows are drawn with repetition; likeness counts each row once (Hennig 2007, bootstrap scheme). K-means is tried from three
/// starts a redraw, without its search by swaps. Noise is no group: rows of noise count to no group on either side.
///
/// # Errors
/// [`Error::LabelsDiffer`] unless there is a label a row; [`Error::Parameter`]; [`Error::Cancelled`].
pub fn stability(
    matrix: &Matrix,
    labels: &[u32],
    method: &GroupParams,
    params: &StabilityParams,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<Stability> {
    params.check()?;
    if labels.len() != matrix.n_rows() {
        return Err(Error::LabelsDiffer { expected: matrix.n_rows(), found: labels.len() });
    }
    let method = hasty(method);
    let mut groups: Vec<u32> = labels.iter().copied().filter(|label| *label != super::NOISE).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut likenesses: Vec<Vec<f64>> = vec![Vec::new(); groups.len()];
    let n_drawn = matrix.n_rows().min(STABILITY_ROWS);
    let mut n_fitted = 0;
    for number in 0..params.n_redraws {
        report(watch, "stability", number, params.n_redraws)?;
        let rows = redraw(matrix.n_rows(), n_drawn, seed, number as u64);
        let found = match method.fit(&matrix.take(&rows), seed.wrapping_add(number as u64), watch) {
            Ok(found) => {
                n_fitted += 1;
                found.labels
            }
            Err(Error::TooFewDistinct { .. } | Error::TooFewRows { .. }) => vec![super::NOISE; rows.len()],
            Err(error) => return Err(error),
        };
        let likeness = best_likeness(&groups, &rows, labels, &found);
        for (all, one) in likenesses.iter_mut().zip(likeness) {
            all.extend(one);
        }
    }
    let groups = groups.iter().zip(&likenesses).map(|(&group, all)| judged(group, all)).collect();
    Ok(Stability { groups, n_fitted, n_redraws: params.n_redraws, rows_used: n_drawn })
}

/// The same method with less search, where its search can be bounded.
fn hasty(method: &GroupParams) -> GroupParams {
    let mut method = method.clone();
    if let GroupParams::Kmeans(params) = &mut method {
        (params.n_init, params.n_swaps) = (params.n_init.min(3), 0);
    }
    if let GroupParams::Gmm(params) = &mut method {
        params.n_init = 1;
    }
    method
}

/// Rows drawn with repetition, ascending; of very many rows an even part first.
fn redraw(n_rows: usize, n_drawn: usize, seed: u64, number: u64) -> Vec<usize> {
    let mut draws = generator(seed, 4000 + number);
    let part = draw_rows(&mut draws, n_rows, n_drawn);
    let mut rows: Vec<usize> = (0..n_drawn).map(|_| part[draw_below(&mut draws, part.len())]).collect();
    rows.sort_unstable();
    rows
}

/// Each group's likeness with the best group found again, among the rows drawn; `None` when none of its rows was drawn.
fn best_likeness(groups: &[u32], rows: &[usize], labels: &[u32], found: &[u32]) -> Vec<Option<f64>> {
    let n_found = found.iter().filter(|it| **it != super::NOISE).max().map_or(0, |most| *most as usize + 1);
    let mut together = vec![0u64; groups.len() * n_found];
    let (mut of_group, mut of_found) = (vec![0u64; groups.len()], vec![0u64; n_found]);
    let mut last = None;
    for (&row, &again) in rows.iter().zip(found) {
        // Rows are ascending: a repeated row follows itself.
        if last.replace(row) == Some(row) {
            continue;
        }
        let own = groups.binary_search(&labels[row]).ok();
        let again = Some(again as usize).filter(|it| *it < n_found);
        own.into_iter().for_each(|own| of_group[own] += 1);
        again.into_iter().for_each(|again| of_found[again] += 1);
        if let (Some(own), Some(again)) = (own, again) {
            together[own * n_found + again] += 1;
        }
    }
    let likeness = |own: usize| {
        let one = |again: usize| {
            let both = together[own * n_found + again];
            both as f64 / (of_group[own] + of_found[again] - both) as f64
        };
        (of_group[own] > 0).then(|| (0..n_found).map(one).fold(0.0, f64::max))
    };
    (0..groups.len()).map(likeness).collect()
}

fn judged(group: u32, likenesses: &[f64]) -> GroupStability {
    let mean_jaccard =
        (!likenesses.is_empty()).then(|| likenesses.iter().sum::<f64>() / likenesses.len() as f64);
    let verdict = mean_jaccard.map(|mean| match mean {
        mean if mean < 0.5 => Verdict::Dissolved,
        mean if mean < 0.6 => Verdict::Doubtful,
        mean if mean < 0.75 => Verdict::Pattern,
        mean if mean < 0.85 => Verdict::Stable,
        _ => Verdict::HighlyStable,
    });
    GroupStability {
        group,
        mean_jaccard,
        dissolved: likenesses.iter().filter(|it| **it <= 0.5).count(),
        recovered: likenesses.iter().filter(|it| **it >= 0.75).count(),
        verdict,
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::progress::unwatched;

    fn judge(matrix: &Matrix, method: &str) -> Stability {
        let method: GroupParams = serde_json::from_str(method).unwrap();
        let found = method.fit(matrix, 1, &mut unwatched).unwrap();
        let params = StabilityParams { n_redraws: 12 };
        stability(matrix, &found.labels, &method, &params, 1, &mut unwatched).unwrap()
    }

    fn clouds(centres: &[f64]) -> Matrix {
        let mut draws = generator(2, 0);
        let values = (0..300 * 2).map(|cell| centres[cell / 2 % centres.len()] + draws.gen_range(-1.0..1.0));
        Matrix::new(vec!["x".into(), "y".into()], values.collect()).unwrap()
    }

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, StabilityParams::check);
    }

    #[test]
    fn planted_groups_come_back_whatever_the_method() {
        let matrix = clouds(&[0.0, 5.0, 10.0]);
        for method in [
            r#"{"method":"kmeans","k":3}"#,
            r#"{"method":"gmm","k":3}"#,
            r#"{"method":"hierarchical","k":3}"#,
            r#"{"method":"dbscan","eps":1.0}"#,
        ] {
            let found = judge(&matrix, method);
            assert_eq!((found.groups.len(), found.n_fitted), (3, 12), "{method}");
            assert!(found.groups.iter().all(|it| it.verdict == Some(Verdict::HighlyStable)), "{method}");
        }
    }

    #[test]
    fn pieces_of_one_cloud_do_not_come_back() {
        let found = judge(&clouds(&[0.0]), r#"{"method":"kmeans","k":7}"#);
        assert!(found.groups.iter().all(|it| it.verdict < Some(Verdict::HighlyStable)), "{:?}", found.groups);
        let n_stable = found.groups.iter().filter(|it| it.verdict >= Some(Verdict::Stable)).count();
        assert!(n_stable <= 2, "{:?}", found.groups);
    }

    #[test]
    fn likeness_counts_rows_once_and_leaves_noise_out() {
        let labels = [0, 0, 1, 1, super::super::NOISE];
        let likeness = best_likeness(&[0, 1], &[0, 0, 1, 2, 4], &labels, &[0, 0, 0, 1, 1]);
        // Group 0 is found whole; of group 1 one row was drawn, which came back beside a row of noise.
        assert_eq!(likeness, [Some(1.0), Some(0.5)]);
        assert_eq!(best_likeness(&[0, 1], &[0], &labels, &[super::super::NOISE]), [Some(0.0), None]);
    }
}
