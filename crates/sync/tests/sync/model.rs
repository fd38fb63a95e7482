//! A server in memory that keeps the protocol of `docs/SYNC.md`, as far as devices see it.

use std::collections::{BTreeMap, BTreeSet};
use stillroom_consent::{
    Blob, DataKeyId, Decision, DeviceId, DeviceInfo, Event, Hash, LedgerHead, MemoryRegister, Operation,
    PublicKey, Register, SignedEntry, SignedHead, WorkspaceId, allow, facts_of, fold,
};
use stillroom_sync::client::{Method, Request};
use stillroom_sync::clock::is_ahead;
use stillroom_sync::memory::Sign as _;
use stillroom_sync::testing::{Reply, Server, TestKey};
use stillroom_sync::wire::{
    Append, Appended, Denied, Kind, Ledger, MAX_ENTRIES, NewWorkspace, Op, Page, Problem, Push, Pushed,
    Refusal, Row, SequenceHead, SignedSequenceHead, Withdrawn, WrappedDek, decode, encode, next_chain,
};

/// Rows of one page: few, so that reading takes several.
const PAGE_ROWS: usize = 20;

#[derive(Clone)]
pub(crate) struct ModelServer {
    pub(crate) key: TestKey,
    pub(crate) register: MemoryRegister,
    pub(crate) entries: Vec<SignedEntry>,
    tokens: BTreeSet<DeviceId>,
    pub(crate) rows: Vec<Stored>,
    last_of: BTreeMap<DeviceId, u64>,
    keys: BTreeMap<DataKeyId, WrappedDek>,
}

#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) op: Option<Op>,
    device: DeviceId,
    device_seq: u64,
    pub(crate) hash: Hash,
    chain: Hash,
}

impl Stored {
    /// A row that nobody pushed; [`ModelServer::rechain`] gives it its place.
    pub(crate) fn forged(op: Op) -> Self {
        let (device, device_seq, hash) = (op.device, op.device_seq, op.hash());
        Stored { op: Some(op), device, device_seq, hash, chain: Hash::ZERO }
    }
}

impl ModelServer {
    pub(crate) fn new() -> Self {
        ModelServer {
            key: TestKey::new(200),
            register: MemoryRegister::new(WorkspaceId([0; 16])),
            entries: Vec::new(),
            tokens: BTreeSet::new(),
            rows: Vec::new(),
            last_of: BTreeMap::new(),
            keys: BTreeMap::new(),
        }
    }

    pub(crate) fn ledger_head(&self, now: i64) -> SignedHead {
        let seq = self.entries.len() as u64;
        let hash = self.entries.last().map_or(Hash::ZERO, |signed| signed.entry.hash());
        let head = LedgerHead { workspace: self.register.workspace(), seq, hash, at: now };
        SignedHead { head, signature: self.key.sign(&head.message()) }
    }

    pub(crate) fn sequence_head(&self, seq: usize, now: i64) -> SignedSequenceHead {
        let chain = seq.checked_sub(1).map_or(Hash::ZERO, |last| self.rows[last].chain);
        let head = SequenceHead { workspace: self.register.workspace(), seq: seq as u64, chain, at: now };
        SignedSequenceHead { head, signature: self.key.sign(&head.message()) }
    }

    /// Computes the chain anew over what the rows are now.
    pub(crate) fn rechain(&mut self) {
        let mut chain = Hash::ZERO;
        for row in &mut self.rows {
            row.hash = row.op.as_ref().map_or(row.hash, Op::hash);
            chain = next_chain(&chain, &row.hash);
            row.chain = chain;
        }
    }

    fn is_enrolled(&mut self, device: DeviceId) -> bool {
        self.register.device(device).expect("memory answers").is_some_and(|record| !record.is_revoked)
    }

    fn is_revoked(&mut self, device: DeviceId) -> bool {
        self.register.device(device).expect("memory answers").is_some_and(|record| record.is_revoked)
    }

    fn route(&mut self, device: DeviceId, request: &Request, now: i64) -> Result<Vec<u8>, Reply> {
        if !self.tokens.contains(&device) || self.is_revoked(device) {
            return Err(problem(401, "unauthorized"));
        }
        let (path, since) = match request.path.split_once("?since=") {
            Some((path, since)) => (path, Some(since)),
            None => (request.path.as_str(), None),
        };
        match (request.method, path) {
            (Method::Get, "/v1/consent") => Ok(self.ledger(since, now)),
            (Method::Get, "/v1/pull") => self.pull(since, now),
            (Method::Post, "/v1/push") => self.push(device, &request.body, now),
            (Method::Post, "/v1/consent" | "/v1/consent/withdraw" | "/v1/erase") | (Method::Delete, _) => {
                self.append(device, path, &request.body, now)
            }
            _ => Err(problem(404, "not_found")),
        }
    }

