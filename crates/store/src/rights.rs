//! What people may ask for: a copy of what is held about them (Art 15 and 20 GDPR), a stop (Art 18), erasure (Art 17), and who
//! got their data (Art 19).

use crate::log::{Author, Draft, append};
use crate::redaction::redact_customer;
use crate::sync::journal::{NetworkRequest, REQUEST_COLUMNS, request_from_row};
use crate::sync::{Tables, external_ids, ledger, outbox, purpose_from_key, records, state};
use crate::view::not_found;
use crate::{Customer, Error, OrderLine, Result, Store};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde_json::json;
use stillroom_consent::{GrantId, Purpose, RecordId, Register as _, SubjectBasis, SubjectToken};
use stillroom_records::{ChangeEntry, ChangeKind, CustomerId, FieldGroup, ModelId};

/// Everything that is held about one person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PersonExport {
    /// The fields, scores included.
    pub customer: Customer,
    /// Every order line, latest first.
    pub order_lines: Vec<OrderLine>,
    /// What the change log holds about the person, newest first.
    pub history: Vec<ChangeEntry>,
    /// The record's id on all devices.
    pub record: Option<RecordId>,
    /// The lawful bases.
    pub consents: Vec<PersonConsent>,
    /// Lawful bases that are not in the ledger yet.
    pub noted_bases: Vec<NotedConsent>,
    /// Who got what.
    pub disclosures: Vec<Disclosure>,
    /// The requests that carried it first and last, newest first.
    pub requests: Vec<NetworkRequest>,
    /// Values on the conflict shelf.
    pub conflicts: Vec<crate::sync::conflicts::Conflict>,
}

/// What is recorded about a person for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonConsent {
    /// What for.
    pub purpose: Purpose,
    /// The pseudonym.
    pub token: SubjectToken,
    /// The basis, when one is recorded.
    pub basis: Option<SubjectBasis>,
    /// The evidence behind it, when it was kept here.
    pub evidence: Option<String>,
    /// Processing is restricted.
    pub is_restricted: bool,
}

/// A basis that was recorded for one purpose before there was a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotedConsent {
    /// What for.
    pub purpose: Purpose,
    /// The basis.
    pub basis: SubjectBasis,
    /// The evidence behind it.
    pub evidence: Option<String>,
}

/// What was sent about a person under one grant, and acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disclosure {
    /// What for.
    pub purpose: Purpose,
    /// Under which grant.
    pub grant: GrantId,
    /// The origin of the server that got it; none when the grant is not known here.
    pub origin: Option<String>,
    /// The group.
    pub group: FieldGroup,
    /// When the first was acknowledged, in milliseconds since 1970-01-01 UTC.
    pub first_millis: i64,
    /// When the last was.
    pub last_millis: i64,
    /// How many operations there were.
    pub n_operations: u64,
}

/// What an erasure did, and what is left to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erasure {
    /// The record's id on all devices, when it had one.
    pub record: Option<RecordId>,
    /// The tokens to name in the ledger.
    pub tokens: Vec<(Purpose, SubjectToken)>,
    /// Who got what, to be told.
    pub disclosures: Vec<Disclosure>,
    /// Models that were saved while the customer was here: those that keep rows they learned from are to be trained again.
    pub models: Vec<ModelId>,
    /// Order lines removed.
    pub order_lines: u64,
    /// Log entries and images that were emptied.
    pub log_entries: u64,
}

