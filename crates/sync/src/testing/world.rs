//! The simulated world: what happens, in which order, and when everything is at rest.

use super::device::{Device, Place};
use super::verdict::{Witnessed, verdict};
use super::{Chance, Reply, Server, Summary};
use crate::client::{Failure, Phase, Request};
use crate::replica::Replica;
use std::collections::{BTreeMap, BTreeSet};
use stillroom_consent::{GrantId, SubjectToken, WorkspaceId};

/// When a simulation begins, in milliseconds since 1970.
pub(super) const START: i64 = 1_800_000_000_000;
/// An hour, in milliseconds.
pub(super) const HOUR: i64 = 3_600_000;

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

/// What is going to happen at a moment.
pub(super) enum Happening {
    Act,
    Turn { device: usize },
    Arrive { device: usize, start: u32, request: Request, is_answered: bool },
    Answer { device: usize, start: u32, id: u64, reply: Reply },
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
    pub(super) chance: Chance,
    happenings: BTreeMap<(i64, u64), Happening>,
    n_scheduled: u64,
    pub(super) is_server_down: bool,
    pub(super) is_calm: bool,
    pub(super) n_actions_left: u32,
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

    pub(super) fn schedule(&mut self, after: i64, happening: Happening) {
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
