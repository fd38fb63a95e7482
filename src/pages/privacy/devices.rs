//! The workspace's devices: which there are, how far behind, revoking one, pairing another.

use gloo::timers::callback::Interval;
use leptos::prelude::*;
use leptos::task::spawn_local;
use stillroom_engine::protocol::{
    CheckPairing, DeviceView, Devices, OfferPairing, PairingInfo, PairingProgress, RevokeDevice,
};

use crate::browser;
use crate::exchange::use_exchange;
use crate::model::privacy::{can_revoke, time_left};
use crate::model::qr;
use crate::text::shell::Shell;
use crate::text::sync::Sync;
use crate::text::{count, fill, format, say, t, words};
use crate::ui::{
    Badge, Banner, Button, Card, Dialog, ErrorState, Icon, Look, Symbol, Task, TaskState, TaskView, Tone,
    tell,
};

/// How often it is asked whether the other device has come.
const ASK_EVERY_SECONDS: u32 = 2;

/// The devices.
#[component]
pub(super) fn DevicesCard() -> impl IntoView {
    let exchange = use_exchange();
    let devices = Task::<Vec<DeviceView>>::new();
    let (is_pairing, is_revoking) = (RwSignal::new(false), RwSignal::new(false));
    let doomed = RwSignal::new(None::<String>);
    let last_success = Memo::new(move |_| exchange.info().and_then(|info| info.sync.last_success_millis));
    let load = move || devices.start(Devices {});
    let known = RwSignal::new(Vec::<DeviceView>::new());
    Effect::new(move || {
        last_success.get();
        is_pairing.track();
        load();
    });
    Effect::new(move || {
        if let TaskState::Done(answer) = devices.state() {
            known.set(answer);
        }
    });
    let ask = Callback::new(move |id: String| {
        doomed.set(Some(id));
        is_revoking.set(true);
    });
    let list = move || {
        let known = known.get();
        known.iter().map(|device| one(device.clone(), can_revoke(device, &known), ask)).collect_view()
    };
    // Being offline is told by the card above; a list that was read before stays.
    let unknown = move || match devices.failure()? {
        failure if failure.code != "offline" => Some(view! { <ErrorState failure /> }.into_any()),
        _ if known.with(Vec::is_empty) => {
            Some(view! { <p class="muted">{t(Sync::DevicesOffline)}</p> }.into_any())
        }
        _ => None,
    };
    let actions = ViewFn::from(move || {
        view! {
            <Button test_id="pair" icon=Symbol::Plus on_press=Callback::new(move |()| is_pairing.set(true))>
                {t(Sync::Pair)}
            </Button>
        }
    });
    view! {
        <Card title=words(Sync::DevicesTitle) actions test_id="devices">
            <ul class="devices">{list}</ul>
            {unknown}
        </Card>
        <Dialog title=words(Sync::PairTitle) open=is_pairing test_id="pair-dialog">
            <PairForm open=is_pairing />
        </Dialog>
        <Dialog title=words(Sync::RevokeTitle) open=is_revoking test_id="revoke-dialog">
            {move || {
                doomed
                    .get_untracked()
                    .map(|id| view! { <RevokeForm id open=is_revoking on_done=Callback::new(move |()| load()) /> })
            }}
        </Dialog>
    }
}

/// The part of an id that tells devices apart at a glance.
fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

fn one(device: DeviceView, is_revocable: bool, on_revoke: Callback<String>) -> AnyView {
    let DeviceView { id, is_this, enrolled_at_millis, last_seen_millis, behind, is_revoked } = device;
    let state = match (is_revoked, is_this, behind) {
        (true, ..) => Some((Tone::Bad, Sync::DeviceRevoked)),
        (_, true, _) => Some((Tone::Info, Sync::DeviceThis)),
        _ => None,
    };
    let facts = move || {
        let mut facts = vec![
            fill(Sync::DeviceSince, &[("day", format::day(enrolled_at_millis as i64))]),
            fill(Sync::DeviceSeen, &[("at", format::day_and_time(last_seen_millis as i64))]),
        ];
        // How this device stands is told above, and a list is older than what it has fetched since.
        if !is_revoked && !is_this {
            facts.push(if behind == 0 {
                say(Sync::DeviceCurrent).to_owned()
            } else {
                count(Sync::DeviceBehind, behind)
            });
        }
        facts.join(" · ")
    };
    let name = short(&id);
    let own = id.clone();
    view! {
        <li class="device" data-testid=format!("device-{name}") data-this=is_this.then_some("true")>
            <Icon symbol=Symbol::Device />
            <span class="device-words">
                <span>
                    <code>{name.clone()}</code>
                    " "
                    {state.map(|(tone, words)| view! { <Badge tone>{t(words)}</Badge> })}
                </span>
                <span class="muted small">{facts}</span>
            </span>
            {is_revocable
                .then(|| {
                    view! {
                        <Button
                            test_id=format!("revoke-{name}")
                            look=Look::Danger
                            on_press=Callback::new(move |()| on_revoke.run(own.clone()))
                        >
                            {t(Sync::Revoke)}
                        </Button>
                    }
                })}
        </li>
    }
    .into_any()
}

