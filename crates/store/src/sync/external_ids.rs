//! External ids that two records claim.
//!
//! Two devices may give the same external id to two customers before they learn of each other. Of the records that say they have
//! it the one with the smallest record id holds it, on every device; the others keep their claim, and the next one gets the id
//! when its holder gives it up. So who has which depends on what the records say, not on the order in which they came.

use crate::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// The external id a customer claims and does not hold.
pub(crate) fn claimed_external_id(connection: &Connection, customer: i64) -> Result<Option<String>> {
    let mut statement =
        connection.prepare_cached("SELECT external_id FROM external_id_claims WHERE customer_id = ?")?;
    Ok(statement.query_row([customer], |row| row.get(0)).optional()?)
}

/// What became of a claim.
#[derive(Default)]
pub(crate) struct Claimed {
    /// The customer that claims the id in vain.
    pub(crate) loser: Option<i64>,
    /// Who got the id that was given up for it.
    pub(crate) heir: Option<Heir>,
}

/// A customer that got an external id which became free.
pub(crate) struct Heir {
    pub(crate) customer: i64,
    pub(crate) external_id: String,
}

/// Makes a customer claim an external id, in place of what it claimed before, and hands ids to whom they belong now.
pub(crate) fn claim(connection: &Connection, customer: i64, external_id: Option<&str>) -> Result<Claimed> {
    let held: Option<String> = connection
        .prepare_cached("SELECT external_id FROM customers WHERE id = ?")?
        .query_row([customer], |row| row.get(0))?;
    drop_claim(connection, customer)?;
    let mut heir = None;
    if held.as_deref() != external_id {
        set(connection, customer, None)?;
        heir = held.map_or(Ok(None), |given_up| hand_on(connection, &given_up))?;
    }
    let Some(wanted) = external_id else { return Ok(Claimed { loser: None, heir }) };
    let Some(holder) = holder_of(connection, wanted)?.filter(|holder| *holder != customer) else {
        set(connection, customer, Some(wanted))?;
        return Ok(Claimed { loser: None, heir });
    };
    let is_first: bool = connection
        .prepare_cached(
            "SELECT (SELECT record_id FROM records WHERE customer_id = ?1)
                  < (SELECT record_id FROM records WHERE customer_id = ?2)",
        )?
        .query_row([customer, holder], |row| Ok(row.get::<_, Option<bool>>(0)?.unwrap_or(false)))?;
    let loser = if is_first { holder } else { customer };
    if is_first {
        set(connection, holder, None)?;
        set(connection, customer, Some(wanted))?;
    }
    connection
        .prepare_cached("INSERT OR REPLACE INTO external_id_claims VALUES (?, ?)")?
        .execute(params![loser, wanted])?;
    Ok(Claimed { loser: Some(loser), heir })
}

/// Forgets what a customer claims in vain, and says whether it did.
pub(crate) fn drop_claim(connection: &Connection, customer: i64) -> Result<bool> {
    let n_claims = connection
        .prepare_cached("DELETE FROM external_id_claims WHERE customer_id = ?")?
        .execute([customer])?;
    Ok(n_claims > 0)
}

/// Gives an external id that nobody holds to the first record that claims it.
pub(crate) fn hand_on(connection: &Connection, external_id: &str) -> Result<Option<Heir>> {
    if holder_of(connection, external_id)?.is_some() {
        return Ok(None);
    }
    let next: Option<i64> = connection
        .prepare_cached(
            "SELECT c.customer_id FROM external_id_claims c JOIN records r ON r.customer_id = c.customer_id
             JOIN customers u ON u.id = c.customer_id AND u.external_id IS NULL
             WHERE c.external_id = ? ORDER BY r.record_id LIMIT 1",
        )?
        .query_row([external_id], |row| row.get(0))
        .optional()?;
    if let Some(customer) = next {
        drop_claim(connection, customer)?;
        set(connection, customer, Some(external_id))?;
    }
    Ok(next.map(|customer| Heir { customer, external_id: external_id.to_owned() }))
}

/// Hands on every id that people here took from its holder since; claims of customers that got another id since are over.
pub(crate) fn hand_on_all(connection: &Connection) -> Result<Vec<Heir>> {
    connection
        .prepare_cached(
            "DELETE FROM external_id_claims WHERE NOT EXISTS
             (SELECT 1 FROM customers c WHERE c.id = customer_id AND c.external_id IS NULL)",
        )?
        .execute([])?;
    let mut statement = connection
        .prepare_cached("SELECT DISTINCT external_id FROM external_id_claims ORDER BY external_id")?;
    let claimed: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let heirs = claimed.iter().map(|external_id| hand_on(connection, external_id));
    Ok(heirs.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

fn holder_of(connection: &Connection, external_id: &str) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT id FROM customers WHERE external_id = ?")?;
    Ok(statement.query_row([external_id], |row| row.get(0)).optional()?)
}

fn set(connection: &Connection, customer: i64, external_id: Option<&str>) -> Result<()> {
    connection
        .prepare_cached("UPDATE customers SET external_id = ? WHERE id = ?")?
        .execute(params![external_id, customer])?;
    Ok(())
}
