//! Guessing what columns mean: known headers first, then what the values look like.

use std::collections::BTreeSet;

use crate::{Column, ColumnProfile, ColumnType};

use super::aliases::{custom_key, fields_of_header};
use super::{ColumnMapping, FieldChoice, IdRule, Mapping, MatchReason, TargetKind, Warning};

/// Share of the values that must agree before values alone decide a field.
const VALUE_SHARE: f64 = 0.8;
/// How sure a match by the last part of a header, and by values, is.
const PART_FACTOR: f64 = 0.8;
const VALUE_SCORE: f64 = 0.7;

/// Guesses whether the rows are customers or order lines, and what each column is. Columns without a match become
/// custom fields; none is left out. `profiles` are the columns' profiles over a sample; columns without one count as
/// empty.
pub fn guess_mapping(columns: &[Column], profiles: &[ColumnProfile]) -> Mapping {
    let customers = mapping_for(TargetKind::Customers, columns, profiles);
    let order_lines = mapping_for(TargetKind::OrderLines, columns, profiles);
    if order_lines.score > customers.score { order_lines } else { customers }
}

pub(super) fn mapping_for(target: TargetKind, columns: &[Column], profiles: &[ColumnProfile]) -> Mapping {
    let empty = ColumnProfile::default();
    let profile_of = |idx: usize| profiles.get(idx).unwrap_or(&empty);
    let fields = assign_fields(target, columns, &profile_of);
    let mut keys = BTreeSet::new();
    let mapped = columns.iter().zip(fields).enumerate().map(|(idx, (column, found))| {
        let column_type = profile_of(idx).column_type();
        let (choice, reason, score) = match found {
            Some(found) => {
                (FieldChoice::Standard { field: found.field.to_owned() }, found.reason, found.score)
            }
            None => {
                let reason = if column_type == ColumnType::Empty {
                    MatchReason::NoValues
                } else {
                    MatchReason::NothingMatched
                };
                let key = unique_key(&column.name, target, &mut keys);
                (FieldChoice::Custom { key, label: column.name.clone() }, reason, 0.0)
            }
        };
        ColumnMapping { column: column.name.clone(), column_type, choice, reason, score }
    });
    let columns_mapped: Vec<_> = mapped.collect();
    let mut mapping = Mapping {
        target,
        score: 0.0,
        id_rule: IdRule::RowNumber,
        columns: columns_mapped,
        warnings: Vec::new(),
    };
    mapping.score = target_score(&mapping);
    mapping.id_rule = if mapping.position_of("external_id").is_some() {
        IdRule::Column
    } else if mapping.position_of("email").is_some() {
        IdRule::Email
    } else {
        IdRule::RowNumber
    };
    mapping.warnings = warnings(&mapping, columns);
    mapping
}

/// A field found for a column.
#[derive(Clone, Copy)]
struct Found {
    column: usize,
    field: &'static str,
    reason: MatchReason,
    score: f64,
}

/// Gives each field to the surest column, and each column at most one field.
fn assign_fields<'a>(
    target: TargetKind,
    columns: &[Column],
    profile_of: &impl Fn(usize) -> &'a ColumnProfile,
) -> Vec<Option<Found>> {
    let mut candidates = Vec::new();
    for (idx, column) in columns.iter().enumerate() {
        candidates.extend(candidates_of(target, idx, &column.header, profile_of(idx)));
    }
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.column.cmp(&b.column)));
    let mut fields: Vec<Option<Found>> = vec![None; columns.len()];
    let mut taken = BTreeSet::new();
    for found in candidates {
        if let Some(slot) = fields.get_mut(found.column)
            && slot.is_none()
            && taken.insert(found.field)
        {
            *slot = Some(found);
        }
    }
    fields
}

