//! Storing operations: in the order of their device, without gaps, and only what the consent allows now.

use stillroom_consent::{
    Decision, Operation, Reason, SubjectFlags, SubjectToken, WorkspaceId, allow, facts_of,
};
use stillroom_sync::hlc::MAX_AHEAD_MILLIS;
use stillroom_sync::wire::{
    Denied, Kind, MAX_OPS, Op, Push, Pushed, Refusal, WrappedDek, encode, next_chain,
};

use super::{Caller, Rules, removal};
use crate::Fault;
use crate::repo::{NewRow, Selection, Tail, Workspace};

/// Longest wrapped data key, in bytes.
const MAX_WRAPPED_BYTES: usize = 512;

/// Stores the longest prefix of `push` that may be stored. Part of one write transaction.
pub(crate) fn push(
    room: &mut dyn Workspace,
    rules: &Rules,
    caller: &Caller,
    push: &Push,
) -> Result<Pushed, Fault> {
    check_shape(push, caller)?;
    super::enrolled(room, caller.device)?;
    let n_known = known(room, caller, &push.ops)?;
    let fresh = push.ops.get(n_known..).unwrap_or_default();
    room.expect_operations(fresh)?;
    let mut tail = room.tail()?;
    let first_seq = tail.seq + 1;
    let mut rows = Vec::with_capacity(fresh.len());
    let mut denied = None;
    for (position, op) in fresh.iter().enumerate() {
        let bytes = encode(op);
        if let Some(reason) = objection(room, rules, caller, push, op, bytes.len())? {
            let index = u32::try_from(n_known + position).map_err(|_| Fault::TooLarge)?;
            denied = Some(Denied { index, reason });
            break;
        }
        if let Some(limit) = rules.limits.reached_by(&tail.held, op.kind, bytes.len()) {
            if rows.is_empty() {
                return Err(Fault::Full { limit });
            }
            break;
        }
        mark_erased(room, op)?;
        rows.push(append(&mut tail, op, bytes, rules.now));
    }
    store(room, &push.deks, &rows, &tail)?;
    Ok(Pushed {
        n_known: u32::try_from(n_known).map_err(|_| Fault::TooLarge)?,
        n_accepted: u32::try_from(rows.len()).map_err(|_| Fault::TooLarge)?,
        first_seq: (!rows.is_empty()).then_some(first_seq),
        denied,
        head: rules.keys.sequence_head(caller.workspace, (tail.seq, tail.chain), rules.now),
    })
}

fn check_shape(push: &Push, caller: &Caller) -> Result<(), Fault> {
    if push.ops.len() > MAX_OPS || push.deks.len() > MAX_OPS {
        return Err(Fault::TooLarge);
    }
    if push.ops.iter().any(|op| op.device != caller.device) {
        return Err(Fault::Unauthorized);
    }
    if push.deks.iter().any(|key| key.wrapped.0.len() > MAX_WRAPPED_BYTES) {
        return Err(Fault::Malformed);
    }
    // SQLite and PostgreSQL count to 2^63.
    let is_countable = |op: &Op| op.device_seq > 0 && op.device_seq < 1 << 62;
    if !push.ops.iter().all(is_countable) { Err(Fault::Malformed) } else { Ok(()) }
}

/// How many operations from the front are stored already. Numbers must follow one another and what is stored.
fn known(room: &mut dyn Workspace, caller: &Caller, ops: &[Op]) -> Result<usize, Fault> {
    let Some(first) = ops.first() else { return Ok(0) };
    for (previous, next) in ops.iter().zip(ops.iter().skip(1)) {
        if next.device_seq != previous.device_seq + 1 {
            return Err(Fault::Gap { expected: previous.device_seq + 1 });
        }
    }
    let last = room.last_device_seq(caller.device)?;
    if first.device_seq > last + 1 {
        return Err(Fault::Gap { expected: last + 1 });
    }
    let n_known = ops.iter().take_while(|op| op.device_seq <= last).count();
    if n_known == 0 {
        return Ok(0);
    }
    let to = first.device_seq + n_known as u64 - 1;
    let hashes = room.device_hashes(caller.device, first.device_seq, to)?;
    let is_same = hashes.len() == n_known && ops.iter().zip(&hashes).all(|(op, hash)| op.hash() == *hash);
    if is_same { Ok(n_known) } else { Err(Fault::Equivocation) }
}

