//! The outbox: operations with a number, what replaces them, and what settles them.

use super::{Change, Content, MemoryReplica, Sign, kind_of, unsent};
use crate::Hlc;
use crate::merge::{Lineage, Part, Removal, Version};
use crate::replica::{Limits, Outgoing};
use crate::wire::{Body, Kind, Op, Refusal, SCHEMA, WrappedDek, encode};
use std::collections::BTreeMap;
use stillroom_consent::{
    Blob, DataKeyId, Decision, Error, GrantId, Hash, Lane, Operation, Purpose, Reason, SubjectToken, allow,
    facts_of,
};

/// One number's operation.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) op: Op,
    pub(super) hash: Hash,
    pub(super) change: Option<Change>,
    replaced: Vec<Hash>,
    is_handed_out: bool,
    pub(super) acknowledged_by: Option<u64>,
}

impl Slot {
    fn new(op: Op, change: Change) -> Self {
        let hash = op.hash();
        Slot {
            op,
            hash,
            change: Some(change),
            replaced: Vec::new(),
            is_handed_out: false,
            acknowledged_by: None,
        }
    }

    /// The hashes of every version that may be under way, the current one first.
    pub(super) fn versions(&self) -> impl Iterator<Item = Hash> {
        [self.hash].into_iter().chain(self.replaced.iter().copied())
    }

    fn replace(&mut self, op: Op) {
        if self.is_handed_out {
            self.replaced.push(self.hash);
        }
        self.hash = op.hash();
        self.op = op;
        self.is_handed_out = false;
    }
}

impl<S: Sign> MemoryReplica<S> {
    pub(super) fn prepare(&mut self, limits: Limits, now_millis: i64) -> Result<Outgoing, Error> {
        self.withdraw_what_is_denied(now_millis)?;
        let n_waiting = self.outbox.values().filter(|slot| slot.acknowledged_by.is_none()).count();
        let n_acknowledged = self.outbox.len() - n_waiting;
        for change in self.changes.keys().copied().collect::<Vec<_>>() {
            if self.outbox.len() - n_acknowledged >= limits.max_ops {
                break;
            }
            self.enqueue(change, now_millis)?;
        }
        Ok(self.hand_out(limits))
    }

    /// Parks operations that may no longer travel.
    fn withdraw_what_is_denied(&mut self, now_millis: i64) -> Result<(), Error> {
        let waiting = self.outbox.values().filter(|slot| slot.acknowledged_by.is_none());
        let sets: Vec<Op> = waiting.map(|slot| &slot.op).filter(|op| op.kind == Kind::Set).cloned().collect();
        for op in sets {
            if let Decision::Deny(reason) = self.decide(&op, now_millis)? {
                self.park(op.device_seq, Refusal::Consent(reason), now_millis);
            }
        }
        Ok(())
    }

    /// Gives a change its number, if it may travel; otherwise parks it. An erasure waits until the ledger has it.
    fn enqueue(&mut self, change: Change, now_millis: i64) -> Result<(), Error> {
        let Some(base) = self.changes.get(&change).copied() else { return Ok(()) };
        let Some(op) = self.operation(&change, base, now_millis) else {
            self.changes.remove(&change);
            return Ok(());
        };
        if op.kind == Kind::Erase && !self.confirmed_flags(op.token)?.is_erased {
            return Ok(());
        }
        self.changes.remove(&change);
        match self.decide(&op, now_millis)? {
            Decision::Deny(reason) => {
                self.parked.insert(change, (Refusal::Consent(reason), base));
            }
            Decision::Allow => {
                self.last_given = op.device_seq;
                let (old, new) = (Version { tie: 0, ..Version::of(&op) }, Lineage::of(&op));
                if let Some(record) = self.records.get_mut(&op.token) {
                    record.restamp(|held| (held.version == old).then_some(new));
                }
                self.outbox.insert(op.device_seq, Slot::new(op, change));
            }
        }
        Ok(())
    }

