//! The ledger: what is refused and why, and what follows from what is not.

use crate::common::{DAY, NOW, ORIGIN, WORKSPACE, device, grant, server, token};
use crate::story::{Story, signed, signed_head};
use stillroom_consent::grant::MAX_GRANT_MILLIS;
use stillroom_consent::ledger::{MAX_AHEAD_MILLIS, MAX_TOKENS, SealedKey};
use stillroom_consent::{
    BasisMethod, BasisState, Blob, Error, Event, FieldGroup, GrantId, Groups, Hash, Lane, LawfulBasis,
    MemoryRegister, Operation, Purpose, Register as _, Scope, SignedEntry, SignedHead, SubjectBasis,
    SubjectToken, SyncGrant, WorkspaceId, cbor, facts_of, fold,
};

fn given() -> SubjectBasis {
    SubjectBasis::given(LawfulBasis::Consent, BasisMethod::Form, NOW)
}

fn bases(basis: SubjectBasis) -> Event {
    Event::Bases { purpose: Purpose::Backup, basis, tokens: vec![token(1), token(2)] }
}

fn revoked(number: u8, keys: &[u8]) -> Event {
    let keys = keys.iter().map(|to| SealedKey { device: device(*to).device, sealed: Blob(vec![*to; 48]) });
    Event::DeviceRevoked { device: device(number).device, epoch: 2, keys: keys.collect() }
}

fn listed_grant() -> SyncGrant {
    SyncGrant { scope: Scope::Members, ..grant(2, Purpose::HostedReport) }
}

/// One event of every kind, in an order in which all can be told by device 1.
fn events() -> Vec<Event> {
    let refused = SubjectBasis { state: BasisState::Refused, evidence: Some(Hash([4; 32])), ..given() };
    let tokens = vec![token(1), token(2)];
    vec![
        Event::DeviceAdded(device(2)),
        Event::GrantGiven(grant(1, Purpose::Backup)),
        Event::GrantGiven(listed_grant()),
        Event::Members { grant: GrantId([2; 16]), tokens: tokens.clone() },
        bases(SubjectBasis {
            expires_at: Some(NOW + DAY),
            gpc: true,
            notice: Some(Hash([5; 32])),
            ..given()
        }),
        bases(refused),
        Event::Restricted { on: true, tokens: tokens.clone() },
        Event::Restricted { on: false, tokens: tokens.clone() },
        Event::GrantWithdrawn { grant: GrantId([1; 16]) },
        Event::Erased { tokens },
        revoked(2, &[1]),
    ]
}

fn told() -> Story {
    let mut story = Story::begun();
    for event in events() {
        story.tell(1, event);
    }
    story
}

#[test]
fn a_flipped_bit_in_any_entry_is_refused() {
    let whole = told();
    let mut register = MemoryRegister::new(WORKSPACE);
    for entry in &whole.entries {
        let bytes = cbor::encode(entry);
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let mut trial = register.clone();
            let taken = cbor::decode::<SignedEntry>(&changed).and_then(|entry| fold(&mut trial, &entry));
            assert!(taken.is_err(), "bit {bit} of entry {}", entry.entry.seq);
        }
        fold(&mut register, entry).unwrap();
    }
    assert_eq!(register, whole.register);
}

#[test]
fn a_flipped_bit_in_a_head_is_refused() {
    let (seq, hash) = told().head();
    let head = signed_head(&server(), seq, hash);
    head.verify(&server().key()).unwrap();
    let bytes = cbor::encode(&head);
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let taken = cbor::decode::<SignedHead>(&changed).and_then(|head| head.verify(&server().key()));
        assert!(taken.is_err(), "bit {bit}");
    }
}

#[test]
fn cut_or_longer_bytes_are_no_entry() {
    for entry in &told().entries {
        let bytes = cbor::encode(entry);
        assert_eq!(cbor::decode::<SignedEntry>(&bytes).as_ref(), Ok(entry));
        for length in 0..bytes.len() {
            assert_eq!(cbor::decode::<SignedEntry>(&bytes[..length]), Err(Error::Malformed));
        }
        assert_eq!(cbor::decode::<SignedEntry>(&[&bytes[..], &[0]].concat()), Err(Error::Malformed));
    }
}

/// Folds entries into an empty register; the first refusal counts.
fn refusal(entries: &[SignedEntry]) -> Option<Error> {
    let mut register = MemoryRegister::new(WORKSPACE);
    entries.iter().find_map(|entry| fold(&mut register, entry).err())
}

