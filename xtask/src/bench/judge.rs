//! Whether answers agree: what an answer comes to, worked out here from the data and not by who gave it, and how far it may be
//! from the reference's.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// What is worked out from an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Labels: the sum of squared distances to their means.
    Inertia,
    /// The numbers themselves.
    Itself,
    /// Coefficients with the intercept last: the penalized negative log-likelihood.
    Objective,
    /// Classes of unseen rows: the share that is right.
    Accuracy,
    /// Probabilities of unseen rows: the mean negative log-likelihood.
    LogLoss,
    /// Ten items for each user: the share that the reference has, too.
    Overlap,
}

/// How far an answer may be from the reference's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rule {
    /// Every number within this part of the larger of the reference and 1.
    Equal(f64),
    /// As `Equal`, at these places only.
    EqualAt(&'static [usize], f64),
    /// At most this many times the reference.
    AtMost(f64),
    /// Less than the reference by no more than this.
    AtLeast(f64),
}

impl Rule {
    /// What is wrong with `values` beside `reference`; `None` when they agree.
    pub(super) fn broken(self, values: &[f64], reference: &[f64]) -> Option<String> {
        if values.len() != reference.len() {
            return Some(format!("{} numbers where the reference has {}", values.len(), reference.len()));
        }
        let places: Vec<usize> = match self {
            Self::EqualAt(places, _) => places.to_vec(),
            _ => (0..values.len()).collect(),
        };
        let wrong = places.into_iter().find(|&place| !self.holds(values[place], reference[place]))?;
        Some(format!(
            "{:.9e} where the reference has {:.9e} ({})",
            values[wrong],
            reference[wrong],
            self.words()
        ))
    }

    /// Comparisons with what is not a number are false: such an answer never agrees.
    fn holds(self, value: f64, reference: f64) -> bool {
        match self {
            Self::Equal(tolerance) | Self::EqualAt(_, tolerance) => {
                (value - reference).abs() <= tolerance * reference.abs().max(1.0)
            }
            Self::AtMost(times) => value <= reference * times,
            Self::AtLeast(slack) => value >= reference - slack,
        }
    }

    /// The rule as the page says it.
    pub(super) fn words(self) -> String {
        match self {
            Self::Equal(tolerance) | Self::EqualAt(_, tolerance) => format!("equal within {tolerance:e}"),
            Self::AtMost(times) => format!("at most {times} times"),
            Self::AtLeast(slack) => format!("no lower than {slack} below"),
        }
    }
}

/// The data an answer is measured on.
#[derive(Debug, Clone)]
pub(super) struct Data<'a> {
    /// The folder of data sets.
    pub(super) folder: &'a Path,
    pub(super) set: String,
    pub(super) n_columns: usize,
    pub(super) n_rows: usize,
    /// The penalty of [`Measure::Objective`].
    pub(super) l2: f64,
}

/// The numbers of a file of little-endian doubles; the first `n` where it has more.
pub(super) fn numbers(path: &Path, n: usize) -> Result<Vec<f64>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes.as_chunks::<8>().0.iter().take(n).map(|chunk| f64::from_le_bytes(*chunk)).collect())
}

impl Data<'_> {
    fn column(&self, set: &str, name: &str, n: usize) -> Result<Vec<f64>> {
        let column = numbers(&self.folder.join(set).join(format!("{name}.f64")), n)?;
        ensure!(n == usize::MAX || column.len() == n, "the column {name} of {set} is too short");
        Ok(column)
    }

    fn columns(&self) -> Result<Vec<Vec<f64>>> {
        (0..self.n_columns).map(|at| self.column(&self.set, &format!("x{at}"), self.n_rows)).collect()
    }

    fn unseen_classes(&self) -> Result<Vec<f64>> {
        let texts = self.folder.join(format!("{}.json", self.set));
        if !texts.is_file() {
            return self.column(&format!("{}-unseen", self.set), "y", usize::MAX);
        }
        let both: serde_json::Value = serde_json::from_slice(&fs::read(texts)?)?;
        let classes = both["unseen"]["classes"].as_array().context("the texts have classes")?;
        Ok(classes.iter().filter_map(serde_json::Value::as_f64).collect())
    }
}

