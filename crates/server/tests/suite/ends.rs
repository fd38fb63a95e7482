//! Withdrawal, erasure, expiry: what must go goes, and is accounted for.

#![allow(clippy::print_stdout, reason = "a measurement is printed")]

use stillroom_consent::receipt::{Content, Ended, Receipt};
use stillroom_consent::{BasisMethod, BasisState, Event, Hash, LawfulBasis, Purpose, Reason, SubjectBasis};
use stillroom_server::{Limits, Registration, check_workspace};
use stillroom_sync::wire::{
    Exported, Kind, Op, Pushed, Receipts, Refusal, Row, ServerInfo, decode, encode, next_chain,
};

use super::Start;
use super::sequence::ready;
use super::world::{DAY, Device, World, ended, patient, token, tokens};

async fn rows(world: &World, device: &Device) -> Vec<Row> {
    world.pull(device, None).await.into_iter().flat_map(|page| page.rows).collect()
}

fn n_with_content(rows: &[Row]) -> usize {
    rows.iter().filter(|row| matches!(row, Row::Op { op, .. } if op.kind == Kind::Set)).count()
}

async fn denial(world: &World, device: &Device, op: Op) -> Option<Refusal> {
    world.push(device, vec![op]).await.read::<Pushed>().denied.map(|denied| denied.reason)
}

async fn receipt(world: &World, text: &str) -> Receipt {
    let receipt = Receipt::from_json(text).expect("a receipt is spelled as receipts are");
    let key = world.ask("GET", "/v1/server", None, None).await.read::<ServerInfo>().server_key;
    assert_eq!(receipt.verify(Some(&key)).expect("the server signed it").is_expected, Some(true));
    receipt
}

/// Everything held, as the export tells it.
async fn export(world: &World, device: &Device) -> Vec<Exported> {
    let answer = world.get("/v1/export", device).await;
    assert!(answer.status.is_success());
    let mut rest = answer.bytes.as_slice();
    let mut items = Vec::new();
    while !rest.is_empty() {
        let before = rest;
        let _: ciborium::Value = ciborium::from_reader(&mut rest).expect("an item is CBOR");
        let item = &before[..before.len() - rest.len()];
        items.push(decode(item).expect("an item is of the export"));
    }
    items
}

async fn n_keys(world: &World, device: &Device) -> usize {
    export(world, device).await.iter().filter(|item| matches!(item, Exported::Key(_))).count()
}

pub(crate) async fn a_withdrawn_grant_takes_its_rows_and_keys_and_is_receipted(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 20).await;
    let reader = world.join(&mut device, 2).await;
    let kept = world.grant(&mut device, Purpose::Backup, 2).await;
    let mut ops = device.sets(world.now(), grant, &tokens(0..20));
    ops.extend(device.sets(world.now(), kept, &tokens(15..20)));
    world.store(&device, ops).await;
    let before = rows(&world, &reader).await;
    let withdrawn =
        world.end("/v1/consent/withdraw", &mut device, vec![Event::GrantWithdrawn { grant }]).await;
    assert_eq!((withdrawn.head.head.seq, withdrawn.head.head.hash), device.head);
    let Content::Withdrawal(story) = receipt(&world, &withdrawn.receipt).await.record.event else {
        panic!("a withdrawal")
    };
    assert_eq!((story.ended, story.n_rows, story.n_keys), (Ended::Grant(grant), 20, 15));
    assert_eq!((story.completed_at, story.tombstone_seq), (Some(world.now()), Some(25)));
    assert_eq!(story.devices_pending, [reader.id]);

    let after = rows(&world, &reader).await;
    assert_eq!((after.len(), n_with_content(&after)), (25, 5));
    let hashes = |rows: &[Row]| rows.iter().map(Row::op_hash).collect::<Vec<_>>();
    assert_eq!(hashes(&before), hashes(&after), "the chain can still be followed");
    assert_eq!(n_keys(&world, &device).await, 5);
    let late = device.set(world.now(), grant, token(0));
    assert_eq!(denial(&world, &device, late).await, Some(Refusal::Consent(Reason::GrantWithdrawn)));

    world.ledger(&reader, device.head.0).await;
    let receipts: Receipts = world.get("/v1/receipts", &device).await.read();
    let told = receipt(&world, &receipts.receipts[0]).await;
    let Content::Withdrawal(story) = &told.record.event else { panic!("a withdrawal") };
    assert_eq!((receipts.receipts.len(), story.devices_pending.len()), (1, 0));
    assert_eq!(told.record.record_id, receipt(&world, &withdrawn.receipt).await.record.record_id);
}

