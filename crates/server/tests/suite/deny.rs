//! What must never be stored, and what must never make the server stumble.

#![allow(clippy::print_stdout, reason = "seeds are printed for replay")]

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use stillroom_consent::{
    BasisMethod, BasisState, Event, FieldGroup, GrantId, Groups, LawfulBasis, Purpose, Reason, Scope,
    SubjectBasis, SyncGrant,
};
use stillroom_sync::wire::{Op, Pushed, Refusal, encode};

use super::Start;
use super::ends::report;
use super::world::{DAY, Device, HOUR, World, ended, token, tokens};

/// How many random cases: `STILLROOM_CASES`, or what a quick run takes.
fn n_cases(quick: u32) -> u32 {
    std::env::var("STILLROOM_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(quick)
}

/// A runner with a seed that is printed, and taken from `STILLROOM_SEED` to replay.
fn runner(n_cases: u32) -> (TestRunner, u64) {
    let given = std::env::var("STILLROOM_SEED").ok().and_then(|text| text.parse().ok());
    let seed: u64 = given.unwrap_or_else(|| {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).expect("the system has entropy");
        u64::from_le_bytes(bytes)
    });
    println!("STILLROOM_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    (
        TestRunner::new_with_rng(
            Config { cases: n_cases, failure_persistence: None, ..Config::default() },
            rng,
        ),
        seed,
    )
}

async fn reason(world: &World, device: &Device, op: Op) -> Option<Refusal> {
    world.push(device, vec![op]).await.read::<Pushed>().denied.map(|denied| denied.reason)
}

pub(crate) async fn every_reason_of_the_decision_is_a_refusal(start: Start) {
    let world = World::new(start).await;
    let mut device = world.found(1).await;
    let now = world.now();
    let grant = |device: &Device, seed: u8| device.grant(now, Purpose::Backup, seed);
    let given = [
        grant(&device, 1),
        SyncGrant { valid_from: now + HOUR, expires_at: now + DAY, ..grant(&device, 2) },
        SyncGrant { valid_from: now - DAY, expires_at: now, ..grant(&device, 3) },
        SyncGrant { origin: "https://other.example.org".to_owned(), ..grant(&device, 4) },
        SyncGrant { groups: Groups::of(&[FieldGroup::Contact]), ..grant(&device, 5) },
        SyncGrant { scope: Scope::Members, ..grant(&device, 6) },
        device.grant(now, Purpose::HostedReport, 7),
        grant(&device, 8),
    ];
    for grant in given {
        world.append(&mut device, Event::GrantGiven(grant)).await;
    }
    world
        .end("/v1/consent/withdraw", &mut device, vec![Event::GrantWithdrawn { grant: GrantId([8; 16]) }])
        .await;
    world.bases(&mut device, Purpose::Backup, &tokens(0..1)).await;
    let basis = |basis| SubjectBasis::given(basis, BasisMethod::Form, now);
    let over = SubjectBasis { obtained_at: now - DAY, expires_at: Some(now), ..basis(LawfulBasis::Consent) };
    let private = SubjectBasis { gpc: true, ..basis(LawfulBasis::Consent) };
    for (n, purpose, basis) in [
        (1, Purpose::Backup, ended(BasisState::Refused, now)),
        (2, Purpose::Backup, ended(BasisState::Withdrawn, now)),
        (3, Purpose::Backup, ended(BasisState::Objected, now)),
        (4, Purpose::Backup, over),
        (0, Purpose::HostedReport, basis(LawfulBasis::LegitimateInterest)),
        (1, Purpose::HostedReport, private),
    ] {
        world.append(&mut device, Event::Bases { purpose, basis, tokens: vec![token(n)] }).await;
    }
    let id = |seed: u8| GrantId([seed; 16]);
    let mut sealed = |seed: u8, n: u64| {
        device.next_seq = 1;
        device.set(now, id(seed), token(n))
    };
    let mut cases = vec![
        (sealed(99, 0), Reason::NoGrant),
        (sealed(8, 0), Reason::GrantWithdrawn),
        (sealed(2, 0), Reason::GrantNotYet),
        (sealed(3, 0), Reason::GrantExpired),
        (sealed(7, 0), Reason::OtherPurpose),
        (sealed(4, 0), Reason::OtherServer),
        (sealed(5, 0), Reason::GroupNotGranted),
        (sealed(6, 0), Reason::OutOfScope),
        (sealed(1, 9), Reason::NoBasis),
        (sealed(1, 1), Reason::BasisRefused),
        (sealed(1, 2), Reason::BasisWithdrawn),
        (sealed(1, 3), Reason::BasisObjected),
        (sealed(1, 4), Reason::BasisExpired),
    ];
    device.next_seq = 1;
    cases.push((report(&mut device, now, id(7), token(0)), Reason::BasisNotAccepted));
    device.next_seq = 1;
    cases.push((report(&mut device, now, id(7), token(1)), Reason::PrivacyControl));
    for (op, expected) in cases {
        assert_eq!(reason(&world, &device, op).await, Some(Refusal::Consent(expected)));
    }
    device.next_seq = 1;
    let fine = report(&mut device, now, id(7), token(5));
    world.bases(&mut device, Purpose::HostedReport, &[token(5)]).await;
    let mut request = World::request("POST", "/v1/push", Some(&device.token), Some(encode(&push_of(&fine))));
    request.headers_mut().insert("sec-gpc", axum::http::HeaderValue::from_static("1"));
    let pushed: Pushed = world.send(request).await.read();
    let stopped = Some(Refusal::Consent(Reason::PrivacyControl));
    assert_eq!(pushed.denied.map(|denied| denied.reason), stopped, "the browser said no");
    world.store(&device, vec![fine]).await;
}

