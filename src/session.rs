//! The session: whether a workspace is open in this tab, and what closes it.

use std::cell::Cell;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Interval;
use js_sys::{Object, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use stillroom_engine::protocol::{Failure, Setting, Status, Storage, WorkspaceStatus};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::engine::Crash;
use crate::model::auto_lock::{AutoLock, Closing, DEFAULT_IDLE_MINUTES};
use crate::{browser, engine};

/// The channel on which this site's tabs talk.
const CHANNEL: &str = "stillroom";
/// The workspace's setting that holds the minutes of idleness before it locks.
pub const AUTO_LOCK_SETTING: &str = "auto-lock-minutes";
/// How often the time is looked at.
const LOOK_EVERY_MILLIS: u32 = 5_000;
/// How long an ended worker gets to let go of its files before the next one tries.
const LET_GO_MILLIS: u32 = 250;
/// Tries before the files are said to be another tab's: a worker of this tab lets go within one or two.
const OWN_TRIES: u32 = 4;
/// Tries for another tab to hear the request and let go.
const TAKE_OVER_TRIES: u32 = 20;

/// Where this tab stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// The engine has not answered yet.
    Starting,
    /// There is no workspace on this device.
    Welcome,
    /// There is one, and it is closed.
    Locked(Option<Closing>),
    /// Another tab holds it.
    Elsewhere,
    /// It is open here.
    Open,
    /// The engine does not start.
    Broken(Failure),
}

/// The session: signals that live as long as the page.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    phase: RwSignal<Phase>,
    status: RwSignal<Option<WorkspaceStatus>>,
    revision: RwSignal<u32>,
    idle_minutes: RwSignal<u32>,
    running_jobs: RwSignal<u32>,
    clock: StoredValue<AutoLock>,
}

thread_local! {
    static SESSION: Cell<Option<Session>> = const { Cell::new(None) };
}

/// The session of this tab, from anywhere: event handlers and answers run outside the tree of components.
///
/// # Panics
/// When called before the app has started its session.
pub fn use_session() -> Session {
    SESSION.get().expect("the app starts its session before it shows anything")
}

impl Session {
    /// Starts the engine and everything that closes a session.
    pub fn start() -> Self {
        let session = Self {
            phase: RwSignal::new(Phase::Starting),
            status: RwSignal::new(None),
            revision: RwSignal::new(0),
            idle_minutes: RwSignal::new(DEFAULT_IDLE_MINUTES),
            running_jobs: RwSignal::new(0),
            clock: StoredValue::new(AutoLock::new(browser::now_millis())),
        };
        SESSION.set(Some(session));
        engine::start(move |crash| session.hear_of_crash(crash));
        session.listen_to_tabs();
        session.listen_to_person();
        spawn_local(session.look());
        session
    }

    /// Where this tab stands; followed when read inside a view.
    pub fn phase(self) -> Phase {
        self.phase.get()
    }

    /// Where this tab stands, for event handlers.
    pub fn phase_untracked(self) -> Phase {
        self.phase.get_untracked()
    }

    /// The workspace's state as last heard; followed when read inside a view.
    pub fn status(self) -> Option<WorkspaceStatus> {
        self.status.get()
    }

    /// Where the workspace is kept; followed when read inside a view.
    pub fn storage(self) -> Option<Storage> {
        self.status.get().map(|status| status.storage)
    }

    /// Changes whenever the workspace's data changed: read it to load again.
    pub fn revision(self) -> u32 {
        self.revision.get()
    }

    /// Tells every page that the workspace's data changed.
    pub fn data_changed(self) {
        self.revision.update(|revision| *revision = revision.wrapping_add(1));
    }

    /// Minutes of idleness before the workspace locks, as they are now.
    pub fn idle_minutes(self) -> u32 {
        self.idle_minutes.get_untracked()
    }

    /// Changes the minutes of idleness for this session; the caller stores the setting.
    pub fn set_idle_minutes(self, minutes: u32) {
        self.idle_minutes.set(minutes);
    }

    /// A job began: idleness does not lock while one runs.
    pub fn job_began(self) {
        self.running_jobs.update(|jobs| *jobs += 1);
    }

    /// A job ended.
    pub fn job_ended(self) {
        self.running_jobs.update(|jobs| *jobs = jobs.saturating_sub(1));
        self.person_acted();
    }

    /// The workspace was just made or unlocked.
    pub async fn opened(self) {
        self.person_acted();
        self.refresh_status().await;
        if let Ok(Some(minutes)) = engine::ask(Setting { key: AUTO_LOCK_SETTING.to_owned() }).await
            && let Ok(minutes) = minutes.parse()
        {
            self.idle_minutes.set(minutes);
        }
        self.phase.set(Phase::Open);
    }

    /// Asks the engine for the workspace's state without leaving the page.
    pub async fn refresh_status(self) {
        if let Ok(status) = engine::ask(Status {}).await {
            self.status.set(Some(status));
        }
    }

    /// Closes the workspace in every tab.
    pub fn lock(self, why: Closing) {
        tell_tabs("lock", &JsValue::TRUE);
        self.close(why);
    }

    /// Starts again from what the engine finds: after erasing, or when it did not start.
    pub fn begin_again(self) {
        self.phase.set(Phase::Starting);
        engine::stop();
        spawn_local(async move {
            browser::rest(LET_GO_MILLIS).await;
            engine::start(move |crash| self.hear_of_crash(crash));
            self.look().await;
        });
    }

