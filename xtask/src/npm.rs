//! `cargo xtask npm`: the npm package, made and packed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::house::House;
use crate::{process, setup, types};

/// What lies in the package beside what is generated.
const SOURCES: &str = "crates/npm/package";
/// Where what the engine answers is declared.
const REPLIES: &str = "crates/engine/src/reply";

/// What is compiled for it, and what that is called there.
const WEBASSEMBLY: [(&str, &str); 2] =
    [("stillroom-npm", "stillroom"), ("stillroom-npm-tables", "stillroom_tables")];

/// Makes the package and says where its tarball is.
pub(crate) fn run(house: &House) -> Result<()> {
    let tarball = pack(house)?;
    println!("npm: the package is {}", tarball.display());
    Ok(())
}

/// Makes the package. Returns its tarball.
pub(crate) fn pack(house: &House) -> Result<PathBuf> {
    setup::for_building(house)?;
    println!("npm: compiling the package (minutes the first time)");
    let folder = house.target.join("npm/stillroom");
    fresh(&folder)?;
    for (package, out) in WEBASSEMBLY {
        compile(house, &folder, package, out)?;
    }
    copy(&house.root.join(SOURCES), &folder)?;
    fs::write(folder.join("reports.d.ts"), types::declarations(&house.root.join(REPLIES))?)?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(house.root.join(licence), folder.join(licence))?;
    }
    process::run(house.command("node").arg("crates/npm/generate.mjs").arg(&folder))?;
    let packed = house.target.join("npm");
    let mut pack = house.command("npm");
    pack.args(["pack", "--silent", "--pack-destination"]).arg(&packed).arg(&folder);
    let name = process::output(&mut pack)?;
    Ok(packed.join(name.trim()))
}

/// Compiles a package of the workspace to WebAssembly with its JavaScript, under the name `out`.
fn compile(house: &House, folder: &Path, package: &str, out: &str) -> Result<()> {
    let target = "wasm32-unknown-unknown";
    process::run(house.command("cargo").args([
        "build",
        "--quiet",
        "--release",
        "--target",
        target,
        "--package",
        package,
    ]))?;
    let name = package.replace('-', "_");
    let compiled = house.target.join(target).join(format!("release/{name}.wasm"));
    let mut bind = house.command("wasm-bindgen");
    bind.args([
        "--target",
        "web",
        "--no-typescript",
        "--omit-default-module-path",
        "--experimental-reset-state-function",
    ]);
    bind.args(["--out-name", out, "--out-dir"]).arg(folder).arg(compiled);
    process::run(&mut bind)?;
    let wasm = folder.join(format!("{out}_bg.wasm"));
    process::run(house.command("wasm-opt").args(["-O2", "-o"]).arg(&wasm).arg(&wasm))
}

fn fresh(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
