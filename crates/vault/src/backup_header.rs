//! The start of a backup file: what it is, and the slots that open it on any machine.
//!
//! `"SRBK" | version = 1 | length (four bytes, big end first) | JSON`. The JSON has nothing secret in it. Every chunk
//! behind it is bound to the hash of these bytes, so a header cannot be exchanged.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::encoding::{array_from_hex, hex_from_bytes};
use crate::entropy::Entropy;
use crate::error::{Damage, Error};
use crate::kdf::KdfCost;
use crate::keys::{Id16, SealingKey, Subkey, WorkspaceKey};
use crate::passphrase::NewPassphrase;
use crate::recovery::RecoveryCode;
use crate::slots::{
    Owner, Slot, SlotKind, Wrapped, open_with_passphrase, open_with_recovery, open_with_workspace,
};

const MAGIC: &[u8; 4] = b"SRBK";
const VERSION: u8 = 1;
const PREFIX_LEN: usize = 9;
const MAX_JSON_LEN: usize = 16 * 1024;

/// What a backup says about itself before it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupLabel {
    /// The workspace it was made of.
    pub workspace_id: Id16,
    /// When it was made, in milliseconds since 1970 in UTC, by the maker's clock.
    pub created_at_millis: u64,
    /// The version of the content's own format, for example the database schema's.
    pub content_version: u32,
}

/// What a new backup is made with. At least one of passphrase and recovery code is needed.
#[derive(Debug)]
pub struct NewBackup<'a> {
    /// What it says about itself.
    pub label: BackupLabel,
    /// The passphrase that opens it; it may differ from the workspace's.
    pub passphrase: Option<&'a NewPassphrase>,
    /// The recovery code that opens it.
    pub recovery_code: Option<&'a RecoveryCode>,
    /// The workspace whose key opens it without typing, on the device that made it.
    pub workspace_key: Option<&'a WorkspaceKey>,
    /// What guessing the passphrase costs; the reduced cost is taken where the memory of the standard one cannot be had.
    pub cost: KdfCost,
}

/// The head of a backup file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupHeader {
    label: BackupLabel,
    backup_id: Id16,
    key_id: Id16,
    slots: Vec<Slot>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredHeader {
    workspace: String,
    backup: String,
    key: String,
    created_at_millis: u64,
    content_version: u32,
    slots: Vec<Slot>,
    checksum: String,
}

impl BackupHeader {
    /// Draws the key of a new backup and wraps it in the slots asked for.
    ///
    /// # Errors
    /// [`Error::LastSlot`] when neither passphrase nor recovery code is given; [`Error::NoEntropy`];
    /// [`Error::NotEnoughMemory`]; [`Error::WeakParameters`] or [`Error::CostlyParameters`] for an unacceptable cost.
    pub fn create(new: &NewBackup<'_>, entropy: &mut dyn Entropy) -> Result<(Self, SealingKey), Error> {
        if new.passphrase.is_none() && new.recovery_code.is_none() {
            return Err(Error::LastSlot);
        }
        let key = SealingKey::draw(entropy)?;
        let backup_id = Id16::draw(entropy)?;
        let owner = Owner::Backup { workspace_id: new.label.workspace_id, backup_id };
        let mut slots = Vec::new();
        if let Some(passphrase) = new.passphrase {
            slots.push(passphrase_slot(owner, &key, passphrase, new.cost, entropy)?);
        }
        if let Some(code) = new.recovery_code {
            slots.push(Slot::for_recovery(owner, key.expose(), code, entropy)?);
        }
        if let Some(workspace_key) = new.workspace_key {
            slots.push(Slot::for_workspace(
                owner,
                key.expose(),
                &workspace_key.subkey(Subkey::Backup),
                entropy,
            )?);
        }
        Ok((Self { label: new.label, backup_id, key_id: key.key_id(), slots }, key))
    }

    /// What the backup says about itself. Altered labels are noticed only when chunks are read.
    pub fn label(&self) -> BackupLabel {
        self.label
    }

    /// The ways of opening the backup.
    pub fn slot_kinds(&self) -> Vec<SlotKind> {
        self.slots.iter().map(Slot::kind).collect()
    }

    /// Opens the backup's key with its passphrase.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`], [`Error::NoSuchSlot`], [`Error::Damaged`], [`Error::WeakParameters`],
    /// [`Error::CostlyParameters`], [`Error::NotEnoughMemory`].
    pub fn unlock_with_passphrase(&self, passphrase: &str) -> Result<SealingKey, Error> {
        self.checked_key(&open_with_passphrase(&self.slots, self.owner(), passphrase)?)
    }

