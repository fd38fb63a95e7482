//! What a receipt states. The same fields in JSON and in the CBOR that is signed.

use crate::{
    BasisState, DeviceId, Error, GrantId, Hash, LawfulBasis, PublicKey, Purpose, ReceiptId, Result, Scope,
    SubjectToken, SyncGrant, WorkspaceId, terms,
};
use serde::{Deserialize, Serialize};
use stillroom_records::FieldGroup;

/// Longest text in a record, in bytes.
const MAX_TEXT: usize = 300;

/// Which fields a record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SchemaVersion {
    /// The first version.
    #[serde(rename = "stillroom-receipt/1")]
    V1,
}

/// What a receipt states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Which fields follow.
    pub schema_version: SchemaVersion,
    /// Its random id.
    pub record_id: ReceiptId,
    /// The workspace it is about.
    pub workspace: WorkspaceId,
    /// The device whose act it records; none when the server acted by itself, as at the end of a term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_id: Option<DeviceId>,
    /// When, in milliseconds since 1970.
    pub event_time: i64,
    /// The server that receives, or received.
    pub recipient_third_parties: [Party; 1],
    /// What happened.
    pub event: Content,
}

/// A party: a server by its origin and key, whoever runs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// SHA-256 of its Ed25519 key.
    pub party_id: Hash,
    /// Its origin, such as `https://sync.example.org`.
    pub party_url: String,
    /// Its role, a term.
    pub party_role: String,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A grant was given.
    Consent(ConsentReceipt),
    /// Operations were sent and stored.
    Sync(SyncReceipt),
    /// A grant or some bases ended, and what was held for them goes.
    Withdrawal(WithdrawalReceipt),
    /// Records were erased.
    Erasure(ErasureReceipt),
}

/// A grant, in the words of a consent record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentReceipt {
    /// The state, a term.
    pub event_state: String,
    /// The grant.
    pub grant: GrantId,
    /// What for.
    pub purpose: Purpose,
    /// The version of the purpose's terms.
    pub purpose_version: u32,
    /// The purpose as a term.
    pub purpose_type: String,
    /// The bases that a customer's data may rest on, terms.
    pub lawful_basis: Vec<String>,
    /// What is sent.
    pub pii_information: Vec<PiiInformation>,
    /// Of which records.
    pub scope: Scope,
    /// SHA-256 of the notice that was shown.
    pub privacy_notice: Hash,
    /// Its language.
    pub language: String,
    /// Where it is stored: origins.
    pub storage_locations: Vec<String>,
    /// How long the server keeps what it got: an ISO 8601 duration such as `P90D`.
    pub retention_period: String,
    /// From when until when it holds.
    pub validity_duration: Validity,
    /// Where it is withdrawn. The app's Privacy page does the same.
    pub withdrawal_method: String,
    /// The rights people have, terms.
    pub privacy_rights: Vec<String>,
}

/// A category of data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PiiInformation {
    /// The field group.
    pub pii_type: FieldGroup,
    /// The category as a term.
    pub pii_category: String,
}

/// A span of time, in milliseconds since 1970; its end is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// Its beginning.
    pub from: i64,
    /// Its end.
    pub until: i64,
}

/// What one or more pushes sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncReceipt {
    /// Counts by grant, purpose and group.
    pub transfers: Vec<Transfer>,
    /// The first number the server gave.
    pub first_seq: u64,
    /// The last number the server gave.
    pub last_seq: u64,
}

/// How much was sent under one grant of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Under which grant.
    pub grant: GrantId,
    /// What for.
    pub purpose: Purpose,
    /// Which group; none for operations that only remove.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pii_type: Option<FieldGroup>,
    /// How many operations.
    pub n_operations: u64,
    /// How many bytes they had as sent.
    pub n_bytes: u64,
}

/// Which customers, by number and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principals {
    /// How many.
    pub n_tokens: u64,
    /// SHA-256 of their tokens, sorted, one after the other.
    pub tokens_hash: Hash,
}

