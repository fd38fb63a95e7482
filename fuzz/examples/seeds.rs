//! Writes what the fuzzers of messages and sealed forms start from, into `seeds/`. The same program writes the same bytes; run it
//! when a message changes: `cargo run --manifest-path fuzz/Cargo.toml --example seeds`.

use std::fs;
use std::path::Path;

use serde::Serialize;
use stillroom_consent::ledger::SealedKey;
use stillroom_consent::receipt::{
    Content, Ended, ErasureReceipt, Party, Principals, Receipt, Record, SignedBy, SyncReceipt, Transfer,
    WithdrawalReceipt,
};
use stillroom_consent::{
    BasisMethod, BasisState, Blob, DataKeyId, DeviceId, Entry, Event, GrantId, Groups, Hash, LawfulBasis,
    LedgerHead, PairingId, PublicKey, Purpose, Reason, ReceiptId, ReportColumn, Scope, Signature,
    SignedEntry, SignedHead, SubjectBasis, SubjectToken, SyncGrant,
};
use stillroom_fuzz::{
    VAULT_WORKSPACE, WORKSPACE, always, device_info, device_keys, pairing_secret, sealing_key, sync_keys,
    workspace_key,
};
use stillroom_records::FieldGroup;
use stillroom_sync::Hlc;
use stillroom_sync::wire::{
    Append, Appended, Body, Claimed, Denied, DeviceState, Devices, Enrolled, Kind, Ledger, NewWorkspace, Op,
    Page, PairClaim, PairOffer, PairOffered, PairState, Problem, Push, Pushed, Receipts, Refusal,
    ReportNumber, Row, SCHEMA, SequenceHead, ServerInfo, SignedSequenceHead, Withdrawn, WrappedDek, encode,
};
use stillroom_vault::{
    BackupLabel, KdfCost, NewBackup, NewPassphrase, RecoveryCode, create_with_cost, seal_for_device,
    seal_operation, write_backup,
};

const NOW: i64 = 1_790_000_000_000;
const TOKEN: SubjectToken = SubjectToken([11; 32]);
const GRANT: GrantId = GrantId([12; 16]);

/// Files as vendors write them, small.
const FILES: [(&str, &[u8]); 5] = [
    ("customers", b"Email,Name,City,Since\na@example.com,\"Ann, the first\",Linz,2024-02-29\n,Bo,\"a\"\"b\",31.12.2023\n"),
    ("semicolons", b"\xef\xbb\xbfE-Mail;Umsatz;Kunde seit\r\na@example.com;1.234,50;01.02.2024\r\n\r\n\r\nReport end\r\n"),
    ("order_lines", b"Order ID\tCustomer ID\tOrder date\tProduct\tQuantity\tUnit price\n1\t7\t2024-03-01T10:00:00Z\tp\t2\t9.90\n"),
    ("utf16", b"\xff\xfea\0,\0b\0\n\01\0,\0\x3d\xd8\x00\xde\n\0"),
    ("gb18030", b"\xd3\xca\xcf\xe4,\xd0\xd5\xc3\xfb\na@example.com,\xcd\xf5\xd0\xa1\xc3\xf7\n"),
];

fn main() {
    FILES.iter().for_each(|(name, file)| write("csv", name, file));
    write_operations();
    write_ledger();
    write_bodies();
    write_receipts();
    write_sealed();
    write_backups();
}

fn write(target: &str, name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    fs::create_dir_all(&folder).expect("a folder for seeds");
    fs::write(folder.join(name), bytes).expect("a seed is written");
}

fn write_message(target: &str, name: &str, message: &impl Serialize) {
    write(target, name, &encode(message));
}

