//! Devices that sync through a list: what a server would order, without one. Contents travel as they are.

use crate::common::*;
use crate::synced::*;
use std::collections::BTreeMap;
use stillroom_consent::{Decision, Event, GrantId, Hash, Purpose, RecordId, SubjectToken};
use stillroom_records::{CustomerId, FieldGroup, FieldKey, Value};
use stillroom_store::sync::SyncTransaction;
use stillroom_store::sync::apply::Incoming;
use stillroom_store::sync::changes::{Changed, ChangedPart, HeldReason};
use stillroom_store::sync::content::PartContent;
use stillroom_store::sync::outbox::{Destination, Queued};
use stillroom_store::sync::state::PullPosition;
use stillroom_store::sync::versions::{Lineage, Removal, Version};
use stillroom_store::{Direction, Error, OrderLine, Result, Store};

pub(crate) const BACKUP: GrantId = GrantId([1; 16]);
pub(crate) const TO: Destination<'static> = Destination { origin: ORIGIN, gpc: false };
/// Records that every ledger here names the basis of, for each device.
const RECORDS_A_DEVICE: u32 = 40;

#[derive(Clone, Debug)]
pub(crate) enum Body {
    Set(FieldGroup, u64, Vec<u8>),
    Delete,
    Void,
}

#[derive(Clone, Debug)]
pub(crate) struct TestOp {
    pub(crate) device: u8,
    pub(crate) device_seq: u64,
    pub(crate) token: SubjectToken,
    pub(crate) lineage: Lineage,
    pub(crate) hash: Hash,
    pub(crate) body: Body,
}

pub(crate) fn record(device: u8, number: u32) -> RecordId {
    let Hash(bytes) = Hash::of(&[&[device], &number.to_be_bytes()]);
    RecordId(*bytes.first_chunk().unwrap())
}

pub(crate) fn token_of(record: RecordId, purpose: Purpose) -> SubjectToken {
    SubjectToken(Hash::of(&[purpose.key().as_bytes(), &record.0]).0)
}

/// One device and how far it has read.
pub(crate) struct Device {
    pub(crate) store: Store,
    pub(crate) number: u8,
    pub(crate) pulled: usize,
    n_records: u32,
    n_parts: u64,
}

/// The ledger that every device here has: three devices, a grant, and the bases of every record they will make.
fn prepare(store: &mut Store, number: u8) {
    start(store, number);
    say(store, 1, Event::DeviceAdded(info(1)));
    say(store, 1, Event::DeviceAdded(info(2)));
    say(store, 1, Event::DeviceAdded(info(3)));
    say(store, 1, Event::GrantGiven(grant(1, 1, Purpose::Backup)));
    let all = (1..=3).flat_map(|device| (0..RECORDS_A_DEVICE).map(move |number| record(device, number)));
    let tokens = all.map(|record| token_of(record, Purpose::Backup)).collect();
    say(store, 1, Event::Bases { purpose: Purpose::Backup, basis: contract(), tokens });
    store.sync_transaction(NOW, |tx| tx.follow(Purpose::Backup)).unwrap();
}

impl Device {
    pub(crate) fn new(number: u8) -> Self {
        let mut store = memory();
        prepare(&mut store, number);
        Device { store, number, pulled: 0, n_records: 0, n_parts: 0 }
    }

    /// Names records and notes changes, to the end.
    pub(crate) fn note(&mut self) {
        let Device { store, number, n_records, n_parts, .. } = self;
        store
            .sync_transaction(NOW, |tx| -> Result<()> {
                let mut new_id = || {
                    *n_records += 1;
                    record(*number, *n_records - 1)
                };
                while tx.name_records(7, &mut new_id, token_of)? > 0 {}
                let mut new_part = || {
                    *n_parts += 1;
                    u64::from(*number) << 40 | *n_parts
                };
                while tx.note_changes(Purpose::Backup, &mut new_part)? {}
                Ok(())
            })
            .unwrap();
    }

    /// Queues every change that may travel, and holds the others.
    pub(crate) fn queue(&mut self) {
        self.note();
        let number = self.number;
        self.store
            .sync_transaction(NOW, |tx| -> Result<()> {
                loop {
                    let changes = tx.changes(Purpose::Backup, 10)?;
                    if changes.is_empty() {
                        return Ok(());
                    }
                    changes.iter().try_for_each(|changed| queue_one(tx, number, changed))?;
                }
            })
            .unwrap();
    }

