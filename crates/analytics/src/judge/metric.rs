//! One number to compare predictions by.

use serde::{Deserialize, Serialize};

use super::scores::HeldOut;
use crate::metrics::{auc, average_precision, classes, regression};
use crate::{Error, Result};

/// What decides between models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The area under the ROC curve for two classes, log-loss for more, RMSE for numbers.
    #[default]
    Auto,
    /// The area under the ROC curve, of more than two classes the mean of each against all others.
    Auc,
    /// The area under the precision–recall curve, for two classes.
    AveragePrecision,
    /// The mean negative log-likelihood.
    LogLoss,
    /// The mean squared distance of probabilities.
    Brier,
    /// The share of rows predicted rightly.
    Accuracy,
    /// The mean recall.
    BalancedAccuracy,
    /// The mean F1.
    MacroF1,
    /// The root of the mean squared error.
    Rmse,
    /// The mean absolute error.
    Mae,
    /// The share of variance explained.
    RSquared,
}

impl Metric {
    /// The metric that is meant for a target of `n_classes`, 0 for numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a metric of another kind of target.
    pub fn settle(self, n_classes: usize) -> Result<Self> {
        let fits = match self {
            Self::Auto => return Ok(Self::usual(n_classes)),
            Self::Rmse | Self::Mae | Self::RSquared => n_classes == 0,
            Self::AveragePrecision => n_classes == 2,
            _ => n_classes > 0,
        };
        match fits {
            true => Ok(self),
            false => Err(Error::Parameter { name: "metric", range: "one of the target's kind" }),
        }
    }

    fn usual(n_classes: usize) -> Self {
        match n_classes {
            0 => Self::Rmse,
            2 => Self::Auc,
            _ => Self::LogLoss,
        }
    }

    /// Whether more is better.
    #[must_use]
    pub fn rises(self) -> bool {
        !matches!(self, Self::LogLoss | Self::Brier | Self::Rmse | Self::Mae)
    }

    /// The metric of predicted rows, of a kind that suits them.
    pub(super) fn of(self, rows: &HeldOut) -> Result<f64> {
        self.value(rows, &rows.predictions)
    }

    /// The metric of what the training rows' mean or shares say of the same rows.
    pub(super) fn of_baseline(self, rows: &HeldOut) -> Result<f64> {
        self.value(rows, &rows.baselines)
    }

    fn value(self, rows: &HeldOut, predictions: &[f64]) -> Result<f64> {
        if rows.width == 1 {
            let found = regression(&rows.actual, predictions)?;
            return match self {
                Self::Mae => Ok(found.mae),
                Self::RSquared => found.r_squared.ok_or(Error::Classes { needed: 2, found: 1 }),
                _ => Ok(found.rmse),
            };
        }
        if rows.width == 2 && matches!(self, Self::Auc | Self::AveragePrecision) {
            let labels: Vec<bool> = rows.actual.iter().map(|&class| class == 1.0).collect();
            let positive: Vec<f64> = predictions.iter().skip(1).step_by(2).copied().collect();
            return match self {
                Self::Auc => auc(&labels, &positive),
                _ => average_precision(&labels, &positive),
            };
        }
        let actual: Vec<u32> = rows.actual.iter().map(|&class| class as u32).collect();
        let found = classes(&actual, rows.width, predictions)?;
        match self {
            Self::Auc => found.macro_auc.ok_or(Error::Classes { needed: 2, found: 1 }),
            // Of two classes both distances are the same: once, as of probabilities of one event.
            Self::Brier if rows.width == 2 => Ok(0.5 * found.brier),
            Self::Brier => Ok(found.brier),
            Self::Accuracy => Ok(found.accuracy),
            Self::BalancedAccuracy => Ok(found.balanced_accuracy),
            Self::MacroF1 => Ok(found.macro_f1),
            _ => Ok(found.log_loss),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_of_another_kind_of_target_is_refused() {
        for (metric, n_classes) in
            [(Metric::Rmse, 2), (Metric::Auc, 0), (Metric::AveragePrecision, 3), (Metric::RSquared, 3)]
        {
            assert_eq!(metric.settle(n_classes).map_err(|error| error.code()), Err("parameter"));
        }
        assert_eq!(Metric::Auto.settle(0), Ok(Metric::Rmse));
        assert_eq!(Metric::Auto.settle(2), Ok(Metric::Auc));
        assert_eq!(Metric::Auto.settle(5), Ok(Metric::LogLoss));
        assert!(Metric::Auc.rises() && !Metric::Rmse.rises());
    }
}