pub(crate) async fn an_ended_basis_takes_its_records_only(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 6).await;
    let ops = device.sets(world.now(), grant, &tokens(0..6));
    world.store(&device, ops).await;
    let states = [BasisState::Withdrawn, BasisState::Objected, BasisState::Refused];
    let reasons = [Reason::BasisWithdrawn, Reason::BasisObjected, Reason::BasisRefused];
    for (n, (state, reason)) in states.into_iter().zip(reasons).enumerate() {
        let token = token(n as u64);
        let basis = ended(state, world.now());
        let event = Event::Bases { purpose: Purpose::Backup, basis, tokens: vec![token] };
        let withdrawn = world.end("/v1/consent/withdraw", &mut device, vec![event]).await;
        let Content::Withdrawal(story) = receipt(&world, &withdrawn.receipt).await.record.event else {
            panic!("a withdrawal")
        };
        assert_eq!((story.n_rows, story.n_keys), (1, 1));
        let next = device.next_seq;
        let again = device.set(world.now(), grant, token);
        device.next_seq = next;
        assert_eq!(denial(&world, &device, again).await, Some(Refusal::Consent(reason)));
    }
    assert_eq!(n_with_content(&rows(&world, &device).await), 3);
    assert_eq!(n_keys(&world, &device).await, 3);
    world.pass(1);
    let given = SubjectBasis::given(LawfulBasis::Consent, BasisMethod::Form, world.now());
    let basis = SubjectBasis { evidence: Some(Hash([8; 32])), ..given };
    world.append(&mut device, Event::Bases { purpose: Purpose::Backup, basis, tokens: vec![token(0)] }).await;
    let again = device.set(world.now(), grant, token(0));
    world.store(&device, vec![again]).await;
}

pub(crate) async fn erased_records_never_come_back(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 6).await;
    let ops = device.sets(world.now(), grant, &tokens(0..6));
    world.store(&device, ops).await;
    let erased = Event::Erased { tokens: tokens(0..2) };
    let answer = world.end("/v1/erase", &mut device, vec![erased]).await;
    let Content::Erasure(story) = receipt(&world, &answer.receipt).await.record.event else {
        panic!("an erasure")
    };
    assert_eq!((story.scope.n_tokens, story.n_rows, story.n_keys), (2, 2, 2));
    assert!(story.completed_at.is_some() && story.backups_expire_by > world.now());

    let by_operation = device.bare(world.now(), Kind::Erase, token(2));
    world.store(&device, vec![by_operation]).await;
    let all = rows(&world, &device).await;
    assert_eq!(n_with_content(&all), 3);
    assert!(all.iter().any(|row| matches!(row, Row::Op { op, .. } if op.kind == Kind::Erase)));
    assert_eq!(n_keys(&world, &device).await, 3);
    world.bases(&mut device, Purpose::Backup, &tokens(0..3)).await;
    for n in 0..3 {
        let next = device.next_seq;
        let again = device.set(world.now(), grant, token(n));
        device.next_seq = next;
        assert_eq!(denial(&world, &device, again).await, Some(Refusal::Consent(Reason::Erased)));
    }
}