    /// Sends what waits; numbers must have no gaps.
    pub(crate) fn push(&mut self, sequence: &mut Vec<TestOp>) {
        let number = self.number;
        let last = sequence.iter().filter(|op| op.device == number).map(|op| op.device_seq).max();
        self.store
            .sync_transaction(NOW, |tx| -> Result<()> {
                let mut expected = last.unwrap_or(0) + 1;
                for row in tx.waiting(1_000)? {
                    assert_eq!(row.device_seq, expected, "numbers have no gaps");
                    let op = sent_op(tx, number, &row)?;
                    tx.note_sent(row.device_seq, op.hash)?;
                    sequence.push(op);
                    expected += 1;
                }
                tx.acknowledge(expected - 1, sequence.len() as u64)
            })
            .unwrap();
    }

    /// Applies up to `limit` rows of the sequence in one transaction, with the place it got to.
    pub(crate) fn pull(&mut self, sequence: &[TestOp], limit: usize) {
        self.note();
        let rows: Vec<&TestOp> = sequence.iter().skip(self.pulled).take(limit).collect();
        let until = self.pulled + rows.len();
        let number = self.number;
        self.store
            .sync_transaction(NOW, |tx| -> Result<()> {
                rows.iter().try_for_each(|op| apply(tx, number, op))?;
                let chain = Hash::of(&[&(until as u64).to_be_bytes()]);
                tx.set_position(&PullPosition { cursor: Some(vec![1]), seq: until as u64, chain })
            })
            .unwrap();
        self.pulled = until;
    }

    pub(crate) fn sync(&mut self, sequence: &mut Vec<TestOp>) {
        self.queue();
        self.push(sequence);
        self.pull(sequence, usize::MAX);
    }

    /// Every record with its fields and lines, as text, in order of record. The names of items belong to the workspace: undoing an
    /// import takes them back here alone.
    pub(crate) fn state(&self) -> BTreeMap<RecordId, String> {
        let fields: Vec<FieldKey> = self.store.fields().into_iter().map(|field| field.key).collect();
        let view = self.store.open_view(None, &[(key("external_id"), Direction::Ascending)], None).unwrap();
        let rows = self.store.window(&view, &fields, 0, usize::MAX).unwrap();
        let rows = rows.into_iter().map(|row| {
            let known = fields.iter().zip(&row.values).filter(|(_, value)| !value.is_missing());
            let mut texts: Vec<String> = known
                .map(|(key, value)| format!("{key}={}", serde_json::to_string(value).unwrap()))
                .collect();
            texts.sort();
            let mut lines: Vec<String> = self
                .store
                .customer_order_lines(row.id, 0, usize::MAX)
                .unwrap()
                .iter()
                .map(|line| format!("{:?}", OrderLine { item_name: None, ..line.clone() }))
                .collect();
            lines.sort();
            (
                self.store.record_of(row.id).unwrap().unwrap_or(RecordId([0; 16])),
                format!("{texts:?} {lines:?}"),
            )
        });
        rows.collect()
    }

    pub(crate) fn by_id(&self, external_id: &str) -> CustomerId {
        self.store.customer_by_external_id(external_id).unwrap().expect("the customer is there")
    }

    pub(crate) fn set(&mut self, customer: CustomerId, field: &str, value: &str) {
        self.store.update_customer_field(customer, &key(field), &text(value), NOW).unwrap();
    }

    pub(crate) fn value(&self, customer: CustomerId, field: &str) -> Value {
        let found = self.store.customer(customer).unwrap().fields;
        found.into_iter().find(|(definition, _)| definition.key.as_str() == field).unwrap().1
    }
}

fn queue_one(tx: &mut SyncTransaction<'_>, number: u8, changed: &Changed) -> Result<()> {
    queue_under(tx, number, changed, BACKUP)
}

