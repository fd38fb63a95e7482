//! Which columns the customers' grid shows, and how wide.

use stillroom_engine::protocol::FieldInfo;

/// Columns shown unless the person chose others.
const N_COLUMNS: usize = 9;
/// The standard fields people look for first.
const WANTED: [&str; 10] = [
    "external_id",
    "name",
    "email",
    "company",
    "city",
    "country",
    "orders",
    "spent",
    "last_order_at",
    "created_at",
];

/// The columns to begin with: what people look for first, then labels and scores, then own fields; only what holds values.
pub fn first_columns(fields: &[FieldInfo]) -> Vec<String> {
    let wanted = WANTED.iter().filter_map(|key| fields.iter().find(|field| field.key == *key));
    let written = fields.iter().filter(|field| matches!(field.origin.as_str(), "label" | "score"));
    let own = fields.iter().filter(|field| field.origin == "custom");
    let rest =
        fields.iter().filter(|field| field.origin == "standard" && !WANTED.contains(&field.key.as_str()));
    let mut keys: Vec<String> = wanted
        .filter(|field| field.filled > 0)
        .chain(written)
        .chain(own)
        .chain(rest)
        .filter(|field| field.filled > 0)
        .map(|field| field.key.clone())
        .take(N_COLUMNS)
        .collect();
    if keys.is_empty() {
        keys = fields.iter().take(1).map(|field| field.key.clone()).collect();
    }
    keys
}

/// The remembered columns that still exist, in their order; `None` when none is left.
pub fn remembered_columns(remembered: &str, fields: &[FieldInfo]) -> Option<Vec<String>> {
    let keys: Vec<String> = remembered
        .split(',')
        .filter(|key| fields.iter().any(|field| field.key == *key))
        .map(str::to_owned)
        .collect();
    (!keys.is_empty()).then_some(keys)
}

/// A column's width in pixels.
pub fn width(field: &FieldInfo) -> u32 {
    match (field.key.as_str(), field.value_type.as_str()) {
        ("email" | "company" | "street" | "notes", _) => 230,
        ("name", _) => 190,
        (_, "number") => 120,
        (_, "boolean") => 110,
        (_, "date" | "time") => 140,
        _ => 160,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(key: &str, origin: &str, filled: u64) -> FieldInfo {
        FieldInfo {
            key: key.to_owned(),
            label: String::new(),
            value_type: "text".to_owned(),
            group: "identity".to_owned(),
            origin: origin.to_owned(),
            filled,
        }
    }

    #[test]
    fn the_first_columns_hold_values_in_the_order_people_look() {
        let fields = [
            field("own", "custom", 3),
            field("email", "standard", 3),
            field("phone", "standard", 0),
            field("name", "standard", 3),
            field("score.a", "score", 2),
            field("region", "standard", 1),
        ];
        assert_eq!(first_columns(&fields), ["name", "email", "score.a", "own", "region"]);
    }

    #[test]
    fn an_empty_workspace_still_has_a_column() {
        assert_eq!(first_columns(&[field("external_id", "standard", 0)]), ["external_id"]);
    }

    #[test]
    fn remembered_columns_that_are_gone_are_left_out() {
        let fields = [field("a", "custom", 1), field("b", "custom", 1)];
        assert_eq!(remembered_columns("b,gone,a", &fields), Some(vec!["b".to_owned(), "a".to_owned()]));
        assert_eq!(remembered_columns("gone", &fields), None);
        assert_eq!(remembered_columns("", &fields), None);
    }
}
