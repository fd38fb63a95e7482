//! What people may ask for: a copy, a stop, erasure for ever, and who got what.

use crate::common::*;
use crate::devices::*;
use crate::synced::*;
use stillroom_consent::{Decision, Event, GrantId, Purpose, Reason, SubjectBasis};
use stillroom_records::{ChangeKind, CustomerId, FieldGroup};
use stillroom_store::sync::content::PartContent;
use stillroom_store::sync::journal::{Carried, NetworkRequest};
use stillroom_store::{Error, ModelDraft, ScoreValues, Store};

/// A name that stands nowhere else.
const CANARY: &str = "Zyxxandra Quillfeather";

fn model(name: &str) -> ModelDraft {
    ModelDraft {
        name: name.to_owned(),
        method: "k-nearest-neighbours".to_owned(),
        recipe: "{}".to_owned(),
        data_hash: "00".to_owned(),
        metrics: "{}".to_owned(),
        artefact: vec![1],
    }
}

/// Two customers with edits, an import that changed both, lines and scores. The first has the canary everywhere.
fn workspace() -> (Store, CustomerId, CustomerId) {
    let mut store = memory();
    store.save_model(&model("before"), 1).unwrap();
    let created = [(key("external_id"), text("1")), (key("name"), text(CANARY))];
    let one = store.create_customer(&created, 2).unwrap();
    let two =
        store.create_customer(&[(key("external_id"), text("2")), (key("name"), text("Ada"))], 2).unwrap();
    store.update_customer_field(one, &key("company"), &text(CANARY), 3).unwrap();
    import_people(&mut store, &[("1", "Other", CANARY), ("2", "Bea", "Paris"), ("3", CANARY, "")]);
    store.update_customer_field(one, &key("name"), &text(CANARY), 4).unwrap();
    import_lines(&mut store, &[line(CANARY, "1", "tea", 1.0, 1.0, 10), line("B", "2", "tea", 1.0, 1.0, 10)]);
    store.write_scores(None, "churn", ScoreValues::Numbers(&[(one, 0.5), (two, 0.25)]), 5).unwrap();
    store.save_model(&model("after"), 6).unwrap();
    (store, one, two)
}

fn holds_canary(store: &mut Store) -> bool {
    let image = store.export_image().unwrap();
    image.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
}

