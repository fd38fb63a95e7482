//! Cells in the plainest writing of their type, read in one pass over their bytes. Whatever is written otherwise is left to
//! [`crate::values`], and what is read here is read the same there.

use crate::infer::MAX_EXACT_DIGITS;
use crate::values::{MILLIS_PER_DAY, days_from_civil};

/// What a plain number says about how its column writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberClass {
    Integer,
    LeadingZeros,
    /// A fraction that reads under one mark only.
    Fraction,
    /// One separator before exactly three digits.
    FractionOrThousands,
}

/// `10^n` for every fraction read here; each is exact, so that one division rounds as reading the digits would.
const POWERS: [f64; MAX_EXACT_DIGITS + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Reads `[-]digits[mark digits]` of at most fifteen digits.
#[inline(always)]
pub(super) fn plain_number(cell: &[u8], mark: u8) -> Option<(f64, NumberClass)> {
    let (is_negative, digits) = match cell {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, cell),
    };
    let mut mantissa = 0_u64;
    let mut mark_at = usize::MAX;
    if digits.len() > MAX_EXACT_DIGITS + 1 {
        return None;
    }
    for (at, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa * 10 + u64::from(digit);
        } else if *byte == mark && mark_at == usize::MAX {
            mark_at = at;
        } else {
            return None;
        }
    }
    let (magnitude, class) = if mark_at == usize::MAX {
        let has_leading_zeros = digits.len() > 1 && digits.first() == Some(&b'0');
        let class = if has_leading_zeros { NumberClass::LeadingZeros } else { NumberClass::Integer };
        (1..=MAX_EXACT_DIGITS).contains(&digits.len()).then_some((mantissa as f64, class))?
    } else {
        let n_fraction = digits.len() - mark_at - 1;
        let class = if n_fraction == 3 && mark_at <= 3 {
            NumberClass::FractionOrThousands
        } else {
            NumberClass::Fraction
        };
        let power = POWERS.get(n_fraction).filter(|_| mark_at > 0 && n_fraction > 0)?;
        (mantissa as f64 / power, class)
    };
    Some((if is_negative { -magnitude } else { magnitude }, class))
}

/// What a plain date says about how its column writes dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateClass {
    YearFirst,
    DayFirst,
    MonthFirst,
    Either,
}

/// Reads `YYYY-MM-DD`, `DD.MM.YYYY` or `MM/DD/YYYY` with any of the three separators, perhaps with a time `hh:mm:ss` after a
/// `T` or a blank and a `Z` behind it, to milliseconds since 1970.
#[inline(always)]
pub(super) fn plain_date(cell: &[u8], is_month_first: bool) -> Option<(f64, DateClass)> {
    let (date, time) = cell.split_first_chunk::<10>()?;
    let millis = plain_time(time)?;
    let (class, days) = match *date {
        [a, b, c, d, separator @ (b'-' | b'/' | b'.'), e, f, again, g, h] if again == separator => {
            let year = two(a, b)? * 100 + two(c, d)?;
            (DateClass::YearFirst, days_from_civil(year, two(e, f)?, two(g, h)?)?)
        }
        [a, b, separator @ (b'-' | b'/' | b'.'), c, d, again, e, f, g, h] if again == separator => {
            let (first, second, year) = (two(a, b)?, two(c, d)?, two(e, f)? * 100 + two(g, h)?);
            let day_first = days_from_civil(year, second, first);
            let month_first = if separator == b'.' { None } else { days_from_civil(year, first, second) };
            let class = match (day_first, month_first) {
                (Some(_), Some(_)) => DateClass::Either,
                (Some(_), None) => DateClass::DayFirst,
                (None, _) => DateClass::MonthFirst,
            };
            (class, if is_month_first && separator != b'.' { month_first } else { day_first }?)
        }
        _ => return None,
    };
    Some(((days * MILLIS_PER_DAY + millis) as f64, class))
}

