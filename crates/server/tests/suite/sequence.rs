//! Pushing and pulling.

use http_body_util::BodyExt as _;
use stillroom_consent::{Blob, Hash, Purpose, SubjectToken};
use stillroom_server::{Limits, Registration};
use stillroom_sync::wire::{
    Body, Kind, Op, Page, Push, Pushed, Refusal, Row, ServerInfo, WrappedDek, next_chain,
};

use super::Start;
use super::world::{Device, World, key_for, key_id, patient, token, tokens};

/// A workspace in which customers 0 to `n` may be backed up.
pub(crate) async fn ready(world: &World, n: u64) -> (Device, stillroom_consent::GrantId) {
    let mut device = world.found(1).await;
    let grant = world.grant(&mut device, Purpose::Backup, 1).await;
    world.bases(&mut device, Purpose::Backup, &tokens(0..n)).await;
    (device, grant)
}

pub(crate) async fn operations_are_stored_once_and_in_order(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 10).await;
    let ops = device.sets(world.now(), grant, &tokens(0..10));
    let first = world.store(&device, ops.clone()).await;
    assert_eq!((first.first_seq, first.head.head.seq), (Some(1), 10));
    let again: Pushed = world.push(&device, ops.clone()).await.read();
    assert_eq!((again.n_known, again.n_accepted, again.first_seq), (10, 0, None));
    assert_eq!(again.head.head.chain, first.head.head.chain);
    let more = device.sets(world.now(), grant, &tokens(0..5));
    let both = [&ops[7..], &more].concat();
    let mixed: Pushed = world.push(&device, both).await.read();
    assert_eq!((mixed.n_known, mixed.n_accepted, mixed.first_seq), (3, 5, Some(11)));
    let nothing: Pushed = world.push(&device, vec![]).await.read();
    assert_eq!((nothing.n_known, nothing.n_accepted, nothing.head.head.seq), (0, 0, 15));
}

pub(crate) async fn gaps_and_two_meanings_of_a_number_are_refused(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 10).await;
    let ops = device.sets(world.now(), grant, &tokens(0..4));
    world.store(&device, ops[..2].to_vec()).await;
    let gap = world.push(&device, ops[3..].to_vec()).await;
    gap.expect(409, "gap");
    assert_eq!(gap.problem().expected, Some(3));
    let inner = world.push(&device, vec![ops[2].clone(), ops[2].clone()]).await;
    inner.expect(409, "gap");
    let other = Op { part: 0, body: Body::Sealed(Blob(vec![8; 120])), ..ops[1].clone() };
    world.push(&device, vec![other]).await.expect(409, "equivocation");
    let of_another = Op { device: stillroom_consent::DeviceId([3; 16]), ..ops[2].clone() };
    world.push(&device, vec![of_another]).await.expect(401, "unauthorized");
    let zero = Op { device_seq: 0, ..ops[2].clone() };
    world.push(&device, vec![zero]).await.expect(422, "malformed");
    world.store(&device, ops[2..].to_vec()).await;
}

pub(crate) async fn a_denied_operation_ends_the_prefix_and_a_void_takes_its_place(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 3).await;
    let ops = device.sets(world.now(), grant, &[token(0), token(1), token(99), token(2)]);
    let pushed: Pushed = world.push(&device, ops.clone()).await.read();
    let denied = pushed.denied.expect("customer 99 has no basis");
    assert_eq!((pushed.n_accepted, denied.index), (2, 2));
    assert_eq!(denied.reason, Refusal::Consent(stillroom_consent::Reason::NoBasis));
    device.next_seq = 3;
    let void = device.bare(world.now(), Kind::Void, SubjectToken([0; 32]));
    device.next_seq = 4;
    let last = device.set(world.now(), grant, token(2));
    let pushed = world.store(&device, vec![void, last]).await;
    assert_eq!(pushed.head.head.seq, 4);
}

