//! Who is let in, how often, and how it is described.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request};
use stillroom_consent::{Event, PairingId, Purpose};
use stillroom_server::{Limits, Registration};
use stillroom_sync::wire::{Append, PairOffer, PairOffered, Problem, Push, encode};

use super::Start;
use super::world::{DAY, Device, LISTED, World, base64url, patient, token, tokens};

/// Every address that needs a token, with a body that the right device could send.
fn guarded(device: &mut Device, now: i64) -> Vec<(&'static str, String, Option<Vec<u8>>)> {
    let head = device.head;
    let mut body = |event| {
        device.head = head;
        Some(encode(&Append { entries: vec![device.entry(now, event)] }))
    };
    let given = body(Event::Restricted { on: true, tokens: vec![token(1)] });
    let erased = body(Event::Erased { tokens: vec![token(1)] });
    let ended = body(Event::Bases {
        purpose: Purpose::Backup,
        basis: super::world::ended(stillroom_consent::BasisState::Withdrawn, now),
        tokens: vec![token(1)],
    });
    device.head = head;
    let revocation = device.revocation(now, stillroom_consent::DeviceId([5; 16]));
    device.head = head;
    let revoked = Some(encode(&Append { entries: vec![revocation] }));
    let offer =
        Some(encode(&PairOffer { pairing: PairingId([8; 16]), bundle: stillroom_consent::Blob(vec![1]) }));
    let op = device.bare(now, stillroom_sync::wire::Kind::Erase, token(1));
    device.next_seq -= 1;
    let push = Some(encode(&Push { ops: vec![op], deks: vec![] }));
    let plain = |path: &str| path.to_owned();
    vec![
        ("POST", plain("/v1/pair"), offer),
        ("GET", format!("/v1/pair/{}", PairingId([7; 16])), None),
        ("GET", plain("/v1/devices"), None),
        ("DELETE", format!("/v1/devices/{}", stillroom_consent::DeviceId([5; 16])), revoked),
        ("POST", plain("/v1/consent"), given),
        ("POST", plain("/v1/consent/withdraw"), ended),
        ("GET", plain("/v1/consent?since=0"), None),
        ("GET", plain("/v1/consent/head"), None),
        ("POST", plain("/v1/push"), push),
        ("GET", plain("/v1/pull"), None),
        ("GET", plain("/v1/poke"), None),
        ("POST", plain("/v1/erase"), erased),
        ("GET", plain("/v1/receipts"), None),
        ("GET", plain("/v1/export"), None),
        ("DELETE", plain("/v1/workspace"), None),
    ]
}

pub(crate) async fn refused_tokens_answer_alike_everywhere(start: Start) {
    let world = World::new(start).await;
    let mut device = world.found(1).await;
    let revoked = world.join(&mut device, 2).await;
    let entry = device.revocation(world.now(), revoked.id);
    let body = Some(encode(&Append { entries: vec![entry] }));
    let path = format!("/v1/devices/{}", revoked.id);
    assert!(world.ask("DELETE", &path, Some(&device.token), body).await.status.is_success());
    let expired = world.found(3).await;
    world.pass(50 * DAY);
    assert!(world.get("/v1/devices", &device).await.status.is_success());
    world.pass(45 * DAY);
    let other = world.found(4).await;
    let offer = PairOffer { pairing: PairingId([7; 16]), bundle: stillroom_consent::Blob(vec![1]) };
    world.post("/v1/pair", &device, &offer).await.read::<PairOffered>();

    let now = world.now();
    let asked = guarded(&mut device, now);
    let described: BTreeSet<_> = world.description.paths().collect();
    assert_eq!(asked.len() + 4, described.len(), "every address but the four open ones is asked");
    let alike = encode(&Problem {
        code: "unauthorized".to_owned(),
        expected: None,
        head: None,
        retry_after_seconds: None,
    });
    let wrong = base64url(&[9; 32]);
    for (method, path, body) in &asked {
        let tokens = [None, Some("short"), Some(wrong.as_str()), Some(&expired.token), Some(&revoked.token)];
        for token in tokens {
            let answer = world.ask(method, path, token, body.clone()).await;
            assert_eq!((answer.status.as_u16(), &answer.bytes), (401, &alike), "{method} {path}");
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
    }
    // A token of another workspace opens that one only: whatever names this workspace is refused alike.
    let cursor = world.pull(&device, None).await.remove(0).cursor;
    let foreign = format!("/v1/pull?since={}", super::world::hex(&cursor.0));
    let named = ["/v1/pair/", "/v1/devices/", "/v1/consent", "/v1/push", "/v1/erase"];
    let mut asked: Vec<_> = asked
        .into_iter()
        .filter(|(_, path, body)| body.is_some() && path != "/v1/pair" || path.starts_with("/v1/pair/"))
        .collect();
    assert!(asked.iter().all(|(_, path, _)| named.iter().any(|start| path.starts_with(start))));
    asked.push(("GET", foreign, None));
    for (method, path, body) in &asked {
        let answer = world.ask(method, path, Some(&other.token), body.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.bytes), (401, &alike), "{method} {path}");
    }
    let head = world.ledger(&device, 0).await.head.head;
    assert_eq!((head.seq, head.hash), device.head, "nothing was written");
}