impl Store {
    /// Everything that is held about one customer.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn export_customer(&self, customer: CustomerId) -> Result<PersonExport> {
        Ok(PersonExport {
            customer: self.customer(customer)?,
            order_lines: self.customer_order_lines(customer, 0, i64::MAX as usize)?,
            history: self.customer_history(customer)?,
            record: self.record_of(customer)?,
            consents: consents_of(&self.connection, customer.0)?,
            noted_bases: self.noted_consents(customer)?,
            disclosures: disclosures_of(&self.connection, customer.0)?,
            requests: requests_of(&self.connection, customer.0)?,
            conflicts: self.conflicts_of(customer)?,
        })
    }

    fn noted_consents(&self, customer: CustomerId) -> Result<Vec<NotedConsent>> {
        let mut noted = Vec::new();
        for purpose in Purpose::ALL {
            if let Some(basis) = self.noted_basis(customer, purpose)? {
                let evidence = basis.evidence.map_or(Ok(None), |hash| self.basis_note(hash))?;
                noted.push(NotedConsent { purpose, basis, evidence });
            }
        }
        Ok(noted)
    }

    /// Who got what about a customer.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn disclosures_of(&self, customer: CustomerId) -> Result<Vec<Disclosure>> {
        disclosures_of(&self.connection, customer.0)
    }

    /// Stops the processing of a customer, or lets it go on: it is neither sent, nor read for analysis, nor scored. What waited to
    /// be sent is emptied. Says whether that changed anything.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::ImportInProgress`].
    pub fn restrict_customer(&mut self, customer: CustomerId, on: bool, now_millis: i64) -> Result<bool> {
        self.write(|connection, _| {
            let since: Option<i64> = connection
                .prepare_cached("SELECT restricted_ms FROM customers WHERE id = ?")?
                .query_row([customer.0], |row| row.get(0))
                .map_err(not_found("customer"))?;
            if since.is_some() == on {
                return Ok(false);
            }
            connection
                .prepare_cached("UPDATE customers SET restricted_ms = ? WHERE id = ?")?
                .execute(params![on.then_some(now_millis), customer.0])?;
            if on {
                let tokens: Vec<SubjectToken> =
                    tokens_of(connection, customer.0)?.into_iter().map(|(_, token)| token).collect();
                outbox::empty_for_tokens(connection, &tokens)?;
            }
            let draft = Draft::new(ChangeKind::CustomerRestricted)
                .range(customer.0, customer.0)
                .after(json!({ "on": on }));
            append(connection, &Author::user(now_millis, "restrict"), draft)?;
            Ok(true)
        })
    }

    /// Erases a customer for ever: fields, order lines, scores, what waits to be sent, conflicts, data keys, previews of requests that
    /// carried it, and its values in the change log, whose chain stays whole. Evidence of bases and the tokens in the ledger stay
    /// as proof. A customer that was deleted before is taken out of the log all the same. Its record can never come back, not from another device and not from a backup.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::ImportInProgress`].
    pub fn erase_customer(&mut self, customer: CustomerId, now_millis: i64) -> Result<Erasure> {
        self.write(|connection, _| {
            let is_known: bool = connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM customers WHERE id = ?1) OR EXISTS (SELECT 1 FROM change_log
                     WHERE kind = 'customer_deleted' AND first_id = ?1 AND before IS NOT NULL)",
                )?
                .query_row([customer.0], |row| row.get(0))?;
            if !is_known {
                return Err(Error::NotFound { record: "customer" });
            }
            erase(connection, customer.0, &Author::user(now_millis, "erase"))
        })
    }

    /// Models to train again, because a customer was erased that was here when they were saved, with when that was, in milliseconds
    /// since 1970-01-01 UTC.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn stale_models(&self) -> Result<Vec<(ModelId, i64)>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT model_id, since_ms FROM stale_models ORDER BY model_id")?;
        let models = statement.query_map([], |row| Ok((ModelId(row.get(0)?), row.get(1)?)))?;
        Ok(models.collect::<rusqlite::Result<_>>()?)
    }

    /// Takes a model off that list: it keeps no rows, or somebody has seen to it.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`].
    pub fn clear_stale_model(&mut self, model: ModelId) -> Result<()> {
        self.write(|connection, _| {
            connection.execute("DELETE FROM stale_models WHERE model_id = ?", [model.0])?;
            Ok(())
        })
    }
}

