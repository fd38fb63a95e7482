//! `stillroom duplicates`: customers entered twice.

use clap::Args;
use stillroom_engine::{
    batch::{self, FileKind},
    protocol::Failure,
};

use crate::files::{print, with_inputs};

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
        with_inputs(&self.files, |mut inputs| {
            inputs.iter_mut().for_each(|input| input.kind = Some(FileKind::Customers));
            print(&batch::duplicates(inputs)?)
        })
    }
}
