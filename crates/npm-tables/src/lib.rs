//! The pack of the npm package that reads and writes files of other kinds than CSV: a WebAssembly of its own, loaded when it is
//! first used. `package/tables.js` asks it column by column.

use js_sys::{Object, Reflect};
use stillroom_tables::{Error, Kind, Plain, Table};
use wasm_bindgen::prelude::*;

/// A failure as the engine's are: a plain object with `code` and `message`.
fn failed(error: &Error) -> JsValue {
    failure(error.code(), &error.to_string())
}

fn failure(code: &str, message: &str) -> JsValue {
    let told = Object::new();
    for (key, value) in [("code", code), ("message", message)] {
        Reflect::set(&told, &key.into(), &value.into()).expect("a fresh object takes any property");
    }
    told.into()
}

/// A file read to columns, which are taken by their place.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ReadTable {
    n_rows: usize,
    columns: Vec<(String, Plain)>,
}

#[wasm_bindgen]
impl ReadTable {
    /// Reads a whole file; its first bytes tell its kind.
    ///
    /// # Errors
    /// Those of the file, as an object with `code` and `message`.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: Vec<u8>) -> Result<Self, JsValue> {
        let kind = Kind::of(&bytes);
        let read = || {
            let table = Table::read_marked(bytes)?;
            Ok(Self { n_rows: table.n_rows(), columns: table.plain(kind)? })
        };
        read().map_err(|error| failed(&error))
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.n_rows
    }

    /// The columns' names, in order.
    pub fn names(&self) -> Vec<String> {
        self.columns.iter().map(|(name, _)| name.clone()).collect()
    }

    /// What each column holds: `integer`, `number`, `date`, `boolean`, `category` or `text`.
    pub fn types(&self) -> Vec<String> {
        self.columns.iter().map(|(_, column)| column.type_name().to_owned()).collect()
    }

    /// Numbers, or milliseconds since 1970 UTC; `NaN` for none.
    pub fn values(&self, place: usize) -> Vec<f64> {
        match self.column(place) {
            Some(Plain::Number { values, .. } | Plain::Time(values)) => values.clone(),
            _ => Vec::new(),
        }
    }

    /// Positions in the levels, or 0 and 1 for no and yes; 4294967295 for none.
    pub fn codes(&self, place: usize) -> Vec<u32> {
        match self.column(place) {
            Some(Plain::Category { codes, .. } | Plain::Boolean(codes)) => codes.clone(),
            _ => Vec::new(),
        }
    }

    /// The labels of a dictionary.
    pub fn levels(&self, place: usize) -> Vec<String> {
        match self.column(place) {
            Some(Plain::Category { levels, .. }) => levels.clone(),
            _ => Vec::new(),
        }
    }

    /// Texts one behind the other, in UTF-8.
    pub fn bytes(&self, place: usize) -> Vec<u8> {
        match self.column(place) {
            Some(Plain::Text { text, .. }) => text.as_bytes().to_vec(),
            _ => Vec::new(),
        }
    }

    /// Where each text ends.
    pub fn ends(&self, place: usize) -> Vec<u32> {
        match self.column(place) {
            Some(Plain::Text { ends, .. }) => ends.iter().map(|&end| end as u32).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether there is a text, 1 or 0 a row.
    pub fn known(&self, place: usize) -> Vec<u8> {
        match self.column(place) {
            Some(Plain::Text { is_known, .. }) => {
                is_known.iter().map(|&is_known| u8::from(is_known)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn column(&self, place: usize) -> Option<&Plain> {
        self.columns.get(place).map(|(_, column)| column)
    }
}

/// Columns on their way to a file.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct WrittenTable {
    columns: Vec<(String, Plain)>,
}

#[wasm_bindgen]
impl WrittenTable {
    /// Without columns yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds numbers, `NaN` for none.
    pub fn number(&mut self, name: String, values: Vec<f64>) {
        self.columns.push((name, Plain::Number { values, is_whole: false }));
    }

    /// Adds milliseconds since 1970 UTC, `NaN` for none.
    pub fn time(&mut self, name: String, values: Vec<f64>) {
        self.columns.push((name, Plain::Time(values)));
    }

    /// Adds a dictionary; codes without a level are none.
    pub fn category(&mut self, name: String, codes: Vec<u32>, levels: Vec<String>) {
        self.columns.push((name, Plain::Category { codes, levels }));
    }

    /// Adds texts one behind the other.
    ///
    /// # Errors
    /// `data-unreadable` for bytes that are no UTF-8.
    pub fn text(
        &mut self,
        name: String,
        bytes: Vec<u8>,
        ends: Vec<u32>,
        known: &[u8],
    ) -> Result<(), JsValue> {
        let unreadable = |_| failure("data-unreadable", "texts are UTF-8 between their offsets");
        let text = String::from_utf8(bytes).map_err(unreadable)?;
        let ends = ends.into_iter().map(|end| end as usize).collect();
        let is_known = known.iter().map(|&known| known == 1).collect();
        self.columns.push((name, Plain::Text { text, ends, is_known }));
        Ok(())
    }

    /// The file: `arrow`, `parquet`, `json` or `csv`.
    ///
    /// # Errors
    /// `bad-format` for another kind; those of the table, as an object with `code` and `message`.
    pub fn finish(self, format: &str) -> Result<Vec<u8>, JsValue> {
        let kind: Kind = format.parse().map_err(|wanted: String| {
            failure("bad-format", &format!("the format '{format}' is none that is written: give {wanted}"))
        })?;
        let mut bytes = Vec::new();
        let written = Table::of_plain(self.columns, kind).and_then(|table| table.write(kind, &mut bytes));
        written.map(|()| bytes).map_err(|error| failed(&error))
    }
}
