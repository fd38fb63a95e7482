//! Handing operations out: in the order of the sequence, and only what the consent still allows.

use stillroom_consent::{Decision, DeviceId, allow, facts_of};
use stillroom_sync::wire::{MAX_BYTES, MAX_OPS, Op, Page, Row, decode};

use super::keys::Cursor;
use super::{Caller, Rules, push};
use crate::Fault;
use crate::repo::{Acknowledged, StoredRow, Workspace};

/// What a page leaves free for keys and the frame, in bytes.
const MARGIN_BYTES: usize = 192 * 1024;

/// The rows after a cursor. Part of one read transaction.
///
/// Below the floor a deletion may be missing: who begins there without a cursor sees neither it nor what it deleted, who stood there
/// when it was dropped would keep what it deleted and begins anew.
pub(crate) fn page(
    room: &mut dyn Workspace,
    rules: &Rules,
    caller: &Caller,
    since: Option<Cursor>,
) -> Result<Page, Fault> {
    super::not_revoked(room, caller.device)?;
    let tail = room.tail()?;
    let Cursor { seq, floor } = since.unwrap_or(Cursor { seq: 0, floor: tail.floor });
    if seq > tail.seq || (seq < tail.floor && floor < tail.floor) {
        return Err(Fault::ResyncRequired);
    }
    let stored = room.rows_since(seq, MAX_OPS, MAX_BYTES - MARGIN_BYTES)?;
    let last = stored.last().map_or((tail.seq, tail.chain), |row| (row.seq, row.chain));
    let rows = shown(room, rules, caller, stored)?;
    let mut ids: Vec<_> = rows.iter().filter_map(key_of).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(Page {
        deks: room.keys(&ids)?,
        rows,
        cursor: rules.keys.cursor(caller.workspace, Cursor { seq: last.0, floor: tail.floor }),
        head: rules.keys.sequence_head(caller.workspace, last, rules.now),
        has_more: last.0 < tail.seq,
    })
}

/// Notes that a device has everything up to `seq`, which it said by asking for what follows.
pub(crate) fn acknowledge(room: &mut dyn Workspace, device: DeviceId, seq: u64) -> Result<(), Fault> {
    let seq = seq.min(room.tail()?.seq);
    room.acknowledge(device, Acknowledged { seq, entry: 0 })
}

/// Stored rows as the protocol has them; content that is no longer allowed is shown as gone, even before it is removed.
pub(super) fn shown(
    room: &mut dyn Workspace,
    rules: &Rules,
    caller: &Caller,
    stored: Vec<StoredRow>,
) -> Result<Vec<Row>, Fault> {
    let mut ops = Vec::with_capacity(stored.len());
    for row in &stored {
        let op = row.bytes.as_deref().map(decode::<Op>).transpose();
        ops.push(op.map_err(|_| Fault::Corrupt { what: "an operation" })?);
    }
    let live: Vec<Op> = ops.iter().flatten().cloned().collect();
    room.expect_operations(&live)?;
    let mut rows = Vec::with_capacity(stored.len());
    for (row, op) in stored.into_iter().zip(ops) {
        let (seq, op_hash) = (row.seq, row.op_hash);
        rows.push(match op {
            Some(op) if is_allowed(room, rules, caller, &op)? => Row::Op { seq, op },
            _ => Row::Gone { seq, op_hash },
        });
    }
    Ok(rows)
}

/// Whether what is stored may go out to a device of the workspace: the device that made it may have left since, and Global
/// Privacy Control of the asking browser says nothing about what its own workspace holds.
fn is_allowed(room: &mut dyn Workspace, rules: &Rules, caller: &Caller, op: &Op) -> Result<bool, Fault> {
    if op.groups().is_empty() {
        return Ok(true);
    }
    let mut operation = push::operation(caller.workspace, op, false);
    let mut facts = facts_of(room, &operation)?;
    facts.is_enrolled = true;
    operation.origin = rules.origin_for(facts.grant.as_ref());
    Ok(allow(&operation, &facts, rules.now) == Decision::Allow)
}

fn key_of(row: &Row) -> Option<stillroom_consent::DataKeyId> {
    match row {
        Row::Op { op, .. } => op.dek,
        Row::Gone { .. } => None,
    }
}
