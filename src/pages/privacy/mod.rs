//! Privacy: what leaves this device and under which consent, the sync, the network ledger, the receipts.

mod basis;
mod conflicts;
mod consent;
mod devices;
mod give;
mod join;
mod network;
mod picture;
mod purpose;
mod receipts;
mod sync;
mod whose;

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;

pub use self::basis::BasisForm;
pub use self::join::JoinForm;
pub use self::receipts::save_receipt;
use crate::text::privacy::Privacy;
use crate::text::{t, words};
use crate::ui::PageHead;

/// The page; the last part of its address names the view.
#[component]
pub fn PrivacyPage() -> impl IntoView {
    let params = use_params_map();
    let view = Memo::new(move |_| params.with(|params| params.get("view")).unwrap_or_default());
    let body = move || match view.get().as_str() {
        "sync" => view! { <sync::SyncView /> }.into_any(),
        "network" => view! { <network::NetworkView /> }.into_any(),
        "receipts" => view! { <receipts::ReceiptsView /> }.into_any(),
        _ => view! { <consent::ConsentView /> }.into_any(),
    };
    let links = [
        ("/privacy", Privacy::ViewConsent, "privacy-consent"),
        ("/privacy/sync", Privacy::ViewSync, "privacy-sync"),
        ("/privacy/network", Privacy::ViewNetwork, "privacy-network"),
        ("/privacy/receipts", Privacy::ViewReceipts, "privacy-receipts"),
    ]
    .map(|(href, name, test_id)| {
        view! {
            <A href=href exact=true attr:class="tab" attr:data-testid=test_id>
                {t(name)}
            </A>
        }
    });
    view! {
        <PageHead title=words(Privacy::Title) lead=words(Privacy::Lead) />
        <nav class="tabs" aria-label=t(Privacy::Views)>
            {links.collect_view()}
        </nav>
        {body}
    }
}
