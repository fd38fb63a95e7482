//! Exchanging with the server: the sync room's client, fed with what came back and asked what comes next.

use stillroom_sync::{
    Client, Replica,
    client::{Answer as ServerAnswer, Effect, Failure as NoAnswer, Phase, Settings},
    wire::MAX_OPS,
};

use super::{Open, Session, enrolment::Enrolment, replica::Workspace};
use crate::{
    platform::Platform,
    protocol::{Failure, JobProgress, SyncInfo},
    transport::{Incoming, NoReply, Outgoing},
};

/// How often a device that joined looks whether it was let in, in milliseconds.
const AWAITED_MILLIS: i64 = 3_000;

/// What comes next in the exchange with the server.
#[derive(Debug)]
pub enum SyncStep {
    /// Send this, then say what came back with [`Session::exchanged`].
    Send(Outgoing),
    /// There is more to prepare before anything is sent: ask again, after others had their turn.
    Working,
    /// Nothing before this moment, in milliseconds since 1970.
    WaitUntil(i64),
    /// Nothing until something changes.
    Idle,
}

/// One device's side of a synced workspace, while it is open.
pub(super) struct Syncing {
    pub(super) enrolment: Enrolment,
    client: Client,
    /// The client's request that has no answer yet.
    under_way: Option<u64>,
    /// Its line in the network ledger.
    line: i64,
    /// Somebody asked for an exchange, which then takes place whatever is granted.
    is_asked_for: bool,
}

impl Syncing {
    pub(super) fn new(enrolment: Enrolment, seed: u64) -> Self {
        let settings = Settings::new(enrolment.workspace, enrolment.device(), enrolment.server_key, seed);
        Self { enrolment, client: Client::new(settings), under_way: None, line: 0, is_asked_for: false }
    }
}

impl<P: Platform> Session<P> {
    /// Says that there may be something to exchange.
    pub fn wake_sync(&mut self) {
        if let Some(syncing) = self.syncing() {
            syncing.client.wake();
        }
    }

    /// Says that somebody wants an exchange now, also after the sync had stopped.
    pub fn ask_sync(&mut self) {
        if let Some(syncing) = self.syncing() {
            syncing.is_asked_for = true;
            if syncing.client.status().phase == Phase::Stopped {
                syncing.client.resume();
            }
            syncing.client.wake();
        }
    }

    /// Something that ends a consent waits: it does not wait for what is typed beside it.
    pub fn has_endings(&mut self) -> bool {
        let pending = self.store().ok().and_then(|store| store.pending_entries().ok());
        pending.is_some_and(|entries| entries.iter().any(|signed| signed.entry.event.is_ending()))
    }

    /// What is to be sent now, if anything. Unless somebody asked, nothing is while there is neither a live grant, nor another device,
    /// nor anything of the ledger waiting; and nothing ever is while the workspace is locked, not connected, or being imported to.
    ///
    /// # Errors
    /// The store's error.
    pub fn next_exchange(&mut self) -> Result<SyncStep, Failure> {
        if self.importing.is_some() || !self.has_business()? {
            return Ok(SyncStep::Idle);
        }
        let now_millis = self.platform.now_millis();
        let Some((mut workspace, client)) = self.replica_and_client() else { return Ok(SyncStep::Idle) };
        if workspace.end_copies_step(now_millis)? {
            self.views.clear();
            return Ok(SyncStep::Working);
        }
        if workspace.enter_noted_step()? {
            return Ok(SyncStep::Working);
        }
        if client.status().phase != Phase::Stopped && workspace.prepare_step(MAX_OPS, now_millis)? {
            return Ok(SyncStep::Working);
        }
        let effect = client.poll(&mut workspace, now_millis)?;
        match effect {
            Effect::Send(request) => {
                let entry = *workspace.line;
                if let Some(syncing) = self.syncing() {
                    syncing.under_way = Some(request.id);
                }
                let outgoing =
                    self.sealed_request(entry, request.method.key(), &request.path, request.body)?;
                Ok(SyncStep::Send(outgoing))
            }
            Effect::WaitUntil(until) => {
                self.settle()?;
                let until = if self.is_awaited()? { until.min(now_millis + AWAITED_MILLIS) } else { until };
                Ok(SyncStep::WaitUntil(until))
            }
            Effect::Idle => {
                self.settle()?;
                Ok(SyncStep::Idle)
            }
        }
    }

    /// Takes what came back for the last request. Nothing happens when the workspace was closed meanwhile.
    ///
    /// # Errors
    /// The store's error.
    pub fn exchanged(&mut self, incoming: &Incoming) -> Result<(), Failure> {
        let now_millis = self.platform.now_millis();
        let Some(id) = self.syncing().and_then(|syncing| syncing.under_way.take()) else { return Ok(()) };
        let seen_before = self.changes_seen();
        let Some((mut workspace, client)) = self.replica_and_client() else { return Ok(()) };
        match incoming {
            Incoming::Answered { status, retry_after_seconds, body } => {
                let answer = ServerAnswer {
                    status: *status,
                    retry_after_seconds: *retry_after_seconds,
                    body: body.as_slice(),
                };
                client.on_answer(&mut workspace, id, answer, now_millis)?;
            }
            Incoming::Failed(why) => {
                let failure = match why {
                    NoReply::Offline => NoAnswer::Offline,
                    NoReply::TimedOut => NoAnswer::TimedOut,
                };
                client.on_failure(&mut workspace, id, failure, now_millis)?;
            }
        }
        if self.changes_seen() != seen_before {
            self.views.clear();
        }
        Ok(())
    }

