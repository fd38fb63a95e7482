//! Receipts: what was allowed, sent, ended or erased, signed by the device, the server, or both.
//!
//! A receipt is a JSON text that a person keeps and anybody can check without the program that made it: the field names are those
//! of ISO/IEC TS 27560:2023, the terms those of the W3C Data Privacy Vocabulary ([`crate::terms`]). It holds counts, dates, hashes
//! and keys, never a name and never a customer's token.
//!
//! Each signature is Ed25519 over `stillroom/1 receipt`, who signs, and the SHA-256 of the record's one CBOR form. The JSON text
//! has one spelling, too: [`Receipt::from_json`] takes what [`Receipt::to_json`] writes, whatever the white space, and nothing else.

mod record;
mod text;
mod words;

pub use record::{
    ConsentReceipt, Content, Ended, ErasureReceipt, Party, PiiInformation, Principals, Record, SchemaVersion,
    SyncReceipt, Transfer, Validity, WithdrawalReceipt,
};

use crate::{Error, Hash, PublicKey, Result, Signature, cbor, ledger};
use serde::{Deserialize, Serialize};

/// A record and who signed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// What is stated.
    pub record: Record,
    /// At most one of each side, the device's first.
    pub signatures: Vec<ReceiptSignature>,
}

/// Which side signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignedBy {
    /// The device.
    Device,
    /// The server.
    Server,
}

impl SignedBy {
    /// The stable name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            SignedBy::Device => "device",
            SignedBy::Server => "server",
        }
    }
}

/// One signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptSignature {
    /// Which side.
    pub by: SignedBy,
    /// Its Ed25519 key.
    pub key: PublicKey,
    /// Over [`Record::message`].
    pub value: Signature,
}

/// What [`Receipt::verify`] found. Every signature named here is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Who signed, with which key; the device first.
    pub signers: Vec<(SignedBy, PublicKey)>,
    /// Whether one of the keys is the one that was expected; none where none was named.
    pub is_expected: Option<bool>,
}

impl Verified {
    /// The key a side signed with.
    #[must_use]
    pub fn key_of(&self, by: SignedBy) -> Option<PublicKey> {
        self.signers.iter().find(|(side, _)| *side == by).map(|(_, key)| *key)
    }
}

impl Record {
    /// What a side signs.
    #[must_use]
    pub fn message(&self, by: SignedBy) -> Vec<u8> {
        let hash = Hash::of(&[&cbor::encode(self)]);
        [b"stillroom/1 receipt ", by.key().as_bytes(), b" ", &hash.0].concat()
    }
}

impl Receipt {
    /// A receipt that nobody has signed yet.
    #[must_use]
    pub fn new(record: Record) -> Self {
        Receipt { record, signatures: Vec::new() }
    }

    /// Adds a side's signature. `sign` is given the message; the secret key stays where it is.
    ///
    /// # Errors
    /// [`Error::BadReceipt`] when that side has signed already or the record says something that cannot be;
    /// [`Error::BadSignature`] when `sign` does not sign for `key`, or a server signs that is not the recipient.
    pub fn sign(
        &mut self,
        by: SignedBy,
        key: PublicKey,
        sign: impl FnOnce(&[u8]) -> Signature,
    ) -> Result<()> {
        self.record.check()?;
        if self.signatures.iter().any(|signature| signature.by == by) {
            return Err(Error::BadReceipt { reason: "each side signs once" });
        }
        let signature = ReceiptSignature { by, key, value: sign(&self.record.message(by)) };
        self.check_signature(&signature)?;
        self.signatures.push(signature);
        self.signatures.sort_by_key(|signature| signature.by);
        Ok(())
    }

    /// Checks everything that can be checked without a ledger, and says who signed and whether one of them holds the `trusted` key.
    ///
    /// A server must sign with the key whose fingerprint the record names. Without a `trusted` key the answer says only that the
    /// holders of the named keys stated this, not who they are.
    ///
    /// # Errors
    /// [`Error::BadReceipt`] when nobody signed, a side signed twice or out of order, or the record says something that cannot be;
    /// [`Error::BadSignature`].
    pub fn verify(&self, trusted: Option<&PublicKey>) -> Result<Verified> {
        self.record.check()?;
        if self.signatures.is_empty() {
            return Err(Error::BadReceipt { reason: "nobody has signed it" });
        }
        if !self.signatures.is_sorted_by(|one, next| one.by < next.by) {
            return Err(Error::BadReceipt { reason: "each side signs once, the device first" });
        }
        self.signatures.iter().try_for_each(|signature| self.check_signature(signature))?;
        let signers =
            self.signatures.iter().map(|signature| (signature.by, signature.key)).collect::<Vec<_>>();
        let is_expected = trusted.map(|trusted| signers.iter().any(|(_, key)| key == trusted));
        Ok(Verified { signers, is_expected })
    }

    fn check_signature(&self, signature: &ReceiptSignature) -> Result<()> {
        if signature.by == SignedBy::Server && !self.record.recipient().has_key(&signature.key) {
            return Err(Error::BadSignature);
        }
        ledger::verify(&signature.key, &self.record.message(signature.by), &signature.value)
    }
}
