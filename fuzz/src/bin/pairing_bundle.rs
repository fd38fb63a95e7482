//! Any bytes as what a pairing hands over: refused, or written again as the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stillroom_fuzz::{VAULT_WORKSPACE, always, pairing_secret};
use stillroom_vault::{PairingSecret, SyncKeys};

fuzz_target!(|bytes: &[u8]| {
    let _refused_or_opened = pairing_secret().open_bundle(VAULT_WORKSPACE, bytes);
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(secret) = PairingSecret::parse(text)
    {
        let again = PairingSecret::parse(&secret.to_text()).expect("written just now");
        assert_eq!(again.pairing_id(), secret.pairing_id());
    }
    let Ok(bundle) = SyncKeys::from_bundle(bytes) else { return };
    assert_eq!(
        *bundle.keys.to_bundle(bundle.workspace_id, &bundle.extra),
        bytes,
        "a bundle has one encoding"
    );
    assert!(bundle.keys.has_epoch(bundle.keys.current_epoch()));
    let sealed = pairing_secret()
        .seal_bundle(&bundle.keys, VAULT_WORKSPACE, &bundle.extra, &mut always(9))
        .expect("sealed");
    let opened = pairing_secret().open_bundle(VAULT_WORKSPACE, &sealed).expect("sealed just now");
    assert_eq!(opened.extra, bundle.extra);
});
