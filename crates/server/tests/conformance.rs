//! The suite on SQLite in a temporary folder, what only files have, and what the log of all that holds.

#[path = "sqlite/copies.rs"]
mod copies;
#[path = "sqlite/log.rs"]
mod log;
mod suite;

use std::sync::Arc;

use stillroom_server::repo::open;
use stillroom_server::{Clock, Limits, Storage};
use suite::{Started, cases};

fn sqlite(clock: Clock, limits: &Limits) -> Started {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let storage = Storage { data: folder.path().to_path_buf(), database: None };
    let repo = open(&storage, limits, &clock).expect("an empty folder can be used");
    Started { repo: Arc::clone(&repo), keep: Box::new(folder) }
}

cases!(sqlite);
