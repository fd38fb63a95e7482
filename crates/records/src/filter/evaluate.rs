//! The plain meaning of a filter, on one customer's values: what the compiled SQL is tested against, and what decides for a
//! record that is not stored yet.

use super::{Comparison, Filter, Literal};
use crate::{FieldKey, Value};
use std::cmp::Ordering;

impl Filter {
    /// Whether the condition holds for a customer whose fields `value_of` gives.
    ///
    /// Values and literals of different types never compare, except moments and yes/no with numbers (milliseconds, 1 and 0).
    pub fn matches(&self, value_of: &dyn Fn(&FieldKey) -> Value) -> bool {
        match self {
            Filter::And(parts) => parts.iter().all(|part| part.matches(value_of)),
            Filter::Or(parts) => parts.iter().any(|part| part.matches(value_of)),
            Filter::Not(part) => !part.matches(value_of),
            Filter::Missing { field } => value_of(field).is_missing(),
            Filter::Compare { field, is, value } => {
                compare(&value_of(field), value).is_some_and(|ordering| is.accepts(ordering))
            }
            Filter::In { field, values } => {
                let found = value_of(field);
                values.iter().any(|value| compare(&found, value) == Some(Ordering::Equal))
            }
            Filter::Between { field, low, high } => {
                let found = value_of(field);
                compare(&found, low).is_some_and(Ordering::is_ge)
                    && compare(&found, high).is_some_and(Ordering::is_le)
            }
            Filter::Contains { field, text } => value_of(field)
                .as_text()
                .is_some_and(|found| found.to_ascii_lowercase().contains(&text.to_ascii_lowercase())),
            Filter::StartsWith { field, text } => value_of(field)
                .as_text()
                .is_some_and(|found| found.to_ascii_lowercase().starts_with(&text.to_ascii_lowercase())),
        }
    }
}

impl Comparison {
    /// Whether a value that orders so against the literal passes.
    pub fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Equal => ordering.is_eq(),
            Comparison::NotEqual => ordering.is_ne(),
            Comparison::Less => ordering.is_lt(),
            Comparison::LessOrEqual => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

fn compare(value: &Value, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (Value::Text(found), Literal::Text(text)) => {
            Some(found.to_ascii_lowercase().as_bytes().cmp(text.to_ascii_lowercase().as_bytes()))
        }
        (_, Literal::Number(number)) => value.as_number()?.partial_cmp(number),
        (_, Literal::Time { millis }) => value.as_number()?.partial_cmp(&(*millis as f64)),
        (_, Literal::Boolean(yes)) => value.as_number()?.partial_cmp(&f64::from(u8::from(*yes))),
        _ => None,
    }
}
