//! Rows that are order lines, and the look-ups that make them fast.

use crate::import::OpenImport;
use crate::{Error, Result, Store};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use stillroom_records::{FieldKey, OrderLineDraft};

/// Most entries of a look-up cache; past it the cache starts afresh and the index answers.
const MAX_CACHED: usize = 200_000;

/// External ids and item codes seen lately, with their ids.
#[derive(Default)]
pub(crate) struct Caches {
    customers: HashMap<String, i64>,
    items: HashMap<String, CachedItem>,
}

#[derive(Clone, Copy)]
struct CachedItem {
    id: i64,
    is_named: bool,
}

impl Caches {
    /// The customer with this external id, if there is one.
    pub(crate) fn customer(&mut self, connection: &Connection, external_id: &str) -> Result<Option<i64>> {
        if let Some(id) = self.customers.get(external_id) {
            return Ok(Some(*id));
        }
        let found: Option<i64> = connection
            .prepare_cached("SELECT id FROM customers WHERE external_id = ?")?
            .query_row([external_id], |row| row.get(0))
            .optional()?;
        if let Some(id) = found {
            self.remember_customer(external_id, id);
        }
        Ok(found)
    }

    pub(crate) fn remember_customer(&mut self, external_id: &str, id: i64) {
        if self.customers.len() >= MAX_CACHED {
            self.customers.clear();
        }
        self.customers.insert(external_id.to_owned(), id);
    }

    fn item(&mut self, connection: &Connection, code: &str) -> Result<Option<CachedItem>> {
        if let Some(item) = self.items.get(code) {
            return Ok(Some(*item));
        }
        let found = connection
            .prepare_cached("SELECT id, name IS NOT NULL FROM items WHERE code = ?")?
            .query_row([code], |row| Ok(CachedItem { id: row.get(0)?, is_named: row.get(1)? }))
            .optional()?;
        if let Some(item) = found {
            self.remember_item(code, item);
        }
        Ok(found)
    }

    fn remember_item(&mut self, code: &str, item: CachedItem) {
        if self.items.len() >= MAX_CACHED {
            self.items.clear();
        }
        self.items.insert(code.to_owned(), item);
    }
}

impl Store {
    /// Writes a batch of order lines of the running import.
    ///
    /// A line whose customer is not known creates that customer with nothing but the external id; a line without a customer is
    /// kept and belongs to nobody. An item is known by its code and named by the first line that names it. A line with a negative
    /// quantity is a cancelled one, and so is one whose order number is marked with a `C`, unless most sales of the file are.
    ///
    /// # Errors
    /// [`Error::NoImport`]; [`Error::InvalidValue`] when a quantity or a price is not finite or the item has no code. The import
    /// stays open and can be cancelled.
    pub fn append_order_lines(&mut self, lines: &[OrderLineDraft]) -> Result<()> {
        let import = self.import.as_mut().ok_or(Error::NoImport)?;
        lines.iter().try_for_each(|line| append_line(&self.connection, import, line))
    }
}

fn append_line(connection: &Connection, import: &mut OpenImport, line: &OrderLineDraft) -> Result<()> {
    check_line(line)?;
    let customer = match &line.customer {
        // EXPOSE: the external id is what the line is matched by; it goes into the encrypted database and nowhere else.
        Some(external_id) => Some(known_or_created(connection, import, external_id.expose())?),
        None => None,
    };
    let item = item_of(connection, import, line)?;
    let is_cancelled = line.is_cancelled();
    connection.prepare_cached("INSERT INTO order_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?.execute(
        params![
            import.next_line,
            customer,
            item,
            line.quantity,
            line.unit_price,
            line.at_millis,
            is_cancelled,
            import.id,
            line.order_number,
            line.country,
        ],
    )?;
    import.next_line += 1;
    import.summary.order_lines += 1;
    import.summary.cancelled_lines += u64::from(is_cancelled);
    if line.quantity >= 0.0 {
        let counter = if line.is_marked() { &mut import.marked_sales } else { &mut import.plain_sales };
        *counter += 1;
    }
    import.summary.anonymous_lines += u64::from(customer.is_none());
    Ok(())
}

/// Takes the mark of cancelled orders for what it is where most sales of the import have it: how the shop numbers its orders.
pub(crate) fn unmark_ordinary_sales(connection: &Connection, import: &mut OpenImport) -> Result<()> {
    if import.marked_sales <= import.plain_sales {
        return Ok(());
    }
    connection.execute(
        "UPDATE order_lines SET cancelled = 0 WHERE id >= ? AND quantity >= 0 AND cancelled = 1",
        [import.first_line],
    )?;
    import.summary.cancelled_lines -= import.marked_sales;
    Ok(())
}

fn check_line(line: &OrderLineDraft) -> Result<()> {
    let invalid = |field: &str, reason| {
        FieldKey::new(field).map_err(Error::from).and_then(|field| Err(Error::InvalidValue { field, reason }))
    };
    if line.item_code.is_empty() {
        return invalid("item_code", "every line needs an item");
    }
    if !line.quantity.is_finite() {
        return invalid("quantity", "the number is not finite");
    }
    if line.unit_price.is_some_and(|price| !price.is_finite()) {
        return invalid("unit_price", "the number is not finite");
    }
    Ok(())
}

fn known_or_created(connection: &Connection, import: &mut OpenImport, external_id: &str) -> Result<i64> {
    match import.caches.customer(connection, external_id)? {
        Some(id) => Ok(id),
        None => Caches::create_named(connection, import, external_id),
    }
}

fn item_of(connection: &Connection, import: &mut OpenImport, line: &OrderLineDraft) -> Result<i64> {
    let name = line.item_name.as_deref().filter(|name| !name.is_empty());
    match import.caches.item(connection, &line.item_code)? {
        Some(item) if item.is_named || name.is_none() => Ok(item.id),
        Some(item) => {
            connection
                .prepare_cached("UPDATE items SET name = ?, named_by = ? WHERE id = ?")?
                .execute(params![name, import.id, item.id])?;
            import.caches.remember_item(&line.item_code, CachedItem { is_named: true, ..item });
            Ok(item.id)
        }
        None => {
            let item = CachedItem { id: import.next_item, is_named: name.is_some() };
            connection.prepare_cached("INSERT INTO items VALUES (?, ?, ?, ?, ?)")?.execute(params![
                item.id,
                line.item_code,
                name,
                import.id,
                name.map(|_| import.id)
            ])?;
            import.caches.remember_item(&line.item_code, item);
            import.next_item += 1;
            import.summary.items_created += 1;
            Ok(item.id)
        }
    }
}
