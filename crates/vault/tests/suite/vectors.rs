//! The primitives give the numbers that their standards print.

use crate::common::{WORKSPACE, array_from_hex, bytes_from_hex as bytes, stated};
use argon2::{Algorithm, Argon2, AssociatedData, Block, ParamsBuilder, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, XChaCha20Poly1305};
use hkdf::Hkdf;
use sha2::Sha256;
use stillroom_vault::{
    DeviceKeys, Namespace, Place, Position, SealingKey, open, seal_for_device, verify_signature,
};

const SUNSCREEN: &[u8] =
    b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
const ASSOCIATED: &str = "50515253c0c1c2c3c4c5c6c7";
const KEY: &str = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";

#[test]
fn argon2id_gives_the_tag_of_rfc_9106_section_5_3() {
    let params = ParamsBuilder::new()
        .m_cost(32)
        .t_cost(3)
        .p_cost(4)
        .output_len(32)
        .data(AssociatedData::new(&[4; 12]).expect("twelve bytes are allowed"))
        .build()
        .expect("the parameters of the standard");
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 =
        Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).expect("secret");
    let mut tag = [0; 32];
    argon2.hash_password_into_with_memory(&[1; 32], &[2; 16], &mut tag, &mut memory).expect("tag");
    assert_eq!(tag.to_vec(), bytes("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"));
}

#[test]
fn chacha20_poly1305_gives_the_ciphertext_of_rfc_8439_section_2_8_2() {
    let cipher = ChaCha20Poly1305::new_from_slice(&bytes(KEY)).expect("key");
    let nonce: [u8; 12] = bytes("070000004041424344454647").try_into().expect("twelve bytes");
    let associated = bytes(ASSOCIATED);
    let sealed = cipher.encrypt(&nonce.into(), Payload { msg: SUNSCREEN, aad: &associated }).expect("sealed");
    let expected = [
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b",
        "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc",
        "3ff4def08e4b7a9de576d26586cec64b6116",
        "1ae10b594f09e26a7e902ecbd0600691",
    ];
    assert_eq!(sealed, bytes(&expected.concat()));
}

#[test]
fn xchacha20_poly1305_gives_the_ciphertext_of_the_draft_appendix_a_3_1() {
    let cipher = XChaCha20Poly1305::new_from_slice(&bytes(KEY)).expect("key");
    let nonce: [u8; 24] =
        bytes("404142434445464748494a4b4c4d4e4f5051525354555657").try_into().expect("twenty-four bytes");
    let associated = bytes(ASSOCIATED);
    let sealed = cipher.encrypt(&nonce.into(), Payload { msg: SUNSCREEN, aad: &associated }).expect("sealed");
    let expected = [
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39",
        "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9",
        "21f9664c97637da9768812f615c68b13b52e",
        "c0875924c1c7987947deafd8780acf49",
    ];
    assert_eq!(sealed, bytes(&expected.concat()));
}

#[test]
fn hkdf_gives_the_output_of_rfc_5869_appendix_a() {
    let cases = [
        (
            "0b".repeat(22),
            "000102030405060708090a0b0c",
            "f0f1f2f3f4f5f6f7f8f9",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            "0b".repeat(22),
            "",
            "",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ];
    for (secret, salt, info, expected) in cases {
        let mut output = [0; 42];
        Hkdf::<Sha256>::new(Some(&bytes(salt)), &bytes(&secret))
            .expand(&bytes(info), &mut output)
            .expect("output");
        assert_eq!(output.to_vec(), bytes(expected));
    }
}

#[test]
fn devices_sign_as_rfc_8032_section_7_1() {
    let cases = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ];
    for (secret, public, message, signature) in cases {
        let (id, unused) = ([1; 16], [1; 32]);
        let keys = DeviceKeys::create(&mut stated([&id, &bytes(secret), &unused])).expect("keys");
        assert_eq!(keys.signing_public(), array_from_hex(public));
        assert_eq!(keys.sign(&bytes(message)), array_from_hex(signature));
        assert!(verify_signature(&array_from_hex(public), &bytes(message), &array_from_hex(signature)));
    }
}

const ALICE_SECRET: &str = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
const ALICE_PUBLIC: &str = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
const BOB_SECRET: &str = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
const BOB_PUBLIC: &str = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
const SHARED: &str = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

#[test]
fn a_message_from_alice_to_bob_is_sealed_under_the_shared_secret_of_rfc_7748_section_6_1() {
    let (id, unused, nonce) = ([1; 16], [1; 32], [2; 24]);
    let bob = DeviceKeys::create(&mut stated([&id, &unused, &bytes(BOB_SECRET)])).expect("keys");
    assert_eq!(bob.box_public(), array_from_hex(BOB_PUBLIC));
    let mut entropy = stated([&bytes(ALICE_SECRET), &nonce]);
    let sealed =
        seal_for_device(&bob.box_public(), WORKSPACE, b"context", b"hello", &mut entropy).expect("sealed");
    assert_eq!(sealed[3..35], bytes(ALICE_PUBLIC));
    let mut key = [0; 32];
    let salt = bytes(&[ALICE_PUBLIC, BOB_PUBLIC].concat());
    Hkdf::<Sha256>::new(Some(&salt), &bytes(SHARED))
        .expand(b"stillroom/1 for-device", &mut key)
        .expect("key");
    let place = Place {
        namespace: Namespace::ForDevice,
        workspace_id: WORKSPACE,
        object_id: b"context",
        schema_version: 1,
        position: Position::Single,
    };
    let opened = open(&SealingKey::from_bytes(key), &place, &sealed[35..]).expect("opened");
    assert_eq!(*opened, *b"hello");
    assert_eq!(*bob.open_sealed(WORKSPACE, b"context", &sealed).expect("opened"), *b"hello");
}

#[test]
fn x25519_iterates_as_rfc_7748_section_5_2() {
    let (mut scalar, mut point) = ([0; 32], [0; 32]);
    scalar[0] = 9;
    point[0] = 9;
    for _ in 0..1000 {
        (scalar, point) = (x25519_dalek::x25519(scalar, point), scalar);
    }
    let expected = "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51";
    assert_eq!(scalar, array_from_hex(expected));
}
