//! A cluster comes up here, survives a crash, and leaves nothing behind.

use stillroom_trial::{Cluster, Durability, or_skip};

#[test]
fn committed_rows_outlive_a_crash_and_the_folder_goes_with_the_cluster() {
    let Some(cluster) = or_skip(Cluster::start(Durability::Synced)) else { return };
    let database = cluster.database().unwrap();
    cluster
        .sql(&database.name, "CREATE TABLE row (n int); INSERT INTO row SELECT generate_series(1, 1000)")
        .unwrap();
    for _ in 0..2 {
        cluster.crash().unwrap();
        cluster.restart().unwrap();
        assert_eq!(cluster.sql(&database.name, "SELECT count(*) FROM row").unwrap(), "1000");
    }
    assert!(cluster.sql(&database.name, "SELECT nothing").is_err());
    let folder = cluster.folder().to_owned();
    drop(cluster);
    assert!(!folder.exists());
}

#[test]
fn databases_share_nothing_and_belong_to_a_role_that_row_security_binds() {
    let Some(cluster) = or_skip(Cluster::start(Durability::Synced)) else { return };
    let (one, other) = (cluster.database().unwrap(), cluster.database().unwrap());
    cluster.sql(&one.name, "CREATE TABLE row (n int)").unwrap();
    assert!(cluster.sql(&other.name, "SELECT * FROM row").is_err());
    let role = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'stillroom'";
    assert_eq!(cluster.sql(&one.name, role).unwrap(), "f");
}
