//! The decision is the oracle's: on the whole small domain, on a million cases by chance, and under changes that only take away.

use crate::common::NOW;
use crate::dice::Dice;
use crate::oracle::{Basis, Case, Given, Op, RULES, answer, broken, first, groups};
use stillroom_consent::{BasisState, Decision, Facts, LawfulBasis, Purpose, Reason, allow};

const STATES: [BasisState; 4] =
    [BasisState::Given, BasisState::Refused, BasisState::Withdrawn, BasisState::Objected];
const BOOLEANS: [bool; 2] = [false, true];
/// Just before, at, and just after the present.
const AROUND_NOW: [i64; 3] = [NOW - 1, NOW, NOW + 1];
/// A group of both purposes; that with one only the backup carries; all that the report carries; all; and a bit without a name.
const CARRIED: [u32; 5] = [0b00_1000, 0b01_1000, 0b10_1100, 0b11_1111, 0b100_1000];

fn decided(decision: Decision) -> Option<Reason> {
    match decision {
        Decision::Allow => None,
        Decision::Deny(reason) => Some(reason),
    }
}

fn decide(case: &Case) -> Option<Reason> {
    decided(allow(&case.operation(), &case.facts(), case.now))
}

/// Every combination of the values, each once.
fn each<A: Copy, B: Copy>(some: &[A], others: &[B]) -> Vec<(A, B)> {
    some.iter().flat_map(|one| others.iter().map(|other| (*one, *other))).collect()
}

fn operations() -> Vec<Op> {
    let kinds =
        each(&each(&Purpose::ALL, &BOOLEANS), &each(&BOOLEANS, &[0, CARRIED[0], CARRIED[1], CARRIED[4]]));
    let op = |((purpose, is_lane_sealed), (gpc, groups))| Op { purpose, is_lane_sealed, groups, gpc };
    kinds.into_iter().map(op).collect()
}

fn grants() -> Vec<Option<Given>> {
    let spans = each(&AROUND_NOW, &AROUND_NOW);
    let marks = each(&each(&BOOLEANS, &BOOLEANS), &each(&BOOLEANS, &BOOLEANS));
    let terms = each(&each(&Purpose::ALL, &[1, 2]), &each(&[CARRIED[0], CARRIED[3]], &BOOLEANS));
    let given = |(
        (valid_from, expires_at),
        (((id, workspace), (withdrawn, server)), ((purpose, version), (groups, list))),
    )| Given {
        is_of_that_id: id,
        is_of_this_workspace: workspace,
        is_withdrawn: withdrawn,
        valid_from,
        expires_at,
        purpose,
        version,
        is_for_this_server: server,
        groups,
        has_list: list,
    };
    let all = each(&spans, &each(&marks, &terms));
    std::iter::once(None).chain(all.into_iter().map(|values| Some(given(values)))).collect()
}

fn bases() -> Vec<Option<Basis>> {
    let ends = [None, Some(NOW - 1), Some(NOW), Some(NOW + 1)];
    let all = each(&each(&LawfulBasis::ALL, &STATES), &each(&each(&AROUND_NOW, &ends), &BOOLEANS));
    let basis = |((basis, state), ((obtained_at, expires_at), gpc))| Basis {
        basis,
        state,
        obtained_at,
        expires_at,
        gpc,
    };
    std::iter::once(None).chain(all.into_iter().map(|values| Some(basis(values)))).collect()
}

fn flags() -> Vec<(bool, bool, bool, bool)> {
    each(&each(&BOOLEANS, &BOOLEANS), &each(&BOOLEANS, &BOOLEANS))
        .into_iter()
        .map(|((enrolled, erased), (member, restricted))| (enrolled, erased, member, restricted))
        .collect()
}

/// A case in which everything holds; the rules about one side can be read off it.
fn allowed(op: Op) -> Case {
    let given = Given {
        is_of_that_id: true,
        is_of_this_workspace: true,
        is_withdrawn: false,
        valid_from: NOW,
        expires_at: NOW + 1,
        purpose: op.purpose,
        version: 1,
        is_for_this_server: true,
        groups: op.groups,
        has_list: false,
    };
    let basis = Basis {
        basis: LawfulBasis::Consent,
        state: BasisState::Given,
        obtained_at: NOW,
        expires_at: None,
        gpc: false,
    };
    Case {
        now: NOW,
        op,
        grant: Some(given),
        basis: Some(basis),
        is_enrolled: true,
        is_member: false,
        is_restricted: false,
        is_erased: false,
    }
}

