//! Several devices of one workspace: what one changes the others get, once, and nothing is lost on the way.

use crate::common::*;
use crate::devices::*;
use crate::synced::*;
use proptest::prelude::*;
use stillroom_consent::{BasisState, Event, GrantId, Hash, Purpose, Reason, SubjectBasis, SyncGrant};
use stillroom_records::{ChangeKind, FieldGroup, FieldKind, ImportId, Value};
use stillroom_store::Error;
use stillroom_store::ScoreValues;
use stillroom_store::sync::changes::HeldReason;
use stillroom_store::sync::conflicts::{Choice, ConflictReason, SHELF_MILLIS};

fn pair() -> (Device, Device, Vec<TestOp>) {
    (Device::new(1), Device::new(2), Vec::new())
}

#[test]
fn everything_about_a_customer_reaches_the_other_device() {
    let (mut one, mut two, mut sequence) = pair();
    let size = one.store.add_field("Size", FieldKind::Number, FieldGroup::Behaviour, NOW).unwrap();
    import_people(&mut one.store, &[("1", "Ada", "London"), ("2", "Blaise", "Paris")]);
    import_lines(
        &mut one.store,
        &[line("A", "1", "tea", 2.0, 1.5, 10), line("B", "1", "cup", -1.0, 3.0, 20)],
    );
    let ada = one.by_id("1");
    one.store.update_customer_field(ada, &size.key, &Value::Number(4.5), NOW).unwrap();
    one.store.write_scores(None, "churn", ScoreValues::Numbers(&[(ada, 0.25)]), NOW).unwrap();
    let levels = ["loyal".to_owned()];
    one.store
        .write_scores(None, "segment", ScoreValues::Labels { levels: &levels, codes: &[(ada, 0)] }, NOW)
        .unwrap();
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    assert_eq!(one.state(), two.state());
    let ada = two.by_id("1");
    assert!(two.value(ada, "size") == Value::Number(4.5) && two.value(ada, "score.segment") == text("loyal"));
    assert!(two.value(ada, "orders") == Value::Number(1.0), "counted from the lines that came");
    assert_eq!(two.store.field(&size.key).unwrap().label, "Size");
    let actors: Vec<_> =
        two.store.customer_history(ada).unwrap().into_iter().map(|entry| entry.actor).collect();
    assert!(!actors.is_empty() && actors.iter().all(|actor| actor == "sync"));
    for device in [&one, &two] {
        device.store.verify_chain().unwrap();
        device.store.integrity_check().unwrap();
    }
}

#[test]
fn what_came_from_another_device_is_not_sent_back() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", "London")]);
    import_lines(&mut one.store, &[line("A", "1", "tea", 2.0, 1.5, 10)]);
    one.sync(&mut sequence);
    let n_ops = sequence.len();
    for _ in 0..3 {
        two.sync(&mut sequence);
        one.sync(&mut sequence);
    }
    assert_eq!(sequence.len(), n_ops);
    assert_eq!(two.store.outbox_counts().unwrap(), Default::default());
}

#[test]
fn of_two_edits_the_later_stands_and_the_other_is_on_the_shelf() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", "London")]);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    let (at_one, at_two) = (one.by_id("1"), two.by_id("1"));
    one.set(at_one, "city", "Lyon");
    two.set(at_two, "city", "Bonn");
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    one.sync(&mut sequence);
    assert_eq!(one.state(), two.state());
    let shelved: Vec<_> = [&one, &two]
        .into_iter()
        .flat_map(|device| device.store.conflicts(0, 10).unwrap())
        .map(|conflict| (conflict.reason, conflict.id, conflict.other, conflict.kept))
        .collect();
    let cities: Vec<_> = shelved
        .iter()
        .flat_map(|(_, _, other, kept)| other.fields.iter().chain(&kept.fields))
        .filter(|field| field.key.as_str() == "city")
        .filter_map(|field| field.value.as_text().map(str::to_owned))
        .collect();
    assert!(cities.contains(&"Lyon".to_owned()) && cities.contains(&"Bonn".to_owned()), "{cities:?}");
    let (device, customer) =
        if one.store.n_conflicts() == Ok(0) { (&mut two, at_two) } else { (&mut one, at_one) };
    let before = device.value(customer, "city");
    let conflict = device.store.conflicts(0, 10).unwrap().first().unwrap().id;
    device.store.resolve_conflict(conflict, Choice::Other, NOW).unwrap();
    assert!(device.value(customer, "city") != before);
    assert_eq!(
        device.store.resolve_conflict(conflict, Choice::Keep, NOW),
        Err(Error::NotFound { record: "conflict" })
    );
    device.sync(&mut sequence);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    assert_eq!(one.state(), two.state());
    assert!(one.value(at_one, "city") != before, "the choice is an edit like any other");
}

