//! A pairing code as a QR code (ISO/IEC 18004): version 2, level M, alphanumeric mode, mask 0. One version is a tenth of what a
//! library for all of them weighs; a native test compares every square with such a library.

/// Squares along each side.
pub const SIDE: usize = 25;
/// Light squares that scanners need around it.
pub const QUIET: usize = 4;

const DATA_BYTES: usize = 28;
const CHECK_BYTES: usize = 16;
/// Letters in the order of their numbers in alphanumeric mode.
const LETTERS: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
/// Level M with mask 0, with its own check bits, as it is written.
const FORMAT: u32 = 0x5412;

/// The dark squares as a path of an SVG image, one unit a square; `None` for a text that does not fit.
pub fn path(text: &str) -> Option<String> {
    let squares = squares(text)?;
    let mut path = String::new();
    for (y, row) in squares.iter().enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, is_dark)| **is_dark) {
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    Some(path)
}

/// The squares by rows; dark ones are true.
fn squares(text: &str) -> Option<[[bool; SIDE]; SIDE]> {
    let mut data = data_bytes(text)?;
    let checks = check_bytes(&data);
    data.extend(checks);
    let mut code = Code::new();
    code.write(&data);
    Some(code.squares)
}

/// The text as numbers of 11 bits for two letters and 6 for one, padded to what the version holds.
fn data_bytes(text: &str) -> Option<Vec<u8>> {
    let numbers: Option<Vec<u32>> = text
        .bytes()
        .map(|byte| LETTERS.iter().position(|letter| *letter == byte).map(|at| at as u32))
        .collect();
    let numbers = numbers?;
    let mut bits = Vec::new();
    push(&mut bits, 0b0010, 4);
    push(&mut bits, numbers.len() as u32, 9);
    for pair in numbers.chunks(2) {
        match pair {
            [first, second] => push(&mut bits, first * 45 + second, 11),
            rest => push(&mut bits, rest.iter().sum(), 6),
        }
    }
    let capacity = DATA_BYTES * 8;
    if bits.len() > capacity {
        return None;
    }
    let end = (bits.len() + 4).min(capacity).next_multiple_of(8);
    bits.resize(end, false);
    let mut bytes: Vec<u8> =
        bits.chunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect();
    let padding = [0xEC, 0x11].into_iter().cycle().take(DATA_BYTES - bytes.len());
    bytes.extend(padding);
    Some(bytes)
}

fn push(bits: &mut Vec<bool>, value: u32, n: u32) {
    bits.extend((0..n).rev().map(|at| value >> at & 1 == 1));
}

/// The remainder by the generator whose roots are the first powers of 2 (Reed and Solomon).
fn check_bytes(data: &[u8]) -> Vec<u8> {
    let mut generator = vec![0_u8; CHECK_BYTES];
    generator[CHECK_BYTES - 1] = 1;
    let mut root = 1;
    for _ in 0..CHECK_BYTES {
        for at in 0..CHECK_BYTES {
            let next = generator.get(at + 1).copied().unwrap_or(0);
            generator[at] = times(generator[at], root) ^ next;
        }
        root = times(root, 2);
    }
    let mut remainder = vec![0_u8; CHECK_BYTES];
    for byte in data {
        let factor = byte ^ remainder[0];
        remainder.rotate_left(1);
        remainder[CHECK_BYTES - 1] = 0;
        for (left, coefficient) in remainder.iter_mut().zip(&generator) {
            *left ^= times(*coefficient, factor);
        }
    }
    remainder
}

/// The product in the field of 256 elements with the polynomial 0x11D.
fn times(left: u8, right: u8) -> u8 {
    (0..8).rev().fold(0_u16, |sum, at| {
        let doubled = sum << 1 ^ (sum >> 7) * 0x11D;
        doubled ^ u16::from(right >> at & 1) * u16::from(left)
    }) as u8
}

