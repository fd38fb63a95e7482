//! Entries of the change log: what was written, when, by whom and why, each bound to the one before by its hash.

use crate::FieldGroup;
use serde::{Deserialize, Serialize};

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Customers were created: a batch, logged by its range of ids.
    CustomersCreated,
    /// An import changed fields of customers it matched; one image per customer lies beside the log.
    CustomersUpdated,
    /// A field of one customer was edited by hand.
    CustomerEdited,
    /// A customer was deleted.
    CustomerDeleted,
    /// A customer was erased for ever, also from this log.
    CustomerErased,
    /// Copies of customers went, also from this log: the grant they came through from another device has ended.
    CustomersWithdrawn,
    /// Processing of a customer stopped, or went on again.
    CustomerRestricted,
    /// Order lines were created: a batch, logged by its range of ids.
    OrderLinesCreated,
    /// An import was finished.
    ImportFinished,
    /// An import was undone.
    ImportUndone,
    /// A field was added to the workspace, renamed or moved to another group.
    FieldChanged,
    /// Scores or labels were written to customers: a batch.
    ScoresWritten,
    /// A level of a label was renamed.
    ScoreRenamed,
    /// Scores or labels were removed.
    ScoresRemoved,
    /// A model was saved.
    ModelSaved,
    /// A model was deleted.
    ModelDeleted,
    /// A recipe, a view or another document was saved.
    DocumentSaved,
    /// A document was deleted.
    DocumentDeleted,
    /// A setting was changed.
    SettingChanged,
    /// The workspace was restored from a backup.
    Restored,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [ChangeKind; 20] = [
        ChangeKind::CustomersCreated,
        ChangeKind::CustomersUpdated,
        ChangeKind::CustomerEdited,
        ChangeKind::CustomerDeleted,
        ChangeKind::CustomerErased,
        ChangeKind::CustomersWithdrawn,
        ChangeKind::CustomerRestricted,
        ChangeKind::OrderLinesCreated,
        ChangeKind::ImportFinished,
        ChangeKind::ImportUndone,
        ChangeKind::FieldChanged,
        ChangeKind::ScoresWritten,
        ChangeKind::ScoreRenamed,
        ChangeKind::ScoresRemoved,
        ChangeKind::ModelSaved,
        ChangeKind::ModelDeleted,
        ChangeKind::DocumentSaved,
        ChangeKind::DocumentDeleted,
        ChangeKind::SettingChanged,
        ChangeKind::Restored,
    ];

    /// The kind's stable name, as in JSON and in the database.
    pub fn key(self) -> &'static str {
        match self {
            ChangeKind::CustomersCreated => "customers_created",
            ChangeKind::CustomersUpdated => "customers_updated",
            ChangeKind::CustomerEdited => "customer_edited",
            ChangeKind::CustomerDeleted => "customer_deleted",
            ChangeKind::CustomerErased => "customer_erased",
            ChangeKind::CustomersWithdrawn => "customers_withdrawn",
            ChangeKind::CustomerRestricted => "customer_restricted",
            ChangeKind::OrderLinesCreated => "order_lines_created",
            ChangeKind::ImportFinished => "import_finished",
            ChangeKind::ImportUndone => "import_undone",
            ChangeKind::FieldChanged => "field_changed",
            ChangeKind::ScoresWritten => "scores_written",
            ChangeKind::ScoreRenamed => "score_renamed",
            ChangeKind::ScoresRemoved => "scores_removed",
            ChangeKind::ModelSaved => "model_saved",
            ChangeKind::ModelDeleted => "model_deleted",
            ChangeKind::DocumentSaved => "document_saved",
            ChangeKind::DocumentDeleted => "document_deleted",
            ChangeKind::SettingChanged => "setting_changed",
            ChangeKind::Restored => "restored",
        }
    }

    /// The kind with a stable name.
    pub fn from_key(key: &str) -> Option<Self> {
        ChangeKind::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// The records an entry is about: ids from `first` to `last`, both included; one record when they are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRange {
    /// The first id.
    pub first: i64,
    /// The last id, at least `first`.
    pub last: i64,
}

impl ChangeRange {
    /// The range of one record.
    pub fn one(id: i64) -> Self {
        ChangeRange { first: id, last: id }
    }
}

/// One entry of the change log, as read back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeEntry {
    /// Position in the log, from 1, without gaps.
    pub seq: i64,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at_millis: i64,
    /// Who: `user`, `import`, `model`, `system`, or `sync` for what another device did.
    pub actor: String,
    /// Why, in a word or a reference such as `import:7`.
    pub cause: String,
    /// What happened.
    pub kind: ChangeKind,
    /// The records it happened to, when it happened to records.
    pub range: Option<ChangeRange>,
    /// The field group concerned, when there is exactly one.
    pub group: Option<FieldGroup>,
    /// What was there before, as JSON.
    pub before: Option<String>,
    /// What is there after, as JSON.
    pub after: Option<String>,
    /// SHA-256 over the previous entry's hash and this entry, in hexadecimal.
    pub hash: String,
}

impl std::fmt::Debug for ChangeEntry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ChangeEntry")
            .field("seq", &self.seq)
            .field("at_millis", &self.at_millis)
            .field("kind", &self.kind)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_names_go_there_and_back() {
        assert!(ChangeKind::ALL.into_iter().all(|kind| ChangeKind::from_key(kind.key()) == Some(kind)));
    }
}
