//! Dates and times as exports write them, to milliseconds since 1970-01-01T00:00:00Z.
//!
//! A time without a zone is taken as UTC, so the same file gives the same milliseconds everywhere. The calendar is the
//! proleptic Gregorian one; days are counted with Howard Hinnant's `days_from_civil` ("chrono-Compatible Low-Level Date
//! Algorithms", 2021), which is ten lines and spares the browser a date library.

use serde::{Deserialize, Serialize};

/// Which part of a numeric date comes first. Dates that start with a four-digit year are read the same under each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// Year, month, day.
    #[default]
    YearFirst,
    /// Day, month, year: most of the world.
    DayFirst,
    /// Month, day, year: the United States.
    MonthFirst,
}

/// How a column writes dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DateStyle {
    /// The order of day, month and year.
    pub order: DateOrder,
    /// No value of the column told day from month: the order is a guess a person should confirm.
    pub is_ambiguous: bool,
}

/// What a value says about how its column writes dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateShape {
    None,
    YearFirst,
    DayFirst,
    MonthFirst,
    /// Day and month are both at most twelve.
    Either,
}

pub(crate) const MILLIS_PER_DAY: i64 = 86_400_000;

/// The three numbers of a date, its separator, and what follows.
struct Parts<'a> {
    numbers: [u32; 3],
    is_year_first: bool,
    has_short_year: bool,
    separator: char,
    rest: &'a str,
}

/// Splits off up to `max` leading digits.
fn digits(text: &str, max: usize) -> Option<(u32, usize, &str)> {
    let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(n_digits)?;
    (1..=max).contains(&n_digits).then_some(())?;
    Some((number.parse().ok()?, n_digits, rest))
}

fn split_date(value: &str) -> Option<Parts<'_>> {
    let (first, n_first, rest) = digits(value, 4)?;
    let separator = rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.' | '年'))?;
    let next = if separator == '年' { '月' } else { separator };
    let (second, n_second, rest) = digits(rest.strip_prefix(separator)?, 2)?;
    let (third, n_third, rest) = digits(rest.strip_prefix(next)?, 4)?;
    let rest = if separator == '年' { rest.strip_prefix('日')? } else { rest };
    let is_year_first = n_first == 4;
    let has_short_year = !is_year_first && n_third == 2;
    let is_shaped =
        if is_year_first { n_third <= 2 } else { n_first <= 2 && (n_third == 4 || has_short_year) };
    let numbers = [first, second, third];
    (is_shaped && n_second <= 2).then_some(Parts { numbers, is_year_first, has_short_year, separator, rest })
}

/// Reads a date, or a date with a time, to milliseconds since the epoch.
///
/// Read are `2024-05-30`, `2024/5/30`, `30.05.2024`, `5/30/2024`, `2024年5月30日`, two-digit years (70 to 99 are
/// 1970 to 1999), a time after a blank or `T` with optional seconds, fraction and AM or PM, and a zone (`Z`, `+02:00`,
/// `-0300`). A dot between numbers always means day first. Years run from 1 to 9999.
///
/// ```
/// use stillroom_import::{DateOrder, read_date};
/// let day_first = read_date("03/04/2024", DateOrder::DayFirst);
/// assert_eq!(day_first, read_date("2024-04-03T02:00:00+02:00", DateOrder::YearFirst));
/// assert_eq!(read_date("31/02/2024", DateOrder::DayFirst), None);
/// ```
pub fn read_date(value: &str, order: DateOrder) -> Option<i64> {
    let value = value.trim();
    if value.len() > 48 {
        return None;
    }
    let parts = split_date(value)?;
    let [first, second, third] = parts.numbers;
    let (year, month, day) = if parts.is_year_first {
        (first, second, third)
    } else if parts.separator == '.' || order != DateOrder::MonthFirst {
        (third, second, first)
    } else {
        (third, first, second)
    };
    let year = match year {
        0..=69 if parts.has_short_year => year + 2000,
        70..=99 if parts.has_short_year => year + 1900,
        _ => year,
    };
    let days = days_from_civil(i64::from(year), i64::from(month), i64::from(day))?;
    let millis = read_time(parts.rest)?;
    Some(days * MILLIS_PER_DAY + millis)
}

/// Days since 1970-01-01; nothing for a day the calendar does not have.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let n_days = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=9999).contains(&year) || !(1..=n_days).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Milliseconds of `hh:mm[:ss[.fraction]] [AM|PM] [zone]` after a blank or `T`; zero when nothing follows the date.
fn read_time(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let text = text.strip_prefix(['T', 't', ' '])?.trim_start();
    let (hour, _, rest) = digits(text, 2)?;
    let (minute, _, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2).map(|(second, _, rest)| (second, rest))?,
        None => (0, rest),
    };
    let (fraction_millis, rest) = match rest.strip_prefix('.') {
        Some(rest) => read_fraction(rest)?,
        None => (0, rest),
    };
    let (hour, rest) = read_half_day(hour, rest.trim_start())?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let millis = i64::from(hour * 3600 + minute * 60 + second) * 1000 + fraction_millis;
    Some(millis - read_zone_millis(rest.trim_start())?)
}

fn read_fraction(text: &str) -> Option<(i64, &str)> {
    let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, rest) = text.split_at_checked(n_digits)?;
    let millis =
        fraction.bytes().chain(*b"000").take(3).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    (1..=9).contains(&n_digits).then_some((millis, rest))
}

