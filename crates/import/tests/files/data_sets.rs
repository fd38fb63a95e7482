//! The real data sets come in whole: every row counted, every column typed and mapped.

use std::io::Read;

use crate::support::data_folder;
use stillroom_import::{
    Cell, ColumnType, FieldChoice, FileSummary, IdRule, Reason, Row, TargetKind, ValueKind, read_whole,
};

fn import(bytes: &[u8]) -> (FileSummary, Vec<Row>) {
    let mut rows = Vec::new();
    let summary = read_whole(bytes, 256 * 1024, |row| rows.push(row)).expect("the guessed mapping works");
    let tally = summary.tally;
    assert_eq!(tally.rows_read, tally.rows_kept + tally.rows_refused);
    assert_eq!(tally.rows_kept, rows.len() as u64);
    (summary, rows)
}

fn type_of(summary: &FileSummary, column: &str) -> ColumnType {
    let mapped = summary.mapping.columns.iter().find(|mapped| mapped.column == column);
    mapped.unwrap_or_else(|| panic!("no column {column}")).column_type
}

#[test]
fn online_retail_is_order_lines() {
    let Some(folder) = data_folder("online-retail") else { return };
    let packed =
        std::fs::read(folder.join("online_retail_2010-12_2011-08.csv.gz")).expect("the file is there");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("the file is whole");
    let (summary, rows) = import(&bytes);
    assert_eq!(summary.mapping.target, TargetKind::OrderLines);
    let fields: Vec<_> = summary.mapping.columns.iter().map(|column| column.choice.clone()).collect();
    let expected =
        ["order_no", "item_code", "item_name", "quantity", "at", "unit_price", "customer", "country"];
    assert_eq!(fields, expected.map(|field| FieldChoice::Standard { field: field.to_owned() }));
    assert_eq!(
        (summary.tally.rows_read, summary.tally.rows_kept),
        (320_705, 320_705),
        "{:?}",
        summary.issues.first()
    );
    let Some(Row::OrderLine(first)) = rows.first() else { panic!("an order line") };
    assert_eq!((first.order_no.as_str(), first.item_code.as_str()), ("536365", "85123A"));
    assert_eq!((first.quantity, first.unit_price, first.at_millis), (6.0, 2.55, 1_291_191_960_000));
    assert_eq!(first.customer.as_deref(), Some("17850"));
    let lines =
        || rows.iter().filter_map(|row| if let Row::OrderLine(line) = row { Some(line) } else { None });
    assert!(lines().any(|line| line.quantity < 0.0) && lines().any(|line| line.order_no.starts_with('C')));
    let n_anonymous = lines().filter(|line| line.customer.is_none()).count();
    assert!(n_anonymous * 5 > rows.len(), "a quarter has no customer: {n_anonymous}");
}

#[test]
fn telco_churn_is_customers_with_typed_custom_fields() {
    let Some(folder) = data_folder("telco-churn") else { return };
    let bytes = std::fs::read(folder.join("Telco-Customer-Churn.csv")).expect("the file is there");
    let (summary, rows) = import(&bytes);
    assert_eq!((summary.mapping.target, summary.mapping.id_rule), (TargetKind::Customers, IdRule::Column));
    assert_eq!(rows.len(), 7043);
    assert!(summary.issues.is_empty(), "{:?}", summary.issues.first());
    assert_eq!(type_of(&summary, "Churn"), ColumnType::Boolean);
    assert_eq!(type_of(&summary, "Contract"), ColumnType::Category);
    assert_eq!(type_of(&summary, "MultipleLines"), ColumnType::Category);
    assert!(matches!(type_of(&summary, "TotalCharges"), ColumnType::Number { .. }));
    assert!(matches!(type_of(&summary, "tenure"), ColumnType::Integer { .. }));
    let totals = rows.iter().filter_map(|row| match row {
        Row::Customer(customer) => {
            customer.fields.iter().find(|(key, _)| &**key == "totalcharges").map(|(_, cell)| cell)
        }
        Row::OrderLine(_) => None,
    });
    assert_eq!(
        totals.filter(|cell| cell.is_missing()).count(),
        11,
        "the eleven blanks are missing, not zero"
    );
}

#[test]
fn bank_marketing_gets_row_numbers_for_ids() {
    let Some(folder) = data_folder("bank-marketing") else { return };
    let bytes = std::fs::read(folder.join("bank-additional.csv")).expect("the file is there");
    let (summary, rows) = import(&bytes);
    assert_eq!((summary.mapping.target, summary.mapping.id_rule), (TargetKind::Customers, IdRule::RowNumber));
    assert_eq!((summary.sniffed.dialect.delimiter, rows.len()), (b';', 4119));
    assert!(summary.issues.is_empty(), "{:?}", summary.issues.first());
    assert!(summary.mapping.columns.iter().all(|column| matches!(column.choice, FieldChoice::Custom { .. })));
    assert_eq!(type_of(&summary, "default"), ColumnType::Category, "unknown is an answer");
    assert_eq!(type_of(&summary, "y"), ColumnType::Boolean);
    assert!(matches!(type_of(&summary, "euribor3m"), ColumnType::Number { is_ambiguous: false, .. }));
    let Some(Row::Customer(last)) = rows.last() else { panic!("a customer") };
    assert_eq!(last.fields.first().map(|(_, cell)| cell.clone()), Some(Cell::Text("row-4119".to_owned())));
}

#[test]
fn cells_that_do_not_fit_are_listed_without_their_value() {
    let mut file = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice\n".to_owned();
    for idx in 0..200 {
        file.push_str(&format!("{idx},A,1,2024-05-30,9.5\n"));
    }
    file.push_str("200,A,Jane Doe,2024-05-30,9.5\n201,,1,2024-05-30,\n,,,,\n202,B,1,2024-05-30,1.5\n");
    let (summary, rows) = import(file.as_bytes());
    assert_eq!((summary.tally.rows_read, summary.tally.rows_refused, rows.len()), (204, 3, 201));
    let found: Vec<_> = summary
        .issues
        .iter()
        .map(|issue| (issue.row, issue.line, issue.field.as_deref(), issue.reason, issue.value_kind))
        .collect();
    let expected = [
        (201, 202, Some("quantity"), Reason::NotANumber, ValueKind::Text),
        (202, 203, Some("item_code"), Reason::RequiredEmpty, ValueKind::Empty),
        (202, 203, Some("unit_price"), Reason::RequiredEmpty, ValueKind::Empty),
        (203, 204, None, Reason::EmptyRow, ValueKind::Empty),
    ];
    assert_eq!(found, expected);
    assert!(!format!("{:?}", summary.issues).contains("Jane"));
}
