//! Servers that lie. Whatever they say, the device notices and what it holds stays.
//!
//! 1,000 scripts: each attack below against 50 histories. `STILLROOM_SEED` replays one history.

use crate::desk::{Desk, info, token, workspace};
use crate::model::{ModelServer, Stored};
use std::collections::BTreeSet;
use stillroom_consent::{
    BasisMethod, Blob, DeviceId, Entry, Event, GrantId, Hash, LawfulBasis, Purpose, SignedEntry, SubjectBasis,
};
use stillroom_sync::Hlc;
use stillroom_sync::memory::Sign as _;
use stillroom_sync::replica::Replica as _;
use stillroom_sync::testing::{Chance, Reply, Server as _, TestKey};
use stillroom_sync::wire::{
    Body, Denied, Kind, Ledger, Op, Page, Problem, Pushed, Refusal, SequenceHead, SignedSequenceHead, decode,
    encode,
};

const HISTORIES: u64 = 46;

/// A history: the second device has read the rows up to `read`; the first has stored more since, then the second, whose answer
/// showed it the head, without reading on. The ledger has entries that the second has not read.
struct Scene {
    server: ModelServer,
    victim: Desk,
    read: usize,
    chance: Chance,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let (mut server, mut first, mut victim) = workspace();
        write(&mut first, &mut chance, 4);
        first.work(&mut server);
        write(&mut victim, &mut chance, 4);
        victim.work(&mut server);
        victim.work(&mut server);
        let read = server.rows.len();
        write(&mut first, &mut chance, 5);
        for number in 0..3 {
            let basis = SubjectBasis::given(LawfulBasis::Contract, BasisMethod::Contract, first.now);
            let event = Event::Bases { purpose: Purpose::Backup, basis, tokens: vec![token(21 + number)] };
            first.replica.record(event, first.now).expect("the entry holds");
        }
        first.work(&mut server);
        write(&mut victim, &mut chance, 3);
        let mut has_pushed = false;
        let ledger_before = server.entries.len() - 3;
        victim.work_through(|device, request, now| match request.path.as_str() {
            path if path.starts_with("/v1/push") => {
                has_pushed = true;
                server.answer(device, request, now)
            }
            _ if has_pushed => Reply { status: 503, retry_after_seconds: None, body: Vec::new() },
            path if path.starts_with("/v1/pull") => old_page(&server, read, now),
            _ => old_ledger(&server, ledger_before, now),
        });
        assert_eq!(server.rows.len(), read + 8, "the victim has pushed");
        write(&mut victim, &mut chance, 2);
        victim.now += 1_000_000;
        Scene { server, victim, read, chance }
    }

    fn again(&self) -> Self {
        let (server, victim) = (self.server.clone(), self.victim.restarted(&self.server));
        Scene { server, victim, read: self.read, chance: self.chance.clone() }
    }

    /// A row the victim has not read, of the first device; the last one is of the victim.
    fn unread(&mut self) -> usize {
        self.read + self.chance.below(5) as usize
    }

    fn last_op_of_first(&self) -> Op {
        let mut ops = self.server.rows.iter().rev().filter_map(|row| row.op.clone());
        ops.find(|op| op.device == DeviceId([1; 16])).expect("the first device has stored")
    }
}

fn write(desk: &mut Desk, chance: &mut Chance, n_records: u8) {
    let first = chance.below(10) as u8;
    for number in 0..n_records {
        desk.edit(1 + first + number, &chance.draw().to_string());
    }
}

/// What an honest server would have said when it had `end` rows.
fn old_page(server: &ModelServer, end: usize, now: i64) -> Reply {
    ok(&Page { has_more: false, ..server.page(end, end, now) })
}

fn old_ledger(server: &ModelServer, end: usize, now: i64) -> Reply {
    let mut old = server.clone();
    old.entries.truncate(end);
    ok(&Ledger { entries: Vec::new(), head: old.ledger_head(now), has_more: false })
}

fn ok(message: &impl serde::Serialize) -> Reply {
    Reply { status: 200, retry_after_seconds: None, body: encode(message) }
}

