//! What one part of a record holds, in the form in which it is sealed and travels.
//!
//! A part says everything there is: a field that it does not name is empty. Its encoding is the deterministic CBOR of
//! `stillroom_consent::cbor`, fields in order of their keys, lines in order of storage.

use super::external_ids::claimed_external_id;
use super::merge_fields::defined_at;
use super::records::find_record;
use super::transaction::SyncTransaction;
use crate::fields::{FieldTable, StoredField};
use crate::{Error, Result, Store};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use stillroom_consent::{RecordId, ReportColumn, cbor};
use stillroom_records::field::{FieldOrigin, keys};
use stillroom_records::{CustomerId, FieldGroup, FieldKey, FieldKind, Value};

/// Milliseconds of a day.
const DAY_MILLIS: i64 = 86_400_000;

/// One part of a record.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartContent {
    /// The record.
    pub record: RecordId,
    /// The group.
    pub group: FieldGroup,
    /// 0 for the group's fields, otherwise the number of a bundle of order lines.
    pub part: u64,
    /// The fields that hold something, in order of their keys.
    pub fields: Vec<FieldContent>,
    /// The scores, in order of their keys.
    pub scores: Vec<FieldContent>,
    /// The order lines of a bundle.
    pub lines: Vec<LineContent>,
}

/// One field that holds something.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldContent {
    /// Which.
    pub key: FieldKey,
    /// The type of its values.
    pub kind: FieldKind,
    /// How it is defined, where that is not fixed.
    pub shape: Option<FieldShape>,
    /// Its value, never missing.
    pub value: Value,
}

/// The definition of a custom field or a score set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldShape {
    /// What people call it.
    pub label: String,
    /// When it was defined so, in milliseconds since 1970; 0 for a score set, which keeps the label it was made with.
    pub defined_at: i64,
}

/// One order line.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "LineTuple", into = "LineTuple")]
pub struct LineContent {
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

/// The lines of a bundle are many: without the names of their fields they take half the room.
type LineTuple =
    (Option<String>, String, Option<String>, f64, Option<f64>, Option<i64>, bool, Option<String>);

impl From<LineTuple> for LineContent {
    fn from(tuple: LineTuple) -> Self {
        let (order_number, item_code, item_name, quantity, unit_price, at_millis, is_cancelled, country) =
            tuple;
        LineContent {
            order_number,
            item_code,
            item_name,
            quantity,
            unit_price,
            at_millis,
            is_cancelled,
            country,
        }
    }
}

impl From<LineContent> for LineTuple {
    fn from(line: LineContent) -> Self {
        (
            line.order_number,
            line.item_code,
            line.item_name,
            line.quantity,
            line.unit_price,
            line.at_millis,
            line.is_cancelled,
            line.country,
        )
    }
}

impl PartContent {
    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads the encoding, and checks that its parts fit each other.
    ///
    /// # Errors
    /// [`Error::MalformedContent`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let content: PartContent = cbor::decode(bytes).map_err(|_| Error::MalformedContent)?;
        if content.is_well_formed() { Ok(content) } else { Err(Error::MalformedContent) }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.scores.is_empty() && self.lines.is_empty()
    }

    fn is_well_formed(&self) -> bool {
        let in_order = |fields: &[FieldContent]| fields.is_sorted_by(|one, next| one.key < next.key);
        let is_bundle = self.part != 0;
        let fits = if is_bundle {
            self.group == FieldGroup::Behaviour && self.fields.is_empty() && self.scores.is_empty()
        } else {
            self.lines.is_empty() && (self.scores.is_empty() || self.group == FieldGroup::Scores)
        };
        fits && in_order(&self.fields)
            && in_order(&self.scores)
            && self.fields.iter().all(|field| field.value_fits())
            && self.scores.iter().all(|score| {
                score.value_fits() && matches!(score.kind, FieldKind::Number | FieldKind::Category)
            })
            && self.lines.iter().all(LineContent::is_well_formed)
    }
}

impl FieldContent {
    fn value_fits(&self) -> bool {
        match (self.kind, &self.value) {
            (FieldKind::Text | FieldKind::Category, Value::Text(text)) => !text.is_empty(),
            (FieldKind::Number, Value::Number(number)) => number.is_finite(),
            (FieldKind::Date, Value::Time { .. }) | (FieldKind::Boolean, Value::Boolean(_)) => true,
            _ => false,
        }
    }
}

impl LineContent {
    fn is_well_formed(&self) -> bool {
        !self.item_code.is_empty() && self.quantity.is_finite() && self.unit_price.is_none_or(f64::is_finite)
    }
}

impl std::fmt::Debug for PartContent {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PartContent")
            .field("group", &self.group)
            .field("part", &self.part)
            .field("n_fields", &self.fields.len())
            .field("n_lines", &self.lines.len())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for FieldContent {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FieldContent").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for LineContent {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("LineContent(…)")
    }
}

