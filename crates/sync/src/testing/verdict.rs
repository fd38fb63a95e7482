//! What must hold in the end.

use super::world::World;
use super::{Reply, Summary};
use crate::client::{Method, Request};
use crate::memory::{Content, state_of};
use crate::merge::{Lineage, Part, Record, Removal, Version};
use crate::wire::{Body, Kind, Op, Page, Push, Pushed, Row, decode};
use std::collections::{BTreeMap, BTreeSet};
use stillroom_consent::{BasisState, DeviceId, Hash, MemoryRegister, Purpose, Register, SubjectToken};

/// What the server said it stored, whether or not the answer arrived.
#[derive(Debug, Default)]
pub(super) struct Witnessed {
    stored: BTreeMap<(DeviceId, u64), Op>,
}

impl Witnessed {
    /// Notes what an answer promises.
    pub(super) fn note(&mut self, device: DeviceId, request: &Request, reply: &Reply) -> Result<(), String> {
        if request.path != "/v1/push" || reply.status != 200 {
            return Ok(());
        }
        let push: Push =
            decode(&request.body).map_err(|error| format!("a push that cannot be read: {error}"))?;
        let pushed: Pushed = decode(&reply.body).map_err(|error| format!("an answer: {error}"))?;
        let n_safe = (pushed.n_known + pushed.n_accepted) as usize;
        for op in push.ops.into_iter().take(n_safe) {
            let number = (device, op.device_seq);
            let before = self.stored.get(&number);
            if before.is_some_and(|before| before.hash() != op.hash()) {
                return Err(format!("the server acknowledged two operations as number {}", op.device_seq));
            }
            self.stored.insert(number, op);
        }
        Ok(())
    }
}

/// Reads the server's whole sequence.
fn sequence(world: &mut World<'_>) -> Result<Vec<Row>, String> {
    let device = world.devices[0].id();
    let mut rows = Vec::new();
    let mut path = "/v1/pull".to_owned();
    loop {
        let request = Request { id: 0, method: Method::Get, path, body: Vec::new() };
        let reply = world.server.answer(device, &request, world.now);
        let page: Page = decode(&reply.body).map_err(|error| format!("the last page: {error}"))?;
        rows.extend(page.rows);
        if !page.has_more {
            return Ok(rows);
        }
        let cursor: String = page.cursor.0.iter().map(|byte| format!("{byte:02x}")).collect();
        path = format!("/v1/pull?since={cursor}");
    }
}

/// Judges.
pub(super) fn verdict(world: &mut World<'_>) -> Result<Summary, String> {
    let rows = sequence(world)?;
    let mut standing = world.devices[0].replica.standing().clone();
    let ended = ended_tokens(&mut standing, &world.tokens)?;
    nothing_stored_is_missing(&world.witnessed, &rows)?;
    endings_arrived(world, &ended)?;
    what_ended_is_gone(world, &mut standing, &ended, &rows)?;
    let is_live = |token: SubjectToken| !ended.contains(&token);
    all_hold_the_same(world, &rows, is_live)?;
    nothing_is_lost_silently(world, is_live)?;
    let alive = world.devices.iter().filter(|device| !device.is_revoked);
    Ok(Summary {
        n_ops: rows.len() as u64,
        n_conflicts: alive.clone().map(|device| device.replica.shelf().len() as u64).sum(),
        n_ended: ended.len() as u64,
        n_alive: alive.count() as u64,
        ..world.summary
    })
}

/// The records whose consent ended, by the ledger.
fn ended_tokens(
    standing: &mut MemoryRegister,
    tokens: &[SubjectToken],
) -> Result<BTreeSet<SubjectToken>, String> {
    let mut ended = BTreeSet::new();
    for token in tokens {
        let flags = standing.flags(*token).map_err(|error| error.to_string())?;
        let basis = standing.basis(*token, Purpose::Backup).map_err(|error| error.to_string())?;
        if flags.is_erased || basis.is_none_or(|basis| basis.state != BasisState::Given) {
            ended.insert(*token);
        }
    }
    Ok(ended)
}

/// Every acknowledged operation, or its hash, is in the sequence; every device's numbers follow one another.
fn nothing_stored_is_missing(witnessed: &Witnessed, rows: &[Row]) -> Result<(), String> {
    let hashes: BTreeSet<Hash> = rows.iter().map(Row::op_hash).collect();
    let mut last_of: BTreeMap<DeviceId, u64> = BTreeMap::new();
    for ((device, device_seq), op) in &witnessed.stored {
        let last = last_of.entry(*device).or_default();
        if *device_seq != *last + 1 {
            return Err(format!("device {}: number {device_seq} follows {last}", device.0[0]));
        }
        *last = *device_seq;
        if !hashes.contains(&op.hash()) {
            return Err(format!("device {}: acknowledged number {device_seq} is lost", device.0[0]));
        }
    }
    if rows.len() == witnessed.stored.len() {
        Ok(())
    } else {
        Err(format!("{} rows, {} operations stored", rows.len(), witnessed.stored.len()))
    }
}