fn operations() -> Vec<(&'static str, Op)> {
    let set = Op {
        kind: Kind::Set,
        device: device_info().device,
        device_seq: 1,
        hlc: Hlc::at(NOW),
        base: Some(Hlc::at(NOW - 1)),
        token: TOKEN,
        purpose: Purpose::Backup,
        grant: GRANT,
        group: Some(FieldGroup::Behaviour),
        part: 0,
        schema: SCHEMA,
        dek: Some(DataKeyId([13; 16])),
        body: Body::Sealed(Blob(vec![14; 124])),
    };
    let bare = Op { base: None, group: None, dek: None, body: Body::None, ..set.clone() };
    let numbers =
        [(ReportColumn::Orders, 3.0), (ReportColumn::Spent, 0.1), (ReportColumn::LastOrderDay, 20_000.0)];
    let numbers = numbers.map(|(column, value)| ReportNumber { column, value });
    let report = Op {
        purpose: Purpose::HostedReport,
        dek: None,
        body: Body::Readable(numbers.to_vec()),
        ..set.clone()
    };
    vec![
        ("set", set.clone()),
        ("bundle", Op { part: u64::MAX, device_seq: 70_000, ..set }),
        ("report", report),
        ("delete", Op { kind: Kind::Delete, ..bare.clone() }),
        ("erase", Op { kind: Kind::Erase, ..bare.clone() }),
        ("void", Op { kind: Kind::Void, token: SubjectToken([0; 32]), ..bare }),
    ]
}

fn ops() -> Vec<Op> {
    operations().into_iter().map(|(_, op)| op).collect()
}

fn deks() -> Vec<WrappedDek> {
    vec![WrappedDek { dek: DataKeyId([13; 16]), token: TOKEN, epoch: 1, wrapped: Blob(vec![15; 124]) }]
}

fn head() -> SignedSequenceHead {
    let head = SequenceHead { workspace: WORKSPACE, seq: 7, chain: Hash([16; 32]), at: NOW };
    SignedSequenceHead { head, signature: Signature(device_keys().sign(&head.message())) }
}

fn ledger_head() -> SignedHead {
    let head = LedgerHead { workspace: WORKSPACE, seq: 7, hash: Hash([16; 32]), at: NOW };
    SignedHead { head, signature: Signature(device_keys().sign(&head.message())) }
}

fn write_operations() {
    for (name, op) in operations() {
        write_message("op", name, &op);
    }
    write_message("push", "empty", &Push { ops: Vec::new(), deks: Vec::new() });
    write_message("push", "ops", &Push { ops: ops(), deks: deks() });
    write_message("page", "empty", &page(Vec::new()));
    write_message("page", "rows", &page(rows()));
}

fn rows() -> Vec<Row> {
    let ops = (1..).zip(ops()).map(|(seq, op)| Row::Op { seq, op });
    ops.chain([Row::Gone { seq: 7, op_hash: Hash([17; 32]) }]).collect()
}

fn page(rows: Vec<Row>) -> Page {
    Page { rows, deks: deks(), cursor: Blob(vec![18; 40]), head: head(), has_more: true }
}

fn grant() -> SyncGrant {
    SyncGrant {
        id: GRANT,
        workspace: WORKSPACE,
        device: device_info().device,
        purpose: Purpose::HostedReport,
        version: 1,
        groups: Groups::of(&[FieldGroup::Behaviour]),
        scope: Scope::Members,
        origin: "https://sync.example".to_owned(),
        server_key: PublicKey([19; 32]),
        notice: Hash([20; 32]),
        language: "zh-CN".to_owned(),
        valid_from: NOW,
        expires_at: NOW + 86_400_000,
    }
}

fn events() -> Vec<(&'static str, Event)> {
    let tokens = vec![TOKEN, SubjectToken([21; 32])];
    let basis = SubjectBasis {
        state: BasisState::Objected,
        evidence: Some(Hash([22; 32])),
        notice: Some(Hash([23; 32])),
        expires_at: Some(NOW + 1),
        gpc: true,
        ..SubjectBasis::given(LawfulBasis::Consent, BasisMethod::Form, NOW)
    };
    let sealed = Blob(vec![24; 159]);
    let keys = vec![SealedKey { device: device_info().device, sealed }];
    vec![
        ("device_added", Event::DeviceAdded(device_info())),
        ("device_revoked", Event::DeviceRevoked { device: DeviceId([25; 16]), epoch: 2, keys }),
        ("grant_given", Event::GrantGiven(grant())),
        ("grant_withdrawn", Event::GrantWithdrawn { grant: GRANT }),
        ("members", Event::Members { grant: GRANT, tokens: tokens.clone() }),
        ("bases", Event::Bases { purpose: Purpose::Backup, basis, tokens: tokens.clone() }),
        ("restricted", Event::Restricted { on: true, tokens: tokens.clone() }),
        ("erased", Event::Erased { tokens }),
    ]
}

