//! Views: ordered, filtered and searched lists of customers, read through windows.
//!
//! Opening a view finds its customers and their order once, at a cost linear in the customers; reading a window costs what the
//! window shows, at any depth. A view is a snapshot of which customers and in which order: values are read when a window is, and
//! a customer removed since is left out of its window.

use crate::fields::{FieldTable, StoredField};
use crate::filter_sql::{Condition, compile};
use crate::sort::{SortKeys, sort_ids};
use crate::{Error, Result, Store};
use rusqlite::{OptionalExtension, params_from_iter};
use serde::{Deserialize, Serialize};
use stillroom_records::field::FieldOrigin;
use stillroom_records::{CustomerId, FieldKey, FieldKind, Filter, Value};

/// Which end comes first. Missing values come last either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Smallest, earliest or first in the alphabet first.
    Ascending,
    /// Largest, latest or last in the alphabet first.
    Descending,
}

/// The customers of a list, in its order.
#[derive(Clone, Debug, Default)]
pub struct View {
    ids: Vec<i64>,
}

impl View {
    /// How many customers the view lists.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether it lists none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The customers, in order.
    pub fn customers(&self) -> impl ExactSizeIterator<Item = CustomerId> + '_ {
        self.ids.iter().copied().map(CustomerId)
    }

    /// Where a customer stands, from 0; cost linear in the view.
    pub fn position(&self, customer: CustomerId) -> Option<usize> {
        self.ids.iter().position(|id| *id == customer.0)
    }
}

/// One customer in a window, with the fields asked for, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerRow {
    /// The customer.
    pub id: CustomerId,
    /// One value for each field asked for.
    pub values: Vec<Value>,
    /// Its processing is restricted: nothing may be analysed or sent.
    pub is_restricted: bool,
}

/// Fields that a search looks into.
const SEARCHED: [&str; 6] = ["name", "external_id", "email", "company", "phone", "city"];

impl Store {
    /// Opens a view of the customers that pass the filter and contain the searched text in their name, id, e-mail, company,
    /// phone or city, in the order of the sort keys; ties stand in the order of creation.
    ///
    /// # Errors
    /// [`Error::UnknownField`] for a field in the filter or the sort keys, [`Error::Words`] for a filter out of bounds.
    pub fn open_view(
        &self,
        filter: Option<&Filter>,
        sort: &[(FieldKey, Direction)],
        search: Option<&str>,
    ) -> Result<View> {
        let condition = condition_of(&self.fields, filter, search)?;
        let mut keys = Vec::with_capacity(sort.len());
        let mut selected = vec!["customers.id".to_owned()];
        for (key, direction) in sort {
            let field = self.fields.get(key)?;
            selected.push(field.expression.clone());
            keys.push((empty_keys(field), *direction));
        }
        let sql =
            format!("SELECT {} FROM customers WHERE {} ORDER BY id", selected.join(", "), condition.sql);
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(condition.parameters))?;
        let mut ids = Vec::new();
        while let Some(row) = rows.next()? {
            ids.push(row.get(0)?);
            for (position, (keys, _)) in keys.iter_mut().enumerate() {
                keys.push(row.get_ref(position + 1)?);
            }
        }
        let ids = if keys.is_empty() { ids } else { sort_ids(ids, &keys) };
        Ok(View { ids })
    }

    /// Reads up to `limit` customers of a view from position `offset` on.
    ///
    /// # Errors
    /// [`Error::UnknownField`] for a field asked for.
    pub fn window(
        &self,
        view: &View,
        fields: &[FieldKey],
        offset: usize,
        limit: usize,
    ) -> Result<Vec<CustomerRow>> {
        let fields = fields.iter().map(|key| self.fields.get(key)).collect::<Result<Vec<_>>>()?;
        let mut statement = self.connection.prepare_cached(&row_sql(&fields))?;
        let mut window = Vec::new();
        for id in view.ids.iter().skip(offset).take(limit) {
            let row = statement.query_row([id], |row| {
                let values = fields.iter().enumerate();
                let values = values.map(|(position, field)| Ok(field.value_from(row.get_ref(position + 2)?)));
                Ok(CustomerRow {
                    id: CustomerId(*id),
                    values: values.collect::<rusqlite::Result<_>>()?,
                    is_restricted: row.get(1)?,
                })
            });
            window.extend(row.optional()?);
        }
        Ok(window)
    }

    /// How many customers pass a filter.
    ///
    /// # Errors
    /// As [`Store::open_view`].
    pub fn count(&self, filter: Option<&Filter>) -> Result<u64> {
        let condition = condition_of(&self.fields, filter, None)?;
        let sql = format!("SELECT count(*) FROM customers WHERE {}", condition.sql);
        let count: i64 =
            self.connection.query_row(&sql, params_from_iter(condition.parameters), |row| row.get(0))?;
        Ok(count as u64)
    }

    /// Hands every row of a view to `visit`, in order, without holding them all; for export. `visit` says whether to go on.
    ///
    /// # Errors
    /// As [`Store::window`].
    pub fn for_each_row(
        &self,
        view: &View,
        fields: &[FieldKey],
        mut visit: impl FnMut(CustomerRow) -> std::ops::ControlFlow<()>,
    ) -> Result<()> {
        const WINDOW: usize = 512;
        for offset in (0..view.len()).step_by(WINDOW) {
            for row in self.window(view, fields, offset, WINDOW)? {
                if visit(row).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn row_sql(fields: &[&StoredField]) -> String {
    let expressions: String = fields.iter().map(|field| format!(", {}", field.expression)).collect();
    format!("SELECT id, restricted_ms IS NOT NULL{expressions} FROM customers WHERE id = ?")
}

fn empty_keys(field: &StoredField) -> SortKeys {
    match field.definition.kind {
        FieldKind::Text | FieldKind::Category => SortKeys::texts(),
        FieldKind::Number | FieldKind::Date | FieldKind::Boolean => SortKeys::numbers(),
    }
}

/// The filter and the search as one condition; always true when there is neither.
pub(crate) fn condition_of(
    fields: &FieldTable,
    filter: Option<&Filter>,
    search: Option<&str>,
) -> Result<Condition> {
    let mut condition = match filter {
        Some(filter) => compile(filter, fields)?,
        None => Condition { sql: "1".to_owned(), parameters: Vec::new() },
    };
    if let Some(text) = search.map(str::trim).filter(|text| !text.is_empty()) {
        let is_searched = |field: &&StoredField| {
            field.definition.origin == FieldOrigin::Standard && SEARCHED.contains(&field.key().as_str())
        };
        let found = Condition::search(fields.all().iter().filter(is_searched), text);
        condition.sql.push_str(" AND ");
        condition.sql.push_str(&found.sql);
        condition.parameters.extend(found.parameters);
    }
    Ok(condition)
}

impl From<&View> for Vec<CustomerId> {
    fn from(view: &View) -> Self {
        view.customers().collect()
    }
}

/// Nothing is found where nothing is stored.
pub(crate) fn not_found(record: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    move |error| match error {
        rusqlite::Error::QueryReturnedNoRows => Error::NotFound { record },
        other => Error::from(other),
    }
}
