//! The decision: may this operation travel, or be stored, now?

use crate::{
    BasisState, DeviceId, GrantId, GrantRecord, Groups, Lane, Purpose, SubjectBasis, SubjectToken,
    WorkspaceId,
};
use serde::{Deserialize, Serialize};

/// What is about to travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation<'a> {
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The device that sends it.
    pub device: DeviceId,
    /// The origin of the server it goes to.
    pub origin: &'a str,
    /// Who can read it.
    pub lane: Lane,
    /// What for.
    pub purpose: Purpose,
    /// The grant it claims.
    pub grant: GrantId,
    /// The record, by its pseudonym for this purpose.
    pub token: SubjectToken,
    /// The groups it carries; none for an operation that only removes.
    pub groups: Groups,
    /// Global Privacy Control is on where it is sent from.
    pub gpc: bool,
}

/// What the ledger says about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The device is enrolled in the operation's workspace and not revoked.
    pub is_enrolled: bool,
    /// The grant the operation claims, when there is one of that id.
    pub grant: Option<GrantRecord>,
    /// The record's basis for the purpose.
    pub basis: Option<SubjectBasis>,
    /// The record is in the grant's list of members.
    pub is_member: bool,
    /// The record's processing is restricted (Art 18).
    pub is_restricted: bool,
    /// The record was erased.
    pub is_erased: bool,
}

/// Yes, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may travel.
    Allow,
    /// It may not.
    Deny(Reason),
}

/// Why something may not travel, the first that applies in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The device is not enrolled, or was revoked.
    Device,
    /// The record was erased; it never comes back.
    Erased,
    /// There is no such grant.
    NoGrant,
    /// The grant is of another workspace.
    ForeignGrant,
    /// The grant was withdrawn.
    GrantWithdrawn,
    /// The grant does not hold yet.
    GrantNotYet,
    /// The grant has expired.
    GrantExpired,
    /// The grant was given for another purpose, or for terms that no longer hold.
    OtherPurpose,
    /// The grant was given for another server.
    OtherServer,
    /// The purpose travels in the other lane.
    OtherLane,
    /// A group is not in the grant.
    GroupNotGranted,
    /// A group is never carried for this purpose.
    GroupNeverCarried,
    /// The record is not in the grant's scope.
    OutOfScope,
    /// The record's processing is restricted.
    Restricted,
    /// No lawful basis is recorded.
    NoBasis,
    /// The basis was refused.
    BasisRefused,
    /// The basis was withdrawn.
    BasisWithdrawn,
    /// The person objected.
    BasisObjected,
    /// The basis has expired, or does not hold yet.
    BasisExpired,
    /// The purpose may not rest on that basis.
    BasisNotAccepted,
    /// Global Privacy Control stops purposes that share.
    PrivacyControl,
}