fn candidates_of(target: TargetKind, column: usize, header: &str, profile: &ColumnProfile) -> Vec<Found> {
    let found = |reason, factor: f64| {
        move |(field, score): (&'static str, f64)| Found { column, field, reason, score: score * factor }
    };
    let mut all: Vec<_> =
        fields_of_header(target, header).map(found(MatchReason::HeaderKnown, 1.0)).collect();
    if all.is_empty()
        && let Some(part) = header.rsplit([':', '-', '.']).next().filter(|part| part.len() < header.len())
        && header.contains([':', '-'])
    {
        all.extend(fields_of_header(target, part).map(found(MatchReason::HeaderPartKnown, PART_FACTOR)));
    }
    let column_type = profile.column_type();
    let holds_dates = matches!(column_type, ColumnType::Date { .. } | ColumnType::Empty);
    all.retain(|found| found.field != "birthday" || holds_dates);
    if target == TargetKind::Customers {
        let by_values = [
            ("email", profile.email_share(), MatchReason::ValuesAreEmails),
            ("phone", profile.phone_share(), MatchReason::ValuesArePhones),
        ];
        for (field, share, reason) in by_values {
            if share >= VALUE_SHARE && all.is_empty() {
                all.push(Found { column, field, reason, score: VALUE_SCORE * share });
            }
        }
    }
    all
}

/// Keys of what is counted from order lines, which no file may fill.
const COMPUTED: [&str; 4] = ["orders", "spent", "first_order_at", "last_order_at"];

/// A custom key that is neither another column's nor a standard field's.
fn unique_key(header: &str, target: TargetKind, keys: &mut BTreeSet<String>) -> String {
    let base = match custom_key(header) {
        key if target.fields().contains(&key.as_str()) => format!("{key}_text"),
        key => key,
    };
    let mut key = base.clone();
    let mut n_copies = 1;
    let is_reserved = |key: &str| target.fields().contains(&key) || COMPUTED.contains(&key);
    while is_reserved(&key) || !keys.insert(key.clone()) {
        n_copies += 1;
        key = format!("{base}_{n_copies}");
    }
    key
}

/// How much of what makes a customer, or an order line, is there.
fn target_score(mapping: &Mapping) -> f64 {
    let weights: &[(&str, f64)] = match mapping.target {
        TargetKind::Customers => &[
            ("email", 0.3),
            ("name", 0.15),
            ("family_name", 0.15),
            ("external_id", 0.2),
            ("phone", 0.1),
            ("company", 0.1),
        ],
        TargetKind::OrderLines => &[
            ("order_no", 0.25),
            ("item_code", 0.15),
            ("item_name", 0.1),
            ("quantity", 0.2),
            ("unit_price", 0.15),
            ("at", 0.15),
        ],
    };
    let base = if mapping.target == TargetKind::Customers { 0.2 } else { 0.0 };
    let present = weights.iter().filter(|(field, _)| mapping.position_of(field).is_some());
    let score: f64 = base + present.map(|(_, weight)| weight).sum::<f64>();
    let is_usable = mapping.target == TargetKind::Customers || mapping.check().is_ok();
    if is_usable { score.min(1.0) } else { score * 0.5 }
}

fn warnings(mapping: &Mapping, columns: &[Column]) -> Vec<Warning> {
    let is_deal = |column: &&Column| {
        let header = column.header.to_lowercase();
        header.starts_with("deal") || header.starts_with("opportunity")
    };
    let has_type =
        |is_it: fn(&ColumnType) -> bool| mapping.columns.iter().any(|column| is_it(&column.column_type));
    let found = [
        (columns.iter().filter(is_deal).count() >= 2, Warning::LooksLikeDeals),
        (
            mapping.target == TargetKind::Customers && mapping.id_rule == IdRule::RowNumber,
            Warning::NoIdentity,
        ),
        (
            has_type(|kind| matches!(kind, ColumnType::Date { style } if style.is_ambiguous)),
            Warning::AmbiguousDates,
        ),
        (
            has_type(|kind| matches!(kind, ColumnType::Number { is_ambiguous: true, .. })),
            Warning::AmbiguousNumbers,
        ),
    ];
    found.into_iter().filter(|(is_found, _)| *is_found).map(|(_, warning)| warning).collect()
}
