//! The engine worker's desk: takes questions in, keeps the jobs under way, sends answers out.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use stillroom_engine::{
    compute::{self, Done, Job},
    failure::failure,
    protocol::{Failure, ImportInfo, JobProgress, Request, SampleKind},
    reply::Reply,
    session::{Answer, Chore, Session},
};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

use crate::{
    compute::Running,
    exchange::{self, Exchange},
    files,
    messages::{self, Incoming},
    platform::{Browser, is_persisted},
    transport,
};

/// How much of a file is read, parsed and stored before anyone else gets a turn.
const PIECE_BYTES: f64 = 1_048_576.0;
/// How much of a file is looked at to find its dialect and columns.
const HEAD_BYTES: f64 = 262_144.0;

pub(crate) type Shared = Rc<Desk>;

pub(crate) struct Desk {
    pub(crate) session: RefCell<Session<Browser>>,
    jobs: RefCell<BTreeMap<u64, oneshot::Sender<()>>>,
    pub(crate) exchange: Exchange,
}

/// Opens the desk: from the `ready` message on, questions are answered.
pub(crate) async fn serve(scope: DedicatedWorkerGlobalScope) {
    let mut session = Session::new(Browser::start().await);
    session.set_gpc(transport::has_privacy_control());
    let desk = Rc::new(Desk {
        session: RefCell::new(session),
        jobs: RefCell::default(),
        exchange: Exchange::default(),
    });
    let on_message =
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| receive(&desk, &event));
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    messages::post_ready();
}

fn receive(desk: &Shared, event: &MessageEvent) {
    match messages::read(event) {
        Incoming::Cancel { id } => {
            if let Some(cancel) = desk.jobs.borrow_mut().remove(&key(id)) {
                let _already_finished = cancel.send(());
            }
        }
        Incoming::Unreadable { id, reason } => messages::post_failure(id, &failure("protocol", &reason)),
        Incoming::Question { id, request, file } => {
            let desk = Rc::clone(desk);
            wasm_bindgen_futures::spawn_local(async move {
                let may_have_written = exchange::may_write(&request);
                match answer(&desk, id, *request, file).await {
                    Ok(Answer { body, bytes }) => messages::post_answer(id, &body, bytes.as_deref()),
                    Err(failure) => messages::post_failure(id, &failure),
                }
                if may_have_written {
                    exchange::soon(&desk);
                }
            });
        }
    }
}

async fn answer(desk: &Shared, id: f64, request: Request, file: Option<Blob>) -> Result<Answer, Failure> {
    if Session::<Browser>::needs_server(&request) {
        return job(desk, id, exchange::converse(desk, &request)).await;
    }
    match request {
        Request::InspectFile(ask) => {
            let file = needed(file)?;
            let head = files::read_piece(&file, 0.0, HEAD_BYTES).await?;
            let is_whole = file.size() <= HEAD_BYTES;
            desk.session.borrow_mut().inspect(&head, is_whole, &ask.dialect, ask.kind)
        }
        Request::ImportFile(ask) => {
            let file = needed(file)?;
            let info = job(desk, id, import(desk, id, ask.plan, &Contents::File(file))).await?;
            Answer::of(&info)
        }
        Request::ImportSample(ask) => {
            let infos = job(desk, id, import_sample(desk, id, ask.kind, ask.seed)).await?;
            Answer::of(&infos)
        }
        Request::Restore(ask) => {
            let file = needed(file)?;
            let bytes = files::read_piece(&file, 0.0, file.size()).await?;
            desk.session.borrow_mut().restore(&bytes, &ask.passphrase)
        }
        Request::Run(ask) => {
            let work = desk.session.borrow_mut().work(&ask.recipe)?;
            let done = job(desk, id, perform(id, Job::Recipe(work))).await?;
            desk.session.borrow_mut().accept(reply_of(done)?)
        }
        Request::Rescore(ask) => {
            let work = desk.session.borrow_mut().rescore_work(ask.id)?;
            let done = job(desk, id, perform(id, Job::Recipe(work))).await?;
            desk.session.borrow_mut().rescored(ask.id, reply_of(done)?)
        }
        Request::Explain(ask) => {
            let asked = desk.session.borrow_mut().explain_job(&ask)?;
            match job(desk, id, perform(id, asked)).await? {
                Done::Explanation(explanation) => Answer::of(&explanation),
                _ => Err(mixed_up()),
            }
        }
        Request::Migrate(ask) => {
            let asked = desk.session.borrow_mut().migrate_job(&ask)?;
            match job(desk, id, perform(id, asked)).await? {
                Done::Migration(report) => desk.session.borrow_mut().migrated(ask.model, *report),
                _ => Err(mixed_up()),
            }
        }
        Request::Status(ask) => {
            let persisted = is_persisted().await;
            let mut session = desk.session.borrow_mut();
            session.platform_mut().set_persistent(persisted);
            session.answer(Request::Status(ask))
        }
        Request::SyncNow(ask) => {
            desk.session.borrow_mut().set_gpc(ask.gpc || transport::has_privacy_control());
            job(desk, id, exchange::now(desk, |progress| messages::post_progress(id, progress))).await
        }
        other => {
            let chore = desk.session.borrow_mut().begin_chore(&other)?;
            match chore {
                Some(chore) => job(desk, id, finish(desk, id, chore)).await,
                None => desk.session.borrow_mut().answer(other),
            }
        }
    }
}

