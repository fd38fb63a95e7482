//! The consent ledger.

use stillroom_consent::{Event, GrantId, Hash, Purpose, WorkspaceId, cbor};
use stillroom_sync::wire::{Append, Appended, MAX_ENTRIES, NewWorkspace, encode};

use super::Start;
use super::world::{Device, World, ended, token, tokens};

pub(crate) async fn entries_follow_the_head_or_learn_where_it_is(start: Start) {
    let world = World::new(start).await;
    let mut host = world.found(1).await;
    let mut guest = world.join(&mut host, 2).await;
    world.grant(&mut host, Purpose::Backup, 1).await;
    let grant = guest.grant(world.now(), Purpose::HostedReport, 2);
    let late = guest.entry(world.now(), Event::GrantGiven(grant));
    let refused = world.post("/v1/consent", &guest, &Append { entries: vec![late.clone()] }).await;
    refused.expect(409, "head_moved");
    let head = refused.problem().head.expect("the head is told");
    assert_eq!((head.head.seq, head.head.hash), host.head);

    guest.head = host.head;
    let anew = guest.entry(world.now(), late.entry.event);
    let appended: Appended = world.post("/v1/consent", &guest, &Append { entries: vec![anew] }).await.read();
    assert_eq!((appended.head.head.seq, appended.head.head.hash), guest.head);
}

pub(crate) async fn entries_are_checked_before_they_are_kept(start: Start) {
    let world = World::new(start).await;
    let mut device = world.found(1).await;
    let elsewhere = world.found(9).await;
    let before = device.head;
    let granted = Event::GrantGiven(device.grant(world.now(), Purpose::Backup, 1));
    let good = device.entry(world.now(), granted);
    let mut forged = good.clone();
    forged.signature.0[5] ^= 1;
    let mut foreign = good.entry.clone();
    foreign.workspace = elsewhere.workspace;
    let mut stranger = good.entry.clone();
    stranger.device = elsewhere.id;
    let unknown = Event::GrantWithdrawn { grant: GrantId([77; 16]) };
    let mut unknown_grant = good.entry.clone();
    unknown_grant.event = unknown;
    for (entries, status, code) in [
        (vec![], 422, "malformed"),
        (vec![forged], 422, "bad-signature"),
        (vec![device.sign(foreign)], 401, "unauthorized"),
        (vec![device.sign(stranger)], 422, "unknown-device"),
        (vec![device.sign(unknown_grant)], 422, "invalid-entry"),
        (vec![good.clone(), good.clone()], 422, "broken-chain"),
    ] {
        world.post("/v1/consent", &device, &Append { entries }).await.expect(status, code);
        let head = world.ledger(&device, 0).await.head.head;
        assert_eq!((head.seq, head.hash), before, "{code}: nothing was kept");
    }
    world.post("/v1/consent", &device, &Append { entries: vec![good] }).await.read::<Appended>();
}

pub(crate) async fn an_entry_from_the_future_is_refused_and_told_the_time(start: Start) {
    const MAX_AHEAD: i64 = stillroom_consent::ledger::MAX_AHEAD_MILLIS;
    let world = World::new(start).await;
    let mut device = world.found(1).await;
    let before = device.head;
    let erased = || Event::Erased { tokens: vec![token(1)] };
    let given = || Event::Restricted { on: true, tokens: vec![token(2)] };
    for (path, event) in [("/v1/consent", given()), ("/v1/erase", erased())] {
        device.head = before;
        let entries = vec![device.entry(world.now() + MAX_AHEAD + 1, event)];
        let refused = world.post(path, &device, &Append { entries }).await;
        refused.expect(422, "clock-ahead");
        let head = refused.problem().head.expect("the server's time is told").head;
        assert_eq!((head.seq, head.hash, head.at), (before.0, before.1, world.now()), "nothing was kept");
    }
    device.head = before;
    let just = device.entry(world.now() + MAX_AHEAD, given());
    world.post("/v1/consent", &device, &Append { entries: vec![just] }).await.read::<Appended>();

    let mut early = Device::new(WorkspaceId([3; 16]), 3);
    let entry = early.entry(world.now() + MAX_AHEAD + 1, Event::DeviceAdded(early.info()));
    let new = Some(encode(&NewWorkspace { workspace: early.workspace, entry }));
    world.ask("POST", "/v1/workspaces", None, new).await.expect(422, "clock-ahead");
}