    /// The operation a change becomes; none when what it was about is no longer there.
    fn operation(&mut self, change: &Change, base: Option<Hlc>, now_millis: i64) -> Option<Op> {
        let token = change.token();
        let record = self.records.get(&token)?;
        let (hlc, group, part, dek, body) = match (change, record.removal()) {
            (Change::Part(_, key), _) => {
                let held = record.parts().get(key)?;
                let body = Body::Sealed(Blob(held.value.bytes.clone()));
                (held.lineage.version.hlc, Some(key.0), key.1, Some(key_of(token)), body)
            }
            (Change::Deleted(_), Some(Removal::Deleted(deletion))) => {
                (deletion.version.hlc, None, 0, None, Body::None)
            }
            (Change::Deleted(_), _) => return None,
            (Change::Erased(_), _) => (self.clock.stamp(now_millis), None, 0, None, Body::None),
        };
        let is_set = group.is_some();
        Some(Op {
            kind: kind_of(change),
            device: self.identity.device.device,
            device_seq: self.last_given + 1,
            hlc,
            base,
            token,
            purpose: Purpose::Backup,
            grant: if is_set { self.identity.grant } else { GrantId([0; 16]) },
            group,
            part,
            schema: SCHEMA,
            dek,
            body,
        })
    }

    /// Asks whether an operation may travel: by what the server's ledger says, and by what is pending here.
    fn decide(&mut self, op: &Op, now_millis: i64) -> Result<Decision, Error> {
        let operation = Operation {
            workspace: self.identity.workspace,
            device: op.device,
            origin: &self.identity.origin,
            lane: Lane::Sealed,
            purpose: op.purpose,
            grant: op.grant,
            token: op.token,
            groups: op.groups(),
            gpc: false,
        };
        let here = allow(&operation, &facts_of(&mut self.standing, &operation)?, now_millis);
        let there = allow(&operation, &facts_of(&mut self.confirmed, &operation)?, now_millis);
        Ok(if here == Decision::Allow { there } else { here })
    }

    fn hand_out(&mut self, limits: Limits) -> Outgoing {
        let mut outgoing = Outgoing::default();
        let mut n_bytes = 0;
        for slot in self.outbox.values_mut().filter(|slot| slot.acknowledged_by.is_none()) {
            let op = &slot.op;
            let key = op.dek.filter(|dek| {
                !self.keys_sent.contains(&op.token) && outgoing.deks.iter().all(|sent| sent.dek != *dek)
            });
            let key = key.map(|dek| wrapped_key(op.token, dek));
            n_bytes += encode(op).len() + key.as_ref().map_or(0, |key| encode(key).len());
            if outgoing.ops.len() >= limits.max_ops
                || (n_bytes > limits.max_bytes && !outgoing.ops.is_empty())
            {
                break;
            }
            slot.is_handed_out = true;
            outgoing.ops.push(op.clone());
            outgoing.deks.extend(key);
        }
        outgoing
    }

    /// A `void` takes an operation's place; its change is kept aside with the reason.
    pub(super) fn park(&mut self, device_seq: u64, refusal: Refusal, now_millis: i64) {
        let hlc = self.clock.stamp(now_millis);
        let Some(slot) = self.outbox.get_mut(&device_seq) else { return };
        if slot.acknowledged_by.is_some() {
            return;
        }
        if let Some(change) = slot.change.take() {
            let is_erased = refusal == Refusal::Consent(Reason::Erased);
            if !is_erased && !self.changes.contains_key(&change) {
                self.parked.insert(change, (refusal, slot.op.base));
            }
        }
        let void = Op {
            kind: Kind::Void,
            hlc,
            base: None,
            token: SubjectToken([0; 32]),
            grant: GrantId([0; 16]),
            group: None,
            part: 0,
            dek: None,
            body: Body::None,
            ..slot.op.clone()
        };
        slot.replace(void);
    }

