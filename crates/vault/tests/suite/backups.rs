//! A backup opens on any machine with its own passphrase or code, and never gives back less or other than was put in.

use crate::common::{PASSPHRASE, Repeatable, content, created, new_backup, passphrase};
use stillroom_vault::{
    BackupHeader, BackupReader, BackupWriter, Damage, Error, NewBackup, NewPassphrase, SealingKey, SlotKind,
    read_backup, write_backup,
};

type Unlock<'a> = dyn Fn(&BackupHeader) -> Result<SealingKey, Error> + 'a;

const FULL_FRAME: usize = 4 + 44 + 65_536 + 16;

fn backup_of(content: &[u8]) -> Vec<u8> {
    let passphrase = passphrase();
    write_backup(&new_backup(&passphrase), content, &mut Repeatable(content.len() as u64 + 1))
        .expect("backup")
        .0
}

fn read(file: &[u8]) -> Result<Vec<u8>, Error> {
    read_backup(file, |header| header.unlock_with_passphrase(PASSPHRASE)).map(|(content, _)| content)
}

#[test]
fn content_of_every_size_comes_back() {
    for len in [0, 1, 65_534, 65_535, 65_536, 131_070, 200_000] {
        assert_eq!(read(&backup_of(&content(len))).expect("read"), content(len), "{len} bytes");
    }
}

#[test]
fn a_backup_says_what_it_is_before_it_is_opened() {
    let file = backup_of(b"rows");
    let (header, header_len) = BackupHeader::read(&file).expect("header");
    assert_eq!(header.label(), new_backup(&passphrase()).label);
    assert_eq!(header.slot_kinds(), [SlotKind::Passphrase]);
    assert_eq!(BackupHeader::read(&file[..header_len]).expect("the header alone").1, header_len);
}

#[test]
fn a_backup_opens_by_passphrase_code_and_workspace() {
    let workspace = created(30);
    let own = NewPassphrase::check("nine amber lanterns drifting", &[]).expect("strong");
    let new = NewBackup {
        recovery_code: Some(&workspace.recovery_code),
        workspace_key: Some(&workspace.key),
        ..new_backup(&own)
    };
    let (file, summary) = write_backup(&new, b"rows", &mut Repeatable(31)).expect("backup");
    assert_eq!((summary.content_len, summary.n_chunks), (4, 1));
    let unlocks: [&Unlock<'_>; 3] = [
        &|header| header.unlock_with_passphrase("nine amber lanterns drifting"),
        &|header| header.unlock_with_recovery(&workspace.recovery_code),
        &|header| header.unlock_with_workspace(&workspace.key),
    ];
    for unlock in unlocks {
        assert_eq!(read_backup(&file, unlock).expect("opened"), (b"rows".to_vec(), summary));
    }
    let wrong = read_backup(&file, |header| header.unlock_with_passphrase(PASSPHRASE));
    assert_eq!(wrong.err(), Some(Error::WrongPassphrase));
    let stranger = created(32);
    let by_stranger = read_backup(&file, |header| header.unlock_with_workspace(&stranger.key));
    assert_eq!(by_stranger.err(), Some(Error::OtherKey));
    let by_wrong_code = read_backup(&file, |header| header.unlock_with_recovery(&stranger.recovery_code));
    assert_eq!(by_wrong_code.err(), Some(Error::WrongRecoveryCode));
}

#[test]
fn a_backup_that_nothing_would_open_elsewhere_is_refused() {
    let workspace = created(33);
    let passphrase = passphrase();
    let new = NewBackup { passphrase: None, workspace_key: Some(&workspace.key), ..new_backup(&passphrase) };
    assert_eq!(write_backup(&new, b"rows", &mut Repeatable(34)).err(), Some(Error::LastSlot));
}

