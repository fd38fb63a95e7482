//! Finds Debian's PostgreSQL programs and the user they may run as.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

/// Who may run PostgreSQL when the tests run as root, which it refuses to serve.
const SERVANTS: [&str; 2] = ["nobody", "postgres"];

/// The programs of one PostgreSQL installation, and how to start them.
#[derive(Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
    servant: Option<&'static str>,
}

impl Programs {
    /// The newest installation on this machine.
    pub(crate) fn find() -> Result<Self> {
        let mut debian: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .collect();
        debian.sort();
        let path = env::var_os("PATH").unwrap_or_default();
        let folder = debian
            .into_iter()
            .rev()
            .map(|(_, folder)| folder)
            .chain(env::split_paths(&path))
            .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
            .context("PostgreSQL is not installed (Debian's package is postgresql)")?;
        Ok(Self { folder, servant: servant()? })
    }

    /// A command that runs one of the programs as a user PostgreSQL accepts, in `folder`.
    pub(crate) fn command(&self, program: &str, folder: &Path) -> Command {
        let program = self.folder.join(program);
        let mut command = self.as_servant(program.as_os_str());
        command.current_dir(folder).stdin(Stdio::null());
        command
    }

    /// Makes a folder the servant's own.
    pub(crate) fn give(&self, folder: &Path) -> Result<()> {
        let Some(servant) = self.servant else { return Ok(()) };
        let status = Command::new("chown").arg(servant).arg(folder).status().context("cannot start chown")?;
        if !status.success() {
            bail!("cannot give a folder to the user {servant}");
        }
        Ok(())
    }

    /// `setpriv` replaces itself by the program, so that the process started is PostgreSQL's own.
    fn as_servant(&self, program: &OsStr) -> Command {
        let Some(servant) = self.servant else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={servant}")).args(["--clear-groups", "--no-new-privs"]);
        command.arg(format!("--regid={}", group(servant))).arg("--").arg(program);
        command
    }
}

fn servant() -> Result<Option<&'static str>> {
    if ask("id", &["-u"])? != "0" {
        return Ok(None);
    }
    let is_known = |user: &&str| ask("id", &["-u", user]).is_ok();
    let servant = SERVANTS.into_iter().find(is_known).context("no user but root is known here")?;
    ask("setpriv", &["--version"]).context("root needs setpriv (Debian's package is util-linux)")?;
    Ok(Some(servant))
}

fn group(user: &str) -> String {
    ask("id", &["-g", user]).unwrap_or_else(|_| user.to_owned())
}

fn ask(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {program}"))?;
    if !output.status.success() {
        bail!("{program} failed");
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
