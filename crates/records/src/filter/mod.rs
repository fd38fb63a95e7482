//! The one filter language: views, segments, automation, reports, consent scopes and the API all speak it.
//!
//! A filter is a typed expression. It has a JSON form for programs and a readable form for people, and both hold the same:
//!
//! ```
//! use stillroom_records::Filter;
//! let filter = Filter::from_text(r#"country = "France" and (spent ≥ 100 or not email is missing)"#)?;
//! assert_eq!(Filter::from_json(&filter.to_json())?, filter);
//! assert_eq!(Filter::from_text(&filter.to_string())?, filter);
//! # Ok::<(), stillroom_records::Error>(())
//! ```
//!
//! Logic has two values: a condition on a missing value is false, so `not country = "France"` includes customers whose country
//! is not known. Texts compare without regard to the case of ASCII letters.

mod evaluate;
mod parse;
mod print;

use crate::{Error, FieldKey, Result, date};
use serde::{Deserialize, Serialize};

/// Deepest nesting a filter may have.
pub const MAX_DEPTH: usize = 32;
/// Most conditions and listed values a filter may have in all.
pub const MAX_CONDITIONS: usize = 10_000;

/// A condition on one customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Filter {
    /// All of these hold; an empty list always does.
    And(Vec<Filter>),
    /// At least one of these holds; an empty list never does.
    Or(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// The field compares so with the value.
    Compare {
        /// The field.
        field: FieldKey,
        /// How it compares.
        is: Comparison,
        /// With what.
        value: Literal,
    },
    /// The field's text contains this text.
    Contains {
        /// The field.
        field: FieldKey,
        /// What it contains.
        text: String,
    },
    /// The field's text starts with this text.
    StartsWith {
        /// The field.
        field: FieldKey,
        /// What it starts with.
        text: String,
    },
    /// Nothing is known about the field.
    Missing {
        /// The field.
        field: FieldKey,
    },
    /// The field equals one of these.
    In {
        /// The field.
        field: FieldKey,
        /// The values.
        values: Vec<Literal>,
    },
    /// The field lies between these two, both included.
    Between {
        /// The field.
        field: FieldKey,
        /// The lower end.
        low: Literal,
        /// The upper end.
        high: Literal,
    },
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// Equal.
    #[serde(rename = "=")]
    Equal,
    /// Known and not equal.
    #[serde(rename = "≠", alias = "!=")]
    NotEqual,
    /// Less, earlier, or before in the alphabet.
    #[serde(rename = "<")]
    Less,
    /// Less or equal.
    #[serde(rename = "≤", alias = "<=")]
    LessOrEqual,
    /// Greater, later, or after in the alphabet.
    #[serde(rename = ">")]
    Greater,
    /// Greater or equal.
    #[serde(rename = "≥", alias = ">=")]
    GreaterOrEqual,
}

impl Comparison {
    /// Every comparison, in the order forms show them.
    pub const ALL: [Comparison; 6] = [
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ];

    /// The sign people read.
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Equal => "=",
            Comparison::NotEqual => "≠",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "≤",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => "≥",
        }
    }
}

/// A value written in a filter. In JSON: `true`, a number, a string, or `{"date": "2011-12-09"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    /// Yes or no.
    Boolean(bool),
    /// A finite number.
    Number(f64),
    /// A text or the name of a category.
    Text(String),
    /// A moment in UTC.
    Time {
        /// Milliseconds since 1970-01-01 UTC, in the years 0000 to 9999.
        #[serde(rename = "date", with = "date_as_text")]
        millis: i64,
    },
}

impl Literal {
    /// A moment in milliseconds since 1970-01-01 UTC.
    pub fn time(millis: i64) -> Self {
        Literal::Time { millis }
    }

    fn check(&self) -> Result<()> {
        match self {
            Literal::Number(number) if !number.is_finite() => Err(Error::FilterNumber),
            Literal::Time { millis } if !(date::MIN_MILLIS..=date::MAX_MILLIS).contains(millis) => {
                Err(Error::InvalidDate)
            }
            _ => Ok(()),
        }
    }
}

