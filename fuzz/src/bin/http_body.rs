//! Any bytes as the body of any request or answer: refused, or written again as the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stillroom_fuzz::read;
use stillroom_sync::wire;

macro_rules! try_all {
    ($bytes:ident: $($message:ident)*) => {
        $(if let Some(message) = read::<wire::$message>($bytes) {
            let _printable = format!("{message:?}");
        })*
    };
}

fuzz_target!(|bytes: &[u8]| {
    try_all!(bytes: NewWorkspace PairOffer PairClaim Append Push);
    try_all!(bytes: ServerInfo Enrolled PairOffered Claimed PairState Devices Appended Withdrawn Ledger Pushed Page);
    try_all!(bytes: Receipts Problem);
});
