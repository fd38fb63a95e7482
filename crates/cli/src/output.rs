//! What every command prints: JSON for programs, CSV for spreadsheets, tables for people.

use std::io::Write as _;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;
use stillroom_engine::{
    failure::failure,
    protocol::Failure,
    reply::{NO_LABEL, Reply},
};

use stillroom_import::{CsvWriter, Dialect, FormulaGuard};

use crate::readable;

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Everything, as one JSON document.
    Json,
    /// One line a customer: id, segment, score, components.
    Csv,
    /// What a person reads: the reports as tables, without a line a customer.
    Table,
}

/// `value` as JSON for people.
pub(crate) fn pretty(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(|error| failure("reply-unwritable", &error.to_string()))
}

/// Prints `value` as JSON.
pub(crate) fn print(value: &impl Serialize) -> Result<(), Failure> {
    print_whole(&pretty(value)?)
}

/// Prints `text`; a reader that went away is a failure, not a crash.
pub(crate) fn print_whole(text: &str) -> Result<(), Failure> {
    let written = writeln!(std::io::stdout().lock(), "{}", text.trim_end_matches('\n'));
    written.map_err(|_| failure("output-closed", "the output was closed before the reply was written"))
}

/// A reply in one of the forms.
pub(crate) fn formed(reply: &Reply, form: Form) -> Result<String, Failure> {
    match form {
        Form::Json => pretty(reply),
        Form::Csv => rows(reply),
        Form::Table => Ok(summary(reply)?),
    }
}

/// The reports as tables, after what a reader must know.
fn summary(reply: &Reply) -> Result<String, Failure> {
    let mut text = format!("{} rows used of {} read\n", reply.n_rows_used, reply.n_rows_read);
    for note in &reply.notes {
        let of = note.column.as_deref().map(|column| format!(" ({column})")).unwrap_or_default();
        text.push_str(&format!("note: {}{of}: {}\n", note.code, note.count));
    }
    for report in &reply.reports {
        let value = serde_json::to_value(report);
        let value = value.map_err(|error| failure("reply-unwritable", &error.to_string()))?;
        text.push('\n');
        text.push_str(&readable::text(&value));
    }
    Ok(text)
}

/// One line a customer.
fn rows(reply: &Reply) -> Result<String, Failure> {
    let rows = &reply.rows;
    let n_rows = rows.labels.len().max(rows.scores.len()).max(rows.components.first().map_or(0, Vec::len));
    if n_rows == 0 {
        return Err(failure(
            "no-rows",
            "this recipe says nothing of single customers: choose --format json or table",
        ));
    }
    let mut header = vec!["customer".to_owned()];
    header.extend((!rows.labels.is_empty()).then(|| "label".to_owned()));
    header.extend((!rows.scores.is_empty()).then(|| "score".to_owned()));
    header.extend((1..=rows.components.len()).map(|number| format!("component_{number}")));
    let mut writer = csv_writer(FormulaGuard::Lossless)?;
    writer.write_record(header.iter().map(String::as_str));
    for row in 0..n_rows {
        let id = rows.ids.get(row).map(i64::to_string).unwrap_or_default();
        let mut line = vec![rows.keys.get(row).cloned().unwrap_or(id)];
        line.extend(rows.labels.get(row).map(|label| name_of(reply, *label)));
        line.extend(rows.scores.get(row).map(f64::to_string));
        line.extend(rows.components.iter().filter_map(|component| component.get(row)).map(f64::to_string));
        writer.write_record(line.iter().map(String::as_str));
    }
    Ok(writer.take())
}

/// A writer of plain CSV.
pub(crate) fn csv_writer(guard: FormulaGuard) -> Result<CsvWriter, Failure> {
    CsvWriter::new(&Dialect::default(), guard)
        .map_err(|error| failure("output-unwritable", &error.to_string()))
}

/// The label as the reply names it, otherwise its number; nothing for a row that belongs to none.
fn name_of(reply: &Reply, label: u32) -> String {
    if label == NO_LABEL {
        return String::new();
    }
    reply.label_names.get(label as usize).cloned().unwrap_or_else(|| label.to_string())
}

/// A value as JSON or as tables; CSV is for what has a line a customer.
pub(crate) fn print_value(value: &Value, form: Form) -> Result<(), Failure> {
    match form {
        Form::Table => print_whole(&readable::text(value)),
        _ => print(value),
    }
}
