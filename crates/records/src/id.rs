//! Numbers that name one thing each, so that a customer can never be passed where an import is meant.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }
    )*};
}

ids! {
    /// One customer of a workspace; never given again to another, even after deletion.
    CustomerId;
    /// One item that order lines sell.
    ItemId;
    /// One import, finished or undone.
    ImportId;
    /// One saved model.
    ModelId;
}
