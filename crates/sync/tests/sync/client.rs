//! What the client does with servers that keep the protocol: the order of work, what goes wrong on the way, and what it says about itself.

use crate::desk::{Desk, GRANT, NOW, info, token, workspace};
use crate::model::ModelServer;
use stillroom_consent::{
    BasisMethod, BasisState, DeviceId, Event, LawfulBasis, Purpose, Reason, SubjectBasis,
};
use stillroom_records::FieldGroup;
use stillroom_sync::client::{Failure, Request};
use stillroom_sync::memory::Change;
use stillroom_sync::replica::Replica as _;
use stillroom_sync::testing::{Reply, Server as _};
use stillroom_sync::wire::{Body, Kind, Page, Problem, Push, Refusal, Schema, decode, encode};
use stillroom_sync::{Effect, Phase};

fn refusal(status: u16, code: &str, retry_after_seconds: Option<u32>) -> Reply {
    let problem = Problem { code: code.to_owned(), expected: None, head: None, retry_after_seconds };
    Reply { status, retry_after_seconds: None, body: encode(&problem) }
}

fn withdrawal(now: i64) -> Event {
    let basis = SubjectBasis {
        state: BasisState::Withdrawn,
        ..SubjectBasis::given(LawfulBasis::Consent, BasisMethod::Form, now)
    };
    Event::Bases { purpose: Purpose::Backup, basis, tokens: vec![token(1)] }
}

#[test]
fn the_ledger_is_read_before_rows_and_rows_before_anything_is_sent() {
    let (mut server, mut first, mut second) = workspace();
    first.edit(1, "one");
    first.sent.clear();
    first.work(&mut server);
    let methods: Vec<&str> =
        first.sent.iter().map(|sent| sent.split('?').next().unwrap_or_default()).collect();
    assert_eq!(methods, ["GET /v1/consent", "GET /v1/pull", "POST /v1/push"]);
    assert_eq!(first.client.status().phase, Phase::Idle);
    second.work(&mut server);
    assert_eq!(second.value(1).as_deref(), Some("one"));
}

#[test]
fn a_withdrawal_goes_before_everything_and_takes_back_what_waits() {
    let (mut server, mut first, _) = workspace();
    first.edit(1, "never to be sent");
    first.edit(2, "fine");
    first.replica.record(withdrawal(first.now), first.now).expect("the entry holds");
    first.sent.clear();
    first.work(&mut server);
    assert_eq!(first.sent.first().map(String::as_str), Some("POST /v1/consent/withdraw"));
    assert_eq!(first.replica.receipts().len(), 1);
    let parked: Vec<_> = first.replica.parked().collect();
    let change = Change::Part(token(1), (FieldGroup::Contact, 0));
    assert_eq!(parked, [(&change, &Refusal::Consent(Reason::BasisWithdrawn))]);
    assert!(server.rows.iter().all(|row| row.op.as_ref().is_some_and(|op| op.token == token(2))));
}

#[test]
fn a_withdrawal_that_comes_too_late_for_the_head_is_signed_anew_and_goes_at_once() {
    let (mut server, mut first, mut second) = workspace();
    second
        .replica
        .record(Event::Restricted { on: true, tokens: vec![token(3)] }, second.now)
        .expect("it holds");
    second.work(&mut server);
    first.replica.record(withdrawal(first.now), first.now).expect("the entry holds");
    first.sent.clear();
    first.work(&mut server);
    let withdrawals = first.sent.iter().filter(|sent| sent.ends_with("/withdraw")).count();
    assert_eq!(withdrawals, 2, "{:?}", first.sent);
    assert_eq!(first.replica.waiting().expect("memory answers").n_entries, 0);
    assert_eq!(server.entries.last().map(|signed| signed.entry.device), Some(first.id()));
}

#[test]
fn a_withdrawal_is_sent_although_the_server_asks_to_slow_down() {
    let (mut server, mut first, _) = workspace();
    first.edit(1, "one");
    first.work_through(|_, _, _| refusal(429, "slow_down", Some(120)));
    assert_eq!(first.problem(), Some("slow-down"));
    let next = first.client.status().next_attempt_at.expect("it tries again");
    assert!(next >= first.now + 119_000);
    first.replica.record(withdrawal(first.now), first.now).expect("the entry holds");
    first.sent.clear();
    first.work(&mut server);
    assert_eq!(first.sent.first().map(String::as_str), Some("POST /v1/consent/withdraw"));
}