fn push_of(op: &Op) -> stillroom_sync::wire::Push {
    stillroom_sync::wire::Push { ops: vec![op.clone()], deks: vec![] }
}

/// A push that lacks exactly one thing, chosen at random among everything that can be lacking.
#[derive(Debug, Clone)]
struct Lacking {
    grant: u8,
    token: u64,
    group: usize,
    is_report: bool,
    is_late: bool,
}

fn lacking() -> impl Strategy<Value = Lacking> {
    let wrong_grant = (2_u8..=255, 0_u64..4, 0_usize..6, any::<bool>(), any::<bool>());
    let wrong_record = (Just(1_u8), 4_u64..1_000, 0_usize..6, any::<bool>(), any::<bool>());
    let wrong_group = (Just(1_u8), 0_u64..4, 1_usize..6, Just(false), any::<bool>());
    let too_late = (Just(1_u8), 0_u64..4, 0_usize..6, any::<bool>(), Just(true));
    prop_oneof![wrong_grant, wrong_record, wrong_group, too_late].prop_map(
        |(grant, token, group, is_report, is_late)| Lacking { grant, token, group, is_report, is_late },
    )
}

/// Grant 1 allows the identity of customers 0 to 3 for a day; 2 to 9 are withdrawn, over, not yet, elsewhere, empty of members,
/// of another workspace, for another purpose; all others do not exist.
pub(crate) async fn pushes_without_a_live_consent_store_nothing(start: Start) {
    let world = World::new(start).await;
    let mut other = world.found(2).await;
    world.grant(&mut other, Purpose::Backup, 9).await;
    let mut device = world.found(1).await;
    let now = world.now();
    let grant = |seed: u8| SyncGrant {
        groups: Groups::of(&[FieldGroup::Identity]),
        expires_at: now + DAY,
        ..device.grant(now, Purpose::Backup, seed)
    };
    let given = [
        grant(1),
        grant(2),
        SyncGrant { valid_from: now - 2 * DAY, expires_at: now - DAY, ..grant(3) },
        SyncGrant { valid_from: now + 5 * DAY, expires_at: now + 9 * DAY, ..grant(4) },
        SyncGrant { origin: "https://other.example.org".to_owned(), ..grant(5) },
        SyncGrant { scope: Scope::Members, ..grant(6) },
        device.grant(now, Purpose::HostedReport, 7),
    ];
    for grant in given {
        world.append(&mut device, Event::GrantGiven(grant)).await;
    }
    world
        .end("/v1/consent/withdraw", &mut device, vec![Event::GrantWithdrawn { grant: GrantId([2; 16]) }])
        .await;
    world.bases(&mut device, Purpose::Backup, &tokens(0..4)).await;
    let out = ended(BasisState::Withdrawn, now);
    let withdrawn = Event::Bases { purpose: Purpose::Backup, basis: out, tokens: tokens(4..8) };
    world.end("/v1/consent/withdraw", &mut device, vec![withdrawn]).await;

    let (mut random, seed) = runner(n_cases(2_000));
    let mut n_pushes = 0;
    for case in 0..random.config().cases {
        let lacking = lacking().new_tree(&mut random).expect("a case can be drawn").current();
        device.next_seq = 1;
        let op = device.set(now, GrantId([lacking.grant; 16]), token(lacking.token));
        let op = Op { group: FieldGroup::ALL.get(lacking.group).copied(), ..op };
        let op = if lacking.is_report {
            device.next_seq = 1;
            report(&mut device, now, GrantId([lacking.grant; 16]), token(lacking.token))
        } else {
            op
        };
        let away = if lacking.is_late { 2 * DAY } else { 0 };
        world.pass(away);
        let pushed: Pushed = world.push(&device, vec![op]).await.read();
        world.pass(-away);
        assert!(pushed.n_accepted == 0 && pushed.denied.is_some(), "seed {seed}, case {case}: {lacking:?}");
        n_pushes += 1;
    }
    println!("{n_pushes} pushes, 0 accepted");
    assert_eq!(world.pull(&device, None).await[0].head.head.seq, 0);
    device.next_seq = 1;
    let fine = device.set(now, GrantId([1; 16]), token(0));
    world.store(&device, vec![fine]).await;
}

