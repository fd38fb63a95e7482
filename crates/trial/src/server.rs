//! The real server as a process: started, killed as power cuts do, started again.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::http::ORIGIN;

/// How a server is started.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The program, `stillroom-server`.
    pub program: PathBuf,
    /// Its data folder.
    pub data: PathBuf,
    /// The address of a PostgreSQL database, or none for SQLite.
    pub database: Option<String>,
    /// More arguments.
    pub extra: Vec<String>,
    /// A program to run it under, with its arguments, such as strace.
    pub under: Vec<String>,
}

/// A running server, killed when dropped.
#[derive(Debug)]
pub struct Server {
    setup: Setup,
    child: Child,
    address: SocketAddr,
}

impl Setup {
    /// A server of `program` that keeps its records below `data`, and counts no requests.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>, data: &Path) -> Self {
        Self {
            program: program.into(),
            data: data.to_owned(),
            database: None,
            extra: Vec::new(),
            under: Vec::new(),
        }
    }

    /// The same with its records in PostgreSQL.
    #[must_use]
    pub fn on(self, database: Option<&str>) -> Self {
        Self { database: database.map(str::to_owned), ..self }
    }

    /// Runs a command of the program that ends by itself, such as `check`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self, command: &str, arguments: &[&str]) -> Result<Output> {
        let mut line = Command::new(&self.program);
        line.arg(command).args(self.storage()).args(arguments);
        line.output().context("cannot start the server's program")
    }

    fn storage(&self) -> Vec<std::ffi::OsString> {
        let mut arguments = vec!["--data".into(), self.data.clone().into()];
        if let Some(database) = &self.database {
            arguments.extend(["--database".into(), database.into()]);
        }
        arguments
    }

    fn spawn(&self, port: u16) -> Result<(Child, SocketAddr)> {
        fs::create_dir_all(&self.data)?;
        let log = fs::File::options().append(true).create(true).open(self.data.with_extension("log"))?;
        let program = self.under.iter().map(Into::into).chain([self.program.clone().into_os_string()]);
        let line: Vec<std::ffi::OsString> = program.collect();
        let mut child = Command::new(&line[0])
            .args(&line[1..])
            .arg("serve")
            .args(self.storage())
            .args(["--port", &port.to_string(), "--origin", ORIGIN])
            .args(["--open-per-minute", "1000000", "--device-per-second", "1000000"])
            .args(["--quota-operations", "1000000000", "--quota-mib", "1000000"])
            .args(&self.extra)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("cannot start the server")?;
        let mut stdout = BufReader::new(child.stdout.take().context("the output was asked for")?);
        let mut said = String::new();
        stdout.read_line(&mut said)?;
        // Kept open, so that the server may say more.
        child.stdout = Some(stdout.into_inner());
        let address = said.split_whitespace().find_map(|word| word.strip_prefix("http://"));
        match address.and_then(|address| address.parse().ok()) {
            Some(address) => Ok((child, address)),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                let log = fs::read_to_string(self.data.with_extension("log")).unwrap_or_default();
                anyhow::bail!(
                    "the server did not say where it listens: {}",
                    log.lines().last().unwrap_or_default()
                )
            }
        }
    }
}

impl Server {
    /// Starts it on a free port and waits until it listens.
    ///
    /// # Errors
    /// When it ends before it listens.
    pub fn start(setup: Setup) -> Result<Self> {
        let (child, address) = setup.spawn(0)?;
        Ok(Self { setup, child, address })
    }

    /// Where it listens; the same after every restart.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it was started.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Ends it as `kill -9` does.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it again at the same address.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn restart(&mut self) -> Result<()> {
        let (child, address) = self.setup.spawn(self.address.port())?;
        self.child = child;
        ensure!(address == self.address, "the server listens elsewhere");
        Ok(())
    }

    /// Kills it and runs `check`.
    ///
    /// # Errors
    /// With what the check prints when it is not content.
    pub fn kill_and_check(&mut self) -> Result<String> {
        self.kill()?;
        let output = self.setup.run("check", &[])?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "check: {said}{}", String::from_utf8_lossy(&output.stderr));
        Ok(said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed before; there is nothing left to end then.
        let _ = self.kill();
    }
}
