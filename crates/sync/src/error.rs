//! What a server's answer can be caught at. None of it changes what a device holds.

/// The room's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an answer was not believed. Messages hold nothing of the answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The body is not the one encoding of what was asked for, or contradicts itself.
    #[error("the server's answer cannot be read; update both sides to versions that know each other")]
    Malformed,
    /// A head is signed with another key than the one that was agreed to, or altered.
    #[error("the server's signature does not match; do not go on with it before you know why")]
    BadSignature,
    /// A head is of another workspace.
    #[error("the server answered for another workspace")]
    OtherWorkspace,
    /// The server shows less than it showed before.
    #[error("the server shows less than before; it was set back, do not go on with it before you know why")]
    Rollback,
    /// The server shows something else than it showed before.
    #[error("the server shows another history than before; do not go on with it before you know why")]
    Forked,
    /// Rows or entries do not follow one another, or do not give the signed head.
    #[error("the server's rows do not form one chain; do not go on with it before you know why")]
    BrokenChain,
    /// A device's number came twice.
    #[error("the server shows an operation twice; do not go on with it before you know why")]
    Replayed,
    /// An operation names this device, which never made it.
    #[error("the server shows an operation in this device's name that it never made")]
    Forged,
    /// An operation of this device that the server had acknowledged is not in its sequence.
    #[error("the server lost an operation it had acknowledged; what is on this device is complete")]
    LostOperation,
    /// A removal for ever that no signed entry of the ledger asks for.
    #[error("the server asks to erase a record that nobody erased")]
    UnsignedErasure,
    /// An operation's parts do not fit each other, or it is from further ahead than a server may take.
    #[error("the server passes on an operation that it should have refused")]
    UnfitOperation,
    /// An entry of the ledger is not what it should be.
    #[error("the server's ledger cannot be followed: {0}")]
    Ledger(stillroom_consent::Error),
    /// A placeholder was refused, which a server never does.
    #[error("the server refuses even an empty operation")]
    RefusedVoid,
}

impl Error {
    /// A stable word for the condition.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "malformed-answer",
            Self::BadSignature => "bad-signature",
            Self::OtherWorkspace => "other-workspace",
            Self::Rollback => "rollback",
            Self::Forked => "forked",
            Self::BrokenChain => "broken-chain",
            Self::Replayed => "replayed",
            Self::Forged => "forged",
            Self::LostOperation => "lost-operation",
            Self::UnsignedErasure => "unsigned-erasure",
            Self::UnfitOperation => "unfit-operation",
            Self::Ledger(_) => "broken-ledger",
            Self::RefusedVoid => "refused-void",
        }
    }
}