#[test]
fn an_edit_nobody_sent_yet_is_shelved_before_it_is_replaced() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", "London")]);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    let (at_one, at_two) = (one.by_id("1"), two.by_id("1"));
    two.set(at_two, "city", "Bonn");
    one.set(at_one, "city", "Lyon");
    one.sync(&mut sequence);
    two.pull(&sequence, usize::MAX);
    assert!(two.value(at_two, "city") == text("Lyon"));
    let conflict = two.store.conflicts(0, 10).unwrap().remove(0);
    assert_eq!((conflict.reason, conflict.customer), (ConflictReason::EditedTwice, at_two));
    assert!(conflict.other.fields.iter().any(|field| field.value == text("Bonn")));
    assert_eq!(two.store.expire_conflicts(NOW + SHELF_MILLIS - 1), Ok(0));
    assert_eq!(two.store.expire_conflicts(NOW + SHELF_MILLIS), Ok(1));
}

#[test]
fn a_deletion_travels_and_a_later_edit_brings_the_record_back() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", "London"), ("2", "Blaise", "")]);
    import_lines(&mut one.store, &[line("A", "1", "tea", 2.0, 1.5, 10)]);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    one.store.delete_customer(one.by_id("2"), NOW).unwrap();
    let at_two = two.by_id("1");
    one.store.delete_customer(one.by_id("1"), NOW).unwrap();
    one.sync(&mut sequence);
    two.set(at_two, "city", "Bonn");
    two.sync(&mut sequence);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    assert_eq!(one.state(), two.state());
    assert_eq!(one.state().len(), 1, "the edit nobody had sent keeps the record");
    let back = one.store.open_view(None, &[], None).unwrap().customers().next().unwrap();
    assert!(one.value(back, "city") == text("Bonn"));
    two.store.delete_customer(at_two, NOW).unwrap();
    two.sync(&mut sequence);
    one.sync(&mut sequence);
    assert_eq!((one.state().len(), two.state().len()), (0, 0));
    one.store.verify_chain().unwrap();
}

#[test]
fn an_import_is_undone_everywhere_also_after_it_travelled() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", "London")]);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    let before = one.state();
    import_people(&mut one.store, &[("1", "Eve", ""), ("2", "Blaise", "")]);
    import_lines(&mut one.store, &[line("A", "1", "tea", 2.0, 1.5, 10), line("B", "2", "cup", 1.0, 1.0, 10)]);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    assert_eq!(one.state(), two.state());
    import_lines(&mut two.store, &[line("C", "2", "tea", 1.0, 1.0, 10)]);
    two.sync(&mut sequence);
    one.sync(&mut sequence);
    assert_eq!(one.store.undo_preview(ImportId(3)).unwrap().blocked_by, None);
    one.store.undo_import(ImportId(3), NOW).unwrap();
    one.store.undo_import(ImportId(2), NOW).unwrap();
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    assert_eq!(one.state(), before);
    assert_eq!(two.state(), before);
}

#[test]
fn one_external_id_on_two_records_belongs_to_the_smaller_record() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("7", "Ada", "")]);
    import_people(&mut two.store, &[("7", "Bea", "")]);
    for _ in 0..2 {
        one.sync(&mut sequence);
        two.sync(&mut sequence);
    }
    one.sync(&mut sequence);
    assert_eq!(one.state(), two.state());
    assert_eq!(one.state().len(), 2);
    let smaller = if record(1, 0) < record(2, 0) { "Ada" } else { "Bea" };
    for device in [&one, &two] {
        assert!(device.value(device.by_id("7"), "name") == text(smaller));
        let conflict = device.store.conflicts(0, 10).unwrap().remove(0);
        assert_eq!(conflict.reason, ConflictReason::ExternalIdTaken);
        assert!(conflict.other.fields.first().unwrap().value == text("7"));
    }
    let holder = one.by_id("7");
    one.set(holder, "external_id", "8");
    for _ in 0..2 {
        one.sync(&mut sequence);
        two.sync(&mut sequence);
    }
    assert_eq!(one.state(), two.state());
    assert!(
        one.value(one.by_id("7"), "name") != text(smaller),
        "the other record gets the id that is free now"
    );
}

