//! A target with a date: what customers did in the days after a cut-off, beside what was known of them before it.
//!
//! Nothing after the cut-off reaches a column to learn from, and only customers with an order before it have a row: a model of
//! these rows predicts what comes from what was, as it will be used.

use serde::{Deserialize, Serialize};

use crate::registry::{Family, Kind, Method, Parameter};
use crate::rfm::{OrderLines, Rfm, Times, rfm};
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Error, Result, Table};

const MILLIS_A_DAY: i64 = 86_400_000;

/// The name of the target column.
pub const COLUMN: &str = "outcome";
/// The labels of a yes-no outcome; the first means no.
pub const LABELS: [&str; 2] = ["no", "yes"];

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "outcome",
    family: Family::Prepare,
    summary: "Makes a dated target of order lines: what each customer did after a cut-off, beside recency, frequency and money before it.",
    parameters: &[
        Parameter {
            name: "measure",
            kind: Kind::Choice { options: &["buys", "leaves", "orders", "spend"] },
            default: "\"buys\"",
            doc: "What is asked of the days after the cut-off: any order, none, how many, or how much money.",
        },
        Parameter {
            name: "horizon_days",
            kind: Kind::Integer { min: 1, max: 3650 },
            default: "90",
            doc: "The days after the cut-off that count.",
        },
        Parameter {
            name: "window_days",
            kind: Kind::Integer { min: 1, max: 36500 },
            default: "null",
            doc: "The days before the cut-off that are looked at; null takes all.",
        },
        Parameter {
            name: "cutoff_millis",
            kind: Kind::Integer { min: i64::MIN, max: i64::MAX },
            default: "null",
            doc: "The cut-off in milliseconds since 1970 UTC; null takes the last line's time less the horizon.",
        },
    ],
    formula: "columns from lines in (cut-off − window, cut-off]; outcome from lines in (cut-off, cut-off + horizon]",
    source: "Fader, Hardie and Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis",
    cost: "time linear in lines, memory linear in customers and orders",
};

/// What is asked of the days after the cut-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Whether there is an order.
    #[default]
    Buys,
    /// Whether there is none.
    Leaves,
    /// How many orders.
    Orders,
    /// How much money, returns taken off.
    Spend,
}

/// The target and its dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutcomeParams {
    /// What is asked of the days after the cut-off.
    pub measure: Measure,
    /// The days after the cut-off that count, `1..=3650`.
    pub horizon_days: u32,
    /// The days before the cut-off that are looked at, `1..=36500`; `None` takes all.
    pub window_days: Option<u32>,
    /// The cut-off in milliseconds since 1970-01-01 UTC; `None` takes the last line's time less the horizon.
    pub cutoff_millis: Option<i64>,
}

impl Default for OutcomeParams {
    fn default() -> Self {
        Self { measure: Measure::default(), horizon_days: 90, window_days: None, cutoff_millis: None }
    }
}

impl OutcomeParams {
    /// Checks the ranges that do not depend on the data.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the parameter outside.
    pub fn check(&self) -> Result<()> {
        if !(1..=3650).contains(&self.horizon_days) {
            return Err(Error::Parameter { name: "horizon_days", range: "a whole number from 1 to 3650" });
        }
        if self.window_days.is_some_and(|days| !(1..=36_500).contains(&days)) {
            return Err(Error::Parameter { name: "window_days", range: "a whole number from 1 to 36500" });
        }
        Ok(())
    }
}

/// What was known and what came.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcomes {
    /// The rows to learn from: one a customer with an order in the window, its `table` holding the columns known at the
    /// cut-off and, last, [`COLUMN`].
    pub past: Rfm,
    /// The same columns as they are known at the end of the data, for predicting what comes next; without [`COLUMN`].
    pub present: Rfm,
    /// The cut-off in milliseconds since 1970-01-01 UTC.
    pub cutoff_millis: i64,
    /// The end of the days that count.
    pub end_millis: i64,
}

/// Cuts order lines at a date. Sums run in line order.
///
/// # Errors
/// [`Error::LengthMismatch`] for slices of different lengths; [`Error::Parameter`]; [`Error::HorizonTooLong`] when the days
/// after the cut-off are not all in the data; [`Error::Empty`] when no customer has an order in the window.
pub fn outcomes(lines: OrderLines<'_>, params: &OutcomeParams) -> Result<Outcomes> {
    params.check()?;
    let present = rfm(lines, None)?;
    let last = present.reference_millis;
    let horizon = i64::from(params.horizon_days) * MILLIS_A_DAY;
    let cutoff_millis = params.cutoff_millis.unwrap_or(last.saturating_sub(horizon));
    let end_millis = cutoff_millis.saturating_add(horizon);
    if end_millis > last {
        return Err(Error::HorizonTooLong { days: params.horizon_days });
    }
    let window = params.window_days.map(|days| i64::from(days) * MILLIS_A_DAY);
    let within = |reference: i64| {
        let from = window.map_or(i64::MIN, |window| reference.saturating_sub(window));
        let times: Vec<Option<i64>> =
            (0..lines.times.len()).map(|line| lines.times.get(line).filter(|&time| time > from)).collect();
        rfm(OrderLines { times: Times::Whole(&times), ..lines }, Some(reference))
    };
    let mut past = within(cutoff_millis)?;
    let came = after(lines, &past.customers, cutoff_millis, end_millis)?;
    let outcome = Column { name: COLUMN.to_owned(), data: target(params.measure, &came) };
    past.table = Table::new(past.table.into_columns().into_iter().chain([outcome]).collect())?;
    let present = if window.is_some() { within(last)? } else { present };
    Ok(Outcomes { past, present, cutoff_millis, end_millis })
}

