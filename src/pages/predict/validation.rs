//! How a prediction is judged, drawn as a picture.

use leptos::prelude::*;
use stillroom_engine::recipe::Validation;

use crate::pages::analysis::Known;
use crate::text::fields::field_words;
use crate::text::predict::Predict;
use crate::text::{fill, format, say, t, words};
use crate::ui::{Choice, Select};

const SPLIT: &str = "split";
const FOLDS: &str = "folds";
const TIME: &str = "time";
const SHARES: [f64; 4] = [0.1, 0.2, 0.3, 0.4];
const FOLD_COUNTS: [usize; 3] = [3, 5, 10];
/// Folds drawn before the picture would only get longer.
const MOST_DRAWN: usize = 5;

/// The choice, as signals of the form.
#[derive(Debug, Clone, Copy)]
pub struct ValidationChoice {
    kind: RwSignal<String>,
    share: RwSignal<String>,
    n_folds: RwSignal<String>,
    column: RwSignal<String>,
}

impl ValidationChoice {
    /// A fifth held out.
    pub fn new() -> Self {
        Self {
            kind: RwSignal::new(SPLIT.to_owned()),
            share: RwSignal::new("0.2".to_owned()),
            n_folds: RwSignal::new("5".to_owned()),
            column: RwSignal::new(String::new()),
        }
    }

    /// The choice as recipes say it.
    pub fn to_recipe(self) -> Validation {
        let test_share = untrack(|| self.test_share());
        match self.kind.get_untracked().as_str() {
            FOLDS => Validation::Folds { k: untrack(|| self.k()) },
            TIME => Validation::Time { column: self.column.get_untracked(), test_share },
            _ => Validation::Split { test_share },
        }
    }

    fn test_share(self) -> f64 {
        self.share.get().parse().unwrap_or(0.2)
    }

    fn k(self) -> usize {
        self.n_folds.get().parse().unwrap_or(5)
    }
}

/// The part of the form.
#[component]
pub fn ValidationPart(choice: ValidationChoice, known: Known) -> impl IntoView {
    let times = Memo::new(move |_| {
        let fields = known.fields.answer().unwrap_or_default();
        let is_time = |field: &&stillroom_engine::protocol::FieldInfo| {
            matches!(field.value_type.as_str(), "time" | "date") && field.filled > 0
        };
        fields
            .iter()
            .filter(is_time)
            .map(|field| (field.key.clone(), field_words(field)))
            .collect::<Vec<Choice>>()
    });
    Effect::new(move || {
        if let Some((key, _)) = times.get().into_iter().next()
            && choice.column.with_untracked(String::is_empty)
        {
            choice.column.set(key);
        }
    });
    let kinds = Signal::derive(move || {
        let mut kinds = vec![
            (SPLIT.to_owned(), say(Predict::ValidationSplit).to_owned()),
            (FOLDS.to_owned(), say(Predict::ValidationFolds).to_owned()),
        ];
        if !times.with(Vec::is_empty) {
            kinds.push((TIME.to_owned(), say(Predict::ValidationTime).to_owned()));
        }
        kinds
    });
    let shares =
        Signal::derive(|| SHARES.map(|share| (share.to_string(), format::percent(share, 0))).to_vec());
    let folds = Signal::derive(|| FOLD_COUNTS.map(|k| (k.to_string(), format::integer(k as u64))).to_vec());
    let is_folds = Memo::new(move |_| choice.kind.get() == FOLDS);
    let is_time = Memo::new(move |_| choice.kind.get() == TIME);
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
        match choice.kind.get().as_str() {
            FOLDS => fill(Predict::PictureFolds, &[("n", format::integer(choice.k() as u64))]),
            TIME => fill(Predict::PictureTime, &shares),
            _ => fill(Predict::PictureSplit, &shares),
        }
    };
    let rounds = move || {
        let k = choice.k();
        match choice.kind.get().as_str() {
            FOLDS => {
                (0..k.min(MOST_DRAWN)).map(|at| (at as f64 / k as f64, 1.0 / k as f64)).collect::<Vec<_>>()
            }
            _ => vec![(1.0 - choice.test_share(), choice.test_share())],
        }
    };
    let bars = move || {
        let bar = |(start, width): (f64, f64)| {
            view! {
                <svg class="split-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="split-learn" width="100" height="10"></rect>
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
