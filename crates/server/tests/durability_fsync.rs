//! No acknowledgement without a sync before it: the system calls of the real server, as strace sees them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use stillroom_consent::{FieldGroup, Groups, Purpose};
use stillroom_trial::{Connection, Draw, Server, Setup, Workspace, draw_tokens, or_skip, push_until_safe};

const N_PUSHES: usize = 200;
/// A file of the records, and one of the keys that open them.
const FILES: [&str; 2] = ["records.db", "keys.db"];

/// Whether strace can follow a process here.
fn can_trace() -> Result<()> {
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    let output = traced.context("strace is not installed (Debian's package is strace)")?;
    ensure!(output.status.success(), "strace cannot trace here");
    Ok(())
}

/// What happened between the arrival of one push and its answer: which files were synced.
fn synced_before_each_answer(log: &str) -> Vec<Vec<String>> {
    let mut answered = Vec::new();
    let mut under_way: Option<Vec<String>> = None;
    // A call that another thread interrupts is logged in two lines; the second has the result and not the file.
    let mut unfinished: Vec<(String, String)> = Vec::new();
    for line in log.lines() {
        let (process, call) = line.split_once(' ').unwrap_or_default();
        let call = call.trim_start();
        let is_sync = call.starts_with("fsync(") || call.starts_with("fdatasync(");
        let file = |call: &str| call.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        if call.contains("POST /v1/push") {
            under_way = Some(Vec::new());
        } else if call.contains("HTTP/1.1 200") {
            answered.extend(under_way.take());
        } else if is_sync && call.contains("<unfinished") {
            unfinished.push((process.to_owned(), file(call)));
        } else if is_sync && call.ends_with("= 0") {
            under_way.iter_mut().for_each(|files| files.push(file(call)));
        } else if call.contains("sync resumed>") {
            let place = unfinished.iter().position(|(of, _)| of == process);
            if let Some((_, file)) = place.map(|place| unfinished.swap_remove(place))
                && call.ends_with("= 0")
            {
                under_way.iter_mut().for_each(|files| files.push(file.clone()));
            }
        }
    }
    answered
}

fn trace_pushes(folder: &Path) -> String {
    let log = folder.join("calls");
    let mut setup = Setup::new(env!("CARGO_BIN_EXE_stillroom-server"), &folder.join("data"));
    // A tracer that is a grandchild leaves the server to be the process that was started.
    let calls = "trace=fsync,fdatasync,read,recvfrom,readv,write,writev,sendto,sendmsg";
    setup.under = ["strace", "-D", "-f", "-y", "-s", "64", "-e", calls, "-o"].map(str::to_owned).to_vec();
    setup.under.push(log.to_string_lossy().into_owned());
    let mut server = Server::start(setup).expect("the trial goes on");
    let mut connection = Connection::to(server.address());
    let mut draw = Draw::from_seed(3);
    let mut workspace = Workspace::begin(&mut connection, draw.split()).expect("the trial goes on");
    let tokens = draw_tokens(&mut draw, 100);
    let grant = workspace.grant(&mut connection, Purpose::Backup, Groups::ALL).expect("the trial goes on");
    workspace.give_bases(&mut connection, Purpose::Backup, &tokens).expect("the trial goes on");
    for _ in 0..N_PUSHES {
        let token = tokens[draw.below(100) as usize];
        let push = workspace.founder.set(grant, &[token], &[FieldGroup::Identity], 128);
        push_until_safe(&workspace.founder, &mut connection, &push, || true).expect("the trial goes on");
    }
    server.kill().expect("the trial goes on");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        // The tracer writes its last line when the server has ended.
        let text = fs::read_to_string(&log).expect("the trial goes on");
        if text.contains("+++ killed by SIGKILL +++") || std::time::Instant::now() > deadline {
            return text;
        }
        std::thread::yield_now();
    }
}

#[test]
fn every_acknowledgement_comes_after_a_sync_of_the_records_and_their_keys() {
    if or_skip(can_trace()).is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("the trial goes on");
    let answered = synced_before_each_answer(&trace_pushes(folder.path()));
    assert_eq!(answered.len(), N_PUSHES);
    for (number, files) in answered.iter().enumerate() {
        for wanted in FILES {
            let is_synced = files.iter().any(|file| file.contains(wanted));
            assert!(is_synced, "push {number} was acknowledged before {wanted} was synced: {files:?}");
        }
    }
}

#[test]
fn an_answer_without_a_sync_would_be_noticed() {
    let log = "7 recvfrom(9<socket:[1]>, \"POST /v1/push HTTP\", 64) = 18\n\
        8 fdatasync(5</d/records.db-wal> <unfinished ...>\n\
        7 read(3</x>, \"\", 1) = 1\n\
        8 <... fdatasync resumed>) = 0\n\
        8 fdatasync(6</d/keys.db-wal>) = -1 EIO (Input/output error)\n\
        7 writev(9<socket:[1]>, [{\"HTTP/1.1 200 OK\"}], 1) = 80\n\
        8 fdatasync(6</d/keys.db-wal>) = 0\n\
        7 recvfrom(9<socket:[1]>, \"POST /v1/push HTTP\", 64) = 18\n\
        7 writev(9<socket:[1]>, [{\"HTTP/1.1 200 OK\"}], 1) = 80\n";
    let answered = synced_before_each_answer(log);
    assert_eq!(answered, [vec!["/d/records.db-wal".to_owned()], vec![]]);
}
