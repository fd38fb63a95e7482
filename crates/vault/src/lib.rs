//! Keys and sealing: slots, derivation, the recovery code, the sealed envelope, the backup file and the keys of sync.
//!
//! A workspace is opened by one random [`WorkspaceKey`]. The key is kept only wrapped, in the slots of a small
//! [`KeyRecord`] that lies beside the database: one slot opens with the passphrase, one with the printed
//! [`RecoveryCode`]. Everything that leaves the database sealed uses one [envelope](seal), bound to its [`Place`] so that
//! parts cannot be swapped, moved, dropped or replayed; a [backup](BackupWriter) is a chain of such envelopes behind a
//! header with slots of its own.
//!
//! What syncs is sealed in four layers. [`SyncKeys`] hold a sync key for every epoch, and the key that turns record ids
//! into subject tokens; a sync key wraps each record's [data key](draw_data_key); a data key
//! [seals the content](seal_operation) of the record's operations. Devices sign and are sent keys with their own
//! [`DeviceKeys`]; a new one is handed the sync keys in a [`PairBundle`] sealed under a [`PairingSecret`]. Nothing here
//! knows the protocol: places, numbers and bytes are the caller's.
//!
//! This room is pure: it reads no clock, opens no file, and draws randomness only from the [`Entropy`] it is given.
//! Types that hold a secret are wiped when dropped, cannot be cloned, and print no content.
//!
//! ```
//! use stillroom_vault::{NewPassphrase, create, unlock_with_passphrase};
//! # let mut counter = 0u8;
//! # let mut entropy = |bytes: &mut [u8]| { bytes.fill_with(|| { counter = counter.wrapping_mul(5).wrapping_add(1); counter }); Ok(()) };
//! let passphrase = NewPassphrase::check("seven grey herons over Linz", &[])?;
//! let created = create(&passphrase, &mut entropy)?;
//! let stored = created.record.to_json();
//!
//! let record = stillroom_vault::KeyRecord::from_json(&stored)?;
//! let key = unlock_with_passphrase(&record, "seven grey herons over Linz")?;
//! assert_eq!(key.key_id(), created.key.key_id());
//! # Ok::<(), stillroom_vault::Error>(())
//! ```

mod backup;
mod backup_header;
mod cbor;
mod data_keys;
mod device_keys;
mod encoding;
mod entropy;
mod envelope;
mod error;
mod for_device;
mod guesses;
mod home;
mod kdf;
mod keys;
mod operation;
mod padding;
mod pair_bundle;
mod pairing;
mod passphrase;
mod place;
mod record;
mod recovery;
mod slots;
mod spelling;
mod sync_keys;
mod unlock;
mod words;

pub use backup::{BackupReader, BackupSummary, BackupWriter, read_backup, write_backup};
pub use backup_header::{BackupHeader, BackupLabel, NewBackup};
pub use data_keys::draw_data_key;
pub use device_keys::{DeviceKeys, verify_signature};
pub use entropy::Entropy;
pub use envelope::{Opened, SEAL_OVERHEAD, open, seal};
pub use error::{Damage, Error};
pub use for_device::{seal_epoch_for_device, seal_for_device};
pub use kdf::KdfCost;
pub use keys::{Id16, SealingKey, Subkey, WorkspaceKey};
pub use operation::{open_operation, seal_operation};
pub use padding::padded_len;
pub use pair_bundle::PairBundle;
pub use pairing::PairingSecret;
pub use passphrase::{
    Advice, GENERATED_BITS, MIN_CHARS, MIN_SCORE, NewPassphrase, Strength, generate_passphrase, strength,
};
pub use place::{Namespace, Place, Position};
pub use record::KeyRecord;
pub use recovery::RecoveryCode;
pub use slots::SlotKind;
pub use sync_keys::SyncKeys;
pub use unlock::{
    Created, change_passphrase, create, create_with_cost, remove_slot, replace_recovery_code,
    strengthen_passphrase_slot, unlock_with_passphrase, unlock_with_recovery,
};
