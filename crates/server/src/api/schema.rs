//! JSON Schemas of the protocol's messages. `required` lists the keys in the order in which they are written.

use serde_json::{Map, Value, json};
use stillroom_consent::{BasisState, FieldGroup, Hash, LawfulBasis, Purpose, ReportColumn, SignedHead};
use stillroom_consent::{LedgerHead, Signature, WorkspaceId};
use stillroom_sync::wire::Kind;

use crate::Fault;

/// A reference to the schema of this name.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The status a code is answered with; 500 for a code no refusal has.
pub(super) fn status_of(code: &str) -> u16 {
    let status = every_fault().iter().find(|fault| fault.code() == code).map(Fault::status);
    status.map_or(500, |status| status.as_u16())
}

/// One refusal of each code.
pub(super) fn every_fault() -> Vec<Fault> {
    use stillroom_consent::Error;
    let head = LedgerHead { workspace: WorkspaceId([0; 16]), seq: 0, hash: Hash::ZERO, at: 0 };
    let head = Box::new(SignedHead { head, signature: Signature([0; 64]) });
    vec![
        Fault::Unauthorized,
        Fault::NotEnrolled,
        Fault::Malformed,
        Fault::MediaType,
        Fault::TooLarge,
        Fault::HeadersTooLarge,
        Fault::Version,
        Fault::CrossSite,
        Fault::NotFound,
        Fault::Method,
        Fault::Exists,
        Fault::RegistrationClosed,
        Fault::HeadMoved { head: head.clone() },
        Fault::EntryAhead { head },
        Fault::LastDevice,
        Fault::Entry(Error::BadSignature),
        Fault::Entry(Error::BrokenChain),
        Fault::Entry(Error::UnknownDevice),
        Fault::Entry(Error::Invalid { reason: "" }),
        Fault::Gap { expected: 0 },
        Fault::Equivocation,
        Fault::ResyncRequired,
        Fault::Full { limit: 0 },
        Fault::SlowDown { seconds: 0 },
        Fault::Busy,
        Fault::TooSlow,
        Fault::Storage { kind: String::new() },
        Fault::Corrupt { what: "" },
    ]
}

fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        fields.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

fn bytes(length: usize) -> Value {
    json!({ "type": "string", "format": "bytes", "minLength": length, "maxLength": length })
}

fn any_bytes() -> Value {
    json!({ "type": "string", "format": "bytes" })
}

