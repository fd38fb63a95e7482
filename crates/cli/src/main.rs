//! The command line: the same recipes from a terminal, on files that never leave the machine.

// A terminal program speaks through its standard streams.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod convert;
mod duplicates;
mod files;
mod methods;
mod model;
mod output;
mod passphrase;
mod readable;
mod run;
mod sample;
mod shell;
mod sync;
mod transport;
mod verify;
mod watch;
mod workspace;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

/// Customer analytics on this machine: nothing is sent anywhere, except by `sync` and what you grant there.
///
/// Exits with 0 when it is done, 1 when something failed (the reason and its code are on the standard error stream), 2 when the
/// arguments make no sense.
#[derive(Debug, Parser)]
#[command(name = "stillroom", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a recipe on files of rows and print the reply.
    Run(run::Run),
    /// Score the rows of files by a model that a run wrote, and say whether it still fits them.
    Apply(model::Apply),
    /// Say why a model predicts what it predicts of one customer, and what would change it.
    Explain(model::Explain),
    /// Check a model file and print what a person should know of it.
    Card(model::Card),
    /// Find customers entered twice, and print the pairs as JSON.
    Duplicates(duplicates::Duplicates),
    /// Turn a file of rows into one of another kind: CSV, JSON, Arrow, Parquet; spreadsheets are read.
    Convert(convert::Convert),
    /// Look into an encrypted backup of the app, export it, or run a recipe on it.
    Workspace(workspace::Workspace),
    /// List the methods with their parameters and sources.
    Methods(methods::Methods),
    /// Keep a device of a synced workspace: the only command that speaks to a server.
    Sync(sync::Sync),
    /// Write a sample business with planted truth as CSV files.
    Sample(sample::Sample),
    /// Check a receipt of a consent, a sync, a withdrawal or an erasure, and print what it says.
    ///
    /// Exits with 0 when it is valid, 1 when it is not, 2 when it cannot be read.
    Verify(verify::Verify),
    /// Print completions for a shell, to be put where it looks for them.
    Completions(shell::Completions),
    /// Write the manual pages.
    Manual(shell::Manual),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(run) => run.execute(),
        Command::Apply(apply) => apply.execute(),
        Command::Explain(explain) => explain.execute(),
        Command::Card(card) => card.execute(),
        Command::Convert(convert) => convert.execute(),
        Command::Workspace(workspace) => workspace.execute(),
        Command::Completions(completions) => completions.execute(&mut Arguments::command()),
        Command::Manual(manual) => manual.execute(Arguments::command()),
        Command::Duplicates(duplicates) => duplicates.execute(),
        Command::Methods(methods) => methods.execute(),
        Command::Sample(sample) => sample.execute(),
        Command::Sync(sync) => sync.execute(),
        Command::Verify(verify) => return verify.execute(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error[{}]: {}", failure.code, failure.message);
            ExitCode::FAILURE
        }
    }
}