#[test]
fn a_field_of_another_type_is_kept_on_the_shelf() {
    let (mut one, mut two, mut sequence) = pair();
    one.store.add_field("Size", FieldKind::Number, FieldGroup::Behaviour, NOW).unwrap();
    two.store.add_field("Size", FieldKind::Text, FieldGroup::Behaviour, NOW).unwrap();
    import_people(&mut one.store, &[("1", "Ada", "")]);
    let ada = one.by_id("1");
    one.store.update_customer_field(ada, &key("size"), &Value::Number(4.0), NOW).unwrap();
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    let ada = two.by_id("1");
    assert!(two.value(ada, "size").is_missing() && two.value(ada, "name") == text("Ada"));
    let conflict = two.store.conflicts(0, 10).unwrap().remove(0);
    assert_eq!(conflict.reason, ConflictReason::OtherKind);
    assert!(conflict.other.fields.first().unwrap().value == Value::Number(4.0));
    let refused = two.store.resolve_conflict(conflict.id, Choice::Other, NOW);
    assert_eq!(refused, Err(Error::WrongKind { field: key("size"), expected: FieldKind::Text }));
    assert_eq!(two.store.n_conflicts(), Ok(1), "the conflict stays");
}

#[test]
fn the_later_definition_of_a_field_holds_everywhere() {
    let (mut one, mut two, mut sequence) = pair();
    let size = one.store.add_field("Size", FieldKind::Number, FieldGroup::Behaviour, NOW).unwrap().key;
    two.store.add_field("Size", FieldKind::Number, FieldGroup::Behaviour, NOW - 5).unwrap();
    import_people(&mut one.store, &[("1", "Ada", "")]);
    let ada = one.by_id("1");
    one.store.update_customer_field(ada, &size, &Value::Number(4.0), NOW).unwrap();
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    two.store.change_field(&size, "Shoe size", FieldGroup::Commercial, NOW + 9).unwrap();
    for _ in 0..2 {
        two.sync(&mut sequence);
        one.sync(&mut sequence);
    }
    let definition = one.store.field(&size).unwrap();
    assert_eq!((definition.label.as_str(), definition.group), ("Shoe size", FieldGroup::Commercial));
    assert_eq!(one.state(), two.state());
    assert!(one.value(ada, "size") == Value::Number(4.0));
}

#[test]
fn a_withdrawal_empties_the_outbox_and_a_new_grant_sends_it_after_all() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", "London")]);
    one.queue();
    let waiting = one.store.outbox_counts().unwrap().waiting;
    assert!(waiting > 0);
    say(&mut one.store, 1, Event::GrantWithdrawn { grant: GrantId([1; 16]) });
    let counts = one.store.outbox_counts().unwrap();
    assert_eq!((counts.waiting, counts.emptied), (waiting, waiting));
    one.sync(&mut sequence);
    assert!(sequence.iter().all(|op| matches!(op.body, Body::Void)), "nothing but placeholders went");
    let (ready, held) = one.store.change_counts(Purpose::Backup).unwrap();
    assert_eq!((ready, held), (0, vec![(HeldReason::Consent(Reason::GrantWithdrawn), waiting)]));
    two.sync(&mut sequence);
    assert_eq!(two.state().len(), 0);
}

#[test]
fn a_part_without_consent_is_never_queued_whatever_the_caller_wants() {
    let mut one = Device::new(1);
    import_people(&mut one.store, &[("1", "Ada", "London")]);
    one.note();
    let refused = Event::Restricted { on: true, tokens: vec![token_of(record(1, 0), Purpose::Backup)] };
    say(&mut one.store, 1, refused);
    one.queue();
    assert_eq!(one.store.outbox_counts().unwrap(), Default::default());
    let (_, held) = one.store.change_counts(Purpose::Backup).unwrap();
    assert_eq!(held, vec![(HeldReason::Consent(Reason::Restricted), 2)]);
}

#[test]
fn a_parked_operation_leaves_its_number_and_keeps_its_reason() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", "London")]);
    one.queue();
    one.store.sync_transaction(NOW, |tx| tx.park(1, HeldReason::TooLarge)).unwrap();
    let again = one.store.sync_transaction(NOW, |tx| tx.park(1, HeldReason::TooLarge));
    assert_eq!(again, Err(Error::UnknownOperation));
    one.push(&mut sequence);
    two.sync(&mut sequence);
    assert_eq!(one.store.change_counts(Purpose::Backup).unwrap().1, vec![(HeldReason::TooLarge, 1)]);
    assert_eq!(two.state().len(), 1);
}

