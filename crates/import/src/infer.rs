//! What each column holds, learned from its values one record at a time.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::values::{DateShape, NumberShape, date_shape, is_email, is_missing, is_phone, number_shape};
use crate::{DateOrder, DateStyle, DecimalMark, Record, read_boolean};

/// Different values remembered to tell a category from free text.
const MAX_DISTINCT: usize = 64;
/// Longest value, in bytes, that can be a category.
const MAX_CATEGORY_BYTES: usize = 80;
/// Digits an `f64` holds without loss.
pub(crate) const MAX_EXACT_DIGITS: usize = 15;
/// Values from which on one in a hundred may differ from the column's type; fewer must all agree.
const MIN_VALUES_FOR_TOLERANCE: u64 = 100;

/// Shortest and longest code, in bytes.
const MIN_CODE_BYTES: usize = 4;
pub(crate) const MAX_CODE_BYTES: usize = 40;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum ColumnType {
    /// No value at all.
    Empty,
    /// Whole numbers.
    Integer {
        /// Which separator would start a fraction; the other one groups thousands.
        mark: DecimalMark,
    },
    /// Numbers, amounts and percentages.
    Number {
        /// How fractions are written.
        mark: DecimalMark,
        /// Every separator could be of thousands or of a fraction: the mark is a guess a person should confirm.
        is_ambiguous: bool,
    },
    /// Yes and no.
    Boolean,
    /// Dates, with or without times.
    Date {
        /// How they are written.
        style: DateStyle,
    },
    /// A few texts that repeat.
    Category,
    /// Codes and numbers that are names: with leading zeros, letters, or more digits than a number can hold.
    Identifier,
    /// Any other text.
    Text,
}

impl ColumnType {
    /// The type of field the column becomes: `number`, `boolean`, `date`, `category` or `text`.
    pub fn field_kind(self) -> &'static str {
        match self {
            Self::Integer { .. } | Self::Number { .. } => "number",
            Self::Boolean => "boolean",
            Self::Date { .. } => "date",
            Self::Category => "category",
            Self::Empty | Self::Identifier | Self::Text => "text",
        }
    }

    /// This type where it already is of `field_kind`, otherwise the plainest type that is: what a person's choice makes
    /// of a column. Nothing when there is no such kind.
    ///
    /// ```
    /// use stillroom_import::ColumnType;
    /// assert_eq!(ColumnType::Identifier.with_field_kind("text"), Some(ColumnType::Identifier));
    /// assert_eq!(ColumnType::Boolean.with_field_kind("category"), Some(ColumnType::Category));
    /// assert_eq!(ColumnType::Text.with_field_kind("colour"), None);
    /// ```
    pub fn with_field_kind(self, field_kind: &str) -> Option<Self> {
        let plainest = match field_kind {
            "number" => Self::Number { mark: DecimalMark::Point, is_ambiguous: false },
            "boolean" => Self::Boolean,
            "date" => Self::Date { style: DateStyle { order: DateOrder::DayFirst, is_ambiguous: true } },
            "category" => Self::Category,
            "text" => Self::Text,
            _ => return None,
        };
        Some(if self.field_kind() == field_kind { self } else { plainest })
    }
}

/// Counts of what one column's values look like. Values themselves are not shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnProfile {
    pub(crate) n_values: u64,
    pub(crate) n_missing: u64,
    pub(crate) n_integers: u64,
    pub(crate) n_leading_zeros: u64,
    n_long_integers: u64,
    pub(crate) n_point: u64,
    pub(crate) n_comma: u64,
    pub(crate) n_point_or_thousands: u64,
    pub(crate) n_comma_or_thousands: u64,
    n_booleans: u64,
    pub(crate) n_year_first: u64,
    pub(crate) n_day_first: u64,
    pub(crate) n_month_first: u64,
    pub(crate) n_either_order: u64,
    n_emails: u64,
    n_phones: u64,
    pub(crate) n_codes: u64,
    distinct: BTreeSet<String>,
    pub(crate) has_more_distinct: bool,
}

impl ColumnProfile {
    /// Adds one value.
    pub fn observe(&mut self, value: &str) {
        self.observe_many(value, 1);
    }

    /// Adds `count` values that are all `value`.
    pub(crate) fn observe_many(&mut self, value: &str, count: u64) {
        self.n_values += count;
        if is_missing(value) {
            self.n_missing += count;
            return;
        }
        let value = value.trim();
        self.observe_distinct(value);
        self.observe_number(value, count);
        self.observe_date(value, count);
        let if_so = |is_so: bool| if is_so { count } else { 0 };
        self.n_booleans += if_so(read_boolean(value).is_some());
        self.n_emails += if_so(is_email(value));
        self.n_phones += if_so(is_phone(value));
        self.n_codes += if_so(is_code(value));
    }

