//! A consent that ends reaches every device, and one that comes back brings everything back.

use stillroom_engine::protocol::{Conflicts, FileKind, Restrict, SyncNow, Whose, WithdrawGrant};

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
