//! Slots: one secret key wrapped once for every way of opening it.
//!
//! A workspace's record and a backup's header hold the same kind of slots; what they wrap is bound to its [`Owner`], so a
//! slot cannot be moved from one to the other.

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::encoding::{array_from_hex, bytes_from_hex, hex_from_bytes};
use crate::entropy::{Entropy, draw};
use crate::envelope::{open, seal};
use crate::error::{Damage, Error};
use crate::kdf::{KdfCost, SlotKeys, slot_keys_from_passphrase};
use crate::keys::{Id16, SealingKey, derive};
use crate::place::{Namespace, Place, Position};
use crate::recovery::RecoveryCode;

const SCHEMA_VERSION: u32 = 1;

/// A way of opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotKind {
    /// With a passphrase, through Argon2id.
    Passphrase,
    /// With the printed recovery code, through HKDF.
    Recovery,
    /// With the key of the workspace that made a backup. Only in backups.
    Workspace,
}

impl SlotKind {
    fn name(self) -> &'static str {
        match self {
            Self::Passphrase => "passphrase",
            Self::Recovery => "recovery",
            Self::Workspace => "workspace",
        }
    }
}

/// What a slot belongs to.
#[derive(Clone, Copy)]
pub(crate) enum Owner {
    Workspace(Id16),
    Backup { workspace_id: Id16, backup_id: Id16 },
}

impl Owner {
    fn workspace_id(self) -> Id16 {
        match self {
            Self::Workspace(workspace_id) | Self::Backup { workspace_id, .. } => workspace_id,
        }
    }

    fn object_id(self, kind: SlotKind) -> Vec<u8> {
        let (scope, id) = match self {
            Self::Workspace(workspace_id) => ("workspace/", workspace_id),
            Self::Backup { backup_id, .. } => ("backup/", backup_id),
        };
        [scope.as_bytes(), kind.name().as_bytes(), b"/", &id.0].concat()
    }
}

/// One slot as it is stored. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Slot {
    Passphrase { memory_kib: u32, passes: u32, lanes: u32, salt: String, commitment: String, wrapped: String },
    Recovery { salt: String, commitment: String, wrapped: String },
    Workspace { wrapped: String },
}

/// The secret 32 bytes that a slot wraps.
pub(crate) type Wrapped = Zeroizing<[u8; 32]>;

impl Slot {
    pub(crate) fn kind(&self) -> SlotKind {
        match self {
            Self::Passphrase { .. } => SlotKind::Passphrase,
            Self::Recovery { .. } => SlotKind::Recovery,
            Self::Workspace { .. } => SlotKind::Workspace,
        }
    }

    pub(crate) fn cost(&self) -> Option<KdfCost> {
        match *self {
            Self::Passphrase { memory_kib, passes, lanes, .. } => Some(KdfCost { memory_kib, passes, lanes }),
            Self::Recovery { .. } | Self::Workspace { .. } => None,
        }
    }

