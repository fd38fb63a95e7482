//! The simulated world: what people do, what the network does to it, and in which order.

use super::device::{Device, Place, info};
use super::verdict::{Witnessed, verdict};
use super::{Chance, Server, Summary};
use crate::client::{Answer, Effect, Failure, Phase, Request};
use crate::replica::Replica;
use crate::wire::NewWorkspace;
use std::collections::{BTreeMap, BTreeSet};
use stillroom_consent::{
    BasisMethod, BasisState, DeviceId, Event, GrantId, Groups, Hash, LawfulBasis, Purpose, Scope,
    SubjectBasis, SubjectToken, SyncGrant, WorkspaceId,
};
use stillroom_records::FieldGroup;

/// When a simulation begins, in milliseconds since 1970.
const START: i64 = 1_800_000_000_000;
/// An hour, in milliseconds.
const HOUR: i64 = 3_600_000;
/// How long a client waits for an answer, in milliseconds.
const TIMEOUT: i64 = 30_000;
/// The longest way of a request that went astray, in milliseconds.
const ASTRAY: i64 = 120_000;

/// What to simulate.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Everything follows from it.
    pub seed: u64,
    /// Devices, 1 to 100; drawn from the seed between 3 and 10 by [`Plan::new`].
    pub n_devices: u8,
    /// What people do on all devices together.
    pub n_actions: u32,
    /// Records they do it to, 1 to 200.
    pub n_records: u8,
}

impl Plan {
    /// The plan of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed ^ 0x5EED);
        Plan {
            seed,
            n_devices: chance.between(3, 10) as u8,
            n_actions: chance.between(40, 120) as u32,
            n_records: chance.between(3, 12) as u8,
        }
    }
}

enum Happening {
    Act,
    Turn { device: usize },
    Arrive { device: usize, start: u32, request: Request, is_answered: bool },
    Answer { device: usize, start: u32, id: u64, reply: super::Reply },
    Fail { device: usize, start: u32, id: u64, failure: Failure },
    Reconnect { device: usize },
    ServerBack,
}

/// Runs one schedule against `server`.
///
/// # Errors
/// What was promised and did not hold.
pub fn simulate(plan: &Plan, server: &mut dyn Server) -> Result<Summary, String> {
    let mut world = World::new(plan, server)?;
    world.run_actions()?;
    world.heal();
    world.settle()?;
    verdict(&mut world)
}

pub(super) struct World<'a> {
    pub(super) server: &'a mut dyn Server,
    pub(super) devices: Vec<Device>,
    pub(super) tokens: Vec<SubjectToken>,
    /// What was erased or withdrawn, and where.
    pub(super) ended: Vec<(SubjectToken, usize)>,
    pub(super) witnessed: Witnessed,
    pub(super) summary: Summary,
    pub(super) now: i64,
    chance: Chance,
    happenings: BTreeMap<(i64, u64), Happening>,
    n_scheduled: u64,
    is_server_down: bool,
    is_calm: bool,
    n_actions_left: u32,
}

impl<'a> World<'a> {
    fn new(plan: &Plan, server: &'a mut dyn Server) -> Result<Self, String> {
        let mut chance = Chance::new(plan.seed);
        let place = Place {
            workspace: WorkspaceId([42; 16]),
            origin: server.origin(),
            server_key: server.key(),
            grant: GrantId([43; 16]),
        };
        let mut devices = Vec::new();
        for number in 1..=plan.n_devices {
            let ahead = match chance.below(3) {
                0 => chance.between(-600_000, 600_000),
                // Just about what a server takes: what it refused at first may be taken when it comes again.
                1 => chance.between(290_000, 420_000),
                _ => 0,
            };
            devices.push(Device::new(number, &place, ahead, chance.draw()));
        }
        let tokens = (1..=plan.n_records).map(|number| SubjectToken([number; 32])).collect();
        let mut world = World {
            server,
            devices,
            tokens,
            ended: Vec::new(),
            witnessed: Witnessed::default(),
            summary: Summary::default(),
            now: START,
            chance,
            happenings: BTreeMap::new(),
            n_scheduled: 0,
            is_server_down: false,
            is_calm: false,
            n_actions_left: plan.n_actions,
        };
        world.open(&place).map_err(|error| format!("the workspace cannot be opened: {error}"))?;
        Ok(world)
    }

