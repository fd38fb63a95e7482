//! Consent and sync as signals: what the engine last said, and the exchanges that nobody has to ask for.
//!
//! Nothing is requested before a server was connected to; from then on an exchange runs when something waits, when the time
//! of a retry has come, or every half minute. Whether anything may travel is decided in the engine.

use std::cell::Cell;

use gloo::events::EventListener;
use gloo::timers::callback::Interval;
use leptos::prelude::*;
use leptos::task::spawn_local;
use stillroom_engine::protocol::{Failure, Privacy, PrivacyInfo, SyncInfo, SyncNow};

use crate::model::privacy::{Standing, exchange_is_due, standing};
use crate::session::{Phase, use_session};
use crate::ui::{Task, TaskState};
use crate::{browser, engine};

/// How often the time is looked at.
const LOOK_EVERY_MILLIS: u32 = 2_000;

/// What is known about consent and sync; signals that live as long as the page.
#[derive(Debug, Clone, Copy)]
pub struct Exchange {
    info: RwSignal<Option<PrivacyInfo>>,
    failure: RwSignal<Option<Failure>>,
    run: Task<SyncInfo>,
    last_try_millis: StoredValue<f64>,
    has_changed_rows: StoredValue<bool>,
}

thread_local! {
    static EXCHANGE: Cell<Option<Exchange>> = const { Cell::new(None) };
}

/// Consent and sync of this tab.
///
/// # Panics
/// When called before the app has started.
pub fn use_exchange() -> Exchange {
    EXCHANGE.get().expect("the app starts its exchange before it shows anything")
}

impl Exchange {
    /// Starts looking after the sync of whatever workspace is open.
    pub fn start() {
        let exchange = Self {
            info: RwSignal::new(None),
            failure: RwSignal::new(None),
            run: Task::new(),
            last_try_millis: StoredValue::new(0.0),
            has_changed_rows: StoredValue::new(false),
        };
        EXCHANGE.set(Some(exchange));
        exchange.follow_session();
        exchange.follow_run();
        Interval::new(LOOK_EVERY_MILLIS, move || exchange.look()).forget();
        EventListener::new(&window(), "online", move |_| exchange.changed()).forget();
    }

    /// What the engine last said; followed when read inside a view.
    pub fn info(self) -> Option<PrivacyInfo> {
        self.info.get()
    }

    /// Why nothing is known; followed when read inside a view.
    pub fn failure(self) -> Option<Failure> {
        self.failure.get()
    }

    /// How the workspace stands; followed when read inside a view.
    pub fn standing(self) -> Standing {
        let now = browser::now_millis();
        let is_running = self.run.is_running();
        self.info.with(|info| match info.as_ref().map(|info| standing(info, now)) {
            None => Standing::NothingLeaves,
            Some(Standing::NothingLeaves) => Standing::NothingLeaves,
            Some(standing) if !is_running => standing,
            Some(Standing::TakingBack) => Standing::TakingBack,
            Some(_) => Standing::Running,
        })
    }

    /// The exchange under way or the last one.
    pub fn run(self) -> Task<SyncInfo> {
        self.run
    }

    /// Asks the engine how things stand. Nothing is requested.
    pub async fn refresh(self) {
        match engine::ask(Privacy { gpc: browser::sends_privacy_control() }).await {
            Ok(info) => {
                self.info.set(Some(info));
                self.failure.set(None);
            }
            Err(failure) => self.failure.set(Some(failure)),
        }
    }

    /// Something was changed: exchanges it where a grant holds.
    pub fn changed(self) {
        self.refresh_and_exchange(|info| info.server.is_some() && info.sync.phase != "off");
    }

    /// Something was decided, such as a grant or a withdrawal: a connected server hears of it at once.
    pub fn decided(self) {
        self.refresh_and_exchange(|info| info.server.is_some());
    }

    fn refresh_and_exchange(self, is_wanted: fn(&PrivacyInfo) -> bool) {
        spawn_local(async move {
            self.refresh().await;
            if self.info.with_untracked(|info| info.as_ref().is_some_and(is_wanted)) {
                self.exchange(false);
            }
        });
    }

    /// Exchanges now, because a person asked.
    pub fn exchange_now(self) {
        self.has_changed_rows.set_value(true);
        self.exchange(true);
    }

    fn exchange(self, was_asked: bool) {
        if self.run.is_running_untracked() || use_session().phase_untracked() != Phase::Open {
            return;
        }
        self.last_try_millis.set_value(browser::now_millis());
        let question = SyncNow { gpc: browser::sends_privacy_control() };
        if was_asked {
            self.run.start_job(question, None);
        } else {
            self.run.start(question);
        }
    }

    fn look(self) {
        if use_session().phase_untracked() != Phase::Open || document().hidden() {
            return;
        }
        let (last, now) = (self.last_try_millis.get_value(), browser::now_millis());
        if self.info.with_untracked(|info| info.as_ref().is_some_and(|info| exchange_is_due(info, last, now)))
        {
            self.exchange(false);
        }
    }

    /// A workspace that opens is asked; one that closes takes its answers along.
    fn follow_session(self) {
        Effect::new(move || {
            let session = use_session();
            session.revision();
            if session.phase() == Phase::Open {
                spawn_local(self.refresh());
            } else {
                self.run.reset();
                self.info.set(None);
                self.failure.set(None);
            }
        });
    }

    fn follow_run(self) {
        Effect::new(move || {
            if self.run.progress().is_some_and(|now| now.done > 0 && brings_rows(&now.stage)) {
                self.has_changed_rows.set_value(true);
            }
        });
        Effect::new(move || match self.run.state() {
            TaskState::Done(sync) => {
                self.info.update(|info| {
                    if let Some(info) = info {
                        info.sync = sync;
                    }
                });
                if self.has_changed_rows.get_value() {
                    self.has_changed_rows.set_value(false);
                    use_session().data_changed();
                } else {
                    spawn_local(self.refresh());
                }
            }
            TaskState::Failed(_) => spawn_local(self.refresh()),
            TaskState::Idle | TaskState::Running => {}
        });
    }
}

/// Whether a stage of an exchange writes what other devices sent.
fn brings_rows(stage: &str) -> bool {
    matches!(stage, "pulling" | "applying" | "pulled")
}
