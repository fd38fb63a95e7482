//! Images, restoring, and databases that are not ours, not whole or too new.

use crate::common::*;
use proptest::prelude::*;
use stillroom_records::{FieldGroup, FieldKind};
use stillroom_store::{Error, ScoreValues, Store};

fn sample() -> Store {
    let mut store = memory();
    import_people(&mut store, &[("1", "Ada", "London"), ("2", "Blaise", "Paris")]);
    import_lines(&mut store, &[line("A", "1", "tea", 1.0, 2.0, 10)]);
    let field = store.add_field("Tier", FieldKind::Category, FieldGroup::Behaviour, 3).unwrap();
    let one = store.customer_by_external_id("1").unwrap().unwrap();
    store.update_customer_field(one, &field.key, &text("gold"), 4).unwrap();
    store.write_scores(None, "churn", ScoreValues::Numbers(&[(one, 0.5)]), 4).unwrap();
    store
}

#[test]
fn a_restored_workspace_equals_the_one_the_image_was_made_of() {
    let mut original = sample();
    let image = original.export_image().unwrap();
    let described = Store::inspect_image(&image).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("workspace");
    let mut other = Store::open_file(&path).unwrap();
    import_people(&mut other, &[("8", "Eve", ""), ("9", "Mallory", "")]);
    other.add_field("Other", FieldKind::Number, FieldGroup::Notes, 3).unwrap();
    assert_eq!(other.import_image(&image, 50).unwrap(), described);
    assert_eq!(visible_state(&other), visible_state(&original));
    assert_eq!(other.verify_chain(), Ok(described.n_changes + 1));
    other.close().unwrap();
    let mut other = Store::open_file(&path).unwrap();
    assert_eq!(visible_state(&other), visible_state(&original));
    other.quick_check().unwrap();
    import_people(&mut other, &[("3", "Carl", "")]);
    assert_eq!(
        other.customer_by_external_id("3").unwrap().map(|id| id.0),
        Some(3),
        "counters are restored too"
    );
    other.undo_import(stillroom_records::ImportId(2), 60).unwrap();
    assert_eq!(other.summary().unwrap().order_lines, 0);
}

#[test]
fn an_image_that_does_not_add_up_changes_nothing() {
    let mut store = sample();
    let before = visible_state(&store);
    let good = sample().export_image().unwrap();
    let needle = b"gold";
    let places: Vec<usize> =
        (0..good.len() - 4).filter(|at| good.get(*at..at + 4) == Some(needle.as_slice())).collect();
    assert!(!places.is_empty());
    let mut tampered = good.clone();
    for place in places {
        tampered[place..place + 4].copy_from_slice(b"iron");
    }
    let truncated = &good[..good.len() / 2];
    assert!(matches!(store.import_image(&tampered, 9), Err(Error::ChainBroken { .. })));
    assert!(store.import_image(truncated, 9).is_err());
    assert_eq!(
        store.import_image(b"not a database at all, but long enough to look at", 9).map(|_| ()),
        Err(Error::WrongKey)
    );
    assert!(store.import_image(&[], 9).is_err());
    assert_eq!(visible_state(&store), before);
    store.set_setting("a", "b", 1).unwrap();
    store.verify_chain().unwrap();
}

#[test]
fn an_image_that_brings_sql_of_its_own_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("workspace");
    for sql in [
        "CREATE TRIGGER t AFTER INSERT ON customers BEGIN DELETE FROM change_log; END",
        "CREATE VIEW v AS SELECT 1",
        "CREATE VIRTUAL TABLE f USING fts5 (a)",
    ] {
        Store::open_file(&path).unwrap().close().unwrap();
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let image = std::fs::read(&path).unwrap();
        assert_eq!(memory().import_image(&image, 1).map(|_| ()), Err(Error::NotAWorkspace), "{sql}");
        std::fs::remove_file(&path).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn an_image_with_any_bytes_changed_is_restored_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut image = sample().export_image().unwrap();
        for (place, byte) in changes {
            *place.get_mut(&mut image) = byte;
        }
        let mut store = memory();
        let empty = visible_state(&store);
        if store.import_image(&image, 1).is_err() {
            prop_assert_eq!(visible_state(&store), empty);
        }
        store.verify_chain().unwrap();
        store.quick_check().unwrap();
    }
}

#[test]
fn databases_of_others_and_newer_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("workspace");
    let foreign = rusqlite::Connection::open(&path).unwrap();
    foreign.execute_batch("CREATE TABLE t (a); PRAGMA user_version = 3").unwrap();
    drop(foreign);
    assert_eq!(Store::open_file(&path).map(|_| ()), Err(Error::NotAWorkspace));
    std::fs::remove_file(&path).unwrap();
    Store::open_file(&path).unwrap().close().unwrap();
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(newer);
    assert!(matches!(Store::open_file(&path), Err(Error::NewerVersion { found: 99, .. })));
    std::fs::write(&path, "just some text, nothing that looks like a database header at all").unwrap();
    assert_eq!(Store::open_file(&path).map(|_| ()), Err(Error::WrongKey));
}

#[test]
fn a_workspace_has_one_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("workspace");
    let mut first = Store::open_file(&path).unwrap();
    first.set_setting("a", "b", 1).unwrap();
    assert_eq!(Store::open_file(&path).map(|_| ()), Err(Error::OwnedElsewhere));
    first.close().unwrap();
    assert_eq!(Store::open_file(&path).unwrap().setting("a"), Ok(Some("b".to_owned())));
}

#[test]
fn changing_the_log_or_the_images_beside_it_is_found() {
    let folder = tempfile::tempdir().unwrap();
    for tampering in [
        "UPDATE change_log SET after = replace(after, 'gold', 'iron') WHERE kind = 'customer_edited'",
        "UPDATE change_log SET at_ms = at_ms + 1 WHERE seq = 2",
        "DELETE FROM change_log WHERE seq = 3",
        "UPDATE change_log SET field_group = NULL WHERE field_group IS NOT NULL",
        "UPDATE change_images SET before = '{}'",
        "DELETE FROM change_images",
    ] {
        let path = folder.path().join("workspace");
        let mut store = Store::open_file(&path).unwrap();
        import_people(&mut store, &[("1", "Ada", "London")]);
        import_people(&mut store, &[("1", "Bea", "Lyon")]);
        let field = store.add_field("Tier", FieldKind::Category, FieldGroup::Behaviour, 3).unwrap();
        let one = store.customer_by_external_id("1").unwrap().unwrap();
        store.update_customer_field(one, &field.key, &text("gold"), 4).unwrap();
        store.verify_chain().unwrap();
        store.close().unwrap();
        let hand = rusqlite::Connection::open(&path).unwrap();
        assert!(hand.execute(tampering, []).unwrap() > 0, "{tampering}");
        drop(hand);
        let found = Store::open_file(&path).unwrap().verify_chain();
        assert!(matches!(found, Err(Error::ChainBroken { .. })), "{tampering}: {found:?}");
        std::fs::remove_file(&path).unwrap();
    }
}
