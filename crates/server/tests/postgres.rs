//! The suite on PostgreSQL, in a cluster of its own.

mod suite;

use std::sync::{Arc, OnceLock};

use stillroom_server::repo::open;
use stillroom_server::{Clock, Limits, Storage};
use stillroom_trial::{Cluster, Durability, or_skip};
use suite::{Started, cases};

/// One cluster for all cases; it ends with this process.
fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER.get_or_init(|| or_skip(Cluster::start(Durability::Unsynced))).as_ref()
}

fn postgres(clock: Clock, limits: &Limits) -> Started {
    let database = cluster().expect("asked before").database().expect("a new database");
    let address = database.address.parse().expect("the trial's addresses can be read");
    let storage = Storage { data: std::env::temp_dir(), database: Some(address) };
    let repo = open(&storage, limits, &clock).expect("a new database can be used");
    Started { repo: Arc::clone(&repo), keep: Box::new(()) }
}

cases!(postgres, if cluster().is_some());