#[test]
fn a_transaction_that_fails_leaves_nothing() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", "London")]);
    import_lines(&mut one.store, &[line("A", "1", "tea", 2.0, 1.5, 10)]);
    one.queue();
    one.push(&mut sequence);
    two.note();
    let before = (two.store.export_image().unwrap(), two.store.sync_state().unwrap());
    for n_rows in 0..=sequence.len() {
        let failed = two.store.sync_transaction(NOW, |tx| {
            sequence.iter().take(n_rows).try_for_each(|op| apply(tx, 2, op))?;
            Err::<(), _>(Error::StorageFull)
        });
        assert_eq!(failed, Err(Error::StorageFull));
        let image = two.store.export_image().unwrap();
        assert_eq!(two.store.sync_state().unwrap(), before.1);
        let inspected =
            [&image, &before.0].map(|image| stillroom_store::Store::inspect_image(image).unwrap());
        assert_eq!(inspected[0], inspected[1], "after {n_rows} rows");
    }
    two.sync(&mut sequence);
    assert_eq!(two.store.count(None), Ok(1));
}

fn end_copies(device: &mut Device, limit: usize) -> usize {
    device.note();
    device.store.sync_transaction(NOW, |tx| tx.remove_ended_copies(limit)).unwrap()
}

#[test]
fn customers_received_through_a_grant_alone_go_with_it() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(
        &mut one.store,
        &[("1", "Ada Mainwaring", "London"), ("2", "Blaise", ""), ("4", "Dora", "")],
    );
    import_people(&mut two.store, &[("3", "Carl", "")]);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    two.set(two.by_id("2"), "city", "Bonn");
    assert_eq!(end_copies(&mut two, 100), 0, "the grant still holds");
    say(&mut two.store, 1, Event::GrantWithdrawn { grant: BACKUP });
    assert!(two.store.has_ended_copies(NOW).unwrap());
    let looked_at: Vec<usize> = std::iter::repeat_with(|| end_copies(&mut two, 1)).take(4).collect();
    assert_eq!(looked_at, [1, 1, 1, 0], "the work can stop after each step, and goes on");
    assert_eq!(two.store.customer_by_external_id("1"), Ok(None));
    assert_eq!(two.store.count(None), Ok(2), "what was edited here and what was made here stays");
    assert!(!two.store.has_ended_copies(NOW).unwrap());
    let image = two.store.export_image().unwrap();
    let holds = |text: &str| image.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(!holds("Mainwaring") && holds("Blaise"), "the log forgets it too");
    two.store.verify_chain().unwrap();
}

#[test]
fn a_grant_that_is_over_takes_its_copies_with_it_unless_another_one_covers_them() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", ""), ("2", "Blaise", "")]);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    let other = SyncGrant { expires_at: NOW + 30 * 86_400_000, ..grant(2, 2, Purpose::Backup) };
    say(&mut two.store, 2, Event::GrantGiven(other));
    let ada = two.by_id("1");
    two.store
        .sync_transaction(NOW, |tx| -> Result<(), Error> {
            while tx.note_again(Purpose::Backup)? {}
            let changes = tx.changes(Purpose::Backup, 100)?;
            assert!(changes.iter().all(|changed| changed.is_again));
            let mut of_ada = changes.iter().filter(|changed| changed.customer == ada);
            of_ada.try_for_each(|changed| queue_under(tx, 2, changed, GrantId([2; 16])))
        })
        .unwrap();
    let after = NOW + 2 * 86_400_000;
    two.note();
    let looked_at = two.store.sync_transaction(after, |tx| tx.remove_ended_copies(100)).unwrap();
    assert_eq!(looked_at, 2);
    assert_eq!(two.store.customer_by_external_id("1"), Ok(Some(ada)), "it was sent on under the other grant");
    assert_eq!(two.store.count(None), Ok(1));
}

#[test]
fn the_device_that_withdraws_keeps_what_it_has() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", "")]);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    say(&mut two.store, 2, Event::GrantWithdrawn { grant: BACKUP });
    assert_eq!(end_copies(&mut two, 100), 0);
    assert_eq!(two.store.count(None), Ok(1));
}

