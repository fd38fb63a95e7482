//! Numbers as people write them: decimal point or comma, thousands separators, currencies, percent.

use serde::{Deserialize, Serialize};

/// The character before the fraction. The other one, blanks and apostrophes are thousands separators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `1,234.5`.
    #[default]
    Point,
    /// `1.234,5`.
    Comma,
}

/// What a value says about how its column writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberShape {
    None,
    /// Digits only, perhaps with a sign: the same under either mark. The flag says whether zeros lead.
    Integer {
        has_leading_zeros: bool,
    },
    /// Only readable, or only sensible, with a decimal point.
    Point,
    /// Only readable, or only sensible, with a decimal comma.
    Comma,
    /// One separator before exactly three digits: thousands under one mark, a fraction under the other.
    PointOrThousands,
    CommaOrThousands,
}

/// Currency signs, and codes where they stand apart by a blank.
const CURRENCY_SIGNS: &[char] = &['$', '€', '£', '¥', '￥', '₹', '₽', '₩', '元'];
const CURRENCY_CODES: [&str; 12] =
    ["EUR", "USD", "GBP", "CHF", "CNY", "RMB", "JPY", "CZK", "PLN", "SEK", "Kč", "zł"];

/// Longest number read, in bytes.
const MAX_BYTES: usize = 64;
/// Most ASCII letters in a number: a currency's code and an exponent's mark.
const MAX_LETTERS: usize = 4;

/// The parts of a number around its digits.
struct Bare<'a> {
    digits: &'a str,
    is_negative: bool,
    is_percent: bool,
    is_dressed: bool,
}

/// Takes sign, currency, percent and accounting brackets off; nothing when what is left cannot be a number.
fn bare(value: &str) -> Option<Bare<'_>> {
    let mut bare = Bare { digits: value.trim(), is_negative: false, is_percent: false, is_dressed: false };
    let n_letters = bare.digits.bytes().filter(u8::is_ascii_alphabetic).count();
    let has_digit = bare.digits.bytes().any(|byte| byte.is_ascii_digit());
    if bare.digits.len() > MAX_BYTES || !has_digit || n_letters > MAX_LETTERS {
        return None;
    }
    if let Some(inner) = bare.digits.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (bare.digits, bare.is_negative, bare.is_dressed) = (inner.trim(), true, true);
    }
    let mut n_signs = 0;
    loop {
        let before = bare.digits;
        if let Some(rest) = before.strip_prefix(['-', '\u{2212}']) {
            (bare.digits, bare.is_negative, n_signs) = (rest.trim_start(), true, n_signs + 1);
        } else if let Some(rest) = before.strip_prefix('+') {
            (bare.digits, n_signs) = (rest.trim_start(), n_signs + 1);
        } else if let Some(rest) = strip_currency(before) {
            (bare.digits, bare.is_dressed) = (rest.trim(), true);
        } else if let Some(rest) = before.strip_suffix(['%', '％']) {
            (bare.digits, bare.is_percent, bare.is_dressed) = (rest.trim_end(), true, true);
        } else {
            break;
        }
    }
    let starts_well = bare.digits.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',');
    (n_signs <= 1 && starts_well).then_some(bare)
}

fn strip_currency(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix(CURRENCY_SIGNS).or_else(|| text.strip_suffix(CURRENCY_SIGNS)) {
        return Some(rest);
    }
    CURRENCY_CODES.iter().find_map(|code| {
        let before = text.strip_prefix(code).filter(|rest| rest.starts_with([' ', '\u{A0}']));
        before.or_else(|| text.strip_suffix(code).filter(|rest| rest.ends_with([' ', '\u{A0}'])))
    })
}

fn is_blank_separator(c: char) -> bool {
    matches!(c, ' ' | '\u{A0}' | '\u{202F}' | '\'' | '’')
}

/// True when `whole` is digits in groups: plain, or one to three digits and then groups of three behind separators that
/// are all the same.
fn is_grouped(whole: &str, thousands: char) -> bool {
    let Some(separator) = whole.chars().find(|c| !c.is_ascii_digit()) else { return !whole.is_empty() };
    if separator != thousands && !is_blank_separator(separator) {
        return false;
    }
    let mut groups = whole.split(separator);
    let first = groups.next().unwrap_or_default();
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&first.len())
        && is_digits(first)
        && groups.all(|group| group.len() == 3 && is_digits(group))
}

/// Reads a number written with `mark`; a percentage comes out as written (`12 %` is 12), a currency is left out.
///
/// Nothing is read from text that is not wholly a number, from groups of the wrong length, or past the range of `f64`.
///
/// ```
/// use stillroom_import::{DecimalMark, read_number};
/// assert_eq!(read_number("8.058,58", DecimalMark::Comma), Some(8058.58));
/// assert_eq!(read_number("¥49,486.00", DecimalMark::Point), Some(49486.0));
/// assert_eq!(read_number("12 apples", DecimalMark::Point), None);
/// ```
pub fn read_number(value: &str, mark: DecimalMark) -> Option<f64> {
    let value = value.trim();
    let is_plain =
        |byte: u8| byte.is_ascii_digit() || byte == b'-' || (byte == b'.' && mark == DecimalMark::Point);
    if value.len() <= MAX_BYTES && value.bytes().all(is_plain) {
        return value.parse().ok();
    }
    let bare = bare(value)?;
    let parts = split_number(bare.digits, mark)?;
    let mut plain: String = parts.whole.chars().filter(char::is_ascii_digit).collect();
    plain.push('.');
    plain.push_str(parts.fraction);
    if let Some(exponent) = parts.exponent {
        plain.push('e');
        plain.push_str(exponent);
    }
    let magnitude: f64 = plain.parse().ok().filter(|number: &f64| number.is_finite())?;
    Some(if bare.is_negative { -magnitude } else { magnitude })
}

