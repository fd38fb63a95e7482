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

use crate::model::privacy::{Standing, exchange_is_due, news_are_due, standing};
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
    last_news_millis: StoredValue<f64>,
    /// How far the workspace's sequence had come when last heard of.
    heard_of: StoredValue<Option<u64>>,
    pulled: RwSignal<u32>,
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
            last_news_millis: StoredValue::new(0.0),
            heard_of: StoredValue::new(None),
            pulled: RwSignal::new(0),
        };
        EXCHANGE.set(Some(exchange));
        exchange.follow_session();
        exchange.follow_run();
        Interval::new(LOOK_EVERY_MILLIS, move || exchange.look()).forget();
        EventListener::new(&window(), "online", move |_| exchange.changed()).forget();
        EventListener::new(&document(), "visibilitychange", move |_| exchange.came_back()).forget();
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

    /// Changes when an exchange wrote something here: pages that show customers read it to load again.
    pub fn pulled(self) -> u32 {
        self.pulled.get()
    }

    /// An exchange wrote something here.
    pub fn rows_came(self) {
        self.pulled.update(|pulled| *pulled = pulled.wrapping_add(1));
    }

    /// The exchange under way or the last one.
    pub fn run(self) -> Task<SyncInfo> {
        self.run
    }

    /// Asks the engine how things stand. Nothing is requested.
    pub async fn refresh(self) {
        let (info, failure) = match engine::ask(Privacy { gpc: browser::sends_privacy_control() }).await {
            Ok(info) => (Some(info), None),
            Err(failure) => (self.info.get_untracked(), Some(failure)),
        };
        // Signals are set only where something is new: pages would be drawn anew under somebody's hands.
        if self.info.with_untracked(|known| *known != info) {
            self.info.set(info);
        }
        if self.failure.with_untracked(|known| *known != failure) {
            self.failure.set(failure);
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
        // The engine exchanges by itself too: how that goes is asked until it has ended.
        let last_news = self.last_news_millis.get_value();
        if self
            .info
            .with_untracked(|info| info.as_ref().is_some_and(|info| news_are_due(info, last_news, now)))
        {
            self.last_news_millis.set_value(now);
            spawn_local(self.refresh());
        }
        if self.info.with_untracked(|info| info.as_ref().is_some_and(|info| exchange_is_due(info, last, now)))
        {
            self.exchange(false);
        }
    }

    /// What happened while nobody looked is asked for once.
    fn came_back(self) {
        if !document().hidden() && use_session().phase_untracked() == Phase::Open {
            spawn_local(self.refresh());
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
                self.heard_of.set_value(None);
                self.info.set(None);
                self.failure.set(None);
            }
        });
    }

    fn follow_run(self) {
        let heard = StoredValue::new(None::<u64>);
        Effect::new(move || {
            if let Some(now) = self.run.progress() {
                heard.set_value(Some(now.done));
            }
        });
        Effect::new(move || {
            if !matches!(self.run.state(), TaskState::Done(_) | TaskState::Failed(_)) {
                return;
            }
            spawn_local(self.refresh());
            let now = heard.get_value();
            if now.is_some() && now != self.heard_of.get_value() {
                self.heard_of.set_value(now);
                self.rows_came();
            }
        });
    }
}
