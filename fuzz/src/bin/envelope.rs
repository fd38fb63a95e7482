//! Any bytes as something sealed: refused, or sealed by us. Any bytes as content: what is sealed opens as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stillroom_fuzz::{VAULT_WORKSPACE, always, sealing_key, workspace_key};
use stillroom_vault::{
    DeviceKeys, Entropy, Error, SEAL_OVERHEAD, SyncKeys, open_operation, padded_len, seal_operation,
};

const HEADER_HASH: [u8; 32] = [6; 32];
const SCHEMA: u32 = 1;

fuzz_target!(|bytes: &[u8]| {
    let key = sealing_key();
    if let Ok(content) = open_operation(&key, VAULT_WORKSPACE, &HEADER_HASH, SCHEMA, bytes) {
        let mut nonce = |wanted: &mut [u8]| -> Result<(), Error> {
            wanted.copy_from_slice(&bytes[20..44]);
            Ok(())
        };
        assert_eq!(seal(&content, &mut nonce), bytes, "an envelope has one encoding");
    }
    let sealed = seal(bytes, &mut always(9));
    assert_eq!(sealed.len(), padded_len(bytes.len()) + SEAL_OVERHEAD);
    let opened =
        open_operation(&key, VAULT_WORKSPACE, &HEADER_HASH, SCHEMA, &sealed).expect("sealed just now");
    assert_eq!(&*opened, bytes);
    if let Ok(keys) = SyncKeys::unwrap(bytes, &workspace_key(), VAULT_WORKSPACE) {
        assert!(keys.has_epoch(keys.current_epoch()));
    }
    let _refused_or_whole = DeviceKeys::unwrap(bytes, &workspace_key(), VAULT_WORKSPACE);
});

fn seal(content: &[u8], entropy: &mut dyn Entropy) -> Vec<u8> {
    seal_operation(&sealing_key(), VAULT_WORKSPACE, &HEADER_HASH, SCHEMA, content, entropy).expect("sealed")
}
