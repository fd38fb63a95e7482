//! Imports: what they create, what they update, and that they come and go as one.

use crate::common::*;
use stillroom_records::{ChangeKind, OrderLineDraft, Value};
use stillroom_store::{Error, ImportIssue, ImportKind, ImportState, Store};

#[test]
fn importing_again_updates_and_does_not_duplicate() {
    let mut store = memory();
    let first = import_people(&mut store, &[("1", "Ada", "London"), ("2", "Blaise", "Paris")]);
    assert_eq!((first.customers_created, first.customers_updated), (2, 0));
    let again =
        import_people(&mut store, &[("2", "Blaise Pascal", ""), ("1", "Ada", "London"), ("3", "Carl", "")]);
    assert_eq!((again.customers_created, again.customers_updated, again.customers_unchanged), (1, 1, 1));
    assert_eq!(store.summary().unwrap().customers, 3);
    assert!(value_of(&store, "2", "name") == text("Blaise Pascal"));
    assert!(
        value_of(&store, "2", "city") == text("Paris"),
        "a missing value in a file does not erase what is known"
    );
}

#[test]
fn a_row_that_names_a_customer_of_the_same_file_updates_it() {
    let mut store = memory();
    let summary = import_people(&mut store, &[("1", "Ada", ""), ("1", "", "London"), ("1", "Ada L.", "")]);
    assert_eq!((summary.customers_created, summary.customers_updated), (1, 2));
    assert!(value_of(&store, "1", "name") == text("Ada L."));
    assert!(value_of(&store, "1", "city") == text("London"));
}

#[test]
fn order_lines_create_the_customers_they_name_and_keep_anonymous_sales() {
    let mut store = memory();
    import_people(&mut store, &[("1", "Ada", "London")]);
    let summary = import_lines(
        &mut store,
        &[
            line("A", "1", "tea", 2.0, 3.0, 10),
            line("A", "1", "cup", 1.0, 4.0, 10),
            line("C1", "1", "tea", -1.0, 3.0, 20),
            line("B", "9", "tea", 1.0, 3.0, 30),
            line("", "", "cup", 1.0, 4.0, 40),
        ],
    );
    assert_eq!((summary.customers_created, summary.items_created, summary.order_lines), (1, 2, 5));
    assert_eq!((summary.cancelled_lines, summary.anonymous_lines), (1, 1));
    assert!(value_of(&store, "1", "orders") == Value::Number(1.0));
    assert!(value_of(&store, "1", "spent") == Value::Number(7.0));
    assert!(value_of(&store, "1", "last_order_at") == Value::time(10), "a cancelled order is no order");
    assert!(value_of(&store, "9", "name") == Value::Missing);
    let summary = store.summary().unwrap();
    assert_eq!(
        (summary.orders, summary.first_order_millis, summary.last_order_millis),
        (3, Some(10), Some(40))
    );
}

#[test]
fn a_shop_that_numbers_its_orders_with_a_c_has_not_cancelled_them_all() {
    let mut store = memory();
    let lines = ["C1", "C2", "C3"].map(|order| line(order, "1", "tea", 1.0, 2.0, 10));
    let back = line("C4", "1", "tea", -1.0, 2.0, 10);
    let summary = import_lines(&mut store, &[lines.as_slice(), &[back]].concat());
    assert_eq!(summary.cancelled_lines, 1);
    assert!(value_of(&store, "1", "orders") == Value::Number(3.0));
    let among_others =
        import_lines(&mut store, &["C5", "6", "7"].map(|order| line(order, "1", "tea", 1.0, 2.0, 10)));
    assert_eq!(among_others.cancelled_lines, 1);
    assert!(value_of(&store, "1", "orders") == Value::Number(5.0));
}

#[test]
fn an_item_is_named_by_the_first_line_that_names_it() {
    let mut store = memory();
    let unnamed = OrderLineDraft { item_name: None, ..line("A", "1", "tea", 1.0, 1.0, 1) };
    let renamed = OrderLineDraft { item_name: Some("other".to_owned()), ..unnamed.clone() };
    import_lines(&mut store, &[unnamed, line("A", "1", "tea", 1.0, 1.0, 1), renamed]);
    let columns = store.order_line_columns(&Default::default()).unwrap();
    assert_eq!(columns.items, [("tea".to_owned(), Some("item tea".to_owned()))]);
}

#[test]
fn a_cancelled_import_leaves_nothing() {
    let mut store = memory();
    import_people(&mut store, &[("1", "Ada", "London")]);
    let before = visible_state(&store);
    let head = store.chain_head().unwrap();
    store.begin_import(ImportKind::Customers, "x", &keys(["external_id", "name"]), 5).unwrap();
    store.append_customers(&[vec![text("1"), text("Eve")], vec![text("2"), text("Bob")]]).unwrap();
    assert_eq!(store.count(None), Ok(2), "reads see the rows of the running import");
    store.cancel_import();
    assert_eq!(visible_state(&store), before);
    assert_eq!(store.chain_head().unwrap(), head);
    assert_eq!(store.imports().unwrap().len(), 1);
}

#[test]
fn a_dropped_import_leaves_nothing_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("workspace");
    let mut store = Store::open_file(&path).unwrap();
    store.begin_import(ImportKind::Customers, "x", &keys(["name"]), 5).unwrap();
    store.append_customers(&[vec![text("Bob")]]).unwrap();
    drop(store);
    assert_eq!(Store::open_file(&path).unwrap().count(None), Ok(0));
}

