//! The changes, one column at a time.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;

use super::{AnonymizeParams, Change};
use crate::prepare::date_parts::{month_start, year_start};
use crate::profile::{level_counts, quantile, sorted_present};
use crate::random::generator;
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Error, Result};

/// The column after `change`; `None` when it is left out.
pub(super) fn change(
    column: &Column,
    change: Change,
    params: &AnonymizeParams,
    seed: u64,
) -> Result<Option<ColumnData>> {
    let wrong = |expected: &'static str| {
        let found = column.data.type_name();
        Err(Error::WrongType { column: column.name.clone(), expected, found })
    };
    let after = match (change, &column.data) {
        (Change::Suppressed, _) => return Ok(None),
        (Change::Kept, ColumnData::Text(_)) => return wrong("anything but free text"),
        (Change::Kept, data) => data.clone(),
        (Change::Tokens, ColumnData::Category { .. } | ColumnData::Text(_)) => {
            tokens(&labels(&column.data), seed)
        }
        (Change::Masked, ColumnData::Category { .. } | ColumnData::Text(_)) => {
            let masked = labels(&column.data)
                .into_iter()
                .map(|label| label.map(|label| mask(label, params.mask_keep)));
            let masked: Vec<Option<String>> = masked.collect();
            ColumnData::from_labels(masked.iter().map(Option::as_deref))
        }
        (Change::Tokens | Change::Masked, _) => return wrong("category or text"),
        (Change::Bands, ColumnData::Number(values)) => bands(values, params),
        (Change::Coded, ColumnData::Number(values)) => coded(values, params.code_share),
        (Change::Bands | Change::Coded, _) => return wrong("number"),
        (Change::Month, ColumnData::Time(values)) => moved(values, month_start),
        (Change::Year, ColumnData::Time(values)) => moved(values, year_start),
        (Change::Month | Change::Year, _) => return wrong("time"),
        (Change::RareGrouped, ColumnData::Category { codes, levels }) => {
            grouped(codes, levels, params.min_count)
        }
        (Change::RareGrouped, _) => return wrong("category"),
    };
    Ok(Some(after))
}

fn labels(data: &ColumnData) -> Vec<Option<&str>> {
    match data {
        ColumnData::Category { codes, levels } => {
            codes.iter().map(|&code| levels.get(code as usize).map(String::as_str)).collect()
        }
        ColumnData::Text(values) => values.iter().map(Option::as_deref).collect(),
        _ => Vec::new(),
    }
}

/// A token for each different value, numbered in an order drawn from `seed` among values sorted by their bytes.
fn tokens(labels: &[Option<&str>], seed: u64) -> ColumnData {
    let mut numbers: BTreeMap<&str, u32> = labels.iter().flatten().map(|label| (*label, 0)).collect();
    let mut order: Vec<u32> = (0..numbers.len() as u32).collect();
    order.shuffle(&mut generator(seed, 0));
    numbers.values_mut().zip(order).for_each(|(number, drawn)| *number = drawn);
    let code = |label: &Option<&str>| label.map_or(MISSING_CATEGORY, |label| numbers[label]);
    let codes = labels.iter().map(code).collect();
    ColumnData::Category { codes, levels: (1..=numbers.len()).map(|number| format!("A{number}")).collect() }
}

/// The first `keep` characters, fewer if that would be all, and `***` whatever the length.
fn mask(label: &str, keep: usize) -> String {
    let keep = keep.min(label.chars().count().saturating_sub(1));
    label.chars().take(keep).chain("***".chars()).collect()
}

fn bands(values: &[f64], params: &AnonymizeParams) -> ColumnData {
    let sorted = sorted_present(values);
    let Some(&least) = sorted.first() else {
        return ColumnData::Category { codes: vec![MISSING_CATEGORY; values.len()], levels: Vec::new() };
    };
    let labels: Vec<Option<String>> = match params.band_width {
        Some(width) => {
            let label = |value: f64| {
                let low = (value / width).floor() * width;
                format!("{low} to {}", low + width)
            };
            values.iter().map(|&value| (!value.is_nan()).then(|| label(value))).collect()
        }
        None => {
            let share = |band: usize| band as f64 / params.n_bands as f64;
            let mut inner: Vec<f64> =
                (1..params.n_bands).map(|band| quantile(&sorted, share(band))).collect();
            inner.dedup();
            inner.retain(|edge| *edge > least);
            // The outermost values are one person's: they are not named.
            let label = |value: f64| match inner.partition_point(|edge| *edge <= value) {
                0 if inner.is_empty() => "all".to_owned(),
                0 => format!("below {}", inner[0]),
                last if last == inner.len() => format!("{} or more", inner[last - 1]),
                band => format!("{} to {}", inner[band - 1], inner[band]),
            };
            values.iter().map(|&value| (!value.is_nan()).then(|| label(value))).collect()
        }
    };
    ColumnData::from_labels(labels.iter().map(Option::as_deref))
}

fn coded(values: &[f64], share: f64) -> ColumnData {
    let sorted = sorted_present(values);
    if sorted.is_empty() {
        return ColumnData::Number(values.to_vec());
    }
    let (low, high) = (quantile(&sorted, share), quantile(&sorted, 1.0 - share));
    ColumnData::Number(
        values.iter().map(|value| if value.is_nan() { *value } else { value.clamp(low, high) }).collect(),
    )
}

fn moved(values: &[Option<i64>], start: impl Fn(i64) -> i64) -> ColumnData {
    ColumnData::Time(values.iter().map(|time| time.map(&start)).collect())
}

fn grouped(codes: &[u32], levels: &[String], min_count: usize) -> ColumnData {
    let counts = level_counts(codes, levels.len());
    let label = |&code: &u32| {
        let count = *counts.get(code as usize)?;
        Some(if count < min_count { "other" } else { levels[code as usize].as_str() })
    };
    ColumnData::from_labels(codes.iter().map(label))
}
