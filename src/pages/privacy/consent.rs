//! Consent: what leaves now, and each purpose with its terms, its grant and who is covered.

use leptos::prelude::*;
use stillroom_engine::protocol::{PurposeInfo, ReceiptInfo, WithdrawGrant};

use super::basis::BasisForm;
use super::give::GiveForm;
use super::picture::Leaving;
use super::purpose::PurposeCard;
use crate::exchange::use_exchange;
use crate::text::privacy::{Privacy, purpose_words};
use crate::text::{fill, say, t};
use crate::ui::{Button, Dialog, ErrorState, Look, Skeleton, Task, TaskState, tell};

/// Which purpose is being decided on, and how. The dialogs stand apart from the cards, which are drawn anew with every answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decisions {
    pub(super) purpose: RwSignal<Option<PurposeInfo>>,
    pub(super) is_giving: RwSignal<bool>,
    pub(super) is_withdrawing: RwSignal<bool>,
    pub(super) is_recording: RwSignal<bool>,
}

impl Decisions {
    /// Opens one of the dialogs for a purpose.
    pub(super) fn about(self, purpose: &PurposeInfo, dialog: RwSignal<bool>) {
        self.purpose.set(Some(purpose.clone()));
        dialog.set(true);
    }
}

/// The view.
#[component]
pub(super) fn ConsentView() -> impl IntoView {
    let exchange = use_exchange();
    let info = Memo::new(move |_| exchange.info());
    let decisions = Decisions {
        purpose: RwSignal::new(None),
        is_giving: RwSignal::new(false),
        is_withdrawing: RwSignal::new(false),
        is_recording: RwSignal::new(false),
    };
    let failure = Memo::new(move |_| exchange.failure());
    let body = move || match (info.get(), failure.get()) {
        (Some(info), _) => {
            let cards = info.purposes.iter().map(|purpose| {
                view! { <PurposeCard purpose=purpose.clone() server=info.server.clone() gpc=info.gpc decisions /> }
            });
            let cards = cards.collect_view();
            view! {
                <Leaving info />
                <div class="purposes">{cards}</div>
            }
            .into_any()
        }
        (None, Some(failure)) => {
            let again = Callback::new(move |()| leptos::task::spawn_local(exchange.refresh()));
            view! { <ErrorState failure on_retry=again /> }.into_any()
        }
        (None, None) => view! { <Skeleton lines=6 /> }.into_any(),
    };
    let title = move |text: Privacy| {
        Signal::derive(move || {
            let purpose = decisions.purpose.with(|purpose| purpose.as_ref().map(|own| own.purpose.clone()));
            fill(text, &[("purpose", purpose_words(&purpose.unwrap_or_default()))])
        })
    };
    let of_purpose = move || decisions.purpose.get_untracked();
    view! {
        {body}
        <Dialog title=title(Privacy::GiveTitle) open=decisions.is_giving test_id="give-dialog">
            {move || of_purpose().map(|purpose| view! { <GiveForm purpose open=decisions.is_giving /> })}
        </Dialog>
        <Dialog title=title(Privacy::WithdrawTitle) open=decisions.is_withdrawing test_id="withdraw-dialog">
            {move || of_purpose().map(|purpose| view! { <WithdrawForm purpose=purpose.purpose open=decisions.is_withdrawing /> })}
        </Dialog>
        <Dialog title=title(Privacy::BasisTitle) open=decisions.is_recording test_id="basis-dialog">
            {move || {
                of_purpose()
                    .map(|purpose| view! { <BasisForm purpose customer=None open=decisions.is_recording on_done=Callback::new(|()| {}) /> })
            }}
        </Dialog>
    }
}

#[component]
fn WithdrawForm(purpose: String, open: RwSignal<bool>) -> impl IntoView {
    let withdraw = Task::<ReceiptInfo>::new();
    Effect::new(move || {
        if matches!(withdraw.state(), TaskState::Done(_)) {
            tell(say(Privacy::Withdrawn));
            open.set(false);
        }
    });
    view! {
        <p>{t(Privacy::WithdrawHint)}</p>
        {move || withdraw.failure().map(|failure| view! { <ErrorState failure /> })}
        <div class="actions actions-end">
            <Button
                test_id="withdraw-action"
                look=Look::Danger
                busy=Signal::derive(move || withdraw.is_running())
                on_press=Callback::new(move |()| withdraw.start(WithdrawGrant { purpose: purpose.clone() }))
            >
                {t(Privacy::WithdrawAction)}
            </Button>
        </div>
    }
}