pub(crate) async fn pages_follow_one_another_and_resume(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 1_200).await;
    let mut reader = world.join(&mut device, 2).await;
    for chunk in tokens(0..1_200).chunks(400) {
        let ops = device.sets(world.now(), grant, chunk);
        world.store(&device, ops).await;
    }
    let pages = world.pull(&reader, None).await;
    assert!(pages.len() >= 3, "1,200 operations do not fit two pages of 500");
    let mut seq = 0;
    for page in &pages {
        for row in &page.rows {
            seq += 1;
            assert_eq!(row.seq(), seq);
        }
        assert_eq!(page.head.head.seq, seq);
        assert!(page.deks.iter().all(|key| key.epoch == 1) && !page.deks.is_empty());
        assert!(stillroom_sync::wire::encode(page).len() <= stillroom_sync::wire::MAX_BYTES);
    }
    assert_eq!(seq, 1_200);
    let resumed = world.pull(&reader, Some(pages[0].cursor.clone())).await;
    assert_eq!(resumed, pages[1..].to_vec(), "an interrupted pull goes on where it was");
    let done = world.pull(&reader, pages.last().map(|page| page.cursor.clone())).await;
    assert!(done.len() == 1 && done[0].rows.is_empty() && !done[0].has_more);
    let devices: stillroom_sync::wire::Devices = world.get("/v1/devices", &device).await.read();
    let acknowledged: Vec<_> = devices.devices.iter().map(|state| state.acknowledged_seq).collect();
    assert_eq!(acknowledged, [0, 1_200]);
    reader.next_seq = 1;
    let large = reader.sets(world.now(), grant, &tokens(0..40));
    let large = large.into_iter().map(|op| Op { body: Body::Sealed(Blob(vec![1; 60_000])), ..op });
    for op in large {
        world.store(&reader, vec![op]).await;
    }
    let pages = world.pull(&device, pages.last().map(|page| page.cursor.clone())).await;
    assert!(pages.len() >= 3, "40 operations of 60 kB do not fit two pages of 1 MiB");
    assert!(
        pages.iter().all(|page| stillroom_sync::wire::encode(page).len() <= stillroom_sync::wire::MAX_BYTES)
    );
}

pub(crate) async fn cursors_of_other_places_and_histories_are_refused(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 3).await;
    let ops = device.sets(world.now(), grant, &tokens(0..3));
    world.store(&device, ops).await;
    let cursor = world.pull(&device, None).await.remove(0).cursor;
    let other = world.found(5).await;
    world.page(&other, Some(&cursor)).await.expect(401, "unauthorized");
    let elsewhere = World::with_key(start, &world.key_bytes()).await;
    let again = elsewhere.found(1).await;
    elsewhere.page(&again, Some(&cursor)).await.expect(410, "resync_required");
    let mut changed = cursor.clone();
    changed.0[20] ^= 1;
    world.page(&device, Some(&changed)).await.expect(422, "malformed");
    for query in ["?since=zz", "?since=0", "?since=", "?after=00", "?since=AB"] {
        let answer = world.get(&format!("/v1/pull{query}"), &device).await;
        answer.expect(422, "malformed");
    }
    for query in ["?since=-1", "?since=many", "?since=99999999999999999999"] {
        world.get(&format!("/v1/consent{query}"), &device).await.expect(422, "malformed");
    }
}

pub(crate) async fn the_chain_is_the_one_everybody_can_recompute(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 20).await;
    let key = world.ask("GET", "/v1/server", None, None).await.read::<ServerInfo>().server_key;
    let mut heads = Vec::new();
    for chunk in tokens(0..20).chunks(7) {
        let ops = device.sets(world.now(), grant, chunk);
        heads.push(world.store(&device, ops).await.head);
    }
    let rows: Vec<Row> = world.pull(&device, None).await.into_iter().flat_map(|page| page.rows).collect();
    let mut chain = Hash::ZERO;
    for row in &rows {
        chain = next_chain(&chain, &row.op_hash());
        if let Some(head) = heads.iter().find(|head| head.head.seq == row.seq()) {
            assert_eq!(head.head.chain, chain);
            assert_eq!(head.verify(&key), Ok(()));
            assert_eq!(head.head.workspace, device.workspace);
        }
    }
    assert_eq!(heads.last().map(|head| head.head.chain), Some(chain));
}

pub(crate) async fn keys_come_with_what_needs_them_and_rotate_by_epoch(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 3).await;
    let op = device.set(world.now(), grant, token(0));
    let denied = |answer: Pushed| answer.denied.map(|denied| denied.reason);
    let push = |deks: Vec<WrappedDek>| Push { ops: vec![op.clone()], deks };
    let alone: Pushed = world.post("/v1/push", &device, &push(vec![])).await.read();
    assert_eq!(denied(alone), Some(Refusal::NoDataKey));
    let of_another = WrappedDek { token: token(1), ..key_for(&op).expect("as it was made") };
    let foreign: Pushed = world.post("/v1/push", &device, &push(vec![of_another])).await.read();
    assert_eq!(denied(foreign), Some(Refusal::NoDataKey));
    world.store(&device, vec![op.clone()]).await;
    let second = device.set(world.now(), grant, token(0));
    let known = Push { ops: vec![second], deks: vec![] };
    assert_eq!(world.post("/v1/push", &device, &known).await.read::<Pushed>().n_accepted, 1);

    let wrapped = |epoch, token, byte| WrappedDek {
        dek: key_id(self::token(0)),
        token,
        epoch,
        wrapped: Blob(vec![byte; 60]),
    };
    for (sent, expected) in [
        (wrapped(3, token(0), 3), (3, 3)),
        (wrapped(2, token(0), 2), (3, 3)),
        (wrapped(4, token(1), 4), (3, 3)),
        (wrapped(5, token(0), 5), (5, 5)),
    ] {
        let rewrap = Push { ops: vec![], deks: vec![sent] };
        world.post("/v1/push", &device, &rewrap).await.read::<Pushed>();
        let page: Page = world.page(&device, None).await.read();
        let key = page.deks.first().expect("the record's key");
        assert_eq!((key.epoch, key.wrapped.0[0]), expected);
    }
    let unasked = WrappedDek { dek: key_id(token(2)), ..wrapped(1, token(2), 1) };
    world.post("/v1/push", &device, &Push { ops: vec![], deks: vec![unasked] }).await.read::<Pushed>();
    let third = device.set(world.now(), grant, token(2));
    let alone = Push { ops: vec![third], deks: vec![] };
    let refused: Pushed = world.post("/v1/push", &device, &alone).await.read();
    assert_eq!(denied(refused), Some(Refusal::NoDataKey), "a key that nothing needs is not kept");
}