    /// Opens the backup's key with its recovery code.
    ///
    /// # Errors
    /// [`Error::WrongRecoveryCode`], [`Error::NoSuchSlot`], [`Error::Damaged`].
    pub fn unlock_with_recovery(&self, code: &RecoveryCode) -> Result<SealingKey, Error> {
        self.checked_key(&open_with_recovery(&self.slots, self.owner(), code)?)
    }

    /// Opens the backup's key with the key of the workspace that made it.
    ///
    /// # Errors
    /// [`Error::OtherKey`] when another workspace made it, [`Error::NoSuchSlot`], [`Error::Damaged`].
    pub fn unlock_with_workspace(&self, key: &WorkspaceKey) -> Result<SealingKey, Error> {
        self.checked_key(&open_with_workspace(&self.slots, self.owner(), &key.subkey(Subkey::Backup))?)
    }

    /// The bytes that a backup file starts with.
    pub fn to_bytes(&self) -> Vec<u8> {
        let json = self.to_json();
        let len = u32::try_from(json.len()).expect("three slots are far below 16 KiB");
        [MAGIC, [VERSION].as_slice(), &len.to_be_bytes(), json.as_bytes()].concat()
    }

    /// Reads the start of a backup file; says also how many bytes it took. Bytes after it are not looked at.
    ///
    /// # Errors
    /// [`Error::NotABackup`], [`Error::UnknownVersion`], [`Error::BackupTruncated`], [`Error::Damaged`].
    pub fn read(file_start: &[u8]) -> Result<(Self, usize), Error> {
        let seen = file_start.len().min(MAGIC.len());
        if file_start[..seen] != MAGIC[..seen] {
            return Err(Error::NotABackup);
        }
        let (prefix, rest) = file_start.split_first_chunk::<PREFIX_LEN>().ok_or(Error::BackupTruncated)?;
        let [_, _, _, _, version, len @ ..] = *prefix;
        if version != VERSION {
            return Err(Error::UnknownVersion { found: u32::from(version) });
        }
        let damaged = Error::Damaged(Damage::BackupHeader);
        let len = usize::try_from(u32::from_be_bytes(len)).map_err(|_| damaged.clone())?;
        if len > MAX_JSON_LEN {
            return Err(damaged);
        }
        let json = rest.get(..len).ok_or(Error::BackupTruncated)?;
        let text = std::str::from_utf8(json).map_err(|_| damaged.clone())?;
        Ok((Self::from_json(text).ok_or(damaged)?, PREFIX_LEN + len))
    }

    pub(crate) fn key_id(&self) -> Id16 {
        self.key_id
    }

    /// What the chunks are bound to.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.to_bytes()).into()
    }

    fn owner(&self) -> Owner {
        Owner::Backup { workspace_id: self.label.workspace_id, backup_id: self.backup_id }
    }

    fn checked_key(&self, secret: &Wrapped) -> Result<SealingKey, Error> {
        let key = SealingKey::from_bytes(**secret);
        if key.key_id() == self.key_id { Ok(key) } else { Err(Error::Damaged(Damage::Slot)) }
    }

    fn to_json(&self) -> String {
        let mut stored = StoredHeader {
            workspace: self.label.workspace_id.to_string(),
            backup: self.backup_id.to_string(),
            key: self.key_id.to_string(),
            created_at_millis: self.label.created_at_millis,
            content_version: self.label.content_version,
            slots: self.slots.clone(),
            checksum: String::new(),
        };
        stored.checksum = hex_from_bytes(&Sha256::digest(to_text(&stored).as_bytes()));
        to_text(&stored)
    }

    /// Takes only the exact text that [`BackupHeader::to_json`] writes.
    fn from_json(text: &str) -> Option<Self> {
        let stored: StoredHeader = serde_json::from_str(text).ok()?;
        let label = BackupLabel {
            workspace_id: array_from_hex(&stored.workspace).map(Id16)?,
            created_at_millis: stored.created_at_millis,
            content_version: stored.content_version,
        };
        let backup_id = array_from_hex(&stored.backup).map(Id16)?;
        let key_id = array_from_hex(&stored.key).map(Id16)?;
        let header = Self { label, backup_id, key_id, slots: stored.slots };
        (header.to_json() == text).then_some(header)
    }
}

fn to_text(stored: &StoredHeader) -> String {
    serde_json::to_string(stored).expect("strings, numbers and lists always have a JSON form")
}

fn passphrase_slot(
    owner: Owner,
    key: &SealingKey,
    passphrase: &NewPassphrase,
    cost: KdfCost,
    entropy: &mut dyn Entropy,
) -> Result<Slot, Error> {
    match Slot::for_passphrase(owner, key.expose(), passphrase.expose(), cost, entropy) {
        Err(Error::NotEnoughMemory) if cost != KdfCost::REDUCED => {
            Slot::for_passphrase(owner, key.expose(), passphrase.expose(), KdfCost::REDUCED, entropy)
        }
        result => result,
    }
}
