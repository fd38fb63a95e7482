//! Which parts of which records changed since they were last queued, read off the change log.
//!
//! Each purpose follows the log from a position of its own. Beginning to follow looks at every customer and every order line
//! once, then at each entry of the log. All of it goes in steps of bounded work, so that whoever calls stays responsive. What
//! came from another device is written to the log by `sync` and is no change here.

use super::purpose_from_key;
use super::sweep::{Sweep, all_groups, sweep_of_entry};
use super::transaction::SyncTransaction;
use crate::{Error, Result, Store};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use stillroom_consent::{Purpose, Reason, RecordId, SubjectToken};
use stillroom_records::{CustomerId, FieldGroup};

/// The group under which the deletion of a whole record is noted.
pub(crate) const WHOLE_RECORD: &str = "record";
/// Most entries of the log that one step looks at.
const ENTRIES_A_STEP: usize = 256;
/// Most customers that one step marks.
const CUSTOMERS_A_STEP: i64 = 5_000;

/// Why a change does not travel now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldReason {
    /// Consent does not allow it.
    Consent(Reason),
    /// It is larger than one operation may be.
    TooLarge,
    /// The server misses the data key.
    NoDataKey,
    /// The server finds its parts do not fit each other.
    Malformed,
}

/// What a change asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangedPart {
    /// The fields of a group, or a bundle of order lines when the number is not 0.
    Part(FieldGroup, u64),
    /// The customer is gone.
    Deletion,
}

impl ChangedPart {
    pub(crate) fn keys(self) -> (&'static str, i64) {
        match self {
            ChangedPart::Part(group, part) => (group.key(), part as i64),
            ChangedPart::Deletion => (WHOLE_RECORD, 0),
        }
    }

    pub(crate) fn from_keys(group: &str, part: i64) -> Result<Self> {
        if group == WHOLE_RECORD {
            return Ok(ChangedPart::Deletion);
        }
        let group = FieldGroup::from_key(group).ok_or(Error::Damaged)?;
        Ok(ChangedPart::Part(group, part as u64))
    }
}

/// One part of one record that changed and was not yet queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What for it is to be sent.
    pub purpose: Purpose,
    /// The customer.
    pub customer: CustomerId,
    /// Its record.
    pub record: RecordId,
    /// Its token for the purpose.
    pub token: SubjectToken,
    /// What changed.
    pub part: ChangedPart,
    /// It did not change: a server removed it after it was sent, and may have it again.
    pub is_again: bool,
}

/// What was known of a change that is no longer noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cleared {
    /// It had changed.
    Changed,
    /// It was only to be sent again.
    Again,
}

/// How a change is held back.
#[derive(Clone, Copy)]
pub(crate) struct Held {
    pub(crate) reason: HeldReason,
    /// Kept from the first time when it was held before, in milliseconds since 1970-01-01 UTC.
    pub(crate) since_millis: i64,
    pub(crate) is_again: bool,
}

impl Store {
    /// How many changes of a purpose wait to be queued, and how many are held for each reason.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn change_counts(&self, purpose: Purpose) -> Result<(u64, Vec<(HeldReason, u64)>)> {
        let mut statement = self.connection.prepare_cached(
            "SELECT held, count(*) FROM dirty WHERE purpose = ? GROUP BY held ORDER BY held",
        )?;
        let mut rows = statement.query([purpose.key()])?;
        let (mut n_ready, mut held) = (0, Vec::new());
        while let Some(row) = rows.next()? {
            let n_changes = row.get::<_, i64>(1)? as u64;
            match row.get::<_, Option<String>>(0)? {
                None => n_ready = n_changes,
                Some(reason) => held.push((serde_json::from_str(&reason)?, n_changes)),
            }
        }
        Ok((n_ready, held))
    }

    /// The purposes whose changes are followed.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn followed_purposes(&self) -> Result<Vec<Purpose>> {
        let mut statement =
            self.connection.prepare_cached("SELECT purpose FROM sync_positions ORDER BY purpose")?;
        let keys = statement.query_map([], |row| row.get::<_, String>(0))?;
        keys.map(|key| purpose_from_key(&key?)).collect()
    }
}

