//! The primitives give the numbers that their standards print.

use argon2::{Algorithm, Argon2, AssociatedData, Block, ParamsBuilder, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, XChaCha20Poly1305};
use hkdf::Hkdf;
use sha2::Sha256;

const SUNSCREEN: &[u8] =
    b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
const ASSOCIATED: &str = "50515253c0c1c2c3c4c5c6c7";
const KEY: &str = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ascii"), 16).expect("hex"))
        .collect()
}

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
