//! Checking, copying and putting back the files, through the commands themselves.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use stillroom_consent::{Event, Purpose};
use stillroom_server::repo::open;
use stillroom_server::{Clock, Error, Limits, Options, Storage, run};
use stillroom_sync::wire::{Kind, Page, Row};

use crate::suite::Started;
use crate::suite::sequence::ready;
use crate::suite::world::{BEGINNING, Device, World, token, tokens};

static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The folder of the last world that was started on this thread's name.
fn in_named_folder(clock: Clock, limits: &Limits) -> Started {
    let folder = FOLDERS.lock().expect("one test at a time").last().cloned().expect("a folder was named");
    let storage = Storage { data: folder, database: None };
    Started { repo: open(&storage, limits, &clock).expect("the folder can be used"), keep: Box::new(()) }
}

/// Commands and worlds that share the list of folders take turns.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn world_in(folder: &Path) -> World {
    FOLDERS.lock().expect("one test at a time").push(folder.to_path_buf());
    World::new(in_named_folder).await
}

async fn command(line: &[&str]) -> Result<Vec<String>, Error> {
    let said = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&said);
    let command = Options::parse(line.iter().map(|word| (*word).to_owned()))?;
    run(command, move |line| ears.lock().expect("one voice").push(line.to_owned())).await?;
    Ok(Arc::try_unwrap(said).map(|said| said.into_inner().expect("one voice")).unwrap_or_default())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary folder has a plain name")
}

async fn rows(world: &World, device: &Device) -> Vec<Row> {
    world.pull(device, None).await.into_iter().flat_map(|page: Page| page.rows).collect()
}

fn set_tokens(rows: &[Row]) -> Vec<stillroom_consent::SubjectToken> {
    let token = |row: &Row| match row {
        Row::Op { op, .. } if op.kind == Kind::Set => Some(op.token),
        _ => None,
    };
    rows.iter().filter_map(token).collect()
}

async fn close(world: World) {
    world.state.close().await;
}

#[tokio::test]
async fn a_restored_backup_yields_nothing_that_ended_since() {
    let _turn = TURN.lock().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    let world = world_in(&data).await;
    let (mut device, grant) = ready(&world, 10).await;
    let second = world.grant(&mut device, Purpose::Backup, 2).await;
    let mut ops = device.sets(world.now(), grant, &tokens(0..6));
    ops.extend(device.sets(world.now(), second, &tokens(6..10)));
    world.store(&device, ops).await;
    command(&["backup", "--data", text(&data), "--to", text(&copy)]).await.expect("a copy while in use");
    let refused = command(&["backup", "--data", text(&data), "--to", text(&copy)]).await;
    assert_eq!(refused.unwrap_err().code(), "not_empty");

    let deleted = world.found(7).await;
    assert!(world.ask("DELETE", "/v1/workspace", Some(&deleted.token), None).await.status.is_success());
    world.end("/v1/erase", &mut device, vec![Event::Erased { tokens: tokens(0..1) }]).await;
    let erase = device.bare(world.now(), Kind::Erase, token(1));
    world.store(&device, vec![erase]).await;
    world.end("/v1/consent/withdraw", &mut device, vec![Event::GrantWithdrawn { grant: second }]).await;
    let cursor = world.pull(&device, None).await.pop().map(|page| page.cursor);
    let taken = command(&["restore", "--data", text(&data), "--from", text(&copy)]).await;
    assert_eq!(taken.unwrap_err().code(), "data_taken");
    close(world).await;

    drop(FOLDERS.lock().expect("one test at a time").pop());
    command(&["restore", "--data", text(&data), "--from", text(&copy)]).await.expect("a restore");
    let lines = command(&["check", "--data", text(&data)]).await.expect("all is whole");
    assert!(
        lines.len() == 1 && lines[0].contains("\"rows\":10") && lines[0].contains("\"rows_with_content\":4"),
        "{lines:?}"
    );
    for name in ["restoring", "replaced"] {
        let left = fs::read_dir(data.join(name)).map_or(0, Iterator::count);
        assert_eq!(left, 0, "nothing of what was replaced stays behind");
    }
    let world = world_in(&data).await;
    let after = rows(&world, &device).await;
    assert_eq!(set_tokens(&after), tokens(2..6), "neither the erased nor the withdrawn");
    let head = world.ledger(&device, 0).await.head.head;
    assert_eq!((head.seq, head.hash), device.head, "the ledger forgot nothing");
    let exported = world.get("/v1/export", &device).await.bytes;
    let holds = |token: &[u8; 32]| exported.windows(32).filter(|window| *window == token).count();
    assert_eq!((holds(&token(2).0) > holds(&token(0).0), holds(&token(7).0)), (true, 1), "in its basis only");
    let answer = world.page(&device, cursor.as_ref()).await;
    assert!(answer.status.is_success() || answer.code() == "unauthorized" || answer.code() == "malformed");
    close(world).await;
}

