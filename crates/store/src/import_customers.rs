//! Rows that are customers: created, or matched by external id and updated.

use crate::fields::{Bound, StoredField};
use crate::import::OpenImport;
use crate::import_lines::Caches;
use crate::log::{Author, Draft, append, images_digest};
use crate::{Error, Result, Store};
use rusqlite::{Connection, params, params_from_iter};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use stillroom_records::{ChangeKind, FieldGroup, Value};

/// Images kept in memory before they are written as one log entry for each field group.
const MAX_PENDING_IMAGES: usize = 1_000;
/// Ids of matched customers kept in memory before they are written as ranges.
const MAX_PENDING_MATCHES: usize = 65_536;

impl Store {
    /// Writes a batch of customers of the running import; each row has the values of the announced columns, in order.
    ///
    /// A row whose external id is known updates that customer where the row has a value; any other row creates one.
    ///
    /// # Errors
    /// [`Error::NoImport`]; [`Error::RowWidth`]; [`Error::WrongKind`] and [`Error::InvalidValue`] for a value its field cannot
    /// hold. The import stays open and can be cancelled.
    pub fn append_customers(&mut self, rows: &[Vec<Value>]) -> Result<()> {
        let import = self.import.as_mut().ok_or(Error::NoImport)?;
        let connection = &self.connection;
        let names: Vec<&str> = import.columns.iter().map(|column| column.expression.as_str()).collect();
        let insert = insert_sql(&names);
        let select = format!("SELECT {} FROM customers WHERE id = ?", or_id(&names));
        for row in rows {
            check_row(&import.columns, row)?;
            let known =
                match import.external_id_column.and_then(|column| row.get(column)).and_then(Value::as_text) {
                    Some(external_id) => import.caches.customer(connection, external_id)?,
                    None => None,
                };
            match known {
                Some(id) => update(connection, import, &select, id, row)?,
                None => create(connection, import, &insert, row)?,
            }
        }
        Ok(())
    }
}

fn insert_sql(columns: &[&str]) -> String {
    let names: String = columns
        .iter()
        .map(|column| format!(", {}", column.strip_prefix("customers.").unwrap_or(column)))
        .collect();
    let marks = ", ?".repeat(columns.len());
    format!("INSERT INTO customers (id, import_id{names}) VALUES (?, ?{marks})")
}

/// A select list that is never empty.
fn or_id(columns: &[&str]) -> String {
    if columns.is_empty() { "id".to_owned() } else { columns.join(", ") }
}

fn check_row(columns: &[StoredField], row: &[Value]) -> Result<()> {
    if row.len() != columns.len() {
        return Err(Error::RowWidth { found: row.len(), expected: columns.len() });
    }
    columns.iter().zip(row).try_for_each(|(column, value)| column.check(value))
}

fn create(connection: &Connection, import: &mut OpenImport, insert: &str, row: &[Value]) -> Result<()> {
    let id = import.next_customer;
    let mut statement = connection.prepare_cached(insert)?;
    statement.raw_bind_parameter(1, id)?;
    statement.raw_bind_parameter(2, import.id)?;
    for (position, value) in row.iter().enumerate() {
        statement.raw_bind_parameter(position + 3, Bound(value))?;
    }
    statement.raw_execute()?;
    if let Some(external_id) =
        import.external_id_column.and_then(|column| row.get(column)).and_then(Value::as_text)
    {
        import.caches.remember_customer(external_id, id);
    }
    import.next_customer += 1;
    import.summary.customers_created += 1;
    Ok(())
}

fn update(
    connection: &Connection,
    import: &mut OpenImport,
    select: &str,
    id: i64,
    row: &[Value],
) -> Result<()> {
    let stored: Vec<Value> = connection.prepare_cached(select)?.query_row([id], |found| {
        let values = import.columns.iter().enumerate();
        values.map(|(position, column)| Ok(column.value_from(found.get_ref(position)?))).collect()
    })?;
    let changed: Vec<usize> = (0..row.len())
        .filter(|position| matches!((row.get(*position), stored.get(*position)), (Some(new), Some(old)) if !new.is_missing() && new != old))
        .collect();
    let is_own = id >= import.first_customer;
    if !is_own {
        import.matches.note(connection, import.id, id)?;
    }
    if changed.is_empty() {
        import.summary.customers_unchanged += 1;
        return Ok(());
    }
    let picked =
        || changed.iter().filter_map(|position| Some((import.columns.get(*position)?, row.get(*position)?)));
    let assignments: Vec<String> = picked()
        .map(|(column, _)| format!("{} = ?", column.expression.trim_start_matches("customers.")))
        .collect();
    let parameters: Vec<Bound<'_>> = picked().map(|(_, value)| Bound(value)).collect();
    connection
        .prepare_cached(&format!("UPDATE customers SET {} WHERE id = {id}", assignments.join(", ")))?
        .execute(params_from_iter(parameters))?;
    if !is_own {
        for position in changed {
            if let (Some(column), Some(old), Some(new)) =
                (import.columns.get(position), stored.get(position), row.get(position))
            {
                import.images.note(id, column, old, new);
            }
        }
        import.images.flush_when_full(connection, &Author::import(import.now_millis, import.id))?;
    }
    import.summary.customers_updated += 1;
    Ok(())
}

