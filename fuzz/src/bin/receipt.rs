//! Any text as a receipt: refused, or written again as the same receipt and safe to verify.
//!
//! Signatures stand over a receipt, so bytes that a fuzzer changed would all end there: a record is tried under a right
//! signature as well.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stillroom_consent::receipt::{Receipt, Record, SignedBy};
use stillroom_consent::{PublicKey, Signature, cbor};
use stillroom_fuzz::{device_info, device_keys};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(receipt) = Receipt::from_json(text) {
        try_receipt(&receipt);
    }
    let Ok(record) = serde_json::from_str::<Record>(text) else { return };
    let bytes = cbor::encode(&record);
    assert_eq!(cbor::decode::<Record>(&bytes).as_ref(), Ok(&record), "what is signed is what is read");
    let (mut receipt, key) = (Receipt::new(record), device_info().signing_key);
    let signed = receipt.sign(SignedBy::Device, key, |message| Signature(device_keys().sign(message)));
    if signed.is_ok() {
        let verified = receipt.verify(Some(&key)).expect("signed just now");
        assert_eq!(verified.is_expected, Some(true));
        assert_eq!(receipt.verify(Some(&PublicKey([9; 32]))).expect("signed").is_expected, Some(false));
        try_receipt(&receipt);
    }
});

fn try_receipt(receipt: &Receipt) {
    let again = Receipt::from_json(&receipt.to_json());
    assert_eq!(again.as_ref(), Ok(receipt), "a receipt has one spelling");
    let _refused_or_not = receipt.verify(None);
}
