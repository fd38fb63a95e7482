//! Any bytes as a message for a device: refused, or opened. Any bytes as a public key: refused, or one secret for two.

#![no_main]

use std::cell::OnceCell;

use libfuzzer_sys::fuzz_target;
use stillroom_fuzz::{VAULT_WORKSPACE, always, device_keys};
use stillroom_vault::{DeviceKeys, Error, seal_for_device, verify_signature};

thread_local! {
    static KEYS: OnceCell<DeviceKeys> = const { OnceCell::new() };
}

fuzz_target!(|bytes: &[u8]| {
    KEYS.with(|keys| {
        let device = keys.get_or_init(device_keys);
        let _refused_or_opened = device.open_sealed(VAULT_WORKSPACE, b"context", bytes);
        let Some((public, message)) = bytes.split_first_chunk::<32>() else { return };
        match seal_for_device(public, VAULT_WORKSPACE, b"context", message, &mut always(9)) {
            Ok(sealed) => {
                let opened = device.open_sealed(VAULT_WORKSPACE, b"context", &sealed);
                assert_eq!(opened.is_ok(), *public == device.box_public(), "it opens on its own device only");
            }
            Err(error) => assert_eq!(error, Error::WeakPublicKey),
        }
        let Some((signature, message)) = message.split_first_chunk::<64>() else { return };
        let _fits_or_not = verify_signature(public, message, signature);
    });
});
