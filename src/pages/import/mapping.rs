//! The second step: how the file is written, and where its columns go.

use leptos::prelude::*;
use stillroom_engine::protocol::{DialectChoice, FileKind, Inspection};

use crate::model::import_wizard::{
    CUSTOM, ColumnChoice, Obstacle, SKIP, examples, first_choices, obstacle, target_keys,
};
use crate::text::fields::{key_words, type_words};
use crate::text::import::{Import, reason_words, warning_words};
use crate::text::{fill, say, t, words};
use crate::ui::{Badge, Banner, Button, Card, Checkbox, DataTable, Look, Select, Symbol, Tone, kind_words};

const ENCODINGS: [(&str, &str); 5] = [
    ("utf-8", "UTF-8"),
    ("utf-16le", "UTF-16 LE"),
    ("utf-16be", "UTF-16 BE"),
    ("windows-1252", "Windows-1252"),
    ("gb18030", "GB18030"),
];
const DELIMITERS: [(&str, Import); 4] = [
    (",", Import::DelimiterComma),
    (";", Import::DelimiterSemicolon),
    ("\t", Import::DelimiterTab),
    ("|", Import::DelimiterBar),
];
const TYPES: [&str; 5] = ["text", "number", "category", "date", "boolean"];
const CUSTOMERS: &str = "customers";
const ORDER_LINES: &str = "order-lines";
const PREVIEW_ROWS: usize = 8;

/// One column's choices as signals, so that choosing redraws only what depends on it.
#[derive(Clone, Copy)]
struct ColumnSignals {
    target: RwSignal<String>,
    value_type: RwSignal<String>,
}

/// An inspection and the person's choices about it.
#[derive(Clone, Copy)]
pub(super) struct Mapping {
    inspection: StoredValue<Inspection>,
    first: StoredValue<Vec<ColumnChoice>>,
    columns: StoredValue<Vec<ColumnSignals>>,
}

impl Mapping {
    pub(super) fn of(inspection: Inspection) -> Self {
        let first = first_choices(&inspection);
        let signals = |choice: &ColumnChoice| ColumnSignals {
            target: RwSignal::new(choice.target.clone()),
            value_type: RwSignal::new(choice.value_type.clone()),
        };
        Self {
            columns: StoredValue::new(first.iter().map(signals).collect()),
            first: StoredValue::new(first),
            inspection: StoredValue::new(inspection),
        }
    }

    pub(super) fn kind(self) -> FileKind {
        self.inspection.with_value(|inspection| inspection.kind)
    }

    pub(super) fn dialect(self) -> DialectChoice {
        self.inspection.with_value(|inspection| inspection.dialect.clone())
    }

    pub(super) fn choices_untracked(self) -> Vec<ColumnChoice> {
        untrack(|| self.choices())
    }

    fn choices(self) -> Vec<ColumnChoice> {
        let signals = self.columns.get_value();
        let first = self.first.get_value();
        first
            .into_iter()
            .zip(signals)
            .map(|(first, signals)| ColumnChoice {
                target: signals.target.get(),
                value_type: signals.value_type.get(),
                ..first
            })
            .collect()
    }

    fn obstacle(self) -> Option<Obstacle> {
        obstacle(self.kind(), &self.choices())
    }
}

fn obstacle_words(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Twice(field) => fill(Import::TwiceError, &[("field", key_words(field))]),
        Obstacle::NoCustomer => say(Import::NeedsCustomer).to_owned(),
        Obstacle::NoItem => say(Import::NeedsItem).to_owned(),
        Obstacle::Nothing => say(Import::NothingChosen).to_owned(),
    }
}

/// The second step.
#[component]
pub(super) fn MappingForm(
    mapping: Mapping,
    name: String,
    on_inspect: Callback<(DialectChoice, FileKind)>,
    on_begin: Callback<()>,
    on_other: Callback<()>,
) -> impl IntoView {
    let warnings = mapping.inspection.with_value(|inspection| inspection.warnings.clone());
    let warnings = warnings.into_iter().map(|code| {
        view! {
            <Banner tone=Tone::Warning test_id=format!("warning-{code}")>
                <p>{move || warning_words(&code).map_or_else(|| code.clone(), str::to_owned)}</p>
            </Banner>
        }
    });
    let problem = Memo::new(move |_| mapping.obstacle());
    view! {
        {warnings.collect_view()}
        <DialectForm mapping name on_inspect />
        <Card title=words(Import::MappingTitle)>
            <p class="muted">{t(Import::MappingHint)}</p>
            <ColumnsTable mapping />
            <p class="field-error" role="alert" data-testid="mapping-problem">
                {move || problem.get().as_ref().map(obstacle_words)}
            </p>
            <div class="actions actions-end">
                <Button test_id="import-other" look=Look::Quiet on_press=on_other>
                    {t(Import::OtherFile)}
                </Button>
                <Button
                    test_id="import-begin"
                    look=Look::Primary
                    icon=Symbol::Import
                    disabled=Signal::derive(move || problem.get().is_some())
                    on_press=on_begin
                >
                    {t(Import::Begin)}
                </Button>
            </div>
        </Card>
        <PreviewCard mapping />
    }
}

