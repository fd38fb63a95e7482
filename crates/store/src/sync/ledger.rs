//! The consent ledger of this workspace: what the server has, and behind it what still waits to get there.
//!
//! An entry counts from the moment it is appended here, also offline: the transaction that appends a withdrawal empties the
//! outbox of what may no longer travel. Entries wait (`is_pending`) until the server has them. When the server got other
//! entries first, the ones that wait are signed anew behind those and everything that follows from the ledger is built again.

use super::state::require_state;
use super::{Tables, again, outbox, received};
use crate::log::Author;
use crate::{Error, Result, Store};
use rusqlite::{Connection, params};
use stillroom_consent::standing::DeviceRecord;
use stillroom_consent::{
    BasisState, Decision, DeviceId, Entry, Event, GrantId, GrantRecord, Hash, Operation, Purpose, Register,
    SignedEntry, SubjectBasis, SubjectFlags, SubjectToken, SyncGrant, allow, cbor, facts_of, fold,
};

/// Where the ledger stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerPlace {
    /// The number of the last entry; 0 for none.
    pub seq: u64,
    /// The chain's hash after it.
    pub hash: Hash,
}

impl LedgerPlace {
    const START: LedgerPlace = LedgerPlace { seq: 0, hash: Hash::ZERO };
}

/// One entry and whether the server has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// The entry.
    pub signed: SignedEntry,
    /// It waits to be sent.
    pub is_pending: bool,
}

