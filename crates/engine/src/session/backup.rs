//! One sealed file that holds the whole workspace, and the way back from it.

use stillroom_vault::{
    self as vault, BackupLabel, KdfCost, NewBackup, NewPassphrase, read_backup, write_backup,
};

use super::{Answer, Session, keys::Randomness};
use crate::{
    failure::failure,
    platform::Platform,
    protocol::{BackupInfo, Failure},
};

/// The version of what a backup holds: a database image, which says its own schema version.
const BACKUP_VERSION: u32 = 1;

impl<P: Platform> Session<P> {
    /// Seals the database's image under `passphrase` and reads the file back before answering.
    pub(super) fn backup(&mut self, passphrase: &str) -> Result<Answer, Failure> {
        let record = self.record()?;
        let created_at_millis = u64::try_from(self.platform.now_millis()).unwrap_or_default();
        let image = self.store_for_write()?.export_image()?;
        let passphrase = NewPassphrase::check(passphrase, &[])?;
        let open =
            self.open.as_ref().ok_or_else(|| failure("locked", "the workspace is locked: open it first"))?;
        let new = NewBackup {
            label: BackupLabel {
                workspace_id: record.workspace_id(),
                created_at_millis,
                content_version: BACKUP_VERSION,
            },
            passphrase: Some(&passphrase),
            recovery_code: None,
            workspace_key: Some(&open.key),
            cost: KdfCost::STANDARD,
        };
        let (file, _) = write_backup(&new, &image, &mut Randomness(&mut self.platform))?;
        Answer::with_bytes(&BackupInfo { bytes: file.len() as u64, verified: true }, file)
    }

    /// Makes a workspace of a backup. What was here before goes only after the new one stands and checks out.
    ///
    /// # Errors
    /// The vault's error for a wrong passphrase or damaged file; the store's when the image does not check out.
    pub fn restore(&mut self, file: &[u8], passphrase: &str) -> Result<Answer, Failure> {
        let (image, _) = read_backup(file, |header| header.unlock_with_passphrase(passphrase))?;
        let checked = NewPassphrase::check(passphrase, &[])?;
        let previous = self.read_record()?;
        let now_millis = self.platform.now_millis();
        let created = vault::create(&checked, &mut Randomness(&mut self.platform))?;
        let mut store = self.open_store(&created.record, &created.key)?;
        if let Err(error) = store.import_image(&image, now_millis) {
            drop(store);
            self.remove_store(&created.record)?;
            return Err(error.into());
        }
        let code = created.recovery_code.to_text().to_string();
        self.install(created.record, created.key, store)?;
        if let Some(previous) = previous {
            self.remove_store(&previous)?;
        }
        Answer::of(&code)
    }
}
