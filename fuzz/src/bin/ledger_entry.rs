//! Any bytes as an entry of the consent ledger: refused, or safe to fold.
//!
//! A signature and a chain stand over an entry, so bytes that a fuzzer changed would all end there: the content is tried
//! under a right signature, as the second and third entry of a ledger, as well.

#![no_main]

use std::cell::OnceCell;

use libfuzzer_sys::fuzz_target;
use stillroom_consent::{Entry, Event, MemoryRegister, Register as _, Signature, SignedEntry, fold};
use stillroom_fuzz::{WORKSPACE, device_info, device_keys, read};
use stillroom_vault::DeviceKeys;

thread_local! {
    static KEYS: OnceCell<DeviceKeys> = const { OnceCell::new() };
}

fuzz_target!(|bytes: &[u8]| {
    let mut register = MemoryRegister::new(WORKSPACE);
    if let Some(signed) = read::<SignedEntry>(bytes) {
        let _refused_or_folded = fold(&mut register, &signed);
    }
    let Some(entry) = read::<Entry>(bytes) else { return };
    let mut register = MemoryRegister::new(WORKSPACE);
    append(&mut register, Event::DeviceAdded(device_info()), 0).expect("a ledger begins with its device");
    let is_folded = append(&mut register, entry.event.clone(), entry.at).is_ok();
    assert!(!is_folded || entry.event.check().is_ok(), "only what can be is folded");
    let (seq, _) = register.head().expect("memory does not fail");
    assert_eq!(seq, 1 + u64::from(is_folded));
    let _again = append(&mut register, entry.event, entry.at);
});

/// Signs an event as the next entry of the register's ledger, and folds it in.
fn append(register: &mut MemoryRegister, event: Event, at: i64) -> Result<(), stillroom_consent::Error> {
    let (seq, prev) = register.head()?;
    let entry = Entry { workspace: WORKSPACE, seq: seq + 1, prev, at, device: device_info().device, event };
    let signature = KEYS.with(|keys| keys.get_or_init(device_keys).sign(&entry.message()));
    fold(register, &SignedEntry { entry, signature: Signature(signature) }).map(drop)
}
