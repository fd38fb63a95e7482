//! Two devices: pairing, syncing, editing apart, conflicts.

use stillroom_engine::protocol::{
    Conflicts, ConnectServer, FileKind, JoinWorkspace, NetworkLog, OfferPairing, Parked, PreviewExchange,
    SettleConflict, SyncNow, Whose, WithdrawGrant,
};

use crate::world::{DAY, Device, World};

const PEOPLE: &str = "external_id,name,email,city,notes\n1,Ada,ada@example.org,London,likes engines\n2,Bo,bo@example.org,Oslo,\n3,Cy,cy@example.org,Rome,calls late\n";
const FIELDS: [&str; 5] = ["external_id", "name", "email", "city", "notes"];

#[test]
fn without_a_grant_nothing_is_asked_of_anybody() {
    let world = World::new();
    let mut device = Device::new(&world);
    device.import(PEOPLE, FileKind::Customers);
    device.edit(1, "city", "Paris");
    assert!(matches!(device.session.next_exchange(), Ok(stillroom_engine::session::SyncStep::Idle)));
    assert_eq!(device.privacy().sync.phase, "off");
    device.ask(ConnectServer {});
    let n_requests = world.sent.borrow().len();
    device.edit(1, "city", "Rome");
    device.session.wake_sync();
    assert!(matches!(device.session.next_exchange(), Ok(stillroom_engine::session::SyncStep::Idle)));
    assert_eq!(world.sent.borrow().len(), n_requests, "connecting alone starts nothing");
    assert_eq!(n_requests, 2, "the server's terms, and the workspace");
}

#[test]
fn what_is_granted_arrives_on_a_device_that_joins() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.back_up();
    first.sync();
    let mut second = first.join();
    assert_eq!(second.table(&FIELDS), first.table(&FIELDS));
    assert_eq!(second.table(&FIELDS).len(), 3);
    let lines = "order_no,customer_id,item_code,quantity,unit_price,date\nA1,1,tea,2,3.5,2026-01-02\nA2,1,jam,1,4,2026-02-03\nA3,3,tea,5,3.5,2026-03-04\n";
    first.import(lines, FileKind::OrderLines);
    first.sync();
    second.sync();
    let numbers = ["external_id", "orders", "spent", "last_order_at"];
    assert_eq!(second.table(&numbers), first.table(&numbers));
}

#[test]
fn edits_made_apart_meet_and_the_value_that_lost_is_on_the_shelf() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.back_up();
    first.sync();
    let mut second = first.join();
    world.is_offline.set(true);
    let (here, there) = (first.id_of("1"), second.id_of("1"));
    first.edit(here, "city", "Paris");
    first.edit(here, "name", "Ada L.");
    world.pass(60_000);
    second.edit(there, "city", "Madrid");
    let waiting = second.ask(SyncNow { gpc: false });
    assert_eq!((waiting.phase.as_str(), waiting.problem.as_deref()), ("waiting", Some("offline")));
    world.pass(600_000);
    world.is_offline.set(false);
    first.sync();
    second.sync();
    first.sync();
    assert_eq!(first.table(&FIELDS), second.table(&FIELDS));
    let (here, there) = (first.ask(Conflicts {}), second.ask(Conflicts {}));
    assert!(!here.is_empty() || !there.is_empty(), "somebody notices");
    assert!(here.len() <= 1 && there.len() <= 1, "{here:?} {there:?}");
    let (device, conflict) = if here.is_empty() { (&mut second, &there[0]) } else { (&mut first, &here[0]) };
    assert_eq!(conflict.group, "contact");
    let values: Vec<&str> = conflict
        .fields
        .iter()
        .filter(|(field, ..)| field == "city")
        .flat_map(|(_, kept, other)| [kept.as_str(), other])
        .collect();
    assert!(values.contains(&"Paris") && values.contains(&"Madrid"), "both values are kept: {values:?}");
    let other = conflict.fields.iter().find(|(field, ..)| field == "city").expect("the field").2.clone();
    device.ask(SettleConflict { id: conflict.id, take_other: true });
    assert!(device.ask(Conflicts {}).is_empty());
    first.sync();
    second.sync();
    first.sync();
    assert_eq!(first.table(&FIELDS), second.table(&FIELDS));
    assert!(format!("{:?}", first.table(&["city"])).contains(&other), "the other value is in force now");
}