/// Queues a change under a grant, or holds it.
pub(crate) fn queue_under(
    tx: &mut SyncTransaction<'_>,
    number: u8,
    changed: &Changed,
    granted: GrantId,
) -> Result<()> {
    let (bytes, base) = match changed.part {
        ChangedPart::Deletion => (Vec::new(), None),
        ChangedPart::Part(group, part) => {
            let base = tx.lineage(changed.token, group, part)?.map(|lineage| lineage.version.hlc);
            let content = tx.content(changed.customer, group, part)?;
            if content.is_empty() && base.is_none() && group != FieldGroup::Identity {
                return tx.forget_change(changed);
            }
            (content.to_bytes(), base)
        }
    };
    let grant = if changed.part == ChangedPart::Deletion { GrantId([0; 16]) } else { granted };
    if let Decision::Deny(reason) = tx.decide_change(changed, grant, TO)? {
        return tx.hold(changed, HeldReason::Consent(reason));
    }
    let hlc = tx.state().last_hlc + 1;
    let device_seq = tx.next_device_seq();
    let hash = Hash::of(&[&[number], &device_seq.to_be_bytes(), &hlc.to_be_bytes(), &bytes]);
    let lineage = Lineage { version: Version { hlc, device: device(number), tie: tie(hash) }, base };
    let queued = Queued { changed, grant, lineage, dek: None, op: &bytes, hash };
    let given = tx.queue(&queued, TO)?;
    assert_eq!(given, device_seq);
    Ok(())
}

fn tie(hash: Hash) -> u64 {
    u64::from_be_bytes(*hash.0.first_chunk().unwrap())
}

fn sent_op(
    tx: &SyncTransaction<'_>,
    number: u8,
    row: &stillroom_store::sync::outbox::OutboxRow,
) -> Result<TestOp> {
    let hash = tx.hashes(row.device_seq)?.first().copied().ok_or(Error::UnknownOperation)?;
    let version = Version { hlc: row.hlc, device: device(number), tie: tie(hash) };
    let (body, lineage) = match (row.part, &row.op) {
        (_, None) => (Body::Void, None),
        (ChangedPart::Deletion, Some(_)) => {
            let removal = tx.removal(row.token)?;
            (Body::Delete, if let Some(Removal::Deleted(lineage)) = removal { Some(lineage) } else { None })
        }
        (ChangedPart::Part(group, part), Some(bytes)) => {
            (Body::Set(group, part, bytes.clone()), tx.lineage(row.token, group, part)?)
        }
    };
    let base = lineage.filter(|lineage| lineage.version == version).and_then(|lineage| lineage.base);
    Ok(TestOp {
        device: number,
        device_seq: row.device_seq,
        token: row.token,
        lineage: Lineage { version, base },
        hash,
        body,
    })
}

fn is_unaware(winner: &Lineage, loser: &Version) -> bool {
    winner.version.device != loser.device && winner.base.is_none_or(|base| base < loser.hlc)
}

/// The merge of the protocol, for one row.
pub(crate) fn apply(tx: &mut SyncTransaction<'_>, number: u8, op: &TestOp) -> Result<()> {
    tx.note_seen(device(op.device), op.device_seq)?;
    if op.device == number {
        assert!(tx.settle(op.device_seq, op.hash)?, "an own operation is settled once");
        return Ok(());
    }
    match &op.body {
        Body::Void => Ok(()),
        Body::Set(group, part, bytes) => {
            let content = PartContent::from_bytes(bytes)?;
            let is_removed = match tx.removal(op.token)? {
                Some(Removal::Erased) => return Ok(()),
                Some(Removal::Deleted(deletion)) => deletion.version > op.lineage.version,
                None => false,
            };
            let held = tx.lineage(op.token, *group, *part)?;
            if is_removed || held.is_some_and(|held| held.version >= op.lineage.version) {
                let is_conflict = held.is_some_and(|held| is_unaware(&held, &op.lineage.version));
                return if is_conflict { tx.shelve_incoming(&content, device(op.device)) } else { Ok(()) };
            }
            let is_conflict = held.is_some_and(|held| is_unaware(&op.lineage, &held.version));
            let incoming = Incoming {
                token: op.token,
                grant: BACKUP,
                lineage: op.lineage,
                content: &content,
                is_conflict,
            };
            tx.set_part(&incoming, token_of).map(|_| ())
        }
        Body::Delete => {
            let prevails = match tx.removal(op.token)? {
                Some(Removal::Erased) => false,
                Some(Removal::Deleted(held)) => op.lineage.version > held.version,
                None => true,
            };
            let losing: Vec<_> = tx
                .lineages(op.token)?
                .into_iter()
                .filter(|(_, _, lineage)| lineage.version < op.lineage.version)
                .map(|(group, part, lineage)| (group, part, is_unaware(&op.lineage, &lineage.version)))
                .collect();
            if prevails { tx.delete_record(op.token, Purpose::Backup, &op.lineage, &losing) } else { Ok(()) }
        }
    }
}
