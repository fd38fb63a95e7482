//! The one thread that writes a set of files: takes jobs as they come and lets those that wait share a commit.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::Fault;

/// How long jobs may gather before their commit; the commit itself waits for the disk.
const GATHER: Duration = Duration::from_millis(5);
/// Most jobs in one commit.
const MAX_TOGETHER: usize = 64;
/// How long the files of a workspace nobody writes to stay open.
const IDLE: Duration = Duration::from_secs(60);

/// A job and who waits for it.
pub(super) struct Order<J> {
    pub(super) job: J,
    pub(super) done: oneshot::Sender<Result<(), Fault>>,
}

/// A writing thread; it ends when every sender is gone and every order was carried out.
pub(super) struct Writer<J> {
    pub(super) orders: Sender<Order<J>>,
    thread: JoinHandle<()>,
}

/// How a writer opens its files, does a job on them, and leaves when idle (`true`: it may go).
pub(super) struct Trade<J> {
    /// In the order in which they are committed.
    pub(super) open: Box<dyn FnOnce() -> Result<Vec<Connection>, Fault> + Send>,
    pub(super) perform: Box<Perform<J>>,
    pub(super) retire: Box<dyn Fn() -> bool + Send>,
}

impl<J: Send + 'static> Writer<J> {
    pub(super) fn start(trade: Trade<J>) -> Result<Self, Fault> {
        let (orders, inbox) = channel();
        let thread = thread::Builder::new().name("writer".to_owned()).spawn(move || work(trade, &inbox))?;
        Ok(Self { orders, thread })
    }

    /// Waits for the orders given so far. Blocks.
    pub(super) fn finish(self) {
        drop(self.orders);
        let _ = self.thread.join();
    }
}

fn work<J>(trade: Trade<J>, inbox: &Receiver<Order<J>>) {
    let Trade { open, perform, retire } = trade;
    let files = open();
    loop {
        match inbox.recv_timeout(IDLE) {
            Ok(order) => serve(&files, perform.as_ref(), order, inbox),
            Err(RecvTimeoutError::Timeout) if retire() => break,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if files.is_err() && retire() {
            break;
        }
    }
    while let Ok(order) = inbox.try_recv() {
        serve(&files, perform.as_ref(), order, inbox);
    }
}

type Perform<J> = dyn Fn(&[Connection], J) -> Result<(), Fault> + Send;

fn serve<J>(
    files: &Result<Vec<Connection>, Fault>,
    perform: &Perform<J>,
    first: Order<J>,
    inbox: &Receiver<Order<J>>,
) {
    match files {
        Ok(files) => serve_together(files, perform, first, inbox),
        Err(fault) => drop(first.done.send(Err(fault.clone()))),
    }
}

fn serve_together<J>(
    files: &[Connection],
    perform: &Perform<J>,
    first: Order<J>,
    inbox: &Receiver<Order<J>>,
) {
    let until = Instant::now() + GATHER;
    let mut waiting = Vec::new();
    let mut outcome = on_all(files, "BEGIN IMMEDIATE");
    let mut next = Some(first);
    while let Some(Order { job, done }) = next {
        let result = match &outcome {
            Ok(()) => in_savepoint(files, || perform(files, job)),
            Err(fault) => Err(fault.clone()),
        };
        // Some failures, such as a full disk, end the whole transaction.
        if outcome.is_ok() && files.iter().any(Connection::is_autocommit) {
            outcome = Err(result.as_ref().err().cloned().unwrap_or(Fault::Busy));
        }
        waiting.push((done, result));
        let has_time = waiting.len() < MAX_TOGETHER && Instant::now() < until && outcome.is_ok();
        next = has_time.then(|| inbox.try_recv().ok()).flatten();
    }
    let ended = outcome.and_then(|()| on_all(files, "COMMIT"));
    if ended.is_err() {
        for file in files.iter().filter(|file| !file.is_autocommit()) {
            let _ = file.execute_batch("ROLLBACK");
        }
    }
    for (done, result) in waiting {
        let _ = done.send(result.and_then(|()| ended.clone()));
    }
}

fn in_savepoint(files: &[Connection], perform: impl FnOnce() -> Result<(), Fault>) -> Result<(), Fault> {
    on_all(files, "SAVEPOINT job")?;
    let result = perform();
    match &result {
        Ok(()) => on_all(files, "RELEASE job")?,
        Err(_) => on_all(files, "ROLLBACK TO job; RELEASE job").or_else(|_| on_all(files, "ROLLBACK"))?,
    }
    result
}

fn on_all(files: &[Connection], statement: &str) -> Result<(), Fault> {
    files.iter().try_for_each(|file| file.execute_batch(statement).map_err(Fault::from))
}
