//! One table in every kind of file gives one answer, through the program itself.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use rust_xlsxwriter::Workbook;
use serde_json::Value;
use stillroom_engine::{
    platform::MemoryPlatform,
    protocol::{Backup, CreateWorkspace, DialectChoice, FileKind, ImportPlan, SampleKind},
    sample,
    session::Session,
};

const PEOPLE: &str = "external_id;name;city;spend;visits;since;active\n\
    007;Ada;Wien;1,5;3;2024-02-29;yes\n008;Bo;\"Linz; old town\";20,25;4;2023-12-31;no\n\
    009;Cy;Wien;;5;2022-01-02;\n010;Dee;Graz;7;6;2021-06-30;yes\n";
const RECIPE: &str = r#"{"stillroom": 1, "source": {"rows": "customers"}, "columns": ["spend", "visits"], "steps": [
    {"method": "impute"}, {"method": "standardize"}, {"method": "kmeans", "k": 2}], "seed": 7}"#;
const PASSPHRASE: &str = "seven grey herons over Linz";

fn stillroom(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stillroom"));
    command
        .current_dir(folder)
        .args(arguments)
        .env("STILLROOM_PASSPHRASE", PASSPHRASE)
        .output()
        .expect("it starts")
}

fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = stillroom(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = stillroom(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// A folder with the people as CSV and the recipe.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("people.csv"), PEOPLE).expect("writable");
    fs::write(folder.path().join("recipe.json"), RECIPE).expect("writable");
    folder
}

fn as_json(folder: &Path, file: &str) -> Value {
    serde_json::from_str(&said(folder, &["convert", file, "-", "--kind", "json"])).expect("JSON")
}

#[test]
fn a_table_comes_back_from_every_kind_as_it_went() {
    let folder = folder();
    let original = as_json(folder.path(), "people.csv");
    assert_eq!(original[0]["external_id"], "007", "a code keeps its zeros");
    assert_eq!((&original[1]["city"], &original[1]["spend"]), (&"Linz; old town".into(), &20.25.into()));
    assert!(
        original[2]["spend"].is_null() && original[2]["active"].is_null() && original[0]["active"] == true
    );
    for kind in ["json", "arrow", "parquet"] {
        let file = format!("people.{kind}");
        assert!(said(folder.path(), &["convert", "people.csv", &file]).contains("4 rows, 7 columns"));
        assert_eq!(as_json(folder.path(), &file), original, "{kind}");
    }
}

#[test]
fn a_recipe_says_the_same_of_every_kind() {
    let folder = folder();
    let run = |file: &str| -> Value {
        let text = said(folder.path(), &["run", "recipe.json", "--data", &format!("customers={file}")]);
        serde_json::from_str(&text).expect("JSON")
    };
    let original = run("people.csv");
    assert_eq!(original["n_rows_used"], 4);
    for kind in ["json", "arrow", "parquet"] {
        said(folder.path(), &["convert", "people.csv", &format!("people.{kind}")]);
        let other = run(&format!("people.{kind}"));
        assert_eq!(other["data_hash"], original["data_hash"], "{kind}");
        assert_eq!((&other["reports"], &other["rows"]), (&original["reports"], &original["rows"]), "{kind}");
    }
    sheet(&folder.path().join("people.xlsx"));
    assert_eq!(run("people.xlsx")["reports"], original["reports"]);
}

/// The people as a spreadsheet.
fn sheet(path: &Path) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, line) in PEOPLE.replace("; old", ", old").lines().enumerate() {
        for (column, cell) in line.split(';').enumerate() {
            let (row, column) = (row as u32, column as u16);
            match cell.replace(',', ".").parse::<f64>() {
                Ok(number) if column > 0 => drop(sheet.write_number(row, column, number)),
                _ if cell.is_empty() => {}
                _ => drop(sheet.write_string(row, column, cell.trim_matches('"'))),
            }
        }
    }
    book.save(path).expect("writable");
}

