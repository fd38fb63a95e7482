//! A consent that ends reaches every device, one that comes back brings everything back, and one from before there was a server counts.

use stillroom_consent::{
    GrantId, Purpose,
    receipt::{Content, Receipt, SyncReceipt, Transfer},
};
use stillroom_engine::protocol::{
    BasisChoice, Conflicts, ConnectServer, Customer, CustomerConsents, ExportCustomer, ExportForm,
    ExportReceipt, FileKind, Parked, Receipts, Restrict, SetBasis, SyncNow, Whose, WithdrawGrant,
};

use crate::world::{DAY, Device, World};

const PEOPLE: &str =
    "external_id,name,city,notes\n1,Ada,London,likes engines\n2,Bo,Oslo,\n3,Cy,Rome,calls late\n";
const FIELDS: [&str; 4] = ["external_id", "name", "city", "notes"];
const ALL: [&str; 6] = ["identity", "contact", "commercial", "behaviour", "notes", "scores"];

/// A device with three customers that are backed up, and one that joined it.
fn pair(world: &std::rc::Rc<World>) -> (Device, Device) {
    let mut first = Device::first(world, PEOPLE);
    first.back_up();
    first.sync();
    let second = first.join();
    (first, second)
}

fn withdraw(device: &mut Device) {
    device.ask(WithdrawGrant { purpose: "backup".to_owned() });
}

/// Exchanges until everybody has everything.
fn settle(devices: &mut [&mut Device]) {
    for _ in 0..2 {
        devices.iter_mut().for_each(|device| drop(device.sync()));
    }
}

fn ids(device: &mut Device) -> Vec<String> {
    device.table(&["external_id"]).into_iter().flatten().collect()
}

#[test]
fn a_withdrawal_takes_the_copies_on_other_devices_and_leaves_what_is_their_own() {
    let world = World::new();
    let (mut first, mut second) = pair(&world);
    let edited = second.id_of("2");
    second.edit(edited, "city", "Bergen");
    second.import("external_id,name\n9,Dee\n", FileKind::Customers);
    second.set_basis(Whose::Everybody, "backup", "given");
    settle(&mut [&mut second, &mut first]);
    assert_eq!(first.table(&FIELDS), second.table(&FIELDS));
    withdraw(&mut first);
    settle(&mut [&mut first, &mut second]);
    assert_eq!(ids(&mut second), ["Text(\"2\")", "Text(\"9\")"], "what was edited or made there stays");
    assert_eq!(ids(&mut first).len(), 4, "who withdraws keeps what is there");
}

#[test]
fn a_grant_that_is_over_takes_its_copies_without_a_word_from_anybody() {
    let world = World::new();
    let (mut first, mut second) = pair(&world);
    world.is_offline.set(true);
    world.pass(31 * DAY);
    second.ask(SyncNow { gpc: false });
    assert!(ids(&mut second).is_empty(), "also offline");
    assert_eq!(ids(&mut first).len(), 3);
}

#[test]
fn another_grant_brings_everything_back_to_every_device() {
    let world = World::new();
    let (mut first, mut second) = pair(&world);
    let mut third = first.join();
    withdraw(&mut first);
    settle(&mut [&mut first, &mut second]);
    assert!(ids(&mut second).is_empty());
    first.edit(1, "city", "Paris");
    first.grant("backup", &ALL);
    settle(&mut [&mut first, &mut second, &mut third]);
    assert_eq!(second.table(&FIELDS), first.table(&FIELDS), "withdrawn and given in two exchanges");
    assert_eq!(third.table(&FIELDS), first.table(&FIELDS), "and in one");
    let mut fourth = first.join();
    assert_eq!(fourth.table(&FIELDS), first.table(&FIELDS), "the server has it all");
    for device in [&mut first, &mut second, &mut third, &mut fourth] {
        assert!(device.ask(Conflicts {}).is_empty() && device.privacy().sync.parked == 0);
    }
}

#[test]
fn what_is_sent_again_never_overtakes_what_is_newer() {
    let world = World::new();
    let (mut first, mut second) = pair(&world);
    let here = second.id_of("1");
    second.edit(here, "city", "Bergen");
    settle(&mut [&mut second, &mut first]);
    world.pass(60_000);
    first.edit(1, "city", "Paris");
    withdraw(&mut first);
    first.grant("backup", &ALL);
    second.sync();
    first.sync();
    second.sync();
    settle(&mut [&mut second, &mut first]);
    assert!(format!("{:?}", second.table(&["city"])).contains("Paris"));
    assert_eq!(second.table(&FIELDS), first.table(&FIELDS));
    assert!(second.ask(Conflicts {}).is_empty() && first.ask(Conflicts {}).is_empty());
}

