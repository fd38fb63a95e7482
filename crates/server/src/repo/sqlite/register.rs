//! The standing of a workspace as tables.

use rusqlite::{OptionalExtension as _, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use stillroom_consent::cbor::decode;
use stillroom_consent::standing::DeviceRecord;
use stillroom_consent::{
    DeviceId, GrantId, GrantRecord, Hash, Purpose, Register, SubjectBasis, SubjectFlags, SubjectToken,
    WorkspaceId,
};

use super::room::{Room, blob, int, number, purpose_code};
use crate::Fault;

fn read<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    decode(bytes).map_err(|_| Fault::Corrupt { what: "a row of the standing" })
}

/// A row of `info, is_revoked`.
pub(super) fn device_of(row: &Row<'_>) -> Result<DeviceRecord, Fault> {
    let info: Vec<u8> = row.get(0)?;
    Ok(DeviceRecord { info: read(&info)?, is_revoked: row.get(1)? })
}

impl Register for Room<'_> {
    type Error = Fault;

    fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    fn head(&mut self) -> Result<(u64, Hash), Fault> {
        let mut statement = self.records.prepare_cached("SELECT entry_seq, entry_hash FROM state")?;
        let (seq, hash) = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((number(seq)?, Hash(hash)))
    }

    fn set_head(&mut self, seq: u64, hash: Hash) -> Result<(), Fault> {
        let sql = "UPDATE state SET entry_seq = ?1, entry_hash = ?2";
        self.records.prepare_cached(sql)?.execute(params![int(seq)?, hash.0])?;
        Ok(())
    }

    fn device(&mut self, device: DeviceId) -> Result<Option<DeviceRecord>, Fault> {
        let mut statement =
            self.records.prepare_cached("SELECT info, is_revoked FROM devices WHERE device = ?1")?;
        let mut rows = statement.query([device.0])?;
        rows.next()?.map(device_of).transpose()
    }

    fn set_device(&mut self, record: &DeviceRecord) -> Result<(), Fault> {
        let sql = "INSERT OR REPLACE INTO devices VALUES (?1, ?2, ?3)";
        let info = &record.info;
        self.records.prepare_cached(sql)?.execute(params![info.device.0, blob(info), record.is_revoked])?;
        Ok(())
    }

    fn grant(&mut self, grant: GrantId) -> Result<Option<GrantRecord>, Fault> {
        let mut statement = self.records.prepare_cached("SELECT record FROM grants WHERE grant_id = ?1")?;
        let found: Option<Vec<u8>> = statement.query_row([grant.0], |row| row.get(0)).optional()?;
        found.as_deref().map(read).transpose()
    }

    fn set_grant(&mut self, record: &GrantRecord) -> Result<(), Fault> {
        let sql = "INSERT INTO grants VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET record = excluded.record, withdrawn_at = excluded.withdrawn_at";
        let grant = &record.grant;
        self.records.prepare_cached(sql)?.execute(params![
            grant.id.0,
            blob(record),
            grant.valid_from,
            grant.expires_at,
            record.withdrawn_at
        ])?;
        Ok(())
    }

    fn is_member(&mut self, grant: GrantId, token: SubjectToken) -> Result<bool, Fault> {
        let sql = "SELECT EXISTS (SELECT 1 FROM members WHERE grant_id = ?1 AND token = ?2)";
        Ok(self.records.prepare_cached(sql)?.query_row(params![grant.0, token.0], |row| row.get(0))?)
    }

    fn add_members(&mut self, grant: GrantId, tokens: &[SubjectToken]) -> Result<(), Fault> {
        let mut statement = self.records.prepare_cached("INSERT OR IGNORE INTO members VALUES (?1, ?2)")?;
        for token in tokens {
            statement.execute(params![grant.0, token.0])?;
        }
        Ok(())
    }

    fn basis(&mut self, token: SubjectToken, purpose: Purpose) -> Result<Option<SubjectBasis>, Fault> {
        let sql = "SELECT basis FROM bases WHERE token = ?1 AND purpose = ?2";
        let mut statement = self.records.prepare_cached(sql)?;
        let key = params![token.0, purpose_code(purpose)];
        let found: Option<Vec<u8>> = statement.query_row(key, |row| row.get(0)).optional()?;
        found.as_deref().map(read).transpose()
    }

    fn set_bases(
        &mut self,
        tokens: &[SubjectToken],
        purpose: Purpose,
        basis: &SubjectBasis,
    ) -> Result<(), Fault> {
        let mut statement =
            self.records.prepare_cached("INSERT OR REPLACE INTO bases VALUES (?1, ?2, ?3, ?4)")?;
        let bytes = blob(basis);
        for token in tokens {
            statement.execute(params![token.0, purpose_code(purpose), bytes, basis.expires_at])?;
        }
        Ok(())
    }

    fn flags(&mut self, token: SubjectToken) -> Result<SubjectFlags, Fault> {
        let sql = "SELECT is_restricted, is_erased FROM flags WHERE token = ?1";
        let mut statement = self.records.prepare_cached(sql)?;
        let flags = |row: &Row<'_>| Ok(SubjectFlags { is_restricted: row.get(0)?, is_erased: row.get(1)? });
        Ok(statement.query_row([token.0], flags).optional()?.unwrap_or_default())
    }

    fn set_flags(&mut self, token: SubjectToken, flags: SubjectFlags) -> Result<(), Fault> {
        let sql = "INSERT OR REPLACE INTO flags VALUES (?1, ?2, ?3)";
        self.records.prepare_cached(sql)?.execute(params![token.0, flags.is_restricted, flags.is_erased])?;
        if flags.is_erased {
            self.ledger.prepare_cached("INSERT OR IGNORE INTO erased VALUES (?1)")?.execute([token.0])?;
        }
        Ok(())
    }
}
