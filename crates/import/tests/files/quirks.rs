//! One small file for each quirk, written here.

use stillroom_import::{
    Column, CsvWriter, Dialect, Encoding, Footer, FormulaGuard, Header, Inference, Limits, Newline, Outcome,
    Quote, QuoteStyle, Reader, Reason, TargetKind, guarded, guess_mapping, read_whole, sniff, write_issues,
};

use crate::support::{Whole, read, read_in_chunks};

/// Reads `bytes` whole and byte by byte, which must agree.
fn read_both(dialect: Dialect, bytes: &[u8]) -> Whole {
    let whole = read(dialect, bytes);
    assert_eq!(read_in_chunks(dialect, bytes, 1), whole);
    whole
}

fn reasons(whole: &Whole) -> Vec<(u64, Reason, Outcome)> {
    whole.issues.iter().map(|issue| (issue.row, issue.reason, issue.outcome)).collect()
}

#[test]
fn cells_are_read_as_rfc_4180_has_it_and_as_files_are() {
    let cases: [(&str, &[&[&str]]); 12] = [
        ("a,b\n1,2\n", &[&["1", "2"]]),
        ("a,b\r\n1,2\r\n", &[&["1", "2"]]),
        ("a,b\n1,2", &[&["1", "2"]]),
        ("a,b\n1,\n", &[&["1", ""]]),
        ("a,b\n1,", &[&["1", ""]]),
        ("a,b\n\"x,y\",\"p\"\"q\"\n", &[&["x,y", "p\"q"]]),
        ("a,b\n\"line\nbreak\",\"cr\r\nlf\"\r\n", &[&["line\nbreak", "cr\r\nlf"]]),
        ("a,b\n\"\",x\n", &[&["", "x"]]),
        ("a,b\n5\" pipe,6'\n", &[&["5\" pipe", "6'"]]),
        ("a,b\nx\ry,z\n", &[&["x\ry", "z"]]),
        ("a,b\n\"x\r\",z\n", &[&["x\r", "z"]]),
        ("a,b\n,\n", &[&["", ""]]),
    ];
    for (file, rows) in cases {
        let whole = read_both(Dialect::default(), file.as_bytes());
        assert_eq!(whole.rows, rows, "{file:?}");
        assert!(whole.issues.is_empty(), "{file:?}: {:?}", whole.issues);
    }
}

#[test]
fn lines_are_counted_through_cells_that_hold_line_ends() {
    let whole = read_both(Dialect::default(), b"a,b\n\n\"1\n2\n3\",x\n4,5\n");
    assert_eq!(whole.lines, [3, 6]);
}

#[test]
fn carriage_returns_end_records_only_where_the_dialect_says_so() {
    let mac = Dialect { newline: Newline::Cr, ..Dialect::default() };
    let whole = read_both(mac, b"a,b\r1,\"x\ny\"\r\n2,z\r3,w\n4,v");
    assert_eq!(whole.rows, [["1", "x\ny"], ["2", "z"], ["3", "w"], ["4", "v"]]);
}

#[test]
fn text_after_a_closing_quote_is_kept_and_reported() {
    let whole = read_both(Dialect::default(), b"a,b\n\"x\"y,2\n3,4\n");
    assert_eq!(whole.rows, [["xy", "2"], ["3", "4"]]);
    assert_eq!(reasons(&whole), [(1, Reason::StrayQuote, Outcome::Kept)]);
}

#[test]
fn a_quote_never_closed_costs_no_other_row() {
    let mut file = "id,note\n1,\"stray\n".to_owned();
    for id in 2..=1000 {
        file.push_str(&format!("{id},fine\n"));
    }
    let limits = Limits { max_record_bytes: 512, ..Limits::default() };
    for dialect in [Dialect::default(), Dialect { limits, ..Dialect::default() }] {
        let whole = read_both(dialect, file.as_bytes());
        assert_eq!(whole.rows.len(), 1000);
        assert_eq!(whole.rows[0], ["1", "\"stray"]);
        assert_eq!(whole.rows[999], ["1000", "fine"]);
        assert_eq!(reasons(&whole), [(1, Reason::UnclosedQuote, Outcome::Kept)]);
    }
    let one_column = format!("note\n\"stray\n{}", "fine\n".repeat(999));
    let whole = read_both(Dialect { limits, ..Dialect::default() }, one_column.as_bytes());
    assert_eq!(whole.rows.len(), 1000);
}

