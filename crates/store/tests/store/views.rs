//! Views: filtered, sorted, searched and read through windows, and equal to the plain meaning of the filter.

use crate::common::*;
use proptest::prelude::*;
use stillroom_records::{Comparison, CustomerId, FieldGroup, FieldKey, FieldKind, Filter, Literal, Value};
use stillroom_store::{Direction, Error, ImportKind, ScoreValues, Store, View};

fn sample() -> Store {
    let mut store = memory();
    let people = [
        ("1", "ada", "London"),
        ("2", "Blaise", "Paris"),
        ("3", "", "paris"),
        ("4", "Émilie", ""),
        ("5", "Carl Friedrich Gauss", "Braunschweig"),
        ("6", "Carl Friedrich Gauß", "Göttingen"),
    ];
    import_people(&mut store, &people);
    import_lines(&mut store, &[line("A", "2", "tea", 2.0, 5.0, 100), line("B", "1", "tea", 1.0, 5.0, 200)]);
    store
}

fn ids(view: &View) -> Vec<i64> {
    view.customers().map(|customer| customer.0).collect()
}

fn filtered(store: &Store, filter: &str) -> Vec<i64> {
    ids(&store.open_view(Some(&Filter::from_text(filter).unwrap()), &[], None).unwrap())
}

#[test]
fn filters_find_the_customers_they_describe() {
    let store = sample();
    for (filter, expected) in [
        ("everything", vec![1, 2, 3, 4, 5, 6]),
        ("nothing", vec![]),
        ("city = \"PARIS\"", vec![2, 3]),
        ("city ≠ \"Paris\"", vec![1, 5, 6]),
        ("not city = \"Paris\"", vec![1, 4, 5, 6]),
        ("name is missing", vec![3]),
        ("name contains \"friedrich\"", vec![5, 6]),
        ("name starts with \"c\"", vec![5, 6]),
        ("name contains \"%\" or name contains \"_\"", vec![]),
        ("spent between 5 and 10", vec![1, 2]),
        ("orders = 0 and not city in (\"paris\", \"göttingen\")", vec![4, 5]),
        ("last_order_at > 1970-01-01T00:00:00.150Z", vec![1]),
        ("external_id in (\"1\", \"x'; DROP TABLE customers; --\")", vec![1]),
        ("orders = \"1\"", vec![]),
        ("name = 1", vec![]),
    ] {
        assert_eq!(filtered(&store, filter), expected, "{filter}");
    }
    let unknown = store.open_view(Some(&Filter::from_text("nope = 1").unwrap()), &[], None);
    assert_eq!(unknown.map(|_| ()), Err(Error::UnknownField { field: key("nope") }));
}

#[test]
fn sorting_puts_missing_values_last_in_both_directions_and_keeps_ties() {
    let store = sample();
    let sorted =
        |field: &str, direction| ids(&store.open_view(None, &[(key(field), direction)], None).unwrap());
    assert_eq!(sorted("name", Direction::Ascending), [1, 2, 5, 6, 4, 3]);
    assert_eq!(sorted("name", Direction::Descending), [4, 6, 5, 2, 1, 3]);
    assert_eq!(sorted("spent", Direction::Descending), [2, 1, 3, 4, 5, 6]);
    assert_eq!(sorted("last_order_at", Direction::Ascending), [2, 1, 3, 4, 5, 6]);
    let two_keys = [(key("city"), Direction::Descending), (key("external_id"), Direction::Descending)];
    assert_eq!(ids(&store.open_view(None, &two_keys, None).unwrap()), [3, 2, 1, 6, 5, 4]);
}