/// Decides. Nothing else in the house does.
///
/// An operation that carries no group only removes, and is allowed from any enrolled device: a withdrawal or an erasure must
/// never wait for a consent. Everything else needs a live grant of this workspace, purpose, server and lane that covers its
/// groups and the record, and a live basis of the record that the purpose accepts. Ends are exclusive: at `expires_at` it is over.
///
/// ```
/// use stillroom_consent::*;
///
/// const DAY: i64 = 86_400_000;
/// let now = 1_800_000_000_000;
/// let grant = SyncGrant {
///     id: GrantId([1; 16]),
///     workspace: WorkspaceId([2; 16]),
///     device: DeviceId([3; 16]),
///     purpose: Purpose::HostedReport,
///     version: 1,
///     groups: Groups::of(&[FieldGroup::Behaviour]),
///     scope: Scope::All,
///     origin: "https://sync.example.org".to_owned(),
///     server_key: PublicKey([4; 32]),
///     notice: Hash::of(&[b"the notice that was shown"]),
///     language: "en".to_owned(),
///     valid_from: now,
///     expires_at: now + 30 * DAY,
/// };
/// let operation = Operation {
///     workspace: grant.workspace,
///     device: grant.device,
///     origin: "https://sync.example.org",
///     lane: Lane::Readable,
///     purpose: Purpose::HostedReport,
///     grant: grant.id,
///     token: SubjectToken([5; 32]),
///     groups: Groups::of(&[FieldGroup::Behaviour]),
///     gpc: false,
/// };
///
/// // The operator's grant alone is not enough: the customer has not agreed.
/// let granted = GrantRecord { grant, withdrawn_at: None };
/// let facts = Facts { is_enrolled: true, grant: Some(granted), ..Facts::default() };
/// assert_eq!(allow(&operation, &facts, now), Decision::Deny(Reason::NoBasis));
///
/// let consent = SubjectBasis::given(LawfulBasis::Consent, BasisMethod::Form, now);
/// let facts = Facts { basis: Some(consent), ..facts };
/// assert_eq!(allow(&operation, &facts, now), Decision::Allow);
///
/// // It ends by itself, and carries no more than was granted.
/// assert_eq!(allow(&operation, &facts, now + 30 * DAY), Decision::Deny(Reason::GrantExpired));
/// let wider = Operation { groups: Groups::of(&[FieldGroup::Behaviour, FieldGroup::Scores]), ..operation };
/// assert_eq!(allow(&wider, &facts, now), Decision::Deny(Reason::GroupNotGranted));
/// ```
#[must_use]
pub fn allow(operation: &Operation<'_>, facts: &Facts, now_millis: i64) -> Decision {
    match first_objection(operation, facts, now_millis) {
        None => Decision::Allow,
        Some(reason) => Decision::Deny(reason),
    }
}

fn first_objection(operation: &Operation<'_>, facts: &Facts, now_millis: i64) -> Option<Reason> {
    if !facts.is_enrolled {
        return Some(Reason::Device);
    }
    if operation.groups.is_empty() {
        return None;
    }
    if facts.is_erased {
        return Some(Reason::Erased);
    }
    grant_objection(operation, facts, now_millis).or_else(|| basis_objection(operation, facts, now_millis))
}

fn grant_objection(operation: &Operation<'_>, facts: &Facts, now_millis: i64) -> Option<Reason> {
    let terms = operation.purpose.terms();
    let Some(record) = facts.grant.as_ref().filter(|record| record.grant.id == operation.grant) else {
        return Some(Reason::NoGrant);
    };
    let grant = &record.grant;
    let objections = [
        (grant.workspace != operation.workspace, Reason::ForeignGrant),
        (record.withdrawn_at.is_some(), Reason::GrantWithdrawn),
        (now_millis < grant.valid_from, Reason::GrantNotYet),
        (now_millis >= grant.expires_at, Reason::GrantExpired),
        (grant.purpose != operation.purpose || grant.version != terms.version, Reason::OtherPurpose),
        (grant.origin != operation.origin, Reason::OtherServer),
        (terms.lane != operation.lane, Reason::OtherLane),
        (!operation.groups.is_within(grant.groups), Reason::GroupNotGranted),
        (!operation.groups.is_within(terms.groups), Reason::GroupNeverCarried),
        (grant.scope == crate::Scope::Members && !facts.is_member, Reason::OutOfScope),
    ];
    objections.into_iter().find(|(applies, _)| *applies).map(|(_, reason)| reason)
}

fn basis_objection(operation: &Operation<'_>, facts: &Facts, now_millis: i64) -> Option<Reason> {
    let terms = operation.purpose.terms();
    if facts.is_restricted {
        return Some(Reason::Restricted);
    }
    let Some(basis) = &facts.basis else { return Some(Reason::NoBasis) };
    let has_ended = basis.expires_at.is_some_and(|end| now_millis >= end);
    match basis.state {
        BasisState::Refused => Some(Reason::BasisRefused),
        BasisState::Withdrawn => Some(Reason::BasisWithdrawn),
        BasisState::Objected => Some(Reason::BasisObjected),
        BasisState::Given if has_ended || now_millis < basis.obtained_at => Some(Reason::BasisExpired),
        BasisState::Given if !terms.bases.contains(&basis.basis) => Some(Reason::BasisNotAccepted),
        BasisState::Given if terms.is_shared && (operation.gpc || basis.gpc) => Some(Reason::PrivacyControl),
        BasisState::Given => None,
    }
}
