//! Any bytes as an operation: refused, or safe to ask everything.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stillroom_sync::wire::{Body, Op};

fuzz_target!(|bytes: &[u8]| {
    let Some(op) = stillroom_fuzz::read::<Op>(bytes) else { return };
    let (hash, header_hash) = (op.hash(), op.header_hash());
    let bare = Op { body: Body::None, ..op.clone() };
    assert_eq!(bare.header_hash(), header_hash, "the header is everything but the body");
    assert_eq!(bare.hash() == hash, op.body == Body::None, "the hash is of the body too");
    if op.is_well_formed() {
        assert!(op.device_seq > 0 && op.groups().is_known());
    }
    assert!(op.hlc.next(op.hlc.millis()) >= op.hlc);
});
