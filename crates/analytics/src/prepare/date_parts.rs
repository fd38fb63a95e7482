//! Times become numbers a model can use: the year, the season as a circle, the weekday, the hour. All in UTC.

use serde::{Deserialize, Serialize};

use super::columns::{chosen_columns, with_columns};
use crate::profile::ColumnKind;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, ColumnData, Error, Result, Table};

const MILLIS_A_DAY: i64 = 86_400_000;
const MILLIS_AN_HOUR: i64 = 3_600_000;

const fn part(name: &'static str, doc: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Boolean, default: "true", doc }
}

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "date_parts",
    family: Family::Prepare,
    summary: "Turns times into year, month, weekday, day of the year as sine and cosine, hour and weekend, in UTC.",
    parameters: &[
        Parameter {
            name: "columns",
            kind: Kind::Columns,
            default: "[]",
            doc: "The time columns; empty means all. Each is replaced by columns named with what they hold.",
        },
        part("year", "Adds the year, named with _year."),
        part("month", "Adds the month from 1, named with _month."),
        part("day_of_week", "Adds the weekday from Monday, 1, to Sunday, 7, named with _day_of_week."),
        part(
            "day_of_year",
            "Adds the sine and cosine of the day of the year, so that December touches January.",
        ),
        part("hour", "Adds the hour from 0 to 23, named with _hour."),
        part("is_weekend", "Adds 1 for Saturday and Sunday, else 0, named with _is_weekend."),
        Parameter {
            name: "keep",
            kind: Kind::Boolean,
            default: "false",
            doc: "Keeps the time column too, for a days_since that follows.",
        },
    ],
    formula: "Gregorian calendar in UTC; sine and cosine of 2π·(day of year - 1) / days of the year; missing stays missing",
    source: "Richards (2013), Explanatory Supplement to the Astronomical Almanac, chapter 15; ISO 8601 weekdays",
    cost: "one pass, memory n a part",
};

/// Which times become which parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each part is asked for by itself")]
pub struct DatePartsParams {
    /// The columns; empty means every time.
    pub columns: Vec<String>,
    /// The year.
    pub year: bool,
    /// The month, `1..=12`.
    pub month: bool,
    /// The weekday, Monday 1 to Sunday 7.
    pub day_of_week: bool,
    /// The day of the year as sine and cosine.
    pub day_of_year: bool,
    /// The hour, `0..=23`.
    pub hour: bool,
    /// Whether it is Saturday or Sunday.
    pub is_weekend: bool,
    /// Whether the time stays beside its parts.
    pub keep: bool,
}

impl Default for DatePartsParams {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            year: true,
            month: true,
            day_of_week: true,
            day_of_year: true,
            hour: true,
            is_weekend: true,
            keep: false,
        }
    }
}

impl DatePartsParams {
    pub(super) fn check(&self) -> Result<()> {
        let any =
            self.year || self.month || self.day_of_week || self.day_of_year || self.hour || self.is_weekend;
        if any { Ok(()) } else { Err(Error::Parameter { name: "year", range: "true, or another part" }) }
    }
}

/// The columns that become parts, and which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FittedDateParts {
    /// The parameters, with every column named.
    pub params: DatePartsParams,
}

pub(super) fn fit(params: &DatePartsParams, table: &Table) -> Result<FittedDateParts> {
    let columns = chosen_columns(table, &params.columns, &[ColumnKind::Time], "time")?;
    let columns = columns.into_iter().map(|column| column.name.clone()).collect();
    Ok(FittedDateParts { params: DatePartsParams { columns, ..params.clone() } })
}

impl FittedDateParts {
    pub(super) fn apply(&self, table: Table) -> Result<Table> {
        with_columns(table, |column, columns| {
            match &column.data {
                ColumnData::Time(values) if self.params.columns.contains(&column.name) => {
                    let parts = self.parts(&column.name, values);
                    if self.params.keep {
                        columns.push(column);
                    }
                    columns.extend(parts);
                }
                _ => columns.push(column),
            }
            Ok(())
        })
    }