    /// Stamps everything of this device anew that was stamped after the server's time and is not shared yet, in its order.
    pub(super) fn restamp(&mut self, refused: u64, server_millis: i64, now_millis: i64) {
        let latest_kept = self.clock.shared.max(Hlc::at(server_millis));
        self.clock.restart(server_millis, now_millis);
        let mut old_stamps = self.own_stamps();
        old_stamps.retain(|hlc| *hlc > latest_kept);
        old_stamps.extend(self.outbox.get(&refused).map(|slot| slot.op.hlc));
        old_stamps.sort_unstable();
        old_stamps.dedup();
        let stamps: BTreeMap<Hlc, Hlc> =
            old_stamps.into_iter().map(|old| (old, self.clock.stamp(now_millis))).collect();
        let anew = |hlc: Hlc| stamps.get(&hlc).copied().unwrap_or(hlc);
        let sent = self.restamp_outbox(anew);
        self.changes.values_mut().for_each(|base| *base = base.map(anew));
        self.parked.values_mut().for_each(|(_, base)| *base = base.map(anew));
        let device = self.identity.device.device;
        for record in self.records.values_mut() {
            record.restamp(|held| {
                let version = held.version;
                let is_own = version.device == device && stamps.contains_key(&version.hlc);
                let unsent = Version { hlc: anew(version.hlc), device, tie: 0 };
                let lineage = Lineage { version: unsent, base: held.base.map(anew) };
                is_own.then(|| sent.get(&version).copied().unwrap_or(lineage))
            });
        }
    }

    /// The stamps of what this device made and the server has not acknowledged, as far as it is still held.
    fn own_stamps(&self) -> Vec<Hlc> {
        let device = self.identity.device.device;
        let waiting = self.outbox.values().filter(|slot| slot.acknowledged_by.is_none());
        let mut stamps: Vec<Hlc> = waiting.map(|slot| slot.op.hlc).collect();
        for record in self.records.values() {
            let deletion = match record.removal() {
                Some(Removal::Deleted(deletion)) => Some(deletion.version),
                _ => None,
            };
            let versions = record.parts().values().map(|part| part.lineage.version).chain(deletion);
            stamps.extend(versions.filter(|version| version.device == device).map(|version| version.hlc));
        }
        stamps
    }

    /// Answers which version became which.
    fn restamp_outbox(&mut self, anew: impl Fn(Hlc) -> Hlc) -> BTreeMap<Version, Lineage> {
        let mut lineages = BTreeMap::new();
        for slot in self.outbox.values_mut().filter(|slot| slot.acknowledged_by.is_none()) {
            let hlc = anew(slot.op.hlc);
            if hlc != slot.op.hlc {
                let old = Version::of(&slot.op);
                slot.replace(Op { hlc, base: slot.op.base.map(&anew), ..slot.op.clone() });
                lineages.insert(old, Lineage::of(&slot.op));
            }
        }
        lineages
    }

    /// An earlier version of an operation was stored after all. What the device holds now must travel under a new number, later
    /// than that version: `before` is what the record held before it was merged.
    pub(super) fn hold_on_to(
        &mut self,
        token: SubjectToken,
        before: Vec<(crate::merge::PartKey, Part<Content>)>,
        stored: Option<Hlc>,
        now_millis: i64,
    ) {
        let device = self.identity.device.device;
        for (key, part) in before.into_iter().filter(|(_, part)| part.lineage.version.device == device) {
            let base = stored.or(part.lineage.base);
            let version = unsent(&mut self.clock, &self.identity, now_millis);
            let record = self.records.entry(token).or_default();
            record.set(key, Part { lineage: Lineage { version, base }, value: part.value });
            self.changes.insert(Change::Part(token, key), base);
        }
    }
}

/// A record's data key: here, a name derived from the token.
fn key_of(token: SubjectToken) -> DataKeyId {
    let mut id = [0; 16];
    id.copy_from_slice(&Hash::of(&[b"memory replica dek", &token.0]).0[..16]);
    DataKeyId(id)
}

fn wrapped_key(token: SubjectToken, dek: DataKeyId) -> WrappedDek {
    WrappedDek { dek, token, epoch: 1, wrapped: Blob(dek.0.to_vec()) }
}
