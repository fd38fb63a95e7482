//! The description of the API (OpenAPI 3.1), made from the table of addresses and the schemas beside it.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use stillroom_sync::wire::{MEDIA_TYPE, VERSION};

use super::{Access, Endpoint, Gives, endpoints, schema};

/// Codes that any address may answer, besides its own.
const EVERYWHERE: &[&str] = &["busy", "cross_site", "headers_too_large", "storage", "corrupt"];
const WITH_VERSION: &[&str] = &["version"];
const WITH_TOKEN: &[&str] = &["unauthorized", "slow_down"];
const WITH_BODY: &[&str] = &["malformed", "media_type", "too_large", "too_slow"];

pub(super) async fn serve() -> Response {
    ([(CONTENT_TYPE, "application/json")], document().to_string()).into_response()
}

/// The whole document.
pub(super) fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in endpoints() {
        let item = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        item[endpoint.method] = operation(&endpoint);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Stillroom sync",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Consent and sync. Bodies are CBOR in core deterministic encoding; the schemas describe them with \
                their keys in order, and byte strings as strings of the format `bytes`. The protocol is docs/SYNC.md."
        },
        "paths": paths,
        "components": {
            "schemas": schema::all(),
            "securitySchemes": { "device": { "type": "http", "scheme": "bearer" } }
        }
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "operationId": operation_id(endpoint),
        "summary": endpoint.summary,
        "parameters": parameters(endpoint),
        "responses": responses(endpoint),
        "security": if needs_token(endpoint) { json!([{ "device": [] }]) } else { json!([]) },
    });
    if let Some(name) = endpoint.takes {
        operation["requestBody"] =
            json!({ "required": true, "content": { MEDIA_TYPE: { "schema": schema::reference(name) } } });
    }
    operation
}

fn operation_id(endpoint: &Endpoint) -> String {
    let words =
        endpoint.path.trim_start_matches("/v1/").split(['/', '.']).map(|word| word.trim_matches(['{', '}']));
    std::iter::once(endpoint.method).chain(words).collect::<Vec<_>>().join("_")
}

fn needs_token(endpoint: &Endpoint) -> bool {
    matches!(endpoint.access, Access::Token | Access::Enrolled)
}

fn is_versioned(endpoint: &Endpoint) -> bool {
    endpoint.gives != Gives::Json
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let mut parameters = Vec::new();
    if is_versioned(endpoint) {
        parameters.push(json!({
            "name": "stillroom-version", "in": "header", "required": true,
            "schema": { "type": "integer", "const": VERSION }
        }));
    }
    for part in endpoint.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        parameters.push(json!({
            "name": part, "in": "path", "required": true,
            "schema": { "type": "string", "pattern": "^[0-9a-f]{32}$" }
        }));
    }
    if let Some(name) = endpoint.query {
        parameters
            .push(json!({ "name": name, "in": "query", "required": false, "schema": { "type": "string" } }));
    }
    parameters
}

fn responses(endpoint: &Endpoint) -> Map<String, Value> {
    let mut responses = Map::new();
    let (status, content) = match endpoint.gives {
        Gives::Cbor(name) => ("200", json!({ MEDIA_TYPE: { "schema": schema::reference(name) } })),
        Gives::CborSequence(name) => {
            ("200", json!({ "application/cbor-seq": { "schema": schema::reference(name) } }))
        }
        Gives::Events => ("200", json!({ "text/event-stream": { "schema": { "type": "string" } } })),
        Gives::Json => ("200", json!({ "application/json": { "schema": { "type": "object" } } })),
        Gives::Nothing => ("204", json!({})),
    };
    responses.insert(status.to_owned(), json!({ "description": "Done", "content": content }));
    for code in codes(endpoint) {
        let status = schema::status_of(code).to_string();
        let known = responses.entry(status).or_insert_with(|| {
            json!({
                "description": "",
                "content": { MEDIA_TYPE: { "schema": schema::reference("Problem") } }
            })
        });
        let list = known["description"].as_str().unwrap_or_default();
        let longer = if list.is_empty() { code.to_owned() } else { format!("{list}, {code}") };
        known["description"] = Value::String(longer);
    }
    responses
}

/// The codes of every refusal an address may answer.
fn codes(endpoint: &Endpoint) -> Vec<&'static str> {
    let mut codes: Vec<&'static str> = [endpoint.refusals, EVERYWHERE].concat();
    if is_versioned(endpoint) {
        codes.extend(WITH_VERSION);
    }
    if needs_token(endpoint) {
        codes.extend(WITH_TOKEN);
    }
    if endpoint.access == Access::AnyoneSlowly {
        codes.push("slow_down");
    }
    if endpoint.takes.is_some() {
        codes.extend(WITH_BODY);
    }
    if endpoint.query.is_some() || endpoint.path.contains('{') {
        codes.push("malformed");
    }
    codes.sort_unstable();
    codes.dedup();
    codes
}
