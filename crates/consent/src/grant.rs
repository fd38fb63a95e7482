//! The operator's side: a sync grant allows a device to send some groups of some records for one purpose to one server, for a time.

use crate::{DeviceId, Error, GrantId, Groups, Hash, PublicKey, Purpose, Result, WorkspaceId};
use serde::{Deserialize, Serialize};

/// Longest life of a grant: 13 months of 31 days, in milliseconds.
pub const MAX_GRANT_MILLIS: i64 = 13 * 31 * 86_400_000;

/// Which records a grant covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every record of the workspace.
    All,
    /// The records listed in the ledger for this grant: a filter or segment, frozen when the grant was given.
    Members,
}

/// A sync grant, whole, as the ledger holds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncGrant {
    /// Its random id.
    pub id: GrantId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The device it was given on. Every enrolled device of the workspace may send under it.
    pub device: DeviceId,
    /// What for.
    pub purpose: Purpose,
    /// The version of the purpose's terms.
    pub version: u32,
    /// Which groups.
    pub groups: Groups,
    /// Which records.
    pub scope: Scope,
    /// The origin of the server it may go to, such as `https://sync.example.org`: scheme, host and port in small letters, no path.
    pub origin: String,
    /// That server's key.
    pub server_key: PublicKey,
    /// SHA-256 of the notice that was shown.
    pub notice: Hash,
    /// The notice's language, `en` or `zh-CN`.
    pub language: String,
    /// From when on, in milliseconds since 1970.
    pub valid_from: i64,
    /// From when on no longer; at most 13 months after `valid_from`.
    pub expires_at: i64,
}

impl SyncGrant {
    /// Whether the grant says something that could be given, now or under terms of an earlier version.
    ///
    /// A grant for terms of an earlier version is a part of the ledger for ever, even where the terms of today carry less; it is
    /// [`allow`](crate::allow) that no longer lets anything travel under it.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what is wrong.
    pub fn check(&self) -> Result<()> {
        let terms = self.purpose.terms();
        let invalid = |reason| Err(Error::Invalid { reason });
        let known = if self.version == terms.version { terms.groups } else { Groups::ALL };
        if self.groups.is_empty() || !self.groups.is_within(known) {
            return invalid("the grant names no group, or one its purpose never carries");
        }
        if self.version == 0 || self.version > terms.version {
            return invalid("the grant names terms that do not exist");
        }
        if self.expires_at <= self.valid_from
            || self.expires_at.saturating_sub(self.valid_from) > MAX_GRANT_MILLIS
        {
            return invalid("a grant ends after it begins and within 13 months");
        }
        if !is_origin(&self.origin) || !is_language(&self.language) {
            return invalid("a grant names one server by its origin, and one language");
        }
        Ok(())
    }
}

/// Scheme, host and port as a browser writes them, and no more: only so can the comparison with a request be exact.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let is_host_letter =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]_".contains(&byte);
    (1..=255).contains(&host.len()) && host.bytes().all(is_host_letter)
}

/// Letters, digits and hyphens, as in a language tag (RFC 5646).
fn is_language(text: &str) -> bool {
    (2..=35).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A grant and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRecord {
    /// The grant.
    pub grant: SyncGrant,
    /// When it was withdrawn.
    pub withdrawn_at: Option<i64>,
}

impl GrantRecord {
    /// Whether it holds: given under the terms of today, not withdrawn, begun and not expired.
    #[must_use]
    pub fn is_live(&self, now_millis: i64) -> bool {
        let grant = &self.grant;
        self.withdrawn_at.is_none()
            && grant.version == grant.purpose.terms().version
            && (grant.valid_from..grant.expires_at).contains(&now_millis)
    }
}

/// The grant to send under: of those that hold for `purpose` and the server at `origin`, the one that was given last.
#[must_use]
pub fn newest_live<'a>(
    records: impl IntoIterator<Item = &'a GrantRecord>,
    purpose: Purpose,
    origin: &str,
    now_millis: i64,
) -> Option<&'a GrantRecord> {
    let fits = |record: &&GrantRecord| {
        record.grant.purpose == purpose && record.grant.origin == origin && record.is_live(now_millis)
    };
    records.into_iter().filter(fits).max_by_key(|record| (record.grant.valid_from, record.grant.id))
}
