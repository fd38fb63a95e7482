//! Where ordinary values end: the fences of four rules, beyond which a value counts as an outlier.

use serde::{Deserialize, Serialize};

use super::{Moments, quantile, sorted_present};

/// The median of the distances of a normal distribution from its median, in standard deviations.
const NORMAL_MAD: f64 = 0.674_489_750_196_081_7;

/// How fences are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FenceRule {
    /// A number of distances between the quartiles outside them (Tukey, 1977).
    #[default]
    Iqr,
    /// A number of standard deviations (divisor n) from the mean.
    Z,
    /// A number of standard deviations, estimated by the median distance from the median, from the median (Iglewicz and
    /// Hoaglin, 1993).
    RobustZ,
    /// Two quantiles.
    Quantile,
}

impl FenceRule {
    /// The usual factor: 1.5 for `iqr`, 3 for `z`, 3.5 for `robust_z`; 0 where there is none.
    #[must_use]
    pub fn usual_factor(self) -> f64 {
        match self {
            Self::Iqr => 1.5,
            Self::Z => 3.0,
            Self::RobustZ => 3.5,
            Self::Quantile => 0.0,
        }
    }

    /// The fences of `values`, of which `NaN` is missing, with `factor` or, for quantiles, the shares `lower` and `upper`.
    /// `None` without values or when the rule sees no spread, in which case every other value would lie outside.
    #[must_use]
    pub fn fences(self, values: &[f64], factor: f64, (lower, upper): (f64, f64)) -> Option<(f64, f64)> {
        if self == Self::Z {
            let moments = Moments::of(values);
            let spread = moments.standard_deviation(0).filter(|spread| *spread > 0.0)?;
            return around(moments.mean()?, factor * spread);
        }
        let sorted = sorted_present(values);
        if sorted.is_empty() {
            return None;
        }
        match self {
            Self::Quantile => Some((quantile(&sorted, lower), quantile(&sorted, upper))),
            Self::RobustZ => {
                let median = quantile(&sorted, 0.5);
                let mut distances: Vec<f64> = sorted.iter().map(|value| (value - median).abs()).collect();
                distances.sort_unstable_by(f64::total_cmp);
                around(median, factor * quantile(&distances, 0.5) / NORMAL_MAD)
            }
            Self::Iqr | Self::Z => {
                let (first, third) = (quantile(&sorted, 0.25), quantile(&sorted, 0.75));
                let reach = factor * (third - first);
                (reach > 0.0).then(|| (finite(first - reach), finite(third + reach)))
            }
        }
    }
}

fn around(middle: f64, reach: f64) -> Option<(f64, f64)> {
    (reach > 0.0).then(|| (finite(middle - reach), finite(middle + reach)))
}

/// A fence beyond the range of numbers stands at its end.
fn finite(fence: f64) -> f64 {
    fence.clamp(-f64::MAX, f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_its_fences_and_none_without_spread() {
        let values = [1.0, 2.0, 3.0, 4.0, f64::NAN, 100.0];
        let fences = |rule: FenceRule| rule.fences(&values, rule.usual_factor(), (0.25, 0.75));
        assert_eq!(fences(FenceRule::Iqr), Some((-1.0, 7.0)));
        assert_eq!(fences(FenceRule::Quantile), Some((2.0, 4.0)));
        let reach = 3.5 / NORMAL_MAD;
        assert_eq!(fences(FenceRule::RobustZ), Some((3.0 - reach, 3.0 + reach)));
        let (low, high) = fences(FenceRule::Z).unwrap();
        // Mean 22, variance 7,630/5.
        let reach = 3.0 * 1522.0f64.sqrt();
        assert!((low - 22.0 + reach).abs() < 1e-12 && (high - 22.0 - reach).abs() < 1e-12);
        for rule in [FenceRule::Iqr, FenceRule::RobustZ, FenceRule::Z] {
            assert_eq!(rule.fences(&[5.0, 5.0, 5.0], 3.0, (0.0, 1.0)), None);
            assert_eq!(rule.fences(&[f64::NAN], 3.0, (0.0, 1.0)), None);
        }
        assert!(FenceRule::Iqr.fences(&[-f64::MAX, 0.0, f64::MAX], 3.0, (0.0, 1.0)).unwrap().1.is_finite());
    }
}
