//! `cargo xtask load`: what the server takes on this machine, as `docs/load.md` and `docs/load.svg`.
//!
//! The measuring is a benchmark of the server's package, so that cargo builds the server it starts with the same profile:
//! the one that is deployed.

use anyhow::Result;

use crate::house::House;
use crate::process;

/// Runs the benchmark in the checkout, with the arguments that were given.
pub(crate) fn run(house: &House, arguments: &[String]) -> Result<()> {
    let mut bench = house.command("cargo");
    bench
        .args(["bench", "--profile", "server", "--package", "stillroom-server", "--bench", "load", "--"])
        .args(arguments);
    // Cargo starts benchmarks in the folder of their package; what they write belongs to the checkout.
    bench.arg("--root").arg(&house.root);
    process::run(&mut bench)
}
