//! The release build: Trunk's, then ours, skipped when no source changed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::house::House;
use crate::{finish, process, setup, sizes};

/// What the served build is made from. A change anywhere else does not rebuild it.
const SOURCES: [&str; 10] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "Trunk.toml",
    "index.html",
    "package-lock.json",
    ".cargo",
    "src",
    "www",
    "crates",
];

/// What lies below the sources and ends up in no file of the app.
const NOT_SOURCES: [&str; 5] = ["crates/server", "crates/cli", "crates/npm", "tests", "benches"];

/// The hidden file in `dist/` that says what the build was made from. The server never shows it.
const STAMP: &str = ".stamp";

/// `cargo xtask build`.
pub(crate) fn run(house: &House) -> Result<()> {
    app(house)?;
    println!("build: the finished app is in {}", house.dist().display());
    Ok(())
}

/// Makes `dist/` what the sources say.
pub(crate) fn app(house: &House) -> Result<()> {
    setup::for_building(house)?;
    let stamp = house.dist().join(STAMP);
    let sources = digest_of_sources(house)?;
    if fs::read_to_string(&stamp).is_ok_and(|built| built == sources) {
        println!("build: dist/ is up to date");
        return Ok(());
    }
    println!("build: compiling the app and its worker (minutes the first time)");
    let staged = house.target.join("trunk-release");
    remove_stale_snippets(house)?;
    process::run(house.command("trunk").args(["build", "--release", "--dist"]).arg(&staged))?;
    println!("build: versioning, compressing and listing the files");
    let finished = house.root.join("dist.new");
    finish::finish(&house.root, &staged, &finished)?;
    println!("{}", sizes::measure(&finished)?);
    fs::write(finished.join(STAMP), sources)?;
    replace(&finished, &house.dist())
}

/// Builds the server, unoptimized: it sends bytes it holds in memory. Returns its program.
pub(crate) fn server(house: &House) -> Result<PathBuf> {
    process::run(house.command("cargo").args(["build", "--quiet", "--package", "stillroom-server"]))?;
    Ok(house.target.join("debug/stillroom-server"))
}

/// Builds the command line, unoptimized. Returns its program.
pub(crate) fn command_line(house: &House) -> Result<PathBuf> {
    process::run(house.command("cargo").args(["build", "--quiet", "--package", "stillroom-cli"]))?;
    Ok(house.target.join("debug/stillroom"))
}

/// wasm-bindgen adds to this folder and never removes, and Trunk copies all of it.
fn remove_stale_snippets(house: &House) -> Result<()> {
    let snippets = house.target.join("wasm-bindgen/release/snippets");
    if snippets.exists() {
        fs::remove_dir_all(&snippets).with_context(|| format!("cannot clear {}", snippets.display()))?;
    }
    Ok(())
}

fn replace(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::rename(from, to).with_context(|| format!("cannot move the build to {}", to.display()))
}

/// A digest over names and contents, so that a fresh clone and a touched file count as unchanged.
fn digest_of_sources(house: &House) -> Result<String> {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(&house.root.join(source), &mut files)?;
    }
    collect(&house.root.join("xtask/src"), &mut files)?;
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        digest.update(file.strip_prefix(&house.root).unwrap_or(&file).to_string_lossy().as_bytes());
        digest.update([0]);
        digest.update(Sha256::digest(&bytes));
    }
    Ok(format!("{:x}", digest.finalize()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    if !path.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))? {
        let entry = entry?;
        if !NOT_SOURCES.iter().any(|end| entry.path().ends_with(end)) {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}
