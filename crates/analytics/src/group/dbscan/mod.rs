//! Groups as places where rows lie densely, of any shape, with the rows between them left out as noise.

mod curve;

use serde::{Deserialize, Serialize};

pub use curve::{KDistances, k_distances};

use super::NOISE;
use super::kd_tree::{Draining, KdTree};
use super::order::{by_size, relabel};
use crate::predict::supervised::check_columns;
use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "dbscan",
    family: Family::Group,
    summary: "Finds groups of any shape where rows lie densely and marks the rows between them as noise.",
    parameters: &[
        Parameter {
            name: "eps",
            kind: Kind::Number { min: 0.0, max: 1e100 },
            default: "null",
            doc: "How near neighbours are, in the columns' units; null takes the knee of the distances to the min_points-th row.",
        },
        Parameter {
            name: "min_points",
            kind: Kind::Integer { min: 1, max: 10_000 },
            default: "5",
            doc: "Rows within eps, itself included, that make a row the core of a group.",
        },
    ],
    formula: "groups are the chains of cores within eps of each other, and the rows within eps of a core",
    source: "Ester, Kriegel, Sander and Xu (1996); Schubert et al. (2017), on choosing eps",
    cost: "time n·ln n with few columns, n²·p with many; memory n·p; the model keeps the cores",
};

/// How dense a group must be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DbscanParams {
    /// How near neighbours are, `0..=1e100`, ends included: exactly `eps` away is near. `None` takes it from the rows.
    pub eps: Option<f64>,
    /// Rows within `eps`, itself included, that make a core, `1..=10_000`.
    pub min_points: usize,
}

impl Default for DbscanParams {
    fn default() -> Self {
        Self { eps: None, min_points: 5 }
    }
}

impl DbscanParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the one outside.
    pub fn check(&self) -> Result<()> {
        if self.eps.is_some_and(|eps| !(0.0..=1e100).contains(&eps)) {
            return Err(Error::Parameter { name: "eps", range: "a number from 0 to 1e100" });
        }
        if !(1..=10_000).contains(&self.min_points) {
            return Err(Error::Parameter { name: "min_points", range: "a whole number from 1 to 10000" });
        }
        Ok(())
    }
}

/// Dense groups: their cores, to which other rows are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DbscanModel {
    /// The columns it was fitted on, in order.
    pub columns: Vec<String>,
    /// How near neighbours are: what was asked for, or what the rows advised.
    pub eps: f64,
    /// The rows within `eps` that make a core.
    pub min_points: usize,
    /// The groups.
    pub n_groups: usize,
    /// The cores that differ, row by row in the rows' order. They are rows of the data: a model of this method carries data.
    pub cores: Vec<f64>,
    /// The group of each core.
    pub core_labels: Vec<u32>,
}

/// Dense groups and the labels of the rows they were found in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DbscanFit {
    /// The model.
    pub model: DbscanModel,
    /// The group of each row, the largest group first, or [`NOISE`].
    pub labels: Vec<u32>,
    /// Whether each row is a core.
    pub is_core: Vec<bool>,
}