/// Does long work piece by piece; others get a turn in between.
async fn finish(desk: &Desk, id: f64, mut chore: Chore) -> Result<Answer, Failure> {
    loop {
        let progress = desk.session.borrow_mut().step_chore(&mut chore)?;
        match progress {
            Some(progress) => messages::post_progress(id, &progress),
            None => return desk.session.borrow_mut().end_chore(chore),
        }
        gloo::timers::future::TimeoutFuture::new(0).await;
    }
}

/// Runs `work` as the job `id`: a cancel message ends it by dropping it.
async fn job<T>(desk: &Desk, id: f64, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let (sender, cancelled) = oneshot::channel();
    desk.jobs.borrow_mut().insert(key(id), sender);
    let finished = select(Box::pin(work), cancelled).await;
    desk.jobs.borrow_mut().remove(&key(id));
    match finished {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(failure("cancelled", "the work was cancelled")),
    }
}

/// Does `job` in a compute worker of its own.
async fn perform(id: f64, job: Job) -> Result<Done, Failure> {
    let running = Running::start(compute::to_bytes(&job)?, move |progress| {
        if let Ok(progress) = serde_wasm_bindgen::from_value::<JobProgress>(progress) {
            messages::post_progress(id, &progress);
        }
    })?;
    compute::from_bytes(&running.finished().await?)
}

fn reply_of(done: Done) -> Result<Reply, Failure> {
    match done {
        Done::Reply(reply) => Ok(*reply),
        _ => Err(mixed_up()),
    }
}

fn mixed_up() -> Failure {
    failure("protocol", "the page and the engine differ: reload")
}

/// What an import reads.
enum Contents {
    File(Blob),
    Bytes(Vec<u8>),
}

impl Contents {
    fn len(&self) -> f64 {
        match self {
            Self::File(file) => file.size(),
            Self::Bytes(bytes) => bytes.len() as f64,
        }
    }

    async fn piece(&self, start: f64) -> Result<Vec<u8>, Failure> {
        match self {
            Self::File(file) => files::read_piece(file, start, PIECE_BYTES).await,
            Self::Bytes(bytes) => {
                gloo::timers::future::TimeoutFuture::new(0).await;
                let start = (start as usize).min(bytes.len());
                let end = (start + PIECE_BYTES as usize).min(bytes.len());
                Ok(bytes.get(start..end).unwrap_or_default().to_vec())
            }
        }
    }
}

/// Rolls an import back unless it was finished.
struct Undo<'a>(&'a Desk);

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        self.0.session.borrow_mut().cancel_import();
    }
}

async fn import(
    desk: &Desk,
    id: f64,
    plan: stillroom_engine::protocol::ImportPlan,
    contents: &Contents,
) -> Result<ImportInfo, Failure> {
    desk.session.borrow_mut().begin_import(&plan)?;
    let undo = Undo(desk);
    let (mut read, total) = (0.0, contents.len());
    while read < total {
        let piece = contents.piece(read).await?;
        if piece.is_empty() {
            return Err(failure(
                "file-unreadable",
                "the file became shorter while it was read: choose it again",
            ));
        }
        desk.session.borrow_mut().push_import(&piece)?;
        read += piece.len() as f64;
        let progress = JobProgress { stage: "importing".to_owned(), done: read as u64, total: total as u64 };
        messages::post_progress(id, &progress);
    }
    let info = desk.session.borrow_mut().finish_import();
    drop(undo);
    info
}

async fn import_sample(
    desk: &Desk,
    id: f64,
    kind: SampleKind,
    seed: u64,
) -> Result<Vec<ImportInfo>, Failure> {
    let files = desk.session.borrow_mut().sample_files(kind, seed)?;
    let mut infos = Vec::with_capacity(files.len());
    for (plan, bytes) in files {
        infos.push(import(desk, id, plan, &Contents::Bytes(bytes)).await?);
    }
    Ok(infos)
}

fn needed(file: Option<Blob>) -> Result<Blob, Failure> {
    file.ok_or_else(|| failure("file-missing", "choose a file first"))
}

/// Page ids are small whole numbers.
fn key(id: f64) -> u64 {
    id as u64
}
