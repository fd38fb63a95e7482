//! A workspace in a folder of this machine: the database's file and two copies of the key record.
//!
//! The key record is sealed as everywhere; the database is a plain SQLite file that only its owner may read. Who needs it
//! encrypted at rest keeps the folder on an encrypted disk.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use stillroom_store::Store;

use super::{MemoryPlatform, Platform};
use crate::{
    failure::failure,
    protocol::{Failure, Storage},
};

/// The two copies of the key record.
const KEY_FILES: [&str; 2] = ["stillroom-keys-a.json", "stillroom-keys-b.json"];

/// A workspace in one folder.
#[derive(Debug)]
pub struct FolderPlatform {
    folder: PathBuf,
}

impl FolderPlatform {
    /// Takes `folder`, making it when it is not there; only its owner may look into a folder made here.
    ///
    /// # Errors
    /// `folder-unusable` when it cannot be made.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        if !folder.is_dir() {
            make_private(folder).map_err(|error| unusable(folder, &error))?;
        }
        Ok(Self { folder: folder.to_owned() })
    }

    fn write_durably(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let (path, draft) = (self.folder.join(name), self.folder.join(format!("{name}.new")));
        let mut file = fs::File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        fs::File::open(&self.folder)?.sync_all()
    }
}

impl Platform for FolderPlatform {
    fn fill_random(&mut self, bytes: &mut [u8]) -> Result<(), Failure> {
        MemoryPlatform::default().fill_random(bytes)
    }

    fn now_millis(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn storage(&self) -> Storage {
        Storage::Persistent
    }

    fn is_owned_elsewhere(&self) -> bool {
        false
    }

    fn read_key_records(&mut self) -> Result<[Vec<u8>; 2], Failure> {
        let read = |name: &str| match fs::read(self.folder.join(name)) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(unusable(&self.folder, &error)),
        };
        Ok([read(KEY_FILES[0])?, read(KEY_FILES[1])?])
    }

    fn write_key_record(&mut self, copy: usize, bytes: &[u8]) -> Result<(), Failure> {
        self.write_durably(KEY_FILES[copy], bytes).map_err(|error| unusable(&self.folder, &error))
    }

    fn open_database(&mut self, name: &str, _key: &[u8; 32]) -> Result<Store, Failure> {
        Ok(Store::open_file(self.folder.join(name))?)
    }

    fn remove_database(&mut self, name: &str) -> Result<(), Failure> {
        match fs::remove_file(self.folder.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unusable(&self.folder, &error)),
            _ => Ok(()),
        }
    }
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn unusable(folder: &Path, error: &std::io::Error) -> Failure {
    failure("folder-unusable", &format!("{}: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_there_for_the_next_process() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = folder.path().join("data");
        let mut first = FolderPlatform::open(&place).expect("a new folder");
        assert!(first.read_key_records().expect("readable").iter().all(Vec::is_empty));
        first.write_key_record(1, b"record").expect("writable");
        drop(first.open_database("w.db", &[0; 32]).expect("a new database"));
        drop(first);
        let mut second = FolderPlatform::open(&place).expect("the same folder");
        assert_eq!(second.read_key_records().expect("readable"), [vec![], b"record".to_vec()]);
        second.remove_database("w.db").expect("it is there");
        second.remove_database("w.db").expect("and gone is fine");
        #[cfg(unix)]
        {
            let mode =
                std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&place).expect("there").permissions());
            assert_eq!(mode & 0o777, 0o700);
        }
    }
}
