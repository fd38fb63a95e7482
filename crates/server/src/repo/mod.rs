//! Where records are kept: small reads and writes inside a transaction, the same for every database.
//!
//! Nothing here decides. The rules (what may be stored, what an entry means, what a receipt says) are written
//! once over [`Workspace`] and [`Control`]; a database only has to do what these say, in transactions.

pub(crate) mod postgres;
mod row;
pub(crate) mod sqlite;

pub use row::{
    Acknowledged, EntryRow, Held, NewRow, PairingRow, Removal, RemovedRow, Selection, StoredRow, Tail,
    TokenRow,
};

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use stillroom_consent::standing::DeviceRecord;
use stillroom_consent::{DataKeyId, DeviceId, Hash, PairingId, Register, SubjectToken, WorkspaceId};
use stillroom_sync::wire::{Op, WrappedDek};

use crate::{Clock, Error, Fault, Limits, Storage};

/// The end of a piece of work: for a write, after its commit reached the disk.
pub type Pending = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>>;

/// Work inside one transaction of one workspace; any error rolls all of it back.
pub type WorkspaceJob = Box<dyn FnOnce(&mut dyn Workspace) -> Result<(), Fault> + Send>;

/// Work inside one transaction of what spans workspaces; any error rolls all of it back.
pub type ControlJob = Box<dyn FnOnce(&mut dyn Control) -> Result<(), Fault> + Send>;

/// A database.
pub trait Repo: Send + Sync + std::fmt::Debug {
    /// Runs `job` in a transaction over the control tables.
    fn control(&self, job: ControlJob) -> Pending;

    /// Runs `job` in a write transaction of a workspace, which is made when it is not there. Writers of one workspace follow one
    /// another; the future ends when the commit is on the disk. Several jobs may share a commit, none sees another's failure.
    fn write(&self, workspace: WorkspaceId, job: WorkspaceJob) -> Pending;

    /// Runs `job` on one state of a workspace; what it writes is dropped. [`Fault::NotFound`] when there is no such workspace.
    fn read(&self, workspace: WorkspaceId, job: WorkspaceJob) -> Pending;

    /// Removes everything of a workspace except its place in the control tables. Nothing to remove is fine.
    fn remove(&self, workspace: WorkspaceId) -> Pending;

    /// Whether the database answers.
    fn ping(&self) -> Pending;

    /// Runs the database's own integrity check of the control tables (`None`) or of a workspace; [`Fault::Corrupt`] when it
    /// finds something.
    fn check(&self, workspace: Option<WorkspaceId>) -> Pending;

    /// Lets all writes under way finish; nothing is taken afterwards.
    fn close(&self) -> Pending;
}

/// What spans workspaces, inside one transaction: which there are, who may enter, who is about to join.
pub trait Control {
    /// Notes a workspace; `false` when it is there already, or was deleted.
    ///
    /// # Errors
    /// What the database refuses; so for all.
    fn add_workspace(&mut self, workspace: WorkspaceId, at: i64) -> Result<bool, Fault>;
    /// Whether a workspace is there, or was deleted.
    fn knows_workspace(&mut self, workspace: WorkspaceId) -> Result<bool, Fault>;
    /// All workspaces, in order of their ids.
    fn workspaces(&mut self) -> Result<Vec<WorkspaceId>, Fault>;
    /// Removes a workspace with its tokens and pairings, and notes that it was deleted.
    fn remove_workspace(&mut self, workspace: WorkspaceId, at: i64) -> Result<(), Fault>;
    /// Writes a device's token, replacing what is there for the same workspace and device.
    fn put_token(&mut self, row: &TokenRow) -> Result<(), Fault>;
    /// The device whose token has this hash.
    fn token(&mut self, hash: Hash) -> Result<Option<TokenRow>, Fault>;
    /// All tokens of a workspace, in order of enrolment, then device.
    fn tokens(&mut self, workspace: WorkspaceId) -> Result<Vec<TokenRow>, Fault>;
    /// Removes tokens that expired before `now`; answers how many.
    fn remove_expired_tokens(&mut self, now: i64) -> Result<u64, Fault>;
    /// Writes a pairing, replacing one of the same id.
    fn put_pairing(&mut self, row: &PairingRow) -> Result<(), Fault>;
    /// A pairing.
    fn pairing(&mut self, pairing: PairingId) -> Result<Option<PairingRow>, Fault>;
    /// Removes pairings that expired before `now`; answers how many.
    fn remove_expired_pairings(&mut self, now: i64) -> Result<u64, Fault>;
}

/// One workspace inside one transaction. The standing ([`Register`]) is part of it: what is decided and what is stored cannot
/// come apart.
pub trait Workspace: Register<Error = Fault> {
    /// Says that the standing of these operations' devices, grants and tokens is about to be asked for, so that a database at
    /// the other end of a wire can fetch it at once.
    ///
    /// # Errors
    /// What the database refuses; so for all.
    fn expect_operations(&mut self, operations: &[Op]) -> Result<(), Fault> {
        let _ = operations;
        Ok(())
    }

    /// Every device of the standing, in order of ids.
    fn devices(&mut self) -> Result<Vec<DeviceRecord>, Fault>;
    /// How far a device is; zeros at first.
    fn acknowledged(&mut self, device: DeviceId) -> Result<Acknowledged, Fault>;
    /// Raises how far a device is; a lower number changes nothing.
    fn acknowledge(&mut self, device: DeviceId, upto: Acknowledged) -> Result<(), Fault>;

