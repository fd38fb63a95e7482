//! Building a filter by choosing: a field, how it compares, a value. What comes out is the filter language's text.

use stillroom_records::{Comparison, FieldKey, Filter, Literal, date};

/// How a field's value is held against another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Compares with the value.
    Is(Comparison),
    /// The text contains the value.
    Contains,
    /// The text starts with the value.
    StartsWith,
    /// There is a value.
    Known,
    /// There is none.
    Missing,
}

impl Operator {
    /// Every operator with its stable word.
    const ALL: [(&'static str, Self); 10] = [
        ("contains", Self::Contains),
        ("starts", Self::StartsWith),
        ("eq", Self::Is(Comparison::Equal)),
        ("ne", Self::Is(Comparison::NotEqual)),
        ("lt", Self::Is(Comparison::Less)),
        ("le", Self::Is(Comparison::LessOrEqual)),
        ("gt", Self::Is(Comparison::Greater)),
        ("ge", Self::Is(Comparison::GreaterOrEqual)),
        ("known", Self::Known),
        ("missing", Self::Missing),
    ];

    /// The operator's stable word.
    pub fn key(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, operator)| *operator == self).map_or("", |(key, _)| key)
    }

    /// The operator with a stable word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(own, _)| *own == key).map(|(_, operator)| operator)
    }

    /// Whether it needs a value.
    pub fn needs_value(self) -> bool {
        !matches!(self, Self::Known | Self::Missing)
    }
}

/// The operators that make sense for a type of values, the most useful first.
pub fn operators(value_type: &str) -> Vec<Operator> {
    let (equal, not_equal) = (Operator::Is(Comparison::Equal), Operator::Is(Comparison::NotEqual));
    let mut list = match value_type {
        "text" => vec![Operator::Contains, Operator::StartsWith, equal, not_equal],
        "category" | "boolean" => vec![equal, not_equal],
        _ => vec![
            Operator::Is(Comparison::GreaterOrEqual),
            Operator::Is(Comparison::LessOrEqual),
            Operator::Is(Comparison::Greater),
            Operator::Is(Comparison::Less),
            equal,
            not_equal,
        ],
    };
    list.extend([Operator::Known, Operator::Missing]);
    list
}

/// The condition, or `None` when the value does not fit the field's type.
pub fn condition(key: &str, value_type: &str, operator: Operator, value: &str) -> Option<Filter> {
    let field = FieldKey::new(key).ok()?;
    let value = value.trim();
    match operator {
        Operator::Missing => Some(Filter::Missing { field }),
        Operator::Known => Some(Filter::Not(Box::new(Filter::Missing { field }))),
        _ if value.is_empty() => None,
        Operator::Contains => Some(Filter::Contains { field, text: value.to_owned() }),
        Operator::StartsWith => Some(Filter::StartsWith { field, text: value.to_owned() }),
        Operator::Is(is) => Some(Filter::Compare { field, is, value: literal(value_type, value)? }),
    }
}

/// A filter's text with one more condition.
pub fn with_condition(text: &str, condition: Filter) -> String {
    match Filter::from_text(text) {
        _ if text.trim().is_empty() => condition.to_string(),
        Ok(Filter::And(mut parts)) => {
            parts.push(condition);
            Filter::And(parts).to_string()
        }
        Ok(filter) => Filter::And(vec![filter, condition]).to_string(),
        Err(_) => format!("({}) and {condition}", text.trim()),
    }
}

fn literal(value_type: &str, value: &str) -> Option<Literal> {
    match value_type {
        "number" => value
            .replace(',', ".")
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(Literal::Number),
        "date" | "time" => date::read_millis(value).ok().map(Literal::time),
        "boolean" => Some(Literal::Boolean(matches!(value, "true" | "yes" | "1"))),
        _ => Some(Literal::Text(value.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_conditions_are_the_filter_languages_own_text() {
        let cases = [
            ("name", "text", "contains", "Li \"x\"", r#"name contains "Li \"x\"""#),
            ("spent", "number", "ge", "100", "spent ≥ 100"),
            ("spent", "number", "lt", "1,5", "spent < 1.5"),
            ("last_order_at", "date", "ge", "2011-12-09", "last_order_at ≥ 2011-12-09"),
            ("churn", "boolean", "eq", "true", "churn = true"),
            ("email", "text", "missing", "", "email is missing"),
        ];
        for (key, value_type, operator, value, text) in cases {
            let operator = Operator::from_key(operator).expect("a known word");
            let filter = condition(key, value_type, operator, value).expect("a fitting value");
            assert_eq!(Filter::from_text(&filter.to_string()), Ok(filter.clone()));
            assert_eq!(Filter::from_text(text), Ok(filter), "{text}");
        }
    }

    #[test]
    fn values_that_do_not_fit_make_no_condition() {
        let ge = Operator::Is(Comparison::GreaterOrEqual);
        for (value_type, value) in [("number", "many"), ("number", "inf"), ("date", "soon"), ("text", " ")] {
            assert_eq!(condition("a", value_type, ge, value), None);
        }
        assert_eq!(condition("not a key", "text", ge, "x"), None);
    }

    #[test]
    fn a_further_condition_is_joined_by_and() {
        let more = || condition("b", "number", Operator::Is(Comparison::Equal), "2").expect("fits");
        for (before, expected) in [
            ("", "b = 2"),
            ("a = 1", "a = 1 and b = 2"),
            ("a = 1 and c = 3", "a = 1 and c = 3 and b = 2"),
            ("a = 1 or c = 3", "(a = 1 or c = 3) and b = 2"),
        ] {
            assert_eq!(with_condition(before, more()), expected);
        }
    }

    #[test]
    fn every_type_offers_operators_with_words() {
        for value_type in ["text", "category", "number", "date", "boolean"] {
            for operator in operators(value_type) {
                assert_eq!(Operator::from_key(operator.key()), Some(operator));
            }
        }
    }
}
