//! Whole columns for analysis, read in one pass: numbers as numbers, texts as codes into a sorted list.
//!
//! A customer is a position here. Names and addresses can be read as columns too, since a recipe may need the city; which fields
//! a recipe may use is not decided here.

use crate::fields::StoredField;
use crate::view::condition_of;
use crate::{Error, Result, Store};
use rusqlite::params_from_iter;
use rusqlite::types::ValueRef;
use std::collections::HashMap;
use stillroom_records::{CustomerId, FieldKey, FieldKind, Filter};

/// The code of a missing category, customer, item or order.
pub const MISSING_CODE: u32 = u32::MAX;

/// One field of many customers, in their order. `Debug` shows its kind and length, never its content.
#[derive(Clone, PartialEq)]
pub enum Columns {
    /// Numbers; NaN where missing.
    Numbers(Vec<f64>),
    /// Moments in milliseconds since 1970-01-01 UTC, exact as they are below 2⁵³; NaN where missing.
    Times(Vec<f64>),
    /// 1 for yes, 0 for no; NaN where missing.
    Booleans(Vec<f64>),
    /// Texts and categories.
    Categories {
        /// Positions in `levels`; [`MISSING_CODE`] where missing.
        codes: Vec<u32>,
        /// The distinct texts, sorted by bytes.
        levels: Vec<String>,
    },
}

/// Fields of many customers as columns of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerColumns {
    /// The customers, in order of creation.
    pub ids: Vec<CustomerId>,
    /// One column for each field asked for, in order.
    pub columns: Vec<(FieldKey, Columns)>,
}

/// Which order lines to read.
#[derive(Clone, Debug, Default)]
pub struct OrderLineScope {
    /// Only lines of customers that pass this.
    pub customers: Option<Filter>,
    /// Only lines at or after this moment.
    pub from_millis: Option<i64>,
    /// Only lines before this moment.
    pub until_millis: Option<i64>,
}

/// Order lines as columns of equal length, in order of storage. Cancelled lines are included and marked, anonymous ones have
/// [`MISSING_CODE`] for a customer. `Debug` shows how many there are.
#[derive(Clone, Default, PartialEq)]
pub struct OrderLineColumns {
    /// The customers that have lines, in order of first line.
    pub customers: Vec<CustomerId>,
    /// `(code, name)` of the items that were sold, in order of first line.
    pub items: Vec<(String, Option<String>)>,
    /// The order numbers, in order of first line; lines without one have a code of their own and an empty number here.
    pub orders: Vec<String>,
    /// Positions in `customers`.
    pub customer_codes: Vec<u32>,
    /// Positions in `items`.
    pub item_codes: Vec<u32>,
    /// Positions in `orders`.
    pub order_codes: Vec<u32>,
    /// Milliseconds since 1970-01-01 UTC; NaN where missing.
    pub times_millis: Vec<f64>,
    /// How many.
    pub quantities: Vec<f64>,
    /// Price of one; NaN where missing.
    pub unit_prices: Vec<f64>,
    /// Whether the line takes something back.
    pub is_cancelled: Vec<bool>,
}

impl Columns {
    /// How many customers there are.
    pub fn n_rows(&self) -> usize {
        match self {
            Columns::Numbers(values) | Columns::Times(values) | Columns::Booleans(values) => values.len(),
            Columns::Categories { codes, .. } => codes.len(),
        }
    }
}

impl std::fmt::Debug for Columns {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self {
            Columns::Numbers(_) => "Numbers",
            Columns::Times(_) => "Times",
            Columns::Booleans(_) => "Booleans",
            Columns::Categories { .. } => "Categories",
        };
        write!(formatter, "{kind}({} rows)", self.n_rows())
    }
}

impl std::fmt::Debug for OrderLineColumns {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "OrderLineColumns({} rows)", self.n_rows())
    }
}

