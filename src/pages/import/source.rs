//! Choosing a file: dropped, pasted or picked.

use gloo::events::EventListener;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, ClipboardEvent, DataTransfer, DragEvent, File};

use super::Source;
use crate::text::import::Import;
use crate::text::{say, t, words};
use crate::ui::{Card, FilePicker, Icon, Symbol};

/// The first step. `on_choose` gets the file in a box, for files belong to this thread.
#[component]
pub(super) fn ChooseFile(on_choose: Callback<StoredValue<Option<Source>, LocalStorage>>) -> impl IntoView {
    let is_over = RwSignal::new(false);
    let choose = move |source: Option<Source>| {
        if source.is_some() {
            on_choose.run(StoredValue::new_local(source));
        }
    };
    let on_paste = EventListener::new(&document(), "paste", move |event| {
        let data = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data);
        choose(data.and_then(|data| first_file(&data).or_else(|| pasted_rows(&data))));
    });
    let _kept = StoredValue::new_local(on_paste);
    let on_drop = move |event: DragEvent| {
        event.prevent_default();
        is_over.set(false);
        choose(event.data_transfer().and_then(|data| first_file(&data)));
    };
    view! {
        <Card>
            <div
                class="drop-zone"
                class:is-over=is_over
                data-testid="drop-zone"
                on:dragover=move |event| {
                    event.prevent_default();
                    is_over.set(true);
                }
                on:dragleave=move |_| is_over.set(false)
                on:drop=on_drop
            >
                <span class="empty-icon">
                    <Icon symbol=Symbol::Import />
                </span>
                <p class="empty-title">{t(Import::DropTitle)}</p>
                <p class="empty-hint">{t(Import::DropHint)}</p>
                <FilePicker
                    label=words(Import::ChooseFile)
                    accept=".csv,.tsv,.txt,text/csv,text/plain,text/tab-separated-values"
                    test_id="import-file"
                    on_file=move |file| choose(Some(of_file(file)))
                />
            </div>
        </Card>
    }
}

fn of_file(file: File) -> Source {
    Source { name: file.name(), blob: file.into() }
}

fn first_file(data: &DataTransfer) -> Option<Source> {
    data.files()?.get(0).map(of_file)
}

/// Rows copied from a spreadsheet; a single word is no table.
fn pasted_rows(data: &DataTransfer) -> Option<Source> {
    let text = data.get_data("text/plain").ok().filter(|text| text.contains('\n'))?;
    let parts = js_sys::Array::of1(&JsValue::from_str(&text));
    let blob = Blob::new_with_str_sequence(&parts).ok()?;
    Some(Source { name: say(Import::PastedName).to_owned(), blob })
}
