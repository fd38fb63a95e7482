//! What sets each segment apart from all other rows, in numbers: the app puts them into words.

use serde::{Deserialize, Serialize};

use crate::distribution::wilson;
use crate::group::kmeans::quality::check_labels;
use crate::profile::{Moments, level_counts, quantile, sorted_present};
use crate::{Column, ColumnData, Error, Result, Table};

/// The quantile of the normal distribution that leaves 2.5 % above.
const NORMAL_975: f64 = 1.959_963_984_540_054;
/// The level of all intervals here.
const LEVEL: f64 = 0.95;

/// One segment and what sets it apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentProfile {
    /// The segment's label.
    pub segment: u32,
    /// Its rows.
    pub size: usize,
    /// Their share of all rows.
    pub share: f64,
    /// One entry a number or time column, one a level of a category column, the strongest effect first; ties keep the
    /// table's order.
    pub features: Vec<Distinction>,
}

/// How the segment differs from the rest in one respect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distinction {
    /// The column.
    pub column: String,
    /// Whether the segment lies above or below the rest.
    pub direction: Direction,
    /// How strong the effect is, by Cohen's (1988) bounds 0.2, 0.5 and 0.8.
    pub magnitude: Magnitude,
    /// Hedges' g for numbers and times, Cohen's h for levels; `None` when the values differ but do not vary within
    /// segment or rest: the separation is then complete.
    pub effect: Option<f64>,
    /// The numbers behind it.
    pub detail: Detail,
}

/// Where the segment lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Above the rest, or more frequent.
    Higher,
    /// Below the rest, or less frequent.
    Lower,
    /// Equal to the rest.
    Same,
}

/// How strong an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Magnitude {
    /// Below 0.2.
    Negligible,
    /// From 0.2.
    Small,
    /// From 0.5.
    Medium,
    /// From 0.8.
    Large,
}

/// The numbers behind a distinction. Missing values count neither in the segment nor in the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Detail {
    /// A number.
    Number(Comparison),
    /// A time, in milliseconds since 1970-01-01 UTC.
    Time(Comparison),
    /// A level of a category.
    Level {
        /// The level.
        level: String,
        /// The share of the segment's rows with it.
        share: f64,
        /// The share of the other rows with it.
        rest_share: f64,
        /// The one less the other.
        difference: f64,
        /// The lower end of the difference's 95 % interval (Newcombe 1998, method 10).
        low: f64,
        /// The upper end.
        high: f64,
    },
}

/// A column's values in the segment and in the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The segment's mean.
    pub mean: f64,
    /// The segment's median.
    pub median: f64,
    /// The mean of the other rows.
    pub rest_mean: f64,
    /// The median of the other rows.
    pub rest_median: f64,
    /// The lower end of the effect's 95 % interval (Hedges and Olkin 1985, large samples); `None` without an effect.
    pub effect_low: Option<f64>,
    /// The upper end.
    pub effect_high: Option<f64>,
}

/// Compares each segment with all other rows, on the table as the user knows it: not standardized, not encoded.
///
/// `labels` has one label below `k` a row. Columns without values on either side are left out, as is a segment without
/// rows; with a single segment there is no rest, and no feature. Cost: `k` sorts of every number column.
///
/// # Errors
/// [`Error::LabelsDiffer`]; [`Error::Empty`] without rows.
pub fn profile_segments(table: &Table, labels: &[u32], k: usize) -> Result<Vec<SegmentProfile>> {
    if table.n_rows() == 0 {
        return Err(Error::Empty);
    }
    check_labels(labels, table.n_rows(), k)?;
    let present =
        (0..k as u32).map(|segment| describe(table, labels, segment)).filter(|segment| segment.size > 0);
    Ok(present.collect())
}

fn describe(table: &Table, labels: &[u32], segment: u32) -> SegmentProfile {
    let is_inside: Vec<bool> = labels.iter().map(|label| *label == segment).collect();
    let size = is_inside.iter().filter(|inside| **inside).count();
    let mut features: Vec<Distinction> =
        table.columns().flat_map(|column| compare_column(column, &is_inside)).collect();
    let strength = |feature: &Distinction| feature.effect.map_or(f64::INFINITY, f64::abs);
    features.sort_by(|left, right| strength(right).total_cmp(&strength(left)));
    SegmentProfile { segment, size, share: size as f64 / labels.len() as f64, features }
}

