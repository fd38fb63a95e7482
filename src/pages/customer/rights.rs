//! A customer's consents and rights: what holds for each purpose, who has something, restriction, a copy, erasing.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stillroom_engine::protocol::{
    CustomerBasis, CustomerConsent, CustomerConsents, ExportCustomer, ExportForm, PurposeInfo, Restrict,
};

use super::erase::EraseForm;
use crate::exchange::use_exchange;
use crate::pages::privacy::BasisForm;
use crate::text::codes::failure_words;
use crate::text::privacy::{Privacy, basis_words, method_words, purpose_words, reason_words, state_words};
use crate::text::rights::Rights;
use crate::text::{fill, format, say, t, words};
use crate::ui::{
    Badge, Banner, Button, Card, Dialog, ErrorState, Look, Symbol, Task, TaskState, TaskView, Tone, tell,
};
use crate::{browser, engine};

/// The card.
#[component]
pub(super) fn RightsCard(id: i64) -> impl IntoView {
    let consents = Task::<CustomerConsent>::new();
    let load = Callback::new(move |()| consents.start(CustomerConsents { id }));
    load.run(());
    let (changing, is_changing) = (RwSignal::new(None::<PurposeInfo>), RwSignal::new(false));
    let is_erasing = RwSignal::new(false);
    let change = Callback::new(move |purpose: String| {
        let purposes = use_exchange().info().map(|info| info.purposes).unwrap_or_default();
        changing.set(purposes.into_iter().find(|own| own.purpose == purpose));
        is_changing.set(true);
    });
    let draw = move |known: CustomerConsent| {
        let rows = known.purposes.into_iter().map(|basis| one(basis, change)).collect_view();
        view! {
            <div class="stack">
                {known.is_restricted.then(restricted)}
                <ul class="rights-list">{rows}</ul>
                {recipients(known.recipients)}
                <Actions id is_restricted=known.is_restricted on_done=load is_erasing />
            </div>
        }
    };
    view! {
        <Card title=words(Rights::Title) test_id="customer-rights">
            <TaskView task=consents on_retry=load draw />
        </Card>
        <Dialog title=words(Privacy::BasisTitle) open=is_changing test_id="basis-dialog">
            {move || {
                changing.get_untracked().map(|purpose| view! { <BasisForm purpose customer=Some(id) open=is_changing on_done=load /> })
            }}
        </Dialog>
        <Dialog title=words(Rights::EraseTitle) open=is_erasing test_id="erase-customer-dialog">
            <EraseForm id />
        </Dialog>
    }
}

fn restricted() -> AnyView {
    view! {
        <Banner tone=Tone::Warning test_id="customer-restricted">
            <p>{t(Rights::Restricted)}</p>
        </Banner>
    }
    .into_any()
}

fn one(basis: CustomerBasis, change: Callback<String>) -> AnyView {
    let purpose = basis.purpose.clone();
    let test_id = format!("consent-{purpose}");
    let button_id = format!("change-{purpose}");
    let (tone, travels) =
        if basis.is_covered { (Tone::Info, Rights::Covered) } else { (Tone::Neutral, Rights::NotCovered) };
    let (name, label) = (purpose.clone(), purpose.clone());
    let facts = move || facts(&basis).join(" · ");
    view! {
        <li class="right" data-testid=test_id>
            <span class="device-words">
                <span>
                    <span class="strong">{move || purpose_words(&name)}</span>
                    " "
                    <Badge tone>{t(travels)}</Badge>
                </span>
                <span class="muted small">{facts}</span>
            </span>
            <Button
                test_id=button_id
                label=Signal::derive(move || fill(Rights::ChangeOf, &[("purpose", purpose_words(&label))]))
                on_press=Callback::new(move |()| change.run(purpose.clone()))
            >
                {t(Rights::Change)}
            </Button>
        </li>
    }
    .into_any()
}

/// What is known about a basis, in the order people ask for it.
fn facts(basis: &CustomerBasis) -> Vec<String> {
    let day = |millis: f64| format::day(millis as i64);
    let mut facts = vec![state_words(&basis.state).to_owned()];
    facts.extend(basis.basis.as_deref().map(|basis| basis_words(basis).to_owned()));
    facts.extend(basis.method.as_deref().map(|method| method_words(method).to_owned()));
    facts.extend(basis.obtained_at_millis.map(|at| fill(Rights::SinceDay, &[("day", day(at))])));
    facts.extend(basis.expires_at_millis.map(|at| fill(Rights::UntilDay, &[("day", day(at))])));
    let evidence = basis.evidence.clone().filter(|evidence| !evidence.is_empty());
    facts.extend(evidence.map(|evidence| fill(Rights::EvidenceIs, &[("evidence", evidence)])));
    facts.extend(basis.reason.as_deref().filter(|_| !basis.is_covered).map(reason_words));
    facts
}

fn recipients(recipients: Vec<String>) -> AnyView {
    let list = if recipients.is_empty() {
        view! { <p class="muted">{t(Rights::RecipientsNone)}</p> }.into_any()
    } else {
        let item = |name: String| view! { <li><code>{name}</code></li> };
        view! { <ul class="field-names">{recipients.into_iter().map(item).collect_view()}</ul> }.into_any()
    };
    view! {
        <div class="stack-tight">
            <h3>{t(Rights::Recipients)}</h3>
            {list}
        </div>
    }
    .into_any()
}

#[component]
fn Actions(id: i64, is_restricted: bool, on_done: Callback<()>, is_erasing: RwSignal<bool>) -> impl IntoView {
    let restrict = Task::<()>::new();
    Effect::new(move || {
        if matches!(restrict.state(), TaskState::Done(())) {
            tell(say(if is_restricted { Rights::ResumeDone } else { Rights::RestrictDone }));
            on_done.run(());
        }
    });
    let export = move |form| Callback::new(move |()| spawn_local(save(id, form)));
    let words = if is_restricted { Rights::Resume } else { Rights::Restrict };
    view! {
        {move || restrict.failure().map(|failure| view! { <ErrorState failure /> })}
        <div class="actions">
            <Button test_id="export-json" icon=Symbol::Download on_press=export(ExportForm::Json)>
                {t(Rights::ExportJson)}
            </Button>
            <Button test_id="export-csv" icon=Symbol::Download on_press=export(ExportForm::Csv)>
                {t(Rights::ExportCsv)}
            </Button>
            <Button
                test_id="restrict"
                busy=Signal::derive(move || restrict.is_running())
                on_press=Callback::new(move |()| restrict.start(Restrict { id, on: !is_restricted }))
            >
                {t(words)}
            </Button>
            <Button test_id="erase-customer" look=Look::Danger on_press=Callback::new(move |()| is_erasing.set(true))>
                {t(Rights::Erase)}
            </Button>
        </div>
    }
}

async fn save(id: i64, form: ExportForm) {
    let (ending, media_type) = match form {
        ExportForm::Json => ("json", "application/json"),
        ExportForm::Csv => ("csv", "text/csv;charset=utf-8"),
    };
    match engine::post(ExportCustomer { id, form }, None, |_| {}).answer().await {
        Ok((_, bytes)) => {
            browser::download(
                &format!("stillroom-customer-{id}.{ending}"),
                media_type,
                &bytes.unwrap_or_default(),
            );
            tell(say(Rights::Exported));
        }
        Err(failure) => tell(failure_words(&failure)),
    }
}
