//! `stillroom apply`, `explain` and `card`: what to do with a model that a run wrote.

use std::{ops::ControlFlow, path::PathBuf};

use clap::Args;
use stillroom_engine::{
    batch,
    failure::failure,
    protocol::{Direction, Failure, Wish},
};

use crate::{
    files::{file_failure, with_inputs},
    output::{Form, formed, print, print_whole},
    watch::Told,
};

/// Arguments of `stillroom apply`.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The model, a file that `stillroom run --model` or the app wrote.
    model: PathBuf,
    /// A file of rows, as for `run`. May be given more than once.
    #[arg(long = "data", visible_alias = "csv", value_name = "[KIND=]FILE", required = true)]
    files: Vec<String>,
    /// How the reply is printed.
    #[arg(long, value_enum, default_value_t = Form::Json)]
    format: Form,
}

impl Apply {
    /// Scores the rows of the files and prints the reply, with a word on drift.
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let model = read(&self.model)?;
        let mut told = Told::new(false);
        let reply = with_inputs(&self.files, |inputs| {
            batch::apply(&model, inputs, &mut |step| told.tell(step.stage, step.done, step.total))
        })?;
        drop(told);
        print_whole(&formed(&reply, self.format)?)
    }
}

/// Arguments of `stillroom explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The model, a file that `stillroom run --model` or the app wrote.
    model: PathBuf,
    /// A file of rows, as for `run`. May be given more than once.
    #[arg(long = "data", visible_alias = "csv", value_name = "[KIND=]FILE", required = true)]
    files: Vec<String>,
    /// The customer's id in the file.
    #[arg(long)]
    customer: String,
    /// A column that could be changed, `COLUMN`, `COLUMN:up` or `COLUMN:down`. May be given more than once.
    #[arg(long = "change", value_name = "COLUMN[:up|:down]", requires = "goal")]
    changes: Vec<String>,
    /// The prediction wished for: `0.3` for at least that, `below:0.3` for at most that.
    #[arg(long, value_name = "[below:]NUMBER", requires = "changes")]
    goal: Option<String>,
}

impl Explain {
    /// Prints why the model says what it says of the customer, and what would change it.
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let model = read(&self.model)?;
        let wish = self.goal.as_deref().map(|goal| wish(goal, &self.changes)).transpose()?;
        with_inputs(&self.files, |inputs| {
            let watch = &mut |_| ControlFlow::Continue(());
            print(&batch::explain(&model, inputs, &self.customer, wish, watch)?)
        })
    }
}

/// Arguments of `stillroom card`.
#[derive(Debug, Args)]
pub(crate) struct Card {
    /// The model, a file that `stillroom run --model` or the app wrote.
    model: PathBuf,
}

impl Card {
    /// Checks the model and prints its card.
    pub(crate) fn execute(self) -> Result<(), Failure> {
        print(&batch::card(&read(&self.model)?)?)
    }
}

fn read(path: &std::path::Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| file_failure("model-unreadable", path, &error))
}

fn wish(goal: &str, changes: &[String]) -> Result<Wish, Failure> {
    let (below, number) = match goal.strip_prefix("below:") {
        Some(number) => (true, number),
        None => (false, goal),
    };
    let goal = number.parse().map_err(|_| failure("goal", "the goal is a number, or below: and a number"))?;
    let column = |text: &String| match text.rsplit_once(':') {
        Some((column, "up")) => (column.to_owned(), Direction::Up),
        Some((column, "down")) => (column.to_owned(), Direction::Down),
        _ => (text.clone(), Direction::Any),
    };
    Ok(Wish { columns: changes.iter().map(column).collect(), goal, below })
}
