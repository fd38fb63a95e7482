//! Padding: sealed sizes tell little about what is inside.
//!
//! Content is followed by one byte `0x80` and zeros (ISO/IEC 7816-4) up to the next multiple of 64 bytes, or, from
//! 4 KiB on, up to the next Padmé size (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and
//! Communication with PURBs", PoPETs 2019), which costs at most 12 % and leaks only O(log log n) bits of the length.

const BLOCK: usize = 64;
const PADME_FROM: usize = 4096;

/// The size in bytes that content of `len` bytes is padded to, its end mark included.
pub fn padded_len(len: usize) -> usize {
    let marked = len.saturating_add(1);
    if marked < PADME_FROM { marked.next_multiple_of(BLOCK) } else { padme(marked) }
}

fn padme(len: usize) -> usize {
    let exponent = len.ilog2();
    let kept_bits = exponent.ilog2() + 1;
    let mask = (1usize << (exponent - kept_bits)) - 1;
    len.saturating_add(mask) & !mask
}

pub(crate) fn pad(content: &[u8], spare: usize) -> Vec<u8> {
    let padded = padded_len(content.len());
    let mut bytes = Vec::with_capacity(padded.saturating_add(spare));
    bytes.extend_from_slice(content);
    bytes.push(0x80);
    bytes.resize(padded, 0);
    bytes
}

/// The length of the content inside `padded`, or `None` where no end mark is found or the padding is not canonical.
pub(crate) fn content_len(padded: &[u8]) -> Option<usize> {
    let mark = padded.iter().rposition(|byte| *byte != 0)?;
    (padded[mark] == 0x80 && padded_len(mark) == padded.len()).then_some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_sizes_are_as_published() {
        let cases = [
            (0, 64),
            (63, 64),
            (64, 128),
            (4031, 4032),
            (4095, 4096),
            (4096, 4352),
            (65_535, 65_536),
            (65_536, 67_584),
            (999_999, 1_015_808),
        ];
        for (len, expected) in cases {
            assert_eq!(padded_len(len), expected, "content of {len} bytes");
        }
    }

    #[test]
    fn padding_never_costs_more_than_an_eighth_from_4_kib_on() {
        for len in (4096..200_000).step_by(37) {
            let padded = padded_len(len);
            assert!(padded > len && (padded - len) * 8 <= len, "{len} became {padded}");
        }
    }

    #[test]
    fn content_comes_back_whatever_it_ends_with() {
        for tail in [&[][..], &[0], &[0x80], &[0x80, 0, 0], &[0; 200]] {
            let padded = pad(tail, 0);
            assert_eq!(padded.len(), padded_len(tail.len()));
            assert_eq!(content_len(&padded), Some(tail.len()));
        }
        assert_eq!(content_len(&[0; 64]), None);
        assert_eq!(content_len(&[0x80; 63]), None);
    }
}
