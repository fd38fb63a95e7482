//! The sequence, the ledger, the keys and the removals of a workspace as tables.

use std::collections::BTreeMap;

use stillroom_consent::standing::DeviceRecord;
use stillroom_consent::{DataKeyId, DeviceId, FieldGroup, Hash, SubjectToken};
use stillroom_sync::wire::{Op, WrappedDek};
use tokio_postgres::Row;

use super::register::{KEYS, device_of};
use super::room::Room;
use super::selection;
use super::value::{all_bytes, bytes, column, count, fixed, key_of, kind_key, kind_of, number};
use crate::Fault;
use crate::repo::{
    Acknowledged, EntryRow, NewRow, Removal, RemovedRow, Selection, StoredRow, Tail, Workspace,
};

/// The statement's own reason to use one array a column: `COPY` does not work under row security.
const ADD_ROWS: &str = "
    INSERT INTO op (workspace_id, seq, kind, device, device_seq, chain, op_hash, n_bytes, received_at, hlc, token,
                    purpose, grant_id, field_group, part, bytes)
    SELECT $1, seq, kind, device, device_seq, chain, op_hash, length(bytes), received_at, hlc, token,
           purpose, grant_id, field_group, part, bytes
    FROM unnest($2::bigint[], $3::text[], $4::bytea[], $5::bigint[], $6::bytea[], $7::bytea[], $8::bigint[], $9::bigint[],
                $10::bytea[], $11::text[], $12::bytea[], $13::text[], $14::bigint[], $15::bytea[])
         AS added (seq, kind, device, device_seq, chain, op_hash, received_at, hlc, token, purpose, grant_id,
                   field_group, part, bytes)";

const ROWS_SINCE: &str = "
    SELECT seq, kind, chain, op_hash, bytes
    FROM (SELECT seq, kind, chain, op_hash, bytes, sum(n_bytes) OVER (ORDER BY seq) AS upto,
                 row_number() OVER (ORDER BY seq) AS place
          FROM (SELECT seq, kind, chain, op_hash, bytes, n_bytes FROM op
                WHERE workspace_id = $1 AND seq > $2 ORDER BY seq LIMIT $3) AS near) AS counted
    WHERE place = 1 OR upto <= $4
    ORDER BY seq";

