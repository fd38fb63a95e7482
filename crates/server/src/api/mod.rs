//! The sync API: one table of addresses, from which both the router and its description are made.

mod answer;
mod extract;
mod handlers;
mod openapi;
mod schema;

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, delete, get, post};

pub(crate) use answer::Refused;

use crate::Fault;
use crate::state::State;

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Anyone.
    Anyone,
    /// Anyone, a few times a minute.
    AnyoneSlowly,
    /// A device with a token, even before it is enrolled.
    Token,
    /// An enrolled device.
    Enrolled,
}

/// What an address answers when all is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gives {
    /// CBOR of this schema.
    Cbor(&'static str),
    /// A CBOR sequence of this schema.
    CborSequence(&'static str),
    /// Server-sent events without data.
    Events,
    /// A JSON document.
    Json,
    /// Nothing.
    Nothing,
}

/// One method of one address.
struct Endpoint {
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    access: Access,
    /// The schema of the body, for methods that take one.
    takes: Option<&'static str>,
    gives: Gives,
    /// The one parameter of the query.
    query: Option<&'static str>,
    /// Codes of refusals besides those of every address.
    refusals: &'static [&'static str],
    handler: MethodRouter<Arc<State>>,
}

const ENTRIES: &[&str] = &[
    "head_moved",
    "clock-ahead",
    "last_device",
    "bad-signature",
    "unknown-device",
    "invalid-entry",
    "broken-chain",
    "not_enrolled",
];

fn endpoint(method: &'static str, path: &'static str, handler: MethodRouter<Arc<State>>) -> Endpoint {
    Endpoint {
        method,
        path,
        summary: "",
        access: Access::Enrolled,
        takes: None,
        gives: Gives::Nothing,
        query: None,
        refusals: &["not_enrolled"],
        handler,
    }
}

/// Every method of every address.
fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint {
            summary: "This description",
            access: Access::Anyone,
            gives: Gives::Json,
            refusals: &[],
            ..endpoint("get", "/v1/openapi.json", get(openapi::serve))
        },
        Endpoint {
            summary: "Which server this is, and its limits",
            access: Access::Anyone,
            gives: Gives::Cbor("ServerInfo"),
            refusals: &[],
            ..endpoint("get", "/v1/server", get(handlers::server))
        },
        Endpoint {
            summary: "Begins a workspace with its first device",
            access: Access::AnyoneSlowly,
            takes: Some("NewWorkspace"),
            gives: Gives::Cbor("Enrolled"),
            refusals: &[
                "exists",
                "registration_closed",
                "clock-ahead",
                "bad-signature",
                "invalid-entry",
                "broken-chain",
                "unknown-device",
            ],
            ..endpoint("post", "/v1/workspaces", post(handlers::create))
        },
        Endpoint {
            summary: "Removes the workspace and everything held about it",
            ..endpoint("delete", "/v1/workspace", delete(handlers::delete))
        },
        Endpoint {
            summary: "Offers to pair: once, for ten minutes",
            takes: Some("PairOffer"),
            gives: Gives::Cbor("PairOffered"),
            refusals: &["exists", "not_enrolled"],
            ..endpoint("post", "/v1/pair", post(handlers::offer))
        },
        Endpoint {
            summary: "Claims an offer",
            access: Access::AnyoneSlowly,
            takes: Some("PairClaim"),
            gives: Gives::Cbor("Claimed"),
            refusals: &["not_found", "exists"],
            ..endpoint("post", "/v1/pair/claim", post(handlers::claim))
        },
        Endpoint {
            summary: "Who claimed an offer",
            gives: Gives::Cbor("PairState"),
            refusals: &["not_found", "not_enrolled"],
            ..endpoint("get", "/v1/pair/{pairing}", get(handlers::pairing))
        },
        Endpoint {
            summary: "The workspace's devices",
            gives: Gives::Cbor("Devices"),
            ..endpoint("get", "/v1/devices", get(handlers::devices))
        },
        Endpoint {
            summary: "Revokes a device",
            takes: Some("Append"),
            gives: Gives::Cbor("Appended"),
            refusals: ENTRIES,
            ..endpoint("delete", "/v1/devices/{device}", delete(handlers::revoke))
        },
        Endpoint {
            summary: "Appends entries to the consent ledger",
            takes: Some("Append"),
            gives: Gives::Cbor("Appended"),
            refusals: ENTRIES,
            ..endpoint("post", "/v1/consent", post(handlers::append))
        },
        Endpoint {
            summary: "Entries of the consent ledger after a number",
            access: Access::Token,
            gives: Gives::Cbor("Ledger"),
            query: Some("since"),
            refusals: &[],
            ..endpoint("get", "/v1/consent", get(handlers::ledger))
        },
        Endpoint {
            summary: "Where the consent ledger stands",
            access: Access::Token,
            gives: Gives::Cbor("SignedHead"),
            refusals: &[],
            ..endpoint("get", "/v1/consent/head", get(handlers::ledger_head))
        },
        Endpoint {
            summary: "Withdraws grants or ends bases; never refused for coming too often",
            takes: Some("Append"),
            gives: Gives::Cbor("Withdrawn"),
            refusals: ENTRIES,
            ..endpoint("post", "/v1/consent/withdraw", post(handlers::withdraw))
        },
        Endpoint {
            summary: "Stores operations the consent allows",
            takes: Some("Push"),
            gives: Gives::Cbor("Pushed"),
            refusals: &["gap", "equivocation", "full", "not_enrolled"],
            ..endpoint("post", "/v1/push", post(handlers::push))
        },
        Endpoint {
            summary: "Rows of the sequence after a cursor",
            access: Access::Token,
            gives: Gives::Cbor("Page"),
            query: Some("since"),
            refusals: &["resync_required"],
            ..endpoint("get", "/v1/pull", get(handlers::pull))
        },
        Endpoint {
            summary: "An event whenever there is something new",
            access: Access::Token,
            gives: Gives::Events,
            refusals: &[],
            ..endpoint("get", "/v1/poke", get(handlers::poke))
        },
        Endpoint {
            summary: "Erases records for ever",
            takes: Some("Append"),
            gives: Gives::Cbor("Withdrawn"),
            refusals: ENTRIES,
            ..endpoint("post", "/v1/erase", post(handlers::erase))
        },
        Endpoint {
            summary: "Receipts of withdrawals and erasures",
            gives: Gives::Cbor("Receipts"),
            ..endpoint("get", "/v1/receipts", get(handlers::receipts))
        },
        Endpoint {
            summary: "Everything held about the workspace",
            gives: Gives::CborSequence("Exported"),
            ..endpoint("get", "/v1/export", get(handlers::export))
        },
    ]
}

/// The router of the sync API.
pub(crate) fn routes() -> Router<Arc<State>> {
    endpoints()
        .into_iter()
        .fold(Router::new(), |router, endpoint| router.route(endpoint.path, endpoint.handler))
        .method_not_allowed_fallback(|| async { Fault::Method })
}