impl SyncTransaction<'_> {
    /// What a part of a customer holds now.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the customer is gone or its record has no id.
    pub fn content(&self, customer: CustomerId, group: FieldGroup, part: u64) -> Result<PartContent> {
        read_content(self.connection, &self.fields, customer.0, group, part)
    }

    /// The numbers of a group that the readable lane may carry, in the order of their columns. The score is that of the set
    /// `score`, and of the numeric set written last when there is none.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the customer is gone.
    pub fn report(
        &self,
        customer: CustomerId,
        group: FieldGroup,
        score: Option<&FieldKey>,
    ) -> Result<Vec<(ReportColumn, f64)>> {
        let all: [Option<f64>; 6] = self
            .connection
            .prepare_cached(
                "SELECT created_at, orders, spent, first_order_at, last_order_at,
                        (SELECT s.number FROM scores s JOIN score_sets t ON t.id = s.set_id
                         WHERE s.customer_id = customers.id AND t.kind = 'number' AND t.key = coalesce(?2, t.key)
                         ORDER BY t.id DESC LIMIT 1)
                 FROM customers WHERE id = ?1",
            )?
            .query_row(params![customer.0, score.map(FieldKey::as_str)], |row| {
                let day = |column| {
                    let millis = row.get::<_, Option<i64>>(column);
                    millis.map(|found| found.map(|millis| millis.div_euclid(DAY_MILLIS) as f64))
                };
                Ok([day(0)?, row.get(1)?, row.get(2)?, day(3)?, day(4)?, row.get(5)?])
            })
            .map_err(crate::view::not_found("customer"))?;
        let columns = ReportColumn::ALL.into_iter().zip(all);
        Ok(columns
            .filter(|(column, _)| column.group() == group)
            .filter_map(|(column, number)| Some((column, number.filter(|number| number.is_finite())?)))
            .collect())
    }
}

impl Store {
    /// What a part of a customer holds now.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the customer is gone or its record has no id.
    pub fn part_content(&self, customer: CustomerId, group: FieldGroup, part: u64) -> Result<PartContent> {
        read_content(&self.connection, &self.fields, customer.0, group, part)
    }
}

pub(crate) fn read_content(
    connection: &Connection,
    fields: &FieldTable,
    customer: i64,
    group: FieldGroup,
    part: u64,
) -> Result<PartContent> {
    let record = find_record(connection, customer)?.ok_or(Error::NotFound { record: "customer" })?;
    let mut content =
        PartContent { record, group, part, fields: Vec::new(), scores: Vec::new(), lines: Vec::new() };
    if part != 0 {
        content.lines = read_bundle(connection, customer, part)?;
        return Ok(content);
    }
    let of_group: Vec<&StoredField> =
        fields.all().iter().filter(|field| field.definition.group == group).collect();
    let expressions: String = of_group.iter().map(|field| format!(", {}", field.expression)).collect();
    let sql = format!("SELECT id{expressions} FROM customers WHERE id = ?");
    let values: Vec<Value> = connection
        .prepare_cached(&sql)?
        .query_row([customer], |row| {
            let values = of_group.iter().enumerate();
            values.map(|(position, field)| Ok(field.value_from(row.get_ref(position + 1)?))).collect()
        })
        .map_err(crate::view::not_found("customer"))?;
    for (field, value) in of_group.into_iter().zip(values) {
        content.add(connection, field, value)?;
    }
    if group == FieldGroup::Identity {
        content.claim(claimed_external_id(connection, customer)?);
    }
    content.fields.sort_by(|one, next| one.key.cmp(&next.key));
    content.scores.sort_by(|one, next| one.key.cmp(&next.key));
    Ok(content)
}

impl PartContent {
    fn add(&mut self, connection: &Connection, field: &StoredField, value: Value) -> Result<()> {
        let definition = &field.definition;
        if value.is_missing() || definition.origin == FieldOrigin::Computed {
            return Ok(());
        }
        let defined_at = match definition.origin {
            FieldOrigin::Custom => Some(defined_at(connection, definition.key.as_str())?),
            FieldOrigin::Score => Some(0),
            FieldOrigin::Standard | FieldOrigin::Computed => None,
        };
        let shape = defined_at.map(|defined_at| FieldShape { label: definition.label.clone(), defined_at });
        let content = FieldContent { key: definition.key.clone(), kind: definition.kind, shape, value };
        let place = if definition.origin == FieldOrigin::Score { &mut self.scores } else { &mut self.fields };
        place.push(content);
        Ok(())
    }
}

impl PartContent {
    /// An external id that another record holds here still belongs to what this record says.
    fn claim(&mut self, external_id: Option<String>) {
        let is_free = self.fields.iter().all(|field| field.key.as_str() != keys::EXTERNAL_ID);
        if let (true, Some(text), Ok(key)) = (is_free, external_id, FieldKey::new(keys::EXTERNAL_ID)) {
            let value = Value::text(text);
            self.fields.push(FieldContent { key, kind: FieldKind::Text, shape: None, value });
        }
    }
}

fn read_bundle(connection: &Connection, customer: i64, part: u64) -> Result<Vec<LineContent>> {
    let mut statement = connection.prepare_cached(
        "SELECT l.order_number, i.code, i.name, l.quantity, l.unit_price, l.at_ms, l.cancelled, l.country
         FROM record_parts p JOIN order_lines l
           ON l.customer_id = p.customer_id AND l.id BETWEEN p.first_line AND p.last_line
         JOIN items i ON i.id = l.item_id
         WHERE p.customer_id = ? AND p.part = ? ORDER BY l.id",
    )?;
    let lines = statement.query_map(params![customer, part as i64], |row| {
        Ok(LineContent {
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
