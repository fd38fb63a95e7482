//! TRUST.md section 5 read a second time, as a table of rules over plain values: what may travel, and every reason why not.
//!
//! Nothing here uses the room's own sets, terms or order of checks. A rule says when it is broken; a case is allowed when none is,
//! and the reason to give is the first broken rule in the order of the table, which is the documented order.

use crate::common::{ORIGIN, WORKSPACE, token};
use stillroom_consent::{
    BasisMethod, BasisState, DeviceId, Facts, GrantId, GrantRecord, Groups, Hash, Lane, LawfulBasis,
    Operation, PublicKey, Purpose, Reason, Scope, SubjectBasis, SyncGrant, WorkspaceId, cbor,
};

/// Another workspace and another server than the operation's.
const ELSEWHERE: (WorkspaceId, &str) = (WorkspaceId([8; 16]), "https://sync.example.com");

/// An operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Op {
    pub(crate) purpose: Purpose,
    pub(crate) is_lane_sealed: bool,
    /// Bits in the order identity, contact, commercial, behaviour, notes, scores; any others name nothing.
    pub(crate) groups: u32,
    pub(crate) gpc: bool,
}

/// The grant that is found under the operation's grant id, or beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    pub(crate) is_of_that_id: bool,
    pub(crate) is_of_this_workspace: bool,
    pub(crate) is_withdrawn: bool,
    pub(crate) valid_from: i64,
    pub(crate) expires_at: i64,
    pub(crate) purpose: Purpose,
    pub(crate) version: u32,
    pub(crate) is_for_this_server: bool,
    pub(crate) groups: u32,
    pub(crate) has_list: bool,
}

/// The customer's basis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basis {
    pub(crate) basis: LawfulBasis,
    pub(crate) state: BasisState,
    pub(crate) obtained_at: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) gpc: bool,
}

/// Everything a decision depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) now: i64,
    pub(crate) op: Op,
    pub(crate) grant: Option<Given>,
    pub(crate) basis: Option<Basis>,
    pub(crate) is_enrolled: bool,
    pub(crate) is_member: bool,
    pub(crate) is_restricted: bool,
    pub(crate) is_erased: bool,
}

/// What TRUST.md lists for a purpose: version, sealed or not, groups, bases, whether it shares.
fn listed(purpose: Purpose) -> (u32, bool, &'static [u32], &'static [LawfulBasis], bool) {
    use LawfulBasis::{Consent, Contract, LegalObligation, LegitimateInterest};
    match purpose {
        Purpose::Backup => {
            (1, true, &[0, 1, 2, 3, 4, 5], &[Consent, Contract, LegalObligation, LegitimateInterest], false)
        }
        Purpose::HostedReport => (1, false, &[2, 3, 5], &[Consent, Contract], true),
    }
}

type Rule = (Reason, fn(&Case) -> bool);

/// A rule about the grant, broken by no grant only where `NoGrant` says so.
fn grant(case: &Case, is_broken: impl Fn(&Given) -> bool) -> bool {
    case.grant.as_ref().is_some_and(is_broken)
}

fn basis(case: &Case, is_broken: impl Fn(&Basis) -> bool) -> bool {
    case.basis.as_ref().is_some_and(is_broken)
}

fn given(case: &Case, is_broken: impl Fn(&Basis) -> bool) -> bool {
    basis(case, |basis| basis.state == BasisState::Given && is_broken(basis))
}

