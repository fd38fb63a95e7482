//! Any bytes as a page of the server's sequence: refused, or safe to follow as a client does.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stillroom_consent::{Hash, PublicKey};
use stillroom_sync::wire::{Page, next_chain};

fuzz_target!(|bytes: &[u8]| {
    let Some(page) = stillroom_fuzz::read::<Page>(bytes) else { return };
    let chain = page.rows.iter().fold(Hash::ZERO, |chain, row| next_chain(&chain, &row.op_hash()));
    let last = page.rows.last().map_or(0, |row| row.seq());
    let _extends = page.head.head.seq == last && page.head.head.chain == chain;
    let _refused_or_not = page.head.verify(&PublicKey(page.head.head.chain.0));
});
