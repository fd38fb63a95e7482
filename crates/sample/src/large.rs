//! Customer lists too large for one string, for tests of scale.

use crate::csv::{push_line, yes_or_no};
use crate::dates::{TODAY, iso};
use crate::people::{PERSON_COLUMNS, draw_person};
use crate::random::Random;

const CHUNK_ROWS: usize = 10_000;
const COLUMNS: [&str; 8] =
    ["Age", "Income", "Orders", "Spent", "Days Since Last", "Support Calls", "Customer Since", "Churned"];
/// Age, income, orders, spent and days since the last order, in the middle of each of five groups.
const GROUPS: [[f64; 5]; 5] = [
    [26.0, 24_000.0, 4.0, 180.0, 40.0],
    [38.0, 52_000.0, 14.0, 1_400.0, 15.0],
    [45.0, 71_000.0, 30.0, 4_200.0, 8.0],
    [57.0, 44_000.0, 7.0, 520.0, 210.0],
    [69.0, 31_000.0, 11.0, 900.0, 95.0],
];
/// The spread around the middle, as a part of it.
const SPREAD: f64 = 0.12;

/// Pieces of a customers CSV: text of up to 10,000 whole lines each, the first with the header.
#[derive(Debug)]
pub struct Large {
    random: Random,
    n_rows: usize,
    next_row: usize,
    is_started: bool,
}

/// Starts a customers CSV of `n_rows` lines, about 120 bytes each, in five groups of equal share without duplicates.
///
/// The same seed and size give the same bytes on every target; only one piece is held at a time.
pub fn large(seed: u64, n_rows: usize) -> Large {
    Large { random: Random::new(seed), n_rows, next_row: 0, is_started: false }
}

impl Iterator for Large {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if self.is_started && self.next_row == self.n_rows {
            return None;
        }
        let end = self.n_rows.min(self.next_row + CHUNK_ROWS);
        let mut piece = String::with_capacity(136 * (end - self.next_row + 1));
        if !self.is_started {
            push_line(&mut piece, &[PERSON_COLUMNS.as_slice(), &COLUMNS].concat());
            self.is_started = true;
        }
        for row in self.next_row..end {
            self.push_row(&mut piece, row);
        }
        self.next_row = end;
        Some(piece)
    }
}

impl Large {
    fn push_row(&mut self, piece: &mut String, row: usize) {
        let random = &mut self.random;
        let person = draw_person(random, format!("L{:08}", row + 1), row);
        let group = random.index(GROUPS.len());
        let [age, income, orders, spent, days_since_last] =
            GROUPS[group].map(|middle| random.normal(middle, middle * SPREAD).max(1.0));
        let support_calls = random.whole(0, 5).to_string();
        let since = iso(TODAY - random.whole(450, 3_600) as i32);
        let has_left = random.happens(if days_since_last > 150.0 { 0.7 } else { 0.1 });
        let numbers = [
            format!("{}", age as u32),
            format!("{}", income as u32),
            format!("{}", orders as u32),
            format!("{spent:.2}"),
            format!("{}", days_since_last as u32),
        ];
        let mut fields = person.fields().to_vec();
        fields.extend(numbers.iter().map(String::as_str));
        fields.extend([support_calls.as_str(), &since, yes_or_no(has_left)]);
        push_line(piece, &fields);
    }
}