#[test]
fn an_erased_customer_is_nowhere_in_the_file_and_the_log_still_adds_up() {
    let (mut store, one, two) = workspace();
    let three = store.customer_by_external_id("3").unwrap().unwrap();
    let (head, _) = store.chain_head().unwrap();
    let erased = store.erase_customer(one, 9).unwrap();
    assert_eq!((erased.order_lines, erased.record), (1, None));
    assert_eq!(erased.models.len(), 1, "the model that was saved before cannot have learned from it");
    assert_eq!(store.stale_models(), Ok(vec![(*erased.models.first().unwrap(), 9)]));
    assert_eq!(store.verify_chain(), Ok(head as u64 + 1));
    store.erase_customer(three, 9).unwrap();
    assert!(!holds_canary(&mut store), "secure_delete leaves nothing behind");
    store.verify_chain().unwrap();
    store.integrity_check().unwrap();
    assert_eq!(store.erase_customer(one, 9), Err(Error::NotFound { record: "customer" }));
    let history = store.customer_history(two).unwrap();
    assert!(
        history.iter().any(|entry| entry.after.as_deref() == Some(r#"{"city":"Paris"}"#)),
        "others keep theirs"
    );
    let image = store.export_image().unwrap();
    Store::open_image(&image).unwrap().verify_chain().unwrap();
}

#[test]
fn an_import_is_undone_also_when_a_customer_it_changed_was_erased() {
    let (mut store, one, two) = workspace();
    store.erase_customer(one, 9).unwrap();
    store.undo_import(stillroom_records::ImportId(2), 9).unwrap();
    store.undo_import(stillroom_records::ImportId(1), 9).unwrap();
    let name =
        store.customer(two).unwrap().fields.into_iter().find(|(field, _)| field.key.as_str() == "name");
    assert!(name.unwrap().1 == text("Ada"));
    store.verify_chain().unwrap();
}

#[test]
fn a_deleted_customer_can_be_taken_out_of_the_log() {
    let (mut store, one, _) = workspace();
    let three = store.customer_by_external_id("3").unwrap().unwrap();
    for customer in [one, three] {
        store.delete_customer(customer, 8).unwrap();
        store.erase_customer(customer, 9).unwrap();
    }
    let last = store.change_log(0, 1).unwrap().remove(0);
    assert_eq!(last.kind, ChangeKind::CustomerErased);
    store.verify_chain().unwrap();
    let changes = store.change_log(0, 100).unwrap();
    let shows = |json: &Option<String>| json.as_deref().is_some_and(|json| json.contains(CANARY));
    assert!(!changes.iter().any(|entry| shows(&entry.before) || shows(&entry.after)));
}

#[test]
fn a_backup_from_before_an_erasure_brings_nobody_back() {
    let (mut store, one, two) = workspace();
    let three = store.customer_by_external_id("3").unwrap().unwrap();
    let image = store.export_image().unwrap();
    store.erase_customer(one, 9).unwrap();
    store.erase_customer(three, 9).unwrap();
    store.import_image(&image, 10).unwrap();
    assert_eq!(store.customer(one).map(|_| ()), Err(Error::NotFound { record: "customer" }));
    assert!(store.customer(two).is_ok());
    assert!(!holds_canary(&mut store));
    store.verify_chain().unwrap();
    let (mut other, one, _) = workspace();
    other.create_customer(&[], 11).unwrap();
    other.import_image(&image, 12).unwrap();
    assert!(other.customer(one).is_ok(), "where nobody was erased the backup is as it was");
}

#[test]
fn an_erasure_reaches_other_devices_and_what_comes_later_is_refused() {
    let (mut one, mut two, mut sequence) = (Device::new(1), Device::new(2), Vec::new());
    import_people(&mut one.store, &[("1", CANARY, ""), ("2", "Ada", "")]);
    import_lines(&mut one.store, &[line("A", "1", "tea", 1.0, 1.0, 10)]);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    let (at_one, at_two) = (one.by_id("1"), two.by_id("1"));
    one.set(at_one, "city", CANARY);
    one.queue();
    let content = one.store.part_content(at_one, FieldGroup::Identity, 0).unwrap();
    let erased = one.store.erase_customer(at_one, NOW).unwrap();
    assert_eq!(erased.record, Some(record(1, 0)));
    assert!(!erased.disclosures.is_empty());
    let token = erased.tokens.iter().find(|(purpose, _)| *purpose == Purpose::Backup).unwrap().1;
    let entry = say(&mut one.store, 1, Event::Erased { tokens: vec![token] });
    two.set(at_two, "city", "Bonn");
    two.store.add_confirmed_entries(&[entry]).unwrap();
    assert_eq!(two.store.customer(at_two).map(|_| ()), Err(Error::NotFound { record: "customer" }));
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    for device in [&mut one, &mut two] {
        assert_eq!(device.state().len(), 1);
        assert!(!holds_canary(&mut device.store));
        device.store.verify_chain().unwrap();
    }
    let again = Incoming { content: &content };
    let outcome = two.store.sync_transaction(NOW, |tx| again.apply(tx, token)).unwrap();
    assert_eq!(outcome, stillroom_store::sync::apply::Outcome::Erased);
}

/// A part of a record that was erased.
struct Incoming<'a> {
    content: &'a PartContent,
}

impl Incoming<'_> {
    fn apply(
        &self,
        tx: &mut stillroom_store::sync::SyncTransaction<'_>,
        token: stillroom_consent::SubjectToken,
    ) -> stillroom_store::Result<stillroom_store::sync::apply::Outcome> {
        use stillroom_store::sync::versions::{Lineage, Version};
        let version = Version { hlc: 1 << 60, device: device(3), tie: 0 };
        let lineage = Lineage { version, base: None };
        let content = self.content;
        let incoming = stillroom_store::sync::apply::Incoming {
            token,
            grant: BACKUP,
            lineage,
            content,
            is_conflict: false,
        };
        tx.set_part(&incoming, token_of)
    }
}

