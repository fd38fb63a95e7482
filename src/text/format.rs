//! Numbers and dates as the language writes them, by the browser's `Intl`.

use std::cell::RefCell;
use std::collections::BTreeMap;

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use stillroom_engine::protocol::Cell;
use wasm_bindgen::JsValue;

use super::shell::Shell;
use super::{Language, language, say};

/// A way to write numbers or moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Style {
    /// At most so many decimals.
    Decimals(u8),
    /// Exactly so many decimals.
    Fixed(u8),
    /// Three significant digits.
    Significant(u8),
    /// A share, as per cent, with so many decimals.
    Percent(u8),
    /// A day.
    Day,
    /// A day and a time.
    DayAndTime,
}

thread_local! {
    static FORMATS: RefCell<BTreeMap<(&'static str, Style), Function>> = const { RefCell::new(BTreeMap::new()) };
}

/// A whole number: `320,705`.
pub fn integer(value: u64) -> String {
    write(value as f64, Style::Decimals(0))
}

/// A number with at most `decimals` decimals.
pub fn number(value: f64, decimals: u8) -> String {
    write(value, Style::Decimals(decimals))
}

/// A number with exactly `decimals` decimals.
pub fn fixed(value: f64, decimals: u8) -> String {
    write(value, Style::Fixed(decimals))
}

/// A number of unknown size with at most `digits` significant digits.
pub fn significant(value: f64, digits: u8) -> String {
    write(value, Style::Significant(digits))
}

/// A share between 0 and 1 as per cent with `decimals` decimals.
pub fn percent(share: f64, decimals: u8) -> String {
    write(share, Style::Percent(decimals))
}

/// A day, in UTC: files give days without a zone.
pub fn day(millis: i64) -> String {
    unbroken(&write(millis as f64, Style::Day))
}

/// A day and a time, in the person's zone.
pub fn day_and_time(millis: i64) -> String {
    unbroken(&write(millis as f64, Style::DayAndTime))
}

/// The text with spaces at which no line breaks.
fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// A file's size.
pub fn bytes(n_bytes: u64) -> String {
    let (value, unit) = crate::model::quantity::byte_unit(n_bytes);
    format!("{} {unit}", number(value, 1))
}

/// A value as a grid or form shows it; nothing for a missing one.
pub fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Number(value) if value.abs() >= 1.0 || *value == 0.0 => number(*value, 2),
        Cell::Number(value) => significant(*value, 3),
        Cell::Time(millis) => day(*millis),
        Cell::Boolean(yes) => say(if *yes { Shell::Yes } else { Shell::No }).to_owned(),
    }
}

fn write(value: f64, style: Style) -> String {
    let language = language();
    if !cfg!(target_arch = "wasm32") {
        return value.to_string();
    }
    let format = FORMATS.with_borrow_mut(|formats| {
        formats.entry((language.tag(), style)).or_insert_with(|| formatter(language, style)).clone()
    });
    let argument = match style {
        Style::Day | Style::DayAndTime => JsValue::from(Date::new(&JsValue::from_f64(value))),
        _ => JsValue::from_f64(value),
    };
    format.call1(&JsValue::UNDEFINED, &argument).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

fn formatter(language: Language, style: Style) -> Function {
    let locales = Array::of1(&JsValue::from_str(language.tag()));
    let options = Object::new();
    let set = |name: &str, value: JsValue| {
        // A plain object accepts every property.
        let _ = Reflect::set(&options, &JsValue::from_str(name), &value);
    };
    let set_number = |name: &str, value: u8| set(name, JsValue::from_f64(f64::from(value)));
    let set_word = |name: &str, value: &str| set(name, JsValue::from_str(value));
    match style {
        Style::Decimals(decimals) => set_number("maximumFractionDigits", decimals),
        Style::Fixed(decimals) => {
            set_number("minimumFractionDigits", decimals);
            set_number("maximumFractionDigits", decimals);
        }
        Style::Significant(digits) => set_number("maximumSignificantDigits", digits),
        Style::Percent(decimals) => {
            set_word("style", "percent");
            set_number("maximumFractionDigits", decimals);
        }
        Style::Day => {
            set_word("dateStyle", "medium");
            set_word("timeZone", "UTC");
        }
        Style::DayAndTime => {
            set_word("dateStyle", "medium");
            set_word("timeStyle", "short");
        }
    }
    match style {
        Style::Day | Style::DayAndTime => Intl::DateTimeFormat::new(&locales, &options).format(),
        _ => Intl::NumberFormat::new(&locales, &options).format(),
    }
}
