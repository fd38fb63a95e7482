//! Consent: who allowed what to travel, and the one decision that follows from it.
//!
//! Two consents must hold at once: the operator's [`SyncGrant`] (a purpose, field groups, a scope, a server, an end) and each
//! customer's [`SubjectBasis`] for that purpose. [`allow`] is the only place where that is decided; client and server compile the
//! same function, and its answer to everything that is not plainly allowed is no, with a reason.
//!
//! - [`purpose`]: what data may be sent for, and the most that each purpose can ever carry;
//! - [`grant`], [`basis`]: the two consents; [`decide`]: the decision;
//! - [`ledger`]: the signed, chained record of both, [`standing`]: what follows from it, and [`witness`]: that a
//!   server cannot show two of them;
//! - [`receipt`]: signed statements of what was allowed, sent, ended and erased, for people to keep; [`processing`]: the record of Art 30; [`terms`]: their vocabulary;
//! - [`bytes`], [`cbor`]: identifiers and the one encoding everything is signed and sent in.
//!
//! This room is pure: no clock, no randomness, no IO, no secret keys. Signing happens where the keys are.

pub mod basis;
pub mod bytes;
pub mod cbor;
pub mod decide;
pub mod error;
pub mod grant;
pub mod ledger;
pub mod processing;
pub mod purpose;
pub mod receipt;
pub mod standing;
pub mod terms;
pub mod witness;

pub use basis::{BasisMethod, BasisState, LawfulBasis, SubjectBasis};
pub use bytes::{
    Blob, DataKeyId, DeviceId, GrantId, Hash, PairingId, PublicKey, ReceiptId, RecordId, Signature,
    SubjectToken, WorkspaceId,
};
pub use decide::{Decision, Facts, Operation, Reason, allow};
pub use error::{Error, Result};
pub use grant::{GrantRecord, Scope, SyncGrant, newest_live};
pub use ledger::{DeviceInfo, Entry, Event, LedgerHead, SignedEntry, SignedHead};
pub use processing::{Controller, processing_record};
pub use purpose::{Groups, Lane, Purpose, ReportColumn, Terms};
pub use receipt::{Receipt, Verified};
pub use standing::{MemoryRegister, Register, SubjectFlags, facts_of, fold};
pub use stillroom_records::FieldGroup;
pub use witness::{Progress, Witness};