    /// Stores a ledger entry, one past the last.
    fn add_entry(&mut self, entry: &EntryRow) -> Result<(), Fault>;
    /// At most `max` entries after number `seq`, in order.
    fn entries_since(&mut self, seq: u64, max: usize) -> Result<Vec<EntryRow>, Fault>;

    /// Where the sequence stands and what it holds.
    fn tail(&mut self) -> Result<Tail, Fault>;
    /// Writes that.
    fn set_tail(&mut self, tail: &Tail) -> Result<(), Fault>;
    /// The highest number of a device's operations; 0 for none.
    fn last_device_seq(&mut self, device: DeviceId) -> Result<u64, Fault>;
    /// The hashes of a device's operations numbered `from` to `to`, both included, in order.
    fn device_hashes(&mut self, device: DeviceId, from: u64, to: u64) -> Result<Vec<Hash>, Fault>;
    /// Stores operations. The database itself refuses a `set` whose grant is not live at `received_at`.
    fn add_rows(&mut self, rows: &[NewRow]) -> Result<(), Fault>;
    /// Rows after number `seq`, in order: at most `max_rows`, and no more once they hold `max_bytes`.
    fn rows_since(&mut self, seq: u64, max_rows: usize, max_bytes: usize) -> Result<Vec<StoredRow>, Fault>;

    /// Stores data keys, before any row that needs them; one that is there is replaced only by a later epoch for the same record.
    fn add_keys(&mut self, keys: &[WrappedDek]) -> Result<(), Fault>;
    /// Those of `ids` that are there, in order of ids.
    fn keys(&mut self, ids: &[DataKeyId]) -> Result<Vec<WrappedDek>, Fault>;
    /// At most `max` keys with ids after `after`, in order; for exports.
    fn keys_after(&mut self, after: Option<DataKeyId>, max: usize) -> Result<Vec<WrappedDek>, Fault>;
    /// Removes the data keys of records; answers how many.
    fn remove_keys(&mut self, tokens: &[SubjectToken]) -> Result<u64, Fault>;

    /// Removes the content of at most `max` selected operations: their number, kind, device number and hash stay, everything
    /// else goes.
    fn make_gone(&mut self, selection: &Selection<'_>, max: usize) -> Result<Vec<RemovedRow>, Fault>;
    /// Those of `tokens` that still have a `set` with content, in order.
    fn tokens_with_content(&mut self, tokens: &[SubjectToken]) -> Result<Vec<SubjectToken>, Fault>;

    /// Writes how far a removal is, replacing what is there for the same last entry.
    fn put_removal(&mut self, removal: &Removal) -> Result<(), Fault>;
    /// Every removal, in order of its last entry.
    fn removals(&mut self) -> Result<Vec<Removal>, Fault>;
}

/// What a job answers, handed over once its transaction has ended well.
struct Slot<T>(Arc<Mutex<Option<T>>>);

impl<T> Slot<T> {
    fn new() -> (Self, Self) {
        let slot = Arc::new(Mutex::new(None));
        (Self(Arc::clone(&slot)), Self(slot))
    }

    fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    fn take(self) -> Result<T, Fault> {
        let value = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or(Fault::Corrupt { what: "a transaction that ended without its answer" })
    }
}

/// Opens the database of the command line: PostgreSQL when an address is given, the folder's SQLite files otherwise.
///
/// # Errors
/// [`Error::Data`], [`Error::DataTaken`], [`Error::Database`].
pub fn open(storage: &Storage, limits: &Limits, clock: &Clock) -> Result<Arc<dyn Repo>, Error> {
    match &storage.database {
        Some(address) => {
            let postgres = postgres::Postgres::open(address, Arc::clone(clock), limits.removal_step)?;
            Ok(Arc::new(postgres))
        }
        None => {
            let sqlite = sqlite::Sqlite::open(&storage.data, Arc::clone(clock), limits.removal_step)?;
            Ok(Arc::new(sqlite))
        }
    }
}

impl dyn Repo {
    /// [`Repo::control`] with an answer.
    ///
    /// # Errors
    /// What `job` or the database refuses.
    pub async fn control_with<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Control) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (mine, theirs) = Slot::new();
        self.control(Box::new(move |control| job(control).map(|answer| theirs.put(answer)))).await?;
        mine.take()
    }

    /// [`Repo::write`] with an answer.
    ///
    /// # Errors
    /// What `job` or the database refuses.
    pub async fn write_with<T: Send + 'static>(
        &self,
        workspace: WorkspaceId,
        job: impl FnOnce(&mut dyn Workspace) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (mine, theirs) = Slot::new();
        self.write(workspace, Box::new(move |room| job(room).map(|answer| theirs.put(answer)))).await?;
        mine.take()
    }

    /// [`Repo::read`] with an answer.
    ///
    /// # Errors
    /// What `job` or the database refuses.
    pub async fn read_with<T: Send + 'static>(
        &self,
        workspace: WorkspaceId,
        job: impl FnOnce(&mut dyn Workspace) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (mine, theirs) = Slot::new();
        self.read(workspace, Box::new(move |room| job(room).map(|answer| theirs.put(answer)))).await?;
        mine.take()
    }
}
