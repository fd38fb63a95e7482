//! The consent ledger in the workspace: what it says is what the memory register says, and waiting entries find their place.

use crate::common::memory;
use crate::synced::*;
use proptest::prelude::*;
use stillroom_consent::{
    BasisState, Decision, Error as ConsentError, Event, GrantId, Groups, MemoryRegister, Operation, Purpose,
    Reason, SignedEntry, SubjectBasis, allow, facts_of, fold,
};
use stillroom_records::FieldGroup;
use stillroom_store::sync::ledger::LedgerPlace;
use stillroom_store::{Error, Store};

fn operation(number: u8, subject: u8, purpose: Purpose, grant: u8) -> Operation<'static> {
    Operation {
        workspace: WORKSPACE,
        device: device(number),
        origin: ORIGIN,
        lane: purpose.terms().lane,
        purpose,
        grant: GrantId([grant; 16]),
        token: token(subject),
        groups: Groups::of(&[FieldGroup::Behaviour]),
        gpc: false,
    }
}

fn event(choice: (u8, u8, u8, bool)) -> Event {
    let (kind, id, subject, yes) = choice;
    let tokens = vec![token(subject), token(subject + 1)];
    let purpose = if yes { Purpose::Backup } else { Purpose::HostedReport };
    let state = if id == 0 { BasisState::Given } else { BasisState::Withdrawn };
    match kind {
        0 => Event::GrantGiven(grant(id, 1, purpose)),
        1 => Event::GrantWithdrawn { grant: GrantId([id; 16]) },
        2 => Event::Members { grant: GrantId([id; 16]), tokens },
        3 => Event::Bases { purpose, basis: SubjectBasis { state, ..contract() }, tokens },
        4 => Event::Restricted { on: yes, tokens },
        5 => Event::DeviceAdded(info(2 + id)),
        6 => Event::DeviceRevoked { device: device(2 + id), epoch: 1, keys: vec![] },
        _ => Event::Erased { tokens: vec![token(subject)] },
    }
}

fn decisions(mut answer: impl FnMut(&Operation<'_>) -> Decision) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for number in 1..4 {
        for subject in 0..4 {
            for purpose in Purpose::ALL {
                for grant in 0..3 {
                    decisions.push(answer(&operation(number, subject, purpose, grant)));
                }
            }
        }
    }
    decisions
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn the_tables_decide_what_memory_decides(
        choices in prop::collection::vec((0..8_u8, 0..3_u8, 0..3_u8, any::<bool>()), 0..24),
    ) {
        let mut store = syncing(1);
        let mut register = MemoryRegister::new(WORKSPACE);
        fold(&mut register, &say(&mut store, 1, Event::DeviceAdded(info(1)))).unwrap();
        for choice in choices {
            let entry = signed(1, store.ledger_head().unwrap(), event(choice));
            let mut tried = register.clone();
            let folded = fold(&mut tried, &entry);
            let appended = store.append_entry(&entry);
            prop_assert_eq!(folded.clone().map_err(Error::from), appended);
            if folded.is_ok() {
                register = tried;
            }
        }
        let memory = decisions(|operation| allow(operation, &facts_of(&mut register, operation).unwrap(), NOW));
        prop_assert_eq!(decisions(|operation| store.decide(operation, NOW).unwrap()), memory);
    }
}

/// Two devices, a grant and a basis, all confirmed.
fn consented() -> (Store, Vec<SignedEntry>) {
    let mut store = syncing(1);
    let entries = vec![
        say(&mut store, 1, Event::DeviceAdded(info(1))),
        say(&mut store, 1, Event::DeviceAdded(info(2))),
        say(&mut store, 1, Event::GrantGiven(grant(1, 1, Purpose::Backup))),
        say(
            &mut store,
            1,
            Event::Bases { purpose: Purpose::Backup, basis: contract(), tokens: vec![token(5)] },
        ),
    ];
    store.confirm_entries(4).unwrap();
    (store, entries)
}

