//! What an entry of the change log means for the parts of records.

use super::changes::{LogEntry, WHOLE_RECORD};
use crate::Result;
use crate::fields::FieldTable;
use crate::log::import_cause;
use rusqlite::{Connection, OptionalExtension, params};
use stillroom_consent::Purpose;
use stillroom_records::FieldGroup;

/// Customers to mark: those with ids from `first` to `last` that meet the condition of a group.
pub(crate) struct Sweep {
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// Groups with conditions over `customers`, in SQL of fixed names and numbers only.
    pub(crate) marks: Vec<(FieldGroup, String)>,
}

/// The groups a purpose can carry, each with the condition under which a customer has something of it.
pub(crate) fn all_groups(fields: &FieldTable, purpose: Purpose) -> Vec<(FieldGroup, String)> {
    let groups = purpose.terms().groups.iter();
    match purpose {
        Purpose::Backup => groups.map(|group| (group, has_content(fields, group))).collect(),
        Purpose::HostedReport => groups.map(|group| (group, has_numbers(group))).collect(),
    }
}

/// The first group stands for the record itself and goes even when nothing is known but that it exists.
fn has_content(fields: &FieldTable, group: FieldGroup) -> String {
    let filled = fields
        .all()
        .iter()
        .filter(|field| field.definition.group == group && field.definition.is_editable())
        .map(|field| format!("{} IS NOT NULL", field.expression));
    let scored = "EXISTS (SELECT 1 FROM scores WHERE customer_id = customers.id)".to_owned();
    let always = (group == FieldGroup::Identity).then(|| "1".to_owned());
    let scored = (group == FieldGroup::Scores).then_some(scored);
    let conditions: Vec<String> = filled.chain(always).chain(scored).collect();
    if conditions.is_empty() { "0".to_owned() } else { conditions.join(" OR ") }
}

fn has_numbers(group: FieldGroup) -> String {
    match group {
        FieldGroup::Commercial => "created_at IS NOT NULL".to_owned(),
        FieldGroup::Scores => {
            "EXISTS (SELECT 1 FROM scores WHERE customer_id = customers.id AND number IS NOT NULL)".to_owned()
        }
        _ => "1".to_owned(),
    }
}

/// What an entry changed; `None` when it concerns no record.
pub(crate) fn sweep_of_entry(
    connection: &Connection,
    fields: &FieldTable,
    purpose: Purpose,
    entry: &LogEntry,
) -> Result<Option<Sweep>> {
    let group = entry.group.as_deref().and_then(FieldGroup::from_key);
    let (first, last, marks) = match (entry.kind.as_str(), group) {
        ("customers_created", _) => (entry.first, entry.last, all_groups(fields, purpose)),
        ("customer_edited", Some(group)) => (entry.first, entry.last, vec![(group, "1".to_owned())]),
        ("customers_updated", Some(group)) => {
            let changed = format!(
                "EXISTS (SELECT 1 FROM change_images WHERE seq = {} AND customer_id = customers.id)",
                entry.seq
            );
            (entry.first, entry.last, vec![(group, changed)])
        }
        ("scores_written" | "scores_removed" | "score_renamed", _) => {
            (1, i64::MAX, vec![(FieldGroup::Scores, has_or_had_scores(connection, entry, purpose)?)])
        }
        ("field_changed", _) => (1, i64::MAX, moved_field(fields, entry)?),
        _ => return Ok(None),
    };
    let marks: Vec<_> =
        marks.into_iter().filter(|(group, _)| purpose.terms().groups.contains(*group)).collect();
    Ok((!marks.is_empty()).then_some(Sweep { first, last, marks }))
}

/// Customers with a score of the set the entry names, and those whose scores were sent before.
fn has_or_had_scores(connection: &Connection, entry: &LogEntry, purpose: Purpose) -> Result<String> {
    let key = [&entry.after, &entry.before].into_iter().flatten().find_map(|json| field_key(json, "field"));
    let set: Option<i64> = connection
        .prepare_cached("SELECT id FROM score_sets WHERE key = ?")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(format!(
        "EXISTS (SELECT 1 FROM scores WHERE customer_id = customers.id AND set_id = {})
         OR EXISTS (SELECT 1 FROM subjects s JOIN versions v ON v.subject_id = s.id
                    WHERE s.customer_id = customers.id AND s.purpose = '{}' AND v.field_group = 'scores')",
        set.unwrap_or(0),
        purpose.key()
    ))
}

