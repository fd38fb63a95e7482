//! Any bytes as a push: refused, or safe to look through as a server does.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stillroom_consent::Lane;
use stillroom_fuzz::read;
use stillroom_sync::wire::{Body, Op, Push, WrappedDek, encode};

fuzz_target!(|bytes: &[u8]| {
    let Some(push) = read::<Push>(bytes) else { return };
    let encoding = encode(&push);
    for op in &push.ops {
        assert_eq!(
            read::<Op>(&encode(op)).map(|op| op.hash()),
            Some(op.hash()),
            "a part is read as in the whole"
        );
        let lane = op.purpose.terms().lane;
        match &op.body {
            Body::Sealed(_) if op.is_well_formed() => assert!(lane == Lane::Sealed && op.dek.is_some()),
            Body::Readable(_) if op.is_well_formed() => assert!(lane == Lane::Readable && op.dek.is_none()),
            _ => {}
        }
    }
    let ops = push.ops.iter().map(|op| encode(op).len()).sum::<usize>();
    let deks = push.deks.iter().map(|dek: &WrappedDek| encode(dek).len()).sum::<usize>();
    assert!(ops + deks < encoding.len(), "the parts are smaller than the whole");
});