pub(crate) async fn one_request_carries_no_more_entries_than_a_page_of_the_ledger(start: Start) {
    let world = World::new(start).await;
    let mut device = world.found(1).await;
    let mut entries = |n: usize| {
        let entry =
            |n: u64| device.entry(world.now(), Event::Restricted { on: true, tokens: vec![token(n)] });
        (0..n as u64).map(entry).collect::<Vec<_>>()
    };
    let most = entries(MAX_ENTRIES);
    let head = most.last().map(|signed| (signed.entry.seq, signed.entry.hash()));
    let device_before = device.token.clone();
    let too_many = [most.clone(), vec![most[0].clone()]].concat();
    let body = Some(encode(&Append { entries: too_many }));
    world.ask("POST", "/v1/consent", Some(&device_before), body).await.expect(413, "too_large");
    let appended: Appended = world.post("/v1/consent", &device, &Append { entries: most }).await.read();
    assert_eq!(Some((appended.head.head.seq, appended.head.head.hash)), head);
    let page = world.ledger(&device, 0).await;
    assert_eq!((page.entries.len(), page.has_more), (MAX_ENTRIES, true));
}

pub(crate) async fn the_ledger_is_read_in_pages_and_countersigned(start: Start) {
    let world = World::new(start).await;
    let mut device = world.found(1).await;
    let server_key = world
        .ask("GET", "/v1/server", None, None)
        .await
        .read::<stillroom_sync::wire::ServerInfo>()
        .server_key;
    for round in 0..40 {
        world.bases(&mut device, Purpose::Backup, &tokens(round * 2_000..(round + 1) * 2_000)).await;
    }
    let (mut seq, mut hash, mut n_pages) = (0, Hash::ZERO, 0);
    loop {
        let page = world.ledger(&device, seq).await;
        assert_eq!(page.head.verify(&server_key), Ok(()));
        for signed in &page.entries {
            assert_eq!((signed.entry.seq, signed.entry.prev), (seq + 1, hash));
            seq = signed.entry.seq;
            hash = signed.entry.hash();
        }
        n_pages += 1;
        assert_eq!(page.has_more, seq < page.head.head.seq);
        assert!(cbor::encode(&page).len() <= stillroom_sync::wire::MAX_BYTES);
        if !page.has_more {
            assert_eq!((page.head.head.seq, page.head.head.hash), (seq, hash));
            break;
        }
    }
    assert_eq!((seq, hash), device.head);
    assert!(n_pages > 1, "40 entries of 2,000 tokens do not fit one page");
}

pub(crate) async fn every_address_takes_its_own_entries_only(start: Start) {
    let world = World::new(start).await;
    let mut device = world.found(1).await;
    let grant = world.grant(&mut device, Purpose::Backup, 1).await;
    let second = device.grant(world.now(), Purpose::Backup, 2);
    let given = || Event::GrantGiven(second.clone());
    let ended = || Event::Bases {
        purpose: Purpose::Backup,
        basis: ended(stillroom_consent::BasisState::Withdrawn, world.now()),
        tokens: vec![token(1)],
    };
    let erased = || Event::Erased { tokens: vec![token(1)] };
    let revoked = format!("/v1/devices/{}", device.id);
    for (method, path, event) in [
        ("POST", "/v1/consent/withdraw", given()),
        ("POST", "/v1/consent/withdraw", erased()),
        ("POST", "/v1/erase", ended()),
        ("POST", "/v1/erase", Event::GrantWithdrawn { grant }),
        ("DELETE", revoked.as_str(), erased()),
    ] {
        let head = device.head;
        let entries = vec![device.entry(world.now(), event)];
        device.head = head;
        let body = Some(encode(&Append { entries }));
        world.ask(method, path, Some(&device.token), body).await.expect(422, "invalid-entry");
    }
}
