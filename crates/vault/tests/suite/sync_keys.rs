//! Sync keys come home again, epochs never change, and tokens tell nobody anything.

use std::collections::BTreeSet;

use crate::common::{OTHER_WORKSPACE, Repeatable, WORKSPACE, device_keys, same, sync_keys, workspace_key};
use proptest::prelude::*;
use stillroom_vault::{
    DeviceKeys, Error, Id16, SEAL_OVERHEAD, SealingKey, SyncKeys, WorkspaceKey, padded_len,
    seal_epoch_for_device,
};

fn key(byte: u8) -> SealingKey {
    SealingKey::from_bytes([byte; 32])
}

fn epochs(keys: &SyncKeys) -> Vec<u32> {
    keys.epochs().collect()
}

/// Whether both hold the same epochs, sync keys and token key.
fn is_same(left: &SyncKeys, right: &SyncKeys) -> bool {
    *left.to_bundle(WORKSPACE, b"") == *right.to_bundle(WORKSPACE, b"")
}

#[test]
fn the_first_epoch_is_1_and_each_rotation_adds_the_next() {
    let mut keys = sync_keys(1);
    assert_eq!((keys.current_epoch(), epochs(&keys)), (1, vec![1]));
    let first = keys.export_epoch(1).expect("held");
    assert_eq!(keys.rotate(&mut Repeatable(2)), Ok(2));
    assert_eq!(keys.rotate(&mut Repeatable(3)), Ok(3));
    assert_eq!((keys.current_epoch(), epochs(&keys)), (3, vec![1, 2, 3]));
    assert!(same(&keys.export_epoch(1).expect("held"), &first), "older epochs stay readable");
    assert!(!same(&keys.export_epoch(2).expect("held"), &keys.export_epoch(3).expect("held")));
}

#[test]
fn a_drawn_epoch_counts_only_once_it_is_taken() {
    let mut keys = sync_keys(1);
    let (epoch, ours) = keys.draw_epoch(&mut Repeatable(2)).expect("drawn");
    assert_eq!((epoch, keys.current_epoch(), keys.has_epoch(2)), (2, 1, false));
    keys.add_epoch(2, key(9)).expect("another device was first");
    assert_eq!(keys.add_epoch(epoch, ours), Err(Error::EpochTaken { epoch: 2 }));
    assert!(same(&keys.export_epoch(2).expect("held"), &key(9)), "the refused key changed nothing");
}

#[test]
fn epochs_arrive_in_any_order_and_more_than_once() {
    let mut keys = sync_keys(1);
    for epoch in [7, 3, 7, 5, 3] {
        keys.add_epoch(epoch, key(epoch as u8)).expect("taken");
    }
    assert_eq!((keys.current_epoch(), epochs(&keys)), (7, vec![1, 3, 5, 7]));
    assert!(same(&keys.export_epoch(5).expect("held"), &key(5)));
    assert_eq!(keys.export_epoch(4).err(), Some(Error::NoSuchEpoch { epoch: 4 }));
    assert!(keys.has_epoch(3) && !keys.has_epoch(2) && !keys.has_epoch(0));
}

#[test]
fn epochs_count_from_1_and_end_with_an_error() {
    let mut keys = sync_keys(1);
    assert_eq!(keys.add_epoch(0, key(1)), Err(Error::EpochOutOfRange { epoch: 0 }));
    keys.add_epoch(u32::MAX, key(2)).expect("the last one there can be");
    assert_eq!(keys.rotate(&mut Repeatable(2)), Err(Error::EpochOutOfRange { epoch: u32::MAX }));
}

#[test]
fn stored_keys_open_under_their_workspace_key_and_id_only() {
    let (mut keys, home) = (sync_keys(1), workspace_key(2));
    keys.rotate(&mut Repeatable(3)).expect("rotated");
    let wrapped = keys.wrap(&home, WORKSPACE, &mut Repeatable(4)).expect("wrapped");
    assert!(is_same(&SyncKeys::unwrap(&wrapped, &home, WORKSPACE).expect("opened"), &keys));
    let refused = |home: &WorkspaceKey, workspace| {
        SyncKeys::unwrap(&wrapped, home, workspace).map_err(|e| e.code()).err()
    };
    assert_eq!(refused(&workspace_key(5), WORKSPACE), Some("other_key"));
    assert_eq!(refused(&home, OTHER_WORKSPACE), Some("damaged"));
    let device = device_keys(6).wrap(&home, WORKSPACE, &mut Repeatable(7)).expect("wrapped");
    assert!(SyncKeys::unwrap(&device, &home, WORKSPACE).is_err(), "device keys are not sync keys");
    assert!(DeviceKeys::unwrap(&wrapped, &home, WORKSPACE).is_err(), "sync keys are not device keys");
}

