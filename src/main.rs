//! The app: customer analytics that stay on the device.
//!
//! The pages hold forms and signals, the worker behind [`engine`] holds the data and computes. [`model`] is what can be
//! decided without a browser, [`text`] is every word in both languages, [`ui`] the parts pages are made of.

#![allow(unreachable_pub, reason = "a program has no outside: `pub` means the other modules of the app")]

mod app;
mod browser;
mod engine;
mod exchange;
mod model;
mod pages;
mod preferences;
mod session;
mod text;
mod ui;

fn main() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        text::have_words().await;
        leptos::mount::mount_to_body(app::App);
    });
}