    /// Gives up the request under way, when whoever waited for its answer went away.
    pub fn forget_exchange(&mut self) {
        let _what_is_lost_is_sent_again = self.exchanged(&Incoming::Failed(NoReply::Offline));
    }

    /// Global Privacy Control, as the page or the worker found it: what is shared stops.
    pub fn set_gpc(&mut self, is_on: bool) {
        self.gpc = is_on;
    }

    /// How far an exchange has come: what is still to be sent, of what there was.
    ///
    /// # Errors
    /// The store's error.
    pub fn sync_progress(&mut self) -> Result<JobProgress, Failure> {
        let phase = self.syncing().map(|syncing| syncing.client.status().phase);
        let stage = match phase {
            Some(Phase::Pull) => "pulling",
            Some(Phase::Push) => "pushing",
            _ => "agreeing",
        };
        let done = self.store()?.sync_state()?.map_or(0, |state| state.seq + state.acknowledged_seq);
        Ok(JobProgress { stage: stage.to_owned(), done, total: 0 })
    }

    /// How the sync stands.
    ///
    /// # Errors
    /// `locked`, or the store's error.
    pub fn sync_info(&mut self) -> Result<SyncInfo, Failure> {
        let waiting = self.waiting_by_purpose()?;
        let has_business = self.has_business()?;
        let Some((mut workspace, client)) = self.replica_and_client() else {
            let was_restored = self.store()?.sync_state()?.is_some();
            let (phase, problem) = if was_restored { ("stopped", Some("restored")) } else { ("off", None) };
            return Ok(SyncInfo {
                phase: phase.to_owned(),
                problem: problem.map(str::to_owned),
                ..SyncInfo::default()
            });
        };
        let status = client.status();
        let counts = workspace.waiting()?;
        let phase = match status.phase {
            Phase::Stopped => "stopped",
            _ if !has_business => "off",
            Phase::Waiting => "waiting",
            Phase::Idle => "idle",
            _ if status.n_requests == 0 => "idle",
            _ => "running",
        };
        Ok(SyncInfo {
            phase: phase.to_owned(),
            waiting,
            parked: counts.n_parked,
            conflicts: counts.n_conflicts,
            last_success_millis: status.last_success_at.map(|millis| millis as f64),
            next_attempt_millis: status.next_attempt_at.map(|millis| millis as f64),
            problem: status.problem.map(|problem| problem.code().to_owned()),
        })
    }

    pub(super) fn syncing(&mut self) -> Option<&mut Syncing> {
        self.open.as_mut()?.syncing.as_mut()
    }

    /// The workspace as the sync room sees it, and the client.
    pub(super) fn replica_and_client(&mut self) -> Option<(Workspace<'_, P>, &mut Client)> {
        let Open { store, key, syncing } = self.open.as_mut()?;
        let Syncing { enrolment, client, line, .. } = syncing.as_mut()?;
        let workspace =
            Workspace { platform: &mut self.platform, store, key, enrolment, line, gpc: self.gpc };
        Some((workspace, client))
    }

    /// The exchange is over, for now: what it pushed gets its receipt.
    fn settle(&mut self) -> Result<(), Failure> {
        let Some(syncing) = self.syncing() else { return Ok(()) };
        if syncing.under_way.is_some() {
            return Ok(());
        }
        syncing.is_asked_for = false;
        self.receipt_pushes()
    }

    /// Whether there is a reason to make requests at all.
    fn has_business(&mut self) -> Result<bool, Failure> {
        let now_millis = self.platform.now_millis();
        let Some(Open { store, syncing: Some(syncing), .. }) = &mut self.open else { return Ok(false) };
        if syncing.is_asked_for || syncing.under_way.is_some() {
            return Ok(true);
        }
        let devices = store.devices()?;
        let is_awaited = !devices.iter().any(|record| record.info.device == syncing.enrolment.device());
        let grants = store.grants()?;
        let is_live = |record: &stillroom_consent::GrantRecord| {
            record.withdrawn_at.is_none() && now_millis < record.grant.expires_at
        };
        Ok(is_awaited
            || devices.len() > 1
            || grants.iter().any(is_live)
            || store.has_noted()?
            || !store.pending_entries()?.is_empty())
    }

    /// Whether another device still has to let this one in; then the ledger is looked at every few seconds.
    fn is_awaited(&mut self) -> Result<bool, Failure> {
        let Some(Open { store, syncing: Some(syncing), .. }) = &mut self.open else { return Ok(false) };
        let own = syncing.enrolment.device();
        let is_awaited = !store.devices()?.iter().any(|record| record.info.device == own);
        if is_awaited {
            syncing.client.wake();
        }
        Ok(is_awaited)
    }

    /// What waits for each purpose that is granted now.
    fn waiting_by_purpose(&mut self) -> Result<Vec<(String, u64)>, Failure> {
        let mut waiting = Vec::new();
        for purpose in stillroom_consent::Purpose::ALL {
            if self.live_grant(purpose)?.is_some() {
                let store = self.store()?;
                let n_waiting = store.change_counts(purpose)?.0 + store.n_waiting(purpose)?;
                waiting.push((purpose.key().to_owned(), n_waiting));
            }
        }
        Ok(waiting)
    }

    fn changes_seen(&mut self) -> Option<u64> {
        Some(self.store().ok()?.sync_state().ok()??.seq)
    }
}
