//! The register of consent, kept in tables of the workspace.

use super::hlc_to_sql;
use crate::{Error, Result};
use rusqlite::{Connection, OptionalExtension, params};
use stillroom_consent::standing::DeviceRecord;
use stillroom_consent::{
    DeviceId, DeviceInfo, GrantId, GrantRecord, Hash, PublicKey, Purpose, Register, SubjectBasis,
    SubjectFlags, SubjectToken, WorkspaceId, cbor,
};

/// The tables of one workspace, inside a transaction.
pub(crate) struct Tables<'a> {
    connection: &'a Connection,
    workspace: WorkspaceId,
}

impl<'a> Tables<'a> {
    pub(crate) fn new(connection: &'a Connection, workspace: WorkspaceId) -> Self {
        Tables { connection, workspace }
    }
}

impl Register for Tables<'_> {
    type Error = Error;

    fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    fn head(&mut self) -> Result<(u64, Hash)> {
        let mut statement =
            self.connection.prepare_cached("SELECT ledger_seq, ledger_hash FROM sync_state")?;
        Ok(statement.query_row([], |row| Ok((row.get::<_, i64>(0)? as u64, Hash(row.get(1)?))))?)
    }

    fn set_head(&mut self, seq: u64, hash: Hash) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE sync_state SET ledger_seq = ?, ledger_hash = ?")?
            .execute(params![hlc_to_sql(seq)?, hash.0])?;
        Ok(())
    }

    fn device(&mut self, device: DeviceId) -> Result<Option<DeviceRecord>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT signing_key, sealing_key, is_revoked FROM ledger_devices WHERE device = ?",
        )?;
        let record = statement.query_row([device.0], |row| {
            let (signing_key, sealing_key) = (PublicKey(row.get(0)?), PublicKey(row.get(1)?));
            Ok(DeviceRecord {
                info: DeviceInfo { device, signing_key, sealing_key },
                is_revoked: row.get(2)?,
            })
        });
        Ok(record.optional()?)
    }

    fn set_device(&mut self, record: &DeviceRecord) -> Result<()> {
        let info = &record.info;
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO ledger_devices VALUES (?, ?, ?, ?)")?
            .execute(params![info.device.0, info.signing_key.0, info.sealing_key.0, record.is_revoked])?;
        Ok(())
    }

    fn grant(&mut self, grant: GrantId) -> Result<Option<GrantRecord>> {
        let mut statement =
            self.connection.prepare_cached("SELECT record FROM ledger_grants WHERE grant_id = ?")?;
        let record: Option<Vec<u8>> = statement.query_row([grant.0], |row| row.get(0)).optional()?;
        record.map(|bytes| cbor::decode(&bytes).map_err(|_| Error::Damaged)).transpose()
    }

    fn set_grant(&mut self, record: &GrantRecord) -> Result<()> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO ledger_grants VALUES (?, ?)")?
            .execute(params![record.grant.id.0, cbor::encode(record)])?;
        Ok(())
    }

    fn is_member(&mut self, grant: GrantId, token: SubjectToken) -> Result<bool> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM ledger_members WHERE grant_id = ? AND token = ?")?;
        Ok(statement.exists(params![grant.0, token.0])?)
    }

    fn add_members(&mut self, grant: GrantId, tokens: &[SubjectToken]) -> Result<()> {
        let mut insert =
            self.connection.prepare_cached("INSERT OR IGNORE INTO ledger_members VALUES (?, ?)")?;
        tokens.iter().try_for_each(|token| insert.execute(params![grant.0, token.0]).map(|_| ()))?;
        Ok(())
    }

    fn basis(&mut self, token: SubjectToken, purpose: Purpose) -> Result<Option<SubjectBasis>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT k.basis FROM ledger_bases b JOIN basis_kinds k ON k.id = b.kind_id
             WHERE b.token = ? AND b.purpose = ?",
        )?;
        let found: Option<Vec<u8>> =
            statement.query_row(params![token.0, purpose.key()], |row| row.get(0)).optional()?;
        found.map(|bytes| cbor::decode(&bytes).map_err(|_| Error::Damaged)).transpose()
    }

    fn set_bases(&mut self, tokens: &[SubjectToken], purpose: Purpose, basis: &SubjectBasis) -> Result<()> {
        let bytes = cbor::encode(basis);
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO basis_kinds (basis) VALUES (?)")?
            .execute([&bytes])?;
        let kind: i64 = self
            .connection
            .prepare_cached("SELECT id FROM basis_kinds WHERE basis = ?")?
            .query_row([&bytes], |row| row.get(0))?;
        let mut insert =
            self.connection.prepare_cached("INSERT OR REPLACE INTO ledger_bases VALUES (?, ?, ?)")?;
        let set = |token: &SubjectToken| insert.execute(params![token.0, purpose.key(), kind]).map(|_| ());
        tokens.iter().try_for_each(set)?;
        Ok(())
    }

    fn flags(&mut self, token: SubjectToken) -> Result<SubjectFlags> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT is_restricted, is_erased FROM ledger_flags WHERE token = ?")?;
        let flags = statement.query_row([token.0], |row| {
            Ok(SubjectFlags { is_restricted: row.get(0)?, is_erased: row.get(1)? })
        });
        Ok(flags.optional()?.unwrap_or_default())
    }

    fn set_flags(&mut self, token: SubjectToken, flags: SubjectFlags) -> Result<()> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO ledger_flags VALUES (?, ?, ?)")?
            .execute(params![token.0, flags.is_restricted, flags.is_erased])?;
        Ok(())
    }
}
