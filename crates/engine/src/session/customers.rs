//! Customers as the page asks for them: counts, fields, views and one customer whole.

use std::ops::ControlFlow;

use stillroom_import::{CsvWriter, Dialect, FormulaGuard};
use stillroom_records::{
    ChangeEntry, ChangeKind, CustomerId, FieldDefinition, FieldKey, FieldKind, Filter, Value,
    date::text_from_millis,
    field::{FieldOrigin, keys},
};
use stillroom_store::Direction;

use super::{Answer, Session, columns::present, views::OpenedView};
use crate::{
    failure::failure,
    platform::Platform,
    protocol::{
        Cell, ChangeInfo, CustomerInfo, Failure, FieldInfo, LineInfo, OpenView, RowInfo, ScoreInfo, ViewInfo,
        WorkspaceCounts,
    },
};

/// Entries of history shown with a customer.
const HISTORY_ENTRIES: usize = 100;

impl<P: Platform> Session<P> {
    pub(super) fn counts(&mut self) -> Result<WorkspaceCounts, Failure> {
        let summary = self.store()?.summary()?;
        Ok(WorkspaceCounts {
            customers: summary.customers,
            orders: summary.orders,
            order_lines: summary.order_lines,
            items: summary.items,
            first_order_millis: summary.first_order_millis,
            last_order_millis: summary.last_order_millis,
            models: summary.models,
        })
    }

    pub(super) fn setting(&mut self, key: &str) -> Result<Option<String>, Failure> {
        Ok(self.store()?.setting(key)?)
    }

    pub(super) fn set_setting(&mut self, key: &str, value: &str) -> Result<(), Failure> {
        let now_millis = self.platform.now_millis();
        Ok(self.store_for_write()?.set_setting(key, value, now_millis)?)
    }

    /// The fields that hold anything, and the standard ones. A custom field that an undone import left empty is not shown.
    pub(super) fn fields(&mut self) -> Result<Vec<FieldInfo>, Failure> {
        let store = self.store()?;
        let mut infos = Vec::new();
        for field in store.fields() {
            let filled = store.count(Some(&present(&field.key)))?;
            if filled > 0 || field.origin != FieldOrigin::Custom {
                infos.push(field_info(&field, filled));
            }
        }
        Ok(infos)
    }

    pub(super) fn open_view(&mut self, ask: &OpenView) -> Result<ViewInfo, Failure> {
        let filter = read_filter(ask.filter.as_deref())?;
        let search = ask.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
        let mut sort = Vec::with_capacity(ask.sort.len());
        for by in &ask.sort {
            let direction = if by.descending { Direction::Descending } else { Direction::Ascending };
            sort.push((FieldKey::new(by.field.as_str())?, direction));
        }
        let fields =
            ask.fields.iter().map(|key| FieldKey::new(key.as_str())).collect::<Result<Vec<_>, _>>()?;
        let store = self.store()?;
        fields.iter().try_for_each(|key| store.field(key).map(|_| ()))?;
        let view = store.open_view(filter.as_ref(), &sort, search)?;
        let (count, total) = (small(view.len() as u64), small(store.count(None)?));
        Ok(ViewInfo { view: self.views.keep(OpenedView { view, fields }), count, total })
    }

    pub(super) fn window(&mut self, view: u32, offset: u32, limit: u32) -> Result<Vec<RowInfo>, Failure> {
        let (Some(opened), Some(open)) = (self.views.get(view), &self.open) else { return Err(view_gone()) };
        let rows =
            open.store.window(&opened.view, &opened.fields, offset as usize, limit.min(1000) as usize)?;
        let rows = rows.into_iter();
        Ok(rows
            .map(|row| RowInfo { id: row.id.0, cells: row.values.into_iter().map(cell).collect() })
            .collect())
    }

    pub(super) fn export_view(&mut self, view: u32) -> Result<Answer, Failure> {
        let (Some(opened), Some(open)) = (self.views.get(view), &self.open) else { return Err(view_gone()) };
        let labels = opened.fields.iter().map(|key| open.store.field(key).map(|field| field.label));
        let labels = labels.collect::<Result<Vec<_>, _>>()?;
        let mut writer = csv_writer()?;
        writer.write_record(labels.iter().map(String::as_str));
        open.store.for_each_row(&opened.view, &opened.fields, |row| {
            let texts: Vec<String> = row.values.iter().map(text).collect();
            writer.write_record(texts.iter().map(String::as_str));
            ControlFlow::Continue(())
        })?;
        Answer::with_bytes(&opened.view.len(), writer.take().into_bytes())
    }

    pub(super) fn customer(&mut self, id: i64) -> Result<CustomerInfo, Failure> {
        let store = self.store()?;
        let customer = store.customer(CustomerId(id))?;
        let sets = store.score_sets()?;
        let models = store.models()?;
        let mut info = CustomerInfo {
            id,
            fields: Vec::new(),
            scores: Vec::new(),
            n_lines: small(customer.n_order_lines),
            n_orders: 0,
            spend: 0.0,
            history: history(&store.customer_history(CustomerId(id))?),
        };
        for (field, value) in customer.fields {
            match (field.key.as_str(), &value) {
                (_, Value::Missing) => {}
                (keys::ORDERS, Value::Number(orders)) => info.n_orders = *orders as u32,
                (keys::SPENT, Value::Number(spent)) => info.spend = *spent,
                _ if field.origin == FieldOrigin::Score => {
                    let model = sets.iter().find(|set| set.key == field.key).and_then(|set| set.model);
                    let named = models.iter().find(|known| Some(known.id) == model);
                    info.scores.push(ScoreInfo {
                        model: model.map_or(0, |model| model.0),
                        model_name: named.map(|known| known.name.clone()).unwrap_or_default(),
                        name: field.label,
                        value: cell(value),
                    });
                }
                _ => info.fields.push((field.key.to_string(), cell(value))),
            }
        }
        Ok(info)
    }

