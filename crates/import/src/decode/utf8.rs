//! UTF-8, checked as it comes.

use super::Step;

/// Bytes of a character that the next piece may finish, and whether a byte order mark may still come.
pub(super) struct Utf8Decoder {
    cut: [u8; 4],
    n_cut: usize,
    is_at_start: bool,
}

impl Utf8Decoder {
    pub(super) fn new() -> Self {
        Self { cut: [0; 4], n_cut: 0, is_at_start: true }
    }

    /// Decodes `bytes` onto the end of `text`, up to their end or to the next malformed sequence, and says how many of them
    /// it took.
    pub(super) fn step(&mut self, bytes: &[u8], is_last: bool, text: &mut String) -> (Step, usize) {
        let before = text.len();
        let (step, taken) = self.read(bytes, is_last, text);
        if self.is_at_start && (text.len() > before || matches!(step, Step::Malformed)) {
            self.is_at_start = false;
            if text.get(before..).is_some_and(|new| new.starts_with('\u{FEFF}')) {
                text.drain(before..before + '\u{FEFF}'.len_utf8());
            }
        }
        (step, taken)
    }

    fn read(&mut self, bytes: &[u8], is_last: bool, text: &mut String) -> (Step, usize) {
        let mut taken = 0;
        while self.n_cut > 0 {
            let Some(&byte) = bytes.get(taken) else {
                return if is_last { (self.give_up(), taken) } else { (Step::Done, taken) };
            };
            let Some(slot) = self.cut.get_mut(self.n_cut) else { return (self.give_up(), taken) };
            *slot = byte;
            match std::str::from_utf8(self.cut.get(..=self.n_cut).unwrap_or_default()) {
                Ok(whole) => {
                    text.push_str(whole);
                    self.n_cut = 0;
                    taken += 1;
                }
                Err(error) if error.error_len().is_none() => {
                    self.n_cut += 1;
                    taken += 1;
                }
                Err(_) => return (self.give_up(), taken),
            }
        }
        let rest = bytes.get(taken..).unwrap_or_default();
        let error = match std::str::from_utf8(rest) {
            Ok(whole) => {
                text.push_str(whole);
                return (Step::Done, bytes.len());
            }
            Err(error) => error,
        };
        let (valid, rest) = rest.split_at_checked(error.valid_up_to()).unwrap_or_default();
        text.push_str(std::str::from_utf8(valid).unwrap_or_default());
        match error.error_len() {
            Some(n_bad) => (Step::Malformed, taken + valid.len() + n_bad),
            None => {
                for (slot, byte) in self.cut.iter_mut().zip(rest) {
                    *slot = *byte;
                }
                self.n_cut = rest.len();
                if is_last { (self.give_up(), bytes.len()) } else { (Step::Done, bytes.len()) }
            }
        }
    }

    /// The cut character is never finished.
    fn give_up(&mut self) -> Step {
        self.n_cut = 0;
        Step::Malformed
    }
}
