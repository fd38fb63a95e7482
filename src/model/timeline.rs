//! A target with a date as a picture: what is known, the date between, what came after.

use super::recipes::Dated;

const MILLIS_A_DAY: i64 = 86_400_000;

/// The dates of a target, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timeline {
    /// Where the orders looked at begin.
    pub from: i64,
    /// The date between.
    pub cutoff: i64,
    /// The end of the days that count.
    pub end: i64,
    /// The last order.
    pub last: i64,
    /// The days that count are not all in the orders, or nothing lies before the date.
    pub is_outside: bool,
    /// Where the picture's window begins, where the date stands and where the days end, from 0 to 100.
    pub places: [f64; 3],
}

impl Timeline {
    /// The dates of a target among orders from `first` to `last`.
    pub fn of(dated: &Dated, first: i64, last: i64) -> Self {
        let days = |days: u32| i64::from(days) * MILLIS_A_DAY;
        let cutoff = dated.cutoff_millis.unwrap_or(last - days(dated.horizon_days));
        let end = cutoff + days(dated.horizon_days);
        let from = dated.window_days.map_or(first, |window| (cutoff - days(window)).max(first)).min(cutoff);
        let (left, right) = (first.min(from), last.max(end));
        let room = (right - left).max(1) as f64;
        let place = |millis: i64| 100.0 * (millis - left) as f64 / room;
        Self {
            from,
            cutoff,
            end,
            last,
            is_outside: end > last || cutoff <= first,
            places: [place(from), place(cutoff), place(end)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(horizon_days: u32, window_days: Option<u32>, cutoff_day: Option<i64>) -> Dated {
        let cutoff_millis = cutoff_day.map(|day| day * MILLIS_A_DAY);
        Dated { measure: "buys".to_owned(), horizon_days, window_days, cutoff_millis }
    }

    #[test]
    fn the_latest_date_leaves_room_for_the_days_after_it() {
        let found = Timeline::of(&dated(20, None, None), 0, 100 * MILLIS_A_DAY);
        assert_eq!(found.cutoff, 80 * MILLIS_A_DAY);
        assert_eq!(found.places, [0.0, 80.0, 100.0]);
        assert!(!found.is_outside);
    }

    #[test]
    fn a_window_begins_no_earlier_than_the_orders() {
        let found = Timeline::of(&dated(20, Some(30), Some(50)), 0, 100 * MILLIS_A_DAY);
        assert_eq!(found.places, [20.0, 50.0, 70.0]);
        let wide = Timeline::of(&dated(20, Some(300), Some(50)), 0, 100 * MILLIS_A_DAY);
        assert_eq!(wide.from, 0);
    }

    #[test]
    fn dates_outside_the_orders_are_told() {
        assert!(Timeline::of(&dated(60, None, Some(50)), 0, 100 * MILLIS_A_DAY).is_outside);
        assert!(Timeline::of(&dated(200, None, None), 0, 100 * MILLIS_A_DAY).is_outside);
    }
}
