//! The browser as the engine's platform: two small key files and a pool of database files in the origin's private file
//! system, or memory where the browser refuses it.

use js_sys::Uint8Array;
use stillroom_engine::{
    failure::failure,
    platform::{MemoryPlatform, Platform},
    protocol::{Failure, Storage},
};
use stillroom_store::{Error, Store, browser::Pool};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetFileOptions, FileSystemReadWriteOptions,
    FileSystemSyncAccessHandle, StorageManager,
};

/// The pool's directory.
const DIRECTORY: &str = "stillroom";
/// The two copies of the key record.
const KEY_FILES: [&str; 2] = ["stillroom-keys-a.json", "stillroom-keys-b.json"];

/// Where this worker keeps the workspace.
pub(crate) enum Browser {
    /// On the device.
    Device { pool: Pool, keys: [FileSystemSyncAccessHandle; 2], is_persistent: bool },
    /// Another tab holds the files.
    OwnedElsewhere,
    /// Nowhere: gone with the tab.
    Memory(MemoryPlatform),
}

impl Browser {
    /// Takes hold of the files, or finds out why that cannot be.
    pub(crate) async fn start() -> Self {
        let keys = match open_keys().await {
            Ok(keys) => keys,
            Err(exception) if is_held(&exception) => return Self::OwnedElsewhere,
            Err(_) => return Self::Memory(MemoryPlatform::default()),
        };
        match Pool::install(DIRECTORY).await {
            Ok(pool) => Self::Device { pool, keys, is_persistent: is_persisted().await },
            Err(error) => {
                keys.iter().for_each(FileSystemSyncAccessHandle::close);
                match error {
                    Error::OwnedElsewhere => Self::OwnedElsewhere,
                    _ => Self::Memory(MemoryPlatform::default()),
                }
            }
        }
    }

    /// Notes whether the browser keeps the files: the user may have allowed it meanwhile.
    pub(crate) fn set_persistent(&mut self, persistent: bool) {
        if let Self::Device { is_persistent, .. } = self {
            *is_persistent = persistent;
        }
    }
}

impl Platform for Browser {
    fn fill_random(&mut self, bytes: &mut [u8]) -> Result<(), Failure> {
        MemoryPlatform::default().fill_random(bytes)
    }

    fn now_millis(&self) -> i64 {
        js_sys::Date::now() as i64
    }

    fn storage(&self) -> Storage {
        match self {
            Self::Device { is_persistent: true, .. } => Storage::Persistent,
            Self::Device { .. } | Self::OwnedElsewhere => Storage::BestEffort,
            Self::Memory(_) => Storage::Memory,
        }
    }

    fn is_owned_elsewhere(&self) -> bool {
        matches!(self, Self::OwnedElsewhere)
    }

    fn read_key_records(&mut self) -> Result<[Vec<u8>; 2], Failure> {
        match self {
            Self::Device { keys: [first, second], .. } => Ok([read(first)?, read(second)?]),
            Self::Memory(memory) => memory.read_key_records(),
            Self::OwnedElsewhere => Err(owned_elsewhere()),
        }
    }

    fn write_key_record(&mut self, copy: usize, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Device { keys, .. } => write(&keys[copy], bytes),
            Self::Memory(memory) => memory.write_key_record(copy, bytes),
            Self::OwnedElsewhere => Err(owned_elsewhere()),
        }
    }

    fn open_database(&mut self, name: &str, key: &[u8; 32]) -> Result<Store, Failure> {
        match self {
            Self::Device { pool, .. } => Ok(Store::open_encrypted(pool, name, key)?),
            Self::Memory(memory) => memory.open_database(name, key),
            Self::OwnedElsewhere => Err(owned_elsewhere()),
        }
    }

    fn remove_database(&mut self, name: &str) -> Result<(), Failure> {
        match self {
            Self::Device { pool, .. } => Ok(pool.remove(name)?),
            Self::Memory(memory) => memory.remove_database(name),
            Self::OwnedElsewhere => Err(owned_elsewhere()),
        }
    }
}

fn owned_elsewhere() -> Failure {
    failure("owned-elsewhere", "the workspace is open in another tab: use it there or take it over")
}

fn storage_manager() -> StorageManager {
    crate::messages::scope().navigator().storage()
}

/// Whether the browser keeps this origin's files until the user removes them.
pub(crate) async fn is_persisted() -> bool {
    match storage_manager().persisted() {
        Ok(promise) => JsFuture::from(promise).await.is_ok_and(|persisted| persisted.is_truthy()),
        Err(_) => false,
    }
}

async fn open_keys() -> Result<[FileSystemSyncAccessHandle; 2], JsValue> {
    let directory: FileSystemDirectoryHandle =
        JsFuture::from(storage_manager().get_directory()).await?.dyn_into()?;
    let first = open_key(&directory, KEY_FILES[0]).await?;
    match open_key(&directory, KEY_FILES[1]).await {
        Ok(second) => Ok([first, second]),
        Err(exception) => {
            first.close();
            Err(exception)
        }
    }
}

async fn open_key(
    directory: &FileSystemDirectoryHandle,
    name: &str,
) -> Result<FileSystemSyncAccessHandle, JsValue> {
    let options = FileSystemGetFileOptions::new();
    options.set_create(true);
    let file = JsFuture::from(directory.get_file_handle_with_options(name, &options)).await?;
    let file: FileSystemFileHandle = file.dyn_into()?;
    JsFuture::from(file.create_sync_access_handle()).await?.dyn_into()
}

fn is_held(exception: &JsValue) -> bool {
    crate::messages::field(exception, "name").as_string().as_deref() == Some("NoModificationAllowedError")
}

fn read(file: &FileSystemSyncAccessHandle) -> Result<Vec<u8>, Failure> {
    let size = file.get_size().map_err(unreachable_keys)?;
    let bytes = Uint8Array::new_with_length(size as u32);
    file.read_with_buffer_source_and_options(&bytes, &from_start()).map_err(unreachable_keys)?;
    Ok(bytes.to_vec())
}

/// Writes the whole file and waits until it lies on the device.
fn write(file: &FileSystemSyncAccessHandle, bytes: &[u8]) -> Result<(), Failure> {
    file.truncate_with_u32(0).map_err(unreachable_keys)?;
    let written = file
        .write_with_buffer_source_and_options(&Uint8Array::from(bytes), &from_start())
        .map_err(unreachable_keys)?;
    file.flush().map_err(unreachable_keys)?;
    if written as usize == bytes.len() { Ok(()) } else { Err(unreachable_keys(JsValue::UNDEFINED)) }
}

fn from_start() -> FileSystemReadWriteOptions {
    let options = FileSystemReadWriteOptions::new();
    options.set_at(0.0);
    options
}

fn unreachable_keys(_: JsValue) -> Failure {
    failure("keys-unreachable", "the browser does not let the key files be used: free disk space and reload")
}