    /// The first device founds the workspace, lets the others in, and records every consent.
    fn open(&mut self, place: &Place) -> Result<(), stillroom_consent::Error> {
        let early = START - HOUR;
        let (server, tokens) = (&mut *self.server, self.tokens.clone());
        let Some((founder, others)) = self.devices.split_first_mut() else { return Ok(()) };
        let entry = founder.replica.found(early)?;
        server.found(&NewWorkspace { workspace: place.workspace, entry }, START);
        let first = founder.id();
        for other in others {
            let number = other.id().0[0];
            server.admit(&info(number), START);
            founder.replica.record(Event::DeviceAdded(info(number)), early)?;
        }
        founder.replica.record(Event::GrantGiven(grant(place, first, early)), early)?;
        let basis = SubjectBasis::given(LawfulBasis::Consent, BasisMethod::Form, early);
        founder.replica.record(Event::Bases { purpose: Purpose::Backup, basis, tokens }, early)?;
        for device in 0..self.devices.len() {
            self.schedule(0, Happening::Turn { device });
        }
        self.schedule(1_000, Happening::Act);
        Ok(())
    }

    fn schedule(&mut self, after: i64, happening: Happening) {
        self.n_scheduled += 1;
        self.happenings.insert((self.now + after, self.n_scheduled), happening);
    }

