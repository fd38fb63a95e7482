//! The standing of a workspace as tables.

use stillroom_consent::cbor::{decode, encode};
use stillroom_consent::standing::DeviceRecord;
use stillroom_consent::{
    DeviceId, DeviceInfo, GrantId, GrantRecord, Hash, PublicKey, Purpose, Register, SubjectBasis,
    SubjectFlags, SubjectToken, WorkspaceId,
};
use stillroom_sync::wire::Op;
use tokio_postgres::Row;

use super::room::Room;
use super::value::{all_bytes, bytes, column, fixed, key_of};
use crate::Fault;

// What is looked up by many keys at once is asked key by key within one statement (`OFFSET 0` keeps it so). With
// `= ANY(…)` a table that was never analyzed is read from the workspace's first row to its last instead.
const DEVICES: &str = "SELECT device, signing_key, sealing_key, is_revoked FROM device
    WHERE workspace_id = $1 AND device = ANY($2)";
const GRANTS: &str = "SELECT grant_id, record FROM sync_grant WHERE workspace_id = $1 AND grant_id = ANY($2)";
const MEMBERS: &str = "SELECT found.grant_id, found.token
    FROM unnest($2::bytea[]) AS given (id), unnest($3::bytea[]) AS asked (id), LATERAL (
        SELECT grant_id, token FROM member
        WHERE workspace_id = $1 AND grant_id = given.id AND token = asked.id OFFSET 0) AS found";
const BASES: &str = "SELECT found.token, found.purpose, found.record
    FROM unnest($2::bytea[]) AS asked (id), LATERAL (
        SELECT token, purpose, record FROM basis WHERE workspace_id = $1 AND token = asked.id OFFSET 0) AS found";
const FLAGS: &str = "SELECT found.token, found.is_restricted, found.is_erased
    FROM unnest($2::bytea[]) AS asked (id), LATERAL (
        SELECT token, is_restricted, is_erased FROM subject
        WHERE workspace_id = $1 AND token = asked.id OFFSET 0) AS found";
pub(super) const KEYS: &str = "SELECT found.dek, found.token, found.epoch, found.wrapped
    FROM unnest($2::bytea[]) AS asked (id), LATERAL (
        SELECT dek, token, epoch, wrapped FROM data_key
        WHERE workspace_id = $1 AND dek = asked.id OFFSET 0) AS found
    ORDER BY found.dek";

const CORRUPT: Fault = Fault::Corrupt { what: "a row of the standing" };

/// A row of `device, signing_key, sealing_key, is_revoked`.
pub(super) fn device_of(row: &Row) -> Result<DeviceRecord, Fault> {
    let info = DeviceInfo {
        device: DeviceId(fixed(row, 0)?),
        signing_key: PublicKey(fixed(row, 1)?),
        sealing_key: PublicKey(fixed(row, 2)?),
    };
    Ok(DeviceRecord { info, is_revoked: column(row, 3)? })
}

