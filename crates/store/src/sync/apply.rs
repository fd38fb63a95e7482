//! What came from other devices, written to customers.
//!
//! The merge is decided elsewhere; here its outcome is written, so that nothing of what was here is lost: a part that people here
//! changed and nobody sent yet goes to the conflict shelf before it is replaced. Everything is logged under `sync`, which is no
//! change to be sent. The entries are written when the transaction ends: one for the customers that were made, one for each group
//! of those that changed.

use super::changes::{ChangedPart, Cleared, clear, is_noted};
use super::conflicts::{ConflictReason, shelve};
use super::content::{PartContent, read_content};
use super::records::{self, subject_of};
use super::transaction::SyncTransaction;
use super::versions::{Lineage, write_lineage};
use super::{external_ids, merge_fields, merge_lines, received};
use crate::fields::take_ids;
use crate::import_customers::Images;
use crate::log::{Author, Draft, append};
use crate::{Error, Result};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;
use stillroom_consent::{DeviceId, GrantId, Purpose, RecordId, SubjectToken};
use stillroom_records::{ChangeKind, CustomerId, FieldGroup};

/// What a transaction has written to customers and not yet logged.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) created: BTreeSet<i64>,
    pub(crate) images: Images,
    /// The first and last order line written.
    pub(crate) lines: Option<(i64, i64)>,
    /// Customers whose orders are to be counted.
    pub(crate) recount: BTreeSet<i64>,
    pub(crate) n_conflicts: u64,
}

/// A part from another device that prevails.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The record's token for the backup purpose.
    pub token: SubjectToken,
    /// The grant it came under.
    pub grant: GrantId,
    /// Its version.
    pub lineage: Lineage,
    /// What it holds.
    pub content: &'a PartContent,
    /// What it replaces was not seen by its writer, and goes to the shelf.
    pub is_conflict: bool,
}

/// What writing a part did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was written to this customer.
    Written(CustomerId),
    /// The record was erased for ever; nothing was written.
    Erased,
}

