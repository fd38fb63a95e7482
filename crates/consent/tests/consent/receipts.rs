//! Receipts: what is signed cannot be changed, and there is one spelling.

use crate::common::{DAY, NOW, ORIGIN, Signer, WORKSPACE, device, grant, server, token};
use stillroom_consent::receipt::{
    Content, Ended, ErasureReceipt, Party, Principals, Receipt, Record, SignedBy, SyncReceipt, Transfer,
    WithdrawalReceipt,
};
use stillroom_consent::{BasisState, Error, FieldGroup, GrantId, Purpose, ReceiptId};

fn record(event: Content) -> Record {
    let recipient = Party::server(ORIGIN, &server().key());
    Record::new(ReceiptId([3; 16]), WORKSPACE, Some(device(1).device), NOW, recipient, event)
}

/// One record of every kind.
fn records() -> Vec<Record> {
    let principals = Principals::of(&[token(1), token(2)]);
    let transfer = |pii_type| Transfer {
        grant: GrantId([4; 16]),
        purpose: Purpose::HostedReport,
        pii_type,
        n_operations: 12,
        n_bytes: 3_400,
    };
    let ended_basis = Ended::Bases { state: BasisState::Objected, pii_principal_id: principals };
    let completed = WithdrawalReceipt {
        n_rows: 5,
        n_keys: 2,
        tombstone_seq: Some(81),
        devices_pending: vec![device(2).device],
        completed_at: Some(NOW + 5),
        ..WithdrawalReceipt::of(Ended::Grant(GrantId([4; 16])), Purpose::Backup)
    };
    vec![
        Record::of_grant(ReceiptId([2; 16]), &grant(4, Purpose::HostedReport), NOW),
        record(Content::Sync(SyncReceipt {
            transfers: vec![transfer(Some(FieldGroup::Behaviour)), transfer(None)],
            first_seq: 17,
            last_seq: 40,
        })),
        record(Content::Withdrawal(completed)),
        record(Content::Withdrawal(WithdrawalReceipt::of(ended_basis, Purpose::HostedReport))),
        record(Content::Erasure(ErasureReceipt {
            scope: principals,
            n_rows: 9,
            n_keys: 2,
            tombstone_seq: Some(90),
            devices_pending: Vec::new(),
            backups_expire_by: NOW + 30 * DAY,
            completed_at: Some(NOW),
        })),
    ]
}

fn signed(record: &Record) -> Receipt {
    let mut receipt = Receipt::new(record.clone());
    receipt
        .sign(SignedBy::Server, server().key(), |message| server().sign(message))
        .expect("the server is the recipient, the device has its own key");
    let device = Signer::new(1);
    receipt
        .sign(SignedBy::Device, device.key(), |message| device.sign(message))
        .expect("the server is the recipient, the device has its own key");
    receipt
}

/// What is wrong with a text that claims to be a signed receipt.
fn refusal(text: &str) -> Option<Error> {
    match Receipt::from_json(text) {
        Ok(receipt) => receipt.verify(None).err(),
        Err(error) => Some(error),
    }
}

#[test]
fn every_kind_survives_its_text_and_names_its_signers() {
    for record in records() {
        let receipt = signed(&record);
        let again = Receipt::from_json(&receipt.to_json()).unwrap();
        assert_eq!(again, receipt);
        let verified = again.verify(Some(&server().key())).unwrap();
        assert_eq!(verified.is_expected, Some(true));
        assert_eq!(verified.key_of(SignedBy::Server), Some(server().key()));
        assert_eq!(verified.key_of(SignedBy::Device), Some(Signer::new(1).key()));
        assert_eq!(again.verify(None).unwrap().is_expected, None);
        assert_eq!(again.verify(Some(&Signer::new(5).key())).unwrap().is_expected, Some(false));
    }
}

#[test]
fn white_space_between_tokens_is_the_only_freedom() {
    for record in records() {
        let text = signed(&record).to_json();
        let compact: String = text.lines().map(str::trim).collect();
        assert_eq!(refusal(&compact.replace("\": ", "\":")), None);
        assert_eq!(refusal(&text.replace('\n', "\r\n\t")), None);
        assert!(refusal(&text.replace("https://w3id", "https:// w3id")).is_some());
        assert!(refusal(&text.replace("https://", "https:\\/\\/")).is_some());
        assert!(refusal(&text.replace("\"record\"", "\"r\\u0065cord\"")).is_some());
        assert!(refusal(&format!("{text} x")).is_some());
    }
}

