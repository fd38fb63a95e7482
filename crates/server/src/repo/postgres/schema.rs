//! The schema, brought up to date by numbered migrations under a lock, one transaction each.

use tokio_postgres::Client;

use super::pool::refused;
use crate::Fault;

/// Every migration, the first being number 1.
const MIGRATIONS: [&str; 2] = [include_str!("migrations/0001.sql"), include_str!("migrations/0002.sql")];

/// Held while migrating, so that servers starting together take turns. The number means nothing.
const LOCK: i64 = 0x5374_696c_6c72;

/// Makes the schema what this program expects.
///
/// # Errors
/// [`Fault::Storage`] when a migration is refused, or the schema is of a newer program.
pub(super) async fn migrate(client: &mut Client) -> Result<(), Fault> {
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await.map_err(refused)?;
    let outcome = catch_up(client).await;
    client.execute("SELECT pg_advisory_unlock($1)", &[&LOCK]).await.map_err(refused)?;
    outcome
}

async fn catch_up(client: &mut Client) -> Result<(), Fault> {
    let applied = applied(client).await.map_err(refused)?;
    if applied > MIGRATIONS.len() {
        return Err(Fault::Storage { kind: "its schema is of a newer program; start that one".to_owned() });
    }
    for (position, sql) in MIGRATIONS.iter().enumerate().skip(applied) {
        let number = i32::try_from(position + 1).unwrap_or(i32::MAX);
        let transaction = client.transaction().await.map_err(refused)?;
        transaction.batch_execute(BEGINNING).await.map_err(refused)?;
        transaction.batch_execute(sql).await.map_err(refused)?;
        transaction
            .execute("INSERT INTO stillroom_migration.applied (number) VALUES ($1)", &[&number])
            .await
            .map_err(refused)?;
        transaction.commit().await.map_err(refused)?;
    }
    Ok(())
}

/// What stands before the first migration too.
const BEGINNING: &str = "CREATE SCHEMA IF NOT EXISTS stillroom_migration;
    CREATE TABLE IF NOT EXISTS stillroom_migration.applied (
        number integer PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now()
    );";

/// The number of the last migration that was applied; 0 for none.
async fn applied(client: &Client) -> Result<usize, tokio_postgres::Error> {
    let row = client.query_one("SELECT to_regclass('stillroom_migration.applied') IS NOT NULL", &[]).await?;
    if !row.get::<_, bool>(0) {
        return Ok(0);
    }
    let row =
        client.query_one("SELECT coalesce(max(number), 0) FROM stillroom_migration.applied", &[]).await?;
    Ok(usize::try_from(row.get::<_, i32>(0)).unwrap_or_default())
}