/// An erasure or withdrawal of a device that belongs to the workspace reached the ledger.
fn endings_arrived(world: &World<'_>, ended: &BTreeSet<SubjectToken>) -> Result<(), String> {
    let lost =
        world.ended.iter().find(|(token, actor)| !world.devices[*actor].is_revoked && !ended.contains(token));
    lost.map_or(Ok(()), |(token, _)| Err(format!("the end of record {} never arrived", token.0[0])))
}

/// What was erased is nowhere; what was withdrawn does not leave the server.
fn what_ended_is_gone(
    world: &World<'_>,
    standing: &mut MemoryRegister,
    ended: &BTreeSet<SubjectToken>,
    rows: &[Row],
) -> Result<(), String> {
    let is_content =
        |row: &Row| matches!(row, Row::Op { op, .. } if op.kind == Kind::Set && ended.contains(&op.token));
    if let Some(row) = rows.iter().find(|row| is_content(row)) {
        return Err(format!("row {} still holds what ended", row.seq()));
    }
    for token in ended {
        if !standing.flags(*token).map_err(|error| error.to_string())?.is_erased {
            continue;
        }
        for device in world.devices.iter().filter(|device| !device.is_revoked) {
            let record = device.replica.records().get(token);
            let is_gone = record
                .is_none_or(|record| record.parts().is_empty() && record.removal() == Some(&Removal::Erased));
            if !is_gone || device.replica.shelf().iter().any(|shelved| shelved.token == *token) {
                return Err(format!("device {} still holds erased record {}", device.id().0[0], token.0[0]));
            }
        }
    }
    Ok(())
}

/// Every device holds what remains of the sequence.
fn all_hold_the_same(
    world: &World<'_>,
    rows: &[Row],
    is_live: impl Fn(SubjectToken) -> bool + Copy,
) -> Result<(), String> {
    let mut expected: BTreeMap<SubjectToken, Record<Content>> = BTreeMap::new();
    let ops = rows.iter().filter_map(|row| match row {
        Row::Op { op, .. } if is_live(op.token) => Some(op),
        _ => None,
    });
    for op in ops {
        merge(&mut expected, op);
    }
    let state: Vec<u8> = expected.iter().flat_map(|(token, record)| state_of(*token, record)).collect();
    let expected_hash = Hash::of(&[&state]);
    for device in world.devices.iter().filter(|device| !device.is_revoked) {
        if device.replica.state_hash(is_live) != expected_hash {
            let differing = world.tokens.iter().find(|token| {
                let held = device.replica.records().get(*token).map(|record| state_of(**token, record));
                let wanted = expected.get(*token).map(|record| state_of(**token, record));
                is_live(**token) && held.unwrap_or_default() != wanted.unwrap_or_default()
            });
            return Err(format!(
                "device {} holds something else: {differing:?}\nheld {:?}\nwanted {:?}",
                device.id().0[0],
                differing.and_then(|token| device.replica.records().get(token)),
                differing.and_then(|token| expected.get(token)),
            ));
        }
    }
    Ok(())
}

fn merge(records: &mut BTreeMap<SubjectToken, Record<Content>>, op: &Op) {
    let record = records.entry(op.token).or_default();
    match (op.kind, op.group, &op.body) {
        (Kind::Set, Some(group), Body::Sealed(sealed)) => {
            let value = Content { bytes: sealed.0.clone(), grant: op.grant };
            record.set((group, op.part), Part { lineage: Lineage::of(op), value });
        }
        (Kind::Delete, ..) => {
            record.remove(Removal::Deleted(Lineage::of(op)));
        }
        _ => {}
    }
}

/// Every stored value is in force, or gave way to one whose writer had seen it or something later, or lies on a shelf.
fn nothing_is_lost_silently(world: &World<'_>, is_live: impl Fn(SubjectToken) -> bool) -> Result<(), String> {
    let stored: Vec<&Op> = world.witnessed.stored.values().filter(|op| is_live(op.token)).collect();
    for op in stored.iter().filter(|op| op.kind == Kind::Set) {
        let version = Version::of(op);
        let key = op.group.map(|group| (group, op.part));
        let is_about_it = |other: &Op| {
            other.token == op.token
                && (other.kind == Kind::Delete
                    || (other.kind == Kind::Set && other.part == op.part && other.group == op.group))
        };
        let gave_way = stored
            .iter()
            .filter(|other| is_about_it(other))
            .any(|other| Version::of(other) > version && !Lineage::of(other).is_unaware_of(&version));
        let mut alive = world.devices.iter().filter(|device| !device.is_revoked);
        let is_kept = alive.any(|device| {
            let record = device.replica.records().get(&op.token);
            let held = record.zip(key).and_then(|(record, key)| record.parts().get(&key));
            held.is_some_and(|part| part.lineage.version == version)
                || device.replica.shelf().iter().any(|shelved| shelved.part.lineage.version == version)
        });
        if !gave_way && !is_kept {
            return Err(format!(
                "device {}: the value of number {} was lost silently",
                op.device.0[0], op.device_seq
            ));
        }
    }
    Ok(())
}
