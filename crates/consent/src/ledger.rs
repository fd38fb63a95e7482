//! The ledger: every grant, basis, withdrawal, device and erasure as one chain of signed entries.
//!
//! `h_n = SHA-256(h_(n-1) ‖ encoding of entry n)`, `h_0` = 32 zeros. Entries hold tokens, keys and dates, never a name. A server
//! countersigns its head; a client keeps the last head it saw and refuses one that does not extend it.

use crate::{
    BasisMethod, BasisState, Blob, DeviceId, Error, GrantId, Hash, LawfulBasis, PublicKey, Purpose, Result,
    Signature, SubjectBasis, SubjectToken, SyncGrant, WorkspaceId, cbor,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most tokens one entry may list.
pub const MAX_TOKENS: usize = 2_000;
/// How far an entry may be dated ahead of the clock of the server that appends it, in milliseconds.
pub const MAX_AHEAD_MILLIS: i64 = 5 * 60_000;

/// A device and its public keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceInfo {
    /// The device.
    pub device: DeviceId,
    /// Its Ed25519 key: what it signs is checked with this.
    pub signing_key: PublicKey,
    /// Its X25519 key: what is handed to it is sealed for this.
    pub sealing_key: PublicKey,
}

/// A new sync key, sealed for one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedKey {
    /// Who can open it.
    pub device: DeviceId,
    /// The sealed key.
    pub sealed: Blob,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A device joined.
    DeviceAdded(DeviceInfo),
    /// A device left; a new sync key for the others.
    DeviceRevoked {
        /// Which.
        device: DeviceId,
        /// The number of the new sync key.
        epoch: u32,
        /// The new sync key for each device that stays.
        keys: Vec<SealedKey>,
    },
    /// A grant was given.
    GrantGiven(SyncGrant),
    /// A grant was withdrawn.
    GrantWithdrawn {
        /// Which.
        grant: GrantId,
    },
    /// Records in the scope of a grant.
    Members {
        /// Which grant.
        grant: GrantId,
        /// The records.
        tokens: Vec<SubjectToken>,
    },
    /// The basis of some records for a purpose, whatever it was before.
    Bases {
        /// What for.
        purpose: Purpose,
        /// The basis and its state.
        basis: SubjectBasis,
        /// The records.
        tokens: Vec<SubjectToken>,
    },
    /// Processing of some records stops, or goes on again.
    Restricted {
        /// Whether it stops.
        on: bool,
        /// The records.
        tokens: Vec<SubjectToken>,
    },
    /// Some records were erased.
    Erased {
        /// The records.
        tokens: Vec<SubjectToken>,
    },
}

impl Event {
    /// The records it names.
    #[must_use]
    pub fn tokens(&self) -> &[SubjectToken] {
        match self {
            Event::Members { tokens, .. }
            | Event::Bases { tokens, .. }
            | Event::Restricted { tokens, .. }
            | Event::Erased { tokens } => tokens,
            _ => &[],
        }
    }

