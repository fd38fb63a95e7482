//! Files: what was found in them, how to import them and what came of it.

use serde::{Deserialize, Serialize};

/// What a file's rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// One customer a row.
    Customers,
    /// One order line a row.
    OrderLines,
}

/// How a file is written; `None` is found from the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DialectChoice {
    /// `utf-8`, `utf-16le`, `utf-16be`, `windows-1252` or `gb18030`.
    pub encoding: Option<String>,
    /// One character: `,`, `;`, `|` or a tab.
    pub delimiter: Option<char>,
    /// The first row holds names.
    pub has_header: Option<bool>,
}

/// What was found in a file's beginning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// The dialect found or chosen, every field filled.
    pub dialect: DialectChoice,
    /// What the rows seem to be.
    pub kind: FileKind,
    /// The columns with guesses.
    pub columns: Vec<ColumnGuess>,
    /// The first rows as text, at most 50.
    pub preview: Vec<Vec<String>>,
    /// Stable codes of what is odd, such as `empty-file`, `undecodable-bytes`, `ambiguous-dates`.
    pub warnings: Vec<String>,
}

/// One column of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnGuess {
    /// Its name in the file, made unique.
    pub header: String,
    /// `number`, `text`, `category`, `date` or `boolean`.
    pub value_type: String,
    /// A standard field's key, or `None` for a custom field.
    pub field: Option<String>,
    /// Why: a stable code such as `header`, `values`, or empty.
    pub reason: String,
}

/// How to import a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportPlan {
    /// What the user sees in the list of imports: a file's name.
    pub label: String,
    /// The dialect, as inspected or overridden.
    pub dialect: DialectChoice,
    /// What the rows are.
    pub kind: FileKind,
    /// One target a column of the file, in order.
    pub targets: Vec<Target>,
}

/// Where a column goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Nowhere.
    Skip,
    /// To a standard field.
    Field(String),
    /// To a custom field of the header's name and this value type.
    Custom {
        /// `number`, `text`, `category`, `date` or `boolean`.
        value_type: String,
    },
}

/// One import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportInfo {
    /// Its id.
    pub id: i64,
    /// Its label.
    pub label: String,
    /// What its rows were.
    pub kind: FileKind,
    /// When it was committed, in milliseconds since 1970.
    pub at_millis: i64,
    /// Rows in the file.
    pub rows_read: u64,
    /// Customers or lines created.
    pub created: u64,
    /// Customers updated.
    pub updated: u64,
    /// Rows refused; each is among the issues.
    pub refused: u64,
    /// Issues in all.
    pub issues: u64,
    /// It was undone.
    pub undone: bool,
}

/// One row issue; never the value itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssueInfo {
    /// The data row, from 1.
    pub row: u64,
    /// The column's header or field.
    pub field: String,
    /// A stable code.
    pub reason: String,
    /// What kind of value stood there.
    pub value_kind: String,
}

/// What undoing would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UndoPreviewInfo {
    /// Customers removed.
    pub customers: u64,
    /// Order lines removed.
    pub order_lines: u64,
    /// Customers restored to what they were.
    pub restored: u64,
    /// Of the customers removed, those edited by hand since.
    pub later_edits: u64,
    /// A later import that builds on this one and has to be undone first.
    pub blocked_by: Option<i64>,
}

/// A sample business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleKind {
    /// A shop with regulars.
    Shop,
    /// A bank branch.
    Bank,
    /// A clinic.
    Clinic,
}
