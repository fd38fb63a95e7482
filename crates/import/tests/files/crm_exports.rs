//! Every vendor's export is read exactly as its manifest says, and its columns are taken for what they mean.

use crate::support::{Whole, data_folder, read, read_in_chunks};
use serde_json::Value;
use stillroom_import::{
    Cell, CsvWriter, Encoding, FieldChoice, FormulaGuard, Header, Inference, Mapping, Newline, Outcome,
    Reader, Reason, Row, TargetKind, Warning, read_whole, sniff,
};

struct Export {
    file: String,
    entry: Value,
    bytes: Vec<u8>,
}

fn exports() -> Vec<Export> {
    let Some(folder) = data_folder("crm-exports") else { return Vec::new() };
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).expect("the manifest is there");
    let entries: Vec<Value> = serde_json::from_str(&manifest).expect("the manifest is JSON");
    assert_eq!(entries.len(), 22, "the manifest lists every file");
    let read_export = |entry: Value| {
        let file = text(&entry["file"]);
        let bytes = std::fs::read(folder.join(&file)).expect("the file is there");
        Export { file, entry, bytes }
    };
    entries.into_iter().map(read_export).collect()
}

fn export(file: &str) -> Option<Export> {
    exports().into_iter().find(|export| export.file == file)
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().map(|items| items.iter().map(text).collect()).unwrap_or_default()
}

fn count(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}

fn read_sniffed(bytes: &[u8]) -> Whole {
    read(sniff(bytes, true).dialect, bytes)
}

#[test]
fn dialects_are_sniffed_as_the_manifest_says() {
    for Export { file, entry, bytes } in exports() {
        let sniffed = sniff(&bytes, true);
        if bytes.is_empty() {
            assert!(sniffed.is_empty, "{file}");
            continue;
        }
        let encoding = match text(&entry["encoding"]).as_str() {
            "utf-8" => Encoding::Utf8,
            "utf-16-le" => Encoding::Utf16Le,
            "cp1252" => Encoding::Windows1252,
            "gb18030" => Encoding::Gb18030,
            other => panic!("{file}: unknown encoding {other}"),
        };
        let newline = match text(&entry["newline"]).as_str() {
            "LF" => Newline::Lf,
            "CRLF" => Newline::CrLf,
            "CR" => Newline::Cr,
            other => panic!("{file}: unknown newline {other}"),
        };
        assert_eq!(sniffed.dialect.encoding, encoding, "{file}");
        assert_eq!(Some(sniffed.has_byte_order_mark), entry["bom"].as_bool(), "{file}");
        assert_eq!(char::from(sniffed.dialect.delimiter).to_string(), text(&entry["delimiter"]), "{file}");
        assert_eq!(sniffed.dialect.newline, newline, "{file}");
        assert_eq!(sniffed.dialect.preamble_lines as u64, count(&entry["preamble_lines"]), "{file}");
        assert_eq!(sniffed.dialect.header, Header::Present, "{file}");
        assert!(!sniffed.is_empty, "{file}");
    }
}

#[test]
fn every_cell_is_read_as_the_manifest_says_in_any_chunks() {
    for Export { file, entry, bytes } in exports() {
        let dialect = sniff(&bytes, true).dialect;
        let whole = read(dialect, &bytes);
        if entry["header"].is_array() {
            assert_eq!(whole.headers, texts(&entry["header"]), "{file}");
            let rows: Vec<_> =
                entry["rows"].as_array().map(|rows| rows.iter().map(texts).collect()).unwrap_or_default();
            assert_eq!(whole.rows, rows, "{file}");
            assert_eq!(whole.tally.rows_read, count(&entry["n_rows"]), "{file}");
            assert_eq!(whole.footer_lines, count(&entry["footer_lines"]), "{file}");
            let n_surprises = whole.issues.iter().filter(|issue| issue.reason != Reason::FooterLine).count();
            assert_eq!(n_surprises, 0, "{file}: {:?}", whole.issues);
        }
        for n_bytes in [1, 2, 3, 7, 64, 1000] {
            assert_eq!(read_in_chunks(dialect, &bytes, n_bytes), whole, "{file} in chunks of {n_bytes}");
        }
    }
}

