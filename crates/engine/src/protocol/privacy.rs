//! Consent, sync and people's rights: what the privacy pages ask and are told. Names of purposes, groups, bases and reasons are
//! the stable keys of the consent room.

use serde::{Deserialize, Serialize};

/// Consent and sync at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrivacyInfo {
    /// The server this workspace is connected to, if any.
    pub server: Option<ServerView>,
    /// This origin's server offers sync. `None` before anybody asked: asking is a request.
    pub server_offers_sync: Option<bool>,
    /// Global Privacy Control is on in this browser.
    pub gpc: bool,
    /// Every purpose, given or not.
    pub purposes: Vec<PurposeInfo>,
    /// How the sync stands.
    pub sync: SyncInfo,
}

/// A server as people may compare it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerView {
    /// Its origin.
    pub origin: String,
    /// Its key's fingerprint: 8 groups of 4 hexadecimal digits.
    pub fingerprint: String,
    /// The workspace's id on the server.
    pub workspace: String,
    /// This device's id.
    pub device: String,
}

/// One purpose: its terms and what was allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurposeInfo {
    /// `backup` or `hosted-report`.
    pub purpose: String,
    /// The version of its terms.
    pub version: u32,
    /// `sealed` or `readable`.
    pub lane: String,
    /// The groups it can carry.
    pub groups: Vec<String>,
    /// The columns of the readable lane.
    pub columns: Vec<String>,
    /// The lawful bases it accepts.
    pub bases: Vec<String>,
    /// How long the server keeps what it got.
    pub retention_days: u32,
    /// Others than the operator's own devices can read it.
    pub is_shared: bool,
    /// The live grant.
    pub grant: Option<GrantInfo>,
    /// Customers by the state of their basis.
    pub customers: BasisCounts,
    /// Customers that would travel now: in scope, basis live, not restricted.
    pub n_covered: u64,
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GrantInfo {
    /// Its id.
    pub id: String,
    /// The granted groups.
    pub groups: Vec<String>,
    /// The filter whose customers were listed when it was given; `None` for all customers.
    pub scope: Option<String>,
    /// Since when, in milliseconds since 1970.
    pub valid_from_millis: f64,
    /// Until when.
    pub expires_at_millis: f64,
    /// The server knows of it.
    pub is_recorded: bool,
}

/// Customers by the state of their basis for one purpose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasisCounts {
    /// It holds.
    pub given: u64,
    /// Refused when asked.
    pub refused: u64,
    /// Taken back.
    pub withdrawn: u64,
    /// Objected.
    pub objected: u64,
    /// Held once.
    pub expired: u64,
    /// Nothing was recorded.
    pub none: u64,
}

/// What to record as the lawful basis of customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BasisChoice {
    /// What for.
    pub purpose: String,
    /// `consent`, `contract`, `legal_obligation` or `legitimate_interest`.
    pub basis: String,
    /// `given`, `refused`, `withdrawn` or `objected`.
    pub state: String,
    /// `form`, `contract`, `spoken`, `imported` or `assessment`.
    pub method: String,
    /// Where the evidence is; it stays on this device, its hash is recorded.
    pub evidence: String,
    /// Ends after so many days.
    pub expires_days: Option<u32>,
    /// The person sent Global Privacy Control.
    pub gpc: bool,
}

/// Whose basis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// One customer's.
    Customer(i64),
    /// That of all customers a filter finds.
    Filter(String),
    /// Everybody's.
    Everybody,
}

/// How the sync stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SyncInfo {
    /// `off` (not connected, or nothing granted), `idle`, `running`, `waiting` (will try again), `stopped` (needs somebody).
    pub phase: String,
    /// Changes that would travel now, by purpose.
    pub waiting: Vec<(String, u64)>,
    /// Changes that may not, with the reason.
    pub parked: u64,
    /// Conflicts that nobody has looked at.
    pub conflicts: u64,
    /// Last complete exchange.
    pub last_success_millis: Option<f64>,
    /// When it is tried again.
    pub next_attempt_millis: Option<f64>,
    /// Stable code of what stands in the way.
    pub problem: Option<String>,
}

/// A change that may not travel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParkedInfo {
    /// The customer.
    pub customer: Option<i64>,
    /// The field group.
    pub group: Option<String>,
    /// The purpose.
    pub purpose: String,
    /// A reason's stable key.
    pub reason: String,
    /// Since when.
    pub at_millis: f64,
}

