//! `control.db` inside one transaction.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use stillroom_consent::{DeviceId, Hash, PairingId, WorkspaceId};

use crate::Fault;
use crate::repo::{Control, PairingRow, TokenRow};

/// The control file.
pub(super) struct ControlFile<'a>(pub(super) &'a Connection);

const TOKEN: &str = "workspace, device, hash, enrolled_at, last_seen_at, expires_at, is_revoked";

fn token_of(row: &Row<'_>) -> rusqlite::Result<TokenRow> {
    Ok(TokenRow {
        workspace: WorkspaceId(row.get(0)?),
        device: DeviceId(row.get(1)?),
        hash: Hash(row.get(2)?),
        enrolled_at: row.get(3)?,
        last_seen_at: row.get(4)?,
        expires_at: row.get(5)?,
        is_revoked: row.get(6)?,
    })
}

fn pairing_of(row: &Row<'_>) -> rusqlite::Result<PairingRow> {
    Ok(PairingRow {
        pairing: PairingId(row.get(0)?),
        workspace: WorkspaceId(row.get(1)?),
        bundle: row.get(2)?,
        expires_at: row.get(3)?,
        claim: row.get(4)?,
    })
}

impl ControlFile<'_> {
    /// Every workspace that was deleted.
    pub(super) fn deleted(&self) -> Result<Vec<WorkspaceId>, Fault> {
        let mut statement = self.0.prepare_cached("SELECT workspace FROM deleted")?;
        let found = statement.query_map([], |row| row.get(0).map(WorkspaceId))?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}

impl Control for ControlFile<'_> {
    fn add_workspace(&mut self, workspace: WorkspaceId, at: i64) -> Result<bool, Fault> {
        if self.knows_workspace(workspace)? {
            return Ok(false);
        }
        self.0.prepare_cached("INSERT INTO workspaces VALUES (?1, ?2)")?.execute(params![workspace.0, at])?;
        Ok(true)
    }

    fn knows_workspace(&mut self, workspace: WorkspaceId) -> Result<bool, Fault> {
        let sql = "SELECT EXISTS (SELECT 1 FROM workspaces WHERE workspace = ?1)
            OR EXISTS (SELECT 1 FROM deleted WHERE workspace = ?1)";
        Ok(self.0.prepare_cached(sql)?.query_row([workspace.0], |row| row.get(0))?)
    }

    fn workspaces(&mut self) -> Result<Vec<WorkspaceId>, Fault> {
        let mut statement = self.0.prepare_cached("SELECT workspace FROM workspaces ORDER BY workspace")?;
        let found = statement.query_map([], |row| row.get(0).map(WorkspaceId))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn remove_workspace(&mut self, workspace: WorkspaceId, at: i64) -> Result<(), Fault> {
        for table in ["tokens", "pairings", "workspaces"] {
            self.0.execute(&format!("DELETE FROM {table} WHERE workspace = ?1"), [workspace.0])?;
        }
        self.0.execute("INSERT OR IGNORE INTO deleted VALUES (?1, ?2)", params![workspace.0, at])?;
        Ok(())
    }

    fn put_token(&mut self, row: &TokenRow) -> Result<(), Fault> {
        let sql = format!("INSERT OR REPLACE INTO tokens ({TOKEN}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        self.0.prepare_cached(&sql)?.execute(params![
            row.workspace.0,
            row.device.0,
            row.hash.0,
            row.enrolled_at,
            row.last_seen_at,
            row.expires_at,
            row.is_revoked,
        ])?;
        Ok(())
    }

    fn token(&mut self, hash: Hash) -> Result<Option<TokenRow>, Fault> {
        let mut statement = self.0.prepare_cached(&format!("SELECT {TOKEN} FROM tokens WHERE hash = ?1"))?;
        Ok(statement.query_row([hash.0], token_of).optional()?)
    }

    fn tokens(&mut self, workspace: WorkspaceId) -> Result<Vec<TokenRow>, Fault> {
        let sql = format!("SELECT {TOKEN} FROM tokens WHERE workspace = ?1 ORDER BY enrolled_at, device");
        let mut statement = self.0.prepare_cached(&sql)?;
        let found = statement.query_map([workspace.0], token_of)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn remove_expired_tokens(&mut self, now: i64) -> Result<u64, Fault> {
        Ok(self.0.execute("DELETE FROM tokens WHERE expires_at <= ?1", [now])? as u64)
    }

    fn put_pairing(&mut self, row: &PairingRow) -> Result<(), Fault> {
        let sql = "INSERT OR REPLACE INTO pairings VALUES (?1, ?2, ?3, ?4, ?5)";
        self.0.prepare_cached(sql)?.execute(params![
            row.pairing.0,
            row.workspace.0,
            row.bundle,
            row.expires_at,
            row.claim
        ])?;
        Ok(())
    }

    fn pairing(&mut self, pairing: PairingId) -> Result<Option<PairingRow>, Fault> {
        let sql = "SELECT pairing, workspace, bundle, expires_at, claim FROM pairings WHERE pairing = ?1";
        Ok(self.0.prepare_cached(sql)?.query_row([pairing.0], pairing_of).optional()?)
    }

    fn remove_expired_pairings(&mut self, now: i64) -> Result<u64, Fault> {
        Ok(self.0.execute("DELETE FROM pairings WHERE expires_at <= ?1", [now])? as u64)
    }
}
