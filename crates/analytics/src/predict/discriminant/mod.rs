//! Linear discriminant analysis: classes as clouds of one shape around their own means, and the axes on which they part best.
//!
//! Without shrinkage the rows' distances from their class's mean are never squared: their R factor is decomposed, and directions
//! in which nothing varies are left out. With shrinkage the common covariance is drawn towards a ball.

mod whiten;

use serde::{Deserialize, Serialize};

use self::whiten::{NOTHING, Whitener};
use super::contributions::{Predictor, Scale};
use super::logistic::softmax;
use super::supervised::check_columns;
use super::svd;
use super::weighted::{Rows, WeightedSum, column_means, dot, refuse_weights};
use super::{Prediction, TrainingSet};
use crate::progress::Watch;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

const STAGE: &str = "lda";

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "lda",
    family: Family::Predict,
    summary: "Predicts classes by the nearest class mean in the columns' common shape, and gives the axes that part them best.",
    parameters: &[
        Parameter {
            name: "shrinkage",
            kind: Kind::Choice { options: &["none", "auto", "fixed"] },
            default: "\"none\"",
            doc: "Draws the common covariance towards a ball: auto by Ledoit and Wolf's share, for many columns and few rows; \
                  fixed by the amount given.",
        },
        Parameter {
            name: "amount",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: "0.1",
            doc: "The share of the ball under fixed shrinkage.",
        },
        Parameter {
            name: "equal_priors",
            kind: Kind::Boolean,
            default: "false",
            doc: "Takes all classes as equally frequent instead of as frequent as in the rows.",
        },
    ],
    formula: "ln P(k | x) = x'Σ⁻¹μk − μk'Σ⁻¹μk / 2 + ln πk + const; axes: the a with the largest a'Ba / a'Σa; auto: Σ of each \
              class = (1 − δ) S + δ tr(S)/p I on standardized columns",
    source: "Fisher (1936), Annals of Eugenics 7, 179–188; Rao (1948), J. R. Stat. Soc. B 10, 159–203; Ledoit and Wolf \
             (2004), J. Multivar. Anal. 88, 365–411",
    cost: "Time grows with rows × columns² and with columns³, memory with columns².",
};

/// Whether the common covariance is drawn towards a ball.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shrinkage {
    /// As it is.
    #[default]
    None,
    /// By the share that Ledoit and Wolf find best for each class.
    Auto,
    /// By a given share.
    Fixed,
}

/// The parameters of [`fit`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LdaParams {
    /// Whether the common covariance is drawn towards a ball.
    pub shrinkage: Shrinkage,
    /// The share of the ball under [`Shrinkage::Fixed`], `0 <= amount <= 1`.
    pub amount: f64,
    /// Whether all classes are taken as equally frequent.
    pub equal_priors: bool,
}

impl Default for LdaParams {
    fn default() -> Self {
        Self { shrinkage: Shrinkage::None, amount: 0.1, equal_priors: false }
    }
}

impl LdaParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `amount` lies outside its range.
    pub fn check(&self) -> Result<()> {
        match (0.0..=1.0).contains(&self.amount) {
            true => Ok(()),
            false => Err(Error::Parameter { name: "amount", range: "between 0 and 1" }),
        }
    }
}

/// A fitted linear discriminant analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lda {
    /// The columns.
    pub columns: Vec<String>,
    /// The mean of each column over the rows fitted.
    pub means: Vec<f64>,
    /// The mean of each class.
    pub class_means: Vec<Vec<f64>>,
    /// The probability of each class before its columns are seen.
    pub priors: Vec<f64>,
    /// The constant of each class's score.
    pub intercepts: Vec<f64>,
    /// The coefficients of each class's score, one a column.
    pub coefficients: Vec<Vec<f64>>,
    /// The discriminant axes in descending order of how far they part the classes, at most one less than there are classes: the
    /// coefficients of the columns' distances from `centre`. Rows have variance 1 around their class's mean along each (divisor: all rows).
    pub axes: Vec<Vec<f64>>,
    /// Where the axes start: the class means' mean by priors.
    pub centre: Vec<f64>,
    /// The share of each axis in the variance between classes.
    pub explained: Vec<f64>,
}

