//! Taking a person out of the change log without breaking its chain.
//!
//! The values of an entry go and its hash stays, so that the entry after it still follows. Which entries were emptied, and with
//! which hash, is itself an entry (`customer_erased`, or `customers_withdrawn` for copies that were only lent) and so part of the chain: an entry that is empty and not listed there, or
//! listed with another hash, is found by [`Store::verify_chain`](crate::Store::verify_chain). The same holds for the images beside
//! the log, whose digest is a small chain of its own: of an emptied image the digest before it and after it are listed.

use crate::log::{Author, Draft, append, hex, image_hash};
use crate::{Error, Result};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use stillroom_records::ChangeKind;

/// What one erasure took out of the log, as its entry lists it.
#[derive(Default, Serialize, Deserialize)]
struct Listed {
    /// `(entry, its hash)`.
    entries: Vec<(i64, String)>,
    /// `(entry, customer, digest before the image, digest after it)`.
    images: Vec<ListedImage>,
}

type ListedImage = (i64, i64, String, String);

/// Everything that was taken out of the log.
#[derive(Default)]
pub(crate) struct Redactions {
    entries: BTreeMap<i64, String>,
    images: BTreeMap<(i64, i64), (String, String)>,
}

impl Redactions {
    pub(crate) fn load(connection: &Connection) -> Result<Self> {
        let mut statement = connection.prepare_cached(
            "SELECT after FROM change_log WHERE kind IN ('customer_erased', 'customers_withdrawn')
             AND after IS NOT NULL ORDER BY seq",
        )?;
        let mut redactions = Redactions::default();
        for after in statement.query_map([], |row| row.get::<_, String>(0))? {
            let listed: Listed = serde_json::from_str(&after?).unwrap_or_default();
            redactions.add(&listed);
        }
        Ok(redactions)
    }

    fn add(&mut self, listed: &Listed) {
        self.entries.extend(listed.entries.iter().cloned());
        let images = listed.images.iter().cloned();
        self.images.extend(images.map(|(seq, customer, before, after)| ((seq, customer), (before, after))));
    }

    /// The hash that an emptied entry is listed with.
    pub(crate) fn entry(&self, seq: i64) -> Option<&str> {
        self.entries.get(&seq).map(String::as_str)
    }

    /// The digest of the images of an entry; `None` when an emptied image does not stand where it is listed.
    pub(crate) fn images_digest(&self, connection: &Connection, seq: i64) -> Result<Option<String>> {
        Ok(self.digests(connection, seq)?.map(|digests| digests.last().cloned().unwrap_or_else(no_images).1))
    }

    /// `(customer, digest after its image)` of an entry, in order of customer.
    fn digests(&self, connection: &Connection, seq: i64) -> Result<Option<Vec<(i64, String)>>> {
        let mut statement = connection.prepare_cached(
            "SELECT customer_id, before, after FROM change_images WHERE seq = ? ORDER BY customer_id",
        )?;
        let mut rows = statement.query([seq])?;
        let mut digests: Vec<(i64, String)> = Vec::new();
        while let Some(row) = rows.next()? {
            let customer: i64 = row.get(0)?;
            let previous = digests.last().cloned().unwrap_or_else(no_images).1;
            let (before, after) = (row.get_ref(1)?, row.get_ref(2)?);
            let (before, after) = (before.as_str().unwrap_or_default(), after.as_str().unwrap_or_default());
            let digest = match self.images.get(&(seq, customer)) {
                Some(_) if !before.is_empty() || !after.is_empty() => return Ok(None),
                Some((listed_before, _)) if *listed_before != previous => return Ok(None),
                Some((_, listed_after)) => listed_after.clone(),
                None => image_hash(&previous, customer, before, after),
            };
            digests.push((customer, digest));
        }
        Ok(Some(digests))
    }

    /// The digests before and after the image of each of `customers`, which are in order, in one entry.
    fn list_images(&self, connection: &Connection, seq: i64, customers: &[i64]) -> Result<Vec<ListedImage>> {
        let digests = self.digests(connection, seq)?.ok_or(Error::ChainBroken { seq })?;
        let list = |customer: &i64| {
            let position =
                digests.binary_search_by_key(customer, |(of, _)| *of).map_err(|_| Error::Damaged)?;
            let before = position.checked_sub(1).and_then(|before| digests.get(before)).cloned();
            let after = digests.get(position).cloned().unwrap_or_else(no_images);
            Ok((seq, *customer, before.unwrap_or_else(no_images).1, after.1))
        };
        customers.iter().map(list).collect()
    }
}

fn no_images() -> (i64, String) {
    (0, hex(&[0; 32]))
}

/// Empties every entry and image that holds values of a customer that is erased, and logs that. Returns how many there were.
pub(crate) fn redact_customer(connection: &Connection, customer: i64, author: &Author) -> Result<u64> {
    let draft = Draft::new(ChangeKind::CustomerErased).range(customer, customer);
    redact(connection, &[customer], author, draft)
}

/// The same for customers, in order of their ids, whose copies go because what they came through ended: they may come back.
pub(crate) fn redact_copies(connection: &Connection, customers: &[i64], author: &Author) -> Result<u64> {
    redact(connection, customers, author, Draft::new(ChangeKind::CustomersWithdrawn))
}

fn redact(connection: &Connection, customers: &[i64], author: &Author, draft: Draft) -> Result<u64> {
    let redactions = Redactions::load(connection)?;
    let mut listed = Listed::default();
    let mut with_images: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for customer in customers {
        listed.entries.extend(entries_of(connection, *customer)?);
        let mut statement = connection
            .prepare_cached("SELECT seq FROM change_images WHERE customer_id = ? AND before <> ''")?;
        for seq in statement.query_map([customer], |row| row.get(0))? {
            with_images.entry(seq?).or_default().push(*customer);
        }
    }
    for (seq, customers) in with_images {
        listed.images.extend(redactions.list_images(connection, seq, &customers)?);
    }
    let mut blank = connection
        .prepare_cached("UPDATE change_images SET before = '', after = '' WHERE customer_id = ?")?;
    customers.iter().try_for_each(|customer| blank.execute([customer]).map(|_| ()))?;
    let mut empty =
        connection.prepare_cached("UPDATE change_log SET before = NULL, after = NULL WHERE seq = ?")?;
    listed.entries.iter().try_for_each(|(seq, _)| empty.execute([seq]).map(|_| ()))?;
    let n_redacted = listed.entries.len() + listed.images.len();
    append(connection, author, draft.after(json!(listed)))?;
    Ok(n_redacted as u64)
}

fn entries_of(connection: &Connection, customer: i64) -> Result<Vec<(i64, String)>> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, hash FROM change_log
         WHERE kind IN ('customer_edited', 'customer_deleted', 'customers_created') AND first_id = ?1 AND last_id = ?1
           AND (before IS NOT NULL OR after IS NOT NULL) ORDER BY seq",
    )?;
    let entries = statement
        .query_map(params![customer], |row| Ok((row.get(0)?, hex(&row.get::<_, Vec<u8>>(1)?))))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(entries)
}
