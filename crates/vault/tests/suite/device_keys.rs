//! A device's keys stay its own: what it signs and what is sealed for it, nobody else can sign or open.

use crate::common::{
    OTHER_WORKSPACE, Repeatable, WORKSPACE, array_from_hex, content, device_keys, stated, workspace_key,
};
use proptest::prelude::*;
use stillroom_vault::{
    Damage, DeviceKeys, Error, SEAL_OVERHEAD, WorkspaceKey, padded_len, seal_for_device, verify_signature,
};

/// The points of low order in every spelling that fits 255 bits, as <https://cr.yp.to/ecdh.html> lists them.
const LOW_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];
/// The order of the group's large part, little end first.
const GROUP_ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

/// Each point with the unused highest bit clear and set.
fn low_order_points() -> impl Iterator<Item = [u8; 32]> {
    LOW_ORDER.iter().flat_map(|hex| {
        let point: [u8; 32] = array_from_hex(hex);
        let mut spelled_with_bit = point;
        spelled_with_bit[31] |= 0x80;
        [point, spelled_with_bit]
    })
}

#[test]
fn nothing_is_sealed_for_a_key_of_low_order() {
    for point in low_order_points() {
        let sealed = seal_for_device(&point, WORKSPACE, b"context", b"message", &mut Repeatable(1));
        assert_eq!(sealed.err(), Some(Error::WeakPublicKey), "{point:?}");
    }
}

#[test]
fn nothing_is_opened_from_an_ephemeral_key_of_low_order() {
    let device = device_keys(1);
    let good = seal_for_device(&device.box_public(), WORKSPACE, b"context", b"message", &mut Repeatable(2));
    let good = good.expect("sealed");
    for point in low_order_points() {
        let mut sealed = good.clone();
        sealed[3..35].copy_from_slice(&point);
        let opened = device.open_sealed(WORKSPACE, b"context", &sealed);
        assert_eq!(opened.err(), Some(Error::WeakPublicKey), "{point:?}");
    }
}

#[test]
fn a_message_opens_on_its_device_in_its_workspace_and_context_only() {
    let (device, other) = (device_keys(1), device_keys(2));
    let sealed = seal_for_device(&device.box_public(), WORKSPACE, b"context", b"message", &mut Repeatable(3))
        .expect("sealed");
    let opened = |device: &DeviceKeys, workspace, context: &[u8]| {
        device.open_sealed(workspace, context, &sealed).map(|opened| opened.to_vec())
    };
    assert_eq!(opened(&device, WORKSPACE, b"context"), Ok(b"message".to_vec()));
    assert_eq!(opened(&other, WORKSPACE, b"context"), Err(Error::OtherKey));
    assert_eq!(opened(&device, OTHER_WORKSPACE, b"context"), Err(Error::Damaged(Damage::Envelope)));
    assert_eq!(opened(&device, WORKSPACE, b"contexu"), Err(Error::Damaged(Damage::Envelope)));
    let mut newer = sealed.clone();
    newer[2] = 2;
    let newer = device.open_sealed(WORKSPACE, b"context", &newer);
    assert_eq!(newer.err(), Some(Error::UnknownVersion { found: 2 }));
}

#[test]
fn a_message_says_its_padded_length_only_and_never_repeats_a_key() {
    let device = device_keys(1);
    let mut entropy = Repeatable(2);
    let mut seal = |len| {
        seal_for_device(&device.box_public(), WORKSPACE, b"", &content(len), &mut entropy).expect("sealed")
    };
    for len in [0, 1, 32, 63, 64, 5000] {
        let (first, second) = (seal(len), seal(len));
        assert_eq!(first.len(), 35 + padded_len(len) + SEAL_OVERHEAD);
        assert_ne!(first[3..35], second[3..35], "every message has an ephemeral key of its own");
    }
}

#[test]
fn stored_device_keys_open_under_their_workspace_key_and_id_only() {
    let (device, home) = (device_keys(1), workspace_key(2));
    let wrapped = device.wrap(&home, WORKSPACE, &mut Repeatable(3)).expect("wrapped");
    assert_eq!(wrapped.len(), padded_len(87) + SEAL_OVERHEAD);
    let opened = DeviceKeys::unwrap(&wrapped, &home, WORKSPACE).expect("opened");
    let public = |keys: &DeviceKeys| (keys.device_id(), keys.signing_public(), keys.box_public());
    assert_eq!(public(&opened), public(&device));
    assert_eq!(opened.sign(b"an entry"), device.sign(b"an entry"));
    let refused = |home: &WorkspaceKey, workspace| {
        DeviceKeys::unwrap(&wrapped, home, workspace).map_err(|e| e.code()).err()
    };
    assert_eq!(refused(&workspace_key(4), WORKSPACE), Some("other_key"));
    assert_eq!(refused(&home, OTHER_WORKSPACE), Some("damaged"));
}

#[test]
fn a_signature_fits_its_message_and_key_only() {
    let (device, other) = (device_keys(1), device_keys(2));
    let signature = device.sign(b"an entry");
    assert!(verify_signature(&device.signing_public(), b"an entry", &signature));
    assert!(!verify_signature(&device.signing_public(), b"an entrz", &signature));
    assert!(!verify_signature(&other.signing_public(), b"an entry", &signature));
    assert!(!verify_signature(&device.box_public(), b"an entry", &signature));
    for bit_idx in 0..512 {
        let mut altered = signature;
        altered[bit_idx / 8] ^= 1 << (bit_idx % 8);
        assert!(!verify_signature(&device.signing_public(), b"an entry", &altered), "bit {bit_idx}");
    }
}

#[test]
fn a_key_of_low_order_signs_nothing() {
    // The identity as key and nonce with a zero scalar satisfies the plain equation for every message.
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    assert!(!verify_signature(&identity, b"any message", &signature));
    assert!(!verify_signature(&device_keys(1).signing_public(), b"any message", &signature));
}

#[test]
fn a_signature_has_no_second_spelling() {
    let device = device_keys(1);
    let mut signature = device.sign(b"an entry");
    let order: [u8; 32] = array_from_hex(GROUP_ORDER);
    let mut carry = 0;
    for (digit, added) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*digit) + u16::from(added) + carry;
        *digit = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert_eq!(carry, 0, "the larger scalar still fits its 32 bytes");
    assert!(!verify_signature(&device.signing_public(), b"an entry", &signature));
}

#[test]
fn each_draw_becomes_one_part_of_a_device() {
    let device = DeviceKeys::create(&mut stated([&[1; 16], &[2; 32], &[3; 32]])).expect("keys");
    let other = DeviceKeys::create(&mut stated([&[1; 16], &[4; 32], &[3; 32]])).expect("keys");
    assert_eq!(device.device_id().0, [1; 16]);
    assert_eq!(device.box_public(), other.box_public());
    assert_ne!(device.signing_public(), other.signing_public());
}

proptest! {
    #[test]
    fn any_message_for_any_device_comes_back(message in prop::collection::vec(any::<u8>(), 0..300), seed in any::<u64>()) {
        let device = device_keys(seed);
        let sealed = seal_for_device(&device.box_public(), WORKSPACE, b"c", &message, &mut Repeatable(!seed)).expect("sealed");
        prop_assert_eq!(&*device.open_sealed(WORKSPACE, b"c", &sealed).expect("opened"), &message[..]);
        prop_assert!(verify_signature(&device.signing_public(), &message, &device.sign(&message)));
    }
}