#[test]
fn entries_swapped_dropped_or_doubled_break_the_chain() {
    let entries = told().entries;
    assert_eq!(refusal(&entries), None);
    for position in 0..entries.len() - 1 {
        let mut swapped = entries.clone();
        swapped.swap(position, position + 1);
        assert_eq!(refusal(&swapped), Some(Error::BrokenChain));
        let mut dropped = entries.clone();
        dropped.remove(position);
        assert_eq!(refusal(&dropped), Some(Error::BrokenChain));
        let mut doubled = entries.clone();
        doubled.insert(position, entries[position].clone());
        assert_eq!(refusal(&doubled), Some(Error::BrokenChain));
    }
}

#[test]
fn only_the_device_that_is_named_signs() {
    let mut story = Story::begun();
    story.tell(1, Event::DeviceAdded(device(2)));
    for event in events().into_iter().skip(1) {
        let by_another = signed(2, story.entry(1, event.clone()));
        assert_eq!(story.clone().take(by_another), Err(Error::BadSignature));
        let by_a_stranger = story.clone().try_tell(3, event.clone());
        assert_eq!(by_a_stranger, Err(Error::UnknownDevice));
        story.tell(1, event);
    }
    let itself = story.clone().try_tell(4, Event::DeviceAdded(device(4)));
    assert_eq!(itself, Err(Error::UnknownDevice), "nobody lets itself in");
    let gone = story.try_tell(2, Event::Erased { tokens: vec![token(9)] });
    assert_eq!(gone, Err(Error::UnknownDevice), "device 2 was revoked");
}

#[test]
fn an_entry_of_another_workspace_or_another_past_breaks_the_chain() {
    let story = Story::begun();
    let event = Event::DeviceAdded(device(2));
    let mut entry = story.entry(1, event.clone());
    entry.workspace = WorkspaceId([8; 16]);
    assert_eq!(story.clone().take(signed(1, entry)), Err(Error::BrokenChain));
    let mut entry = story.entry(1, event.clone());
    entry.prev = Hash::ZERO;
    assert_eq!(story.clone().take(signed(1, entry)), Err(Error::BrokenChain));
    let mut entry = story.entry(1, event);
    entry.seq += 1;
    assert_eq!(story.clone().take(signed(1, entry)), Err(Error::BrokenChain));
}

/// What `event` of device 1 is refused with, told after everything in `before`.
#[track_caller]
fn check(before: &[Event], event: Event, expected: Result<(), Error>) {
    let mut story = Story::begun();
    story.tell(1, Event::DeviceAdded(device(2)));
    for event in before {
        story.tell(1, event.clone());
    }
    let untouched = story.register.clone();
    assert_eq!(story.try_tell(1, event).map(|_| ()), expected);
    assert!(expected.is_ok() || story.register == untouched, "a refused entry leaves no trace");
}

fn invalid(reason: &'static str) -> Result<(), Error> {
    Err(Error::Invalid { reason })
}

#[test]
fn a_ledger_begins_with_its_own_first_device() {
    let begins = invalid("a ledger begins with its first device").unwrap_err();
    let mut empty = Story { register: MemoryRegister::new(WORKSPACE), entries: Vec::new() };
    assert_eq!(empty.try_tell(1, Event::GrantGiven(grant(1, Purpose::Backup))), Err(begins.clone()));
    assert_eq!(empty.try_tell(1, Event::DeviceAdded(device(2))), Err(begins));
    let by_another = signed(2, empty.entry(1, Event::DeviceAdded(device(1))));
    assert_eq!(empty.take(by_another), Err(Error::BadSignature));
    assert_eq!(empty.head(), (0, Hash::ZERO));
}

#[test]
fn devices_join_once_and_leave_once() {
    check(&[], Event::DeviceAdded(device(2)), invalid("a device joins once"));
    check(&[revoked(2, &[1])], Event::DeviceAdded(device(2)), invalid("a device joins once"));
    check(&[], revoked(3, &[]), Err(Error::UnknownDevice));
    check(&[revoked(2, &[1])], revoked(2, &[1]), Err(Error::UnknownDevice));
    let keys = "a new key goes once to each device that stays, and to no other";
    check(&[], revoked(2, &[1, 2]), invalid(keys));
    check(&[], revoked(2, &[1, 1]), invalid(keys));
    check(&[], revoked(2, &[1]), Ok(()));
}

