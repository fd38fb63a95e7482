//! One workspace in one transaction. What was read is remembered until the transaction ends: its writers follow one another,
//! so nobody else changes it meanwhile.

use std::collections::HashMap;

use stillroom_consent::standing::DeviceRecord;
use stillroom_consent::{
    DataKeyId, DeviceId, GrantId, GrantRecord, Hash, Purpose, SubjectBasis, SubjectFlags, SubjectToken,
    WorkspaceId,
};
use stillroom_sync::wire::WrappedDek;
use tokio_postgres::Row;

use super::session::Session;
use super::value;
use crate::Fault;
use crate::repo::{Held, Tail, WorkspaceJob};

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

const LOCKED: &str = "SELECT ledger_seq, ledger_hash, seq, chain, held_ops, held_bytes, floor
    FROM workspace WHERE workspace_id = $1 FOR UPDATE";
const SEEN: &str = "SELECT ledger_seq, ledger_hash, seq, chain, held_ops, held_bytes, floor
    FROM workspace WHERE workspace_id = $1";

impl<'a> Room<'a> {
    /// Begins a transaction that writes: the workspace's row is made when it is missing, and locked.
    pub(super) fn begin_writing(mut session: Session<'a>, workspace: WorkspaceId) -> Result<Self, Fault> {
        session.batch(&format!("BEGIN; {}", about(workspace)))?;
        let numbers = lock(&mut session, workspace)?;
        Ok(Self::with(session, workspace, numbers))
    }

    /// Begins a transaction that sees one state and will be rolled back; none when there is no such workspace.
    pub(super) fn begin_reading(
        mut session: Session<'a>,
        workspace: WorkspaceId,
    ) -> Result<Option<Self>, Fault> {
        session.batch(&format!("BEGIN ISOLATION LEVEL REPEATABLE READ; {}", about(workspace)))?;
        match session.row(SEEN, &[&value::bytes(&workspace.0)])? {
            Some(row) => Ok(Some(Self::with(session, workspace, numbers_of(&row)?))),
            None => session.batch("ROLLBACK").map(|()| None),
        }
    }

    fn with(session: Session<'a>, workspace: WorkspaceId, numbers: Numbers) -> Self {
        Self { session, workspace, numbers, stored: numbers, known: Known::default(), marked: Vec::new() }
    }

    /// The workspace's id as the statements take it.
    pub(super) fn id(&self) -> [u8; 16] {
        self.workspace.0
    }

    /// Does a job so that its failure leaves no trace of it, but of those before it. The outer result is the transaction's.
    pub(super) fn attempt(&mut self, is_first: bool, job: WorkspaceJob) -> Result<Result<(), Fault>, Fault> {
        if !is_first {
            self.session.batch("SAVEPOINT job")?;
        }
        let before = self.numbers;
        let outcome = job(self).and_then(|()| self.flush());
        if outcome.is_err() {
            self.known = Known::default();
            self.marked.clear();
            if is_first {
                // Nothing came before it, so that most transactions need no savepoint.
                self.session.batch(&format!("ROLLBACK; BEGIN; {}", about(self.workspace)))?;
                self.numbers = lock(&mut self.session, self.workspace)?;
            } else {
                self.session.batch("ROLLBACK TO SAVEPOINT job")?;
                self.numbers = before;
            }
            self.stored = self.numbers;
        }
        Ok(outcome)
    }

    /// Writes what was only remembered so far.
    pub(super) fn flush(&mut self) -> Result<(), Fault> {
        self.flush_flags()?;
        if self.numbers == self.stored {
            return Ok(());
        }
        let Numbers { ledger, tail } = self.numbers;
        self.session.change(
            "UPDATE workspace SET ledger_seq = $2, ledger_hash = $3, seq = $4, chain = $5, held_ops = $6, held_bytes = $7, floor = $8
             WHERE workspace_id = $1",
            &[
                &value::bytes(&self.workspace.0),
                &value::number(ledger.0)?,
                &value::bytes(&ledger.1.0),
                &value::number(tail.seq)?,
                &value::bytes(&tail.chain.0),
                &value::number(tail.held.ops)?,
                &value::number(tail.held.bytes)?,
                &value::number(tail.floor)?,
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
        let erased_now = all_erased(&marked, &self.known.flags);
        if !erased_now.is_empty() {
            self.session.change(
                "INSERT INTO erased (workspace_id, token) SELECT $1, unnest($2::bytea[]) ON CONFLICT DO NOTHING",
                &[&value::bytes(&self.workspace.0), &erased_now],
            )?;
        }
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

fn all_erased<'t>(marked: &'t [SubjectToken], flags: &HashMap<SubjectToken, SubjectFlags>) -> Vec<&'t [u8]> {
    let is_erased = |token: &&SubjectToken| flags.get(token).is_some_and(|flags| flags.is_erased);
    value::all_bytes(marked.iter().filter(is_erased).map(|token| &token.0))
}

/// Locks the workspace's row until the transaction ends, and makes it when it is missing.
fn lock(session: &mut Session<'_>, workspace: WorkspaceId) -> Result<Numbers, Fault> {
    if let Some(row) = session.row(LOCKED, &[&value::bytes(&workspace.0)])? {
        return numbers_of(&row);
    }
    let make = "INSERT INTO workspace (workspace_id) VALUES ($1) ON CONFLICT DO NOTHING";
    session.change(make, &[&value::bytes(&workspace.0)])?;
    let row = session.row(LOCKED, &[&value::bytes(&workspace.0)])?;
    row.as_ref().map_or(Err(Fault::Busy), numbers_of)
}

fn numbers_of(row: &Row) -> Result<Numbers, Fault> {
    Ok(Numbers {
        ledger: (value::count(row, 0)?, Hash(value::fixed(row, 1)?)),
        tail: Tail {
            seq: value::count(row, 2)?,
            chain: Hash(value::fixed(row, 3)?),
            held: Held { ops: value::count(row, 4)?, bytes: value::count(row, 5)? },
            floor: value::count(row, 6)?,
        },
    })
}
