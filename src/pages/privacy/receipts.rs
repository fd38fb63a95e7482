//! Receipts, and the record of processing activities.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stillroom_engine::protocol::{Ask, ExportProcessingRecord, ExportReceipt, ReceiptInfo, Receipts};

use crate::exchange::use_exchange;
use crate::text::codes::failure_words;
use crate::text::privacy::purpose_words;
use crate::text::sync::{Sync, receipt_words};
use crate::text::{format, t, words};
use crate::ui::{Badge, Button, Card, EmptyState, Icon, Symbol, Task, TaskView, Tone, tell};
use crate::{browser, engine};

/// The view.
#[component]
pub(super) fn ReceiptsView() -> impl IntoView {
    let receipts = Task::<Vec<ReceiptInfo>>::new();
    let last_success =
        Memo::new(move |_| use_exchange().info().and_then(|info| info.sync.last_success_millis));
    Effect::new(move || {
        last_success.get();
        receipts.start(Receipts {});
    });
    let draw = |known: Vec<ReceiptInfo>| {
        if known.is_empty() {
            return view! {
                <EmptyState
                    symbol=Symbol::File
                    title=words(Sync::ReceiptsNone)
                    hint=words(Sync::ReceiptsNoneHint)
                    test_id="receipts-empty"
                />
            }
            .into_any();
        }
        view! { <ul class="devices" data-testid="receipts">{known.into_iter().map(one).collect_view()}</ul> }
            .into_any()
    };
    let record = Callback::new(|()| {
        spawn_local(save(ExportProcessingRecord {}, "stillroom-processing-record.json".to_owned()))
    });
    view! {
        <Card title=words(crate::text::privacy::Privacy::ViewReceipts)>
            <p class="muted">{t(Sync::ReceiptsLead)}</p>
            <TaskView task=receipts on_retry=Callback::new(move |()| receipts.start(Receipts {})) draw />
        </Card>
        <Card title=words(Sync::RecordTitle)>
            <p class="muted">{t(Sync::RecordLead)}</p>
            <div class="actions">
                <Button test_id="processing-record" icon=Symbol::Download on_press=record>
                    {t(Sync::RecordAction)}
                </Button>
            </div>
        </Card>
    }
}

fn one(receipt: ReceiptInfo) -> AnyView {
    let ReceiptInfo { id, kind, purpose, at_millis, is_complete, is_countersigned } = receipt;
    let (tone, state) =
        if is_complete { (Tone::Good, Sync::ReceiptComplete) } else { (Tone::Warning, Sync::ReceiptPending) };
    let signed = if is_countersigned { Sync::ReceiptBoth } else { Sync::ReceiptOurs };
    let test_id = format!("receipt-{kind}");
    let own = kind.clone();
    let title = move || {
        let about =
            purpose.as_deref().map(|purpose| format!(" · {}", purpose_words(purpose))).unwrap_or_default();
        receipt_words(&own) + &about
    };
    let facts = move || format!("{} · {}", format::day_and_time(at_millis as i64), t(signed)());
    view! {
        <li class="device" data-testid=test_id>
            <Icon symbol=Symbol::File />
            <span class="device-words">
                <span>{title} " " <Badge tone>{t(state)}</Badge></span>
                <span class="muted small">{facts}</span>
            </span>
            <Button
                test_id=format!("receipt-download-{id}")
                icon=Symbol::Download
                on_press=Callback::new(move |()| spawn_local(save_receipt(id, kind.clone())))
            >
                {t(Sync::ReceiptDownload)}
            </Button>
        </li>
    }
    .into_any()
}

/// Downloads one receipt.
pub async fn save_receipt(id: i64, kind: String) {
    save(ExportReceipt { id }, format!("stillroom-{kind}-receipt-{id}.json")).await;
}

/// Downloads the bytes beside an answer as JSON; tells the person when there are none.
async fn save<Q: Ask>(question: Q, name: String) {
    match engine::post(question, None, |_| {}).answer().await {
        Ok((_, bytes)) => browser::download(&name, "application/json", &bytes.unwrap_or_default()),
        Err(failure) => tell(failure_words(&failure)),
    }
}