#[component]
fn RevokeForm(id: String, open: RwSignal<bool>, on_done: Callback<()>) -> impl IntoView {
    let revoke = Task::<()>::new();
    Effect::new(move || {
        if matches!(revoke.state(), TaskState::Done(())) {
            tell(say(Sync::Revoked));
            open.set(false);
            on_done.run(());
        }
    });
    let shown = short(&id);
    view! {
        <p><code>{shown}</code></p>
        <p>{t(Sync::RevokeLead)}</p>
        {move || revoke.failure().map(|failure| view! { <ErrorState failure /> })}
        <div class="actions actions-end">
            <Button
                test_id="revoke-action"
                look=Look::Danger
                busy=Signal::derive(move || revoke.is_running())
                on_press=Callback::new(move |()| revoke.start(RevokeDevice { id: id.clone() }))
            >
                {t(Sync::RevokeAction)}
            </Button>
        </div>
    }
}

/// Offers to pair as it opens, and asks how it goes until somebody came or the time is over.
#[component]
fn PairForm(open: RwSignal<bool>) -> impl IntoView {
    let offer = Task::<PairingInfo>::new();
    let check = Task::<PairingProgress>::new();
    let progress = RwSignal::new(PairingProgress::Waiting);
    let now = RwSignal::new(browser::now_millis());
    let n_ticks = StoredValue::new(0_u32);
    let begin = move || {
        progress.set(PairingProgress::Waiting);
        offer.start(OfferPairing {});
    };
    begin();
    let is_waiting =
        move || progress.get_untracked() == PairingProgress::Waiting && offer.is_done_untracked();
    let ticker = Interval::new(1_000, move || {
        now.set(browser::now_millis());
        n_ticks.update_value(|ticks| *ticks += 1);
        if is_waiting()
            && n_ticks.get_value().is_multiple_of(ASK_EVERY_SECONDS)
            && !check.is_running_untracked()
        {
            check.start(CheckPairing {});
        }
    });
    let _kept = StoredValue::new_local(ticker);
    Effect::new(move || {
        if let TaskState::Done(answer) = check.state() {
            progress.set(answer);
            if answer == PairingProgress::Joined {
                use_exchange().decided();
            }
        }
    });
    let draw = move |offer: PairingInfo| view! { <PairCode offer now progress again=Callback::new(move |()| begin()) open /> };
    view! {
        <TaskView task=offer on_retry=Callback::new(move |()| begin()) lines=4 draw />
        {move || check.failure().map(|failure| view! { <ErrorState failure /> })}
    }
}

/// The code for a camera: dark on light in every theme, as scanners want it.
fn picture(code: &str) -> Option<AnyView> {
    let path = qr::path(code)?;
    let (from, side) = (-(qr::QUIET as i32), qr::SIDE + 2 * qr::QUIET);
    let view = view! {
        <svg class="pairing-picture" role="img" viewBox=format!("{from} {from} {side} {side}") data-testid="pairing-picture">
            <title>{t(Sync::PairPicture)}</title>
            <rect x=from y=from width=side height=side fill="#fff" />
            <path d=path fill="#000" shape-rendering="crispEdges" />
        </svg>
    };
    Some(view.into_any())
}

#[component]
fn PairCode(
    offer: PairingInfo,
    now: RwSignal<f64>,
    progress: RwSignal<PairingProgress>,
    again: Callback<()>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let (code, until) = (StoredValue::new(offer.code), offer.expires_at_millis);
    let copy = move || {
        spawn_local(async move {
            let was_copied = browser::copy(&code.get_value()).await;
            tell(say(if was_copied { Shell::Copied } else { Shell::CopyRefused }));
        });
    };
    let left = Memo::new(move |_| time_left(until, now.get()));
    let state = Memo::new(move |_| match progress.get() {
        PairingProgress::Waiting if now.get() >= until => PairingProgress::Expired,
        state => state,
    });
    let ended = move |tone, text: Sync| {
        view! {
            <Banner tone test_id="pair-ended">
                <p>{t(text)}</p>
            </Banner>
        }
    };
    let fresh = move || {
        view! {
            <div class="actions actions-end">
                <Button test_id="pair-again" look=Look::Primary on_press=again>
                    {t(Sync::PairAgain)}
                </Button>
            </div>
        }
    };
    move || {
        match state.get() {
        PairingProgress::Waiting => view! {
            <p class="muted">{t(Sync::PairLead)}</p>
            <output class="recovery-code pairing-code" aria-label=t(Sync::PairCode) data-testid="pairing-code">
                {code.get_value()}
            </output>
            {picture(&code.get_value())}
            <div class="spread">
                <Button test_id="pair-copy" on_press=Callback::new(move |()| copy())>
                    {t(Shell::Copy)}
                </Button>
                <span class="muted numeric" data-testid="pair-left">
                    {move || fill(Sync::PairExpires, &[("time", left.get())])}
                </span>
            </div>
            <p role="status">{t(Sync::PairWaiting)}</p>
        }
        .into_any(),
        PairingProgress::Joined => view! {
            {ended(Tone::Good, Sync::PairJoined)}
            <div class="actions actions-end">
                <Button test_id="pair-done" look=Look::Primary on_press=Callback::new(move |()| open.set(false))>
                    {t(Shell::Close)}
                </Button>
            </div>
        }
        .into_any(),
        PairingProgress::Refused => view! { {ended(Tone::Bad, Sync::PairRefused)} {fresh()} }.into_any(),
        PairingProgress::Expired => view! { {ended(Tone::Warning, Sync::PairExpired)} {fresh()} }.into_any(),
    }
    }
}
