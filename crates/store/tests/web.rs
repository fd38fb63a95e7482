//! The encrypted database in a real browser's private file system.

#![cfg(target_family = "wasm")]
#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

use js_sys::{Function, Promise, Reflect};
use stillroom_records::{FieldKey, Value};
use stillroom_store::browser::Pool;
use stillroom_store::{Error, ImportKind, Store};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const DIRECTORY: &str = "stillroom-test";
const KEY: [u8; 32] = [7; 32];
const OTHER_KEY: [u8; 32] = [8; 32];

fn fill(store: &mut Store, n_customers: usize) {
    let columns = ["external_id", "name"].map(|key| FieldKey::new(key).unwrap());
    let rows: Vec<_> = (0..n_customers)
        .map(|number| vec![Value::text(number.to_string()), Value::text(format!("Customer {number}"))])
        .collect();
    store.begin_import(ImportKind::Customers, "customers.csv", &columns, 1).unwrap();
    store.append_customers(&rows).unwrap();
    store.commit_import(2).unwrap();
}

#[wasm_bindgen_test]
async fn an_encrypted_workspace_lives_through_its_whole_life() {
    let pool = Pool::install(DIRECTORY).await.unwrap();
    pool.wipe().unwrap();

    let mut store = Store::open_encrypted(&pool, "workspace", &KEY).unwrap();
    fill(&mut store, 20_000);
    assert_eq!(pool.wipe(), Err(Error::FilesInUse));
    let image = store.export_image().unwrap();
    assert!(image.starts_with(b"SQLite format 3\0"), "an image is plain, for the caller to seal");
    store.close().unwrap();

    let bare = rusqlite::Connection::open_with_flags("file:workspace?vfs=stillroom-pool", Default::default())
        .unwrap();
    let read = bare.query_row("SELECT count(*) FROM customers", [], |row| row.get::<_, i64>(0));
    assert_eq!(
        read.unwrap_err().sqlite_error_code(),
        Some(rusqlite::ErrorCode::NotADatabase),
        "the file is not plain"
    );
    drop(bare);
    let refused = Store::open_encrypted(&pool, "workspace", &OTHER_KEY).map(|_| ());
    assert_eq!(refused, Err(Error::WrongKey));
    let mut store = Store::open_encrypted(&pool, "workspace", &KEY).unwrap();
    assert_eq!(store.count(None), Ok(20_000));
    store.rekey(&OTHER_KEY).unwrap();
    store.close().unwrap();
    assert_eq!(Store::open_encrypted(&pool, "workspace", &KEY).map(|_| ()), Err(Error::WrongKey));

    let mut store = Store::open_encrypted(&pool, "workspace", &OTHER_KEY).unwrap();
    store.undo_import(stillroom_records::ImportId(1), 3).unwrap();
    assert_eq!(store.count(None), Ok(0));
    store.import_image(&image, 4).unwrap();
    assert_eq!(store.count(None), Ok(20_000));
    store.close().unwrap();
    let store = Store::open_encrypted(&pool, "workspace", &OTHER_KEY).unwrap();
    store.quick_check().unwrap();
    store.verify_chain().unwrap();
    assert_eq!(store.count(None), Ok(20_000));
    assert_eq!(pool.pause(), Err(Error::FilesInUse));
    store.close().unwrap();

    assert_eq!(pool.list().unwrap(), ["workspace"]);
    pool.pause().unwrap();
    assert_eq!(pool.list(), Err(Error::Paused));
    assert_eq!(Store::open_encrypted(&pool, "workspace", &OTHER_KEY).map(|_| ()), Err(Error::Paused));
    let elsewhere = take_lock(DIRECTORY).await;
    assert_eq!(pool.resume().await, Err(Error::OwnedElsewhere));
    assert!(pool.is_paused());
    close(&elsewhere);
    pool.resume().await.unwrap();
    Store::open_encrypted(&pool, "workspace", &OTHER_KEY).unwrap().close().unwrap();

    pool.wipe().unwrap();
    assert_eq!(pool.exists("workspace"), Ok(false));
}

/// Takes the pool's lock as another tab would, and returns the handle that holds it.
async fn take_lock(directory: &str) -> JsValue {
    let script = "const root = await navigator.storage.getDirectory();
        const folder = await root.getDirectoryHandle(directory, { create: true });
        const lock = await folder.getFileHandle('.lock', { create: true });
        return await lock.createSyncAccessHandle();";
    let body = format!("return (async () => {{ {script} }})()");
    let promise =
        Function::new_with_args("directory", &body).call1(&JsValue::NULL, &directory.into()).unwrap();
    JsFuture::from(promise.unchecked_into::<Promise>()).await.unwrap()
}

fn close(handle: &JsValue) {
    let method = Reflect::get(handle, &"close".into()).unwrap().unchecked_into::<Function>();
    method.call0(handle).unwrap();
}

#[wasm_bindgen_test]
fn a_workspace_lives_in_memory_where_storage_is_refused() {
    let mut store = Store::open_memory().unwrap();
    fill(&mut store, 100);
    let image = store.export_image().unwrap();
    let mut other = Store::open_memory().unwrap();
    other.import_image(&image, 5).unwrap();
    assert_eq!(other.count(None), Ok(100));
}
