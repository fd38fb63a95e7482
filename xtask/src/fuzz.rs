//! `cargo xtask fuzz <target|all> [minutes]`: throws mutated bytes at what reads files and messages.
//!
//! A target is a file of `fuzz/src/bin`. Each checks that nothing panics, and that what is read is written again as the same bytes.
//! libFuzzer with coverage feedback. The instrumentation needs flags that every toolchain has; only sanitizers would need another
//! one, and there is no unsafe code in what is fuzzed.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::house::House;
use crate::process;

/// What cargo-fuzz passes to instrument code for libFuzzer, without a sanitizer.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Cdebug-assertions -Ccodegen-units=1";

/// Targets that need the numeric rooms, whose instrumented build takes minutes; the others do without.
const ANALYSIS: [&str; 2] = ["model", "recipe"];

/// Fuzzes one target, or all one after the other; ten minutes each unless told.
pub(crate) fn run(house: &House, arguments: &[String]) -> Result<()> {
    let targets = targets(&house.root.join("fuzz"))?;
    let name = arguments.first().map_or("", String::as_str);
    let chosen: Vec<&String> = targets.iter().filter(|target| name == "all" || *target == name).collect();
    ensure!(!chosen.is_empty(), "usage: cargo xtask fuzz <all|{}> [minutes]", targets.join("|"));
    let minutes: u32 =
        arguments.get(1).map_or(Ok(10), |text| text.parse()).context("minutes are a whole number")?;
    ensure!(minutes > 0, "fuzz for a minute at least");
    chosen.into_iter().try_for_each(|target| fuzz(house, target, minutes))
}

fn fuzz(house: &House, name: &str, minutes: u32) -> Result<()> {
    let target = house.target.join("fuzz");
    let mut build = house.command("cargo");
    build.args(["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--bin", name]);
    if ANALYSIS.contains(&name) {
        build.args(["--features", "analysis"]);
    }
    // A target of its own keeps the instrumentation out of build scripts and macros.
    build.args(["--target", &host(house)?]).env("CARGO_TARGET_DIR", &target).env("RUSTFLAGS", COVERAGE);
    process::run(&mut build)?;
    let corpus = target.join("corpus").join(name);
    fs::create_dir_all(&corpus)?;
    let mut fuzz = house.command(&target.join(host(house)?).join("release").join(name).to_string_lossy());
    fuzz.arg(&corpus).arg(house.root.join("fuzz/seeds").join(name));
    fuzz.args(["-timeout=10", "-rss_limit_mb=2048", "-malloc_limit_mb=512", "-print_final_stats=1"]);
    fuzz.arg(format!("-max_total_time={}", u64::from(minutes) * 60));
    fuzz.arg(format!("-artifact_prefix={}/", target.display()));
    process::run(&mut fuzz)
}

fn targets(folder: &std::path::Path) -> Result<Vec<String>> {
    let files = fs::read_dir(folder.join("src/bin"))?;
    let names = files.filter_map(|file| Some(file.ok()?.path().file_stem()?.to_str()?.to_owned()));
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}

fn host(house: &House) -> Result<String> {
    let version = process::output(house.command("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names its host")?.to_owned())
}
