//! `stillroom duplicates`: customers entered twice.

use clap::Args;
use stillroom_engine::{
    batch::{self, FileKind, Input},
    failure::failure,
    protocol::Failure,
};

use crate::run::open;

/// Arguments of `stillroom duplicates`.
#[derive(Debug, Args)]
pub(crate) struct Duplicates {
    /// A CSV file with one customer a row. May be given more than once.
    #[arg(long = "csv", value_name = "FILE", required = true)]
    files: Vec<String>,
}

impl Duplicates {
    /// Prints the pairs, strongest evidence first.
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let mut files = self.files.iter().map(|name| open(name)).collect::<Result<Vec<_>, _>>()?;
        let inputs = files.iter_mut().map(|(label, _, file)| Input {
            label: label.clone(),
            kind: Some(FileKind::Customers),
            bytes: file,
        });
        let pairs = batch::duplicates(inputs.collect())?;
        let text = serde_json::to_string_pretty(&pairs)
            .map_err(|error| failure("pairs-unwritable", &error.to_string()))?;
        println!("{text}");
        Ok(())
    }
}
