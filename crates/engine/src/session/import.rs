//! Imports as the page asks for them.

use stillroom_records::ImportId;
use stillroom_store::{ImportState, Store};

use super::{Answer, Session};
use crate::{
    failure::failure,
    intake::{self, Intake},
    platform::Platform,
    protocol::{
        DialectChoice, Failure, FileKind, ImportInfo, ImportPlan, IssueInfo, SampleKind, UndoPreviewInfo,
    },
    sample,
};

/// An import under way.
pub(super) type Importing = Intake;

impl<P: Platform> Session<P> {
    /// Guesses dialect, columns and meaning of a file from its `head`.
    ///
    /// # Errors
    /// A failure for a dialect that cannot be.
    pub fn inspect(
        &self,
        head: &[u8],
        is_whole: bool,
        dialect: &DialectChoice,
        kind: Option<FileKind>,
    ) -> Result<Answer, Failure> {
        Answer::of(&intake::inspect(head, is_whole, dialect, kind)?)
    }

    /// Begins an import; until it is finished or cancelled nothing else writes.
    ///
    /// # Errors
    /// `locked`, or `busy` when another import is under way.
    pub fn begin_import(&mut self, plan: &ImportPlan) -> Result<(), Failure> {
        self.store_for_write()?;
        self.importing = Some(Intake::new(plan.clone(), self.platform.now_millis()));
        Ok(())
    }

    /// Takes the next piece of the file.
    ///
    /// # Errors
    /// The room's error; the import must be cancelled then.
    pub fn push_import(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match (&mut self.importing, &mut self.open) {
            (Some(importing), Some(open)) => importing.push(&mut open.store, bytes),
            _ => Err(no_import()),
        }
    }

    /// Reads what is left and commits: from the answer on the rows are saved.
    ///
    /// # Errors
    /// The room's error; nothing is saved then, and the import must be cancelled.
    pub fn finish_import(&mut self) -> Result<ImportInfo, Failure> {
        match (self.importing.take(), &mut self.open) {
            (Some(importing), Some(open)) => {
                let finished = importing.finish(&mut open.store);
                if finished.is_err() {
                    open.store.cancel_import();
                }
                self.views.clear();
                finished?;
                newest_import(&open.store)
            }
            _ => Err(no_import()),
        }
    }

    /// Takes back an unfinished import; does nothing when there is none.
    pub fn cancel_import(&mut self) {
        if self.importing.take().is_some()
            && let Some(open) = &mut self.open
        {
            open.store.cancel_import();
        }
    }

    /// The files of a sample business, each with its plan.
    ///
    /// # Errors
    /// `locked` when there is nowhere to import to.
    pub fn sample_files(
        &mut self,
        kind: SampleKind,
        seed: u64,
    ) -> Result<Vec<(ImportPlan, Vec<u8>)>, Failure> {
        self.store_for_write()?;
        let files = sample::files(kind, seed).into_iter();
        Ok(files.map(|file| (file.plan(), file.text.into_bytes())).collect())
    }

    pub(super) fn imports(&mut self) -> Result<Vec<ImportInfo>, Failure> {
        let imports = self.store()?.imports()?;
        Ok(imports.into_iter().map(import_info).collect())
    }

    pub(super) fn import_issues(
        &mut self,
        import: i64,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<IssueInfo>, Failure> {
        let issues = self.store()?.import_issues(ImportId(import), offset as usize, limit as usize)?;
        Ok(issues.into_iter().map(issue_info).collect())
    }

    pub(super) fn export_issues(&mut self, import: i64) -> Result<Answer, Failure> {
        let issues = self.store()?.import_issues(ImportId(import), 0, usize::MAX)?;
        let mut writer = super::customers::csv_writer()?;
        writer.write_record(["row", "field", "reason", "value_kind"]);
        for issue in &issues {
            writer.write_record([
                issue.row.to_string().as_str(),
                &issue.field,
                &issue.reason,
                &issue.value_kind,
            ]);
        }
        Answer::with_bytes(&issues.len(), writer.take().into_bytes())
    }

    pub(super) fn undo_preview(&mut self, import: i64) -> Result<UndoPreviewInfo, Failure> {
        let preview = self.store()?.undo_preview(ImportId(import))?;
        Ok(UndoPreviewInfo {
            customers: preview.customers_removed,
            order_lines: preview.order_lines_removed,
            restored: preview.customers_restored,
            later_edits: preview.edited_customers_removed,
            blocked_by: preview.blocked_by.map(|import| import.0),
        })
    }

    pub(super) fn undo_import(&mut self, import: i64) -> Result<(), Failure> {
        let now_millis = self.platform.now_millis();
        self.store_for_write()?.undo_import(ImportId(import), now_millis)?;
        self.views.clear();
        Ok(())
    }
}

fn no_import() -> Failure {
    failure("no-import", "no import is under way: begin one first")
}

/// The import committed last.
pub(crate) fn newest_import(store: &Store) -> Result<ImportInfo, Failure> {
    store.imports()?.into_iter().next().map(import_info).ok_or_else(no_import)
}

fn import_info(import: stillroom_store::ImportRecord) -> ImportInfo {
    let summary = import.summary;
    let kind = match import.kind {
        stillroom_store::ImportKind::Customers => FileKind::Customers,
        stillroom_store::ImportKind::OrderLines => FileKind::OrderLines,
    };
    let created = match kind {
        FileKind::Customers => summary.customers_created,
        FileKind::OrderLines => summary.order_lines,
    };
    ImportInfo {
        id: import.id.0,
        label: import.label,
        kind,
        at_millis: import.finished_millis.unwrap_or(import.started_millis),
        rows_read: summary.rows_read,
        created,
        updated: summary.customers_updated,
        refused: summary.rows_refused,
        issues: summary.issues,
        undone: import.state == ImportState::Undone,
    }
}

fn issue_info(issue: stillroom_store::ImportIssue) -> IssueInfo {
    IssueInfo { row: issue.row, field: issue.field, reason: issue.reason, value_kind: issue.value_kind }
}
