//! Converted rows in the store's words.

use stillroom_import::{Cell, CustomerRow, OrderLineRow};
use stillroom_records::{FieldKind, OrderLineDraft, Private, Value};
use stillroom_store::ImportIssue;

use super::plan::FieldColumn;

/// A customer's values in the columns' order. Several values of one field are joined by "; ". With `numbers_rows` the file
/// has nothing that names a customer, so the converter's row numbers are no ids.
pub(super) fn customer_values(
    row: CustomerRow,
    columns: &[FieldColumn],
    numbers_rows: bool,
    issues: &mut Vec<ImportIssue>,
) -> Vec<Value> {
    let mut values = vec![Value::Missing; columns.len()];
    for (name, cell) in row.fields {
        let Some(idx) = columns.iter().position(|column| column.name == *name) else { continue };
        if numbers_rows && idx == 0 {
            continue;
        }
        match value(cell, columns[idx].kind) {
            Some(value) => join(&mut values[idx], value),
            None => issues.push(ImportIssue {
                row: row.row,
                field: columns[idx].key.to_string(),
                reason: "kind-differs".to_owned(),
                value_kind: "text".to_owned(),
            }),
        }
    }
    values
}

fn value(cell: Cell, kind: FieldKind) -> Option<Value> {
    match (kind, cell) {
        (_, Cell::Missing) => Some(Value::Missing),
        (FieldKind::Number, Cell::Number(number)) => Some(Value::Number(number)),
        (FieldKind::Date, Cell::Time(millis)) => Some(Value::time(millis)),
        (FieldKind::Boolean, Cell::Boolean(yes)) => Some(Value::Boolean(yes)),
        (FieldKind::Text | FieldKind::Category, Cell::Text(text)) => Some(Value::text(text)),
        (FieldKind::Text | FieldKind::Category, Cell::Number(number)) => {
            Some(Value::text(number.to_string()))
        }
        _ => None,
    }
}

fn join(slot: &mut Value, value: Value) {
    match (&mut *slot, &value) {
        (Value::Text(known), Value::Text(more)) => {
            known.push_str("; ");
            known.push_str(more);
        }
        (Value::Missing, _) => *slot = value,
        _ => {}
    }
}

/// An order line as the store takes it.
pub(super) fn order_line(row: OrderLineRow) -> OrderLineDraft {
    OrderLineDraft {
        order_number: Some(row.order_no),
        customer: row.customer.map(Private::new),
        item_code: row.item_code,
        item_name: row.item_name,
        quantity: row.quantity,
        unit_price: Some(row.unit_price),
        at_millis: Some(row.at_millis),
        country: row.country,
    }
}