#[test]
fn an_operation_handed_out_before_a_withdrawal_becomes_a_void() {
    let (mut server, mut first, _) = workspace();
    first.edit(1, "one");
    first.edit(2, "two");
    first.work_through(|device, request, now| match request.path.as_str() {
        "/v1/push" => refusal(503, "busy", None),
        _ => server.answer(device, request, now),
    });
    first.replica.record(withdrawal(first.now), first.now).expect("the entry holds");
    first.now += 600_000;
    first.work(&mut server);
    let kinds: Vec<Kind> = server.rows.iter().filter_map(|row| row.op.as_ref()).map(|op| op.kind).collect();
    assert_eq!(kinds, [Kind::Void, Kind::Set]);
    assert_eq!(first.problem(), None);
}

#[test]
fn what_the_server_stored_before_its_answer_was_lost_is_not_stored_twice() {
    let (mut server, mut first, _) = workspace();
    first.edit(1, "one");
    first.work_through(|device, request, now| {
        let reply = server.answer(device, request, now);
        if request.path == "/v1/push" { refusal(500, "storage", None) } else { reply }
    });
    assert_eq!(first.problem(), Some("server-failed"));
    first.now += 600_000;
    first.work(&mut server);
    assert_eq!(server.rows.len(), 1);
    assert_eq!((first.problem(), first.replica.waiting().expect("memory answers").n_ops), (None, 0));
}

#[test]
fn a_stamp_that_was_refused_as_ahead_is_made_anew_and_travels() {
    let (mut server, mut first, mut second) = workspace();
    first.now += 600_000;
    first.edit(1, "from a fast clock");
    first.edit(2, "too");
    first.work_through(|device, request, now| server.answer(device, request, now - 600_000));
    assert_eq!((first.problem(), server.rows.len()), (None, 2));
    second.work(&mut server);
    assert_eq!(second.value(1).as_deref(), Some("from a fast clock"));
    second.edit(1, "later");
    second.work(&mut server);
    first.work_through(|device, request, now| server.answer(device, request, now - 600_000));
    assert_eq!(first.value(1).as_deref(), Some("later"), "the clock that was ahead does not win for ever");
}

/// A push is refused as ahead, made anew, and then its first copy comes a second time, when the server's clock is far enough: the device
/// takes that for settled and sends what it holds under a new number.
#[test]
fn a_refused_operation_that_is_stored_after_all_settles_its_number() {
    let (mut server, mut first, mut second) = workspace();
    let ahead = 310_000;
    first.now += ahead;
    first.edit(1, "one");
    let mut copy: Option<Request> = None;
    first.work_through(|device, request, now| {
        if request.path == "/v1/push" && copy.is_some() {
            return refusal(503, "busy", None);
        }
        if request.path == "/v1/push" {
            copy = Some(request.clone());
        }
        server.answer(device, request, now - ahead)
    });
    assert_eq!(server.rows.len(), 0, "refused, then busy");
    first.edit(1, "two");
    first.now += 60_000;
    let late = copy.expect("there was a push");
    let reply = server.answer(first.id(), &late, first.now - ahead);
    assert_eq!((reply.status, server.rows.len()), (200, 1), "the copy is stored");
    first.now += 600_000;
    first.work_through(|device, request, now| server.answer(device, request, now - ahead));
    assert_eq!((first.problem(), first.replica.waiting().expect("memory answers").n_ops), (None, 0));
    second.now = first.now;
    second.work(&mut server);
    assert_eq!(second.value(1).as_deref(), Some("two"));
    first.work_through(|device, request, now| server.answer(device, request, now - ahead));
    let hashes = [&first, &second].map(|desk| desk.replica.state_hash(|_| true));
    assert_eq!(hashes[0], hashes[1]);
    assert!(
        first.replica.shelf().is_empty() && second.replica.shelf().is_empty(),
        "no conflict with oneself"
    );
}