#[test]
fn a_restricted_customer_is_neither_sent_nor_analysed_nor_scored() {
    let mut one = Device::new(1);
    import_people(&mut one.store, &[("1", "Ada", "London"), ("2", "Blaise", "")]);
    import_lines(&mut one.store, &[line("A", "1", "tea", 1.0, 1.0, 10), line("B", "2", "tea", 1.0, 1.0, 10)]);
    one.queue();
    let ada = one.by_id("1");
    assert_eq!(one.store.restrict_customer(ada, true, NOW), Ok(true));
    assert_eq!(one.store.restrict_customer(ada, true, NOW), Ok(false));
    let counts = one.store.outbox_counts().unwrap();
    assert_eq!(counts.emptied, 3, "identity, address and lines");
    one.queue();
    let held = one.store.change_counts(Purpose::Backup).unwrap().1;
    assert_eq!(held, vec![(stillroom_store::sync::changes::HeldReason::Consent(Reason::Restricted), 3)]);
    let columns = one.store.customer_columns(&[key("name")], None).unwrap();
    assert_eq!(columns.ids, [one.by_id("2")]);
    assert_eq!(one.store.order_line_columns(&Default::default()).unwrap().n_rows(), 1);
    one.store.write_scores(None, "churn", ScoreValues::Numbers(&[(ada, 0.5)]), NOW).unwrap();
    assert!(one.value(ada, "score.churn").is_missing());
    let view = one.store.open_view(None, &[], None).unwrap();
    let flags: Vec<_> =
        one.store.window(&view, &[], 0, 9).unwrap().iter().map(|row| row.is_restricted).collect();
    assert_eq!(flags, [true, false]);
    assert_eq!(one.store.customer(ada).unwrap().restricted_since, Some(NOW));
    one.store.restrict_customer(ada, false, NOW).unwrap();
    one.store.sync_transaction(NOW, |tx| tx.release_held(Purpose::Backup)).unwrap();
    one.queue();
    assert_eq!(one.store.change_counts(Purpose::Backup).unwrap(), (0, vec![]));
}