#[component]
fn DialectForm(
    mapping: Mapping,
    name: String,
    on_inspect: Callback<(DialectChoice, FileKind)>,
) -> impl IntoView {
    let found = mapping.dialect();
    let kind = RwSignal::new(kind_key(mapping.kind()).to_owned());
    let encoding = RwSignal::new(found.encoding.unwrap_or_default());
    let delimiter = RwSignal::new(found.delimiter.map(String::from).unwrap_or_default());
    let has_header = RwSignal::new(found.has_header.unwrap_or(true));
    let inspect = move || {
        let dialect = DialectChoice {
            encoding: Some(encoding.get_untracked()),
            delimiter: delimiter.with_untracked(|delimiter| delimiter.chars().next()),
            has_header: Some(has_header.get_untracked()),
        };
        let kind = if kind.get_untracked() == CUSTOMERS { FileKind::Customers } else { FileKind::OrderLines };
        on_inspect.run((dialect, kind));
    };
    let changed = Callback::new(move |_: String| inspect());
    let kinds = Signal::derive(|| {
        [FileKind::Customers, FileKind::OrderLines]
            .map(|kind| (kind_key(kind).to_owned(), kind_words(kind).to_owned()))
            .to_vec()
    });
    let encodings =
        Signal::derive(|| ENCODINGS.map(|(key, name)| (key.to_owned(), name.to_owned())).to_vec());
    let delimiters =
        Signal::derive(|| DELIMITERS.map(|(key, name)| (key.to_owned(), say(name).to_owned())).to_vec());
    view! {
        <Card title=Signal::derive(move || name.clone()) test_id="import-dialect">
            <div class="columns-3">
                <Select label=words(Import::RowsAre) value=kind choices=kinds on_change=changed test_id="import-kind" />
                <Select
                    label=words(Import::Encoding)
                    value=encoding
                    choices=encodings
                    on_change=changed
                    test_id="import-encoding"
                />
                <Select
                    label=words(Import::Delimiter)
                    value=delimiter
                    choices=delimiters
                    on_change=changed
                    test_id="import-delimiter"
                />
            </div>
            <div class="spread">
                <Checkbox
                    label=words(Import::HasHeader)
                    checked=has_header
                    test_id="import-header"
                    on_change=Callback::new(move |checked| {
                        has_header.set(checked);
                        inspect();
                    })
                />
                <span class="muted small">{t(Import::FoundHint)}</span>
            </div>
        </Card>
    }
}

fn kind_key(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Customers => CUSTOMERS,
        FileKind::OrderLines => ORDER_LINES,
    }
}

#[component]
fn ColumnsTable(mapping: Mapping) -> impl IntoView {
    let first = mapping.first.get_value();
    let signals = mapping.columns.get_value();
    let kind = mapping.kind();
    let rows = first.into_iter().zip(signals).enumerate().map(|(at, (first, signals))| {
        let examples = mapping.inspection.with_value(|inspection| examples(&inspection.preview, at, 3));
        view! { <ColumnRow at kind first signals examples /> }
    });
    let heads = [Import::Column, Import::Examples, Import::Goes, Import::Why];
    view! {
        <div class="table-frame table-tall" tabindex="0" role="region" aria-label=t(Import::MappingTitle)>
            <table class="table mapping" data-testid="mapping">
                <thead>
                    <tr>{heads.map(|name| view! { <th scope="col">{t(name)}</th> }).collect_view()}</tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn ColumnRow(
    at: usize,
    kind: FileKind,
    first: ColumnChoice,
    signals: ColumnSignals,
    examples: Vec<String>,
) -> impl IntoView {
    let ColumnSignals { target, value_type } = signals;
    let choices = Signal::derive(move || {
        let special = |key: &str, name: Import| (key.to_owned(), say(name).to_owned());
        let fields = target_keys(kind).into_iter().map(|key| {
            let name = key_words(&key);
            (key, name)
        });
        let own = (kind == FileKind::Customers).then(|| special(CUSTOM, Import::Custom));
        std::iter::once(special(SKIP, Import::Skip)).chain(own).chain(fields).collect::<Vec<_>>()
    });
    let types = Signal::derive(|| TYPES.map(|key| (key.to_owned(), type_words(key).to_owned())).to_vec());
    let (header, guessed) = (first.header.clone(), first.target.clone());
    let label_header = header.clone();
    let type_header = header.clone();
    let reason = move || {
        let is_guess = target.with(|target| *target == guessed);
        reason_words(if is_guess { &first.reason } else { "yours" })
    };
    let tone = Signal::derive(move || match target.get().as_str() {
        SKIP => Tone::Neutral,
        CUSTOM => Tone::Info,
        _ => Tone::Good,
    });
    view! {
        <tr>
            <th scope="row">{header}</th>
            <td class="muted">{examples.join(" · ")}</td>
            <td>
                <div class="mapping-target">
                    <Select
                        label=Signal::derive(move || fill(Import::TargetOf, &[("column", label_header.clone())]))
                        hides_label=true
                        value=target
                        choices
                        test_id=format!("target-{at}")
                    />
                    {move || {
                        let type_header = type_header.clone();
                        (target.get() == CUSTOM)
                            .then(|| {
                                view! {
                                    <Select
                                        label=Signal::derive(move || {
                                            fill(Import::TypeOf, &[("column", type_header.clone())])
                                        })
                                        hides_label=true
                                        value=value_type
                                        choices=types
                                        test_id=format!("type-{at}")
                                    />
                                }
                            })
                    }}
                </div>
            </td>
            <td>
                <Badge tone>{reason}</Badge>
            </td>
        </tr>
    }
}

#[component]
fn PreviewCard(mapping: Mapping) -> impl IntoView {
    let (headers, preview) = mapping.inspection.with_value(|inspection| {
        let headers: Vec<_> =
            inspection.columns.iter().map(|column| (column.header.clone(), false)).collect();
        (headers, inspection.preview.iter().take(PREVIEW_ROWS).cloned().collect::<Vec<_>>())
    });
    view! {
        <Card title=words(Import::Preview)>
            <DataTable
                caption=words(Import::PreviewCaption)
                columns=Signal::derive(move || headers.clone())
                rows=Signal::derive(move || preview.clone())
                test_id="import-preview"
            />
        </Card>
    }
}
