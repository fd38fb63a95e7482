//! Workspaces, devices, pairing and tokens.

use stillroom_consent::{Blob, Event, Hash, PairingId};
use stillroom_server::{Limits, Registration};
use stillroom_sync::wire::{
    Append, Appended, Devices, Kind, NewWorkspace, PairClaim, PairOffer, PairOffered, PairState, encode,
};

use super::Start;
use super::world::{DAY, Device, World, patient, token};

pub(crate) async fn a_workspace_begins_once_with_its_first_device(start: Start) {
    let world = World::new(start).await;
    let device = world.found(1).await;
    let head = world.ledger(&device, 0).await.head.head;
    assert_eq!((head.seq, head.hash), device.head);

    let mut other = Device::new(device.workspace, 2);
    let entry = other.entry(world.now(), Event::DeviceAdded(other.info()));
    let again = encode(&NewWorkspace { workspace: device.workspace, entry });
    world.ask("POST", "/v1/workspaces", None, Some(again)).await.expect(409, "exists");

    let mut stranger = Device::new(stillroom_consent::WorkspaceId([9; 16]), 9);
    let mut entry = stranger.entry(world.now(), Event::DeviceAdded(stranger.info()));
    entry.signature.0[0] ^= 1;
    let forged = encode(&NewWorkspace { workspace: stranger.workspace, entry });
    world.ask("POST", "/v1/workspaces", None, Some(forged)).await.expect(422, "bad-signature");
}

pub(crate) async fn a_closed_server_takes_no_workspace(start: Start) {
    let world = World::with(start, patient(), Registration::Closed).await;
    let mut device = Device::new(stillroom_consent::WorkspaceId([1; 16]), 1);
    let entry = device.entry(world.now(), Event::DeviceAdded(device.info()));
    let new = encode(&NewWorkspace { workspace: device.workspace, entry });
    world.ask("POST", "/v1/workspaces", None, Some(new)).await.expect(403, "registration_closed");
}

pub(crate) async fn a_pairing_is_claimed_once_and_expires(start: Start) {
    let world = World::new(start).await;
    let host = world.found(1).await;
    let offer = |seed: u8| PairOffer { pairing: PairingId([seed; 16]), bundle: Blob(vec![5; 40]) };
    let claim = |seed: u8, device: &Device| PairClaim {
        pairing: PairingId([seed; 16]),
        device: device.info(),
        proof: Hash([6; 32]),
    };
    let path = |seed: u8| format!("/v1/pair/{}", PairingId([seed; 16]));

    let offered: PairOffered = world.post("/v1/pair", &host, &offer(2)).await.read();
    assert_eq!(offered.expires_at, world.now() + 600_000);
    world.post("/v1/pair", &host, &offer(2)).await.expect(409, "exists");
    assert_eq!(world.get(&path(2), &host).await.read::<PairState>().claim, None);

    let guest = Device::new(host.workspace, 3);
    let body = Some(encode(&claim(2, &guest)));
    assert!(world.ask("POST", "/v1/pair/claim", None, body.clone()).await.status.is_success());
    assert_eq!(world.get(&path(2), &host).await.read::<PairState>().claim, Some(claim(2, &guest)));
    world.ask("POST", "/v1/pair/claim", None, body).await.expect(404, "not_found");

    world.post("/v1/pair", &host, &offer(4)).await.read::<PairOffered>();
    let known = Some(encode(&claim(4, &guest)));
    world.ask("POST", "/v1/pair/claim", None, known).await.expect(409, "exists");
    world.pass(600_000);
    let late = Some(encode(&claim(4, &Device::new(host.workspace, 5))));
    world.ask("POST", "/v1/pair/claim", None, late).await.expect(404, "not_found");
    world.get(&path(4), &host).await.expect(404, "not_found");
    world.state.sweep(false).await.expect("the sweep ends");
    world.post("/v1/pair", &host, &offer(4)).await.read::<PairOffered>();

    let elsewhere = world.found(7).await;
    world.get(&path(4), &elsewhere).await.expect(401, "unauthorized");
}

pub(crate) async fn a_waiting_device_reads_and_cannot_write(start: Start) {
    let world = World::new(start).await;
    let mut host = world.found(1).await;
    let mut guest = world.pair(&host, 2).await;
    assert_eq!(world.ledger(&guest, 0).await.entries.len(), 1);
    for path in ["/v1/pull", "/v1/consent/head"] {
        assert!(world.get(path, &guest).await.status.is_success(), "{path}");
    }
    let op = guest.bare(world.now(), Kind::Void, stillroom_consent::SubjectToken([0; 32]));
    world.push(&guest, vec![op]).await.expect(403, "not_enrolled");
    for path in ["/v1/devices", "/v1/receipts", "/v1/export"] {
        world.get(path, &guest).await.expect(403, "not_enrolled");
    }
    world.ask("DELETE", "/v1/workspace", Some(&guest.token), None).await.expect(403, "not_enrolled");
    world.append(&mut host, Event::DeviceAdded(guest.info())).await;
    assert!(world.get("/v1/devices", &guest).await.status.is_success());
}