pub(crate) async fn large_removals_block_at_once_and_finish_step_by_step(start: Start) {
    let limits = Limits { removal_step: 100, ..patient() };
    let world = World::with(start, limits, Registration::Open).await;
    let (mut device, grant) = ready(&world, 1_000).await;
    for chunk in tokens(0..1_000).chunks(500) {
        let ops = device.sets(world.now(), grant, chunk);
        world.store(&device, ops).await;
    }
    let withdrawn =
        world.end("/v1/consent/withdraw", &mut device, vec![Event::GrantWithdrawn { grant }]).await;
    let Content::Withdrawal(story) = receipt(&world, &withdrawn.receipt).await.record.event else {
        panic!("a withdrawal")
    };
    assert_eq!((story.n_rows, story.completed_at), (100, None), "one step, and not the end");
    assert_eq!(n_with_content(&rows(&world, &device).await), 0, "nothing is handed out any more");
    let late = device.set(world.now(), grant, token(0));
    assert_eq!(denial(&world, &device, late).await, Some(Refusal::Consent(Reason::GrantWithdrawn)));
    world.state.sweep(false).await.expect("the sweep ends");
    let receipts: Receipts = world.get("/v1/receipts", &device).await.read();
    let Content::Withdrawal(story) = receipt(&world, &receipts.receipts[0]).await.record.event else {
        panic!("a withdrawal")
    };
    assert_eq!((story.n_rows, story.n_keys), (1_000, 1_000));
    assert!(story.completed_at.is_some());
    assert_eq!(n_keys(&world, &device).await, 0);
}

/// As many records as `STILLROOM_RECORDS` says, at the pace a server starts with.
pub(crate) async fn many_records_are_gone_within_a_minute(start: Start) {
    let asked = std::env::var("STILLROOM_RECORDS").ok().and_then(|text| text.parse().ok());
    let n: u64 = asked.unwrap_or(12_000);
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, n).await;
    for chunk in tokens(0..n).chunks(500) {
        let ops = device.sets(world.now(), grant, chunk);
        world.store(&device, ops).await;
    }
    let begun = std::time::Instant::now();
    world.end("/v1/consent/withdraw", &mut device, vec![Event::GrantWithdrawn { grant }]).await;
    let blocked = begun.elapsed();
    world.state.sweep(false).await.expect("the sweep ends");
    let took = begun.elapsed();
    let receipts: Receipts = world.get("/v1/receipts", &device).await.read();
    let Content::Withdrawal(story) = receipt(&world, &receipts.receipts[0]).await.record.event else {
        panic!("a withdrawal")
    };
    assert_eq!((story.n_rows, story.n_keys, story.completed_at), (n, n, Some(world.now())));
    assert!(took.as_secs() < 60, "{n} records: answered after {blocked:?}, gone after {took:?}");
    println!("{n} records: answered after {blocked:?}, gone after {took:?}");
}

pub(crate) async fn what_expires_is_swept(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 4).await;
    let basis = SubjectBasis {
        expires_at: Some(world.now() + 10 * DAY),
        ..SubjectBasis::given(LawfulBasis::Consent, BasisMethod::Form, world.now())
    };
    world.append(&mut device, Event::Bases { purpose: Purpose::Backup, basis, tokens: tokens(0..1) }).await;
    let ops = device.sets(world.now(), grant, &tokens(0..4));
    world.store(&device, ops).await;
    for (days, left) in [(9, 4), (2, 3), (20, 0)] {
        world.pass(days * DAY);
        assert_eq!(n_with_content(&rows(&world, &device).await), left, "handed out after {days} more days");
        world.state.sweep(false).await.expect("the sweep ends");
        assert_eq!(n_keys(&world, &device).await, left, "held after {days} more days");
    }

    let world = World::new(start).await;
    let mut device = world.found(1).await;
    let now = world.now();
    let year = stillroom_consent::SyncGrant {
        expires_at: now + 395 * DAY,
        ..device.grant(now, Purpose::HostedReport, 1)
    };
    let grant = year.id;
    world.append(&mut device, Event::GrantGiven(year)).await;
    world.bases(&mut device, Purpose::HostedReport, &tokens(0..2)).await;
    let ops = tokens(0..2).into_iter().map(|token| report(&mut device, now, grant, token)).collect();
    world.store(&device, ops).await;
    world.pass(89 * DAY);
    world.state.sweep(false).await.expect("the sweep ends");
    assert_eq!(n_with_content(&rows(&world, &device).await), 2);
    world.pass(2 * DAY);
    world.state.sweep(false).await.expect("the sweep ends");
    let findings = check_workspace(world.repo(), device.workspace).await.expect("whole");
    assert_eq!((findings.rows, findings.rows_with_content), (2, 0), "90 days are what the purpose keeps");
}

