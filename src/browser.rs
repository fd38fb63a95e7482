//! The few things the app asks of the browser that Leptos does not give: memory, downloads, the clipboard, focus.

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FocusOptions, HtmlElement, Url};

fn window() -> Option<web_sys::Window> {
    cfg!(target_arch = "wasm32").then(web_sys::window).flatten()
}

fn storage() -> Option<web_sys::Storage> {
    window()?.local_storage().ok()?
}

/// A preference this device remembers.
pub fn remembered(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Remembers a preference on this device; a browser that refuses forgets it with the page.
pub fn remember(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

/// The person's languages, most wanted first.
pub fn languages() -> Vec<String> {
    let Some(window) = window() else { return Vec::new() };
    window.navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

/// Whether a media query holds.
pub fn matches_media(query: &str) -> bool {
    window().and_then(|window| window.match_media(query).ok()?).is_some_and(|list| list.matches())
}

/// Whether Global Privacy Control is on in this browser.
pub fn sends_privacy_control() -> bool {
    let signal = window().and_then(|window| {
        Reflect::get(&window.navigator(), &JsValue::from_str("globalPrivacyControl")).ok()
    });
    signal.is_some_and(|signal| signal.is_truthy())
}

/// The address part that names this page's server: scheme, host and port.
pub fn origin() -> String {
    window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// Calls a function the page's bootstrap offers under `stillroom`.
pub fn call_bootstrap(name: &str) -> Result<JsValue, JsValue> {
    let offers = Reflect::get(&js_sys::global(), &JsValue::from_str("stillroom"))?;
    Reflect::get(&offers, &JsValue::from_str(name))?.dyn_into::<Function>()?.call0(&offers)
}

/// A random name for this tab and this moment.
pub fn random_name() -> String {
    let digits = || format!("{:012x}", (js_sys::Math::random() * 2_f64.powi(48)) as u64);
    digits() + &digits()
}

/// Milliseconds since 1970.
pub fn now_millis() -> f64 {
    js_sys::Date::now()
}

/// Waits.
pub async fn rest(millis: u32) {
    let waited = Promise::new(&mut |resolve, _| {
        gloo::timers::callback::Timeout::new(millis, move || {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        })
        .forget();
    });
    // The promise is only ever resolved.
    let _ = JsFuture::from(waited).await;
}

/// Offers bytes to the person as a file.
pub fn download(name: &str, media_type: &str, bytes: &[u8]) {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let kind = web_sys::BlobPropertyBag::new();
    kind.set_type(media_type);
    let Ok(blob) = Blob::new_with_u8_array_sequence_and_options(&parts, &kind) else { return };
    let Ok(address) = Url::create_object_url_with_blob(&blob) else { return };
    if let Some(link) =
        document().create_element("a").ok().and_then(|link| link.dyn_into::<HtmlElement>().ok())
    {
        let _ = link.set_attribute("href", &address);
        let _ = link.set_attribute("download", name);
        link.click();
    }
    // The browser has taken hold of the blob once the click returned; a minute is for slow prompts.
    gloo::timers::callback::Timeout::new(60_000, move || {
        let _ = Url::revoke_object_url(&address);
    })
    .forget();
}

/// Copies text; `false` when the browser refused.
pub async fn copy(text: &str) -> bool {
    let Some(window) = window() else { return false };
    JsFuture::from(window.navigator().clipboard().write_text(text)).await.is_ok()
}

/// Asks the browser to keep this site's storage until the person removes it; `false` when it will not.
pub async fn ask_to_persist() -> bool {
    let Some(Ok(asked)) = window().map(|window| window.navigator().storage().persist()) else { return false };
    JsFuture::from(asked).await.is_ok_and(|kept| kept.as_bool().unwrap_or(false))
}

/// Moves the focus to the first element a selector finds.
pub fn focus(selector: &str) {
    if let Ok(Some(element)) = document().query_selector(selector)
        && let Some(element) = element.dyn_ref::<HtmlElement>()
    {
        let _ = element.focus();
    }
}

/// Gives the focus back to the element a selector finds, without scrolling, where it was lost to nothing.
pub fn focus_again(selector: &str) {
    let page = document();
    let is_lost = page.active_element().is_none_or(|element| element.tag_name() == "BODY");
    if is_lost
        && let Ok(Some(element)) = page.query_selector(selector)
        && let Some(element) = element.dyn_ref::<HtmlElement>()
    {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = element.focus_with_options(&options);
    }
}

/// Sets an attribute of the root element.
pub fn set_root_attribute(name: &str, value: Option<&str>) {
    if let Some(root) = document().document_element() {
        let _ = match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        };
    }
}