    fn ledger(&mut self, since: Option<&str>, now: i64) -> Vec<u8> {
        let since = since.and_then(|since| since.parse().ok()).unwrap_or(0);
        let entries: Vec<_> = self.entries.iter().skip(since).take(MAX_ENTRIES).cloned().collect();
        let has_more = since + entries.len() < self.entries.len();
        encode(&Ledger { entries, head: self.ledger_head(now), has_more })
    }

    fn append(&mut self, device: DeviceId, path: &str, body: &[u8], now: i64) -> Result<Vec<u8>, Reply> {
        if !self.is_enrolled(device) {
            return Err(problem(403, "not_enrolled"));
        }
        let append: Append = decode(body).map_err(|_| problem(422, "malformed"))?;
        let fits = |event: &Event| match path {
            "/v1/consent" => true,
            "/v1/consent/withdraw" => {
                event.is_ending() && matches!(event, Event::GrantWithdrawn { .. } | Event::Bases { .. })
            }
            "/v1/erase" => matches!(event, Event::Erased { .. }),
            other => {
                matches!(event, Event::DeviceRevoked { device, .. } if other == format!("/v1/devices/{device}"))
            }
        };
        if append.entries.is_empty() || !append.entries.iter().all(|signed| fits(&signed.entry.event)) {
            return Err(problem(422, "invalid-entry"));
        }
        if append.entries.iter().any(|signed| signed.entry.check_clock(now).is_err()) {
            let head = Some(self.ledger_head(now));
            let code = "clock-ahead".to_owned();
            return Err(reply(422, &Problem { code, expected: None, head, retry_after_seconds: None }));
        }
        let mut register = self.register.clone();
        for signed in &append.entries {
            match fold(&mut register, signed) {
                Ok(_) => {}
                Err(stillroom_consent::Error::BrokenChain) => {
                    let head = Some(self.ledger_head(now));
                    let code = "head_moved".to_owned();
                    return Err(reply(
                        409,
                        &Problem { code, expected: None, head, retry_after_seconds: None },
                    ));
                }
                Err(error) => return Err(problem(422, error.code())),
            }
        }
        self.register = register;
        for signed in append.entries {
            self.remove_what_ends(&signed.entry.event);
            self.entries.push(signed);
        }
        let head = self.ledger_head(now);
        let is_ending = path == "/v1/consent/withdraw" || path == "/v1/erase";
        let receipt = "{}".to_owned();
        Ok(if is_ending { encode(&Withdrawn { head, receipt }) } else { encode(&Appended { head }) })
    }

    fn remove_what_ends(&mut self, event: &Event) {
        let is_hit = |op: &Op| match event {
            Event::GrantWithdrawn { grant } => op.grant == *grant,
            Event::Bases { tokens, .. } => event.is_ending() && tokens.contains(&op.token),
            Event::Erased { tokens } => tokens.contains(&op.token),
            _ => false,
        };
        for row in &mut self.rows {
            if row.op.as_ref().is_some_and(|op| op.kind == Kind::Set && is_hit(op)) {
                row.op = None;
            }
        }
    }

    fn pull(&mut self, since: Option<&str>, now: i64) -> Result<Vec<u8>, Reply> {
        let since: usize = match since {
            None => 0,
            Some(hex) => self.read_cursor(hex).ok_or_else(|| problem(422, "malformed"))?,
        };
        if since > self.rows.len() {
            return Err(problem(410, "resync_required"));
        }
        let end = self.rows.len().min(since + PAGE_ROWS);
        Ok(encode(&self.page(since, end, now)))
    }

    pub(crate) fn page(&self, since: usize, end: usize, now: i64) -> Page {
        let mut rows = Vec::new();
        let mut deks = BTreeMap::new();
        for (position, stored) in self.rows.iter().enumerate().take(end).skip(since) {
            let seq = position as u64 + 1;
            rows.push(match &stored.op {
                Some(op) => Row::Op { seq, op: op.clone() },
                None => Row::Gone { seq, op_hash: stored.hash },
            });
            let key = stored.op.as_ref().and_then(|op| op.dek).and_then(|dek| self.keys.get(&dek));
            deks.extend(key.map(|key| (key.dek, key.clone())));
        }
        Page {
            rows,
            deks: deks.into_values().collect(),
            cursor: self.cursor(end),
            head: self.sequence_head(end, now),
            has_more: end < self.rows.len(),
        }
    }

    pub(crate) fn cursor(&self, seq: usize) -> Blob {
        let seq = (seq as u64).to_be_bytes();
        let mac = Hash::of(&[b"the model's cursors", &seq]);
        Blob([seq.as_slice(), &mac.0[..8]].concat())
    }

    fn read_cursor(&self, hex: &str) -> Option<usize> {
        let digit = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(digit).collect();
        let bytes = bytes.filter(|bytes| bytes.len() == 16)?;
        let seq = u64::from_be_bytes(bytes[..8].try_into().ok()?) as usize;
        (self.cursor(seq).0 == bytes).then_some(seq)
    }