type Attack = (&'static str, &'static [&'static str], fn(&mut Scene));

/// Every attack that changes what the server has, and what it may be noticed as.
const ON_ROWS: &[Attack] = &[
    ("set back before what was read", &["rollback"], |scene| {
        let kept = scene.chance.below(scene.read as u64) as usize;
        scene.server.rows.truncate(kept);
    }),
    ("set back to what was read", &["rollback"], |scene| scene.server.rows.truncate(scene.read)),
    ("set back behind what was read", &["rollback"], |scene| {
        let kept = scene.unread() + 1;
        scene.server.rows.truncate(kept);
    }),
    ("set back, then gone on differently", &["forked", "broken-chain"], |scene| {
        let kept = scene.chance.below(scene.read as u64) as usize;
        let n_rows = scene.server.rows.len();
        scene.server.rows.truncate(kept);
        let op = scene.last_op_of_any();
        for number in 0..(n_rows - kept + 2) as u64 {
            let device_seq = 1_000 + number;
            scene.server.rows.push(Stored::forged(Op {
                device: DeviceId([9; 16]),
                device_seq,
                ..op.clone()
            }));
        }
        scene.server.rechain();
    }),
    ("what was read altered", &["forked", "broken-chain"], |scene| {
        let at = scene.chance.below(scene.read as u64) as usize;
        alter(scene, at);
        scene.server.rechain();
    }),
    ("a row altered", &["broken-chain", "forked"], |scene| {
        let at = scene.unread();
        alter(scene, at);
    }),
    ("a row altered, the chain too", &["forked"], |scene| {
        let at = scene.unread();
        alter(scene, at);
        scene.server.rechain();
    }),
    ("an own row altered, the chain too", &["forked", "forged"], |scene| {
        let at = scene.server.rows.len() - 1;
        alter(scene, at);
        scene.server.rechain();
    }),
    ("rows swapped", &["forked", "replayed"], |scene| {
        let at = scene.unread();
        scene.server.rows.swap(at, at + 1);
        scene.server.rechain();
    }),
    ("a row left out", &["forked", "rollback", "lost-operation"], |scene| {
        let at = scene.unread();
        scene.server.rows.remove(at);
        scene.server.rechain();
    }),
    ("an acknowledged row of the device left out, others put in", &["forked", "lost-operation"], |scene| {
        scene.server.rows.pop();
        let op = scene.last_op_of_first();
        for number in 1..4 {
            scene.server.rows.push(Stored::forged(Op { device_seq: op.device_seq + number, ..op.clone() }));
        }
        scene.server.rechain();
    }),
    ("a row shown twice", &["replayed"], |scene| {
        let again = scene.unread();
        let again = scene.server.rows[again].clone();
        scene.server.rows.push(again);
        scene.server.rechain();
    }),
    ("a row in the device's own name", &["forged"], |scene| {
        let device = DeviceId([2; 16]);
        let device_seq = 5_000 + scene.chance.below(1_000);
        let op = Op { device, device_seq, ..scene.last_op_of_first() };
        scene.server.rows.push(Stored::forged(op));
        scene.server.rechain();
    }),
    ("an erasure that nobody signed", &["unsigned-erasure"], |scene| {
        let op = scene.last_op_of_first();
        let device_seq = op.device_seq + 1;
        let (group, dek, body) = (None, None, Body::None);
        scene.server.rows.push(Stored::forged(Op { kind: Kind::Erase, device_seq, group, dek, body, ..op }));
        scene.server.rechain();
    }),
    ("a row from the future", &["unfit-operation"], |scene| {
        let op = scene.last_op_of_first();
        let hlc = Hlc::at(scene.victim.now + 600_000);
        scene.server.rows.push(Stored::forged(Op { device_seq: op.device_seq + 1, hlc, ..op }));
        scene.server.rechain();
    }),
    ("a row whose parts do not fit", &["unfit-operation"], |scene| {
        let op = scene.last_op_of_first();
        scene.server.rows.push(Stored::forged(Op { device_seq: op.device_seq + 1, dek: None, ..op }));
        scene.server.rechain();
    }),
];

/// Attacks on the ledger.
const ON_ENTRIES: &[Attack] = &[
    ("the ledger set back", &["rollback"], |scene| {
        let n_unread = 4 + scene.chance.below(2) as usize;
        let kept = scene.server.entries.len() - n_unread;
        scene.server.entries.truncate(kept);
    }),
    ("an entry left out", &["broken-chain", "forked"], |scene| {
        let n_entries = scene.server.entries.len();
        scene.server.entries.remove(n_entries - 2 - scene.chance.below(2) as usize);
    }),
    ("an entry altered", &["broken-ledger"], |scene| {
        let last = scene.server.entries.last_mut().expect("there are entries");
        last.entry.at += 1;
    }),
    ("what was read rewritten", &["forked", "broken-chain"], |scene| {
        let at = scene.server.entries.len() - 4;
        scene.server.entries[at].entry.at += 1;
        rewrite(&mut scene.server.entries, at);
    }),
    ("an entry of nobody", &["broken-ledger"], |scene| {
        let last = scene.server.entries.last().expect("there are entries").entry.clone();
        let (prev, device) = (last.hash(), DeviceId([9; 16]));
        let event = Event::GrantWithdrawn { grant: GrantId([43; 16]) };
        let entry = Entry { seq: last.seq + 1, prev, device, event, ..last };
        let signature = TestKey::new(9).sign(&entry.message());
        scene.server.entries.push(SignedEntry { entry, signature });
    }),
    ("an entry signed by the server for a device", &["broken-ledger"], |scene| {
        let last = scene.server.entries.last().expect("there are entries").entry.clone();
        let entry =
            Entry { seq: last.seq + 1, prev: last.hash(), event: Event::DeviceAdded(info(9)), ..last };
        let signature = scene.server.key.sign(&entry.message());
        scene.server.entries.push(SignedEntry { entry, signature });
    }),
];

impl Scene {
    fn last_op_of_any(&self) -> Op {
        self.server.rows.iter().rev().find_map(|row| row.op.clone()).unwrap_or_else(|| self.victim_op())
    }

    fn victim_op(&self) -> Op {
        Op {
            kind: Kind::Void,
            device: DeviceId([9; 16]),
            device_seq: 1,
            hlc: Hlc::at(self.victim.now),
            base: None,
            token: stillroom_consent::SubjectToken([0; 32]),
            purpose: Purpose::Backup,
            grant: GrantId([0; 16]),
            group: None,
            part: 0,
            schema: stillroom_sync::wire::SCHEMA,
            dek: None,
            body: Body::None,
        }
    }
}

fn alter(scene: &mut Scene, at: usize) {
    let value = scene.chance.draw().to_be_bytes().to_vec();
    let row = &mut scene.server.rows[at];
    row.op.as_mut().expect("nothing is gone").body = Body::Sealed(Blob(value));
}

fn rewrite(entries: &mut [SignedEntry], from: usize) {
    for at in from + 1..entries.len() {
        entries[at].entry.prev = entries[at - 1].entry.hash();
    }
}

/// The victim works with the server as it is; what it holds stays, and the problem is one of `codes`.
fn check_noticed(name: &str, seed: u64, codes: &[&str], scene: &mut Scene) {
    let before = scene.victim.state();
    let pending = scene.victim.replica.waiting().expect("memory answers").n_ops;
    let server = &mut scene.server;
    scene.victim.work_through(|device, request, now| server.answer(device, request, now));
    let problem = scene.victim.problem().unwrap_or("nothing");
    assert!(codes.contains(&problem), "STILLROOM_SEED={seed}: {name} was noticed as {problem}");
    assert_eq!(scene.victim.state(), before, "STILLROOM_SEED={seed}: {name} changed the device");
    let waiting = scene.victim.replica.waiting().expect("memory answers").n_ops;
    assert_eq!(waiting, pending, "STILLROOM_SEED={seed}: {name} changed the outbox");
}

fn seeds() -> Vec<u64> {
    let seed = std::env::var("STILLROOM_SEED").ok().and_then(|seed| seed.parse().ok());
    seed.map_or_else(|| (0..HISTORIES).collect(), |seed| vec![seed])
}

#[test]
fn a_server_that_changes_its_rows_or_its_ledger_is_noticed() {
    let mut n_scripts = 0;
    for seed in seeds() {
        let history = Scene::new(seed);
        for (name, codes, attack) in ON_ROWS.iter().chain(ON_ENTRIES) {
            let mut scene = history.again();
            attack(&mut scene);
            check_noticed(name, seed, codes, &mut scene);
            n_scripts += 1;
        }
    }
    println!("{n_scripts} scripts, all noticed");
}

#[test]
fn an_honest_server_is_not_suspected() {
    for seed in seeds() {
        let Scene { mut server, mut victim, .. } = Scene::new(seed);
        victim.work(&mut server);
        assert_eq!(victim.problem(), None, "STILLROOM_SEED={seed}");
        assert_eq!(
            victim.replica.position().expect("memory answers").sequence.seq + 2,
            server.rows.len() as u64
        );
    }
}

/// Changes the answer to a push.
type Twist = (&'static str, &'static str, fn(&mut Pushed, &ModelServer, i64));

const ON_PUSHED: &[Twist] = &[
    ("more than was sent", "malformed-answer", |pushed, _, _| pushed.n_accepted += 1),
    ("less than was sent, and no reason", "malformed-answer", |pushed, _, _| {
        (pushed.n_accepted, pushed.first_seq) = (0, None);
    }),
    ("no first number", "malformed-answer", |pushed, _, _| pushed.first_seq = None),
    ("numbers that were given before", "rollback", |pushed, _, _| pushed.first_seq = Some(1)),
    ("a denial of something else", "malformed-answer", |pushed, _, _| {
        pushed.denied = Some(Denied { index: 7, reason: Refusal::Malformed });
    }),
    ("an older head", "rollback", |pushed, server, now| pushed.head = server.sequence_head(1, now)),
    ("another chain", "forked", |pushed, server, now| {
        pushed.head = signed(&server.key, SequenceHead { chain: Hash([1; 32]), ..pushed.head.head }, now);
    }),
    ("a head of another workspace", "other-workspace", |pushed, server, now| {
        let workspace = stillroom_consent::WorkspaceId([1; 16]);
        pushed.head = signed(&server.key, SequenceHead { workspace, ..pushed.head.head }, now);
    }),
    ("another key's signature", "bad-signature", |pushed, _, now| {
        pushed.head = signed(&TestKey::new(66), pushed.head.head, now);
    }),
];

fn signed(key: &TestKey, head: SequenceHead, at: i64) -> SignedSequenceHead {
    let head = SequenceHead { at, ..head };
    SignedSequenceHead { head, signature: key.sign(&head.message()) }
}

#[test]
fn an_answer_to_a_push_that_does_not_fit_is_not_believed() {
    for (name, code, twist) in ON_PUSHED {
        let (mut server, mut first, _) = workspace();
        first.edit(1, "one");
        first.work(&mut server);
        first.work(&mut server);
        first.edit(2, "two");
        let before = first.state();
        first.work_through(|device, request, now| {
            let reply = server.answer(device, request, now);
            match decode::<Pushed>(&reply.body) {
                Ok(mut pushed) => {
                    twist(&mut pushed, &server, now);
                    ok(&pushed)
                }
                Err(_) => reply,
            }
        });
        assert_eq!(first.problem(), Some(*code), "{name}");
        assert_eq!(first.state(), before, "{name}");
        assert_eq!(
            first.replica.waiting().expect("memory answers").n_ops,
            1,
            "{name}: nothing counts as sent"
        );
    }
}

#[test]
fn a_refusal_that_cannot_be_is_not_believed() {
    let refusal = |code: &str, expected| {
        let code = code.to_owned();
        let body = encode(&Problem { code, expected, head: None, retry_after_seconds: None });
        Reply { status: 409, retry_after_seconds: None, body }
    };
    for (reply, code) in [
        (refusal("gap", Some(1)), "lost-operation"),
        (refusal("gap", Some(9)), "malformed-answer"),
        (refusal("gap", None), "malformed-answer"),
        (refusal("equivocation", None), "copied-device"),
        (refusal("something", None), "request-refused"),
    ] {
        let (mut server, mut first, _) = workspace();
        first.edit(1, "one");
        first.work(&mut server);
        first.edit(2, "two");
        first.work_through(|device, request, now| match request.path.as_str() {
            "/v1/push" => reply.clone(),
            _ => server.answer(device, request, now),
        });
        assert_eq!(first.problem(), Some(code));
        assert_eq!(first.replica.waiting().expect("memory answers").n_ops, 1);
    }
}

/// Every answer with one bit turned is refused, or says what it said before: what is not the sync's to check is a record's key and
/// the server's own cursor.
#[test]
fn an_answer_with_a_turned_bit_changes_nothing_it_should_not() {
    let mut n_noticed = 0;
    let histories = [0, 1, 2].map(Scene::new);
    let honest = histories.each_ref().map(|history| {
        let mut scene = history.again();
        scene.victim.work(&mut scene.server);
        scene.victim.state()
    });
    for seed in 0..300 {
        let history = seed as usize % histories.len();
        let (mut scene, honest) = (histories[history].again(), &honest[history]);
        let mut chance = Chance::new(seed);
        let before = scene.victim.state();
        let which = chance.below(3);
        let (server, mut n_answers) = (&mut scene.server, 0);
        scene.victim.work_through(|device, request, now| {
            let mut reply = server.answer(device, request, now);
            if n_answers == which {
                let at = chance.below(reply.body.len() as u64) as usize;
                reply.body[at] ^= 1 << chance.below(8);
            }
            n_answers += 1;
            reply
        });
        let state = scene.victim.state();
        assert!(state == before || state == *honest, "STILLROOM_SEED={seed}");
        n_noticed += u64::from(scene.victim.problem().is_some());
    }
    assert!(n_noticed > 200, "{n_noticed} of 300 noticed");
}

/// No bytes make the client fall over.
#[test]
fn an_answer_of_any_bytes_is_refused() {
    let mut chance = Chance::new(7);
    let statuses: BTreeSet<u16> = [200, 201, 204, 302, 400, 404, 409, 410, 413, 422, 500, 502, 507].into();
    for status in statuses {
        let (_, mut first, _) = workspace();
        let before = first.state();
        for length in [0, 1, 7, 64, 4_096] {
            let body: Vec<u8> = (0..length).map(|_| chance.draw() as u8).collect();
            first.now += 10_000_000;
            first.work_through(|_, _, _| Reply { status, retry_after_seconds: Some(1), body: body.clone() });
            assert!(first.problem().is_some(), "status {status}, {length} bytes");
        }
        assert_eq!(first.state(), before);
    }
}