/// Erases a customer, or what is left of one that was deleted.
pub(crate) fn erase(connection: &Connection, customer: i64, author: &Author) -> Result<Erasure> {
    let record = records::find_record(connection, customer)?;
    let tokens = tokens_of(connection, customer)?;
    let disclosures = disclosures_of(connection, customer)?;
    let models = mark_models(connection, customer, author.now_millis)?;
    let held: Option<Option<String>> = connection
        .prepare_cached("SELECT external_id FROM customers WHERE id = ?")?
        .query_row([customer], |row| row.get(0))
        .optional()?;
    connection
        .prepare_cached(
            "UPDATE network_log SET preview = '' WHERE id IN (SELECT n.id FROM network_log n
             JOIN disclosures d ON n.first_device_seq <= d.last_device_seq AND n.last_device_seq >= d.first_device_seq
             JOIN subjects s ON s.id = d.subject_id WHERE s.customer_id = ?)",
        )?
        .execute([customer])?;
    let order_lines = connection
        .prepare_cached("DELETE FROM order_lines WHERE customer_id = ?")?
        .execute([customer])? as u64;
    for sql in [
        "UPDATE outbox SET op = NULL, kind = 'void' WHERE subject_id IN (SELECT id FROM subjects WHERE customer_id = ?)",
        "DELETE FROM data_keys WHERE subject_id IN (SELECT id FROM subjects WHERE customer_id = ?)",
        "DELETE FROM versions WHERE subject_id IN (SELECT id FROM subjects WHERE customer_id = ?)",
        "DELETE FROM dirty WHERE customer_id = ?",
        "DELETE FROM record_parts WHERE customer_id = ?",
        "DELETE FROM external_id_claims WHERE customer_id = ?",
        "DELETE FROM conflicts WHERE customer_id = ?",
        "DELETE FROM customers WHERE id = ?",
        "INSERT OR IGNORE INTO erased_records SELECT record_id FROM records WHERE customer_id = ?",
        "DELETE FROM received WHERE customer_id = ?",
        "DELETE FROM noted_bases WHERE customer_id = ?",
        "DELETE FROM records WHERE customer_id = ?",
        "UPDATE subjects SET is_erased = 1, customer_id = NULL WHERE customer_id = ?",
    ] {
        connection.prepare_cached(sql)?.execute([customer])?;
    }
    let log_entries = redact_customer(connection, customer, author)?;
    if let Some(external_id) = held.flatten() {
        external_ids::hand_on(connection, &external_id)?;
    }
    Ok(Erasure { record, tokens, disclosures, models, order_lines, log_entries })
}

/// Notes the models that were saved after the customer came.
pub(crate) fn mark_models(connection: &Connection, customer: i64, now_millis: i64) -> Result<Vec<ModelId>> {
    let models: Vec<i64> = connection
        .prepare_cached(
            "SELECT id FROM models WHERE id IN (
                 SELECT l.first_id FROM change_log l WHERE l.kind = 'model_saved' AND l.seq > (
                     SELECT coalesce(min(c.seq), 0) FROM change_log c
                     WHERE c.kind = 'customers_created' AND c.first_id <= ?1 AND c.last_id >= ?1)) ORDER BY id",
        )?
        .query_map([customer], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut mark = connection.prepare_cached("INSERT OR IGNORE INTO stale_models VALUES (?, ?)")?;
    models.iter().try_for_each(|model| mark.execute([*model, now_millis]).map(|_| ()))?;
    Ok(models.into_iter().map(ModelId).collect())
}

fn tokens_of(connection: &Connection, customer: i64) -> Result<Vec<(Purpose, SubjectToken)>> {
    let mut statement = connection
        .prepare_cached("SELECT purpose, token FROM subjects WHERE customer_id = ? ORDER BY purpose")?;
    let tokens =
        statement.query_map([customer], |row| Ok((row.get::<_, String>(0)?, SubjectToken(row.get(1)?))))?;
    tokens
        .map(|token| {
            let (key, token) = token?;
            Ok((purpose_from_key(&key)?, token))
        })
        .collect()
}

