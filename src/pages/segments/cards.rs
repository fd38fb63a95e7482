//! One card a segment: its name, its size, what sets it apart.

use std::sync::Arc;

use leptos::prelude::*;
use stillroom_engine::reply::{Contrast, GroupReport, SegmentCard};

use crate::model::segments::{
    ContrastPicture, contrast_picture, contrast_words, effect_words, stability_words, telling_contrasts,
};
use crate::pages::analysis::{Known, use_desk};
use crate::text::segments::Segments;
use crate::text::{count_with, fill, format, t, words};
use crate::ui::{Card, TextField};

/// Contrasts on one card.
const MOST_CONTRASTS: usize = 5;

/// All cards.
#[component]
pub fn SegmentCards(report: Arc<GroupReport>, names: Memo<Vec<String>>, known: Known) -> impl IntoView {
    let cards = report.segments.clone();
    let cards = cards.into_iter().map(move |card| {
        let report = Arc::clone(&report);
        view! { <OneSegment report card names known /> }
    });
    view! {
        <Card title=words(Segments::CardsTitle) test_id="segment-cards">
            <p class="muted">{t(Segments::CardsHint)}</p>
            <div class="segment-cards">{cards.collect_view()}</div>
        </Card>
    }
}

#[component]
fn OneSegment(
    report: Arc<GroupReport>,
    card: SegmentCard,
    names: Memo<Vec<String>>,
    known: Known,
) -> impl IntoView {
    let desk = use_desk();
    let at = card.segment as usize;
    let number = (card.segment + 1).to_string();
    let own_name = move || names.with(|names| names.get(at).cloned().unwrap_or_default());
    let name = RwSignal::new(untrack(own_name));
    Effect::new(move || {
        let shown = own_name();
        if name.get_untracked().trim() != shown
            && desk.names.with_untracked(|given| given.get(at).is_none_or(String::is_empty))
        {
            name.set(shown);
        }
    });
    let rename = Callback::new(move |given: String| {
        desk.names.update(|names| {
            if names.len() <= at {
                names.resize(at + 1, String::new());
            }
            if let Some(place) = names.get_mut(at) {
                *place = given.trim().to_owned();
            }
        });
        name.set(untrack(own_name));
    });
    let label = {
        let number = number.clone();
        Signal::derive(move || fill(Segments::RenameLabel, &[("n", number.clone())]))
    };
    let (size, share) = (card.size, card.share);
    let size_words = move || count_with(Segments::SizeOf, size, &[("share", format::percent(share, 0))]);
    let contrasts = telling_contrasts(&card, MOST_CONTRASTS);
    let is_plain = contrasts.is_empty();
    let lines = contrasts.into_iter().map(move |contrast| view! { <ContrastLine contrast known /> });
    view! {
        <article class=format!("segment-card slot-{}", at % 8 + 1) data-testid=format!("segment-card-{at}")>
            <div class="segment-head">
                <span class="segment-mark" aria-hidden="true"></span>
                <TextField
                    label
                    hides_label=true
                    value=name
                    on_change=rename
                    test_id=format!("segment-name-{at}")
                />
            </div>
            <p class="segment-size">{size_words}</p>
            {move || stability_words(&report, at).map(|words| view! { <p class="muted small">{words}</p> })}
            <ul class="contrasts">{lines.collect_view()}</ul>
            {is_plain.then(|| view! { <p class="muted">{t(Segments::NothingApart)}</p> })}
        </article>
    }
}

/// A difference in words, with its size and interval as a small picture.
#[component]
fn ContrastLine(contrast: Contrast, known: Known) -> impl IntoView {
    let shown = contrast.clone();
    let sized = contrast.clone();
    view! {
        <li class="contrast">
            <span>{move || contrast_words(&shown, &known.labels())}</span>
            <Interval picture=contrast_picture(&contrast) />
            <span class="muted small">{move || effect_words(&sized)}</span>
        </li>
    }
}

#[component]
fn Interval(picture: ContrastPicture) -> impl IntoView {
    let place = |value: f64| 50.0 + 50.0 * value.clamp(-1.0, 1.0);
    let ContrastPicture { middle, low, high } = picture;
    let (from, to) = (place(middle.min(0.0)), place(middle.max(0.0)));
    view! {
        <svg class="interval" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <line class="interval-axis" x1="50" x2="50" y1="0" y2="10"></line>
            <rect class="interval-bar" x=from width=to - from y="2" height="6"></rect>
            <line class="interval-range" x1=place(low) x2=place(high) y1="5" y2="5"></line>
            <line class="interval-range" x1=place(low) x2=place(low) y1="1" y2="9"></line>
            <line class="interval-range" x1=place(high) x2=place(high) y1="1" y2="9"></line>
        </svg>
    }
}
