//! One purpose: its terms in words, the grant, and how many customers it covers.

use leptos::prelude::*;
use stillroom_engine::protocol::{GrantInfo, PurposeInfo, ServerView};

use super::consent::Decisions;
use crate::browser;
use crate::model::privacy::{Gap, coverage, live_grant};
use crate::text::fields::group_words;
use crate::text::privacy::{Privacy, basis_words, column_words, purpose_words};
use crate::text::{count, count_with, fill, format, say, t};
use crate::ui::{Badge, Button, Card, Icon, Look, Symbol, Tone};

/// The card.
#[component]
pub(super) fn PurposeCard(
    purpose: PurposeInfo,
    server: Option<ServerView>,
    gpc: bool,
    decisions: Decisions,
) -> impl IntoView {
    let now = browser::now_millis();
    let name = purpose.purpose.clone();
    let test_id = format!("purpose-{name}");
    let is_on = live_grant(&purpose, now).is_some();
    let state = {
        let (tone, words) = if is_on { (Tone::Info, Privacy::On) } else { (Tone::Neutral, Privacy::Off) };
        ViewFn::from(move || view! { <Badge tone>{t(words)}</Badge> })
    };
    let what_for = if name == "hosted-report" { Privacy::ReportFor } else { Privacy::BackupFor };
    view! {
        <Card title=Signal::derive(move || purpose_words(&name)) actions=state test_id class="purpose">
            <p class="muted">{t(what_for)}</p>
            {terms(&purpose, server, gpc)}
            {grant(&purpose, now)}
            {covered(&purpose, now, decisions)}
            {choice(purpose, is_on, decisions)}
        </Card>
    }
}

/// Give or withdraw: the same place and the same number of presses.
fn choice(purpose: PurposeInfo, is_on: bool, decisions: Decisions) -> AnyView {
    let (name, look, label, dialog) = if is_on {
        ("withdraw", Look::Danger, Privacy::Withdraw, decisions.is_withdrawing)
    } else {
        ("give", Look::Primary, Privacy::Give, decisions.is_giving)
    };
    view! {
        <div class="actions">
            <Button
                test_id=format!("{name}-{}", purpose.purpose)
                look
                on_press=Callback::new(move |()| decisions.about(&purpose, dialog))
            >
                {t(label)}
            </Button>
        </div>
    }
    .into_any()
}

fn terms(purpose: &PurposeInfo, server: Option<ServerView>, gpc: bool) -> AnyView {
    let is_readable = purpose.lane == "readable";
    let (symbol, reads) = if is_readable {
        (Symbol::Eye, Privacy::ReadableReads)
    } else {
        (Symbol::Lock, Privacy::SealedReads)
    };
    let (groups, columns, bases) = (purpose.groups.clone(), purpose.columns.clone(), purpose.bases.clone());
    let (days, is_shared) = (u64::from(purpose.retention_days), purpose.is_shared);
    let gpc_words = match (is_shared, gpc) {
        (false, _) => Privacy::GpcNotShared,
        (true, true) => Privacy::GpcOn,
        (true, false) => Privacy::GpcOff,
    };
    let has_columns = !columns.is_empty();
    let mut facts = vec![
        fact(Privacy::Groups, move || {
            groups.iter().map(|group| group_words(group)).collect::<Vec<_>>().join(" · ")
        }),
        fact(Privacy::Bases, move || {
            bases.iter().map(|basis| basis_words(basis)).collect::<Vec<_>>().join(" · ")
        }),
        fact(Privacy::Kept, move || count(Privacy::KeptDays, days)),
        fact(Privacy::Gpc, move || say(gpc_words).to_owned()),
    ];
    if has_columns {
        facts.insert(
            1,
            fact(Privacy::Columns, move || {
                columns.iter().map(|column| column_words(column)).collect::<Vec<_>>().join(" · ")
            }),
        );
    }
    let (origin, fingerprint) = server.map(|server| (server.origin, server.fingerprint)).unwrap_or_default();
    let place =
        move || if origin.is_empty() { say(Privacy::NotConnected).to_owned() } else { origin.clone() };
    view! {
        <p class="who-reads" class:is-readable=is_readable>
            <Icon symbol />
            <span>
                <span class="visually-hidden">{t(Privacy::WhoCanRead)} ": "</span>
                {t(reads)}
            </span>
        </p>
        <dl class="terms">
            {facts}
            <div>
                <dt>{t(Privacy::Where)}</dt>
                <dd>
                    {place}
                    {(!fingerprint.is_empty())
                        .then(|| {
                            view! {
                                <span class="muted small">{t(Privacy::Fingerprint)}</span>
                                <code class="fingerprint">{fingerprint}</code>
                            }
                        })}
                </dd>
            </div>
        </dl>
    }
    .into_any()
}

