//! One workspace in one transaction. What was read is remembered until the transaction ends: its writers follow one another,
//! so nobody else changes it meanwhile.

use std::collections::HashMap;

use stillroom_consent::standing::DeviceRecord;
use stillroom_consent::{
    DataKeyId, DeviceId, GrantId, GrantRecord, Hash, Purpose, SubjectBasis, SubjectFlags, SubjectToken, WorkspaceId,
};
use stillroom_sync::wire::WrappedDek;
use tokio_postgres::Row;

use super::session::Session;
use super::value;
use crate::Fault;
use crate::repo::{Held, Tail};

/// The numbers of the workspace's own row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) ledger: (u64, Hash),
    pub(super) tail: Tail,
}

/// What was read, and whether it was there.
#[derive(Default)]
pub(super) struct Known {
    pub(super) devices: HashMap<DeviceId, Option<DeviceRecord>>,
    pub(super) grants: HashMap<GrantId, Option<GrantRecord>>,
    pub(super) members: HashMap<(GrantId, SubjectToken), bool>,
    pub(super) bases: HashMap<(SubjectToken, Purpose), Option<SubjectBasis>>,
    pub(super) flags: HashMap<SubjectToken, SubjectFlags>,
    pub(super) keys: HashMap<DataKeyId, Option<WrappedDek>>,
}

/// A workspace in a transaction.
pub(super) struct Room<'a> {
    pub(super) session: Session<'a>,
    pub(super) workspace: WorkspaceId,
    pub(super) numbers: Numbers,
    stored: Numbers,
    pub(super) known: Known,
    /// Flags that are not written yet.
    pub(super) marked: Vec<SubjectToken>,
}

const LOCKED: &str = "SELECT ledger_seq, ledger_hash, seq, chain, held_ops, held_bytes
    FROM workspace WHERE workspace_id = $1 FOR UPDATE";
const SEEN: &str = "SELECT ledger_seq, ledger_hash, seq, chain, held_ops, held_bytes
    FROM workspace WHERE workspace_id = $1";

impl<'a> Room<'a> {
    /// Begins a transaction that writes: the workspace's row is made when it is missing, and locked.
    pub(super) fn begin_writing(mut session: Session<'a>, workspace: WorkspaceId) -> Result<Self, Fault> {
        session.batch(&format!("BEGIN; {}", about(workspace)))?;
        let row = match session.row(LOCKED, &[&value::bytes(&workspace.0)])? {
            Some(row) => row,
            None => {
                session.change(
                    "INSERT INTO workspace (workspace_id) VALUES ($1) ON CONFLICT DO NOTHING",
                    &[&value::bytes(&workspace.0)],
                )?;
                session.row(LOCKED, &[&value::bytes(&workspace.0)])?.ok_or(Fault::Busy)?
            }
        };
        Self::with(session, workspace, &row)
    }

    /// Begins a transaction that sees one state and will be rolled back.
    pub(super) fn begin_reading(mut session: Session<'a>, workspace: WorkspaceId) -> Result<Self, Fault> {
        session.batch(&format!("BEGIN ISOLATION LEVEL REPEATABLE READ; {}", about(workspace)))?;
        let row = session.row(SEEN, &[&value::bytes(&workspace.0)])?.ok_or(Fault::NotFound)?;
        Self::with(session, workspace, &row)
    }

    fn with(session: Session<'a>, workspace: WorkspaceId, row: &Row) -> Result<Self, Fault> {
        let numbers = Numbers {
            ledger: (value::count(row, 0)?, Hash(value::fixed(row, 1)?)),
            tail: Tail {
                seq: value::count(row, 2)?,
                chain: Hash(value::fixed(row, 3)?),
                held: Held { ops: value::count(row, 4)?, bytes: value::count(row, 5)? },
            },
        };
        Ok(Self { session, workspace, numbers, stored: numbers, known: Known::default(), marked: Vec::new() })
    }

    /// The workspace's id as the statements take it.
    pub(super) fn id(&self) -> [u8; 16] {
        self.workspace.0
    }

    /// Does a job so that its failure leaves no trace of it, but of those before it.
    pub(super) fn attempt(
        &mut self,
        is_first: bool,
        job: crate::repo::WorkspaceJob,
    ) -> Result<(), Fault> {
        if !is_first {
            self.session.batch("SAVEPOINT job")?;
        }
        let before = (self.numbers, self.stored);
        let outcome = job(self).and_then(|()| self.flush());
        if outcome.is_err() {
            (self.numbers, self.stored) = before;
            self.known = Known::default();
            self.marked.clear();
            let undo = format!("ROLLBACK; BEGIN; {}", about(self.workspace));
            self.session.batch(if is_first { &undo } else { "ROLLBACK TO SAVEPOINT job" })?;
        }
        outcome
    }

    /// Writes what was only remembered so far.
    pub(super) fn flush(&mut self) -> Result<(), Fault> {
        self.flush_flags()?;
        if self.numbers == self.stored {
            return Ok(());
        }
        let Numbers { ledger, tail } = self.numbers;
        self.session.change(
            "UPDATE workspace SET ledger_seq = $2, ledger_hash = $3, seq = $4, chain = $5, held_ops = $6, held_bytes = $7
             WHERE workspace_id = $1",
            &[
                &value::bytes(&self.workspace.0),
                &value::number(ledger.0)?,
                &value::bytes(&ledger.1.0),
                &value::number(tail.seq)?,
                &value::bytes(&tail.chain.0),
                &value::number(tail.held.ops)?,
                &value::number(tail.held.bytes)?,
            ],
        )?;
        self.stored = self.numbers;
        Ok(())
    }

    fn flush_flags(&mut self) -> Result<(), Fault> {
        if self.marked.is_empty() {
            return Ok(());
        }
        let mut marked = std::mem::take(&mut self.marked);
        marked.sort_unstable();
        marked.dedup();
        let flags: Vec<SubjectFlags> =
            marked.iter().map(|token| self.known.flags.get(token).copied().unwrap_or_default()).collect();
        let tokens = value::all_bytes(marked.iter().map(|token| &token.0));
        let restricted: Vec<bool> = flags.iter().map(|flags| flags.is_restricted).collect();
        let erased: Vec<bool> = flags.iter().map(|flags| flags.is_erased).collect();
        self.session.change(
            "INSERT INTO subject (workspace_id, token, is_restricted, is_erased)
             SELECT $1, * FROM unnest($2::bytea[], $3::boolean[], $4::boolean[])
             ON CONFLICT (workspace_id, token)
             DO UPDATE SET is_restricted = excluded.is_restricted, is_erased = excluded.is_erased",
            &[&value::bytes(&self.workspace.0), &tokens, &restricted, &erased],
        )?;
        Ok(())
    }

    /// Ends the transaction; what it wrote is then on the disk.
    pub(super) fn commit(mut self) -> Result<(), Fault> {
        self.session.batch("COMMIT")
    }

    /// Ends the transaction without a trace.
    pub(super) fn roll_back(mut self) -> Result<(), Fault> {
        self.session.batch("ROLLBACK")
    }
}

/// What makes the rows of a workspace visible for one transaction. The id is 16 bytes, written in hexadecimal.
pub(super) fn about(workspace: WorkspaceId) -> String {
    format!("SET LOCAL app.ws = '{}'", value::hex(&workspace.0))
}