    fn parts(&self, column: &str, values: &[Option<i64>]) -> Vec<Column> {
        let dates: Vec<Option<Date>> = values.iter().map(|time| time.map(Date::of)).collect();
        let params = &self.params;
        let parts: [(bool, &str, fn(&Date) -> f64); 7] = [
            (params.year, "year", |date| date.year as f64),
            (params.month, "month", |date| date.month as f64),
            (params.day_of_week, "day_of_week", |date| date.day_of_week as f64),
            (params.day_of_year, "day_of_year_sin", |date| libm::sin(date.angle())),
            (params.day_of_year, "day_of_year_cos", |date| libm::cos(date.angle())),
            (params.hour, "hour", |date| date.hour as f64),
            (params.is_weekend, "is_weekend", |date| f64::from(u8::from(date.day_of_week > 5))),
        ];
        let wanted = parts.into_iter().filter(|(is_wanted, ..)| *is_wanted);
        let numbers = |part: fn(&Date) -> f64| {
            ColumnData::Number(dates.iter().map(|date| date.as_ref().map_or(f64::NAN, part)).collect())
        };
        wanted
            .map(|(_, name, part)| Column { name: format!("{column}_{name}"), data: numbers(part) })
            .collect()
    }
}

/// A moment's place in the Gregorian calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Date {
    year: i64,
    month: i64,
    day_of_week: i64,
    /// From 0.
    day_of_year: i64,
    hour: i64,
}

impl Date {
    fn of(millis: i64) -> Self {
        let days = millis.div_euclid(MILLIS_A_DAY);
        // The calendar repeats every 400 years of 146,097 days; years are counted from March, so that a leap day comes last.
        let from_march = days + 719_468;
        let (era, day_of_era) = (from_march.div_euclid(146_097), from_march.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let leap = i64::from(is_leap(year));
        let day_of_year = if month > 2 { day + 59 + leap } else { day - 306 };
        Self {
            year,
            month,
            day_of_week: (days + 3).rem_euclid(7) + 1,
            day_of_year,
            hour: millis.rem_euclid(MILLIS_A_DAY) / MILLIS_AN_HOUR,
        }
    }

    fn angle(&self) -> f64 {
        let days = 365 + i64::from(is_leap(self.year));
        std::f64::consts::TAU * self.day_of_year as f64 / days as f64
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The start of the month of an instant, in milliseconds since 1970-01-01 UTC.
pub(crate) fn month_start(millis: i64) -> i64 {
    let days = millis.div_euclid(MILLIS_A_DAY);
    let date = Date::of(millis);
    let lengths = [31, 28 + i64::from(is_leap(date.year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before: i64 = lengths.iter().take(date.month as usize - 1).sum();
    (days - (date.day_of_year - before)).saturating_mul(MILLIS_A_DAY)
}

/// The start of the year of an instant, in milliseconds since 1970-01-01 UTC.
pub(crate) fn year_start(millis: i64) -> i64 {
    (millis.div_euclid(MILLIS_A_DAY) - Date::of(millis).day_of_year).saturating_mul(MILLIS_A_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, DatePartsParams::check);
    }

    #[test]
    fn every_day_of_eight_centuries_follows_the_one_before() {
        let lengths = |year: i64| [31, 28 + i64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        // 1600-01-01, a Saturday, is day -135,140.
        let (mut day, mut weekday) = (-135_140i64, 6);
        for year in 1600..2400 {
            let mut day_of_year = 0;
            for (month, length) in lengths(year).into_iter().enumerate() {
                for _ in 0..length {
                    let millis = day * MILLIS_A_DAY + 23 * MILLIS_AN_HOUR + 3_599_999;
                    let expected =
                        Date { year, month: month as i64 + 1, day_of_week: weekday, day_of_year, hour: 23 };
                    assert_eq!(Date::of(millis), expected);
                    assert_eq!(Date::of(month_start(millis)).month, expected.month);
                    assert_eq!(Date::of(year_start(millis)).day_of_year, 0);
                    (day, day_of_year, weekday) = (day + 1, day_of_year + 1, weekday % 7 + 1);
                }
            }
        }
    }

    #[test]
    fn the_ends_of_time_have_a_date() {
        for millis in [i64::MIN, -1, 0, i64::MAX] {
            assert!((1..=12).contains(&Date::of(millis).month));
            assert!(month_start(millis) <= millis.saturating_add(1));
        }
    }
}
