//! Requests: which one is next, and what the network ledger says about it.

use super::{Asked, Carried, Client, Effect, Exchange, Method, Problem, Request, Step};
use crate::Replica;
use crate::replica::Outgoing;
use crate::wire::{Append, MAX_ENTRIES, Op, Push, encode};
use std::collections::{BTreeMap, BTreeSet};
use stillroom_consent::{Event, Groups, SignedEntry};

/// Most bytes of entries in one request.
const MAX_ENTRY_BYTES: usize = 512 << 10;

/// Where an entry is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Consent,
    Withdraw,
    Erase,
    Device,
}

impl Route {
    fn of(event: &Event) -> Self {
        match event {
            Event::GrantWithdrawn { .. } => Route::Withdraw,
            Event::Bases { .. } if event.is_ending() => Route::Withdraw,
            Event::Erased { .. } => Route::Erase,
            Event::DeviceRevoked { .. } => Route::Device,
            _ => Route::Consent,
        }
    }

    fn method(self) -> Method {
        if self == Route::Device { Method::Delete } else { Method::Post }
    }

    fn endpoint(self) -> &'static str {
        match self {
            Route::Consent => "/v1/consent",
            Route::Withdraw => "/v1/consent/withdraw",
            Route::Erase => "/v1/erase",
            Route::Device => "/v1/devices",
        }
    }
}

/// A request before it has an id.
struct Draft {
    method: Method,
    endpoint: &'static str,
    path: String,
    body: Vec<u8>,
    asked: Asked,
}

impl Client {
    /// Sends pending endings, whatever else there is to do.
    pub(super) fn send_urgent<R: Replica>(
        &mut self,
        replica: &mut R,
        now_millis: i64,
    ) -> Result<Option<Effect>, R::Error> {
        let is_late = self.suspects.n_late_appends > 0;
        let is_first =
            |entries: &[SignedEntry]| entries.first().is_some_and(|signed| signed.entry.event.is_ending());
        if is_late || !replica.position()?.is_enrolled {
            return Ok(None);
        }
        let entries = replica.pending(MAX_ENTRIES)?;
        if !is_first(&entries) {
            return Ok(None);
        }
        self.send_entries(replica, entries, true, now_millis).map(Some)
    }

    /// Sends what the step asks for; steps with nothing to send lead to the next one.
    pub(super) fn send_next<R: Replica>(
        &mut self,
        replica: &mut R,
        now_millis: i64,
    ) -> Result<Effect, R::Error> {
        loop {
            match self.step {
                Step::Ledger => return self.send_ledger(replica, now_millis),
                Step::Append => {
                    let is_enrolled = replica.position()?.is_enrolled;
                    let entries = if is_enrolled { replica.pending(MAX_ENTRIES)? } else { Vec::new() };
                    if !entries.is_empty() {
                        return self.send_entries(replica, entries, false, now_millis);
                    }
                    self.step = Step::Pull;
                }
                Step::Pull if self.has_newer_content => self.finish(now_millis),
                Step::Pull => return self.send_pull(replica, now_millis),
                Step::Push => {
                    let is_enrolled = replica.position()?.is_enrolled;
                    let outgoing = if is_enrolled {
                        replica.outgoing(self.settings.limits, now_millis)?
                    } else {
                        Outgoing::default()
                    };
                    if !self.is_in_order(&outgoing) {
                        self.stop(Problem::BrokenOutbox);
                        return Ok(Effect::Idle);
                    }
                    if !outgoing.ops.is_empty() {
                        return self.send_push(replica, outgoing, now_millis);
                    }
                    self.finish(now_millis);
                }
                Step::Idle { next_look } => return Ok(Effect::WaitUntil(next_look)),
            }
        }
    }

    fn is_in_order(&self, outgoing: &Outgoing) -> bool {
        let is_own = outgoing.ops.iter().all(|op| op.device == self.settings.device && op.is_well_formed());
        let is_gapless =
            outgoing.ops.windows(2).all(|pair| pair[0].device_seq.checked_add(1) == Some(pair[1].device_seq));
        is_own && is_gapless && outgoing.ops.len() <= self.settings.limits.max_ops
    }

    fn send_ledger<R: Replica>(&mut self, replica: &mut R, now_millis: i64) -> Result<Effect, R::Error> {
        let since = replica.position()?.ledger.seq;
        let draft = Draft {
            method: Method::Get,
            endpoint: "/v1/consent",
            path: format!("/v1/consent?since={since}"),
            body: Vec::new(),
            asked: Asked::Ledger,
        };
        self.send(replica, draft, now_millis)
    }