#[test]
fn a_long_quoted_cell_is_refused_alone() {
    let file = format!("id,note\n1,\"{}\"\n2,fine\n", "prose without delimiters\n".repeat(100));
    let limits = Limits { max_record_bytes: 512, ..Limits::default() };
    let whole = read_both(Dialect { limits, ..Dialect::default() }, file.as_bytes());
    assert_eq!(whole.rows, [["2", "fine"]]);
    assert_eq!(whole.lines, [103]);
    assert_eq!(reasons(&whole), [(1, Reason::RecordTooLong, Outcome::Refused)]);
    assert_eq!((whole.tally.rows_read, whole.tally.rows_kept, whole.tally.rows_refused), (2, 1, 1));
}

#[test]
fn rows_past_a_bound_are_refused_and_the_next_is_read() {
    let limits = Limits { max_field_bytes: 4, max_record_bytes: 20, max_columns: 3 };
    let dialect = Dialect { limits, ..Dialect::default() };
    let file = "a,b\nlonger,x\n1,2,3,4\n1234,1234\nvery very long indeed,x\n5,6\n";
    let whole = read_both(dialect, file.as_bytes());
    assert_eq!(whole.rows, [["1234", "1234"], ["5", "6"]]);
    let expected = [
        (1, Reason::CellTooLong, Outcome::Refused),
        (2, Reason::TooManyColumns, Outcome::Refused),
        (4, Reason::RecordTooLong, Outcome::Refused),
    ];
    assert_eq!(reasons(&whole), expected);
}

#[test]
fn what_is_kept_between_chunks_is_bounded() {
    let limits = Limits { max_record_bytes: 64, ..Limits::default() };
    let mut reader = Reader::new(Dialect { limits, ..Dialect::default() }).expect("the dialect is usable");
    reader.push(b"a,b\n\"");
    for _ in 0..10_000 {
        reader.push(&[b'x'; 100]);
        assert!(reader.next_record().is_none());
        assert!(reader.buffered_bytes() <= 64 + 100 + 64, "{}", reader.buffered_bytes());
    }
    reader.push(b"\"\n1,2\n");
    assert_eq!(reader.next_record().map(|record| record.row()), Some(2));
    assert_eq!(reader.take_issues().len(), 1);
}

#[test]
fn an_extra_delimiter_at_the_end_of_rows_is_no_issue() {
    let whole = read_both(Dialect::default(), b"a,b\n1,2,\n3,4,,\n5,6,,x\n");
    assert_eq!(reasons(&whole), [(3, Reason::TooManyCells, Outcome::Kept)]);
}

#[test]
fn blank_lines_are_no_rows_but_a_quoted_nothing_is() {
    let whole = read_both(Dialect::default(), b"\n\na\n\n1\n\"\"\n\r\n2\n");
    assert_eq!(whole.rows, [["1"], [""], ["2"]]);
    assert_eq!(whole.blank_lines, 4);
}

#[test]
fn a_report_footer_is_no_row_and_is_listed() {
    let file = b"a,b\n1,2\n\n3,4\n\n\nReport\n\nCopyright\n";
    let whole = read_both(Dialect::default(), file);
    assert_eq!(whole.rows, [["1", "2"], ["3", "4"]]);
    assert_eq!((whole.footer_lines, whole.blank_lines), (5, 1));
    let expected = (0, Reason::FooterLine, Outcome::NotARow);
    assert_eq!(reasons(&whole), [expected, expected]);
    let kept = read_both(Dialect { footer: Footer::None, ..Dialect::default() }, file);
    assert_eq!(kept.tally.rows_read, 4);
}

