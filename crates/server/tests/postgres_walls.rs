//! Row security seen from below: raw SQL as the role that does the work.

use std::sync::Arc;

use stillroom_server::repo::open;
use stillroom_server::{Clock, Limits, Storage};
use stillroom_trial::{Cluster, Durability, or_skip};

const ONE: &str = "01010101010101010101010101010101";
const OTHER: &str = "02020202020202020202020202020202";

/// A cluster with one database whose schema the server has made.
async fn migrated() -> Option<(Cluster, String)> {
    let cluster = or_skip(Cluster::start(Durability::Unsynced))?;
    let database = cluster.database().expect("the trial cluster answers");
    let storage = Storage {
        data: std::env::temp_dir(),
        database: Some(database.address.parse().expect("the trial cluster answers")),
    };
    let clock: Clock = Arc::new(|| 1_800_000_000_000);
    // Servers that start together take turns at the schema.
    let repos =
        [(); 3].map(|()| open(&storage, &Limits::default(), &clock).expect("the trial cluster answers"));
    let pings: Vec<_> = repos.iter().map(|repo| tokio::spawn(repo.ping())).collect();
    for ping in pings {
        ping.await.expect("the trial cluster answers").expect("the trial cluster answers");
    }
    for repo in &repos {
        repo.close().await.expect("the trial cluster answers");
    }
    Some((cluster, database.name))
}

/// What `sql` answers as the working role, in a transaction about `workspace`, or about none.
fn work(cluster: &Cluster, database: &str, workspace: Option<&str>, sql: &str) -> anyhow::Result<String> {
    let about = workspace.map_or(String::new(), |id| format!("SET LOCAL app.ws = '{id}';"));
    cluster.sql(database, &format!("BEGIN; SET LOCAL ROLE stillroom_work; {about} {sql}; COMMIT"))
}

fn grant_of(workspace: &str) -> String {
    format!(
        "INSERT INTO stillroom.sync_grant VALUES (decode('{workspace}', 'hex'), '\\x07', 'backup', 0, 100, NULL, '')"
    )
}

fn op_of(workspace: &str, seq: u32, kind: &str, received_at: i64) -> String {
    format!(
        "INSERT INTO stillroom.op (workspace_id, seq, kind, device, device_seq, chain, op_hash, n_bytes, received_at, hlc,
             token, purpose, grant_id, field_group, part, bytes)
         VALUES (decode('{workspace}', 'hex'), {seq}, '{kind}', '\\x01', {seq}, '', '', 1, {received_at}, 1, '\\x02', 'backup',
             '\\x07', 'notes', 0, '\\x03')"
    )
}

#[tokio::test]
async fn every_table_is_behind_row_security_and_belongs_to_somebody_else() {
    let Some((cluster, database)) = migrated().await else { return };
    let schemas = "('stillroom', 'stillroom_keys', 'stillroom_ledger', 'stillroom_control')";
    let tables = format!(
        "SELECT count(*), count(*) FILTER (WHERE c.relrowsecurity AND c.relforcerowsecurity),
                count(*) FILTER (WHERE pg_get_userbyid(c.relowner) = 'stillroom'),
                count(*) FILTER (WHERE (SELECT a.attname FROM pg_index AS i JOIN pg_attribute AS a
                    ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE i.indrelid = c.oid AND i.indisprimary) = 'workspace_id')
         FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname IN {schemas}"
    );
    assert_eq!(cluster.sql(&database, &tables).expect("the trial cluster answers"), "15|15|15|15");
    let sequences = format!(
        "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind = 'S' AND n.nspname IN {schemas}"
    );
    assert_eq!(
        cluster.sql(&database, &sequences).expect("the trial cluster answers"),
        "0",
        "a sequence object has gaps"
    );
    let role = "SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = 'stillroom_work'";
    assert_eq!(cluster.sql(&database, role).expect("the trial cluster answers"), "f|f|f");
    assert!(
        work(&cluster, &database, Some(OTHER), "ALTER TABLE stillroom.op DISABLE ROW LEVEL SECURITY")
            .is_err()
    );
    assert!(work(&cluster, &database, Some(OTHER), "UPDATE stillroom_ledger.entry SET bytes = ''").is_err());
}

