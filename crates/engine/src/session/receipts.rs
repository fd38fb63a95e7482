//! Receipts: made and signed here, kept as text, handed out as files.

use stillroom_consent::{
    PublicKey, ReceiptId, Signature,
    receipt::{Content, Party, Receipt, Record, SignedBy, SyncReceipt, Transfer},
};
use stillroom_store::sync::{journal::StoredReceipt, pushed::Pushed};
use stillroom_vault::Id16;

use super::{Answer, Session, keys::Randomness};
use crate::{
    platform::Platform,
    protocol::{Failure, ReceiptInfo},
};

/// Most receipts that a page is given.
const MAX_RECEIPTS: usize = 500;

impl<P: Platform> Session<P> {
    /// Signs what happened on this device now, keeps the receipt and says what it is.
    pub(super) fn issue_receipt(&mut self, content: Content) -> Result<ReceiptInfo, Failure> {
        let now_millis = self.platform.now_millis();
        let receipt = self.signed_receipt(content, now_millis)?;
        self.keep_receipt(&receipt, now_millis)
    }

    /// Keeps a receipt of everything that was pushed since the last one, when anything was.
    pub(super) fn receipt_pushes(&mut self) -> Result<(), Failure> {
        let pushed = self.store()?.pushed()?;
        let (Some(first_seq), Some(last_seq)) = (
            pushed.iter().map(|pushed| pushed.seqs.0).min(),
            pushed.iter().map(|pushed| pushed.seqs.1).max(),
        ) else {
            return Ok(());
        };
        let now_millis = self.platform.now_millis();
        let transfers = pushed.iter().map(transfer).collect();
        let content = Content::Sync(SyncReceipt { transfers, first_seq, last_seq });
        let receipt = self.signed_receipt(content, now_millis)?;
        self.store()?.add_sync_receipt(&receipt.to_json(), now_millis)?;
        Ok(())
    }

    fn signed_receipt(&mut self, content: Content, now_millis: i64) -> Result<Receipt, Failure> {
        let id = ReceiptId(Id16::draw(&mut Randomness(&mut self.platform))?.0);
        let enrolment = self.enrolment()?;
        let recipient = Party::server(&enrolment.origin, &enrolment.server_key);
        let record =
            Record::new(id, enrolment.workspace, Some(enrolment.device()), now_millis, recipient, content);
        let mut receipt = Receipt::new(record);
        let key = PublicKey(enrolment.device_keys.signing_public());
        receipt.sign(SignedBy::Device, key, |message| Signature(enrolment.device_keys.sign(message)))?;
        Ok(receipt)
    }

    fn keep_receipt(&mut self, receipt: &Receipt, now_millis: i64) -> Result<ReceiptInfo, Failure> {
        let json = receipt.to_json();
        let kind = kind_of(&receipt.record.event);
        let id = self.store()?.add_receipt(kind, &json, now_millis)?;
        Ok(info(StoredReceipt { id, kind: kind.to_owned(), at_millis: now_millis, json }))
    }

    pub(super) fn receipts(&mut self) -> Result<Vec<ReceiptInfo>, Failure> {
        Ok(self.store()?.receipts(0, MAX_RECEIPTS)?.into_iter().map(info).collect())
    }

    pub(super) fn export_receipt(&mut self, id: i64) -> Result<Answer, Failure> {
        let receipt = self.store()?.receipt(id)?;
        Answer::with_bytes(&(receipt.json.len() as u64), receipt.json.into_bytes())
    }
}

fn transfer(pushed: &Pushed) -> Transfer {
    Transfer {
        grant: pushed.grant,
        purpose: pushed.purpose,
        pii_type: pushed.group,
        n_operations: pushed.n_operations,
        n_bytes: pushed.n_bytes,
    }
}

/// What a receipt is of, as the database files it.
fn kind_of(content: &Content) -> &'static str {
    match content {
        Content::Consent(_) => "consent",
        Content::Sync(_) => "sync",
        Content::Withdrawal(_) => "withdrawal",
        Content::Erasure(_) => "erasure",
    }
}

/// What the text of a receipt is of; `receipt` for one of another version.
pub(super) fn filed_kind(json: &str) -> &'static str {
    Receipt::from_json(json).map_or("receipt", |receipt| kind_of(&receipt.record.event))
}

fn info(stored: StoredReceipt) -> ReceiptInfo {
    let receipt = Receipt::from_json(&stored.json).ok();
    let record = receipt.as_ref().map(|receipt| &receipt.record);
    let purpose = record.and_then(|record| match &record.event {
        Content::Consent(consent) => Some(consent.purpose),
        Content::Withdrawal(withdrawal) => Some(withdrawal.purpose),
        Content::Sync(sync) => sync.transfers.first().map(|transfer| transfer.purpose),
        Content::Erasure(_) => None,
    });
    let is_complete = record.is_some_and(|record| match &record.event {
        Content::Consent(_) | Content::Sync(_) => true,
        Content::Withdrawal(withdrawal) => {
            withdrawal.completed_at.is_some() && withdrawal.devices_pending.is_empty()
        }
        Content::Erasure(erasure) => erasure.completed_at.is_some() && erasure.devices_pending.is_empty(),
    });
    ReceiptInfo {
        id: stored.id,
        kind: stored.kind,
        purpose: purpose.map(|purpose| purpose.key().to_owned()),
        at_millis: stored.at_millis as f64,
        is_complete,
        is_countersigned: receipt.is_some_and(|receipt| {
            receipt.signatures.iter().any(|signature| signature.by == SignedBy::Server)
        }),
    }
}
