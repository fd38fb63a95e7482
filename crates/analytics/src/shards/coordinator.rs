//! Work that shares its rows, driven from outside: bytes in, bytes out.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::desk::{Crew, Desk, Pause};

/// What whoever drives a [`Coordinator`] does next, after its messages are sent.
#[derive(Debug, PartialEq)]
pub enum Next<T> {
    /// Nothing more: this is the work's output.
    Done(T),
    /// Polls again at once.
    Again,
    /// Polls again, once what has come in by now is told.
    Listen,
    /// Waits for a shard to be heard. When none is for a few hundredths of a second, tells so by [`Coordinator::silence`] and polls:
    /// the work goes on without them.
    Wait,
}

/// Work whose rows are shared with shards, numbered from 0.
pub struct Coordinator<T> {
    work: Pin<Box<dyn Future<Output = T>>>,
    desk: Rc<RefCell<Desk>>,
}

impl<T> std::fmt::Debug for Coordinator<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Coordinator").field("desk", &self.desk).finish_non_exhaustive()
    }
}

impl<T: 'static> Coordinator<T> {
    /// `work`, given a crew with seats for `n_shards`, all empty: see [`Self::wanted`]. Shards may have served coordinators before,
    /// of which none had this `era`. Nothing is done before the first poll.
    pub fn new<F: Future<Output = T> + 'static>(
        era: u32,
        n_shards: usize,
        work: impl FnOnce(Crew) -> F,
    ) -> Self {
        let desk = Rc::new(RefCell::new(Desk::new(era, n_shards)));
        Self { work: Box::pin(work(Crew::at(desk.clone()))), desk }
    }

    /// Works until others are needed or the work is done. It is done once.
    pub fn poll(&mut self) -> Next<T> {
        match self.work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => {
                // What the work held is let go of now, whoever still holds the coordinator.
                self.work = Box::pin(std::future::pending());
                Next::Done(output)
            }
            Poll::Pending => match self.desk.borrow().pause {
                Pause::Send => Next::Again,
                Pause::Listen => Next::Listen,
                Pause::Wait => Next::Wait,
            },
        }
    }

    /// The next message to send, and to which shard.
    pub fn message(&mut self) -> Option<(usize, Vec<u8>)> {
        self.desk.borrow_mut().outbox.pop_front()
    }

    /// Says that there will be work for shards, before the first question.
    pub fn want(&mut self) {
        self.desk.borrow_mut().want();
    }

    /// A seat to be taken by a fresh shard: there is work to share, or the shard that sat there has not answered for too long and is
    /// to be ended. The work does not wait for it.
    pub fn wanted(&mut self) -> Option<usize> {
        self.desk.borrow_mut().wanted.pop()
    }

    /// A shard answered.
    pub fn heard(&mut self, shard: usize, answer: &[u8]) {
        self.desk.borrow_mut().heard(shard, answer);
    }

    /// No shard answered for a while: what they were asked is done without them.
    pub fn silence(&mut self) {
        self.desk.borrow_mut().silence();
    }

    /// A shard ended; what it was asked is done without it, and its seat is wanted again.
    pub fn lost(&mut self, shard: usize) {
        let mut desk = self.desk.borrow_mut();
        desk.lost(shard);
        desk.want();
    }

    /// A shard took a seat: it gets its rows with the next question.
    pub fn seated(&mut self, shard: usize) {
        self.desk.borrow_mut().seated(shard);
    }
}
