//! Operations of other devices become changes: opened, merged by the sync room's rule, written by the store.

use stillroom_consent::{Purpose, RecordId, SubjectToken};
use stillroom_store::{
    Error as StoreError,
    sync::{
        SyncTransaction,
        apply::{Incoming, Outcome},
        clock::ClockParts,
        content::PartContent,
        data_keys::DataKey,
        state::PullPosition,
        versions as held,
    },
};
use stillroom_sync::{
    Hlc,
    merge::{Lineage, Merge, Removal, Version, decide, decide_against_removal, removal_prevails},
    replica::{Applied, CheckedPage},
    wire::{Body, Kind, Op, Row, WrappedDek, encode},
};
use stillroom_vault::Id16;

use super::{Sealer, Workspace, prepare::lineage_of, send::read_op};
use crate::{platform::Platform, protocol::Failure, session::keys::Randomness};

/// Operations set aside that are tried again with each page.
const ASIDE_A_PAGE: usize = 100;

impl<P: Platform> Workspace<'_, P> {
    /// Merges a page in one transaction, with the place that it leads to.
    pub(super) fn apply_page(&mut self, page: &CheckedPage, now_millis: i64) -> Result<Applied, Failure> {
        while self.name_step()? || self.note_step(Purpose::Backup)? {}
        let Self { platform, store, enrolment, .. } = self;
        store.sync_transaction(now_millis, |tx| {
            let mut entropy = Randomness(*platform);
            let parts = tx.clock_parts()?;
            let mut merger = Merger {
                sealer: Sealer::new(enrolment, &mut entropy),
                applied: Applied::default(),
                shared: parts.shared_hlc,
            };
            page.deks.iter().try_for_each(|dek| keep_key(tx, dek))?;
            for bytes in tx.take_set_aside(ASIDE_A_PAGE)? {
                merger.merge(tx, &read_op(&bytes)?)?;
            }
            for row in &page.rows {
                merger.take(tx, row)?;
            }
            tx.set_clock_parts(ClockParts { shared_hlc: merger.shared, ..parts })?;
            tx.set_position(&PullPosition {
                cursor: Some(page.cursor.0.clone()),
                seq: page.head.seq,
                chain: page.head.chain,
            })?;
            Ok(merger.applied)
        })
    }
}

/// Keeps a data key that came along; one that names another record's place is the sender's mistake and stays away.
fn keep_key(tx: &mut SyncTransaction<'_>, dek: &WrappedDek) -> Result<(), Failure> {
    let key = DataKey {
        dek: dek.dek,
        token: dek.token,
        epoch: dek.epoch,
        wrapped: dek.wrapped.0.clone(),
        is_shared: true,
    };
    match tx.put_data_key(&key, Purpose::Backup) {
        Err(StoreError::MalformedContent) => Ok(()),
        kept => Ok(kept?),
    }
}

/// What merges one page.
struct Merger<'a> {
    sealer: Sealer<'a>,
    applied: Applied,
    /// The highest stamp the server is known to have.
    shared: u64,
}

