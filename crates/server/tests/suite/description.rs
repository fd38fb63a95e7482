//! The server's own description, held against every answer a test gets.

use ciborium::Value as Cbor;
use serde_json::Value;

/// The OpenAPI document.
pub(crate) struct Description(Value);

impl Description {
    pub(crate) fn new(document: Value) -> Self {
        Self(document)
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = (&str, &str)> {
        let paths = self.0["paths"].as_object().expect("the document has paths");
        paths.iter().flat_map(|(path, item)| {
            item.as_object()
                .expect("a path has methods")
                .keys()
                .map(|method| (path.as_str(), method.as_str()))
        })
    }

    /// The operation that a request is for, if the document has one.
    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap_or_default();
        let is_same = |template: &str| {
            let (one, other) = (template.split('/'), path.split('/'));
            template.split('/').count() == path.split('/').count()
                && one
                    .zip(other)
                    .all(|(part, given)| part == given || part.starts_with('{') && !given.is_empty())
        };
        let paths = self.0["paths"].as_object()?;
        // A plain path is preferred to a template that would fit as well.
        let found = paths
            .get(path)
            .or_else(|| paths.iter().find(|(template, _)| is_same(template)).map(|(_, item)| item));
        found?.get(method.to_lowercase())
    }

    /// Fails unless the document announces this answer.
    pub(crate) fn check(&self, method: &str, path: &str, status: u16, bytes: &[u8]) {
        let Some(operation) = self.operation(method, path) else { return };
        let response = &operation["responses"][status.to_string()];
        assert!(response.is_object(), "{method} {path} answers {status}, which is not announced");
        let (of_value, of_sequence) = ("application/cbor", "application/cbor-seq");
        if let Some(content) = response["content"].get(of_value) {
            let value: Cbor = ciborium::from_reader(bytes).expect("an answer is CBOR");
            self.expect(&content["schema"], &value, &format!("{method} {path} {status}"));
            if status >= 400 {
                let code = entry(&value, "code").and_then(Cbor::as_text).expect("a problem has a code");
                let announced = response["description"].as_str().expect("codes are announced");
                assert!(announced.split(", ").any(|known| known == code), "{method} {path}: {code}");
            }
        } else if let Some(content) = response["content"].get(of_sequence) {
            let mut rest = bytes;
            while !rest.is_empty() {
                let value: Cbor = ciborium::from_reader(&mut rest).expect("an item is CBOR");
                self.expect(&content["schema"], &value, path);
            }
        }
    }

    fn expect(&self, schema: &Value, value: &Cbor, place: &str) {
        assert!(self.fits(schema, value), "{place}: {value:?} does not fit {schema}");
    }

    fn fits(&self, schema: &Value, value: &Cbor) -> bool {
        if let Some(reference) = schema["$ref"].as_str() {
            let target =
                self.0.pointer(reference.trim_start_matches('#')).expect("references lead somewhere");
            return self.fits(target, value);
        }
        if let Some(variants) = schema["oneOf"].as_array() {
            return variants.iter().filter(|variant| self.fits(variant, value)).count() == 1;
        }
        if let Some(word) = schema.get("const") {
            return word.as_str() == value.as_text();
        }
        if let Some(words) = schema["enum"].as_array() {
            return words.iter().any(|word| word.as_str() == value.as_text());
        }
        self.fits_type(schema, value)
    }

    fn fits_type(&self, schema: &Value, value: &Cbor) -> bool {
        match schema["type"].as_str().expect("a schema has a type") {
            "object" => self.fits_record(schema, value),
            "array" => value
                .as_array()
                .is_some_and(|items| items.iter().all(|item| self.fits(&schema["items"], item))),
            "string" if schema["format"] == "bytes" => value.as_bytes().is_some_and(|bytes| {
                let length = bytes.len() as u64;
                schema["minLength"].as_u64().is_none_or(|least| least <= length)
                    && schema["maxLength"].as_u64().is_none_or(|most| length <= most)
            }),
            "string" => value.is_text(),
            "integer" => value.as_integer().is_some_and(|number| {
                schema["minimum"].as_i64().is_none_or(|least| i128::from(least) <= i128::from(number))
            }),
            "number" => value.is_float() || value.is_integer(),
            "boolean" => value.is_bool(),
            "null" => value.is_null(),
            other => panic!("no such type: {other}"),
        }
    }

    /// A record has exactly its keys, in the order `required` gives them.
    fn fits_record(&self, schema: &Value, value: &Cbor) -> bool {
        let Some(fields) = value.as_map() else { return false };
        let names: Vec<_> = schema["required"].as_array().expect("a record names its keys").iter().collect();
        fields.len() == names.len()
            && fields.iter().zip(names).all(|((key, value), name)| {
                let name = name.as_str().expect("a key is a text");
                key.as_text() == Some(name) && self.fits(&schema["properties"][name], value)
            })
    }
}

fn entry<'a>(value: &'a Cbor, name: &str) -> Option<&'a Cbor> {
    value.as_map()?.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}
