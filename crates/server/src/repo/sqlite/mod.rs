//! SQLite: one control file, and three files for each workspace with one writing thread.
//!
//! `ledger.db` commits before `keys.db`, and that before `records.db`: a row never lacks its key, and what ended is never known to
//! the records alone. When the records fall behind their ledger (a restored backup, a power cut between two commits), opening
//! them replays what they miss before anybody is served.

mod control;
mod copy;
mod file;
mod register;
mod room;
mod schema;
mod select;
mod writer;

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use stillroom_consent::WorkspaceId;
use tokio::sync::oneshot;

use self::control::ControlFile;
use self::room::Room;
use self::writer::{Order, Trade, Writer};
use super::{ControlJob, Pending, Repo, WorkspaceJob};
use crate::service::{Clock, Pace, replay};
use crate::{Error, Fault};

/// The files of a workspace in the order of their commits, with their tables.
const FILES: [(&str, &[&str]); 3] =
    [("ledger.db", schema::LEDGER), ("keys.db", schema::KEYS), ("records.db", schema::RECORDS)];

/// Readers kept open for each workspace.
const MAX_SPARE_READERS: usize = 4;

/// Where the files are, and how a missing history is replayed.
#[derive(Clone)]
struct Place {
    folder: PathBuf,
    clock: Clock,
    removal_step: usize,
}

/// A folder of SQLite files. One process may serve it at a time.
pub(crate) struct Sqlite {
    place: Place,
    shelf: Arc<Mutex<Shelf>>,
    _lock: File,
}

#[derive(Default)]
struct Shelf {
    control: Option<Writer<ControlJob>>,
    rooms: HashMap<WorkspaceId, OpenRoom>,
    n_opened: u64,
    is_closed: bool,
}

struct OpenRoom {
    number: u64,
    writer: Writer<WorkspaceJob>,
    spare_readers: Vec<Vec<Connection>>,
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sqlite").field("folder", &self.place.folder).finish_non_exhaustive()
    }
}

impl Place {
    fn control_path(&self) -> PathBuf {
        self.folder.join("control.db")
    }

    fn room_folder(&self, workspace: WorkspaceId) -> PathBuf {
        self.folder.join("workspaces").join(workspace.to_string())
    }

    fn open_room(&self, workspace: WorkspaceId) -> Result<Vec<Connection>, Fault> {
        let folder = self.room_folder(workspace);
        fs::create_dir_all(&folder)?;
        let files = FILES
            .iter()
            .map(|(name, steps)| file::open_to_write(&folder.join(name), steps))
            .collect::<Result<Vec<_>, _>>()?;
        sync_folders(&folder)?;
        self.replay(workspace, &files)?;
        Ok(files)
    }

    /// Brings records that fell behind their ledger up to it.
    fn replay(&self, workspace: WorkspaceId, files: &[Connection]) -> Result<(), Fault> {
        let mut room = Room::new(workspace, files)?;
        let journal = room.journal()?;
        if journal.entries.is_empty() && journal.erased.is_empty() {
            return Ok(());
        }
        let pace = Pace { step: self.removal_step, now: (self.clock)() };
        for file in files {
            file.execute_batch("BEGIN IMMEDIATE")?;
        }
        replay(&mut room, pace, &journal)?;
        for file in files {
            file.execute_batch("COMMIT")?;
        }
        Ok(())
    }

    fn open_reader(&self, workspace: WorkspaceId) -> Result<Vec<Connection>, Fault> {
        let folder = self.room_folder(workspace);
        FILES.iter().map(|(name, _)| file::open_to_read(&folder.join(name))).collect()
    }
}

