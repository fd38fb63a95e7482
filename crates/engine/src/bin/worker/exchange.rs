//! When this worker talks to its server: after writes, at the client's own times, and when somebody asks. One exchange is under way
//! at a time, whoever asked for it.

use std::{cell::Cell, rc::Rc};

use futures_channel::oneshot;
use gloo::timers::{callback::Timeout, future::TimeoutFuture};
use stillroom_engine::{
    protocol::{Failure, JobProgress, Request},
    session::{Answer, Step, SyncStep},
};

use crate::{
    desk::{Desk, Shared},
    transport,
};

/// How long writes are waited for before they are sent, in milliseconds: what is typed together goes together.
const DEBOUNCE_MILLIS: u32 = 2_000;
/// Longest timer the browser keeps, in milliseconds; the client is asked again then.
const MAX_WAIT_MILLIS: f64 = 600_000.0;

/// What waits for its time.
#[derive(Default)]
pub(crate) struct Exchange {
    timer: Cell<Option<Timeout>>,
    is_running: Cell<bool>,
    waiting: Cell<Vec<oneshot::Sender<()>>>,
}

/// Whether a question may leave something to be sent.
pub(crate) fn may_write(request: &Request) -> bool {
    request.is_decision()
        || matches!(
            request,
            Request::Unlock(_)
                | Request::ImportFile(_)
                | Request::ImportSample(_)
                | Request::UndoImport(_)
                | Request::UpdateCustomer(_)
                | Request::Keep(_)
                | Request::Rescore(_)
                | Request::DeleteModel(_)
                | Request::CheckPairing(_)
                | Request::Restore(_)
        )
}

/// Exchanges once nothing more was written for a moment. A withdrawal or an erasure does not wait.
pub(crate) fn soon(desk: &Shared) {
    desk.session.borrow_mut().wake_sync();
    let is_urgent = desk.session.borrow_mut().has_endings();
    plan(desk, if is_urgent { 0 } else { DEBOUNCE_MILLIS });
}

fn plan(desk: &Shared, millis: u32) {
    let later = Rc::clone(desk);
    let timer = Timeout::new(millis, move || {
        wasm_bindgen_futures::spawn_local(async move { run(&later, |_| ()).await });
    });
    desk.exchange.timer.set(Some(timer));
}

/// Exchanges now and answers with how it stands then.
pub(crate) async fn now(desk: &Shared, on_progress: impl Fn(&JobProgress)) -> Result<Answer, Failure> {
    desk.session.borrow_mut().ask_sync();
    while desk.exchange.is_running.get() {
        let (sender, ended) = oneshot::channel();
        let mut waiting = desk.exchange.waiting.take();
        waiting.push(sender);
        desk.exchange.waiting.set(waiting);
        let _ended_or_gone = ended.await;
    }
    run(desk, on_progress).await;
    let info = desk.session.borrow_mut().sync_info()?;
    Answer::of(&info)
}

/// Exchanges until there is nothing to do now, then sets the timer for the next time. A locked workspace stops it.
async fn run(desk: &Shared, on_progress: impl Fn(&JobProgress)) {
    if desk.exchange.is_running.replace(true) {
        return;
    }
    let running = Running(desk);
    loop {
        let next = desk.session.borrow_mut().next_exchange();
        match next {
            Ok(SyncStep::Send(outgoing)) => {
                let incoming = transport::send(&outgoing).await;
                let taken = desk.session.borrow_mut().exchanged(&incoming);
                if let Ok(progress) = desk.session.borrow_mut().sync_progress() {
                    on_progress(&progress);
                }
                if taken.is_err() {
                    break;
                }
                TimeoutFuture::new(0).await;
            }
            Ok(SyncStep::Working) => {
                if let Ok(progress) = desk.session.borrow_mut().sync_progress() {
                    on_progress(&progress);
                }
                TimeoutFuture::new(0).await;
            }
            Ok(SyncStep::WaitUntil(until)) => {
                let wait = (until as f64 - js_sys::Date::now()).clamp(0.0, MAX_WAIT_MILLIS);
                plan(desk, wait as u32);
                break;
            }
            Ok(SyncStep::Idle) | Err(_) => break,
        }
    }
    drop(running);
}

/// Marks the end of an exchange, also of one that was cancelled.
struct Running<'a>(&'a Desk);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.exchange.is_running.set(false);
        for waiting in self.0.exchange.waiting.take() {
            let _gone = waiting.send(());
        }
        self.0.session.borrow_mut().forget_exchange();
    }
}

/// A conversation of a few requests.
pub(crate) async fn converse(desk: &Desk, request: &Request) -> Result<Answer, Failure> {
    let origin = transport::own_origin();
    let mut step = desk.session.borrow_mut().talk(request, &origin)?;
    loop {
        step = match step {
            Step::Send(talk, outgoing) => {
                let incoming = transport::send(&outgoing).await;
                desk.session.borrow_mut().hear(talk, outgoing.entry, &incoming)?
            }
            Step::Done(answer) => return Ok(answer),
        };
    }
}