/// Milliseconds of `Thh:mm:ss[Z]`, or of nothing.
fn plain_time(text: &[u8]) -> Option<i64> {
    match *text {
        [] => Some(0),
        [b'T' | b' ', a, b, b':', c, d, b':', e, f] | [b'T' | b' ', a, b, b':', c, d, b':', e, f, b'Z'] => {
            let (hour, minute, second) = (two(a, b)?, two(c, d)?, two(e, f)?);
            let is_time = hour <= 23 && minute <= 59 && second <= 60;
            is_time.then_some(((hour * 60 + minute) * 60 + second) * 1000)
        }
        _ => None,
    }
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then_some(i64::from(tens) * 10 + i64::from(ones))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::values::{DateShape, NumberShape, date_shape, number_shape};
    use crate::{DateOrder, DecimalMark, read_date, read_number};

    fn check_number(text: &str, mark: DecimalMark) {
        let byte = if mark == DecimalMark::Point { b'.' } else { b',' };
        let Some((value, class)) = plain_number(text.as_bytes(), byte) else { return };
        assert_eq!(read_number(text, mark).map(f64::to_bits), Some(value.to_bits()), "{text:?}");
        let shape = match (class, mark) {
            (NumberClass::Integer, _) => NumberShape::Integer { has_leading_zeros: false },
            (NumberClass::LeadingZeros, _) => NumberShape::Integer { has_leading_zeros: true },
            (NumberClass::Fraction, DecimalMark::Point) => NumberShape::Point,
            (NumberClass::Fraction, DecimalMark::Comma) => NumberShape::Comma,
            (NumberClass::FractionOrThousands, DecimalMark::Point) => NumberShape::PointOrThousands,
            (NumberClass::FractionOrThousands, DecimalMark::Comma) => NumberShape::CommaOrThousands,
        };
        assert_eq!(number_shape(text), shape, "{text:?}");
    }

    fn check_date(text: &str, order: DateOrder) {
        let Some((millis, class)) = plain_date(text.as_bytes(), order == DateOrder::MonthFirst) else {
            return;
        };
        assert_eq!(read_date(text, order).map(|millis| millis as f64), Some(millis), "{text:?}");
        let shape = match class {
            DateClass::YearFirst => DateShape::YearFirst,
            DateClass::DayFirst => DateShape::DayFirst,
            DateClass::MonthFirst => DateShape::MonthFirst,
            DateClass::Either => DateShape::Either,
        };
        assert_eq!(date_shape(text), shape, "{text:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_plain_number_is_read_as_any_number(text in "-?[0-9]{0,9}[.,]?[0-9]{0,9}|[-0-9.,]{0,18}") {
            check_number(&text, DecimalMark::Point);
            check_number(&text, DecimalMark::Comma);
        }

        #[test]
        fn a_plain_date_is_read_as_any_date(
            text in "([0-3][0-9][-/.][0-3][0-9][-/.](19|20|00)[0-9]{2}|[0-2][0-9]{3}[-/.][01][0-9][-/.][0-3][0-9])([T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z?)?",
        ) {
            check_date(&text, DateOrder::YearFirst);
            check_date(&text, DateOrder::DayFirst);
            check_date(&text, DateOrder::MonthFirst);
        }
    }

    #[test]
    fn common_writings_are_plain() {
        assert_eq!(plain_number(b"-12.50", b'.'), Some((-12.5, NumberClass::Fraction)));
        assert_eq!(plain_number(b"007", b'.'), Some((7.0, NumberClass::LeadingZeros)));
        assert_eq!(plain_number(b"1,500", b','), Some((1.5, NumberClass::FractionOrThousands)));
        assert_eq!(
            plain_date(b"2024-05-30 06:00:00", false),
            Some((1_717_048_800_000.0, DateClass::YearFirst))
        );
        assert_eq!(plain_date(b"31/12/2012", true), None);
    }
}