/// No rule looks at the grant and the basis at once, so the rules a case breaks are those its halves break; this keeps the oracle
/// out of the innermost of half a billion rounds.
#[test]
fn the_decision_is_the_oracles_on_the_whole_small_domain() {
    let (grants, bases, flags) = (grants(), bases(), flags());
    let bases_as_known: Vec<_> = bases.iter().map(|basis| basis.map(|basis| basis.record())).collect();
    let (mut n_cases, mut n_allowed, mut seen) = (0_u64, 0_u64, 0_u32);
    for op in operations() {
        let whole = allowed(op);
        let broken_by_basis: Vec<u32> =
            bases.iter().map(|basis| broken(&Case { basis: *basis, ..whole }) & !broken(&whole)).collect();
        let operation = whole.operation();
        for (grant, (is_enrolled, is_erased, is_member, is_restricted)) in each(&grants, &flags) {
            let case = Case { grant, is_enrolled, is_erased, is_member, is_restricted, ..whole };
            let broken_by_grant = broken(&case);
            let mut facts = case.facts();
            for (basis, broken_by_basis) in bases_as_known.iter().zip(&broken_by_basis) {
                facts.basis = *basis;
                let expected = first(broken_by_grant | broken_by_basis);
                let decision = decided(allow(&operation, &facts, NOW));
                assert_eq!(decision, expected, "{case:?} with {basis:?}");
                n_cases += 1;
                n_allowed += u64::from(expected.is_none());
                seen |= expected.map_or(0, |reason| 1 << reason as u32);
            }
        }
    }
    println!("{n_cases} cases, {n_allowed} allowed");
    assert_eq!(seen.count_ones() as usize, RULES.len(), "every reason is given somewhere");
    assert!(n_allowed > 0 && n_cases > 100_000_000);
}

fn moment(dice: &mut Dice, now: i64) -> i64 {
    match dice.below(6) {
        0 => now,
        1 => now.saturating_sub(1),
        2 => now.saturating_add(1),
        3 => dice.pick(&[i64::MIN, i64::MAX, 0]),
        _ => dice.next().cast_signed(),
    }
}

fn basis_by_chance(dice: &mut Dice, now: i64) -> Basis {
    Basis {
        basis: dice.pick(&LawfulBasis::ALL),
        state: if dice.once_in(3) { dice.pick(&STATES) } else { BasisState::Given },
        obtained_at: if dice.once_in(2) { moment(dice, now) } else { now.saturating_sub(5) },
        expires_at: dice.once_in(2).then(|| moment(dice, now)),
        gpc: dice.once_in(4),
    }
}

fn grant_by_chance(dice: &mut Dice, op: &Op, now: i64) -> Given {
    Given {
        is_of_that_id: !dice.once_in(12),
        is_of_this_workspace: !dice.once_in(12),
        is_withdrawn: dice.once_in(12),
        valid_from: if dice.once_in(4) { moment(dice, now) } else { now.saturating_sub(7) },
        expires_at: if dice.once_in(4) { moment(dice, now) } else { now.saturating_add(7) },
        purpose: if dice.once_in(8) { dice.pick(&Purpose::ALL) } else { op.purpose },
        version: if dice.once_in(12) { dice.pick(&[0, 2, u32::MAX]) } else { 1 },
        is_for_this_server: !dice.once_in(12),
        groups: if dice.once_in(3) { dice.pick(&CARRIED) } else { op.groups | dice.pick(&CARRIED) },
        has_list: dice.once_in(2),
    }
}

/// A case in which most things hold, so that both answers are common and any rule can be the first.
fn case_by_chance(dice: &mut Dice) -> Case {
    let now = if dice.once_in(5) { moment(dice, NOW) } else { NOW };
    let purpose = dice.pick(&Purpose::ALL);
    let is_lane_sealed = (purpose == Purpose::Backup) ^ dice.once_in(12);
    let groups = match dice.below(12) {
        0 => 0,
        1 => u32::try_from(dice.next() >> 32).expect("32 bits"),
        _ => u32::try_from(dice.below(64)).expect("6 bits") & dice.pick(&[0b10_1100, 0b11_1111]),
    };
    let op = Op { purpose, is_lane_sealed, groups, gpc: dice.once_in(5) };
    Case {
        now,
        op,
        grant: (!dice.once_in(12)).then(|| grant_by_chance(dice, &op, now)),
        basis: (!dice.once_in(12)).then(|| basis_by_chance(dice, now)),
        is_enrolled: !dice.once_in(20),
        is_member: !dice.once_in(6),
        is_restricted: dice.once_in(12),
        is_erased: dice.once_in(20),
    }
}

#[test]
fn the_decision_is_the_oracles_on_a_million_cases_by_chance() {
    let mut dice = Dice::rolled(20_261_123);
    let mut n_allowed = 0;
    for round in 0..1_000_000 {
        let case = case_by_chance(&mut dice);
        let expected = answer(&case);
        assert_eq!(decide(&case), expected, "round {round}: {case:?}");
        n_allowed += u32::from(expected.is_none());
    }
    println!("{n_allowed} of 1000000 allowed");
    assert!((50_000..950_000).contains(&n_allowed), "both answers must be common");
}

