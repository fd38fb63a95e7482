//! Whether what is stored is what was stored: numbers without gaps, hashes, chains and signatures, from the first to the last.

use std::collections::BTreeSet;

use stillroom_consent::{Hash, MemoryRegister, Register as _, WorkspaceId, fold};
use stillroom_sync::wire::{Op, decode, next_chain};

use super::ledger;
use crate::Fault;
use crate::repo::{Tail, Workspace};

/// Rows read at once.
const STEP: usize = 1_000;
const STEP_BYTES: usize = 4 << 20;

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Findings {
    /// Entries of the ledger.
    pub entries: u64,
    /// Numbers of the sequence.
    pub rows: u64,
    /// Operations that still have their content.
    pub rows_with_content: u64,
    /// Bytes of that content.
    pub bytes: u64,
}

/// Recomputes everything that can be. Part of one read transaction.
///
/// # Errors
/// [`Fault::Corrupt`] names the first thing that is not as it was.
pub(crate) fn audit(room: &mut dyn Workspace, workspace: WorkspaceId) -> Result<Findings, Fault> {
    let mut findings = Findings { entries: audit_ledger(room, workspace)?, ..Findings::default() };
    audit_sequence(room, &mut findings)?;
    Ok(findings)
}

fn audit_ledger(room: &mut dyn Workspace, workspace: WorkspaceId) -> Result<u64, Fault> {
    let mut register = MemoryRegister::new(workspace);
    let mut last = 0;
    loop {
        let rows = room.entries_since(last, STEP)?;
        let Some(end) = rows.last() else { break };
        last = end.seq;
        for row in &rows {
            let hash = fold(&mut register, &ledger::read(row)?);
            if hash != Ok(row.hash) {
                return Err(Fault::Corrupt { what: "the ledger's chain" });
            }
        }
    }
    let folded = register.head().map_err(Fault::from)?;
    if folded == room.head()? { Ok(last) } else { Err(Fault::Corrupt { what: "the ledger's head" }) }
}

fn audit_sequence(room: &mut dyn Workspace, findings: &mut Findings) -> Result<(), Fault> {
    let (mut seq, mut chain) = (0, Hash::ZERO);
    loop {
        let rows = room.rows_since(seq, STEP, STEP_BYTES)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            seq += 1;
            chain = next_chain(&chain, &row.op_hash);
            let is_whole = row.bytes.as_ref().is_none_or(|bytes| Hash::of(&[bytes]) == row.op_hash);
            if row.seq != seq || row.chain != chain || !is_whole {
                return Err(Fault::Corrupt { what: "the sequence" });
            }
            findings.rows += 1;
            findings.rows_with_content += u64::from(row.bytes.is_some());
            findings.bytes += row.bytes.map_or(0, |bytes| bytes.len() as u64);
        }
    }
    let Tail { seq: last, chain: known, held, .. } = room.tail()?;
    let is_counted = (held.ops, held.bytes) == (findings.rows_with_content, findings.bytes);
    if (last, known) == (seq, chain) && is_counted {
        Ok(())
    } else {
        Err(Fault::Corrupt { what: "the sequence's head" })
    }
}

/// Rows with sealed content, and those of them whose data key is not there. Part of one read transaction.
pub(crate) fn count_keys(room: &mut dyn Workspace) -> Result<(u64, u64), Fault> {
    let (mut seq, mut n_sealed, mut n_without_key) = (0, 0, 0);
    loop {
        let rows = room.rows_since(seq, STEP, STEP_BYTES)?;
        let Some(last) = rows.last() else { return Ok((n_sealed, n_without_key)) };
        seq = last.seq;
        let mut needed = Vec::new();
        for bytes in rows.iter().filter_map(|row| row.bytes.as_deref()) {
            let op: Op = decode(bytes).map_err(|_| Fault::Corrupt { what: "an operation" })?;
            needed.extend(op.dek);
        }
        let known: BTreeSet<_> = room.keys(&needed)?.into_iter().map(|key| key.dek).collect();
        n_sealed += needed.len() as u64;
        n_without_key += needed.iter().filter(|key| !known.contains(key)).count() as u64;
    }
}