impl SyncTransaction<'_> {
    /// Begins to follow the changes that a purpose could carry, everything that is here now first. Does nothing when it is
    /// followed already.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn follow(&mut self, purpose: Purpose) -> Result<()> {
        self.connection.execute(
            "INSERT OR IGNORE INTO sync_positions
             VALUES (?, 'customers', (SELECT coalesce(max(seq), 0) FROM change_log), 0)",
            [purpose.key()],
        )?;
        Ok(())
    }

    /// Stops following and forgets what changed. What was sent is still known.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn unfollow(&mut self, purpose: Purpose) -> Result<()> {
        self.connection.execute("DELETE FROM sync_positions WHERE purpose = ?", [purpose.key()])?;
        self.connection.execute("DELETE FROM dirty WHERE purpose = ?", [purpose.key()])?;
        Ok(())
    }

    /// Notes what changed, in one step of bounded work, and says whether there is more to note. `new_part` draws a random number
    /// for each new bundle of order lines. Costs what changed, not what is stored.
    ///
    /// # Errors
    /// What the database refuses; a purpose that is not followed has nothing to note.
    pub fn note_changes(&mut self, purpose: Purpose, mut new_part: impl FnMut() -> u64) -> Result<bool> {
        let Some(mut position) = Position::read(self.connection, purpose)? else { return Ok(false) };
        let has_more = match position.stage {
            Stage::Customers => self.note_customers(&mut position)?,
            Stage::Lines => self.note_lines(&mut position, &mut new_part)?,
            Stage::Log => self.note_entries(&mut position, &mut new_part)?,
        };
        position.write(self.connection)?;
        Ok(has_more)
    }

    fn note_customers(&mut self, position: &mut Position) -> Result<bool> {
        let sweep = Sweep { first: 1, last: i64::MAX, marks: all_groups(&self.fields, position.purpose) };
        if self.mark(position, &sweep)? {
            let bundles = position.purpose == Purpose::Backup;
            (position.stage, position.cursor) = (if bundles { Stage::Lines } else { Stage::Log }, 0);
        }
        Ok(true)
    }

    fn note_lines(&mut self, position: &mut Position, new_part: &mut dyn FnMut() -> u64) -> Result<bool> {
        match super::bundles::bundle_step(self.connection, position.cursor, (1, i64::MAX), true, new_part)? {
            Some(cursor) => position.cursor = cursor,
            None => (position.stage, position.cursor) = (Stage::Log, 0),
        }
        Ok(true)
    }

    fn note_entries(&mut self, position: &mut Position, new_part: &mut dyn FnMut() -> u64) -> Result<bool> {
        for _ in 0..ENTRIES_A_STEP {
            let Some(entry) = LogEntry::after(self.connection, position.log_seq)? else {
                self.hand_on_external_ids()?;
                return Ok(false);
            };
            let is_done = entry.actor == "sync" || self.note_entry(position, &entry, new_part)?;
            if !is_done {
                return Ok(true);
            }
            (position.log_seq, position.cursor) = (entry.seq, 0);
        }
        Ok(true)
    }

    /// One step of one entry; says whether the entry is done.
    fn note_entry(
        &mut self,
        position: &mut Position,
        entry: &LogEntry,
        new_part: &mut dyn FnMut() -> u64,
    ) -> Result<bool> {
        match entry.kind.as_str() {
            "order_lines_created" => self.note_new_lines(position, entry, new_part),
            "import_undone" => {
                super::sweep::note_undone_import(self.connection, position.purpose, entry.first)?;
                Ok(true)
            }
            "customer_deleted" => {
                super::sweep::note_gone(self.connection, position.purpose, entry.first, entry.last)?;
                Ok(true)
            }
            _ => match sweep_of_entry(self.connection, &self.fields, position.purpose, entry)? {
                Some(sweep) => self.mark(position, &sweep),
                None => Ok(true),
            },
        }
    }

    fn note_new_lines(
        &mut self,
        position: &mut Position,
        entry: &LogEntry,
        new_part: &mut dyn FnMut() -> u64,
    ) -> Result<bool> {
        let lines = (entry.first, entry.last);
        let next = match position.purpose {
            Purpose::Backup => {
                super::bundles::bundle_step(self.connection, position.cursor, lines, false, new_part)?
            }
            Purpose::HostedReport => {
                super::bundles::mark_customers_step(self.connection, position.cursor, lines)?
            }
        };
        position.cursor = next.unwrap_or(position.cursor);
        Ok(next.is_none())
    }

    /// Marks one window of a sweep; says whether the sweep is done.
    fn mark(&mut self, position: &mut Position, sweep: &Sweep) -> Result<bool> {
        let after = position.cursor.max(sweep.first - 1);
        let window: (i64, Option<i64>) = self
            .connection
            .prepare_cached(
                "SELECT count(*), max(id) FROM
                 (SELECT id FROM customers WHERE id > ? AND id <= ? ORDER BY id LIMIT ?)",
            )?
            .query_row(params![after, sweep.last, CUSTOMERS_A_STEP], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (n_customers, Some(until)) = window else { return Ok(true) };
        for (group, condition) in &sweep.marks {
            let sql = format!(
                "INSERT INTO dirty (purpose, customer_id, field_group, part, held)
                 SELECT ?, id, ?, 0, NULL FROM customers
                 WHERE id > ? AND id <= ? AND ({condition}) ON CONFLICT DO UPDATE SET held = NULL, is_again = 0"
            );
            self.connection.prepare_cached(&sql)?.execute(params![
                position.purpose.key(),
                group.key(),
                after,
                until
            ])?;
        }
        position.cursor = until;
        Ok(n_customers < CUSTOMERS_A_STEP)
    }

    /// Changes of a purpose that wait to be queued, in order of customer, without those that are held. Customers whose record
    /// has no id yet are left out.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn changes(&self, purpose: Purpose, limit: usize) -> Result<Vec<Changed>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT d.customer_id, d.field_group, d.part, r.record_id, s.token, d.is_again
             FROM dirty d JOIN records r ON r.customer_id = d.customer_id
             JOIN subjects s ON s.customer_id = d.customer_id AND s.purpose = d.purpose
             WHERE d.purpose = ? AND d.held IS NULL ORDER BY d.customer_id LIMIT ?",
        )?;
        let mut rows = statement.query(params![purpose.key(), limit as i64])?;
        let mut changes = Vec::new();
        while let Some(row) = rows.next()? {
            changes.push(Changed {
                purpose,
                customer: CustomerId(row.get(0)?),
                part: ChangedPart::from_keys(row.get_ref(1)?.as_str().unwrap_or_default(), row.get(2)?)?,
                record: RecordId(row.get(3)?),
                token: SubjectToken(row.get(4)?),
                is_again: row.get(5)?,
            });
        }
        Ok(changes)
    }

    /// Holds a change back, for a reason that is shown.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn hold(&mut self, changed: &Changed, reason: HeldReason) -> Result<()> {
        let held = Held { reason, since_millis: self.now_millis, is_again: changed.is_again };
        hold(self.connection, changed.purpose, changed.customer.0, changed.part, held)
    }

    /// Lets every change of a purpose that consent held back be tried again: for when the ledger has moved.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn release_held(&mut self, purpose: Purpose) -> Result<u64> {
        let n_released = self.connection.execute(
            "UPDATE dirty SET held = NULL WHERE purpose = ? AND held LIKE '{\"consent\"%'",
            [purpose.key()],
        )?;
        Ok(n_released as u64)
    }

    /// Forgets a change that needs no sending, such as a group that is empty and was never sent.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn forget_change(&mut self, changed: &Changed) -> Result<()> {
        clear(self.connection, changed.purpose, changed.customer.0, changed.part).map(|_| ())
    }
}

