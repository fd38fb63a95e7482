//! The WebAssembly of the npm package: recipes over columns. It keeps nothing between calls, opens nothing and asks nobody.
//!
//! What crosses is checked twice: `package/data.js` turns what people have into typed arrays and says which row is wrong, and
//! this side takes nothing but those.

mod answer;
mod baskets;
mod columns;
mod csv;
mod fields;
mod pool;

use std::ops::ControlFlow;

use js_sys::Function;
use serde::de::DeserializeOwned;
use stillroom_analytics::{keep, progress::Progress};
use stillroom_engine::{
    compute::{Done, Frame, Job, Work, perform},
    failure::failure,
    methods,
    protocol::{Failure, Wish},
    recipe::Recipe,
};
use wasm_bindgen::prelude::*;

use answer::{failed, plain};
pub use baskets::recommend;
pub use csv::CsvReader;

/// The registry of methods.
///
/// # Errors
/// None that its types can cause.
#[wasm_bindgen]
pub fn methods() -> Result<JsValue, JsValue> {
    plain(&methods::methods()).map_err(|failure| failed(&failure))
}

/// Why `model` says what it says of the row `row` of `data`; `wish` (JSON) asks for the least change to another answer.
///
/// # Errors
/// A failure as a plain object: `code`, `message`, and where they are known `column` and `row`.
#[wasm_bindgen]
pub fn explain(
    model: String,
    data: &JsValue,
    row: f64,
    wish: Option<String>,
    on_progress: &Function,
) -> Result<JsValue, JsValue> {
    let explained = || -> Result<JsValue, Failure> {
        let recipe = keep::read(model.as_bytes())?.recipe.to_string();
        let wish = wish.map(|wish| read::<Wish>("wish", &wish)).transpose()?;
        let job = Job::Explain { work: work(&recipe, data, Some(model))?, customer: row as i64, wish };
        match perform(&job, &mut || true, &mut |progress| tell(on_progress, &progress))? {
            Done::Explanation(explanation) => plain(&explanation),
            _ => Err(failure("protocol", "an explanation was asked for")),
        }
    };
    explained().map_err(|failure| failed(&failure))
}

/// What a person reads of `model`.
///
/// # Errors
/// The reader's failure for anything but a whole, unchanged model.
#[wasm_bindgen]
pub fn card(model: &str) -> Result<JsValue, JsValue> {
    let card = || -> Result<JsValue, Failure> { plain(&keep::read(model.as_bytes())?.card()?) };
    card().map_err(|failure| failed(&failure))
}

/// The recipe that made `model`, as JSON.
///
/// # Errors
/// As [`card`].
#[wasm_bindgen]
pub fn recipe(model: &str) -> Result<String, JsValue> {
    let kept = keep::read(model.as_bytes()).map_err(|error| failed(&error.into()))?;
    Ok(kept.recipe.to_string())
}

/// What to compute. A recipe over order lines takes them as lines; over customers, as a table.
fn work(recipe: &str, data: &JsValue, model: Option<String>) -> Result<Work, Failure> {
    let recipe: Recipe = read("recipe", recipe)?;
    let model = model.map(serde_json::Value::String);
    match columns::frame(data)? {
        columns::Rows::Customers(table) => Work::over(recipe, &table, model),
        columns::Rows::Lines(lines) => Ok(Work { recipe, frame: Frame::Lines(lines), model }),
    }
}

/// Reads JSON that a person wrote; the message says where it is wrong.
fn read<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, Failure> {
    serde_json::from_str(json).map_err(|error| {
        failure(&format!("{what}-unreadable"), &format!("the {what} does not read: {error}"))
    })
}

fn tell(on_progress: &Function, progress: &Progress) -> ControlFlow<()> {
    let said = on_progress.call3(
        &JsValue::UNDEFINED,
        &progress.stage.into(),
        &(progress.done as f64).into(),
        &(progress.total as f64).into(),
    );
    // A progress handler that throws stops the work, too.
    if said.is_ok_and(|stop| !stop.is_truthy()) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}