#[test]
fn a_search_looks_into_names_ids_and_addresses() {
    let store = sample();
    let found = |text: &str| ids(&store.open_view(None, &[], Some(text)).unwrap());
    assert_eq!(found("PARIS"), [2, 3]);
    assert_eq!(found(" gau "), [5, 6]);
    assert_eq!(found("6"), [6]);
    assert_eq!(found(""), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_window_shows_what_is_there_now_and_leaves_out_what_is_gone() {
    let mut store = sample();
    let view = store.open_view(None, &[(key("external_id"), Direction::Descending)], None).unwrap();
    store.delete_customer(CustomerId(5), 1).unwrap();
    store.update_customer_field(CustomerId(6), &key("name"), &text("Gauss"), 1).unwrap();
    let rows = store.window(&view, &keys(["name"]), 0, 3).unwrap();
    assert_eq!(rows.iter().map(|row| row.id.0).collect::<Vec<_>>(), [6, 4]);
    assert!(rows.first().unwrap().values == [text("Gauss")]);
    assert!(store.window(&view, &[], 100, 10).unwrap().is_empty());
    assert_eq!(view.position(CustomerId(4)), Some(2));
    assert_eq!(store.count(None), Ok(5));
}

#[test]
fn scores_and_labels_are_fields_like_any_other() {
    let mut store = sample();
    let levels = ["Loyal".to_owned(), "New".to_owned()];
    let codes = [(CustomerId(1), 0), (CustomerId(2), 1), (CustomerId(3), 1), (CustomerId(99), 0)];
    let segment = store
        .write_scores(None, "Segment", ScoreValues::Labels { levels: &levels, codes: &codes }, 1)
        .unwrap();
    let churn = store.write_scores(None, "churn", ScoreValues::Numbers(&[(CustomerId(3), 0.5)]), 1).unwrap();
    assert_eq!(segment.as_str(), "score.segment");
    assert_eq!(filtered(&store, "score.segment = \"new\""), [2, 3]);
    assert_eq!(filtered(&store, "score.churn ≥ 0.5 and score.segment starts with \"N\""), [3]);
    store.rename_label(&segment, "New", "Fresh", 2).unwrap();
    assert_eq!(filtered(&store, "score.segment = \"fresh\""), [2, 3]);
    let view = store.open_view(None, &[(segment.clone(), Direction::Descending)], None).unwrap();
    let rows = store.window(&view, &[segment.clone(), churn.clone()], 0, 3).unwrap();
    assert_eq!(rows.iter().map(|row| row.id.0).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(rows.last().unwrap().values == [text("Fresh"), Value::Number(0.5)]);
    let set = store.score_sets().unwrap().remove(0);
    assert_eq!(set.levels, [("Loyal".to_owned(), 1), ("Fresh".to_owned(), 2)]);
    assert_eq!(
        store.rename_label(&segment, "Loyal", "fresh", 2).map_err(|error| error.code()),
        Err("invalid_value")
    );
    assert_eq!(store.rename_label(&segment, "Gone", "x", 2), Err(Error::NotFound { record: "score" }));
    store.remove_scores(&churn, 3).unwrap();
    assert_eq!(store.remove_scores(&churn, 3), Err(Error::NotFound { record: "score" }));
    assert!(store.field(&churn).is_err());
    assert_eq!(
        store.update_customer_field(CustomerId(1), &segment, &text("x"), 1),
        Err(Error::FieldNotEditable { field: segment })
    );
}

#[test]
fn scores_that_are_no_numbers_are_refused() {
    let mut store = sample();
    let bad_number = ScoreValues::Numbers(&[(CustomerId(1), f64::NAN)]);
    let bad_code = ScoreValues::Labels { levels: &[], codes: &[(CustomerId(1), 0)] };
    for bad in [bad_number, bad_code] {
        assert_eq!(store.write_scores(None, "x", bad, 1).map_err(|error| error.code()), Err("invalid_value"));
    }
}

#[test]
fn every_row_of_a_view_is_visited_in_order_until_told_to_stop() {
    let mut store = memory();
    let rows: Vec<_> = (0..1500).map(|number| vec![text(&number.to_string())]).collect();
    import_customers(&mut store, &keys(["external_id"]), &rows);
    let view = store.open_view(None, &[], None).unwrap();
    let mut visited = Vec::new();
    store
        .for_each_row(&view, &keys(["external_id"]), |row| {
            visited.push(row.id.0);
            if visited.len() == 1200 {
                std::ops::ControlFlow::Break(())
            } else {
                std::ops::ControlFlow::Continue(())
            }
        })
        .unwrap();
    assert_eq!(visited, (1..=1200).collect::<Vec<_>>());
}

/// A workspace with one custom field of every kind, and customers whose values are drawn from few, so that they meet.
fn drawn(rows: &[Vec<Value>]) -> (Store, Vec<FieldKey>) {
    let mut store = memory();
    let columns: Vec<_> = FieldKind::ALL
        .map(|kind| store.add_field(kind.key(), kind, FieldGroup::Behaviour, 1).unwrap().key)
        .to_vec();
    store.begin_import(ImportKind::Customers, "x", &columns, 1).unwrap();
    store.append_customers(rows).unwrap();
    store.commit_import(1).unwrap();
    (store, columns)
}

fn row() -> impl Strategy<Value = Vec<Value>> {
    let word = || prop_oneof![Just(Value::Missing), "[abAB\u{e9}]{1,3}".prop_map(Value::text)];
    let number =
        prop_oneof![Just(Value::Missing), (-2..3).prop_map(|number| Value::Number(f64::from(number) / 2.0))];
    let time = prop_oneof![Just(Value::Missing), (-1_i64..3).prop_map(Value::time)];
    let boolean = prop_oneof![Just(Value::Missing), any::<bool>().prop_map(Value::Boolean)];
    (word(), number, word(), time, boolean).prop_map(|(a, b, c, d, e)| vec![a, b, c, d, e])
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        "[abAB\u{e9}]{0,3}".prop_map(Literal::Text),
        (-2..3).prop_map(|number| Literal::Number(f64::from(number) / 2.0)),
        (-1_i64..3).prop_map(Literal::time),
        any::<bool>().prop_map(Literal::Boolean),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let field = || prop::sample::select(FieldKind::ALL.map(|kind| key(kind.key())).to_vec());
    let comparison = prop::sample::select(Comparison::ALL.to_vec());
    let condition = prop_oneof![
        (field(), comparison, literal()).prop_map(|(field, is, value)| Filter::Compare { field, is, value }),
        (field(), "[ab]{0,2}").prop_map(|(field, text)| Filter::Contains { field, text }),
        (field(), "[AB]{0,2}").prop_map(|(field, text)| Filter::StartsWith { field, text }),
        field().prop_map(|field| Filter::Missing { field }),
        (field(), prop::collection::vec(literal(), 0..3))
            .prop_map(|(field, values)| Filter::In { field, values }),
        (field(), literal(), literal()).prop_map(|(field, low, high)| Filter::Between { field, low, high }),
    ];
    condition.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::Or),
            inner.prop_map(|part| Filter::Not(Box::new(part))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn compiled_filters_mean_what_plain_filters_mean(
        rows in prop::collection::vec(row(), 1..12),
        filters in prop::collection::vec(filter(), 1..12),
    ) {
        let (store, columns) = drawn(&rows);
        for filter in filters {
            let value_in = |row: &[Value], field: &FieldKey| {
                columns.iter().position(|column| column == field).and_then(|column| row.get(column)).cloned().unwrap_or_default()
            };
            let expected: Vec<i64> = (1..)
                .zip(&rows)
                .filter(|(_, row)| filter.matches(&|field| value_in(row, field)))
                .map(|(id, _)| id)
                .collect();
            prop_assert_eq!(ids(&store.open_view(Some(&filter), &[], None).unwrap()), expected, "{}", filter);
            prop_assert_eq!(store.count(Some(&filter)).unwrap() as usize, ids(&store.open_view(Some(&filter), &[], None).unwrap()).len());
        }
    }
}