#[test]
fn rows_after_a_footer_are_rows_again() {
    let whole = read_both(Dialect::default(), b"a,b\n1,2\n\n\nReport\n3,4\n");
    assert_eq!(whole.rows, [["1", "2"], ["3", "4"]]);
}

#[test]
fn invalid_bytes_are_reported_on_their_own_row() {
    let whole = read_both(Dialect::default(), b"a,b\n1,\xEF\xBF\xBD\n2,\xFF\xFE\n3,z\n");
    assert_eq!(whole.rows[1], ["2", "\u{FFFD}\u{FFFD}"]);
    assert_eq!(reasons(&whole), [(2, Reason::InvalidEncoding, Outcome::Kept)]);
}

#[test]
fn one_table_reads_the_same_in_every_encoding() {
    let table = "name;city\r\nJürgen;\"Köln\r\nDeutz\"\r\n";
    let wide = |to_bytes: fn(u16) -> [u8; 2]| table.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
    let marked = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
    let files = [
        (Encoding::Utf8, table.as_bytes().to_vec()),
        (Encoding::Utf8, marked(b"\xEF\xBB\xBF", table.as_bytes().to_vec())),
        (Encoding::Utf16Le, wide(u16::to_le_bytes)),
        (Encoding::Utf16Le, marked(b"\xFF\xFE", wide(u16::to_le_bytes))),
        (Encoding::Utf16Be, wide(u16::to_be_bytes)),
        (Encoding::Utf16Be, marked(b"\xFE\xFF", wide(u16::to_be_bytes))),
        (Encoding::Windows1252, b"name;city\r\nJ\xFCrgen;\"K\xF6ln\r\nDeutz\"\r\n".to_vec()),
    ];
    for (encoding, bytes) in files {
        let sniffed = sniff(&bytes, true);
        assert_eq!(sniffed.dialect.encoding, encoding);
        assert_eq!(read_both(sniffed.dialect, &bytes).rows, [["Jürgen", "Köln\r\nDeutz"]], "{encoding:?}");
    }
}

#[test]
fn dialects_are_sniffed_from_little() {
    let delimiter = |file: &str| char::from(sniff(file.as_bytes(), true).dialect.delimiter);
    assert_eq!(delimiter("a|b|c\n1|2|3\n"), '|');
    assert_eq!(delimiter("a\tb\n1,5\t2\n"), '\t');
    assert_eq!(delimiter("a;b\n1,5;2,5\n"), ';');
    assert_eq!(delimiter("\"a;b\",c\n\"1;2\",3\n"), ',');
    assert_eq!(delimiter("one column\nof text\n"), ',');
    assert_eq!(delimiter("sep=|\na|b\n"), '|');
    let quoted = sniff(b"'a','b'\n'1,2','3'\n", true);
    assert_eq!((quoted.dialect.quote, quoted.quote_style), (Quote::Single, QuoteStyle::All));
    let minimal = sniff(b"a,b\n\"1,2\",3\n", true);
    assert_eq!((minimal.dialect.quote, minimal.quote_style), (Quote::Double, QuoteStyle::Minimal));
}

#[test]
fn a_title_above_the_table_is_skipped() {
    let file = b"Sales report\nMay 2024\n\nEmail,Amount\na@example.com,5\nb@example.com,6\n";
    let sniffed = sniff(file, true);
    assert_eq!(sniffed.dialect.preamble_lines, 3);
    let whole = read_both(sniffed.dialect, file);
    assert_eq!(whole.headers, ["Email", "Amount"]);
    assert_eq!(whole.rows.len(), 2);
}

#[test]
fn a_file_without_header_has_numbered_columns() {
    let whole = read_both(Dialect { header: Header::Absent, ..Dialect::default() }, b"1,2\n3,4\n");
    assert_eq!(whole.names, ["Column 1", "Column 2"]);
    assert_eq!(whole.rows.len(), 2);
}

