//! The real router over SQLite files in a temporary folder, a clock set by hand, and devices that are real sessions.

use std::{
    cell::{Cell, RefCell},
    path::Path,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{Router, body::Body, http::Request as HttpRequest};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use stillroom_engine::{
    platform::MemoryPlatform,
    protocol::{
        Ask, BasisChoice, CheckPairing, ConnectServer, CreateWorkspace, DialectChoice, Failure, FileKind,
        GiveGrant, ImportPlan, JoinWorkspace, OfferPairing, OpenView, PairingProgress, Privacy, PrivacyInfo,
        ReceiptInfo, RowInfo, SetBasis, SyncInfo, SyncNow, UpdateCustomer, Whose, Window,
    },
    session::{Session, drive},
    transport::{Incoming, NoReply, Outgoing},
};
use stillroom_server::{Clock, Limits, Registration, State, Storage, SyncSettings, Transport, app, repo};
use tower::ServiceExt as _;

pub(crate) const ORIGIN: &str = "https://sync.example.org";
pub(crate) const BEGINNING: i64 = 1_800_000_000_000;
pub(crate) const DAY: i64 = 86_400_000;
pub(crate) const PASSPHRASE: &str = "seven grey herons over Linz";

/// A server and everything that was ever sent to it.
pub(crate) struct World {
    router: Router,
    state: Arc<State>,
    now: Arc<AtomicI64>,
    runtime: tokio::runtime::Runtime,
    pub(crate) is_offline: Cell<bool>,
    /// Paths whose requests arrive and whose answers do not.
    pub(crate) loses_answers_to: RefCell<Vec<String>>,
    /// Path and body of every request, answered or not.
    pub(crate) sent: RefCell<Vec<(String, Vec<u8>)>>,
    folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Rc<Self> {
        let now = Arc::new(AtomicI64::new(BEGINNING));
        let hand = Arc::clone(&now);
        let clock: Clock = Arc::new(move || hand.load(Ordering::SeqCst));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let many = std::num::NonZeroU32::new(1_000_000).expect("not zero");
        let limits = Limits {
            device_per_second: many,
            device_burst: many,
            open_per_minute: many,
            ..Limits::default()
        };
        let storage = Storage { data: folder.path().to_owned(), database: None };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let entered = runtime.enter();
        let sync = SyncSettings {
            repo: repo::open(&storage, &limits, &clock).expect("a database"),
            key_file: folder.path().join("server.key"),
            origins: vec![ORIGIN.to_owned()],
            allowed_origins: Vec::new(),
            registration: Registration::Open,
            clock,
        };
        let state = State::syncing(None, Transport::Plain, limits, sync).expect("a server");
        drop(entered);
        Rc::new(Self {
            router: app(Arc::clone(&state)),
            state,
            now,
            runtime,
            is_offline: Cell::new(false),
            loses_answers_to: RefCell::default(),
            sent: RefCell::default(),
            folder,
        })
    }

    pub(crate) fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    /// Sets the clock of the server and of the devices.
    pub(crate) fn set_now(&self, now_millis: i64) {
        self.now.store(now_millis, Ordering::SeqCst);
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::SeqCst);
    }

    /// Has the server remove what its rules let go by now.
    pub(crate) fn sweep(&self) {
        self.runtime.block_on(self.state.sweep(true)).expect("a sweep");
    }

    /// The folder with the server's databases.
    pub(crate) fn files(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn send(&self, outgoing: &Outgoing) -> Incoming {
        let path = outgoing.url.strip_prefix(ORIGIN).expect("only the one origin is spoken to");
        self.sent.borrow_mut().push((path.to_owned(), outgoing.body.clone()));
        if self.is_offline.get() {
            return Incoming::Failed(NoReply::Offline);
        }
        let mut request =
            HttpRequest::builder().method(outgoing.method).uri(path).header("host", "sync.example.org");
        for (name, value) in &outgoing.headers {
            request = request.header(*name, value);
        }
        let request = request.body(Body::from(outgoing.body.clone())).expect("a well-formed request");
        let answered = self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.expect("a router always answers");
            let (parts, body) = response.into_parts();
            let retry_after = parts.headers.get("retry-after").and_then(|value| value.to_str().ok());
            Incoming::Answered {
                status: parts.status.as_u16(),
                retry_after_seconds: retry_after.and_then(|seconds| seconds.parse().ok()),
                body: body.collect().await.expect("the body arrives").to_bytes().to_vec(),
            }
        });
        let is_lost = self.loses_answers_to.borrow().iter().any(|lost| lost == path);
        if is_lost { Incoming::Failed(NoReply::Offline) } else { answered }
    }
}

/// One device.
pub(crate) struct Device {
    pub(crate) session: Session<MemoryPlatform>,
    world: Rc<World>,
}

impl Device {
    /// A device with an empty workspace.
    pub(crate) fn new(world: &Rc<World>) -> Self {
        let session = Session::new(MemoryPlatform::at(world.now()));
        let mut device = Self { session, world: Rc::clone(world) };
        device.ask(CreateWorkspace { passphrase: PASSPHRASE.to_owned() });
        device
    }