impl Room<'_> {
    /// Reads at once what operations will be asked about, and remembers also what is not there.
    pub(super) fn expect(&mut self, operations: &[Op]) -> Result<(), Fault> {
        let devices = sorted(operations.iter().map(|op| op.device));
        let grants = sorted(operations.iter().map(|op| op.grant));
        let tokens = sorted(operations.iter().map(|op| op.token));
        let keys = sorted(operations.iter().filter_map(|op| op.dek));
        if tokens.is_empty() {
            return Ok(());
        }
        let id = self.id();
        let device_ids = all_bytes(devices.iter().map(|id| &id.0));
        let grant_ids = all_bytes(grants.iter().map(|id| &id.0));
        let token_ids = all_bytes(tokens.iter().map(|id| &id.0));
        let key_ids = all_bytes(keys.iter().map(|id| &id.0));
        let [device_rows, grant_rows, member_rows, basis_rows, flag_rows, key_rows] =
            self.session.rows_of_all([
                (DEVICES, &[&bytes(&id), &device_ids]),
                (GRANTS, &[&bytes(&id), &grant_ids]),
                (MEMBERS, &[&bytes(&id), &grant_ids, &token_ids]),
                (BASES, &[&bytes(&id), &token_ids]),
                (FLAGS, &[&bytes(&id), &token_ids]),
                (KEYS, &[&bytes(&id), &key_ids]),
            ])?;
        let known = &mut self.known;
        for device in &devices {
            known.devices.entry(*device).or_default();
        }
        for grant in &grants {
            known.grants.entry(*grant).or_default();
            for token in &tokens {
                known.members.entry((*grant, *token)).or_default();
            }
        }
        for token in &tokens {
            for purpose in Purpose::ALL {
                known.bases.entry((*token, purpose)).or_default();
            }
        }
        for key in &keys {
            known.keys.entry(*key).or_default();
        }
        for row in &device_rows {
            let record = device_of(row)?;
            known.devices.insert(record.info.device, Some(record));
        }
        for row in &grant_rows {
            known.grants.insert(GrantId(fixed(row, 0)?), Some(read(row, 1)?));
        }
        for row in &member_rows {
            known.members.insert((GrantId(fixed(row, 0)?), SubjectToken(fixed(row, 1)?)), true);
        }
        for row in &basis_rows {
            let purpose = Purpose::from_key(column(row, 1)?).ok_or(CORRUPT)?;
            known.bases.insert((SubjectToken(fixed(row, 0)?), purpose), Some(read(row, 2)?));
        }
        for row in &key_rows {
            let key = key_of(row)?;
            known.keys.insert(key.dek, Some(key));
        }
        self.remember_flags(&tokens, &flag_rows)
    }

    /// Flags set in this transaction and not yet written stay as they are.
    fn remember_flags(&mut self, tokens: &[SubjectToken], rows: &[Row]) -> Result<(), Fault> {
        for row in rows {
            let flags = SubjectFlags { is_restricted: column(row, 1)?, is_erased: column(row, 2)? };
            self.known.flags.entry(SubjectToken(fixed(row, 0)?)).or_insert(flags);
        }
        for token in tokens {
            self.known.flags.entry(*token).or_default();
        }
        Ok(())
    }
}

