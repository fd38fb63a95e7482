//! Creating a workspace's keys, opening them, and changing how they open. No change ever rewraps more than one slot.

use crate::entropy::Entropy;
use crate::error::{Damage, Error};
use crate::kdf::KdfCost;
use crate::keys::{Id16, WorkspaceKey};
use crate::passphrase::NewPassphrase;
use crate::record::KeyRecord;
use crate::recovery::RecoveryCode;
use crate::slots::{Owner, Slot, SlotKind, Wrapped, open_with_passphrase, open_with_recovery};

/// A workspace's keys just made.
#[derive(Debug)]
pub struct Created {
    /// To be stored, twice.
    pub record: KeyRecord,
    /// To be kept in the worker's memory until the workspace is locked.
    pub key: WorkspaceKey,
    /// To be shown once.
    pub recovery_code: RecoveryCode,
}

/// Makes the keys of a new workspace: a random workspace id and key, a passphrase slot and a recovery slot.
///
/// Takes about 0.3 s and 64 MiB; where the memory cannot be had, 19 MiB, and the record is marked
/// [reduced](KeyRecord::is_reduced).
///
/// # Errors
/// [`Error::NoEntropy`]; [`Error::NotEnoughMemory`] when even 19 MiB cannot be had.
pub fn create(passphrase: &NewPassphrase, entropy: &mut dyn Entropy) -> Result<Created, Error> {
    match create_with_cost(passphrase, KdfCost::STANDARD, entropy) {
        Err(Error::NotEnoughMemory) => create_with_cost(passphrase, KdfCost::REDUCED, entropy),
        result => result,
    }
}

/// Like [`create`], at a stated cost.
///
/// # Errors
/// As [`create`], and [`Error::WeakParameters`] or [`Error::CostlyParameters`] for a cost outside the limits.
pub fn create_with_cost(
    passphrase: &NewPassphrase,
    cost: KdfCost,
    entropy: &mut dyn Entropy,
) -> Result<Created, Error> {
    let workspace_id = Id16::draw(entropy)?;
    let key = WorkspaceKey::draw(entropy)?;
    let recovery_code = RecoveryCode::draw(entropy)?;
    let owner = Owner::Workspace(workspace_id);
    let slots = vec![
        Slot::for_passphrase(owner, key.expose(), passphrase.expose(), cost, entropy)?,
        Slot::for_recovery(owner, key.expose(), &recovery_code, entropy)?,
    ];
    let record = KeyRecord { workspace_id, key_id: key.key_id(), generation: 1, slots };
    Ok(Created { record, key, recovery_code })
}

/// Opens the workspace key with the passphrase. Takes as long as [`create`].
///
/// # Errors
/// [`Error::WrongPassphrase`]; [`Error::Damaged`] when the passphrase is right but the slot is not;
/// [`Error::WeakParameters`] or [`Error::CostlyParameters`] when the slot asks for an unacceptable derivation;
/// [`Error::NotEnoughMemory`]; [`Error::NoSuchSlot`].
pub fn unlock_with_passphrase(record: &KeyRecord, passphrase: &str) -> Result<WorkspaceKey, Error> {
    checked_key(record, &open_with_passphrase(&record.slots, record.owner(), passphrase)?)
}

/// Opens the workspace key with the recovery code, at once.
///
/// # Errors
/// [`Error::WrongRecoveryCode`], [`Error::Damaged`], [`Error::NoSuchSlot`].
pub fn unlock_with_recovery(record: &KeyRecord, code: &RecoveryCode) -> Result<WorkspaceKey, Error> {
    checked_key(record, &open_with_recovery(&record.slots, record.owner(), code)?)
}

/// Makes the record that opens with `new` instead of the present passphrase. Data is not touched.
///
/// The new slot is opened again from its stored form before it is returned. Store the result over the older copy and
/// keep the present record until that succeeded.
///
/// # Errors
/// [`Error::OtherKey`] when `key` is not the record's; [`Error::NoEntropy`]; [`Error::NotEnoughMemory`].
pub fn change_passphrase(
    record: &KeyRecord,
    key: &WorkspaceKey,
    new: &NewPassphrase,
    entropy: &mut dyn Entropy,
) -> Result<KeyRecord, Error> {
    match rewrap(record, key, new.expose(), KdfCost::STANDARD, entropy) {
        Err(Error::NotEnoughMemory) => rewrap(record, key, new.expose(), KdfCost::REDUCED, entropy),
        result => result,
    }
}

/// Makes the record whose passphrase slot has the standard cost, for a [reduced](KeyRecord::is_reduced) record whose
/// present passphrase was just typed.
///
/// # Errors
/// [`Error::WrongPassphrase`] when the passphrase does not open the record as it is, so that a typing mistake is never
/// made the passphrase; [`Error::NotEnoughMemory`] when 64 MiB still cannot be had; else as [`change_passphrase`].
pub fn strengthen_passphrase_slot(
    record: &KeyRecord,
    passphrase: &str,
    entropy: &mut dyn Entropy,
) -> Result<KeyRecord, Error> {
    let key = unlock_with_passphrase(record, passphrase)?;
    rewrap(record, &key, passphrase, KdfCost::STANDARD, entropy)
}

/// Makes the record that opens with a fresh recovery code; the present code opens it no more.
///
/// # Errors
/// [`Error::OtherKey`] when `key` is not the record's; [`Error::NoEntropy`].
pub fn replace_recovery_code(
    record: &KeyRecord,
    key: &WorkspaceKey,
    entropy: &mut dyn Entropy,
) -> Result<(KeyRecord, RecoveryCode), Error> {
    check_key(record, key)?;
    let code = RecoveryCode::draw(entropy)?;
    let changed = record.with_slot(Slot::for_recovery(record.owner(), key.expose(), &code, entropy)?);
    let reread = KeyRecord::from_json(&changed.to_json())?;
    unlock_with_recovery(&reread, &code)?;
    Ok((reread, code))
}

/// Makes the record without the slots of one kind.
///
/// # Errors
/// [`Error::NoSuchSlot`]; [`Error::LastSlot`] when nothing would be left that opens the workspace.
pub fn remove_slot(record: &KeyRecord, kind: SlotKind) -> Result<KeyRecord, Error> {
    let (removed, slots): (Vec<Slot>, Vec<Slot>) =
        record.slots.iter().cloned().partition(|slot| slot.kind() == kind);
    if removed.is_empty() {
        return Err(Error::NoSuchSlot);
    }
    if slots.is_empty() {
        return Err(Error::LastSlot);
    }
    Ok(KeyRecord { generation: record.generation.saturating_add(1), slots, ..record.clone() })
}

fn rewrap(
    record: &KeyRecord,
    key: &WorkspaceKey,
    passphrase: &str,
    cost: KdfCost,
    entropy: &mut dyn Entropy,
) -> Result<KeyRecord, Error> {
    check_key(record, key)?;
    let slot = Slot::for_passphrase(record.owner(), key.expose(), passphrase, cost, entropy)?;
    let reread = KeyRecord::from_json(&record.with_slot(slot).to_json())?;
    unlock_with_passphrase(&reread, passphrase)?;
    Ok(reread)
}

fn check_key(record: &KeyRecord, key: &WorkspaceKey) -> Result<(), Error> {
    if key.key_id() == record.key_id { Ok(()) } else { Err(Error::OtherKey) }
}

fn checked_key(record: &KeyRecord, secret: &Wrapped) -> Result<WorkspaceKey, Error> {
    let key = WorkspaceKey::from_bytes(**secret);
    check_key(record, &key).map_err(|_| Error::Damaged(Damage::Slot))?;
    Ok(key)
}