/// A field that moved to another group changes both groups of the customers that have it. A new label alone travels with the
/// next change.
fn moved_field(fields: &FieldTable, entry: &LogEntry) -> Result<Vec<(FieldGroup, String)>> {
    let groups = [&entry.before, &entry.after]
        .map(|json| json.as_deref().and_then(|json| field_key(json, "group")))
        .map(|key| key.as_deref().and_then(FieldGroup::from_key));
    let key = entry.after.as_deref().and_then(|json| field_key(json, "key"));
    let field = fields.all().iter().find(|field| Some(field.key().as_str()) == key.as_deref());
    match (groups, field) {
        ([Some(before), Some(after)], Some(field)) if before != after => {
            let condition = format!("{} IS NOT NULL", field.expression);
            Ok(vec![(before, condition.clone()), (after, condition)])
        }
        _ => Ok(Vec::new()),
    }
}

fn field_key(json: &str, name: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    value.get(name)?.as_str().map(str::to_owned)
}

/// Customers that are gone: what waited about them is dropped, and where something was sent their deletion is noted.
pub(crate) fn note_gone(connection: &Connection, purpose: Purpose, first: i64, last: i64) -> Result<()> {
    let is_gone =
        "customer_id BETWEEN ?2 AND ?3 AND NOT EXISTS (SELECT 1 FROM customers WHERE id = customer_id)";
    connection
        .prepare_cached(&format!("DELETE FROM dirty WHERE purpose = ?1 AND {is_gone}"))?
        .execute(params![purpose.key(), first, last])?;
    connection
        .prepare_cached(&format!(
            "INSERT OR IGNORE INTO dirty (purpose, customer_id, field_group, part, held)
             SELECT ?1, customer_id, '{WHOLE_RECORD}', 0, NULL FROM subjects
             WHERE purpose = ?1 AND NOT is_erased AND {is_gone}
               AND EXISTS (SELECT 1 FROM versions WHERE subject_id = subjects.id)"
        ))?
        .execute(params![purpose.key(), first, last])?;
    connection
        .prepare_cached(&format!("DELETE FROM record_parts WHERE ?1 IS NOT NULL AND {is_gone}"))?
        .execute(params![purpose.key(), first, last])?;
    Ok(())
}

/// An undone import: its customers are gone, its lines are out of their bundles, and what it changed is as before.
pub(crate) fn note_undone_import(connection: &Connection, purpose: Purpose, import: i64) -> Result<()> {
    let ranges: Option<[Option<i64>; 4]> = connection
        .prepare_cached(
            "SELECT first_customer, last_customer, first_line, last_line FROM imports WHERE id = ?",
        )?
        .query_row([import], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]))
        .optional()?;
    let [first_customer, last_customer, first_line, last_line] = ranges.unwrap_or_default();
    if let Some((first, last)) = first_customer.zip(last_customer) {
        note_gone(connection, purpose, first, last)?;
    }
    if let Some((first, last)) = first_line.zip(last_line) {
        note_removed_lines(connection, purpose, first, last)?;
    }
    let groups = purpose.terms().groups;
    for group in groups.iter() {
        connection
            .prepare_cached(
                "INSERT INTO dirty (purpose, customer_id, field_group, part, held)
                 SELECT DISTINCT ?1, i.customer_id, ?2, 0, NULL
                 FROM change_log l JOIN change_images i ON i.seq = l.seq
                 WHERE l.cause = ?3 AND l.kind = 'customers_updated' AND l.field_group = ?2
                   AND EXISTS (SELECT 1 FROM customers WHERE id = i.customer_id)
                 ON CONFLICT DO UPDATE SET held = NULL, is_again = 0",
            )?
            .execute(params![purpose.key(), group.key(), import_cause(import)])?;
    }
    Ok(())
}

/// A bundle may hold lines of several imports: every one that reaches into the removed lines is sent again. The readable lane does
/// not know whose lines went, and sends the numbers of everybody it reported again.
fn note_removed_lines(connection: &Connection, purpose: Purpose, first: i64, last: i64) -> Result<()> {
    let sql = match purpose {
        Purpose::Backup => {
            "INSERT INTO dirty (purpose, customer_id, field_group, part, held)
             SELECT ?1, customer_id, 'behaviour', part, NULL FROM record_parts
             WHERE first_line <= ?3 AND last_line >= ?2 AND EXISTS (SELECT 1 FROM customers WHERE id = customer_id)
             ON CONFLICT DO UPDATE SET held = NULL, is_again = 0"
        }
        Purpose::HostedReport => {
            "INSERT INTO dirty (purpose, customer_id, field_group, part, held)
             SELECT ?1, s.customer_id, 'behaviour', 0, NULL
             FROM subjects s JOIN versions v ON v.subject_id = s.id AND v.field_group = 'behaviour'
             WHERE s.purpose = ?1 AND ?2 <= ?3 AND EXISTS (SELECT 1 FROM customers WHERE id = s.customer_id)
             ON CONFLICT DO UPDATE SET held = NULL, is_again = 0"
        }
    };
    connection.prepare_cached(sql)?.execute(params![purpose.key(), first, last])?;
    Ok(())
}
