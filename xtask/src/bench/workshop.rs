//! Makes everything ready and starts the programs that do the work, each when it is first asked.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::peers::Place;
use super::runner::Runner;
use crate::house::House;
use crate::setup::{self, Browsers};
use crate::{npm, process, test};

/// The programs, and the folders they share.
#[derive(Debug)]
pub(super) struct Workshop<'a> {
    house: &'a House,
    browsers: Browsers,
    tarball: PathBuf,
    native: PathBuf,
    rust_peers: PathBuf,
    /// Absent when no peers were asked for.
    python: Option<PathBuf>,
    /// The data sets, kept from run to run.
    pub(super) data: PathBuf,
    out: PathBuf,
    runners: BTreeMap<String, Runner>,
}

impl<'a> Workshop<'a> {
    /// Builds and installs what is missing. Without peers, nothing of theirs.
    pub(super) fn open(house: &'a House, with_peers: bool) -> Result<Self> {
        setup::for_building(house)?;
        let browsers = setup::browsers(house)?;
        let (data, out) = (house.cache("bench").join("data"), house.target.join("bench"));
        for folder in [&data, &out.join("answers")] {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        setup::for_the_package(house, &house.root.join("bench"))?;
        let tarball = npm::pack(house)?;
        let native = native(house, &out)?;
        let rust_peers = out.join("rust");
        fs::create_dir_all(&rust_peers)?;
        let mut python = None;
        if with_peers {
            compile_rust_peers(house, &out, &rust_peers)?;
            python = Some(setup_python(house)?);
        }
        Ok(Self { house, browsers, tarball, native, rust_peers, python, data, out, runners: BTreeMap::new() })
    }

    /// Asks the program of a place.
    pub(super) fn ask(&mut self, place: Place, question: &Value) -> Result<Value> {
        let name = match place {
            Place::Browser(_) => "Chromium".to_owned(),
            Place::Native => "native".to_owned(),
            Place::Python(threads) => format!("Python, {threads}"),
        };
        if !self.runners.contains_key(&name) {
            let mut command = self.command(place)?;
            command.env("STILLROOM_BENCH_DATA", &self.data).env("STILLROOM_BENCH_OUT", &self.out);
            self.runners.insert(name.clone(), Runner::start(&name, &mut command)?);
        }
        let runner = self.runners.get_mut(&name).context("it was started")?;
        let answer = runner.ask(question);
        if answer.is_err() && runner.has_ended() {
            self.runners.remove(&name);
        }
        answer
    }

    /// Where an answer is, once it was asked for.
    pub(super) fn answer_file(&self, to: &str) -> PathBuf {
        self.out.join("answers").join(to)
    }

    fn command(&self, place: Place) -> Result<std::process::Command> {
        Ok(match place {
            Place::Browser(_) => {
                let mut command = self.house.command("node");
                command
                    .arg("bench/browser.mjs")
                    .env("STILLROOM_TARBALL", &self.tarball)
                    .env("STILLROOM_BENCH_RUST", &self.rust_peers)
                    .env("STILLROOM_CHROMIUM", &self.browsers.chromium)
                    .env("STILLROOM_CHROMIUM_FLAGS", test::chromium_flags(self.house).join(" "));
                command
            }
            Place::Native => self.house.command(&self.native.to_string_lossy()),
            Place::Python(threads) => {
                let python = self.python.as_ref().context("Python peers were not asked for")?;
                let mut command = self.house.command(&python.to_string_lossy());
                command.arg("bench/native.py");
                for variable in
                    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"]
                {
                    command.env(variable, threads.to_string());
                }
                command
            }
        })
    }

    /// Processor, system and versions.
    pub(super) fn machine(&mut self) -> BTreeMap<String, String> {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let mut machine = BTreeMap::from([
            ("processor".to_owned(), model.map_or("unknown", |(_, model)| model.trim()).to_owned()),
            ("cores".to_owned(), cores.to_string()),
            ("system".to_owned(), format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
            ("load average at the start".to_owned(), load.split(' ').take(3).collect::<Vec<_>>().join(", ")),
        ]);
        let mut places = vec![Place::Browser("stillroom")];
        places.extend(self.python.is_some().then_some(Place::Python(1)));
        for place in places {
            if let Ok(Value::Object(versions)) = self.ask(place, &json!({ "do": "version" })) {
                machine.extend(
                    versions
                        .iter()
                        .filter_map(|(name, version)| Some((name.clone(), version.as_str()?.to_owned()))),
                );
            }
        }
        machine.extend(npm_versions(&self.house.root.join("bench/package.json")));
        machine
    }
}

/// The packages for browsers and their pinned versions.
fn npm_versions(manifest: &Path) -> Vec<(String, String)> {
    let manifest: Value =
        fs::read(manifest).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    let named = manifest["devDependencies"].as_object().into_iter().flatten();
    named.filter_map(|(name, version)| Some((name.clone(), version.as_str()?.to_owned()))).collect()
}

/// Cargo in the workspace of `bench/`, whose lock file pins linfa and smartcore.
fn cargo(house: &House, out: &Path, package: &str, profile: &str) -> std::process::Command {
    let mut build = house.command("cargo");
    build.env("CARGO_TARGET_DIR", out.join("cargo")).args([
        "build",
        "--quiet",
        "--manifest-path",
        "bench/Cargo.toml",
    ]);
    build.args(["--package", package, "--profile", profile]);
    build
}

fn native(house: &House, out: &Path) -> Result<PathBuf> {
    println!("bench: compiling the engine natively (minutes the first time)");
    process::run(&mut cargo(house, out, "bench-native", "native"))?;
    Ok(out.join("cargo/native/bench-native"))
}

fn compile_rust_peers(house: &House, out: &Path, folder: &Path) -> Result<()> {
    println!("bench: compiling linfa and smartcore as WebAssembly (minutes the first time)");
    let target = "wasm32-unknown-unknown";
    process::run(cargo(house, out, "bench-rust-peers", "release").args(["--target", target]))?;
    let compiled = out.join("cargo").join(target).join("release/bench_rust_peers.wasm");
    let mut bind = house.command("wasm-bindgen");
    bind.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(folder).arg(compiled);
    process::run(&mut bind)?;
    let wasm = folder.join("bench_rust_peers_bg.wasm");
    process::run(house.command("wasm-opt").args(["-O3", "-o"]).arg(&wasm).arg(&wasm))
}

/// A virtual environment of the pinned packages, one for each version of the list.
fn setup_python(house: &House) -> Result<PathBuf> {
    let list = house.root.join("bench/requirements.txt");
    let digest = format!("{:x}", Sha256::digest(fs::read(&list)?));
    let folder = house.cache("bench").join(format!("python-{}", &digest[..12]));
    let (python, stamp) = (folder.join("bin/python"), folder.join("installed"));
    if stamp.is_file() {
        return Ok(python);
    }
    println!("bench: installing scikit-learn and the other Python packages (minutes, once)");
    let system = house.find_any(&["python3.11", "python3", "python"]);
    let system = system.context("install Python 3.11 or newer with venv: apt-get install python3-venv")?;
    let mut make = house.command(&system.to_string_lossy());
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    process::run(&mut make).context("install Python's venv: apt-get install python3-venv")?;
    let mut install = house.command(&python.to_string_lossy());
    install
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(&list);
    process::run(&mut install)
        .context("pip could not install bench/requirements.txt: see above, then run the command again")?;
    ensure!(
        python.is_file(),
        "the virtual environment has no Python: delete {} and try again",
        folder.display()
    );
    fs::write(stamp, digest)?;
    Ok(python)
}