    /// The longest run from the front that goes to one place.
    fn send_entries<R: Replica>(
        &mut self,
        replica: &mut R,
        mut entries: Vec<SignedEntry>,
        is_urgent: bool,
        now_millis: i64,
    ) -> Result<Effect, R::Error> {
        let route = entries.first().map_or(Route::Consent, |signed| Route::of(&signed.entry.event));
        let mut n_bytes = 0;
        let n_fitting = entries
            .iter()
            .take_while(|signed| {
                n_bytes += encode(*signed).len();
                n_bytes <= MAX_ENTRY_BYTES && Route::of(&signed.entry.event) == route
            })
            .count();
        entries.truncate(if route == Route::Device { 1 } else { n_fitting.max(1) });
        let device = entries.first().and_then(|signed| match &signed.entry.event {
            Event::DeviceRevoked { device, .. } => Some(format!("/{device}")),
            _ => None,
        });
        let body = encode(&Append { entries: entries.clone() });
        let draft = Draft {
            method: route.method(),
            endpoint: route.endpoint(),
            path: format!("{}{}", route.endpoint(), device.unwrap_or_default()),
            body,
            asked: Asked::Append { entries, is_urgent },
        };
        self.send(replica, draft, now_millis)
    }

    fn send_pull<R: Replica>(&mut self, replica: &mut R, now_millis: i64) -> Result<Effect, R::Error> {
        let path = match replica.position()?.cursor {
            None => "/v1/pull".to_owned(),
            Some(cursor) => {
                let hex: String = cursor.0.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("/v1/pull?since={hex}")
            }
        };
        let draft =
            Draft { method: Method::Get, endpoint: "/v1/pull", path, body: Vec::new(), asked: Asked::Pull };
        self.send(replica, draft, now_millis)
    }

    fn send_push<R: Replica>(
        &mut self,
        replica: &mut R,
        outgoing: Outgoing,
        now_millis: i64,
    ) -> Result<Effect, R::Error> {
        let Outgoing { ops, deks } = outgoing;
        let push = Push { ops, deks };
        let body = encode(&push);
        let draft = Draft {
            method: Method::Post,
            endpoint: "/v1/push",
            path: "/v1/push".to_owned(),
            body,
            asked: Asked::Push { ops: push.ops },
        };
        self.send(replica, draft, now_millis)
    }

    fn send<R: Replica>(
        &mut self,
        replica: &mut R,
        draft: Draft,
        now_millis: i64,
    ) -> Result<Effect, R::Error> {
        let id = self.n_requests + 1;
        let (ops, n_entries): (&[Op], usize) = match &draft.asked {
            Asked::Push { ops } => (ops, 0),
            Asked::Append { entries, .. } => (&[], entries.len()),
            Asked::Ledger | Asked::Pull => (&[], 0),
        };
        replica.note_request(&Exchange {
            id,
            at_millis: now_millis,
            method: draft.method,
            endpoint: draft.endpoint,
            bytes_sent: draft.body.len() as u64,
            device_seqs: ops.first().zip(ops.last()).map(|(first, last)| (first.device_seq, last.device_seq)),
            n_ops: ops.len() as u64,
            n_entries: n_entries as u64,
            carried: carried(ops),
        })?;
        self.n_requests = id;
        self.asked = Some((id, draft.asked));
        Ok(Effect::Send(Request { id, method: draft.method, path: draft.path, body: draft.body }))
    }
}

/// What operations carry, by purpose and grant.
fn carried(ops: &[Op]) -> Vec<Carried> {
    let mut lines: BTreeMap<_, (Groups, u64, BTreeSet<_>)> = BTreeMap::new();
    for op in ops.iter().filter(|op| op.group.is_some()) {
        let (groups, n_ops, tokens) = lines.entry((op.purpose, op.grant)).or_default();
        *groups = groups.or(op.groups());
        *n_ops += 1;
        tokens.insert(op.token);
    }
    let line = |((purpose, grant), (groups, n_ops, tokens)): (_, (Groups, u64, BTreeSet<_>))| Carried {
        purpose,
        grant,
        groups,
        n_ops,
        n_records: tokens.len() as u64,
    };
    lines.into_iter().map(line).collect()
}
