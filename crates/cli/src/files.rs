//! What every command does with files: opens the rows, whatever kind of file they are in, and says what failed.

use std::{
    fs::File,
    io::{Cursor, Read},
    path::Path,
};

use stillroom_engine::{
    batch::{FileKind, Input},
    protocol::Failure,
};
use stillroom_tables::{Kind, MARK_BYTES, Table};

/// The name of the standard input.
const STANDARD_INPUT: &str = "-";

/// A file as rows of CSV, which is what the engine imports.
pub(crate) struct Source {
    pub(crate) label: String,
    pub(crate) kind: Option<FileKind>,
    pub(crate) rows: Box<dyn Read>,
}

/// Hands the files named by `[KIND=]FILE` to `work`.
pub(crate) fn with_inputs<T>(
    names: &[String],
    work: impl FnOnce(Vec<Input<'_>>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut files = names.iter().map(|name| open(name)).collect::<Result<Vec<_>, _>>()?;
    let inputs = files.iter_mut().map(|source| Input {
        label: source.label.clone(),
        kind: source.kind,
        bytes: &mut source.rows,
    });
    work(inputs.collect())
}

/// Splits `[KIND=]FILE` and opens the file, or the standard input for `-`.
pub(crate) fn open(name: &str) -> Result<Source, Failure> {
    let (kind, path) = match name.split_once('=') {
        Some(("customers", path)) => (Some(FileKind::Customers), path),
        Some(("order_lines" | "orders", path)) => (Some(FileKind::OrderLines), path),
        Some((_, path)) if !Path::new(name).exists() => (None, path),
        _ => (None, name),
    };
    let path = Path::new(path);
    let unreadable = |error| file_failure("file-unreadable", path, &error);
    let mut bytes = bytes_of(path)?;
    let mut head = Vec::new();
    (&mut bytes).take(MARK_BYTES as u64).read_to_end(&mut head).map_err(unreadable)?;
    let bytes = Cursor::new(head.clone()).chain(bytes);
    let rows: Box<dyn Read> = match Kind::of(&head) {
        Kind::Csv => Box::new(bytes),
        _ => Box::new(Cursor::new(as_csv(path, bytes)?)),
    };
    let label = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Source { label, kind, rows })
}

/// A whole file of any kind, or the standard input, as a table.
pub(crate) fn table(path: &Path) -> Result<Table, Failure> {
    read_table(path, bytes_of(path)?)
}

/// A failure about the table in a file.
pub(crate) fn table_failure(path: &Path, error: &stillroom_tables::Error) -> Failure {
    Failure::new(error.code(), &format!("{}: {error}", path.display()))
}

fn bytes_of(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path == Path::new(STANDARD_INPUT) {
        return Ok(Box::new(std::io::stdin()));
    }
    let file = File::open(path).map_err(|error| file_failure("file-unreadable", path, &error))?;
    Ok(Box::new(file))
}

fn read_table(path: &Path, mut bytes: impl Read) -> Result<Table, Failure> {
    let mut whole = Vec::new();
    bytes.read_to_end(&mut whole).map_err(|error| file_failure("file-unreadable", path, &error))?;
    Table::read(whole).map_err(|error| table_failure(path, &error))
}

fn as_csv(path: &Path, bytes: impl Read) -> Result<Vec<u8>, Failure> {
    let mut csv = Vec::new();
    let written = read_table(path, bytes)?.write(Kind::Csv, &mut csv);
    written.map_err(|error| table_failure(path, &error))?;
    Ok(csv)
}

/// A failure about a file of the user's.
pub(crate) fn file_failure(code: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(code, &format!("{}: {error}", path.display()))
}

/// Writes a file of the user's.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| file_failure("file-unwritable", path, &error))
}