/// Orders and money of one customer after the cut-off.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Came {
    orders: usize,
    spend: f64,
}

/// What each of `customers`, ascending codes, did in `(cutoff, end]`.
fn after(lines: OrderLines<'_>, customers: &[u32], cutoff: i64, end: i64) -> Result<Vec<Came>> {
    let mut came = vec![Came::default(); customers.len()];
    let mut orders = std::collections::BTreeSet::new();
    for line in 0..lines.customers.len() {
        let (customer, quantity, price) =
            (lines.customers[line], lines.quantities[line], lines.unit_prices[line]);
        let is_counted = lines.times.get(line).is_some_and(|time| time > cutoff && time <= end)
            && lines.orders[line] != MISSING_CATEGORY
            && quantity.is_finite()
            && price.is_finite();
        let Some(row) = customers.binary_search(&customer).ok().filter(|_| is_counted) else { continue };
        came[row].spend += quantity * price;
        if quantity > 0.0 && orders.insert((customer, lines.orders[line])) {
            came[row].orders += 1;
        }
    }
    match came.iter().all(|came| came.spend.is_finite()) {
        true => Ok(came),
        false => Err(Error::OutOfScale { column: COLUMN.to_owned() }),
    }
}

fn target(measure: Measure, came: &[Came]) -> ColumnData {
    let labels = |is_yes: &dyn Fn(&Came) -> bool| {
        let codes = came.iter().map(|came| u32::from(is_yes(came))).collect();
        ColumnData::Category { codes, levels: LABELS.map(str::to_owned).to_vec() }
    };
    match measure {
        Measure::Buys => labels(&|came| came.orders > 0),
        Measure::Leaves => labels(&|came| came.orders == 0),
        Measure::Orders => ColumnData::Number(came.iter().map(|came| came.orders as f64).collect()),
        Measure::Spend => ColumnData::Number(came.iter().map(|came| came.spend).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = MILLIS_A_DAY;

    /// Customer 0 buys on days 0, 5 and 12, customer 1 on day 4 alone, customer 2 first on day 15, and 3 returns on day 16.
    fn sample(params: &OutcomeParams) -> Result<Outcomes> {
        let lines = OrderLines {
            customers: &[0, 0, 0, 1, 2, 3, 0],
            orders: &[1, 2, 3, 4, 5, 6, 3],
            times: Times::Whole(&[0, 5 * DAY, 12 * DAY, 4 * DAY, 15 * DAY, 16 * DAY, 12 * DAY].map(Some)),
            quantities: &[1.0, 2.0, 3.0, 1.0, 1.0, -1.0, 1.0],
            unit_prices: &[10.0; 7],
        };
        outcomes(lines, params)
    }

    fn outcome_of(found: &Outcomes) -> ColumnData {
        found.past.table.column(COLUMN).unwrap().data.clone()
    }

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, OutcomeParams::check);
    }

    #[test]
    fn columns_know_nothing_of_what_comes_after_the_cut_off() {
        let params = OutcomeParams { horizon_days: 6, ..OutcomeParams::default() };
        let found = sample(&params).unwrap();
        assert_eq!((found.cutoff_millis, found.end_millis), (10 * DAY, 16 * DAY));
        assert_eq!(found.past.customers, [0, 1]);
        let monetary = &found.past.table.column("monetary").unwrap().data;
        assert_eq!(monetary, &ColumnData::Number(vec![30.0, 10.0]));
        assert_eq!(found.present.customers, [0, 1, 2]);
        assert!(found.present.table.column(COLUMN).is_err());
    }

    #[test]
    fn each_measure_counts_the_days_after_the_cut_off() {
        let measured = |measure| {
            outcome_of(
                &sample(&OutcomeParams { measure, horizon_days: 6, ..OutcomeParams::default() }).unwrap(),
            )
        };
        let levels = LABELS.map(str::to_owned).to_vec();
        assert_eq!(
            measured(Measure::Buys),
            ColumnData::Category { codes: vec![1, 0], levels: levels.clone() }
        );
        assert_eq!(measured(Measure::Leaves), ColumnData::Category { codes: vec![0, 1], levels });
        assert_eq!(measured(Measure::Orders), ColumnData::Number(vec![1.0, 0.0]));
        assert_eq!(measured(Measure::Spend), ColumnData::Number(vec![40.0, 0.0]));
    }

    #[test]
    fn a_window_forgets_what_lies_before_it() {
        let params = OutcomeParams { horizon_days: 6, window_days: Some(6), ..OutcomeParams::default() };
        let found = sample(&params).unwrap();
        let monetary = &found.past.table.column("monetary").unwrap().data;
        assert_eq!((&found.past.customers[..], monetary), (&[0][..], &ColumnData::Number(vec![20.0])));
    }

    #[test]
    fn days_that_are_not_in_the_data_are_refused() {
        let late =
            OutcomeParams { cutoff_millis: Some(12 * DAY), horizon_days: 6, ..OutcomeParams::default() };
        assert_eq!(sample(&late).map_err(|error| error.code()), Err("horizon-too-long"));
        let early = OutcomeParams { cutoff_millis: Some(-DAY), horizon_days: 6, ..OutcomeParams::default() };
        assert_eq!(sample(&early).map_err(|error| error.code()), Err("empty"));
    }
}