    /// Whether sending must stop because of it, at once. What then becomes of copies, [`Event::removes_copies`] says.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.removes_copies() || matches!(self, Event::Restricted { on: true, .. })
    }

    /// Whether copies must go because of it: from the server, and from devices that have them only through what ended. A
    /// restriction (Art 18) freezes what is held: it stops sending and removes nothing.
    #[must_use]
    pub fn removes_copies(&self) -> bool {
        match self {
            Event::GrantWithdrawn { .. } | Event::Erased { .. } => true,
            Event::Bases { basis, .. } => basis.state != BasisState::Given,
            _ => false,
        }
    }

    /// Whether it says something that can be, by itself.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn check(&self) -> Result<()> {
        let invalid = |reason| Err(Error::Invalid { reason });
        match self {
            Event::GrantGiven(grant) => grant.check(),
            Event::Bases { basis, .. } if basis.expires_at.is_some_and(|end| end <= basis.obtained_at) => {
                invalid("a basis ends after it was obtained")
            }
            Event::Members { tokens, .. }
            | Event::Bases { tokens, .. }
            | Event::Restricted { tokens, .. }
            | Event::Erased { tokens } => {
                let names = tokens.iter().collect::<BTreeSet<_>>();
                if !(1..=MAX_TOKENS).contains(&tokens.len()) {
                    return invalid("an entry names between 1 and 2,000 records");
                }
                if names.len() == tokens.len() { Ok(()) } else { invalid("an entry names a record once") }
            }
            Event::DeviceRevoked { device, keys, .. } => {
                let devices = keys.iter().map(|key| key.device).collect::<BTreeSet<_>>();
                if devices.len() != keys.len() || devices.contains(device) {
                    return invalid("a new key goes once to each device that stays, and to no other");
                }
                Ok(())
            }
            Event::DeviceAdded(_) | Event::GrantWithdrawn { .. } => Ok(()),
        }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its number, from 1.
    pub seq: u64,
    /// The head before it.
    pub prev: Hash,
    /// When, by the device's clock, in milliseconds since 1970.
    pub at: i64,
    /// The device that made it.
    pub device: DeviceId,
    /// What happened.
    pub event: Event,
}

/// An entry with its device's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedEntry {
    /// The entry.
    pub entry: Entry,
    /// Over [`Entry::message`].
    pub signature: Signature,
}

impl Entry {
    /// What the device signs.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        [b"stillroom/1 ledger-entry ".as_slice(), &cbor::encode(self)].concat()
    }

    /// Whether it is dated at most five minutes ahead of `now_millis`. A server asks before it appends; a reader of what was
    /// appended does not, or a device with a slow clock could not read.
    ///
    /// # Errors
    /// [`Error::ClockAhead`].
    pub fn check_clock(&self, now_millis: i64) -> Result<()> {
        if self.at.saturating_sub(now_millis) > MAX_AHEAD_MILLIS { Err(Error::ClockAhead) } else { Ok(()) }
    }

    /// The ledger's head after this entry.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&[&self.prev.0, &cbor::encode(self)])
    }
}

impl SignedEntry {
    /// Checks the signature.
    ///
    /// # Errors
    /// [`Error::BadSignature`].
    pub fn verify(&self, key: &PublicKey) -> Result<()> {
        verify(key, &self.entry.message(), &self.signature)
    }
}

/// Where a ledger stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerHead {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The number of the last entry; 0 for none.
    pub seq: u64,
    /// The chain's hash after it.
    pub hash: Hash,
    /// When the server said so, in milliseconds since 1970.
    pub at: i64,
}

/// A head with the server's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedHead {
    /// The head.
    pub head: LedgerHead,
    /// Over [`LedgerHead::message`].
    pub signature: Signature,
}

impl LedgerHead {
    /// What the server signs.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        [b"stillroom/1 ledger-head ".as_slice(), &cbor::encode(self)].concat()
    }
}

impl SignedHead {
    /// Checks the signature.
    ///
    /// # Errors
    /// [`Error::BadSignature`].
    pub fn verify(&self, server_key: &PublicKey) -> Result<()> {
        verify(server_key, &self.head.message(), &self.signature)
    }
}

/// Checks an Ed25519 signature (RFC 8032), strictly: weak keys and other spellings of a signature are refused.
///
/// # Errors
/// [`Error::BadSignature`].
pub fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> Result<()> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key.0).map_err(|_| Error::BadSignature)?;
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    key.verify_strict(message, &signature).map_err(|_| Error::BadSignature)
}

impl SubjectBasis {
    /// A basis that holds from `obtained_at` on, without end or evidence.
    #[must_use]
    pub fn given(basis: LawfulBasis, method: BasisMethod, obtained_at: i64) -> Self {
        SubjectBasis {
            basis,
            state: BasisState::Given,
            method,
            evidence: None,
            notice: None,
            obtained_at,
            expires_at: None,
            gpc: false,
        }
    }
}
