//! `stillroom verify`, through the program itself.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use ed25519_dalek::{Signer as _, SigningKey};
use stillroom_consent::receipt::{
    Content, Ended, ErasureReceipt, Party, Principals, Receipt, Record, SignedBy, SyncReceipt, Transfer,
    WithdrawalReceipt,
};
use stillroom_consent::{
    DeviceId, FieldGroup, GrantId, Groups, Hash, PublicKey, Purpose, ReceiptId, Scope, Signature,
    SubjectToken, SyncGrant, WorkspaceId,
};

const NOW: i64 = 1_800_000_000_000;
const ORIGIN: &str = "https://sync.example.org";

fn signer(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn public(number: u8) -> PublicKey {
    PublicKey(signer(number).verifying_key().to_bytes())
}

const DEVICE: u8 = 1;
const SERVER: u8 = 2;

fn grant() -> SyncGrant {
    SyncGrant {
        id: GrantId([3; 16]),
        workspace: WorkspaceId([7; 16]),
        device: DeviceId([1; 16]),
        purpose: Purpose::HostedReport,
        version: 1,
        groups: Groups::of(&[FieldGroup::Behaviour, FieldGroup::Scores]),
        scope: Scope::Members,
        origin: ORIGIN.to_owned(),
        server_key: public(SERVER),
        notice: Hash([9; 32]),
        language: "zh-CN".to_owned(),
        valid_from: NOW,
        expires_at: NOW + 86_400_000,
    }
}

fn record(event: Content) -> Record {
    let party = Party::server(ORIGIN, &public(SERVER));
    Record::new(ReceiptId([5; 16]), WorkspaceId([7; 16]), None, NOW, party, event)
}

fn erasure() -> Record {
    record(Content::Erasure(ErasureReceipt {
        scope: Principals::of(&[SubjectToken([1; 32]), SubjectToken([2; 32])]),
        n_rows: 12,
        n_keys: 2,
        tombstone_seq: Some(77),
        devices_pending: vec![DeviceId([0xab; 16])],
        backups_expire_by: NOW + 86_400_000,
        completed_at: Some(NOW),
    }))
}

fn signed(record: Record, sides: &[SignedBy]) -> String {
    let mut receipt = Receipt::new(record);
    for side in sides {
        let number = if *side == SignedBy::Device { DEVICE } else { SERVER };
        let sign = |message: &[u8]| Signature(signer(number).sign(message).to_bytes());
        receipt.sign(*side, public(number), sign).expect("the tests' records can be signed");
    }
    receipt.to_json()
}

const BOTH: [SignedBy; 2] = [SignedBy::Device, SignedBy::Server];

/// Writes `text` to a file named `name` and runs the program on it.
fn verify(name: &str, text: &[u8], arguments: &[&str]) -> Output {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    fs::write(&path, text).expect("the folder for tests takes a file");
    Command::new(env!("CARGO_BIN_EXE_stillroom"))
        .arg("verify")
        .arg(path)
        .args(arguments)
        .output()
        .expect("the program runs")
}

#[track_caller]
fn check(output: &Output, code: i32, says: &[&str]) {
    let words =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{words}");
    for expected in says {
        assert!(words.contains(expected), "'{expected}' is missing in:\n{words}");
    }
}

#[test]
fn every_kind_is_valid_and_said_in_words() {
    let transfer = Transfer {
        grant: GrantId([3; 16]),
        purpose: Purpose::Backup,
        pii_type: Some(FieldGroup::Contact),
        n_operations: 31,
        n_bytes: 9_000,
    };
    let sync = SyncReceipt { transfers: vec![transfer], first_seq: 4, last_seq: 34 };
    let withdrawal = WithdrawalReceipt::of(Ended::Grant(GrantId([3; 16])), Purpose::Backup);
    let cases: [(&str, Record, &[&str]); 4] = [
        (
            "consent",
            Record::of_grant(ReceiptId([4; 16]), &grant(), NOW),
            &[
                "CONSENT: grant 03030303 allows behaviour, scores of the records on the grant's list",
                "until 2027-01-16T08:00:00Z; the server keeps what it gets for P90D",
                "https://w3id.org/dpv#CustomerRelationshipManagement",
                "(zh-CN)",
                "device 01010101",
            ],
        ),
        (
            "sync",
            record(Content::Sync(sync)),
            &[
                "stored numbers 4 to 34",
                "31 × contact for backup under grant 03030303, 9000 bytes",
                "by the server",
            ],
        ),
        (
            "withdrawal",
            record(Content::Withdrawal(withdrawal)),
            &[
                "WITHDRAWAL: for backup, grant 03030303 was withdrawn",
                "was not complete when this was signed",
            ],
        ),
        (
            "erasure",
            erasure(),
            &[
                "ERASURE: of 2 customer pseudonyms",
                "removed 12 rows and 2 keys, up to number 77",
                "complete on 2027-01-15T08:00:00Z",
                "did not know of it yet when this was signed: abababab",
            ],
        ),
    ];
    for (name, record, says) in cases {
        let output = verify(name, signed(record, &BOTH).as_bytes(), &[]);
        check(&output, 0, says);
        check(&output, 0, &["VALID", "Signed by the device", "Signed by the server", ORIGIN]);
    }
}

#[test]
fn a_named_key_must_be_the_signers() {
    let text = signed(erasure(), &[SignedBy::Server]);
    let (server, device) = (public(SERVER).to_string(), public(DEVICE).to_string());
    let run = |name: &str, arguments: &[&str]| verify(name, text.as_bytes(), arguments);
    check(&run("named", &["--server-key", &server]), 0, &["VALID", "(the key you named)"]);
    let other = run("other", &["--server-key", &device]);
    check(
        &other,
        1,
        &["NOT VALID: the server signed with another key than the one you named", "NOT the key you named"],
    );
    check(&run("absent", &["--device-key", &device]), 1, &["NOT VALID: the device did not sign"]);
    check(&run("misspelled", &["--server-key", "12"]), 2, &["a key is 64 hexadecimal digits"]);
}

#[test]
fn the_answer_is_there_as_json() {
    let server = public(SERVER).to_string();
    let output = verify("json", signed(erasure(), &BOTH).as_bytes(), &["--json", "--server-key", &server]);
    check(&output, 0, &[]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["is_valid"], true);
    assert_eq!(answer["signers"][0]["by"], "device");
    assert_eq!(answer["signers"][0]["is_expected"], serde_json::Value::Null);
    assert_eq!(answer["signers"][1]["is_expected"], true);
    assert_eq!(answer["record"]["event"]["erasure"]["n_rows"], 12);
    let tampered = signed(erasure(), &BOTH).replace("\"n_rows\": 12", "\"n_rows\": 13");
    let output = verify("json-tampered", tampered.as_bytes(), &["--json"]);
    check(&output, 1, &[]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["is_valid"], false);
    assert!(answer["reason"].as_str().unwrap().contains("signature"));
    assert!(answer.get("record").is_none(), "what nobody signed is not repeated");
}

#[test]
fn what_was_changed_is_not_valid() {
    let text = signed(erasure(), &BOTH);
    let cases = [
        ("rows", text.replace("\"n_rows\": 12", "\"n_rows\": 0")),
        ("added", text.replace("\"n_rows\": 12", "\"note\": 1, \"n_rows\": 12")),
        ("dropped", text.replace("\"n_rows\": 12,", "")),
        ("doubled", text.replace("\"n_rows\": 12,", "\"n_rows\": 12, \"n_rows\": 12,")),
        ("role", text.replace("\"by\": \"device\"", "\"by\": \"server\"")),
        ("recipient", text.replace("sync.example.org", "sync.example.com")),
        ("spelling", text.replace("\"n_rows\": 12", "\"n_rows\": 12e0")),
        ("unsigned", signed(erasure(), &[])),
    ];
    for (name, changed) in cases {
        assert_ne!(changed, text);
        check(&verify(name, changed.as_bytes(), &[]), 1, &["NOT VALID"]);
    }
}

#[test]
fn what_is_no_text_of_this_kind_cannot_be_read() {
    check(&verify("empty", b"", &[]), 2, &["error[receipt-unreadable]"]);
    check(
        &verify("cut", &signed(erasure(), &BOTH).as_bytes()[..200], &[]),
        2,
        &["error[receipt-unreadable]"],
    );
    check(&verify("bytes", &[0xff, 0xfe, 0x00], &[]), 2, &["error[receipt-unreadable]"]);
    let absent =
        Command::new(env!("CARGO_BIN_EXE_stillroom")).args(["verify", "no-such-file.json"]).output().unwrap();
    check(&absent, 2, &["error[receipt-unreadable]", "no-such-file.json"]);
}
