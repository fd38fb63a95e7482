//! The engine: answers and a clock in, requests out.
//!
//! ```text
//!            wake, or the next look
//!                     │
//!        ┌────────────▼────────────┐   endings (withdrawal, erasure …) are sent first, before anything is read, and
//!        │ endings that are pending│   again between any two requests below
//!        └────────────┬────────────┘
//!        ┌────────────▼────────────┐
//!        │ ledger: read to its head│◄──── 409 head_moved: sign anew ────┐
//!        └────────────┬────────────┘◄──── an operation was denied ──────┐│
//!        ┌────────────▼────────────┐                                    ││
//!        │ append what is pending  ├─────────────────────────────────────┘
//!        └────────────┬────────────┘                                    │
//!        ┌────────────▼────────────┐   410: forget the cursor, keep     │
//!        │ pull to the head        │◄─ the outbox; 409 equivocation ───┐│
//!        └────────────┬────────────┘                                   ││
//!        ┌────────────▼────────────┐                                   ││
//!        │ push until nothing is   ├───────────────────────────────────┴┘
//!        │ left                    │
//!        └────────────┬────────────┘
//!                   idle ──► WaitUntil(next look)
//! ```
//!
//! One request is under way at a time. Whatever fails is tried again, later and later; whatever cannot be believed stops the sync and
//! changes nothing. The client holds nothing that must survive: everything that must is in the [`Replica`], so a device that stops at
//! any point goes on from there with a new client.

mod answer;
mod check;
mod effect;
mod newer;
mod retry;
mod send;

pub use effect::{
    Answer, Carried, Effect, Exchange, Failure, MAX_ANSWER_BYTES, Method, Outcome, Phase, Problem, Request,
    Status,
};

use crate::replica::Limits;
use crate::wire::{MAX_BYTES, MAX_OPS, Op};
use crate::{Error, Replica};
use check::Expected;
use retry::Backoff;
use stillroom_consent::{DeviceId, PublicKey, SignedEntry, WorkspaceId};

/// What a client is made with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// This device.
    pub device: DeviceId,
    /// The server's key, as the grant names it.
    pub server_key: PublicKey,
    /// Spreads retries; drawn at random by the caller.
    pub seed: u64,
    /// How long to wait between looks, in milliseconds.
    pub poll_millis: i64,
    /// The most one push may carry, at most the protocol's own limits.
    pub limits: Limits,
}

impl Settings {
    /// The settings for a workspace on a server: a look every minute, the protocol's limits.
    #[must_use]
    pub fn new(workspace: WorkspaceId, device: DeviceId, server_key: PublicKey, seed: u64) -> Self {
        let limits = Limits { max_ops: MAX_OPS, max_bytes: MAX_BYTES - FRAME_BYTES };
        Settings { workspace, device, server_key, seed, poll_millis: 60_000, limits }
    }
}

/// What a push needs around its operations and keys, in bytes.
const FRAME_BYTES: usize = 64;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Ledger,
    Append,
    Pull,
    Push,
    Idle { next_look: i64 },
}

/// What was asked and not yet answered.
#[derive(Clone, Debug)]
enum Asked {
    Ledger,
    Append { entries: Vec<SignedEntry>, is_urgent: bool },
    Pull,
    Push { ops: Vec<Op> },
}

/// The engine of one device. See the [module](self).
#[derive(Debug)]
pub struct Client {
    expected: Expected,
    settings: Settings,
    step: Step,
    asked: Option<(u64, Asked)>,
    backoff: Backoff,
    not_before: Option<i64>,
    problem: Option<Problem>,
    last_success_at: Option<i64>,
    n_requests: u64,
    is_woken: bool,
    has_newer_content: bool,
    suspects: Suspects,
}

/// What is believed the second time, or held against the server then.
#[derive(Clone, Copy, Debug, Default)]
struct Suspects {
    /// A page erased a record that the ledger did not; the ledger is read again.
    has_unknown_erasure: bool,
    /// The first number of the push that was answered with `equivocation`; the sequence is read again.
    equivocation_at: Option<u64>,
    /// Resyncs since a page was applied.
    n_resyncs: u32,
    /// Refusals of the clock since an operation was stored.
    n_clock_refusals: u32,
    /// Appends that came too late since one was stored.
    n_late_appends: u32,
}

