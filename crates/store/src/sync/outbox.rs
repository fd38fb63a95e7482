//! The outbox: what was sealed and numbered and waits to be sent, in order.
//!
//! Numbers have no gaps, so nothing that has one is removed before a pulled page shows it: what may no longer travel is emptied,
//! and goes out as an operation that holds nothing. What it held counts as changed again, so that nothing is forgotten should a
//! consent come back. The hashes of everything that went out under a number are kept until then, because an earlier copy may
//! still be under way.

use super::changes::{Changed, ChangedPart, Cleared, Held, HeldReason, clear, hold, note};
use super::ledger::decide;
use super::transaction::SyncTransaction;
use super::versions::{Lineage, restore_lineage, write_lineage};
use super::{again, hlc_to_sql, number_to_sql, purpose_from_key, received, records};
use crate::{Error, Result, Store};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use stillroom_consent::{
    DataKeyId, Decision, GrantId, Groups, Hash, Operation, Purpose, Reason, SubjectToken,
};

/// What the outbox holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Operations that the server has not acknowledged.
    pub waiting: u64,
    /// Of those, operations that went out at least once.
    pub sent: u64,
    /// Of those, operations that were emptied.
    pub emptied: u64,
    /// Operations that the server acknowledged and no page has shown yet.
    pub acknowledged: u64,
}

/// An operation on its way into the outbox: what was sealed under [`SyncTransaction::next_device_seq`].
#[derive(Clone, Debug)]
pub struct Queued<'a> {
    /// The change it carries.
    pub changed: &'a Changed,
    /// The grant it claims; zeros for a deletion.
    pub grant: GrantId,
    /// Its version and the one it was made from.
    pub lineage: Lineage,
    /// The data key it is sealed under.
    pub dek: Option<DataKeyId>,
    /// Its encoding.
    pub op: &'a [u8],
    /// SHA-256 of the encoding.
    pub hash: Hash,
}

/// An operation in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its number.
    pub device_seq: u64,
    /// What for.
    pub purpose: Purpose,
    /// Under which grant.
    pub grant: GrantId,
    /// The record's token.
    pub token: SubjectToken,
    /// What it changes.
    pub part: ChangedPart,
    /// When, by the hybrid clock.
    pub hlc: u64,
    /// Its encoding; none when it was emptied and goes out as an operation that holds nothing.
    pub op: Option<Vec<u8>>,
    /// It repeats what was sent before.
    pub is_again: bool,
    /// The head of the server's sequence under which it was acknowledged.
    pub acknowledged_under: Option<u64>,
}

/// Where an operation goes, for the question whether it may.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// The server's origin.
    pub origin: &'a str,
    /// Global Privacy Control is on here.
    pub gpc: bool,
}

impl Store {
    /// Counts what the outbox holds.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn outbox_counts(&self) -> Result<OutboxCounts> {
        let sql = "SELECT count(*) FILTER (WHERE acknowledged_under IS NULL),
                   count(*) FILTER (WHERE acknowledged_under IS NULL
                                    AND EXISTS (SELECT 1 FROM outbox_sent s WHERE s.device_seq = outbox.device_seq)),
                   count(*) FILTER (WHERE acknowledged_under IS NULL AND op IS NULL),
                   count(*) FILTER (WHERE acknowledged_under IS NOT NULL) FROM outbox";
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| {
            let number = |column| row.get::<_, i64>(column).map(|number| number as u64);
            Ok(OutboxCounts {
                waiting: number(0)?,
                sent: number(1)?,
                emptied: number(2)?,
                acknowledged: number(3)?,
            })
        })?)
    }
}

impl Store {
    /// How many operations of a purpose carry or remove something and were not acknowledged.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn n_waiting(&self, purpose: Purpose) -> Result<u64> {
        let sql =
            "SELECT count(*) FROM outbox WHERE acknowledged_under IS NULL AND op IS NOT NULL AND purpose = ?";
        let count: i64 = self.connection.prepare_cached(sql)?.query_row([purpose.key()], |row| row.get(0))?;
        Ok(count as u64)
    }
}