/// The squares, and which of them are no data.
struct Code {
    squares: [[bool; SIDE]; SIDE],
    is_fixed: [[bool; SIDE]; SIDE],
}

impl Code {
    /// The patterns that every code of this version has.
    fn new() -> Self {
        let mut code = Self { squares: [[false; SIDE]; SIDE], is_fixed: [[false; SIDE]; SIDE] };
        for at in 0..SIDE {
            code.fix(6, at, at.is_multiple_of(2));
            code.fix(at, 6, at.is_multiple_of(2));
        }
        for (x, y) in [(3, 3), (SIDE - 4, 3), (3, SIDE - 4)] {
            code.rings(x, y, 4, |ring| ring != 2 && ring != 4);
        }
        code.rings(SIDE - 7, SIDE - 7, 2, |ring| ring != 1);
        code.format();
        code
    }

    fn fix(&mut self, x: usize, y: usize, is_dark: bool) {
        self.squares[y][x] = is_dark;
        self.is_fixed[y][x] = true;
    }

    /// Square rings around a centre, cut off at the edges.
    fn rings(&mut self, x: usize, y: usize, reach: usize, is_dark: fn(usize) -> bool) {
        for row in y.saturating_sub(reach)..=(y + reach).min(SIDE - 1) {
            for column in x.saturating_sub(reach)..=(x + reach).min(SIDE - 1) {
                self.fix(column, row, is_dark(column.abs_diff(x).max(row.abs_diff(y))));
            }
        }
    }

    /// The level and the mask, twice.
    fn format(&mut self) {
        for at in 0..15 {
            let is_dark = FORMAT >> at & 1 == 1;
            let (x, y) = match at {
                0..6 => (8, at),
                6 | 7 => (8, at + 1),
                8 => (7, 8),
                _ => (14 - at, 8),
            };
            self.fix(x, y, is_dark);
            let (x, y) = if at < 8 { (SIDE - 1 - at, 8) } else { (8, SIDE - 15 + at) };
            self.fix(x, y, is_dark);
        }
        self.fix(8, SIDE - 8, true);
    }

    /// Writes the bytes in columns of two from the right, up and down in turn, and masks them.
    fn write(&mut self, bytes: &[u8]) {
        let mut bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1 == 1));
        let columns =
            (0..SIDE / 2).map(|pair| if pair < 9 { SIDE - 1 - 2 * pair } else { SIDE - 2 - 2 * pair });
        for (turn, right) in columns.enumerate() {
            for step in 0..SIDE {
                let y = if turn.is_multiple_of(2) { SIDE - 1 - step } else { step };
                for x in [right, right - 1] {
                    if !self.is_fixed[y][x] {
                        self.squares[y][x] = bits.next().unwrap_or(false) ^ (x + y).is_multiple_of(2);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};

    fn reference(text: &str) -> Vec<Vec<bool>> {
        let segments = [QrSegment::make_alphanumeric(text)];
        let (version, mask) = (Version::new(2), Some(Mask::new(0)));
        let code =
            QrCode::encode_segments_advanced(&segments, QrCodeEcc::Medium, version, version, mask, false);
        let code = code.expect("a pairing code fits");
        (0..code.size()).map(|y| (0..code.size()).map(|x| code.get_module(x, y)).collect()).collect()
    }

    #[test]
    fn every_square_is_that_of_the_standard() {
        let mut texts = vec!["E2TB-DT8X-48TQ-2PCS-4BJH-SSZP-YN3J".to_owned(), "A".to_owned(), String::new()];
        texts.extend((1..=38).map(|n| (0..n).map(|at| char::from(LETTERS[(at * 7 + n) % 45])).collect()));
        for text in texts {
            let found = squares(&text).expect("the text fits");
            assert_eq!(found.map(|row| row.to_vec()).to_vec(), reference(&text), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_has_no_code() {
        for text in ["lower", "A,B", &"A".repeat(39)] {
            assert_eq!(path(text), None, "{text}");
        }
    }
}
