//! One bit a row.

/// Bits, eight a byte, least significant first, as Arrow keeps validity; bits past the last row are 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bits {
    bytes: Vec<u8>,
    len: usize,
    n_set: usize,
}

impl Bits {
    #[inline]
    pub(crate) fn push(&mut self, is_set: bool) {
        if self.len.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(is_set) << (self.len % 8);
        }
        self.n_set += usize::from(is_set);
        self.len += 1;
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bit of row `idx`; false past the last.
    pub fn get(&self, idx: usize) -> bool {
        self.bytes.get(idx / 8).is_some_and(|byte| (byte >> (idx % 8)) & 1 == 1)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Without any row.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether every row's bit is set.
    pub fn is_all_set(&self) -> bool {
        self.n_set == self.len
    }
}

impl FromIterator<bool> for Bits {
    fn from_iter<T: IntoIterator<Item = bool>>(flags: T) -> Self {
        let mut bits = Self::default();
        flags.into_iter().for_each(|flag| bits.push(flag));
        bits
    }
}