/// One exchange with the server, as it was recorded before it was sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkEntry {
    /// Its id.
    pub id: i64,
    /// When it was sent.
    pub at_millis: f64,
    /// Method and path, without values.
    pub request: String,
    /// Its purpose; `None` for housekeeping such as reading the ledger.
    pub purpose: Option<String>,
    /// Under which grant.
    pub grant: Option<String>,
    /// Operations in it.
    pub n_operations: u64,
    /// Customers in it.
    pub n_customers: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Bytes received.
    pub bytes_received: u64,
    /// The answer's status; `None` while it is under way or when there was none.
    pub status: Option<u16>,
    /// There is a preview of what was inside.
    pub has_preview: bool,
}

/// What one exchange contained before sealing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkPreview {
    /// Headings.
    pub columns: Vec<String>,
    /// Rows of text, at most fifty.
    pub rows: Vec<Vec<String>>,
    /// Rows in all.
    pub n_rows: u64,
}

/// A conflict: two devices changed the same part of the same customer without knowing of each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConflictInfo {
    /// Its id.
    pub id: i64,
    /// The customer.
    pub customer: i64,
    /// What people call the customer.
    pub name: String,
    /// The field group.
    pub group: String,
    /// Since when.
    pub at_millis: f64,
    /// It goes from the shelf then.
    pub until_millis: f64,
    /// The value in force was written on this device.
    pub is_ours: bool,
    /// Field, the value in force, the other value.
    pub fields: Vec<(String, String, String)>,
}

/// One device of the workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceView {
    /// Its id.
    pub id: String,
    /// It is this one.
    pub is_this: bool,
    /// Since when.
    pub enrolled_at_millis: f64,
    /// Its last request.
    pub last_seen_millis: f64,
    /// Operations it has not fetched yet.
    pub behind: u64,
    /// It was revoked.
    pub is_revoked: bool,
}

/// An offer to pair another device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairingInfo {
    /// What is typed on the other device.
    pub code: String,
    /// Until when.
    pub expires_at_millis: f64,
}

/// How a pairing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairingProgress {
    /// Nobody has typed the code yet.
    Waiting,
    /// The other device is in.
    Joined,
    /// Somebody without the code tried; the offer is void.
    Refused,
    /// The ten minutes are over.
    Expired,
}

/// One receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiptInfo {
    /// Its id.
    pub id: i64,
    /// `consent`, `sync`, `withdrawal` or `erasure`.
    pub kind: String,
    /// The purpose it is about.
    pub purpose: Option<String>,
    /// When.
    pub at_millis: f64,
    /// Nothing is left to do.
    pub is_complete: bool,
    /// Signed by the server too.
    pub is_countersigned: bool,
}

/// One customer's consents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerConsent {
    /// For each purpose.
    pub purposes: Vec<CustomerBasis>,
    /// Processing is restricted (Art 18).
    pub is_restricted: bool,
    /// Devices and servers that have something about this customer.
    pub recipients: Vec<String>,
}

/// One customer's basis for one purpose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerBasis {
    /// The purpose.
    pub purpose: String,
    /// The basis, when one was recorded.
    pub basis: Option<String>,
    /// `given`, `refused`, `withdrawn`, `objected`, `expired` or `none`.
    pub state: String,
    /// How it was obtained.
    pub method: Option<String>,
    /// Where the evidence is.
    pub evidence: Option<String>,
    /// Since when.
    pub obtained_at_millis: Option<f64>,
    /// Until when.
    pub expires_at_millis: Option<f64>,
    /// It would travel now.
    pub is_covered: bool,
    /// Why not, as a stable key.
    pub reason: Option<String>,
}

/// What erasing a customer did or would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErasureInfo {
    /// Order lines that go.
    pub order_lines: u64,
    /// Scores that go.
    pub scores: u64,
    /// Log entries whose content goes.
    pub log_entries: u64,
    /// Kept models that learned from this customer, by name; those that hold rows are deleted or must be learned again.
    pub models: Vec<ModelInfluence>,
    /// It reaches a server too, with the next exchange.
    pub reaches_server: bool,
    /// The receipt, once it was done.
    pub receipt: Option<i64>,
}

/// A model and what one customer means to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelInfluence {
    /// The model.
    pub model: i64,
    /// Its name.
    pub name: String,
    /// It holds rows it learned from.
    pub holds_rows: bool,
    /// Rows it learned from in all; this customer is one of them.
    pub n_rows: u64,
}

/// The form of a customer's export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportForm {
    /// Everything, as JSON.
    Json,
    /// Fields and order lines, as CSV.
    Csv,
}
