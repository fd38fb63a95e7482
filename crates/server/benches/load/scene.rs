//! Devices that push and pull, all at once or at a pace, against a server process of their own.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use stillroom_consent::{Blob, FieldGroup, GrantId, Groups, Purpose, SubjectToken};
use stillroom_trial::{Connection, Device, Draw, Server, Setup, Workspace, draw_tokens, push_until_safe};

use crate::measure::{BATCH, N_DEVICES, Pushed, Waits};

/// Padded bytes of content of an operation; with its header it is about 410 bytes.
const CONTENT_BYTES: usize = 128;
const N_TOKENS: usize = 20_000;
const GROUPS: [FieldGroup; 2] = [FieldGroup::Identity, FieldGroup::Contact];
const N_PAGES: usize = 20;

/// A server with one workspace and its devices.
pub(crate) struct Scene {
    server: Server,
    workspace: Workspace,
    grant: GrantId,
    tokens: Vec<SubjectToken>,
    devices: Vec<(Device, Connection, Draw)>,
    n_stored: u64,
    /// After everything the founder pulled so far.
    cursor: Option<Blob>,
}

impl Scene {
    pub(crate) fn new(setup: Setup) -> Result<Self> {
        let server = Server::start(setup)?;
        let mut draw = Draw::from_seed(1);
        let mut connection = Connection::to(server.address());
        let mut workspace = Workspace::begin(&mut connection, draw.split())?;
        let tokens = draw_tokens(&mut draw, N_TOKENS);
        let grant = workspace.grant(&mut connection, Purpose::Backup, Groups::ALL)?;
        workspace.give_bases(&mut connection, Purpose::Backup, &tokens)?;
        let mut devices = Vec::new();
        for _ in 0..N_DEVICES {
            let device = workspace.enroll(&mut connection)?;
            devices.push((device, Connection::to(server.address()), draw.split()));
        }
        Ok(Self { server, workspace, grant, tokens, devices, n_stored: 0, cursor: None })
    }

    /// Operations stored so far.
    pub(crate) fn n_stored(&self) -> u64 {
        self.n_stored
    }

    /// Stops the server hard, and checks everything that is stored.
    pub(crate) fn end(mut self) -> Result<()> {
        self.server.kill_and_check().map(drop)
    }

    /// Pushes about `n_ops` from all devices at once: as fast as answers come, or at `pace` operations a second in all.
    pub(crate) fn push(&mut self, n_ops: u64, pace: Option<u64>) -> Result<Pushed> {
        let n_each = n_ops.div_ceil(BATCH * N_DEVICES as u64);
        let interval =
            pace.map(|pace| Duration::from_secs_f64((N_DEVICES as u64 * BATCH) as f64 / pace as f64));
        let (grant, tokens) = (self.grant, self.tokens.as_slice());
        let begun = Instant::now();
        let waits: Vec<Result<Vec<Duration>>> = thread::scope(|scope| {
            let work = self.devices.iter_mut().enumerate().map(|(number, (device, connection, draw))| {
                // Paced devices are spread evenly over the interval.
                let offset = interval.unwrap_or_default().mul_f64(number as f64 / N_DEVICES as f64);
                let due = move |round: u64| interval.map(|interval| begun + offset + interval * round as u32);
                scope.spawn(move || {
                    (0..n_each)
                        .map(|round| push_one(device, connection, draw, (grant, tokens), due(round)))
                        .collect()
                })
            });
            let workers: Vec<_> = work.collect();
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| Ok(Vec::new()))).collect()
        });
        let seconds = begun.elapsed().as_secs_f64();
        let waits: Vec<Duration> =
            waits.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
        ensure!(waits.len() as u64 == n_each * N_DEVICES as u64, "a device stopped");
        let n_pushed = waits.len() as u64 * BATCH;
        self.n_stored += n_pushed;
        Ok(Pushed { ops_per_second: n_pushed as f64 / seconds, waits: Waits::of(waits) })
    }

    /// Pages from the beginning, as a new device asks for them.
    pub(crate) fn pull_early(&mut self) -> Result<Waits> {
        let (mut waits, mut cursor) = (Vec::new(), None);
        let mut connection = Connection::to(self.server.address());
        for _ in 0..N_PAGES {
            let begun = Instant::now();
            let page = self.workspace.founder.pull(&mut connection, cursor.as_ref())?;
            waits.push(begun.elapsed());
            cursor = Some(page.cursor);
        }
        Ok(Waits::of(waits))
    }

    /// What a device that is up to date asks for: the page after the last operation but a few.
    pub(crate) fn pull_late(&mut self) -> Result<Waits> {
        let mut connection = Connection::to(self.server.address());
        let (founder, grant, tokens) = (&mut self.workspace.founder, self.grant, &self.tokens);
        let mut waits = Vec::new();
        loop {
            let page = founder.pull(&mut connection, self.cursor.as_ref())?;
            self.cursor = Some(page.cursor);
            if !page.has_more {
                break;
            }
        }
        for _ in 0..N_PAGES {
            let push = founder.set(grant, &tokens[..5], &GROUPS, CONTENT_BYTES);
            push_until_safe(founder, &mut connection, &push, || true)?;
            self.n_stored += push.ops.len() as u64;
            let begun = Instant::now();
            let page = founder.pull(&mut connection, self.cursor.as_ref())?;
            waits.push(begun.elapsed());
            ensure!(page.rows.len() == push.ops.len(), "a page holds what is new");
            self.cursor = Some(page.cursor);
        }
        Ok(Waits::of(waits))
    }

    /// Everything, with the server killed half way: the device goes on from the last cursor it stored.
    pub(crate) fn pull_all_with_interruption(&mut self) -> Result<(u64, f64)> {
        let begun = Instant::now();
        let (mut n_pulled, mut cursor, mut was_killed): (u64, Option<Blob>, bool) = (0, None, false);
        let mut connection = Connection::to(self.server.address());
        loop {
            if !was_killed && n_pulled * 2 > self.n_stored {
                self.server.kill()?;
                self.server.restart()?;
                connection = Connection::to(self.server.address());
                was_killed = true;
            }
            let page = self.workspace.founder.pull(&mut connection, cursor.as_ref())?;
            let first = page.rows.first().map_or(n_pulled + 1, |row| row.seq());
            ensure!(first == n_pulled + 1, "a page begins where the last one ended");
            n_pulled += page.rows.len() as u64;
            cursor = Some(page.cursor);
            if !page.has_more {
                break;
            }
        }
        ensure!(was_killed && n_pulled == self.n_stored, "{n_pulled} of {} operations came", self.n_stored);
        Ok((n_pulled, begun.elapsed().as_secs_f64()))
    }
}

/// One push of a device, at its time; answers how long it waited. A push that is late counts from when it was due.
fn push_one(
    device: &mut Device,
    connection: &mut Connection,
    draw: &mut Draw,
    (grant, tokens): (GrantId, &[SubjectToken]),
    due: Option<Instant>,
) -> Result<Duration> {
    let n_records = BATCH as usize / GROUPS.len();
    let first = draw.below((tokens.len() - n_records) as u64) as usize;
    let push = device.set(grant, &tokens[first..first + n_records], &GROUPS, CONTENT_BYTES);
    if let Some(due) = due {
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    let begun = due.unwrap_or_else(Instant::now);
    push_until_safe(device, connection, &push, || false)?;
    Ok(begun.elapsed())
}
