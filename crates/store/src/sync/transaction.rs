//! One transaction of the sync: everything that must happen together happens on one [`SyncTransaction`], or not at all.

use super::apply::Written;
use super::state::{SyncState, require_state};
use crate::fields::FieldTable;
use crate::{Result, Store};
use rusqlite::{Connection, TransactionBehavior};
use stillroom_records::FieldDefinition;

/// An open transaction on a synced workspace. What was done through it stays when [`Store::sync_transaction`] returns `Ok`.
pub struct SyncTransaction<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) fields: FieldTable,
    pub(crate) state: SyncState,
    /// The moment of the transaction, in milliseconds since 1970-01-01 UTC.
    pub(crate) now_millis: i64,
    pub(crate) written: Written,
    /// The local changes were found to be noted; checked once, since nobody else writes meanwhile.
    pub(crate) is_noted: bool,
}

impl std::fmt::Debug for SyncTransaction<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SyncTransaction").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Store {
    /// Runs `work` as one transaction at a moment in milliseconds since 1970-01-01 UTC; nothing of it stays when it fails.
    ///
    /// # Errors
    /// [`crate::Error::NotSynced`], [`crate::Error::ImportInProgress`], and what `work` fails with.
    pub fn sync_transaction<T, E: From<crate::Error>>(
        &mut self,
        now_millis: i64,
        work: impl FnOnce(&mut SyncTransaction<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.refuse_during_import()?;
        let result = self.run(now_millis, work);
        self.fields = FieldTable::load(&self.connection)?;
        result
    }

    fn run<T, E: From<crate::Error>>(
        &mut self,
        now_millis: i64,
        work: impl FnOnce(&mut SyncTransaction<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let begun = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begun.map_err(crate::Error::from)?;
        let mut open = SyncTransaction {
            connection: &transaction,
            fields: FieldTable::load(&transaction)?,
            state: require_state(&transaction)?,
            now_millis,
            written: Written::default(),
            is_noted: false,
        };
        let result = work(&mut open)?;
        open.flush_written()?;
        drop(open);
        transaction.commit().map_err(crate::Error::from)?;
        Ok(result)
    }
}

impl SyncTransaction<'_> {
    /// Where this device stands, with what this transaction did.
    pub fn state(&self) -> &SyncState {
        &self.state
    }

    /// The fields of the workspace, with what this transaction added.
    pub fn fields(&self) -> impl Iterator<Item = &FieldDefinition> {
        self.fields.all().iter().map(|field| &field.definition)
    }

    pub(crate) fn reload_fields(&mut self) -> Result<()> {
        self.fields = FieldTable::load(self.connection)?;
        Ok(())
    }
}