/// Makes a folder that only its owner can look into.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes new files survive a power cut: a file is safe only with the folder that names it.
fn sync_folders(folder: &Path) -> Result<(), Fault> {
    for folder in folder.ancestors().take(3).filter(|folder| folder.is_dir()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

impl Sqlite {
    /// Opens the folder, makes it when it is not there, and takes it for this process.
    pub(crate) fn open(folder: &Path, clock: Clock, removal_step: usize) -> Result<Self, Error> {
        let unusable = |fault: Fault| Error::Data { path: folder.to_path_buf(), fault };
        make_private(&folder.join("workspaces")).map_err(|error| unusable(error.into()))?;
        let lock = File::create(folder.join("lock")).map_err(|error| unusable(error.into()))?;
        lock.try_lock().map_err(|_| Error::DataTaken { path: folder.to_path_buf() })?;
        let place = Place { folder: folder.to_path_buf(), clock, removal_step };
        let sqlite = Self { place, shelf: Arc::default(), _lock: lock };
        sqlite.drop_leftovers().map_err(unusable)?;
        Ok(sqlite)
    }

    /// Removes folders of deleted workspaces that a stop left behind.
    fn drop_leftovers(&self) -> Result<(), Fault> {
        let file = file::open_to_write(&self.place.control_path(), schema::CONTROL)?;
        sync_folders(&self.place.folder)?;
        for workspace in ControlFile(&file).deleted()? {
            let folder = self.place.room_folder(workspace);
            if folder.is_dir() {
                fs::remove_dir_all(folder)?;
            }
        }
        Ok(())
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives an order to a workspace's writer; starts one when none is there. Orders are given under the lock, so that a writer
    /// that leaves has seen all of them.
    fn order(
        &self,
        workspace: WorkspaceId,
        job: WorkspaceJob,
    ) -> Result<oneshot::Receiver<Result<(), Fault>>, Fault> {
        let (done, outcome) = oneshot::channel();
        let mut shelf = self.shelf();
        if shelf.is_closed {
            return Err(Fault::Busy);
        }
        if !shelf.rooms.contains_key(&workspace) {
            shelf.n_opened += 1;
            let number = shelf.n_opened;
            let writer = Writer::start(self.trade(workspace, number))?;
            shelf.rooms.insert(workspace, OpenRoom { number, writer, spare_readers: Vec::new() });
        }
        let room = shelf.rooms.get(&workspace).ok_or(Fault::Busy)?;
        if room.writer.orders.send(Order { job, done }).is_err() {
            shelf.rooms.remove(&workspace);
            return Err(Fault::Busy);
        }
        Ok(outcome)
    }

    fn trade(&self, workspace: WorkspaceId, number: u64) -> Trade<WorkspaceJob> {
        let (place, shelf) = (self.place.clone(), Arc::downgrade(&self.shelf));
        Trade {
            open: Box::new(move || place.open_room(workspace)),
            perform: Box::new(move |files, job| job(&mut Room::new(workspace, files)?)),
            retire: Box::new(move || {
                let Some(shelf) = shelf.upgrade() else { return true };
                let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
                if shelf.rooms.get(&workspace).is_some_and(|room| room.number == number) {
                    shelf.rooms.remove(&workspace);
                }
                true
            }),
        }
    }

    fn order_control(&self, job: ControlJob) -> Result<oneshot::Receiver<Result<(), Fault>>, Fault> {
        let (done, outcome) = oneshot::channel();
        let mut shelf = self.shelf();
        if shelf.is_closed {
            return Err(Fault::Busy);
        }
        if shelf.control.is_none() {
            let path = self.place.control_path();
            shelf.control = Some(Writer::start(Trade {
                open: Box::new(move || Ok(vec![file::open_to_write(&path, schema::CONTROL)?])),
                perform: Box::new(|files: &[Connection], job: ControlJob| match files {
                    [file] => job(&mut ControlFile(file)),
                    _ => Err(Fault::Busy),
                }),
                retire: Box::new(|| false),
            })?);
        }
        let control = shelf.control.as_ref().ok_or(Fault::Busy)?;
        control.orders.send(Order { job, done }).map_err(|_| Fault::Busy)?;
        Ok(outcome)
    }

    fn has_room(&self, workspace: WorkspaceId) -> bool {
        self.shelf().rooms.contains_key(&workspace) || self.place.room_folder(workspace).is_dir()
    }
}

async fn settled(ordered: Result<oneshot::Receiver<Result<(), Fault>>, Fault>) -> Result<(), Fault> {
    ordered?.await.unwrap_or(Err(Fault::Busy))
}

async fn blocking(work: impl FnOnce() -> Result<(), Fault> + Send + 'static) -> Result<(), Fault> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Fault::Busy))
}

fn read_with(files: &[Connection], workspace: WorkspaceId, job: WorkspaceJob) -> Result<(), Fault> {
    // The records' state is fixed first: keys committed before it are then there, whatever order the files are read in.
    for file in files.iter().rev() {
        file.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
    }
    let result = Room::new(workspace, files).and_then(|mut room| job(&mut room));
    for file in files {
        file.execute_batch("ROLLBACK")?;
    }
    result
}

impl Repo for Sqlite {
    fn control(&self, job: ControlJob) -> Pending {
        Box::pin(settled(self.order_control(job)))
    }

    fn write(&self, workspace: WorkspaceId, job: WorkspaceJob) -> Pending {
        Box::pin(settled(self.order(workspace, job)))
    }

    fn read(&self, workspace: WorkspaceId, job: WorkspaceJob) -> Pending {
        if !self.has_room(workspace) {
            return Box::pin(async { Err(Fault::NotFound) });
        }
        // The writer brings the files up to date before the first reader opens them.
        let is_open = self.shelf().rooms.contains_key(&workspace);
        let opened = (!is_open).then(|| self.order(workspace, Box::new(|_| Ok(()))));
        let (place, shelf) = (self.place.clone(), Arc::clone(&self.shelf));
        Box::pin(async move {
            if let Some(opened) = opened {
                settled(opened).await?;
            }
            blocking(move || {
                let lock = || shelf.lock().unwrap_or_else(PoisonError::into_inner);
                let spare = lock().rooms.get_mut(&workspace).and_then(|room| room.spare_readers.pop());
                let files = spare.map_or_else(|| place.open_reader(workspace), Ok)?;
                let result = read_with(&files, workspace, job);
                let is_clean = files.iter().all(Connection::is_autocommit);
                if let Some(room) = lock().rooms.get_mut(&workspace)
                    && is_clean
                    && room.spare_readers.len() < MAX_SPARE_READERS
                {
                    room.spare_readers.push(files);
                }
                result
            })
            .await
        })
    }

    fn remove(&self, workspace: WorkspaceId) -> Pending {
        let room = self.shelf().rooms.remove(&workspace);
        let folder = self.place.room_folder(workspace);
        Box::pin(blocking(move || {
            if let Some(room) = room {
                drop(room.spare_readers);
                room.writer.finish();
            }
            match fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                _ => sync_folders(folder.parent().unwrap_or(&folder)),
            }
        }))
    }

    fn ping(&self) -> Pending {
        self.control(Box::new(|control| control.workspaces().map(drop)))
    }

    fn check(&self, workspace: Option<WorkspaceId>) -> Pending {
        let place = self.place.clone();
        Box::pin(blocking(move || match workspace {
            None => {
                file::expect_whole(&file::open_to_read(&place.control_path())?, "PRAGMA integrity_check(1)")
            }
            Some(workspace) => {
                let files = place.open_reader(workspace)?;
                files.iter().try_for_each(|file| file::expect_whole(file, "PRAGMA integrity_check(1)"))
            }
        }))
    }

    fn close(&self) -> Pending {
        let mut shelf = self.shelf();
        shelf.is_closed = true;
        let rooms = std::mem::take(&mut shelf.rooms);
        let control = shelf.control.take();
        Box::pin(blocking(move || {
            rooms.into_values().for_each(|room| {
                drop(room.spare_readers);
                room.writer.finish();
            });
            if let Some(control) = control {
                control.finish();
            }
            Ok(())
        }))
    }
}