impl Store {
    /// The last entry, whether the server has it or not: what the next entry follows.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn ledger_head(&self) -> Result<LedgerPlace> {
        self.ledger_place("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1")
    }

    /// The last entry that the server has.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn confirmed_ledger_head(&self) -> Result<LedgerPlace> {
        self.ledger_place("SELECT seq, hash FROM ledger WHERE is_pending = 0 ORDER BY seq DESC LIMIT 1")
    }

    fn ledger_place(&self, sql: &str) -> Result<LedgerPlace> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let Some(row) = rows.next()? else { return Ok(LedgerPlace::START) };
        Ok(LedgerPlace { seq: row.get::<_, i64>(0)? as u64, hash: Hash(row.get(1)?) })
    }

    /// Entries after number `since`, in order.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn ledger(&self, since: u64, limit: usize) -> Result<Vec<LedgerRow>> {
        read_rows(&self.connection, "seq > ?1", since, limit)
    }

    /// The entries that wait for the server, in order.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn pending_entries(&self) -> Result<Vec<SignedEntry>> {
        let rows = read_rows(&self.connection, "is_pending AND seq > ?1", 0, usize::MAX)?;
        Ok(rows.into_iter().map(|row| row.signed).collect())
    }

    /// Appends an entry that this device made. What it ends stops in the same transaction; see [`Store::outbox_counts`].
    ///
    /// # Errors
    /// [`Error::NotSynced`]; [`Error::Consent`] when the entry does not follow the head or says what cannot be;
    /// [`Error::ImportInProgress`].
    pub fn append_entry(&mut self, signed: &SignedEntry) -> Result<Hash> {
        self.write(|connection, _| add_entry(connection, signed, true))
    }

    /// Notes that the server has every entry up to number `seq`.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`].
    pub fn confirm_entries(&mut self, seq: u64) -> Result<()> {
        self.write(|connection, _| {
            let seq = super::number_to_sql(seq)?;
            connection
                .execute("UPDATE ledger SET is_pending = 0 WHERE seq <= ? AND is_pending = 1", [seq])?;
            Ok(())
        })
    }

    /// Adds entries that the server sent: they follow the last one it is known to have. An entry that waits here and is the same
    /// is confirmed by that.
    ///
    /// # Errors
    /// [`Error::LedgerMoved`] when other entries wait here: sign those anew and call [`Store::rebase_ledger`];
    /// [`Error::NotSynced`], [`Error::Consent`], [`Error::ImportInProgress`]. On an error nothing has changed.
    pub fn add_confirmed_entries(&mut self, entries: &[SignedEntry]) -> Result<()> {
        self.write(|connection, _| {
            for signed in entries {
                let seq = super::number_to_sql(signed.entry.seq)?;
                let found = read_rows(connection, "seq >= ?1", signed.entry.seq, 1)?;
                match found.first() {
                    Some(row) if row.signed == *signed => {
                        connection.execute("UPDATE ledger SET is_pending = 0 WHERE seq = ?", [seq])?;
                    }
                    Some(row) if row.is_pending => return Err(Error::LedgerMoved),
                    Some(_) => return Err(stillroom_consent::Error::Forked.into()),
                    None => {
                        add_entry(connection, signed, false)?;
                    }
                }
            }
            Ok(())
        })
    }

    /// Puts entries of the server before those that wait here: `missed` follows the last entry the server was known to have,
    /// `again` holds the waiting events signed anew behind it. Reads the whole ledger again.
    ///
    /// # Errors
    /// [`Error::NotSynced`], [`Error::Consent`], [`Error::ImportInProgress`]. On an error nothing has changed.
    pub fn rebase_ledger(&mut self, missed: &[SignedEntry], again: &[SignedEntry]) -> Result<()> {
        self.write(|connection, _| {
            let state = require_state(connection)?;
            let confirmed = read_rows(connection, "NOT is_pending AND seq > ?1", 0, usize::MAX)?;
            connection.execute_batch(
                "DELETE FROM ledger WHERE is_pending; DELETE FROM ledger_devices; DELETE FROM ledger_grants;
                 DELETE FROM ledger_members; DELETE FROM ledger_bases; DELETE FROM basis_kinds;
                 DELETE FROM ledger_flags",
            )?;
            let mut tables = Tables::new(connection, state.workspace);
            tables.set_head(0, Hash::ZERO)?;
            for row in &confirmed {
                fold(&mut tables, &row.signed)?;
            }
            missed.iter().try_for_each(|signed| add_entry(connection, signed, false).map(|_| ()))?;
            again.iter().try_for_each(|signed| add_entry(connection, signed, true).map(|_| ()))
        })
    }

    /// Whether an operation may travel now, as the ledger stands.
    ///
    /// # Errors
    /// [`Error::NotSynced`].
    pub fn decide(&self, operation: &Operation<'_>, now_millis: i64) -> Result<Decision> {
        decide(&self.connection, operation, now_millis)
    }

    /// Every grant, in order of id.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn grants(&self) -> Result<Vec<GrantRecord>> {
        grants(&self.connection)
    }

    /// Every device, in order of id.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn devices(&self) -> Result<Vec<DeviceRecord>> {
        let state = require_state(&self.connection)?;
        let mut statement =
            self.connection.prepare_cached("SELECT device FROM ledger_devices ORDER BY device")?;
        let ids: Vec<DeviceId> =
            statement.query_map([], |row| row.get(0).map(DeviceId))?.collect::<rusqlite::Result<_>>()?;
        let mut tables = Tables::new(&self.connection, state.workspace);
        ids.into_iter().map(|device| tables.device(device)?.ok_or(Error::Damaged)).collect()
    }

    /// The basis of a token for a purpose, and what else was said about it.
    ///
    /// # Errors
    /// [`Error::NotSynced`].
    pub fn standing_of(
        &self,
        token: SubjectToken,
        purpose: Purpose,
    ) -> Result<(Option<SubjectBasis>, SubjectFlags)> {
        let state = require_state(&self.connection)?;
        let mut tables = Tables::new(&self.connection, state.workspace);
        Ok((tables.basis(token, purpose)?, tables.flags(token)?))
    }

    /// The distinct bases recorded for a purpose, each with how many records have it, most frequent first.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn basis_counts(&self, purpose: Purpose) -> Result<Vec<(SubjectBasis, u64)>> {
        let sql = "SELECT k.basis, count(*) FROM ledger_bases b JOIN basis_kinds k ON k.id = b.kind_id
             WHERE b.purpose = ? GROUP BY k.id ORDER BY count(*) DESC, k.id";
        counted_bases(&self.connection, sql, purpose)
    }

    /// Whether a record is listed for a grant.
    ///
    /// # Errors
    /// [`Error::NotSynced`].
    pub fn is_member(&self, grant: GrantId, token: SubjectToken) -> Result<bool> {
        let state = require_state(&self.connection)?;
        Tables::new(&self.connection, state.workspace).is_member(grant, token)
    }
}

/// The bases that `sql` reads for a purpose, each with its count.
pub(crate) fn counted_bases(
    connection: &Connection,
    sql: &str,
    purpose: Purpose,
) -> Result<Vec<(SubjectBasis, u64)>> {
    let mut statement = connection.prepare_cached(sql)?;
    let counts = statement
        .query_map([purpose.key()], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)? as u64)))?;
    counts
        .map(|count| {
            let (bytes, n_records) = count?;
            Ok((cbor::decode(&bytes).map_err(|_| Error::Damaged)?, n_records))
        })
        .collect()
}

pub(crate) fn decide(
    connection: &Connection,
    operation: &Operation<'_>,
    now_millis: i64,
) -> Result<Decision> {
    let state = require_state(connection)?;
    let facts = facts_of(&mut Tables::new(connection, state.workspace), operation)?;
    Ok(allow(operation, &facts, now_millis))
}

