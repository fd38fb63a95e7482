//! Writers of one workspace follow one another anyway, so those that wait share a transaction and its one journey to the disk.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use stillroom_consent::WorkspaceId;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::Place;
use super::pool::Lease;
use super::room::Room;
use crate::Fault;
use crate::repo::WorkspaceJob;

/// How long a transaction takes further jobs in; the commit itself waits for the disk.
const GATHER: Duration = Duration::from_millis(20);
/// Most jobs in one transaction.
const MAX_TOGETHER: usize = 64;

/// A job and who waits for it.
struct Order {
    job: WorkspaceJob,
    done: oneshot::Sender<Result<(), Fault>>,
}

/// The orders that wait, by workspace. A workspace is listed exactly while somebody carries its orders out.
#[derive(Default)]
pub(super) struct Queues(Mutex<HashMap<WorkspaceId, VecDeque<Order>>>);

impl Queues {
    fn lock(&self) -> MutexGuard<'_, HashMap<WorkspaceId, VecDeque<Order>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, workspace: WorkspaceId) -> Option<Order> {
        self.lock().get_mut(&workspace)?.pop_front()
    }

    /// Whether nothing waits any more; the workspace is then off the list.
    fn leave(&self, workspace: WorkspaceId) -> bool {
        let mut queues = self.lock();
        let is_empty = queues.get(&workspace).is_none_or(VecDeque::is_empty);
        if is_empty {
            queues.remove(&workspace);
        }
        is_empty
    }
}

/// Queues a job, and makes somebody carry it out.
pub(super) fn order(
    queues: &Arc<Queues>,
    place: &Arc<Place>,
    workspace: WorkspaceId,
    job: WorkspaceJob,
) -> oneshot::Receiver<Result<(), Fault>> {
    let (done, outcome) = oneshot::channel();
    let order = Order { job, done };
    let is_served = {
        let mut queues = queues.lock();
        let is_served = queues.contains_key(&workspace);
        queues.entry(workspace).or_default().push_back(order);
        is_served
    };
    if !is_served {
        tokio::spawn(serve(Arc::clone(queues), Arc::clone(place), workspace));
    }
    outcome
}

async fn serve(queues: Arc<Queues>, place: Arc<Place>, workspace: WorkspaceId) {
    while !queues.leave(workspace) {
        match place.lease().await {
            Ok(lease) => {
                let queues = Arc::clone(&queues);
                let runtime = Handle::current();
                // A job that panics takes its connection with it, and who waits is told to try again.
                let _ = tokio::task::spawn_blocking(move || work(&queues, workspace, lease, &runtime)).await;
            }
            Err(fault) => {
                while let Some(order) = queues.next(workspace) {
                    let _ = order.done.send(Err(fault.clone()));
                }
            }
        }
    }
}

/// One transaction: jobs as long as there are some, then the commit, then the answers.
fn work(queues: &Queues, workspace: WorkspaceId, mut lease: Lease, runtime: &Handle) {
    let mut waiting = Vec::new();
    let ended = Room::begin_writing(lease.session(runtime), workspace).and_then(|mut room| {
        let until = Instant::now() + GATHER;
        while waiting.len() < MAX_TOGETHER && (waiting.is_empty() || Instant::now() < until) {
            let Some(Order { job, done }) = queues.next(workspace) else { break };
            let is_first = !waiting.iter().any(|(_, result): &(_, Result<(), Fault>)| result.is_ok());
            let result = room.attempt(is_first, job)?;
            waiting.push((done, result));
        }
        let has_written = waiting.iter().any(|(_, result)| result.is_ok());
        if has_written { room.commit() } else { room.roll_back() }
    });
    if ended.is_ok() {
        lease.give_back();
    } else if waiting.is_empty() {
        // The transaction could not even begin: whoever comes next must not find the same order again.
        if let Some(order) = queues.next(workspace) {
            waiting.push((order.done, Ok(())));
        }
    }
    for (done, result) in waiting {
        let _ = done.send(result.and(ended.clone()));
    }
}
