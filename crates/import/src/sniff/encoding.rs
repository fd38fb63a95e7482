//! Which encoding: by byte order mark, by NUL bytes, by validity, then by which bytes stand together.

use crate::Encoding;

pub(super) struct EncodingGuess {
    pub(super) encoding: Encoding,
    pub(super) has_byte_order_mark: bool,
    pub(super) confidence: f64,
}

pub(super) fn guess_encoding(head: &[u8], is_whole: bool) -> EncodingGuess {
    let marks: [(&[u8], Encoding); 3] = [
        (b"\xEF\xBB\xBF", Encoding::Utf8),
        (b"\xFF\xFE", Encoding::Utf16Le),
        (b"\xFE\xFF", Encoding::Utf16Be),
    ];
    if let Some((_, encoding)) = marks.into_iter().find(|(mark, _)| head.starts_with(mark)) {
        return EncodingGuess { encoding, has_byte_order_mark: true, confidence: 1.0 };
    }
    let (encoding, confidence) = guess_unmarked(head, is_whole);
    EncodingGuess { encoding, has_byte_order_mark: false, confidence }
}

fn guess_unmarked(head: &[u8], is_whole: bool) -> (Encoding, f64) {
    if let Some(encoding) = guess_utf16(head) {
        return (encoding, 0.9);
    }
    if is_utf8(head, is_whole) {
        return (Encoding::Utf8, if head.is_ascii() { 0.9 } else { 1.0 });
    }
    let pairs = count_pairs(head);
    let is_gb18030 = is_valid_gb18030(head, is_whole) && pairs.chinese > 2 * pairs.western;
    let n_high = (pairs.chinese + pairs.western).max(1) as f64;
    if is_gb18030 {
        (Encoding::Gb18030, (pairs.chinese as f64 / n_high).clamp(0.5, 0.95))
    } else {
        (Encoding::Windows1252, (pairs.western as f64 / n_high).clamp(0.5, 0.95))
    }
}

/// UTF-16 without a mark: delimiters, digits and line ends leave a NUL in every other byte, and only there.
fn guess_utf16(head: &[u8]) -> Option<Encoding> {
    let n_pairs = head.len() / 2;
    let (mut n_low, mut n_high) = (0_usize, 0_usize);
    for pair in head.chunks_exact(2) {
        n_low += usize::from(pair.first() == Some(&0));
        n_high += usize::from(pair.last() == Some(&0));
    }
    let is_many = |count: usize| count >= 2 && count * 10 >= n_pairs;
    if is_many(n_high) && n_low * 20 <= n_high {
        Some(Encoding::Utf16Le)
    } else if is_many(n_low) && n_high * 20 <= n_low {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// Valid UTF-8, but for a character cut at the end of a head that is not the whole file.
fn is_utf8(head: &[u8], is_whole: bool) -> bool {
    match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => !is_whole && error.error_len().is_none(),
    }
}

fn is_valid_gb18030(head: &[u8], is_whole: bool) -> bool {
    let mut decoder = encoding_rs::GB18030.new_decoder_without_bom_handling();
    let Some(room) = decoder.max_utf8_buffer_length_without_replacement(head.len()) else { return false };
    let mut text = String::with_capacity(room);
    let (result, _) = decoder.decode_to_string_without_replacement(head, &mut text, is_whole);
    result == encoding_rs::DecoderResult::InputEmpty
}

struct Pairs {
    /// Two high bytes together as in GB2312, and four-byte characters of GB18030.
    chinese: usize,
    /// A high byte next to ASCII, as accented letters stand among others.
    western: usize,
}

/// Walks the high bytes as a GB18030 decoder would. Chinese text is made of pairs of high bytes; in Western text a high
/// byte is nearly always followed by an ASCII letter.
fn count_pairs(head: &[u8]) -> Pairs {
    let mut pairs = Pairs { chinese: 0, western: 0 };
    let mut rest = head;
    loop {
        rest = match rest {
            [] => return pairs,
            [0x81..=0xFE, b'0'..=b'9', 0x81..=0xFE, b'0'..=b'9', rest @ ..] => {
                pairs.chinese += 2;
                rest
            }
            [0xA1..=0xF7, 0xA1..=0xFE, rest @ ..] => {
                pairs.chinese += 1;
                rest
            }
            [0x81..=0xA0, 0x80..=0xFE, rest @ ..] => rest,
            [0x80..=0xFF, rest @ ..] => {
                pairs.western += 1;
                rest
            }
            [_, rest @ ..] => rest,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(bytes: &[u8]) -> Encoding {
        guess_encoding(bytes, true).encoding
    }

    #[test]
    fn encodings_are_told_apart_without_a_mark() {
        assert_eq!(guess(b"a,b\n1,2\n"), Encoding::Utf8);
        assert_eq!(guess("a,é\n".as_bytes()), Encoding::Utf8);
        assert_eq!(guess(b"J\xFCrgen,M\xFCller,Caf\xE9\n"), Encoding::Windows1252);
        assert_eq!(guess(b"price,\x80 5 \x96 10\n"), Encoding::Windows1252);
        let (chinese, _, _) = encoding_rs::GB18030.encode("客户名称,联系人\n上海云栖,张伟\n");
        assert_eq!(guess(&chinese), Encoding::Gb18030);
        let wide: Vec<u8> = "名称,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(guess(&wide), Encoding::Utf16Le);
        let wide: Vec<u8> = "名称,b\n1,2\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(guess(&wide), Encoding::Utf16Be);
        assert_eq!(guess(b"a,b,c\n\0,2,3\n"), Encoding::Utf8);
    }

    #[test]
    fn a_character_cut_at_the_end_of_the_head_is_still_utf8() {
        assert_eq!(guess_encoding(b"a,\xE4\xB8", false).encoding, Encoding::Utf8);
        assert_ne!(guess_encoding(b"a,\xE4\xB8", true).encoding, Encoding::Utf8);
    }
}