/// What ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The grant was withdrawn.
    Grant(GrantId),
    /// The grant came to its end.
    ExpiredGrant(GrantId),
    /// The bases of these customers, which are now in this state.
    Bases {
        /// The state.
        state: BasisState,
        /// The customers.
        pii_principal_id: Principals,
    },
}

/// An end and what followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalReceipt {
    /// The state, a term.
    pub event_state: String,
    /// What ended.
    pub ended: Ended,
    /// What it was for.
    pub purpose: Purpose,
    /// The purpose as a term.
    pub purpose_type: String,
    /// Rows removed.
    pub n_rows: u64,
    /// Data keys removed.
    pub n_keys: u64,
    /// The number of the last removal in the server's sequence; none when there was nothing to remove.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tombstone_seq: Option<u64>,
    /// The devices that have not pulled that number yet.
    pub devices_pending: Vec<DeviceId>,
    /// When the last row and key had gone; none while they go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<i64>,
}

/// An erasure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasureReceipt {
    /// Who was erased.
    pub scope: Principals,
    /// Rows removed.
    pub n_rows: u64,
    /// Data keys removed.
    pub n_keys: u64,
    /// The number of the last removal in the server's sequence; none when there was nothing to remove.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tombstone_seq: Option<u64>,
    /// The devices that have not pulled that number yet.
    pub devices_pending: Vec<DeviceId>,
    /// When the last backup that may still hold the sealed rows has gone, in milliseconds since 1970.
    pub backups_expire_by: i64,
    /// When the last row and key had gone; none while they go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<i64>,
}

impl Party {
    /// A server as the recipient.
    #[must_use]
    pub fn server(origin: &str, key: &PublicKey) -> Self {
        Party {
            party_id: Hash::of(&[&key.0]),
            party_url: origin.to_owned(),
            party_role: terms::RECIPIENT.to_owned(),
        }
    }

    /// Whether the key is the party's.
    #[must_use]
    pub fn has_key(&self, key: &PublicKey) -> bool {
        self.party_id == Hash::of(&[&key.0])
    }
}

impl Principals {
    /// The customers of `tokens`; one that is listed twice counts once.
    #[must_use]
    pub fn of(tokens: &[SubjectToken]) -> Self {
        let tokens: std::collections::BTreeSet<&SubjectToken> = tokens.iter().collect();
        let bytes: Vec<&[u8]> = tokens.iter().map(|token| token.0.as_slice()).collect();
        Principals { n_tokens: tokens.len() as u64, tokens_hash: Hash::of(&bytes) }
    }
}

impl ConsentReceipt {
    /// The receipt's words for a grant.
    #[must_use]
    pub fn of(grant: &SyncGrant) -> Self {
        let purpose_terms = grant.purpose.terms();
        let lawful_basis = |basis: &LawfulBasis| terms::lawful_basis(*basis).to_owned();
        ConsentReceipt {
            event_state: terms::CONSENT_GIVEN.to_owned(),
            grant: grant.id,
            purpose: grant.purpose,
            purpose_version: grant.version,
            purpose_type: purpose_terms.iri.to_owned(),
            lawful_basis: purpose_terms.bases.iter().map(lawful_basis).collect(),
            pii_information: grant.groups.iter().map(PiiInformation::of).collect(),
            scope: grant.scope,
            privacy_notice: grant.notice,
            language: grant.language.clone(),
            storage_locations: vec![grant.origin.clone()],
            retention_period: purpose_terms.retention(),
            validity_duration: Validity { from: grant.valid_from, until: grant.expires_at },
            withdrawal_method: format!("{}/v1/consent/withdraw", grant.origin),
            privacy_rights: terms::PRIVACY_RIGHTS.map(str::to_owned).to_vec(),
        }
    }
}

impl PiiInformation {
    /// A field group's category.
    #[must_use]
    pub fn of(group: FieldGroup) -> Self {
        PiiInformation { pii_type: group, pii_category: terms::pii_category(group).to_owned() }
    }
}

impl Ended {
    /// The state as a term.
    #[must_use]
    pub const fn event_state(&self) -> &'static str {
        match self {
            Ended::Grant(_) => terms::CONSENT_WITHDRAWN,
            Ended::ExpiredGrant(_) => terms::CONSENT_EXPIRED,
            Ended::Bases { state, .. } => terms::event_state(*state),
        }
    }
}

