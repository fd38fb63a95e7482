//! PostgreSQL: one database for all workspaces, each behind row security.
//!
//! Every transaction names its workspace (`SET LOCAL app.ws`), works as the role `stillroom_work`, which owns nothing and cannot
//! step around row security, and locks the workspace's own row before it writes: numbers follow one another without gaps, also
//! between several servers. Writers that wait share a commit, which the disk has confirmed when it is answered.
//!
//! The rules wait for their answers, so they run on threads that may wait; connections live on the runtime.

mod control;
mod pool;
mod register;
mod room;
mod schema;
mod selection;
mod sequence;
mod session;
mod value;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};

use stillroom_consent::{SubjectToken, WorkspaceId};
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

use self::pool::{Lease, Pool};
use self::room::Room;
use self::session::Session;
use self::writer::Queues;
use super::{ControlJob, Pending, Repo, Workspace as _, WorkspaceJob};
use crate::service::{Clock, Journal, Pace, replay};
use crate::{DatabaseAddress, Error, Fault};

/// A PostgreSQL database, opened by whoever first needs it.
pub(crate) struct Postgres {
    place: Arc<Place>,
    queues: Arc<Queues>,
}

/// Where the database is, and what has to happen before it serves.
struct Place {
    pool: Pool,
    is_ready: OnceCell<()>,
    clock: Clock,
    removal_step: usize,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Postgres").finish_non_exhaustive()
    }
}

/// Everything a workspace has besides its place in the control tables.
const REMOVE: [&str; 12] = [
    "DELETE FROM data_key WHERE workspace_id = $1",
    "DELETE FROM op WHERE workspace_id = $1",
    "DELETE FROM removal WHERE workspace_id = $1",
    "DELETE FROM member WHERE workspace_id = $1",
    "DELETE FROM basis WHERE workspace_id = $1",
    "DELETE FROM subject WHERE workspace_id = $1",
    "DELETE FROM sync_grant WHERE workspace_id = $1",
    "DELETE FROM progress WHERE workspace_id = $1",
    "DELETE FROM device WHERE workspace_id = $1",
    "DELETE FROM entry WHERE workspace_id = $1",
    "DELETE FROM erased WHERE workspace_id = $1",
    "DELETE FROM workspace WHERE workspace_id = $1",
];

/// What must hold of one workspace: numbers without gaps, sums that are right, every operation with its own hash.
const IS_WHOLE: &str = "
    SELECT w.seq = o.n AND w.seq = o.last AND w.held_ops = o.n_held AND w.held_bytes = o.n_bytes AND o.is_same
           AND w.ledger_seq = e.n AND w.ledger_seq = e.last
    FROM workspace AS w,
         (SELECT count(*) AS n, coalesce(max(seq), 0) AS last, count(bytes) AS n_held,
                 coalesce(sum(length(bytes)), 0) AS n_bytes,
                 coalesce(bool_and(bytes IS NULL OR sha256(bytes) = op_hash), true) AS is_same
          FROM op WHERE workspace_id = $1) AS o,
         (SELECT count(*) AS n, coalesce(max(seq), 0) AS last FROM entry WHERE workspace_id = $1) AS e
    WHERE w.workspace_id = $1";

impl Postgres {
    /// The database at an address. The first use brings its schema up to date, and every workspace whose records are behind their
    /// ledger, as after a restore, up to it.
    ///
    /// # Errors
    /// [`Error::Database`] when the address cannot be read, or asks for clear text to another machine.
    pub(crate) fn open(address: &DatabaseAddress, clock: Clock, removal_step: usize) -> Result<Self, Error> {
        let pool = Pool::new(address.expose()).map_err(|fault| Error::Database { fault })?;
        let place = Place { pool, is_ready: OnceCell::new(), clock, removal_step };
        Ok(Self { place: Arc::new(place), queues: Arc::default() })
    }

    /// Runs `work` on a thread that may wait.
    fn blocking(
        &self,
        work: impl FnOnce(&mut Lease, &Handle) -> Result<Result<(), Fault>, Fault> + Send + 'static,
    ) -> Pending {
        let place = Arc::clone(&self.place);
        Box::pin(async move { blocking(place.lease().await?, work).await })
    }
}

impl Place {
    /// A connection to a database that is ready.
    async fn lease(&self) -> Result<Lease, Fault> {
        self.is_ready.get_or_try_init(|| self.make_ready()).await?;
        self.pool.lease().await
    }

    async fn make_ready(&self) -> Result<(), Fault> {
        schema::migrate(&mut self.pool.connect_as_owner().await?).await?;
        self.warn_when_unsynced().await?;
        let workspaces = Arc::new(Mutex::new(Vec::new()));
        let found = Arc::clone(&workspaces);
        let list: ControlJob = Box::new(move |control| {
            *found.lock().unwrap_or_else(PoisonError::into_inner) = control.workspaces()?;
            Ok(())
        });
        blocking(self.pool.lease().await?, |lease, runtime| control::run(lease.session(runtime), list))
            .await?;
        let workspaces = std::mem::take(&mut *workspaces.lock().unwrap_or_else(PoisonError::into_inner));
        for workspace in workspaces {
            let pace = Pace { step: self.removal_step, now: (self.clock)() };
            blocking(self.pool.lease().await?, move |lease, runtime| {
                catch_up(lease.session(runtime), workspace, pace)
            })
            .await?;
        }
        Ok(())
    }