fn read_half_day(hour: u32, text: &str) -> Option<(u32, &str)> {
    let Some((mark, rest)) = text.split_at_checked(2) else { return Some((hour, text)) };
    let is_afternoon = mark.eq_ignore_ascii_case("PM");
    if !is_afternoon && !mark.eq_ignore_ascii_case("AM") {
        return Some((hour, text));
    }
    (1..=12).contains(&hour).then_some((hour % 12 + 12 * u32::from(is_afternoon), rest))
}

/// What to subtract to come to UTC. `Z` may be followed by an offset, as Salesforce's Data Loader writes it.
fn read_zone_millis(text: &str) -> Option<i64> {
    let text = text.strip_prefix(['Z', 'z']).unwrap_or(text);
    let text = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text).trim_start();
    if text.is_empty() {
        return Some(0);
    }
    let is_west = text.starts_with('-');
    let digits_text: String = text.strip_prefix(['+', '-'])?.chars().filter(|c| *c != ':').collect();
    let is_digits = digits_text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits || !matches!(digits_text.len(), 2 | 4) {
        return None;
    }
    let number: i64 = digits_text.parse().ok()?;
    let (hours, minutes) = if digits_text.len() == 2 { (number, 0) } else { (number / 100, number % 100) };
    let millis = (hours * 60 + minutes) * 60_000;
    (hours <= 18 && minutes < 60).then_some(if is_west { -millis } else { millis })
}

/// What `value` says about the order of dates around it.
pub(crate) fn date_shape(value: &str) -> DateShape {
    let value = value.trim();
    let starts_well = value.as_bytes().first().is_some_and(u8::is_ascii_digit);
    if !starts_well {
        return DateShape::None;
    }
    let Some(parts) = split_date(value) else { return DateShape::None };
    let reads_day_first = read_date(value, DateOrder::DayFirst).is_some();
    if parts.is_year_first {
        return if reads_day_first { DateShape::YearFirst } else { DateShape::None };
    }
    let reads_month_first = read_date(value, DateOrder::MonthFirst).is_some();
    let is_like_version = parts.separator == '.' && parts.has_short_year && value.len() < 8;
    match (reads_day_first, reads_month_first) {
        _ if is_like_version => DateShape::None,
        (true, _) if parts.separator == '.' => DateShape::DayFirst,
        (true, true) => DateShape::Either,
        (true, false) => DateShape::DayFirst,
        (false, true) => DateShape::MonthFirst,
        (false, false) => DateShape::None,
    }
}

/// Writes milliseconds since the epoch as `YYYY-MM-DDThh:mm:ss.mmmZ`, or as `YYYY-MM-DD` at midnight UTC.
///
/// Years outside 0 to 9999 keep a sign or more digits. The text is read back to the same milliseconds by [`read_date`].
pub fn date_text_from_millis(millis: i64) -> String {
    let days = millis.div_euclid(MILLIS_PER_DAY);
    let time = millis.rem_euclid(MILLIS_PER_DAY);
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let date = format!("{year:04}-{month:02}-{day:02}");
    if time == 0 {
        return date;
    }
    let (hour, minute, second) = (time / 3_600_000, time / 60_000 % 60, time / 1000 % 60);
    format!("{date}T{hour:02}:{minute:02}:{second:02}.{:03}Z", time % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_to_the_millisecond() {
        let cases = [
            ("1970-01-01", 0),
            ("2024-05-30T06:00:00.000Z", 1_717_048_800_000),
            ("2024-05-30 06:00", 1_717_048_800_000),
            ("5/30/2024 6:00 AM", 1_717_048_800_000),
            ("05/30/2024 06:00:00", 1_717_048_800_000),
            ("2024-05-30T08:00:00+02:00", 1_717_048_800_000),
            ("2024/05/30 06:00", 1_717_048_800_000),
            ("30.05.2024 06:00", 1_717_048_800_000),
            ("2024年5月30日 6:00", 1_717_048_800_000),
            ("5/30/24 12:30 AM", 1_717_029_000_000),
            ("2010-10-14T12:00:00.000Z-0300", 1_287_068_400_000),
            ("07/15/2009 02:14:45+0800", 1_247_595_285_000),
            ("1969-12-31T23:59:59.5Z", -500),
            ("2000-02-29", 951_782_400_000),
        ];
        for (text, millis) in cases {
            assert_eq!(read_date(text, DateOrder::MonthFirst), Some(millis), "{text}");
        }
    }

    #[test]
    fn days_the_calendar_does_not_have_are_not_read() {
        let cases =
            ["2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "0000-01-01", "2024-01-01 25:00"];
        for text in
            cases.into_iter().chain(["12345", "1-2", "--03-07", "05/30", "2024-05-30x", "13:00 PM", ""])
        {
            assert_eq!(read_date(text, DateOrder::MonthFirst), None, "{text}");
        }
    }

    #[test]
    fn only_a_day_past_twelve_tells_the_order() {
        assert_eq!(date_shape("31/12/2012"), DateShape::DayFirst);
        assert_eq!(date_shape("12/31/2012"), DateShape::MonthFirst);
        assert_eq!(date_shape("02/01/2014"), DateShape::Either);
        assert_eq!(date_shape("02.01.2014"), DateShape::DayFirst);
        assert_eq!(date_shape("2014/02/01"), DateShape::YearFirst);
        assert_eq!(date_shape("1.2.3"), DateShape::None);
        assert_eq!(date_shape("20140102"), DateShape::None);
    }

    #[test]
    fn written_dates_are_read_back() {
        for millis in [0, -1, 1, 951_782_400_000, 1_717_048_800_123, -62_135_596_800_000, 253_402_300_799_999]
        {
            let text = date_text_from_millis(millis);
            assert_eq!(read_date(&text, DateOrder::YearFirst), Some(millis), "{text}");
        }
    }
}