#[test]
fn writing_and_reading_in_pieces_equals_doing_it_at_once() {
    let passphrase = passphrase();
    let (header, key) = BackupHeader::create(&new_backup(&passphrase), &mut Repeatable(35)).expect("header");
    let whole = content(150_000);
    let mut entropy = Repeatable(36);
    let mut file = Vec::new();
    let mut writer = BackupWriter::new(&header, SealingKey::from_bytes(*key.expose())).expect("writer");
    for piece in whole.chunks(777) {
        writer.write(piece, &mut entropy, &mut file).expect("written");
    }
    let written = writer.finish(&mut entropy, &mut file).expect("finished");
    for piece_len in [1, 3, 1000, 65_601, file.len()] {
        let mut reader = BackupReader::new(&header, SealingKey::from_bytes(*key.expose())).expect("reader");
        let mut read = Vec::new();
        for piece in file.chunks(piece_len) {
            reader.push(piece, &mut read).expect("read");
        }
        assert!(read == whole, "pieces of {piece_len}");
        assert_eq!(reader.finish(), Ok(written));
    }
}

#[test]
fn a_truncated_backup_is_refused_wherever_it_ends() {
    let file = backup_of(&content(140_000));
    let (_, header_len) = BackupHeader::read(&file).expect("header");
    let ends = (0..header_len).step_by(7).chain([
        header_len,
        header_len + 3,
        header_len + FULL_FRAME,
        header_len + 2 * FULL_FRAME,
        file.len() - 1,
    ]);
    for end in ends {
        assert_eq!(read(&file[..end]).err(), Some(Error::BackupTruncated), "cut at {end}");
    }
}

#[test]
fn reordered_dropped_exchanged_and_appended_chunks_are_refused() {
    let file = backup_of(&content(210_000));
    let (_, start) = BackupHeader::read(&file).expect("header");
    let (header, chunks) = file.split_at(start);
    let frames: Vec<&[u8]> = chunks.chunks(FULL_FRAME).collect();
    assert_eq!(frames.len(), 4);
    let joined = |order: &[usize]| {
        let body: Vec<&[u8]> = order.iter().map(|idx| frames[*idx]).collect();
        read(&[header, &body.concat()].concat()).err()
    };
    assert_eq!(joined(&[0, 1, 2, 3]), None);
    assert_eq!(joined(&[1, 0, 2, 3]), Some(Error::Damaged(Damage::BackupChunk(0))));
    assert_eq!(joined(&[0, 2, 3]), Some(Error::Damaged(Damage::BackupChunk(1))));
    assert_eq!(joined(&[0, 0, 1, 2, 3]), Some(Error::Damaged(Damage::BackupChunk(1))));
    assert_eq!(joined(&[0, 1, 3]), Some(Error::Damaged(Damage::BackupChunk(2))));
    assert_eq!(joined(&[0, 1, 2, 3, 3]), Some(Error::Damaged(Damage::BackupTail)));

    let other = backup_of(&content(209_999));
    let mixed = [header, frames[0], &other[start + FULL_FRAME..]].concat();
    assert_eq!(read(&mixed).err(), Some(Error::Damaged(Damage::BackupChunk(1))));
}

#[test]
fn a_header_exchanged_under_the_same_key_is_refused() {
    let passphrase = passphrase();
    let new = new_backup(&passphrase);
    let (header, key) = BackupHeader::create(&new, &mut Repeatable(37)).expect("header");
    let mut file = Vec::new();
    BackupWriter::new(&header, SealingKey::from_bytes(*key.expose()))
        .expect("writer")
        .finish(&mut Repeatable(38), &mut file)
        .expect("finished");
    let mut later = new_backup(&passphrase);
    later.label.created_at_millis += 1;
    let (exchanged, _) = BackupHeader::create(&later, &mut Repeatable(37)).expect("header");
    let mut reader = BackupReader::new(&exchanged, key).expect("the same random bytes give the same key");
    assert_eq!(reader.push(&file, &mut Vec::new()).err(), Some(Error::Damaged(Damage::BackupChunk(0))));
}

#[test]
fn other_files_are_told_from_backups() {
    assert_eq!(read(b"PK\x03\x04 a spreadsheet").err(), Some(Error::NotABackup));
    assert_eq!(read(b"").err(), Some(Error::BackupTruncated));
    assert_eq!(read(b"SRBK\x02\0\0\0\0").err(), Some(Error::UnknownVersion { found: 2 }));
    assert_eq!(read(b"SRBK\x01\xff\xff\xff\xff").err(), Some(Error::Damaged(Damage::BackupHeader)));
    assert_eq!(read(b"SRBK\x01\0\0\0\x02{}").err(), Some(Error::Damaged(Damage::BackupHeader)));
}