impl WithdrawalReceipt {
    /// An end for `purpose` of which nothing has been removed yet.
    #[must_use]
    pub fn of(ended: Ended, purpose: Purpose) -> Self {
        WithdrawalReceipt {
            event_state: ended.event_state().to_owned(),
            ended,
            purpose,
            purpose_type: purpose.terms().iri.to_owned(),
            n_rows: 0,
            n_keys: 0,
            tombstone_seq: None,
            devices_pending: Vec::new(),
            completed_at: None,
        }
    }
}

impl Record {
    /// A record of the current version; `entity_id` is the device that acted.
    #[must_use]
    pub fn new(
        record_id: ReceiptId,
        workspace: WorkspaceId,
        entity_id: Option<DeviceId>,
        event_time: i64,
        recipient: Party,
        event: Content,
    ) -> Self {
        Record {
            schema_version: SchemaVersion::V1,
            record_id,
            workspace,
            entity_id,
            event_time,
            recipient_third_parties: [recipient],
            event,
        }
    }

    /// The record of a grant that was given at `event_time`.
    #[must_use]
    pub fn of_grant(record_id: ReceiptId, grant: &SyncGrant, event_time: i64) -> Self {
        Record::new(
            record_id,
            grant.workspace,
            Some(grant.device),
            event_time,
            Party::server(&grant.origin, &grant.server_key),
            Content::Consent(ConsentReceipt::of(grant)),
        )
    }

    /// The server that receives, or received.
    #[must_use]
    pub fn recipient(&self) -> &Party {
        let [party] = &self.recipient_third_parties;
        party
    }

    /// Whether it says something that can be.
    ///
    /// # Errors
    /// [`Error::BadReceipt`] with what is wrong.
    pub fn check(&self) -> Result<()> {
        let bad = |reason| Err(Error::BadReceipt { reason });
        if !self.texts().iter().all(|text| is_plain(text)) {
            return bad("a text in it is empty, too long or not plain");
        }
        match &self.event {
            Content::Consent(consent)
                if consent.validity_duration.until <= consent.validity_duration.from =>
            {
                bad("a grant ends after it begins")
            }
            Content::Consent(consent) if consent.pii_information.is_empty() => bad("a grant names a group"),
            Content::Sync(sync) if sync.first_seq == 0 || sync.last_seq < sync.first_seq => {
                bad("what was sent has numbers in order, from 1")
            }
            Content::Withdrawal(withdrawal) if withdrawal.event_state != withdrawal.ended.event_state() => {
                bad("its state is not the state of what ended")
            }
            Content::Withdrawal(WithdrawalReceipt {
                ended: Ended::Bases { state: BasisState::Given, .. },
                ..
            }) => bad("a basis that is given has not ended"),
            _ => Ok(()),
        }
    }

    fn texts(&self) -> Vec<&str> {
        let recipient = self.recipient();
        let mut texts = vec![recipient.party_url.as_str(), &recipient.party_role];
        match &self.event {
            Content::Consent(consent) => {
                let single = [
                    &consent.event_state,
                    &consent.purpose_type,
                    &consent.language,
                    &consent.retention_period,
                    &consent.withdrawal_method,
                ];
                let lists = [&consent.lawful_basis, &consent.storage_locations, &consent.privacy_rights];
                texts.extend(single.map(String::as_str));
                texts.extend(lists.into_iter().flatten().map(String::as_str));
                texts.extend(consent.pii_information.iter().map(|pii| pii.pii_category.as_str()));
            }
            Content::Withdrawal(withdrawal) => {
                texts.extend([withdrawal.event_state.as_str(), &withdrawal.purpose_type]);
            }
            Content::Sync(_) | Content::Erasure(_) => {}
        }
        texts
    }
}

/// Printable ASCII without spaces, as terms, origins, languages and durations are: nothing that could hold a person's name in
/// words, or trick a reader.
fn is_plain(text: &str) -> bool {
    (1..=MAX_TEXT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