#[test]
fn a_quote_in_a_text_does_not_end_it_for_the_reader() {
    let mut record = records().remove(0);
    consent(&mut record).language = "a\" b\\".to_owned();
    let receipt = Receipt::new(record);
    assert_eq!(Receipt::from_json(&receipt.to_json()), Ok(receipt.clone()));
    assert_eq!(Receipt::from_json(&serde_json::to_string(&receipt).unwrap()), Ok(receipt));
}

#[test]
fn a_single_number_is_a_range() {
    let mut record = records().remove(1);
    sync(&mut record).last_seq = 17;
    assert!(signed(&record).verify(None).is_ok());
}

#[test]
fn a_changed_byte_is_refused_wherever_it_is() {
    for record in records() {
        let original = signed(&record);
        let text = original.to_json();
        for position in 0..text.len() {
            for replacement in [b'0', b'f', b' ', b'"'] {
                let mut bytes = text.clone().into_bytes();
                if bytes[position] == replacement {
                    continue;
                }
                bytes[position] = replacement;
                let changed = String::from_utf8(bytes).unwrap();
                let is_same = Receipt::from_json(&changed).is_ok_and(|receipt| receipt == original);
                assert!(
                    is_same || refusal(&changed).is_some(),
                    "byte {position} to {replacement}:\n{changed}"
                );
            }
        }
    }
}

#[test]
fn a_flipped_bit_never_gives_another_valid_receipt() {
    for record in records() {
        let original = signed(&record);
        let text = original.to_json();
        for bit in 0..text.len() * 8 {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let is_same = Receipt::from_json(&changed).is_ok_and(|receipt| receipt == original);
            assert!(is_same || refusal(&changed).is_some(), "bit {bit}");
        }
    }
}

#[test]
fn a_dropped_doubled_or_added_line_is_refused() {
    for record in records() {
        let text = signed(&record).to_json();
        let lines: Vec<&str> = text.lines().collect();
        for position in 1..lines.len() - 1 {
            let mut dropped = lines.clone();
            dropped.remove(position);
            assert!(refusal(&dropped.join("\n")).is_some(), "without line {position}");
            let mut doubled = lines.clone();
            doubled.insert(position, lines[position]);
            assert!(refusal(&doubled.join("\n")).is_some(), "with line {position} twice");
            let mut added = lines.clone();
            added.insert(position, "\"note\": 1,");
            assert!(refusal(&added.join("\n")).is_some(), "with a field before line {position}");
        }
    }
}

#[test]
fn fields_in_another_order_are_refused() {
    for record in records() {
        let receipt = signed(&record);
        let sorted: serde_json::Value = serde_json::to_value(&receipt).unwrap();
        let text = serde_json::to_string(&sorted).unwrap();
        assert_ne!(text, serde_json::to_string(&receipt).unwrap(), "sorting must change something");
        assert_eq!(refusal(&text), Some(Error::BadReceipt { reason: "it is not spelled as receipts are" }));
    }
}

#[test]
fn signatures_out_of_order_doubled_foreign_or_missing_are_refused() {
    for record in records() {
        let receipt = signed(&record);
        let with = |signatures| Receipt { signatures, ..receipt.clone() }.verify(None);
        let [device_one, server_one] = receipt.signatures[..] else { panic!("two signatures") };
        assert!(with(vec![device_one]).is_ok());
        assert!(with(vec![server_one]).is_ok());
        let bad = |reason| Err(Error::BadReceipt { reason });
        assert_eq!(with(vec![]), bad("nobody has signed it"));
        for signatures in
            [vec![server_one, device_one], vec![server_one, server_one], vec![device_one, device_one]]
        {
            assert_eq!(with(signatures), bad("each side signs once, the device first"));
        }
        let mut other_side = device_one;
        other_side.by = SignedBy::Server;
        assert_eq!(with(vec![other_side]), Err(Error::BadSignature));
        let mut other_side = server_one;
        other_side.by = SignedBy::Device;
        assert_eq!(with(vec![other_side]), Err(Error::BadSignature), "a side is part of what is signed");
    }
}