/// What updated customers had before and have after, waiting to be written. Of a field changed twice, the first before and the
/// last after are kept.
#[derive(Default)]
pub(crate) struct Images(BTreeMap<(FieldGroup, i64), Image>);

/// The changed fields of one customer and group.
#[derive(Default)]
struct Image {
    before: Map<String, Json>,
    after: Map<String, Json>,
}

impl Images {
    /// Forgets what waits about a customer.
    pub(crate) fn drop_customer(&mut self, customer: i64) {
        self.0.retain(|(_, of), _| *of != customer);
    }

    pub(crate) fn note(&mut self, customer: i64, field: &StoredField, before: &Value, after: &Value) {
        let key = field.key().as_str();
        let image = self.0.entry((field.definition.group, customer)).or_default();
        image.before.entry(key).or_insert_with(|| json!(before));
        image.after.insert(key.to_owned(), json!(after));
    }

    pub(crate) fn flush_when_full(&mut self, connection: &Connection, author: &Author) -> Result<()> {
        if self.0.len() < MAX_PENDING_IMAGES { Ok(()) } else { self.flush(connection, author) }
    }

    /// Writes what waits: one log entry for each field group, with the digest of its images.
    pub(crate) fn flush(&mut self, connection: &Connection, author: &Author) -> Result<()> {
        let images = std::mem::take(&mut self.0);
        for group in FieldGroup::ALL {
            let of_group: Vec<(i64, String, String)> = images
                .range((group, i64::MIN)..=(group, i64::MAX))
                .map(|((_, customer), image)| {
                    (*customer, json!(image.before).to_string(), json!(image.after).to_string())
                })
                .collect();
            write_images(connection, group, &of_group, author)?;
        }
        Ok(())
    }
}

fn write_images(
    connection: &Connection,
    group: FieldGroup,
    images: &[(i64, String, String)],
    author: &Author,
) -> Result<()> {
    let (Some((first, ..)), Some((last, ..))) = (images.first(), images.last()) else { return Ok(()) };
    let digest =
        images_digest(images.iter().map(|(customer, before, after)| (*customer, &**before, &**after)));
    let draft = Draft::new(ChangeKind::CustomersUpdated)
        .range(*first, *last)
        .group(group)
        .after(json!({ "customers": images.len(), "images": digest }));
    let seq = append(connection, author, draft)?;
    let mut insert = connection.prepare_cached("INSERT INTO change_images VALUES (?, ?, ?, ?)")?;
    for (customer, before, after) in images {
        insert.execute(params![seq, customer, before, after])?;
    }
    Ok(())
}

/// Which customers of earlier imports this one matched, kept as ranges: a file imported again names them in the same order.
#[derive(Default)]
pub(crate) struct Matches(Vec<i64>);

impl Matches {
    pub(crate) fn note(&mut self, connection: &Connection, import: i64, customer: i64) -> Result<()> {
        self.0.push(customer);
        if self.0.len() < MAX_PENDING_MATCHES { Ok(()) } else { self.flush(connection, import) }
    }

    pub(crate) fn flush(&mut self, connection: &Connection, import: i64) -> Result<()> {
        let mut customers = std::mem::take(&mut self.0);
        customers.sort_unstable();
        customers.dedup();
        let mut insert = connection.prepare_cached("INSERT INTO import_matches VALUES (?, ?, ?)")?;
        for run in customers.chunk_by(|earlier, later| later - earlier == 1) {
            if let (Some(first), Some(last)) = (run.first(), run.last()) {
                insert.execute(params![import, first, last])?;
            }
        }
        Ok(())
    }
}

impl Caches {
    /// Creates the customer an order line names, with nothing known but the external id.
    pub(crate) fn create_named(
        connection: &Connection,
        import: &mut OpenImport,
        external_id: &str,
    ) -> Result<i64> {
        let id = import.next_customer;
        connection
            .prepare_cached("INSERT INTO customers (id, import_id, external_id) VALUES (?, ?, ?)")?
            .execute(params![id, import.id, external_id])?;
        import.caches.remember_customer(external_id, id);
        import.next_customer += 1;
        import.summary.customers_created += 1;
        Ok(id)
    }
}
