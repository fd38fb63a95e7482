//! A router over a started database, a clock that is set by hand, and devices that speak the protocol.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use ed25519_dalek::{Signer as _, SigningKey};
use http_body_util::BodyExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use stillroom_consent::ledger::{DeviceInfo, SealedKey};
use stillroom_consent::{
    BasisMethod, BasisState, Blob, DataKeyId, DeviceId, Entry, Event, FieldGroup, GrantId, Hash, LawfulBasis,
    PairingId, PublicKey, Purpose, Scope, Signature, SignedEntry, SubjectBasis, SubjectToken, SyncGrant,
    WorkspaceId,
};
use stillroom_server::repo::Repo;
use stillroom_server::{Clock, Limits, Registration, State, SyncSettings, Transport, app};
use stillroom_sync::Hlc;
use stillroom_sync::wire::{
    Append, Body as OpBody, Claimed, Enrolled, Kind, Ledger, NewWorkspace, Op, Page, PairClaim, PairOffer,
    Problem, Push, Pushed, SCHEMA, Withdrawn, WrappedDek, decode, encode,
};
use tower::ServiceExt as _;

use super::description::Description;

/// A database that is there until this value goes.
pub(crate) struct Started {
    pub(crate) repo: Arc<dyn Repo>,
    pub(crate) keep: Box<dyn Any + Send>,
}

/// Starts an empty database.
pub(crate) type Start = fn(Clock, &Limits) -> Started;

/// Where this server says it is.
pub(crate) const ORIGIN: &str = "https://sync.example.org";
/// Whose pages may use it from elsewhere.
pub(crate) const LISTED: &str = "https://app.example.org";
/// When every story begins.
pub(crate) const BEGINNING: i64 = 1_800_000_000_000;
pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Limits under which tests may ask as often as they like.
pub(crate) fn patient() -> Limits {
    let many = std::num::NonZeroU32::new(1_000_000).expect("as it was made");
    Limits { device_per_second: many, device_burst: many, open_per_minute: many, ..Limits::default() }
}

pub(crate) struct World {
    pub(crate) state: Arc<State>,
    pub(crate) description: Description,
    router: Router,
    repo: Arc<dyn Repo>,
    now: Arc<AtomicI64>,
    folder: tempfile::TempDir,
    _keep: Box<dyn Any + Send>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// The value of a good answer.
    pub(crate) fn read<T: Serialize + DeserializeOwned>(&self) -> T {
        assert!(self.status.is_success(), "{}: {}", self.status, self.code());
        decode(&self.bytes).expect("a good answer is of its type")
    }

    pub(crate) fn problem(&self) -> Problem {
        decode(&self.bytes).expect("a refusal is a problem")
    }

    /// The code of a refusal; empty for a good answer.
    pub(crate) fn code(&self) -> String {
        if self.status.is_success() { String::new() } else { self.problem().code }
    }

    pub(crate) fn expect(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.code().as_str()), (status, code));
    }
}

/// What must never be in a log: every token that was given, every cursor and id that was in an address.
pub(crate) static SECRETS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

pub(crate) fn keep_secret(text: impl Into<String>) {
    SECRETS.lock().expect("no test fails with the list in hand").insert(text.into());
}

impl World {
    pub(crate) async fn new(start: Start) -> Self {
        Self::with(start, patient(), Registration::Open).await
    }

