//! Why a key, a record, an envelope or a backup was refused.

/// What was found damaged. "Damaged" covers accident and tampering alike: sealing cannot tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The key record does not read back as it was written.
    Record,
    /// A slot opened with the right secret but its wrapped key does not.
    Slot,
    /// Sealed sync keys opened, but do not read back as they were written.
    SyncKeys,
    /// A device's sealed keys opened, but do not read back as they were written.
    DeviceKeys,
    /// What a pairing hands over does not read back as it was written.
    PairBundle,
    /// A sealed envelope was altered, or does not belong where it was found.
    Envelope,
    /// The backup's header does not read back as it was written.
    BackupHeader,
    /// The backup's chunk with this index, counted from 0, was altered, moved or exchanged.
    BackupChunk(u64),
    /// Bytes follow the backup's last chunk.
    BackupTail,
}

/// Everything that can go wrong in this room.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The passphrase does not open this slot.
    #[error(
        "the passphrase is not the right one; check the keyboard layout and capitals, or use the recovery code"
    )]
    WrongPassphrase,
    /// The recovery code is well-formed but belongs to another workspace, or was replaced.
    #[error("this recovery code does not open this workspace; use the newest one made for it")]
    WrongRecoveryCode,
    /// The recovery code is not one this program ever printed: a character is wrong, missing or too many.
    #[error("the recovery code has a typing mistake; compare it with the paper group by group")]
    CodeMistyped,
    /// The code is whole, but it is for something else: a recovery code where a pairing code is asked, or the other way.
    #[error("this code is for something else; check whether a pairing code or a recovery code is asked for")]
    OtherCode,
    /// Stored bytes were altered.
    #[error("stored key or sealed data is damaged ({0:?}); use the other copy or restore a backup")]
    Damaged(Damage),
    /// There is no key record in either place.
    #[error("no key record was found; restore a backup or create a workspace")]
    NoRecord,
    /// The stored derivation parameters are below the floor this program accepts, as a downgrade attack would leave them.
    #[error(
        "the key slot asks for a weaker key derivation than allowed; do not enter the passphrase, use another copy"
    )]
    WeakParameters,
    /// The stored derivation parameters would use more memory or time than this program ever asks for.
    #[error("the key slot asks for a key derivation too costly to run; use another copy")]
    CostlyParameters,
    /// The record, envelope or backup was written by a newer program, or is damaged in its version.
    #[error("format version {found} is not known here; update the program")]
    UnknownVersion {
        /// The version read.
        found: u32,
    },
    /// The envelope names a sealing algorithm this program does not have.
    #[error("sealing algorithm {found} is not known here; update the program")]
    UnknownAlgorithm {
        /// The algorithm number read.
        found: u8,
    },
    /// The bytes are sealed under another key, or the key given is not the record's.
    #[error("this belongs to another key; open it with the workspace it came from")]
    OtherKey,
    /// The memory for the key derivation could not be had.
    #[error("not enough memory to check the passphrase; close other tabs or programs and try again")]
    NotEnoughMemory,
    /// A new passphrase is shorter than the policy asks.
    #[error("the passphrase has {found} characters; use at least {needed}")]
    PassphraseTooShort {
        /// Characters needed.
        needed: usize,
        /// Characters given.
        found: usize,
    },
    /// A new passphrase is too easy to guess.
    #[error("the passphrase is easy to guess; add unrelated words or take a generated one")]
    PassphraseGuessable {
        /// Its score, 0 to 4.
        score: u8,
    },
    /// Removing the slot would leave a workspace nobody can open.
    #[error("this is the last way to open the workspace; add another before removing it")]
    LastSlot,
    /// The record has no slot of this kind.
    #[error("this workspace has no such way of unlocking; use another one")]
    NoSuchSlot,
    /// The random source failed or returned no randomness.
    #[error("no secure random numbers are available; use an up-to-date browser over https")]
    NoEntropy,
    /// The sync key of this epoch was not handed to this device, or not yet.
    #[error(
        "the sync key of epoch {epoch} is not here; read the consent ledger first, or pair the device again"
    )]
    NoSuchEpoch {
        /// The epoch asked for.
        epoch: u32,
    },
    /// Another sync key is already held for this epoch.
    #[error("epoch {epoch} already has another sync key; take a new epoch after reading the consent ledger")]
    EpochTaken {
        /// The epoch in question.
        epoch: u32,
    },
    /// Epochs count from 1 to 2³² - 1.
    #[error("epoch {epoch} cannot be or have a successor; create new sync keys")]
    EpochOutOfRange {
        /// The epoch read, or the last one there can be.
        epoch: u32,
    },
    /// A device's public key is one that would make the shared secret known to everybody.
    #[error("this public key gives no secrecy; do not use the device it names, and pair it again")]
    WeakPublicKey,
    /// The backup ends before its last chunk.
    #[error("the backup file ends too early; copy it again or use another one")]
    BackupTruncated,
    /// The file is not a backup of this program.
    #[error("this file is not a backup; choose a file made by the backup command")]
    NotABackup,
}

impl Error {
    /// The stable name of the condition, for programs and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongPassphrase => "wrong_passphrase",
            Self::WrongRecoveryCode => "wrong_recovery_code",
            Self::CodeMistyped => "code_mistyped",
            Self::OtherCode => "other_code",
            Self::Damaged(_) => "damaged",
            Self::NoRecord => "no_key_record",
            Self::WeakParameters => "weak_parameters",
            Self::CostlyParameters => "costly_parameters",
            Self::UnknownVersion { .. } => "unknown_version",
            Self::UnknownAlgorithm { .. } => "unknown_algorithm",
            Self::OtherKey => "other_key",
            Self::NotEnoughMemory => "not_enough_memory",
            Self::PassphraseTooShort { .. } => "passphrase_too_short",
            Self::PassphraseGuessable { .. } => "passphrase_guessable",
            Self::LastSlot => "last_slot",
            Self::NoSuchSlot => "no_such_slot",
            Self::NoEntropy => "no_entropy",
            Self::NoSuchEpoch { .. } => "no_such_epoch",
            Self::EpochTaken { .. } => "epoch_taken",
            Self::EpochOutOfRange { .. } => "epoch_out_of_range",
            Self::WeakPublicKey => "weak_public_key",
            Self::BackupTruncated => "backup_truncated",
            Self::NotABackup => "not_a_backup",
        }
    }
}
