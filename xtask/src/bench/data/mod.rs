//! The data sets: made once by a seeded generator, as files that every peer reads. A longer set begins with the shorter ones.

mod draw;
pub(super) mod lines;
mod rows;
mod text;

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// To be raised when a generator changes: sets that another one made are made anew.
const VERSION: u32 = 1;

/// A data set by what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    /// Numbers in overlapping clusters, and a target that is linear in them.
    Blobs { n_columns: usize, k: usize },
    /// Correlated numbers of four factors, and a target that is linear in them.
    Factors,
    /// Numbers, and a class whose log-odds are linear in them.
    Classes,
    /// Numbers, and a class that only curves and products of them tell; 5,000 rows more for judging.
    Shapes,
    /// Which user took which item, each pair once.
    Baskets,
    /// Order lines of customers.
    Lines,
    /// A CSV file of ten mixed columns.
    Mixed,
    /// Short texts in 77 classes, and 3,000 more for judging.
    Texts,
}

/// Rows that judge models, in the sets that have them.
pub(super) const N_UNSEEN: usize = 5_000;

impl Set {
    /// What its files are called.
    pub(super) fn name(self) -> String {
        match self {
            Self::Blobs { n_columns, .. } => format!("blobs{n_columns}"),
            Self::Factors => "factors".to_owned(),
            Self::Classes => "classes".to_owned(),
            Self::Shapes => "shapes".to_owned(),
            Self::Baskets => "baskets".to_owned(),
            Self::Lines => "lines".to_owned(),
            Self::Mixed => "mixed".to_owned(),
            Self::Texts => "texts".to_owned(),
        }
    }

    /// Makes at least `n_rows` of the set in `folder`, unless they are there.
    pub(super) fn provide(self, folder: &Path, n_rows: usize) -> Result<()> {
        let name = self.name();
        // Files of text are made for each length, beside one another.
        let made_for = if self == Self::Mixed { format!("{name}-{n_rows}") } else { name.clone() };
        let stamp = folder.join(format!("{made_for}.made"));
        let made = fs::read_to_string(&stamp).unwrap_or_default();
        let (version, made_rows) = made.split_once(' ').unwrap_or_default();
        if version.parse() == Ok(VERSION)
            && made_rows.parse::<usize>().is_ok_and(|made| self.is_enough(made, n_rows))
        {
            return Ok(());
        }
        println!("bench: making {n_rows} rows of the data set '{name}'");
        let place = folder.join(&name);
        fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
        match self {
            Self::Blobs { n_columns, k } => rows::blobs(&place, n_columns, k, n_rows)?,
            Self::Factors => rows::factors(&place, n_rows)?,
            Self::Classes => rows::classes(&place, n_rows)?,
            Self::Shapes => rows::shapes(&place, &folder.join(format!("{name}-unseen")), n_rows)?,
            Self::Baskets => lines::baskets(&place, n_rows)?,
            Self::Lines => lines::lines(&place, n_rows)?,
            Self::Mixed => text::mixed(&folder.join(mixed_file(n_rows)), n_rows)?,
            Self::Texts => text::texts(&folder.join(format!("{name}.json")), n_rows)?,
        }
        fs::write(stamp, format!("{VERSION} {n_rows}"))?;
        Ok(())
    }

    /// Columns are read from their start as far as wanted; other files are read whole.
    fn is_enough(self, made: usize, wanted: usize) -> bool {
        match self {
            Self::Mixed | Self::Texts | Self::Baskets => made == wanted,
            _ => made >= wanted,
        }
    }
}

/// The CSV file of `n_rows` rows.
pub(super) fn mixed_file(n_rows: usize) -> String {
    format!("mixed/{n_rows}.csv")
}

/// Columns that are written number by number.
struct Columns(Vec<BufWriter<File>>);

impl Columns {
    fn create(folder: &Path, names: &[String]) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let open = |name: &String| -> Result<BufWriter<File>> {
            let path: PathBuf = folder.join(name);
            Ok(BufWriter::with_capacity(
                1 << 20,
                File::create(&path).with_context(|| format!("cannot write {}", path.display()))?,
            ))
        };
        names.iter().map(open).collect::<Result<_>>().map(Self)
    }

    fn number(&mut self, column: usize, value: f64) -> Result<()> {
        Ok(self.0[column].write_all(&value.to_le_bytes())?)
    }

    fn code(&mut self, column: usize, value: usize) -> Result<()> {
        Ok(self.0[column].write_all(&u32::try_from(value)?.to_le_bytes())?)
    }

    fn finish(mut self) -> Result<()> {
        self.0.iter_mut().try_for_each(|file| Ok(file.flush()?))
    }
}
