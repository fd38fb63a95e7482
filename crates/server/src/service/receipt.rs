//! Receipts of withdrawal and erasure, made from what the ledger and the removals say, and signed by the server.

use stillroom_consent::receipt::{
    Content, Ended, ErasureReceipt, Party, Principals, Receipt, Record, SignedBy, WithdrawalReceipt,
};
use stillroom_consent::{DeviceId, Event, Hash, Purpose, ReceiptId, SubjectToken, WorkspaceId};

use super::{Rules, ledger};
use crate::Fault;
use crate::repo::{Removal, Workspace};

/// How long a backup of sealed rows is kept, in milliseconds; what `deploy/README.md` tells whoever runs a server.
const BACKUP_MILLIS: i64 = 30 * 86_400_000;
/// Entries read at once.
const STEP: usize = 16;

/// The receipts of all removals, oldest first. Part of one read transaction.
pub(crate) fn all(room: &mut dyn Workspace, rules: &Rules) -> Result<Vec<String>, Fault> {
    room.removals()?.iter().map(|removal| of(room, rules, removal)).collect()
}

/// The receipt of one removal, as things stand now.
pub(crate) fn of(room: &mut dyn Workspace, rules: &Rules, removal: &Removal) -> Result<String, Fault> {
    let workspace = room.workspace();
    let story = Story::read(room, removal)?;
    let content = story.content(room, rules, removal)?;
    let party = Party::server(rules.origin_for(None), &rules.keys.public());
    let id = receipt_id(workspace, &story.last_hash);
    let record = Record::new(id, workspace, Some(story.device), removal.requested_at, party, content);
    let mut receipt = Receipt::new(record);
    receipt.sign(SignedBy::Server, rules.keys.public(), |message| rules.keys.sign(message))?;
    Ok(receipt.to_json())
}

/// The same for every state of one removal.
fn receipt_id(workspace: WorkspaceId, last_hash: &Hash) -> ReceiptId {
    let hash = Hash::of(&[b"stillroom/1 receipt-id ", &workspace.0, &last_hash.0]);
    let mut id = [0; 16];
    id.copy_from_slice(&hash.0[..16]);
    ReceiptId(id)
}

/// What the entries of a removal say.
struct Story {
    device: DeviceId,
    event: Event,
    tokens: Vec<SubjectToken>,
    last_hash: Hash,
}

impl Story {
    fn read(room: &mut dyn Workspace, removal: &Removal) -> Result<Self, Fault> {
        let lost = || Fault::Corrupt { what: "a ledger that lost an entry" };
        let mut story: Option<Self> = None;
        let mut since = removal.first_entry - 1;
        while since < removal.last_entry {
            let rows = room.entries_since(since, STEP)?;
            since = rows.last().ok_or_else(lost)?.seq;
            for row in rows.iter().filter(|row| row.seq <= removal.last_entry) {
                let entry = ledger::read(row)?.entry;
                let tokens = entry.event.tokens().to_vec();
                match &mut story {
                    Some(story) => {
                        story.tokens.extend(tokens);
                        story.last_hash = row.hash;
                    }
                    None => {
                        story = Some(Self {
                            device: entry.device,
                            event: entry.event,
                            tokens,
                            last_hash: row.hash,
                        });
                    }
                }
            }
        }
        story.ok_or_else(lost)
    }

    fn content(&self, room: &mut dyn Workspace, rules: &Rules, removal: &Removal) -> Result<Content, Fault> {
        let devices_pending = pending(room, removal)?;
        let tombstone_seq = (removal.n_rows > 0).then_some(removal.seq);
        let (n_rows, n_keys, completed_at) = (removal.n_rows, removal.n_keys, removal.completed_at);
        if let Some((ended, purpose)) = self.ended(room)? {
            let begun = WithdrawalReceipt::of(ended, purpose);
            return Ok(Content::Withdrawal(WithdrawalReceipt {
                n_rows,
                n_keys,
                tombstone_seq,
                devices_pending,
                completed_at,
                ..begun
            }));
        }
        Ok(Content::Erasure(ErasureReceipt {
            scope: Principals::of(&self.tokens),
            n_rows,
            n_keys,
            tombstone_seq,
            devices_pending,
            backups_expire_by: completed_at.unwrap_or(rules.now).saturating_add(BACKUP_MILLIS),
            completed_at,
        }))
    }

    fn ended(&self, room: &mut dyn Workspace) -> Result<Option<(Ended, Purpose)>, Fault> {
        Ok(match &self.event {
            Event::GrantWithdrawn { grant } => {
                let record =
                    room.grant(*grant)?.ok_or(Fault::Corrupt { what: "a grant that was withdrawn" })?;
                Some((Ended::Grant(*grant), record.grant.purpose))
            }
            Event::Bases { purpose, basis, .. } => {
                let pii_principal_id = Principals::of(&self.tokens);
                Some((Ended::Bases { state: basis.state, pii_principal_id }, *purpose))
            }
            _ => None,
        })
    }
}

/// The devices that stay and have not read the ledger up to the removal's last entry.
fn pending(room: &mut dyn Workspace, removal: &Removal) -> Result<Vec<DeviceId>, Fault> {
    let mut pending = Vec::new();
    for record in room.devices()?.into_iter().filter(|record| !record.is_revoked) {
        if room.acknowledged(record.info.device)?.entry < removal.last_entry {
            pending.push(record.info.device);
        }
    }
    Ok(pending)
}
