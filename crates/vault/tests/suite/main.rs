//! What the vault promises, tested through its public interface.

mod backups;
mod common;
mod data_keys;
mod device_keys;
mod envelopes;
mod flips;
mod frozen;
mod frozen_sync;
mod pairing;
mod passphrases;
mod recovery_codes;
mod secrets;
mod sync_keys;
mod unlocking;
mod vectors;
