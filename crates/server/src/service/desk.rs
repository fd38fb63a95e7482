//! The desk every request comes to: one method for each thing that can be asked, each a transaction or two.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, OnceLock};

use stillroom_consent::{
    DeviceId, Event, MemoryRegister, PairingId, SignedEntry, SignedHead, WorkspaceId, fold,
};
use stillroom_sync::wire::{
    Claimed, DeviceState, Devices, Enrolled, Ledger, MAX_OPS, NewWorkspace, Page, PairClaim, PairOffer,
    PairOffered, PairState, Push, Pushed, Receipts, ServerInfo, VERSION,
};

use super::hub::Hub;
use super::ledger::Accepts;
use super::{Caller, Rules, ServerKeys, enrol, ledger, pull, push, receipt, removal, sweep};
use crate::repo::{Removal, Repo, TokenRow};
use crate::{Fault, Limits, Registration};

/// The time, in milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What a desk is made of.
pub(crate) struct DeskSettings {
    pub(crate) repo: Arc<dyn Repo>,
    pub(crate) keys: ServerKeys,
    pub(crate) limits: Limits,
    pub(crate) registration: Registration,
    pub(crate) clock: Clock,
}

/// Everything the sync API does.
pub(crate) struct Desk {
    repo: Arc<dyn Repo>,
    keys: Arc<ServerKeys>,
    limits: Limits,
    registration: Registration,
    clock: Clock,
    origins: OnceLock<Arc<[String]>>,
    pub(crate) hub: Hub,
}

impl fmt::Debug for Desk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Desk").field("repo", &self.repo).finish_non_exhaustive()
    }
}

impl Desk {
    pub(crate) fn new(settings: DeskSettings) -> Self {
        let DeskSettings { repo, keys, limits, registration, clock } = settings;
        let keys = Arc::new(keys);
        Self { repo, keys, limits, registration, clock, origins: OnceLock::new(), hub: Hub::default() }
    }

    /// Says under which origins this server is reached, once that is known; only the first time counts.
    pub(crate) fn reached_at(&self, origins: &[String]) {
        let _ = self.origins.set(origins.into());
    }

