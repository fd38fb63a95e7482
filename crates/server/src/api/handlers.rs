//! One handler for each address: extract, call, map.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Extension, Path, RawQuery, State as Extract};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use stillroom_consent::{Blob, DeviceId, PairingId, SignedHead};
use stillroom_sync::wire::{
    Append, Appended, Claimed, Devices, Enrolled, Ledger, NewWorkspace, Page, PairClaim, PairOffer,
    PairOffered, PairState, Push, Pushed, Receipts, ServerInfo, Withdrawn,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::answer::Cbor;
use super::extract::{Device, Visitor, id};
use crate::Fault;
use crate::log::Note;
use crate::service::{Accepts, Caller, Desk, begin_export};
use crate::state::State;

type Answer<T> = Result<Cbor<T>, Fault>;
type Shared = Extract<Arc<State>>;

/// How long a stream of news may last; whoever listens asks again, and so shows its token again.
const STREAM_TIME: Duration = Duration::from_secs(600);

pub(super) async fn server(Extract(state): Shared) -> Answer<ServerInfo> {
    Ok(Cbor(state.desk()?.info()))
}

pub(super) async fn create(
    _: Visitor,
    Extract(state): Shared,
    Cbor(new): Cbor<NewWorkspace>,
) -> Answer<Enrolled> {
    state.desk()?.create(new).await.map(Cbor)
}

pub(super) async fn offer(
    Device(caller): Device,
    Extract(state): Shared,
    Cbor(offer): Cbor<PairOffer>,
) -> Answer<PairOffered> {
    state.desk()?.offer(caller, offer).await.map(Cbor)
}

pub(super) async fn claim(
    _: Visitor,
    Extract(state): Shared,
    Cbor(claim): Cbor<PairClaim>,
) -> Answer<Claimed> {
    state.desk()?.claim(claim).await.map(Cbor)
}

pub(super) async fn pairing(
    Device(caller): Device,
    Extract(state): Shared,
    Path(pairing): Path<String>,
) -> Answer<PairState> {
    let pairing = id(&pairing, PairingId::from_hex)?;
    state.desk()?.pairing(caller, pairing).await.map(Cbor)
}

pub(super) async fn devices(Device(caller): Device, Extract(state): Shared) -> Answer<Devices> {
    state.desk()?.devices(caller).await.map(Cbor)
}

pub(super) async fn revoke(
    Device(caller): Device,
    Extract(state): Shared,
    Path(device): Path<String>,
    Cbor(append): Cbor<Append>,
) -> Answer<Appended> {
    let accepts = Accepts::Revocation(id(&device, DeviceId::from_hex)?);
    appended(&state, caller, append, accepts).await
}

pub(super) async fn append(
    Device(caller): Device,
    Extract(state): Shared,
    Cbor(append): Cbor<Append>,
) -> Answer<Appended> {
    appended(&state, caller, append, Accepts::Any).await
}

async fn appended(state: &Arc<State>, caller: Caller, append: Append, accepts: Accepts) -> Answer<Appended> {
    let desk = state.desk()?;
    let (head, removals) = desk.append(caller, append.entries, accepts).await?;
    if removals.iter().any(|removal| removal.completed_at.is_none()) {
        crate::sweeper::finish_soon(desk, caller.workspace);
    }
    Ok(Cbor(Appended { head }))
}

pub(super) async fn withdraw(
    Device(caller): Device,
    Extract(state): Shared,
    Cbor(append): Cbor<Append>,
) -> Answer<Withdrawn> {
    ended(&state, caller, append, Accepts::Withdrawals).await
}

pub(super) async fn erase(
    Device(caller): Device,
    Extract(state): Shared,
    Cbor(append): Cbor<Append>,
) -> Answer<Withdrawn> {
    ended(&state, caller, append, Accepts::Erasures).await
}

async fn ended(state: &Arc<State>, caller: Caller, append: Append, accepts: Accepts) -> Answer<Withdrawn> {
    let desk = state.desk()?;
    let (head, receipt) = desk.end(caller, append.entries, accepts).await?;
    crate::sweeper::finish_soon(desk, caller.workspace);
    Ok(Cbor(Withdrawn { head, receipt }))
}

pub(super) async fn ledger(
    Device(caller): Device,
    Extract(state): Shared,
    RawQuery(query): RawQuery,
) -> Answer<Ledger> {
    let since =
        since(query.as_deref())?.map(|text| text.parse().map_err(|_| Fault::Malformed)).transpose()?;
    state.desk()?.ledger(caller, since.unwrap_or(0)).await.map(Cbor)
}

pub(super) async fn ledger_head(Device(caller): Device, Extract(state): Shared) -> Answer<SignedHead> {
    state.desk()?.ledger_head(caller).await.map(Cbor)
}

pub(super) async fn push(
    Device(caller): Device,
    Extract(state): Shared,
    Extension(note): Extension<Note>,
    Cbor(push): Cbor<Push>,
) -> Answer<Pushed> {
    let begun = Instant::now();
    let n_ops = push.ops.len() as u64;
    let pushed = state.desk()?.push(caller, push).await?;
    note.items(n_ops);
    state.metrics.count_push(&pushed, begun.elapsed());
    Ok(Cbor(pushed))
}

pub(super) async fn pull(
    Device(caller): Device,
    Extract(state): Shared,
    Extension(note): Extension<Note>,
    RawQuery(query): RawQuery,
) -> Answer<Page> {
    let cursor = since(query.as_deref())?.map(cursor).transpose()?;
    let page = state.desk()?.pull(caller, cursor).await?;
    note.items(page.rows.len() as u64);
    Ok(Cbor(page))
}

pub(super) async fn receipts(Device(caller): Device, Extract(state): Shared) -> Answer<Receipts> {
    state.desk()?.receipts(caller).await.map(Cbor)
}

pub(super) async fn export(Device(caller): Device, Extract(state): Shared) -> Result<Response, Fault> {
    let desk = state.desk()?;
    desk.check_enrolled(caller).await?;
    let chunks = ReceiverStream::new(begin_export(Arc::clone(desk), caller.workspace));
    let headers = [(CONTENT_TYPE, "application/cbor-seq"), (CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

pub(super) async fn delete(Device(caller): Device, Extract(state): Shared) -> Result<StatusCode, Fault> {
    state.desk()?.delete(caller).await.map(|()| StatusCode::NO_CONTENT)
}

pub(super) async fn poke(Device(caller): Device, Extract(state): Shared) -> Result<Response, Fault> {
    let desk = Arc::clone(state.desk()?);
    desk.listen(caller).await?;
    let place = state.gate.open_stream().ok_or(Fault::Busy)?;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let _place = place;
        let _ = tokio::time::timeout(STREAM_TIME, tell_news(&desk, caller, sender)).await;
    });
    let alive = KeepAlive::new().interval(Duration::from_secs(20));
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(alive).into_response())
}

/// Sends one event without content whenever there is something new, for as long as the device may hear of it.
async fn tell_news(
    desk: &Desk,
    caller: Caller,
    sender: mpsc::Sender<Result<Event, std::convert::Infallible>>,
) {
    let mut news = desk.hub.listen(caller.workspace);
    loop {
        tokio::select! {
            heard = news.changed() => if heard.is_err() { return },
            () = sender.closed() => return,
        }
        let may_hear = desk.listen(caller).await.is_ok();
        if !may_hear || sender.send(Ok(Event::default().event("news").data(""))).await.is_err() {
            return;
        }
    }
}

/// The one parameter a query may have.
fn since(query: Option<&str>) -> Result<Option<&str>, Fault> {
    match query {
        None | Some("") => Ok(None),
        Some(query) => query.strip_prefix("since=").map(Some).ok_or(Fault::Malformed),
    }
}

/// A cursor, in lower-case hexadecimal.
fn cursor(text: &str) -> Result<Vec<u8>, Fault> {
    // A JSON text of a blob is its hexadecimal form; anything that is not is no cursor.
    let is_plain = text.len() <= 256 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !is_plain || !text.len().is_multiple_of(2) {
        return Err(Fault::Malformed);
    }
    let bytes: Result<Blob, _> = serde_json::from_value(serde_json::Value::String(text.to_owned()));
    bytes.map(|Blob(bytes)| bytes).map_err(|_| Fault::Malformed)
}