#[test]
fn ragged_rows_are_kept_and_reported() {
    let Some(Export { entry, bytes, .. }) = export("ragged-rows.csv") else { return };
    let whole = read_sniffed(&bytes);
    let expected: Vec<_> = entry["expected_records"].as_array().expect("records").iter().map(texts).collect();
    assert_eq!(whole.rows, expected);
    let found: Vec<_> = whole.issues.iter().map(|issue| (issue.row, issue.line, issue.reason)).collect();
    assert_eq!(found, [(2, 3, Reason::TooFewCells), (3, 4, Reason::TooManyCells)]);
    assert!(whole.issues.iter().all(|issue| issue.outcome == Outcome::Kept));
    assert_eq!(whole.blank_lines, 1);
}

#[test]
fn an_empty_file_is_no_rows_and_no_columns() {
    let Some(Export { bytes, .. }) = export("empty.csv") else { return };
    let whole = read_sniffed(&bytes);
    assert_eq!((whole.rows.len(), whole.headers.len(), whole.issues.len()), (0, 0, 0));
}

#[test]
fn no_duplicate_column_is_lost() {
    let Some(Export { bytes, .. }) = export("duplicate-headers.csv") else { return };
    assert_eq!(read_sniffed(&bytes).names, ["Name", "Email", "Email (2)", "Column 4", "Name (2)"]);
}

#[test]
fn the_same_rows_in_two_encodings_are_the_same_import() {
    let (Some(old), Some(new)) = (export("cn-crm-gb18030.csv"), export("cn-crm-utf8bom.csv")) else { return };
    assert_eq!(read_sniffed(&old.bytes), read_sniffed(&new.bytes));
    assert_eq!(converted(&old.bytes), converted(&new.bytes));
}

fn converted(bytes: &[u8]) -> (Mapping, Vec<Row>) {
    let mut rows = Vec::new();
    let summary = read_whole(bytes, 4096, |row| rows.push(row)).expect("the guessed mapping works");
    let tally = summary.tally;
    assert_eq!(tally.rows_read, tally.rows_kept + tally.rows_refused);
    assert_eq!(tally.rows_kept, rows.len() as u64);
    (summary.mapping, rows)
}

fn customer_mapping(bytes: &[u8]) -> Mapping {
    let mut reader = Reader::new(sniff(bytes, true).dialect).expect("the sniffed dialect is usable");
    reader.push(bytes);
    reader.finish();
    let mut inference = Inference::new(64);
    while let Some(record) = reader.next_record() {
        inference.observe(&record);
    }
    Mapping::guess_for(TargetKind::Customers, reader.columns(), inference.profiles())
}

/// What the manifest calls a meaning, in our fields and shared custom keys.
fn key_of_meaning(meaning: &str) -> &str {
    match meaning {
        "id" => "external_id",
        "first_name" => "given_name",
        "last_name" => "family_name",
        "postal_code" => "postcode",
        "address" => "street",
        other => other,
    }
}

#[test]
fn columns_are_mapped_to_what_they_mean() {
    for Export { file, entry, bytes } in exports() {
        let mapping = customer_mapping(&bytes);
        for (header, meaning) in entry["field_map"].as_object().expect("a field map") {
            let column = mapping.columns.iter().find(|column| column.column == *header);
            let column = column.unwrap_or_else(|| panic!("{file}: no column {header}"));
            let key = match &column.choice {
                FieldChoice::Standard { field } => field,
                FieldChoice::Custom { key, .. } => key,
                FieldChoice::Skip => panic!("{file}: {header} is left out"),
            };
            let expected = key_of_meaning(&text(meaning)).to_owned();
            let is_yearless = expected == "birthday" && key == "birthday_text";
            assert!(*key == expected || is_yearless, "{file}: {header} is {key}, not {expected}");
        }
    }
}