    /// Takes the workspace over from the tab that holds it; `false` when that tab does not let go.
    pub async fn take_over(self) -> bool {
        tell_tabs("take_over", &JsValue::from_str(&browser::random_name()));
        restart_engine().await;
        match status_after_letting_go(TAKE_OVER_TRIES).await {
            Ok(status) => {
                self.settle(status);
                !status.owned_elsewhere
            }
            Err(_) => false,
        }
    }

    async fn look(self) {
        match status_after_letting_go(OWN_TRIES).await {
            Ok(status) => self.settle(status),
            // A crash is heard of on its own way.
            Err(reason) if reason.code == engine::STOPPED || reason.code == engine::CRASHED => {}
            Err(reason) => self.phase.set(Phase::Broken(reason)),
        }
    }

    fn settle(self, status: WorkspaceStatus) {
        self.status.set(Some(status));
        self.phase.set(match status {
            WorkspaceStatus { owned_elsewhere: true, .. } => Phase::Elsewhere,
            WorkspaceStatus { exists: false, .. } => Phase::Welcome,
            WorkspaceStatus { unlocked: true, .. } => Phase::Open,
            _ => Phase::Locked(None),
        });
    }

    /// Ends the worker with every key it held, and leaves the pages, which drops their view models.
    fn close(self, why: Closing) {
        if self.phase.get_untracked() != Phase::Open {
            return;
        }
        self.running_jobs.set(0);
        if self.status.get_untracked().is_some_and(|status| status.storage == Storage::Memory) {
            // A workspace in memory ends with its worker.
            self.begin_again();
        } else {
            engine::stop();
            self.phase.set(Phase::Locked(Some(why)));
            self.replace_engine();
        }
    }

    fn hear_of_crash(self, crash: Crash) {
        self.running_jobs.set(0);
        if !crash.may_start_again {
            self.phase.set(Phase::Broken(crash.reason));
            return;
        }
        if self.phase.get_untracked() == Phase::Open {
            self.phase.set(Phase::Locked(Some(Closing::Crash)));
        }
        self.replace_engine();
    }

    /// Starts a fresh worker in place of one that ended.
    fn replace_engine(self) {
        spawn_local(async move {
            restart_engine().await;
            let Ok(status) = status_after_letting_go(OWN_TRIES).await else { return };
            if self.phase.get_untracked() == Phase::Starting {
                self.settle(status);
            } else if status.owned_elsewhere {
                self.status.set(Some(status));
                self.phase.set(Phase::Elsewhere);
            }
        });
    }

    fn give_away(self) {
        engine::stop();
        self.running_jobs.set(0);
        self.phase.set(Phase::Elsewhere);
    }

    fn person_acted(self) {
        self.clock.update_value(|clock| clock.acted(browser::now_millis()));
    }

    fn listen_to_person(self) {
        let options = EventListenerOptions { passive: true, ..EventListenerOptions::default() };
        for kind in ["pointerdown", "keydown", "wheel", "touchstart"] {
            EventListener::new_with_options(&document(), kind, options, move |_| self.person_acted())
                .forget();
        }
        Interval::new(LOOK_EVERY_MILLIS, move || {
            let is_busy = self.running_jobs.get_untracked() > 0;
            let idle_minutes = self.idle_minutes.get_untracked();
            let (now, is_hidden) = (browser::now_millis(), document().hidden());
            let mut closing = None;
            self.clock.update_value(|clock| closing = clock.look(now, is_hidden, is_busy, idle_minutes));
            if let Some(why) = closing
                && self.phase.get_untracked() == Phase::Open
            {
                self.lock(why);
            }
        })
        .forget();
    }

    fn listen_to_tabs(self) {
        let Ok(channel) = BroadcastChannel::new(CHANNEL) else { return };
        EventListener::new(&channel, "message", move |event| {
            let Some(message) = event.dyn_ref::<MessageEvent>().map(MessageEvent::data) else { return };
            let says = |name: &str| Reflect::has(&message, &JsValue::from_str(name)).unwrap_or(false);
            let is_open = matches!(self.phase.get_untracked(), Phase::Open | Phase::Locked(_));
            if says("take_over") && is_open {
                self.give_away();
            } else if says("lock") {
                self.close(Closing::OtherTab);
            }
        })
        .forget();
    }
}

/// Ends the worker and starts the next one once the files can be free; questions asked meanwhile wait for it.
async fn restart_engine() {
    engine::stop();
    browser::rest(LET_GO_MILLIS).await;
    engine::start_again();
}

/// The workspace's state; while its files are held, the worker is started anew, for it takes them as it starts.
async fn status_after_letting_go(tries: u32) -> Result<WorkspaceStatus, Failure> {
    let mut status = engine::ask(Status {}).await?;
    for _ in 1..tries {
        if !status.owned_elsewhere {
            break;
        }
        restart_engine().await;
        status = engine::ask(Status {}).await?;
    }
    Ok(status)
}

fn tell_tabs(what: &str, value: &JsValue) {
    let message = Object::new();
    let _ = Reflect::set(&message, &JsValue::from_str(what), value);
    if let Ok(channel) = BroadcastChannel::new(CHANNEL) {
        let _ = channel.post_message(&message);
        channel.close();
    }
}
