//! One customer: fields, orders and scores; created, edited and deleted by hand.

use crate::fields::{Bound, FieldTable, StoredField, take_ids};
use crate::log::{Author, Draft, append};
use crate::sync::content::PartContent;
use crate::view::not_found;
use crate::{Error, Result, Store};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde_json::{Map, json};
use stillroom_records::{ChangeKind, CustomerId, FieldDefinition, FieldKey, ImportId, Value};

/// Everything known about one customer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Customer {
    /// The customer.
    pub id: CustomerId,
    /// The import that created it; `None` when it was created by hand.
    pub import: Option<ImportId>,
    /// Every field of the workspace with this customer's value, scores included.
    pub fields: Vec<(FieldDefinition, Value)>,
    /// How many order lines belong to it.
    pub n_order_lines: u64,
    /// Since when its processing is restricted (Art 18 GDPR), in milliseconds since 1970-01-01 UTC.
    pub restricted_since: Option<i64>,
}

/// One order line as stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OrderLine {
    /// The number of the order.
    pub order_number: Option<String>,
    /// The code of the item.
    pub item_code: String,
    /// The item's name.
    pub item_name: Option<String>,
    /// How many; negative for what came back.
    pub quantity: f64,
    /// Price of one.
    pub unit_price: Option<f64>,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at_millis: Option<i64>,
    /// Whether the line takes something back.
    pub is_cancelled: bool,
    /// The country of the sale.
    pub country: Option<String>,
}

impl Store {
    /// Reads one customer.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn customer(&self, customer: CustomerId) -> Result<Customer> {
        let all = self.fields.all();
        let expressions: String = all.iter().map(|field| format!(", {}", field.expression)).collect();
        let n_lines = "(SELECT count(*) FROM order_lines WHERE customer_id = customers.id)";
        let sql =
            format!("SELECT import_id, {n_lines}, restricted_ms{expressions} FROM customers WHERE id = ?");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let read = |row: &rusqlite::Row<'_>| {
            let fields = all.iter().enumerate().map(|(position, field)| {
                Ok((field.definition.clone(), field.value_from(row.get_ref(position + 3)?)))
            });
            Ok(Customer {
                id: customer,
                import: row.get::<_, Option<i64>>(0)?.map(ImportId),
                n_order_lines: row.get::<_, i64>(1)? as u64,
                restricted_since: row.get(2)?,
                fields: fields.collect::<rusqlite::Result<_>>()?,
            })
        };
        statement.query_row([customer.0], read).map_err(not_found("customer"))
    }

    /// The customer with an external id.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn customer_by_external_id(&self, external_id: &str) -> Result<Option<CustomerId>> {
        let mut statement =
            self.connection.prepare_cached("SELECT id FROM customers WHERE external_id = ?")?;
        Ok(statement.query_row([external_id], |row| row.get(0).map(CustomerId)).optional()?)
    }

    /// A page of a customer's order lines, latest first.
    ///
    /// # Errors
    /// What the database refuses; a customer that does not exist has no lines.
    pub fn customer_order_lines(
        &self,
        customer: CustomerId,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<OrderLine>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT l.order_number, i.code, i.name, l.quantity, l.unit_price, l.at_ms, l.cancelled, l.country
             FROM order_lines l JOIN items i ON i.id = l.item_id
             WHERE l.customer_id = ? ORDER BY l.at_ms DESC, l.id DESC LIMIT ? OFFSET ?",
        )?;
        let lines = statement.query_map(params![customer.0, limit as i64, offset as i64], |row| {
            Ok(OrderLine {
                order_number: row.get(0)?,
                item_code: row.get(1)?,
                item_name: row.get(2)?,
                quantity: row.get(3)?,
                unit_price: row.get(4)?,
                at_millis: row.get(5)?,
                is_cancelled: row.get(6)?,
                country: row.get(7)?,
            })
        })?;
        Ok(lines.collect::<rusqlite::Result<_>>()?)
    }

    /// Creates a customer by hand.
    ///
    /// # Errors
    /// [`Error::UnknownField`], [`Error::FieldNotEditable`], [`Error::WrongKind`], [`Error::InvalidValue`],
    /// [`Error::DuplicateExternalId`], [`Error::ImportInProgress`].
    pub fn create_customer(&mut self, values: &[(FieldKey, Value)], now_millis: i64) -> Result<CustomerId> {
        self.write(|connection, fields| {
            let id = take_ids(connection, "customers", 1)?;
            connection.execute("INSERT INTO customers (id) VALUES (?)", [id])?;
            let mut after = Map::new();
            for (key, value) in values {
                let field = fields.get(key)?;
                set_field(connection, field, id, value)?;
                after.insert(key.to_string(), json!(value));
            }
            let draft = Draft::new(ChangeKind::CustomersCreated).range(id, id).after(json!(after));
            append(connection, &Author::user(now_millis, "create"), draft)?;
            Ok(CustomerId(id))
        })
    }

    /// Sets one field of one customer; [`Value::Missing`] empties it. Writing the value that is there does nothing and is not
    /// logged.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::UnknownField`], [`Error::FieldNotEditable`], [`Error::WrongKind`],
    /// [`Error::InvalidValue`], [`Error::DuplicateExternalId`], [`Error::ImportInProgress`].
    pub fn update_customer_field(
        &mut self,
        customer: CustomerId,
        key: &FieldKey,
        value: &Value,
        now_millis: i64,
    ) -> Result<()> {
        self.write(|connection, fields| {
            edit_field(connection, fields.get(key)?, customer.0, value, now_millis)
        })
    }

    /// Deletes a customer with its scores; its order lines stay and belong to nobody. The log keeps what was there.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::ImportInProgress`].
    pub fn delete_customer(&mut self, customer: CustomerId, now_millis: i64) -> Result<()> {
        self.write(|connection, fields| {
            let before = known_values(connection, fields, customer.0)?;
            connection.execute("DELETE FROM customers WHERE id = ?", [customer.0])?;
            let draft =
                Draft::new(ChangeKind::CustomerDeleted).range(customer.0, customer.0).before(json!(before));
            append(connection, &Author::user(now_millis, "delete"), draft)?;
            Ok(())
        })
    }
}

