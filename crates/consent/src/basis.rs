//! The customer's side: on which lawful basis a purpose may use their data, and whether it still holds.

use crate::Hash;
use serde::{Deserialize, Serialize};

/// The bases of Article 6(1) GDPR that a purpose here can rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LawfulBasis {
    /// The person agreed (a).
    Consent,
    /// A contract with the person needs it (b).
    Contract,
    /// A law demands it (c).
    LegalObligation,
    /// A legitimate interest that the person's own do not outweigh (f).
    LegitimateInterest,
}

impl LawfulBasis {
    /// Every basis.
    pub const ALL: [LawfulBasis; 4] = [
        LawfulBasis::Consent,
        LawfulBasis::Contract,
        LawfulBasis::LegalObligation,
        LawfulBasis::LegitimateInterest,
    ];
}

/// Whether a basis holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BasisState {
    /// It holds.
    Given,
    /// The person was asked and said no.
    Refused,
    /// It held and the person took it back.
    Withdrawn,
    /// The person objected (Art 21).
    Objected,
}

/// How the basis was obtained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BasisMethod {
    /// A form the person filled in.
    Form,
    /// A contract or its terms.
    Contract,
    /// Spoken, and noted down.
    Spoken,
    /// It came with imported data.
    Imported,
    /// The operator's assessment, written down elsewhere.
    Assessment,
}

/// A customer's lawful basis for one purpose, as last recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectBasis {
    /// The basis.
    pub basis: LawfulBasis,
    /// Whether it holds.
    pub state: BasisState,
    /// How it was obtained.
    pub method: BasisMethod,
    /// SHA-256 of the evidence's reference, which itself stays on the device.
    pub evidence: Option<Hash>,
    /// SHA-256 of the notice the person saw.
    pub notice: Option<Hash>,
    /// When, in milliseconds since 1970.
    pub obtained_at: i64,
    /// From when on it no longer holds.
    pub expires_at: Option<i64>,
    /// The person sent Global Privacy Control.
    pub gpc: bool,
}

impl SubjectBasis {
    /// Whether it can be recorded where `before` is what was recorded last. The newest entry counts, whatever it says, with one
    /// exception: a no is not undone by an older yes, nor by one without evidence, such as a repeated import.
    #[must_use]
    pub fn may_follow(&self, before: &SubjectBasis) -> bool {
        self.state != BasisState::Given
            || before.state == BasisState::Given
            || (self.evidence.is_some() && self.obtained_at > before.obtained_at)
    }
}
