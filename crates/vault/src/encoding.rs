//! Lower-case hexadecimal, the form of bytes inside the key record.
//!
//! Only lower case is read: every record then has exactly one spelling, so a changed bit cannot hide in a letter's case.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

pub(crate) fn hex_from_bytes(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| DIGITS[usize::from(digit)] as char)
        .collect()
}

pub(crate) fn bytes_from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digits: Option<Vec<u8>> = text.bytes().map(digit_value).collect();
    Some(digits?.chunks_exact(2).map(|pair| (pair[0] << 4) | pair[1]).collect())
}

pub(crate) fn array_from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    bytes_from_hex(text)?.try_into().ok()
}

fn digit_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_has_one_spelling() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(bytes_from_hex(&hex_from_bytes(&bytes)), Some(bytes));
        for bad in ["0", "0A", "zz", "é0"] {
            assert_eq!(bytes_from_hex(bad), None, "{bad}");
        }
    }
}