    pub(super) fn update_customer(&mut self, id: i64, field: &str, value: Cell) -> Result<(), Failure> {
        let now_millis = self.platform.now_millis();
        let key = FieldKey::new(field)?;
        let store = self.store_for_write()?;
        let value = value_of(value, store.field(&key)?.kind)?;
        Ok(store.update_customer_field(CustomerId(id), &key, &value, now_millis)?)
    }

    pub(super) fn customer_lines(
        &mut self,
        id: i64,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<LineInfo>, Failure> {
        let lines =
            self.store()?.customer_order_lines(CustomerId(id), offset as usize, limit.min(1000) as usize)?;
        let lines = lines.into_iter().map(|line| LineInfo {
            order_no: line.order_number.unwrap_or_default(),
            at_millis: line.at_millis,
            item_name: line.item_name.unwrap_or_else(|| line.item_code.clone()),
            item_code: line.item_code,
            quantity: line.quantity,
            unit_price: line.unit_price.unwrap_or_default(),
        });
        Ok(lines.collect())
    }
}

/// A writer of files for spreadsheets: what a customer typed never starts a formula there.
pub(super) fn csv_writer() -> Result<CsvWriter, Failure> {
    Ok(CsvWriter::new(&Dialect::default(), FormulaGuard::Guard)?)
}

/// A filter from the text a person wrote; blank text filters nothing.
pub(crate) fn read_filter(text: Option<&str>) -> Result<Option<Filter>, Failure> {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => Ok(Some(Filter::from_text(text)?)),
        None => Ok(None),
    }
}

fn field_info(field: &FieldDefinition, filled: u64) -> FieldInfo {
    let origin = match (field.origin, field.kind) {
        (FieldOrigin::Standard | FieldOrigin::Computed, _) => "standard",
        (FieldOrigin::Custom, _) => "custom",
        (FieldOrigin::Score, FieldKind::Category) => "label",
        (FieldOrigin::Score, _) => "score",
    };
    FieldInfo {
        key: field.key.to_string(),
        label: field.label.clone(),
        value_type: field.kind.key().to_owned(),
        group: field.group.key().to_owned(),
        origin: origin.to_owned(),
        filled,
    }
}

/// The history's entries, one for each field that changed.
fn history(entries: &[ChangeEntry]) -> Vec<ChangeInfo> {
    let infos = entries.iter().flat_map(|entry| {
        let (before, after) = (values(entry.before.as_deref()), values(entry.after.as_deref()));
        let mut fields: Vec<&String> = before.keys().chain(after.keys()).collect();
        fields.sort();
        fields.dedup();
        let info = |field: Option<&String>| ChangeInfo {
            at_millis: entry.at_millis,
            kind: history_kind(entry).to_owned(),
            field: field.cloned(),
            before: field.and_then(|field| before.get(field)).cloned().map_or(Cell::Missing, cell),
            after: field.and_then(|field| after.get(field)).cloned().map_or(Cell::Missing, cell),
        };
        match fields.is_empty() || entry.kind == ChangeKind::CustomersCreated {
            true => vec![info(None)],
            false => fields.into_iter().map(|field| info(Some(field))).collect(),
        }
    });
    infos.take(HISTORY_ENTRIES).collect()
}

/// What kind of change people read: what another device did is no import of this one's.
fn history_kind(entry: &ChangeEntry) -> &'static str {
    match (entry.actor.as_str(), entry.kind) {
        ("sync", ChangeKind::CustomersCreated) => "customers_received",
        ("sync", ChangeKind::CustomersUpdated) => "customers_synced",
        (_, kind) => kind.key(),
    }
}

fn values(json: Option<&str>) -> std::collections::BTreeMap<String, Value> {
    json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Missing => Cell::Missing,
        Value::Boolean(yes) => Cell::Boolean(yes),
        Value::Number(number) => Cell::Number(number),
        Value::Text(text) => Cell::Text(text),
        Value::Time { millis } => Cell::Time(millis),
    }
}

/// A value the user typed, as the field's kind.
fn value_of(cell: Cell, kind: FieldKind) -> Result<Value, Failure> {
    match (cell, kind) {
        (Cell::Missing, _) => Ok(Value::Missing),
        (Cell::Boolean(yes), FieldKind::Boolean) => Ok(Value::Boolean(yes)),
        (Cell::Number(number), FieldKind::Number) => Ok(Value::Number(number)),
        (Cell::Time(millis), FieldKind::Date) => Ok(Value::time(millis)),
        (Cell::Text(text), FieldKind::Text | FieldKind::Category) => Ok(Value::text(text)),
        _ => Err(failure("wrong-kind", "the field holds another kind of value: enter one of its kind")),
    }
}

pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Missing => String::new(),
        Value::Boolean(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Time { millis } => text_from_millis(*millis),
    }
}

fn view_gone() -> Failure {
    failure("view-gone", "the list changed meanwhile: open it again")
}

fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