pub(crate) async fn a_full_workspace_says_so_and_still_erases(start: Start) {
    let limits = Limits { quota_ops: 5, ..patient() };
    let world = World::with(start, limits, Registration::Open).await;
    let (mut device, grant) = ready(&world, 10).await;
    let ops = device.sets(world.now(), grant, &tokens(0..7));
    let pushed: Pushed = world.push(&device, ops.clone()).await.read();
    assert_eq!((pushed.n_accepted, pushed.denied), (5, None), "what fits is stored");
    let full = world.push(&device, ops[5..].to_vec()).await;
    full.expect(507, "full");
    assert_eq!(full.problem().expected, Some(5));
    device.next_seq = 6;
    let erase = device.bare(world.now(), Kind::Erase, token(0));
    world.store(&device, vec![erase]).await;

    let bytes = Limits { quota_bytes: 1_000, ..patient() };
    let world = World::with(start, bytes, Registration::Open).await;
    let (mut device, grant) = ready(&world, 10).await;
    let ops = device.sets(world.now(), grant, &tokens(0..10));
    let pushed: Pushed = world.push(&device, ops.clone()).await.read();
    assert!((1..10).contains(&pushed.n_accepted));
    let full = world.push(&device, ops[pushed.n_accepted as usize..].to_vec()).await;
    full.expect(507, "full");
    assert_eq!(full.problem().expected, Some(1_000));
}

pub(crate) async fn too_much_at_once_is_refused(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 1).await;
    let many = device.sets(world.now(), grant, &vec![token(0); 501]);
    world.push(&device, many).await.expect(413, "too_large");
    let body = vec![0; (1 << 20) + 64 * 1024];
    world.ask("POST", "/v1/push", Some(&device.token), Some(body)).await.expect(413, "too_large");
    device.next_seq = 1;
    let large = device.set(world.now(), grant, token(0));
    let large = Op { body: Body::Sealed(Blob(vec![0; 65 * 1024])), ..large };
    let pushed: Pushed = world.push(&device, vec![large]).await.read();
    assert_eq!(pushed.denied.map(|denied| denied.reason), Some(Refusal::TooLarge));
    let ahead =
        Op { hlc: stillroom_sync::Hlc::at(world.now() + 301_000), ..device_op(&mut device, &world, grant) };
    let pushed: Pushed = world.push(&device, vec![ahead]).await.read();
    assert_eq!(pushed.denied.map(|denied| denied.reason), Some(Refusal::ClockAhead));
    let odd = Op { part: 7, ..device_op(&mut device, &world, grant) };
    let pushed: Pushed = world.push(&device, vec![odd]).await.read();
    assert_eq!(pushed.denied.map(|denied| denied.reason), Some(Refusal::Malformed));
}

fn device_op(device: &mut Device, world: &World, grant: stillroom_consent::GrantId) -> Op {
    device.next_seq = 1;
    device.set(world.now(), grant, token(0))
}

pub(crate) async fn news_are_told_without_content(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 2).await;
    let listener = world.join(&mut device, 2).await;
    let response = world.open(World::request("GET", "/v1/poke", Some(&listener.token), None)).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let op = device.set(world.now(), grant, token(0));
    // The stream is listened to by its own task; it may begin after the first push, so pushing goes on until it is heard.
    let mut ops = vec![op];
    let frame = loop {
        world.store(&device, ops).await;
        ops = vec![device.set(world.now(), grant, token(0))];
        let wait = std::time::Duration::from_millis(50);
        if let Ok(frame) = tokio::time::timeout(wait, body.frame()).await {
            break frame.expect("the stream goes on").expect("the stream is whole");
        }
    };
    let text = frame.into_data().expect("an event");
    assert_eq!(text.as_ref(), b"event: news\n\n");
}
