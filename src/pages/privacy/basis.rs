//! Recording the lawful basis of customers for one purpose.

use leptos::prelude::*;
use stillroom_engine::protocol::{BasisChoice, PurposeInfo, SetBasis, Whose as AskWhose};

use super::give::{ConnectFirst, is_connected};
use super::whose::{Whose, WhosePicker};
use crate::session::use_session;
use crate::text::privacy::{Privacy, basis_words, method_words, purpose_words, state_words};
use crate::text::{count, fill, say, t, words};
use crate::ui::{Button, Checkbox, ErrorState, Look, Select, Task, TaskState, TextField, tell};

const STATES: [&str; 4] = ["given", "refused", "withdrawn", "objected"];
const METHODS: [&str; 5] = ["form", "contract", "spoken", "imported", "assessment"];
const DAYS: [u32; 4] = [30, 90, 365, 730];

/// The form, for one customer or for those that are picked in it.
#[component]
pub fn BasisForm(
    /// What for.
    purpose: PurposeInfo,
    /// The one customer it is about.
    customer: Option<i64>,
    /// Set to false once it is recorded.
    open: RwSignal<bool>,
    /// Called once it is recorded.
    on_done: Callback<()>,
) -> impl IntoView {
    let is_connected = is_connected();
    let whose = Whose::new();
    let first_basis = purpose.bases.first().cloned().unwrap_or_default();
    let (basis, state) = (RwSignal::new(first_basis), RwSignal::new(STATES[0].to_owned()));
    let (method, ends) = (RwSignal::new(METHODS[0].to_owned()), RwSignal::new(String::new()));
    let (evidence, sent_gpc) = (RwSignal::new(String::new()), RwSignal::new(false));
    let record = Task::<u64>::new();
    Effect::new(move || {
        if let TaskState::Done(n) = record.state() {
            tell(count(Privacy::BasisDone, n));
            open.set(false);
            use_session().data_changed();
            on_done.run(());
        }
    });
    let name = purpose.purpose.clone();
    let submit = move |()| {
        let choice = BasisChoice {
            purpose: name.clone(),
            basis: basis.get_untracked(),
            state: state.get_untracked(),
            method: method.get_untracked(),
            evidence: evidence.get_untracked(),
            expires_days: ends.get_untracked().parse().ok(),
            gpc: sent_gpc.get_untracked(),
        };
        let whose = match (customer, untrack(|| whose.filter())) {
            (Some(id), _) => AskWhose::Customer(id),
            (None, Some(filter)) => AskWhose::Filter(filter),
            (None, None) => AskWhose::Everybody,
        };
        record.start_job(SetBasis { whose, choice }, None);
    };
    let bases = purpose.bases.clone();
    let basis_choices = named(bases, basis_words);
    let end_choices = Signal::derive(|| {
        let never = (String::new(), say(Privacy::BasisNeverEnds).to_owned());
        let after = DAYS.map(|days| (days.to_string(), count(Privacy::BasisAfterDays, days.into())));
        std::iter::once(never).chain(after).collect::<Vec<_>>()
    });
    let own = purpose.purpose.clone();
    view! {
        <p class="muted">{t(Privacy::BasisLead)}</p>
        <ConnectFirst is_connected />
        <p class="strong">{move || fill(Privacy::BasisFor, &[("purpose", purpose_words(&own))])}</p>
        {customer
            .is_none()
            .then(|| {
                view! { <WhosePicker whose label=words(Privacy::BasisWhose) everybody=Privacy::BasisEverybody /> }
            })}
        <div class="group-boxes">
            <Select label=words(Privacy::BasisState) value=state choices=named(STATES.map(str::to_owned).to_vec(), state_words) test_id="basis-state" />
            <Select label=words(Privacy::BasisBasis) value=basis choices=basis_choices test_id="basis-basis" />
            <Select label=words(Privacy::BasisMethod) value=method choices=named(METHODS.map(str::to_owned).to_vec(), method_words) test_id="basis-method" />
            <Select label=words(Privacy::BasisEnds) value=ends choices=end_choices test_id="basis-ends" />
        </div>
        <TextField
            label=words(Privacy::BasisEvidence)
            hint=words(Privacy::BasisEvidenceHint)
            value=evidence
            test_id="basis-evidence"
        />
        {purpose
            .is_shared
            .then(|| {
                view! {
                    <Checkbox
                        label=words(Privacy::BasisGpc)
                        checked=sent_gpc
                        test_id="basis-gpc"
                        on_change=Callback::new(move |sent| sent_gpc.set(sent))
                    />
                }
            })}
        {move || record.failure().map(|failure| view! { <ErrorState failure /> })}
        <div class="actions actions-end">
            <Button
                test_id="basis-action"
                look=Look::Primary
                disabled=Signal::derive(move || !whose.is_whole() || !is_connected.get())
                busy=Signal::derive(move || record.is_running())
                on_press=Callback::new(submit)
            >
                {t(Privacy::BasisAction)}
            </Button>
        </div>
    }
}

/// Choices of stable keys, each in words.
fn named(keys: Vec<String>, name: fn(&str) -> &'static str) -> Signal<Vec<(String, String)>> {
    Signal::derive(move || keys.iter().map(|key| (key.clone(), name(key).to_owned())).collect())
}
