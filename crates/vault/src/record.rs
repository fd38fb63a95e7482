//! The key record: what lies beside the database so that a passphrase or a recovery code can open it.
//!
//! It is a small JSON text with nothing secret in it, kept twice. A generation number says which copy is newer and a
//! checksum which one is whole; a change is written over the older copy, so a crash leaves one that works.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::encoding::{array_from_hex, hex_from_bytes};
use crate::error::{Damage, Error};
use crate::kdf::KdfCost;
use crate::keys::Id16;
use crate::slots::{Owner, Slot, SlotKind};

const FORMAT: &str = "stillroom-keys";
const VERSION: u32 = 1;

/// The slots that open one workspace, with the count of changes made to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    pub(crate) workspace_id: Id16,
    pub(crate) key_id: Id16,
    pub(crate) generation: u64,
    pub(crate) slots: Vec<Slot>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRecord {
    format: String,
    version: u32,
    workspace: String,
    key: String,
    generation: u64,
    slots: Vec<Slot>,
    checksum: String,
}

#[derive(Deserialize)]
struct StoredVersion {
    format: String,
    version: u32,
}

impl KeyRecord {
    /// The workspace that the record opens.
    pub fn workspace_id(&self) -> Id16 {
        self.workspace_id
    }

    /// The public name of the key that the slots wrap.
    pub fn key_id(&self) -> Id16 {
        self.key_id
    }

    /// How many times the record was written: 1 when created, one more after each change.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The ways of opening the workspace, in stored order.
    pub fn slot_kinds(&self) -> Vec<SlotKind> {
        self.slots.iter().map(Slot::kind).collect()
    }

    /// Whether the passphrase slot was made with less memory than usual and should be strengthened at the next unlock.
    pub fn is_reduced(&self) -> bool {
        self.slots.iter().filter_map(Slot::cost).any(|cost| {
            cost.memory_kib < KdfCost::STANDARD.memory_kib || cost.passes < KdfCost::STANDARD.passes
        })
    }

    /// The record as the text to store.
    pub fn to_json(&self) -> String {
        let mut stored = StoredRecord {
            format: FORMAT.to_owned(),
            version: VERSION,
            workspace: self.workspace_id.to_string(),
            key: self.key_id.to_string(),
            generation: self.generation,
            slots: self.slots.clone(),
            checksum: String::new(),
        };
        stored.checksum = checksum(&to_text(&stored));
        to_text(&stored)
    }

    /// Reads a stored record.
    ///
    /// Only the exact text that [`KeyRecord::to_json`] wrote is taken, so any changed bit is noticed.
    ///
    /// # Errors
    /// [`Error::UnknownVersion`] for a newer format, [`Error::Damaged`] for anything altered.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let damaged = Error::Damaged(Damage::Record);
        if let Ok(StoredVersion { format, version }) = serde_json::from_str(text)
            && format == FORMAT
            && version != VERSION
        {
            return Err(Error::UnknownVersion { found: version });
        }
        let stored: StoredRecord = serde_json::from_str(text).map_err(|_| damaged.clone())?;
        let record = Self {
            workspace_id: array_from_hex(&stored.workspace).map(Id16).ok_or(damaged.clone())?,
            key_id: array_from_hex(&stored.key).map(Id16).ok_or(damaged.clone())?,
            generation: stored.generation,
            slots: stored.slots,
        };
        if record.to_json() == text { Ok(record) } else { Err(damaged) }
    }

    /// Takes the newest whole record of the two stored copies, and says which one it was (0 or 1): write the next change
    /// over the other.
    ///
    /// # Errors
    /// [`Error::NoRecord`] when neither copy exists, otherwise what is wrong with the copies when none can be read.
    pub fn newest(copies: [Option<&str>; 2]) -> Result<(Self, usize), Error> {
        let [first, second] = copies.map(|copy| copy.map(Self::from_json));
        match (first, second) {
            (Some(Ok(first)), Some(Ok(second))) if second.generation > first.generation => Ok((second, 1)),
            (Some(Ok(first)), _) => Ok((first, 0)),
            (_, Some(Ok(second))) => Ok((second, 1)),
            (Some(Err(error)), _) | (None, Some(Err(error))) => Err(error),
            (None, None) => Err(Error::NoRecord),
        }
    }

    pub(crate) fn owner(&self) -> Owner {
        Owner::Workspace(self.workspace_id)
    }

    /// The record after one change: `slot` takes the place of the slot of its kind.
    pub(crate) fn with_slot(&self, slot: Slot) -> Self {
        let mut slots = self.slots.clone();
        match slots.iter_mut().find(|old| old.kind() == slot.kind()) {
            Some(old) => *old = slot,
            None => slots.push(slot),
        }
        Self { generation: self.generation.saturating_add(1), slots, ..self.clone() }
    }
}

fn to_text(stored: &StoredRecord) -> String {
    serde_json::to_string(stored).expect("strings, numbers and lists always have a JSON form")
}

fn checksum(text: &str) -> String {
    hex_from_bytes(&Sha256::digest(text.as_bytes()))
}
