//! The real router in this process: over SQLite files in a temporary folder, with a clock that shows what the simulation says.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::Request as HttpRequest;
use http_body_util::BodyExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use stillroom_consent::{Blob, DeviceId, DeviceInfo, Hash, PairingId, PublicKey, WorkspaceId};
use stillroom_server::repo::{Repo, open};
use stillroom_server::{
    Clock, Limits, Registration, State, Storage, SyncSettings, Transport, app, check_workspace,
};
use stillroom_sync::client::Request;
use stillroom_sync::testing::{Reply, Server};
use stillroom_sync::wire::{
    Claimed, Enrolled, NewWorkspace, PairClaim, PairOffer, PairOffered, ServerInfo, decode, encode,
};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

const ORIGIN: &str = "https://sync.example.org";

/// The server of one schedule.
pub(crate) struct RouterServer {
    folder: tempfile::TempDir,
    now: Arc<AtomicI64>,
    process: Option<Process>,
    workspace: Option<WorkspaceId>,
    founder: Option<DeviceId>,
    /// What devices authenticate with.
    tokens: BTreeMap<DeviceId, String>,
}

/// What ends when the server stops. Fields are dropped in this order: nothing of the runtime outlives it.
struct Process {
    router: Router,
    state: Arc<State>,
    repo: Arc<dyn Repo>,
    runtime: Runtime,
}

/// As many requests as a schedule likes: they are counted by the machine's clock, not by the simulated one.
fn limits() -> Limits {
    let many = NonZeroU32::new(1_000_000).expect("as it was written");
    Limits { device_per_second: many, device_burst: many, open_per_minute: many, ..Limits::default() }
}

impl Process {
    fn start(folder: &Path, now: &Arc<AtomicI64>) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime can be had");
        let hand = Arc::clone(now);
        let clock: Clock = Arc::new(move || hand.load(Ordering::SeqCst));
        let storage = Storage { data: folder.join("data"), database: None };
        let repo = open(&storage, &limits(), &clock).expect("the folder can be used");
        let settings = SyncSettings {
            repo: Arc::clone(&repo),
            key_file: folder.join("server.key"),
            origins: vec![ORIGIN.to_owned()],
            allowed_origins: Vec::new(),
            registration: Registration::Open,
            clock,
        };
        let state =
            State::syncing(None, Transport::Plain, limits(), settings).expect("the key is there, or made");
        Self { router: app(Arc::clone(&state)), state, repo, runtime }
    }

    fn send(&self, method: &str, path: &str, token: Option<&str>, body: &[u8]) -> Reply {
        let mut request = HttpRequest::builder().method(method).uri(path).header("stillroom-version", "1");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/cbor");
        }
        let request = request.body(Body::from(body.to_vec())).expect("the request is well formed");
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.expect("a router always answers");
            let (parts, body) = response.into_parts();
            let seconds = parts.headers.get("retry-after");
            Reply {
                status: parts.status.as_u16(),
                retry_after_seconds: seconds.and_then(|value| value.to_str().ok()?.parse().ok()),
                body: body.collect().await.expect("the body arrives").to_bytes().to_vec(),
            }
        })
    }
}

impl RouterServer {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let now = Arc::new(AtomicI64::new(0));
        let process = Process::start(folder.path(), &now);
        Self { folder, now, process: Some(process), workspace: None, founder: None, tokens: BTreeMap::new() }
    }

    fn process(&self) -> &Process {
        self.process.as_ref().expect("a server that stopped was started again")
    }

    fn token(&self, device: DeviceId) -> Option<&str> {
        self.tokens.get(&device).map(String::as_str)
    }

    /// Sends what must be taken.
    fn call<T: Serialize + DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        message: Option<Vec<u8>>,
    ) -> T {
        let reply = self.process().send(method, path, token, &message.unwrap_or_default());
        assert_eq!(reply.status, 200, "{method} {path}");
        decode(&reply.body).expect("a good answer is of its type")
    }

    /// Recomputes everything that is stored, after everything that could go was removed.
    pub(crate) fn check(&self) {
        let Process { state, repo, runtime, .. } = self.process();
        let workspace = self.workspace.expect("a schedule founds its workspace");
        runtime.block_on(async {
            state.sweep(true).await.expect("the sweep ends");
            check_workspace(repo.as_ref(), workspace).await.expect("what is stored is what was stored");
        });
    }
}

impl Server for RouterServer {
    fn key(&self) -> PublicKey {
        self.call::<ServerInfo>("GET", "/v1/server", None, None).server_key
    }

    fn origin(&self) -> String {
        ORIGIN.to_owned()
    }

    fn found(&mut self, new: &NewWorkspace, now_millis: i64) {
        self.now.store(now_millis, Ordering::SeqCst);
        let enrolled: Enrolled = self.call("POST", "/v1/workspaces", None, Some(encode(new)));
        self.workspace = Some(new.workspace);
        self.founder = Some(new.entry.entry.device);
        self.tokens.insert(new.entry.entry.device, base64url(&enrolled.token.0));
    }

    fn admit(&mut self, device: &DeviceInfo, now_millis: i64) {
        self.now.store(now_millis, Ordering::SeqCst);
        let pairing = PairingId(device.device.0);
        let offer = encode(&PairOffer { pairing, bundle: Blob(vec![1; 40]) });
        let founder = self.founder.and_then(|founder| self.token(founder));
        self.call::<PairOffered>("POST", "/v1/pair", founder, Some(offer));
        let claim = encode(&PairClaim { pairing, device: *device, proof: Hash([2; 32]) });
        let claimed: Claimed = self.call("POST", "/v1/pair/claim", None, Some(claim));
        self.tokens.insert(device.device, base64url(&claimed.token.0));
    }

    fn answer(&mut self, device: DeviceId, request: &Request, now_millis: i64) -> Reply {
        self.now.store(now_millis, Ordering::SeqCst);
        self.process().send(request.method.key(), &request.path, self.token(device), &request.body)
    }

    fn restart(&mut self) {
        if let Some(Process { router, state, repo, runtime }) = self.process.take() {
            runtime.block_on(state.close());
            drop((router, state, repo, runtime));
        }
        let process = Process::start(self.folder.path(), &self.now);
        process.runtime.block_on(process.state.sweep(false)).expect("the sweep ends");
        self.process = Some(process);
    }
}

/// Base64url without padding (RFC 4648, section 5).
fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut block = [0_u8; 4];
        block[1..=chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes(block);
        for position in 0..=chunk.len() {
            text.push(DIGITS[(bits >> (18 - 6 * position) & 63) as usize] as char);
        }
    }
    text
}