#[test]
fn a_waiting_entry_counts_at_once_and_is_confirmed_by_seeing_it_again() {
    let (mut store, _) = consented();
    let live = operation(1, 5, Purpose::Backup, 1);
    assert_eq!(store.decide(&live, NOW), Ok(Decision::Allow));
    let withdrawal = say(&mut store, 1, Event::GrantWithdrawn { grant: GrantId([1; 16]) });
    assert_eq!(store.decide(&live, NOW), Ok(Decision::Deny(Reason::GrantWithdrawn)));
    assert_eq!(store.pending_entries(), Ok(vec![withdrawal.clone()]));
    assert_eq!(store.confirmed_ledger_head().unwrap().seq, 4);
    store.add_confirmed_entries(&[withdrawal]).unwrap();
    assert_eq!(store.pending_entries(), Ok(vec![]));
    assert_eq!(store.confirmed_ledger_head(), store.ledger_head());
}

#[test]
fn entries_of_the_server_go_before_those_that_wait() {
    let (mut store, entries) = consented();
    let confirmed = place_after(entries.last().unwrap());
    say(&mut store, 1, Event::GrantGiven(grant(2, 1, Purpose::HostedReport)));
    let missed = signed(2, confirmed, Event::GrantWithdrawn { grant: GrantId([1; 16]) });
    assert_eq!(store.add_confirmed_entries(std::slice::from_ref(&missed)), Err(Error::LedgerMoved));
    let again = signed(1, place_after(&missed), Event::GrantGiven(grant(2, 1, Purpose::HostedReport)));
    let before = store.ledger_head().unwrap();
    let misplaced = signed(1, confirmed, Event::GrantGiven(grant(2, 1, Purpose::HostedReport)));
    let refused = store.rebase_ledger(std::slice::from_ref(&missed), &[misplaced]);
    assert_eq!(refused, Err(ConsentError::BrokenChain.into()), "an entry that follows another head");
    assert_eq!(store.ledger_head(), Ok(before), "nothing changed");
    store.rebase_ledger(std::slice::from_ref(&missed), std::slice::from_ref(&again)).unwrap();
    assert_eq!(store.pending_entries(), Ok(vec![again.clone()]));
    assert_eq!(store.confirmed_ledger_head(), Ok(place_after(&missed)));
    let withdrawn = store.decide(&operation(1, 5, Purpose::Backup, 1), NOW);
    assert_eq!(withdrawn, Ok(Decision::Deny(Reason::GrantWithdrawn)));
    let mut register = MemoryRegister::new(WORKSPACE);
    for entry in entries.iter().chain([&missed, &again]) {
        fold(&mut register, entry).unwrap();
    }
    let memory = decisions(|operation| allow(operation, &facts_of(&mut register, operation).unwrap(), NOW));
    assert_eq!(decisions(|operation| store.decide(operation, NOW).unwrap()), memory);
}

#[test]
fn another_past_is_refused_as_a_fork() {
    let (mut store, entries) = consented();
    let second = place_after(entries.get(1).unwrap());
    let other = signed(2, second, Event::GrantWithdrawn { grant: GrantId([1; 16]) });
    assert_eq!(store.add_confirmed_entries(&[other]), Err(ConsentError::Forked.into()));
}

#[test]
fn without_a_synced_workspace_there_is_no_ledger() {
    let mut store = memory();
    let entry =
        signed(1, LedgerPlace { seq: 0, hash: stillroom_consent::Hash::ZERO }, Event::DeviceAdded(info(1)));
    assert_eq!(store.append_entry(&entry), Err(Error::NotSynced));
    assert_eq!(store.ledger(0, 10), Ok(vec![]));
    start(&mut store, 1);
    store.append_entry(&entry).unwrap();
    assert_eq!(store.devices().unwrap().len(), 1);
    store.stop_sync().unwrap();
    assert_eq!((store.sync_state(), store.ledger(0, 10)), (Ok(None), Ok(vec![])));
}

#[test]
fn bases_are_counted_by_what_they_say() {
    let (mut store, _) = consented();
    let tokens = (10..30).map(token).collect();
    let refused = SubjectBasis { state: BasisState::Refused, ..contract() };
    say(&mut store, 1, Event::Bases { purpose: Purpose::Backup, basis: refused, tokens });
    assert_eq!(store.basis_counts(Purpose::Backup), Ok(vec![(refused, 20), (contract(), 1)]));
    assert_eq!(store.basis_counts(Purpose::HostedReport), Ok(vec![]));
    let note = store.keep_basis_note("signed form in drawer 4", NOW).unwrap();
    assert_eq!(store.basis_note(note).unwrap().as_deref(), Some("signed form in drawer 4"));
}
