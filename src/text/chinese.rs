//! The Chinese wording, loaded when somebody reads Chinese: it would be a fortieth of what everybody waits for.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use js_sys::Promise;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use crate::browser;

/// The bootstrap's function that fetches the wording.
const LOAD: &str = "loadChinese";

thread_local! {
    static WORDS: OnceCell<BTreeMap<String, Vec<&'static str>>> = const { OnceCell::new() };
}

/// A text by its set's name and its place in the set; `None` before the wording is here.
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(dead_code, reason = "native tests have the texts compiled in")
)]
pub fn word(set: &str, at: usize) -> Option<&'static str> {
    WORDS.with(|words| words.get()?.get(set)?.get(at).copied())
}

/// Loads the wording, once; `false` when it cannot be had now.
pub async fn load() -> bool {
    if WORDS.with(|words| words.get().is_some()) {
        return true;
    }
    let Some(promise) = browser::call_bootstrap(LOAD).ok().and_then(|value| value.dyn_into::<Promise>().ok())
    else {
        return false;
    };
    let Ok(loaded) = JsFuture::from(promise).await else { return false };
    let Ok(sets) = serde_wasm_bindgen::from_value::<BTreeMap<String, Vec<String>>>(loaded) else {
        return false;
    };
    // The texts live as long as the page, like those that are compiled in.
    let keep = |texts: Vec<String>| texts.into_iter().map(|text| &*text.leak()).collect();
    let words = sets.into_iter().map(|(set, texts)| (set, keep(texts))).collect();
    // Two loads at once bring the same words: the first stays.
    WORDS.with(|kept| drop(kept.set(words)));
    true
}
