//! The outbox builder: change log, changed parts, the one decision, content of granted groups only, sealed operation. In steps of
//! bounded work, each one transaction.

use stillroom_consent::{Decision, GrantId, GrantRecord, Purpose, RecordId};
use stillroom_store::sync::{
    SyncTransaction,
    changes::{Changed, ChangedPart, HeldReason},
    outbox::{Destination, Queued},
    versions::{Lineage, Version},
};
use stillroom_sync::{
    Hlc,
    wire::{Body, Kind, MAX_OP_BYTES, Op, ReportNumber, SCHEMA, encode},
};
use stillroom_vault::Id16;

use super::{Sealer, Workspace};
use crate::{
    platform::Platform,
    protocol::Failure,
    session::{keys::Randomness, rights::forget_models_with_rows},
};

/// Records named in one step.
const NAMES_A_STEP: usize = 1_000;
/// Parts queued in one step.
const PARTS_A_STEP: usize = 64;
/// Copies looked at in one step.
const COPIES_A_STEP: usize = 500;

impl<P: Platform> Workspace<'_, P> {
    /// One step of preparing; says whether there is another before the outbox holds `wanted` operations or everything there is.
    pub(in super::super) fn prepare_step(&mut self, wanted: usize, now_millis: i64) -> Result<bool, Failure> {
        if self.name_step()? {
            return Ok(true);
        }
        for purpose in self.granted_purposes()? {
            if self.note_step(purpose)? || self.note_again_step(purpose)? {
                return Ok(true);
            }
        }
        if self.store.outbox_counts()?.waiting as usize >= wanted {
            return Ok(false);
        }
        for record in &self.live_grants(now_millis)? {
            if self.queue_step(record, now_millis)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The purposes that were ever granted: what changes for them is followed.
    fn granted_purposes(&self) -> Result<Vec<Purpose>, Failure> {
        let mut purposes: Vec<Purpose> =
            self.store.grants()?.iter().map(|record| record.grant.purpose).collect();
        purposes.sort_unstable();
        purposes.dedup();
        Ok(purposes)
    }

    /// The grants that hold now, at most one for each purpose.
    pub(super) fn live_grants(&self, now_millis: i64) -> Result<Vec<GrantRecord>, Failure> {
        let mut grants = self.store.grants()?;
        grants.retain(|record| {
            record.withdrawn_at.is_none()
                && record.grant.valid_from <= now_millis
                && now_millis < record.grant.expires_at
        });
        grants.sort_by_key(|record| (record.grant.purpose, std::cmp::Reverse(record.grant.valid_from)));
        grants.dedup_by_key(|record| record.grant.purpose);
        Ok(grants)
    }

    /// Gives records their ids and tokens; says whether there may be more.
    pub(in super::super) fn name_step(&mut self) -> Result<bool, Failure> {
        let now_millis = self.platform.now_millis();
        let Self { platform, store, enrolment, .. } = self;
        let mut failed = None;
        let n_named = store.sync_transaction(now_millis, |tx| {
            let new_id = || match Id16::draw(&mut Randomness(*platform)) {
                Ok(id) => RecordId(id.0),
                Err(error) => {
                    failed = Some(error);
                    RecordId([0; 16])
                }
            };
            let n_named = tx.name_records(NAMES_A_STEP, new_id, |record, purpose| {
                enrolment.subject_token(purpose, record)
            })?;
            match failed.take() {
                Some(error) => Err(Failure::from(error)),
                None => Ok(n_named),
            }
        })?;
        Ok(n_named == NAMES_A_STEP)
    }

    pub(super) fn note_step(&mut self, purpose: Purpose) -> Result<bool, Failure> {
        let now_millis = self.platform.now_millis();
        let Self { platform, store, .. } = self;
        store.sync_transaction(now_millis, |tx| {
            tx.follow(purpose)?;
            let mut drawn = Ok(());
            let has_more = tx.note_changes(purpose, || {
                let mut bytes = [0; 8];
                if let Err(error) = platform.fill_random(&mut bytes) {
                    drawn = Err(error);
                }
                u64::from_le_bytes(bytes)
            })?;
            drawn.map(|()| has_more)
        })
    }

    /// Notes some of what a server may have again since a grant was given; says whether there is more.
    fn note_again_step(&mut self, purpose: Purpose) -> Result<bool, Failure> {
        let now_millis = self.platform.now_millis();
        self.store.sync_transaction(now_millis, |tx| Ok(tx.note_again(purpose)?))
    }

    /// Removes some of the copies that came through grants that have ended; says whether there may be more. What is left of the
    /// work stands in the database, so that it goes on after a restart.
    pub(in super::super) fn end_copies_step(&mut self, now_millis: i64) -> Result<bool, Failure> {
        if !self.store.has_ended_copies(now_millis)? {
            return Ok(false);
        }
        while self.name_step()? || self.note_step(Purpose::Backup)? {}
        self.store
            .sync_transaction(now_millis, |tx| Ok::<_, Failure>(tx.remove_ended_copies(COPIES_A_STEP)?))?;
        forget_models_with_rows(self.store, now_millis)?;
        Ok(true)
    }

    /// Queues some changes of a purpose; says whether there were any.
    fn queue_step(&mut self, record: &GrantRecord, now_millis: i64) -> Result<bool, Failure> {
        let gpc = self.gpc;
        let Self { platform, store, enrolment, .. } = self;
        store.sync_transaction(now_millis, |tx| {
            let changes = tx.changes(record.grant.purpose, PARTS_A_STEP)?;
            let mut entropy = Randomness(*platform);
            let mut builder = Builder {
                sealer: Sealer::new(enrolment, &mut entropy),
                grant: record.grant.id,
                to: Destination { origin: &record.grant.origin, gpc },
                now_millis,
            };
            for changed in &changes {
                builder.queue(tx, changed)?;
            }
            Ok(!changes.is_empty())
        })
    }
}

/// What makes operations out of changes under one grant.
struct Builder<'a> {
    sealer: Sealer<'a>,
    grant: GrantId,
    to: Destination<'a>,
    now_millis: i64,
}