/// Fits the classes of `set` by its columns, of shape `(n_rows, n_columns)`.
///
/// Constant and dependent columns are no trouble: without shrinkage, directions in which no class varies are left out.
///
/// # Errors
/// [`Error::WrongType`] for numbers; [`Error::TooFewRows`] unless there are more rows than classes; [`Error::Separation`] when
/// no class varies in any direction; [`Error::Collinear`] under [`Shrinkage::Fixed`] by 0 for dependent columns;
/// [`Error::OutOfScale`]; [`Error::Parameter`], also for weights; [`Error::Cancelled`].
pub fn fit(set: &TrainingSet<'_>, params: &LdaParams, watch: &mut Watch<'_>) -> Result<Lda> {
    params.check()?;
    refuse_weights(set.weights())?;
    let (matrix, (codes, n_classes)) = (set.matrix(), set.classes()?);
    matrix.check_scale()?;
    if matrix.n_rows() <= n_classes {
        return Err(Error::TooFewRows { needed: n_classes + 1, found: matrix.n_rows() });
    }
    let labels: Vec<f64> = codes.iter().map(|&code| f64::from(code)).collect();
    let rows = Rows::new(matrix, &labels, None)?;
    let mut counts = vec![0.0; n_classes];
    codes.iter().for_each(|&code| counts[code as usize] += 1.0);
    let fresh = || ClassMeans { counts: &counts, sums: vec![0.0; n_classes * matrix.n_columns()] };
    let class_means = rows.sum(STAGE, watch, fresh)?.sums;
    let class_means: Vec<Vec<f64>> =
        class_means.chunks_exact(matrix.n_columns()).map(<[f64]>::to_vec).collect();
    let priors = counts.iter().map(|count| match params.equal_priors {
        true => 1.0 / n_classes as f64,
        false => count / matrix.n_rows() as f64,
    });
    let priors: Vec<f64> = priors.collect();
    let task = Task { rows, class_means: &class_means, priors: &priors, counts: &counts };
    let whitener = match params.shrinkage {
        Shrinkage::None => task.whiten_rows(watch)?,
        Shrinkage::Auto | Shrinkage::Fixed => task.whiten_shrunk(params, watch)?,
    };
    task.finish(&whitener, column_means(&rows, watch)?, watch)
}

/// The mean of each class, class after class.
struct ClassMeans<'a> {
    counts: &'a [f64],
    sums: Vec<f64>,
}

impl WeightedSum for ClassMeans<'_> {
    fn absorb(&mut self, rows: &[f64], target: &[f64], _: Option<&[f64]>) {
        let n_columns = self.sums.len() / self.counts.len();
        for (row, &label) in rows.chunks_exact(n_columns).zip(target) {
            let (class, share) = (label as usize, 1.0 / self.counts[label as usize]);
            let sums = &mut self.sums[class * n_columns..(class + 1) * n_columns];
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += share * value);
        }
    }

    fn merge(&mut self, later: Self) {
        self.sums.iter_mut().zip(later.sums).for_each(|(sum, later)| *sum += later);
    }
}

struct Task<'a> {
    rows: Rows<'a>,
    class_means: &'a [Vec<f64>],
    priors: &'a [f64],
    counts: &'a [f64],
}

impl Task<'_> {
    fn n_columns(&self) -> usize {
        self.rows.matrix.n_columns()
    }

    /// Scores and axes: the class means in the whitened directions, and where those vary most.
    fn finish(&self, whitener: &Whitener, means: Vec<f64>, watch: &mut Watch<'_>) -> Result<Lda> {
        let n = self.n_columns();
        let mut centre = vec![0.0; n];
        for (mean, prior) in self.class_means.iter().zip(self.priors) {
            centre.iter_mut().zip(mean).for_each(|(sum, value)| *sum += prior * value);
        }
        let whitened = |mean: &Vec<f64>| -> Vec<f64> {
            let distance: Vec<f64> = mean.iter().zip(&centre).map(|(value, centre)| value - centre).collect();
            whitener.iter().map(|direction| dot(direction, &distance)).collect()
        };
        let places: Vec<Vec<f64>> = self.class_means.iter().map(whitened).collect();
        let columns = (0..whitener.len()).map(|direction| {
            places.iter().zip(self.priors).map(|(place, prior)| prior.sqrt() * place[direction]).collect()
        });
        let svd = svd::decompose(columns.collect(), watch)?;
        let most = (self.counts.len() - 1).min(whitener.len());
        let is_axis = |at: &usize| *at < most && svd.values[*at] > NOTHING * svd.values[0];
        let kept: Vec<usize> = (0..svd.values.len()).filter(is_axis).collect();
        let total: f64 = kept.iter().map(|&at| svd.values[at] * svd.values[at]).sum();
        let in_columns = |shares: &[f64]| -> Vec<f64> {
            let column =
                |at: usize| shares.iter().zip(whitener).map(|(share, direction)| share * direction[at]).sum();
            (0..n).map(column).collect()
        };
        let axes: Vec<Vec<f64>> = kept.iter().map(|&at| signed(in_columns(&svd.right[at]))).collect();
        // Only the places along the axes tell classes apart.
        let along = |place: &Vec<f64>| -> Vec<f64> {
            let mut kept_part = vec![0.0; place.len()];
            for &at in &kept {
                let share = dot(place, &svd.right[at]);
                kept_part.iter_mut().zip(&svd.right[at]).for_each(|(sum, value)| *sum += share * value);
            }
            kept_part
        };
        let places: Vec<Vec<f64>> = places.iter().map(along).collect();
        let coefficients: Vec<Vec<f64>> = places.iter().map(|place| in_columns(place)).collect();
        let intercept = |((place, prior), slopes): ((&Vec<f64>, &f64), &Vec<f64>)| {
            libm::log(*prior) - 0.5 * dot(place, place) - dot(slopes, &centre)
        };
        let intercepts: Vec<f64> = places.iter().zip(self.priors).zip(&coefficients).map(intercept).collect();
        let found = coefficients.iter().flatten().chain(&intercepts).chain(axes.iter().flatten());
        if found.clone().any(|value| !value.is_finite()) {
            return Err(Error::OutOfScale { column: self.rows.matrix.names()[0].clone() });
        }
        Ok(Lda {
            columns: self.rows.matrix.names().to_vec(),
            means,
            class_means: self.class_means.to_vec(),
            priors: self.priors.to_vec(),
            intercepts,
            coefficients,
            explained: kept.iter().map(|&at| svd.values[at] * svd.values[at] / total).collect(),
            axes,
            centre,
        })
    }
}