#[test]
fn a_withdrawal_stops_at_once_also_offline_and_empties_the_server() {
    let world = World::new();
    let mut device = Device::first(&world, PEOPLE);
    device.back_up();
    device.sync();
    device.edit(1, "city", "Paris");
    world.is_offline.set(true);
    let n_requests = world.sent.borrow().len();
    let receipt = device.ask(WithdrawGrant { purpose: "backup".to_owned() });
    assert_eq!((receipt.kind.as_str(), receipt.is_complete), ("withdrawal", false));
    assert_eq!(world.sent.borrow().len(), n_requests, "withdrawing asks nobody");
    let privacy = device.privacy();
    assert!(privacy.purposes[0].grant.is_none());
    world.is_offline.set(false);
    device.sync();
    let pushes = world.sent.borrow()[n_requests..].iter().filter(|(path, _)| path == "/v1/push").count();
    assert_eq!(pushes, 0, "nothing is pushed after the withdrawal");
    let receipts = device.ask(stillroom_engine::protocol::Receipts {});
    assert!(receipts.iter().any(|receipt| receipt.kind == "withdrawal" && receipt.is_countersigned));
    let exported = world.sent.borrow().len();
    assert!(exported > 0);
    device.edit(1, "city", "Lyon");
    device.session.wake_sync();
    assert!(matches!(device.session.next_exchange(), Ok(stillroom_engine::session::SyncStep::Idle)));
}

#[test]
fn customers_without_a_basis_are_parked_with_the_reason_and_travel_once_it_is_there() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.grant("backup", &["identity", "contact"]);
    let two = first.id_of("2");
    first.set_basis(Whose::Customer(two), "backup", "given");
    let info = first.sync();
    assert!(info.parked > 0);
    let parked = first.ask(Parked { offset: 0, limit: 100 });
    assert!(parked.iter().all(|change| change.customer != Some(two) || change.reason == "group_not_granted"));
    assert!(parked.iter().any(|change| change.reason == "no_basis"));
    let mut second = first.join();
    assert_eq!(second.table(&["external_id"]).len(), 1);
    first.set_basis(Whose::Filter("city = \"Rome\"".to_owned()), "backup", "given");
    first.sync();
    second.sync();
    assert_eq!(second.table(&["external_id"]).len(), 2);
    assert!(format!("{:?}", second.table(&["notes"])).contains("Missing"), "notes were not granted");
}

#[test]
fn every_request_is_in_the_network_ledger_with_what_it_contained() {
    let world = World::new();
    let mut device = Device::first(&world, PEOPLE);
    device.back_up();
    device.sync();
    let log = device.ask(NetworkLog { offset: 0, limit: 500 });
    assert_eq!(log.len(), world.sent.borrow().len());
    let push = log.iter().find(|line| line.request == "POST /v1/push").expect("a push");
    assert_eq!((push.purpose.as_deref(), push.status), (Some("backup"), Some(200)));
    assert_eq!(push.n_customers, 3);
    assert!(push.bytes_sent > 0 && push.has_preview);
    let preview = device.ask(PreviewExchange { id: push.id });
    assert!(preview.rows.iter().flatten().any(|cell| cell.contains("likes engines")));
}

#[test]
fn a_code_serves_once_and_only_an_empty_workspace_joins() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    let code = first.ask(OfferPairing {}).code;
    let mut full = Device::new(&world);
    full.import(PEOPLE, FileKind::Customers);
    let refused = full.try_ask(JoinWorkspace { code: code.clone() }).expect_err("it is not empty");
    assert_eq!(refused.code, "workspace-not-empty");
    Device::new(&world).ask(JoinWorkspace { code: code.clone() });
    let again = Device::new(&world).try_ask(JoinWorkspace { code }).expect_err("it was used");
    assert_eq!(again.code, "offer-gone");
    let code = first.ask(OfferPairing {}).code;
    world.pass(DAY);
    let late = Device::new(&world).try_ask(JoinWorkspace { code }).expect_err("it is over");
    assert_eq!(late.code, "offer-gone");
}