#[test]
fn values_name_a_column_whose_header_says_nothing() {
    let file = b"f1,f2,f3\na@example.com,+1 (555) 0100-1111,x\nb@example.com,+1 (555) 0100-2222,y\n";
    let mut reader = Reader::new(Dialect::default()).expect("the dialect is usable");
    reader.push(file);
    reader.finish();
    let mut inference = Inference::new(3);
    while let Some(record) = reader.next_record() {
        inference.observe(&record);
    }
    let mapping = guess_mapping(reader.columns(), inference.profiles());
    assert_eq!(mapping.target, TargetKind::Customers);
    assert_eq!((mapping.position_of("email"), mapping.position_of("phone")), (Some(0), Some(1)));
    assert!(mapping.check().is_ok());
}

#[test]
fn a_short_first_row_hides_no_column() {
    let file =
        b"Email,Since,Spent\na@example.com\nb@example.com,2024-03-01,2.5,more\nc@example.com,2024-03-02,3\n";
    for chunk_bytes in [1, 20, file.len()] {
        let mut rows = Vec::new();
        let summary = read_whole(file, chunk_bytes, |row| rows.push(row)).expect("customers");
        let kinds: Vec<&str> =
            summary.mapping.columns.iter().map(|column| column.column_type.field_kind()).collect();
        assert_eq!(kinds, ["text", "date", "number"], "in pieces of {chunk_bytes}");
        assert_eq!(rows.len(), 3);
    }
}

#[test]
fn a_mapping_that_cannot_work_says_why() {
    let columns = ["a", "b"].map(|name| Column { name: name.to_owned(), header: name.to_owned() });
    let types = [stillroom_import::ColumnType::Text; 2];
    let mut mapping = guess_mapping(&columns, &[]);
    let code = |mapping: &stillroom_import::Mapping, types: &[_]| {
        stillroom_import::Converter::new(mapping, types).map_err(|error| error.code()).err()
    };
    assert_eq!(code(&mapping, &types), None);
    assert_eq!(code(&mapping, &types[..1]), Some("no_such_column"));
    mapping.target = TargetKind::OrderLines;
    assert_eq!(code(&mapping, &types), Some("field_not_mapped"));
    for column in &mut mapping.columns {
        column.choice = stillroom_import::FieldChoice::Standard { field: "at".to_owned() };
    }
    assert_eq!(code(&mapping, &types), Some("field_twice"));
    mapping.target = TargetKind::Customers;
    assert_eq!(code(&mapping, &types), Some("unknown_field"));
}

#[test]
fn an_ambiguous_date_is_said_to_be_one() {
    let file = b"Email,Created at\na@example.com,02/03/2024\n";
    let summary = read_whole(file, 64, |_| {}).expect("the guessed mapping works");
    assert!(summary.mapping.warnings.contains(&stillroom_import::Warning::AmbiguousDates));
}

#[test]
fn hostile_cells_start_no_formula_and_numbers_stay() {
    let hostile = [
        "=1+1",
        "+1 (555) 0100",
        "-2+3",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\0=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        " =1+1",
        "+8613800000000",
        "-",
        "-5",
        "+7",
        "\u{FEFF}=1",
    ];
    for cell in hostile {
        assert_eq!(guarded(cell), format!("'{cell}"), "{cell:?}");
    }
    for cell in ["", "5", "1e-5", "a=b", "a-b", "(555) 0100", "2024-05-30", "'=1"] {
        assert_eq!(guarded(cell), cell, "{cell:?}");
    }
}

#[test]
fn issues_are_written_with_stable_codes_and_no_values() {
    let whole = read(Dialect::default(), b"a,b\nJane\n");
    let mut writer = CsvWriter::new(&Dialect::default(), FormulaGuard::Guard).expect("the dialect is usable");
    write_issues(&whole.issues, &mut writer);
    assert_eq!(writer.take(), "row,line,field,reason,value_kind,outcome\n1,2,,too_few_cells,row,kept\n");
}
