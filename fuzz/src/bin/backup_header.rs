//! Any bytes as the start of a backup: refused, or written again as the same bytes and safe to unlock.
//!
//! A checksum stands over a header, so bytes that a fuzzer changed would all end there: JSON is tried under a right checksum
//! as well. Passphrases are not tried: one attempt costs as much as a million of everything else.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stillroom_consent::Hash;
use stillroom_fuzz::workspace_key;
use stillroom_vault::{BackupHeader, Error, KeyRecord, RecoveryCode, read_backup, unlock_with_recovery};

const CHECKSUM: &str = "\"checksum\":\"";

fuzz_target!(|bytes: &[u8]| {
    try_header(bytes);
    let Some(text) = std::str::from_utf8(bytes).ok().and_then(with_checksum) else { return };
    let len = u32::try_from(text.len()).expect("fuzzed texts are short");
    try_header(&[b"SRBK\x01", len.to_be_bytes().as_slice(), text.as_bytes()].concat());
    if let Ok(record) = KeyRecord::from_json(&text) {
        assert_eq!(record.to_json(), text, "a record has one encoding");
        let _opened = unlock_with_recovery(&record, &recovery_code());
    }
});

fn try_header(file: &[u8]) {
    let Ok((header, len)) = BackupHeader::read(file) else { return };
    assert_eq!(header.to_bytes(), file[..len], "a header has one encoding");
    let _opened = header.unlock_with_recovery(&recovery_code());
    let _opened = header.unlock_with_workspace(&workspace_key());
    let _read = read_backup(file, |header| match header.unlock_with_recovery(&recovery_code()) {
        Err(Error::NoSuchSlot) => header.unlock_with_workspace(&workspace_key()),
        result => result,
    });
}

fn recovery_code() -> RecoveryCode {
    RecoveryCode::draw(&mut stillroom_fuzz::always(8)).expect("a constant is entropy enough here")
}

/// The text with the checksum that belongs to it, where it has room for one.
fn with_checksum(text: &str) -> Option<String> {
    let (start, rest) = text.rsplit_once(CHECKSUM)?;
    let (_, end) = rest.split_once('"')?;
    let bare = format!("{start}{CHECKSUM}\"{end}");
    let checksum = Hash::of(&[bare.as_bytes()]);
    Some(format!("{start}{CHECKSUM}{checksum}\"{end}"))
}
