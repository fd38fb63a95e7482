//! Brings what a command needs and is not there yet. Whatever is there already costs a look and no more.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};

use crate::house::{House, TRUNK, Tool, WASM_BINDGEN};
use crate::process;

/// The programs the end-to-end and WebAssembly tests drive.
#[derive(Debug)]
pub(crate) struct Browsers {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
    pub(crate) firefox: PathBuf,
}

/// Everything the app's build needs: Trunk, wasm-bindgen, a C compiler for SQLite, and the packages of npm.
pub(crate) fn for_building(house: &House) -> Result<()> {
    tool(house, &TRUNK)?;
    tool(house, &WASM_BINDGEN)?;
    clang(house)?;
    node_packages(house, &house.root, &["ci"])
}

/// The bundlers and checkers that the npm package is tried with. Their optional parts for other systems are not in the lock file where
/// a registry does not offer them, which `npm ci` refuses and `npm install` takes.
pub(crate) fn for_the_package(house: &House, folder: &Path) -> Result<()> {
    node_packages(house, folder, &["install", "--no-save"])
}

/// Installs a pinned tool beside the other versions of it, unless it is there.
pub(crate) fn tool(house: &House, tool: &Tool) -> Result<()> {
    let folder = house.tool_folder(tool);
    if folder.join("bin").join(tool.binary).is_file() {
        return Ok(());
    }
    println!("setup: installing {} {} (minutes, once)", tool.package, tool.version);
    let mut install = house.command("cargo");
    install.args(["install", "--locked", "--version", tool.version, "--root"]).arg(&folder).arg(tool.package);
    // A build folder of its own: cargo would otherwise mix the tool's objects with ours.
    install.env_remove("CARGO_TARGET_DIR");
    process::run(&mut install)
}

/// Chromium with its driver, and Firefox, from the system's packages.
pub(crate) fn browsers(house: &House) -> Result<Browsers> {
    let chromium = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let firefox = ["firefox-esr", "firefox"];
    let wanted = [
        (house.find_any(&chromium).is_none(), "chromium"),
        (house.find("chromedriver").is_none(), "chromium-driver"),
        (house.find_any(&firefox).is_none(), "firefox-esr"),
    ];
    let missing: Vec<&str> =
        wanted.iter().filter(|(is_missing, _)| *is_missing).map(|(_, name)| *name).collect();
    if !missing.is_empty() {
        system_packages(house, &missing)?;
    }
    Ok(Browsers {
        chromium: house.find_any(&chromium).context("chromium is not on the PATH")?,
        chromedriver: house.find("chromedriver").context("chromedriver is not on the PATH")?,
        firefox: house.find_any(&firefox).context("firefox is not on the PATH")?,
    })
}

/// What the server's tests use beyond Rust: PostgreSQL's programs, and strace to see what reaches the disk.
///
/// They run without either and say what they skipped, so that a machine that cannot have them still tests the rest.
pub(crate) fn for_the_server(house: &House) {
    let has_postgres = house.find("initdb").is_some()
        || fs::read_dir("/usr/lib/postgresql").is_ok_and(|versions| {
            versions.flatten().any(|version| version.path().join("bin/initdb").is_file())
        });
    let wanted = [(has_postgres, "postgresql"), (house.find("strace").is_some(), "strace")];
    let missing: Vec<&str> = wanted.iter().filter(|(is_here, _)| !is_here).map(|(_, name)| *name).collect();
    if missing.is_empty() {
        return;
    }
    if let Err(error) = system_packages(house, &missing) {
        println!("setup: tests that need {} will be skipped: {error:#}", missing.join(" and "));
    }
}

/// Whether this process may install packages, and browsers need their sandbox turned off.
pub(crate) fn is_root(house: &House) -> bool {
    process::output(house.command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn clang(house: &House) -> Result<()> {
    if house.find("clang").is_none() {
        system_packages(house, &["clang"])?;
    }
    // Asking costs a tenth of a second; Apple's clang has no WebAssembly and would fail minutes later.
    let targets = process::output(house.command("clang").arg("--print-targets"))?;
    ensure!(
        targets.contains("wasm32"),
        "this clang cannot compile for wasm32: install LLVM's own clang and put it first on the PATH"
    );
    Ok(())
}

/// Installs packages as root on Debian and its kin; elsewhere says the exact line to run.
fn system_packages(house: &House, packages: &[&str]) -> Result<()> {
    if house.find("apt-get").is_none() {
        bail!("install with your package manager: {}", packages.join(" "));
    }
    if !is_root(house) {
        bail!("run this, then try again: sudo apt-get install -y {}", packages.join(" "));
    }
    println!("setup: installing {} with apt-get", packages.join(", "));
    process::run(house.command("apt-get").args(["update", "-qq"]))?;
    let mut install = house.command("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages);
    process::run(install.env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Installs a folder's locked npm packages when the lock file is another than last time. No package runs a script of its own.
fn node_packages(house: &House, folder: &Path, how: &[&str]) -> Result<()> {
    ensure!(house.find("npm").is_some(), "install Node.js 20 or newer, with npm");
    let lock =
        fs::read(folder.join("package-lock.json")).context("package-lock.json is part of the checkout")?;
    let digest = format!("{:x}", Sha256::digest(&lock));
    let stamp = folder.join("node_modules/.stillroom-lock");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == digest) {
        return Ok(());
    }
    println!("setup: installing npm packages by lock file");
    process::run(house.command("npm").current_dir(folder).args(how).args([
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]))?;
    fs::write(&stamp, digest)?;
    Ok(())
}
