//! Content of a newer program: recognised, and left where it is.
//!
//! A newer minor version may bring groups or fields that this program cannot read, a newer major version may mean anything. Either is
//! safe on the server: this device stays where it is in the sequence, and goes on from there once it is updated.

use crate::wire::{Page, Row, SCHEMA, Schema};
use serde::Deserialize;
use stillroom_consent::cbor;

/// Whether a page that can be read holds content of a newer major version, which this program must not touch.
pub(crate) fn is_newer(page: &Page) -> bool {
    page.rows.iter().any(|row| matches!(row, Row::Op { op, .. } if op.schema.major > SCHEMA.major))
}

/// Whether a page that cannot be read holds content of a newer version.
pub(crate) fn is_of_newer(body: &[u8]) -> bool {
    let page: Option<AnyPage> = cbor::peek(body);
    let newer = |op: &AnyOp| (op.schema.major, op.schema.minor) > (SCHEMA.major, SCHEMA.minor);
    page.is_some_and(|page| page.rows.iter().any(|row| matches!(row, AnyRow::Op { op } if newer(op))))
}

#[derive(Deserialize)]
struct AnyPage {
    rows: Vec<AnyRow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum AnyRow {
    Op { op: AnyOp },
    Gone {},
}

#[derive(Deserialize)]
struct AnyOp {
    schema: Schema,
}
