//! The same recipes give the same numbers in Node.

#![cfg(target_arch = "wasm32")]

mod parity;

use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn recipes_give_the_native_numbers_in_node() {
    parity::check_all();
}
