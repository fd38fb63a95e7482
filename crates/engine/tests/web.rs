//! The same recipes give the same numbers in a browser.

#![cfg(target_arch = "wasm32")]

mod parity;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn recipes_give_the_native_numbers_in_a_browser() {
    parity::check_all();
}
