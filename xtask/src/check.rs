//! `cargo xtask check`: what must hold before a change is handed over.

use std::process::Command;

use anyhow::{Result, bail};

use crate::house::{CARGO_DENY, House};
use crate::{process, setup};

/// The rooms that must compile for the browser without its adapters.
const CORE_ROOMS: [&str; 7] = [
    "stillroom-records",
    "stillroom-kernels",
    "stillroom-analytics",
    "stillroom-import",
    "stillroom-sample",
    "stillroom-store",
    "stillroom-vault",
];

const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

/// Runs every check, also after one failed, and names the failed ones.
pub(crate) fn run(house: &House) -> Result<()> {
    setup::tool(house, &CARGO_DENY)?;
    let mut failed = Vec::new();
    for (label, mut command) in checks(house) {
        println!("check: {label}");
        if let Err(error) = process::run(&mut command) {
            println!("check: {error:#}");
            failed.push(label);
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    println!(
        "check: all good (the advisory database is not asked: it lives on a git host, and checks run offline)"
    );
    Ok(())
}

fn checks(house: &House) -> Vec<(&'static str, Command)> {
    let cargo = |arguments: &[&str]| {
        let mut command = house.command("cargo");
        command.args(arguments);
        command
    };
    let clippy = |arguments: &[&str]| {
        let mut command = cargo(&["clippy", "--quiet"]);
        command.args(arguments).args(["--", "-D", "warnings"]);
        command
    };
    let core_rooms: Vec<&str> =
        WASM.into_iter().chain(CORE_ROOMS.into_iter().flat_map(|room| ["--package", room])).collect();
    let mut docs = cargo(&["doc", "--quiet", "--workspace", "--no-deps"]);
    docs.env("RUSTDOCFLAGS", "-D warnings");
    let mut checks = vec![
        ("formatting", cargo(&["fmt", "--all", "--check"])),
        ("lints", clippy(&["--workspace", "--all-targets"])),
        ("lints of the core rooms as WebAssembly", clippy(&core_rooms)),
        ("lints of the app as WebAssembly", clippy(&[WASM[0], WASM[1], "--package", "stillroom-app"])),
        (
            "lints of the worker as WebAssembly",
            clippy(&[WASM[0], WASM[1], "--package", "stillroom-engine", "--features", "worker"]),
        ),
        ("dependencies", cargo(&["deny", "--log-level", "error", "check", "licenses", "bans", "sources"])),
        ("documentation", docs),
    ];
    if house.root.join("tests/architecture.rs").is_file() {
        checks.push((
            "architecture",
            cargo(&["test", "--quiet", "--package", "stillroom-app", "--test", "architecture"]),
        ));
    }
    checks
}
