//! `stillroom run`: a recipe over files.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use stillroom_engine::{batch, failure::failure, protocol::Failure, recipe::Recipe, reply::Reply};

use crate::{
    files::{file_failure, with_inputs, write_file},
    output::{Form, formed, print_whole},
    watch::Told,
};

/// Above this many bytes a reply goes to a file instead of a terminal.
const TERMINAL_BYTES: usize = 65_536;

/// Arguments of `stillroom run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The recipe, a JSON document; `docs/RECIPES.md` describes it.
    recipe: PathBuf,
    /// A file of rows, `-` for the standard input, or `customers=FILE` / `order_lines=FILE` to say what its rows are. CSV in
    /// any dialect, JSON, Arrow, Parquet or a spreadsheet: the contents tell. May be given more than once.
    #[arg(long = "data", visible_alias = "csv", value_name = "[KIND=]FILE", required = true)]
    files: Vec<String>,
    /// How the reply is printed or written.
    #[arg(long, value_enum, default_value_t = Form::Json)]
    format: Form,
    /// Write the whole reply to this file and print a summary.
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Write the fitted model to this file, for `apply`, `explain` and `card`.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Say on the standard error stream how far the work has come, also where that is no terminal.
    #[arg(long)]
    progress: bool,
}

impl Run {
    /// Runs the recipe and prints the reply.
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let recipe = read_recipe(&self.recipe)?;
        let mut told = Told::new(self.progress);
        let mut budget = budget(&recipe);
        let reply = with_inputs(&self.files, |inputs| {
            batch::run(&recipe, inputs, &mut budget, &mut |step| told.tell(step.stage, step.done, step.total))
        })?;
        drop(told);
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
        write_file(path, model.as_bytes())
    }

    fn print(&self, reply: &Reply) -> Result<(), Failure> {
        let text = formed(reply, self.format)?;
        let spill = std::io::stdout().is_terminal() && text.len() > TERMINAL_BYTES;
        let path = self.output.clone().or_else(|| spill.then(|| self.recipe.with_extension("reply.json")));
        let Some(path) = path else { return print_whole(&text) };
        write_file(&path, text.as_bytes())?;
        println!("{} rows used of {} read", reply.n_rows_used, reply.n_rows_read);
        println!("reply written to {}", path.display());
        Ok(())
    }
}

/// Whether a search may go on: as long as the recipe says, from now.
pub(crate) fn budget(recipe: &Recipe) -> impl FnMut() -> bool + use<> {
    let started = Instant::now();
    let limit = recipe.time_limit_seconds.unwrap_or(f64::INFINITY);
    move || started.elapsed().as_secs_f64() < limit
}

pub(crate) fn read_recipe(path: &Path) -> Result<Recipe, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|error| file_failure("recipe-unreadable", path, &error))?;
    serde_json::from_str(&text)
        .map_err(|error| failure("recipe-unreadable", &format!("{}: {error}", path.display())))
}
