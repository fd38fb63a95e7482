//! One customer at a time: created, edited, deleted, with custom fields; and the log of it.

use crate::common::*;
use stillroom_records::{ChangeKind, CustomerId, FieldGroup, FieldKind, ImportId, Value};
use stillroom_store::{Error, ImportKind, Store};

#[test]
fn an_edit_is_written_with_its_log_entry() {
    let mut store = memory();
    let ada =
        store.create_customer(&[(key("name"), text("Ada")), (key("external_id"), text("1"))], 10).unwrap();
    store.update_customer_field(ada, &key("email"), &text("ada@example.org"), 20).unwrap();
    store.update_customer_field(ada, &key("email"), &text("ada@example.org"), 30).unwrap();
    store.update_customer_field(ada, &key("email"), &Value::Missing, 40).unwrap();
    let history = store.customer_history(ada).unwrap();
    assert_eq!(history.iter().map(|entry| entry.at_millis).collect::<Vec<_>>(), [40, 20, 10]);
    let first_edit = history.get(1).unwrap();
    assert_eq!((first_edit.kind, first_edit.group), (ChangeKind::CustomerEdited, Some(FieldGroup::Contact)));
    assert_eq!(first_edit.before.as_deref(), Some(r#"{"email":null}"#));
    assert_eq!(first_edit.after.as_deref(), Some(r#"{"email":"ada@example.org"}"#));
    assert_eq!(store.verify_chain(), Ok(3));
}

#[test]
fn edits_that_make_no_sense_are_refused() {
    let mut store = memory();
    import_people(&mut store, &[("1", "Ada", ""), ("2", "Blaise", "")]);
    let head = store.chain_head().unwrap();
    let mut edit = |id: i64, field: &str, value: Value| {
        store.update_customer_field(CustomerId(id), &key(field), &value, 1).map_err(|error| error.code())
    };
    assert_eq!(edit(9, "name", text("x")), Err("not_found"));
    assert_eq!(edit(1, "nme", text("x")), Err("unknown_field"));
    assert_eq!(edit(1, "orders", Value::Number(1.0)), Err("field_not_editable"));
    assert_eq!(edit(1, "name", Value::Number(1.0)), Err("wrong_kind"));
    assert_eq!(edit(1, "email", text("ada at example.org")), Err("invalid_value"));
    assert_eq!(edit(1, "name", text(&"x".repeat(70_000))), Err("invalid_value"));
    assert_eq!(edit(1, "external_id", text("2")), Err("duplicate_external_id"));
    assert_eq!(store.chain_head().unwrap(), head);
}

#[test]
fn a_failed_creation_leaves_nothing() {
    let mut store = memory();
    let values = [(key("name"), text("Ada")), (key("birthday"), text("soon"))];
    assert!(store.create_customer(&values, 1).is_err());
    assert_eq!(store.count(None), Ok(0));
    assert_eq!(store.verify_chain(), Ok(0));
}

#[test]
fn a_deleted_customer_leaves_its_order_lines_to_nobody() {
    let mut store = memory();
    import_lines(&mut store, &[line("A", "1", "tea", 1.0, 2.0, 10)]);
    let one = store.customer_by_external_id("1").unwrap().unwrap();
    store.delete_customer(one, 5).unwrap();
    assert_eq!(store.customer(one).map(|_| ()), Err(Error::NotFound { record: "customer" }));
    assert_eq!(store.delete_customer(one, 5), Err(Error::NotFound { record: "customer" }));
    let summary = store.summary().unwrap();
    assert_eq!((summary.customers, summary.order_lines), (0, 1));
    let deleted = store.customer_history(one).unwrap().first().unwrap().before.clone().unwrap();
    assert!(deleted.contains(r#""external_id":"1""#));
    store.undo_import(ImportId(1), 6).unwrap();
    assert_eq!(store.summary().unwrap().order_lines, 0);
}

#[test]
fn ids_are_never_given_twice() {
    let mut store = memory();
    import_people(&mut store, &[("1", "Ada", ""), ("2", "Blaise", "")]);
    store.undo_import(ImportId(1), 5).unwrap();
    import_people(&mut store, &[("1", "Ada", "")]);
    assert_eq!(store.customer_by_external_id("1").unwrap(), Some(CustomerId(3)));
}

#[test]
fn custom_fields_hold_values_of_every_kind_and_survive_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("workspace");
    let mut store = Store::open_file(&path).unwrap();
    let values =
        [text("a note"), Value::Number(0.1), text("gold"), Value::time(86_400_000), Value::Boolean(true)];
    let fields: Vec<_> = FieldKind::ALL
        .into_iter()
        .map(|kind| {
            store.add_field(&format!("Ünïque \"{}\"", kind.key()), kind, kind.default_group(), 1).unwrap()
        })
        .collect();
    let columns: Vec<_> = fields.iter().map(|field| field.key.clone()).collect();
    store.begin_import(ImportKind::Customers, "x", &columns, 1).unwrap();
    store.append_customers(&[values.to_vec()]).unwrap();
    store.commit_import(2).unwrap();
    store.close().unwrap();
    let store = Store::open_file(&path).unwrap();
    let view = store.open_view(None, &[], None).unwrap();
    let rows = store.window(&view, &columns, 0, 10).unwrap();
    assert!(rows.first().unwrap().values == values);
    assert_eq!(fields.first().unwrap().group, FieldGroup::Notes);
    assert_eq!(fields.get(1).unwrap().group, FieldGroup::Behaviour);
}

#[test]
fn fields_of_the_same_label_get_keys_of_their_own_and_labels_change() {
    let mut store = memory();
    let keys: Vec<_> = (0..3)
        .map(|_| {
            store.add_field("City", FieldKind::Category, FieldGroup::Behaviour, 1).unwrap().key.to_string()
        })
        .collect();
    assert_eq!(keys, ["city_2", "city_3", "city_4"], "city itself is a standard field");
    store.change_field(&key("city_3"), "Town", FieldGroup::Notes, 2).unwrap();
    let changed = store.field(&key("city_3")).unwrap();
    assert_eq!((changed.label.as_str(), changed.group), ("Town", FieldGroup::Notes));
    let refused = store.change_field(&key("name"), "x", FieldGroup::Notes, 2).map(|_| ());
    assert_eq!(refused, Err(Error::FieldNotEditable { field: key("name") }));
}

#[test]
fn order_lines_of_a_customer_come_latest_first_in_pages() {
    let mut store = memory();
    let lines: Vec<_> = (0..10).map(|day| line(&format!("{day}"), "1", "tea", 1.0, 1.0, day)).collect();
    import_lines(&mut store, &lines);
    let one = store.customer_by_external_id("1").unwrap().unwrap();
    let page = store.customer_order_lines(one, 2, 3).unwrap();
    assert_eq!(page.iter().map(|line| line.at_millis).collect::<Vec<_>>(), [Some(7), Some(6), Some(5)]);
    assert_eq!(store.customer(one).unwrap().n_order_lines, 10);
}
