//! A pairing hands the sync keys to who holds the secret, and to nobody else.

use std::collections::BTreeSet;

use crate::common::{OTHER_WORKSPACE, Repeatable, WORKSPACE, device_keys, sync_keys};
use proptest::prelude::*;
use stillroom_vault::{Error, Id16, PairingSecret, RecoveryCode, SyncKeys};

fn secret(seed: u64) -> PairingSecret {
    PairingSecret::draw(&mut Repeatable(seed)).expect("secret")
}

#[test]
fn a_bundle_hands_over_every_epoch_the_token_key_and_what_the_caller_adds() {
    let mut keys = sync_keys(1);
    keys.rotate(&mut Repeatable(2)).expect("rotated");
    let sealed =
        secret(3).seal_bundle(&keys, WORKSPACE, b"https://sync.example", &mut Repeatable(4)).expect("sealed");
    let typed = PairingSecret::parse(&secret(3).to_text()).expect("carried over by a person");
    let bundle = typed.open_bundle(WORKSPACE, &sealed).expect("opened");
    assert_eq!(
        (bundle.workspace_id, bundle.extra.as_slice()),
        (WORKSPACE, b"https://sync.example".as_slice())
    );
    assert_eq!(*bundle.keys.to_bundle(WORKSPACE, b""), *keys.to_bundle(WORKSPACE, b""));
    let record = Id16([9; 16]);
    assert_eq!(bundle.keys.subject_token("backup", record), keys.subject_token("backup", record));
}

#[test]
fn a_bundle_opens_under_its_secret_and_for_its_workspace_only() {
    let sealed = secret(1).seal_bundle(&sync_keys(2), WORKSPACE, b"", &mut Repeatable(3)).expect("sealed");
    let refused = |secret: PairingSecret, workspace| {
        secret.open_bundle(workspace, &sealed).map_err(|error| error.code()).err()
    };
    assert_eq!(refused(secret(1), WORKSPACE), None);
    assert_eq!(refused(secret(4), WORKSPACE), Some("other_key"));
    assert_eq!(refused(secret(1), OTHER_WORKSPACE), Some("damaged"));
}

#[test]
fn a_pairing_secret_and_a_recovery_code_are_never_taken_for_each_other() {
    for seed in 0..100 {
        let pairing = secret(seed).to_text();
        let recovery = RecoveryCode::draw(&mut Repeatable(seed)).expect("code").to_text();
        assert_eq!((pairing.len(), recovery.len()), (34, 34));
        assert_eq!(*PairingSecret::parse(&pairing).expect("read").to_text(), *pairing);
        assert_eq!(RecoveryCode::parse(&pairing).err(), Some(Error::OtherCode));
        assert_eq!(PairingSecret::parse(&recovery).err(), Some(Error::OtherCode));
    }
}

#[test]
fn every_single_wrong_character_of_a_pairing_secret_is_noticed() {
    let right: Vec<char> = secret(1).to_text().chars().collect();
    for position in 0..right.len() {
        for wrong in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars().filter(|wrong| *wrong != right[position]) {
            let mut typed = right.clone();
            typed[position] = wrong;
            let typed: String = typed.into_iter().collect();
            assert_eq!(PairingSecret::parse(&typed).err(), Some(Error::CodeMistyped), "{typed}");
        }
    }
}

#[test]
fn what_is_derived_from_a_secret_is_the_same_on_both_sides_and_different_for_every_secret() {
    let (mut ids, mut proofs) = (BTreeSet::new(), BTreeSet::new());
    let device = device_keys(1);
    let (signing, sealing) = (device.signing_public(), device.box_public());
    for seed in 0..200 {
        let typed = PairingSecret::parse(&secret(seed).to_text()).expect("read");
        assert_eq!(typed.pairing_id(), secret(seed).pairing_id());
        ids.insert(typed.pairing_id());
        proofs.insert(typed.proof(device.device_id(), &signing, &sealing));
    }
    assert_eq!((ids.len(), proofs.len()), (200, 200));
}

#[test]
fn a_proof_fits_one_secret_one_device_and_its_keys() {
    let device = device_keys(1);
    let (id, signing, sealing) = (device.device_id(), device.signing_public(), device.box_public());
    let proof = secret(2).proof(id, &signing, &sealing);
    assert!(secret(2).proof_matches(id, &signing, &sealing, &proof));
    assert!(!secret(3).proof_matches(id, &signing, &sealing, &proof));
    assert!(!secret(2).proof_matches(Id16([9; 16]), &signing, &sealing, &proof));
    assert!(!secret(2).proof_matches(id, &[9; 32], &sealing, &proof));
    assert!(!secret(2).proof_matches(id, &signing, &[9; 32], &proof));
    assert!(!secret(2).proof_matches(id, &sealing, &signing, &proof), "the keys have their places");
    for bit_idx in 0..256 {
        let mut altered = proof;
        altered[bit_idx / 8] ^= 1 << (bit_idx % 8);
        assert!(!secret(2).proof_matches(id, &signing, &sealing, &altered), "bit {bit_idx}");
    }
}