/// What an answer comes to.
///
/// # Errors
/// When it is not of the length or range that the task asks for.
pub(super) fn measure(how: Measure, data: &Data<'_>, answer: &[f64], reference: &[f64]) -> Result<Vec<f64>> {
    match how {
        Measure::Itself => Ok(answer.to_vec()),
        Measure::Inertia => Ok(vec![inertia(&data.columns()?, answer)?]),
        Measure::Objective => {
            let y = data.column(&data.set, "y", data.n_rows)?;
            Ok(vec![objective(&data.columns()?, &y, answer, data.l2)?])
        }
        Measure::Accuracy => Ok(vec![accuracy(&data.unseen_classes()?, answer)?]),
        Measure::LogLoss => Ok(vec![log_loss(&data.unseen_classes()?, answer)?]),
        Measure::Overlap => Ok(vec![overlap(answer, reference)?]),
    }
}

fn inertia(columns: &[Vec<f64>], labels: &[f64]) -> Result<f64> {
    let n_rows = columns.first().map_or(0, Vec::len);
    ensure!(labels.len() == n_rows, "{} labels for {n_rows} rows", labels.len());
    let k = labels.iter().copied().fold(0.0, f64::max) as usize + 1;
    ensure!(k <= 1_000 && labels.iter().all(|&label| label >= 0.0), "labels are not segments");
    let of = |row: usize| labels[row] as usize;
    let mut counts = vec![0.0; k];
    (0..n_rows).for_each(|row| counts[of(row)] += 1.0);
    let mut sum = 0.0;
    for column in columns {
        let mut means = vec![0.0; k];
        column.iter().enumerate().for_each(|(row, value)| means[of(row)] += value);
        means.iter_mut().zip(&counts).for_each(|(mean, count)| *mean /= count);
        sum += column.iter().enumerate().map(|(row, value)| (value - means[of(row)]).powi(2)).sum::<f64>();
    }
    Ok(sum)
}

fn objective(columns: &[Vec<f64>], y: &[f64], coefficients: &[f64], l2: f64) -> Result<f64> {
    let Some((intercept, slopes)) = coefficients.split_last() else { anyhow::bail!("no coefficients") };
    ensure!(slopes.len() == columns.len(), "{} slopes for {} columns", slopes.len(), columns.len());
    let loss = |row: usize| {
        let score =
            intercept + slopes.iter().zip(columns).map(|(slope, column)| slope * column[row]).sum::<f64>();
        let toward = if y[row] > 0.5 { -score } else { score };
        // ln(1 + e^t) without overflow.
        toward.max(0.0) + (-toward.abs()).exp().ln_1p()
    };
    let penalty = l2 / 2.0 * slopes.iter().map(|slope| slope * slope).sum::<f64>();
    Ok((0..y.len()).map(loss).sum::<f64>() + penalty)
}

fn accuracy(truth: &[f64], said: &[f64]) -> Result<f64> {
    ensure!(truth.len() == said.len(), "{} classes for {} rows", said.len(), truth.len());
    let n_right = truth.iter().zip(said).filter(|(truth, said)| (*truth - *said).abs() < 0.5).count();
    Ok(n_right as f64 / truth.len() as f64)
}

fn log_loss(truth: &[f64], said: &[f64]) -> Result<f64> {
    ensure!(truth.len() == said.len(), "{} probabilities for {} rows", said.len(), truth.len());
    ensure!(said.iter().all(|chance| (0.0..=1.0).contains(chance)), "probabilities beyond 0 and 1");
    let one = |(truth, said): (&f64, &f64)| -(if *truth > 0.5 { *said } else { 1.0 - said }).max(1e-15).ln();
    Ok(truth.iter().zip(said).map(one).sum::<f64>() / truth.len() as f64)
}

