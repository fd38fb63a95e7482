//! What can go wrong before the first row is read; problems inside rows are [`crate::RowIssue`]s instead.

/// A dialect or mapping that cannot work. Messages never contain a customer's data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The delimiter is not a printable ASCII character or tab, or is a letter or digit.
    #[error("the delimiter must be a tab or an ASCII punctuation character, choose another")]
    UnusableDelimiter,
    /// The delimiter and the quote are the same character.
    #[error("the delimiter and the quote must differ, change one of them")]
    DelimiterIsQuote,
    /// A limit is zero.
    #[error("the limit {name} must be at least 1")]
    ZeroLimit {
        /// The limit's name.
        name: &'static str,
    },
    /// The mapping names a column the file does not have.
    #[error("the mapping names column {column} but the file has {n_columns} columns, map the columns again")]
    NoSuchColumn {
        /// Zero-based position asked for.
        column: usize,
        /// Columns in the file.
        n_columns: usize,
    },
    /// Two columns are mapped to the same field.
    #[error("two columns are mapped to {field}, keep one of them")]
    FieldTwice {
        /// The field's key.
        field: String,
    },
    /// A field no row can do without is not mapped.
    #[error("no column is mapped to {field}, choose one")]
    FieldNotMapped {
        /// The field's key.
        field: &'static str,
    },
    /// A field's key is not one of the target's.
    #[error("there is no field {field}, choose another or keep the column as a custom field")]
    UnknownField {
        /// The key asked for.
        field: String,
    },
    /// A column is given a type by a name no column has.
    #[error("the file has no column named {name}, name one of its columns")]
    NoSuchName {
        /// The name asked for.
        name: String,
    },
    /// A column is given a type there is none of.
    #[error("there is no type {kind}, choose number, boolean, date, category or text")]
    UnknownKind {
        /// The type asked for.
        kind: String,
    },
}

impl Error {
    /// A stable name for programs; it never changes once released.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnusableDelimiter => "unusable_delimiter",
            Self::DelimiterIsQuote => "delimiter_is_quote",
            Self::ZeroLimit { .. } => "zero_limit",
            Self::NoSuchColumn { .. } => "no_such_column",
            Self::FieldTwice { .. } => "field_twice",
            Self::FieldNotMapped { .. } => "field_not_mapped",
            Self::UnknownField { .. } => "unknown_field",
            Self::NoSuchName { .. } => "no_such_name",
            Self::UnknownKind { .. } => "unknown_kind",
        }
    }
}