/// Requests that are almost right: a good one with bytes changed, cut, doubled or added; odd methods, addresses and headers.
pub(crate) async fn malformed_requests_never_fail_the_server(start: Start) {
    let world = World::new(start).await;
    let mut device = world.found(1).await;
    let grant = world.grant(&mut device, Purpose::Backup, 1).await;
    world.bases(&mut device, Purpose::Backup, &tokens(0..2)).await;
    let op = device.set(world.now(), grant, token(0));
    let push = stillroom_sync::wire::Push {
        deks: vec![super::world::key_for(&op).expect("a sealed one")],
        ops: vec![op],
    };
    let entry = device.entry(world.now(), Event::Erased { tokens: tokens(5..7) });
    let append = stillroom_sync::wire::Append { entries: vec![entry] };
    let bodies = [encode(&push), encode(&append), vec![], vec![0x9f; 40], vec![0x81; 300], vec![0xff; 9]];
    let paths: Vec<String> = world.description.paths().map(|(path, _)| path.to_owned()).collect();
    let methods = ["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD", "BREW"];

    let (mut random, seed) = runner(n_cases(2_000));
    let draw = (
        0..methods.len(),
        0..paths.len() + 1,
        0..bodies.len(),
        proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        proptest::option::of(any::<prop::sample::Index>()),
        0_u8..8,
        "[ -~]{0,40}",
    );
    for case in 0..random.config().cases {
        let drawn = draw.new_tree(&mut random).expect("a case can be drawn").current();
        let (method, path, body, changes, cut, headers, text) = drawn;
        // The two that would end the story for all others.
        let template = paths.get(path).map_or("/v1/nowhere", String::as_str);
        if methods[method] == "GET" && template == "/v1/poke" || template == "/v1/workspace" {
            continue;
        }
        let mut body = bodies[body].clone();
        for (place, byte) in changes.iter().filter(|_| !bodies[0].is_empty()) {
            if !body.is_empty() {
                let place = place.index(body.len());
                body[place] = *byte;
            }
        }
        if let Some(cut) = cut.filter(|_| !body.is_empty()) {
            body.truncate(cut.index(body.len()));
        }
        let word: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let path = template.replace("{pairing}", &word).replace("{device}", &word);
        let path = if headers & 1 == 0 { path } else { format!("{path}?since={word}") };
        let mut request = World::request(methods[method], &path, Some(&device.token), Some(body));
        if headers & 2 != 0
            && let Ok(value) = axum::http::HeaderValue::from_str(&text)
        {
            request.headers_mut().insert("authorization", value);
        }
        if headers & 4 != 0 {
            request.headers_mut().insert("content-encoding", axum::http::HeaderValue::from_static("gzip"));
        }
        let answer = tokio::time::timeout(std::time::Duration::from_secs(15), world.send(request)).await;
        let answer = answer.unwrap_or_else(|_| panic!("seed {seed}, case {case}: no answer"));
        assert!(answer.status.as_u16() < 500, "seed {seed}, case {case}: {}", answer.status);
    }
}
