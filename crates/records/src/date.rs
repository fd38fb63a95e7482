//! Dates as people write them and milliseconds as machines count them, both ways, in UTC.
//!
//! The calendar is the proleptic Gregorian one; the arithmetic is Howard Hinnant's "chrono-compatible low-level date
//! algorithms" (2013), which is exact for every year it is asked about. Years run from 0000 to 9999.

use crate::{Error, Result};

/// Milliseconds of one day.
pub const DAY_MILLIS: i64 = 86_400_000;
/// Midnight of 0000-01-01.
pub const MIN_MILLIS: i64 = -62_167_219_200_000;
/// The last millisecond of 9999-12-31.
pub const MAX_MILLIS: i64 = 253_402_300_799_999;

/// Days since 1970-01-01 of a date, or `None` when there is no such date.
pub fn days_from_date(year: i64, month: u32, day: u32) -> Option<i64> {
    if !(0..=9999).contains(&year)
        || !(1..=12).contains(&month)
        || day < 1
        || day > days_in_month(year, month)
    {
        return None;
    }
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let shifted_month = i64::from((month + 9) % 12);
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The date, as `(year, month, day)`, that lies `days` after 1970-01-01.
pub fn date_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Writes a moment as `2011-12-09` when it is midnight, else as `2011-12-09T10:15:00Z`, with `.123` when it has
/// milliseconds. Moments outside the years 0000 to 9999 are written as the nearest end.
pub fn text_from_millis(millis: i64) -> String {
    let millis = millis.clamp(MIN_MILLIS, MAX_MILLIS);
    let (year, month, day) = date_from_days(millis.div_euclid(DAY_MILLIS));
    let in_day = millis.rem_euclid(DAY_MILLIS);
    let date = format!("{year:04}-{month:02}-{day:02}");
    if in_day == 0 {
        return date;
    }
    let (hours, minutes, seconds) = (in_day / 3_600_000, in_day / 60_000 % 60, in_day / 1_000 % 60);
    match in_day % 1_000 {
        0 => format!("{date}T{hours:02}:{minutes:02}:{seconds:02}Z"),
        rest => format!("{date}T{hours:02}:{minutes:02}:{seconds:02}.{rest:03}Z"),
    }
}

/// Reads what [`text_from_millis`] writes; seconds, the fraction and the `Z` may be left out.
///
/// # Errors
/// [`Error::InvalidDate`] when the text has another form or names a moment that does not exist.
pub fn read_millis(text: &str) -> Result<i64> {
    read_date_and_time(text.as_bytes()).ok_or(Error::InvalidDate)
}

fn read_date_and_time(bytes: &[u8]) -> Option<i64> {
    let (date, time) = (bytes.get(..10)?, bytes.get(10..)?);
    if date.get(4)? != &b'-' || date.get(7)? != &b'-' {
        return None;
    }
    let year = i64::from(read_digits(date.get(..4)?)?);
    let days = days_from_date(year, read_digits(date.get(5..7)?)?, read_digits(date.get(8..)?)?)?;
    Some(days * DAY_MILLIS + read_time(time)?)
}

fn read_time(bytes: &[u8]) -> Option<i64> {
    let Some((separator, time)) = bytes.split_first() else { return Some(0) };
    if !matches!(separator, b'T' | b' ') {
        return None;
    }
    let time = time.strip_suffix(b"Z").unwrap_or(time);
    let (clock, fraction) = match time.iter().position(|byte| *byte == b'.') {
        Some(point) => (time.get(..point)?, time.get(point + 1..)?),
        None => (time, [].as_slice()),
    };
    let (hours, minutes, seconds) = match clock.len() {
        5 => (read_digits(clock.get(..2)?)?, read_digits(clock.get(3..5)?)?, 0),
        8 if clock.get(5)? == &b':' => {
            (read_digits(clock.get(..2)?)?, read_digits(clock.get(3..5)?)?, read_digits(clock.get(6..)?)?)
        }
        _ => return None,
    };
    if clock.get(2)? != &b':' || hours > 23 || minutes > 59 || seconds > 59 || fraction.len() > 3 {
        return None;
    }
    let scale = [1_000, 100, 10, 1];
    let millis = if fraction.is_empty() { 0 } else { read_digits(fraction)? * scale.get(fraction.len())? };
    Some(i64::from(hours * 3_600_000 + minutes * 60_000 + seconds * 1_000 + millis))
}

fn read_digits(bytes: &[u8]) -> Option<u32> {
    bytes
        .iter()
        .try_fold(0_u32, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates_have_their_known_days() {
        for (text, millis) in [
            ("1970-01-01", 0),
            ("2000-02-29", 951_782_400_000),
            ("2011-12-09T12:50:00Z", 1_323_435_000_000),
            ("1969-12-31T23:59:59.999Z", -1),
            ("0000-01-01", MIN_MILLIS),
            ("9999-12-31T23:59:59.999Z", MAX_MILLIS),
        ] {
            assert_eq!(read_millis(text), Ok(millis), "{text}");
            assert_eq!(text_from_millis(millis), text);
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in [
            "2011-02-29",
            "1900-02-29",
            "2011-13-01",
            "2011-1-1",
            "2011-12-09T24:00",
            "x",
            "",
            "2011-12-09T1:00",
        ] {
            assert_eq!(read_millis(text), Err(Error::InvalidDate), "{text}");
        }
    }

    #[test]
    fn every_day_of_eight_centuries_goes_there_and_back() {
        let mut expected = days_from_date(1600, 1, 1).unwrap();
        for year in 1600..2400 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    assert_eq!(days_from_date(year, month, day), Some(expected));
                    assert_eq!(date_from_days(expected), (year, month, day));
                    expected += 1;
                }
            }
        }
    }
}
