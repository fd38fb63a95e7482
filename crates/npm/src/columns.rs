//! Columns of typed arrays become tables and order lines.

use std::collections::BTreeMap;

use stillroom_analytics::{Column, ColumnData, Table, table::MISSING_CATEGORY};
use stillroom_engine::{compute::Lines, failure::failure, protocol::Failure};
use wasm_bindgen::JsValue;

use crate::fields::{bytes, codes, count, flags, list, numbers, text, texts};

/// What `data` holds.
pub(crate) enum Rows {
    /// One customer a row.
    Customers(Table),
    /// One order line a row.
    Lines(Lines),
}

/// Reads `{kind: "customers", columns: […]}` or `{kind: "order_lines", …}`.
///
/// # Errors
/// `data-unreadable`, or the table's error.
pub(crate) fn frame(data: &JsValue) -> Result<Rows, Failure> {
    if text(data, "kind")? == "order_lines" {
        return lines(data).map(Rows::Lines);
    }
    let columns = list(data, "columns")?;
    let columns = columns.iter().map(|column| read_column(&column)).collect::<Result<_, _>>()?;
    Ok(Rows::Customers(Table::new(columns)?))
}

fn read_column(column: &JsValue) -> Result<Column, Failure> {
    let data = match text(column, "type")?.as_str() {
        "number" => ColumnData::Number(numbers(column, "values")?),
        "time" => {
            let known = |millis: f64| (!millis.is_nan()).then_some(millis as i64);
            ColumnData::Time(numbers(column, "values")?.into_iter().map(known).collect())
        }
        "category" => in_order(codes(column, "codes")?, &texts(column, "levels")?)?,
        "text" => ColumnData::Text(texts(column, "values")?),
        "utf8" => ColumnData::Text(texts_behind_one_another(column)?),
        _ => return Err(failure("data-unreadable", "a column is number, time, category or text")),
    };
    Ok(Column { name: text(column, "name")?, data })
}

/// Texts of a column of bytes, offsets and validity.
fn texts_behind_one_another(column: &JsValue) -> Result<Vec<Option<String>>, Failure> {
    let (text, offsets) = (bytes(column, "bytes")?, codes(column, "offsets")?);
    let validity = bytes(column, "validity")?;
    let is_known = |row: usize| validity.get(row / 8).is_some_and(|byte| (byte >> (row % 8)) & 1 == 1);
    let text_of = |bounds: &[u32]| match bounds {
        [start, end] => std::str::from_utf8(text.get(*start as usize..*end as usize)?).ok(),
        _ => None,
    };
    let rows = offsets.windows(2).enumerate().map(|(row, bounds)| match text_of(bounds) {
        Some(text) => Ok(is_known(row).then(|| text.to_owned())),
        None => Err(failure("data-unreadable", "the texts of a column are UTF-8 between their offsets")),
    });
    rows.collect()
}

/// A category column whose levels are those that occur, once each and in the order of their bytes, so that the caller's
/// dictionary does not decide anything.
fn in_order(codes: Vec<u32>, levels: &[Option<String>]) -> Result<ColumnData, Failure> {
    let mut positions: BTreeMap<&str, u32> = BTreeMap::new();
    let label = |code: u32| levels.get(code as usize).map(|level| level.as_deref());
    let mut seen = vec![false; levels.len()];
    for &code in codes.iter().filter(|&&code| code != MISSING_CATEGORY) {
        let flag = seen.get_mut(code as usize);
        *flag.ok_or_else(|| {
            failure("data-unreadable", "a category's code has no level: give every level")
        })? = true;
    }
    for (code, _) in (0..).zip(&seen).filter(|(_, is_seen)| **is_seen) {
        if let Some(Some(label)) = label(code) {
            positions.insert(label, 0);
        }
    }
    for (position, place) in (0..).zip(positions.values_mut()) {
        *place = position;
    }
    let moved: Vec<u32> = levels
        .iter()
        .map(|level| {
            level.as_deref().and_then(|level| positions.get(level).copied()).unwrap_or(MISSING_CATEGORY)
        })
        .collect();
    let codes =
        codes.into_iter().map(|code| moved.get(code as usize).copied().unwrap_or(MISSING_CATEGORY)).collect();
    Ok(ColumnData::Category { codes, levels: positions.into_keys().map(str::to_owned).collect() })
}

fn lines(data: &JsValue) -> Result<Lines, Failure> {
    let named = |key: &str| -> Result<Vec<String>, Failure> {
        Ok(texts(data, key)?.into_iter().map(Option::unwrap_or_default).collect())
    };
    let n_customers = count(data, "nCustomers")?;
    let names = named("itemNames")?;
    let items = named("items")?.into_iter().zip(names).collect();
    let lines = Lines {
        customer_ids: (0..i64::from(n_customers)).collect(),
        items,
        customers: codes(data, "customerCodes")?,
        item_codes: codes(data, "itemCodes")?,
        orders: codes(data, "orderCodes")?,
        times_millis: numbers(data, "times")?,
        quantities: numbers(data, "quantities")?,
        unit_prices: numbers(data, "unitPrices")?,
        is_cancelled: flags(data, "isCancelled")?,
    };
    let n_lines = lines.customers.len();
    let lengths = [
        lines.item_codes.len(),
        lines.orders.len(),
        lines.times_millis.len(),
        lines.quantities.len(),
        lines.unit_prices.len(),
        lines.is_cancelled.len(),
    ];
    let n_items = lines.items.len();
    let is_whole = lengths.iter().all(|&length| length == n_lines)
        && lines.item_codes.iter().all(|&code| (code as usize) < n_items);
    if is_whole {
        Ok(lines)
    } else {
        Err(failure("data-unreadable", "order lines have columns of one length"))
    }
}
