//! The few pieces of deterministic CBOR (RFC 8949, section 4.2) that associated data and checksums need: only writing.

/// Appends CBOR items in their shortest form.
#[derive(Default)]
pub(crate) struct CborWriter {
    bytes: Vec<u8>,
}

impl CborWriter {
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
            assert_eq!(hex_from_bytes(&CborWriter::default().uint(*value).finish()), *expected);
        }
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
