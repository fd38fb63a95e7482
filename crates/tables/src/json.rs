//! JSON: a list of objects, or objects one after the other.

use std::io::Write;
use std::sync::Arc;

use arrow_json::reader::infer_json_schema_from_iterator;
use arrow_json::writer::{JsonArray, WriterBuilder};
use arrow_json::{ReaderBuilder, Writer};
use arrow_schema::ArrowError;
use serde_json::{Map, Value};

use crate::{Error, Kind, Table};

const SYNTAX: Error = Error::Unreadable { kind: Kind::Json, reason: "syntax" };

pub(crate) fn read(bytes: &[u8]) -> Result<Table, Error> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut rows = Vec::new();
    for value in serde_json::Deserializer::from_slice(text).into_iter() {
        match value.map_err(|_| SYNTAX)? {
            Value::Array(values) => rows.extend(values),
            value => rows.push(value),
        }
    }
    for (position, row) in rows.iter_mut().enumerate() {
        let Value::Object(object) = row else { return Err(Error::NotAnObject { entry: position + 1 }) };
        *row = Value::Object(flattened(std::mem::take(object)));
    }
    typed(&rows).map_err(|error| Error::unreadable(Kind::Json, &error))
}

fn typed(rows: &[Value]) -> Result<Table, ArrowError> {
    let schema = Arc::new(infer_json_schema_from_iterator(rows.iter().map(Ok))?);
    let mut decoder = ReaderBuilder::new(Arc::clone(&schema)).with_coerce_primitive(true).build_decoder()?;
    decoder.serialize(rows)?;
    Ok(Table { schema, batches: decoder.flush()?.into_iter().collect() })
}

/// Fields of objects inside become `outer.inner`.
fn flattened(object: Map<String, Value>) -> Map<String, Value> {
    let mut flat = Map::new();
    for (name, value) in object {
        match value {
            Value::Object(inner) => {
                let inner = flattened(inner).into_iter();
                flat.extend(inner.map(|(field, value)| (format!("{name}.{field}"), value)));
            }
            value => drop(flat.insert(name, value)),
        }
    }
    flat
}

pub(crate) fn write(table: &Table, out: &mut dyn Write) -> Result<(), Error> {
    let mut writer: Writer<_, JsonArray> = WriterBuilder::new().with_explicit_nulls(true).build(out);
    let written =
        table.batches.iter().try_for_each(|batch| writer.write(batch)).and_then(|()| writer.finish());
    written.map_err(|error| Error::output(&error))
}