#[test]
fn grants_are_given_once_by_their_own_device_for_their_workspace() {
    let once = "a grant is given once, by its own device, for its workspace";
    let backup = || grant(1, Purpose::Backup);
    check(&[], Event::GrantGiven(backup()), Ok(()));
    check(&[Event::GrantGiven(backup())], Event::GrantGiven(backup()), invalid(once));
    let again =
        SyncGrant { purpose: Purpose::HostedReport, groups: Groups::of(&[FieldGroup::Scores]), ..backup() };
    check(&[Event::GrantGiven(backup())], Event::GrantGiven(again), invalid(once));
    check(&[], Event::GrantGiven(SyncGrant { device: device(2).device, ..backup() }), invalid(once));
    check(&[], Event::GrantGiven(SyncGrant { workspace: WorkspaceId([8; 16]), ..backup() }), invalid(once));
}

#[test]
fn a_grant_says_something_that_can_be() {
    let names = "the grant names no group, or one its purpose never carries";
    let terms = "the grant names terms that do not exist";
    let span = "a grant ends after it begins and within 13 months";
    let places = "a grant names one server by its origin, and one language";
    let report = || grant(1, Purpose::HostedReport);
    let at = |origin: &str| SyncGrant { origin: origin.to_owned(), ..report() };
    let in_language = |language: &str| SyncGrant { language: language.to_owned(), ..report() };
    let lasting = |valid_from, expires_at| SyncGrant { valid_from, expires_at, ..report() };
    let good = [
        report(),
        lasting(NOW, NOW + 1),
        lasting(NOW, NOW + MAX_GRANT_MILLIS),
        at("http://127.0.0.1:8080"),
        at("http://[::1]:8080"),
        at(&format!("https://{}", "a".repeat(255))),
        in_language("zh-CN"),
        in_language("en"),
        in_language(&"a".repeat(35)),
    ];
    for grant in good {
        assert_eq!(grant.check(), Ok(()), "{grant:?}");
    }
    let bad = [
        (SyncGrant { groups: Groups::NONE, ..report() }, names),
        (SyncGrant { groups: Groups::of(&[FieldGroup::Notes]), ..report() }, names),
        (SyncGrant { groups: Groups::ALL, ..report() }, names),
        (SyncGrant { version: 0, ..report() }, terms),
        (SyncGrant { version: 2, ..report() }, terms),
        (lasting(NOW, NOW), span),
        (lasting(NOW, NOW - 1), span),
        (lasting(NOW, NOW + MAX_GRANT_MILLIS + 1), span),
        (lasting(i64::MIN, i64::MAX), span),
        (at(""), places),
        (at("https://"), places),
        (at("sync.example.org"), places),
        (at("ftp://sync.example.org"), places),
        (at("https://sync.example.org/"), places),
        (at("https://Sync.example.org"), places),
        (at("https://anna@sync.example.org"), places),
        (at("https://sync.example.org?x"), places),
        (at(&format!("https://{}", "a".repeat(256))), places),
        (in_language("e"), places),
        (in_language(&"a".repeat(36)), places),
        (in_language("en us"), places),
    ];
    for (grant, reason) in bad {
        assert_eq!(grant.check(), invalid(reason), "{grant:?}");
        check(&[], Event::GrantGiven(grant), invalid(reason));
    }
}

#[test]
fn lists_belong_to_a_grant_that_has_one_and_holds() {
    let listed = Event::GrantGiven(listed_grant());
    let withdrawn = Event::GrantWithdrawn { grant: GrantId([2; 16]) };
    let members = || Event::Members { grant: GrantId([2; 16]), tokens: vec![token(1)] };
    let holds = "records are listed for a grant that has a list and holds";
    check(&[], members(), invalid("there is no such grant"));
    check(&[], withdrawn.clone(), invalid("there is no such grant"));
    check(&[Event::GrantGiven(grant(2, Purpose::Backup))], members(), invalid(holds));
    check(&[listed.clone(), withdrawn.clone()], members(), invalid(holds));
    check(std::slice::from_ref(&listed), members(), Ok(()));
    check(&[listed.clone(), members()], members(), Ok(()));
    check(&[listed, withdrawn.clone()], withdrawn, Ok(()));
}

