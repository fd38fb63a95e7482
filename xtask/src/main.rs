//! The commands of the house: `cargo xtask serve`, `test`, `check`, `build`.
//!
//! Each command sets up what it misses, says so in a line, and is quick when there is nothing to do.

mod accuracy;
mod bench;
mod build;
mod check;
mod compress;
mod docs;
mod finish;
mod fuzz;
mod house;
mod load;
mod npm;
mod process;
mod prove;
mod serve;
mod service_worker;
mod setup;
mod sizes;
mod tally;
mod test;
mod types;

use std::process::ExitCode;

use house::House;

const USAGE: &str = "usage: cargo xtask <command>

  serve [--port N]   set up, build the release app, serve it at http://127.0.0.1:8080
  build              set up and build the release app into dist/, print its sizes
  test               set up, then run native, WebAssembly and end-to-end tests
  check              formatting, lints, architecture, dependencies, documentation
  docs               write the pages that are made from the code: docs/METHODS.md
  accuracy           compare every method with its reference on real data: docs/ACCURACY.md
  npm                make the npm package and pack it into target/npm/
  fuzz TARGET [MIN]  throw mutated bytes at a reader, or at `all`, ten minutes each unless told
  prove [CLAIM]      the claims about trust at their full size: kills, schedules, refused pushes, the decision
  bench [--help]     time the engine beside everyone else, in Chromium and natively: docs/BENCHMARKS.md
  load [--help]      time the server on both databases, for minutes: docs/load.md";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) =
        arguments.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let house = House::here();
    let outcome = match command {
        "serve" => serve::run(&house, rest),
        "build" => build::run(&house),
        "test" => test::run(&house),
        "check" => check::run(&house),
        "docs" => docs::run(&house),
        "accuracy" => accuracy::run(&house),
        "npm" => npm::run(&house),
        "bench" => bench::run(&house, rest),
        "load" => load::run(&house, rest),
        "fuzz" => fuzz::run(&house, rest),
        "prove" => prove::run(&house, rest),
        _ => Err(anyhow::anyhow!("{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