    pub(crate) fn repo(&self) -> &(dyn Repo + 'static) {
        self.repo.as_ref()
    }

    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }

    pub(crate) fn rules(&self) -> Rules {
        Rules {
            keys: Arc::clone(&self.keys),
            limits: self.limits.clone(),
            origins: self.origins.get().cloned().unwrap_or_default(),
            now: self.now(),
        }
    }

    pub(crate) fn info(&self) -> ServerInfo {
        ServerInfo {
            versions: (VERSION, VERSION),
            server_key: self.keys.public(),
            max_ops: u32::try_from(MAX_OPS).unwrap_or(u32::MAX),
            max_bytes: u32::try_from(self.limits.max_body_bytes).unwrap_or(u32::MAX),
            is_open: self.registration == Registration::Open,
        }
    }

    pub(crate) async fn create(&self, new: NewWorkspace) -> Result<Enrolled, Fault> {
        if self.registration == Registration::Closed {
            return Err(Fault::RegistrationClosed);
        }
        let (workspace, device) = (new.workspace, new.entry.entry.device);
        new.entry.entry.check_clock(self.now())?;
        fold(&mut MemoryRegister::new(workspace), &new.entry)?;
        if self.repo.control_with(move |control| control.knows_workspace(workspace)).await? {
            return Err(Fault::Exists);
        }
        let head = self.begin_ledger(workspace, new.entry).await?;
        let (token, hash) = enrol::new_token()?;
        let now = self.now();
        self.repo
            .control_with(move |control| enrol::add_workspace(control, workspace, device, hash, now))
            .await?;
        Ok(Enrolled { token, head })
    }

    /// Stores entry 1. An earlier attempt with the same entry that did not get further counts.
    async fn begin_ledger(&self, workspace: WorkspaceId, first: SignedEntry) -> Result<SignedHead, Fault> {
        let rules = self.rules();
        self.repo
            .write_with(workspace, move |room| {
                let head = match room.head()? {
                    (0, _) => {
                        ledger::fold_all(room, rules.now, std::slice::from_ref(&first))?;
                        room.head()?
                    }
                    head if head == (1, first.entry.hash()) => head,
                    _ => return Err(Fault::Exists),
                };
                Ok(rules.keys.ledger_head(workspace, head, rules.now))
            })
            .await
    }

    /// The device a token was given to.
    pub(crate) async fn authenticate(&self, token: [u8; 32], gpc: bool) -> Result<Caller, Fault> {
        let now = self.now();
        let row = self.repo.control_with(move |control| enrol::open(control, &token, now)).await?;
        if enrol::is_stale(&row, now) {
            self.touch(row, now).await?;
        }
        Ok(Caller { workspace: row.workspace, device: row.device, token_hash: row.hash, gpc })
    }

    async fn touch(&self, row: TokenRow, now: i64) -> Result<(), Fault> {
        let device = row.device;
        let is_enrolled = self
            .repo
            .read_with(row.workspace, move |room| {
                Ok(room.device(device)?.is_some_and(|record| !record.is_revoked))
            })
            .await?;
        self.repo.control_with(move |control| enrol::touch(control, &row, is_enrolled, now)).await
    }

    pub(crate) async fn offer(&self, caller: Caller, offer: PairOffer) -> Result<PairOffered, Fault> {
        self.check_enrolled(caller).await?;
        let now = self.now();
        self.repo.control_with(move |control| enrol::offer(control, &caller, &offer, now)).await
    }

    pub(crate) async fn claim(&self, claim: PairClaim) -> Result<Claimed, Fault> {
        let (token, now) = (enrol::new_token()?, self.now());
        self.repo.control_with(move |control| enrol::claim(control, &claim, token, now)).await
    }

    pub(crate) async fn pairing(&self, caller: Caller, pairing: PairingId) -> Result<PairState, Fault> {
        self.check_enrolled(caller).await?;
        let now = self.now();
        self.repo.control_with(move |control| enrol::pairing(control, &caller, pairing, now)).await
    }

    pub(crate) async fn devices(&self, caller: Caller) -> Result<Devices, Fault> {
        self.check_enrolled(caller).await?;
        self.all_devices(caller.workspace).await
    }

    pub(crate) async fn all_devices(&self, workspace: WorkspaceId) -> Result<Devices, Fault> {
        let tokens = self.repo.control_with(move |control| control.tokens(workspace)).await?;
        let state = move |row: &TokenRow, acknowledged_seq, is_revoked| DeviceState {
            device: row.device,
            enrolled_at: row.enrolled_at,
            last_seen_at: row.last_seen_at,
            acknowledged_seq,
            is_revoked,
        };
        self.repo
            .read_with(workspace, move |room| {
                let mut devices = Vec::with_capacity(tokens.len());
                for row in &tokens {
                    let left = room.device(row.device)?.is_some_and(|record| record.is_revoked);
                    let acknowledged = room.acknowledged(row.device)?;
                    devices.push(state(row, acknowledged.seq, row.is_revoked || left));
                }
                Ok(Devices { devices })
            })
            .await
    }

    pub(crate) async fn check_enrolled(&self, caller: Caller) -> Result<(), Fault> {
        self.repo.read_with(caller.workspace, move |room| super::enrolled(room, caller.device)).await
    }

    /// Appends entries; answers the head and what removals they began.
    pub(crate) async fn append(
        &self,
        caller: Caller,
        entries: Vec<SignedEntry>,
        accepts: Accepts,
    ) -> Result<(SignedHead, Vec<Removal>), Fault> {
        let (added, revoked) = devices_of(&entries);
        let rules = self.rules();
        let answer = self
            .repo
            .write_with(caller.workspace, move |room| {
                let removals = ledger::append(room, &rules, &caller, &entries, accepts)?;
                Ok((rules.keys.ledger_head(caller.workspace, room.head()?, rules.now), removals))
            })
            .await?;
        if !added.is_empty() || !revoked.is_empty() {
            let (workspace, now) = (caller.workspace, self.now());
            self.repo
                .control_with(move |control| enrol::follow_ledger(control, workspace, &added, &revoked, now))
                .await?;
        }
        self.hub.tell(caller.workspace);
        Ok(answer)
    }

    /// Appends entries that end something; answers the head and the receipt of the last removal.
    pub(crate) async fn end(
        &self,
        caller: Caller,
        entries: Vec<SignedEntry>,
        accepts: Accepts,
    ) -> Result<(SignedHead, String), Fault> {
        let (head, removals) = self.append(caller, entries, accepts).await?;
        let last = removals.last().copied().ok_or(Fault::Corrupt { what: "an end without its removal" })?;
        let rules = self.rules();
        let receipt =
            self.repo.read_with(caller.workspace, move |room| receipt::of(room, &rules, &last)).await?;
        Ok((head, receipt))
    }

    pub(crate) async fn ledger(&self, caller: Caller, since: u64) -> Result<Ledger, Fault> {
        let rules = self.rules();
        let (page, is_news) = self
            .repo
            .read_with(caller.workspace, move |room| {
                let page = ledger::since(room, &rules, &caller, since)?;
                let known = room.acknowledged(caller.device)?.entry;
                Ok((page, since > known && room.device(caller.device)?.is_some()))
            })
            .await?;
        if is_news {
            self.repo
                .write_with(caller.workspace, move |room| ledger::acknowledge(room, caller.device, since))
                .await?;
        }
        Ok(page)
    }

    pub(crate) async fn ledger_head(&self, caller: Caller) -> Result<SignedHead, Fault> {
        let rules = self.rules();
        self.repo
            .read_with(caller.workspace, move |room| {
                super::not_revoked(room, caller.device)?;
                Ok(rules.keys.ledger_head(caller.workspace, room.head()?, rules.now))
            })
            .await
    }

    pub(crate) async fn push(&self, caller: Caller, pushed: Push) -> Result<Pushed, Fault> {
        let rules = self.rules();
        let answer = self
            .repo
            .write_with(caller.workspace, move |room| push::push(room, &rules, &caller, &pushed))
            .await?;
        if answer.n_accepted > 0 {
            self.hub.tell(caller.workspace);
        }
        Ok(answer)
    }

    pub(crate) async fn pull(&self, caller: Caller, cursor: Option<Vec<u8>>) -> Result<Page, Fault> {
        let read = |cursor: Vec<u8>| self.keys.read_cursor(caller.workspace, &cursor);
        let cursor = cursor.map(read).transpose()?;
        let since = cursor.map_or(0, |cursor| cursor.seq);
        let rules = self.rules();
        let (page, is_news) = self
            .repo
            .read_with(caller.workspace, move |room| {
                let page = pull::page(room, &rules, &caller, cursor)?;
                Ok((page, room.acknowledged(caller.device)?.seq < since))
            })
            .await?;
        if is_news {
            self.repo
                .write_with(caller.workspace, move |room| pull::acknowledge(room, caller.device, since))
                .await?;
        }
        Ok(page)
    }

    /// Checks that the caller may listen for news.
    pub(crate) async fn listen(&self, caller: Caller) -> Result<(), Fault> {
        self.repo.read_with(caller.workspace, move |room| super::not_revoked(room, caller.device)).await
    }

    pub(crate) async fn receipts(&self, caller: Caller) -> Result<Receipts, Fault> {
        self.check_enrolled(caller).await?;
        self.all_receipts(caller.workspace).await
    }

    pub(crate) async fn all_receipts(&self, workspace: WorkspaceId) -> Result<Receipts, Fault> {
        let rules = self.rules();
        let receipts = self.repo.read_with(workspace, move |room| receipt::all(room, &rules)).await?;
        Ok(Receipts { receipts })
    }

    /// Removes everything of the caller's workspace; its tokens open nothing from the first step on.
    pub(crate) async fn delete(&self, caller: Caller) -> Result<(), Fault> {
        self.check_enrolled(caller).await?;
        let now = self.now();
        self.repo.control_with(move |control| control.remove_workspace(caller.workspace, now)).await?;
        self.hub.tell(caller.workspace);
        self.repo.remove(caller.workspace).await
    }

    pub(crate) async fn workspaces(&self) -> Result<Vec<WorkspaceId>, Fault> {
        self.repo.control_with(|control| control.workspaces()).await
    }

    /// Finishes every removal of a workspace, a step in each transaction so that others get their turn.
    pub(crate) async fn finish_removals(&self, workspace: WorkspaceId) -> Result<(), Fault> {
        loop {
            let rules = self.rules();
            let has_more = self
                .repo
                .write_with(workspace, move |room| removal::advance_next(room, rules.pace()))
                .await?;
            if !has_more {
                return Ok(());
            }
        }
    }

    /// The devices of a workspace that can still come back with what they know: their tokens open.
    async fn live_devices(&self, workspace: WorkspaceId) -> Result<BTreeSet<DeviceId>, Fault> {
        let now = self.now();
        let tokens = self.repo.control_with(move |control| control.tokens(workspace)).await?;
        let live = tokens.iter().filter(|row| !row.is_revoked && now < row.expires_at);
        Ok(live.map(|row| row.device).collect())
    }

    /// Removes what ended by itself in a workspace; answers how much, by cause. `with_superseded` also looks through all older
    /// operations for those a later one replaced.
    pub(crate) async fn sweep(
        &self,
        workspace: WorkspaceId,
        with_superseded: bool,
    ) -> Result<sweep::Swept, Fault> {
        let mut total = sweep::Swept::default();
        let live = Arc::new(self.live_devices(workspace).await?);
        loop {
            let (rules, live) = (self.rules(), Arc::clone(&live));
            let step = self.repo.write_with(workspace, move |room| sweep::ended(room, &rules, &live)).await?;
            total.add(step);
            if step.is_nothing() {
                break;
            }
        }
        let mut from = with_superseded.then_some(0);
        while let Some(after) = from {
            let (rules, live) = (self.rules(), Arc::clone(&live));
            let (n_rows, next) = self
                .repo
                .write_with(workspace, move |room| sweep::superseded(room, &rules, &live, after))
                .await?;
            total.superseded += n_rows;
            from = next;
        }
        Ok(total)
    }

    /// Removes expired pairings and tokens; answers how many of each.
    pub(crate) async fn sweep_control(&self) -> Result<(u64, u64), Fault> {
        let now = self.now();
        self.repo
            .control_with(move |control| {
                Ok((control.remove_expired_pairings(now)?, control.remove_expired_tokens(now)?))
            })
            .await
    }

    /// Bytes of stored operations of a workspace.
    pub(crate) async fn held_bytes(&self, workspace: WorkspaceId) -> Result<u64, Fault> {
        self.repo.read_with(workspace, |room| Ok(room.tail()?.held.bytes)).await
    }
}

/// The devices that joined and those that left. The ledger decides; tokens follow it, and each request asks the ledger too.
fn devices_of(entries: &[SignedEntry]) -> (Vec<DeviceId>, Vec<DeviceId>) {
    let (mut added, mut revoked) = (Vec::new(), Vec::new());
    for signed in entries {
        match &signed.entry.event {
            Event::DeviceAdded(info) => added.push(info.device),
            Event::DeviceRevoked { device, .. } => revoked.push(*device),
            _ => {}
        }
    }
    (added, revoked)
}
