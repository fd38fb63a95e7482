//! Making, opening and changing the workspace's keys.

use stillroom_store::Store;
use stillroom_vault::{self as vault, Entropy, KeyRecord, NewPassphrase, RecoveryCode, Subkey, WorkspaceKey};

use super::{Open, Session};
use crate::{
    failure::failure,
    platform::Platform,
    protocol::{Failure, PassphraseStrength, Secret, WorkspaceStatus},
};

/// A platform as a source of randomness for the vault.
pub(super) struct Randomness<'a, P>(pub(super) &'a mut P);

impl<P: Platform> Entropy for Randomness<'_, P> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), vault::Error> {
        self.0.fill_random(bytes).map_err(|_| vault::Error::NoEntropy)
    }
}

/// The strength of a passphrase as the page shows it.
pub(super) fn strength(passphrase: &str) -> PassphraseStrength {
    let strength = vault::strength(passphrase, &[]);
    PassphraseStrength {
        score: strength.score,
        acceptable: strength.is_acceptable,
        advice: strength.advice.iter().map(|advice| advice.code().to_owned()).collect(),
    }
}

/// The database's file name: a new one for each workspace, so that a restored one never overwrites.
fn database_name(record: &KeyRecord) -> String {
    format!("workspace-{}.db", record.workspace_id())
}

impl<P: Platform> Session<P> {
    /// Whether a workspace exists, is open, and where it is kept.
    pub(super) fn status(&mut self) -> Result<WorkspaceStatus, Failure> {
        let record = if self.platform.is_owned_elsewhere() { None } else { self.read_record()? };
        Ok(WorkspaceStatus {
            exists: record.is_some() || self.platform.is_owned_elsewhere(),
            unlocked: self.open.is_some(),
            owned_elsewhere: self.platform.is_owned_elsewhere(),
            storage: self.platform.storage(),
            reduced_strength: record.is_some_and(|record| record.is_reduced()),
        })
    }

    pub(super) fn suggest_passphrase(&mut self) -> Result<String, Failure> {
        Ok(vault::generate_passphrase(&mut Randomness(&mut self.platform))?.to_string())
    }

    /// Makes a workspace and opens it; the answer is its recovery code.
    pub(super) fn create(&mut self, passphrase: &str) -> Result<String, Failure> {
        if self.read_record()?.is_some() {
            return Err(failure("workspace-exists", "a workspace exists here: open it, or erase it first"));
        }
        let checked = NewPassphrase::check(passphrase, &[])?;
        let created = vault::create(&checked, &mut Randomness(&mut self.platform))?;
        let code = created.recovery_code.to_text().to_string();
        self.adopt(created.record, created.key)?;
        Ok(code)
    }

    /// Opens the workspace.
    pub(super) fn unlock(&mut self, secret: &Secret) -> Result<(), Failure> {
        let record = self.record()?;
        let key = match secret {
            Secret::Passphrase(typed) => vault::unlock_with_passphrase(&record, typed)?,
            Secret::RecoveryCode(typed) => {
                vault::unlock_with_recovery(&record, &RecoveryCode::parse(typed)?)?
            }
        };
        let store = self.open_store(&record, &key)?;
        self.open = Some(Open { store, key, syncing: None });
        self.open_syncing()?;
        if let Secret::Passphrase(typed) = secret {
            self.strengthen(&record, typed)?;
        }
        Ok(())
    }

