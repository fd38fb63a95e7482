//! `cargo xtask load`: what the server takes on this machine, on both databases, from 50 devices at once.
//!
//! It stands here rather than in xtask because cargo hands a benchmark the program it measures, built with the same profile, and
//! because xtask, which every command compiles, stays free of the protocol.

mod curve;
mod measure;
mod report;
mod scene;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use measure::{Measured, Plan};
use stillroom_trial::{Cluster, Durability, Setup, or_skip};

const USAGE: &str = "usage: cargo xtask load [--marks N,N,…] [--out FOLDER] [sqlite|postgresql]…
  --marks   how many operations are stored when inserting and pulling is timed (100000,300000,1000000)
  --out     where load.md and load.svg are written, from the checkout's root (docs)";

/// What the command line asked for.
struct Asked {
    marks: Vec<u64>,
    out: PathBuf,
    databases: Vec<String>,
}

fn read_arguments() -> Result<Asked> {
    let mut asked =
        Asked { marks: vec![100_000, 300_000, 1_000_000], out: PathBuf::from("docs"), databases: Vec::new() };
    let mut root = PathBuf::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().context(USAGE);
        match argument.as_str() {
            "--marks" => {
                let marks: Result<Vec<u64>, _> = value()?.split(',').map(str::parse).collect();
                asked.marks = marks.ok().context(USAGE)?;
            }
            "--out" => asked.out = value()?.into(),
            "--root" => root = value()?.into(),
            // What cargo passes to every benchmark.
            "--bench" => {}
            "sqlite" | "postgresql" => asked.databases.push(argument),
            _ => bail!(USAGE),
        }
    }
    if asked.databases.is_empty() {
        asked.databases = ["sqlite", "postgresql"].map(str::to_owned).to_vec();
    }
    if !asked.marks.is_sorted() || asked.marks.is_empty() {
        bail!(USAGE);
    }
    asked.out = root.join(asked.out);
    Ok(asked)
}

fn measure(database: &str, plan: &Plan) -> Result<Option<Measured>> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(env!("CARGO_BIN_EXE_stillroom-server"), &folder.path().join("data"));
    if database == "sqlite" {
        return measure::run(database, setup, plan).map(Some);
    }
    let Some(cluster) = or_skip(Cluster::start(Durability::Synced)) else { return Ok(None) };
    let address = cluster.database()?.address;
    measure::run(database, setup.on(Some(&address)), plan).map(Some)
}

fn main() -> Result<()> {
    let asked = read_arguments()?;
    let plan = Plan { marks: asked.marks };
    let mut all = Vec::new();
    for database in &asked.databases {
        all.extend(measure(database, &plan)?);
    }
    report::write(&asked.out, &all)
}
