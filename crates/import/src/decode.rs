//! Bytes of any supported encoding to UTF-8, chunk by chunk.

mod utf8;

use std::collections::VecDeque;

use encoding_rs::DecoderResult;

use self::utf8::Utf8Decoder;
use crate::Encoding;

/// Most bytes decoded in one go, so that the decoded text stays small however large the chunk is.
const BLOCK_BYTES: usize = 64 * 1024;

/// A streaming decoder that remembers where it had to put U+FFFD.
///
/// A replacement character that stood in the file is data; only the ones this decoder made are remembered.
pub(crate) struct TextDecoder {
    decoder: Decoder,
    /// Bytes of text made so far.
    decoded_bytes: u64,
    /// Offsets, in bytes of text since the start of the file, of the replacement characters not yet claimed.
    replacements: VecDeque<u64>,
}

enum Decoder {
    /// Checked by the standard library and copied: twice as fast as through the tables.
    Utf8(Utf8Decoder),
    Table(encoding_rs::Decoder),
}

/// What one step of decoding came to.
enum Step {
    /// All bytes are taken.
    Done,
    /// More room is needed.
    Full,
    /// A replacement character belongs here.
    Malformed,
}

impl TextDecoder {
    pub(crate) fn new(encoding: Encoding) -> Self {
        let decoder = match encoding {
            Encoding::Utf8 => Decoder::Utf8(Utf8Decoder::new()),
            other => Decoder::Table(other.table().new_decoder_with_bom_removal()),
        };
        Self { decoder, decoded_bytes: 0, replacements: VecDeque::new() }
    }

    /// Decodes up to one block of `bytes` onto the end of `text` and says how many bytes it took. `is_last` marks the
    /// end of the file, which may leave a cut character behind; it counts only once all of `bytes` are taken.
    pub(crate) fn decode(&mut self, bytes: &[u8], is_last: bool, text: &mut String) -> usize {
        let block = bytes.get(..BLOCK_BYTES).unwrap_or(bytes);
        let is_last = is_last && block.len() == bytes.len();
        let mut taken = 0;
        loop {
            let rest = block.get(taken..).unwrap_or_default();
            let before = text.len();
            let (step, read) = self.decoder.step(rest, is_last, text);
            taken += read;
            self.decoded_bytes += (text.len() - before) as u64;
            match step {
                Step::Done => return taken,
                Step::Full => {}
                Step::Malformed => {
                    self.replacements.push_back(self.decoded_bytes);
                    text.push('\u{FFFD}');
                    self.decoded_bytes += '\u{FFFD}'.len_utf8() as u64;
                }
            }
        }
    }

    /// True while a replacement is not yet claimed.
    pub(crate) fn has_replacements(&self) -> bool {
        !self.replacements.is_empty()
    }

    /// Claims the replacements before `offset` (bytes of text since the start of the file); true when there were any.
    pub(crate) fn claim_replacements(&mut self, offset: u64) -> bool {
        let mut found = false;
        while self.replacements.front().is_some_and(|position| *position < offset) {
            self.replacements.pop_front();
            found = true;
        }
        found
    }
}

impl Decoder {
    fn step(&mut self, bytes: &[u8], is_last: bool, text: &mut String) -> (Step, usize) {
        let decoder = match self {
            Self::Utf8(decoder) => return decoder.step(bytes, is_last, text),
            Self::Table(decoder) => decoder,
        };
        let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
        text.reserve(room.unwrap_or(BLOCK_BYTES) + 4);
        let (result, read) = decoder.decode_to_string_without_replacement(bytes, text, is_last);
        let step = match result {
            DecoderResult::InputEmpty => Step::Done,
            DecoderResult::OutputFull => Step::Full,
            DecoderResult::Malformed(..) => Step::Malformed,
        };
        (step, read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_in_chunks(encoding: Encoding, bytes: &[u8], chunk: usize) -> (String, usize) {
        let mut decoder = TextDecoder::new(encoding);
        let mut text = String::new();
        for piece in bytes.chunks(chunk) {
            let mut rest = piece;
            while !rest.is_empty() {
                rest = &rest[decoder.decode(rest, false, &mut text)..];
            }
        }
        decoder.decode(&[], true, &mut text);
        (text, decoder.replacements.len())
    }

    #[test]
    fn a_character_cut_between_chunks_is_whole() {
        let bytes = "\u{FEFF}zoë,𠮷野家".as_bytes();
        for chunk in 1..=bytes.len() {
            assert_eq!(decode_in_chunks(Encoding::Utf8, bytes, chunk), ("zoë,𠮷野家".to_owned(), 0));
        }
    }

    #[test]
    fn invalid_bytes_are_replaced_and_counted_but_a_written_replacement_is_not() {
        let (text, n_replaced) = decode_in_chunks(Encoding::Utf8, b"a\xFFb\xEF\xBF\xBD", 2);
        assert_eq!((text.as_str(), n_replaced), ("a\u{FFFD}b\u{FFFD}", 1));
        let (text, n_replaced) = decode_in_chunks(Encoding::Utf8, b"end\xE4\xB8", 1);
        assert_eq!((text.as_str(), n_replaced), ("end\u{FFFD}", 1));
    }

    #[test]
    fn utf8_is_decoded_as_the_encoding_standard_says() {
        let pieces: [&[u8]; 12] = [
            b"a",
            b"\xC3\xA9",
            b"\xE4\xB8\xAD",
            b"\xF0\x9F\x98\x80",
            b"\xFF",
            b"\xC0\x80",
            b"\xE4\xB8",
            b"\xF0\x9F",
            b"\xED\xA0\x80",
            b"\xEF\xBB\xBF",
            b"\xF4\x90\x80\x80",
            b"\x80",
        ];
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    let bytes = [first, second, third].concat();
                    let (expected, _) = encoding_rs::UTF_8.decode_with_bom_removal(&bytes);
                    let n_written =
                        std::str::from_utf8(&bytes).map_or(0, |text| text.matches('\u{FFFD}').count());
                    for chunk in 1..=bytes.len() {
                        let (text, n_replaced) = decode_in_chunks(Encoding::Utf8, &bytes, chunk);
                        assert_eq!(text, expected, "{bytes:?} in {chunk}s");
                        assert_eq!(n_replaced, expected.matches('\u{FFFD}').count() - n_written, "{bytes:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_block_larger_than_the_limit_is_decoded_whole() {
        let bytes = "é".repeat(BLOCK_BYTES).into_bytes();
        let (text, _) = decode_in_chunks(Encoding::Utf8, &bytes, bytes.len());
        assert_eq!(text.len(), bytes.len());
    }
}