    /// On a server with this signing key.
    pub(crate) async fn with_key(start: Start, key: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("server.key"), key).expect("the folder is writable");
        Self::in_folder(start, patient(), Registration::Open, folder).await
    }

    /// The server's signing key.
    pub(crate) fn key_bytes(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("server.key")).expect("the key is a file")
    }

    pub(crate) async fn with(start: Start, limits: Limits, registration: Registration) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::in_folder(start, limits, registration, folder).await
    }

    async fn in_folder(
        start: Start,
        limits: Limits,
        registration: Registration,
        folder: tempfile::TempDir,
    ) -> Self {
        let now = Arc::new(AtomicI64::new(BEGINNING));
        let hand = Arc::clone(&now);
        let clock: Clock = Arc::new(move || hand.load(Ordering::SeqCst));
        let Started { repo, keep } = start(Arc::clone(&clock), &limits);
        let sync = SyncSettings {
            repo: Arc::clone(&repo),
            key_file: folder.path().join("server.key"),
            origins: vec![ORIGIN.to_owned()],
            allowed_origins: vec![LISTED.to_owned()],
            registration,
            clock,
        };
        let state = State::syncing(None, Transport::Plain, limits, sync).expect("the key can be made");
        let router = app(Arc::clone(&state));
        let description = Description::new(describe(router.clone()).await);
        Self { router, repo, description, state, now, folder, _keep: keep }
    }

    pub(crate) fn repo(&self) -> &(dyn Repo + 'static) {
        self.repo.as_ref()
    }

    pub(crate) fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (method, uri) = (request.method().to_string(), request.uri().to_string());
        let words = uri.split(['/', '?', '=', '&']).filter(|word| word.len() > 8);
        words.filter(|word| word.bytes().any(|byte| byte.is_ascii_digit())).for_each(keep_secret);
        let response = self.router.clone().oneshot(request).await.expect("a router always answers");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("the body arrives").to_bytes().to_vec();
        self.description.check(&method, &uri, parts.status.as_u16(), &bytes);
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// The response itself, for streams.
    pub(crate) async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.expect("a router always answers")
    }

    pub(crate) fn request(
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path).header("stillroom-version", "1");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/cbor");
        }
        request.body(body.map_or_else(Body::empty, Body::from)).expect("the request is well formed")
    }

    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Answer {
        self.send(Self::request(method, path, token, body)).await
    }

    pub(crate) async fn get(&self, path: &str, device: &Device) -> Answer {
        self.ask("GET", path, Some(&device.token), None).await
    }

    pub(crate) async fn post<T: Serialize>(&self, path: &str, device: &Device, body: &T) -> Answer {
        self.ask("POST", path, Some(&device.token), Some(encode(body))).await
    }

    /// A new workspace with its first device.
    pub(crate) async fn found(&self, seed: u8) -> Device {
        let mut device = Device::new(WorkspaceId([seed; 16]), seed);
        let entry = device.entry(self.now(), Event::DeviceAdded(device.info()));
        let new = NewWorkspace { workspace: device.workspace, entry };
        let answer = self.ask("POST", "/v1/workspaces", None, Some(encode(&new))).await;
        device.token = base64url(&answer.read::<Enrolled>().token.0);
        keep_secret(device.token.clone());
        device
    }

    /// A second device of `host`'s workspace, with its token and not yet enrolled.
    pub(crate) async fn pair(&self, host: &Device, seed: u8) -> Device {
        let pairing = PairingId([seed; 16]);
        let offer = PairOffer { pairing, bundle: Blob(vec![seed; 40]) };
        assert!(self.post("/v1/pair", host, &offer).await.status.is_success());
        let mut guest = Device::new(host.workspace, seed);
        let claim = PairClaim { pairing, device: guest.info(), proof: Hash([seed; 32]) };
        let answer = self.ask("POST", "/v1/pair/claim", None, Some(encode(&claim))).await;
        guest.token = base64url(&answer.read::<Claimed>().token.0);
        keep_secret(guest.token.clone());
        guest
    }

    /// A second device of `host`'s workspace, enrolled.
    pub(crate) async fn join(&self, host: &mut Device, seed: u8) -> Device {
        let mut guest = self.pair(host, seed).await;
        self.append(host, Event::DeviceAdded(guest.info())).await;
        guest.head = host.head;
        guest
    }

    pub(crate) async fn append(&self, device: &mut Device, event: Event) {
        let entry = device.entry(self.now(), event);
        let answer = self.post("/v1/consent", device, &Append { entries: vec![entry] }).await;
        assert!(answer.status.is_success(), "{}", answer.code());
    }

    pub(crate) async fn end(&self, path: &str, device: &mut Device, events: Vec<Event>) -> Withdrawn {
        let entries = events.into_iter().map(|event| device.entry(self.now(), event)).collect();
        self.post(path, device, &Append { entries }).await.read()
    }

    /// Gives a grant for everything the purpose may carry, for a month.
    pub(crate) async fn grant(&self, device: &mut Device, purpose: Purpose, seed: u8) -> GrantId {
        let grant = device.grant(self.now(), purpose, seed);
        let id = grant.id;
        self.append(device, Event::GrantGiven(grant)).await;
        id
    }

    /// Records the consent of some customers.
    pub(crate) async fn bases(&self, device: &mut Device, purpose: Purpose, tokens: &[SubjectToken]) {
        for tokens in tokens.chunks(2_000) {
            let basis = SubjectBasis::given(LawfulBasis::Consent, BasisMethod::Form, self.now());
            self.append(device, Event::Bases { purpose, basis, tokens: tokens.to_vec() }).await;
        }
    }

    pub(crate) async fn push(&self, device: &Device, ops: Vec<Op>) -> Answer {
        let deks = ops.iter().filter_map(key_for).collect();
        self.post("/v1/push", device, &Push { ops, deks }).await
    }

    /// Pushes and expects all of it to be stored.
    pub(crate) async fn store(&self, device: &Device, ops: Vec<Op>) -> Pushed {
        let n_ops = ops.len();
        let pushed: Pushed = self.push(device, ops).await.read();
        assert_eq!((pushed.n_accepted as usize, &pushed.denied), (n_ops, &None));
        pushed
    }

    pub(crate) async fn page(&self, device: &Device, cursor: Option<&Blob>) -> Answer {
        let path =
            cursor.map_or("/v1/pull".to_owned(), |cursor| format!("/v1/pull?since={}", hex(&cursor.0)));
        self.get(&path, device).await
    }

    /// Every page from `cursor` on.
    pub(crate) async fn pull(&self, device: &Device, mut cursor: Option<Blob>) -> Vec<Page> {
        let mut pages = Vec::new();
        loop {
            let page: Page = self.page(device, cursor.as_ref()).await.read();
            cursor = Some(page.cursor.clone());
            let has_more = page.has_more;
            pages.push(page);
            if !has_more {
                return pages;
            }
        }
    }

    pub(crate) async fn ledger(&self, device: &Device, since: u64) -> Ledger {
        self.get(&format!("/v1/consent?since={since}"), device).await.read()
    }
}