fn objection(
    room: &mut dyn Workspace,
    rules: &Rules,
    caller: &Caller,
    push: &Push,
    op: &Op,
    n_bytes: usize,
) -> Result<Option<Refusal>, Fault> {
    if n_bytes > rules.limits.max_op_bytes {
        return Ok(Some(Refusal::TooLarge));
    }
    if !op.is_well_formed() {
        return Ok(Some(Refusal::Malformed));
    }
    if op.hlc.millis() > rules.now.saturating_add(MAX_AHEAD_MILLIS) {
        return Ok(Some(Refusal::ClockAhead));
    }
    if let Some(reason) = consent_objection(room, rules, caller, op)? {
        return Ok(Some(Refusal::Consent(reason)));
    }
    has_key(room, &push.deks, op).map(|has_key| (!has_key).then_some(Refusal::NoDataKey))
}

fn consent_objection(
    room: &mut dyn Workspace,
    rules: &Rules,
    caller: &Caller,
    op: &Op,
) -> Result<Option<Reason>, Fault> {
    let mut operation = operation(caller.workspace, op, caller.gpc);
    let facts = facts_of(room, &operation)?;
    operation.origin = rules.origin_for(facts.grant.as_ref());
    match allow(&operation, &facts, rules.now) {
        Decision::Allow => Ok(None),
        Decision::Deny(reason) => Ok(Some(reason)),
    }
}

/// An operation as the decision wants it, without the origin.
pub(super) fn operation(workspace: WorkspaceId, op: &Op, gpc: bool) -> Operation<'static> {
    Operation {
        workspace,
        device: op.device,
        origin: "",
        lane: op.purpose.terms().lane,
        purpose: op.purpose,
        grant: op.grant,
        token: op.token,
        groups: op.groups(),
        gpc,
    }
}

fn has_key(room: &mut dyn Workspace, sent: &[WrappedDek], op: &Op) -> Result<bool, Fault> {
    let Some(id) = op.dek else { return Ok(true) };
    let fits = |key: &WrappedDek| key.dek == id && key.token == op.token;
    let stored = room.keys(&[id])?;
    Ok(match stored.first() {
        Some(key) => fits(key),
        None => sent.iter().find(|key| key.dek == id).is_some_and(fits),
    })
}

fn mark_erased(room: &mut dyn Workspace, op: &Op) -> Result<(), Fault> {
    if op.kind != Kind::Erase {
        return Ok(());
    }
    let flags = room.flags(op.token)?;
    room.set_flags(op.token, SubjectFlags { is_erased: true, ..flags })
}

fn append(tail: &mut Tail, op: &Op, bytes: Vec<u8>, now: i64) -> NewRow {
    let op_hash = stillroom_consent::Hash::of(&[&bytes]);
    tail.seq += 1;
    tail.chain = next_chain(&tail.chain, &op_hash);
    tail.held.ops += 1;
    tail.held.bytes += bytes.len() as u64;
    NewRow { seq: tail.seq, chain: tail.chain, op_hash, received_at: now, op: op.clone(), bytes }
}

/// Keys before rows; then what erasing operations take with them.
fn store(room: &mut dyn Workspace, sent: &[WrappedDek], rows: &[NewRow], tail: &Tail) -> Result<(), Fault> {
    let ids: Vec<_> = sent.iter().map(|key| key.dek).collect();
    let stored = room.keys(&ids)?;
    let is_wanted = |key: &&WrappedDek| {
        stored.iter().any(|known| known.dek == key.dek && known.token == key.token && known.epoch < key.epoch)
            || rows.iter().any(|row| row.op.dek == Some(key.dek) && row.op.token == key.token)
    };
    let keys: Vec<_> = sent.iter().filter(is_wanted).cloned().collect();
    if !keys.is_empty() {
        room.add_keys(&keys)?;
    }
    if !rows.is_empty() {
        room.add_rows(rows)?;
        room.set_tail(tail)?;
    }
    let erased: Vec<SubjectToken> =
        rows.iter().filter(|row| row.op.kind == Kind::Erase).map(|row| row.op.token).collect();
    if erased.is_empty() {
        return Ok(());
    }
    room.remove_keys(&erased)?;
    removal::remove(room, &Selection::Tokens(&erased), usize::MAX >> 1).map(drop)
}