impl SyncTransaction<'_> {
    /// The number the next operation gets.
    pub fn next_device_seq(&self) -> u64 {
        self.state.next_device_seq
    }

    /// Whether a change may travel now under a grant.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn decide_change(&self, changed: &Changed, grant: GrantId, to: Destination<'_>) -> Result<Decision> {
        if changed.part != ChangedPart::Deletion && is_restricted(self.connection, changed.customer.0)? {
            return Ok(Decision::Deny(Reason::Restricted));
        }
        let groups = match changed.part {
            ChangedPart::Part(group, _) => Groups::of(&[group]),
            ChangedPart::Deletion => Groups::NONE,
        };
        let operation = Operation {
            workspace: self.state.workspace,
            device: self.state.device,
            origin: to.origin,
            lane: changed.purpose.terms().lane,
            purpose: changed.purpose,
            grant,
            token: changed.token,
            groups,
            gpc: to.gpc,
        };
        decide(self.connection, &operation, self.now_millis)
    }

    /// Puts an operation into the outbox under the next number, makes its version the one of the part, and clears the change.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] with the reason when consent does not allow it, whatever the caller found; [`Error::NotFound`] when
    /// the change is gone. The transaction must be dropped then, or nothing was changed.
    pub fn queue(&mut self, queued: &Queued<'_>, to: Destination<'_>) -> Result<u64> {
        let changed = queued.changed;
        if let Decision::Deny(reason) = self.decide_change(changed, queued.grant, to)? {
            return Err(Error::NotAllowed { reason });
        }
        let cleared = clear(self.connection, changed.purpose, changed.customer.0, changed.part)?;
        let is_again = cleared.ok_or(Error::NotFound { record: "change" })? == Cleared::Again;
        let subject = records::subject_of(self.connection, changed.token, changed.purpose)?;
        let key: Option<i64> = match queued.dek {
            Some(dek) => Some(super::data_keys::number_of(self.connection, dek)?),
            None => None,
        };
        let (group, part) = changed.part.keys();
        let kind = if changed.part == ChangedPart::Deletion { "delete" } else { "set" };
        let device_seq = self.state.next_device_seq;
        self.connection
            .prepare_cached("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, 0)")?
            .execute(params![
                number_to_sql(device_seq)?,
                subject.id,
                changed.purpose.key(),
                queued.grant.0,
                kind,
                group,
                part,
                hlc_to_sql(queued.lineage.version.hlc)?,
                key,
                queued.op,
                queued.hash.0,
                self.now_millis,
                is_again
            ])?;
        received::note_sent_through(self.connection, changed, queued.grant)?;
        write_lineage(self.connection, subject.id, changed.part, &queued.lineage)?;
        self.state.next_device_seq += 1;
        self.connection
            .prepare_cached("UPDATE sync_state SET next_device_seq = next_device_seq + 1")?
            .execute([])?;
        self.set_clock(queued.lineage.version.hlc)?;
        Ok(device_seq)
    }

    /// Notes a moment that the hybrid clock gave or saw, when it is later than the last one.
    ///
    /// # Errors
    /// [`Error::MalformedContent`] for a moment past the year 6400.
    pub fn set_clock(&mut self, hlc: u64) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE sync_state SET last_hlc = max(last_hlc, ?)")?
            .execute([hlc_to_sql(hlc)?])?;
        self.state.last_hlc = self.state.last_hlc.max(hlc);
        Ok(())
    }

    /// Sets the hybrid clock, also backwards: after the server found it ahead.
    ///
    /// # Errors
    /// [`Error::MalformedContent`] for a moment past the year 6400.
    pub fn restart_clock(&mut self, hlc: u64) -> Result<()> {
        self.connection.execute("UPDATE sync_state SET last_hlc = ?", [hlc_to_sql(hlc)?])?;
        self.state.last_hlc = hlc;
        Ok(())
    }

    /// Operations that the server has not acknowledged, in order of their numbers.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn waiting(&self, limit: usize) -> Result<Vec<OutboxRow>> {
        read_rows(self.connection, "o.acknowledged_under IS NULL AND ?1 = 0", 0, limit)
    }

    /// The operation with a number, while it is in the outbox.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn outbox_row(&self, device_seq: u64) -> Result<Option<OutboxRow>> {
        Ok(read_rows(self.connection, "o.device_seq = ?1", device_seq, 1)?.into_iter().next())
    }

    /// The hashes of everything that went out under a number, and of what is there now.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn hashes(&self, device_seq: u64) -> Result<Vec<Hash>> {
        let seq = number_to_sql(device_seq)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT hash FROM outbox WHERE device_seq = ?1
             UNION SELECT hash FROM outbox_sent WHERE device_seq = ?1",
        )?;
        let hashes = statement.query_map([seq], |row| row.get(0).map(Hash))?;
        Ok(hashes.collect::<rusqlite::Result<_>>()?)
    }

    /// Notes that an operation goes out now, with this hash: an emptied one has one only by being sent.
    ///
    /// # Errors
    /// [`Error::UnknownOperation`].
    pub fn note_sent(&mut self, device_seq: u64, hash: Hash) -> Result<()> {
        let seq = number_to_sql(device_seq)?;
        let n_rows = self
            .connection
            .prepare_cached("UPDATE outbox SET hash = ? WHERE device_seq = ?")?
            .execute(params![hash.0, seq])?;
        if n_rows == 0 {
            return Err(Error::UnknownOperation);
        }
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO outbox_sent VALUES (?, ?)")?
            .execute(params![seq, hash.0])?;
        Ok(())
    }

    /// Replaces an operation that was not acknowledged under its number, with a new stamp.
    ///
    /// # Errors
    /// [`Error::UnknownOperation`] when there is none with something in it.
    pub fn restamp(&mut self, device_seq: u64, lineage: &Lineage, op: &[u8], hash: Hash) -> Result<()> {
        let row = self.unacknowledged(device_seq)?;
        let subject = records::subject_of(self.connection, row.token, row.purpose)?;
        self.connection
            .prepare_cached(
                "UPDATE outbox SET hlc = ?, op = ?, hash = ? WHERE device_seq = ? AND op IS NOT NULL",
            )?
            .execute(params![hlc_to_sql(lineage.version.hlc)?, op, hash.0, number_to_sql(device_seq)?])?;
        restore_lineage(self.connection, subject.id, row.part, row.hlc, self.state.device, lineage)?;
        self.set_clock(lineage.version.hlc)
    }

    /// Parks an operation that the server or consent refused: it is emptied, and what it carried is held back with the reason.
    ///
    /// # Errors
    /// [`Error::UnknownOperation`].
    pub fn park(&mut self, device_seq: u64, reason: HeldReason) -> Result<()> {
        let row = self.unacknowledged(device_seq)?;
        let subject = records::subject_of(self.connection, row.token, row.purpose)?;
        if let Some(customer) = subject.customer {
            let held = Held { reason, since_millis: self.now_millis, is_again: row.is_again };
            hold(self.connection, row.purpose, customer.0, row.part, held)?;
        }
        self.empty(device_seq)
    }

    /// Takes back an operation that the server refused because it has no data key for it. When it once had that key, its retention
    /// has removed all it had of the record: the key is retired, and the record goes again as a whole, under a new key. Otherwise the
    /// operation is parked.
    ///
    /// # Errors
    /// [`Error::UnknownOperation`].
    pub fn take_back_without_key(&mut self, device_seq: u64) -> Result<()> {
        let row = self.unacknowledged(device_seq)?;
        if !self.had_key(device_seq)? {
            return self.park(device_seq, HeldReason::NoDataKey);
        }
        let subject = records::subject_of(self.connection, row.token, row.purpose)?;
        if let (false, Some(customer)) = (row.is_again, subject.customer) {
            note(self.connection, row.purpose, customer.0, row.part)?;
        }
        again::note_tokens(self.connection, row.purpose, &[row.token])?;
        self.empty(device_seq)
    }

    /// Whether the server acknowledged the data key of an operation once.
    fn had_key(&self, device_seq: u64) -> Result<bool> {
        let sql = "SELECT 1 FROM outbox o JOIN data_keys k ON k.id = o.key_id WHERE o.device_seq = ? AND k.is_shared";
        Ok(self.connection.prepare_cached(sql)?.exists([number_to_sql(device_seq)?])?)
    }

    fn empty(&mut self, device_seq: u64) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE outbox SET op = NULL, kind = 'void' WHERE device_seq = ?")?
            .execute([number_to_sql(device_seq)?])?;
        Ok(())
    }

    fn unacknowledged(&self, device_seq: u64) -> Result<OutboxRow> {
        let row = self.outbox_row(device_seq)?;
        row.filter(|row| row.acknowledged_under.is_none() && row.op.is_some()).ok_or(Error::UnknownOperation)
    }

    /// Notes that the server has every operation up to a number, under a head of its sequence, and who got what by that.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn acknowledge(&mut self, device_seq: u64, head_seq: u64) -> Result<()> {
        let seq = number_to_sql(device_seq)?;
        self.connection
            .prepare_cached(
                "INSERT INTO disclosures
                 SELECT subject_id, grant_id, field_group, ?2, ?2, count(*), min(device_seq), max(device_seq)
                 FROM outbox WHERE device_seq <= ?1 AND acknowledged_under IS NULL AND kind = 'set'
                 GROUP BY subject_id, grant_id, field_group
                 ON CONFLICT DO UPDATE SET last_ms = excluded.last_ms,
                     n_operations = n_operations + excluded.n_operations, last_device_seq = excluded.last_device_seq",
            )?
            .execute([seq, self.now_millis])?;
        self.connection
            .prepare_cached(
                "UPDATE data_keys SET is_shared = 1 WHERE NOT is_shared AND id IN
                 (SELECT key_id FROM outbox WHERE device_seq <= ? AND acknowledged_under IS NULL)",
            )?
            .execute([seq])?;
        self.connection
            .prepare_cached(
                "UPDATE outbox SET acknowledged_under = ? WHERE device_seq <= ? AND acknowledged_under IS NULL",
            )?
            .execute([number_to_sql(head_seq)?, seq])?;
        self.connection
            .prepare_cached("UPDATE sync_state SET acknowledged_seq = max(acknowledged_seq, ?)")?
            .execute([seq])?;
        self.state.acknowledged_seq = self.state.acknowledged_seq.max(device_seq);
        Ok(())
    }

    /// Hashes of operations that the server acknowledged under a head not after `head_seq` and that no page has shown yet.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn acknowledged_by(&self, head_seq: u64) -> Result<Vec<Hash>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT hash FROM outbox WHERE acknowledged_under <= ? ORDER BY device_seq")?;
        let hashes = statement.query_map([number_to_sql(head_seq)?], |row| row.get(0).map(Hash))?;
        Ok(hashes.collect::<rusqlite::Result<_>>()?)
    }

    /// The numbers of operations that once went out with this hash, or stand in the outbox with it.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn number_of_hash(&self, hash: Hash) -> Result<Option<u64>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT device_seq FROM outbox_sent WHERE hash = ?1
             UNION SELECT device_seq FROM outbox WHERE hash = ?1 LIMIT 1",
        )?;
        let number = statement.query_row([hash.0], |row| row.get::<_, i64>(0)).optional()?;
        Ok(number.map(|number| number as u64))
    }

    /// Takes an operation out of the outbox: a page of the server's sequence has shown it, with this hash. When it shows an earlier
    /// copy than the one that waits here, what the part holds counts as changed again. Returns whether the number was in the outbox.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn settle(&mut self, device_seq: u64, hash: Hash) -> Result<bool> {
        let Some(row) = self.outbox_row(device_seq)? else { return Ok(false) };
        let seq = number_to_sql(device_seq)?;
        let current: Hash = self
            .connection
            .prepare_cached("SELECT hash FROM outbox WHERE device_seq = ?")?
            .query_row([seq], |found| found.get(0).map(Hash))?;
        let subject = records::subject_of(self.connection, row.token, row.purpose)?;
        if let (true, Some(customer)) = (current != hash, subject.customer) {
            note(self.connection, row.purpose, customer.0, row.part)?;
        }
        if row.acknowledged_under.is_none() && current == hash {
            self.connection
                .prepare_cached("UPDATE data_keys SET is_shared = 1 WHERE id = (SELECT key_id FROM outbox WHERE device_seq = ?)")?
                .execute([seq])?;
            self.note_disclosure(seq)?;
        }
        for table in ["outbox", "outbox_sent"] {
            self.connection
                .prepare_cached(&format!("DELETE FROM {table} WHERE device_seq = ?"))?
                .execute([seq])?;
        }
        Ok(true)
    }

    fn note_disclosure(&self, device_seq: i64) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO disclosures
                 SELECT subject_id, grant_id, field_group, ?2, ?2, 1, device_seq, device_seq
                 FROM outbox WHERE device_seq = ?1 AND kind = 'set'
                 ON CONFLICT DO UPDATE SET last_ms = excluded.last_ms, n_operations = n_operations + 1,
                     last_device_seq = excluded.last_device_seq",
            )?
            .execute([device_seq, self.now_millis])?;
        Ok(())
    }
}

