//! Lloyd's passes: label every row, move every centre to its rows' mean, until nothing moves.
//!
//! This is the driver: it holds the centres and the sums of all rows, and asks for one partial a chunk and pass. What a pass
//! does to a chunk, and what is kept of its rows, is [`super::settle`].

use super::assign::{Centroids, squared_distance};
use super::settle::{KMeansPartial, Kept, Pass, Round};
use super::shared::{Recall, Settle};
use super::spread::Spread;
use crate::partial::chunks;
use crate::progress::{Watch, report};
use crate::shards::{Crew, SharedRows, at_once};
use crate::{Matrix, Result};

/// Where the passes ended.
#[derive(Debug)]
pub(super) struct Moved {
    /// The rows with the labels of the last pass, and the centres moved once more.
    pub(super) rows: Settled,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// All rows with what is kept of them, and where the passes stand.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) labels: Vec<u32>,
    slacks: Vec<f32>,
    total: KMeansPartial,
    spread: Spread,
    round: Round,
}

impl Settled {
    /// Rows without labels, and centres to start from.
    pub(super) fn new(matrix: &Matrix, centroids: Centroids) -> Self {
        let n_rows = matrix.n_rows();
        Self {
            labels: vec![Kept::NONE; n_rows],
            slacks: vec![0.0; n_rows],
            total: KMeansPartial::new(centroids.k(), matrix.n_columns()),
            spread: Spread::of(matrix),
            round: Round::new(centroids),
        }
    }

    /// Labels every row by its nearest centre; the rows whose label changed.
    pub(super) fn settle(&mut self, matrix: &Matrix) -> u64 {
        let pass = Pass::new(&self.round, &self.spread);
        let mut moved = KMeansPartial::new(self.round.centroids().k(), matrix.n_columns());
        for rows in chunks(matrix.n_rows()) {
            let (labels, slacks) = (&mut self.labels[rows.clone()], &mut self.slacks[rows.clone()]);
            moved.merge(&pass.settle(matrix, rows, &mut Kept { labels, slacks }));
        }
        self.total.merge(&moved);
        moved.n_changed()
    }

    /// As [`Self::settle`], by all who share the rows. Labels stay with them until [`Self::recall`].
    async fn settle_among(&mut self, shared: &mut SharedRows<'_>) -> Result<u64> {
        let moved = shared.sum_silently(&Settle::new(&self.round, &self.spread)).await?.moved;
        self.total.merge(&moved);
        Ok(moved.n_changed())
    }

    /// Fetches the labels of the last pass, and what else is kept of the rows.
    async fn recall(&mut self, shared: &mut SharedRows<'_>) -> Result<()> {
        let Recall { labels, slacks } = shared.sum_silently(&Recall::default()).await?;
        (self.labels, self.slacks) = (labels, slacks);
        Ok(())
    }

    /// Moves the centres.
    pub(super) fn move_to(&mut self, centroids: Centroids) {
        self.round = self.round.after(centroids);
    }

    /// Where the centres are.
    pub(super) fn centroids(&self) -> &Centroids {
        self.round.centroids()
    }

    /// Rows of each cluster.
    pub(super) fn counts(&self) -> Vec<u64> {
        self.total.counts().iter().map(|&count| count.unsigned_abs()).collect()
    }

    /// By how much every other centre is farther from `row` than its own, at least; below 0 when nothing is known.
    pub(super) fn gap(&self, row: usize) -> f64 {
        self.round.gap(self.labels[row], self.slacks[row], &self.spread)
    }

    /// The longest way between a row and a centre, at most.
    pub(super) fn diameter(&self) -> f64 {
        self.spread.diameter()
    }

    /// Gives cluster `order[it]` the label `it`; rows as near to two centres are labelled anew by the next pass.
    pub(super) fn reorder(&mut self, order: &[usize]) {
        let mut places = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, &cluster)| places[cluster] = place as u32);
        self.labels.iter_mut().for_each(|label| *label = places[*label as usize]);
        self.round = self.round.reordered(order);
        self.total = self.total.reordered(order);
    }
}

/// Runs passes until no label changes, or the centres' squared ways sum to at most `tolerance` of the mean variance of a
/// column, or `max_iterations` passes are done.
pub(super) fn run(
    matrix: &Matrix,
    centroids: Centroids,
    max_iterations: usize,
    tolerance: f64,
    stage: &'static str,
    watch: &mut Watch<'_>,
) -> Result<Moved> {
    let passes = Passes { max_iterations, tolerance, stage };
    at_once(run_among(matrix, centroids, &passes, &Crew::alone(), watch))
}

/// How many passes there may be, and what they are called.
pub(super) struct Passes {
    pub(super) max_iterations: usize,
    pub(super) tolerance: f64,
    pub(super) stage: &'static str,
}