#[test]
fn a_signature_does_not_fit_another_record() {
    let receipts: Vec<Receipt> = records().iter().map(signed).collect();
    for (position, receipt) in receipts.iter().enumerate() {
        for (other, donor) in receipts.iter().enumerate().filter(|(other, _)| *other != position) {
            let moved = Receipt { record: receipt.record.clone(), signatures: donor.signatures.clone() };
            assert_eq!(moved.verify(None), Err(Error::BadSignature), "{other} on {position}");
        }
    }
}

#[test]
fn only_the_recipient_signs_as_the_server() {
    let mut receipt = Receipt::new(records().remove(0));
    let stranger = Signer::new(66);
    let refused = receipt.sign(SignedBy::Server, stranger.key(), |message| stranger.sign(message));
    assert_eq!(refused, Err(Error::BadSignature));
    let wrong_key = receipt.sign(SignedBy::Device, stranger.key(), |message| server().sign(message));
    assert_eq!(wrong_key, Err(Error::BadSignature));
    assert!(receipt.signatures.is_empty());
    receipt.sign(SignedBy::Server, server().key(), |message| server().sign(message)).unwrap();
    let twice = receipt.sign(SignedBy::Server, server().key(), |message| server().sign(message));
    assert_eq!(twice, Err(Error::BadReceipt { reason: "each side signs once" }));
}

#[test]
fn a_record_that_cannot_be_is_neither_signed_nor_verified() {
    type Change = fn(&mut Record);
    let cases: [(usize, Change, &str); 8] = [
        (0, |record| consent(record).validity_duration.until = NOW, "a grant ends after it begins"),
        (0, |record| consent(record).pii_information.clear(), "a grant names a group"),
        (
            0,
            |record| consent(record).language = "Anna Example".to_owned(),
            "a text in it is empty, too long or not plain",
        ),
        (
            0,
            |record| consent(record).privacy_rights.push(String::new()),
            "a text in it is empty, too long or not plain",
        ),
        (1, |record| sync(record).first_seq = 0, "what was sent has numbers in order, from 1"),
        (1, |record| sync(record).last_seq = 16, "what was sent has numbers in order, from 1"),
        (
            2,
            |record| withdrawal(record).event_state = "https://w3id.org/dpv#ConsentGiven".to_owned(),
            "its state is not the state of what ended",
        ),
        (
            3,
            |record| {
                let principals = Principals::of(&[token(1)]);
                let ended = Ended::Bases { state: BasisState::Given, pii_principal_id: principals };
                *withdrawal(record) = WithdrawalReceipt::of(ended, Purpose::Backup);
            },
            "a basis that is given has not ended",
        ),
    ];
    for (kind, change, reason) in cases {
        let mut record = records().remove(kind);
        change(&mut record);
        let mut receipt = Receipt::new(record);
        let signer = Signer::new(1);
        let refused = receipt.sign(SignedBy::Device, signer.key(), |message| signer.sign(message));
        assert_eq!(refused, Err(Error::BadReceipt { reason }));
        assert_eq!(receipt.verify(None), Err(Error::BadReceipt { reason }));
    }
}

fn consent(record: &mut Record) -> &mut stillroom_consent::receipt::ConsentReceipt {
    match &mut record.event {
        Content::Consent(consent) => consent,
        _ => panic!("a consent receipt"),
    }
}

fn sync(record: &mut Record) -> &mut SyncReceipt {
    match &mut record.event {
        Content::Sync(sync) => sync,
        _ => panic!("a sync receipt"),
    }
}

fn withdrawal(record: &mut Record) -> &mut WithdrawalReceipt {
    match &mut record.event {
        Content::Withdrawal(withdrawal) => withdrawal,
        _ => panic!("a withdrawal receipt"),
    }
}

#[test]
fn customers_are_counted_once_and_their_order_does_not_matter() {
    let once = Principals::of(&[token(1), token(2)]);
    assert_eq!(once, Principals::of(&[token(2), token(1), token(2)]));
    assert_eq!(once.n_tokens, 2);
    assert_ne!(once.tokens_hash, Principals::of(&[token(1), token(3)]).tokens_hash);
}

#[test]
fn a_text_without_end_is_refused_before_it_is_read() {
    let long = format!("{}{}", signed(&records()[0]).to_json(), " ".repeat(1 << 20));
    assert_eq!(refusal(&long), Some(Error::BadReceipt { reason: "it is longer than 1 MiB" }));
    let deep = "[".repeat(100_000);
    assert_eq!(refusal(&deep), Some(Error::BadReceipt { reason: "it is not the JSON of a receipt" }));
}