#[test]
fn a_basis_that_is_given_again_brings_the_record_back() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.back_up();
    first.sync();
    first.set_basis(Whose::Customer(1), "backup", "withdrawn");
    first.sync();
    let mut second = first.join();
    assert_eq!(ids(&mut second).len(), 2, "the server has removed it");
    world.pass(1_000);
    first.set_basis(Whose::Customer(1), "backup", "given");
    settle(&mut [&mut first, &mut second]);
    assert_eq!(second.table(&FIELDS), first.table(&FIELDS));
    assert_eq!(first.privacy().sync.parked, 0);
}

#[test]
fn an_edit_after_the_server_let_a_record_go_by_age_brings_it_back_whole() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.grant_for(403, "backup", &ALL);
    first.set_basis(Whose::Everybody, "backup", "given");
    first.sync();
    for _ in 0..5 {
        world.pass(80 * DAY + DAY / 5);
        first.sync();
    }
    world.sweep();
    let mut second = first.join();
    assert!(ids(&mut second).is_empty(), "400 days are over");
    first.edit(1, "city", "Paris");
    settle(&mut [&mut first, &mut second]);
    assert_eq!(first.privacy().sync.parked, 0);
    assert_eq!(second.table(&FIELDS), first.table(&FIELDS)[..1]);
}

#[test]
fn a_restriction_that_is_lifted_lets_through_what_it_kept_back() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.grant("backup", &ALL);
    first.set_basis(Whose::Everybody, "backup", "given");
    first.ask(Restrict { id: 1, on: true });
    first.sync();
    let mut second = first.join();
    assert_eq!(ids(&mut second).len(), 2, "it was restricted before it was ever sent");
    first.ask(Restrict { id: 2, on: true });
    withdraw(&mut first);
    first.sync();
    first.grant("backup", &ALL);
    settle(&mut [&mut first, &mut second]);
    assert_eq!(ids(&mut second), ["Text(\"3\")"]);
    first.ask(Restrict { id: 1, on: false });
    first.ask(Restrict { id: 2, on: false });
    settle(&mut [&mut first, &mut second]);
    assert_eq!(second.table(&FIELDS), first.table(&FIELDS));
}

#[test]
fn a_basis_counts_from_before_there_is_a_server() {
    let world = World::new();
    let mut first = Device::new(&world);
    first.import(PEOPLE, FileKind::Customers);
    let recorded_at = world.now();
    assert_eq!(first.set_basis(Whose::Everybody, "backup", "given"), 3);
    first.set_basis(Whose::Customer(2), "backup", "refused");
    let refused = BasisChoice {
        purpose: "backup".to_owned(),
        basis: "contract".to_owned(),
        state: "given".to_owned(),
        method: "contract".to_owned(),
        evidence: String::new(),
        expires_days: None,
        gpc: false,
    };
    let refused = first.try_ask(SetBasis { whose: Whose::Customer(2), choice: refused });
    assert!(refused.is_err(), "a no is not undone by a form without evidence");
    assert_eq!(world.sent.borrow().len(), 0, "nobody was asked");
    let said = |device: &mut Device, id| {
        let basis = device.ask(CustomerConsents { id }).purposes.remove(0);
        (basis.state, basis.evidence, basis.obtained_at_millis)
    };
    let expected = |state: &str| (state.to_owned(), Some("folder 7".to_owned()), Some(recorded_at as f64));
    assert_eq!((said(&mut first, 1), said(&mut first, 2)), (expected("given"), expected("refused")));
    let counts = first.privacy().purposes[0].customers;
    assert_eq!((counts.given, counts.refused, counts.none), (2, 1, 0));
    let json = first.file(ExportCustomer { id: 1, form: ExportForm::Json });
    assert!(String::from_utf8(json).expect("it is text").contains("folder 7"));
    world.pass(DAY);
    first.ask(ConnectServer {});
    first.grant("backup", &ALL);
    first.sync();
    assert_eq!((said(&mut first, 1), said(&mut first, 2)), (expected("given"), expected("refused")));
    assert_eq!(first.privacy().purposes[0].customers, counts);
    let mut second = first.join();
    assert_eq!(ids(&mut second), ["Text(\"1\")", "Text(\"3\")"]);
    assert_eq!(second.privacy().purposes[0].customers.refused, 1, "the no is in the ledger, too");
}

#[test]
fn a_basis_is_recorded_offline_and_goes_with_the_next_exchange() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.grant("backup", &ALL);
    first.sync();
    world.is_offline.set(true);
    assert_eq!(first.set_basis(Whose::Everybody, "backup", "given"), 3);
    assert_eq!(first.ask(SyncNow { gpc: false }).problem.as_deref(), Some("offline"));
    world.is_offline.set(false);
    first.sync();
    let mut second = first.join();
    assert_eq!(second.table(&FIELDS), first.table(&FIELDS));
}

