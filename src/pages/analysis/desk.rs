//! The desk: the one result the engine holds, and whose it is.
//!
//! The engine keeps the last computed reply for keeping, exporting and looking up. The desk mirrors that: a result stays when
//! the person visits another page, a new one replaces it, and locking the workspace clears it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use stillroom_engine::protocol::{
    FieldInfo, Fields, Keep, ModelInfo, OpenModel, Run, Summary, WorkspaceCounts,
};
use stillroom_engine::recipe::Recipe;
use stillroom_engine::reply::{ColumnProfile, Reply};

use crate::model::analysis::{Analysis, profile_report};
use crate::model::recipes::profile_recipe;
use crate::session::{Phase, use_session};
use crate::text::fields::field_words;
use crate::ui::Task;

/// The desk's signals; they live as long as the page.
#[derive(Debug, Clone, Copy)]
pub struct Desk {
    run: Task<Reply>,
    owner: RwSignal<Option<Analysis>>,
    result: Memo<Option<Arc<Reply>>>,
    revision: RwSignal<u32>,
    is_opened: RwSignal<bool>,
    /// The kept model of the result.
    pub kept: RwSignal<Option<ModelInfo>>,
    /// The names the person gave the result's segments.
    pub names: RwSignal<Vec<String>>,
    keep: Task<ModelInfo>,
    profile: Task<Reply>,
    profiled: RwSignal<Option<u32>>,
}

thread_local! {
    static DESK: RefCell<Option<(Owner, Desk)>> = const { RefCell::new(None) };
}

/// The desk of this tab.
pub fn use_desk() -> Desk {
    if let Some(desk) = DESK.with_borrow(|desk| desk.as_ref().map(|(_, desk)| *desk)) {
        return desk;
    }
    let owner = Owner::new_root(None);
    let desk = owner.with(Desk::new);
    DESK.with_borrow_mut(|place| *place = Some((owner, desk)));
    desk
}

impl Desk {
    fn new() -> Self {
        let run = Task::<Reply>::new();
        let desk = Self {
            run,
            owner: RwSignal::new(None),
            result: Memo::new(move |_| run.answer().map(Arc::new)),
            revision: RwSignal::new(0),
            is_opened: RwSignal::new(false),
            kept: RwSignal::new(None),
            names: RwSignal::new(Vec::new()),
            keep: Task::new(),
            profile: Task::new(),
            profiled: RwSignal::new(None),
        };
        let session = use_session();
        Effect::new(move || {
            if session.phase() != Phase::Open {
                desk.clear();
            }
        });
        Effect::new(move || {
            if let Some(model) = desk.keep.answer() {
                desk.kept.set(Some(model));
                session.data_changed();
                desk.revision.set(session.revision());
            }
        });
        desk
    }

    /// Computes a recipe for a page; the result before is gone.
    pub fn run(self, page: Analysis, recipe: Recipe) {
        self.begin(page);
        self.run.start_job(Run { recipe }, None);
    }

    /// Opens a kept model on its page.
    pub fn open(self, page: Analysis, model: ModelInfo) {
        self.begin(page);
        let id = model.id;
        self.kept.set(Some(model));
        self.is_opened.set(true);
        self.run.start_job(OpenModel { id }, None);
    }

    /// Keeps the result under a name.
    pub fn keep(self, name: String, label_names: Vec<String>) {
        self.keep.start_job(Keep { name, label_names }, None);
    }

    /// The keeping of the result.
    pub fn keeping(self) -> Task<ModelInfo> {
        self.keep
    }

    /// The computation, when it is this page's.
    pub fn task_of(self, page: Analysis) -> Option<Task<Reply>> {
        (self.owner.get() == Some(page)).then_some(self.run)
    }

    /// The result, when it is this page's.
    pub fn result_of(self, page: Analysis) -> Option<Arc<Reply>> {
        if self.owner.get() == Some(page) { self.result.get() } else { None }
    }

    /// Whether the result was opened from a kept model: its rows are not at hand then.
    pub fn is_opened(self) -> bool {
        self.is_opened.get()
    }

    /// Whether another page's computation is under way.
    pub fn is_busy_elsewhere(self, page: Analysis) -> bool {
        self.owner.get().is_some_and(|owner| owner != page) && self.run.is_running()
    }

    /// Whether data changed after the result was computed.
    pub fn is_stale(self) -> bool {
        self.revision.get() != use_session().revision()
    }

    /// Forgets the result, so that its page shows the form again.
    pub fn clear(self) {
        self.run.reset();
        self.keep.reset();
        self.profile.reset();
        self.profiled.set(None);
        self.owner.set(None);
        self.kept.set(None);
        self.is_opened.set(false);
        self.names.set(Vec::new());
    }

    /// Back to the form; what is known of columns stays.
    pub fn put_away(self) {
        self.run.reset();
        self.keep.reset();
        self.owner.set(None);
        self.kept.set(None);
        self.is_opened.set(false);
    }

    /// Describes columns once for today's data. The engine then holds that description instead of a result, so a result
    /// still lying here is put away.
    pub fn describe(self, columns: Vec<String>) {
        let revision = use_session().revision();
        if self.profiled.get_untracked() == Some(revision) || columns.is_empty() {
            return;
        }
        self.put_away();
        self.profiled.set(Some(revision));
        self.profile.start(Run { recipe: profile_recipe(columns) });
    }

    /// The description of columns.
    pub fn description(self) -> Task<Reply> {
        self.profile
    }

    /// The columns described, empty before.
    pub fn profiles(self) -> Vec<ColumnProfile> {
        let reply = self.profile.answer();
        reply.as_ref().and_then(profile_report).map(|report| report.columns.clone()).unwrap_or_default()
    }

    fn begin(self, page: Analysis) {
        self.put_away();
        self.names.set(Vec::new());
        self.owner.set(Some(page));
        self.revision.set(untrack(|| use_session().revision()));
    }
}

/// What the workspace holds, asked again whenever its data changes.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Counts of everything.
    pub counts: Task<WorkspaceCounts>,
    /// The customers' fields.
    pub fields: Task<Vec<FieldInfo>>,
}

/// Asks what the workspace holds.
pub fn use_known() -> Known {
    let known = Known { counts: Task::new(), fields: Task::new() };
    let session = use_session();
    Effect::new(move || {
        session.revision();
        known.ask();
    });
    known
}

impl Known {
    /// Asks again.
    pub fn ask(self) {
        self.counts.start(Summary {});
        self.fields.start(Fields {});
    }

    /// Names of the fields in today's language, by their keys and, as the engine names custom fields, by their headings.
    pub fn labels(self) -> BTreeMap<String, String> {
        let fields = self.fields.answer().unwrap_or_default();
        let by_heading = fields.iter().map(|field| (field.label.clone(), field_words(field)));
        let by_key = fields.iter().map(|field| (field.key.clone(), field_words(field)));
        by_heading.chain(by_key).collect()
    }
}