    /// Rewraps a slot made with reduced memory, where the memory is there now.
    fn strengthen(&mut self, record: &KeyRecord, passphrase: &str) -> Result<(), Failure> {
        if !record.is_reduced() {
            return Ok(());
        }
        match vault::strengthen_passphrase_slot(record, passphrase, &mut Randomness(&mut self.platform)) {
            Ok(stronger) => self.write_record(&stronger),
            Err(vault::Error::NotEnoughMemory) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes the passphrase; the workspace stays open. The recovery code serves as `current` when the passphrase is lost.
    pub(super) fn change_passphrase(&mut self, current: &str, new: &str) -> Result<(), Failure> {
        let record = self.record()?;
        let new = NewPassphrase::check(new, &[])?;
        let key = unlock_with_either(&record, current)?;
        let changed = vault::change_passphrase(&record, &key, &new, &mut Randomness(&mut self.platform))?;
        self.write_record(&changed)
    }

    /// Makes a new recovery code.
    pub(super) fn replace_recovery_code(&mut self, passphrase: &str) -> Result<String, Failure> {
        let record = self.record()?;
        let key = vault::unlock_with_passphrase(&record, passphrase)?;
        let (changed, code) =
            vault::replace_recovery_code(&record, &key, &mut Randomness(&mut self.platform))?;
        self.write_record(&changed)?;
        Ok(code.to_text().to_string())
    }

    /// Removes the workspace. The keys go first: without them what is left of the database is unreadable.
    pub(super) fn erase(&mut self) -> Result<(), Failure> {
        let record = self.read_record().ok().flatten();
        self.open = None;
        self.importing = None;
        self.last = None;
        self.recommender = None;
        self.offer = None;
        self.views.clear();
        self.platform.write_key_record(0, &[])?;
        self.platform.write_key_record(1, &[])?;
        self.record = None;
        match record {
            Some(record) => self.platform.remove_database(&database_name(&record)),
            None => Ok(()),
        }
    }

    /// Opens a fresh database for `record` and makes it this device's workspace once it is there.
    pub(super) fn adopt(&mut self, record: KeyRecord, key: WorkspaceKey) -> Result<(), Failure> {
        let store = self.open_store(&record, &key)?;
        self.install(record, key, store)
    }

    /// Makes `store` this device's workspace. From the first written key record on it is the one that opens.
    pub(super) fn install(
        &mut self,
        record: KeyRecord,
        key: WorkspaceKey,
        store: Store,
    ) -> Result<(), Failure> {
        self.platform.write_key_record(0, record.to_json().as_bytes())?;
        self.platform.write_key_record(1, record.to_json().as_bytes())?;
        self.record = Some(record);
        self.views.clear();
        self.last = None;
        self.recommender = None;
        self.open = Some(Open { store, key, syncing: None });
        Ok(())
    }

    pub(super) fn open_store(&mut self, record: &KeyRecord, key: &WorkspaceKey) -> Result<Store, Failure> {
        let database_key = key.subkey(Subkey::Database);
        self.platform.open_database(&database_name(record), database_key.expose())
    }

    pub(super) fn remove_store(&mut self, record: &KeyRecord) -> Result<(), Failure> {
        self.platform.remove_database(&database_name(record))
    }

    /// The key record; a failure when there is none.
    pub(super) fn record(&mut self) -> Result<KeyRecord, Failure> {
        self.read_record()?.ok_or_else(|| vault::Error::NoRecord.into())
    }

    pub(super) fn read_record(&mut self) -> Result<Option<KeyRecord>, Failure> {
        if self.record.is_none() {
            let copies = self.platform.read_key_records()?;
            self.record = newest(&copies)?.map(|(record, _)| record);
        }
        Ok(self.record.clone())
    }

    /// Writes a changed record over the older copy, then over the other.
    fn write_record(&mut self, record: &KeyRecord) -> Result<(), Failure> {
        let copies = self.platform.read_key_records()?;
        let newest_copy = newest(&copies)?.map_or(1, |(_, copy)| copy);
        for copy in [1 - newest_copy, newest_copy] {
            self.platform.write_key_record(copy, record.to_json().as_bytes())?;
        }
        self.record = Some(record.clone());
        Ok(())
    }
}

fn unlock_with_either(record: &KeyRecord, typed: &str) -> Result<WorkspaceKey, vault::Error> {
    vault::unlock_with_passphrase(record, typed).or_else(|error| {
        let key = RecoveryCode::parse(typed).and_then(|code| vault::unlock_with_recovery(record, &code));
        key.map_err(|_| error)
    })
}

/// The newest whole record of two copies, and which copy it was.
fn newest(copies: &[Vec<u8>; 2]) -> Result<Option<(KeyRecord, usize)>, Failure> {
    let texts = [0, 1]
        .map(|copy| (!copies[copy].is_empty()).then(|| String::from_utf8_lossy(&copies[copy]).into_owned()));
    match KeyRecord::newest([texts[0].as_deref(), texts[1].as_deref()]) {
        Ok(newest) => Ok(Some(newest)),
        Err(vault::Error::NoRecord) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