    /// Remembers a known value, trimmed, while there are few.
    pub(crate) fn observe_distinct(&mut self, value: &str) {
        if self.has_more_distinct || self.distinct.contains(value) {
            return;
        }
        if self.distinct.len() == MAX_DISTINCT || value.len() > MAX_CATEGORY_BYTES {
            self.has_more_distinct = true;
            self.distinct.clear();
        } else {
            self.distinct.insert(value.to_owned());
        }
    }

    pub(crate) fn observe_date(&mut self, value: &str, count: u64) {
        match date_shape(value) {
            DateShape::None => {}
            DateShape::YearFirst => self.n_year_first += count,
            DateShape::DayFirst => self.n_day_first += count,
            DateShape::MonthFirst => self.n_month_first += count,
            DateShape::Either => self.n_either_order += count,
        }
    }

    fn observe_number(&mut self, value: &str, count: u64) {
        match number_shape(value) {
            NumberShape::None => {}
            NumberShape::Integer { has_leading_zeros } => {
                self.n_integers += count;
                self.n_leading_zeros += if has_leading_zeros { count } else { 0 };
                let n_digits = value.bytes().filter(u8::is_ascii_digit).count();
                self.n_long_integers += if n_digits > MAX_EXACT_DIGITS { count } else { 0 };
            }
            NumberShape::Point => self.n_point += count,
            NumberShape::Comma => self.n_comma += count,
            NumberShape::PointOrThousands => self.n_point_or_thousands += count,
            NumberShape::CommaOrThousands => self.n_comma_or_thousands += count,
        }
    }

    /// Values seen, missing ones included.
    pub fn n_values(&self) -> u64 {
        self.n_values
    }

    /// Values that were missing or a placeholder for missing.
    pub fn n_missing(&self) -> u64 {
        self.n_missing
    }

    /// Share of the known values that are e-mail addresses, 0 to 1; 0 for an empty column.
    pub fn email_share(&self) -> f64 {
        self.share(self.n_emails)
    }

    /// Share of the known values that look like telephone numbers, 0 to 1; 0 for an empty column.
    pub fn phone_share(&self) -> f64 {
        self.share(self.n_phones)
    }

    fn share(&self, count: u64) -> f64 {
        let n_known = self.n_known();
        if n_known == 0 { 0.0 } else { count as f64 / n_known as f64 }
    }

    fn n_known(&self) -> u64 {
        self.n_values - self.n_missing
    }

    /// True when so many values agree that the others may be called issues.
    fn fits(&self, count: u64) -> bool {
        let n_known = self.n_known();
        let n_strange = n_known.saturating_sub(count);
        n_strange == 0 || (n_known >= MIN_VALUES_FOR_TOLERANCE && n_strange * 100 <= n_known)
    }

    /// The type these values have: the narrowest that all fit, or 99 in 100 where there are a hundred or more.
    pub fn column_type(&self) -> ColumnType {
        if self.n_known() == 0 {
            return ColumnType::Empty;
        }
        let n_dates = self.n_year_first + self.n_day_first + self.n_month_first + self.n_either_order;
        let numeric = self.numeric_type();
        if self.fits(n_dates) {
            ColumnType::Date { style: self.date_style() }
        } else if let Some(numeric) = numeric {
            numeric
        } else if self.fits(self.n_booleans) {
            ColumnType::Boolean
        } else if self.n_codes > 0 && self.fits(self.n_codes + self.n_integers) {
            ColumnType::Identifier
        } else if self.is_category() {
            ColumnType::Category
        } else {
            ColumnType::Text
        }
    }

    fn numeric_type(&self) -> Option<ColumnType> {
        let n_ambiguous = self.n_point_or_thousands + self.n_comma_or_thousands;
        let mark = if self.n_comma > self.n_point { DecimalMark::Comma } else { DecimalMark::Point };
        let n_certain = self.n_comma.max(self.n_point);
        if !self.fits(self.n_integers + n_certain + n_ambiguous) {
            return None;
        }
        let n_fractions = n_certain + n_ambiguous;
        if self.n_long_integers > 0 || (self.n_leading_zeros > 0 && n_fractions == 0) {
            return Some(ColumnType::Identifier);
        }
        let has_fractions = n_certain > 0 || self.n_point_or_thousands > 0;
        Some(if has_fractions {
            ColumnType::Number { mark, is_ambiguous: n_certain == 0 }
        } else {
            ColumnType::Integer { mark }
        })
    }

    fn date_style(&self) -> DateStyle {
        let has_order = self.n_day_first + self.n_month_first + self.n_either_order > 0;
        if !has_order {
            return DateStyle { order: DateOrder::YearFirst, is_ambiguous: false };
        }
        let order =
            if self.n_month_first > self.n_day_first { DateOrder::MonthFirst } else { DateOrder::DayFirst };
        let has_both = self.n_day_first > 0 && self.n_month_first > 0;
        let has_neither = self.n_day_first == 0 && self.n_month_first == 0;
        DateStyle { order, is_ambiguous: has_both || has_neither }
    }