const ROW_COLUMNS: &str = "o.device_seq, o.purpose, o.grant_id, s.token, o.field_group, o.part, o.hlc, o.op, o.acknowledged_under, o.is_again";

fn read_rows(connection: &Connection, which: &str, number: u64, limit: usize) -> Result<Vec<OutboxRow>> {
    let sql = format!(
        "SELECT {ROW_COLUMNS} FROM outbox o JOIN subjects s ON s.id = o.subject_id WHERE {which}
         ORDER BY o.device_seq LIMIT ?2"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![number_to_sql(number)?, limit as i64])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(outbox_row(row)?);
    }
    Ok(found)
}

fn outbox_row(row: &Row<'_>) -> Result<OutboxRow> {
    Ok(OutboxRow {
        device_seq: row.get::<_, i64>(0)? as u64,
        purpose: purpose_from_key(row.get_ref(1)?.as_str().unwrap_or_default())?,
        grant: GrantId(row.get(2)?),
        token: SubjectToken(row.get(3)?),
        part: ChangedPart::from_keys(row.get_ref(4)?.as_str().unwrap_or_default(), row.get(5)?)?,
        hlc: row.get::<_, i64>(6)? as u64,
        op: row.get(7)?,
        acknowledged_under: row.get::<_, Option<i64>>(8)?.map(|seq| seq as u64),
        is_again: row.get(9)?,
    })
}

