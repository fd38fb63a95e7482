//! Where the passphrase comes from: a file, the environment, or the keyboard.

use std::path::Path;

use stillroom_engine::{failure::failure, protocol::Failure};

use crate::files::file_failure;

/// The environment's variable.
const VARIABLE: &str = "STILLROOM_PASSPHRASE";

/// Reads the passphrase. What is typed is not shown.
pub(crate) fn read(file: Option<&Path>) -> Result<String, Failure> {
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .map_err(|error| file_failure("passphrase-unreadable", path, &error))?;
        return Ok(text.lines().next().unwrap_or_default().to_owned());
    }
    if let Ok(passphrase) = std::env::var(VARIABLE) {
        return Ok(passphrase);
    }
    rpassword::prompt_password("passphrase: ").map_err(|_| {
        failure("no-passphrase", "give the passphrase with --passphrase-file or STILLROOM_PASSPHRASE")
    })
}
