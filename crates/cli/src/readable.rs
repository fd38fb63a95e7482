//! JSON as a person reads it: single values as a list, lists of objects as tables, nothing cut without a word.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::{Map, Value};

/// Most lines of a table; what is left out is counted.
const MAX_LINES: usize = 20;
/// Significant digits of a number.
const DIGITS: usize = 5;

/// An object as text that ends with a newline.
pub(crate) fn text(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, "", value);
    text
}

fn write(text: &mut String, name: &str, value: &Value) {
    match value {
        Value::Object(object) => write_object(text, name, object),
        Value::Array(values) if values.iter().all(Value::is_object) => write_objects(text, name, values),
        Value::Array(values) if values.len() <= MAX_LINES && values.iter().all(is_plain) => {
            text.push_str(&format!("{name}\n{}", lines_of(values)));
        }
        value => text.push_str(&format!("{name}: {}\n", cell(value))),
    }
}

/// Single values first, then what has a shape of its own. What is empty is left out.
fn write_object(text: &mut String, name: &str, object: &Map<String, Value>) {
    let told = object.iter().filter(|(_, value)| !is_empty(value));
    let (plain, shaped): (Vec<_>, Vec<_>) = told.partition(|(_, value)| is_plain(value));
    write_title(text, name);
    if !plain.is_empty() {
        let mut table = bare_table();
        for (field, value) in plain {
            table.add_row([words(field), cell(value)]);
        }
        text.push_str(&format!("{}\n", table.trim_fmt()));
    }
    for (field, value) in shaped {
        text.push('\n');
        write(text, &within(name, &words(field)), value);
    }
}

fn write_title(text: &mut String, name: &str) {
    if !name.is_empty() {
        text.push_str(&format!("{name}\n"));
    }
}

fn within(name: &str, inner: &str) -> String {
    if name.is_empty() { inner.to_owned() } else { format!("{name}: {inner}") }
}

/// One line an object with its single values, then what each has inside.
fn write_objects(text: &mut String, name: &str, values: &[Value]) {
    let objects: Vec<&Map<String, Value>> = values.iter().filter_map(Value::as_object).collect();
    let mut columns: Vec<&String> = Vec::new();
    let told = objects.iter().flat_map(|object| object.iter()).filter(|(_, value)| is_single(value));
    for (field, _) in told {
        if !columns.contains(&field) {
            columns.push(field);
        }
    }
    write_title(text, name);
    text.push_str(&table_of(&objects, &columns));
    for (place, object) in objects.iter().take(MAX_LINES).enumerate() {
        let inner = object.iter().filter(|(_, value)| !is_single(value) && !is_empty(value));
        for (field, value) in inner {
            text.push('\n');
            write(text, &within(name, &format!("{} of line {}", words(field), place + 1)), value);
        }
    }
}

fn table_of(objects: &[&Map<String, Value>], columns: &[&String]) -> String {
    let mut table = bare_table();
    table.set_header(columns.iter().map(|field| words(field)));
    for object in objects.iter().take(MAX_LINES) {
        table.add_row(columns.iter().map(|field| object.get(*field).map(cell).unwrap_or_default()));
    }
    for (place, field) in columns.iter().enumerate() {
        let is_number = |value: &Value| value.is_number() || value.is_null();
        let are_numbers = objects.iter().all(|object| object.get(*field).is_none_or(is_number));
        if let (true, Some(column)) = (are_numbers, table.column_mut(place)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let more = objects.len().saturating_sub(MAX_LINES);
    let rest = if more > 0 { format!("… and {more} more: --format json has all\n") } else { String::new() };
    format!("{}\n{rest}", table.trim_fmt())
}

/// Lists as lines of numbers.
fn lines_of(values: &[Value]) -> String {
    let mut table = bare_table();
    for value in values {
        let cells: Vec<String> = value.as_array().into_iter().flatten().map(cell).collect();
        table.add_row(cells);
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{}\n", table.trim_fmt())
}

fn bare_table() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn is_single(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

/// What fits into one cell.
fn is_plain(value: &Value) -> bool {
    value
        .as_array()
        .map_or(is_single(value), |values| values.len() <= MAX_LINES && values.iter().all(is_single))
}

fn is_empty(value: &Value) -> bool {
    value.is_null()
        || value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(Map::is_empty)
}

fn words(field: &str) -> String {
    field.replace('_', " ")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number_text(number),
        Value::String(text) => text.clone(),
        Value::Array(values) if is_plain(value) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Array(values) => format!("{} values: --format json has them", values.len()),
        Value::Object(object) => format!("{} fields", object.len()),
    }
}

/// Whole numbers as they are, others with a few significant digits.
fn number_text(number: &serde_json::Number) -> String {
    let Some(value) = number.as_f64().filter(|_| number.is_f64()) else { return number.to_string() };
    let magnitude = value.abs().log10().floor();
    if value != 0.0 && !(-4.0..9.0).contains(&magnitude) {
        return format!("{value:.*e}", DIGITS - 1);
    }
    let decimals = (DIGITS as f64 - 1.0 - magnitude.max(-4.0)).max(0.0);
    let fixed = format!("{value:.*}", decimals as usize);
    if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.').to_owned() } else { fixed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_keep_their_significant_digits() {
        for (value, text) in [
            (json!(0.123_456_7), "0.12346"),
            (json!(0.001_234_56), "0.0012346"),
            (json!(1234.5678), "1234.6"),
            (json!(123_456.78), "123457"),
            (json!(3), "3"),
            (json!(0.5), "0.5"),
            (json!(1e-9), "1.0000e-9"),
            (json!(0.0), "0"),
        ] {
            assert_eq!(cell(&value), text, "{value}");
        }
    }

    #[test]
    fn what_is_inside_a_line_follows_its_table() {
        let value = json!({"none": null, "segments": [{"size": 3, "contrasts": [{"column": "age", "effect": 0.5}]}],
            "centres": [[1.5, 2.0], [3.0, 4.25]]});
        let text = text(&value);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let expected = [
            "centres",
            "1.5     2",
            "3  4.25",
            "segments",
            "size",
            "3",
            "segments: contrasts of line 1",
            "column  effect",
            "age        0.5",
        ];
        assert_eq!(lines, expected, "{text}");
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let many: Vec<Value> = (0..25).map(|number| json!({"place": number})).collect();
        let text = text(&json!({"method": "kmeans", "centres": many}));
        assert!(text.contains("method") && text.contains("… and 5 more"), "{text}");
    }
}
