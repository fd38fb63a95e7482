use std::fmt;
use std::str::FromStr;

/// What sort of file a table is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Separated values in any dialect; also what everything else is taken for.
    Csv,
    /// A list of objects, or one object a line.
    Json,
    /// Arrow IPC, as a file or a stream.
    Arrow,
    /// Parquet.
    Parquet,
    /// An XLSX, XLSB, XLS or ODS spreadsheet: its first sheet.
    Spreadsheet,
}

/// How much of a file [`Kind::of`] looks at.
pub const MARK_BYTES: usize = 64;

impl Kind {
    /// The kind of a file that begins with `head`.
    pub fn of(head: &[u8]) -> Self {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let first = text.iter().take(MARK_BYTES).find(|byte| !byte.is_ascii_whitespace());
        if head.starts_with(b"PAR1") {
            Self::Parquet
        } else if head.starts_with(b"ARROW1") || head.starts_with(b"\xff\xff\xff\xff") {
            Self::Arrow
        } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xd0\xcf\x11\xe0") {
            Self::Spreadsheet
        } else if matches!(first, Some(b'[' | b'{')) {
            Self::Json
        } else {
            Self::Csv
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Arrow => "Arrow IPC",
            Self::Parquet => "Parquet",
            Self::Spreadsheet => "a spreadsheet",
        })
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Ok(Self::Csv),
            "json" | "jsonl" | "ndjson" => Ok(Self::Json),
            "arrow" | "arrows" | "feather" | "ipc" => Ok(Self::Arrow),
            "parquet" => Ok(Self::Parquet),
            "xlsx" | "xls" | "xlsb" | "ods" => Ok(Self::Spreadsheet),
            _ => Err("one of csv, json, arrow, parquet".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_the_kind() {
        for (head, kind) in [
            (b"PAR1\x15\x04".as_slice(), Kind::Parquet),
            (b"ARROW1\0\0", Kind::Arrow),
            (b"\xff\xff\xff\xff\x10\0\0\0", Kind::Arrow),
            (b"PK\x03\x04\x14", Kind::Spreadsheet),
            (b"\xd0\xcf\x11\xe0\xa1", Kind::Spreadsheet),
            (b" \n[{\"a\":1}]", Kind::Json),
            (b"\xef\xbb\xbf{\"a\":1}", Kind::Json),
            (b"a,b\n1,2\n", Kind::Csv),
            (b"", Kind::Csv),
        ] {
            assert_eq!(Kind::of(head), kind, "{head:?}");
        }
    }
}
