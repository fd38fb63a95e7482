//! The terms that receipts and the record of processing use: the W3C Data Privacy Vocabulary (version 2.3), its extension for
//! personal data, and its extension for the GDPR.
//!
//! A term here is the narrowest published one that is not wrong. They describe; nothing is decided by them.

use crate::{BasisState, LawfulBasis};
use stillroom_records::FieldGroup;

/// A party that receives data.
pub const RECIPIENT: &str = "https://w3id.org/dpv#Recipient";

/// Whose data a workspace holds.
pub const CUSTOMER: &str = "https://w3id.org/dpv#Customer";

/// Measures of every purpose: keyed pseudonyms, encrypted transport, devices that are encrypted at rest, signed records.
pub const MEASURES_OF_ALL: [&str; 4] = [
    "https://w3id.org/dpv#DeterministicPseudonymisation",
    "https://w3id.org/dpv#EncryptionInTransfer",
    "https://w3id.org/dpv#EncryptionAtRest",
    "https://w3id.org/dpv#DigitalSignatures",
];

/// Further measures of the sealed lane: the server has no key.
pub const MEASURES_OF_SEALED: [&str; 1] = ["https://w3id.org/dpv#EndToEndEncryption"];

/// The rights every receipt names: to withdraw, to access, to correct, to erase, to restrict, to take along, to object, and to
/// complain to an authority.
pub const PRIVACY_RIGHTS: [&str; 8] = [
    "https://w3id.org/dpv/legal/eu/gdpr#A7-3",
    "https://w3id.org/dpv/legal/eu/gdpr#A15",
    "https://w3id.org/dpv/legal/eu/gdpr#A16",
    "https://w3id.org/dpv/legal/eu/gdpr#A17",
    "https://w3id.org/dpv/legal/eu/gdpr#A18",
    "https://w3id.org/dpv/legal/eu/gdpr#A20",
    "https://w3id.org/dpv/legal/eu/gdpr#A21",
    "https://w3id.org/dpv/legal/eu/gdpr#A77",
];

/// The category of personal data that a field group is.
#[must_use]
pub const fn pii_category(group: FieldGroup) -> &'static str {
    match group {
        FieldGroup::Identity => "https://w3id.org/dpv#IdentifyingPersonalData",
        FieldGroup::Contact => "https://w3id.org/dpv/pd#Contact",
        FieldGroup::Commercial => "https://w3id.org/dpv/pd#Professional",
        FieldGroup::Behaviour => "https://w3id.org/dpv/pd#Behavioral",
        FieldGroup::Notes => "https://w3id.org/dpv#SensitivePersonalData",
        FieldGroup::Scores => "https://w3id.org/dpv#InferredPersonalData",
    }
}

/// The lawful basis, by its letter in Article 6(1) GDPR.
#[must_use]
pub const fn lawful_basis(basis: LawfulBasis) -> &'static str {
    match basis {
        LawfulBasis::Consent => "https://w3id.org/dpv/legal/eu/gdpr#A6-1-a",
        LawfulBasis::Contract => "https://w3id.org/dpv/legal/eu/gdpr#A6-1-b",
        LawfulBasis::LegalObligation => "https://w3id.org/dpv/legal/eu/gdpr#A6-1-c",
        LawfulBasis::LegitimateInterest => "https://w3id.org/dpv/legal/eu/gdpr#A6-1-f",
    }
}

/// The state of a consent, or of what stands in its place.
#[must_use]
pub const fn event_state(state: BasisState) -> &'static str {
    match state {
        BasisState::Given => CONSENT_GIVEN,
        BasisState::Refused => "https://w3id.org/dpv#ConsentRefused",
        BasisState::Withdrawn => CONSENT_WITHDRAWN,
        BasisState::Objected => "https://w3id.org/dpv#LegitimateInterestObjected",
    }
}

/// A consent was given.
pub const CONSENT_GIVEN: &str = "https://w3id.org/dpv#ConsentGiven";
/// A consent was withdrawn.
pub const CONSENT_WITHDRAWN: &str = "https://w3id.org/dpv#ConsentWithdrawn";
/// A consent ended by its date.
pub const CONSENT_EXPIRED: &str = "https://w3id.org/dpv#ConsentExpired";