impl OrderLineColumns {
    /// How many lines there are.
    pub fn n_rows(&self) -> usize {
        self.quantities.len()
    }
}

impl Store {
    /// Reads fields of the customers that pass the filter, without those whose processing is restricted. Cost is linear in the customers.
    ///
    /// # Errors
    /// [`Error::UnknownField`]; [`Error::Words`] for a filter out of bounds.
    pub fn customer_columns(&self, fields: &[FieldKey], filter: Option<&Filter>) -> Result<CustomerColumns> {
        let fields = fields.iter().map(|key| self.fields.get(key)).collect::<Result<Vec<_>>>()?;
        let condition = condition_of(&self.fields, filter, None)?;
        let expressions: String = fields.iter().map(|field| format!(", {}", field.expression)).collect();
        let sql = format!(
            "SELECT id{expressions} FROM customers WHERE ({}) AND restricted_ms IS NULL ORDER BY id",
            condition.sql
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(condition.parameters))?;
        let mut ids = Vec::new();
        let mut builders: Vec<ColumnBuilder> = fields.iter().map(|field| ColumnBuilder::new(field)).collect();
        while let Some(row) = rows.next()? {
            ids.push(CustomerId(row.get(0)?));
            for (position, builder) in builders.iter_mut().enumerate() {
                builder.push(row.get_ref(position + 1)?)?;
            }
        }
        let columns =
            fields.iter().zip(builders).map(|(field, builder)| (field.key().clone(), builder.finish()));
        Ok(CustomerColumns { ids, columns: columns.collect() })
    }

    /// Reads order lines, without those of customers whose processing is restricted. Cost is linear in the lines stored.
    ///
    /// # Errors
    /// [`Error::UnknownField`]; [`Error::Words`] for a filter out of bounds.
    pub fn order_line_columns(&self, scope: &OrderLineScope) -> Result<OrderLineColumns> {
        let mut sql = "SELECT customer_id, item_id, order_number, at_ms, quantity, unit_price, cancelled
                       FROM order_lines WHERE (customer_id IS NULL OR customer_id NOT IN
                           (SELECT id FROM customers WHERE restricted_ms IS NOT NULL))"
            .to_owned();
        let mut parameters = Vec::new();
        for (bound, sign) in [(scope.from_millis, ">="), (scope.until_millis, "<")] {
            if let Some(millis) = bound {
                sql.push_str(&format!(" AND at_ms {sign} ?"));
                parameters.push(rusqlite::types::Value::Integer(millis));
            }
        }
        if let Some(filter) = &scope.customers {
            let condition = condition_of(&self.fields, Some(filter), None)?;
            sql.push_str(&format!(" AND customer_id IN (SELECT id FROM customers WHERE {})", condition.sql));
            parameters.extend(condition.parameters);
        }
        sql.push_str(" ORDER BY id");
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(parameters))?;
        let mut builder = LineBuilder::default();
        while let Some(row) = rows.next()? {
            builder.push(row)?;
        }
        self.finish_lines(builder)
    }

    fn finish_lines(&self, builder: LineBuilder) -> Result<OrderLineColumns> {
        let mut statement = self.connection.prepare_cached("SELECT code, name FROM items WHERE id = ?")?;
        let mut columns = builder.columns;
        for item in builder.items.ids {
            columns.items.push(statement.query_row([item], |row| Ok((row.get(0)?, row.get(1)?)))?);
        }
        columns.customers = builder.customers.ids.into_iter().map(CustomerId).collect();
        Ok(columns)
    }
}

enum ColumnBuilder {
    Numeric { kind: FieldKind, values: Vec<f64> },
    Text { codes: Vec<u32>, levels: HashMap<Box<str>, u32> },
}

impl ColumnBuilder {
    fn new(field: &StoredField) -> Self {
        match field.definition.kind {
            FieldKind::Text | FieldKind::Category => {
                ColumnBuilder::Text { codes: Vec::new(), levels: HashMap::new() }
            }
            kind => ColumnBuilder::Numeric { kind, values: Vec::new() },
        }
    }

