//! How a prediction is judged, drawn as a picture.

use leptos::prelude::*;
use stillroom_engine::protocol::FieldInfo;
use stillroom_engine::recipe::Validation;

use crate::pages::analysis::Known;
use crate::text::fields::field_words;
use crate::text::predict::Predict;
use crate::text::{fill, format, say, t, words};
use crate::ui::{Choice, Select};

const SPLIT: &str = "split";
const FOLDS: &str = "folds";
const REPEATS: &str = "repeats";
const GROUPS: &str = "groups";
const TIME: &str = "time";
const TIME_FOLDS: &str = "time-folds";
/// Rounds in which folds are dealt anew.
const N_REPEATS: u32 = 5;
const SHARES: [f64; 4] = [0.1, 0.2, 0.3, 0.4];
const FOLD_COUNTS: [u32; 3] = [3, 5, 10];
/// Folds drawn before the picture would only get longer.
const MOST_DRAWN: u32 = 5;

/// The choice, as signals of the form.
#[derive(Debug, Clone, Copy)]
pub struct ValidationChoice {
    kind: RwSignal<String>,
    share: RwSignal<String>,
    n_folds: RwSignal<String>,
    column: RwSignal<String>,
    group: RwSignal<String>,
}

impl ValidationChoice {
    /// A fifth held out.
    pub fn new() -> Self {
        Self {
            kind: RwSignal::new(SPLIT.to_owned()),
            share: RwSignal::new("0.2".to_owned()),
            n_folds: RwSignal::new("5".to_owned()),
            column: RwSignal::new(String::new()),
            group: RwSignal::new(String::new()),
        }
    }

    /// The choice as recipes say it.
    pub fn to_recipe(self) -> Validation {
        let (test_share, k) = untrack(|| (self.test_share(), self.k()));
        match self.kind.get_untracked().as_str() {
            FOLDS => Validation::Folds { k, repeats: 1 },
            REPEATS => Validation::Folds { k, repeats: N_REPEATS },
            GROUPS => Validation::Groups { column: self.group.get_untracked(), k },
            TIME => Validation::Time { column: self.column.get_untracked(), test_share },
            TIME_FOLDS => Validation::TimeFolds { column: self.column.get_untracked(), k },
            _ => Validation::Split { test_share },
        }
    }

    fn test_share(self) -> f64 {
        self.share.get().parse().unwrap_or(0.2)
    }

    fn k(self) -> u32 {
        self.n_folds.get().parse().unwrap_or(5)
    }
}