/// Lists have ten entries a user; -1 stands for none.
fn overlap(lists: &[f64], reference: &[f64]) -> Result<f64> {
    const LENGTH: usize = 10;
    ensure!(lists.len() == reference.len(), "{} recommendations, {} asked", lists.len(), reference.len());
    let pairs = lists.chunks(LENGTH).zip(reference.chunks(LENGTH));
    let common = |(list, reference): (&[f64], &[f64])| {
        list.iter().filter(|item| **item >= 0.0 && reference.contains(item)).count()
    };
    let n_wanted = reference.iter().filter(|item| **item >= 0.0).count();
    Ok(pairs.map(common).sum::<usize>() as f64 / n_wanted as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_answer_is_caught_under_every_rule() {
        let cases = [
            (Rule::Equal(1e-8), vec![1.0, 2.000_001], vec![1.0, 2.0]),
            (Rule::EqualAt(&[1], 1e-8), vec![9.0, 2.1], vec![1.0, 2.0]),
            (Rule::AtMost(1.05), vec![106.0], vec![100.0]),
            (Rule::AtLeast(0.01), vec![0.88], vec![0.9]),
            (Rule::AtLeast(0.01), vec![f64::NAN], vec![0.9]),
            (Rule::Equal(1e-8), vec![1.0], vec![1.0, 2.0]),
        ];
        for (rule, values, reference) in cases {
            assert!(
                rule.broken(&values, &reference).is_some(),
                "{rule:?} takes {values:?} for {reference:?}"
            );
        }
    }

    #[test]
    fn what_a_rule_allows_agrees() {
        let cases = [
            (Rule::Equal(1e-8), vec![1.0, 2e9 + 1.0], vec![1.0, 2e9]),
            (Rule::EqualAt(&[1], 1e-8), vec![9.0, 2.0], vec![1.0, 2.0]),
            (Rule::AtMost(1.05), vec![90.0], vec![100.0]),
            (Rule::AtLeast(0.01), vec![0.895], vec![0.9]),
        ];
        for (rule, values, reference) in cases {
            assert_eq!(rule.broken(&values, &reference), None, "{rule:?}");
        }
    }

    #[test]
    fn labels_are_measured_on_the_data_and_not_by_who_gave_them() {
        let columns = vec![vec![0.0, 2.0, 10.0, 14.0]];
        assert_eq!(inertia(&columns, &[0.0, 0.0, 1.0, 1.0]).expect("two segments"), 10.0);
        assert!(inertia(&columns, &[0.0, 1.0, 0.0, 1.0]).expect("two segments") > 10.0);
        assert!(inertia(&columns, &[0.0, 1.0]).is_err());
        assert!(inertia(&columns, &[0.0, -1.0, 0.0, 1.0]).is_err());
    }

    #[test]
    fn likelihoods_and_shares_are_those_of_the_books() {
        let columns = vec![vec![1.0, -1.0]];
        let found = objective(&columns, &[1.0, 0.0], &[2.0, 0.0], 3.0).expect("one slope and an intercept");
        assert!((found - (2.0 * (1.0 + (-2.0_f64).exp()).ln() + 6.0)).abs() < 1e-12);
        assert!((log_loss(&[1.0, 0.0], &[0.5, 0.5]).expect("two rows") - 2.0_f64.ln()).abs() < 1e-12);
        assert_eq!(accuracy(&[1.0, 0.0, 3.0, 2.0], &[1.0, 1.0, 3.0, 2.0]).expect("four rows"), 0.75);
        let (list, reference): (Vec<f64>, Vec<f64>) =
            ((0..10).map(f64::from).collect(), (5..15).map(f64::from).collect());
        assert_eq!(overlap(&list, &reference).expect("ten each"), 0.5);
    }
}