    fn push(&mut self, stored: ValueRef<'_>) -> Result<()> {
        match self {
            ColumnBuilder::Numeric { values, .. } => values.push(number_from(stored)),
            ColumnBuilder::Text { codes, levels } => codes.push(match stored {
                ValueRef::Text(bytes) => {
                    let text = std::str::from_utf8(bytes).map_err(|_| Error::Damaged)?;
                    level_code(levels, text)
                }
                _ => MISSING_CODE,
            }),
        }
        Ok(())
    }

    fn finish(self) -> Columns {
        match self {
            ColumnBuilder::Numeric { kind: FieldKind::Date, values } => Columns::Times(values),
            ColumnBuilder::Numeric { kind: FieldKind::Boolean, values } => Columns::Booleans(values),
            ColumnBuilder::Numeric { values, .. } => Columns::Numbers(values),
            ColumnBuilder::Text { mut codes, levels } => {
                let mut found: Vec<(Box<str>, u32)> = levels.into_iter().collect();
                found.sort_unstable();
                let mut sorted_code = vec![MISSING_CODE; found.len()];
                for (sorted, (_, code)) in found.iter().enumerate() {
                    if let Some(place) = sorted_code.get_mut(*code as usize) {
                        *place = sorted as u32;
                    }
                }
                for code in &mut codes {
                    *code = sorted_code.get(*code as usize).copied().unwrap_or(MISSING_CODE);
                }
                Columns::Categories {
                    codes,
                    levels: found.into_iter().map(|(text, _)| text.into_string()).collect(),
                }
            }
        }
    }
}

fn level_code(levels: &mut HashMap<Box<str>, u32>, text: &str) -> u32 {
    match levels.get(text) {
        Some(code) => *code,
        None => {
            let code = levels.len() as u32;
            levels.insert(text.into(), code);
            code
        }
    }
}

fn number_from(stored: ValueRef<'_>) -> f64 {
    match stored {
        ValueRef::Integer(number) => number as f64,
        ValueRef::Real(number) => number,
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => f64::NAN,
    }
}

/// Gives ids codes in order of appearance.
#[derive(Default)]
struct Coder {
    codes: HashMap<i64, u32>,
    ids: Vec<i64>,
}

impl Coder {
    fn code(&mut self, id: i64) -> u32 {
        *self.codes.entry(id).or_insert_with(|| {
            self.ids.push(id);
            (self.ids.len() - 1) as u32
        })
    }
}

#[derive(Default)]
struct LineBuilder {
    columns: OrderLineColumns,
    customers: Coder,
    items: Coder,
    order_codes: HashMap<Box<str>, u32>,
}

impl LineBuilder {
    fn push(&mut self, row: &rusqlite::Row<'_>) -> Result<()> {
        let customer: Option<i64> = row.get(0)?;
        let columns = &mut self.columns;
        columns.customer_codes.push(customer.map_or(MISSING_CODE, |id| self.customers.code(id)));
        columns.item_codes.push(self.items.code(row.get(1)?));
        let order = row.get_ref(2)?.as_str_or_null().map_err(|_| Error::Damaged)?.unwrap_or_default();
        let known = if order.is_empty() { None } else { self.order_codes.get(order).copied() };
        let code = known.unwrap_or(columns.orders.len() as u32);
        if known.is_none() {
            columns.orders.push(order.to_owned());
            if !order.is_empty() {
                self.order_codes.insert(order.into(), code);
            }
        }
        columns.order_codes.push(code);
        columns.times_millis.push(number_from(row.get_ref(3)?));
        columns.quantities.push(number_from(row.get_ref(4)?));
        columns.unit_prices.push(number_from(row.get_ref(5)?));
        columns.is_cancelled.push(row.get(6)?);
        Ok(())
    }
}
