//! The picture of what leaves: this device, a lane for each purpose, the server.

use leptos::prelude::*;
use stillroom_engine::protocol::{PrivacyInfo, PurposeInfo};

use crate::browser;
use crate::model::privacy::{Standing, coverage, live_grant, sending, standing};
use crate::text::privacy::{Privacy, purpose_words};
use crate::text::{count, fill, say, t};
use crate::ui::{Icon, Symbol};

/// One line about what leaves now, and the lanes it leaves by.
#[component]
pub(super) fn Leaving(info: PrivacyInfo) -> impl IntoView {
    let now = browser::now_millis();
    let n_sending = sending(&info, now).count() as u64;
    let server = info.server.as_ref().map(|server| server.origin.clone());
    let is_taking_back = standing(&info, now) == Standing::TakingBack;
    let title = move || match n_sending {
        0 => say(Privacy::NothingTitle).to_owned(),
        n => count(Privacy::SomethingTitle, n),
    };
    let origin = server.clone().unwrap_or_default();
    let hint = move || {
        let text = match (n_sending, origin.is_empty()) {
            (0, _) if is_taking_back => Privacy::TakingBack,
            (0, true) => Privacy::NothingHint,
            (0, false) => Privacy::NothingConnected,
            _ => Privacy::SomethingHint,
        };
        fill(text, &[("server", origin.clone())])
    };
    let symbol = if n_sending > 0 { Symbol::Sync } else { Symbol::Shield };
    let lanes = info.purposes.iter().map(|purpose| lane(purpose, now)).collect_view();
    view! {
        <section class="leaving" class:is-open=move || { n_sending > 0 } data-testid="leaving">
            <div class="leaving-words">
                <span class="leaving-icon">
                    <Icon symbol />
                </span>
                <div>
                    <h2 data-testid="leaving-title">{title}</h2>
                    <p class="muted">{hint}</p>
                </div>
            </div>
            <div class="lanes">
                <span class="lane-end">
                    <Icon symbol=Symbol::Device />
                    {t(Privacy::ThisDevice)}
                </span>
                <ul class="lane-list">{lanes}</ul>
                <span class="lane-end">
                    <Icon symbol=Symbol::Server />
                    <span class="lane-server">{move || server.clone().unwrap_or_else(|| say(Privacy::NoServer).to_owned())}</span>
                </span>
            </div>
        </section>
    }
}

fn lane(purpose: &PurposeInfo, now_millis: f64) -> AnyView {
    let is_open = live_grant(purpose, now_millis).is_some();
    let n_customers = coverage(purpose, now_millis).travels;
    let (symbol, reads) = if purpose.lane == "readable" {
        (Symbol::Eye, Privacy::Readable)
    } else {
        (Symbol::Lock, Privacy::Sealed)
    };
    let name = purpose.purpose.clone();
    let state = move || {
        if is_open { count(Privacy::LaneCarries, n_customers) } else { say(Privacy::LaneShut).to_owned() }
    };
    view! {
        <li class="lane" class:is-open=is_open class:is-readable=purpose.lane == "readable">
            <span class="lane-name">
                <Icon symbol />
                {move || purpose_words(&name)}
            </span>
            <span class="lane-state muted small">{t(reads)} " · " {state}</span>
        </li>
    }
    .into_any()
}
