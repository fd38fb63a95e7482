//! Data keys and the operations sealed under them open only in their own place.

use crate::common::{OTHER_WORKSPACE, Repeatable, WORKSPACE, content, same, sync_keys};
use stillroom_vault::{
    Damage, Error, Id16, Namespace, Place, Position, SEAL_OVERHEAD, SealingKey, draw_data_key,
    open_operation, padded_len, seal, seal_operation,
};

const TOKEN: [u8; 32] = [3; 32];
const HEADER_HASH: [u8; 32] = [4; 32];
const DAMAGED: Error = Error::Damaged(Damage::Envelope);

#[test]
fn data_keys_and_their_ids_are_random() {
    let mut entropy = Repeatable(1);
    let (first_id, first) = draw_data_key(&mut entropy).expect("drawn");
    let (second_id, second) = draw_data_key(&mut entropy).expect("drawn");
    assert!(first_id != second_id && !same(&first, &second));
}

#[test]
fn a_data_key_is_wrapped_under_the_newest_epoch_and_opens_in_its_own() {
    let mut keys = sync_keys(1);
    let mut entropy = Repeatable(2);
    let (dek_id, key) = draw_data_key(&mut entropy).expect("drawn");
    for expected_epoch in 1..4 {
        let (epoch, wrapped) =
            keys.wrap_data_key(WORKSPACE, &TOKEN, dek_id, &key, &mut entropy).expect("wrapped");
        assert_eq!((epoch, wrapped.len()), (expected_epoch, 124));
        keys.rotate(&mut entropy).expect("rotated");
        let opened = keys.unwrap_data_key(WORKSPACE, &TOKEN, dek_id, epoch, &wrapped).expect("opened");
        assert!(same(&opened, &key), "it stays readable after a rotation");
    }
}

#[test]
fn a_data_key_opens_for_no_other_workspace_record_id_or_epoch() {
    let mut keys = sync_keys(1);
    let mut entropy = Repeatable(2);
    let (dek_id, key) = draw_data_key(&mut entropy).expect("drawn");
    let (epoch, wrapped) =
        keys.wrap_data_key(WORKSPACE, &TOKEN, dek_id, &key, &mut entropy).expect("wrapped");
    keys.rotate(&mut entropy).expect("rotated");
    let refused = |workspace, token, dek_id, epoch| {
        keys.unwrap_data_key(workspace, &token, dek_id, epoch, &wrapped).expect_err("refused")
    };
    assert_eq!(refused(OTHER_WORKSPACE, TOKEN, dek_id, epoch), DAMAGED);
    assert_eq!(refused(WORKSPACE, [9; 32], dek_id, epoch), DAMAGED);
    assert_eq!(refused(WORKSPACE, TOKEN, Id16([9; 16]), epoch), DAMAGED);
    assert_eq!(refused(WORKSPACE, TOKEN, dek_id, 2), Error::OtherKey);
    assert_eq!(refused(WORKSPACE, TOKEN, dek_id, 3), Error::NoSuchEpoch { epoch: 3 });
    let others = sync_keys(5).unwrap_data_key(WORKSPACE, &TOKEN, dek_id, epoch, &wrapped);
    assert_eq!(others.err(), Some(Error::OtherKey), "another workspace's sync key");
}

#[test]
fn what_is_not_32_bytes_long_is_no_data_key() {
    let keys = sync_keys(1);
    let dek_id = Id16([5; 16]);
    let object_id = [TOKEN.as_slice(), &dek_id.0].concat();
    let place = Place {
        namespace: Namespace::DataKey,
        workspace_id: WORKSPACE,
        object_id: &object_id,
        schema_version: 1,
        position: Position::Single,
    };
    for (len, is_key) in [(0, false), (31, false), (32, true), (33, false)] {
        let sealed = seal(&keys.export_epoch(1).expect("held"), &place, &content(len), &mut Repeatable(2))
            .expect("sealed");
        assert_eq!(
            keys.unwrap_data_key(WORKSPACE, &TOKEN, dek_id, 1, &sealed).is_ok(),
            is_key,
            "{len} bytes"
        );
    }
}

#[test]
fn an_operation_opens_with_its_own_key_header_schema_and_workspace_only() {
    let key = SealingKey::from_bytes([1; 32]);
    let sealed =
        seal_operation(&key, WORKSPACE, &HEADER_HASH, 2, b"a note", &mut Repeatable(1)).expect("sealed");
    let opened = |key: &SealingKey, workspace, header_hash, schema| {
        open_operation(key, workspace, header_hash, schema, &sealed).map(|opened| opened.to_vec())
    };
    assert_eq!(opened(&key, WORKSPACE, &HEADER_HASH, 2), Ok(b"a note".to_vec()));
    assert_eq!(opened(&key, OTHER_WORKSPACE, &HEADER_HASH, 2), Err(DAMAGED));
    assert_eq!(opened(&key, WORKSPACE, &[5; 32], 2), Err(DAMAGED));
    assert_eq!(opened(&key, WORKSPACE, &HEADER_HASH, 3), Err(DAMAGED));
    assert_eq!(opened(&SealingKey::from_bytes([2; 32]), WORKSPACE, &HEADER_HASH, 2), Err(Error::OtherKey));
}

#[test]
fn the_size_of_an_operation_tells_the_padded_length_only() {
    let key = SealingKey::from_bytes([1; 32]);
    let len_of = |content: &[u8]| {
        seal_operation(&key, WORKSPACE, &HEADER_HASH, 1, content, &mut Repeatable(1)).expect("sealed").len()
    };
    for block in [0, 1, 10, 62] {
        let lens: Vec<usize> = (64 * block..64 * block + 64).map(|len| len_of(&content(len))).collect();
        assert_eq!(lens, vec![64 * (block + 1) + SEAL_OVERHEAD; 64], "contents of {block} whole blocks");
    }
    for len in [4096, 10_000, 65_000] {
        assert_eq!(len_of(&vec![0; len]), padded_len(len) + SEAL_OVERHEAD);
        assert_eq!(len_of(&content(len)), len_of(&vec![0; len]));
    }
}
