//! What the app and the engine worker say to each other.
//!
//! Each question is a type of its own with its answer beside it ([`Ask`]), so that a page cannot misread a reply. Small
//! structured messages only: files travel as handles, backups and exports as bytes beside the message.

mod analysis;
mod customers;
mod import;
mod privacy;
mod workspace;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use analysis::*;
pub use customers::*;
pub use import::*;
pub use privacy::*;
pub use workspace::*;

use crate::recipe::Recipe;
use crate::reply::{Explanation, MigrationReport, Reply};

/// A question the worker answers.
pub trait Ask: Into<Request> {
    /// What a successful answer holds.
    type Answer: DeserializeOwned + 'static;
}

macro_rules! asks {
    ($($(#[$doc:meta])* $name:ident { $($field:ident : $type:ty),* $(,)? } => $answer:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            pub struct $name { $(#[doc = concat!("The question's `", stringify!($field), "`.")] pub $field: $type),* }

            impl Ask for $name { type Answer = $answer; }

            impl From<$name> for Request { fn from(ask: $name) -> Self { Self::$name(ask) } }
        )*

        /// Every question, as it travels.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "ask", rename_all = "snake_case")]
        pub enum Request { $($(#[$doc])* $name($name)),* }
    };
}

asks! {
    /// Is there a workspace, is it open, and where is it kept?
    Status {} => WorkspaceStatus;
    /// How strong is this passphrase?
    Strength { passphrase: String } => PassphraseStrength;
    /// Five random words.
    SuggestPassphrase {} => String;
    /// Makes the workspace; the answer is the recovery code, shown this once.
    CreateWorkspace { passphrase: String } => String;
    /// Opens the workspace.
    Unlock { secret: Secret } => ();
    /// Rewraps the workspace key under a new passphrase.
    ChangePassphrase { current: String, new: String } => ();
    /// Makes a new recovery code; the old one stops working.
    ReplaceRecoveryCode { passphrase: String } => String;
    /// Removes the workspace, its keys and its files from this device.
    EraseWorkspace {} => ();
    /// Seals the whole workspace into one file: the bytes stand beside the answer.
    Backup { passphrase: String } => BackupInfo;
    /// Makes the workspace from a backup file (the message's file), replacing what is here once it is verified. It opens with
    /// the backup's passphrase from then on; the answer is its new recovery code, shown this once.
    Restore { passphrase: String } => String;
    /// Counts for the overview.
    Summary {} => WorkspaceCounts;
    /// A stored setting.
    Setting { key: String } => Option<String>;
    /// Stores a setting.
    SetSetting { key: String, value: String } => ();

    /// Reads the beginning of the message's file and guesses how to import it.
    InspectFile { dialect: DialectChoice, kind: Option<FileKind> } => Inspection;
    /// Imports the message's file as planned; reports progress.
    ImportFile { plan: ImportPlan } => ImportInfo;
    /// Fills the workspace with a sample business; reports progress.
    ImportSample { kind: SampleKind, seed: u64 } => Vec<ImportInfo>;
    /// All imports, newest first.
    Imports {} => Vec<ImportInfo>;
    /// A window of an import's issues.
    ImportIssues { import: i64, offset: u32, limit: u32 } => Vec<IssueInfo>;
    /// An import's issues as CSV: the bytes stand beside the answer.
    ExportIssues { import: i64 } => u64;
    /// What undoing an import would do.
    UndoPreview { import: i64 } => UndoPreviewInfo;
    /// Undoes an import as a unit.
    UndoImport { import: i64 } => ();

    /// The customers' columns: standard, custom, labels and scores.
    Fields {} => Vec<FieldInfo>;
    /// Filters and sorts all customers; the answer's handle reads windows.
    OpenView { filter: Option<String>, search: Option<String>, sort: Vec<SortBy>, fields: Vec<String> } => ViewInfo;
    /// Rows of a view.
    Window { view: u32, offset: u32, limit: u32 } => Vec<RowInfo>;
    /// A view as CSV: the bytes stand beside the answer, a count of rows is the answer.
    ExportView { view: u32 } => u64;
    /// One customer with everything known.
    Customer { id: i64 } => CustomerInfo;
    /// Changes one field of one customer.
    UpdateCustomer { id: i64, field: String, value: Cell } => ();
    /// Pairs of customers who are probably one person, strongest evidence first.
    Duplicates { limit: u32 } => Vec<DuplicateInfo>;
    /// A customer's order lines, newest first.
    CustomerLines { id: i64, offset: u32, limit: u32 } => Vec<LineInfo>;

    /// The method registry as JSON: what `stillroom methods --json` prints.
    Methods {} => serde_json::Value;
    /// Computes a recipe; reports progress. Long columns stay with the engine: the answer is thinned for drawing.
    Run { recipe: Recipe } => Reply;
    /// Keeps the last computed reply as a model and writes its labels or scores to the customers.
    Keep { name: String, label_names: Vec<String> } => ModelInfo;
    /// The long result columns of the last reply as CSV: the bytes stand beside the answer.
    ExportResult {} => u64;
    /// All kept models, newest first.
    Models {} => Vec<ModelInfo>;
    /// A kept model's reply, thinned for drawing; it becomes the last reply.
    OpenModel { id: i64 } => Reply;
    /// A kept model as a data-only file: the bytes stand beside the answer.
    ExportModel { id: i64 } => u64;
    /// Applies a kept model to today's customers and writes the scores; reports progress.
    Rescore { id: i64 } => ModelInfo;
    /// Forgets a model and what it wrote.
    DeleteModel { id: i64 } => ();
    /// Why one customer gets the prediction of the last reply or of a kept model, and what would change it.
    Explain { model: Option<i64>, customer: i64, wish: Option<Wish> } => Explanation;
    /// How customers moved between the segments of a kept model made of order lines, from one date to another.
    Migrate { model: i64, from_millis: f64, to_millis: f64 } => MigrationReport;
    /// Recommendations for one customer from the last reply or a kept model.
    Recommend { model: Option<i64>, customer: i64, n_items: u32 } => Vec<RecommendationInfo>;

    /// Consent and sync at a glance. Nothing is requested.
    Privacy { gpc: bool } => PrivacyInfo;
    /// Connects to the server of this page's origin: the first request that is not for a file of the app.
    ConnectServer {} => ServerView;
    /// Gives a sync grant; the receipt is its answer.
    GiveGrant { purpose: String, groups: Vec<String>, scope: Option<String>, days: u32, language: String } => ReceiptInfo;
    /// Withdraws the live grant of a purpose: sending stops before the answer, copies elsewhere go with the next exchange.
    WithdrawGrant { purpose: String } => ReceiptInfo;
    /// Records the lawful basis of customers; the answer is how many.
    SetBasis { whose: Whose, choice: BasisChoice } => u64;
    /// One customer's consents.
    CustomerConsents { id: i64 } => CustomerConsent;
    /// Stops or resumes the processing of one customer.
    Restrict { id: i64, on: bool } => ();
    /// What erasing a customer would do.
    ErasePreview { id: i64 } => ErasureInfo;
    /// Erases a customer here and everywhere it went, for ever.
    EraseCustomer { id: i64 } => ErasureInfo;
    /// Everything held about one customer: the bytes stand beside the answer.
    ExportCustomer { id: i64, form: ExportForm } => u64;
    /// Exchanges with the server now; reports progress.
    SyncNow { gpc: bool } => SyncInfo;
    /// Changes that may not travel.
    Parked { offset: u32, limit: u32 } => Vec<ParkedInfo>;
    /// Tries parked changes again, now that consent may allow them.
    RetryParked {} => u64;
    /// Conflicts on the shelf.
    Conflicts {} => Vec<ConflictInfo>;
    /// Settles a conflict: the value in force stays, or the other one is written as a new edit.
    SettleConflict { id: i64, take_other: bool } => ();
    /// A window of the network ledger, newest first.
    NetworkLog { offset: u32, limit: u32 } => Vec<NetworkEntry>;
    /// What one exchange contained before sealing.
    PreviewExchange { id: i64 } => NetworkPreview;
    /// Offers to pair another device.
    OfferPairing {} => PairingInfo;
    /// How the offer goes; lets the other device in when its proof is right.
    CheckPairing {} => PairingProgress;
    /// Joins the workspace that a code was offered for; this workspace must be empty.
    JoinWorkspace { code: String } => ServerView;
    /// The workspace's devices.
    Devices {} => Vec<DeviceView>;
    /// Revokes another device; it can neither send nor fetch from then on.
    RevokeDevice { id: String } => ();
    /// All receipts, newest first.
    Receipts {} => Vec<ReceiptInfo>;
    /// One receipt as a file: the bytes stand beside the answer.
    ExportReceipt { id: i64 } => u64;
    /// The record of processing activities (Art 30) as JSON: the bytes stand beside the answer.
    ExportProcessingRecord {} => u64;
}

impl Request {
    /// Whether a question changes what may travel, or what there is to know about it.
    #[must_use]
    pub fn is_decision(&self) -> bool {
        matches!(
            self,
            Self::ConnectServer(_)
                | Self::GiveGrant(_)
                | Self::WithdrawGrant(_)
                | Self::SetBasis(_)
                | Self::Restrict(_)
                | Self::EraseCustomer(_)
                | Self::RetryParked(_)
                | Self::SettleConflict(_)
                | Self::JoinWorkspace(_)
                | Self::RevokeDevice(_)
        )
    }
}