/// The rules in the order in which they are answered.
pub(crate) const RULES: [Rule; 21] = [
    (Reason::Device, |case| !case.is_enrolled),
    (Reason::Erased, |case| case.is_erased),
    (Reason::NoGrant, |case| !grant(case, |grant| grant.is_of_that_id)),
    (Reason::ForeignGrant, |case| grant(case, |grant| !grant.is_of_this_workspace)),
    (Reason::GrantWithdrawn, |case| grant(case, |grant| grant.is_withdrawn)),
    (Reason::GrantNotYet, |case| grant(case, |grant| grant.valid_from > case.now)),
    (Reason::GrantExpired, |case| grant(case, |grant| grant.expires_at <= case.now)),
    (Reason::OtherPurpose, |case| {
        grant(case, |grant| grant.purpose != case.op.purpose || grant.version != listed(case.op.purpose).0)
    }),
    (Reason::OtherServer, |case| grant(case, |grant| !grant.is_for_this_server)),
    (Reason::OtherLane, |case| case.op.is_lane_sealed != listed(case.op.purpose).1),
    (Reason::GroupNotGranted, |case| {
        grant(case, |grant| (0..32).any(|bit| has(case.op.groups, bit) && !has(grant.groups, bit)))
    }),
    (Reason::GroupNeverCarried, |case| {
        (0..32).any(|bit| has(case.op.groups, bit) && !listed(case.op.purpose).2.contains(&bit))
    }),
    (Reason::OutOfScope, |case| grant(case, |grant| grant.has_list && !case.is_member)),
    (Reason::Restricted, |case| case.is_restricted),
    (Reason::NoBasis, |case| case.basis.is_none()),
    (Reason::BasisRefused, |case| basis(case, |basis| basis.state == BasisState::Refused)),
    (Reason::BasisWithdrawn, |case| basis(case, |basis| basis.state == BasisState::Withdrawn)),
    (Reason::BasisObjected, |case| basis(case, |basis| basis.state == BasisState::Objected)),
    (Reason::BasisExpired, |case| {
        given(case, |basis| {
            basis.obtained_at > case.now || basis.expires_at.is_some_and(|end| end <= case.now)
        })
    }),
    (Reason::BasisNotAccepted, |case| given(case, |basis| !listed(case.op.purpose).3.contains(&basis.basis))),
    (Reason::PrivacyControl, |case| {
        listed(case.op.purpose).4 && (case.op.gpc || basis(case, |basis| basis.gpc))
    }),
];

fn has(mask: u32, bit: u32) -> bool {
    (mask >> bit) % 2 == 1
}

/// The rules a case breaks, one bit each in the order of the table. What only removes needs a device and nothing else.
pub(crate) fn broken(case: &Case) -> u32 {
    let applies = if case.op.groups == 0 { 1 } else { RULES.len() };
    RULES[..applies].iter().rev().fold(0, |mask, (_, is_broken)| mask << 1 | u32::from(is_broken(case)))
}

/// The answer: the first broken rule.
pub(crate) fn answer(case: &Case) -> Option<Reason> {
    first(broken(case))
}

/// The reason for a mask of broken rules.
pub(crate) fn first(broken: u32) -> Option<Reason> {
    RULES.get(broken.trailing_zeros() as usize).map(|(reason, _)| *reason)
}

/// Any mask as the room's set, bits without a name included, the way it would arrive from a peer.
pub(crate) fn groups(mask: u32) -> Groups {
    cbor::decode(&cbor::encode(&mask)).expect("a set of groups is a number")
}

impl Case {
    /// The operation as the room knows it.
    pub(crate) fn operation(&self) -> Operation<'static> {
        Operation {
            workspace: WORKSPACE,
            device: DeviceId([1; 16]),
            origin: ORIGIN,
            lane: if self.op.is_lane_sealed { Lane::Sealed } else { Lane::Readable },
            purpose: self.op.purpose,
            grant: GrantId([1; 16]),
            token: token(1),
            groups: groups(self.op.groups),
            gpc: self.op.gpc,
        }
    }

    /// The facts as the room knows them.
    pub(crate) fn facts(&self) -> Facts {
        Facts {
            is_enrolled: self.is_enrolled,
            grant: self.grant.map(|grant| grant.record()),
            basis: self.basis.map(|basis| basis.record()),
            is_member: self.is_member,
            is_restricted: self.is_restricted,
            is_erased: self.is_erased,
        }
    }
}

impl Given {
    fn record(&self) -> GrantRecord {
        let grant = SyncGrant {
            id: GrantId([if self.is_of_that_id { 1 } else { 2 }; 16]),
            workspace: if self.is_of_this_workspace { WORKSPACE } else { ELSEWHERE.0 },
            device: DeviceId([1; 16]),
            purpose: self.purpose,
            version: self.version,
            groups: groups(self.groups),
            scope: if self.has_list { Scope::Members } else { Scope::All },
            origin: if self.is_for_this_server { ORIGIN } else { ELSEWHERE.1 }.to_owned(),
            server_key: PublicKey([5; 32]),
            notice: Hash([9; 32]),
            language: "en".to_owned(),
            valid_from: self.valid_from,
            expires_at: self.expires_at,
        };
        GrantRecord { grant, withdrawn_at: self.is_withdrawn.then_some(self.valid_from) }
    }
}

impl Basis {
    pub(crate) fn record(&self) -> SubjectBasis {
        SubjectBasis {
            basis: self.basis,
            state: self.state,
            method: BasisMethod::Form,
            evidence: None,
            notice: None,
            obtained_at: self.obtained_at,
            expires_at: self.expires_at,
            gpc: self.gpc,
        }
    }
}