struct NumberParts<'a> {
    whole: &'a str,
    fraction: &'a str,
    exponent: Option<&'a str>,
}

/// Splits a number without sign or currency; nothing when it is not written with `mark`.
fn split_number(text: &str, mark: DecimalMark) -> Option<NumberParts<'_>> {
    let (decimal, thousands) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once(decimal).unwrap_or((mantissa, ""));
    let is_whole = is_grouped(whole, thousands) || (whole.is_empty() && !fraction.is_empty());
    let is_fraction = fraction.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = is_whole && is_fraction && exponent.is_none_or(is_exponent);
    is_number.then_some(NumberParts { whole, fraction, exponent })
}

fn is_exponent(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// What `value` says about how numbers are written around it.
pub(crate) fn number_shape(value: &str) -> NumberShape {
    let Some(bare) = bare(value) else { return NumberShape::None };
    let reads_point = split_number(bare.digits, DecimalMark::Point).is_some();
    let reads_comma = split_number(bare.digits, DecimalMark::Comma).is_some();
    let mark = bare.digits.rfind(['.', ',']).map(|at| (bare.digits.as_bytes().get(at).copied(), at));
    match (reads_point, reads_comma, mark) {
        (false, false, _) => NumberShape::None,
        (true, false, _) => NumberShape::Point,
        (false, true, _) => NumberShape::Comma,
        (true, true, Some((Some(b'.'), _))) => NumberShape::PointOrThousands,
        (true, true, Some(_)) => NumberShape::CommaOrThousands,
        (true, true, None) => {
            let is_plain = bare.digits.bytes().all(|byte| byte.is_ascii_digit());
            if !is_plain {
                return NumberShape::Point;
            }
            let has_leading_zeros = bare.digits.len() > 1 && bare.digits.starts_with('0') && !bare.is_dressed;
            NumberShape::Integer { has_leading_zeros }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_their_column_writes_them() {
        let cases = [
            ("1234.5", DecimalMark::Point, Some(1234.5)),
            ("1,234,567.5", DecimalMark::Point, Some(1_234_567.5)),
            ("1.234.567,5", DecimalMark::Comma, Some(1_234_567.5)),
            ("200.000.000", DecimalMark::Comma, Some(2e8)),
            ("1 234,50 €", DecimalMark::Comma, Some(1234.5)),
            ("CHF 1'234.50", DecimalMark::Point, Some(1234.5)),
            ("-$12.50", DecimalMark::Point, Some(-12.5)),
            ("$-12.50", DecimalMark::Point, Some(-12.5)),
            ("(12.50)", DecimalMark::Point, Some(-12.5)),
            ("12,5 %", DecimalMark::Comma, Some(12.5)),
            (".5", DecimalMark::Point, Some(0.5)),
            ("5.", DecimalMark::Point, Some(5.0)),
            ("1e-3", DecimalMark::Point, Some(0.001)),
            ("+7", DecimalMark::Point, Some(7.0)),
            ("1,5", DecimalMark::Point, None),
            ("1.2.3", DecimalMark::Point, None),
            ("12,34,567", DecimalMark::Point, None),
            ("--5", DecimalMark::Point, None),
            ("1e999", DecimalMark::Point, None),
            ("inf", DecimalMark::Point, None),
            ("NaN", DecimalMark::Point, None),
            (".", DecimalMark::Point, None),
            ("", DecimalMark::Point, None),
            ("5 apples", DecimalMark::Point, None),
        ];
        for (text, mark, expected) in cases {
            assert_eq!(read_number(text, mark), expected, "{text} {mark:?}");
        }
    }

    #[test]
    fn a_shape_says_only_what_is_certain() {
        let cases = [
            ("12", NumberShape::Integer { has_leading_zeros: false }),
            ("0", NumberShape::Integer { has_leading_zeros: false }),
            ("007", NumberShape::Integer { has_leading_zeros: true }),
            ("1.5", NumberShape::Point),
            ("1,5", NumberShape::Comma),
            ("1.500", NumberShape::PointOrThousands),
            ("1,500", NumberShape::CommaOrThousands),
            ("1,500.25", NumberShape::Point),
            ("1.500,25", NumberShape::Comma),
            ("1,500,000", NumberShape::Point),
            ("1.500.000", NumberShape::Comma),
            ("x1", NumberShape::None),
        ];
        for (text, shape) in cases {
            assert_eq!(number_shape(text), shape, "{text}");
        }
    }
}
