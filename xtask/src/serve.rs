//! `cargo xtask serve`: from a fresh clone to an address to open.

use anyhow::{Result, bail};

use crate::build;
use crate::house::House;
use crate::process;

/// Sets up, builds, and serves until stopped.
pub(crate) fn run(house: &House, arguments: &[String]) -> Result<()> {
    let port = match arguments {
        [] => "8080",
        [option, port] if option == "--port" && port.parse::<u16>().is_ok() => port,
        _ => bail!("usage: cargo xtask serve [--port N]"),
    };
    build::app(house)?;
    let server = build::server(house)?;
    let mut command = house.command(&server.to_string_lossy());
    command.arg("--dist").arg(house.dist()).args(["--port", port]);
    become_the(&mut command)
}

/// Gives this process to the server, so that stopping one stops the other.
#[cfg(unix)]
fn become_the(command: &mut std::process::Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    let failure = command.exec();
    Err(anyhow::Error::new(failure).context(format!("cannot start {}", process::name(command))))
}

#[cfg(not(unix))]
fn become_the(command: &mut std::process::Command) -> Result<()> {
    process::run(command)
}
