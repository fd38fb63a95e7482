//! `stillroom run`: a recipe over files.

use std::{
    fs::File,
    io::{IsTerminal, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use clap::Args;
use stillroom_engine::{
    batch::{self, Input},
    failure::failure,
    protocol::Failure,
    recipe::Recipe,
    reply::Reply,
};

use crate::file_failure;

/// Above this many bytes a reply goes to a file instead of a terminal.
const TERMINAL_BYTES: usize = 65_536;

/// Arguments of `stillroom run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The recipe, a JSON document; `docs/RECIPES.md` describes it.
    recipe: PathBuf,
    /// A CSV file, or `customers=FILE` / `order_lines=FILE` to say what its rows are. May be given more than once.
    #[arg(long = "csv", value_name = "[KIND=]FILE", required = true)]
    files: Vec<String>,
    /// Write the whole reply to this file and print a summary.
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Write the fitted model to this file, for `apply`, `explain` and `card`.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Say on the standard error stream how far the work has come.
    #[arg(long)]
    progress: bool,
}

impl Run {
    /// Runs the recipe and prints the reply.
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let recipe = read_recipe(&self.recipe)?;
        let mut files = self.files.iter().map(|name| open(name)).collect::<Result<Vec<_>, _>>()?;
        let inputs = files.iter_mut().map(|(label, kind, file)| Input {
            label: label.clone(),
            kind: *kind,
            bytes: file,
        });
        let progress = self.progress;
        let started = std::time::Instant::now();
        let limit = recipe.time_limit_seconds.unwrap_or(f64::INFINITY);
        let mut budget = || started.elapsed().as_secs_f64() < limit;
        let reply = batch::run(&recipe, inputs.collect(), &mut budget, &mut |step| {
            if progress {
                eprintln!("{} {}/{}", step.stage, step.done, step.total);
            }
            ControlFlow::Continue(())
        })?;
        self.write_model(&reply)?;
        self.print(&reply)
    }

    fn write_model(&self, reply: &Reply) -> Result<(), Failure> {
        let Some(path) = &self.model else { return Ok(()) };
        let model = reply.model.as_str().ok_or_else(|| {
            failure(
                "no-model",
                "this recipe fits no model that can be kept: end it with a grouping or a prediction",
            )
        })?;
        std::fs::write(path, model).map_err(|error| file_failure("file-unwritable", path, &error))
    }

    fn print(&self, reply: &Reply) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(reply)
            .map_err(|error| failure("reply-unwritable", &error.to_string()))?;
        let spill = std::io::stdout().is_terminal() && text.len() > TERMINAL_BYTES;
        let path = self.output.clone().or_else(|| spill.then(|| self.recipe.with_extension("reply.json")));
        match path {
            Some(path) => {
                std::fs::write(&path, text)
                    .map_err(|error| file_failure("file-unwritable", &path, &error))?;
                println!("{} rows used of {} read", reply.n_rows_used, reply.n_rows_read);
                println!("reply written to {}", path.display());
            }
            None => print_whole(&text)?,
        }
        Ok(())
    }
}

/// Prints `text`; a reader that went away is a failure, not a crash.
pub(crate) fn print_whole(text: &str) -> Result<(), Failure> {
    let written = writeln!(std::io::stdout().lock(), "{text}");
    written.map_err(|_| failure("output-closed", "the output was closed before the reply was written"))
}

fn read_recipe(path: &Path) -> Result<Recipe, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|error| file_failure("recipe-unreadable", path, &error))?;
    serde_json::from_str(&text)
        .map_err(|error| failure("recipe-unreadable", &format!("{}: {error}", path.display())))
}

/// Splits `[KIND=]FILE` and opens the file.
pub(crate) fn open(name: &str) -> Result<(String, Option<batch::FileKind>, File), Failure> {
    let (kind, path) = match name.split_once('=') {
        Some(("customers", path)) => (Some(batch::FileKind::Customers), path),
        Some(("order_lines" | "orders", path)) => (Some(batch::FileKind::OrderLines), path),
        Some((_, path)) if !Path::new(name).exists() => (None, path),
        _ => (None, name),
    };
    let path = Path::new(path);
    let file = File::open(path).map_err(|error| file_failure("file-unreadable", path, &error))?;
    let label = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((label, kind, file))
}