fn consents_of(connection: &Connection, customer: i64) -> Result<Vec<PersonConsent>> {
    let Some(state) = state::find_state(connection)? else { return Ok(Vec::new()) };
    let mut tables = Tables::new(connection, state.workspace);
    let mut consents = Vec::new();
    for (purpose, token) in tokens_of(connection, customer)? {
        let basis = tables.basis(token, purpose)?;
        let evidence = match basis.and_then(|basis| basis.evidence) {
            Some(hash) => connection
                .prepare_cached("SELECT text FROM basis_notes WHERE hash = ?")?
                .query_row([hash.0], |row| row.get(0))
                .optional()?,
            None => None,
        };
        let is_restricted = tables.flags(token)?.is_restricted;
        consents.push(PersonConsent { purpose, token, basis, evidence, is_restricted });
    }
    Ok(consents)
}

fn disclosures_of(connection: &Connection, customer: i64) -> Result<Vec<Disclosure>> {
    let mut statement = connection.prepare_cached(
        "SELECT s.purpose, d.grant_id, d.field_group, d.first_ms, d.last_ms, d.n_operations
         FROM disclosures d JOIN subjects s ON s.id = d.subject_id
         WHERE s.customer_id = ? ORDER BY d.first_ms, d.grant_id, d.field_group",
    )?;
    let mut rows = statement.query([customer])?;
    let mut disclosures = Vec::new();
    while let Some(row) = rows.next()? {
        let grant = GrantId(row.get(1)?);
        disclosures.push(Disclosure {
            purpose: purpose_from_key(row.get_ref(0)?.as_str().unwrap_or_default())?,
            grant,
            origin: ledger::origin_of(connection, grant)?,
            group: FieldGroup::from_key(row.get_ref(2)?.as_str().unwrap_or_default())
                .ok_or(Error::Damaged)?,
            first_millis: row.get(3)?,
            last_millis: row.get(4)?,
            n_operations: row.get::<_, i64>(5)? as u64,
        });
    }
    Ok(disclosures)
}

fn requests_of(connection: &Connection, customer: i64) -> Result<Vec<NetworkRequest>> {
    let sql = format!(
        "SELECT {REQUEST_COLUMNS} FROM network_log WHERE id IN (SELECT n.id FROM network_log n
         JOIN disclosures d ON d.first_device_seq BETWEEN n.first_device_seq AND n.last_device_seq
                            OR d.last_device_seq BETWEEN n.first_device_seq AND n.last_device_seq
         JOIN subjects s ON s.id = d.subject_id WHERE s.customer_id = ?) ORDER BY id DESC"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let requests = statement.query_map([customer], request_from_row)?;
    requests.map(|request| request?).collect()
}

/// Erases again, after a backup was restored, what was erased since it was made.
pub(crate) fn erase_again(
    connection: &Connection,
    customers: &[i64],
    record_ids: &[[u8; 16]],
    now_millis: i64,
) -> Result<()> {
    let author = Author { now_millis, actor: "system", cause: "restore".to_owned() };
    for record in record_ids {
        if let Some(customer) = records::customer_of_record(connection, RecordId(*record))? {
            erase(connection, customer, &author)?;
        }
        connection.prepare_cached("INSERT OR IGNORE INTO erased_records VALUES (?)")?.execute([record])?;
    }
    for customer in customers {
        let is_here =
            connection.prepare_cached("SELECT 1 FROM customers WHERE id = ?")?.exists([customer])?;
        if is_here {
            erase(connection, *customer, &author)?;
        }
    }
    Ok(())
}

impl crate::sync::SyncTransaction<'_> {
    /// Erases the record of a token for ever, also one that is not known here yet. Nothing more is done when it was erased before.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn erase_record(&mut self, token: SubjectToken, purpose: Purpose) -> Result<Option<Erasure>> {
        let subject = records::subject_of(self.connection, token, purpose)?;
        let erasure = match subject.customer {
            Some(customer) => {
                self.flush_written()?;
                Some(erase(self.connection, customer.0, &Author::sync(self.now_millis))?)
            }
            None => None,
        };
        self.connection
            .prepare_cached("UPDATE subjects SET is_erased = 1, customer_id = NULL WHERE token = ?")?
            .execute([token.0])?;
        Ok(erasure)
    }
}
