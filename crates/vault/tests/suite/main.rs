//! What the vault promises, tested through its public interface.

mod backups;
mod common;
mod envelopes;
mod flips;
mod frozen;
mod passphrases;
mod recovery_codes;
mod unlocking;
mod vectors;
