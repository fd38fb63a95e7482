//! What the engine needs from the outside, as one narrow trait: randomness, the time, two small files and a database.

#[cfg(not(target_family = "wasm"))]
mod folder;

use stillroom_store::Store;

use crate::protocol::{Failure, Storage};

#[cfg(not(target_family = "wasm"))]
pub use folder::FolderPlatform;

/// The outside world of one workspace.
pub trait Platform {
    /// Overwrites `bytes` with secure randomness.
    ///
    /// # Errors
    /// A failure when the platform has no secure source.
    fn fill_random(&mut self, bytes: &mut [u8]) -> Result<(), Failure>;

    /// Milliseconds since 1970-01-01 UTC.
    fn now_millis(&self) -> i64;

    /// Where what is written is kept.
    fn storage(&self) -> Storage;

    /// Another tab or process holds the workspace.
    fn is_owned_elsewhere(&self) -> bool;

    /// The two copies of the key record, as last written; empty when there is none.
    ///
    /// # Errors
    /// A failure when the place cannot be read.
    fn read_key_records(&mut self) -> Result<[Vec<u8>; 2], Failure>;

    /// Replaces one copy of the key record, durably.
    ///
    /// # Errors
    /// A failure when the place cannot be written.
    fn write_key_record(&mut self, copy: usize, bytes: &[u8]) -> Result<(), Failure>;

    /// Opens the database `name`, making it when it is not there.
    ///
    /// # Errors
    /// A failure when the key is wrong, or the file damaged or held elsewhere.
    fn open_database(&mut self, name: &str, key: &[u8; 32]) -> Result<Store, Failure>;

    /// Removes the database `name`.
    ///
    /// # Errors
    /// A failure when it cannot be removed.
    fn remove_database(&mut self, name: &str) -> Result<(), Failure>;
}

/// A workspace that lives as long as the process: tests, the command line, and browsers that keep nothing.
#[derive(Debug, Default)]
pub struct MemoryPlatform {
    key_records: [Vec<u8>; 2],
    now_millis: i64,
}

impl MemoryPlatform {
    /// A platform whose clock stands at `now_millis`.
    #[must_use]
    pub fn at(now_millis: i64) -> Self {
        Self { now_millis, ..Self::default() }
    }

    /// Sets the clock.
    pub fn set_now(&mut self, now_millis: i64) {
        self.now_millis = now_millis;
    }
}

impl Platform for MemoryPlatform {
    fn fill_random(&mut self, bytes: &mut [u8]) -> Result<(), Failure> {
        getrandom::fill(bytes)
            .map_err(|_| crate::failure::failure("no-entropy", "no secure random numbers are available"))
    }

    fn now_millis(&self) -> i64 {
        self.now_millis
    }

    fn storage(&self) -> Storage {
        Storage::Memory
    }

    fn is_owned_elsewhere(&self) -> bool {
        false
    }

    fn read_key_records(&mut self) -> Result<[Vec<u8>; 2], Failure> {
        Ok(self.key_records.clone())
    }

    fn write_key_record(&mut self, copy: usize, bytes: &[u8]) -> Result<(), Failure> {
        bytes.clone_into(&mut self.key_records[copy]);
        Ok(())
    }

    fn open_database(&mut self, _name: &str, _key: &[u8; 32]) -> Result<Store, Failure> {
        Ok(Store::open_memory()?)
    }

    fn remove_database(&mut self, _name: &str) -> Result<(), Failure> {
        Ok(())
    }
}
