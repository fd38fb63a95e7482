//! Answers as JavaScript reads them: plain objects, and typed arrays for what has one entry a row.

use js_sys::{Array, Float64Array, JSON, Object, Reflect, Uint32Array};
use serde::Serialize;
use stillroom_engine::{
    failure::failure,
    protocol::Failure,
    reply::{Reply, RowResults},
};
use wasm_bindgen::JsValue;

/// `value` as plain JavaScript, by way of JSON.
///
/// # Errors
/// `answer-unwritable`, which the types of this package never cause.
pub(crate) fn plain(value: &impl Serialize) -> Result<JsValue, Failure> {
    let text =
        serde_json::to_string(value).map_err(|error| failure("answer-unwritable", &error.to_string()))?;
    JSON::parse(&text).map_err(|_| failure("answer-unwritable", "the answer is not JSON"))
}

/// `failure` as plain JavaScript.
pub(crate) fn failed(failure: &Failure) -> JsValue {
    plain(failure).unwrap_or(JsValue::NULL)
}

/// A reply with its rows as typed arrays and its model as text.
///
/// # Errors
/// As [`plain`].
pub(crate) fn reply(mut reply: Reply) -> Result<JsValue, Failure> {
    let rows = std::mem::take(&mut reply.rows);
    let model = std::mem::take(&mut reply.model);
    let label_names = plain(&reply.label_names)?;
    let answer = Object::new();
    let set = |key: &str, value: &JsValue| {
        Reflect::set(&answer, &key.into(), value).expect("a fresh object takes any property");
    };
    set("labelNames", &label_names);
    set("model", &model_text(model).map_or(JsValue::NULL, JsValue::from));
    set("report", &plain(&reply)?);
    typed(&rows, set);
    Ok(answer.into())
}

/// A fitted model is text; a recommender is an object.
fn model_text(model: serde_json::Value) -> Option<String> {
    match model {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

fn typed(rows: &RowResults, set: impl Fn(&str, &JsValue)) {
    let positions: Vec<u32> = rows.ids.iter().map(|&id| id as u32).collect();
    let held_out: Vec<u32> = rows.held_out.iter().map(|&row| row as u32).collect();
    set("rows", &Uint32Array::from(positions.as_slice()).into());
    set("labels", &Uint32Array::from(rows.labels.as_slice()).into());
    set("scores", &Float64Array::from(rows.scores.as_slice()).into());
    set("heldOut", &Uint32Array::from(held_out.as_slice()).into());
    let columns = rows.columns.iter().map(|(name, values)| {
        JsValue::from(Array::of2(&name.into(), &Float64Array::from(values.as_slice())))
    });
    set("columns", &columns.collect::<Array>().into());
    let components =
        rows.components.iter().map(|column| JsValue::from(Float64Array::from(column.as_slice())));
    set("components", &components.collect::<Array>().into());
}