    async fn warn_when_unsynced(&self) -> Result<(), Fault> {
        let lease = self.pool.lease().await?;
        let row = lease.connection.client.query_one("SELECT current_setting('fsync') = 'on'", &[]).await;
        if !row.map_err(|error| pool::fault_of(&error))?.get::<_, bool>(0) {
            tracing::error!(
                "the database runs with fsync=off: what is acknowledged can be lost in a power cut"
            );
        }
        lease.give_back();
        Ok(())
    }
}

/// Runs `work` on a thread that may wait. Its outer result says whether the transaction was ended in order, and so whether the
/// connection can serve others.
async fn blocking(
    mut lease: Lease,
    work: impl FnOnce(&mut Lease, &Handle) -> Result<Result<(), Fault>, Fault> + Send + 'static,
) -> Result<(), Fault> {
    let runtime = Handle::current();
    let ended = tokio::task::spawn_blocking(move || {
        let outcome = work(&mut lease, &runtime)?;
        lease.give_back();
        outcome
    });
    ended.await.unwrap_or(Err(Fault::Busy))
}

/// Folds in what the ledger has and the records lack.
fn catch_up(session: Session<'_>, workspace: WorkspaceId, pace: Pace) -> Result<Result<(), Fault>, Fault> {
    let mut room = Room::begin_writing(session, workspace)?;
    let journal = journal(&mut room)?;
    if journal.entries.is_empty() && journal.erased.is_empty() {
        return room.roll_back().map(Ok);
    }
    replay(&mut room, pace, &journal)?;
    room.flush()?;
    room.commit().map(Ok)
}

/// What the ledger knows and the records do not.
fn journal(room: &mut Room<'_>) -> Result<Journal, Fault> {
    let known = room.numbers.ledger.0;
    let entries = room.entries_since(known, usize::MAX)?;
    let rows = room.session.rows(
        "SELECT token FROM erased WHERE workspace_id = $1 AND NOT EXISTS (
             SELECT FROM subject
             WHERE subject.workspace_id = $1 AND subject.token = erased.token AND subject.is_erased)",
        &[&value::bytes(&room.id())],
    )?;
    let erased = rows.iter().map(|row| value::fixed(row, 0).map(SubjectToken)).collect::<Result<_, _>>()?;
    Ok(Journal { entries, erased })
}

fn remove(session: &mut Session<'_>, workspace: WorkspaceId) -> Result<(), Fault> {
    session.batch(&format!("BEGIN; {}; SET LOCAL statement_timeout = 0", room::about(workspace)))?;
    // Locked first and removed last: a writer that waits finds nothing and makes it anew, which its token no longer allows.
    session
        .rows("SELECT FROM workspace WHERE workspace_id = $1 FOR UPDATE", &[&value::bytes(&workspace.0)])?;
    for statement in REMOVE {
        session.change(statement, &[&value::bytes(&workspace.0)])?;
    }
    session.batch("COMMIT")
}

fn check(session: Session<'_>, workspace: WorkspaceId) -> Result<Result<(), Fault>, Fault> {
    let Some(mut room) = Room::begin_reading(session, workspace)? else { return Ok(Err(Fault::NotFound)) };
    room.session.batch("SET LOCAL statement_timeout = 0")?;
    let row = room.session.row(IS_WHOLE, &[&value::bytes(&workspace.0)])?;
    let is_whole = row.map_or(Ok(false), |row| value::column::<bool>(&row, 0))?;
    room.roll_back()?;
    let torn = Fault::Corrupt { what: "sums, numbers or hashes of a workspace" };
    Ok(if is_whole { Ok(()) } else { Err(torn) })
}

/// Reads every row of what spans workspaces.
const CHECK_CONTROL: &str = "BEGIN; SET LOCAL app.control = 'on';
    SELECT count(*) FROM directory; SELECT count(*) FROM token; SELECT count(*) FROM pairing; ROLLBACK";

impl Repo for Postgres {
    fn control(&self, job: ControlJob) -> Pending {
        self.blocking(move |lease, runtime| control::run(lease.session(runtime), job))
    }

    fn write(&self, workspace: WorkspaceId, job: WorkspaceJob) -> Pending {
        let outcome = writer::order(&self.queues, &self.place, workspace, job);
        Box::pin(async move { outcome.await.unwrap_or(Err(Fault::Busy)) })
    }

    fn read(&self, workspace: WorkspaceId, job: WorkspaceJob) -> Pending {
        self.blocking(move |lease, runtime| {
            let session = lease.session(runtime);
            let Some(mut room) = Room::begin_reading(session, workspace)? else {
                return Ok(Err(Fault::NotFound));
            };
            let outcome = job(&mut room);
            room.roll_back()?;
            Ok(outcome)
        })
    }

    fn remove(&self, workspace: WorkspaceId) -> Pending {
        self.blocking(move |lease, runtime| remove(&mut lease.session(runtime), workspace).map(Ok))
    }

    fn ping(&self) -> Pending {
        self.blocking(|lease, runtime| lease.session(runtime).batch("SELECT 1").map(Ok))
    }

    fn check(&self, workspace: Option<WorkspaceId>) -> Pending {
        self.blocking(move |lease, runtime| {
            let mut session = lease.session(runtime);
            match workspace {
                Some(workspace) => check(session, workspace),
                None => session.batch(CHECK_CONTROL).map(Ok),
            }
        })
    }

    fn close(&self) -> Pending {
        let place = Arc::clone(&self.place);
        Box::pin(async move {
            place.pool.close().await;
            Ok(())
        })
    }
}
