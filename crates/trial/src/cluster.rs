//! A PostgreSQL cluster in a temporary folder, gone when the process that started it is.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use anyhow::{Context as _, Result, bail, ensure};

use crate::postmaster::Programs;

/// The role that owns each database and whose address the server is given: neither superuser nor exempt from row security.
const OWNER: &str = "stillroom";
const SUPERUSER: &str = "postgres";
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for its input to end, as it does when the process holding the other end ends in whatever way; then stops
/// PostgreSQL at once and removes the folder.
const GUARD: &str = r#"
read -r _
pid=$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null)
[ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null
tries=0
while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
rm -rf "$0"
"#;

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As in production.
    Synced,
    /// `fsync=off`, for tests that lose no power and want to be quick.
    Unsynced,
}

/// A running PostgreSQL with a socket of its own and no network address.
#[derive(Debug)]
pub struct Cluster {
    programs: Programs,
    folder: PathBuf,
    durability: Durability,
    postmaster: Mutex<Option<Child>>,
    guard: Child,
    n_databases: AtomicU32,
}

/// An empty database of a cluster.
#[derive(Debug, Clone)]
pub struct Database {
    /// The address of its owner, which the server takes as `--database`.
    pub address: String,
    /// The address of the cluster's superuser in the same database, for looking from outside.
    pub superuser_address: String,
    /// Its name.
    pub name: String,
}

impl Cluster {
    /// Makes and starts a cluster; about two seconds.
    ///
    /// # Errors
    /// In words, when PostgreSQL is not installed or cannot run here.
    pub fn start(durability: Durability) -> Result<Self> {
        let programs = Programs::find()?;
        let folder = new_folder()?;
        let guard = Command::new("sh")
            .args(["-c", GUARD])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start sh")?;
        let cluster = Self {
            programs,
            folder,
            durability,
            postmaster: Mutex::new(None),
            guard,
            n_databases: AtomicU32::new(0),
        };
        cluster.initialize()?;
        cluster.restart()?;
        cluster.sql("postgres", &format!("CREATE ROLE {OWNER} LOGIN CREATEROLE"))?;
        Ok(cluster)
    }

    /// A new, empty database.
    ///
    /// # Errors
    /// When PostgreSQL refuses.
    pub fn database(&self) -> Result<Database> {
        let name = format!("trial_{}", self.n_databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} OWNER {OWNER}"))?;
        Ok(Database {
            address: self.address(OWNER, &name),
            superuser_address: self.address(SUPERUSER, &name),
            name,
        })
    }

    /// Runs SQL as the superuser; what it prints, unaligned and without headings.
    ///
    /// # Errors
    /// With PostgreSQL's words.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String> {
        let output = self
            .programs
            .command("psql", &self.folder)
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"])
            .arg("--host")
            .arg(&self.folder)
            .args(["--username", SUPERUSER, "--dbname", database, "--command", sql])
            .output()
            .context("cannot start psql")?;
        ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// A command for one of PostgreSQL's programs, such as `pg_dump`, as the superuser of this cluster.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = self.programs.command(program, &self.folder);
        command.env("PGHOST", &self.folder).env("PGUSER", SUPERUSER);
        command
    }

    /// Kills the postmaster as `kill -9` does. Its children notice and end by themselves.
    ///
    /// # Errors
    /// When it was not running.
    pub fn crash(&self) -> Result<()> {
        let mut postmaster = self.postmaster.lock().unwrap_or_else(PoisonError::into_inner);
        let mut child = postmaster.take().context("PostgreSQL is not running")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// Starts PostgreSQL again after [`Cluster::crash`] and waits until it has recovered.
    ///
    /// # Errors
    /// When it does not come up within a minute, with the end of its log.
    pub fn restart(&self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut postmaster = self.postmaster.lock().unwrap_or_else(PoisonError::into_inner);
        while Instant::now() < deadline {
            // Children of a killed postmaster hold its shared memory for a moment, and a new one then gives up.
            let is_over = match postmaster.as_mut() {
                None => true,
                Some(child) => child.try_wait()?.is_some(),
            };
            if is_over {
                *postmaster = Some(self.spawn()?);
            }
            if self.is_ready()? {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("PostgreSQL did not start: {}", self.end_of_log());
    }

    fn initialize(&self) -> Result<()> {
        self.programs.give(&self.folder)?;
        let output = self
            .programs
            .command("initdb", &self.folder)
            .args(["--pgdata", "data", "--username", SUPERUSER, "--auth", "trust"])
            .args(["--encoding", "UTF8", "--locale", "C", "--no-sync"])
            .output()
            .context("cannot start initdb")?;
        ensure!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(())
    }

    fn spawn(&self) -> Result<Child> {
        let log = fs::File::options().append(true).create(true).open(self.folder.join("log"))?;
        let fsync = if self.durability == Durability::Synced { "on" } else { "off" };
        self.programs
            .command("postgres", &self.folder)
            .args(["-D", "data", "-k"])
            .arg(&self.folder)
            .args(["-c", "listen_addresses=", "-c", "max_connections=200"])
            .args(["-c", &format!("fsync={fsync}"), "-c", "shared_buffers=256MB", "-c", "max_wal_size=4GB"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("cannot start postgres")
    }

    fn is_ready(&self) -> Result<bool> {
        let status = self
            .programs
            .command("pg_isready", &self.folder)
            .args(["--quiet", "--host"])
            .arg(&self.folder)
            .status()
            .context("cannot start pg_isready")?;
        Ok(status.success())
    }

    fn end_of_log(&self) -> String {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// The socket's folder is the host, which an address has to spell without slashes.
    fn address(&self, user: &str, database: &str) -> String {
        let host = self.folder.to_string_lossy().replace('/', "%2F");
        format!("postgres://{user}@{host}/{database}")
    }

    /// The folder that holds the cluster.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The guard reads the end of its input, and nothing is left when it is done.
        drop(self.guard.stdin.take());
        let postmaster = self.postmaster.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut postmaster) = postmaster {
            // The guard asks it to stop; a process that ended is a name in the way of the guard until it is waited for.
            let _ = postmaster.wait();
        }
        let _ = self.guard.wait();
    }
}

/// A folder that only its owner may enter. A socket's path must be short, so it is not made below the build's folder.
fn new_folder() -> Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("stillroom-pg-{}-{count}", process::id()));
    fs::DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}
