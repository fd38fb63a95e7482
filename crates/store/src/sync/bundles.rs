//! Bundles of order lines: the lines of one customer between two ids, few enough to travel as one operation.

use super::changes::{ChangedPart, note};
use crate::Result;
use rusqlite::{Connection, params};
use stillroom_consent::{FieldGroup, Purpose};

/// Most lines of a bundle.
pub const MAX_BUNDLE_LINES: usize = 400;
/// Most bytes of a bundle's content, estimated; leaves room for the envelope and its padding in an operation of 64 KiB.
const MAX_BUNDLE_BYTES: i64 = 40 << 10;
/// What a line takes beside its texts.
const LINE_BYTES: i64 = 48;
/// Most lines that one step looks at, apart from the rest of its last customer.
const LINES_A_STEP: i64 = 20_000;

/// A line on its way into a bundle.
#[derive(Clone, Copy)]
struct Line {
    customer: i64,
    id: i64,
    n_bytes: i64,
}

/// Bundles the lines with ids in `lines` of the next customers after `after`, and returns the last of them; `None` when no
/// customer is left. Lines that are in a bundle stay there; with `again` their bundles count as changed.
pub(crate) fn bundle_step(
    connection: &Connection,
    after: i64,
    lines: (i64, i64),
    again: bool,
    new_part: &mut dyn FnMut() -> u64,
) -> Result<Option<i64>> {
    let mut found = read_lines(connection, "l.customer_id > ?1", after, lines, LINES_A_STEP)?;
    let Some(last) = found.last().map(|line| line.customer) else { return Ok(None) };
    found.retain(|line| line.customer != last);
    found.extend(read_lines(connection, "l.customer_id = ?1", last, lines, i64::MAX)?);
    for of_customer in found.chunk_by(|one, next| one.customer == next.customer) {
        bundle_customer(connection, of_customer, again, new_part)?;
    }
    Ok(Some(last))
}

fn read_lines(
    connection: &Connection,
    which: &str,
    customer: i64,
    lines: (i64, i64),
    limit: i64,
) -> Result<Vec<Line>> {
    let sql = format!(
        "SELECT l.customer_id, l.id, ifnull(octet_length(l.order_number), 0) + ifnull(octet_length(l.country), 0)
                + octet_length(i.code) + ifnull(octet_length(i.name), 0)
         FROM order_lines l {} JOIN items i ON i.id = l.item_id
         WHERE {which} AND l.customer_id IS NOT NULL AND l.id BETWEEN ?2 AND ?3 ORDER BY l.customer_id, l.id LIMIT ?4",
        best_access(lines)
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_map(params![customer, lines.0, lines.1, limit], |row| {
        Ok(Line { customer: row.get(0)?, id: row.get(1)?, n_bytes: LINE_BYTES + row.get::<_, i64>(2)? })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// A few lines are found by their ids; many, step by step, through the index of customers.
fn best_access((first, last): (i64, i64)) -> &'static str {
    if last.saturating_sub(first) < LINES_A_STEP {
        "NOT INDEXED"
    } else {
        "INDEXED BY order_lines_by_customer"
    }
}

fn bundle_customer(
    connection: &Connection,
    lines: &[Line],
    again: bool,
    new_part: &mut dyn FnMut() -> u64,
) -> Result<()> {
    let Some(customer) = lines.first().map(|line| line.customer) else { return Ok(()) };
    let bundled: Vec<(i64, i64)> = connection
        .prepare_cached(
            "SELECT first_line, last_line FROM record_parts WHERE customer_id = ? ORDER BY first_line",
        )?
        .query_map([customer], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    if again && !bundled.is_empty() {
        connection
            .prepare_cached(
                "INSERT INTO dirty (purpose, customer_id, field_group, part, held)
                 SELECT ?, customer_id, 'behaviour', part, NULL FROM record_parts
                 WHERE customer_id = ? ON CONFLICT DO UPDATE SET held = NULL, is_again = 0",
            )?
            .execute(params![Purpose::Backup.key(), customer])?;
    }
    let bundle_of =
        |line: &Line| bundled.iter().position(|(first, last)| (*first..=*last).contains(&line.id));
    let gap_of = |line: &Line| bundled.partition_point(|(first, _)| *first <= line.id);
    let mut open: Option<(Line, Line, usize, i64)> = None;
    for line in lines.iter().filter(|line| bundle_of(line).is_none()) {
        open = match open {
            Some((first, last, n_lines, n_bytes))
                if n_lines < MAX_BUNDLE_LINES
                    && n_bytes + line.n_bytes <= MAX_BUNDLE_BYTES
                    && gap_of(&last) == gap_of(line) =>
            {
                Some((first, *line, n_lines + 1, n_bytes + line.n_bytes))
            }
            full => {
                close(connection, full, new_part)?;
                Some((*line, *line, 1, line.n_bytes))
            }
        };
    }
    close(connection, open, new_part)
}

fn close(
    connection: &Connection,
    bundle: Option<(Line, Line, usize, i64)>,
    new_part: &mut dyn FnMut() -> u64,
) -> Result<()> {
    let Some((first, last, ..)) = bundle else { return Ok(()) };
    let part = new_part().max(1) as i64;
    connection.prepare_cached("INSERT INTO record_parts VALUES (?, ?, ?, ?)")?.execute(params![
        first.customer,
        part,
        first.id,
        last.id
    ])?;
    note(connection, Purpose::Backup, first.customer, ChangedPart::Part(FieldGroup::Behaviour, part as u64))
}

/// Marks the next customers after `after` that have lines with ids in `lines`: their counts changed. Returns the last of them.
pub(crate) fn mark_customers_step(
    connection: &Connection,
    after: i64,
    lines: (i64, i64),
) -> Result<Option<i64>> {
    let sql = format!(
        "SELECT DISTINCT customer_id FROM order_lines {} WHERE customer_id > ? AND customer_id IS NOT NULL
         AND id BETWEEN ? AND ? ORDER BY customer_id LIMIT 5000",
        best_access(lines)
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let customers: Vec<i64> = statement
        .query_map(params![after, lines.0, lines.1], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for customer in &customers {
        note(connection, Purpose::HostedReport, *customer, ChangedPart::Part(FieldGroup::Behaviour, 0))?;
    }
    Ok(customers.last().copied())
}