pub(crate) fn hold(
    connection: &Connection,
    purpose: Purpose,
    customer: i64,
    part: ChangedPart,
    held: Held,
) -> Result<()> {
    let (group, number) = part.keys();
    connection
        .prepare_cached(
            "INSERT INTO dirty (purpose, customer_id, field_group, part, held, held_ms, is_again)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET held = excluded.held, held_ms = ifnull(held_ms, excluded.held_ms),
                 is_again = min(is_again, excluded.is_again)",
        )?
        .execute(params![
            purpose.key(),
            customer,
            group,
            number,
            serde_json::to_string(&held.reason)?,
            held.since_millis,
            held.is_again
        ])?;
    Ok(())
}

/// Notes that a part changed.
pub(crate) fn note(
    connection: &Connection,
    purpose: Purpose,
    customer: i64,
    part: ChangedPart,
) -> Result<()> {
    let (group, number) = part.keys();
    connection
        .prepare_cached("INSERT INTO dirty (purpose, customer_id, field_group, part, held) VALUES (?, ?, ?, ?, NULL) ON CONFLICT DO UPDATE SET held = NULL, is_again = 0")?
        .execute(params![purpose.key(), customer, group, number])?;
    Ok(())
}

/// Forgets a change and says what it was; none when there was none.
pub(crate) fn clear(
    connection: &Connection,
    purpose: Purpose,
    customer: i64,
    part: ChangedPart,
) -> Result<Option<Cleared>> {
    let (group, number) = part.keys();
    let is_again: Option<bool> = connection
        .prepare_cached(
            "DELETE FROM dirty WHERE purpose = ? AND customer_id = ? AND field_group = ? AND part = ?
             RETURNING is_again",
        )?
        .query_row(params![purpose.key(), customer, group, number], |row| row.get(0))
        .optional()?;
    Ok(is_again.map(|is_again| if is_again { Cleared::Again } else { Cleared::Changed }))
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Customers,
    Lines,
    Log,
}

