//! Long work reports how far it is and stops when told to.

use std::ops::ControlFlow;

use crate::{Error, Result};

/// How far a stage of work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The stage, a stable word such as `kmeans`.
    pub stage: &'static str,
    /// Units done.
    pub done: u64,
    /// Units in all; 0 when not known.
    pub total: u64,
}

/// Hears of progress and answers whether to go on. Called between pieces of work of at most about 50 ms.
pub type Watch<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// Reports to `watch`.
///
/// # Errors
/// [`Error::Cancelled`] when the watcher breaks.
pub fn report(watch: &mut Watch<'_>, stage: &'static str, done: usize, total: usize) -> Result<()> {
    match watch(Progress { stage, done: done as u64, total: total as u64 }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Cancelled),
    }
}

/// A watcher that lets everything run.
pub fn unwatched(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
