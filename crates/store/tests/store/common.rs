//! Small workspaces to test against.

use stillroom_records::{FieldKey, OrderLineDraft, Private, Value};
use stillroom_store::{ImportKind, ImportSummary, Store};

pub(crate) fn key(text: &str) -> FieldKey {
    FieldKey::new(text).expect("tests name fields well")
}

pub(crate) fn keys<const N: usize>(texts: [&str; N]) -> Vec<FieldKey> {
    texts.into_iter().map(key).collect()
}

/// A text, or nothing for `""`.
pub(crate) fn text(text: &str) -> Value {
    Value::text(text)
}

pub(crate) fn memory() -> Store {
    Store::open_memory().expect("memory is there")
}

pub(crate) fn import_customers(
    store: &mut Store,
    columns: &[FieldKey],
    rows: &[Vec<Value>],
) -> ImportSummary {
    store.begin_import(ImportKind::Customers, "customers.csv", columns, 1).expect("nothing else is running");
    store.append_customers(rows).expect("rows are valid");
    store.commit_import(2).expect("memory does not run out")
}

/// Imports `(external id, name, city)`.
pub(crate) fn import_people(store: &mut Store, people: &[(&str, &str, &str)]) -> ImportSummary {
    let rows: Vec<_> = people.iter().map(|(id, name, city)| vec![text(id), text(name), text(city)]).collect();
    import_customers(store, &keys(["external_id", "name", "city"]), &rows)
}

pub(crate) fn line(
    order: &str,
    customer: &str,
    item: &str,
    quantity: f64,
    price: f64,
    at_millis: i64,
) -> OrderLineDraft {
    OrderLineDraft {
        order_number: (!order.is_empty()).then(|| order.to_owned()),
        customer: (!customer.is_empty()).then(|| Private::new(customer.to_owned())),
        item_code: item.to_owned(),
        item_name: Some(format!("item {item}")),
        quantity,
        unit_price: Some(price),
        at_millis: Some(at_millis),
        country: None,
    }
}

pub(crate) fn import_lines(store: &mut Store, lines: &[OrderLineDraft]) -> ImportSummary {
    store.begin_import(ImportKind::OrderLines, "orders.csv", &[], 1).expect("nothing else is running");
    store.append_order_lines(lines).expect("lines are valid");
    store.commit_import(2).expect("memory does not run out")
}

/// The value of one field of the customer with an external id.
pub(crate) fn value_of(store: &Store, external_id: &str, field: &str) -> Value {
    let id = store.customer_by_external_id(external_id).unwrap().expect("the customer is there");
    let customer = store.customer(id).unwrap();
    customer
        .fields
        .into_iter()
        .find(|(definition, _)| definition.key.as_str() == field)
        .expect("the field is there")
        .1
}

/// Everything a person could see, as text: customers by external id with every known value, lines, items and scores.
pub(crate) fn visible_state(store: &Store) -> String {
    let fields: Vec<FieldKey> = store.fields().into_iter().map(|field| field.key).collect();
    let view =
        store.open_view(None, &[(key("external_id"), stillroom_store::Direction::Ascending)], None).unwrap();
    let mut state = String::new();
    for row in store.window(&view, &fields, 0, usize::MAX).unwrap() {
        let values: Vec<String> =
            row.values.iter().map(|value| serde_json::to_string(value).unwrap()).collect();
        state.push_str(&values.join(" "));
        for line in store.customer_order_lines(row.id, 0, usize::MAX).unwrap() {
            state.push_str(&format!("\n  {line:?}"));
        }
        state.push('\n');
    }
    let lines = store.order_line_columns(&Default::default()).unwrap();
    state.push_str(&format!("{} lines, items {:?}", lines.n_rows(), lines.items));
    state.push_str(&format!(", {} items", store.summary().unwrap().items));
    state
}