fn compare_column(column: &Column, is_inside: &[bool]) -> Vec<Distinction> {
    match &column.data {
        ColumnData::Number(values) => {
            compare_numbers(&column.name, values, is_inside, Detail::Number).into_iter().collect()
        }
        ColumnData::Time(values) => {
            let millis: Vec<f64> =
                values.iter().map(|time| time.map_or(f64::NAN, |time| time as f64)).collect();
            compare_numbers(&column.name, &millis, is_inside, Detail::Time).into_iter().collect()
        }
        ColumnData::Category { codes, levels } => compare_levels(&column.name, codes, levels, is_inside),
        ColumnData::Boolean(values) => {
            let label = |value: &Option<bool>| value.map(|value| if value { "yes" } else { "no" });
            compare_column(
                &Column {
                    name: column.name.clone(),
                    data: ColumnData::from_labels(values.iter().map(label)),
                },
                is_inside,
            )
        }
        ColumnData::Text(_) => Vec::new(),
    }
}

fn compare_numbers(
    name: &str,
    values: &[f64],
    is_inside: &[bool],
    detail: impl Fn(Comparison) -> Detail,
) -> Option<Distinction> {
    let part = |inside: bool| {
        let rows = values.iter().zip(is_inside).filter(|(_, it)| **it == inside).map(|(value, _)| *value);
        rows.collect::<Vec<f64>>()
    };
    let (segment, rest) = (part(true), part(false));
    let (own, other) = (Moments::of(&segment), Moments::of(&rest));
    let (mean, rest_mean) = (own.mean()?, other.mean()?);
    let (n_own, n_other) = (own.count() as f64, other.count() as f64);
    let effect = hedges_g(&own, &other);
    // The variance of g in large samples, Hedges and Olkin (1985), chapter 5.
    let margin = effect.map(|g| {
        NORMAL_975 * ((n_own + n_other) / (n_own * n_other) + g * g / (2.0 * (n_own + n_other))).sqrt()
    });
    Some(Distinction {
        column: name.to_owned(),
        direction: direction(mean, rest_mean),
        magnitude: magnitude(effect),
        effect,
        detail: detail(Comparison {
            mean,
            median: quantile(&sorted_present(&segment), 0.5),
            rest_mean,
            rest_median: quantile(&sorted_present(&rest), 0.5),
            effect_low: effect.zip(margin).map(|(effect, margin)| effect - margin),
            effect_high: effect.zip(margin).map(|(effect, margin)| effect + margin),
        }),
    })
}

/// The difference of means in pooled standard deviations, corrected for small samples (Hedges 1981); 0 for equal means,
/// `None` for different means without spread.
fn hedges_g(own: &Moments, other: &Moments) -> Option<f64> {
    let (mean, rest_mean) = (own.mean()?, other.mean()?);
    if mean == rest_mean {
        return Some(0.0);
    }
    let spread = |moments: &Moments| moments.standard_deviation(1).unwrap_or(0.0);
    let freedom = own.count() as f64 + other.count() as f64 - 2.0;
    let largest = spread(own).max(spread(other));
    if freedom <= 0.0 || largest <= 0.0 {
        return None;
    }
    // Spreads are taken relative to the larger one, so that their squares stay inside the range of numbers.
    let part = |moments: &Moments| (moments.count() as f64 - 1.0) * (spread(moments) / largest).powi(2);
    let pooled = largest * ((part(own) + part(other)) / freedom).sqrt();
    let correction = 1.0 - 3.0 / (4.0 * freedom - 1.0);
    let effect = (mean / 2.0 - rest_mean / 2.0) / pooled * 2.0 * correction;
    effect.is_finite().then_some(effect)
}

fn compare_levels(name: &str, codes: &[u32], levels: &[String], is_inside: &[bool]) -> Vec<Distinction> {
    let part = |inside: bool| {
        let rows = codes.iter().zip(is_inside).filter(|(_, it)| **it == inside).map(|(code, _)| *code);
        level_counts(&rows.collect::<Vec<u32>>(), levels.len())
    };
    let (own, other) = (part(true), part(false));
    let (n_own, n_other) = (own.iter().sum::<usize>() as f64, other.iter().sum::<usize>() as f64);
    if n_own == 0.0 || n_other == 0.0 {
        return Vec::new();
    }
    let compare = |position: usize| {
        let (share, rest_share) = (own[position] as f64 / n_own, other[position] as f64 / n_other);
        let effect = 2.0 * (share.sqrt().asin() - rest_share.sqrt().asin());
        let (low, high) = newcombe(share, n_own, rest_share, n_other);
        Distinction {
            column: name.to_owned(),
            direction: direction(share, rest_share),
            magnitude: magnitude(Some(effect)),
            effect: Some(effect),
            detail: Detail::Level {
                level: levels[position].clone(),
                share,
                rest_share,
                difference: share - rest_share,
                low,
                high,
            },
        }
    };
    (0..levels.len()).filter(|&position| own[position] + other[position] > 0).map(compare).collect()
}

