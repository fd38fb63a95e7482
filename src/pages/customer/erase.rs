//! Erasing a customer for ever: what goes, a word typed to confirm, the receipt.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use stillroom_engine::protocol::{EraseCustomer, ErasePreview, ErasureInfo, ModelInfluence};

use crate::pages::privacy::save_receipt;
use crate::text::rights::Rights;
use crate::text::welcome::Welcome;
use crate::text::{count, fill, say, t};
use crate::ui::{Banner, Button, ErrorState, Look, Symbol, Task, TaskView, TextField, Tone};

/// The form; it stays open with the receipt once the customer is gone.
#[component]
pub(super) fn EraseForm(id: i64) -> impl IntoView {
    let preview = Task::<ErasureInfo>::new();
    preview.start(ErasePreview { id });
    let erase = Task::<ErasureInfo>::new();
    move || match erase.answer() {
        Some(done) => erased(done.receipt),
        None => view! {
            <TaskView task=preview draw=what_goes />
            {move || erase.failure().map(|failure| view! { <ErrorState failure /> })}
            <Confirm id erase is_known=Signal::derive(move || preview.answer().is_some()) />
        }
        .into_any(),
    }
}

fn what_goes(info: ErasureInfo) -> AnyView {
    let ErasureInfo { order_lines, scores, log_entries, models, reaches_server, .. } = info;
    let counted =
        [(Rights::EraseLines, order_lines), (Rights::EraseScores, scores), (Rights::EraseLog, log_entries)];
    let counted = counted.map(|(text, n)| (n > 0).then(|| view! { <li>{move || count(text, n)}</li> }));
    let has_models = !models.is_empty();
    let models = models.into_iter().map(influence).collect_view();
    view! {
        <p>{t(Rights::EraseLead)}</p>
        <ul class="undo-facts" data-testid="erase-facts">
            <li>{t(Rights::EraseCustomer)}</li>
            {counted.into_iter().collect_view()}
            {reaches_server.then(|| view! { <li>{t(Rights::EraseServer)}</li> })}
        </ul>
        {has_models
            .then(|| {
                view! {
                    <p class="strong">{t(Rights::EraseModels)}</p>
                    <ul class="undo-facts" data-testid="erase-models">{models}</ul>
                }
            })}
    }
    .into_any()
}

fn influence(model: ModelInfluence) -> AnyView {
    let ModelInfluence { name, holds_rows, n_rows, .. } = model;
    let what = move || {
        if holds_rows { say(Rights::ModelHolds).to_owned() } else { count(Rights::ModelKeeps, n_rows) }
    };
    view! { <li>{name} ": " {what}</li> }.into_any()
}

#[component]
fn Confirm(id: i64, erase: Task<ErasureInfo>, is_known: Signal<bool>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let is_confirmed =
        move || is_known.get() && typed.with(|typed| typed.trim().to_lowercase() == say(Welcome::EraseWord));
    let label =
        Signal::derive(|| fill(Welcome::EraseConfirm, &[("word", say(Welcome::EraseWord).to_owned())]));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if untrack(is_confirmed) {
            erase.start_job(EraseCustomer { id }, None);
        }
    };
    view! {
        <form class="stack" on:submit=submit>
            <TextField label value=typed test_id="erase-customer-confirm" />
            <div class="actions actions-end">
                <Button
                    test_id="erase-customer-action"
                    look=Look::Danger
                    submits=true
                    disabled=Signal::derive(move || !is_confirmed())
                    busy=Signal::derive(move || erase.is_running())
                >
                    {t(Rights::EraseAction)}
                </Button>
            </div>
        </form>
    }
}

fn erased(receipt: Option<i64>) -> AnyView {
    let download = receipt.map(|id| {
        view! {
            <Button
                test_id="erase-customer-receipt"
                icon=Symbol::Download
                on_press=Callback::new(move |()| spawn_local(save_receipt(id, "erasure".to_owned())))
            >
                {t(Rights::ErasedReceipt)}
            </Button>
        }
    });
    view! {
        <Banner tone=Tone::Good test_id="customer-erased">
            <p class="strong">{t(Rights::Erased)}</p>
            <p>{t(Rights::ErasedLead)}</p>
        </Banner>
        <div class="actions actions-end">
            {download}
            <A href="/customers" attr:class="button button-primary" attr:data-testid="erased-back">
                {t(Rights::ErasedBack)}
            </A>
        </div>
    }
    .into_any()
}
