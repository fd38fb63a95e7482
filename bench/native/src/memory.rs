//! What this process holds and has held, where the system keeps account of it.

use std::fs;

/// The bytes held now; from here on the most ever held is counted anew.
pub(crate) fn start() -> u64 {
    // Where this is not allowed, the peak is that of the whole life.
    let _ = fs::write("/proc/self/clear_refs", "5");
    bytes("VmRSS:")
}

/// The most bytes held since.
pub(crate) fn peak() -> u64 {
    bytes("VmHWM:")
}

fn bytes(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|text| text.strip_prefix(line));
    let kilobytes = found.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}
