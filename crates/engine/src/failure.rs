//! How the rooms' errors become the one failure that crosses to the page. Codes are spelt with hyphens there.

use crate::protocol::Failure;

/// A failure of this condition and sentence.
#[must_use]
pub fn failure(code: &str, message: &str) -> Failure {
    Failure { code: code.to_owned(), message: message.to_owned() }
}

macro_rules! failures {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                failure(&error.code().replace('_', "-"), &error.to_string())
            }
        })*
    };
}

failures!(
    stillroom_analytics::Error,
    stillroom_consent::Error,
    stillroom_import::Error,
    stillroom_records::Error,
    stillroom_store::Error,
    stillroom_vault::Error,
);