#[test]
fn what_was_sent_is_sent_again_under_its_old_stamp_after_a_consent_comes_back() {
    let (mut one, _, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", ""), ("2", "Blaise", "")]);
    one.sync(&mut sequence);
    let token = |device: &Device, id: &str| {
        device.store.token_of(device.by_id(id), Purpose::Backup).unwrap().unwrap()
    };
    let noted = |device: &mut Device| {
        device.note();
        let changes = device.store.sync_transaction(NOW, |tx| -> Result<_, Error> {
            while tx.note_again(Purpose::Backup)? {}
            tx.changes(Purpose::Backup, 100)
        });
        changes.unwrap().iter().map(|changed| (changed.customer, changed.is_again)).collect::<Vec<_>>()
    };
    assert_eq!(noted(&mut one), []);
    let basis = |state, later: i64| SubjectBasis {
        state,
        evidence: Some(Hash([5; 32])),
        obtained_at: NOW - 400 + later,
        ..contract()
    };
    let ada = vec![token(&one, "1")];
    let bases = |basis| Event::Bases { purpose: Purpose::Backup, basis, tokens: ada.clone() };
    say(&mut one.store, 1, bases(basis(BasisState::Given, 0)));
    assert_eq!(noted(&mut one), [], "a basis that is only stated again removed nothing");
    say(&mut one.store, 1, bases(basis(BasisState::Withdrawn, 1)));
    assert_eq!(noted(&mut one), []);
    say(&mut one.store, 1, bases(basis(BasisState::Given, 2)));
    assert_eq!(noted(&mut one), [(one.by_id("1"), true)]);
    one.set(one.by_id("1"), "name", "Ada L.");
    assert_eq!(noted(&mut one), [(one.by_id("1"), false)], "what changed meanwhile is a change");
    say(&mut one.store, 1, Event::GrantWithdrawn { grant: BACKUP });
    say(&mut one.store, 1, Event::GrantGiven(grant(2, 1, Purpose::Backup)));
    assert_eq!(noted(&mut one), [(one.by_id("1"), false), (one.by_id("2"), true)]);
}

#[test]
fn nothing_is_applied_before_local_changes_are_noted() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", "London")]);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    two.set(two.by_id("1"), "city", "Bonn");
    one.set(one.by_id("1"), "city", "Lyon");
    one.sync(&mut sequence);
    let op = sequence.last().unwrap().clone();
    let refused = two.store.sync_transaction(NOW, |tx| apply(tx, 2, &op));
    assert_eq!(refused, Err(Error::ChangesNotNoted));
}

#[test]
fn a_restored_workspace_begins_under_another_device() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", "London")]);
    let image = {
        one.queue();
        one.store.export_image().unwrap()
    };
    one.push(&mut sequence);
    one.store.import_image(&image, NOW).unwrap();
    assert!(one.store.sync_state().unwrap().unwrap().was_restored);
    one.store.change_device(device(3), b"new").unwrap();
    one.number = 3;
    assert!(!one.store.sync_state().unwrap().unwrap().was_restored);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    assert_eq!(one.state(), two.state());
    let kinds: Vec<_> = one.store.change_log(0, 1).unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [ChangeKind::Restored]);
}

#[test]
fn an_undone_import_leaves_the_bundle_it_shared_with_an_earlier_one() {
    let (mut one, mut two, mut sequence) = pair();
    import_people(&mut one.store, &[("1", "Ada", "London")]);
    import_lines(&mut one.store, &[line("o1", "1", "tea", 1.0, 1.5, 10)]);
    import_lines(&mut one.store, &[line("o2", "1", "tea", 2.0, 1.5, 20)]);
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    one.store.undo_import(ImportId(3), NOW).unwrap();
    one.sync(&mut sequence);
    two.sync(&mut sequence);
    assert_eq!(one.state(), two.state());
}