#[test]
fn an_entry_names_a_record_once_and_not_too_many() {
    let count = "an entry names between 1 and 2,000 records";
    let tokens = |n: usize| -> Vec<SubjectToken> {
        (0..n).map(|number| SubjectToken(Hash::of(&[&number.to_be_bytes()]).0)).collect()
    };
    type Kind = fn(Vec<SubjectToken>) -> Event;
    let kinds: [Kind; 4] = [
        |tokens| Event::Members { grant: GrantId([2; 16]), tokens },
        |tokens| Event::Bases { purpose: Purpose::Backup, basis: given(), tokens },
        |tokens| Event::Restricted { on: true, tokens },
        |tokens| Event::Erased { tokens },
    ];
    let listed = [Event::GrantGiven(listed_grant())];
    for kind in kinds {
        check(&listed, kind(tokens(0)), invalid(count));
        check(&listed, kind(tokens(MAX_TOKENS + 1)), invalid(count));
        check(&listed, kind(vec![token(1), token(2), token(1)]), invalid("an entry names a record once"));
        check(&listed, kind(tokens(MAX_TOKENS)), Ok(()));
        check(&listed, kind(tokens(1)), Ok(()));
    }
}

#[test]
fn a_basis_ends_after_it_was_obtained() {
    let ending = |end| bases(SubjectBasis { expires_at: Some(end), ..given() });
    check(&[], ending(NOW), invalid("a basis ends after it was obtained"));
    check(&[], ending(NOW - 1), invalid("a basis ends after it was obtained"));
    check(&[], ending(NOW + 1), Ok(()));
}

#[test]
fn after_a_no_a_yes_needs_evidence_and_a_later_date() {
    let needs = "after a no, a basis needs evidence and a later date";
    let evidence = Some(Hash([4; 32]));
    for state in [BasisState::Refused, BasisState::Withdrawn, BasisState::Objected] {
        let no = [bases(SubjectBasis { state, ..given() })];
        let later = SubjectBasis { obtained_at: NOW + 1, ..given() };
        check(&no, bases(later), invalid(needs));
        check(&no, bases(SubjectBasis { evidence, ..given() }), invalid(needs));
        check(&no, bases(SubjectBasis { evidence, obtained_at: NOW - 1, ..given() }), invalid(needs));
        check(&no, bases(SubjectBasis { evidence, ..later }), Ok(()));
        let one_said_no = Event::Bases {
            purpose: Purpose::Backup,
            basis: SubjectBasis { state, ..given() },
            tokens: vec![token(2)],
        };
        check(&[one_said_no], bases(later), invalid(needs));
        for other in [BasisState::Refused, BasisState::Withdrawn, BasisState::Objected] {
            check(&no, bases(SubjectBasis { state: other, obtained_at: NOW - 9, ..given() }), Ok(()));
        }
        let other_purpose =
            Event::Bases { purpose: Purpose::HostedReport, basis: given(), tokens: vec![token(1)] };
        check(&no, other_purpose, Ok(()));
    }
    check(&[bases(given())], bases(SubjectBasis { obtained_at: NOW - 9, ..given() }), Ok(()));
}

#[test]
fn an_entry_from_the_future_is_for_a_server_to_refuse() {
    let entry = Story::begun().entry(1, Event::DeviceAdded(device(2)));
    assert_eq!(entry.check_clock(NOW), Ok(()));
    assert_eq!(entry.check_clock(NOW - MAX_AHEAD_MILLIS), Ok(()));
    assert_eq!(entry.check_clock(NOW - MAX_AHEAD_MILLIS - 1), Err(Error::ClockAhead));
    assert_eq!(entry.check_clock(i64::MIN), Err(Error::ClockAhead));
    assert_eq!(entry.check_clock(i64::MAX), Ok(()));
}

#[test]
fn what_stops_sending_and_what_removes() {
    let no = |state| bases(SubjectBasis { state, ..given() });
    let tokens = vec![token(1)];
    let cases = [
        (Event::DeviceAdded(device(2)), false, false),
        (revoked(2, &[]), false, false),
        (Event::GrantGiven(grant(1, Purpose::Backup)), false, false),
        (Event::GrantWithdrawn { grant: GrantId([1; 16]) }, true, true),
        (Event::Members { grant: GrantId([1; 16]), tokens: tokens.clone() }, false, false),
        (bases(given()), false, false),
        (no(BasisState::Refused), true, true),
        (no(BasisState::Withdrawn), true, true),
        (no(BasisState::Objected), true, true),
        (Event::Restricted { on: true, tokens: tokens.clone() }, true, false),
        (Event::Restricted { on: false, tokens: tokens.clone() }, false, false),
        (Event::Erased { tokens }, true, true),
    ];
    for (event, stops, removes) in cases {
        assert_eq!((event.is_ending(), event.removes_copies()), (stops, removes), "{event:?}");
        let names = matches!(
            event,
            Event::Members { .. } | Event::Bases { .. } | Event::Restricted { .. } | Event::Erased { .. }
        );
        assert_eq!(event.tokens().is_empty(), !names);
    }
}