/// The bundle of one epoch: `84 01 50 workspace[16] 58 49 (83 01 58 20 token key[32] 82 01 58 20 sync key[32]) 40`.
fn bundle() -> Vec<u8> {
    sync_keys(1).to_bundle(WORKSPACE, b"").to_vec()
}

#[test]
fn only_the_one_encoding_of_a_bundle_is_read() {
    let whole = bundle();
    let (workspace_at, keys_at, extra_at) = (2, 19, whole.len() - 1);
    assert_eq!((whole[workspace_at], whole[keys_at], whole[extra_at]), (0x50, 0x58, 0x40));
    let with = |from: usize, to: usize, new: &[u8]| [&whole[..from], new, &whole[to..]].concat();
    let cases = [
        ("nothing", Vec::new()),
        ("a byte more", with(extra_at + 1, extra_at + 1, &[0])),
        ("a longer head", with(extra_at, extra_at + 1, &[0x58, 0])),
        ("an indefinite extra", with(extra_at, extra_at + 1, &[0x5f, 0xff])),
        ("text for bytes", with(extra_at, extra_at + 1, &[0x60])),
        ("an item missing", with(0, 1, &[0x83])),
        ("an item more", with(0, 1, &[0x85])),
        ("a workspace of 15 bytes", with(workspace_at, workspace_at + 2, &[0x4f])),
        ("no epoch", {
            let keys = [&[0x83, 1][..], &whole[23..57], &[0x80]].concat();
            with(keys_at, extra_at, &[&[0x58, keys.len() as u8][..], &keys].concat())
        }),
        ("epoch 0", with(58, 59, &[0])),
        ("an epoch without a key", with(57, 58, &[0x81])),
        ("a key without an epoch", with(57, 58, &[0x83])),
    ];
    assert_eq!((whole[57], whole[58]), (0x82, 1), "where the epochs begin");
    for (name, bytes) in cases {
        assert_eq!(SyncKeys::from_bundle(&bytes).err().map(|e| e.code()), Some("damaged"), "{name}");
    }
}

#[test]
fn epochs_out_of_order_or_twice_are_not_read() {
    let mut keys = sync_keys(1);
    keys.rotate(&mut Repeatable(2)).expect("rotated");
    let whole = keys.to_bundle(WORKSPACE, b"");
    let second_at = 58 + 1 + 34;
    assert_eq!((whole[58], whole[second_at]), (1, 2));
    for (first, second) in [(2, 1), (1, 1), (2, 2), (0, 1)] {
        let mut altered = whole.to_vec();
        altered[58] = first;
        altered[second_at] = second;
        assert_eq!(
            SyncKeys::from_bundle(&altered).err().map(|e| e.code()),
            Some("damaged"),
            "{first}, {second}"
        );
    }
}

#[test]
fn newer_versions_are_named_not_guessed() {
    let mut newer = bundle();
    newer[1] = 2;
    assert_eq!(SyncKeys::from_bundle(&newer).err(), Some(Error::UnknownVersion { found: 2 }));
    let mut newer_keys = bundle();
    newer_keys[22] = 3;
    assert_eq!(SyncKeys::from_bundle(&newer_keys).err(), Some(Error::UnknownVersion { found: 3 }));
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_the_same(position in any::<prop::sample::Index>(), value in any::<u8>(), extra in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut bytes = sync_keys(1).to_bundle(WORKSPACE, &extra).to_vec();
        *position.get_mut(&mut bytes) = value;
        if let Ok(bundle) = SyncKeys::from_bundle(&bytes) {
            prop_assert_eq!(&*bundle.keys.to_bundle(bundle.workspace_id, &bundle.extra), &bytes);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(secret(1).open_bundle(WORKSPACE, &bytes).is_err());
        if let Ok(bundle) = SyncKeys::from_bundle(&bytes) {
            prop_assert_eq!(&*bundle.keys.to_bundle(bundle.workspace_id, &bundle.extra), &bytes);
        }
    }

    #[test]
    fn any_typed_text_is_read_or_refused_without_a_panic(typed in ".{0,60}") {
        prop_assert!(PairingSecret::parse(&typed).is_err());
    }
}