pub(crate) fn add_entry(connection: &Connection, signed: &SignedEntry, is_pending: bool) -> Result<Hash> {
    let state = require_state(connection)?;
    let mut tables = Tables::new(connection, state.workspace);
    let regained = regained_tokens(&mut tables, &signed.entry)?;
    let hash = fold(&mut tables, signed)?;
    connection.prepare_cached("INSERT INTO ledger VALUES (?, ?, ?, ?)")?.execute(params![
        super::number_to_sql(signed.entry.seq)?,
        cbor::encode(signed),
        hash.0,
        is_pending
    ])?;
    take_effect(connection, &signed.entry.event, signed.entry.at)?;
    match &signed.entry.event {
        Event::GrantGiven(grant) if is_not_the_first(connection, grant)? => {
            again::note_purpose(connection, grant.purpose)?;
        }
        Event::GrantWithdrawn { grant } if signed.entry.device == state.device => {
            received::keep_all(connection, *grant)?;
        }
        Event::Bases { purpose, .. } => again::note_tokens(connection, *purpose, &regained)?,
        _ => {}
    }
    Ok(hash)
}

fn grants(connection: &Connection) -> Result<Vec<GrantRecord>> {
    let mut statement = connection.prepare_cached("SELECT record FROM ledger_grants ORDER BY grant_id")?;
    let records = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    records.map(|record| cbor::decode(&record?).map_err(|_| Error::Damaged)).collect()
}

fn is_not_the_first(connection: &Connection, given: &SyncGrant) -> Result<bool> {
    let grants = grants(connection)?;
    Ok(grants.iter().any(|record| record.grant.purpose == given.purpose && record.grant.id != given.id))
}

/// The records whose basis an entry gives back.
fn regained_tokens(tables: &mut Tables<'_>, entry: &Entry) -> Result<Vec<SubjectToken>> {
    let Event::Bases { purpose, basis, tokens } = &entry.event else { return Ok(Vec::new()) };
    let mut regained = Vec::new();
    if basis.state == BasisState::Given {
        for token in tokens {
            if tables.basis(*token, *purpose)?.is_some_and(|before| again::is_over(&before, entry.at)) {
                regained.push(*token);
            }
        }
    }
    Ok(regained)
}

/// What an entry changes beyond the register.
fn take_effect(connection: &Connection, event: &Event, at_millis: i64) -> Result<()> {
    match event {
        Event::GrantWithdrawn { grant } => outbox::empty_for_grant(connection, *grant),
        Event::Restricted { on, tokens } => {
            restrict(connection, tokens, on.then_some(at_millis))?;
            if *on { outbox::empty_for_tokens(connection, tokens) } else { Ok(()) }
        }
        Event::Erased { tokens } => erase_tokens(connection, tokens, at_millis),
        _ if event.is_ending() => outbox::empty_for_tokens(connection, event.tokens()),
        _ => Ok(()),
    }
}

fn erase_tokens(connection: &Connection, tokens: &[SubjectToken], at_millis: i64) -> Result<()> {
    for token in tokens {
        let subject = super::records::find_subject(connection, *token)?;
        if let Some(customer) = subject.and_then(|subject| subject.customer) {
            crate::rights::erase(connection, customer.0, &Author::sync(at_millis))?;
        }
        connection
            .prepare_cached("UPDATE subjects SET is_erased = 1, customer_id = NULL WHERE token = ?")?
            .execute([token.0])?;
    }
    Ok(())
}

fn restrict(connection: &Connection, tokens: &[SubjectToken], since: Option<i64>) -> Result<()> {
    let mut update = connection.prepare_cached(
        "UPDATE customers SET restricted_ms = ?1 WHERE id = (SELECT customer_id FROM subjects WHERE token = ?2)
         AND (restricted_ms IS NULL) <> (?1 IS NULL)",
    )?;
    tokens.iter().try_for_each(|token| update.execute(params![since, token.0]).map(|_| ()))?;
    Ok(())
}

/// The origin a grant names; none when the grant is not known.
pub(crate) fn origin_of(connection: &Connection, grant: GrantId) -> Result<Option<String>> {
    let workspace = stillroom_consent::WorkspaceId([0; 16]);
    Ok(Tables::new(connection, workspace).grant(grant)?.map(|record| record.grant.origin))
}

fn read_rows(connection: &Connection, which: &str, number: u64, limit: usize) -> Result<Vec<LedgerRow>> {
    let sql = format!("SELECT entry, is_pending FROM ledger WHERE {which} ORDER BY seq LIMIT ?2");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![super::number_to_sql(number)?, limit], |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, bool>(1)?))
    })?;
    rows.map(|row| {
        let (bytes, is_pending) = row?;
        Ok(LedgerRow { signed: cbor::decode(&bytes).map_err(|_| Error::Damaged)?, is_pending })
    })
    .collect()
}