pub(crate) async fn other_versions_are_told_which_are_spoken(start: Start) {
    let world = World::new(start).await;
    let device = world.found(1).await;
    for version in [None, Some("0"), Some("2"), Some("one"), Some("1.0")] {
        let mut request = World::request("GET", "/v1/pull", Some(&device.token), None);
        request.headers_mut().remove("stillroom-version");
        if let Some(version) = version {
            request.headers_mut().insert("stillroom-version", HeaderValue::from_static(version));
        }
        let answer = world.send(request).await;
        answer.expect(426, "version");
        assert_eq!(answer.headers["stillroom-versions"], "1-1");
    }
}

/// Names and values.
type Headers = &'static [(&'static str, &'static str)];

fn from_page(
    method: &str,
    path: &str,
    token: Option<&str>,
    headers: &[(&'static str, &'static str)],
) -> Request<Body> {
    let mut request = World::request(method, path, token, None);
    for (name, value) in headers {
        request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    request
}

pub(crate) async fn other_sites_are_turned_away_unless_listed(start: Start) {
    let world = World::new(start).await;
    let device = world.found(1).await;
    let token = Some(device.token.as_str());
    let cases: [(Headers, u16, bool); 8] = [
        (&[], 200, false),
        (&[("sec-fetch-site", "same-origin")], 200, false),
        (&[("sec-fetch-site", "none")], 200, false),
        (&[("sec-fetch-site", "cross-site")], 403, false),
        (&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example.org")], 403, false),
        (&[("sec-fetch-site", "same-site"), ("origin", "https://evil.example.org")], 403, false),
        (&[("sec-fetch-site", "cross-site"), ("origin", LISTED)], 200, true),
        (&[("origin", "https://evil.example.org")], 200, false),
    ];
    for (headers, status, is_allowed) in cases {
        let answer = world.send(from_page("GET", "/v1/pull", token, headers)).await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}");
        let allowed = answer.headers.get("access-control-allow-origin");
        assert_eq!(allowed.is_some_and(|origin| origin == LISTED), is_allowed, "{headers:?}");
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
        assert_eq!(answer.headers["vary"], "origin");
    }
    let asks = [("origin", LISTED), ("access-control-request-method", "POST")];
    let answer = world.send(from_page("OPTIONS", "/v1/push", None, &asks)).await;
    assert_eq!(answer.status.as_u16(), 204);
    assert_eq!(
        answer.headers["access-control-allow-headers"],
        "authorization, content-type, stillroom-version"
    );
    let answer =
        world.send(from_page("OPTIONS", "/v1/push", None, &[("origin", "https://evil.example.org")])).await;
    answer.expect(405, "method");
}

pub(crate) async fn limits_hold(start: Start) {
    let few = |n: u32| NonZeroU32::new(n).expect("not zero");
    let limits = Limits { device_per_second: few(1), device_burst: few(10), ..patient() };
    let world = World::with(start, limits, Registration::Open).await;
    let mut device = world.found(1).await;
    let mut codes = BTreeSet::new();
    for _ in 0..12 {
        codes.insert(world.get("/v1/consent/head", &device).await.code());
    }
    assert_eq!(codes, BTreeSet::from([String::new(), "slow_down".to_owned()]));
    let other = world.found(2).await;
    assert!(
        world.get("/v1/consent/head", &other).await.status.is_success(),
        "another device has its own count"
    );
    let ended = Event::Bases {
        purpose: Purpose::Backup,
        basis: super::world::ended(stillroom_consent::BasisState::Refused, world.now()),
        tokens: tokens(0..1),
    };
    world.end("/v1/consent/withdraw", &mut device, vec![ended]).await;

    let mut request = World::request("GET", "/v1/pull", Some(&device.token), None);
    request.headers_mut().insert("x-long", HeaderValue::from_str(&"a".repeat(9_000)).expect("text"));
    world.send(request).await.expect(431, "headers_too_large");

    let mut request = World::request(
        "POST",
        "/v1/push",
        Some(&other.token),
        Some(encode(&Push { ops: vec![], deks: vec![] })),
    );
    request.headers_mut().insert("content-encoding", HeaderValue::from_static("br"));
    world.send(request).await.expect(415, "media_type");
}

pub(crate) async fn what_is_beyond_the_requests_under_way_is_shed(start: Start) {
    let world = World::with(start, Limits { max_in_flight: 1, ..patient() }, Registration::Open).await;
    let device = world.found(1).await;
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(1);
    let mut slow = World::request("POST", "/v1/push", Some(&device.token), Some(vec![]));
    *slow.body_mut() = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(receiver));
    let ask_until_shed = async {
        loop {
            let answer = world.ask("GET", "/v1/server", None, None).await;
            if answer.status.as_u16() == 503 {
                drop(sender);
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    let (ended, refused) = tokio::join!(world.send(slow), ask_until_shed);
    refused.expect(503, "busy");
    assert_eq!(refused.headers["retry-after"], "1");
    ended.expect(422, "malformed");
    assert!(world.ask("GET", "/v1/server", None, None).await.status.is_success(), "the place is free again");
}

/// Neither waits for a body that never ends, nor for anything else, longer than the limits say.
pub(crate) async fn what_takes_too_long_is_ended(start: Start) {
    let (instant, long) = (Duration::from_millis(1), Duration::from_secs(600));
    for (read_time, total_time, status, code) in
        [(instant, long, 408, "too_slow"), (long, instant, 503, "busy")]
    {
        let world =
            World::with(start, Limits { read_time, total_time, ..patient() }, Registration::Open).await;
        let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(1);
        let mut slow = World::request("POST", "/v1/pair/claim", None, Some(vec![]));
        *slow.body_mut() = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(receiver));
        sender.send(Ok(vec![0xa3])).await.expect("a first byte is taken");
        world.send(slow).await.expect(status, code);
        assert!(sender.is_closed(), "nobody reads on");
        let quick = world.ask("POST", "/v1/pair/claim", None, Some(vec![0])).await;
        quick.expect(422, "malformed");
    }
}

pub(crate) async fn health_follows_the_database(start: Start) {
    let world = World::new(start).await;
    let well = world.ask("GET", "/healthz", None, None).await;
    assert_eq!((well.status.as_u16(), well.bytes.as_slice()), (200, b"ok\n".as_slice()));
    world.state.close().await;
    let unwell = world.ask("GET", "/healthz", None, None).await;
    assert_eq!((unwell.status.as_u16(), unwell.bytes.as_slice()), (503, b"no database\n".as_slice()));
}

/// Each address of the description answers, no other does, and `docs/SYNC.md` lists the same.
pub(crate) async fn addresses_and_description_are_the_same_list(start: Start) {
    let world = World::new(start).await;
    let device = world.found(1).await;
    let described: BTreeSet<(String, String)> =
        world.description.paths().map(|(path, method)| (method.to_uppercase(), path.to_owned())).collect();
    for (_, path) in &described {
        for method in ["GET", "POST", "DELETE", "PUT", "PATCH"] {
            let is_described = described.contains(&(method.to_owned(), path.clone()));
            let given = path.replace("{pairing}", "zz").replace("{device}", "zz");
            let answer = world.send(World::request(method, &given, Some("none"), None)).await;
            assert_eq!(answer.status.as_u16() != 405, is_described, "{method} {path}");
            assert_ne!(answer.status.as_u16(), 404, "{method} {path}");
        }
    }
    for path in ["/v1/nowhere", "/v1/push/more", "/v1/"] {
        world.get(path, &device).await.expect(404, "not_found");
    }
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/SYNC.md"));
    let page = page.expect("the protocol is described");
    let listed: BTreeSet<(String, String)> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter_map(|text| text.split_once(" /"))
        .map(|(method, path)| {
            (method.to_owned(), format!("/v1/{}", path.split('?').next().unwrap_or_default()))
        })
        .collect();
    let mut described = described;
    described.remove(&("GET".to_owned(), "/v1/openapi.json".to_owned()));
    assert_eq!(listed, described);
}

/// Every answer that [`World::send`] gets is held against the description; this walks through what other cases do not reach.
pub(crate) async fn answers_have_declared_statuses_and_schemas(start: Start) {
    let world = World::new(start).await;
    let mut device = world.found(1).await;
    for (path, method) in world.description.paths() {
        assert!(matches!(method, "get" | "post" | "delete"), "{method} {path}");
    }
    let now = world.now();
    for (method, path, body) in guarded(&mut device, now) {
        if path == "/v1/poke" || path == "/v1/workspace" {
            continue;
        }
        world.ask(method, &path, Some(&device.token), body).await;
        world.ask(method, &path, Some(&device.token), Some(vec![0xa0])).await;
        let mut request = World::request(method, &path, Some(&device.token), Some(vec![]));
        request.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
        world.send(request).await;
    }
}
