//! `stillroom convert`: one kind of file to another.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

use clap::Args;
use stillroom_engine::{failure::failure, protocol::Failure};
use stillroom_tables::Kind;

use crate::files::{file_failure, table, table_failure};

/// Arguments of `stillroom convert`.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// The file to read, `-` for the standard input: CSV in any dialect, JSON, Arrow, Parquet or a spreadsheet's first sheet.
    from: PathBuf,
    /// The file to write, `-` for the standard output: `.csv`, `.json`, `.arrow` or `.parquet`.
    to: PathBuf,
    /// What to write, where the name does not tell: csv, json, arrow or parquet.
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
}

impl Convert {
    /// Reads all of one file, then writes the other, so that a file that cannot be read leaves nothing behind.
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let kind = self.kind()?;
        let table = table(&self.from)?;
        let written = |out: &mut (dyn Write + Send)| {
            table.write(kind, out).map_err(|error| table_failure(&self.to, &error))
        };
        if self.to.as_os_str() == "-" {
            return written(&mut std::io::stdout());
        }
        let unwritable = |error| file_failure("file-unwritable", &self.to, &error);
        let mut out = BufWriter::new(File::create(&self.to).map_err(unwritable)?);
        written(&mut out)?;
        out.flush().map_err(unwritable)?;
        println!("{} rows, {} columns", table.n_rows(), table.schema().fields().len());
        Ok(())
    }

    fn kind(&self) -> Result<Kind, Failure> {
        let named = self.to.extension().and_then(|name| name.to_str()?.parse().ok());
        self.kind.or(named).ok_or_else(|| {
            failure(
                "kind-unknown",
                "say what to write: --kind csv, json, arrow or parquet, or a name that ends so",
            )
        })
    }
}