async fn describe(router: Router) -> serde_json::Value {
    let request = Request::get("/v1/openapi.json").body(Body::empty()).expect("the request is well formed");
    let response = router.oneshot(request).await.expect("a router always answers");
    let bytes = response.into_body().collect().await.expect("the body arrives").to_bytes();
    serde_json::from_slice(&bytes).expect("the description is JSON")
}

/// A device and what it knows.
pub(crate) struct Device {
    pub(crate) workspace: WorkspaceId,
    pub(crate) id: DeviceId,
    pub(crate) token: String,
    pub(crate) head: (u64, Hash),
    pub(crate) next_seq: u64,
    signing: SigningKey,
}

impl Device {
    pub(crate) fn new(workspace: WorkspaceId, seed: u8) -> Self {
        let signing = SigningKey::from_bytes(&[seed; 32]);
        let id = DeviceId([seed ^ 0x80; 16]);
        Self { workspace, id, token: String::new(), head: (0, Hash::ZERO), next_seq: 1, signing }
    }

    pub(crate) fn info(&self) -> DeviceInfo {
        let signing_key = PublicKey(self.signing.verifying_key().to_bytes());
        DeviceInfo { device: self.id, signing_key, sealing_key: PublicKey([1; 32]) }
    }

    pub(crate) fn sign(&self, entry: Entry) -> SignedEntry {
        let signature = Signature(self.signing.sign(&entry.message()).to_bytes());
        SignedEntry { entry, signature }
    }