    fn run_actions(&mut self) -> Result<(), String> {
        while self.n_actions_left > 0 {
            self.step()?;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), String> {
        let Some(((at, _), happening)) = self.happenings.pop_first() else {
            return Err("nothing happens any more".to_owned());
        };
        self.now = at;
        match happening {
            Happening::Act => self.act(),
            Happening::Turn { device } => self.turn(device),
            Happening::Arrive { device, start, request, is_answered } => {
                self.arrive(device, start, &request, is_answered)
            }
            Happening::Answer { device, start, id, reply } => self.answer(device, start, id, &reply),
            Happening::Fail { device, start, id, failure } => self.fail(device, start, id, failure),
            Happening::Reconnect { device } => {
                if let Some(device) = self.devices.get_mut(device) {
                    device.is_cut_off = false;
                    device.client.wake();
                }
                self.turn(device)
            }
            Happening::ServerBack => {
                self.is_server_down = false;
                Ok(())
            }
        }
    }

    /// Somebody does something somewhere.
    fn act(&mut self) -> Result<(), String> {
        self.n_actions_left = self.n_actions_left.saturating_sub(1);
        let actor = self.chance.below(self.devices.len() as u64) as usize;
        match self.chance.below(1_000) {
            0..30 => self.restart_device(actor),
            30..60 => self.cut_off(actor),
            60..70 => self.restart_server(),
            70..75 => self.revoke(actor),
            _ => self.change_record(actor),
        }
        let pause = if self.chance.per_mille(200) { 60_000 } else { 4_000 };
        let after = self.chance.between(0, pause);
        self.schedule(after, Happening::Act);
        self.turn(actor)
    }

    fn restart_device(&mut self, actor: usize) {
        self.devices[actor].restart();
    }

    fn cut_off(&mut self, actor: usize) {
        self.devices[actor].is_cut_off = true;
        let after = self.chance.between(1_000, 300_000);
        self.schedule(after, Happening::Reconnect { device: actor });
    }

    fn restart_server(&mut self) {
        self.server.restart();
        self.is_server_down = true;
        let after = self.chance.between(100, 20_000);
        self.schedule(after, Happening::ServerBack);
    }

    /// At most two devices are revoked, and never the first, which is there in the end.
    fn revoke(&mut self, actor: usize) {
        let victim = self.chance.below(self.devices.len() as u64) as usize;
        let n_revoked = self.devices.iter().filter(|device| device.is_revoked).count();
        if victim == 0 || victim == actor || n_revoked >= 2 || self.devices[actor].is_revoked {
            return;
        }
        let event = Event::DeviceRevoked { device: self.devices[victim].id(), epoch: 2, keys: Vec::new() };
        let now = self.devices[actor].clock(self.now);
        if self.devices[actor].replica.record(event, now).is_ok() {
            self.devices[victim].is_revoked = true;
            self.devices[actor].client.wake();
        }
    }

    fn change_record(&mut self, actor: usize) {
        let position = self.chance.below(self.tokens.len() as u64) as usize;
        let token = self.tokens[position];
        let now = self.devices[actor].clock(self.now);
        let action = self.chance.below(1_000);
        let value = self.chance.draw();
        let group = FieldGroup::ALL[self.chance.below(FieldGroup::ALL.len() as u64) as usize];
        let part = if group == FieldGroup::Behaviour { self.chance.below(3) } else { 0 };
        let device = &mut self.devices[actor];
        match action {
            0..60 => device.replica.delete(token, now),
            60..75 => {
                if !device.is_revoked && device.replica.erase(token, now).is_ok() {
                    self.ended.push((token, actor));
                }
            }
            75..90 => {
                let basis = SubjectBasis {
                    state: BasisState::Withdrawn,
                    ..SubjectBasis::given(LawfulBasis::Consent, BasisMethod::Form, now)
                };
                let event = Event::Bases { purpose: Purpose::Backup, basis, tokens: vec![token] };
                if !device.is_revoked && device.replica.record(event, now).is_ok() {
                    self.ended.push((token, actor));
                }
            }
            _ => {
                // An erased record takes no edit, which is as it should be.
                let _ = device.replica.edit(token, (group, part), value.to_be_bytes().to_vec(), now);
            }
        }
        if self.chance.per_mille(700) {
            self.devices[actor].client.wake();
        }
    }

    /// Asks a device what it wants to do.
    fn turn(&mut self, at: usize) -> Result<(), String> {
        let now = self.now;
        let device = &mut self.devices[at];
        let clock = device.clock(now);
        match device.client.poll(&mut device.replica, clock).map_err(|error| format!("poll: {error}"))? {
            Effect::Send(request) => self.travel(at, request),
            Effect::WaitUntil(until) => {
                let after = (until - clock).clamp(1, HOUR);
                self.schedule(after, Happening::Turn { device: at });
            }
            Effect::Idle => {}
        }
        Ok(())
    }

    /// What the network does to a request.
    fn travel(&mut self, at: usize, request: Request) {
        let (start, id) = (self.devices[at].start, request.id);
        if self.devices[at].is_cut_off {
            self.schedule(10, Happening::Fail { device: at, start, id, failure: Failure::Offline });
            return;
        }
        let way = self.chance.between(5, 200);
        let astray = self.chance.between(200, ASTRAY);
        let fate = if self.is_calm { 1_000 } else { self.chance.below(1_000) };
        let arrival =
            |request: Request, is_answered| Happening::Arrive { device: at, start, request, is_answered };
        self.summary.n_faults += u64::from(fate < 160);
        match fate {
            0..40 => {}
            40..80 => self.schedule(way, arrival(request, false)),
            80..120 => self.schedule(astray, arrival(request, false)),
            120..160 => {
                self.schedule(astray, arrival(request.clone(), false));
                self.schedule(way, arrival(request, true));
                return;
            }
            _ => {
                self.schedule(way, arrival(request, true));
                return;
            }
        }
        self.schedule(TIMEOUT, Happening::Fail { device: at, start, id, failure: Failure::TimedOut });
    }

    fn arrive(&mut self, at: usize, start: u32, request: &Request, is_answered: bool) -> Result<(), String> {
        if self.is_server_down {
            if is_answered {
                let id = request.id;
                self.schedule(10, Happening::Fail { device: at, start, id, failure: Failure::Offline });
            }
            return Ok(());
        }
        let id = self.devices[at].id();
        let reply = self.server.answer(id, request, self.now);
        self.summary.n_requests += 1;
        self.witnessed.note(id, request, &reply)?;
        if is_answered {
            let way = self.chance.between(5, 200);
            let again = !self.is_calm && self.chance.per_mille(20);
            if again {
                let late = self.chance.between(200, ASTRAY);
                let (id, reply) = (request.id, reply.clone());
                self.schedule(late, Happening::Answer { device: at, start, id, reply });
            }
            self.schedule(way, Happening::Answer { device: at, start, id: request.id, reply });
        }
        Ok(())
    }

    fn answer(&mut self, at: usize, start: u32, id: u64, reply: &super::Reply) -> Result<(), String> {
        let now = self.now;
        let device = &mut self.devices[at];
        if device.start != start {
            return Ok(());
        }
        let clock = device.clock(now);
        let answer = Answer {
            status: reply.status,
            retry_after_seconds: reply.retry_after_seconds,
            body: &reply.body,
        };
        let taken = device.client.on_answer(&mut device.replica, id, answer, clock);
        taken.map_err(|error| format!("answer: {error}"))?;
        self.turn(at)
    }

    fn fail(&mut self, at: usize, start: u32, id: u64, failure: Failure) -> Result<(), String> {
        let now = self.now;
        let device = &mut self.devices[at];
        if device.start != start {
            return Ok(());
        }
        let clock = device.clock(now);
        let taken = device.client.on_failure(&mut device.replica, id, failure, clock);
        taken.map_err(|error| format!("failure: {error}"))?;
        self.turn(at)
    }

    /// The network works, the server runs, nobody does anything more.
    fn heal(&mut self) {
        self.is_calm = true;
        self.is_server_down = false;
        self.happenings.retain(|_, happening| !matches!(happening, Happening::Act));
        for device in 0..self.devices.len() {
            self.devices[device].is_cut_off = false;
            self.devices[device].replica.retry_parked();
            self.devices[device].client.wake();
            self.schedule(0, Happening::Turn { device });
        }
    }

    /// Lets the world run until every device that belongs to the workspace has nothing to do.
    fn settle(&mut self) -> Result<(), String> {
        let deadline = self.now + 6 * HOUR;
        while self.now < deadline {
            let pause = self.now + 60_000;
            while self.happenings.first_key_value().is_some_and(|((at, _), _)| *at <= pause) {
                self.step()?;
            }
            self.now = pause;
            if self.is_settled()? {
                return Ok(());
            }
        }
        Err(format!("not settled after six hours: {}", self.where_they_are()?))
    }

    fn is_settled(&mut self) -> Result<bool, String> {
        let mut places = BTreeSet::new();
        for device in self.devices.iter_mut().filter(|device| !device.is_revoked) {
            let status = device.client.status();
            if let Some(problem) = status.problem.as_ref().filter(|problem| problem.stops()) {
                return Err(format!("device {} stopped: {problem:?}", device.id().0[0]));
            }
            let at = device.replica.position().map_err(|error| error.to_string())?;
            let waiting = device.replica.waiting().map_err(|error| error.to_string())?;
            let is_done = waiting.n_ops == 0 && waiting.n_entries == 0 && status.phase == Phase::Idle;
            if !is_done || at.sequence != at.sequence_seen || at.ledger != at.ledger_seen {
                return Ok(false);
            }
            places.insert((at.sequence.seq, at.ledger.seq));
        }
        Ok(places.len() == 1)
    }

    fn where_they_are(&mut self) -> Result<String, String> {
        let mut lines = String::new();
        for device in self.devices.iter_mut().filter(|device| !device.is_revoked) {
            let at = device.replica.position().map_err(|error| error.to_string())?;
            let waiting = device.replica.waiting().map_err(|error| error.to_string())?;
            let status = device.client.status();
            lines.push_str(&format!("\n{}: {at:?} {waiting:?} {status:?}", device.id().0[0]));
        }
        Ok(lines)
    }
}

fn grant(place: &Place, device: DeviceId, early: i64) -> SyncGrant {
    SyncGrant {
        id: place.grant,
        workspace: place.workspace,
        device,
        purpose: Purpose::Backup,
        version: Purpose::Backup.terms().version,
        groups: Groups::ALL,
        scope: Scope::All,
        origin: place.origin.clone(),
        server_key: place.server_key,
        notice: Hash([9; 32]),
        language: "en".to_owned(),
        valid_from: early,
        expires_at: early + 24 * 30 * HOUR,
    }
}
