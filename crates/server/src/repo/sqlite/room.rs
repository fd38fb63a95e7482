//! One workspace's files inside one transaction: the sequence, the keys, the removals.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use stillroom_consent::cbor::encode;
use stillroom_consent::standing::DeviceRecord;
use stillroom_consent::{Blob, DataKeyId, DeviceId, FieldGroup, Hash, Purpose, SubjectToken, WorkspaceId};
use stillroom_sync::wire::{Kind, WrappedDek};

use super::select;
use crate::Fault;
use crate::repo::{
    Acknowledged, EntryRow, Held, NewRow, Removal, RemovedRow, Selection, StoredRow, Tail, Workspace,
};
use crate::service::Journal;

/// The three files of a workspace, each in its own transaction; they commit in this order.
pub(super) struct Room<'a> {
    pub(super) workspace: WorkspaceId,
    pub(super) ledger: &'a Connection,
    pub(super) keys: &'a Connection,
    pub(super) records: &'a Connection,
}

impl<'a> Room<'a> {
    /// The workspace in files opened in the order of [`super::FILES`].
    pub(super) fn new(workspace: WorkspaceId, files: &'a [Connection]) -> Result<Self, Fault> {
        match files {
            [ledger, keys, records] => Ok(Self { workspace, ledger, keys, records }),
            _ => Err(Fault::Corrupt { what: "a workspace without its three files" }),
        }
    }

    /// What the ledger's own file knows and the records do not.
    pub(super) fn journal(&self) -> Result<Journal, Fault> {
        let known: u64 =
            number(self.records.query_row("SELECT entry_seq FROM state", [], |row| row.get(0))?)?;
        let entries = entries_since(self.ledger, known, usize::MAX >> 1)?;
        let count = |file: &Connection, table: &str| -> Result<i64, Fault> {
            Ok(file.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?)
        };
        if count(self.ledger, "erased")? == count(self.records, "flags WHERE is_erased = 1")? {
            return Ok(Journal { entries, erased: Vec::new() });
        }
        let mut statement = self.ledger.prepare_cached("SELECT token FROM erased")?;
        let tokens = statement.query_map([], |row| row.get(0).map(SubjectToken))?;
        Ok(Journal { entries, erased: tokens.collect::<Result<_, _>>()? })
    }
}

/// A count as SQLite keeps it. Everything counted here stays below 2^63.
pub(super) fn int(value: u64) -> Result<i64, Fault> {
    i64::try_from(value).map_err(|_| Fault::Corrupt { what: "a number beyond 2^63" })
}

/// A count as it was kept.
pub(super) fn number(value: i64) -> Result<u64, Fault> {
    u64::try_from(value).map_err(|_| Fault::Corrupt { what: "a negative count" })
}

fn kind_code(kind: Kind) -> i64 {
    match kind {
        Kind::Set => 0,
        Kind::Delete => 1,
        Kind::Erase => 2,
        Kind::Void => 3,
    }
}

fn kind_of(code: i64) -> Result<Kind, Fault> {
    let kinds = [Kind::Set, Kind::Delete, Kind::Erase, Kind::Void];
    kinds
        .into_iter()
        .find(|kind| kind_code(*kind) == code)
        .ok_or(Fault::Corrupt { what: "an operation's kind" })
}

pub(super) fn purpose_code(purpose: Purpose) -> i64 {
    match purpose {
        Purpose::Backup => 0,
        Purpose::HostedReport => 1,
    }
}

fn group_code(group: FieldGroup) -> i64 {
    FieldGroup::ALL.iter().position(|known| *known == group).map_or(-1, |position| position as i64)
}

fn entries_since(file: &Connection, seq: u64, max: usize) -> Result<Vec<EntryRow>, Fault> {
    let sql = "SELECT seq, hash, received_at, bytes FROM entries WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let mut statement = file.prepare_cached(sql)?;
    let mut rows = statement.query(params![int(seq)?, int(max as u64)?])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(EntryRow {
            seq: number(row.get(0)?)?,
            hash: Hash(row.get(1)?),
            received_at: row.get(2)?,
            bytes: row.get(3)?,
        });
    }
    Ok(entries)
}

fn key_of(row: &Row<'_>) -> rusqlite::Result<WrappedDek> {
    Ok(WrappedDek {
        dek: DataKeyId(row.get(0)?),
        token: SubjectToken(row.get(1)?),
        epoch: row.get(2)?,
        wrapped: Blob(row.get(3)?),
    })
}

fn stored(row: &Row<'_>) -> Result<StoredRow, Fault> {
    Ok(StoredRow {
        seq: number(row.get(0)?)?,
        kind: kind_of(row.get(1)?)?,
        chain: Hash(row.get(2)?),
        op_hash: Hash(row.get(3)?),
        bytes: row.get(4)?,
    })
}