#[test]
fn a_crash_in_the_middle_of_an_import_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let [path, crashed] = ["workspace", "crashed"].map(|name| folder.path().join(name));
    let mut store = Store::open_file(&path).unwrap();
    import_people(&mut store, &[("1", "Ada", "London")]);
    let before = visible_state(&store);
    let size = std::fs::metadata(&path).unwrap().len();
    store.begin_import(ImportKind::Customers, "x", &keys(["external_id", "notes"]), 5).unwrap();
    for number in 0..1_500 {
        store.append_customers(&[vec![text(&number.to_string()), text(&"n".repeat(60_000))]]).unwrap();
    }
    std::fs::copy(&path, &crashed).unwrap();
    std::fs::copy(folder.path().join("workspace-journal"), folder.path().join("crashed-journal")).unwrap();
    assert!(std::fs::metadata(&crashed).unwrap().len() > size, "pages of the import already lie in the file");
    let recovered = Store::open_file(&crashed).unwrap();
    assert_eq!(visible_state(&recovered), before);
    recovered.quick_check().unwrap();
    recovered.verify_chain().unwrap();
}

#[test]
fn other_writes_wait_for_a_running_import() {
    let mut store = memory();
    import_people(&mut store, &[("1", "Ada", "")]);
    let ada = store.customer_by_external_id("1").unwrap().unwrap();
    let import = store.begin_import(ImportKind::Customers, "x", &keys(["name"]), 5).unwrap();
    let refused = Err(Error::ImportInProgress);
    assert_eq!(store.update_customer_field(ada, &key("name"), &text("x"), 1), refused);
    assert_eq!(store.set_setting("a", "b", 1), refused);
    assert_eq!(store.begin_import(ImportKind::Customers, "y", &[], 5), Err(Error::ImportInProgress));
    assert_eq!(store.undo_import(import, 1).map(|_| ()), refused);
    assert_eq!(store.export_image().map(|_| ()), refused);
    store.commit_import(6).unwrap();
    assert_eq!(store.set_setting("a", "b", 1), Ok(()));
}

#[test]
fn values_a_field_cannot_hold_are_refused_by_name() {
    let mut store = memory();
    let columns = keys(["external_id", "birthday"]);
    store.begin_import(ImportKind::Customers, "x", &columns, 5).unwrap();
    for (row, code) in [
        (vec![text("1")], "row_width"),
        (vec![Value::Number(1.0), Value::Missing], "wrong_kind"),
        (vec![text("1"), text("tomorrow")], "wrong_kind"),
        (vec![text("1"), Value::time(i64::MAX)], "invalid_value"),
    ] {
        assert_eq!(store.append_customers(&[row]).map_err(|error| error.code()), Err(code));
    }
    store.cancel_import();
    for columns in [keys(["no_such_field"]), keys(["orders"])] {
        assert!(store.begin_import(ImportKind::Customers, "x", &columns, 5).is_err());
        assert!(!store.is_importing());
    }
    assert_eq!(store.append_customers(&[]), Err(Error::NoImport));
    assert_eq!(store.commit_import(1), Err(Error::NoImport));
}

#[test]
fn lines_with_impossible_numbers_are_refused() {
    let mut store = memory();
    store.begin_import(ImportKind::OrderLines, "x", &[], 5).unwrap();
    for bad in [
        line("A", "1", "", 1.0, 1.0, 1),
        line("A", "1", "t", f64::NAN, 1.0, 1),
        line("A", "1", "t", 1.0, f64::INFINITY, 1),
    ] {
        assert_eq!(store.append_order_lines(&[bad]).map_err(|error| error.code()), Err("invalid_value"));
    }
}

#[test]
fn issues_are_kept_with_their_import_and_read_in_pages() {
    let mut store = memory();
    let issue = |row| ImportIssue {
        row,
        field: "birthday".to_owned(),
        reason: "not_a_date".to_owned(),
        value_kind: "text".to_owned(),
    };
    let import = store.begin_import(ImportKind::Customers, "people.csv", &keys(["name"]), 5).unwrap();
    store.append_issues(&[issue(3), issue(7), issue(9)]).unwrap();
    assert_eq!(store.import_progress().unwrap().issues, 3);
    store.commit_import(6).unwrap();
    assert_eq!(store.import_issues(import, 1, 5).unwrap(), [issue(7), issue(9)]);
    let record = store.import(import).unwrap();
    assert_eq!(
        (record.state, record.summary.issues, record.finished_millis),
        (ImportState::Finished, 3, Some(6))
    );
    assert_eq!(record.label, "people.csv");
}

#[test]
fn a_batch_is_logged_once_with_its_range() {
    let mut store = memory();
    import_people(&mut store, &[("1", "Ada", ""), ("2", "Blaise", ""), ("3", "Carl", "")]);
    let log = store.change_log(0, 10).unwrap();
    let kinds: Vec<_> = log.iter().rev().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [ChangeKind::CustomersCreated, ChangeKind::ImportFinished]);
    let created = log.last().unwrap().range.unwrap();
    assert_eq!((created.first, created.last), (1, 3));
}
