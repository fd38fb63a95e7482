//! The readable form, written so that reading it back gives the same filter.

use super::{Filter, Literal};
use crate::{FieldKey, date};
use std::fmt::{Display, Formatter, Result, Write};

/// Words with a meaning; a field with such a name is written between backticks.
pub(super) const RESERVED: [&str; 15] = [
    "and",
    "or",
    "not",
    "is",
    "missing",
    "in",
    "between",
    "contains",
    "starts",
    "with",
    "true",
    "false",
    "everything",
    "nothing",
    "date",
];

impl Display for Filter {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Filter::And(parts) => write_parts(formatter, parts, " and ", "everything"),
            Filter::Or(parts) => write_parts(formatter, parts, " or ", "nothing"),
            Filter::Not(part) => {
                formatter.write_str("not ")?;
                write_part(formatter, part)
            }
            Filter::Compare { field, is, value } => {
                write_field(formatter, field)?;
                write!(formatter, " {} {value}", is.sign())
            }
            Filter::Contains { field, text } => {
                write_field(formatter, field)?;
                formatter.write_str(" contains ")?;
                write_text(formatter, text)
            }
            Filter::StartsWith { field, text } => {
                write_field(formatter, field)?;
                formatter.write_str(" starts with ")?;
                write_text(formatter, text)
            }
            Filter::Missing { field } => {
                write_field(formatter, field)?;
                formatter.write_str(" is missing")
            }
            Filter::In { field, values } => {
                write_field(formatter, field)?;
                formatter.write_str(" in (")?;
                for (position, value) in values.iter().enumerate() {
                    formatter.write_str(if position == 0 { "" } else { ", " })?;
                    value.fmt(formatter)?;
                }
                formatter.write_char(')')
            }
            Filter::Between { field, low, high } => {
                write_field(formatter, field)?;
                write!(formatter, " between {low} and {high}")
            }
        }
    }
}

impl Display for Literal {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Literal::Boolean(yes) => yes.fmt(formatter),
            Literal::Number(number) => number.fmt(formatter),
            Literal::Text(text) => write_text(formatter, text),
            Literal::Time { millis } => formatter.write_str(&date::text_from_millis(*millis)),
        }
    }
}

fn write_parts(formatter: &mut Formatter<'_>, parts: &[Filter], between: &str, empty: &str) -> Result {
    match parts {
        [] => formatter.write_str(empty),
        [only] => only.fmt(formatter),
        _ => parts.iter().enumerate().try_for_each(|(position, part)| {
            formatter.write_str(if position == 0 { "" } else { between })?;
            write_part(formatter, part)
        }),
    }
}

/// Writes a part of a larger condition, in brackets when it is itself a list.
fn write_part(formatter: &mut Formatter<'_>, part: &Filter) -> Result {
    match part {
        Filter::And(parts) | Filter::Or(parts) if parts.len() == 1 => {
            parts.iter().try_for_each(|only| write_part(formatter, only))
        }
        Filter::And(parts) | Filter::Or(parts) if !parts.is_empty() => write!(formatter, "({part})"),
        _ => part.fmt(formatter),
    }
}

fn write_field(formatter: &mut Formatter<'_>, field: &FieldKey) -> Result {
    let key = field.as_str();
    if RESERVED.iter().any(|word| word.eq_ignore_ascii_case(key)) {
        write!(formatter, "`{key}`")
    } else {
        formatter.write_str(key)
    }
}

fn write_text(formatter: &mut Formatter<'_>, text: &str) -> Result {
    formatter.write_char('"')?;
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            formatter.write_char('\\')?;
        }
        formatter.write_char(letter)?;
    }
    formatter.write_char('"')
}