#[test]
fn two_devices_that_did_not_know_of_each_other_keep_both_values() {
    let (mut server, mut first, mut second) = workspace();
    first.edit(1, "mine");
    second.now += 5_000;
    second.edit(1, "theirs");
    for _ in 0..2 {
        first.work(&mut server);
        second.work(&mut server);
    }
    assert_eq!((first.value(1), second.value(1)), (Some("theirs".into()), Some("theirs".into())));
    for desk in [&first, &second] {
        let shelved: Vec<&[u8]> =
            desk.replica.shelf().iter().map(|shelved| &*shelved.part.value.bytes).collect();
        assert_eq!(shelved, [b"mine"]);
    }
    second.edit(1, "settled");
    second.work(&mut server);
    first.work(&mut server);
    assert_eq!(first.replica.shelf().len(), 1, "a sequel is no conflict");
}

#[test]
fn an_erased_record_stays_erased_for_those_who_knew_it_and_those_who_edit_it() {
    let (mut server, mut first, mut second) = workspace();
    first.edit(1, "one");
    first.work(&mut server);
    second.work(&mut server);
    second.edit(1, "two");
    first.replica.erase(token(1), first.now).expect("the entry holds");
    first.work(&mut server);
    second.work(&mut server);
    first.work(&mut server);
    for desk in [&first, &second] {
        assert_eq!(desk.value(1), None);
        assert_eq!(desk.problem(), None);
    }
    assert!(second.replica.edit(token(1), (FieldGroup::Contact, 0), vec![1], second.now).is_err());
    let is_content = |op: &stillroom_sync::wire::Op| matches!(op.body, Body::Sealed(_));
    assert!(server.rows.iter().filter_map(|row| row.op.as_ref()).all(|op| !is_content(op)));
}

#[test]
fn a_cursor_the_server_forgot_is_replaced_by_reading_again() {
    let (mut server, mut first, _) = workspace();
    first.edit(1, "one");
    first.work(&mut server);
    first.work(&mut server);
    first.edit(2, "two");
    let mut is_forgotten = true;
    first.work_through(|device, request, now| {
        if request.path.starts_with("/v1/pull?") && std::mem::take(&mut is_forgotten) {
            return refusal(410, "resync_required", None);
        }
        server.answer(device, request, now)
    });
    assert_eq!((first.problem(), server.rows.len()), (None, 2));
    assert_eq!(first.value(2).as_deref(), Some("two"));
}

#[test]
fn what_only_somebody_can_mend_stops_the_sync_until_somebody_does() {
    for (status, code) in [(401, "unauthorized"), (426, "update")] {
        let (mut server, mut first, _) = workspace();
        first.edit(1, "one");
        first.work_through(|_, _, _| refusal(status, "no", None));
        assert_eq!((first.problem(), first.client.status().phase), (Some(code), Phase::Stopped));
        first.now += 86_400_000;
        let sent = first.sent.len();
        first.work(&mut server);
        assert_eq!(first.sent.len(), sent, "nothing is sent");
        first.now = NOW + 1_000;
        first.client.resume();
        first.work(&mut server);
        assert_eq!((first.problem(), server.rows.len()), (None, 1));
    }
}

#[test]
fn what_may_pass_by_itself_is_tried_again_later_and_later() {
    let (mut server, mut first, _) = workspace();
    let mut delays = Vec::new();
    for _ in 0..12 {
        first.work_through(|_, _, _| refusal(500, "storage", None));
        let next = first.client.status().next_attempt_at.expect("it tries again");
        delays.push(next - first.now);
        first.now = next;
    }
    assert!(delays[0] <= 1_000 && delays[11] >= 150_000 && delays[11] <= 300_000, "{delays:?}");
    first.work(&mut server);
    assert_eq!(first.problem(), None);
}

