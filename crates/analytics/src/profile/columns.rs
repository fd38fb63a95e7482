//! One column's profile, by type.

use super::{
    ColumnKind, ColumnProfile, Histogram, LevelCount, Moments, NumberSummary, ProfileParams, Summary,
};
use crate::{Column, ColumnData};

pub(super) fn describe(column: &Column, params: &ProfileParams) -> ColumnProfile {
    let missing = column.data.n_missing();
    let count = column.data.n_rows() - missing;
    let (distinct, summary) = match &column.data {
        ColumnData::Number(values) => describe_numbers(values, params.bins),
        ColumnData::Category { codes, levels } => describe_levels(codes, levels, params.top_levels),
        ColumnData::Time(values) => describe_times(values),
        ColumnData::Boolean(values) => describe_booleans(values),
        ColumnData::Text(values) => describe_texts(values),
    };
    ColumnProfile {
        name: column.name.clone(),
        kind: ColumnKind::of(&column.data),
        count,
        missing,
        distinct,
        summary,
    }
}

fn describe_numbers(values: &[f64], bins: usize) -> (usize, Option<Summary>) {
    let sorted = sorted_present(values);
    let moments = Moments::of(values);
    let (Some(mean), Some((min, max))) = (moments.mean(), moments.range()) else { return (0, None) };
    let distinct = 1 + sorted.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let summary = NumberSummary {
        mean,
        standard_deviation: moments.standard_deviation(1),
        min,
        lower_quartile: quantile(&sorted, 0.25),
        median: quantile(&sorted, 0.5),
        upper_quartile: quantile(&sorted, 0.75),
        max,
        skewness: moments.skewness(),
        histogram: histogram(&sorted, bins),
    };
    (distinct, Some(Summary::Number(summary)))
}

/// The values that are not `NaN`, ascending.
pub(crate) fn sorted_present(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// The `share` quantile, `0 <= share <= 1`, of ascending values, at least one: linear between the two nearest ranks.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = share * (sorted.len() - 1) as f64;
    let (low, part) = (rank.floor() as usize, rank.fract());
    let next = (low + 1).min(sorted.len() - 1);
    if part == 0.0 || sorted[low] == sorted[next] {
        return sorted[low];
    }
    let step = sorted[next] - sorted[low];
    if step.is_finite() {
        sorted[low] + part * step
    } else {
        sorted[low] * (1.0 - part) + sorted[next] * part
    }
}

fn histogram(sorted: &[f64], bins: usize) -> Histogram {
    let (min, max) = (sorted[0], sorted[sorted.len() - 1]);
    if min == max {
        return Histogram { edges: vec![min, max], counts: vec![sorted.len()] };
    }
    // Halves keep the width finite for any pair of numbers.
    let half_width = max / 2.0 - min / 2.0;
    let edge = |position: usize| match position {
        0 => min,
        _ if position == bins => max,
        _ => {
            min + half_width * (position as f64 / bins as f64) + half_width * (position as f64 / bins as f64)
        }
    };
    let edges: Vec<f64> = (0..=bins).map(edge).collect();
    let starts: Vec<usize> =
        (0..bins).map(|bin| sorted.partition_point(|&value| value < edges[bin])).collect();
    let ends = starts.iter().skip(1).copied().chain([sorted.len()]);
    let counts = starts.iter().zip(ends).map(|(start, end)| end - start).collect();
    Histogram { edges, counts }
}

fn describe_levels(codes: &[u32], levels: &[String], top_levels: usize) -> (usize, Option<Summary>) {
    let mut ranked: Vec<(usize, usize)> =
        level_counts(codes, levels.len()).into_iter().enumerate().filter(|(_, count)| *count > 0).collect();
    if ranked.is_empty() {
        return (0, None);
    }
    let distinct = ranked.len();
    ranked.sort_by_key(|&(level, count)| (std::cmp::Reverse(count), level));
    let listed = distinct.min(top_levels);
    let other = ranked[listed..].iter().map(|(_, count)| count).sum();
    let top =
        ranked[..listed].iter().map(|&(level, count)| LevelCount { level: levels[level].clone(), count });
    (distinct, Some(Summary::Category { top: top.collect(), other }))
}

/// Rows of each level; missing codes count nowhere.
pub(crate) fn level_counts(codes: &[u32], n_levels: usize) -> Vec<usize> {
    let mut counts = vec![0; n_levels];
    for &code in codes {
        if let Some(count) = counts.get_mut(code as usize) {
            *count += 1;
        }
    }
    counts
}

fn describe_times(values: &[Option<i64>]) -> (usize, Option<Summary>) {
    let mut sorted: Vec<i64> = values.iter().flatten().copied().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let (Some(&earliest_millis), Some(&latest_millis)) = (sorted.first(), sorted.last()) else {
        return (0, None);
    };
    (sorted.len(), Some(Summary::Time { earliest_millis, latest_millis }))
}

fn describe_booleans(values: &[Option<bool>]) -> (usize, Option<Summary>) {
    let count = |wanted: bool| values.iter().filter(|value| **value == Some(wanted)).count();
    let (yes, no) = (count(true), count(false));
    let distinct = usize::from(yes > 0) + usize::from(no > 0);
    (distinct, (distinct > 0).then_some(Summary::Boolean { yes, no }))
}

fn describe_texts(values: &[Option<String>]) -> (usize, Option<Summary>) {
    let present = || values.iter().flatten();
    let mut lengths: Vec<f64> = present().map(|text| text.chars().count() as f64).collect();
    lengths.sort_unstable_by(f64::total_cmp);
    let (Some(&shortest), Some(&longest)) = (lengths.first(), lengths.last()) else { return (0, None) };
    let mut distinct: Vec<&str> = present().map(String::as_str).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let summary = Summary::Text {
        shortest: shortest as usize,
        mean_length: lengths.iter().sum::<f64>() / lengths.len() as f64,
        median_length: quantile(&lengths, 0.5),
        longest: longest as usize,
        blank: present().filter(|text| text.trim().is_empty()).count(),
    };
    (distinct.len(), Some(summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_and_edges_stay_finite_at_the_ends_of_the_range() {
        let sorted = [-f64::MAX, f64::MAX];
        assert_eq!(quantile(&sorted, 0.5), 0.0);
        let Histogram { edges, counts } = histogram(&sorted, 4);
        assert!(edges.iter().all(|edge| edge.is_finite()));
        assert_eq!(counts, [1, 0, 0, 1]);
    }

    #[test]
    fn minus_zero_and_zero_are_one_value() {
        assert_eq!(describe_numbers(&[0.0, -0.0], 5).0, 1);
    }

    #[test]
    fn texts_are_measured_in_characters_and_booleans_counted() {
        let texts = ["é", "four", " ", "four"].map(|text| Some(text.to_owned()));
        let texts: Vec<Option<String>> = texts.into_iter().chain([None]).collect();
        let expected =
            Summary::Text { shortest: 1, mean_length: 2.5, median_length: 2.5, longest: 4, blank: 1 };
        assert_eq!(describe_texts(&texts), (3, Some(expected)));
        assert_eq!(describe_texts(&[None]), (0, None));
        let flags = [Some(true), Some(true), None, Some(false)];
        assert_eq!(describe_booleans(&flags), (2, Some(Summary::Boolean { yes: 2, no: 1 })));
        assert_eq!(describe_booleans(&[None]), (0, None));
    }
}
