//! Bundles of order lines from another device: each is replaced as a whole.

use super::content::LineContent;
use crate::Result;
use crate::fields::take_ids;
use crate::import::count_orders;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// Replaces the lines of a bundle and returns the first and last id of the new ones; `None` when there are none.
pub(crate) fn replace(
    connection: &Connection,
    customer: i64,
    part: u64,
    lines: &[LineContent],
) -> Result<Option<(i64, i64)>> {
    let part = part as i64;
    connection
        .prepare_cached(
            "DELETE FROM order_lines WHERE customer_id = ?1 AND id BETWEEN
             (SELECT first_line FROM record_parts WHERE customer_id = ?1 AND part = ?2) AND
             (SELECT last_line FROM record_parts WHERE customer_id = ?1 AND part = ?2)",
        )?
        .execute([customer, part])?;
    connection
        .prepare_cached("DELETE FROM record_parts WHERE customer_id = ? AND part = ?")?
        .execute([customer, part])?;
    if lines.is_empty() {
        return Ok(None);
    }
    let first = take_ids(connection, "order_lines", lines.len() as i64)?;
    let last = first + lines.len() as i64 - 1;
    let mut insert =
        connection.prepare_cached("INSERT INTO order_lines VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)")?;
    for (id, line) in (first..).zip(lines) {
        let item = item_of(connection, line)?;
        insert.execute(params![
            id,
            customer,
            item,
            line.quantity,
            line.unit_price,
            line.at_millis,
            line.is_cancelled,
            line.order_number,
            line.country
        ])?;
    }
    connection
        .prepare_cached("INSERT INTO record_parts VALUES (?, ?, ?, ?)")?
        .execute([customer, part, first, last])?;
    Ok(Some((first, last)))
}

fn item_of(connection: &Connection, line: &LineContent) -> Result<i64> {
    let known: Option<(i64, bool)> = connection
        .prepare_cached("SELECT id, name IS NOT NULL FROM items WHERE code = ?")?
        .query_row([&line.item_code], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match known {
        Some((item, is_named)) => {
            if let (false, Some(name)) = (is_named, &line.item_name) {
                connection
                    .prepare_cached("UPDATE items SET name = ?, named_by = 0 WHERE id = ?")?
                    .execute(params![name, item])?;
            }
            Ok(item)
        }
        None => {
            let item = take_ids(connection, "items", 1)?;
            connection.prepare_cached("INSERT INTO items VALUES (?, ?, ?, 0, 0)")?.execute(params![
                item,
                line.item_code,
                line.item_name
            ])?;
            Ok(item)
        }
    }
}

/// Counts the orders of customers again.
pub(crate) fn recount(connection: &Connection, customers: &BTreeSet<i64>) -> Result<()> {
    if customers.is_empty() {
        return Ok(());
    }
    connection.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS touched (customer_id INTEGER PRIMARY KEY); DELETE FROM temp.touched",
    )?;
    let mut insert = connection.prepare_cached("INSERT INTO temp.touched VALUES (?)")?;
    customers.iter().try_for_each(|customer| insert.execute([customer]).map(|_| ()))?;
    count_orders(connection)
}