/// The 95 % interval of a difference of shares from the two Wilson intervals (Newcombe 1998, method 10).
fn newcombe(share: f64, n: f64, rest_share: f64, n_rest: f64) -> (f64, f64) {
    let (low, high) = wilson(share * n, n, LEVEL);
    let (rest_low, rest_high) = wilson(rest_share * n_rest, n_rest, LEVEL);
    let difference = share - rest_share;
    let below = ((share - low).powi(2) + (rest_high - rest_share).powi(2)).sqrt();
    let above = ((high - share).powi(2) + (rest_share - rest_low).powi(2)).sqrt();
    (difference - below, difference + above)
}

fn direction(own: f64, other: f64) -> Direction {
    match own.partial_cmp(&other) {
        Some(std::cmp::Ordering::Greater) => Direction::Higher,
        Some(std::cmp::Ordering::Less) => Direction::Lower,
        _ => Direction::Same,
    }
}

fn magnitude(effect: Option<f64>) -> Magnitude {
    match effect.map(f64::abs) {
        Some(size) if size < 0.2 => Magnitude::Negligible,
        Some(size) if size < 0.5 => Magnitude::Small,
        Some(size) if size < 0.8 => Magnitude::Medium,
        _ => Magnitude::Large,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(name: &str, values: &[f64]) -> Column {
        Column { name: name.into(), data: ColumnData::Number(values.to_vec()) }
    }

    #[test]
    fn features_are_ranked_by_effect_and_measured_on_the_table() {
        let table = Table::new(vec![
            number("noise", &[1.0, 2.0, 3.0, 1.0, 2.0, 3.0]),
            number("spend", &[10.0, 11.0, 12.0, 1.0, 2.0, f64::NAN]),
            Column {
                name: "city".into(),
                data: ColumnData::from_labels([Some("a"), Some("a"), Some("b"), Some("b"), Some("b"), None]),
            },
        ])
        .unwrap();
        let profiles = profile_segments(&table, &[0, 0, 0, 1, 1, 1], 3).unwrap();
        assert_eq!(profiles.iter().map(|it| (it.segment, it.size)).collect::<Vec<_>>(), [(0, 3), (1, 3)]);
        let order: Vec<&str> = profiles[0].features.iter().map(|it| it.column.as_str()).collect();
        assert_eq!(order, ["spend", "city", "city", "noise"]);
        let spend = &profiles[0].features[0];
        // Pooled variance (2·1 + 1·0.5)/3, d = 9.5/√(5/6), J = 1 - 3/11.
        assert!((spend.effect.unwrap() - 9.5 / (5.0f64 / 6.0).sqrt() * (1.0 - 3.0 / 11.0)).abs() < 1e-13);
        assert_eq!((spend.direction, spend.magnitude), (Direction::Higher, Magnitude::Large));
        let noise = profiles[0].features.last().unwrap();
        assert_eq!((noise.effect, noise.direction), (Some(0.0), Direction::Same));
    }

    #[test]
    fn a_difference_of_shares_has_newcombes_interval() {
        // Newcombe (1998), table II, case (a): 56/70 against 48/80.
        let (low, high) = newcombe(56.0 / 70.0, 70.0, 48.0 / 80.0, 80.0);
        assert!((low - 0.0524).abs() < 5e-5 && (high - 0.3339).abs() < 5e-5, "{low} {high}");
    }

    #[test]
    fn complete_separation_is_large_and_has_no_number() {
        let table = Table::new(vec![
            number("flag", &[1.0, 1.0, 0.0, 0.0]),
            number("huge", &[1e300, 2e300, 9e300, 8e300]),
        ]);
        let profiles = profile_segments(&table.unwrap(), &[0, 0, 1, 1], 2).unwrap();
        assert_eq!(
            (profiles[0].features[0].effect, profiles[0].features[0].magnitude),
            (None, Magnitude::Large)
        );
        assert!(profiles[0].features[1].effect.unwrap() < -5.0, "huge numbers keep their effect");
        let json = serde_json::to_string(&profiles).unwrap();
        assert_eq!(serde_json::from_str::<Vec<SegmentProfile>>(&json).unwrap(), profiles);
    }

    #[test]
    fn labels_that_do_not_fit_are_refused() {
        let table = Table::new(vec![number("a", &[1.0, 2.0])]).unwrap();
        for labels in [&[0u32][..], &[0, 2]] {
            assert_eq!(
                profile_segments(&table, labels, 2).map_err(|error| error.code()),
                Err("labels-differ")
            );
        }
    }
}
