//! What every command does with files and the terminal: opens the rows, prints the answer, says what failed.

use std::{fs::File, io::Write as _, path::Path};

use serde::Serialize;
use stillroom_engine::{
    batch::{FileKind, Input},
    failure::failure,
    protocol::Failure,
};

/// Hands the files named by `[KIND=]FILE` to `work`.
pub(crate) fn with_inputs<T>(
    names: &[String],
    work: impl FnOnce(Vec<Input<'_>>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut files = names.iter().map(|name| open(name)).collect::<Result<Vec<_>, _>>()?;
    let inputs =
        files.iter_mut().map(|(label, kind, file)| Input { label: label.clone(), kind: *kind, bytes: file });
    work(inputs.collect())
}

/// Splits `[KIND=]FILE` and opens the file.
pub(crate) fn open(name: &str) -> Result<(String, Option<FileKind>, File), Failure> {
    let (kind, path) = match name.split_once('=') {
        Some(("customers", path)) => (Some(FileKind::Customers), path),
        Some(("order_lines" | "orders", path)) => (Some(FileKind::OrderLines), path),
        Some((_, path)) if !Path::new(name).exists() => (None, path),
        _ => (None, name),
    };
    let path = Path::new(path);
    let file = File::open(path).map_err(|error| file_failure("file-unreadable", path, &error))?;
    let label = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((label, kind, file))
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
    let written = writeln!(std::io::stdout().lock(), "{text}");
    written.map_err(|_| failure("output-closed", "the output was closed before the reply was written"))
}

/// A failure about a file of the user's.
pub(crate) fn file_failure(code: &str, path: &std::path::Path, error: &std::io::Error) -> Failure {
    Failure::new(code, &format!("{}: {error}", path.display()))
}
