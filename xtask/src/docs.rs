//! `cargo xtask docs`: the pages that are made from the code.

use std::fs;

use anyhow::Result;

use crate::house::House;
use crate::process;

/// Writes `docs/METHODS.md` from the registry.
pub(crate) fn run(house: &House) -> Result<()> {
    let page = process::output(house.command("cargo").args([
        "run",
        "--quiet",
        "--package",
        "stillroom-cli",
        "--",
        "methods",
        "--markdown",
    ]))?;
    let path = house.root.join("docs/METHODS.md");
    fs::write(&path, page)?;
    println!("docs: {} is what the registry says", path.display());
    Ok(())
}
