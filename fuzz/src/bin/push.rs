//! Any bytes as a push: refused, or safe to look through as a server does.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stillroom_sync::wire::{MAX_OP_BYTES, Push, encode};

fuzz_target!(|bytes: &[u8]| {
    let Some(push) = stillroom_fuzz::read::<Push>(bytes) else { return };
    let n_storable =
        push.ops.iter().filter(|op| op.is_well_formed() && encode(op).len() <= MAX_OP_BYTES).count();
    assert!(n_storable <= push.ops.len());
    let n_bytes: usize = push.ops.iter().map(|op| encode(op).len()).sum::<usize>()
        + push.deks.iter().map(|dek| encode(dek).len()).sum::<usize>();
    assert!(n_bytes <= bytes.len(), "parts are not larger than the whole");
});
