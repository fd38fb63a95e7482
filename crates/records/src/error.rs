//! What can go wrong when words are read.

/// The result of reading words.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a field name, a date or a filter was refused. Messages never hold a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A field key is empty, too long or has a character other than letters, digits, `_` and `.`.
    #[error("this is not a field name: use letters, digits and underscores, starting with a letter")]
    InvalidFieldKey,
    /// A date is not of the form `2011-12-09` or `2011-12-09T10:15:00Z`, or outside the years 0000 to 9999.
    #[error("this is not a date: write it as 2011-12-09 or 2011-12-09T10:15:00Z")]
    InvalidDate,
    /// The readable form of a filter stops making sense at a position.
    #[error("the filter cannot be read at character {position}: expected {expected}")]
    FilterSyntax {
        /// Where, counted in characters from 0.
        position: usize,
        /// What would have made sense there.
        expected: &'static str,
    },
    /// A filter is nested more deeply than [`crate::filter::MAX_DEPTH`].
    #[error("the filter is nested too deeply: split it into simpler conditions")]
    FilterTooDeep,
    /// A filter has more conditions, or a longer list, than [`crate::filter::MAX_CONDITIONS`].
    #[error("the filter is too long: keep it under {limit} conditions")]
    FilterTooLong {
        /// The largest number allowed.
        limit: usize,
    },
    /// A filter compares with a number that is not finite.
    #[error("the filter compares with a number that is not finite: use an ordinary number")]
    FilterNumber,
    /// A filter in JSON form does not have the shape of a filter.
    #[error("this is not a filter in JSON form: compare it with the filter reference")]
    FilterJson,
}

impl Error {
    /// A stable name of the condition, for programs and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Error::InvalidFieldKey => "invalid_field_key",
            Error::InvalidDate => "invalid_date",
            Error::FilterSyntax { .. } => "filter_syntax",
            Error::FilterTooDeep => "filter_too_deep",
            Error::FilterTooLong { .. } => "filter_too_long",
            Error::FilterNumber => "filter_number",
            Error::FilterJson => "filter_json",
        }
    }
}