/// Finds where the rows of `matrix`, already on comparable scales, lie densely.
///
/// A row near cores of several groups joins that of the nearest core, a tie going to the earlier row, so that labels do not
/// depend on the order of rows (in Ester et al. they do); for rows of the fit, [`DbscanModel::predict`] says the same. All rows may
/// be noise. Equal rows are no trouble: a row is visited once.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::OutOfScale`]; [`Error::Cancelled`].
pub fn fit_dbscan(
    matrix: &Matrix,
    params: &DbscanParams,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<DbscanFit> {
    params.check()?;
    matrix.check_scale()?;
    let (n_rows, width) = (matrix.n_rows(), matrix.n_columns());
    let tree = KdTree::new(matrix.values(), width);
    let eps = match params.eps {
        Some(eps) => eps,
        None => curve::k_distances_in(&tree, matrix, params.min_points, seed, watch)?.eps,
    };
    let square = eps * eps;
    let mut is_core = Vec::with_capacity(n_rows);
    for row in 0..n_rows {
        report_rows(watch, row, 2 * n_rows)?;
        is_core.push(tree.count_within(matrix.row(row), square, params.min_points) >= params.min_points);
    }
    let cores: Vec<f64> =
        different(matrix, &is_core).into_iter().flat_map(|row| matrix.row(row)).copied().collect();
    let core_labels = join_cores(&cores, width, square, n_rows, watch)?;
    let mut model = DbscanModel {
        columns: matrix.names().to_vec(),
        eps,
        min_points: params.min_points,
        n_groups: core_labels.iter().max().map_or(0, |most| *most as usize + 1),
        cores,
        core_labels,
    };
    let mut labels = model.nearest_cores(matrix, |row| report_rows(watch, row, n_rows))?;
    let order = by_size(&labels, model.n_groups);
    relabel(&mut labels, &order);
    relabel(&mut model.core_labels, &order);
    Ok(DbscanFit { model, labels, is_core })
}

fn report_rows(watch: &mut Watch<'_>, row: usize, n_rows: usize) -> Result<()> {
    if row.is_multiple_of(256) { report(watch, "dbscan", row, n_rows) } else { Ok(()) }
}

/// The first of each set of equal rows that are cores, in order: equal rows are near to the same rows.
fn different(matrix: &Matrix, is_core: &[bool]) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..matrix.n_rows()).filter(|&row| is_core[row]).collect();
    rows.sort_by(|&left, &right| {
        let cells = matrix.row(left).iter().zip(matrix.row(right));
        let first = cells.map(|(a, b)| a.total_cmp(b)).find(|it| it.is_ne());
        first.unwrap_or(std::cmp::Ordering::Equal).then(left.cmp(&right))
    });
    rows.dedup_by(|later, kept| matrix.row(*later) == matrix.row(*kept));
    rows.sort_unstable();
    rows
}

/// The chain of each core, numbered by its first core.
fn join_cores(
    cores: &[f64],
    width: usize,
    square: f64,
    n_rows: usize,
    watch: &mut Watch<'_>,
) -> Result<Vec<u32>> {
    let n_cores = cores.len() / width;
    let mut labels = vec![NOISE; n_cores];
    if n_cores == 0 {
        return Ok(labels);
    }
    let tree = KdTree::new(cores, width);
    let mut left = Draining::new(&tree);
    let (mut found, mut n_seen, mut group) = (Vec::new(), 0, 0);
    for first in 0..n_cores {
        if labels[first] != NOISE {
            continue;
        }
        // Its own place is the first to be taken.
        left.take_within(&cores[first * width..(first + 1) * width], square, &mut found);
        while let Some(core) = found.pop() {
            report_rows(watch, n_rows + n_seen, 2 * n_rows)?;
            let core = core as usize;
            labels[core] = group;
            n_seen += 1;
            left.take_within(&cores[core * width..(core + 1) * width], square, &mut found);
        }
        group += 1;
    }
    Ok(labels)
}

impl DbscanModel {
    /// The group of each row of `matrix`: that of the nearest core within `eps`, a tie going to the earlier core; [`NOISE`]
    /// where there is none. A new row never makes a core.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] unless the columns are those fitted on; [`Error::OutOfScale`].
    pub fn predict(&self, matrix: &Matrix) -> Result<Vec<u32>> {
        check_columns(self.columns.iter().map(String::as_str), matrix)?;
        let is_sound = self.cores.iter().all(|value| value.is_finite())
            && self.cores.len() == self.core_labels.len() * self.columns.len();
        if !is_sound {
            return Err(Error::ColumnsDiffer { expected: self.columns.len(), found: matrix.n_columns() });
        }
        matrix.check_scale()?;
        self.nearest_cores(matrix, |_| Ok(()))
    }

    fn nearest_cores(&self, matrix: &Matrix, mut heard: impl FnMut(usize) -> Result<()>) -> Result<Vec<u32>> {
        if self.cores.is_empty() {
            return Ok(vec![NOISE; matrix.n_rows()]);
        }
        let tree = KdTree::new(&self.cores, matrix.n_columns());
        let square = self.eps * self.eps;
        let mut labels = Vec::with_capacity(matrix.n_rows());
        for row in 0..matrix.n_rows() {
            heard(row)?;
            let nearest = tree.nearest_within(matrix.row(row), square);
            labels.push(nearest.map_or(NOISE, |(core, _)| self.core_labels[core as usize]));
        }
        Ok(labels)
    }
}

#[cfg(test)]
mod tests;