#[test]
fn an_export_holds_everything_about_one_person_and_nothing_about_another() {
    let (mut one, mut sequence) = (Device::new(1), Vec::new());
    import_people(&mut one.store, &[("1", "Ada", "London"), ("2", CANARY, CANARY)]);
    import_lines(&mut one.store, &[line("A", "1", "tea", 1.0, 1.0, 10), line("B", "2", "cup", 1.0, 1.0, 10)]);
    one.sync(&mut sequence);
    let note = one.store.keep_basis_note("contract of May", NOW).unwrap();
    let token = token_of(record(1, 0), Purpose::Backup);
    let basis = SubjectBasis { evidence: Some(note), ..contract() };
    say(&mut one.store, 1, Event::Bases { purpose: Purpose::Backup, basis, tokens: vec![token] });
    let carried = Carried {
        purpose: Purpose::Backup,
        grant: BACKUP,
        groups: stillroom_consent::Groups::ALL,
        n_operations: 5,
        n_records: 2,
    };
    let request = NetworkRequest {
        at_millis: NOW,
        request: "POST /v1/push".to_owned(),
        carried: vec![carried],
        n_operations: sequence.len() as u64,
        n_entries: 0,
        device_seqs: Some((1, sequence.len() as u64)),
        bytes_sent: 900,
        bytes_received: 0,
        status: None,
        preview: format!("[\"{CANARY}\"]"),
    };
    let number = one.store.note_request(&request).unwrap();
    one.store.note_answer(number, Some(200), 60).unwrap();
    assert_eq!(one.store.network_totals(), Ok((1, 900, 60)));
    let export = one.store.export_customer(one.by_id("1")).unwrap();
    assert_eq!((export.order_lines.len(), export.record), (1, Some(record(1, 0))));
    let consent = export.consents.iter().find(|consent| consent.purpose == Purpose::Backup).unwrap();
    assert_eq!((consent.basis, consent.evidence.as_deref()), (Some(basis), Some("contract of May")));
    let groups: Vec<_> = export.disclosures.iter().map(|disclosure| disclosure.group).collect();
    assert_eq!(groups, [FieldGroup::Behaviour, FieldGroup::Contact, FieldGroup::Identity]);
    assert!(export.disclosures.iter().all(|disclosure| disclosure.origin.as_deref() == Some(ORIGIN)));
    assert_eq!(export.requests.first().unwrap().status, Some(200));
    assert_eq!(export.history.len(), 1);
    let without_requests = stillroom_store::rights::PersonExport { requests: vec![], ..export };
    assert!(!serde_json::to_string(&without_requests).unwrap().contains(CANARY));
    let two = one.by_id("2");
    one.store.erase_customer(two, NOW).unwrap();
    assert_eq!(one.store.network_log(0, 9).unwrap().first().unwrap().preview, "");
    assert!(!holds_canary(&mut one.store));
}

#[test]
fn a_restriction_from_another_device_holds_here_too() {
    let (mut one, mut two, mut sequence) = (Device::new(1), Device::new(2), Vec::new());
    import_people(&mut one.store, &[("1", "Ada", "London")]);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    let token = token_of(record(1, 0), Purpose::Backup);
    say(&mut two.store, 1, Event::Restricted { on: true, tokens: vec![token] });
    let ada = two.by_id("1");
    assert_eq!(two.store.customer(ada).unwrap().restricted_since, Some(NOW));
    let operation = stillroom_consent::Operation {
        workspace: WORKSPACE,
        device: device(2),
        origin: ORIGIN,
        lane: stillroom_consent::Lane::Sealed,
        purpose: Purpose::Backup,
        grant: GrantId([1; 16]),
        token,
        groups: stillroom_consent::Groups::of(&[FieldGroup::Identity]),
        gpc: false,
    };
    assert_eq!(two.store.decide(&operation, NOW), Ok(Decision::Deny(Reason::Restricted)));
    say(&mut two.store, 1, Event::Restricted { on: false, tokens: vec![token] });
    assert_eq!(two.store.customer(ada).unwrap().restricted_since, None);
}

#[test]
fn emptying_an_entry_without_listing_it_is_found() {
    let (mut store, one, _) = workspace();
    store.erase_customer(one, 9).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    for damage in [
        "UPDATE change_log SET before = NULL, after = NULL WHERE seq = (SELECT max(seq) - 1 FROM change_log)",
        "UPDATE change_log SET after = replace(after, '\"entries\":[[', '\"entries\":[[9,\"00\"],[') WHERE kind = 'customer_erased'",
        "UPDATE change_images SET before = '', after = '' WHERE customer_id = 2",
        "UPDATE change_log SET after = '{}' WHERE seq = (SELECT min(seq) FROM change_log WHERE after IS NULL AND before IS NULL AND kind = 'customer_edited')",
    ] {
        std::fs::write(file.path(), store.export_image().unwrap()).unwrap();
        let connection = rusqlite::Connection::open(file.path()).unwrap();
        assert!(connection.execute(damage, []).unwrap() > 0, "{damage}");
        drop(connection);
        let damaged = Store::open_file(file.path()).unwrap();
        assert!(matches!(damaged.verify_chain(), Err(Error::ChainBroken { .. })), "{damage}");
    }
}
