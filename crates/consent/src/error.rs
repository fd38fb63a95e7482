//! What can be wrong with something that was read or is to be entered.

/// The room's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A reason to refuse. Messages hold no value of anything refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not the one encoding of what was expected.
    #[error("the bytes are not a valid encoding; update both sides to versions that know each other")]
    Malformed,
    /// A signature does not belong to the content and the key.
    #[error("the signature does not match; ask for the original again")]
    BadSignature,
    /// An entry does not follow the one before it.
    #[error("the ledger's entries do not form one chain; read the ledger again from the start")]
    BrokenChain,
    /// The ledger that was shown does not extend the one that was seen before.
    #[error("the server shows another ledger than before; do not go on with it before you know why")]
    Forked,
    /// The head that was shown is older than one that was seen before.
    #[error("the server shows less than before; do not go on with it before you know why")]
    RolledBack,
    /// The server has signed for more than it gives.
    #[error("the server does not give everything it has signed for; ask again, or ask who runs it")]
    Withheld,
    /// An entry is dated too far ahead of the reader's clock.
    #[error("the entry is dated in the future; set the device's clock and make the entry again")]
    ClockAhead,
    /// An entry was signed by a device that is not enrolled, or no longer.
    #[error("the entry comes from a device that is not enrolled")]
    UnknownDevice,
    /// An event names something that cannot be: no groups, groups the purpose never carries, an end before its beginning.
    #[error("the entry cannot be recorded: {reason}")]
    Invalid {
        /// What is wrong, in a stable phrase.
        reason: &'static str,
    },
    /// A text is not a receipt, or not in a receipt's one spelling.
    #[error("this is not a valid receipt: {reason}")]
    BadReceipt {
        /// What is wrong, in a stable phrase.
        reason: &'static str,
    },
}

impl Error {
    /// A stable word for the condition.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::BadSignature => "bad-signature",
            Self::BrokenChain => "broken-chain",
            Self::Forked => "forked",
            Self::RolledBack => "rolled-back",
            Self::Withheld => "withheld",
            Self::ClockAhead => "clock-ahead",
            Self::UnknownDevice => "unknown-device",
            Self::Invalid { .. } => "invalid-entry",
            Self::BadReceipt { .. } => "bad-receipt",
        }
    }
}