fn entries() -> Vec<SignedEntry> {
    let mut prev = Hash::ZERO;
    let signed = (1..).zip(events()).map(|(seq, (_, event))| {
        let entry = Entry { workspace: WORKSPACE, seq, prev, at: NOW, device: device_info().device, event };
        prev = entry.hash();
        let signature = Signature(device_keys().sign(&entry.message()));
        SignedEntry { entry, signature }
    });
    signed.collect()
}

fn write_ledger() {
    for ((name, _), signed) in events().iter().zip(entries()) {
        write_message("ledger_entry", name, &signed);
        write_message("ledger_entry", &format!("{name}_unsigned"), &signed.entry);
    }
}

fn write_bodies() {
    let body = "http_body";
    let claim = PairClaim { pairing: PairingId([26; 16]), device: device_info(), proof: Hash([27; 32]) };
    let bundle = Blob(vec![28; 200]);
    let device = DeviceState {
        device: device_info().device,
        enrolled_at: NOW,
        last_seen_at: NOW,
        acknowledged_seq: 7,
        is_revoked: false,
    };
    let denied = Denied { index: 1, reason: Refusal::Consent(Reason::NoGrant) };
    let receipt = "{\"record\":{}}".to_owned();
    let first = entries().swap_remove(0);
    write_message(body, "new_workspace", &NewWorkspace { workspace: WORKSPACE, entry: first });
    write_message(body, "pair_offer", &PairOffer { pairing: claim.pairing, bundle: bundle.clone() });
    write_message(body, "pair_claim", &claim);
    write_message(body, "append", &Append { entries: entries() });
    write_message(body, "push", &Push { ops: ops(), deks: deks() });
    write_message(
        body,
        "server_info",
        &ServerInfo {
            versions: (1, 1),
            server_key: PublicKey([19; 32]),
            max_ops: 500,
            max_bytes: 1 << 20,
            is_open: true,
        },
    );
    write_message(body, "enrolled", &Enrolled { token: Blob(vec![29; 32]), head: ledger_head() });
    write_message(body, "pair_offered", &PairOffered { expires_at: NOW });
    write_message(body, "claimed", &Claimed { workspace: WORKSPACE, token: Blob(vec![29; 32]), bundle });
    write_message(body, "pair_state", &PairState { claim: Some(claim) });
    write_message(body, "devices", &Devices { devices: vec![device] });
    write_message(body, "appended", &Appended { head: ledger_head() });
    write_message(body, "withdrawn", &Withdrawn { head: ledger_head(), receipt: receipt.clone() });
    write_message(body, "ledger", &Ledger { entries: entries(), head: ledger_head(), has_more: false });
    write_message(
        body,
        "pushed",
        &Pushed { n_known: 1, n_accepted: 2, first_seq: Some(3), denied: Some(denied), head: head() },
    );
    write_message(body, "page", &page(rows()));
    write_message(body, "receipts", &Receipts { receipts: vec![receipt] });
    write_message(
        body,
        "problem",
        &Problem {
            code: "gap".to_owned(),
            expected: Some(9),
            head: Some(ledger_head()),
            retry_after_seconds: Some(30),
        },
    );
}

fn write_receipts() {
    let server = PublicKey([19; 32]);
    let principals = Principals::of(&[TOKEN]);
    let transfer = Transfer {
        grant: GRANT,
        purpose: Purpose::Backup,
        pii_type: Some(FieldGroup::Behaviour),
        n_operations: 3,
        n_bytes: 900,
    };
    let ended = Ended::Bases { state: BasisState::Objected, pii_principal_id: principals };
    let withdrawal = WithdrawalReceipt {
        tombstone_seq: Some(9),
        devices_pending: vec![device_info().device],
        completed_at: Some(NOW),
        ..WithdrawalReceipt::of(ended, Purpose::HostedReport)
    };
    let erasure = ErasureReceipt {
        scope: principals,
        n_rows: 3,
        n_keys: 1,
        tombstone_seq: None,
        devices_pending: Vec::new(),
        backups_expire_by: NOW + 1,
        completed_at: None,
    };
    let contents = [
        ("sync", Content::Sync(SyncReceipt { transfers: vec![transfer], first_seq: 1, last_seq: 3 })),
        ("withdrawal", Content::Withdrawal(withdrawal)),
        ("erasure", Content::Erasure(erasure)),
    ];
    let recipient = Party::server("https://sync.example", &server);
    let id = ReceiptId([30; 16]);
    write_receipt("consent", Record::of_grant(id, &grant(), NOW));
    for (name, content) in contents {
        let device = Some(device_info().device);
        write_receipt(name, Record::new(id, WORKSPACE, device, NOW, recipient.clone(), content));
    }
}

