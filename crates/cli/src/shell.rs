//! `stillroom completions` and `manual`: what a shell and a reader of manual pages expect of a program.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::{Shell, generate};
use stillroom_engine::protocol::Failure;

use crate::files::file_failure;

/// Arguments of `stillroom completions`.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    /// Prints them.
    pub(crate) fn execute(self, command: &mut Command) -> Result<(), Failure> {
        generate(self.shell, command, "stillroom", &mut std::io::stdout());
        Ok(())
    }
}

/// Arguments of `stillroom manual`.
#[derive(Debug, Args)]
pub(crate) struct Manual {
    /// The folder they are written to: one page for the program and one for each command.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
}

impl Manual {
    /// Writes them.
    pub(crate) fn execute(self, command: Command) -> Result<(), Failure> {
        clap_mangen::generate_to(command, &self.folder)
            .map_err(|error| file_failure("file-unwritable", &self.folder, &error))
    }
}