fn fact(name: Privacy, value: impl Fn() -> String + Send + Sync + 'static) -> AnyView {
    view! {
        <div>
            <dt>{t(name)}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

fn grant(purpose: &PurposeInfo, now_millis: f64) -> AnyView {
    let Some(given) = purpose.grant.clone() else { return ().into_any() };
    let is_live = live_grant(purpose, now_millis).is_some();
    let GrantInfo { groups, scope, valid_from_millis, expires_at_millis, is_recorded, .. } = given;
    let (from, until) = (valid_from_millis as i64, expires_at_millis as i64);
    if !is_live {
        return view! { <p class="muted">{move || fill(Privacy::Ended, &[("day", format::day(until))])}</p> }
            .into_any();
    }
    let since = if is_recorded { Privacy::Since } else { Privacy::SinceLocal };
    let since = move || fill(since, &[("from", format::day(from)), ("until", format::day(until))]);
    let included = move || {
        let groups = groups.iter().map(|group| group_words(group)).collect::<Vec<_>>().join(" · ");
        fill(Privacy::Includes, &[("groups", groups)])
    };
    let scope = move || match &scope {
        None => say(Privacy::ScopeAll).to_owned(),
        Some(filter) => fill(Privacy::ScopeIs, &[("filter", filter.clone())]),
    };
    view! {
        <div class="grant" data-testid=format!("grant-{}", purpose.purpose)>
            <p class="strong">{since}</p>
            <p>{included}</p>
            <p>{scope}</p>
        </div>
    }
    .into_any()
}

/// How many customers travel or would, what keeps the others, and the way to change that.
fn covered(purpose: &PurposeInfo, now_millis: f64, decisions: Decisions) -> AnyView {
    let is_on = live_grant(purpose, now_millis).is_some();
    let counted = coverage(purpose, now_millis);
    let (travels, total) = (counted.travels, counted.total);
    if total == 0 {
        return view! { <p class="muted">{t(Privacy::CoverNone)}</p> }.into_any();
    }
    let sentence = move || {
        let text = if is_on { Privacy::CoverDoes } else { Privacy::CoverWould };
        count_with(text, travels, &[("total", format::integer(total))])
    };
    let gaps = move || {
        counted.gaps.iter().map(|(gap, n)| count(gap_words(*gap), *n)).collect::<Vec<_>>().join(" · ")
    };
    let (test_id, button_id) =
        (format!("coverage-{}", purpose.purpose), format!("basis-{}", purpose.purpose));
    let purpose = purpose.clone();
    view! {
        <div class="coverage" data-testid=test_id>
            <progress aria-label=t(Privacy::Coverage) max=total.to_string() prop:value=travels as f64></progress>
            <div class="spread">
                <p>
                    <span class="strong">{sentence}</span>
                    " "
                    <span class="muted">{gaps}</span>
                </p>
                <Button
                    test_id=button_id
                    on_press=Callback::new(move |()| decisions.about(&purpose, decisions.is_recording))
                >
                    {t(Privacy::Record)}
                </Button>
            </div>
        </div>
    }
    .into_any()
}

fn gap_words(gap: Gap) -> Privacy {
    match gap {
        Gap::None => Privacy::GapNone,
        Gap::Refused => Privacy::GapRefused,
        Gap::Withdrawn => Privacy::GapWithdrawn,
        Gap::Objected => Privacy::GapObjected,
        Gap::Expired => Privacy::GapExpired,
        Gap::Held => Privacy::GapHeld,
    }
}