#[derive(Clone, Debug)]
enum Step {
    Customers(u8, Vec<(u8, [u8; 2])>),
    Lines(u8, Vec<(u8, i8)>),
    Edit { device: u8, customer: usize, field: usize, value: u8 },
    Delete { device: u8, customer: usize },
    Undo { device: u8, import: usize },
    Queue(u8),
    Push(u8),
    Pull(u8, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let device = || 1..4_u8;
    let people = prop::collection::vec((1..5_u8, [0..4_u8, 0..4_u8]), 1..4);
    let lines = prop::collection::vec((1..5_u8, -1..3_i8), 1..4);
    prop_oneof![
        2 => (device(), people).prop_map(|(device, people)| Step::Customers(device, people)),
        2 => (device(), lines).prop_map(|(device, lines)| Step::Lines(device, lines)),
        4 => (device(), 0..5_usize, 0..3_usize, 0..4_u8)
            .prop_map(|(device, customer, field, value)| Step::Edit { device, customer, field, value }),
        1 => (device(), 0..5_usize).prop_map(|(device, customer)| Step::Delete { device, customer }),
        1 => (device(), 1..5_usize).prop_map(|(device, import)| Step::Undo { device, import }),
        2 => device().prop_map(Step::Queue),
        3 => device().prop_map(Step::Push),
        3 => (device(), 1..12_usize).prop_map(|(device, limit)| Step::Pull(device, limit)),
    ]
}

fn shown(value: u8) -> String {
    if value == 0 { String::new() } else { format!("v{value}") }
}

fn at(devices: &mut [Device], number: u8) -> &mut Device {
    devices.iter_mut().find(|device| device.number == number).expect("three devices")
}

fn take(devices: &mut [Device], sequence: &mut Vec<TestOp>, step: &Step) {
    match step {
        Step::Customers(number, rows) => {
            let rows: Vec<Vec<Value>> = rows
                .iter()
                .map(|(id, [name, city])| {
                    vec![text(&id.to_string()), text(&shown(*name)), text(&shown(*city))]
                })
                .collect();
            import_customers(&mut at(devices, *number).store, &keys(["external_id", "name", "city"]), &rows);
        }
        Step::Lines(number, rows) => {
            let lines: Vec<_> = rows
                .iter()
                .map(|(customer, quantity)| {
                    line("o", &customer.to_string(), "tea", f64::from(*quantity), 1.5, 10)
                })
                .collect();
            import_lines(&mut at(devices, *number).store, &lines);
        }
        Step::Edit { device, customer, field, value } => {
            let device = at(devices, *device);
            let customers: Vec<_> = device.store.open_view(None, &[], None).unwrap().customers().collect();
            let key = key(["name", "city", "external_id"][*field]);
            let value = if *field == 2 { text(&format!("{value}")) } else { text(&shown(*value)) };
            if let Some(customer) = customers.get(*customer) {
                let edited = device.store.update_customer_field(*customer, &key, &value, NOW);
                assert!(matches!(edited, Ok(()) | Err(Error::DuplicateExternalId)), "{edited:?}");
            }
        }
        Step::Delete { device, customer } => {
            let device = at(devices, *device);
            let customers: Vec<_> = device.store.open_view(None, &[], None).unwrap().customers().collect();
            if let Some(customer) = customers.get(*customer) {
                device.store.delete_customer(*customer, NOW).unwrap();
            }
        }
        Step::Undo { device, import } => {
            let undone = at(devices, *device).store.undo_import(ImportId(*import as i64), NOW).map(|_| ());
            let is_fine = matches!(
                undone,
                Ok(())
                    | Err(Error::NotFound { .. } | Error::AlreadyUndone | Error::LaterImportDepends { .. })
            );
            assert!(is_fine, "{undone:?}");
        }
        Step::Queue(number) => at(devices, *number).queue(),
        Step::Push(number) => at(devices, *number).push(sequence),
        Step::Pull(number, limit) => at(devices, *number).pull(sequence, *limit),
    }
}

/// Lets every device send and read everything; two rounds more than needed must change nothing.
fn settle(devices: &mut [Device], sequence: &mut Vec<TestOp>) {
    for _ in 0..3 {
        devices.iter_mut().for_each(|device| device.sync(sequence));
    }
    let n_ops = sequence.len();
    devices.iter_mut().for_each(|device| device.sync(sequence));
    assert_eq!(sequence.len(), n_ops, "nothing is sent back");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn devices_that_exchanged_everything_hold_the_same(steps in prop::collection::vec(step(), 1..30)) {
        let mut devices = [Device::new(1), Device::new(2), Device::new(3)];
        let mut sequence = Vec::new();
        for step in &steps {
            take(&mut devices, &mut sequence, step);
        }
        settle(&mut devices, &mut sequence);
        let [one, two, three] = &devices;
        prop_assert_eq!(one.state(), two.state());
        prop_assert_eq!(two.state(), three.state());
        for device in &devices {
            prop_assert_eq!(device.store.outbox_counts().unwrap(), Default::default());
            prop_assert_eq!(device.store.change_counts(Purpose::Backup).unwrap(), (0, vec![]));
            device.store.verify_chain().unwrap();
            device.store.integrity_check().unwrap();
        }
        let mut late = Device::new(3);
        late.number = 9;
        late.pull(&sequence, usize::MAX);
        prop_assert_eq!(late.state(), one.state(), "a device that reads it all at once");
    }
}