/// The part of the form.
#[component]
pub fn ValidationPart(
    /// The choice.
    choice: ValidationChoice,
    /// What the workspace holds.
    known: Known,
    /// Whether rows are customers with their fields, so that these can decide where a row goes.
    #[prop(into)]
    by_field: Signal<bool>,
) -> impl IntoView {
    let columns_of = move |types: &'static [&'static str]| {
        let is_such =
            move |field: &&FieldInfo| types.contains(&field.value_type.as_str()) && field.filled > 0;
        Memo::new(move |_| {
            let fields = known.fields.answer().unwrap_or_default();
            let choice = |field: &FieldInfo| (field.key.clone(), field_words(field));
            if by_field.get() {
                fields.iter().filter(is_such).map(choice).collect()
            } else {
                Vec::<Choice>::new()
            }
        })
    };
    let (times, groups) = (columns_of(&["time", "date"]), columns_of(&["category", "text"]));
    for (columns, chosen) in [(times, choice.column), (groups, choice.group)] {
        Effect::new(move || {
            if let Some((key, _)) = columns.get().into_iter().next()
                && chosen.with_untracked(String::is_empty)
            {
                chosen.set(key);
            }
        });
    }
    let kinds = Memo::new(move |_| {
        let (has_times, has_groups) = (!times.with(Vec::is_empty), !groups.with(Vec::is_empty));
        [
            (SPLIT, Predict::ValidationSplit, true),
            (FOLDS, Predict::ValidationFolds, true),
            (REPEATS, Predict::ValidationRepeats, true),
            (GROUPS, Predict::ValidationGroups, has_groups),
            (TIME, Predict::ValidationTime, has_times),
            (TIME_FOLDS, Predict::ValidationTimeFolds, has_times),
        ]
        .into_iter()
        .filter(|(.., is_possible)| *is_possible)
        .map(|(key, name, _)| (key.to_owned(), say(name).to_owned()))
        .collect::<Vec<Choice>>()
    });
    Effect::new(move || {
        let chosen = choice.kind.get_untracked();
        if kinds.with(|kinds| kinds.iter().all(|(key, _)| *key != chosen)) {
            choice.kind.set(SPLIT.to_owned());
        }
    });
    let shares =
        Signal::derive(|| SHARES.map(|share| (share.to_string(), format::percent(share, 0))).to_vec());
    let folds =
        Signal::derive(|| FOLD_COUNTS.map(|k| (k.to_string(), format::integer(u64::from(k)))).to_vec());
    let is_folds = Memo::new(move |_| !matches!(choice.kind.get().as_str(), SPLIT | TIME));
    let is_time = Memo::new(move |_| matches!(choice.kind.get().as_str(), TIME | TIME_FOLDS));
    let is_groups = Memo::new(move |_| choice.kind.get() == GROUPS);
    view! {
        <div class="form-row">
            <Select
                label=words(Predict::ValidationLabel)
                value=choice.kind
                choices=kinds
                test_id="predict-validation"
            />
            <Show
                when=move || is_folds.get()
                fallback=move || {
                    view! {
                        <Select
                            label=words(Predict::HeldOutShare)
                            value=choice.share
                            choices=shares
                            test_id="predict-share"
                        />
                    }
                }
            >
                <Select label=words(Predict::NFolds) value=choice.n_folds choices=folds test_id="predict-folds" />
            </Show>
            <Show when=move || is_time.get()>
                <Select
                    label=words(Predict::TimeColumn)
                    value=choice.column
                    choices=times
                    test_id="predict-time"
                />
            </Show>
            <Show when=move || is_groups.get()>
                <Select
                    label=words(Predict::GroupColumn)
                    value=choice.group
                    choices=groups
                    test_id="predict-group"
                />
            </Show>
        </div>
        <Picture choice />
    }
}

/// Which rows are learned from and which are judged on.
#[component]
fn Picture(choice: ValidationChoice) -> impl IntoView {
    let sentence = move || {
        let share = choice.test_share();
        let shares = [("train", format::percent(1.0 - share, 0)), ("test", format::percent(share, 0))];
        let rounds = [("n", format::integer(u64::from(choice.k())))];
        match choice.kind.get().as_str() {
            FOLDS => fill(Predict::PictureFolds, &rounds),
            REPEATS => fill(Predict::PictureRepeats, &rounds),
            GROUPS => fill(Predict::PictureGroups, &rounds),
            TIME_FOLDS => fill(Predict::PictureTimeFolds, &rounds),
            TIME => fill(Predict::PictureTime, &shares),
            _ => fill(Predict::PictureSplit, &shares),
        }
    };
    // Where each round's judged part begins and ends, and where what it learns from ends.
    let rounds = move || {
        let (k, share) = (choice.k(), choice.test_share());
        let kind = choice.kind.get();
        if matches!(kind.as_str(), SPLIT | TIME) {
            return vec![(1.0 - share, share, 1.0)];
        }
        let pieces = f64::from(if kind == TIME_FOLDS { k + 1 } else { k });
        let round = |at: u32| match kind.as_str() {
            TIME_FOLDS => (f64::from(at + 1) / pieces, 1.0 / pieces, f64::from(at + 1) / pieces),
            _ => (f64::from(at) / pieces, 1.0 / pieces, 1.0),
        };
        (0..k.min(MOST_DRAWN)).map(round).collect::<Vec<_>>()
    };
    let bars = move || {
        let bar = |(start, width, learned): (f64, f64, f64)| {
            view! {
                <svg class="split-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="timeline-ground" width="100" height="10"></rect>
                    <rect class="split-learn" width=learned * 100.0 height="10"></rect>
                    <rect class="split-judge" x=start * 100.0 width=width * 100.0 height="10"></rect>
                </svg>
            }
        };
        rounds().into_iter().map(bar).collect_view()
    };
    view! {
        <figure class="split-picture" data-testid="predict-picture">
            <div class="split-bars">{bars}</div>
            <p class="split-key" aria-hidden="true">
                <span class="key key-learn"></span>
                {t(Predict::Learn)}
                <span class="key key-judge"></span>
                {t(Predict::Judge)}
            </p>
            <figcaption>{sentence}</figcaption>
        </figure>
    }
}
