//! Devices come, go, are restored and are revoked.

use stillroom_engine::{
    platform::{FolderPlatform, Platform},
    protocol::{
        Backup, ConnectServer, CreateWorkspace, Devices, EraseWorkspace, FileKind, JoinWorkspace,
        OfferPairing, Privacy, Request, RevokeDevice, Secret, Status, SyncNow, Unlock,
    },
    session::{Session, drive},
};

use crate::world::{Device, ORIGIN, PASSPHRASE, World};

const PEOPLE: &str = "external_id,name,city\n1,Ada,London\n2,Bo,Oslo\n";

#[test]
fn a_revoked_device_is_out_and_what_comes_after_is_sealed_for_the_others() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.back_up();
    first.sync();
    let mut second = first.join();
    let mut third = first.join();
    second.sync();
    let devices = first.ask(Devices {});
    assert_eq!(devices.len(), 3);
    let lost = second.ask(Devices {}).into_iter().find(|device| device.is_this).expect("itself");
    first.ask(RevokeDevice { id: lost.id.clone() });
    first.sync();
    let info = second.ask(SyncNow { gpc: false });
    assert_eq!((info.phase.as_str(), info.problem.as_deref()), ("stopped", Some("unauthorized")));
    first.edit(1, "city", "Paris");
    first.sync();
    third.sync();
    assert!(format!("{:?}", third.table(&["city"])).contains("Paris"), "the third device has the new key");
    third.edit(1, "name", "Ada L.");
    third.sync();
    first.sync();
    assert_eq!(first.table(&["name", "city"]), third.table(&["name", "city"]));
    assert!(!format!("{:?}", second.table(&["city"])).contains("Paris"));
    assert!(first.ask(Devices {}).iter().any(|device| device.id == lost.id && device.is_revoked));
}

#[test]
fn unlocking_goes_on_where_locking_stopped_it() {
    let world = World::new();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let now = FolderPlatform::open(folder.path()).expect("a folder").now_millis();
    world.set_now(now);
    let ask = |session: &mut Session<FolderPlatform>, request: Request| {
        let answer = drive::answer(session, request, ORIGIN, &mut |sent| world.send(sent), &mut |_| ());
        answer.expect("an answer").body
    };
    let mut session = Session::new(FolderPlatform::open(folder.path()).expect("a folder"));
    ask(&mut session, CreateWorkspace { passphrase: PASSPHRASE.to_owned() }.into());
    let connected = ask(&mut session, ConnectServer {}.into());
    drop(session);
    let mut session = Session::new(FolderPlatform::open(folder.path()).expect("the same folder"));
    ask(&mut session, Unlock { secret: Secret::Passphrase(PASSPHRASE.to_owned()) }.into());
    let privacy = ask(&mut session, Privacy { gpc: false }.into());
    assert_eq!(privacy["server"], connected);
    let info = ask(&mut session, SyncNow { gpc: false }.into());
    assert_eq!((info["phase"].as_str(), info["problem"].as_str()), (Some("off"), None));
}

#[test]
fn a_restored_workspace_joins_again_as_another_device() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.back_up();
    first.sync();
    let mut second = first.join();
    let backup = second.file(Backup { passphrase: PASSPHRASE.to_owned() });
    second.edit(1, "city", "Paris");
    second.sync();
    let mut restored = Device::new(&world);
    restored.session.restore(&backup, PASSPHRASE).expect("the backup opens");
    let info = restored.privacy().sync;
    assert_eq!((info.phase.as_str(), info.problem.as_deref()), ("stopped", Some("restored")));
    assert!(restored.session.next_exchange().is_ok());
    let n_sent = world.sent.borrow().len();
    restored.session.wake_sync();
    assert!(matches!(restored.session.next_exchange(), Ok(stillroom_engine::session::SyncStep::Idle)));
    assert_eq!(world.sent.borrow().len(), n_sent, "it does not speak in the name of the device it came from");
    let code = first.ask(OfferPairing {}).code;
    restored.ask(JoinWorkspace { code });
    first.ask(stillroom_engine::protocol::CheckPairing {});
    first.sync();
    restored.sync();
    first.sync();
    second.sync();
    restored.sync();
    assert_eq!(first.ask(Devices {}).len(), 3);
    assert!(
        format!("{:?}", restored.table(&["city"])).contains("Paris"),
        "it has what came after the backup"
    );
    assert_eq!(restored.table(&["name", "city"]), first.table(&["name", "city"]));
    assert_eq!(second.table(&["name", "city"]), first.table(&["name", "city"]));
    restored.edit(2, "city", "Bergen");
    restored.sync();
    first.sync();
    assert!(format!("{:?}", first.table(&["city"])).contains("Bergen"));
}

#[test]
fn erasing_the_workspace_forgets_its_place_among_the_devices() {
    let world = World::new();
    let mut device = Device::first(&world, PEOPLE);
    device.back_up();
    device.sync();
    device.ask(EraseWorkspace {});
    assert!(!device.ask(Status {}).exists);
    let refused = device.try_ask(SyncNow { gpc: false }).expect_err("there is nothing to sync");
    assert_eq!(refused.code, "locked");
    let mut again = Device::new(&world);
    again.import(PEOPLE, FileKind::Customers);
    assert!(again.privacy().server.is_none());
}