/// One number a report may hold.
pub(crate) fn report(
    device: &mut Device,
    now: i64,
    grant: stillroom_consent::GrantId,
    token: stillroom_consent::SubjectToken,
) -> Op {
    use stillroom_consent::ReportColumn;
    use stillroom_sync::wire::{Body, ReportNumber};
    let op = device.set(now, grant, token);
    Op {
        purpose: Purpose::HostedReport,
        group: Some(ReportColumn::Orders.group()),
        dek: None,
        body: Body::Readable(vec![ReportNumber { column: ReportColumn::Orders, value: 3.0 }]),
        ..op
    }
}

pub(crate) async fn replaced_operations_go_when_everyone_has_them(start: Start) {
    let world = World::new(start).await;
    let mut device = world.found(1).await;
    let now = world.now();
    let year =
        stillroom_consent::SyncGrant { expires_at: now + 300 * DAY, ..device.grant(now, Purpose::Backup, 1) };
    let grant = year.id;
    world.append(&mut device, Event::GrantGiven(year)).await;
    world.bases(&mut device, Purpose::Backup, &tokens(0..4)).await;
    let reader = world.join(&mut device, 2).await;
    let mut ops = device.sets(now, grant, &tokens(0..4));
    ops.extend(device.sets(now, grant, &tokens(0..2)));
    ops.push(device.bare(now, Kind::Delete, token(2)));
    let other_part = device.set(now, grant, token(3));
    ops.push(Op { part: 9, group: Some(stillroom_consent::FieldGroup::Behaviour), ..other_part });
    world.store(&device, ops).await;
    let catch_up = async |device: &Device| {
        let cursor = world.pull(device, None).await.pop().map(|page| page.cursor);
        world.pull(device, cursor).await;
    };
    catch_up(&device).await;
    world.pass(31 * DAY);
    world.state.sweep(true).await.expect("the sweep ends");
    let held =
        async || check_workspace(world.repo(), device.workspace).await.expect("whole").rows_with_content;
    assert_eq!(held().await, 8, "one device has not seen them");
    catch_up(&reader).await;
    world.state.sweep(false).await.expect("the sweep ends");
    assert_eq!(held().await, 8);
    world.state.sweep(true).await.expect("the sweep ends");
    assert_eq!(held().await, 5, "two replaced, one deleted; the last versions and the deletion stay");
    let left = rows(&world, &device).await;
    let gone: Vec<_> = left.iter().filter(|row| matches!(row, Row::Gone { .. })).map(Row::seq).collect();
    assert_eq!(gone, [1, 2, 3]);
}

pub(crate) async fn deletions_go_after_half_a_year_and_who_is_behind_reads_anew(start: Start) {
    let world = World::new(start).await;
    let mut device = world.found(1).await;
    let now = world.now();
    let year =
        stillroom_consent::SyncGrant { expires_at: now + 390 * DAY, ..device.grant(now, Purpose::Backup, 1) };
    let grant = year.id;
    world.append(&mut device, Event::GrantGiven(year)).await;
    world.bases(&mut device, Purpose::Backup, &tokens(0..600)).await;
    let reader = world.join(&mut device, 2).await;
    let lost = world.join(&mut device, 3).await;
    for chunk in tokens(0..600).chunks(300) {
        let ops = device.sets(now, grant, chunk);
        world.store(&device, ops).await;
    }
    let behind = world.page(&reader, None).await.read::<stillroom_sync::wire::Page>().cursor;
    let delete = device.bare(now, Kind::Delete, token(0));
    world.store(&device, vec![delete]).await;
    let catch_up = async |device: &Device| {
        let cursor = world.pull(device, None).await.pop().map(|page| page.cursor);
        world.pull(device, cursor).await;
    };
    let n_deletions = async || {
        let rows = rows(&world, &device).await;
        rows.iter().filter(|row| matches!(row, Row::Op { op, .. } if op.kind == Kind::Delete)).count()
    };
    catch_up(&device).await;
    for _ in 0..3 {
        world.pass(60 * DAY);
        for device in [&device, &reader] {
            assert!(world.get("/v1/devices", device).await.status.is_success());
        }
        world.state.sweep(true).await.expect("the sweep ends");
    }
    world.pass(DAY);
    world.state.sweep(true).await.expect("the sweep ends");
    assert_eq!(n_deletions().await, 1, "old enough, and one device that may come back lacks it");
    world.get("/v1/pull", &lost).await.expect(401, "unauthorized");
    catch_up(&reader).await;
    world.state.sweep(false).await.expect("the sweep ends");
    assert_eq!(n_deletions().await, 1, "what it deleted is still there");
    world.state.sweep(true).await.expect("the sweep ends");
    world.state.sweep(false).await.expect("the sweep ends");
    assert_eq!(n_deletions().await, 0);
    let all = rows(&world, &device).await;
    assert_eq!((all.len(), n_with_content(&all)), (601, 599), "numbers and hashes stay");
    check_workspace(world.repo(), device.workspace).await.expect("whole");

    world.page(&reader, Some(&behind)).await.expect(410, "resync_required");
    let anew = world.pull(&reader, None).await;
    assert_eq!(anew.len(), 2, "the second page begins below what was dropped and is handed out all the same");
    let up_to_date = anew.last().map(|page| page.cursor.clone());
    assert_eq!(world.pull(&reader, up_to_date).await.len(), 1);
}

