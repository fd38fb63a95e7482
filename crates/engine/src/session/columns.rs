//! From a recipe's names to columns of the database.

use std::collections::BTreeMap;

use stillroom_analytics::{Column, ColumnData, Table};
use stillroom_records::{FieldDefinition, FieldGroup, FieldKey, FieldKind, Filter, field::FieldOrigin};
use stillroom_store::{Columns, OrderLineScope, Store};

use super::customers::read_filter;
use crate::{
    compute::{Frame, Lines, Work},
    failure::failure,
    protocol::{Failure, FileKind},
    recipe::Recipe,
};

/// Reads what `recipe` asks for; with `model` the work is to apply that model instead of fitting one.
pub(crate) fn work(
    store: &Store,
    recipe: &Recipe,
    model: Option<serde_json::Value>,
) -> Result<Work, Failure> {
    let filter = read_filter(recipe.source.filter.as_deref())?;
    let mut recipe = recipe.clone();
    let frame = match recipe.source.rows {
        FileKind::Customers => customers(store, &mut recipe, filter.as_ref())?,
        FileKind::OrderLines => Frame::Lines(lines(store, filter)?),
    };
    Ok(Work { recipe, frame, model })
}

/// One text field of every customer that has it.
pub(crate) fn texts(store: &Store, key: &FieldKey) -> Result<BTreeMap<i64, String>, Failure> {
    let columns = store.customer_columns(std::slice::from_ref(key), None)?;
    let mut texts = BTreeMap::new();
    for (_, column) in &columns.columns {
        if let Columns::Categories { codes, levels } = column {
            let known = columns.ids.iter().zip(codes);
            texts.extend(known.filter_map(|(id, &code)| Some((id.0, levels.get(code as usize)?.clone()))));
        }
    }
    Ok(texts)
}

fn customers(store: &Store, recipe: &mut Recipe, filter: Option<&Filter>) -> Result<Frame, Failure> {
    let fields = store.fields();
    let mut chosen = Vec::new();
    for name in &recipe.columns {
        chosen.push(named(&fields, name)?);
    }
    let target = recipe.target.as_deref().map(|name| named(&fields, name)).transpose()?;
    if chosen.is_empty() {
        chosen = usable(store, &fields, target)?;
    }
    chosen.retain(|field| Some(field.key.as_str()) != target.map(|target| target.key.as_str()));
    recipe.columns = chosen.iter().map(|field| column_name(&fields, field)).collect();
    recipe.target = target.map(|field| column_name(&fields, field));
    chosen.extend(target);
    if let Some(column) = recipe.validate.column_mut() {
        let field = named(&fields, column)?;
        *column = column_name(&fields, field);
        if !chosen.iter().any(|known| known.key == field.key) {
            chosen.push(field);
        }
    }
    for name in recipe.fairness.iter_mut().chain(&mut recipe.compare_with) {
        let field = named(&fields, name)?;
        *name = column_name(&fields, field);
        if !chosen.iter().any(|known| known.key == field.key) {
            chosen.push(field);
        }
    }
    let keys: Vec<FieldKey> = chosen.iter().map(|field| field.key.clone()).collect();
    let read = store.customer_columns(&keys, filter)?;
    let columns = chosen
        .iter()
        .zip(read.columns)
        .map(|(field, (_, column))| Column { name: column_name(&fields, field), data: data(column) });
    Ok(Frame::Customers {
        ids: read.ids.iter().map(|id| id.0).collect(),
        table: Table::new(columns.collect())?,
    })
}

/// The field of this key, or of this label in any case.
fn named<'a>(fields: &'a [FieldDefinition], name: &str) -> Result<&'a FieldDefinition, Failure> {
    let by_key = fields.iter().find(|field| field.key.as_str() == name);
    let by_label = || fields.iter().find(|field| field.label == name);
    let by_any_case = || fields.iter().find(|field| field.label.to_lowercase() == name.trim().to_lowercase());
    by_key.or_else(by_label).or_else(by_any_case).ok_or_else(|| {
        failure(
            "unknown-column",
            &format!("there is no column '{name}': choose one of the customers' fields"),
        )
    })
}

/// What a field is called in tables and reports: its heading for a custom field, its key for a standard one.
fn column_name(fields: &[FieldDefinition], field: &FieldDefinition) -> String {
    let is_unique = fields.iter().filter(|other| other.label == field.label).count() == 1;
    match field.origin {
        FieldOrigin::Custom | FieldOrigin::Score if is_unique => field.label.clone(),
        _ => field.key.to_string(),
    }
}

/// The fields a recipe without columns learns from: numbers, categories and booleans that hold something and name nobody.
fn usable<'a>(
    store: &Store,
    fields: &'a [FieldDefinition],
    target: Option<&FieldDefinition>,
) -> Result<Vec<&'a FieldDefinition>, Failure> {
    let mut usable = Vec::new();
    for field in fields {
        let is_fact = matches!(field.kind, FieldKind::Number | FieldKind::Category | FieldKind::Boolean)
            && !matches!(field.group, FieldGroup::Identity | FieldGroup::Contact | FieldGroup::Scores);
        let is_target = target.is_some_and(|target| target.key == field.key);
        if is_fact
            && !is_target
            && store.count(Some(&present(&field.key)))? > 0
            && holds_orders(store, field)?
        {
            usable.push(field);
        }
    }
    Ok(usable)
}

/// A field computed from orders says nothing where there are none.
fn holds_orders(store: &Store, field: &FieldDefinition) -> Result<bool, Failure> {
    Ok(field.origin != FieldOrigin::Computed || store.summary()?.order_lines > 0)
}

/// The filter for customers that have a value.
pub(super) fn present(key: &FieldKey) -> Filter {
    Filter::Not(Box::new(Filter::Missing { field: key.clone() }))
}

fn data(column: Columns) -> ColumnData {
    match column {
        Columns::Numbers(values) => ColumnData::Number(values),
        Columns::Times(values) => ColumnData::Time(
            values.iter().map(|millis| (!millis.is_nan()).then_some(*millis as i64)).collect(),
        ),
        Columns::Booleans(values) => ColumnData::from_labels(values.iter().map(|&value| match value {
            value if value.is_nan() => None,
            0.0 => Some("no"),
            _ => Some("yes"),
        })),
        Columns::Categories { codes, levels } => ColumnData::Category { codes, levels },
    }
}

fn lines(store: &Store, filter: Option<Filter>) -> Result<Lines, Failure> {
    let read =
        store.order_line_columns(&OrderLineScope { customers: filter, ..OrderLineScope::default() })?;
    Ok(Lines {
        customer_ids: read.customers.iter().map(|id| id.0).collect(),
        items: read.items.into_iter().map(|(code, name)| (code.clone(), name.unwrap_or(code))).collect(),
        customers: read.customer_codes,
        item_codes: read.item_codes,
        orders: read.order_codes,
        times_millis: read.times_millis,
        quantities: read.quantities,
        unit_prices: read.unit_prices,
        is_cancelled: read.is_cancelled,
    })
}