impl Workspace for Room<'_> {
    fn devices(&mut self) -> Result<Vec<DeviceRecord>, Fault> {
        let mut statement =
            self.records.prepare_cached("SELECT info, is_revoked FROM devices ORDER BY device")?;
        let mut rows = statement.query([])?;
        let mut devices = Vec::new();
        while let Some(row) = rows.next()? {
            devices.push(super::register::device_of(row)?);
        }
        Ok(devices)
    }

    fn acknowledged(&mut self, device: DeviceId) -> Result<Acknowledged, Fault> {
        let mut statement =
            self.records.prepare_cached("SELECT seq, entry FROM acknowledged WHERE device = ?1")?;
        let found = statement.query_row([device.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (seq, entry) = found.unwrap_or_default();
        Ok(Acknowledged { seq: number(seq)?, entry: number(entry)? })
    }

    fn acknowledge(&mut self, device: DeviceId, upto: Acknowledged) -> Result<(), Fault> {
        let sql = "INSERT INTO acknowledged VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq), entry = max(entry, excluded.entry)";
        self.records.prepare_cached(sql)?.execute(params![device.0, int(upto.seq)?, int(upto.entry)?])?;
        Ok(())
    }

    fn add_entry(&mut self, entry: &EntryRow) -> Result<(), Fault> {
        // A commit that reached the ledger's file only leaves an entry there that nobody was told of.
        for (file, verb) in [(self.ledger, "INSERT OR REPLACE"), (self.records, "INSERT")] {
            file.prepare_cached(&format!("{verb} INTO entries VALUES (?1, ?2, ?3, ?4)"))?
                .execute(params![int(entry.seq)?, entry.hash.0, entry.received_at, entry.bytes])?;
        }
        Ok(())
    }

    fn entries_since(&mut self, seq: u64, max: usize) -> Result<Vec<EntryRow>, Fault> {
        entries_since(self.records, seq, max)
    }

    fn tail(&mut self) -> Result<Tail, Fault> {
        let mut statement =
            self.records.prepare_cached("SELECT seq, chain, n_ops, n_bytes, floor FROM state")?;
        let (seq, chain, ops, bytes, floor) = statement
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?;
        let held = Held { ops: number(ops)?, bytes: number(bytes)? };
        Ok(Tail { seq: number(seq)?, chain: Hash(chain), held, floor: number(floor)? })
    }

    fn set_tail(&mut self, tail: &Tail) -> Result<(), Fault> {
        let sql = "UPDATE state SET seq = ?1, chain = ?2, n_ops = ?3, n_bytes = ?4, floor = ?5";
        let (ops, bytes) = (int(tail.held.ops)?, int(tail.held.bytes)?);
        self.records.prepare_cached(sql)?.execute(params![
            int(tail.seq)?,
            tail.chain.0,
            ops,
            bytes,
            int(tail.floor)?
        ])?;
        Ok(())
    }

    fn last_device_seq(&mut self, device: DeviceId) -> Result<u64, Fault> {
        let sql = "SELECT max(device_seq) FROM operations WHERE device = ?1";
        let last: Option<i64> = self.records.prepare_cached(sql)?.query_row([device.0], |row| row.get(0))?;
        number(last.unwrap_or(0))
    }

    fn device_hashes(&mut self, device: DeviceId, from: u64, to: u64) -> Result<Vec<Hash>, Fault> {
        let sql = "SELECT op_hash FROM operations WHERE device = ?1 AND device_seq BETWEEN ?2 AND ?3
            ORDER BY device_seq";
        let mut statement = self.records.prepare_cached(sql)?;
        let hashes =
            statement.query_map(params![device.0, int(from)?, int(to)?], |row| row.get(0).map(Hash))?;
        Ok(hashes.collect::<Result<_, _>>()?)
    }

    fn add_rows(&mut self, rows: &[NewRow]) -> Result<(), Fault> {
        let sql =
            "INSERT INTO operations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        let mut statement = self.records.prepare_cached(sql)?;
        for row in rows {
            let op = &row.op;
            statement.execute(params![
                int(row.seq)?,
                kind_code(op.kind),
                row.chain.0,
                row.op_hash.0,
                op.device.0,
                int(op.device_seq)?,
                row.received_at,
                int(op.hlc.0)?,
                op.token.0,
                purpose_code(op.purpose),
                op.group.map(group_code),
                op.part.cast_signed(),
                op.grant.0,
                row.bytes,
            ])?;
        }
        Ok(())
    }

    fn rows_since(&mut self, seq: u64, max_rows: usize, max_bytes: usize) -> Result<Vec<StoredRow>, Fault> {
        let sql =
            "SELECT seq, kind, chain, op_hash, bytes FROM operations WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let mut statement = self.records.prepare_cached(sql)?;
        let mut rows = statement.query(params![int(seq)?, int(max_rows as u64)?])?;
        let (mut found, mut n_bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let row = stored(row)?;
            n_bytes += row.bytes.as_ref().map_or(0, Vec::len);
            if !found.is_empty() && n_bytes > max_bytes {
                break;
            }
            found.push(row);
        }
        Ok(found)
    }

    fn add_keys(&mut self, keys: &[WrappedDek]) -> Result<(), Fault> {
        let sql = "INSERT INTO keys VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
            SET epoch = excluded.epoch, wrapped = excluded.wrapped
            WHERE keys.token = excluded.token AND keys.epoch < excluded.epoch";
        let mut statement = self.keys.prepare_cached(sql)?;
        for key in keys {
            statement.execute(params![key.dek.0, key.token.0, key.epoch, key.wrapped.0])?;
        }
        Ok(())
    }

    fn keys(&mut self, ids: &[DataKeyId]) -> Result<Vec<WrappedDek>, Fault> {
        let mut statement =
            self.keys.prepare_cached("SELECT dek, token, epoch, wrapped FROM keys WHERE dek = ?1")?;
        let mut sorted = ids.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let mut keys = Vec::with_capacity(sorted.len());
        for id in sorted {
            keys.extend(statement.query_row([id.0], key_of).optional()?);
        }
        Ok(keys)
    }

    fn keys_after(&mut self, after: Option<DataKeyId>, max: usize) -> Result<Vec<WrappedDek>, Fault> {
        let sql = "SELECT dek, token, epoch, wrapped FROM keys WHERE dek > ?1 ORDER BY dek LIMIT ?2";
        let mut statement = self.keys.prepare_cached(sql)?;
        let after = after.map_or(Vec::new(), |id| id.0.to_vec());
        let keys = statement.query_map(params![after, int(max as u64)?], key_of)?;
        Ok(keys.collect::<Result<_, _>>()?)
    }

    fn remove_keys(&mut self, tokens: &[SubjectToken]) -> Result<u64, Fault> {
        let mut statement = self.keys.prepare_cached("DELETE FROM keys WHERE token = ?1")?;
        let mut n_keys = 0;
        for token in tokens {
            n_keys += statement.execute([token.0])? as u64;
        }
        Ok(n_keys)
    }

    fn make_gone(&mut self, selection: &Selection<'_>, max: usize) -> Result<Vec<RemovedRow>, Fault> {
        let chosen = select::choose(self.records, selection, max)?;
        let sql =
            "UPDATE operations SET hlc = NULL, token = NULL, purpose = NULL, field_group = NULL, part = NULL,
            grant_id = NULL, bytes = NULL WHERE seq = ?1";
        let mut statement = self.records.prepare_cached(sql)?;
        for (seq, _) in &chosen {
            statement.execute([seq])?;
        }
        Ok(chosen.into_iter().map(|(_, row)| row).collect())
    }

    fn tokens_with_content(&mut self, tokens: &[SubjectToken]) -> Result<Vec<SubjectToken>, Fault> {
        let sql =
            "SELECT EXISTS (SELECT 1 FROM operations WHERE token = ?1 AND bytes IS NOT NULL AND kind = 0)";
        let mut statement = self.records.prepare_cached(sql)?;
        let mut found = Vec::new();
        for token in tokens {
            if statement.query_row([token.0], |row| row.get(0))? {
                found.push(*token);
            }
        }
        Ok(found)
    }

    fn put_removal(&mut self, removal: &Removal) -> Result<(), Fault> {
        let sql = "INSERT OR REPLACE INTO removals VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.records.prepare_cached(sql)?.execute(params![
            int(removal.last_entry)?,
            int(removal.first_entry)?,
            int(removal.next_entry)?,
            removal.requested_at,
            removal.completed_at,
            int(removal.n_rows)?,
            int(removal.n_keys)?,
            int(removal.seq)?,
        ])?;
        Ok(())
    }

    fn removals(&mut self) -> Result<Vec<Removal>, Fault> {
        let sql =
            "SELECT last_entry, first_entry, next_entry, requested_at, completed_at, n_rows, n_keys, seq
            FROM removals ORDER BY last_entry";
        let mut statement = self.records.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut removals = Vec::new();
        while let Some(row) = rows.next()? {
            removals.push(Removal {
                last_entry: number(row.get(0)?)?,
                first_entry: number(row.get(1)?)?,
                next_entry: number(row.get(2)?)?,
                requested_at: row.get(3)?,
                completed_at: row.get(4)?,
                n_rows: number(row.get(5)?)?,
                n_keys: number(row.get(6)?)?,
                seq: number(row.get(7)?)?,
            });
        }
        Ok(removals)
    }
}

/// A value in its one encoding.
pub(super) fn blob(value: &impl serde::Serialize) -> Vec<u8> {
    encode(value)
}
