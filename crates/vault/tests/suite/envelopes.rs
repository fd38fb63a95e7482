//! An envelope opens only whole, only under its key, and only where it belongs.

use crate::common::{Repeatable, content};
use proptest::prelude::*;
use stillroom_vault::{
    Damage, Error, Id16, Namespace, Place, Position, SEAL_OVERHEAD, SealingKey, open, padded_len, seal,
};

const PLACE: Place<'static> = Place {
    namespace: Namespace::Ledger,
    workspace_id: Id16([1; 16]),
    object_id: b"entry",
    schema_version: 1,
    position: Position::Entry { sequence: 5, previous_head: [9; 32] },
};

fn key() -> SealingKey {
    SealingKey::from_bytes([42; 32])
}

#[test]
fn content_of_every_size_comes_back_in_an_envelope_of_the_stated_size() {
    for len in [0, 1, 63, 64, 100, 4095, 4096, 70_000] {
        let sealed = seal(&key(), &PLACE, &content(len), &mut Repeatable(1)).expect("sealed");
        assert_eq!(sealed.len(), padded_len(len) + SEAL_OVERHEAD);
        assert_eq!(&sealed[..4], b"SR\x01\x01");
        assert_eq!(open(&key(), &PLACE, &sealed).expect("opened").to_vec(), content(len));
    }
}

#[test]
fn an_envelope_opens_in_no_other_place() {
    let sealed = seal(&key(), &PLACE, b"a note", &mut Repeatable(2)).expect("sealed");
    let others = [
        Place { namespace: Namespace::SyncField, ..PLACE },
        Place { workspace_id: Id16([2; 16]), ..PLACE },
        Place { object_id: b"entry2", ..PLACE },
        Place { schema_version: 2, ..PLACE },
        Place { position: Position::Single, ..PLACE },
        Place { position: Position::Entry { sequence: 6, previous_head: [9; 32] }, ..PLACE },
        Place { position: Position::Entry { sequence: 5, previous_head: [8; 32] }, ..PLACE },
        Place { position: Position::Chunk { index: 5, last: false }, ..PLACE },
    ];
    for other in others {
        assert_eq!(open(&key(), &other, &sealed).err(), Some(Error::Damaged(Damage::Envelope)), "{other:?}");
    }
}

#[test]
fn unknown_versions_algorithms_and_keys_are_named() {
    let sealed = seal(&key(), &PLACE, b"a note", &mut Repeatable(3)).expect("sealed");
    let with = |idx: usize, value: u8| {
        let mut changed = sealed.clone();
        changed[idx] = value;
        open(&key(), &PLACE, &changed).err()
    };
    assert_eq!(with(0, b'X'), Some(Error::Damaged(Damage::Envelope)));
    assert_eq!(with(2, 2), Some(Error::UnknownVersion { found: 2 }));
    assert_eq!(with(3, 2), Some(Error::UnknownAlgorithm { found: 2 }));
    let other = SealingKey::from_bytes([43; 32]);
    assert_eq!(open(&other, &PLACE, &sealed).err(), Some(Error::OtherKey));
}

#[test]
fn sealing_twice_gives_different_bytes() {
    let mut entropy = Repeatable(4);
    let first = seal(&key(), &PLACE, b"a note", &mut entropy).expect("sealed");
    assert_ne!(first, seal(&key(), &PLACE, b"a note", &mut entropy).expect("sealed"));
}

#[test]
fn opened_content_prints_its_length_only() {
    let sealed = seal(&key(), &PLACE, b"a note", &mut Repeatable(5)).expect("sealed");
    assert_eq!(format!("{:?}", open(&key(), &PLACE, &sealed).expect("opened")), "Opened(6 bytes)");
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(open(&key(), &PLACE, &bytes).is_err());
    }

    #[test]
    fn an_envelope_cut_short_is_refused(len in 0usize..123) {
        let sealed = seal(&key(), &PLACE, b"a note", &mut Repeatable(6)).expect("sealed");
        prop_assert!(open(&key(), &PLACE, &sealed[..len]).is_err());
    }
}
