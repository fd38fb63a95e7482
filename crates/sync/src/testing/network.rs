//! What the network does: delivers, loses, doubles, delays and lets overtake.

use super::Reply;
use super::world::{HOUR, Happening, World};
use crate::client::{Answer, Effect, Failure, Request};

/// How long a client waits for an answer, in milliseconds.
const TIMEOUT: i64 = 30_000;
/// The longest way of a request that went astray, in milliseconds.
const ASTRAY: i64 = 120_000;

impl World<'_> {
    /// Asks a device what it wants to do.
    pub(super) fn turn(&mut self, at: usize) -> Result<(), String> {
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

    pub(super) fn arrive(
        &mut self,
        at: usize,
        start: u32,
        request: &Request,
        is_answered: bool,
    ) -> Result<(), String> {
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

    pub(super) fn answer(&mut self, at: usize, start: u32, id: u64, reply: &Reply) -> Result<(), String> {
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

    pub(super) fn fail(&mut self, at: usize, start: u32, id: u64, failure: Failure) -> Result<(), String> {
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
}
