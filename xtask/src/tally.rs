//! Counting tests by what the runners print.

/// Tests that passed and failed so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Tally {
    /// Adds what one line of output says, if it is a summary: `test result: ok. 5 passed; 0 failed; …` of cargo and
    /// wasm-bindgen, `ℹ pass 5` and `ℹ fail 0` of Node.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim();
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.passed += before(counts, " passed");
            self.failed += before(counts, " failed");
        } else if let Some(count) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# ")) {
            match count.split_once(' ') {
                Some(("pass", number)) => self.passed += number.parse().unwrap_or(0),
                Some(("fail" | "cancelled", number)) => self.failed += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

/// The number that stands right before a word.
fn before(text: &str, word: &str) -> usize {
    text.split_once(word)
        .and_then(|(head, _)| head.rsplit(|character: char| !character.is_ascii_digit()).next())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(text: &str) -> Tally {
        let mut tally = Tally::default();
        text.lines().for_each(|line| tally.read(line));
        tally
    }

    #[test]
    fn cargo_and_wasm_bindgen_summaries_add_up() {
        let text = "running 3 tests
            test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
            test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 filtered out";
        assert_eq!(tally(text), Tally { passed: 17, failed: 3 });
    }

    #[test]
    fn node_summaries_add_up() {
        let text =
            "ℹ tests 9\nℹ suites 0\nℹ pass 6\nℹ fail 2\nℹ cancelled 1\nℹ skipped 0\nℹ duration_ms 71.5";
        assert_eq!(tally(text), Tally { passed: 6, failed: 3 });
        assert_eq!(tally("# pass 4\n# fail 0"), Tally { passed: 4, failed: 0 });
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(tally("1 passed\n✔ pass 3 (0.4ms)\n# Subtest: pass 2\nfail 3"), Tally::default());
    }
}