#[test]
fn a_network_that_is_back_ends_the_wait() {
    let (mut server, mut first, _) = workspace();
    first.edit(1, "one");
    first.client.wake();
    let Ok(Effect::Send(request)) = first.client.poll(&mut first.replica, first.now) else {
        panic!("there is something to send");
    };
    let replica = &mut first.replica;
    first.client.on_failure(replica, request.id, Failure::Offline, first.now).expect("memory answers");
    assert_eq!((first.problem(), first.client.status().phase), (Some("offline"), Phase::Waiting));
    let waits = first.client.poll(&mut first.replica, first.now + 1);
    assert!(matches!(waits, Ok(Effect::WaitUntil(_))));
    first.work(&mut server);
    assert_eq!((first.problem(), server.rows.len()), (None, 1));
}

#[test]
fn an_answer_nobody_waits_for_changes_nothing() {
    let (mut server, mut first, _) = workspace();
    first.edit(1, "one");
    first.client.wake();
    let Ok(Effect::Send(request)) = first.client.poll(&mut first.replica, first.now) else {
        panic!("there is something to send");
    };
    let reply = server.answer(first.id(), &request, first.now);
    let before = first.client.status();
    first.take(request.id + 7, &reply);
    assert_eq!(first.client.status(), before);
    first.take(request.id, &reply);
    let after = first.client.status();
    first.take(request.id, &reply);
    assert_eq!(first.client.status(), after);
}

#[test]
fn content_of_a_newer_program_is_left_alone_while_endings_still_go() {
    let (mut server, mut first, mut second) = workspace();
    first.edit(1, "one");
    first.work(&mut server);
    let newer = |server: &mut ModelServer, device, request: &Request, now| {
        let reply = server.answer(device, request, now);
        let Ok(mut page) = decode::<Page>(&reply.body) else { return reply };
        for row in &mut page.rows {
            if let stillroom_sync::wire::Row::Op { op, .. } = row {
                op.schema = Schema { major: 2, minor: 0 };
            }
        }
        Reply { body: encode(&page), ..reply }
    };
    second.edit(2, "waits");
    second.work_through(|device, request, now| newer(&mut server, device, request, now));
    assert_eq!((second.problem(), second.value(1)), (Some("newer-content"), None));
    assert_eq!(server.rows.len(), 1, "nothing is sent");
    second.replica.record(withdrawal(second.now), second.now).expect("the entry holds");
    second.sent.clear();
    second.work_through(|device, request, now| newer(&mut server, device, request, now));
    assert_eq!(second.sent.first().map(String::as_str), Some("POST /v1/consent/withdraw"));
    assert_eq!(second.replica.waiting().expect("memory answers").n_entries, 0);
}

/// A group that this program does not know: the page cannot be read as a page.
#[test]
fn content_in_a_group_of_a_newer_program_asks_for_an_update() {
    let (mut server, mut first, mut second) = workspace();
    first.edit(1, "one");
    first.work(&mut server);
    let renamed = |minor: u8| {
        move |server: &mut ModelServer, device, request: &Request, now| {
            let mut reply = server.answer(device, request, now);
            let swap = |body: &mut Vec<u8>, from: &[u8], to: &[u8]| {
                let found = body.windows(from.len()).position(|window| window == from);
                if let Some(at) = found {
                    body.splice(at..at + from.len(), to.iter().copied());
                }
            };
            if request.path.starts_with("/v1/pull") {
                swap(&mut reply.body, b"gcontact", b"gcouncil");
                swap(&mut reply.body, b"eminor\x00", &[b"eminor".as_slice(), &[minor]].concat());
            }
            reply
        }
    };
    for (minor, code) in [(0, "malformed-answer"), (3, "newer-content")] {
        let answer = renamed(minor);
        second.now += 600_000;
        second.work_through(|device, request, now| answer(&mut server, device, request, now));
        assert_eq!((second.problem(), second.value(1)), (Some(code), None));
    }
    let mut second = second.restarted(&server);
    second.work(&mut server);
    assert_eq!((second.problem(), second.value(1).as_deref()), (None, Some("one")), "nothing was lost");
}

#[test]
fn a_device_that_is_not_in_the_ledger_reads_and_sends_nothing() {
    let (mut server, mut first, _) = workspace();
    let mut third = Desk::new(3, &server);
    server.admit(&info(3), NOW);
    first.edit(1, "one");
    first.work(&mut server);
    third.edit(2, "not yet");
    third.work(&mut server);
    assert_eq!(third.value(1).as_deref(), Some("one"));
    assert!(third.sent.iter().all(|sent| sent.starts_with("GET ")), "{:?}", third.sent);
    first.replica.record(Event::DeviceAdded(info(3)), first.now).expect("the entry holds");
    first.work(&mut server);
    third.work(&mut server);
    assert_eq!(server.rows.len(), 2, "and then it does");
}