mod date_as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(millis: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&crate::date::text_from_millis(*millis))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let text = String::deserialize(deserializer)?;
        crate::date::read_millis(&text).map_err(D::Error::custom)
    }
}

impl Filter {
    /// Reads the readable form. The result is already [normalised](Filter::normalised).
    ///
    /// # Errors
    /// [`Error::FilterSyntax`] with the position where the text stops making sense, or what [`Filter::check`] refuses.
    pub fn from_text(text: &str) -> Result<Self> {
        let filter = parse::parse(text)?.normalised();
        filter.check()?;
        Ok(filter)
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`Error::FilterJson`] when it does not have the shape of a filter, or what [`Filter::check`] refuses.
    pub fn from_json(json: &str) -> Result<Self> {
        let filter: Filter = serde_json::from_str(json).map_err(|_| Error::FilterJson)?;
        filter.check()?;
        Ok(filter)
    }

    /// Writes the JSON form.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a filter holds only text, finite numbers and lists")
    }

    /// Whether `field` equals `value`, the filter built most often.
    pub fn equals(field: FieldKey, value: Literal) -> Self {
        Filter::Compare { field, is: Comparison::Equal, value }
    }

    /// Checks the bounds that keep every later step cheap.
    ///
    /// # Errors
    /// [`Error::FilterTooDeep`] past [`MAX_DEPTH`], [`Error::FilterTooLong`] past [`MAX_CONDITIONS`],
    /// [`Error::FilterNumber`] for an infinite number and [`Error::InvalidDate`] for a moment outside the calendar.
    pub fn check(&self) -> Result<()> {
        let mut n_conditions = 0;
        self.check_level(0, &mut n_conditions)
    }

    fn check_level(&self, depth: usize, n_conditions: &mut usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Error::FilterTooDeep);
        }
        *n_conditions += if let Filter::In { values, .. } = self { 1 + values.len() } else { 1 };
        if *n_conditions > MAX_CONDITIONS {
            return Err(Error::FilterTooLong { limit: MAX_CONDITIONS });
        }
        match self {
            Filter::And(parts) | Filter::Or(parts) => {
                parts.iter().try_for_each(|part| part.check_level(depth + 1, n_conditions))
            }
            Filter::Not(part) => part.check_level(depth + 1, n_conditions),
            Filter::Compare { value, .. } => value.check(),
            Filter::In { values, .. } => values.iter().try_for_each(Literal::check),
            Filter::Between { low, high, .. } => low.check().and_then(|()| high.check()),
            Filter::Contains { .. } | Filter::StartsWith { .. } | Filter::Missing { .. } => Ok(()),
        }
    }

    /// The same condition without lists of one; what the readable form gives back.
    #[must_use]
    pub fn normalised(self) -> Self {
        let parts_normalised =
            |parts: Vec<Filter>| parts.into_iter().map(Filter::normalised).collect::<Vec<_>>();
        match self {
            Filter::And(parts) | Filter::Or(parts) if parts.len() == 1 => {
                parts.into_iter().next().map_or(Filter::And(Vec::new()), Filter::normalised)
            }
            Filter::And(parts) => Filter::And(parts_normalised(parts)),
            Filter::Or(parts) => Filter::Or(parts_normalised(parts)),
            Filter::Not(part) => Filter::Not(Box::new(part.normalised())),
            condition => condition,
        }
    }

    /// Every field the filter mentions, sorted, each once.
    pub fn fields(&self) -> Vec<&FieldKey> {
        let mut fields = Vec::new();
        self.collect_fields(&mut fields);
        fields.sort();
        fields.dedup();
        fields
    }

    fn collect_fields<'a>(&'a self, fields: &mut Vec<&'a FieldKey>) {
        match self {
            Filter::And(parts) | Filter::Or(parts) => {
                parts.iter().for_each(|part| part.collect_fields(fields))
            }
            Filter::Not(part) => part.collect_fields(fields),
            Filter::Compare { field, .. }
            | Filter::Contains { field, .. }
            | Filter::StartsWith { field, .. }
            | Filter::Missing { field }
            | Filter::In { field, .. }
            | Filter::Between { field, .. } => fields.push(field),
        }
    }
}
