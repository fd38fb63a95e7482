//! Files written in the first version of the formats, by an independent writer (`fixtures/make_frozen.py`), open forever.

use stillroom_vault::{
    Id16, KeyRecord, Namespace, Place, Position, RecoveryCode, Subkey, open, read_backup,
    unlock_with_passphrase, unlock_with_recovery,
};

const PASSPHRASE: &str = "seven grey herons over Linz";
/// The bytes 0 to 15.
const CODE: &str = "000G-40R4-0M30-E209-185G-R38E-1W";

fn recovery_code() -> RecoveryCode {
    let groups = format!("{CODE}{}", check_characters());
    RecoveryCode::parse(&groups).expect("a whole code")
}

/// Finds the two check characters by trying all, as nobody who writes a code down would.
fn check_characters() -> String {
    let alphabet: Vec<char> = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars().collect();
    let pairs =
        alphabet.iter().flat_map(|first| alphabet.iter().map(move |second| format!("{first}{second}")));
    let fitting: Vec<String> =
        pairs.filter(|pair| RecoveryCode::parse(&format!("{CODE}{pair}")).is_ok()).collect();
    assert_eq!(fitting.len(), 1, "exactly one pair of check characters fits");
    fitting.concat()
}

#[test]
fn the_frozen_key_record_opens_both_ways_and_is_written_the_same() {
    let text = include_str!("../fixtures/key_record_v1.json");
    let record = KeyRecord::from_json(text).expect("record");
    assert_eq!(record.to_json(), text);
    let by_passphrase = unlock_with_passphrase(&record, PASSPHRASE).expect("passphrase");
    let by_code = unlock_with_recovery(&record, &recovery_code()).expect("code");
    assert_eq!(by_passphrase.key_id(), by_code.key_id());
}

#[test]
fn the_frozen_envelope_opens_in_its_place() {
    let record = KeyRecord::from_json(include_str!("../fixtures/key_record_v1.json")).expect("record");
    let key = unlock_with_passphrase(&record, PASSPHRASE).expect("passphrase").subkey(Subkey::Ledger);
    let place = Place {
        namespace: Namespace::Ledger,
        workspace_id: record.workspace_id(),
        object_id: b"entry",
        schema_version: 1,
        position: Position::Entry { sequence: 300, previous_head: [9; 32] },
    };
    let hex = include_str!("../fixtures/envelope_sr1.hex").trim();
    let sealed: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|start| u8::from_str_radix(&hex[start..start + 2], 16).expect("hexadecimal"))
        .collect();
    let opened = open(&key, &place, &sealed).expect("opened");
    assert_eq!(std::str::from_utf8(&opened), Ok("a note about 客户"));
}

#[test]
fn the_frozen_backup_opens_both_ways() {
    let file = include_bytes!("../fixtures/backup_v1.bin");
    let (content, summary) =
        read_backup(file, |header| header.unlock_with_passphrase(PASSPHRASE)).expect("passphrase");
    assert_eq!(content, b"SQLite format 3\0 and so on");
    assert_eq!(summary.n_chunks, 1);
    let by_code = read_backup(file, |header| {
        let expected_workspace: [u8; 16] = std::array::from_fn(|idx| 0xa0 + idx as u8);
        assert_eq!(header.label().workspace_id, Id16(expected_workspace));
        header.unlock_with_recovery(&recovery_code())
    });
    assert_eq!(by_code, Ok((content, summary)));
}