    fn is_category(&self) -> bool {
        let n_distinct = self.distinct.len() as u64;
        !self.has_more_distinct && n_distinct * 2 <= self.n_known()
    }
}

/// True for values such as `7590-VHVEG` or `zcrm_5550000`: no blanks, digits, and something besides digits.
fn is_code(value: &str) -> bool {
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let has_letter = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_sized = (MIN_CODE_BYTES..=MAX_CODE_BYTES).contains(&value.len());
    is_sized && has_digit && has_letter && value.bytes().all(is_code_byte)
}

/// True for the bytes that codes are made of.
pub(crate) fn is_code_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/' | b'.' | b'#')
}

/// Learns the columns of a file, over a sample or while everything is read.
///
/// Memory is bounded: 64 short values a column. Cost is linear in the cells observed.
#[derive(Debug, Clone, Default)]
pub struct Inference {
    profiles: Vec<ColumnProfile>,
    n_records: u64,
}

impl Inference {
    /// Starts with nothing known about at least `n_columns` columns.
    pub fn new(n_columns: usize) -> Self {
        Self { profiles: vec![ColumnProfile::default(); n_columns], n_records: 0 }
    }

    /// Adds a record. Cells it lacks are missing; where it has more than any before, those lacked them.
    pub fn observe(&mut self, record: &Record<'_>) {
        self.widen(record.len());
        self.n_records += 1;
        for (idx, profile) in self.profiles.iter_mut().enumerate() {
            profile.observe(record.get(idx));
        }
    }

    /// The profiles of exactly `n_columns` columns, in order: what came out once the file's columns are known.
    #[must_use]
    pub fn into_profiles(mut self, n_columns: usize) -> Vec<ColumnProfile> {
        self.widen(n_columns);
        self.profiles.truncate(n_columns);
        self.profiles
    }

    fn widen(&mut self, n_columns: usize) {
        let missing =
            ColumnProfile { n_values: self.n_records, n_missing: self.n_records, ..ColumnProfile::default() };
        let n_columns = n_columns.max(self.profiles.len());
        self.profiles.resize(n_columns, missing);
    }

    /// The columns' profiles, in order.
    pub fn profiles(&self) -> &[ColumnProfile] {
        &self.profiles
    }

    /// The columns' types, in order.
    pub fn types(&self) -> Vec<ColumnType> {
        self.profiles.iter().map(ColumnProfile::column_type).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn infer(values: &[&str]) -> ColumnType {
        let mut profile = ColumnProfile::default();
        for value in values {
            profile.observe(value);
        }
        profile.column_type()
    }

    fn date(order: DateOrder, is_ambiguous: bool) -> ColumnType {
        ColumnType::Date { style: DateStyle { order, is_ambiguous } }
    }

    #[test]
    fn a_column_has_the_narrowest_type_its_values_fit() {
        let number = |mark| ColumnType::Number { mark, is_ambiguous: false };
        let cases: [(&[&str], ColumnType); 18] = [
            (&[], ColumnType::Empty),
            (&["", "NA", "?"], ColumnType::Empty),
            (&["1", "2", ""], ColumnType::Integer { mark: DecimalMark::Point }),
            (&["6,718", "776"], ColumnType::Integer { mark: DecimalMark::Point }),
            (&["29.85", " "], number(DecimalMark::Point)),
            (&["8.058,58", "753,43", "1.014"], number(DecimalMark::Comma)),
            (&["1.500"], ColumnType::Number { mark: DecimalMark::Point, is_ambiguous: true }),
            (&["000001", "000002"], ColumnType::Identifier),
            (&["12345678901234567890"], ColumnType::Identifier),
            (&["7590-VHVEG", "5575-GNVDE"], ColumnType::Identifier),
            (&["Yes", "No", "no"], ColumnType::Boolean),
            (&["是", "否"], ColumnType::Boolean),
            (&["2024-05-30T06:00:00.000Z"], date(DateOrder::YearFirst, false)),
            (&["02/01/2014", "31/12/2012"], date(DateOrder::DayFirst, false)),
            (&["02/01/2014", "12/31/2012"], date(DateOrder::MonthFirst, false)),
            (&["02/01/2014", "03/04/2015"], date(DateOrder::DayFirst, true)),
            (&["unknown", "unknown", "no", "no"], ColumnType::Category),
            (&["one", "two", "three"], ColumnType::Text),
        ];
        for (values, expected) in cases {
            assert_eq!(infer(values), expected, "{values:?}");
        }
    }

    #[test]
    fn one_strange_value_in_a_hundred_does_not_change_the_type() {
        let mut values = vec!["12"; 99];
        values.push("twelve");
        assert_eq!(infer(&values), ColumnType::Integer { mark: DecimalMark::Point });
        values.push("thirteen");
        assert_eq!(infer(&values), ColumnType::Category);
    }
}
