//! `cargo xtask prove [name]`: the claims about trust, each at its full size.
//!
//! `cargo xtask test` runs the same tests in a minute's size. Each prints its seed; `STILLROOM_SEED` repeats a run.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::house::House;
use crate::{process, setup};

/// A claim, the tests that would fail without it, and their full size.
struct Claim {
    name: &'static str,
    says: &'static str,
    package: &'static str,
    test: &'static str,
    /// Parts of the tests' names, none for all of the file.
    filters: &'static [&'static str],
    size: Option<(&'static str, &'static str)>,
}

/// What both databases have to show of pushes.
const DENIALS: &[&str] = &["pushes_without_a_live_consent", "malformed_requests"];

const CLAIMS: &[Claim] = &[
    Claim {
        name: "decision",
        says: "the decision equals an independent oracle on the whole small domain and on random cases",
        package: "stillroom-consent",
        test: "consent",
        filters: &["decision"],
        size: None,
    },
    Claim {
        name: "pushes-sqlite",
        says: "100,000 pushes without a live consent store nothing, 100,000 malformed requests fail nothing, on SQLite",
        package: "stillroom-server",
        test: "conformance",
        filters: DENIALS,
        size: Some(("STILLROOM_CASES", "100000")),
    },
    Claim {
        name: "pushes-postgresql",
        says: "the same on PostgreSQL",
        package: "stillroom-server",
        test: "postgres",
        filters: DENIALS,
        size: Some(("STILLROOM_CASES", "100000")),
    },
    Claim {
        name: "schedules",
        says: "10,000 simulated schedules of 3 to 10 devices end with one state and nothing acknowledged lost",
        package: "stillroom-sync",
        test: "sync",
        filters: &["simulation"],
        size: Some(("STILLROOM_SEEDS", "10000")),
    },
    Claim {
        name: "schedules-router",
        says: "the same 10,000 schedules over the real router and SQLite files",
        package: "stillroom-server",
        test: "schedules",
        filters: &[],
        size: Some(("STILLROOM_SEEDS", "10000")),
    },
    Claim {
        name: "kills",
        says: "200 kills under 50 pushing devices lose nothing acknowledged, on SQLite and PostgreSQL",
        package: "stillroom-server",
        test: "durability",
        filters: &[],
        size: Some(("STILLROOM_KILLS", "200")),
    },
    Claim {
        name: "syncs",
        says: "no acknowledgement without a sync to the disk before it, as strace sees it",
        package: "stillroom-server",
        test: "durability_fsync",
        filters: &[],
        size: None,
    },
];

/// Proves one claim, or all.
pub(crate) fn run(house: &House, arguments: &[String]) -> Result<()> {
    let name = arguments.first().map_or("all", String::as_str);
    let chosen: Vec<&Claim> = CLAIMS.iter().filter(|claim| name == "all" || claim.name == name).collect();
    let names: Vec<&str> = CLAIMS.iter().map(|claim| claim.name).collect();
    ensure!(!chosen.is_empty(), "usage: cargo xtask prove [all|{}]", names.join("|"));
    setup::for_the_server(house);
    chosen.into_iter().try_for_each(|claim| prove(house, claim))
}

fn prove(house: &House, claim: &Claim) -> Result<()> {
    println!("prove {}: {}", claim.name, claim.says);
    let listed = process::output(test(house, claim).arg("--list"))?;
    for filter in claim.filters {
        let is_there = listed.lines().any(|line| line.contains(filter) && line.ends_with(": test"));
        ensure!(is_there, "no test of {} is called {filter}: the claim would stand on nothing", claim.test);
    }
    let mut test = test(house, claim);
    test.arg("--nocapture");
    if let Some((name, value)) = claim.size {
        test.env(name, std::env::var(name).unwrap_or_else(|_| value.to_owned()));
    }
    process::run(&mut test)
}

/// The command that runs a claim's tests; what follows is for the tests.
fn test(house: &House, claim: &Claim) -> Command {
    let mut test = house.command("cargo");
    test.args(["test", "--quiet", "--package", claim.package, "--test", claim.test, "--"])
        .args(claim.filters);
    test
}
