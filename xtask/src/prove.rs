//! `cargo xtask prove [name]`: the claims about trust, each at its full size.
//!
//! `cargo xtask test` runs the same tests in a minute's size. Each prints its seed; `STILLROOM_SEED` repeats a run.

use anyhow::{Result, ensure};

use crate::house::House;
use crate::{process, setup};

/// A claim, the tests that would fail without it, and their full size.
struct Claim {
    name: &'static str,
    says: &'static str,
    package: &'static str,
    test: &'static str,
    filter: &'static str,
    size: Option<(&'static str, &'static str)>,
}

const CLAIMS: &[Claim] = &[
    Claim {
        name: "decision",
        says: "the decision equals an independent oracle on the whole small domain and on random cases",
        package: "stillroom-consent",
        test: "consent",
        filter: "decision",
        size: None,
    },
    Claim {
        name: "pushes-sqlite",
        says: "100,000 pushes without a live consent store nothing, 100,000 malformed requests fail nothing, on SQLite",
        package: "stillroom-server",
        test: "conformance",
        filter: "deny",
        size: Some(("STILLROOM_CASES", "100000")),
    },
    Claim {
        name: "pushes-postgresql",
        says: "the same on PostgreSQL",
        package: "stillroom-server",
        test: "postgres",
        filter: "deny",
        size: Some(("STILLROOM_CASES", "100000")),
    },
    Claim {
        name: "schedules",
        says: "10,000 simulated schedules of 3 to 10 devices end with one state and nothing acknowledged lost",
        package: "stillroom-sync",
        test: "sync",
        filter: "simulation",
        size: Some(("STILLROOM_SEEDS", "10000")),
    },
    Claim {
        name: "schedules-router",
        says: "the same 10,000 schedules over the real router and SQLite files",
        package: "stillroom-server",
        test: "schedules",
        filter: "",
        size: Some(("STILLROOM_SEEDS", "10000")),
    },
    Claim {
        name: "kills",
        says: "200 kills under 50 pushing devices lose nothing acknowledged, on SQLite and PostgreSQL",
        package: "stillroom-server",
        test: "durability",
        filter: "",
        size: Some(("STILLROOM_KILLS", "200")),
    },
    Claim {
        name: "syncs",
        says: "no acknowledgement without a sync to the disk before it, as strace sees it",
        package: "stillroom-server",
        test: "durability_fsync",
        filter: "",
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
    let mut test = house.command("cargo");
    test.args(["test", "--package", claim.package, "--test", claim.test, "--", "--nocapture"]);
    if !claim.filter.is_empty() {
        test.arg(claim.filter);
    }
    if let Some((name, value)) = claim.size {
        test.env(name, std::env::var(name).unwrap_or_else(|_| value.to_owned()));
    }
    process::run(&mut test)
}