pub(crate) async fn a_revoked_device_is_out_at_its_next_request(start: Start) {
    let world = World::new(start).await;
    let mut host = world.found(1).await;
    let guest = world.join(&mut host, 2).await;
    assert!(world.get("/v1/devices", &guest).await.status.is_success());
    let entry = host.revocation(world.now(), guest.id);
    let body = Some(encode(&Append { entries: vec![entry] }));
    let path = format!("/v1/devices/{}", guest.id);
    world.ask("DELETE", &path, Some(&host.token), body).await.read::<Appended>();
    for path in ["/v1/pull", "/v1/consent", "/v1/devices"] {
        world.get(path, &guest).await.expect(401, "unauthorized");
    }
    let devices: Devices = world.get("/v1/devices", &host).await.read();
    let revoked: Vec<_> = devices.devices.iter().map(|state| (state.device, state.is_revoked)).collect();
    assert_eq!(revoked, [(host.id, false), (guest.id, true)]);
}

pub(crate) async fn the_last_device_stays_until_the_workspace_goes(start: Start) {
    let world = World::new(start).await;
    let mut host = world.found(1).await;
    let mut guest = world.join(&mut host, 2).await;
    let revoke = async |by: &mut Device, device: stillroom_consent::DeviceId| {
        let event = Event::DeviceRevoked { device, epoch: 2, keys: vec![] };
        let body = Some(encode(&Append { entries: vec![by.entry(world.now(), event)] }));
        world.ask("DELETE", &format!("/v1/devices/{device}"), Some(&by.token), body).await
    };
    let own = host.id;
    revoke(&mut host, own).await.read::<Appended>();
    world.get("/v1/devices", &host).await.expect(401, "unauthorized");

    guest.head = host.head;
    let (own, before) = (guest.id, guest.head);
    revoke(&mut guest, own).await.expect(409, "last_device");
    let head = world.ledger(&guest, 0).await.head.head;
    assert_eq!((head.seq, head.hash), before, "nothing was kept");
    let devices: Devices = world.get("/v1/devices", &guest).await.read();
    assert_eq!(devices.devices.iter().filter(|state| !state.is_revoked).count(), 1);
    guest.head = before;
    let consent = Event::DeviceRevoked { device: own, epoch: 2, keys: vec![] };
    let entries = vec![guest.entry(world.now(), consent)];
    world.post("/v1/consent", &guest, &Append { entries }).await.expect(409, "last_device");

    let answer = world.ask("DELETE", "/v1/workspace", Some(&guest.token), None).await;
    assert_eq!(answer.status.as_u16(), 204);
}

pub(crate) async fn tokens_expire_without_use_and_roll_with_it(start: Start) {
    let world = World::new(start).await;
    let mut host = world.found(1).await;
    let never_enrolled = world.pair(&host, 2).await;
    let enrolled = world.join(&mut host, 3).await;
    world.pass(DAY);
    world.get("/v1/pull", &never_enrolled).await.expect(401, "unauthorized");
    world.pass(59 * DAY);
    for device in [&host, &enrolled] {
        assert!(world.get("/v1/devices", device).await.status.is_success(), "60 of 90 days");
    }
    world.pass(60 * DAY);
    assert!(world.get("/v1/devices", &host).await.status.is_success(), "used 60 days ago, good for 90");
    world.pass(60 * DAY);
    world.get("/v1/devices", &enrolled).await.expect(401, "unauthorized");
    assert!(world.get("/v1/devices", &host).await.status.is_success());
    world.pass(90 * DAY);
    world.get("/v1/devices", &host).await.expect(401, "unauthorized");
}

pub(crate) async fn open_addresses_are_counted(start: Start) {
    let limits = Limits { open_per_minute: Limits::default().open_per_minute, ..patient() };
    let world = World::with(start, limits, Registration::Open).await;
    for _ in 0..5 {
        world.ask("POST", "/v1/pair/claim", None, Some(vec![0])).await.expect(422, "malformed");
    }
    let refused = world.ask("POST", "/v1/pair/claim", None, Some(vec![0])).await;
    refused.expect(429, "slow_down");
    let seconds = refused.problem().retry_after_seconds.expect("when to come back");
    assert!((1..=13).contains(&seconds), "{seconds}");
    assert_eq!(refused.headers["retry-after"], seconds.to_string());
}

pub(crate) async fn a_workspace_can_be_deleted_and_never_comes_back(start: Start) {
    let world = World::new(start).await;
    let mut device = world.found(1).await;
    let grant = world.grant(&mut device, stillroom_consent::Purpose::Backup, 1).await;
    world.bases(&mut device, stillroom_consent::Purpose::Backup, &[token(1)]).await;
    let op = device.set(world.now(), grant, token(1));
    world.store(&device, vec![op]).await;
    let stays = world.found(2).await;
    let answer = world.ask("DELETE", "/v1/workspace", Some(&device.token), None).await;
    assert_eq!((answer.status.as_u16(), answer.bytes.len()), (204, 0));
    world.get("/v1/pull", &device).await.expect(401, "unauthorized");
    assert!(world.get("/v1/pull", &stays).await.status.is_success());
    let mut again = Device::new(device.workspace, 1);
    let entry = again.entry(world.now(), Event::DeviceAdded(again.info()));
    let body = encode(&NewWorkspace { workspace: device.workspace, entry });
    world.ask("POST", "/v1/workspaces", None, Some(body)).await.expect(409, "exists");
}
