//! `stillroom methods`: the registry, for people or programs.

use clap::Args;
use stillroom_engine::{methods, protocol::Failure};

use crate::output::print;

/// Arguments of `stillroom methods`.
#[derive(Debug, Args)]
pub(crate) struct Methods {
    /// Print the registry as JSON.
    #[arg(long)]
    json: bool,
    /// Print the reference page: every method with a recipe as an example, in Markdown.
    #[arg(long, conflicts_with_all = ["json", "name"])]
    markdown: bool,
    /// Show one method only.
    name: Option<String>,
}

impl Methods {
    /// Prints the methods.
    pub(crate) fn execute(self) -> Result<(), Failure> {
        if self.markdown {
            print!("{}", methods::reference());
            return Ok(());
        }
        let chosen = match &self.name {
            Some(name) => vec![methods::method(name)?],
            None => methods::methods().to_vec(),
        };
        if self.json {
            return print(&chosen);
        }
        chosen.iter().for_each(|method| print!("{}", methods::describe(method)));
        Ok(())
    }
}
