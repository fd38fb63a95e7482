//! `stillroom sample`: a business with planted truth, as the CSV files the app would import.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use stillroom_engine::{
    protocol::{Failure, SampleKind},
    sample,
};

use crate::files::write_file;

/// Arguments of `stillroom sample`.
#[derive(Debug, Args)]
pub(crate) struct Sample {
    /// The kind of business.
    kind: Kind,
    /// The folder the files are written to.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// The seed: the same seed makes the same files.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Shop,
    Bank,
    Clinic,
}

impl Sample {
    /// Writes the files and names them.
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let kind = match self.kind {
            Kind::Shop => SampleKind::Shop,
            Kind::Bank => SampleKind::Bank,
            Kind::Clinic => SampleKind::Clinic,
        };
        for file in sample::files(kind, self.seed) {
            let path = self.folder.join(&file.name);
            write_file(&path, file.text.as_bytes())?;
            println!("{}", path.display());
        }
        Ok(())
    }
}
