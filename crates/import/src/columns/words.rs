//! Different texts, each once, with a number each: first come, first numbered.

/// Texts by number and numbers by text. Memory is linear in the different texts; a look-up costs one pass over the bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    /// Numbers plus one by hash, zero where there is none; at most half full.
    slots: Vec<u32>,
    keys: Vec<Key>,
    text: String,
    ends: Vec<usize>,
}

/// What tells texts apart without comparing them: the whole text up to sixteen bytes, a hash of it beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    first: u64,
    last: u64,
    n_bytes: usize,
}

/// Longest text that its key holds whole.
const MAX_KEY_BYTES: usize = 16;
/// Odd, and its bits are those of the golden ratio: products spread over the high half.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(sum: u64, word: u64) -> u64 {
    let product = (sum ^ word).wrapping_mul(MULTIPLIER);
    product ^ (product >> 32)
}

impl Key {
    #[inline(always)]
    fn of(bytes: &[u8]) -> Self {
        let n_bytes = bytes.len();
        let (first, last) = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
                (Some(first), Some(last)) => {
                    (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)))
                }
                _ => (bytes.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)), 0),
            },
        };
        if n_bytes <= MAX_KEY_BYTES {
            return Self { first, last, n_bytes };
        }
        let (words, _) = bytes.as_chunks::<8>();
        Self {
            first: words.iter().fold(last, |sum, word| mix(sum, u64::from_le_bytes(*word))),
            last,
            n_bytes,
        }
    }

    #[inline(always)]
    fn hash(self) -> usize {
        mix(mix(self.first, self.n_bytes as u64), self.last) as usize
    }
}

impl Words {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, number: usize) -> &str {
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(number).and_then(|end| self.text.get(start..*end)).unwrap_or_default()
    }

    /// The number of `value`, and whether it is new.
    #[inline]
    pub(super) fn number(&mut self, value: &str) -> (u32, bool) {
        let key = Key::of(value.as_bytes());
        let mask = self.slots.len().wrapping_sub(1);
        let mut slot = key.hash() & mask;
        while let Some(number) = self.slots.get(slot).and_then(|taken| taken.checked_sub(1)) {
            let is_alike = self.keys.get(number as usize) == Some(&key);
            if is_alike && (value.len() <= MAX_KEY_BYTES || self.get(number as usize) == value) {
                return (number, false);
            }
            slot = (slot + 1) & mask;
        }
        (self.add(key, value), true)
    }

    #[cold]
    fn add(&mut self, key: Key, value: &str) -> u32 {
        let number = self.len() as u32;
        self.keys.push(key);
        self.text.push_str(value);
        self.ends.push(self.text.len());
        if self.len() * 2 > self.slots.len() {
            self.slots = vec![0; (self.slots.len() * 4).max(256)];
            (0..self.len()).for_each(|number| self.settle(number));
        } else {
            self.settle(number as usize);
        }
        number
    }

    /// Gives the text of this number a slot.
    fn settle(&mut self, number: usize) {
        let mask = self.slots.len() - 1;
        let mut slot = self.keys.get(number).map_or(0, |key| key.hash()) & mask;
        while self.slots.get(slot).is_some_and(|taken| *taken != 0) {
            slot = (slot + 1) & mask;
        }
        if let Some(free) = self.slots.get_mut(slot) {
            *free = number as u32 + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_keeps_its_number() {
        let mut words = Words::default();
        let texts: Vec<String> = (0..5_000).map(|idx| "x".repeat(idx % 19) + &idx.to_string()).collect();
        for (expected, text) in (0..).zip(&texts) {
            assert_eq!(words.number(text), (expected, true));
        }
        for (expected, text) in (0..).zip(&texts) {
            assert_eq!(words.number(text), (expected, false));
            assert_eq!(words.get(expected as usize), text);
        }
        let odd = ["", "\0", "\0\0", "a", "aa", "\0a"];
        for (expected, text) in (5_000..).zip(odd) {
            assert_eq!(words.number(text), (expected, true), "{text:?}");
        }
    }
}