    /// The next entry, and the head moves on.
    pub(crate) fn entry(&mut self, at: i64, event: Event) -> SignedEntry {
        let (seq, prev) = self.head;
        let entry = Entry { workspace: self.workspace, seq: seq + 1, prev, at, device: self.id, event };
        self.head = (seq + 1, entry.hash());
        self.sign(entry)
    }

    pub(crate) fn grant(&self, now: i64, purpose: Purpose, seed: u8) -> SyncGrant {
        SyncGrant {
            id: GrantId([seed; 16]),
            workspace: self.workspace,
            device: self.id,
            purpose,
            version: 1,
            groups: purpose.terms().groups,
            scope: Scope::All,
            origin: ORIGIN.to_owned(),
            server_key: PublicKey([2; 32]),
            notice: Hash([3; 32]),
            language: "en".to_owned(),
            valid_from: now,
            expires_at: now + 30 * DAY,
        }
    }

    /// The next operation: sets a sealed group of a record.
    pub(crate) fn set(&mut self, now: i64, grant: GrantId, token: SubjectToken) -> Op {
        let device_seq = self.next_seq;
        self.next_seq += 1;
        Op {
            kind: Kind::Set,
            device: self.id,
            device_seq,
            hlc: Hlc(Hlc::at(now).0 + device_seq),
            base: None,
            token,
            purpose: Purpose::Backup,
            grant,
            group: Some(FieldGroup::Identity),
            part: 0,
            schema: SCHEMA,
            dek: Some(key_id(token)),
            body: OpBody::Sealed(Blob(vec![7; 120])),
        }
    }

    /// The next operation: one that carries nothing.
    pub(crate) fn bare(&mut self, now: i64, kind: Kind, token: SubjectToken) -> Op {
        let op = self.set(now, GrantId([0; 16]), token);
        Op { kind, group: None, dek: None, body: OpBody::None, ..op }
    }

    pub(crate) fn sets(&mut self, now: i64, grant: GrantId, tokens: &[SubjectToken]) -> Vec<Op> {
        tokens.iter().map(|token| self.set(now, grant, *token)).collect()
    }

    pub(crate) fn revocation(&mut self, now: i64, device: DeviceId) -> SignedEntry {
        let keys = vec![SealedKey { device: self.id, sealed: Blob(vec![9; 48]) }];
        self.entry(now, Event::DeviceRevoked { device, epoch: 2, keys })
    }
}

/// The token of customer `n`.
pub(crate) fn token(n: u64) -> SubjectToken {
    SubjectToken(Sha256::digest(n.to_be_bytes()).into())
}

pub(crate) fn tokens(range: std::ops::Range<u64>) -> Vec<SubjectToken> {
    range.map(token).collect()
}

/// The one data key of a record.
pub(crate) fn key_id(token: SubjectToken) -> DataKeyId {
    let mut id = [0; 16];
    id.copy_from_slice(&token.0[..16]);
    DataKeyId(id)
}

pub(crate) fn key_for(op: &Op) -> Option<WrappedDek> {
    let dek = op.dek?;
    Some(WrappedDek { dek, token: op.token, epoch: 1, wrapped: Blob(vec![4; 60]) })
}

pub(crate) fn ended(state: BasisState, now: i64) -> SubjectBasis {
    SubjectBasis { state, ..SubjectBasis::given(LawfulBasis::Consent, BasisMethod::Form, now) }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Base64url without padding (RFC 4648, section 5).
pub(crate) fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut block = [0_u8; 3];
        block[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, block[0], block[1], block[2]]);
        for position in 0..=chunk.len() {
            text.push(DIGITS[(bits >> (18 - 6 * position) & 63) as usize] as char);
        }
    }
    text
}