#[test]
fn rows_come_through_a_pipe_and_answers_go_out_in_three_forms() {
    let folder = folder();
    let mut child = Command::new(env!("CARGO_BIN_EXE_stillroom"))
        .current_dir(folder.path())
        .args(["run", "recipe.json", "--data", "customers=-", "--format", "csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    child.stdin.take().expect("a pipe").write_all(PEOPLE.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    assert_eq!((lines.len(), lines[0]), (5, "customer,label"), "{text}");
    assert!(lines[1].starts_with("007,"), "{text}");
    let table =
        said(folder.path(), &["run", "recipe.json", "--data", "customers=people.csv", "--format", "table"]);
    assert!(table.starts_with("4 rows used of 4 read") && table.contains("kmeans"), "{table}");
}

#[test]
fn what_cannot_be_read_is_said_with_what_to_do() {
    let folder = folder();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect("writable");
    write("cut.parquet", b"PAR1 and then nothing");
    write("cut.arrow", b"ARROW1\0\0 and then nothing");
    write("list.json", b"[1, 2]");
    write("nested.json", br#"[{"a": [1, 2]}]"#);
    write("half.json", br#"[{"a": 1}"#);
    write("sheet.xlsx", b"PK\x03\x04 and then nothing");
    for (name, code) in [
        ("cut.parquet", "table-unreadable"),
        ("cut.arrow", "table-unreadable"),
        ("list.json", "json-no-object"),
        ("nested.json", "column-nested"),
        ("half.json", "table-unreadable"),
        ("sheet.xlsx", "table-unreadable"),
        ("missing.csv", "file-unreadable"),
    ] {
        let message = refused(folder.path(), &["convert", name, "out.csv"]);
        assert!(message.starts_with(&format!("error[{code}]: {name}: ")), "{name}: {message}");
        assert!(!folder.path().join("out.csv").exists(), "nothing is left behind");
    }
    assert!(refused(folder.path(), &["convert", "people.csv", "people.xlsx"]).contains("kind-not-written"));
    assert!(refused(folder.path(), &["convert", "people.csv", "people"]).contains("kind-unknown"));
}

#[test]
fn objects_inside_json_become_columns_and_lines_are_as_good_as_a_list() {
    let folder = folder();
    let lines = "{\"id\": 1, \"home\": {\"city\": \"Wien\"}}\n{\"id\": 2}\n";
    fs::write(folder.path().join("lines.json"), lines).expect("writable");
    let csv = said(folder.path(), &["convert", "lines.json", "-", "--kind", "csv"]);
    assert_eq!(csv.lines().collect::<Vec<_>>(), ["home.city,id", "Wien,1", ",2"]);
}

/// A backup of the sample shop, as the app writes it.
fn backup(folder: &Path) -> PathBuf {
    let mut session = Session::new(MemoryPlatform::default());
    session.answer(CreateWorkspace { passphrase: PASSPHRASE.to_owned() }.into()).expect("a workspace");
    for file in sample::files(SampleKind::Clinic, 3) {
        let kind = if file.name.contains("customers") { FileKind::Customers } else { FileKind::OrderLines };
        let plan =
            ImportPlan { label: file.name, dialect: DialectChoice::default(), kind, targets: Vec::new() };
        session.begin_import(&plan).expect("an import");
        session.push_import(file.text.as_bytes()).expect("rows");
        session.finish_import().expect("an end");
    }
    let file = session.answer(Backup { passphrase: PASSPHRASE.to_owned() }.into()).expect("a backup").bytes;
    let path = folder.join("clinic.stillroom");
    fs::write(&path, file.expect("bytes")).expect("writable");
    path
}

#[test]
fn a_backup_is_shown_exported_and_computed_on() {
    let folder = folder();
    let file = backup(folder.path());
    let file = file.to_str().expect("a plain name");
    let shown: Value =
        serde_json::from_str(&said(folder.path(), &["workspace", "show", file])).expect("JSON");
    let n_customers = shown["holds"]["customers"].as_u64().expect("a count");
    let written = said(folder.path(), &["workspace", "export", file]);
    let customers = fs::read_to_string(folder.path().join("customers.csv")).expect("written");
    assert_eq!(customers.lines().count() as u64, n_customers + 1, "{written}");
    let n_lines = shown["holds"]["order_lines"].as_u64().expect("a count");
    if n_lines > 0 {
        let lines = as_json(folder.path(), "order_lines.csv");
        assert_eq!(lines.as_array().map(Vec::len), Some(n_lines as usize));
    }
    let recipe = r#"{"stillroom": 1, "source": {"rows": "customers"}, "columns": ["age"], "steps": [{"method": "profile"}], "seed": 1}"#;
    fs::write(folder.path().join("profile.json"), recipe).expect("writable");
    let table = said(folder.path(), &["workspace", "run", file, "profile.json", "--format", "table"]);
    assert!(table.contains(&format!("of {n_customers} read")), "{table}");
    let wrong = folder.path().join("wrong.txt");
    fs::write(&wrong, "not it").expect("writable");
    let message = refused(folder.path(), &["workspace", "show", file, "--passphrase-file", "wrong.txt"]);
    assert!(message.starts_with("error["), "{message}");
}

#[test]
fn shells_and_manual_readers_are_served() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(said(folder.path(), &["completions", shell]).contains("convert"), "{shell}");
    }
    said(folder.path(), &["manual"]);
    let page = fs::read_to_string(folder.path().join("stillroom-run.1")).expect("a page");
    assert!(page.contains("recipe"), "{page}");
}