fn is_restricted(connection: &Connection, customer: i64) -> Result<bool> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM customers WHERE id = ? AND restricted_ms IS NOT NULL")?;
    Ok(statement.exists([customer])?)
}

/// Empties what was queued under a grant.
pub(crate) fn empty_for_grant(connection: &Connection, grant: GrantId) -> Result<()> {
    empty(connection, "grant_id = ?1", [grant.0])
}

/// Empties what was queued about some subjects.
pub(crate) fn empty_for_tokens(connection: &Connection, tokens: &[SubjectToken]) -> Result<()> {
    let which = "subject_id = (SELECT id FROM subjects WHERE token = ?1)";
    tokens.iter().try_for_each(|token| empty(connection, which, params![token.0]))
}

/// Notes everything queued as changed again and drops it with its numbers: for a device that begins anew under another id.
pub(crate) fn requeue_all(connection: &Connection) -> Result<()> {
    connection.execute("UPDATE outbox SET acknowledged_under = NULL", [])?;
    empty(connection, "1", [])?;
    connection.execute_batch("DELETE FROM outbox; DELETE FROM outbox_sent")?;
    Ok(())
}

/// Empties the operations that carry something and were not acknowledged; those that only remove need no consent and go on.
fn empty(connection: &Connection, which: &str, parameters: impl Params + Clone) -> Result<()> {
    let is_full = "op IS NOT NULL AND kind = 'set' AND acknowledged_under IS NULL";
    connection
        .prepare_cached(&format!(
            "INSERT INTO dirty (purpose, customer_id, field_group, part, held, is_again)
             SELECT s.purpose, s.customer_id, o.field_group, o.part, NULL, o.is_again
             FROM outbox o JOIN subjects s ON s.id = o.subject_id
             WHERE {is_full} AND s.customer_id IS NOT NULL AND {which}
             ON CONFLICT DO UPDATE SET held = NULL, is_again = min(is_again, excluded.is_again)"
        ))?
        .execute(parameters.clone())?;
    connection
        .prepare_cached(&format!("UPDATE outbox SET op = NULL, kind = 'void' WHERE {is_full} AND {which}"))?
        .execute(parameters)?;
    Ok(())
}