impl Builder<'_> {
    /// Queues one change, or holds it with the reason, or forgets it when there is nothing to say.
    fn queue(&mut self, tx: &mut SyncTransaction<'_>, changed: &Changed) -> Result<(), Failure> {
        if let Decision::Deny(reason) = tx.decide_change(changed, self.grant, self.to)? {
            return Ok(tx.hold(changed, HeldReason::Consent(reason))?);
        }
        match changed.part {
            ChangedPart::Deletion => {
                let op = self.op(tx, changed, None)?;
                self.put(tx, changed, &op)
            }
            ChangedPart::Part(group, part) => {
                let mut op = self.op(tx, changed, Some((group, part)))?;
                if !self.fill(tx, changed, &mut op)? {
                    return Ok(tx.forget_change(changed)?);
                }
                if encode(&op).len() > MAX_OP_BYTES {
                    return Ok(tx.hold(changed, HeldReason::TooLarge)?);
                }
                self.put(tx, changed, &op)
            }
        }
    }

    /// The operation without its body. What is sent again has the stamp it had: nothing about it is newer.
    fn op(
        &mut self,
        tx: &mut SyncTransaction<'_>,
        changed: &Changed,
        part: Option<(stillroom_records::FieldGroup, u64)>,
    ) -> Result<Op, Failure> {
        let held = match part {
            Some((group, part)) => tx.lineage(changed.token, group, part)?,
            None => tx.lineages(changed.token)?.into_iter().map(|(_, _, lineage)| lineage).max_by_key(stamp),
        };
        let (hlc, base) = match held.filter(|_| changed.is_again) {
            Some(sent) => (Hlc(sent.version.hlc), sent.base),
            None => {
                let stamp = super::send::clock_of(tx)?.stamp(self.now_millis);
                (stamp, held.map(|held| held.version.hlc))
            }
        };
        Ok(Op {
            kind: if part.is_some() { Kind::Set } else { Kind::Delete },
            device: self.sealer.enrolment.device(),
            device_seq: tx.next_device_seq(),
            hlc,
            base: base.map(Hlc),
            token: changed.token,
            purpose: changed.purpose,
            grant: if part.is_some() { self.grant } else { GrantId([0; 16]) },
            group: part.map(|(group, _)| group),
            part: part.map_or(0, |(_, part)| part),
            schema: SCHEMA,
            dek: None,
            body: Body::None,
        })
    }

    /// Puts the content of the one group of `op` into it; says whether there is any. The readable lane takes the numbers of the
    /// purpose's list and nothing else.
    fn fill(
        &mut self,
        tx: &mut SyncTransaction<'_>,
        changed: &Changed,
        op: &mut Op,
    ) -> Result<bool, Failure> {
        let Some(group) = op.group else { return Ok(false) };
        let terms = changed.purpose.terms();
        if terms.lane == stillroom_consent::Lane::Readable {
            let numbers = tx.report(changed.customer, group, None)?.into_iter();
            let numbers: Vec<ReportNumber> = numbers
                .filter(|(column, _)| terms.columns.contains(column))
                .map(|(column, value)| ReportNumber { column, value })
                .collect();
            let is_something = !numbers.is_empty();
            op.body = Body::Readable(numbers);
            return Ok(is_something);
        }
        let content = tx.content(changed.customer, group, op.part)?;
        let is_first = group == stillroom_records::FieldGroup::Identity;
        if content.is_empty() && op.base.is_none() && !is_first {
            return Ok(false);
        }
        op.dek = Some(self.sealer.data_key(tx, changed.token, changed.purpose)?);
        self.sealer.seal(tx, op, &content.to_bytes())?;
        Ok(true)
    }

    fn put(&mut self, tx: &mut SyncTransaction<'_>, changed: &Changed, op: &Op) -> Result<(), Failure> {
        let bytes = encode(op);
        let queued = Queued {
            changed,
            grant: op.grant,
            lineage: lineage_of(op),
            dek: op.dek,
            op: &bytes,
            hash: op.hash(),
        };
        tx.queue(&queued, self.to)?;
        Ok(())
    }
}

fn stamp(lineage: &Lineage) -> u64 {
    lineage.version.hlc
}

/// The version an operation makes, in the store's words.
pub(super) fn lineage_of(op: &Op) -> Lineage {
    let version = stillroom_sync::merge::Version::of(op);
    Lineage {
        version: Version { hlc: version.hlc.0, device: version.device, tie: version.tie },
        base: op.base.map(|base| base.0),
    }
}