pub(crate) async fn restricted_records_stay_and_do_not_travel(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 2).await;
    let ops = device.sets(world.now(), grant, &tokens(0..2));
    world.store(&device, ops).await;
    world.append(&mut device, Event::Restricted { on: true, tokens: vec![token(0)] }).await;
    assert_eq!(n_with_content(&rows(&world, &device).await), 1);
    let next = device.set(world.now(), grant, token(0));
    assert_eq!(denial(&world, &device, next.clone()).await, Some(Refusal::Consent(Reason::Restricted)));
    world.state.sweep(true).await.expect("the sweep ends");
    world.append(&mut device, Event::Restricted { on: false, tokens: vec![token(0)] }).await;
    assert_eq!(n_with_content(&rows(&world, &device).await), 2, "nothing was removed");
    world.store(&device, vec![next]).await;
}

pub(crate) async fn an_export_holds_everything_that_is_held(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 700).await;
    world.join(&mut device, 2).await;
    for chunk in tokens(0..700).chunks(350) {
        let ops = device.sets(world.now(), grant, chunk);
        world.store(&device, ops).await;
    }
    world.end("/v1/erase", &mut device, vec![Event::Erased { tokens: tokens(0..3) }]).await;
    let items = export(&world, &device).await;
    let count = |is_one: fn(&Exported) -> bool| items.iter().filter(|item| is_one(item)).count();
    assert!(matches!(items.first(), Some(Exported::Heads { .. })));
    assert_eq!(count(|item| matches!(item, Exported::Device(_))), 2);
    assert_eq!(count(|item| matches!(item, Exported::Entry(_))) as u64, device.head.0);
    assert_eq!(count(|item| matches!(item, Exported::Row(Row::Op { .. }))), 697);
    assert_eq!(count(|item| matches!(item, Exported::Row(Row::Gone { .. }))), 3);
    assert_eq!(count(|item| matches!(item, Exported::Key(_))), 697);
    assert_eq!(count(|item| matches!(item, Exported::Receipt(_))), 1);
    assert!(items.iter().all(|item| encode(item).len() < 1 << 20));
}

pub(crate) async fn what_is_stored_passes_the_audit(start: Start) {
    let world = World::new(start).await;
    let (mut device, grant) = ready(&world, 30).await;
    let ops = device.sets(world.now(), grant, &tokens(0..30));
    world.store(&device, ops).await;
    world.end("/v1/erase", &mut device, vec![Event::Erased { tokens: tokens(0..5) }]).await;
    let findings = check_workspace(world.repo(), device.workspace).await.expect("whole");
    assert_eq!((findings.entries, findings.rows, findings.rows_with_content), (device.head.0, 30, 25));
    let chain =
        rows(&world, &device).await.iter().fold(Hash::ZERO, |chain, row| next_chain(&chain, &row.op_hash()));
    let page = world.pull(&device, None).await.pop().expect("a page");
    assert_eq!(page.head.head.chain, chain);
}
