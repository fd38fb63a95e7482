//! How the rooms' errors become the one failure that crosses to the page. Codes are spelt with hyphens there.

use crate::protocol::Failure;

/// A failure of this condition and sentence.
#[must_use]
pub fn failure(code: &str, message: &str) -> Failure {
    Failure::new(code, message)
}

/// Codes are spelt with hyphens once they leave their room.
fn of(code: &str, error: &impl ToString) -> Failure {
    failure(&code.replace('_', "-"), &error.to_string())
}

impl From<stillroom_analytics::Error> for Failure {
    fn from(error: stillroom_analytics::Error) -> Self {
        let (column, row) = error.place();
        let (column, row) = (column.map(str::to_owned), row.map(|row| row as u64));
        Self { column, row, ..of(error.code(), &error) }
    }
}

#[cfg(feature = "run")]
macro_rules! failures {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                of(error.code(), &error)
            }
        })*
    };
}

#[cfg(feature = "run")]
failures!(
    stillroom_consent::Error,
    stillroom_import::Error,
    stillroom_records::Error,
    stillroom_store::Error,
    stillroom_vault::Error,
);
