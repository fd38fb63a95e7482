//! Recommendations for baskets that cross as columns: what `package/baskets.js` packs and unpacks.

use js_sys::{Array, Float64Array, Object, Reflect, Uint8Array, Uint32Array};
use stillroom_analytics::recommend::{Origin, Recommendation};
use stillroom_engine::{compute::RecommendModel, failure::failure, protocol::Failure};
use wasm_bindgen::prelude::*;

use crate::answer::failed;

/// The best `n` items for each basket. Baskets lie one behind the other in `codes`, places in `levels`; `lengths` says how many
/// belong to each. Items the model does not know say nothing.
///
/// The answer has `lengths` of lists one behind the other, and for each entry its item (a place in `codes` and `names`), its score,
/// whether it is only popular, and how many of `reasons` and `shares` are its own.
///
/// # Errors
/// `no-recommender` when the model is of another kind; `baskets-unreadable` for columns that do not fit together.
#[wasm_bindgen]
pub fn recommend(
    model: &str,
    levels: Vec<String>,
    codes: &[u32],
    lengths: &[u32],
    n: u32,
) -> Result<JsValue, JsValue> {
    let recommended = || -> Result<JsValue, Failure> {
        let model = RecommendModel::from_text(model)?;
        let positions = model.positions();
        let known: Vec<Option<u32>> =
            levels.iter().map(|level| positions.get(level.as_str()).copied()).collect();
        let lists = model.recommend_each(baskets(&known, codes, lengths)?, n as usize)?;
        Ok(Columns::of(&lists, model.items().len()).to_js(model.items()))
    };
    recommended().map_err(|failure| failed(&failure))
}

/// Each basket as positions in the model.
fn baskets(known: &[Option<u32>], codes: &[u32], lengths: &[u32]) -> Result<Vec<Vec<u32>>, Failure> {
    let unreadable = || failure("baskets-unreadable", "the baskets' columns do not fit together");
    let mut rest = codes;
    let mut baskets = Vec::with_capacity(lengths.len());
    for &length in lengths {
        let (own, later) = rest.split_at_checked(length as usize).ok_or_else(unreadable)?;
        let positions: Option<Vec<Option<u32>>> =
            own.iter().map(|&code| known.get(code as usize).copied()).collect();
        baskets.push(positions.ok_or_else(unreadable)?.into_iter().flatten().collect());
        rest = later;
    }
    if rest.is_empty() { Ok(baskets) } else { Err(unreadable()) }
}

/// Lists one behind the other; items are places among those met.
#[derive(Default)]
struct Columns {
    /// The items met, and where each of the model's is among them, from 1.
    met: Vec<u32>,
    place_of: Vec<u32>,
    lengths: Vec<u32>,
    items: Vec<u32>,
    scores: Vec<f64>,
    popular: Vec<u8>,
    reason_counts: Vec<u8>,
    reasons: Vec<u32>,
    shares: Vec<f64>,
}

impl Columns {
    fn of(lists: &[Vec<Recommendation>], n_items: usize) -> Self {
        let mut columns = Self { place_of: vec![0; n_items], ..Self::default() };
        for list in lists {
            columns.lengths.push(list.len() as u32);
            list.iter().for_each(|entry| columns.push(entry));
        }
        columns
    }

    fn push(&mut self, entry: &Recommendation) {
        let item = self.place(entry.item);
        self.items.push(item);
        self.scores.push(entry.score);
        self.popular.push(u8::from(entry.origin == Origin::Popularity));
        self.reason_counts.push(entry.because.len() as u8);
        for reason in &entry.because {
            let own = self.place(reason.item);
            self.reasons.push(own);
            self.shares.push(reason.share);
        }
    }

    fn place(&mut self, item: u32) -> u32 {
        let place = &mut self.place_of[item as usize];
        if *place == 0 {
            self.met.push(item);
            *place = self.met.len() as u32;
        }
        *place - 1
    }

    fn to_js(&self, items: &[(String, String)]) -> JsValue {
        let answer = Object::new();
        let set = |key: &str, value: JsValue| {
            Reflect::set(&answer, &key.into(), &value).expect("a fresh object takes any property");
        };
        let met = || self.met.iter().map(|&item| &items[item as usize]);
        set("codes", met().map(|(code, _)| JsValue::from(code)).collect::<Array>().into());
        set("names", met().map(|(_, name)| JsValue::from(name)).collect::<Array>().into());
        set("lengths", Uint32Array::from(&self.lengths[..]).into());
        set("items", Uint32Array::from(&self.items[..]).into());
        set("scores", Float64Array::from(&self.scores[..]).into());
        set("popular", Uint8Array::from(&self.popular[..]).into());
        set("reasonCounts", Uint8Array::from(&self.reason_counts[..]).into());
        set("reasons", Uint32Array::from(&self.reasons[..]).into());
        set("shares", Float64Array::from(&self.shares[..]).into());
        answer.into()
    }
}
