//! The native run gives the numbers on file.

mod parity;

use std::{fs, path::Path};

/// With `STILLROOM_RECORD` set, writes the numbers on file instead of comparing: read the difference before committing it.
#[test]
fn recipes_give_the_numbers_on_file() {
    if std::env::var_os("STILLROOM_RECORD").is_none() {
        return parity::check_all();
    }
    for case in parity::cases() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{}.json", case.name));
        let text = serde_json::to_string(&parity::run(&case)).expect("a reply is JSON");
        fs::write(path, text + "\n").expect("the file can be written");
    }
}

/// A guard that cannot see a difference would pass on anything.
#[test]
#[should_panic(expected = "is not")]
fn the_comparison_sees_a_difference_in_the_ninth_digit() {
    parity::compare("", &serde_json::json!([1.000_000_01]), &serde_json::json!([1.0]));
}