#[tokio::test]
async fn rows_of_another_workspace_can_be_neither_seen_nor_written() {
    let Some((cluster, database)) = migrated().await else { return };
    let one = ONE;
    work(&cluster, &database, Some(one), &grant_of(one)).expect("the trial cluster answers");
    work(&cluster, &database, Some(one), &op_of(one, 1, "set", 50)).expect("the trial cluster answers");
    let key = "INSERT INTO stillroom_keys.data_key VALUES (decode('01010101010101010101010101010101', 'hex'), '\\x01', '\\x02', 1, '')";
    work(&cluster, &database, Some(one), key).expect("the trial cluster answers");
    let count = "SELECT (SELECT count(*) FROM stillroom.op) + (SELECT count(*) FROM stillroom_keys.data_key)";
    for (about, expected) in [(Some(one), "2"), (Some(OTHER), "0"), (None, "0"), (Some(""), "0")] {
        assert_eq!(
            work(&cluster, &database, about, count).expect("the trial cluster answers"),
            expected,
            "{about:?}"
        );
    }
    for about in [Some(OTHER), None, Some("")] {
        for change in [
            "UPDATE stillroom.op SET bytes = '' RETURNING 1",
            "DELETE FROM stillroom_keys.data_key RETURNING 1",
        ] {
            assert_eq!(
                work(&cluster, &database, about, change).expect("the trial cluster answers"),
                "",
                "{about:?}: {change}"
            );
        }
        for change in [grant_of(one), op_of(one, 2, "void", 50), key.replace("'\\x01'", "'\\x09'")] {
            let error = work(&cluster, &database, about, &change).unwrap_err().to_string();
            assert!(error.contains("row-level security"), "{about:?}: {error}");
        }
    }
    let moved = "UPDATE stillroom.op SET workspace_id = decode('02020202020202020202020202020202', 'hex')";
    assert!(
        work(&cluster, &database, Some(one), moved).unwrap_err().to_string().contains("row-level security")
    );
    let control = "INSERT INTO stillroom_control.directory VALUES (decode('01010101010101010101010101010101', 'hex'), 1)";
    assert!(
        work(&cluster, &database, Some(one), control).is_err(),
        "a workspace's transaction lets nobody in"
    );
    assert_eq!(work(&cluster, &database, Some(one), count).expect("the trial cluster answers"), "2");
}

#[tokio::test]
async fn the_database_itself_refuses_a_set_without_a_live_grant() {
    let Some((cluster, database)) = migrated().await else { return };
    let one = ONE;
    let store = |sql: &str| work(&cluster, &database, Some(one), sql);
    let refused = |sql: &str| store(sql).unwrap_err().to_string().contains("a set without a live grant");
    assert!(refused(&op_of(one, 1, "set", 50)), "there is no grant");
    store(&grant_of(one)).expect("the trial cluster answers");
    store(&op_of(one, 1, "set", 50)).expect("the trial cluster answers");
    assert!(refused(&op_of(one, 2, "set", -1)), "the grant does not hold yet");
    assert!(refused(&op_of(one, 2, "set", 100)), "the grant has expired");
    assert!(
        refused(&op_of(one, 2, "set", 50).replace("'backup'", "'hosted-report'")),
        "it is for another purpose"
    );
    store("UPDATE stillroom.sync_grant SET withdrawn_at = 60").expect("the trial cluster answers");
    assert!(refused(&op_of(one, 2, "set", 50)), "the grant was withdrawn");
    store(&op_of(one, 2, "delete", 50)).expect("the trial cluster answers");
}

#[tokio::test]
async fn a_database_that_would_not_hold_is_refused_in_words() {
    let Some((cluster, database)) = migrated().await else { return };
    cluster
        .sql(&database, "INSERT INTO stillroom_migration.applied (number) VALUES (99)")
        .expect("the trial cluster answers");
    let clock: Clock = Arc::new(|| 0);
    let address =
        format!("postgres://stillroom@{}/{database}", cluster.folder().to_string_lossy().replace('/', "%2F"));
    let far = "postgres://stillroom:canary@db.example.org/stillroom".to_owned();
    for (address, words) in [(address, "a newer program"), (far, "sslmode=require")] {
        let storage = Storage {
            data: std::env::temp_dir(),
            database: Some(address.parse().expect("the trial cluster answers")),
        };
        let said = match open(&storage, &Limits::default(), &clock) {
            Ok(repo) => repo.ping().await.unwrap_err().to_string(),
            Err(error) => error.to_string(),
        };
        assert!(said.contains(words) && !said.contains("canary"), "{said}");
    }
}