/// An axis has two directions; the one whose largest coefficient is positive is kept.
fn signed(axis: Vec<f64>) -> Vec<f64> {
    let largest = axis
        .iter()
        .fold(0.0_f64, |largest, value| if value.abs() > largest.abs() { *value } else { largest });
    if largest < 0.0 { axis.iter().map(|value| -value).collect() } else { axis }
}

impl Lda {
    /// The probability of each class for the rows of `matrix`.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit; [`Error::OutOfScale`] when a
    /// row's scores leave the range of numbers.
    pub fn predict(&self, matrix: &Matrix) -> Result<Prediction> {
        check_columns(self.columns.iter().map(String::as_str), matrix)?;
        let mut values = Vec::with_capacity(matrix.n_rows() * self.intercepts.len());
        for row in matrix.values().chunks_exact(self.columns.len()) {
            let scores =
                self.intercepts.iter().zip(&self.coefficients).map(|(base, slopes)| base + dot(slopes, row));
            let shares = softmax(scores.collect());
            values.extend(shares.ok_or_else(|| Error::OutOfScale { column: self.columns[0].clone() })?);
        }
        Ok(Prediction::Probabilities { n_classes: self.intercepts.len(), values })
    }

    /// The rows of `matrix` on the discriminant axes: columns `axis 1`, `axis 2` and so on.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit; [`Error::Empty`] when the class
    /// means coincide, so that there is no axis; [`Error::NotFinite`] when a place leaves the range of numbers.
    pub fn transform(&self, matrix: &Matrix) -> Result<Matrix> {
        check_columns(self.columns.iter().map(String::as_str), matrix)?;
        let names = (1..=self.axes.len()).map(|axis| format!("axis {axis}")).collect();
        let mut values = Vec::with_capacity(matrix.n_rows() * self.axes.len());
        for row in matrix.values().chunks_exact(self.columns.len()) {
            let distance: Vec<f64> =
                row.iter().zip(&self.centre).map(|(value, centre)| value - centre).collect();
            values.extend(self.axes.iter().map(|axis| dot(axis, &distance)));
        }
        Matrix::new(names, values)
    }

    pub(crate) fn linear_predictor(&self) -> Predictor<'_> {
        let is_pair = self.intercepts.len() == 2;
        let (intercepts, coefficients) = match is_pair {
            true => {
                let slopes = self.coefficients[1].iter().zip(&self.coefficients[0]).map(|(b, a)| b - a);
                (vec![self.intercepts[1] - self.intercepts[0]], slopes.collect())
            }
            false => (self.intercepts.clone(), self.coefficients.concat()),
        };
        Predictor {
            scale: if is_pair { Scale::LogOdds } else { Scale::ClassScores },
            names: self.columns.iter().map(String::as_str).collect(),
            means: &self.means,
            logged: None,
            intercepts,
            coefficients,
        }
    }
}

#[cfg(test)]
mod tests;
