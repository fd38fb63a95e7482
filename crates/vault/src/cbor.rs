//! The few pieces of deterministic CBOR (RFC 8949, section 4.2) that associated data and kept keys need.

use crate::error::{Damage, Error};

/// Appends CBOR items in their shortest form.
#[derive(Default)]
pub(crate) struct CborWriter {
    bytes: Vec<u8>,
}

impl CborWriter {
    /// A writer that does not move what it wrote while that stays within `capacity` bytes: no copy of a secret is left behind.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity) }
    }

    pub(crate) fn array(mut self, len: usize) -> Self {
        self.head(4, len as u64);
        self
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.head(3, text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.head(2, bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub(crate) fn uint(mut self, value: u64) -> Self {
        self.head(0, value);
        self
    }

    pub(crate) fn boolean(mut self, value: bool) -> Self {
        self.bytes.push(if value { 0xf5 } else { 0xf4 });
        self
    }

    pub(crate) fn null(mut self) -> Self {
        self.bytes.push(0xf6);
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn head(&mut self, major: u8, value: u64) {
        let major = major << 5;
        let long = value.to_be_bytes();
        match value {
            0..24 => self.bytes.push(major | long[7]),
            24..0x100 => self.bytes.extend_from_slice(&[major | 24, long[7]]),
            0x100..0x1_0000 => self.prefixed(major | 25, &long[6..]),
            0x1_0000..0x1_0000_0000 => self.prefixed(major | 26, &long[4..]),
            _ => self.prefixed(major | 27, &long),
        }
    }

    fn prefixed(&mut self, first: u8, rest: &[u8]) {
        self.bytes.push(first);
        self.bytes.extend_from_slice(rest);
    }
}

/// Takes items off the start of bytes, each only in its shortest form; `None` where the bytes hold something else.
pub(crate) struct CborReader<'a> {
    rest: &'a [u8],
}

impl<'a> CborReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Starts behind the version that an array of `n_items` begins with.
    pub(crate) fn versioned(
        bytes: &'a [u8],
        n_items: usize,
        version: u32,
        damage: Damage,
    ) -> Result<Self, Error> {
        let damaged = Error::Damaged(damage);
        let mut reader = Self::new(bytes);
        let found_items = reader.array().ok_or(damaged.clone())?;
        let found = reader.uint().and_then(|found| u32::try_from(found).ok()).ok_or(damaged.clone())?;
        match found {
            _ if found != version => Err(Error::UnknownVersion { found }),
            _ if found_items != n_items => Err(damaged),
            _ => Ok(reader),
        }
    }

    /// The number of items of an array that begins here.
    pub(crate) fn array(&mut self) -> Option<usize> {
        self.head(4).and_then(|len| usize::try_from(len).ok())
    }

    pub(crate) fn uint(&mut self) -> Option<u64> {
        self.head(0)
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.head(2)?).ok()?;
        let (bytes, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(bytes)
    }

    pub(crate) fn exactly<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        self.bytes()?.try_into().ok()
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn head(&mut self, major: u8) -> Option<u64> {
        let (first, rest) = self.rest.split_first()?;
        if first >> 5 != major {
            return None;
        }
        let (value, rest) = match first & 31 {
            short @ 0..24 => (u64::from(short), rest),
            24 => long_head::<1>(rest, 24)?,
            25 => long_head::<2>(rest, 0x100)?,
            26 => long_head::<4>(rest, 0x1_0000)?,
            27 => long_head::<8>(rest, 0x1_0000_0000)?,
            _ => return None,
        };
        self.rest = rest;
        Some(value)
    }
}

/// A number of `N` bytes, refused below `least`, which a shorter form could hold.
fn long_head<const N: usize>(bytes: &[u8], least: u64) -> Option<(u64, &[u8])> {
    let (digits, rest) = bytes.split_first_chunk::<N>()?;
    let value = digits.iter().fold(0, |value, digit| (value << 8) | u64::from(*digit));
    (value >= least).then_some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex_from_bytes;

    #[test]
    fn integers_follow_the_examples_of_rfc_8949() {
        let cases: &[(u64, &str)] = &[
            (0, "00"),
            (10, "0a"),
            (23, "17"),
            (24, "1818"),
            (100, "1864"),
            (1000, "1903e8"),
            (1_000_000, "1a000f4240"),
            (1_000_000_000_000, "1b000000e8d4a51000"),
            (u64::MAX, "1bffffffffffffffff"),
        ];
        for (value, expected) in cases {
            let written = CborWriter::default().uint(*value).finish();
            assert_eq!(hex_from_bytes(&written), *expected);
            assert_eq!(CborReader::new(&written).uint(), Some(*value));
        }
    }

    #[test]
    fn longer_forms_other_types_and_cut_items_are_not_read() {
        for uint in
            [&[0x18, 23][..], &[0x19, 0, 0xff], &[0x1a, 0, 0, 0xff, 0xff], &[0x1c], &[0x1f], &[0x40], &[]]
        {
            assert_eq!(CborReader::new(uint).uint(), None, "{uint:?}");
        }
        for bytes in
            [&[0x42, 1][..], &[0x5f, 0x41, 1, 0xff], &[0x5b, 255, 255, 255, 255, 255, 255, 255, 255], &[0x60]]
        {
            assert_eq!(CborReader::new(bytes).bytes(), None, "{bytes:?}");
        }
        assert_eq!(CborReader::new(&[0x9f]).array(), None);
        assert_eq!(CborReader::new(&[0x42, 1, 2]).exactly::<3>(), None);
    }

    #[test]
    fn arrays_texts_bytes_and_simple_values_follow_rfc_8949() {
        let written = CborWriter::default()
            .array(5)
            .text("IETF")
            .bytes(&[1, 2, 3, 4])
            .boolean(true)
            .boolean(false)
            .null()
            .finish();
        assert_eq!(hex_from_bytes(&written), "8564494554464401020304f5f4f6");
    }
}
