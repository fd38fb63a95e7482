//! A wrapper for what belongs to a customer: it can be carried anywhere and printed nowhere.

use serde::{Deserialize, Serialize};

/// A value that `Debug` redacts. Every use of [`Private::expose`] carries an `EXPOSE:` comment saying why it may be seen.
///
/// ```
/// let email = stillroom_records::Private::new("ada@example.org".to_owned());
/// assert_eq!(format!("{email:?}"), "Private(…)");
/// // EXPOSE: the example asserts what went in.
/// assert_eq!(email.expose(), "ada@example.org");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Private(value)
    }

    /// The value itself.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself, owned.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> std::fmt::Debug for Private<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Private(…)")
    }
}
