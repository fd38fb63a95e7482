//! What data may be sent for, and the most that each purpose can ever carry.

use crate::LawfulBasis;
use serde::{Deserialize, Serialize};
use stillroom_records::FieldGroup;

/// A set of field groups, as a bit mask in the order of [`FieldGroup::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Groups(u32);

impl Groups {
    /// No group.
    pub const NONE: Groups = Groups(0);
    /// Every group.
    pub const ALL: Groups = Groups((1 << FieldGroup::ALL.len()) - 1);

    /// The set of `groups`.
    #[must_use]
    pub const fn of(groups: &[FieldGroup]) -> Self {
        let mut mask = 0;
        let mut position = 0;
        while position < groups.len() {
            mask |= 1 << groups[position] as u32;
            position += 1;
        }
        Groups(mask)
    }

    /// Whether every group of `self` is in `other`.
    #[must_use]
    pub const fn is_within(self, other: Groups) -> bool {
        self.0 & !other.0 == 0
    }

    /// The groups in both.
    #[must_use]
    pub const fn and(self, other: Groups) -> Groups {
        Groups(self.0 & other.0)
    }

    /// The groups in either.
    #[must_use]
    pub const fn or(self, other: Groups) -> Groups {
        Groups(self.0 | other.0)
    }

    /// Whether there is no group.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every bit names a group.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.is_within(Groups::ALL)
    }

    /// Whether `group` is in the set.
    #[must_use]
    pub const fn contains(self, group: FieldGroup) -> bool {
        self.0 & (1 << group as u32) != 0
    }

    /// The groups, in their order.
    pub fn iter(self) -> impl Iterator<Item = FieldGroup> {
        FieldGroup::ALL.into_iter().filter(move |group| self.contains(*group))
    }
}

/// What data may be sent for. Nothing is sent for a purpose that is not on this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Sealed copies for the operator's own devices.
    Backup,
    /// A few numbers under a pseudonym that the server may read.
    HostedReport,
}

/// Who can read what travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Only the workspace's devices.
    Sealed,
    /// The server too.
    Readable,
}

/// A number the readable lane may carry. There are no others, and none of them is a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportColumn {
    /// Days from 1970-01-01 to the day the relation began.
    CustomerSinceDay,
    /// Number of orders.
    Orders,
    /// Sum of what was bought, in the workspace's currency.
    Spent,
    /// Days from 1970-01-01 to the first order.
    FirstOrderDay,
    /// Days from 1970-01-01 to the latest order.
    LastOrderDay,
    /// The score a model gave.
    Score,
}

impl ReportColumn {
    /// Every column, in order.
    pub const ALL: [ReportColumn; 6] = [
        ReportColumn::CustomerSinceDay,
        ReportColumn::Orders,
        ReportColumn::Spent,
        ReportColumn::FirstOrderDay,
        ReportColumn::LastOrderDay,
        ReportColumn::Score,
    ];

    /// The field group the number belongs to.
    #[must_use]
    pub const fn group(self) -> FieldGroup {
        match self {
            ReportColumn::CustomerSinceDay => FieldGroup::Commercial,
            ReportColumn::Orders
            | ReportColumn::Spent
            | ReportColumn::FirstOrderDay
            | ReportColumn::LastOrderDay => FieldGroup::Behaviour,
            ReportColumn::Score => FieldGroup::Scores,
        }
    }
}

/// The terms of one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The purpose.
    pub purpose: Purpose,
    /// The version of these terms; a grant names the one it was given for.
    pub version: u32,
    /// The purpose's term in the W3C Data Privacy Vocabulary.
    pub iri: &'static str,
    /// Who can read what travels.
    pub lane: Lane,
    /// The groups it can ever carry.
    pub groups: Groups,
    /// The lawful bases it may rest on.
    pub bases: &'static [LawfulBasis],
    /// How long the server keeps what it got, in days.
    pub retention_days: u32,
    /// Whether somebody other than the operator's own devices can read it, which Global Privacy Control stops.
    pub is_shared: bool,
    /// The columns of the readable lane; empty for the sealed one.
    pub columns: &'static [ReportColumn],
}

const BACKUP: Terms = Terms {
    purpose: Purpose::Backup,
    version: 1,
    iri: "https://w3id.org/dpv#RecordManagement",
    lane: Lane::Sealed,
    groups: Groups::ALL,
    bases: &LawfulBasis::ALL,
    retention_days: 400,
    is_shared: false,
    columns: &[],
};

const HOSTED_REPORT: Terms = Terms {
    purpose: Purpose::HostedReport,
    version: 1,
    iri: "https://w3id.org/dpv#CustomerRelationshipManagement",
    lane: Lane::Readable,
    groups: Groups::of(&[FieldGroup::Commercial, FieldGroup::Behaviour, FieldGroup::Scores]),
    bases: &[LawfulBasis::Consent, LawfulBasis::Contract],
    retention_days: 90,
    is_shared: true,
    columns: &ReportColumn::ALL,
};

impl Terms {
    /// How long the server keeps what it got, as an ISO 8601 duration such as `P90D`.
    #[must_use]
    pub fn retention(&self) -> String {
        format!("P{}D", self.retention_days)
    }
}

impl Purpose {
    /// Every purpose, in the order pages show them.
    pub const ALL: [Purpose; 2] = [Purpose::Backup, Purpose::HostedReport];

    /// Its terms.
    #[must_use]
    pub const fn terms(self) -> &'static Terms {
        match self {
            Purpose::Backup => &BACKUP,
            Purpose::HostedReport => &HOSTED_REPORT,
        }
    }

    /// The stable name, as in JSON and CBOR.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Purpose::Backup => "backup",
            Purpose::HostedReport => "hosted-report",
        }
    }

    /// The purpose with a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Purpose::ALL.into_iter().find(|purpose| purpose.key() == key)
    }
}