#[tokio::test]
async fn a_backup_starts_a_server_elsewhere_and_longer_cursors_start_anew() {
    let _turn = TURN.lock().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (data, copy, other) =
        (folder.path().join("data"), folder.path().join("copy"), folder.path().join("other"));
    let world = world_in(&data).await;
    let (mut device, grant) = ready(&world, 10).await;
    let ops = device.sets(world.now(), grant, &tokens(0..4));
    world.store(&device, ops).await;
    command(&["backup", "--data", text(&data), "--to", text(&copy)]).await.expect("a copy while in use");
    let ops = device.sets(world.now(), grant, &tokens(4..8));
    world.store(&device, ops).await;
    let cursor = world.pull(&device, None).await.pop().map(|page| page.cursor);
    let key = world.key_bytes();
    close(world).await;

    command(&["restore", "--data", text(&other), "--from", text(&copy)]).await.expect("into an empty folder");
    FOLDERS.lock().expect("one test at a time").push(other.clone());
    let world = World::with_key(in_named_folder, &key).await;
    assert_eq!(set_tokens(&rows(&world, &device).await), tokens(0..4));
    world.page(&device, cursor.as_ref()).await.expect(410, "resync_required");
    close(world).await;
}

#[tokio::test]
async fn a_backup_without_data_keys_says_what_nobody_can_read() {
    let _turn = TURN.lock().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [data, copy, other] = ["data", "copy", "other"].map(|name| folder.path().join(name));
    let world = world_in(&data).await;
    let (mut device, grant) = ready(&world, 10).await;
    let ops = device.sets(world.now(), grant, &tokens(0..4));
    world.store(&device, ops).await;
    command(&["backup", "--data", text(&data), "--to", text(&copy)]).await.expect("a copy while in use");
    world.end("/v1/erase", &mut device, vec![Event::Erased { tokens: tokens(0..1) }]).await;
    close(world).await;
    let name = device.workspace.to_string();
    fs::remove_file(copy.join("workspaces").join(&name).join("keys.db")).expect("the keys are a file");

    let elsewhere = command(&["restore", "--data", text(&other), "--from", text(&copy)]).await;
    let lines = elsewhere.expect("a backup without keys is a backup still");
    let said: Vec<serde_json::Value> =
        lines.iter().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    assert_eq!((&said[0]["workspace"], &said[0]["rows_without_key"]), (&name.into(), &4.into()), "{lines:?}");
    assert!(said[0]["why"].as_str().is_some_and(|why| why.contains("nobody can read")), "{lines:?}");
    assert_eq!(said[1], serde_json::json!({ "workspaces": 1, "rows_without_key": 4 }));
    let world = world_in(&other).await;
    let page: Page = world.page(&device, None).await.read();
    assert_eq!((set_tokens(&page.rows).len(), page.deks.len()), (4, 0), "rows without their keys");
    close(world).await;

    let here = command(&["restore", "--data", text(&data), "--from", text(&copy)]).await;
    assert_eq!(here.expect("over what is there"), [r#"{"rows_without_key":0,"workspaces":1}"#]);
    let world = world_in(&data).await;
    let page: Page = world.page(&device, None).await.read();
    assert_eq!((set_tokens(&page.rows), page.deks.len()), (tokens(1..4), 3), "the keys in place are kept");
    close(world).await;
}

#[tokio::test]
async fn a_changed_byte_is_found_by_the_check() {
    let _turn = TURN.lock().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let world = world_in(&data).await;
    let (mut device, grant) = ready(&world, 10).await;
    let ops = device.sets(world.now(), grant, &tokens(0..10));
    world.store(&device, ops).await;
    let workspace = device.workspace.to_string();
    close(world).await;
    let records = data.join("workspaces").join(workspace).join("records.db");
    for (what, change) in [
        ("a row", "UPDATE operations SET bytes = zeroblob(200) WHERE seq = 3"),
        ("a missing row", "DELETE FROM operations WHERE seq = 5"),
        ("a chain", "UPDATE operations SET chain = zeroblob(32) WHERE seq = 10"),
        ("the head", "UPDATE state SET chain = zeroblob(32)"),
        ("a count", "UPDATE state SET n_ops = 9"),
        ("an entry", "UPDATE entries SET bytes = substr(bytes, 2) WHERE seq = 2"),
        ("the ledger's head", "UPDATE state SET entry_hash = zeroblob(32)"),
    ] {
        let whole = fs::read(&records).expect("the records are a file");
        let file = rusqlite::Connection::open(&records).expect("the records can be opened");
        assert_eq!(file.execute(change, []).expect("the change is made"), 1, "{what}");
        drop(file);
        let found = command(&["check", "--data", text(&data)]).await;
        assert_eq!(found.unwrap_err().code(), "check_failed", "{what}");
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(records.with_file_name(format!("records.db{suffix}")));
        }
        fs::write(&records, whole).expect("the records can be put back");
    }
    command(&["check", "--data", text(&data)]).await.expect("whole again");
}

#[tokio::test]
async fn the_database_itself_refuses_a_row_without_a_live_grant() {
    let _turn = TURN.lock().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let world = world_in(&data).await;
    let (mut device, grant) = ready(&world, 2).await;
    let ops = device.sets(world.now(), grant, &tokens(0..1));
    world.store(&device, ops).await;
    world.end("/v1/consent/withdraw", &mut device, vec![Event::GrantWithdrawn { grant }]).await;
    close(world).await;
    let records = data.join("workspaces").join(device.workspace.to_string()).join("records.db");
    let file = rusqlite::Connection::open(&records).expect("the records can be opened");
    for (grant, now) in [(grant.0, BEGINNING), ([42; 16], BEGINNING)] {
        let sql = "INSERT INTO operations (seq, kind, chain, op_hash, device, device_seq, received_at, grant_id, bytes)
            VALUES (99, 0, x'00', x'00', x'00', 1, ?1, ?2, x'00')";
        let refused = file.execute(sql, rusqlite::params![now, grant]).unwrap_err();
        assert!(refused.to_string().contains("the grant is not live"), "{refused}");
    }
}
