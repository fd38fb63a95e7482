//! The commands besides serving: checking, copying, putting back, asking how a server is.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use stillroom_consent::WorkspaceId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::process::system_clock;
use crate::repo::sqlite::Sqlite;
use crate::repo::{self, Repo};
pub use crate::service::Findings;
use crate::service::audit;
use crate::{Error, Fault, Limits, Storage};

/// How long a server may take to say that it is well.
const PATIENCE: Duration = Duration::from_secs(5);

/// Checks the control tables and every workspace, and says one JSON line for each.
pub(crate) async fn check(storage: &Storage, say: impl Fn(&str)) -> Result<(), Error> {
    let repo = repo::open(storage, &Limits::default(), &system_clock())?;
    let failed = |fault| Error::Data { path: storage.data.clone(), fault };
    repo.check(None).await.map_err(failed)?;
    let workspaces = repo.control_with(|control| control.workspaces()).await.map_err(failed)?;
    let mut n_failed = 0;
    for workspace in workspaces {
        let line = match check_workspace(repo.as_ref(), workspace).await {
            Ok(findings) => json!({ "workspace": workspace, "ok": true, "findings": findings }),
            Err(fault) => {
                n_failed += 1;
                json!({ "workspace": workspace, "ok": false, "code": fault.code(), "why": fault.to_string() })
            }
        };
        say(&line.to_string());
    }
    repo.close().await.map_err(failed)?;
    if n_failed == 0 { Ok(()) } else { Err(Error::CheckFailed { n_workspaces: n_failed }) }
}

/// Runs the database's own check of a workspace, then recomputes its ledger and its sequence from the first entry to the last.
///
/// # Errors
/// [`Fault::Corrupt`] names the first thing that is not as it was stored.
pub async fn check_workspace(repo: &(dyn Repo + 'static), workspace: WorkspaceId) -> Result<Findings, Fault> {
    // Reading opens the workspace in order first, so that what a stop left unfinished is settled.
    repo.read_with(workspace, |_| Ok(())).await?;
    repo.check(Some(workspace)).await?;
    repo.read_with(workspace, move |room| audit(room, workspace)).await
}

/// Copies the databases; a server may be using them.
pub(crate) fn back_up(storage: &Storage, to: &Path, say: impl Fn(&str)) -> Result<(), Error> {
    if storage.database.is_some() {
        return Err(Error::NotFiles);
    }
    let n_workspaces = Sqlite::back_up(&storage.data, to)?;
    say(&json!({ "workspaces": n_workspaces }).to_string());
    Ok(())
}

/// Puts a backup in place; no server may be using the folder.
pub(crate) fn restore(storage: &Storage, from: &Path, say: impl Fn(&str)) -> Result<(), Error> {
    if storage.database.is_some() {
        return Err(Error::NotFiles);
    }
    let sqlite = Sqlite::open(&storage.data, system_clock(), Limits::default().removal_step)?;
    let restored = sqlite.restore(from)?;
    for one in restored.iter().filter(|one| one.n_without_key > 0) {
        let line = json!({
            "workspace": one.workspace, "sealed_rows": one.n_sealed, "rows_without_key": one.n_without_key,
            "why": "their data keys were neither in the backup nor in place; nobody can read these rows until a device \
                    that holds the records sends them again",
        });
        say(&line.to_string());
    }
    let n_without_key: u64 = restored.iter().map(|one| one.n_without_key).sum();
    say(&json!({ "workspaces": restored.len(), "rows_without_key": n_without_key }).to_string());
    Ok(())
}

/// Asks the metrics listener of a running server.
pub(crate) async fn health(address: SocketAddr, say: impl Fn(&str)) -> Result<(), Error> {
    let asked = tokio::time::timeout(PATIENCE, ask(address)).await;
    let is_well = matches!(asked, Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200 "));
    if !is_well {
        return Err(Error::Unwell { address });
    }
    say("ok");
    Ok(())
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = vec![0; 64];
    let n_bytes = stream.read(&mut answer).await?;
    answer.truncate(n_bytes);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