fn operation(purpose: Purpose, grant: u8, number: u8) -> Operation<'static> {
    Operation {
        workspace: WORKSPACE,
        device: device(1).device,
        origin: ORIGIN,
        lane: purpose.terms().lane,
        purpose,
        grant: GrantId([grant; 16]),
        token: token(number),
        groups: Groups::of(&[FieldGroup::Scores]),
        gpc: false,
    }
}

#[test]
fn the_facts_are_what_the_ledger_says() {
    let mut story = told();
    let listed = operation(Purpose::HostedReport, 2, 1);
    let facts = facts_of(&mut story.register, &listed).unwrap();
    assert!(facts.is_enrolled && facts.is_member && facts.is_erased && !facts.is_restricted);
    assert_eq!(facts.grant.map(|record| (record.grant, record.withdrawn_at)), Some((listed_grant(), None)));
    assert_eq!(facts.basis, None, "the basis was for the other purpose");
    let backup = facts_of(&mut story.register, &operation(Purpose::Backup, 1, 2)).unwrap();
    assert_eq!(backup.basis.map(|basis| basis.state), Some(BasisState::Refused), "the newest counts");
    assert_eq!(backup.grant.and_then(|record| record.withdrawn_at), Some(NOW));
    assert!(!backup.is_member);
    let other = facts_of(&mut story.register, &operation(Purpose::HostedReport, 9, 3)).unwrap();
    assert!(other.grant.is_none() && !other.is_member && !other.is_erased);
    for (workspace, number) in [(WorkspaceId([8; 16]), 1), (WORKSPACE, 2), (WORKSPACE, 3)] {
        let foreign = Operation { workspace, device: device(number).device, ..listed.clone() };
        assert!(!facts_of(&mut story.register, &foreign).unwrap().is_enrolled, "device {number}");
    }
    assert_eq!(listed.lane, Lane::Readable);
}

#[test]
fn a_restriction_can_end_and_an_erasure_cannot() {
    let mut story = Story::begun();
    let tokens = || vec![token(1)];
    let mut flags = |event| {
        story.tell(1, event);
        let flags = story.register.flags(token(1)).unwrap();
        (flags.is_restricted, flags.is_erased)
    };
    assert_eq!(flags(Event::Restricted { on: true, tokens: tokens() }), (true, false));
    assert_eq!(flags(Event::Erased { tokens: tokens() }), (true, true));
    assert_eq!(flags(Event::Restricted { on: false, tokens: tokens() }), (false, true));
    assert_eq!(flags(Event::Restricted { on: false, tokens: tokens() }), (false, true));
}

#[test]
fn the_first_of_two_withdrawals_counts() {
    let mut story = Story::begun();
    story.tell(1, Event::DeviceAdded(device(2)));
    story.tell(1, Event::GrantGiven(grant(1, Purpose::Backup)));
    for (number, at) in [(2, NOW + 5), (1, NOW + 9)] {
        let mut entry = story.entry(number, Event::GrantWithdrawn { grant: GrantId([1; 16]) });
        entry.at = at;
        story.take(signed(number, entry)).unwrap();
        assert_eq!(story.register.grant(GrantId([1; 16])).unwrap().unwrap().withdrawn_at, Some(NOW + 5));
    }
}

/// The same bytes for ever: a client of today must read what a client of tomorrow wrote.
#[test]
fn the_chain_is_the_documented_one_and_does_not_change() {
    let story = told();
    let mut hash = Hash::ZERO;
    for entry in &story.entries {
        hash = Hash::of(&[&hash.0, &cbor::encode(&entry.entry)]);
    }
    assert_eq!(story.head(), (12, hash));
    assert_eq!(hash.to_string(), "5b06915375ab0e05b670bcb091ead313bc02c5d96268bb8d01d8c414ef0ff278");
}