/// As [`run`], the rows shared with `crew`.
pub(super) async fn run_among(
    matrix: &Matrix,
    centroids: Centroids,
    passes: &Passes,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<Moved> {
    let operations = centroids.k() * matrix.n_columns();
    let mut shared = SharedRows::unlabelled(crew, matrix, operations).if_shared();
    let mut rows = Settled::new(matrix, centroids);
    let mut converged_after = None;
    for done in 0..passes.max_iterations {
        report(watch, passes.stage, done, passes.max_iterations)?;
        let n_changed = match &mut shared {
            Some(shared) => rows.settle_among(shared).await?,
            None => rows.settle(matrix),
        };
        if let Some(shared) = shared.as_mut().filter(|_| rows.total.counts().contains(&0)) {
            rows.recall(shared).await?;
        }
        let before = rows.round.centroids();
        let mut after = rows.total.centroids(before, &rows.spread);
        let is_repaired = repair_empty(matrix, &rows.total, &mut after, &rows.labels);
        let way = before.squared_way(&after);
        rows.move_to(after);
        if !is_repaired && (n_changed == 0 || way <= passes.tolerance * rows.spread.variance()) {
            converged_after = Some(done + 1);
            break;
        }
    }
    if let Some(shared) = &mut shared {
        rows.recall(shared).await?;
    }
    let iterations = converged_after.unwrap_or(passes.max_iterations);
    Ok(Moved { rows, iterations, converged: converged_after.is_some() })
}

/// Puts the centre of each empty cluster on the row farthest from its own centre, a row a cluster; true when it did.
fn repair_empty(matrix: &Matrix, partial: &KMeansPartial, centroids: &mut Centroids, labels: &[u32]) -> bool {
    let empty: Vec<usize> = (0..centroids.k()).filter(|&cluster| partial.counts()[cluster] == 0).collect();
    if empty.is_empty() {
        return false;
    }
    let mut distances: Vec<f64> = (0..matrix.n_rows())
        .map(|row| squared_distance(matrix.row(row), centroids.row(labels[row] as usize)))
        .collect();
    let mut is_repaired = false;
    for cluster in empty {
        let farthest =
            (0..distances.len()).rev().max_by(|&left, &right| distances[left].total_cmp(&distances[right]));
        let Some(farthest) = farthest.filter(|&row| distances[row] > 0.0) else { break };
        centroids.row_mut(cluster).copy_from_slice(matrix.row(farthest));
        is_repaired = true;
        for (row, distance) in distances.iter_mut().enumerate() {
            *distance = distance.min(squared_distance(matrix.row(row), centroids.row(cluster)));
        }
    }
    is_repaired
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::Rng;

    use super::*;
    use crate::group::kmeans::assign::nearest_labels;

    fn table(n_rows: usize, width: usize, seed: u64, is_whole: bool, far: i32) -> Matrix {
        let mut draws = crate::random::generator(seed, 0);
        let mut values: Vec<f64> = (0..n_rows * width)
            .map(|_| if is_whole { f64::from(draws.gen_range(-3i32..4)) } else { draws.gen_range(-3.0..3.0) })
            .collect();
        values[0] *= 10f64.powi(far);
        Matrix::new((0..width).map(|it| it.to_string()).collect(), values).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn every_pass_labels_as_the_plain_path_ties_duplicates_and_far_rows_included(
            n_rows in 2usize..6000, width in 1usize..11, k in 1usize..9, seed in 0u64..1 << 40, is_whole in any::<bool>(), far in 0i32..12,
        ) {
            let matrix = table(n_rows, width, seed, is_whole, far);
            let mut draws = crate::random::generator(seed, 1);
            let starts: Vec<f64> = (0..k).flat_map(|_| matrix.row(draws.gen_range(0..n_rows)).to_vec()).collect();
            let mut rows = Settled::new(&matrix, Centroids::new(width, starts));
            for _ in 0..8 {
                rows.settle(&matrix);
                let centroids = rows.round.centroids().clone();
                prop_assert_eq!(&rows.labels, &nearest_labels(&matrix, &centroids));
                // What came and went sums to the same bits as all rows afresh.
                let mut afresh = Settled::new(&matrix, centroids.clone());
                afresh.settle(&matrix);
                prop_assert_eq!(&afresh.labels, &rows.labels);
                let after = rows.total.centroids(&centroids, &rows.spread);
                prop_assert_eq!(&after, &afresh.total.centroids(&centroids, &afresh.spread));
                rows.move_to(after);
            }
        }
    }

    #[test]
    fn chunks_may_be_settled_and_merged_in_any_order() {
        let matrix = table(20_000, 3, 5, false, 0);
        let spread = Spread::of(&matrix);
        let round = Round::new(Centroids::new(3, matrix.rows(0..4).to_vec()));
        let pass = Pass::new(&round, &spread);
        let chunk = |rows: std::ops::Range<usize>| {
            let (mut labels, mut slacks) = (vec![Kept::NONE; rows.len()], vec![0.0; rows.len()]);
            pass.settle(&matrix, rows, &mut Kept { labels: &mut labels, slacks: &mut slacks })
        };
        let merged = |partials: Vec<KMeansPartial>| {
            partials.into_iter().reduce(|mut sum, later| {
                sum.merge(&later);
                sum
            })
        };
        let forth = merged(chunks(20_000).map(chunk).collect());
        let back = merged(chunks(20_000).collect::<Vec<_>>().into_iter().rev().map(chunk).collect());
        assert_eq!(forth, back);
        assert_eq!(forth.unwrap().n_changed(), 20_000);
    }
}
