//! Undoing imports: exactly, in order, and without losing an edit silently.

use crate::common::*;
use stillroom_records::{ChangeKind, ImportId, Value};
use stillroom_store::{Error, ImportState, ScoreValues};

#[test]
fn undoing_an_import_restores_what_was_there() {
    let mut store = memory();
    import_people(&mut store, &[("1", "Ada", "London"), ("2", "Blaise", "Paris")]);
    import_lines(&mut store, &[line("A", "1", "tea", 1.0, 0.1, 10), line("B", "2", "cup", 3.0, 0.2, 20)]);
    let before = visible_state(&store);
    import_people(&mut store, &[("1", "Eve", ""), ("2", "Blaise", "Lyon"), ("3", "Carl", "Bonn")]);
    import_lines(&mut store, &[line("C", "1", "pot", 1.0, 0.3, 30), line("D", "4", "tea", 1.0, 0.4, 40)]);
    assert_ne!(visible_state(&store), before);
    let undone = store.undo_import(ImportId(4), 9).unwrap();
    assert_eq!((undone.customers_removed, undone.order_lines_removed), (1, 2));
    let undone = store.undo_import(ImportId(3), 9).unwrap();
    assert_eq!((undone.customers_removed, undone.customers_restored, undone.edits_kept), (1, 2, 0));
    assert_eq!(visible_state(&store), before);
    assert_eq!(store.import(ImportId(3)).unwrap().state, ImportState::Undone);
    assert_eq!(store.undo_import(ImportId(3), 9), Err(Error::AlreadyUndone));
    assert_eq!(store.undo_import(ImportId(99), 9), Err(Error::NotFound { record: "import" }));
    store.verify_chain().unwrap();
}

#[test]
fn undoing_everything_leaves_nothing() {
    let mut store = memory();
    let empty = visible_state(&store);
    import_people(&mut store, &[("1", "Ada", "London")]);
    import_lines(&mut store, &[line("A", "1", "tea", 1.0, 1.0, 10), line("", "", "cup", 1.0, 1.0, 10)]);
    for import in [2, 1] {
        store.undo_import(ImportId(import), 9).unwrap();
    }
    assert_eq!(visible_state(&store), empty);
}

#[test]
fn an_import_that_others_build_on_waits_for_them() {
    let mut store = memory();
    import_people(&mut store, &[("1", "Ada", "London"), ("2", "Blaise", "")]);
    import_people(&mut store, &[("3", "Carl", "")]);
    import_lines(&mut store, &[line("A", "1", "tea", 1.0, 1.0, 10)]);
    let blocked = Err(Error::LaterImportDepends { import: ImportId(3) });
    assert_eq!(store.undo_preview(ImportId(1)).unwrap().blocked_by, Some(ImportId(3)));
    assert_eq!(store.undo_import(ImportId(1), 9).map(|_| ()), blocked);
    store.undo_import(ImportId(2), 9).unwrap();
    import_people(&mut store, &[("2", "Blaise", "")]);
    store.undo_import(ImportId(3), 9).unwrap();
    let matched = store.undo_import(ImportId(1), 9).map(|_| ());
    assert_eq!(
        matched,
        Err(Error::LaterImportDepends { import: ImportId(4) }),
        "the same file imported again names them too"
    );
    store.undo_import(ImportId(4), 9).unwrap();
    store.undo_import(ImportId(1), 9).unwrap();
    assert_eq!(store.count(None), Ok(0));
}

#[test]
fn updates_of_the_same_customer_are_undone_in_order() {
    let mut store = memory();
    import_people(&mut store, &[("1", "Ada", "")]);
    import_people(&mut store, &[("1", "Bea", "")]);
    import_people(&mut store, &[("1", "Cleo", "")]);
    assert_eq!(
        store.undo_import(ImportId(2), 9).map(|_| ()),
        Err(Error::LaterImportDepends { import: ImportId(3) })
    );
    store.undo_import(ImportId(3), 9).unwrap();
    assert!(value_of(&store, "1", "name") == text("Bea"));
    store.undo_import(ImportId(2), 9).unwrap();
    assert!(value_of(&store, "1", "name") == text("Ada"));
}

#[test]
fn an_edit_made_since_is_kept_and_counted() {
    let mut store = memory();
    import_people(&mut store, &[("1", "Ada", "London")]);
    import_people(&mut store, &[("1", "Bea", "Paris"), ("2", "Carl", "")]);
    let (one, two) = ["1", "2"].map(|id| store.customer_by_external_id(id).unwrap().unwrap()).into();
    store.update_customer_field(one, &key("name"), &text("Dora"), 5).unwrap();
    store.update_customer_field(two, &key("city"), &text("Bonn"), 5).unwrap();
    store.write_scores(None, "churn", ScoreValues::Numbers(&[(one, 0.5), (two, 0.25)]), 5).unwrap();
    let preview = store.undo_preview(ImportId(2)).unwrap();
    assert_eq!((preview.edits_kept, preview.customers_restored), (1, 1));
    assert_eq!(
        (preview.customers_removed, preview.edited_customers_removed, preview.scored_customers_removed),
        (1, 1, 1)
    );
    store.undo_import(ImportId(2), 9).unwrap();
    assert!(value_of(&store, "1", "name") == text("Dora"));
    assert!(value_of(&store, "1", "city") == text("London"));
    assert!(value_of(&store, "1", "score.churn") == Value::Number(0.5));
    assert_eq!(store.score_sets().unwrap().first().unwrap().n_customers, 1);
}

#[test]
fn the_history_of_a_customer_holds_its_part_of_every_change() {
    let mut store = memory();
    import_people(&mut store, &[("1", "Ada", "London"), ("2", "Blaise", "")]);
    import_people(&mut store, &[("2", "Blaise", "Paris"), ("1", "Bea", "")]);
    let ada = store.customer_by_external_id("1").unwrap().unwrap();
    store.update_customer_field(ada, &key("city"), &text("Bonn"), 5).unwrap();
    let history = store.customer_history(ada).unwrap();
    let kinds: Vec<_> = history.iter().map(|entry| entry.kind).collect();
    assert_eq!(
        kinds,
        [ChangeKind::CustomerEdited, ChangeKind::CustomersUpdated, ChangeKind::CustomersCreated]
    );
    let updated = history.get(1).unwrap();
    assert_eq!(updated.before.as_deref(), Some(r#"{"name":"Ada"}"#));
    assert_eq!(updated.after.as_deref(), Some(r#"{"name":"Bea"}"#));
}