    fn push(&mut self, device: DeviceId, body: &[u8], now: i64) -> Result<Vec<u8>, Reply> {
        if !self.is_enrolled(device) {
            return Err(problem(403, "not_enrolled"));
        }
        let push: Push = decode(body).map_err(|_| problem(422, "malformed"))?;
        let mut pushed = Pushed {
            n_known: 0,
            n_accepted: 0,
            first_seq: None,
            denied: None,
            head: self.sequence_head(self.rows.len(), now),
        };
        let last = self.last_of.get(&device).copied().unwrap_or(0);
        let is_equal = |op: &Op| {
            let mut stored = self.rows.iter();
            stored.any(|row| row.device == device && row.device_seq == op.device_seq && row.hash == op.hash())
        };
        if push.ops.iter().any(|op| op.device == device && op.device_seq <= last && !is_equal(op)) {
            return Err(problem(409, "equivocation"));
        }
        for (index, op) in push.ops.iter().enumerate() {
            let last = self.last_of.get(&device).copied().unwrap_or(0);
            if op.device_seq <= last {
                pushed.n_known += 1;
                continue;
            }
            if op.device_seq > last + 1 {
                let (code, expected) = ("gap".to_owned(), Some(last + 1));
                return Err(reply(409, &Problem { code, expected, head: None, retry_after_seconds: None }));
            }
            if let Some(reason) = self.objection(device, op, &push.deks, now) {
                pushed.denied = Some(Denied { index: index as u32, reason });
                break;
            }
            self.store(op, &push.deks);
            pushed.n_accepted += 1;
            pushed.first_seq.get_or_insert(self.rows.len() as u64);
        }
        pushed.head = self.sequence_head(self.rows.len(), now);
        Ok(encode(&pushed))
    }

    fn objection(&mut self, device: DeviceId, op: &Op, deks: &[WrappedDek], now: i64) -> Option<Refusal> {
        if !op.is_well_formed() || op.device != device {
            return Some(Refusal::Malformed);
        }
        if is_ahead(op.hlc, now) {
            return Some(Refusal::ClockAhead);
        }
        let origin = self.origin();
        let operation = Operation {
            workspace: self.register.workspace(),
            device,
            origin: &origin,
            lane: op.purpose.terms().lane,
            purpose: op.purpose,
            grant: op.grant,
            token: op.token,
            groups: op.groups(),
            gpc: false,
        };
        let facts = facts_of(&mut self.register, &operation).expect("memory answers");
        if let Decision::Deny(reason) = allow(&operation, &facts, now) {
            return Some(Refusal::Consent(reason));
        }
        let has_key = |dek: &DataKeyId| self.keys.contains_key(dek) || deks.iter().any(|key| key.dek == *dek);
        (!op.dek.as_ref().is_none_or(has_key)).then_some(Refusal::NoDataKey)
    }

    fn store(&mut self, op: &Op, deks: &[WrappedDek]) {
        let chain = self.rows.last().map_or(Hash::ZERO, |row| row.chain);
        let hash = op.hash();
        self.last_of.insert(op.device, op.device_seq);
        if let Some(key) = deks.iter().find(|key| Some(key.dek) == op.dek) {
            self.keys.entry(key.dek).or_insert_with(|| key.clone());
        }
        self.rows.push(Stored {
            op: Some(op.clone()),
            device: op.device,
            device_seq: op.device_seq,
            hash,
            chain: next_chain(&chain, &hash),
        });
    }
}

impl Server for ModelServer {
    fn key(&self) -> PublicKey {
        self.key.public()
    }

    fn origin(&self) -> String {
        "https://sync.example.org".to_owned()
    }

    fn found(&mut self, workspace: &NewWorkspace, _now_millis: i64) {
        self.register = MemoryRegister::new(workspace.workspace);
        fold(&mut self.register, &workspace.entry).expect("the first entry holds");
        self.tokens.insert(workspace.entry.entry.device);
        self.entries.push(workspace.entry.clone());
    }

    fn admit(&mut self, device: &DeviceInfo, _now_millis: i64) {
        self.tokens.insert(device.device);
    }

    fn answer(&mut self, device: DeviceId, request: &Request, now_millis: i64) -> Reply {
        match self.route(device, request, now_millis) {
            Ok(body) => Reply { status: 200, retry_after_seconds: None, body },
            Err(reply) => reply,
        }
    }

    fn restart(&mut self) {}
}

fn reply(status: u16, problem: &Problem) -> Reply {
    Reply { status, retry_after_seconds: None, body: encode(problem) }
}

fn problem(status: u16, code: &str) -> Reply {
    reply(status, &Problem { code: code.to_owned(), expected: None, head: None, retry_after_seconds: None })
}
