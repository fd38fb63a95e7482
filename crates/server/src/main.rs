//! `stillroom-server`: serves a finished build of the app and the sync API; `--help` lists the rest.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to the terminal that started it"
)]

use std::process::ExitCode;

use stillroom_server::{Command, Error, Options, run, start_log};

#[tokio::main]
async fn main() -> ExitCode {
    match begin().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_help() => {
            print!("{error}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("stillroom-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn begin() -> Result<(), Error> {
    let command = Options::parse(std::env::args_os().skip(1))?;
    if let Command::Serve(options) = &command {
        start_log(options.log, std::io::stderr)?;
    }
    run(command, |line| println!("{line}")).await
}