    /// A device that made the workspace known to the server, with `csv` imported.
    pub(crate) fn first(world: &Rc<World>, csv: &str) -> Self {
        let mut device = Self::new(world);
        device.import(csv, FileKind::Customers);
        device.ask(ConnectServer {});
        device
    }

    /// Another device of the same workspace.
    pub(crate) fn join(&mut self) -> Self {
        let code = self.ask(OfferPairing {}).code;
        let mut other = Self::new(&self.world);
        other.ask(JoinWorkspace { code });
        assert_eq!(self.ask(CheckPairing {}), PairingProgress::Joined);
        self.sync();
        other.sync();
        other
    }

    pub(crate) fn try_ask<A: Ask>(&mut self, ask: A) -> Result<A::Answer, Failure> {
        let now = self.world.now();
        self.session.platform_mut().set_now(now);
        let world = Rc::clone(&self.world);
        let answer =
            drive::answer(&mut self.session, ask.into(), ORIGIN, &mut |sent| world.send(sent), &mut |_| ())?;
        Ok(serde_json::from_value(answer.body).expect("an answer of the question's type"))
    }

    pub(crate) fn ask<A: Ask>(&mut self, ask: A) -> A::Answer
    where
        A::Answer: DeserializeOwned,
    {
        self.try_ask(ask).unwrap_or_else(|failure| panic!("{}: {}", failure.code, failure.message))
    }

    /// The bytes beside an answer.
    pub(crate) fn file<A: Ask>(&mut self, ask: A) -> Vec<u8> {
        let now = self.world.now();
        self.session.platform_mut().set_now(now);
        let answer = self.session.answer(ask.into()).expect("an answer");
        answer.bytes.expect("a file beside it")
    }

    /// Exchanges until nothing is left to do.
    pub(crate) fn sync(&mut self) -> SyncInfo {
        self.world.pass(1_000);
        let info = self.ask(SyncNow { gpc: false });
        assert!(["idle", "off"].contains(&info.phase.as_str()) && info.problem.is_none(), "{info:?}");
        info
    }

    pub(crate) fn import(&mut self, csv: &str, kind: FileKind) {
        let plan = ImportPlan {
            label: "file.csv".to_owned(),
            dialect: DialectChoice::default(),
            kind,
            targets: Vec::new(),
        };
        self.session.begin_import(&plan).expect("an import");
        self.session.push_import(csv.as_bytes()).expect("rows");
        self.session.finish_import().expect("an end");
    }

    pub(crate) fn grant(&mut self, purpose: &str, groups: &[&str]) -> ReceiptInfo {
        self.grant_for(30, purpose, groups)
    }

    pub(crate) fn grant_for(&mut self, days: u32, purpose: &str, groups: &[&str]) -> ReceiptInfo {
        self.ask(GiveGrant {
            purpose: purpose.to_owned(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            scope: None,
            days,
            language: "en".to_owned(),
        })
    }

    pub(crate) fn set_basis(&mut self, whose: Whose, purpose: &str, state: &str) -> u64 {
        let choice = BasisChoice {
            purpose: purpose.to_owned(),
            basis: "contract".to_owned(),
            state: state.to_owned(),
            method: "contract".to_owned(),
            evidence: "folder 7".to_owned(),
            expires_days: None,
            gpc: false,
        };
        self.ask(SetBasis { whose, choice })
    }

    /// Everything granted for backup, for everybody.
    pub(crate) fn back_up(&mut self) {
        self.grant("backup", &["identity", "contact", "commercial", "behaviour", "notes", "scores"]);
        self.set_basis(Whose::Everybody, "backup", "given");
    }

    pub(crate) fn privacy(&mut self) -> PrivacyInfo {
        self.ask(Privacy { gpc: false })
    }

    pub(crate) fn edit(&mut self, id: i64, field: &str, value: &str) {
        let value = stillroom_engine::protocol::Cell::Text(value.to_owned());
        self.ask(UpdateCustomer { id, field: field.to_owned(), value });
    }

    /// All customers in order of their external ids: the fields asked for, as text.
    pub(crate) fn table(&mut self, fields: &[&str]) -> Vec<Vec<String>> {
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        let sort =
            vec![stillroom_engine::protocol::SortBy { field: "external_id".to_owned(), descending: false }];
        let view = self.ask(OpenView { filter: None, search: None, sort, fields });
        let rows: Vec<RowInfo> = self.ask(Window { view: view.view, offset: 0, limit: 1000 });
        rows.into_iter().map(|row| row.cells.iter().map(|cell| format!("{cell:?}")).collect()).collect()
    }

    /// The customer with an external id, by the number it has on this device.
    pub(crate) fn id_of(&mut self, external_id: &str) -> i64 {
        let filter = Some(format!("external_id = \"{external_id}\""));
        let view = self.ask(OpenView { filter, search: None, sort: Vec::new(), fields: Vec::new() });
        let rows: Vec<RowInfo> = self.ask(Window { view: view.view, offset: 0, limit: 2 });
        assert_eq!(rows.len(), 1, "one customer has the id {external_id}");
        rows[0].id
    }
}