impl SyncTransaction<'_> {
    /// Writes a part that prevails. A record that is not known becomes a new customer; one that was deleted gets its customer back.
    /// Fields and score sets that are missing are made; one of the same key and another type goes to the shelf. `token` computes the
    /// token of a record for a purpose.
    ///
    /// # Errors
    /// [`Error::ChangesNotNoted`] when local changes of the backup purpose were not noted, or customers have no record id yet;
    /// [`Error::MalformedContent`].
    pub fn set_part(
        &mut self,
        incoming: &Incoming<'_>,
        token: impl FnMut(RecordId, Purpose) -> SubjectToken,
    ) -> Result<Outcome> {
        self.require_noted()?;
        let content = incoming.content;
        let subject = subject_of(self.connection, incoming.token, Purpose::Backup)?;
        if records::is_erased(self.connection, subject.id, content.record)? {
            return Ok(Outcome::Erased);
        }
        let customer = self.customer_for(content.record, incoming.token, incoming.grant, token)?;
        received::note(self.connection, customer, incoming.grant)?;
        let part = ChangedPart::Part(content.group, content.part);
        let held = read_content(self.connection, &self.fields, customer, content.group, content.part)?;
        let cleared = clear(self.connection, Purpose::Backup, customer, part)?;
        let was_changed = cleared == Some(Cleared::Changed);
        if (was_changed || incoming.is_conflict) && held != *content && !held.is_empty() {
            let device = self.state.device;
            self.shelve(customer, ConflictReason::EditedTwice, content, &held, device)?;
        }
        if held != *content {
            self.write_content(customer, incoming, &held)?;
        }
        write_lineage(self.connection, subject.id, part, &incoming.lineage)?;
        self.set_clock(incoming.lineage.version.hlc)?;
        Ok(Outcome::Written(CustomerId(customer)))
    }

    fn write_content(&mut self, customer: i64, incoming: &Incoming<'_>, held: &PartContent) -> Result<()> {
        if incoming.content.part == 0 {
            merge_fields::write(self, customer, incoming, held)
        } else {
            let content = incoming.content;
            let range = merge_lines::replace(self.connection, customer, content.part, &content.lines)?;
            if let Some((first, last)) = range {
                let known = self.written.lines.map_or(first, |(earliest, _)| earliest);
                self.written.lines = Some((known, last));
            }
            self.written.recount.insert(customer);
            Ok(())
        }
    }

    /// Puts the loser of a merge on the shelf: a part that came in and did not prevail against what is held.
    ///
    /// # Errors
    /// [`Error::MalformedContent`] for a record that is not known here.
    pub fn shelve_incoming(&mut self, content: &PartContent, device: DeviceId) -> Result<()> {
        let customer =
            records::customer_of_record(self.connection, content.record)?.ok_or(Error::MalformedContent)?;
        match read_content(self.connection, &self.fields, customer, content.group, content.part) {
            Ok(kept) if kept == *content => Ok(()),
            Ok(kept) => self.shelve(customer, ConflictReason::EditedTwice, &kept, content, device),
            Err(Error::NotFound { .. }) => {
                let kept = PartContent::empty(content.record, content.group, content.part);
                self.shelve(customer, ConflictReason::Deleted, &kept, content, device)
            }
            Err(error) => Err(error),
        }
    }

    /// Deletes a record, or those parts of it that the deletion beats. A part that people here changed and nobody sent yet stays,
    /// since it will bring the record back; losing parts that the deletion's writer had not seen (`true` beside them) go to the
    /// shelf. Order lines that came from other devices go; those that were imported here stay and belong to nobody.
    ///
    /// # Errors
    /// [`Error::ChangesNotNoted`].
    pub fn delete_record(
        &mut self,
        token: SubjectToken,
        purpose: Purpose,
        lineage: &Lineage,
        losing: &[(FieldGroup, u64, bool)],
    ) -> Result<()> {
        self.require_noted()?;
        let subject = subject_of(self.connection, token, purpose)?;
        let kept = self.lineages(token)?;
        write_lineage(self.connection, subject.id, ChangedPart::Deletion, lineage)?;
        let is_losing = |group, part| losing.iter().any(|(of, number, _)| (*of, *number) == (group, part));
        let mut survives = false;
        for (group, part, lineage) in kept.into_iter().filter(|(group, part, _)| !is_losing(*group, *part)) {
            write_lineage(self.connection, subject.id, ChangedPart::Part(group, part), &lineage)?;
            survives = true;
        }
        self.set_clock(lineage.version.hlc)?;
        let Some(customer) = subject.customer.filter(|_| purpose == Purpose::Backup) else { return Ok(()) };
        if !self.is_here(customer.0)? {
            return Ok(());
        }
        let (changed, mut doomed) = self.split_by_change(customer.0, losing)?;
        survives |= changed;
        for (group, part, is_conflict) in &doomed {
            let content = read_content(self.connection, &self.fields, customer.0, *group, *part)?;
            if *is_conflict && !content.is_empty() {
                let empty = PartContent::empty(content.record, *group, *part);
                let device = self.state.device;
                self.shelve(customer.0, ConflictReason::Deleted, &empty, &content, device)?;
            }
        }
        if !survives {
            return self.remove_customer(customer.0);
        }
        doomed.retain(|(_, part, _)| *part == 0);
        self.empty_parts(customer.0, &doomed, lineage)?;
        for (_, part, _) in losing.iter().filter(|(_, part, _)| *part != 0) {
            merge_lines::replace(self.connection, customer.0, *part, &[])?;
            self.written.recount.insert(customer.0);
        }
        Ok(())
    }

    /// Whether a losing part has unsent changes, and the parts that have none.
    #[allow(clippy::type_complexity, reason = "a pair of what the caller goes on with")]
    fn split_by_change(
        &self,
        customer: i64,
        losing: &[(FieldGroup, u64, bool)],
    ) -> Result<(bool, Vec<(FieldGroup, u64, bool)>)> {
        let has_changed = self
            .connection
            .prepare_cached("SELECT 1 FROM dirty WHERE purpose = ? AND customer_id = ? AND NOT is_again")?
            .exists(params![Purpose::Backup.key(), customer])?;
        let mut changed = self.connection.prepare_cached(
            "SELECT 1 FROM dirty WHERE purpose = ? AND customer_id = ? AND field_group = ? AND part = ? AND NOT is_again",
        )?;
        let mut doomed = Vec::new();
        for (group, part, is_conflict) in losing {
            if !changed.exists(params![Purpose::Backup.key(), customer, group.key(), *part as i64])? {
                doomed.push((*group, *part, *is_conflict));
            }
        }
        Ok((has_changed, doomed))
    }

    fn empty_parts(
        &mut self,
        customer: i64,
        parts: &[(FieldGroup, u64, bool)],
        lineage: &Lineage,
    ) -> Result<()> {
        for (group, part, _) in parts {
            let held = read_content(self.connection, &self.fields, customer, *group, *part)?;
            let empty = PartContent::empty(held.record, *group, *part);
            let incoming = Incoming {
                token: SubjectToken([0; 32]),
                grant: GrantId([0; 16]),
                lineage: *lineage,
                content: &empty,
                is_conflict: false,
            };
            merge_fields::write(self, customer, &incoming, &held)?;
        }
        Ok(())
    }

    /// Deletes the row of a customer and logs it, with what was there.
    fn remove_customer(&mut self, customer: i64) -> Result<()> {
        let before = crate::customers::known_values(self.connection, &self.fields, customer)?;
        self.drop_customer(customer)?;
        let draft = Draft::new(ChangeKind::CustomerDeleted)
            .range(customer, customer)
            .before(serde_json::Value::Object(before));
        append(self.connection, &Author::sync(self.now_millis), draft)?;
        Ok(())
    }

    /// Deletes the row of a customer and what hangs on it.
    pub(crate) fn drop_customer(&mut self, customer: i64) -> Result<()> {
        let held = external_id_of(self.connection, customer)?;
        self.connection
            .prepare_cached("DELETE FROM order_lines WHERE customer_id = ? AND import_id = 0")?
            .execute([customer])?;
        for sql in [
            "DELETE FROM customers WHERE id = ?",
            "DELETE FROM dirty WHERE customer_id = ?",
            "DELETE FROM record_parts WHERE customer_id = ?",
            "DELETE FROM external_id_claims WHERE customer_id = ?",
        ] {
            self.connection.prepare_cached(sql)?.execute([customer])?;
        }
        self.written.created.remove(&customer);
        self.written.recount.remove(&customer);
        self.written.images.drop_customer(customer);
        let heir =
            held.map_or(Ok(None), |external_id| external_ids::hand_on(self.connection, &external_id))?;
        merge_fields::note_heirs(self, heir)
    }

    pub(crate) fn shelve(
        &mut self,
        customer: i64,
        reason: ConflictReason,
        kept: &PartContent,
        other: &PartContent,
        device: DeviceId,
    ) -> Result<()> {
        let is_new = shelve(self.connection, customer, reason, kept, other, device, self.now_millis)?;
        self.written.n_conflicts += u64::from(is_new);
        Ok(())
    }

    /// How many values this transaction put on the shelf.
    pub fn n_shelved(&self) -> u64 {
        self.written.n_conflicts
    }

    /// The customer of a record, made or brought back when it is not here.
    fn customer_for(
        &mut self,
        record: RecordId,
        own_token: SubjectToken,
        grant: GrantId,
        mut token: impl FnMut(RecordId, Purpose) -> SubjectToken,
    ) -> Result<i64> {
        if token(record, Purpose::Backup) != own_token {
            return Err(Error::MalformedContent);
        }
        let known = records::customer_of_record(self.connection, record)?;
        let customer = match known {
            Some(customer) if self.is_here(customer)? => return Ok(customer),
            Some(customer) => customer,
            None => {
                let customer = take_ids(self.connection, "customers", 1)?;
                records::insert_record(self.connection, customer, record)?;
                self.connection
                    .prepare_cached("UPDATE records SET via_grant = ? WHERE customer_id = ?")?
                    .execute(params![grant.0, customer])?;
                customer
            }
        };
        self.connection.prepare_cached("INSERT INTO customers (id) VALUES (?)")?.execute([customer])?;
        self.written.created.insert(customer);
        for purpose in Purpose::ALL {
            records::join_subject(self.connection, token(record, purpose), purpose, customer)?;
        }
        Ok(customer)
    }

    fn is_here(&self, customer: i64) -> Result<bool> {
        Ok(self.connection.prepare_cached("SELECT 1 FROM customers WHERE id = ?")?.exists([customer])?)
    }

    pub(crate) fn require_noted(&mut self) -> Result<()> {
        if !self.is_noted {
            let is_ready =
                is_noted(self.connection, Purpose::Backup)? && records::are_named(self.connection)?;
            if !is_ready {
                return Err(Error::ChangesNotNoted);
            }
            self.hand_on_external_ids()?;
            self.is_noted = true;
        }
        Ok(())
    }

    /// Gives external ids that people here freed to the records that claim them.
    pub(crate) fn hand_on_external_ids(&mut self) -> Result<()> {
        let heirs = external_ids::hand_on_all(self.connection)?;
        merge_fields::note_heirs(self, heirs)
    }

    /// Counts orders and writes the log entries of what this transaction wrote to customers.
    pub(crate) fn flush_written(&mut self) -> Result<()> {
        let written = std::mem::take(&mut self.written);
        merge_lines::recount(self.connection, &written.recount)?;
        let author = Author::sync(self.now_millis);
        let created: Vec<i64> = written.created.into_iter().collect();
        for run in created.chunk_by(|earlier, later| later - earlier == 1) {
            if let (Some(first), Some(last)) = (run.first(), run.last()) {
                let draft = Draft::new(ChangeKind::CustomersCreated).range(*first, *last);
                append(self.connection, &author, draft)?;
            }
        }
        let mut images = written.images;
        images.flush(self.connection, &author)?;
        if let Some((first, last)) = written.lines {
            let draft = Draft::new(ChangeKind::OrderLinesCreated).range(first, last);
            append(self.connection, &author, draft)?;
        }
        Ok(())
    }
}

fn external_id_of(connection: &Connection, customer: i64) -> Result<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT external_id FROM customers WHERE id = ?")?;
    Ok(statement.query_row([customer], |row| row.get(0))?)
}

impl PartContent {
    /// A part with nothing in it.
    #[must_use]
    pub fn empty(record: RecordId, group: FieldGroup, part: u64) -> Self {
        PartContent { record, group, part, fields: Vec::new(), scores: Vec::new(), lines: Vec::new() }
    }
}
