//! The workspace: its state, its secrets and its counts.

use serde::{Deserialize, Serialize};

/// A way to open the workspace.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// The passphrase.
    Passphrase(String),
    /// The recovery code, in any spelling a person would use.
    RecoveryCode(String),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// Where the workspace is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// On the device, kept until the user removes it.
    Persistent,
    /// On the device; the browser may evict it under pressure.
    BestEffort,
    /// In memory: gone with the tab.
    Memory,
}

/// The state of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceStatus {
    /// A workspace exists on this device.
    pub exists: bool,
    /// It is open.
    pub unlocked: bool,
    /// Another tab holds it: this one may take over.
    pub owned_elsewhere: bool,
    /// Where it is, or would be, kept.
    pub storage: Storage,
    /// The passphrase slot was made with reduced memory.
    pub reduced_strength: bool,
}

/// A passphrase's strength.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassphraseStrength {
    /// From 0 (guessed at once) to 4.
    pub score: u8,
    /// Long and strong enough to be accepted.
    pub acceptable: bool,
    /// Stable codes of advice, most important first.
    pub advice: Vec<String>,
}

/// A sealed backup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackupInfo {
    /// The file's size in bytes.
    pub bytes: u64,
    /// It was read back and equals the workspace.
    pub verified: bool,
}

/// Counts for the overview.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkspaceCounts {
    /// Customers.
    pub customers: u64,
    /// Distinct orders.
    pub orders: u64,
    /// Order lines.
    pub order_lines: u64,
    /// Distinct items.
    pub items: u64,
    /// First order, in milliseconds since 1970.
    pub first_order_millis: Option<i64>,
    /// Last order, in milliseconds since 1970.
    pub last_order_millis: Option<i64>,
    /// Kept models.
    pub models: u64,
}
