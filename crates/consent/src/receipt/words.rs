//! What a record says, as English sentences.

use super::{
    ConsentReceipt, Content, Ended, ErasureReceipt, Record, SyncReceipt, Transfer, WithdrawalReceipt,
};
use crate::{BasisState, DeviceId, GrantId, Scope};
use stillroom_records::date::text_from_millis;

impl Record {
    /// What it says, one sentence each; dates in UTC. Ids are shortened to their first eight digits.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let recipient = self.recipient();
        let who = self
            .entity_id
            .map_or_else(|| "the server".to_owned(), |device| format!("device {}", short(device)));
        let mut sentences = vec![
            format!("Receipt {} about workspace {}.", self.record_id, short(self.workspace)),
            format!("On {}, by {who}.", text_from_millis(self.event_time)),
            format!(
                "The server is {}, whose key has the SHA-256 {}.",
                recipient.party_url, recipient.party_id
            ),
        ];
        sentences.extend(match &self.event {
            Content::Consent(consent) => consent.sentences(),
            Content::Sync(sync) => sync.sentences(),
            Content::Withdrawal(withdrawal) => withdrawal.sentences(),
            Content::Erasure(erasure) => erasure.sentences(),
        });
        sentences
    }
}

fn short(id: impl ToString) -> String {
    id.to_string().chars().take(8).collect()
}

fn list(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

impl ConsentReceipt {
    fn sentences(&self) -> Vec<String> {
        let groups = list(self.pii_information.iter().map(|pii| pii.pii_type.key().to_owned()));
        let records = match self.scope {
            Scope::All => "all records",
            Scope::Members => "the records on the grant's list",
        };
        let Self { purpose, purpose_version, purpose_type, retention_period, language, .. } = self;
        vec![
            format!("CONSENT: grant {} allows {groups} of {records} to be sent.", short(self.grant)),
            format!(
                "It is for {} under version {purpose_version} of its terms ({purpose_type}).",
                purpose.key()
            ),
            format!(
                "It holds from {} until {}; the server keeps what it gets for {retention_period}.",
                text_from_millis(self.validity_duration.from),
                text_from_millis(self.validity_duration.until)
            ),
            format!("The notice that was shown ({language}) has the SHA-256 {}.", self.privacy_notice),
            format!("It is withdrawn on the app's Privacy page, or at {}.", self.withdrawal_method),
        ]
    }
}

impl SyncReceipt {
    fn sentences(&self) -> Vec<String> {
        let numbers = format!("SYNC: the server stored numbers {} to {}.", self.first_seq, self.last_seq);
        std::iter::once(numbers).chain(self.transfers.iter().map(Transfer::sentence)).collect()
    }
}

impl Transfer {
    fn sentence(&self) -> String {
        let what = self.pii_type.map_or("removals", |group| group.key());
        let Self { n_operations, n_bytes, purpose, .. } = self;
        let purpose = purpose.key();
        format!("{n_operations} × {what} for {purpose} under grant {}, {n_bytes} bytes.", short(self.grant))
    }
}

impl Ended {
    fn sentence(&self) -> String {
        let grant = |grant: &GrantId, how| format!("grant {} {how}", short(grant));
        match self {
            Ended::Grant(id) => grant(id, "was withdrawn"),
            Ended::ExpiredGrant(id) => grant(id, "came to its end"),
            Ended::Bases { state, pii_principal_id } => {
                let how = match state {
                    BasisState::Given => "gave their consent",
                    BasisState::Refused => "refused",
                    BasisState::Withdrawn => "withdrew",
                    BasisState::Objected => "objected",
                };
                format!("customers {how}: {}", pii_principal_id.n_tokens)
            }
        }
    }
}

impl WithdrawalReceipt {
    fn sentences(&self) -> Vec<String> {
        let ended = format!("WITHDRAWAL: for {}, {}.", self.purpose.key(), self.ended.sentence());
        let Self { n_rows, n_keys, tombstone_seq, completed_at, devices_pending, .. } = self;
        let removal = Removal {
            n_rows: *n_rows,
            n_keys: *n_keys,
            tombstone_seq: *tombstone_seq,
            completed_at: *completed_at,
            devices_pending,
        };
        std::iter::once(ended).chain(removal.sentences()).collect()
    }
}

impl ErasureReceipt {
    fn sentences(&self) -> Vec<String> {
        let Self { scope, n_rows, n_keys, tombstone_seq, completed_at, devices_pending, .. } = self;
        let removal = Removal {
            n_rows: *n_rows,
            n_keys: *n_keys,
            tombstone_seq: *tombstone_seq,
            completed_at: *completed_at,
            devices_pending,
        };
        let backups = text_from_millis(self.backups_expire_by);
        std::iter::once(format!("ERASURE: of {} customer pseudonyms.", scope.n_tokens))
            .chain(removal.sentences())
            .chain([format!("The last backup with the sealed rows is gone by {backups}.")])
            .collect()
    }
}

/// What both kinds of ends have.
struct Removal<'a> {
    n_rows: u64,
    n_keys: u64,
    tombstone_seq: Option<u64>,
    completed_at: Option<i64>,
    devices_pending: &'a [DeviceId],
}

impl Removal<'_> {
    fn sentences(&self) -> [String; 3] {
        let until = self.tombstone_seq.map_or_else(String::new, |seq| format!(", up to number {seq}"));
        let devices = list(self.devices_pending.iter().map(short));
        [
            format!("The server removed {} rows and {} keys{until}.", self.n_rows, self.n_keys),
            self.completed_at.map_or_else(
                || "The removal was not complete when this was signed.".to_owned(),
                |at| format!("The removal was complete on {}.", text_from_millis(at)),
            ),
            if devices.is_empty() {
                "Every device knew of it when this was signed.".to_owned()
            } else {
                format!("Devices that did not know of it yet when this was signed: {devices}.")
            },
        ]
    }
}