    /// Wraps `secret` for a passphrase at the given cost.
    pub(crate) fn for_passphrase(
        owner: Owner,
        secret: &[u8; 32],
        passphrase: &str,
        cost: KdfCost,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, Error> {
        let salt = draw(entropy)?;
        let keys = slot_keys_from_passphrase(passphrase, &salt, cost)?;
        Ok(Self::Passphrase {
            memory_kib: cost.memory_kib,
            passes: cost.passes,
            lanes: cost.lanes,
            salt: hex_from_bytes(&salt),
            commitment: hex_from_bytes(&keys.commitment.0),
            wrapped: wrap(owner, SlotKind::Passphrase, &keys.wrap, secret, entropy)?,
        })
    }

    /// Wraps `secret` for a recovery code.
    pub(crate) fn for_recovery(
        owner: Owner,
        secret: &[u8; 32],
        code: &RecoveryCode,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, Error> {
        let salt = draw(entropy)?;
        let keys = slot_keys_from_code(code, &salt);
        Ok(Self::Recovery {
            salt: hex_from_bytes(&salt),
            commitment: hex_from_bytes(&keys.commitment.0),
            wrapped: wrap(owner, SlotKind::Recovery, &keys.wrap, secret, entropy)?,
        })
    }

    /// Wraps `secret` for another key of 256 random bits.
    pub(crate) fn for_workspace(
        owner: Owner,
        secret: &[u8; 32],
        key: &SealingKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, Error> {
        Ok(Self::Workspace { wrapped: wrap(owner, SlotKind::Workspace, key, secret, entropy)? })
    }
}

/// Opens the passphrase slot among `slots`.
pub(crate) fn open_with_passphrase(slots: &[Slot], owner: Owner, passphrase: &str) -> Result<Wrapped, Error> {
    let found = slots.iter().find_map(|slot| match slot {
        Slot::Passphrase { salt, commitment, wrapped, .. } => Some((slot.cost()?, salt, commitment, wrapped)),
        Slot::Recovery { .. } | Slot::Workspace { .. } => None,
    });
    let (cost, salt, commitment, wrapped) = found.ok_or(Error::NoSuchSlot)?;
    let salt = array_from_hex(salt).ok_or(Error::Damaged(Damage::Slot))?;
    let keys = slot_keys_from_passphrase(passphrase, &salt, cost)?;
    open_committed(owner, SlotKind::Passphrase, &keys, commitment, wrapped, Error::WrongPassphrase)
}

/// Opens the recovery slot among `slots`.
pub(crate) fn open_with_recovery(
    slots: &[Slot],
    owner: Owner,
    code: &RecoveryCode,
) -> Result<Wrapped, Error> {
    let found = slots.iter().find_map(|slot| match slot {
        Slot::Recovery { salt, commitment, wrapped } => Some((salt, commitment, wrapped)),
        Slot::Passphrase { .. } | Slot::Workspace { .. } => None,
    });
    let (salt, commitment, wrapped) = found.ok_or(Error::NoSuchSlot)?;
    let salt = array_from_hex(salt).ok_or(Error::Damaged(Damage::Slot))?;
    let keys = slot_keys_from_code(code, &salt);
    open_committed(owner, SlotKind::Recovery, &keys, commitment, wrapped, Error::WrongRecoveryCode)
}

/// Opens the workspace slot among `slots`.
pub(crate) fn open_with_workspace(slots: &[Slot], owner: Owner, key: &SealingKey) -> Result<Wrapped, Error> {
    let found = slots.iter().find_map(|slot| match slot {
        Slot::Workspace { wrapped } => Some(wrapped),
        Slot::Passphrase { .. } | Slot::Recovery { .. } => None,
    });
    unwrap(owner, SlotKind::Workspace, key, found.ok_or(Error::NoSuchSlot)?)
}

fn open_committed(
    owner: Owner,
    kind: SlotKind,
    keys: &SlotKeys,
    commitment: &str,
    wrapped: &str,
    wrong: Error,
) -> Result<Wrapped, Error> {
    let stored: [u8; 32] = array_from_hex(commitment).ok_or(Error::Damaged(Damage::Slot))?;
    if !bool::from(stored.ct_eq(&keys.commitment.0)) {
        return Err(wrong);
    }
    unwrap(owner, kind, &keys.wrap, wrapped).map_err(|_| Error::Damaged(Damage::Slot))
}

fn slot_keys_from_code(code: &RecoveryCode, salt: &[u8; 16]) -> SlotKeys {
    let mut bytes = Zeroizing::new([0; 64]);
    derive(code.expose(), Some(salt), "recovery-slot", bytes.as_mut_slice());
    SlotKeys::from_bytes(&bytes)
}

fn wrap(
    owner: Owner,
    kind: SlotKind,
    key: &SealingKey,
    secret: &[u8; 32],
    entropy: &mut dyn Entropy,
) -> Result<String, Error> {
    let object_id = owner.object_id(kind);
    seal(key, &slot_place(owner, &object_id), secret, entropy).map(|sealed| hex_from_bytes(&sealed))
}

fn unwrap(owner: Owner, kind: SlotKind, key: &SealingKey, wrapped: &str) -> Result<Wrapped, Error> {
    let sealed = bytes_from_hex(wrapped).ok_or(Error::Damaged(Damage::Slot))?;
    let object_id = owner.object_id(kind);
    let opened = open(key, &slot_place(owner, &object_id), &sealed)?;
    let mut secret = Zeroizing::new([0; 32]);
    if opened.len() != secret.len() {
        return Err(Error::Damaged(Damage::Slot));
    }
    secret.copy_from_slice(&opened);
    Ok(secret)
}

fn slot_place(owner: Owner, object_id: &[u8]) -> Place<'_> {
    Place {
        namespace: Namespace::Slot,
        workspace_id: owner.workspace_id(),
        object_id,
        schema_version: SCHEMA_VERSION,
        position: Position::Single,
    }
}