fn sync_receipts(device: &mut Device) -> Vec<SyncReceipt> {
    let mut found = Vec::new();
    for info in device.ask(Receipts {}).into_iter().filter(|info| info.kind == "sync") {
        let json = String::from_utf8(device.file(ExportReceipt { id: info.id })).expect("it is text");
        let receipt = Receipt::from_json(&json).expect("a receipt");
        receipt.verify(None).expect("a good signature");
        assert!(info.is_complete);
        match receipt.record.event {
            Content::Sync(sync) => found.push(sync),
            other => panic!("{other:?} is filed as a sync"),
        }
    }
    found.reverse();
    found
}

#[test]
fn what_was_pushed_has_a_receipt_with_its_counts_and_numbers() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.back_up();
    first.grant("hosted-report", &["behaviour"]);
    first.set_basis(Whose::Everybody, "hosted-report", "given");
    first.sync();
    let receipts = sync_receipts(&mut first);
    assert_eq!(receipts.len(), 1, "one for the exchange, not one for each request");
    let count = |receipt: &SyncReceipt, of: Purpose| {
        let transfers: Vec<&Transfer> = receipt.transfers.iter().filter(|one| one.purpose == of).collect();
        assert!(transfers.iter().all(|one| one.n_bytes > 0 && one.grant != GrantId([0; 16])));
        transfers
            .iter()
            .map(|one| (one.pii_type.map(|group| group.key()), one.n_operations))
            .collect::<Vec<_>>()
    };
    let backup = [(Some("contact"), 3), (Some("identity"), 3), (Some("notes"), 2)];
    assert_eq!(count(&receipts[0], Purpose::Backup), backup);
    assert_eq!(count(&receipts[0], Purpose::HostedReport), [(Some("behaviour"), 3)]);
    assert_eq!((receipts[0].first_seq, receipts[0].last_seq), (1, 11));
    first.sync();
    assert_eq!(sync_receipts(&mut first).len(), 1, "an exchange that pushed nothing has none");
    first.edit(1, "city", "Paris");
    first.sync();
    let receipts = sync_receipts(&mut first);
    assert_eq!(count(&receipts[1], Purpose::Backup), [(Some("contact"), 1)]);
    assert_eq!((receipts[1].first_seq, receipts[1].last_seq), (12, 12));
}

#[test]
fn a_push_whose_answer_was_lost_is_in_a_receipt_once() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.back_up();
    first.sync();
    first.edit(1, "city", "Paris");
    world.loses_answers_to.borrow_mut().push("/v1/push".to_owned());
    first.ask(SyncNow { gpc: false });
    world.loses_answers_to.borrow_mut().clear();
    world.pass(600_000);
    first.sync();
    let receipts = sync_receipts(&mut first);
    let n_contacts: Vec<u64> = receipts
        .iter()
        .flat_map(|receipt| &receipt.transfers)
        .filter(|transfer| transfer.pii_type.is_some_and(|group| group.key() == "contact"))
        .map(|transfer| transfer.n_operations)
        .collect();
    assert_eq!(n_contacts, [3, 1]);
}

#[test]
fn what_waits_is_counted_for_its_purpose_and_what_is_parked_since_it_is() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.back_up();
    first.grant("hosted-report", &["behaviour"]);
    first.sync();
    let parked_at = world.now();
    let parked = |device: &mut Device| -> Vec<f64> {
        let parked = device.ask(Parked { offset: 0, limit: 100 });
        parked.iter().filter(|one| one.reason == "no_basis").map(|one| one.at_millis).collect()
    };
    assert_eq!(parked(&mut first), [parked_at as f64; 3]);
    world.is_offline.set(true);
    world.pass(DAY);
    first.edit(1, "city", "Paris");
    first.edit(2, "name", "Bo B.");
    first.ask(SyncNow { gpc: false });
    let waiting = first.privacy().sync.waiting;
    assert_eq!(waiting, [("backup".to_owned(), 2), ("hosted-report".to_owned(), 0)]);
    world.is_offline.set(false);
    world.pass(DAY);
    first.set_basis(Whose::Customer(1), "hosted-report", "given");
    first.sync();
    assert_eq!(parked(&mut first), [parked_at as f64; 2], "trying again in vain is no new parking");
}

#[test]
fn a_history_says_what_came_from_another_device() {
    let world = World::new();
    let (mut first, mut second) = pair(&world);
    first.edit(1, "city", "Paris");
    settle(&mut [&mut first, &mut second]);
    let id = second.id_of("1");
    let kinds: std::collections::BTreeSet<String> =
        second.ask(Customer { id }).history.into_iter().map(|change| change.kind).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["customers_received", "customers_synced"]);
    let own = first.ask(Customer { id: 1 }).history;
    assert!(own.iter().all(|change| !change.kind.ends_with("synced")));
}