/// The record alone, and the receipt with the device's signature.
fn write_receipt(name: &str, record: Record) {
    let json = serde_json::to_vec_pretty(&record).expect("a record has a JSON form");
    write("receipt", &format!("{name}_record.json"), &json);
    let mut receipt = Receipt::new(record);
    receipt
        .sign(SignedBy::Device, device_info().signing_key, |message| Signature(device_keys().sign(message)))
        .expect("the device signs");
    write("receipt", &format!("{name}.json"), receipt.to_json().as_bytes());
}

fn write_sealed() {
    let content = "a note about 客户".as_bytes();
    let sealed = seal_operation(&sealing_key(), VAULT_WORKSPACE, &[6; 32], 1, content, &mut always(9));
    write("envelope", "operation", &sealed.expect("sealed"));
    let keys = sync_keys().wrap(&workspace_key(), VAULT_WORKSPACE, &mut always(9));
    write("envelope", "sync_keys", &keys.expect("wrapped"));
    let keys = device_keys().wrap(&workspace_key(), VAULT_WORKSPACE, &mut always(9));
    write("envelope", "device_keys", &keys.expect("wrapped"));
    let public = device_keys().box_public();
    let sealed = seal_for_device(&public, VAULT_WORKSPACE, b"context", content, &mut always(9));
    write("for_device", "message", &sealed.expect("sealed"));
    let signature = device_keys().sign(content);
    write("for_device", "signed", &[&device_keys().signing_public(), signature.as_slice(), content].concat());
    write("for_device", "public_key", &[&public, content].concat());
    write("pairing_bundle", "bundle", &sync_keys().to_bundle(VAULT_WORKSPACE, b"https://sync.example"));
    let mut rotated = sync_keys();
    for byte in 31..36 {
        rotated.rotate(&mut always(byte)).expect("rotated");
    }
    write("pairing_bundle", "rotated", &rotated.to_bundle(VAULT_WORKSPACE, b""));
    let sealed = pairing_secret().seal_bundle(&rotated, VAULT_WORKSPACE, b"", &mut always(9));
    write("pairing_bundle", "sealed", &sealed.expect("sealed"));
    write("pairing_bundle", "secret", pairing_secret().to_text().as_bytes());
}

fn write_backups() {
    let code = RecoveryCode::draw(&mut always(8)).expect("a code");
    let passphrase = NewPassphrase::check("seven grey herons over Linz", &[]).expect("a strong passphrase");
    let home = workspace_key();
    let label = BackupLabel {
        workspace_id: VAULT_WORKSPACE,
        created_at_millis: 1_790_000_000_000,
        content_version: 4,
    };
    let new = NewBackup {
        label,
        passphrase: None,
        recovery_code: Some(&code),
        workspace_key: Some(&home),
        cost: KdfCost::REDUCED,
    };
    let (file, _) = write_backup(&new, b"SQLite format 3\0 and so on", &mut always(9)).expect("a backup");
    write("backup_header", "backup", &file);
    write("backup_header", "json", &json_of(&file));
    let with_passphrase = NewBackup { passphrase: Some(&passphrase), ..new };
    let (file, _) = write_backup(&with_passphrase, b"", &mut always(9)).expect("a backup");
    write("backup_header", "json_with_passphrase", &json_of(&file));
    let created = create_with_cost(&passphrase, KdfCost::REDUCED, &mut always(8)).expect("keys");
    write("backup_header", "key_record", created.record.to_json().as_bytes());
}

/// The header's JSON: behind magic, version and four bytes of length.
fn json_of(file: &[u8]) -> Vec<u8> {
    let (prefix, rest) = file.split_first_chunk::<9>().expect("a backup has a header");
    let len = u32::from_be_bytes([prefix[5], prefix[6], prefix[7], prefix[8]]);
    rest[..len as usize].to_vec()
}
