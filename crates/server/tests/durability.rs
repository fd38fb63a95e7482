//! What was acknowledged is there after the server, or its database, was killed at any moment.
//!
//! `STILLROOM_KILLS` says how often (20, and 8 on PostgreSQL, which takes its time to recover), `STILLROOM_SEED` repeats a run.

#![allow(clippy::print_stdout, reason = "seeds and counts are printed for replay")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use stillroom_consent::{FieldGroup, GrantId, Groups, Purpose, SubjectToken};
use stillroom_trial::{
    Acknowledged, Cluster, Connection, Device, Draw, Durability, Server, Setup, Workspace, draw_tokens,
    or_skip, pull_all, push_until_safe,
};

const N_CLIENTS: usize = 50;
const N_TOKENS: usize = 500;
/// How long it may take until anything is acknowledged again after a kill.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one push may be sent again; many kills can hit the same one.
const PERSISTENCE: Duration = Duration::from_secs(1_800);

fn number_from(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// A workspace with its devices, allowed to send every group of some records.
struct Story {
    grant: GrantId,
    tokens: Vec<SubjectToken>,
    devices: Vec<Device>,
}

fn begin(connection: &mut Connection, draw: &mut Draw) -> (Workspace, Story) {
    let mut workspace = Workspace::begin(connection, draw.split()).expect("the trial goes on");
    let tokens = draw_tokens(draw, N_TOKENS);
    let grant = workspace.grant(connection, Purpose::Backup, Groups::ALL).expect("the trial goes on");
    workspace.give_bases(connection, Purpose::Backup, &tokens).expect("the trial goes on");
    let devices = (0..N_CLIENTS).map(|_| workspace.enroll(connection).expect("the trial goes on")).collect();
    (workspace, Story { grant, tokens, devices })
}

/// One device: pushes of a few operations, each sent until it is safe.
fn keep_pushing(
    mut device: Device,
    mut draw: Draw,
    (grant, tokens): (GrantId, &[SubjectToken]),
    server: std::net::SocketAddr,
    (is_over, n_safe): (&AtomicBool, &AtomicU64),
) -> Acknowledged {
    let mut connection = Connection::to(server);
    let mut acknowledged = Acknowledged::new();
    while !is_over.load(Ordering::Relaxed) {
        let n_records = 1 + draw.below(4) as usize;
        let records: Vec<_> =
            (0..n_records).map(|_| tokens[draw.below(tokens.len() as u64) as usize]).collect();
        let push = device.set(grant, &records, &FieldGroup::ALL[..2], 128);
        let deadline = Instant::now() + PERSISTENCE;
        push_until_safe(&device, &mut connection, &push, || Instant::now() > deadline)
            .expect("the trial goes on");
        n_safe.fetch_add(1, Ordering::Relaxed);
        acknowledged.extend(push.ops.iter().map(|op| ((op.device, op.device_seq), op.hash())));
    }
    acknowledged
}

/// Kills what `kill` kills `n_kills` times under pushing devices, and looks for everything that was acknowledged.
fn nothing_acknowledged_is_lost(
    setup: Setup,
    n_kills: u64,
    seed: u64,
    mut kill: impl FnMut(&mut Server, u64),
) {
    println!("seed {seed}, {n_kills} kills");
    let mut draw = Draw::from_seed(seed);
    let mut server = Server::start(setup).expect("the trial goes on");
    let mut connection = Connection::to(server.address());
    let (workspace, story) = begin(&mut connection, &mut draw);
    let (is_over, n_safe) = (AtomicBool::new(false), AtomicU64::new(0));
    let address = server.address();
    let acknowledged: Acknowledged = thread::scope(|scope| {
        let (is_over, n_safe, shared) = (&is_over, &n_safe, (story.grant, story.tokens.as_slice()));
        let clients: Vec<_> = story
            .devices
            .into_iter()
            .map(|device| {
                let draw = draw.split();
                scope.spawn(move || keep_pushing(device, draw, shared, address, (is_over, n_safe)))
            })
            .collect();
        for number in 0..n_kills {
            // The moment is drawn, and comes after something was acknowledged since the last one.
            let before = n_safe.load(Ordering::Relaxed);
            let deadline = Instant::now() + PATIENCE;
            while n_safe.load(Ordering::Relaxed) == before {
                assert!(Instant::now() < deadline, "nothing is acknowledged any more");
                thread::yield_now();
            }
            thread::sleep(Duration::from_micros(draw.below(150_000)));
            kill(&mut server, number);
        }
        is_over.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().expect("the trial goes on")).collect()
    });
    let mut connection = Connection::to(server.address());
    let sequence = pull_all(&workspace.founder, &mut connection).expect("the trial goes on");
    sequence.expect_exactly(&acknowledged).expect("the trial goes on");
    println!("{} operations acknowledged in {} pushes", acknowledged.len(), n_safe.load(Ordering::Relaxed));
    println!("{}", server.kill_and_check().expect("the trial goes on").trim());
}

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_stillroom-server")
}

fn kill_and_restart(server: &mut Server) {
    server.kill().expect("the trial goes on");
    server.restart().expect("the trial goes on");
}

#[test]
fn on_sqlite_nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let folder = tempfile::tempdir().expect("the trial goes on");
    let setup = Setup::new(program(), &folder.path().join("data"));
    let (n_kills, seed) = (number_from("STILLROOM_KILLS", 20), number_from("STILLROOM_SEED", 1));
    nothing_acknowledged_is_lost(setup, n_kills, seed, |server, _| kill_and_restart(server));
}

#[test]
fn on_postgresql_nothing_acknowledged_is_lost_when_the_server_or_the_database_is_killed() {
    let Some(cluster) = or_skip(Cluster::start(Durability::Synced)) else { return };
    let database = cluster.database().expect("the trial goes on");
    let folder = tempfile::tempdir().expect("the trial goes on");
    let setup = Setup::new(program(), &folder.path().join("data")).on(Some(&database.address));
    let (n_kills, seed) = (number_from("STILLROOM_KILLS", 8), number_from("STILLROOM_SEED", 2));
    nothing_acknowledged_is_lost(setup, n_kills, seed, |server, number| match number % 4 {
        // The database alone, then the database with the server, between kills of the server.
        1 => {
            cluster.crash().expect("the trial goes on");
            cluster.restart().expect("the trial goes on");
        }
        3 => {
            server.kill().expect("the trial goes on");
            cluster.crash().expect("the trial goes on");
            cluster.restart().expect("the trial goes on");
            server.restart().expect("the trial goes on");
        }
        _ => kill_and_restart(server),
    });
}
