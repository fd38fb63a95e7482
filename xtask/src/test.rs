//! `cargo xtask test`: native tests, tests in Node and Chromium, then the whole app in real browsers and the npm package in its
//! hosts.
//!
//! Every part runs even when one before it failed; the last line is the count.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::house::House;
use crate::setup::Browsers;
use crate::tally::Tally;
use crate::{build, npm, process, setup};

/// What headless Chromium needs to stay headless and off the network.
const CHROMIUM_FLAGS: [&str; 8] = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// Sets up, runs everything, and ends with `N passed, N failed`.
pub(crate) fn run(house: &House) -> Result<()> {
    setup::for_building(house)?;
    let browsers = setup::browsers(house)?;
    setup::for_the_server(house);
    let mut tally = Tally::default();

    count(
        &mut tally,
        "native tests",
        house.command("cargo").args(["test", "--workspace", "--no-fail-fast"]),
    )?;
    let webdriver = write_webdriver_options(house, &browsers)?;
    for suite in wasm_suites(house)? {
        let mut command = suite.command(house);
        command
            .env("CHROMEDRIVER", &browsers.chromedriver)
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &webdriver)
            .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
        count(&mut tally, &suite.label(), &mut command)?;
    }
    if let Err(error) = end_to_end(house, &browsers, &mut tally) {
        println!("test: end-to-end flows could not run: {error:#}");
        tally.failed += 1;
    }

    if let Err(error) = package(house, &browsers, &mut tally) {
        println!("test: the npm package could not be tried: {error:#}");
        tally.failed += 1;
    }

    println!("{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed > 0 {
        bail!("tests failed");
    }
    Ok(())
}

/// Runs one part and adds its counts. A part that fails without naming a failed test, as when it does not compile,
/// counts as one failure.
fn count(tally: &mut Tally, label: &str, command: &mut Command) -> Result<()> {
    println!("test: {label}");
    let before = tally.failed;
    let is_success = process::read_along(command, |line| tally.read(line))?;
    if !is_success && tally.failed == before {
        println!("test: {label} ended without a result");
        tally.failed += 1;
    }
    Ok(())
}

/// One test file that runs as WebAssembly: `tests/web.rs` in Chromium, `tests/node.rs` in Node.
#[derive(Debug)]
struct Suite {
    package: String,
    file: &'static str,
}

impl Suite {
    fn label(&self) -> String {
        let place = if self.file == "web" { "Chromium" } else { "Node" };
        format!("{} as WebAssembly in {place}", self.package)
    }

    fn command(&self, house: &House) -> Command {
        let mut command = house.command("cargo");
        command.args([
            "test",
            "--target",
            "wasm32-unknown-unknown",
            "--package",
            &self.package,
            "--test",
            self.file,
        ]);
        if self.package == "stillroom-engine" {
            command.args(["--features", "run"]);
        }
        command
    }
}

fn wasm_suites(house: &House) -> Result<Vec<Suite>> {
    let mut rooms: Vec<(String, PathBuf)> = fs::read_dir(house.root.join("crates"))?
        .filter_map(|entry| entry.ok())
        .map(|entry| (format!("stillroom-{}", entry.file_name().to_string_lossy()), entry.path()))
        .collect();
    rooms.push(("stillroom-app".to_owned(), house.root.clone()));
    rooms.sort();
    let suites = rooms.into_iter().flat_map(|(package, folder)| {
        ["node", "web"]
            .into_iter()
            .filter(move |file| folder.join("tests").join(file).with_extension("rs").is_file())
            .map(move |file| Suite { package: package.clone(), file })
    });
    Ok(suites.collect())
}

/// The file by which wasm-bindgen's runner starts Chromium.
fn write_webdriver_options(house: &House, browsers: &Browsers) -> Result<PathBuf> {
    let options = serde_json::json!({
        "goog:chromeOptions": { "args": chromium_flags(house), "binary": browsers.chromium },
    });
    let file = house.target.join("webdriver.json");
    fs::write(&file, options.to_string()).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

/// How Chromium is started here.
pub(crate) fn chromium_flags(house: &House) -> Vec<&'static str> {
    // Chromium refuses to sandbox itself as root.
    let sandbox = setup::is_root(house).then_some("--no-sandbox");
    CHROMIUM_FLAGS.into_iter().chain(sandbox).collect()
}

/// Serves the built app on a free port and runs `tests/e2e/*.test.mjs`, one file after the other.
///
/// The flows find in their environment: `STILLROOM_URL`, `STILLROOM_CHROMIUM` and `STILLROOM_FIREFOX` (programs),
/// `STILLROOM_CHROMIUM_FLAGS` (separated by spaces), `STILLROOM_DIST` (the served folder), and `STILLROOM_SERVER` (the
/// server's program, for flows that need one of their own to stop), and `STILLROOM_CLI` (the command line's, which verifies
/// receipts).
fn end_to_end(house: &House, browsers: &Browsers, tally: &mut Tally) -> Result<()> {
    let flows = flows(&house.root.join("tests/e2e"))?;
    if flows.is_empty() {
        println!("test: no end-to-end flows in tests/e2e");
        return Ok(());
    }
    build::app(house)?;
    let program = build::server(house)?;
    let verifier = build::command_line(house)?;
    let server = Server::start(house, &program)?;
    let mut command = house.command("node");
    command
        .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .args(flows)
        .env("STILLROOM_URL", &server.address)
        .env("STILLROOM_DIST", house.dist())
        .env("STILLROOM_SERVER", &program)
        .env("STILLROOM_CLI", &verifier)
        .env("STILLROOM_CHROMIUM", &browsers.chromium)
        .env("STILLROOM_CHROMIUM_FLAGS", chromium_flags(house).join(" "))
        .env("STILLROOM_FIREFOX", &browsers.firefox);
    count(tally, "end-to-end flows", &mut command)
}

/// Packs the npm package and tries it, from its tarball, in Node, in Chromium and in the bundlers people use.
fn package(house: &House, browsers: &Browsers, tally: &mut Tally) -> Result<()> {
    let folder = house.root.join("tests/npm");
    setup::for_the_package(house, &folder)?;
    let tarball = npm::pack(house)?;
    let mut command = house.command("node");
    command
        .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .args(flows(&folder)?)
        .env("STILLROOM_TARBALL", tarball)
        .env("STILLROOM_CHROMIUM", &browsers.chromium)
        .env("STILLROOM_CHROMIUM_FLAGS", chromium_flags(house).join(" "));
    count(tally, "the npm package in its hosts", &mut command)
}

fn flows(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut flows: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok())
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    flows.sort();
    Ok(flows)
}

/// A server of its own, gone with this value.
#[derive(Debug)]
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(house: &House, program: &Path) -> Result<Self> {
        let data = house.target.join("e2e-data");
        if data.exists() {
            fs::remove_dir_all(&data).with_context(|| format!("cannot clear {}", data.display()))?;
        }
        let mut child = house
            .command(&program.to_string_lossy())
            .arg("--dist")
            .arg(house.dist())
            .args(["--port", "0", "--no-sync"])
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the server")?;
        let stdout = child.stdout.take().context("the output was asked for")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned);
        let mut server = Self { child, address: String::new() };
        server.address = address.context("the server did not say where it listens")?;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing left to stop then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
