//! `stillroom duplicates`: customers entered twice.

use clap::Args;
use stillroom_engine::{
    batch::{self, FileKind},
    protocol::Failure,
};

use crate::{files::with_inputs, output::print};

/// Arguments of `stillroom duplicates`.
#[derive(Debug, Args)]
pub(crate) struct Duplicates {
    /// A file with one customer a row, as for `run`. May be given more than once.
    #[arg(long = "data", visible_alias = "csv", value_name = "FILE", required = true)]
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
