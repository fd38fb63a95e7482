//! The filter language, held to its promise: what is written reads back as the same filter, and what is wrong is refused where
//! it is wrong.

#![cfg(not(target_family = "wasm"))]

use proptest::prelude::*;
use stillroom_records::{Comparison, Error, FieldKey, Filter, Literal, Value, filter};

fn field() -> impl Strategy<Value = FieldKey> {
    prop_oneof![
        "[a-z][a-z0-9_]{0,8}",
        "[一-龥]{1,4}",
        Just("not".to_owned()),
        Just("Date".to_owned()),
        Just("score.churn".to_owned())
    ]
    .prop_map(|key| FieldKey::new(key).expect("the patterns make field names"))
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<bool>().prop_map(Literal::Boolean),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Literal::Number),
        "\\PC{0,12}".prop_map(Literal::Text),
        "[\"'\\\\a\n]{0,6}".prop_map(Literal::Text),
        (stillroom_records::date::MIN_MILLIS..=stillroom_records::date::MAX_MILLIS).prop_map(Literal::time),
    ]
}

fn condition() -> impl Strategy<Value = Filter> {
    let comparison = prop::sample::select(Comparison::ALL.to_vec());
    prop_oneof![
        (field(), comparison, literal()).prop_map(|(field, is, value)| Filter::Compare { field, is, value }),
        (field(), "\\PC{0,8}").prop_map(|(field, text)| Filter::Contains { field, text }),
        (field(), "\\PC{0,8}").prop_map(|(field, text)| Filter::StartsWith { field, text }),
        field().prop_map(|field| Filter::Missing { field }),
        (field(), prop::collection::vec(literal(), 0..4))
            .prop_map(|(field, values)| Filter::In { field, values }),
        (field(), literal(), literal()).prop_map(|(field, low, high)| Filter::Between { field, low, high }),
    ]
}

fn any_filter() -> impl Strategy<Value = Filter> {
    condition().prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::Or),
            inner.prop_map(|part| Filter::Not(Box::new(part))),
        ]
    })
}

proptest! {
    #[test]
    fn the_readable_form_reads_back_as_the_same_filter(filter in any_filter()) {
        let text = filter.to_string();
        prop_assert_eq!(Filter::from_text(&text).unwrap(), filter.normalised(), "{}", text);
    }

    #[test]
    fn the_json_form_reads_back_as_the_same_filter(filter in any_filter()) {
        prop_assert_eq!(Filter::from_json(&filter.to_json()).unwrap(), filter);
    }

    #[test]
    fn any_text_is_read_or_refused_within_its_length(text in "\\PC{0,40}") {
        if let Err(Error::FilterSyntax { position, .. }) = Filter::from_text(&text) {
            prop_assert!(position <= text.chars().count());
        }
    }

    #[test]
    fn a_filter_and_its_negation_split_the_customers(filter in any_filter(), number in any::<f64>()) {
        let value_of = |field: &FieldKey| if field.as_str().len().is_multiple_of(2) { Value::Number(number) } else { Value::Missing };
        let negation = Filter::Not(Box::new(filter.clone()));
        prop_assert_ne!(filter.matches(&value_of), negation.matches(&value_of));
    }
}

#[test]
fn every_condition_has_its_readable_form() {
    for text in [
        "country = \"France\"",
        "spent ≥ 100.5 and orders < 3",
        "(city = \"Paris\" or city = \"Lyon\") and not email is missing",
        "name contains \"a \\\"b\\\" c\"",
        "name starts with \"Mc\"",
        "birthday between 1980-01-01 and 1989-12-31T23:59:59Z",
        "orders in (1, 2, 3)",
        "城市 ≠ \"北京\"",
        "vip = true",
        "everything",
        "nothing",
        "`in` = 1",
    ] {
        assert_eq!(Filter::from_text(text).unwrap().to_string(), text);
    }
}

#[test]
fn other_spellings_are_understood() {
    for (text, canonical) in [
        ("a!=1 AND b<>2", "a ≠ 1 and b ≠ 2"),
        ("a<=1 Or b>=2", "a ≤ 1 or b ≥ 2"),
        ("a is not missing", "not a is missing"),
        ("a not in ('x')", "not a in (\"x\")"),
        ("((a = 1))", "a = 1"),
    ] {
        assert_eq!(Filter::from_text(text).unwrap().to_string(), canonical);
    }
}

#[test]
fn a_mistake_is_refused_where_it_is() {
    for (text, position) in [
        ("", 0),
        ("country", 7),
        ("country = France", 10),
        ("country = \"France", 17),
        ("a = 1 b = 2", 6),
        ("(a = 1", 6),
        ("a = 1 and", 9),
        ("a is present", 5),
        ("a in (1 2)", 8),
        ("a = 1e999", 4),
        ("a = 2011-02-30", 4),
        ("and = 1", 0),
        ("a between 1 or 2", 12),
        ("城市 == 1", 4),
    ] {
        match Filter::from_text(text) {
            Err(Error::FilterSyntax { position: found, .. }) => assert_eq!(found, position, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn filters_out_of_bounds_are_refused() {
    let deep = format!("{}a = 1{}", "(".repeat(100), ")".repeat(100));
    assert_eq!(Filter::from_text(&deep), Err(Error::FilterTooDeep));
    let deep_json =
        format!("{}{{\"missing\":{{\"field\":\"a\"}}}}{}", "{\"not\":".repeat(60), "}".repeat(60));
    assert_eq!(Filter::from_json(&deep_json), Err(Error::FilterTooDeep));
    let long = vec!["1"; filter::MAX_CONDITIONS + 1].join(",");
    assert_eq!(
        Filter::from_text(&format!("a in ({long})")),
        Err(Error::FilterTooLong { limit: filter::MAX_CONDITIONS })
    );
    assert_eq!(Filter::from_json("{\"missing\":{\"field\":\"a b\"}}"), Err(Error::FilterJson));
    assert_eq!(Filter::from_json("[]"), Err(Error::FilterJson));
}