#[test]
fn a_revoked_device_stops() {
    let (mut server, mut first, mut second) = workspace();
    let event = Event::DeviceRevoked { device: DeviceId([2; 16]), epoch: 2, keys: Vec::new() };
    first.replica.record(event, first.now).expect("the entry holds");
    first.sent.clear();
    first.work(&mut server);
    assert!(first.sent.contains(&format!("DELETE /v1/devices/{}", second.id())), "{:?}", first.sent);
    second.edit(1, "too late");
    second.work(&mut server);
    assert_eq!((second.problem(), server.rows.len()), (Some("unauthorized"), 0));
}

#[test]
fn a_copy_of_a_device_is_noticed() {
    let (mut server, mut first, _) = workspace();
    let copy = first.replica.clone();
    first.edit(1, "one");
    first.work(&mut server);
    let mut second = Desk { replica: copy, ..first.restarted(&server) };
    second.edit(2, "two");
    second.work(&mut server);
    assert_eq!((second.problem(), second.value(2).as_deref()), (Some("forged"), Some("two")));
}

#[test]
fn a_withdrawn_grant_takes_back_what_came_only_by_it() {
    let (mut server, mut first, mut second) = workspace();
    first.edit(1, "came");
    first.work(&mut server);
    second.edit(2, "made here");
    second.work(&mut server);
    first.replica.record(Event::GrantWithdrawn { grant: GRANT }, first.now).expect("the entry holds");
    first.work(&mut server);
    second.edit(3, "stays here");
    second.work(&mut server);
    assert_eq!((second.value(1), second.value(2).as_deref()), (None, Some("made here")));
    assert!(server.rows.iter().all(|row| row.op.is_none()), "the server holds nothing");
    assert_eq!(second.problem(), None);
}

#[test]
fn every_request_is_in_the_network_ledger_before_it_leaves() {
    let (mut server, mut first, _) = workspace();
    first.edit(1, "one");
    first.edit(2, "two");
    let n_before = first.replica.network().len();
    let mut bytes = 0;
    first.work_through(|device, request, now| {
        if let Ok(push) = decode::<Push>(&request.body) {
            assert_eq!(push.ops.len(), 2);
            bytes = request.body.len() as u64;
        }
        server.answer(device, request, now)
    });
    let lines = &first.replica.network()[n_before..];
    assert_eq!(lines.len(), 3);
    let (push, outcome) = &lines[2];
    assert_eq!(
        (push.endpoint, push.bytes_sent, push.n_ops, push.device_seqs),
        ("/v1/push", bytes, 2, Some((1, 2)))
    );
    assert_eq!(push.carried.len(), 1);
    let carried = push.carried[0];
    assert_eq!((carried.purpose, carried.grant, carried.n_records), (Purpose::Backup, GRANT, 2));
    assert_eq!(outcome.and_then(|outcome| outcome.status), Some(200));
}

#[test]
fn a_device_with_a_fast_clock_ends_a_consent_all_the_same() {
    let (mut server, mut first, mut second) = workspace();
    const DAY: i64 = 86_400_000;
    first.edit(1, "one");
    first.work(&mut server);
    first.now += DAY;
    first.replica.erase(token(1), first.now).expect("the record can be erased");
    first.work_through(|device, request, now| server.answer(device, request, now - DAY));
    let erased = server.entries.last().expect("the erasure is in the ledger");
    assert_eq!(erased.entry.event, Event::Erased { tokens: vec![token(1)] });
    assert!(erased.entry.check_clock(first.now - DAY).is_ok(), "it has the server's date");
    assert!(server.rows.iter().all(|row| row.op.as_ref().is_none_or(|op| op.kind != Kind::Set)));
    second.work(&mut server);
    assert_eq!((second.value(1), first.problem()), (None, None));
}
