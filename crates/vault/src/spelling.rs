//! How 128 secret bits are spelled so that a person can write them down, read them back and mistype them without harm.
//!
//! A spelling is 26 characters of Crockford's base 32 (no I, L, O, U) and two check characters, in seven groups of four.
//! The check characters are those of a Reed-Solomon code over GF(32) with distance three: every code with one or two
//! wrong characters, and every exchange of two characters, is noticed. Three or more wrong ones slip through once in
//! 1,024 times, and then open nothing.
//!
//! The 26 characters have two bits to spare. They say what the code is for, so that a code of one kind is never taken
//! for another.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::error::Error;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DATA_CHARS: usize = 26;
const CODE_CHARS: usize = 28;
const GROUP_CHARS: usize = 4;

/// What a spelled code is for: the value of the two spare bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeKind {
    Recovery = 0,
    Pairing = 1,
}

impl CodeKind {
    fn from_spare_bits(bits: u8) -> Option<Self> {
        [Self::Recovery, Self::Pairing].into_iter().find(|kind| *kind as u8 == bits)
    }
}

/// The code as seven groups of four characters with hyphens between.
pub(crate) fn spell(kind: CodeKind, secret: &[u8; 16]) -> Zeroizing<String> {
    let symbols = Zeroizing::new(symbols_from_bytes(kind, secret));
    let mut text = Zeroizing::new(String::with_capacity(CODE_CHARS + CODE_CHARS / GROUP_CHARS));
    for (char_idx, symbol) in symbols.iter().enumerate() {
        if char_idx > 0 && char_idx % GROUP_CHARS == 0 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[usize::from(*symbol)]));
    }
    text
}

/// Reads a typed code: either case, `O` for `0`, `I` and `L` for `1`, full-width forms, any spaces and hyphens.
pub(crate) fn read_spelling(kind: CodeKind, typed: &str) -> Result<Zeroizing<[u8; 16]>, Error> {
    let mut symbols = Zeroizing::new([0; CODE_CHARS]);
    let mut n_symbols = 0;
    for typed_char in typed.nfkc().filter(|typed_char| !is_separator(*typed_char)) {
        let symbol = symbol_value(typed_char).ok_or(Error::CodeMistyped)?;
        *symbols.get_mut(n_symbols).ok_or(Error::CodeMistyped)? = symbol;
        n_symbols += 1;
    }
    if n_symbols != CODE_CHARS || syndromes(symbols.as_slice()) != (0, 0) {
        return Err(Error::CodeMistyped);
    }
    match CodeKind::from_spare_bits(symbols[DATA_CHARS - 1] & 0b11) {
        Some(found) if found == kind => Ok(Zeroizing::new(bytes_from_symbols(&symbols))),
        Some(_) => Err(Error::OtherCode),
        None => Err(Error::CodeMistyped),
    }
}

fn is_separator(typed: char) -> bool {
    typed.is_whitespace() || matches!(typed, '-' | '_' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn symbol_value(typed: char) -> Option<u8> {
    let upper = match typed.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|symbol| char::from(*symbol) == upper).and_then(|value| u8::try_from(value).ok())
}

/// 128 bits, most significant first, in 26 symbols of five bits (the last two bits are the kind) and two check symbols.
fn symbols_from_bytes(kind: CodeKind, bytes: &[u8; 16]) -> [u8; CODE_CHARS] {
    let bits = u128::from_be_bytes(*bytes);
    let mut symbols = [0; CODE_CHARS];
    for (symbol_idx, symbol) in symbols[..DATA_CHARS].iter_mut().enumerate() {
        let from_low = 128i32 - 5 * (symbol_idx as i32 + 1);
        let shifted = if from_low >= 0 { bits >> from_low } else { bits << -from_low };
        *symbol = (shifted & 31) as u8;
    }
    symbols[DATA_CHARS - 1] |= kind as u8;
    let (sum, weighted) = syndromes(&symbols);
    let (first, second) = (power(DATA_CHARS), power(DATA_CHARS + 1));
    let last = divide(weighted ^ multiply(first, sum), first ^ second);
    symbols[DATA_CHARS] = sum ^ last;
    symbols[DATA_CHARS + 1] = last;
    symbols
}

fn bytes_from_symbols(symbols: &[u8; CODE_CHARS]) -> [u8; 16] {
    let high = symbols[..DATA_CHARS - 1].iter().fold(0u128, |bits, symbol| (bits << 5) | u128::from(*symbol));
    ((high << 3) | u128::from(symbols[DATA_CHARS - 1] >> 2)).to_be_bytes()
}

/// The sum of the symbols and their sum weighted by powers of the field's generator; both zero for a whole code.
fn syndromes(symbols: &[u8]) -> (u8, u8) {
    symbols.iter().enumerate().fold((0, 0), |(sum, weighted), (symbol_idx, symbol)| {
        (sum ^ symbol, weighted ^ multiply(power(symbol_idx), *symbol))
    })
}

/// Multiplies in GF(32) = GF(2)[x] / (x⁵ + x² + 1), without branching on the values.
fn multiply(left: u8, right: u8) -> u8 {
    let mut product = 0;
    for bit in (0..5).rev() {
        let overflow = product >> 4;
        product = ((product << 1) & 31) ^ (overflow * 0b00101);
        product ^= left * ((right >> bit) & 1);
    }
    product
}

fn power(exponent: usize) -> u8 {
    (0..exponent).fold(1, |value, _| multiply(value, 2))
}

/// Divides in GF(32); every element to the 31st power is one, so the inverse is the 30th power.
fn divide(numerator: u8, denominator: u8) -> u8 {
    let inverse = (0..30).fold(1, |value, _| multiply(value, denominator));
    multiply(numerator, inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_has_thirty_one_powers_and_inverses() {
        let mut powers: Vec<u8> = (0..31).map(power).collect();
        powers.sort_unstable();
        assert_eq!(powers, (1..32).collect::<Vec<u8>>());
        for value in 1..32 {
            assert_eq!(multiply(value, divide(1, value)), 1);
        }
    }

    #[test]
    fn a_code_is_seven_groups_of_four() {
        let code = spell(CodeKind::Recovery, &[0xff; 16]);
        assert_eq!(&code[..30], "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-");
        assert_eq!(code.len(), 34);
        assert_eq!(&spell(CodeKind::Recovery, &[0; 16])[..], "0000-0000-0000-0000-0000-0000-0000");
    }

    #[test]
    fn spare_bits_that_no_kind_has_are_a_mistake() {
        for spare in [2, 3] {
            let mut symbols = [0; CODE_CHARS];
            symbols[DATA_CHARS - 1] = spare;
            let (sum, weighted) = syndromes(&symbols);
            let (first, second) = (power(DATA_CHARS), power(DATA_CHARS + 1));
            symbols[DATA_CHARS + 1] = divide(weighted ^ multiply(first, sum), first ^ second);
            symbols[DATA_CHARS] = sum ^ symbols[DATA_CHARS + 1];
            let typed: String = symbols.iter().map(|s| char::from(ALPHABET[usize::from(*s)])).collect();
            let read = read_spelling(CodeKind::Recovery, &typed);
            assert_eq!(read.err(), Some(Error::CodeMistyped));
        }
    }
}