#[test]
fn stored_sizes_depend_on_the_number_of_epochs_only() {
    let home = workspace_key(1);
    for seed in 0..50 {
        let wrapped = sync_keys(seed).wrap(&home, WORKSPACE, &mut Repeatable(seed)).expect("wrapped");
        assert_eq!(wrapped.len(), padded_len(73) + SEAL_OVERHEAD);
    }
}

#[test]
fn a_token_is_the_same_everywhere_and_another_for_every_purpose_record_and_workspace() {
    let (keys, record) = (sync_keys(1), Id16([1; 16]));
    let token = keys.subject_token("backup", record);
    let mut rotated = SyncKeys::from_bundle(&keys.to_bundle(WORKSPACE, b"")).expect("handed over").keys;
    rotated.rotate(&mut Repeatable(2)).expect("rotated");
    assert_eq!(rotated.subject_token("backup", record), token, "no epoch changes a token");
    let tokens = BTreeSet::from([
        token,
        keys.subject_token("hosted-report", record),
        keys.subject_token("", record),
        keys.subject_token("backup", Id16([2; 16])),
        sync_keys(3).subject_token("backup", record),
    ]);
    assert_eq!(tokens.len(), 5);
}

#[test]
fn a_token_matches_its_own_record_and_purpose_only() {
    let (keys, record) = (sync_keys(1), Id16([1; 16]));
    let mut token = keys.subject_token("backup", record);
    assert!(keys.token_matches("backup", record, &token));
    assert!(!keys.token_matches("hosted-report", record, &token));
    assert!(!keys.token_matches("backup", Id16([2; 16]), &token));
    for bit_idx in 0..256 {
        token[bit_idx / 8] ^= 1 << (bit_idx % 8);
        assert!(!keys.token_matches("backup", record, &token), "bit {bit_idx}");
        token[bit_idx / 8] ^= 1 << (bit_idx % 8);
    }
}

#[test]
fn a_new_epoch_reaches_every_device_that_stays_and_no_other() {
    let (mut ours, mut theirs) = (sync_keys(1), sync_keys(1));
    let (staying, revoked) = (device_keys(2), device_keys(3));
    let (epoch, key) = ours.draw_epoch(&mut Repeatable(4)).expect("drawn");
    let sealed = seal_epoch_for_device(&staying.box_public(), WORKSPACE, epoch, &key, &mut Repeatable(5))
        .expect("sealed");
    ours.add_epoch(epoch, key).expect("taken");
    let received = staying.open_epoch(WORKSPACE, epoch, &sealed).expect("opened");
    theirs.add_epoch(epoch, received).expect("taken");
    assert!(is_same(&ours, &theirs));
    assert_eq!(revoked.open_epoch(WORKSPACE, epoch, &sealed).err(), Some(Error::OtherKey));
    assert!(staying.open_epoch(WORKSPACE, epoch + 1, &sealed).is_err(), "it is no other epoch's key");
    assert!(staying.open_epoch(OTHER_WORKSPACE, epoch, &sealed).is_err());
}

#[test]
fn a_message_that_is_no_key_is_not_taken_for_one() {
    let device = device_keys(1);
    let context = [b"sync-epoch".as_slice(), &2u32.to_be_bytes()].concat();
    for len in [0, 31, 33] {
        let sealed = stillroom_vault::seal_for_device(
            &device.box_public(),
            WORKSPACE,
            &context,
            &vec![1; len],
            &mut Repeatable(2),
        )
        .expect("sealed");
        assert_eq!(
            device.open_epoch(WORKSPACE, 2, &sealed).err().map(|e| e.code()),
            Some("damaged"),
            "{len}"
        );
    }
}

proptest! {
    #[test]
    fn any_set_of_epochs_comes_home_again(epochs in prop::collection::btree_map(2u32.., any::<u8>(), 0..40), seed in any::<u64>()) {
        let (mut keys, home) = (sync_keys(seed), workspace_key(seed));
        for (epoch, byte) in epochs {
            keys.add_epoch(epoch, key(byte)).expect("taken");
        }
        let wrapped = keys.wrap(&home, WORKSPACE, &mut Repeatable(seed)).expect("wrapped");
        prop_assert!(is_same(&SyncKeys::unwrap(&wrapped, &home, WORKSPACE).expect("opened"), &keys));
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(SyncKeys::unwrap(&bytes, &workspace_key(1), WORKSPACE).is_err());
        prop_assert!(DeviceKeys::unwrap(&bytes, &workspace_key(1), WORKSPACE).is_err());
        prop_assert!(device_keys(1).open_sealed(WORKSPACE, b"", &bytes).is_err());
        prop_assert!(sync_keys(1).unwrap_data_key(WORKSPACE, &[0; 32], WORKSPACE, 1, &bytes).is_err());
    }
}