/// Everything known about a customer, as the log keeps it.
pub(crate) fn known_values(
    connection: &Connection,
    fields: &FieldTable,
    customer: i64,
) -> Result<Map<String, serde_json::Value>> {
    let all = fields.all();
    let expressions: String = all.iter().map(|field| format!(", {}", field.expression)).collect();
    let sql = format!("SELECT id{expressions} FROM customers WHERE id = ?");
    let read = |row: &rusqlite::Row<'_>| {
        let values = all.iter().enumerate();
        values
            .map(|(position, field)| {
                Ok((field.key().to_string(), field.value_from(row.get_ref(position + 1)?)))
            })
            .collect::<rusqlite::Result<Vec<_>>>()
    };
    let values =
        connection.prepare_cached(&sql)?.query_row([customer], read).map_err(not_found("customer"))?;
    let known = values.into_iter().filter(|(_, value)| !value.is_missing());
    Ok(known.map(|(key, value)| (key, json!(value))).collect())
}

/// Writes the fields of a part as an edit made by hand, logged for each field; what the part does not name is emptied when it
/// `is_whole`.
pub(crate) fn write_fields_of(
    connection: &Connection,
    fields: &FieldTable,
    customer: i64,
    part: &PartContent,
    is_whole: bool,
    now_millis: i64,
) -> Result<()> {
    for named in &part.fields {
        let field = fields.get(&named.key)?;
        if field.definition.kind != named.kind {
            return Err(Error::WrongKind { field: named.key.clone(), expected: field.definition.kind });
        }
    }
    for field in fields.all().iter().filter(|field| field.definition.is_editable()) {
        let named = part.fields.iter().find(|named| named.key == *field.key());
        let emptied = is_whole && field.definition.group == part.group;
        let value = match named {
            Some(named) => named.value.clone(),
            None if emptied => Value::Missing,
            None => continue,
        };
        edit_field(connection, field, customer, &value, now_millis)?;
    }
    Ok(())
}

fn edit_field(
    connection: &Connection,
    field: &StoredField,
    customer: i64,
    value: &Value,
    now_millis: i64,
) -> Result<()> {
    let key = field.key();
    let sql = format!("SELECT {} FROM customers WHERE id = ?", field.expression);
    let before = connection
        .prepare_cached(&sql)?
        .query_row([customer], |row| Ok(field.value_from(row.get_ref(0)?)))
        .map_err(not_found("customer"))?;
    if &before == value {
        return Ok(());
    }
    set_field(connection, field, customer, value)?;
    let draft = Draft::new(ChangeKind::CustomerEdited)
        .range(customer, customer)
        .group(field.definition.group)
        .before(json!({ key.as_str(): before }))
        .after(json!({ key.as_str(): value }));
    append(connection, &Author::user(now_millis, "edit"), draft)?;
    Ok(())
}

fn set_field(connection: &Connection, field: &StoredField, customer: i64, value: &Value) -> Result<()> {
    let column = field.editable_column()?.trim_start_matches("customers.");
    field.check(value)?;
    check_meaning(field, value)?;
    let sql = format!("UPDATE customers SET {column} = ? WHERE id = ?");
    match connection.prepare_cached(&sql)?.execute(params![Bound(value), customer]) {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(Error::DuplicateExternalId),
        Err(error) => Err(error.into()),
    }
}

/// What a person typing a value can get wrong beyond its type. Imports keep what the file says and list it as an issue instead.
fn check_meaning(field: &StoredField, value: &Value) -> Result<()> {
    let invalid = |reason| Err(Error::InvalidValue { field: field.key().clone(), reason });
    match (field.key().as_str(), value.as_text()) {
        ("email", Some(address)) if !looks_like_address(address) => {
            invalid("an e-mail address has a name, an @ and a domain")
        }
        _ => Ok(()),
    }
}

fn looks_like_address(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
        && !text.contains(char::is_whitespace)
}

fn is_unique_violation(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|failure| failure.code == rusqlite::ErrorCode::ConstraintViolation)
}
