//! One value of one field.

use serde::{Deserialize, Serialize};

/// A value of a customer's field. `Debug` shows its kind and never its content.
///
/// In JSON: `null`, a string, a number, `true`, and `{"time": millis}` for a moment.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Nothing is known.
    #[default]
    Missing,
    /// Yes or no.
    Boolean(bool),
    /// A finite number.
    Number(f64),
    /// Text or the name of a category; never empty, an empty text is [`Value::Missing`].
    Text(String),
    /// A moment, in milliseconds since 1970-01-01 UTC.
    Time {
        /// Milliseconds since 1970-01-01 UTC.
        #[serde(rename = "time")]
        millis: i64,
    },
}

impl Value {
    /// A text, or [`Value::Missing`] when it is empty.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Value::Missing } else { Value::Text(text) }
    }

    /// A moment in milliseconds since 1970-01-01 UTC.
    pub fn time(millis: i64) -> Self {
        Value::Time { millis }
    }

    /// Whether nothing is known.
    pub fn is_missing(&self) -> bool {
        matches!(self, Value::Missing)
    }

    /// The text, when this is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// The number, when this is one; a moment counts in milliseconds, yes as 1 and no as 0.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Time { millis } => Some(*millis as f64),
            Value::Boolean(yes) => Some(f64::from(u8::from(*yes))),
            Value::Missing | Value::Text(_) => None,
        }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Value::Missing => "Missing",
            Value::Boolean(_) => "Boolean(…)",
            Value::Number(_) => "Number(…)",
            Value::Text(_) => "Text(…)",
            Value::Time { .. } => "Time(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_through_json_and_back() {
        for value in [
            Value::Missing,
            Value::Boolean(true),
            Value::Number(-0.5),
            Value::text("汉字"),
            Value::time(1_323_435_000_000),
        ] {
            let json = serde_json::to_string(&value).unwrap();
            assert!(serde_json::from_str::<Value>(&json).unwrap() == value, "{json}");
        }
    }

    #[test]
    fn debugging_a_value_does_not_show_it() {
        assert_eq!(format!("{:?}", Value::text("Ada")), "Text(…)");
        assert_eq!(format!("{:?}", Value::Number(41.0)), "Number(…)");
    }
}
