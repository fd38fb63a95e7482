//! Properties of the plain objects that `package/data.js` makes.

use js_sys::{Array, Float64Array, Reflect, Uint8Array, Uint32Array};
use stillroom_engine::{failure::failure, protocol::Failure};
use wasm_bindgen::{JsCast, JsValue};

/// The property `key` as a `T`.
fn property<T: JsCast>(object: &JsValue, key: &str) -> Result<T, Failure> {
    let value = Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED);
    value.dyn_into().map_err(|_| {
        failure(
            "data-unreadable",
            &format!("the data has no '{key}' of the right type: pass it to engine.run as documented"),
        )
    })
}

pub(crate) fn text(object: &JsValue, key: &str) -> Result<String, Failure> {
    Ok(property::<js_sys::JsString>(object, key)?.into())
}

pub(crate) fn texts(object: &JsValue, key: &str) -> Result<Vec<Option<String>>, Failure> {
    Ok(property::<Array>(object, key)?.iter().map(|value| value.as_string()).collect())
}

pub(crate) fn count(object: &JsValue, key: &str) -> Result<u32, Failure> {
    Ok(property::<js_sys::Number>(object, key)?.value_of() as u32)
}

pub(crate) fn list(object: &JsValue, key: &str) -> Result<Array, Failure> {
    property(object, key)
}

pub(crate) fn numbers(object: &JsValue, key: &str) -> Result<Vec<f64>, Failure> {
    Ok(property::<Float64Array>(object, key)?.to_vec())
}

pub(crate) fn codes(object: &JsValue, key: &str) -> Result<Vec<u32>, Failure> {
    Ok(property::<Uint32Array>(object, key)?.to_vec())
}

pub(crate) fn bytes(object: &JsValue, key: &str) -> Result<Vec<u8>, Failure> {
    Ok(property::<Uint8Array>(object, key)?.to_vec())
}

pub(crate) fn flags(object: &JsValue, key: &str) -> Result<Vec<bool>, Failure> {
    Ok(bytes(object, key)?.into_iter().map(|flag| flag == 1).collect())
}
