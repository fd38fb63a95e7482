//! Backups: copying every file while it is in use, and putting a copy back without forgetting what ended since.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};
use stillroom_consent::WorkspaceId;

use super::control::ControlFile;
use super::room::Room;
use super::{FILES, Place, Sqlite, file, schema, sync_folders};
use crate::repo::Control as _;
use crate::service::{Pace, count_keys, finish};
use crate::{Error, Fault};

/// Pages copied before writers get their turn.
const PAGES: i32 = 1_000;

/// A workspace that was put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Restored {
    pub(crate) workspace: WorkspaceId,
    /// Rows with sealed content.
    pub(crate) n_sealed: u64,
    /// Those of them whose data key was neither in the backup nor here: nobody can read them until a device sends the key again.
    pub(crate) n_without_key: u64,
}

impl Sqlite {
    /// Copies the files in `data`, which may be in use by a server, to the new folder `to`. The server's key is not copied.
    pub(crate) fn back_up(data: &Path, to: &Path) -> Result<usize, Error> {
        let is_used = fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some());
        if is_used {
            return Err(Error::NotEmpty { path: to.to_path_buf() });
        }
        copy_all(data, to).map_err(|fault| Error::Data { path: data.to_path_buf(), fault })
    }

    /// Puts the backup in `from` in place of what is here, workspace by workspace, keeps every newer ledger, and finishes every
    /// removal they ask for. Workspaces deleted since stay deleted.
    pub(crate) fn restore(&self, from: &Path) -> Result<Vec<Restored>, Error> {
        self.place.restore(from).map_err(|fault| Error::Data { path: from.to_path_buf(), fault })
    }
}

fn copy_all(data: &Path, to: &Path) -> Result<usize, Fault> {
    fs::create_dir_all(to)?;
    copy_file(&data.join("control.db"), &to.join("control.db"))?;
    let known = known_workspaces(&to.join("control.db"))?;
    for workspace in &known {
        let name = workspace.to_string();
        let (source, target) = (data.join("workspaces").join(&name), to.join("workspaces").join(&name));
        fs::create_dir_all(&target)?;
        // Rows before keys before the ledger: the copy of each knows at least what the copies before it need.
        for (file, _) in FILES.iter().rev() {
            copy_file(&source.join(file), &target.join(file))?;
        }
        sync_folders(&target)?;
    }
    Ok(known.len())
}

fn copy_file(source: &Path, target: &Path) -> Result<(), Fault> {
    let source = file::open_to_read(source)?;
    let mut copy = Connection::open(target)?;
    Backup::new(&source, &mut copy)?.run_to_completion(PAGES, Duration::from_millis(1), None)?;
    // The copy stands alone: one file each, without a log beside it.
    copy.execute_batch("PRAGMA journal_mode = DELETE")?;
    file::expect_whole(&copy, "PRAGMA quick_check(1)")?;
    drop(copy);
    File::open(target)?.sync_all()?;
    Ok(())
}

fn known_workspaces(control: &Path) -> Result<Vec<WorkspaceId>, Fault> {
    let file = Connection::open_with_flags(control, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    ControlFile(&file).workspaces()
}

impl Place {
    fn restore(&self, from: &Path) -> Result<Vec<Restored>, Fault> {
        let in_backup = known_workspaces(&from.join("control.db"))?;
        let here = self.restore_control(from)?;
        let wanted: Vec<_> = in_backup.into_iter().filter(|workspace| here.contains(workspace)).collect();
        wanted.into_iter().map(|workspace| self.restore_room(from, workspace)).collect()
    }

    /// The control file here knows of revoked tokens and deleted workspaces; the backup's is taken only when there is none.
    fn restore_control(&self, from: &Path) -> Result<Vec<WorkspaceId>, Fault> {
        let path = self.control_path();
        let here = file::open_to_write(&path, schema::CONTROL)?;
        let has_history: bool = here.query_row(
            "SELECT EXISTS (SELECT 1 FROM workspaces) OR EXISTS (SELECT 1 FROM deleted)",
            [],
            |row| row.get(0),
        )?;
        if !has_history {
            drop(here);
            let source = file::open_to_read(&from.join("control.db"))?;
            let mut target = Connection::open(&path)?;
            Backup::new(&source, &mut target)?.run_to_completion(PAGES, Duration::ZERO, None)?;
        }
        let here = file::open_to_write(&path, schema::CONTROL)?;
        ControlFile(&here).workspaces()
    }

    /// Builds the workspace beside the one in place, replays and removes there, and swaps the folders.
    fn restore_room(&self, from: &Path, workspace: WorkspaceId) -> Result<Restored, Fault> {
        let name = workspace.to_string();
        let (backup, live) = (from.join("workspaces").join(&name), self.room_folder(workspace));
        let staging = self.folder.join("restoring").join(&name);
        let _ = fs::remove_dir_all(&staging);
        fs::create_dir_all(&staging)?;
        for (file, _) in FILES.iter().filter(|(file, _)| backup.join(file).is_file()) {
            copy_file(&backup.join(file), &staging.join(file))?;
        }
        // Data keys are kept for a shorter time than what they open. Those in place are as good: what was erased has none there.
        if !staging.join("keys.db").is_file() && live.join("keys.db").is_file() {
            copy_file(&live.join("keys.db"), &staging.join("keys.db"))?;
        }
        if reaches_further(&live.join("ledger.db"), &staging.join("ledger.db"))? {
            fs::remove_file(staging.join("ledger.db"))?;
            copy_file(&live.join("ledger.db"), &staging.join("ledger.db"))?;
        }
        let restored = self.settle(workspace, &staging)?;
        let replaced = self.folder.join("replaced").join(&name);
        let _ = fs::remove_dir_all(&replaced);
        fs::create_dir_all(replaced.parent().unwrap_or(&self.folder))?;
        if live.is_dir() {
            fs::rename(&live, &replaced)?;
        }
        fs::rename(&staging, &live)?;
        sync_folders(&live)?;
        // What was replaced holds what a withdrawal may have ended: it does not stay behind.
        let _ = fs::remove_dir_all(&replaced);
        Ok(restored)
    }

    fn settle(&self, workspace: WorkspaceId, folder: &Path) -> Result<Restored, Fault> {
        let files = FILES
            .iter()
            .map(|(name, steps)| file::open_to_write(&folder.join(name), steps))
            .collect::<Result<Vec<_>, _>>()?;
        self.replay(workspace, &files)?;
        let pace = Pace { step: self.removal_step, now: (self.clock)() };
        for file in &files {
            file.execute_batch("BEGIN IMMEDIATE")?;
        }
        let mut room = Room::new(workspace, &files)?;
        finish(&mut room, pace)?;
        let (n_sealed, n_without_key) = count_keys(&mut room)?;
        for file in &files {
            file.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")?;
        }
        Ok(Restored { workspace, n_sealed, n_without_key })
    }
}

/// Whether the ledger in place is readable, continues the backup's and is longer.
fn reaches_further(live: &Path, backup: &Path) -> Result<bool, Fault> {
    let last = "SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1";
    let backup = Connection::open(backup)?;
    let known: Option<(i64, [u8; 32])> =
        backup.query_row(last, [], |row| Ok((row.get(0)?, row.get(1)?))).ok();
    let Ok(live) = file::open_to_read(live) else { return Ok(false) };
    let Some((seq, hash)) = known else { return Ok(true) };
    let same = "SELECT EXISTS (SELECT 1 FROM entries WHERE seq = ?1 AND hash = ?2)";
    Ok(live.query_row(same, rusqlite::params![seq, hash], |row| row.get(0)).unwrap_or(false))
}