impl Client {
    /// A client that begins with the first [`Client::poll`].
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let Settings { workspace, device, server_key, seed, .. } = settings;
        Client {
            expected: Expected { workspace, device, server_key },
            settings,
            step: Step::Ledger,
            asked: None,
            backoff: Backoff::new(seed),
            not_before: None,
            problem: None,
            last_success_at: None,
            n_requests: 0,
            is_woken: false,
            has_newer_content: false,
            suspects: Suspects::default(),
        }
    }

    /// Says that there may be something to do: a change, a poke, a network that is back. Work that is under way is followed by another
    /// round.
    pub fn wake(&mut self) {
        self.is_woken = true;
        if matches!(self.problem, Some(Problem::NoAnswer(_))) {
            self.not_before = None;
        }
    }

    /// Goes on after a stop: somebody looked into it, or there is a new token.
    pub fn resume(&mut self) {
        self.problem = None;
        self.not_before = None;
        self.suspects = Suspects::default();
        self.start_over();
    }

    /// What is to be done now. Ask after every answer, after [`Client::wake`], and when the moment of [`Effect::WaitUntil`] has come.
    ///
    /// # Errors
    /// What the replica refuses; the next call tries again.
    pub fn poll<R: Replica>(&mut self, replica: &mut R, now_millis: i64) -> Result<Effect, R::Error> {
        if self.asked.is_some() || self.is_stopped() {
            return Ok(Effect::Idle);
        }
        if let Some(until) = self.not_before.filter(|until| now_millis < *until) {
            return if self.problem == Some(Problem::SlowDown) {
                let urgent = self.send_urgent(replica, now_millis)?;
                Ok(urgent.unwrap_or(Effect::WaitUntil(until)))
            } else {
                Ok(Effect::WaitUntil(until))
            };
        }
        self.not_before = None;
        if let Step::Idle { next_look } = self.step {
            if !self.is_woken && now_millis < next_look {
                return Ok(Effect::WaitUntil(next_look));
            }
            self.start_over();
        }
        if let Some(urgent) = self.send_urgent(replica, now_millis)? {
            return Ok(urgent);
        }
        self.send_next(replica, now_millis)
    }

    /// The sync as a page shows it.
    #[must_use]
    pub fn status(&self) -> Status {
        Status {
            phase: self.phase(),
            last_success_at: self.last_success_at,
            next_attempt_at: self.next_attempt_at(),
            problem: self.problem.clone(),
            n_requests: self.n_requests,
        }
    }

    fn phase(&self) -> Phase {
        match (&self.asked, self.step) {
            _ if self.is_stopped() => Phase::Stopped,
            (Some((_, Asked::Ledger)), _) => Phase::Ledger,
            (Some((_, Asked::Append { .. })), _) => Phase::Append,
            (Some((_, Asked::Pull)), _) => Phase::Pull,
            (Some((_, Asked::Push { .. })), _) => Phase::Push,
            _ if self.not_before.is_some() => Phase::Waiting,
            (None, Step::Ledger) => Phase::Ledger,
            (None, Step::Append) => Phase::Append,
            (None, Step::Pull) => Phase::Pull,
            (None, Step::Push) => Phase::Push,
            (None, Step::Idle { .. }) => Phase::Idle,
        }
    }

    fn next_attempt_at(&self) -> Option<i64> {
        match self.step {
            _ if self.is_stopped() => None,
            Step::Idle { next_look } => Some(next_look),
            _ => self.not_before,
        }
    }

    fn is_stopped(&self) -> bool {
        self.problem.as_ref().is_some_and(Problem::stops)
    }

    fn start_over(&mut self) {
        self.is_woken = false;
        self.step = Step::Ledger;
    }

    /// Everything is exchanged: idle, or another round when something happened meanwhile.
    fn finish(&mut self, now_millis: i64) {
        self.last_success_at = Some(now_millis);
        self.problem = self.has_newer_content.then_some(Problem::NewerContent);
        let next_look = if self.is_woken { now_millis } else { now_millis + self.settings.poll_millis };
        self.step = Step::Idle { next_look };
    }

    fn stop(&mut self, problem: Problem) {
        self.problem = Some(problem);
    }

    fn retry(&mut self, problem: Problem, asked_seconds: Option<u32>, now_millis: i64) {
        self.not_before = Some(now_millis + self.backoff.next_delay(asked_seconds));
        self.problem = Some(problem);
        self.step = Step::Ledger;
    }

    /// An answer that is not believed: stops, or tries again where a fault is as likely as malice.
    fn distrust(&mut self, error: Error, now_millis: i64) {
        let problem = Problem::Answer(error);
        if problem.stops() { self.stop(problem) } else { self.retry(problem, None, now_millis) }
    }
}