impl Register for Room<'_> {
    type Error = Fault;

    fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    fn head(&mut self) -> Result<(u64, Hash), Fault> {
        Ok(self.numbers.ledger)
    }

    fn set_head(&mut self, seq: u64, hash: Hash) -> Result<(), Fault> {
        self.numbers.ledger = (seq, hash);
        Ok(())
    }

    fn device(&mut self, device: DeviceId) -> Result<Option<DeviceRecord>, Fault> {
        if let Some(known) = self.known.devices.get(&device) {
            return Ok(*known);
        }
        let ids = all_bytes([&device.0]);
        let row = self.session.row(DEVICES, &[&bytes(&self.workspace.0), &ids])?;
        let record = row.as_ref().map(device_of).transpose()?;
        self.known.devices.insert(device, record);
        Ok(record)
    }

    fn set_device(&mut self, record: &DeviceRecord) -> Result<(), Fault> {
        let info = &record.info;
        self.session.change(
            "INSERT INTO device (workspace_id, device, signing_key, sealing_key, is_revoked) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (workspace_id, device) DO UPDATE SET signing_key = excluded.signing_key,
                 sealing_key = excluded.sealing_key, is_revoked = excluded.is_revoked",
            &[
                &bytes(&self.workspace.0),
                &bytes(&info.device.0),
                &bytes(&info.signing_key.0),
                &bytes(&info.sealing_key.0),
                &record.is_revoked,
            ],
        )?;
        self.known.devices.insert(info.device, Some(*record));
        Ok(())
    }

    fn grant(&mut self, grant: GrantId) -> Result<Option<GrantRecord>, Fault> {
        if let Some(known) = self.known.grants.get(&grant) {
            return Ok(known.clone());
        }
        let ids = all_bytes([&grant.0]);
        let row = self.session.row(GRANTS, &[&bytes(&self.workspace.0), &ids])?;
        let record: Option<GrantRecord> = row.as_ref().map(|row| read(row, 1)).transpose()?;
        self.known.grants.insert(grant, record.clone());
        Ok(record)
    }

    fn set_grant(&mut self, record: &GrantRecord) -> Result<(), Fault> {
        let grant = &record.grant;
        self.session.change(
            "INSERT INTO sync_grant (workspace_id, grant_id, purpose, valid_from, expires_at, withdrawn_at, record)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (workspace_id, grant_id)
             DO UPDATE SET withdrawn_at = excluded.withdrawn_at, record = excluded.record",
            &[
                &bytes(&self.workspace.0),
                &bytes(&grant.id.0),
                &grant.purpose.key(),
                &grant.valid_from,
                &grant.expires_at,
                &record.withdrawn_at,
                &encode(record),
            ],
        )?;
        self.known.grants.insert(grant.id, Some(record.clone()));
        Ok(())
    }

    fn is_member(&mut self, grant: GrantId, token: SubjectToken) -> Result<bool, Fault> {
        if let Some(known) = self.known.members.get(&(grant, token)) {
            return Ok(*known);
        }
        let (grants, tokens) = (all_bytes([&grant.0]), all_bytes([&token.0]));
        let row = self.session.row(MEMBERS, &[&bytes(&self.workspace.0), &grants, &tokens])?;
        self.known.members.insert((grant, token), row.is_some());
        Ok(row.is_some())
    }

    fn add_members(&mut self, grant: GrantId, tokens: &[SubjectToken]) -> Result<(), Fault> {
        self.session.change(
            "INSERT INTO member (workspace_id, grant_id, token) SELECT $1, $2, unnest($3::bytea[]) ON CONFLICT DO NOTHING",
            &[&bytes(&self.workspace.0), &bytes(&grant.0), &all_bytes(tokens.iter().map(|token| &token.0))],
        )?;
        self.known.members.extend(tokens.iter().map(|token| ((grant, *token), true)));
        Ok(())
    }

    fn basis(&mut self, token: SubjectToken, purpose: Purpose) -> Result<Option<SubjectBasis>, Fault> {
        if let Some(known) = self.known.bases.get(&(token, purpose)) {
            return Ok(*known);
        }
        let row = self.session.row(
            "SELECT record FROM basis WHERE workspace_id = $1 AND token = $2 AND purpose = $3",
            &[&bytes(&self.workspace.0), &bytes(&token.0), &purpose.key()],
        )?;
        let basis = row.as_ref().map(|row| read(row, 0)).transpose()?;
        self.known.bases.insert((token, purpose), basis);
        Ok(basis)
    }

    fn set_bases(
        &mut self,
        tokens: &[SubjectToken],
        purpose: Purpose,
        basis: &SubjectBasis,
    ) -> Result<(), Fault> {
        let tokens = sorted(tokens.iter().copied());
        self.session.change(
            "INSERT INTO basis (workspace_id, token, purpose, expires_at, record)
             SELECT $1, unnest($2::bytea[]), $3, $4, $5
             ON CONFLICT (workspace_id, token, purpose)
             DO UPDATE SET expires_at = excluded.expires_at, record = excluded.record",
            &[
                &bytes(&self.workspace.0),
                &all_bytes(tokens.iter().map(|token| &token.0)),
                &purpose.key(),
                &basis.expires_at,
                &encode(basis),
            ],
        )?;
        self.known.bases.extend(tokens.iter().map(|token| ((*token, purpose), Some(*basis))));
        Ok(())
    }

    fn flags(&mut self, token: SubjectToken) -> Result<SubjectFlags, Fault> {
        if let Some(known) = self.known.flags.get(&token) {
            return Ok(*known);
        }
        let rows = self.session.rows(FLAGS, &[&bytes(&self.workspace.0), &all_bytes([&token.0])])?;
        self.remember_flags(&[token], &rows)?;
        Ok(self.known.flags.get(&token).copied().unwrap_or_default())
    }

    fn set_flags(&mut self, token: SubjectToken, flags: SubjectFlags) -> Result<(), Fault> {
        self.known.flags.insert(token, flags);
        self.marked.push(token);
        Ok(())
    }
}

fn read<T: serde::Serialize + serde::de::DeserializeOwned>(row: &Row, place: usize) -> Result<T, Fault> {
    decode(column(row, place)?).map_err(|_| CORRUPT)
}

fn sorted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}