/// Every way to take something away from a case.
fn poorer(case: &Case) -> Vec<Case> {
    let with_grant = |change: fn(&mut Given)| {
        let grant = case.grant.map(|mut grant| {
            change(&mut grant);
            grant
        });
        Case { grant, ..*case }
    };
    let with_state = |state| Case { basis: case.basis.map(|basis| Basis { state, ..basis }), ..*case };
    vec![
        Case { is_enrolled: false, ..*case },
        Case { is_erased: true, ..*case },
        Case { is_restricted: true, ..*case },
        Case { is_member: false, ..*case },
        Case { grant: None, ..*case },
        Case { basis: None, ..*case },
        Case { op: Op { gpc: true, ..case.op }, ..*case },
        Case { basis: case.basis.map(|basis| Basis { gpc: true, ..basis }), ..*case },
        with_grant(|grant| grant.is_withdrawn = true),
        with_grant(|grant| grant.has_list = true),
        with_grant(|grant| grant.groups &= grant.groups.wrapping_sub(1)),
        with_grant(|grant| grant.expires_at = grant.expires_at.saturating_sub(3)),
        with_grant(|grant| grant.valid_from = grant.valid_from.saturating_add(3)),
        with_state(BasisState::Refused),
        with_state(BasisState::Withdrawn),
        with_state(BasisState::Objected),
    ]
}

#[test]
fn taking_a_consent_away_never_allows_what_was_denied() {
    let mut dice = Dice::rolled(41);
    for round in 0..100_000 {
        let case = case_by_chance(&mut dice);
        if decide(&case).is_none() {
            continue;
        }
        for (position, poorer) in poorer(&case).into_iter().enumerate() {
            assert!(decide(&poorer).is_some(), "round {round}, {position}: {case:?}");
        }
    }
}

#[test]
fn carrying_one_group_more_never_allows_what_was_denied() {
    let mut dice = Dice::rolled(42);
    for round in 0..100_000 {
        let case = case_by_chance(&mut dice);
        if decide(&case).is_none() {
            continue;
        }
        for bit in 0..32 {
            let more = Case { op: Op { groups: case.op.groups | 1 << bit, ..case.op }, ..case };
            assert!(decide(&more).is_some(), "round {round}, bit {bit}: {case:?}");
        }
    }
}

#[test]
fn nothing_is_sent_from_an_end_on() {
    let mut dice = Dice::rolled(43);
    for round in 0..100_000 {
        let case = case_by_chance(&mut dice);
        let ends = [case.grant.map(|grant| grant.expires_at), case.basis.and_then(|basis| basis.expires_at)];
        for end in ends.into_iter().flatten().filter(|_| case.op.groups != 0) {
            for now in [end, end.saturating_add(1), end.saturating_add(1_000_000), i64::MAX] {
                assert!(decide(&Case { now, ..case }).is_some(), "round {round} at {now}: {case:?}");
            }
        }
    }
}

#[test]
fn what_only_removes_needs_an_enrolled_device_and_nothing_else() {
    let mut dice = Dice::rolled(44);
    for _ in 0..100_000 {
        let case = case_by_chance(&mut dice);
        let removal = Case { op: Op { groups: 0, ..case.op }, ..case };
        let expected = if case.is_enrolled { None } else { Some(Reason::Device) };
        assert_eq!(decide(&removal), expected);
    }
}

#[test]
fn nothing_known_denies() {
    let operation = allowed(operations()[1]).operation();
    assert_eq!(allow(&operation, &Facts::default(), NOW), Decision::Deny(Reason::Device));
    let enrolled = Facts { is_enrolled: true, ..Facts::default() };
    assert_eq!(allow(&operation, &enrolled, NOW), Decision::Deny(Reason::NoGrant));
}

#[test]
fn sets_of_groups_are_sets() {
    use stillroom_consent::{FieldGroup, Groups};
    for mask in 0..64 {
        let set = groups(mask);
        let members: Vec<FieldGroup> = set.iter().collect();
        assert_eq!(Groups::of(&members), set);
        assert_eq!(members.len(), mask.count_ones() as usize);
        assert_eq!(set.is_empty(), mask == 0);
        assert!(set.is_known() && set.is_within(Groups::ALL));
        for other in 0..64 {
            assert_eq!(set.is_within(groups(other)), mask & other == mask);
            assert_eq!(set.and(groups(other)), groups(mask & other));
        }
    }
    assert!(!groups(64).is_known());
    assert_eq!(groups(64).iter().count(), 0);
    assert_eq!(Groups::NONE, groups(0));
    assert_eq!(Groups::ALL, groups(63));
}