fn number() -> Value {
    json!({ "type": "integer" })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

fn or_null(schema: Value) -> Value {
    json!({ "oneOf": [schema, { "type": "null" }] })
}

fn one_of<const N: usize>(variants: [Value; N]) -> Value {
    json!({ "oneOf": variants.to_vec() })
}

/// The names of unit variants, as they are written.
fn words<T: serde::Serialize>(values: &[T]) -> Value {
    json!({ "enum": values })
}

fn word(name: &str) -> Value {
    json!({ "const": name })
}

/// A variant with content: an object of one key.
fn variant(name: &str, content: Value) -> Value {
    record([(name, content)])
}

/// Every schema by its name.
pub(super) fn all() -> Map<String, Value> {
    let groups = [consent(), ledger(), enrolment(), operations(), sequence(), rest()];
    groups.into_iter().flatten().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

type Named = Vec<(&'static str, Value)>;

fn consent() -> Named {
    vec![
        (
            "SyncGrant",
            record([
                ("id", bytes(16)),
                ("workspace", bytes(16)),
                ("device", bytes(16)),
                ("purpose", words(&Purpose::ALL)),
                ("version", count()),
                ("groups", count()),
                ("scope", json!({ "enum": ["all", "members"] })),
                ("origin", text()),
                ("server_key", bytes(32)),
                ("notice", bytes(32)),
                ("language", text()),
                ("valid_from", number()),
                ("expires_at", number()),
            ]),
        ),
        (
            "SubjectBasis",
            record([
                ("basis", words(&LawfulBasis::ALL)),
                (
                    "state",
                    words(&[
                        BasisState::Given,
                        BasisState::Refused,
                        BasisState::Withdrawn,
                        BasisState::Objected,
                    ]),
                ),
                ("method", json!({ "enum": ["form", "contract", "spoken", "imported", "assessment"] })),
                ("evidence", or_null(bytes(32))),
                ("notice", or_null(bytes(32))),
                ("obtained_at", number()),
                ("expires_at", or_null(number())),
                ("gpc", flag()),
            ]),
        ),
    ]
}

fn ledger() -> Named {
    let tokens = || list(bytes(32));
    let event = one_of([
        variant("device_added", reference("DeviceInfo")),
        variant(
            "device_revoked",
            record([("device", bytes(16)), ("epoch", count()), ("keys", list(reference("SealedKey")))]),
        ),
        variant("grant_given", reference("SyncGrant")),
        variant("grant_withdrawn", record([("grant", bytes(16))])),
        variant("members", record([("grant", bytes(16)), ("tokens", tokens())])),
        variant(
            "bases",
            record([
                ("purpose", words(&Purpose::ALL)),
                ("basis", reference("SubjectBasis")),
                ("tokens", tokens()),
            ]),
        ),
        variant("restricted", record([("on", flag()), ("tokens", tokens())])),
        variant("erased", record([("tokens", tokens())])),
    ]);
    vec![
        (
            "DeviceInfo",
            record([("device", bytes(16)), ("signing_key", bytes(32)), ("sealing_key", bytes(32))]),
        ),
        ("SealedKey", record([("device", bytes(16)), ("sealed", any_bytes())])),
        ("Event", event),
        (
            "Entry",
            record([
                ("workspace", bytes(16)),
                ("seq", count()),
                ("prev", bytes(32)),
                ("at", number()),
                ("device", bytes(16)),
                ("event", reference("Event")),
            ]),
        ),
        ("SignedEntry", record([("entry", reference("Entry")), ("signature", bytes(64))])),
        (
            "LedgerHead",
            record([("workspace", bytes(16)), ("seq", count()), ("hash", bytes(32)), ("at", number())]),
        ),
        ("SignedHead", record([("head", reference("LedgerHead")), ("signature", bytes(64))])),
        ("Append", record([("entries", list(reference("SignedEntry")))])),
        ("Appended", record([("head", reference("SignedHead"))])),
        ("Withdrawn", record([("head", reference("SignedHead")), ("receipt", text())])),
        (
            "Ledger",
            record([
                ("entries", list(reference("SignedEntry"))),
                ("head", reference("SignedHead")),
                ("has_more", flag()),
            ]),
        ),
    ]
}

fn enrolment() -> Named {
    vec![
        (
            "ServerInfo",
            record([
                ("versions", list(count())),
                ("server_key", bytes(32)),
                ("max_ops", count()),
                ("max_bytes", count()),
                ("is_open", flag()),
            ]),
        ),
        ("NewWorkspace", record([("workspace", bytes(16)), ("entry", reference("SignedEntry"))])),
        ("Enrolled", record([("token", bytes(32)), ("head", reference("SignedHead"))])),
        ("PairOffer", record([("pairing", bytes(16)), ("bundle", any_bytes())])),
        ("PairOffered", record([("expires_at", number())])),
        (
            "PairClaim",
            record([("pairing", bytes(16)), ("device", reference("DeviceInfo")), ("proof", bytes(32))]),
        ),
        ("Claimed", record([("workspace", bytes(16)), ("token", bytes(32)), ("bundle", any_bytes())])),
        ("PairState", record([("claim", or_null(reference("PairClaim")))])),
        (
            "DeviceState",
            record([
                ("device", bytes(16)),
                ("enrolled_at", number()),
                ("last_seen_at", number()),
                ("acknowledged_seq", count()),
                ("is_revoked", flag()),
            ]),
        ),
        ("Devices", record([("devices", list(reference("DeviceState")))])),
    ]
}

fn operations() -> Named {
    let number_of_report =
        record([("column", words(&ReportColumn::ALL)), ("value", json!({ "type": "number" }))]);
    vec![
        (
            "Op",
            record([
                ("kind", words(&[Kind::Set, Kind::Delete, Kind::Erase, Kind::Void])),
                ("device", bytes(16)),
                ("device_seq", count()),
                ("hlc", count()),
                ("base", or_null(count())),
                ("token", bytes(32)),
                ("purpose", words(&Purpose::ALL)),
                ("grant", bytes(16)),
                ("group", or_null(words(&FieldGroup::ALL))),
                ("part", count()),
                ("schema", record([("major", count()), ("minor", count())])),
                ("dek", or_null(bytes(16))),
                ("body", reference("Body")),
            ]),
        ),
        (
            "Body",
            one_of([
                word("none"),
                variant("sealed", any_bytes()),
                variant("readable", list(number_of_report)),
            ]),
        ),
        (
            "WrappedDek",
            record([("dek", bytes(16)), ("token", bytes(32)), ("epoch", count()), ("wrapped", any_bytes())]),
        ),
        ("Push", record([("ops", list(reference("Op"))), ("deks", list(reference("WrappedDek")))])),
        (
            "Pushed",
            record([
                ("n_known", count()),
                ("n_accepted", count()),
                ("first_seq", or_null(count())),
                ("denied", or_null(record([("index", count()), ("reason", reference("Refusal"))]))),
                ("head", reference("SignedSequenceHead")),
            ]),
        ),
        (
            "Refusal",
            one_of([
                variant("consent", text()),
                json!({ "enum": ["clock_ahead", "malformed", "no_data_key", "too_large"] }),
            ]),
        ),
    ]
}

fn sequence() -> Named {
    let head = record([("workspace", bytes(16)), ("seq", count()), ("chain", bytes(32)), ("at", number())]);
    vec![
        ("SignedSequenceHead", record([("head", head), ("signature", bytes(64))])),
        (
            "Row",
            one_of([
                variant("op", record([("seq", count()), ("op", reference("Op"))])),
                variant("gone", record([("seq", count()), ("op_hash", bytes(32))])),
            ]),
        ),
        (
            "Page",
            record([
                ("rows", list(reference("Row"))),
                ("deks", list(reference("WrappedDek"))),
                ("cursor", any_bytes()),
                ("head", reference("SignedSequenceHead")),
                ("has_more", flag()),
            ]),
        ),
    ]
}

fn rest() -> Named {
    let heads = record([("ledger", reference("SignedHead")), ("sequence", reference("SignedSequenceHead"))]);
    let codes: Vec<&str> = every_fault().iter().map(Fault::code).collect();
    vec![
        ("Receipts", record([("receipts", list(text()))])),
        (
            "Problem",
            record([
                ("code", words(&codes)),
                ("expected", or_null(count())),
                ("head", or_null(reference("SignedHead"))),
                ("retry_after_seconds", or_null(count())),
            ]),
        ),
        (
            "Exported",
            one_of([
                variant("heads", heads),
                variant("device", reference("DeviceState")),
                variant("entry", reference("SignedEntry")),
                variant("row", reference("Row")),
                variant("key", reference("WrappedDek")),
                variant("receipt", text()),
            ]),
        ),
    ]
}
