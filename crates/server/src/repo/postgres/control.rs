//! What spans workspaces, in one transaction. Of two that change the same row at once, one is told to try again.

use stillroom_consent::{DeviceId, Hash, PairingId, WorkspaceId};
use tokio_postgres::Row;

use super::session::Session;
use super::value::{bytes, column, fixed};
use crate::Fault;
use crate::repo::{Control, ControlJob, PairingRow, TokenRow};

/// The control tables in a transaction.
pub(super) struct Desk<'a>(Session<'a>);

/// Runs `job` in a transaction; the outer result is the transaction's.
pub(super) fn run(mut session: Session<'_>, job: ControlJob) -> Result<Result<(), Fault>, Fault> {
    session.batch("BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL app.control = 'on'")?;
    let mut desk = Desk(session);
    let outcome = job(&mut desk);
    desk.0.batch(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    Ok(outcome)
}

impl Control for Desk<'_> {
    fn add_workspace(&mut self, workspace: WorkspaceId, at: i64) -> Result<bool, Fault> {
        let added = self.0.change(
            "INSERT INTO directory (workspace_id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            &[&bytes(&workspace.0), &at],
        )?;
        Ok(added == 1)
    }

    fn knows_workspace(&mut self, workspace: WorkspaceId) -> Result<bool, Fault> {
        let row = self.0.row("SELECT 1 FROM directory WHERE workspace_id = $1", &[&bytes(&workspace.0)])?;
        Ok(row.is_some())
    }

    fn workspaces(&mut self) -> Result<Vec<WorkspaceId>, Fault> {
        let rows = self
            .0
            .rows("SELECT workspace_id FROM directory WHERE deleted_at IS NULL ORDER BY workspace_id", &[])?;
        rows.iter().map(|row| fixed(row, 0).map(WorkspaceId)).collect()
    }

    fn remove_workspace(&mut self, workspace: WorkspaceId, at: i64) -> Result<(), Fault> {
        self.0.change("DELETE FROM token WHERE workspace_id = $1", &[&bytes(&workspace.0)])?;
        self.0.change("DELETE FROM pairing WHERE workspace_id = $1", &[&bytes(&workspace.0)])?;
        self.0.change(
            "UPDATE directory SET deleted_at = $2 WHERE workspace_id = $1 AND deleted_at IS NULL",
            &[&bytes(&workspace.0), &at],
        )?;
        Ok(())
    }

    fn put_token(&mut self, row: &TokenRow) -> Result<(), Fault> {
        self.0.change(
            "INSERT INTO token (workspace_id, device, hash, enrolled_at, last_seen_at, expires_at, is_revoked)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (workspace_id, device) DO UPDATE SET hash = excluded.hash, enrolled_at = excluded.enrolled_at,
                 last_seen_at = excluded.last_seen_at, expires_at = excluded.expires_at, is_revoked = excluded.is_revoked",
            &[
                &bytes(&row.workspace.0),
                &bytes(&row.device.0),
                &bytes(&row.hash.0),
                &row.enrolled_at,
                &row.last_seen_at,
                &row.expires_at,
                &row.is_revoked,
            ],
        )?;
        Ok(())
    }

    fn token(&mut self, hash: Hash) -> Result<Option<TokenRow>, Fault> {
        let row = self.0.row(
            "SELECT workspace_id, device, hash, enrolled_at, last_seen_at, expires_at, is_revoked
             FROM token WHERE hash = $1",
            &[&bytes(&hash.0)],
        )?;
        row.as_ref().map(read_token).transpose()
    }

    fn tokens(&mut self, workspace: WorkspaceId) -> Result<Vec<TokenRow>, Fault> {
        let rows = self.0.rows(
            "SELECT workspace_id, device, hash, enrolled_at, last_seen_at, expires_at, is_revoked
             FROM token WHERE workspace_id = $1 ORDER BY enrolled_at, device",
            &[&bytes(&workspace.0)],
        )?;
        rows.iter().map(read_token).collect()
    }

    fn remove_expired_tokens(&mut self, now: i64) -> Result<u64, Fault> {
        self.0.change("DELETE FROM token WHERE expires_at <= $1", &[&now])
    }

    fn put_pairing(&mut self, row: &PairingRow) -> Result<(), Fault> {
        self.0.change(
            "INSERT INTO pairing (workspace_id, pairing, bundle, expires_at, claim) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (pairing) DO UPDATE SET workspace_id = excluded.workspace_id, bundle = excluded.bundle,
                 expires_at = excluded.expires_at, claim = excluded.claim",
            &[&bytes(&row.workspace.0), &bytes(&row.pairing.0), &row.bundle, &row.expires_at, &row.claim],
        )?;
        Ok(())
    }

    fn pairing(&mut self, pairing: PairingId) -> Result<Option<PairingRow>, Fault> {
        let row = self.0.row(
            "SELECT workspace_id, bundle, expires_at, claim FROM pairing WHERE pairing = $1",
            &[&bytes(&pairing.0)],
        )?;
        let read = |row: &Row| {
            Ok(PairingRow {
                pairing,
                workspace: WorkspaceId(fixed(row, 0)?),
                bundle: column(row, 1)?,
                expires_at: column(row, 2)?,
                claim: column(row, 3)?,
            })
        };
        row.as_ref().map(read).transpose()
    }

    fn remove_expired_pairings(&mut self, now: i64) -> Result<u64, Fault> {
        self.0.change("DELETE FROM pairing WHERE expires_at <= $1", &[&now])
    }
}

fn read_token(row: &Row) -> Result<TokenRow, Fault> {
    Ok(TokenRow {
        workspace: WorkspaceId(fixed(row, 0)?),
        device: DeviceId(fixed(row, 1)?),
        hash: Hash(fixed(row, 2)?),
        enrolled_at: column(row, 3)?,
        last_seen_at: column(row, 4)?,
        expires_at: column(row, 5)?,
        is_revoked: column(row, 6)?,
    })
}
