//! A parsed row, borrowed from its reader, and the names of its columns.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// A name no other column of the file has: the trimmed header, "Column 4" where it is empty, with " (2)" and so on
    /// where it stood before.
    pub name: String,
    /// The header exactly as written; empty when the file has none.
    pub header: String,
}

/// Gives every header a name of its own, so that no column is lost.
pub fn columns_from_headers<'a>(headers: impl Iterator<Item = &'a str>) -> Vec<Column> {
    let mut taken = BTreeSet::new();
    let mut columns = Vec::new();
    for (idx, header) in headers.enumerate() {
        let trimmed = header.trim();
        let base = if trimmed.is_empty() { format!("Column {}", idx + 1) } else { trimmed.to_owned() };
        let mut name = base.clone();
        let mut n_copies = 1;
        while !taken.insert(name.clone()) {
            n_copies += 1;
            name = format!("{base} ({n_copies})");
        }
        columns.push(Column { name, header: header.to_owned() });
    }
    columns
}

/// One data row. It borrows from the [`crate::Reader`] and lives until the next one is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    pub(crate) row: u64,
    pub(crate) line: u64,
    /// How many columns the file has, if it is known.
    pub(crate) n_columns: usize,
    pub(crate) cells: &'a str,
    pub(crate) ends: &'a [usize],
}

impl<'a> Record<'a> {
    /// The data row, counted from 1 without header, blank lines and footer.
    pub fn row(&self) -> u64 {
        self.row
    }

    /// The physical line the record starts on, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// How many cells the row has in the file; it may have fewer or more than there are columns.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True when the row has no cells, which no row of a file has.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The cell in column `idx`, exactly as written; empty where the row is too short.
    pub fn get(&self, idx: usize) -> &'a str {
        let start = idx.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(idx).and_then(|end| self.cells.get(start..*end)).unwrap_or_default()
    }

    /// The row's cells in order, as many as stand in the file.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let record = *self;
        (0..record.len()).map(move |idx| record.get(idx))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_name_of_its_own() {
        let headers = ["Name", "Email", "Email", "", " Name ", "Email (2)", "Column 4"];
        let columns = columns_from_headers(headers.into_iter());
        let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
        let expected =
            ["Name", "Email", "Email (2)", "Column 4", "Name (2)", "Email (2) (2)", "Column 4 (2)"];
        assert_eq!(names, expected);
        assert!(columns.iter().map(|column| column.header.as_str()).eq(headers));
    }
}