#[test]
fn contacts_and_leads_are_customers_and_deals_come_with_a_warning() {
    for Export { file, entry, bytes } in exports() {
        let (mapping, rows) = converted(&bytes);
        let entity = text(&entry["entity"]);
        if entity == "contact" || entity == "lead" || entity == "deal" {
            assert_eq!(mapping.target, TargetKind::Customers, "{file}");
            assert_eq!(rows.len() as u64, count(&entry["n_rows"]), "{file}");
        }
        assert_eq!(mapping.warnings.contains(&Warning::LooksLikeDeals), entity == "deal", "{file}");
    }
}

#[test]
fn german_amounts_dates_and_customer_numbers_keep_their_value() {
    let Some(Export { entry, bytes, .. }) = export("excel-de-semicolon-cp1252.csv") else { return };
    let (_, rows) = converted(&bytes);
    let cells = |wanted: &str| -> Vec<Cell> {
        let find = |row: &Row| match row {
            Row::Customer(customer) => {
                customer.fields.iter().find(|(key, _)| &**key == wanted).map(|(_, cell)| cell.clone())
            }
            Row::OrderLine(_) => None,
        };
        rows.iter().filter_map(find).collect()
    };
    let amounts = entry["numeric_columns"]["Umsatz (EUR)"].as_array().expect("amounts");
    let expected: Vec<_> = amounts.iter().filter_map(Value::as_f64).map(Cell::Number).collect();
    assert_eq!(cells("amount"), expected);
    assert_eq!(cells("external_id").first(), Some(&Cell::Text("000001".to_owned())));
    assert_eq!(cells("last_purchase").first(), Some(&Cell::Time(1_717_027_200_000)));
    assert_eq!(cells("postcode").first(), Some(&Cell::Text("80331".to_owned())));
}

#[test]
fn several_addresses_in_a_cell_are_several_values() {
    let Some(Export { bytes, .. }) = export("google-contacts-2024.csv") else { return };
    let (_, rows) = converted(&bytes);
    let Some(Row::Customer(customer)) = rows.first() else { panic!("a customer") };
    let emails: Vec<_> =
        customer.fields.iter().filter(|(key, _)| &**key == "email").map(|(_, cell)| cell).collect();
    let expected = ["user1.562@example.net", "alt@example.com"].map(|email| Cell::Text(email.to_owned()));
    assert!(emails.into_iter().eq(&expected));
    let id = customer.fields.first().map(|(_, cell)| cell.clone());
    assert_eq!(
        id,
        Some(Cell::Text("user1.562@example.net".to_owned())),
        "the e-mail identifies a contact without id"
    );
}

#[test]
fn hostile_cells_come_in_as_text_and_go_out_guarded() {
    let Some(Export { entry, bytes, .. }) = export("formula-injection.csv") else { return };
    let whole = read_sniffed(&bytes);
    let dialect = sniff(&bytes, true).dialect;
    let mut writer = CsvWriter::new(&dialect, FormulaGuard::Guard).expect("the dialect is usable");
    writer.write_record(whole.headers.iter().map(String::as_str));
    for row in &whole.rows {
        writer.write_record(row.iter().map(String::as_str));
    }
    let written = read(dialect, writer.take().as_bytes());
    let hostile: Vec<(u64, u64)> = entry["formula_cells"]
        .as_array()
        .expect("cells")
        .iter()
        .map(|at| (count(&at[0]), count(&at[1])))
        .collect();
    for (row_idx, (before, after)) in whole.rows.iter().zip(&written.rows).enumerate() {
        for (column_idx, (before, after)) in before.iter().zip(after).enumerate() {
            let is_hostile = hostile.contains(&(row_idx as u64, column_idx as u64));
            let expected = if is_hostile { format!("'{before}") } else { before.clone() };
            assert_eq!(*after, expected, "row {row_idx}, column {column_idx}");
        }
    }
}