impl Workspace for Room<'_> {
    fn expect_operations(&mut self, operations: &[Op]) -> Result<(), Fault> {
        self.expect(operations)
    }

    fn devices(&mut self) -> Result<Vec<DeviceRecord>, Fault> {
        let rows = self.session.rows(
            "SELECT device, signing_key, sealing_key, is_revoked FROM device WHERE workspace_id = $1 ORDER BY device",
            &[&bytes(&self.workspace.0)],
        )?;
        rows.iter().map(device_of).collect()
    }

    fn acknowledged(&mut self, device: DeviceId) -> Result<Acknowledged, Fault> {
        let row = self.session.row(
            "SELECT seq, entry FROM progress WHERE workspace_id = $1 AND device = $2",
            &[&bytes(&self.workspace.0), &bytes(&device.0)],
        )?;
        let read = |row: &Row| Ok(Acknowledged { seq: count(row, 0)?, entry: count(row, 1)? });
        row.as_ref().map_or(Ok(Acknowledged::default()), read)
    }

    fn acknowledge(&mut self, device: DeviceId, upto: Acknowledged) -> Result<(), Fault> {
        self.session.change(
            "INSERT INTO progress AS known (workspace_id, device, seq, entry) VALUES ($1, $2, $3, $4)
             ON CONFLICT (workspace_id, device) DO UPDATE
             SET seq = greatest(known.seq, excluded.seq), entry = greatest(known.entry, excluded.entry)",
            &[&bytes(&self.workspace.0), &bytes(&device.0), &number(upto.seq)?, &number(upto.entry)?],
        )?;
        Ok(())
    }

    fn add_entry(&mut self, entry: &EntryRow) -> Result<(), Fault> {
        // A restore of the records replays entries that the ledger still holds.
        let added = self.session.change(
            "INSERT INTO entry (workspace_id, seq, hash, received_at, bytes) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
            &[
                &bytes(&self.workspace.0),
                &number(entry.seq)?,
                &bytes(&entry.hash.0),
                &entry.received_at,
                &entry.bytes,
            ],
        )?;
        if added == 1 {
            return Ok(());
        }
        let there = self.entries_since(entry.seq - 1, 1)?;
        let is_same = there.first().is_some_and(|there| there.seq == entry.seq && there.hash == entry.hash);
        if is_same { Ok(()) } else { Err(Fault::Corrupt { what: "two entries of one number" }) }
    }

    fn entries_since(&mut self, seq: u64, max: usize) -> Result<Vec<EntryRow>, Fault> {
        let rows = self.session.rows(
            "SELECT seq, hash, received_at, bytes FROM entry WHERE workspace_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            &[&bytes(&self.workspace.0), &number(seq)?, &limit(max)],
        )?;
        let read = |row: &Row| {
            Ok(EntryRow {
                seq: count(row, 0)?,
                hash: Hash(fixed(row, 1)?),
                received_at: column(row, 2)?,
                bytes: column(row, 3)?,
            })
        };
        rows.iter().map(read).collect()
    }

    fn tail(&mut self) -> Result<Tail, Fault> {
        Ok(self.numbers.tail)
    }

    fn set_tail(&mut self, tail: &Tail) -> Result<(), Fault> {
        self.numbers.tail = *tail;
        Ok(())
    }

    fn last_device_seq(&mut self, device: DeviceId) -> Result<u64, Fault> {
        let row = self.session.row(
            "SELECT device_seq FROM op WHERE workspace_id = $1 AND device = $2 ORDER BY device_seq DESC LIMIT 1",
            &[&bytes(&self.workspace.0), &bytes(&device.0)],
        )?;
        row.as_ref().map_or(Ok(0), |row| count(row, 0))
    }

    fn device_hashes(&mut self, device: DeviceId, from: u64, to: u64) -> Result<Vec<Hash>, Fault> {
        let rows = self.session.rows(
            "SELECT op_hash FROM op WHERE workspace_id = $1 AND device = $2 AND device_seq BETWEEN $3 AND $4
             ORDER BY device_seq",
            &[&bytes(&self.workspace.0), &bytes(&device.0), &number(from)?, &number(to)?],
        )?;
        rows.iter().map(|row| fixed(row, 0).map(Hash)).collect()
    }

    fn add_rows(&mut self, rows: &[NewRow]) -> Result<(), Fault> {
        let numbers = |value: fn(&NewRow) -> u64| {
            rows.iter().map(|row| number(value(row))).collect::<Result<Vec<_>, _>>()
        };
        let added = self.session.change(
            ADD_ROWS,
            &[
                &bytes(&self.workspace.0),
                &numbers(|row| row.seq)?,
                &rows.iter().map(|row| kind_key(row.op.kind)).collect::<Vec<_>>(),
                &all_bytes(rows.iter().map(|row| &row.op.device.0)),
                &numbers(|row| row.op.device_seq)?,
                &all_bytes(rows.iter().map(|row| &row.chain.0)),
                &all_bytes(rows.iter().map(|row| &row.op_hash.0)),
                &rows.iter().map(|row| row.received_at).collect::<Vec<_>>(),
                &numbers(|row| row.op.hlc.0)?,
                &all_bytes(rows.iter().map(|row| &row.op.token.0)),
                &rows.iter().map(|row| row.op.purpose.key()).collect::<Vec<_>>(),
                &all_bytes(rows.iter().map(|row| &row.op.grant.0)),
                &rows.iter().map(|row| row.op.group.map(FieldGroup::key)).collect::<Vec<_>>(),
                &rows.iter().map(|row| row.op.part.cast_signed()).collect::<Vec<_>>(),
                &rows.iter().map(|row| row.bytes.as_slice()).collect::<Vec<_>>(),
            ],
        )?;
        if added == rows.len() as u64 {
            Ok(())
        } else {
            Err(Fault::Corrupt { what: "a row that was not stored" })
        }
    }

    fn rows_since(&mut self, seq: u64, max_rows: usize, max_bytes: usize) -> Result<Vec<StoredRow>, Fault> {
        let rows = self.session.rows(
            ROWS_SINCE,
            &[&bytes(&self.workspace.0), &number(seq)?, &limit(max_rows), &limit(max_bytes)],
        )?;
        let read = |row: &Row| {
            Ok(StoredRow {
                seq: count(row, 0)?,
                kind: kind_of(column(row, 1)?)?,
                chain: Hash(fixed(row, 2)?),
                op_hash: Hash(fixed(row, 3)?),
                bytes: column(row, 4)?,
            })
        };
        rows.iter().map(read).collect()
    }

    fn add_keys(&mut self, keys: &[WrappedDek]) -> Result<(), Fault> {
        // One statement cannot change a row twice: of several keys with one id the first record counts, and its last epoch.
        let mut latest: BTreeMap<DataKeyId, &WrappedDek> = BTreeMap::new();
        for key in keys {
            let held = latest.entry(key.dek).or_insert(key);
            if held.token == key.token && held.epoch < key.epoch {
                *held = key;
            }
        }
        let of_each =
            |value: fn(&WrappedDek) -> &[u8]| latest.values().map(|key| value(key)).collect::<Vec<_>>();
        self.session.change(
            "INSERT INTO data_key AS known (workspace_id, dek, token, epoch, wrapped)
             SELECT $1, * FROM unnest($2::bytea[], $3::bytea[], $4::bigint[], $5::bytea[])
             ON CONFLICT (workspace_id, dek) DO UPDATE SET epoch = excluded.epoch, wrapped = excluded.wrapped
             WHERE known.token = excluded.token AND known.epoch < excluded.epoch",
            &[
                &bytes(&self.workspace.0),
                &of_each(|key| &key.dek.0),
                &of_each(|key| &key.token.0),
                &latest.values().map(|key| i64::from(key.epoch)).collect::<Vec<_>>(),
                &of_each(|key| &key.wrapped.0),
            ],
        )?;
        latest.keys().for_each(|id| drop(self.known.keys.remove(id)));
        Ok(())
    }

    fn keys(&mut self, ids: &[DataKeyId]) -> Result<Vec<WrappedDek>, Fault> {
        let mut wanted = ids.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let unknown: Vec<DataKeyId> =
            wanted.iter().filter(|id| !self.known.keys.contains_key(id)).copied().collect();
        if !unknown.is_empty() {
            let ids = all_bytes(unknown.iter().map(|id| &id.0));
            let rows = self.session.rows(KEYS, &[&bytes(&self.workspace.0), &ids])?;
            self.known.keys.extend(unknown.iter().map(|id| (*id, None)));
            for row in &rows {
                let key = key_of(row)?;
                self.known.keys.insert(key.dek, Some(key));
            }
        }
        Ok(wanted.iter().filter_map(|id| self.known.keys.get(id).cloned().flatten()).collect())
    }

    fn keys_after(&mut self, after: Option<DataKeyId>, max: usize) -> Result<Vec<WrappedDek>, Fault> {
        let after = after.map_or(Vec::new(), |id| id.0.to_vec());
        let rows = self.session.rows(
            "SELECT dek, token, epoch, wrapped FROM data_key WHERE workspace_id = $1 AND dek > $2 ORDER BY dek LIMIT $3",
            &[&bytes(&self.workspace.0), &after, &limit(max)],
        )?;
        rows.iter().map(key_of).collect()
    }

    fn remove_keys(&mut self, tokens: &[SubjectToken]) -> Result<u64, Fault> {
        self.known.keys.clear();
        self.session.change(
            "DELETE FROM data_key WHERE workspace_id = $1 AND token = ANY($2)",
            &[&bytes(&self.workspace.0), &all_bytes(tokens.iter().map(|token| &token.0))],
        )
    }

    fn make_gone(&mut self, selection: &Selection<'_>, max: usize) -> Result<Vec<RemovedRow>, Fault> {
        selection::make_gone(&mut self.session, self.workspace, selection, limit(max))
    }

    fn tokens_with_content(&mut self, tokens: &[SubjectToken]) -> Result<Vec<SubjectToken>, Fault> {
        let rows = self.session.rows(
            "SELECT token FROM unnest($2::bytea[]) WITH ORDINALITY AS asked (token, place)
             WHERE EXISTS (SELECT FROM op WHERE workspace_id = $1 AND op.token = asked.token AND bytes IS NOT NULL AND kind = 'set')
             ORDER BY place",
            &[&bytes(&self.workspace.0), &all_bytes(tokens.iter().map(|token| &token.0))],
        )?;
        rows.iter().map(|row| fixed(row, 0).map(SubjectToken)).collect()
    }

    fn put_removal(&mut self, removal: &Removal) -> Result<(), Fault> {
        self.session.change(
            "INSERT INTO removal (workspace_id, last_entry, first_entry, next_entry, requested_at, completed_at, n_rows, n_keys, seq)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (workspace_id, last_entry) DO UPDATE SET first_entry = excluded.first_entry,
                 next_entry = excluded.next_entry, requested_at = excluded.requested_at, completed_at = excluded.completed_at,
                 n_rows = excluded.n_rows, n_keys = excluded.n_keys, seq = excluded.seq",
            &[
                &bytes(&self.workspace.0),
                &number(removal.last_entry)?,
                &number(removal.first_entry)?,
                &number(removal.next_entry)?,
                &removal.requested_at,
                &removal.completed_at,
                &number(removal.n_rows)?,
                &number(removal.n_keys)?,
                &number(removal.seq)?,
            ],
        )?;
        Ok(())
    }

    fn removals(&mut self) -> Result<Vec<Removal>, Fault> {
        let rows = self.session.rows(
            "SELECT last_entry, first_entry, next_entry, requested_at, completed_at, n_rows, n_keys, seq
             FROM removal WHERE workspace_id = $1 ORDER BY last_entry",
            &[&bytes(&self.workspace.0)],
        )?;
        let read = |row: &Row| {
            Ok(Removal {
                last_entry: count(row, 0)?,
                first_entry: count(row, 1)?,
                next_entry: count(row, 2)?,
                requested_at: column(row, 3)?,
                completed_at: column(row, 4)?,
                n_rows: count(row, 5)?,
                n_keys: count(row, 6)?,
                seq: count(row, 7)?,
            })
        };
        rows.iter().map(read).collect()
    }
}

/// A limit as PostgreSQL counts; more than it can count is as good as none.
fn limit(max: usize) -> i64 {
    i64::try_from(max).unwrap_or(i64::MAX)
}