impl Merger<'_> {
    fn take(&mut self, tx: &mut SyncTransaction<'_>, row: &Row) -> Result<(), Failure> {
        match row {
            Row::Gone { seq, op_hash, .. } => {
                if let Some(number) = tx.number_of_hash(*op_hash)? {
                    tx.count_pushed((number, number), (*seq, *seq))?;
                    tx.settle(number, *op_hash)?;
                }
            }
            Row::Op { seq, op } => {
                tx.note_seen(op.device, op.device_seq)?;
                self.shared = self.shared.max(op.hlc.0);
                if op.device == self.sealer.enrolment.device() {
                    tx.count_pushed((op.device_seq, op.device_seq), (*seq, *seq))?;
                    tx.settle(op.device_seq, op.hash())?;
                } else {
                    self.merge(tx, op)?;
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, tx: &mut SyncTransaction<'_>, op: &Op) -> Result<(), Failure> {
        match (op.kind, &op.body) {
            (Kind::Void, _) => Ok(()),
            (Kind::Erase, _) => {
                tx.erase_record(op.token, op.purpose)?;
                self.applied.n_removed += 1;
                Ok(())
            }
            (Kind::Delete, _) => self.delete(tx, op),
            (Kind::Set, Body::Sealed(_)) => self.set_sealed(tx, op),
            (Kind::Set, _) => self.set_readable(tx, op),
        }
    }

    fn delete(&mut self, tx: &mut SyncTransaction<'_>, op: &Op) -> Result<(), Failure> {
        let removal = Removal::Deleted(Lineage::of(op));
        if !removal_prevails(removal_of(tx, op.token)?.as_ref(), &removal) {
            return Ok(());
        }
        let mut losing = Vec::new();
        for (group, part, lineage) in tx.lineages(op.token)? {
            if let Merge::Keep { is_conflict } = decide_against_removal(Some(&removal), &merged(&lineage)) {
                losing.push((group, part, is_conflict));
            }
        }
        tx.delete_record(op.token, op.purpose, &lineage_of(op), &losing)?;
        self.applied.n_removed += 1;
        Ok(())
    }

    /// The readable lane is not read back: only which version the server has is of interest.
    fn set_readable(&mut self, tx: &mut SyncTransaction<'_>, op: &Op) -> Result<(), Failure> {
        let Some(group) = op.group else { return Ok(()) };
        if let Merge::Apply { .. } = self.decide(tx, op)? {
            tx.note_version(op.token, op.purpose, group, op.part, &lineage_of(op))?;
        }
        Ok(())
    }

    fn set_sealed(&mut self, tx: &mut SyncTransaction<'_>, op: &Op) -> Result<(), Failure> {
        let opened = match self.sealer.open(tx, op) {
            Ok(Some(opened)) => PartContent::from_bytes(&opened).ok(),
            Ok(None) | Err(_) => None,
        };
        let Some(content) = opened else { return self.set_aside(tx, op, "unread") };
        if !self.is_in_place(op, &content) {
            return self.set_aside(tx, op, "misplaced");
        }
        match self.decide(tx, op)? {
            Merge::Keep { is_conflict: false } => {}
            Merge::Keep { is_conflict: true } => match tx.shelve_incoming(&content, op.device) {
                Err(StoreError::MalformedContent) => {}
                shelved => {
                    shelved?;
                    self.applied.n_conflicts += 1;
                }
            },
            Merge::Apply { is_conflict } => {
                let incoming = Incoming {
                    token: op.token,
                    grant: op.grant,
                    lineage: lineage_of(op),
                    content: &content,
                    is_conflict,
                };
                let enrolment = self.sealer.enrolment;
                let token = |record, purpose| enrolment.subject_token(purpose, record);
                if let Outcome::Written(_) = tx.set_part(&incoming, token)? {
                    self.applied.n_set += 1;
                }
            }
        }
        Ok(())
    }

    /// The rule of the sync room, on what this device holds.
    fn decide(&self, tx: &SyncTransaction<'_>, op: &Op) -> Result<Merge, Failure> {
        let incoming = Lineage::of(op);
        let keep = decide_against_removal(removal_of(tx, op.token)?.as_ref(), &incoming);
        if let Merge::Keep { .. } = keep {
            return Ok(keep);
        }
        let lineage = match op.group {
            Some(group) => tx.lineage(op.token, group, op.part)?,
            None => None,
        };
        Ok(decide(lineage.map(|lineage| merged(&lineage)).as_ref(), &incoming))
    }

    /// Content is of the record, the group and the part that its operation says.
    fn is_in_place(&self, op: &Op, content: &PartContent) -> bool {
        let RecordId(record) = content.record;
        op.group == Some(content.group)
            && op.part == content.part
            && self.sealer.enrolment.sync_keys.token_matches(op.purpose.key(), Id16(record), &op.token.0)
    }

    /// Keeps what cannot be read yet as it came.
    fn set_aside(&mut self, tx: &mut SyncTransaction<'_>, op: &Op, reason: &str) -> Result<(), Failure> {
        self.applied.n_unread += 1;
        Ok(tx.set_aside(&encode(op), reason)?)
    }
}

fn removal_of(tx: &SyncTransaction<'_>, token: SubjectToken) -> Result<Option<Removal>, Failure> {
    Ok(tx.removal(token)?.map(|removal| match removal {
        held::Removal::Erased => Removal::Erased,
        held::Removal::Deleted(lineage) => Removal::Deleted(merged(&lineage)),
    }))
}

/// A version as the sync room compares it.
fn merged(lineage: &held::Lineage) -> Lineage {
    let version = lineage.version;
    Lineage {
        version: Version { hlc: Hlc(version.hlc), device: version.device, tie: version.tie },
        base: lineage.base.map(Hlc),
    }
}