impl Stage {
    const ALL: [(Stage, &'static str); 3] =
        [(Stage::Customers, "customers"), (Stage::Lines, "lines"), (Stage::Log, "log")];
}

struct Position {
    purpose: Purpose,
    stage: Stage,
    log_seq: i64,
    cursor: i64,
}

impl Position {
    fn read(connection: &Connection, purpose: Purpose) -> Result<Option<Self>> {
        let found: Option<(String, i64, i64)> = connection
            .prepare_cached("SELECT stage, log_seq, cursor FROM sync_positions WHERE purpose = ?")?
            .query_row([purpose.key()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((key, log_seq, cursor)) = found else { return Ok(None) };
        let stage = Stage::ALL.into_iter().find(|(_, name)| *name == key).ok_or(Error::Damaged)?.0;
        Ok(Some(Position { purpose, stage, log_seq, cursor }))
    }

    fn write(&self, connection: &Connection) -> Result<()> {
        let key = Stage::ALL.into_iter().find(|(stage, _)| *stage == self.stage).map(|(_, key)| key);
        connection
            .prepare_cached("UPDATE sync_positions SET stage = ?, log_seq = ?, cursor = ? WHERE purpose = ?")?
            .execute(params![key, self.log_seq, self.cursor, self.purpose.key()])?;
        Ok(())
    }
}

/// Whether everything people did here is noted for a purpose.
pub(crate) fn is_noted(connection: &Connection, purpose: Purpose) -> Result<bool> {
    let Some(position) = Position::read(connection, purpose)? else { return Ok(false) };
    let is_behind = connection
        .prepare_cached("SELECT 1 FROM change_log WHERE seq > ? AND actor <> 'sync'")?
        .exists([position.log_seq])?;
    Ok(position.stage == Stage::Log && !is_behind)
}

/// What of a log entry says which parts changed.
pub(crate) struct LogEntry {
    pub(crate) seq: i64,
    pub(crate) actor: String,
    pub(crate) kind: String,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) group: Option<String>,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl LogEntry {
    fn after(connection: &Connection, seq: i64) -> Result<Option<Self>> {
        let mut statement = connection.prepare_cached(
            "SELECT seq, actor, kind, first_id, last_id, field_group,
                    CASE WHEN kind NOT IN ('document_saved', 'document_deleted') THEN before END,
                    CASE WHEN kind NOT IN ('document_saved', 'document_deleted') THEN after END
             FROM change_log WHERE seq > ? ORDER BY seq LIMIT 1",
        )?;
        let entry = statement.query_row([seq], |row| {
            Ok(LogEntry {
                seq: row.get(0)?,
                actor: row.get(1)?,
                kind: row.get(2)?,
                first: row.get::<_, Option<i64>>(3)?.unwrap_or(0),
                last: row.get::<_, Option<i64>>(4)?.unwrap_or(0),
                group: row.get(5)?,
                before: row.get(6)?,
                after: row.get(7)?,
            })
        });
        Ok(entry.optional()?)
    }
}
