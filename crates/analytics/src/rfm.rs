//! Recency, frequency and monetary value of each customer, from order lines.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::registry::{Family, Kind, Method, Parameter};
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Error, Result, Table};

const MILLIS_A_DAY: f64 = 86_400_000.0;

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "rfm",
    family: Family::Prepare,
    summary: "Sums order lines up to one row a customer: how recently, how often and for how much they bought.",
    parameters: &[
        Parameter {
            name: "customer",
            kind: Kind::Column,
            default: "\"customer\"",
            doc: "The category column of customers.",
        },
        Parameter {
            name: "order",
            kind: Kind::Column,
            default: "\"order\"",
            doc: "The category column of order numbers.",
        },
        Parameter { name: "time", kind: Kind::Column, default: "\"time\"", doc: "The time column." },
        Parameter {
            name: "quantity",
            kind: Kind::Column,
            default: "\"quantity\"",
            doc: "The number column of pieces; a negative one is a return or cancellation.",
        },
        Parameter {
            name: "unit_price",
            kind: Kind::Column,
            default: "\"unit_price\"",
            doc: "The number column of prices a piece.",
        },
        Parameter {
            name: "reference_millis",
            kind: Kind::Integer { min: i64::MIN, max: i64::MAX },
            default: "null",
            doc: "The day from which to look back, in milliseconds since 1970 UTC; null takes the last line's time.",
        },
    ],
    formula: "recency = reference - last order; frequency = distinct orders; monetary = Σ quantity · unit price",
    source: "Bult and Wansbeek (1995), Optimal selection for direct mail",
    cost: "time linear in lines, memory linear in customers and orders",
};

/// The columns of order lines, and from when to look back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RfmParams {
    /// The category column of customers.
    pub customer: String,
    /// The category column of order numbers.
    pub order: String,
    /// The time column.
    pub time: String,
    /// The number column of pieces.
    pub quantity: String,
    /// The number column of prices a piece.
    pub unit_price: String,
    /// Milliseconds since 1970-01-01 UTC; `None` takes the last line's time. Later lines are left out.
    pub reference_millis: Option<i64>,
}

impl Default for RfmParams {
    fn default() -> Self {
        Self {
            customer: "customer".into(),
            order: "order".into(),
            time: "time".into(),
            quantity: "quantity".into(),
            unit_price: "unit_price".into(),
            reference_millis: None,
        }
    }
}

/// Order lines, one a position in every slice.
#[derive(Debug, Clone, Copy)]
pub struct OrderLines<'a> {
    /// The code of each line's customer; [`MISSING_CATEGORY`] when not known.
    pub customers: &'a [u32],
    /// The code of each line's order; [`MISSING_CATEGORY`] when not known.
    pub orders: &'a [u32],
    /// When.
    pub times: Times<'a>,
    /// Pieces; negative for a return or cancellation, `NaN` when not known.
    pub quantities: &'a [f64],
    /// Price a piece, `NaN` when not known.
    pub unit_prices: &'a [f64],
}

/// When lines were, in milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy)]
pub enum Times<'a> {
    /// As a table's time column has them.
    Whole(&'a [Option<i64>]),
    /// As numbers, cut to whole milliseconds; `NaN` when not known.
    Millis(&'a [f64]),
}

impl Times<'_> {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Whole(times) => times.len(),
            Self::Millis(times) => times.len(),
        }
    }

    /// The time of `line`.
    #[inline]
    #[must_use]
    pub fn get(self, line: usize) -> Option<i64> {
        match self {
            Self::Whole(times) => times[line],
            Self::Millis(times) => whole(times[line]),
        }
    }
}

fn whole(millis: f64) -> Option<i64> {
    (!millis.is_nan()).then_some(millis as i64)
}

/// One row a customer, and what was left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rfm {
    /// The customers' codes, ascending, one a row of `table`.
    pub customers: Vec<u32>,
    /// `recency_days`, `frequency`, `monetary`, `average_order_value`, `tenure_days`, `items`: complete numbers.
    pub table: Table,
    /// The moment from which `recency_days` and `tenure_days` look back.
    pub reference_millis: i64,
    /// Lines that counted.
    pub lines_used: usize,
    /// Lines without a customer.
    pub lines_without_customer: usize,
    /// Other lines without an order number, a time, a quantity or a price.
    pub lines_incomplete: usize,
    /// Lines after the reference.
    pub lines_after_reference: usize,
    /// Lines with a negative quantity, among those used.
    pub lines_returned: usize,
    /// Customers who only returned: they bought nothing in the period and have no row.
    pub customers_without_orders: usize,
}

/// Sums the order lines of `table` as `params` names its columns.
///
/// # Errors
/// [`Error::UnknownColumn`] and [`Error::WrongType`] name the column; those of [`rfm`].
pub fn rfm_of_table(table: &Table, params: &RfmParams) -> Result<Rfm> {
    let lines = OrderLines {
        customers: codes(table, &params.customer)?,
        orders: codes(table, &params.order)?,
        times: Times::Whole(times(table, &params.time)?),
        quantities: numbers(table, &params.quantity)?,
        unit_prices: numbers(table, &params.unit_price)?,
    };
    rfm(lines, params.reference_millis)
}

/// Sums order lines up to customers.
///
/// An order counts once for a customer, however many lines it has, and only if a line of it has a positive quantity.
/// Returns lower `monetary` and `items` and never count as orders. `recency_days` runs from the last order to the
/// reference, `tenure_days` from the first; `average_order_value` is `monetary / frequency`. Sums run in line order.
///
/// # Errors
/// [`Error::LengthMismatch`] for slices of different lengths; [`Error::Empty`] when no customer has an order;
/// [`Error::NotFinite`] when a customer's spend overflows.
pub fn rfm(lines: OrderLines<'_>, reference_millis: Option<i64>) -> Result<Rfm> {
    lines.check()?;
    let mut sums = Sums::new(&lines, reference_millis);
    match lines.times {
        Times::Whole(times) => sums.add_all(&lines, times.iter().copied()),
        Times::Millis(times) => sums.add_all(&lines, times.iter().map(|&time| whole(time))),
    }
    sums.finish()
}

impl OrderLines<'_> {
    fn check(&self) -> Result<()> {
        let expected = self.customers.len();
        let lengths = [
            ("order", self.orders.len()),
            ("time", self.times.len()),
            ("quantity", self.quantities.len()),
            ("unit_price", self.unit_prices.len()),
        ];
        match lengths.into_iter().find(|(_, length)| *length != expected) {
            Some((column, found)) => Err(Error::LengthMismatch { column: column.into(), expected, found }),
            None => Ok(()),
        }
    }
}

/// What a customer's lines come to.
#[derive(Debug, Clone, Copy)]
struct Customer {
    first_order: i64,
    last_order: i64,
    monetary: f64,
    items: f64,
    frequency: u32,
    is_present: bool,
}

/// A customer of whom nothing is known yet.
const NOBODY: Customer = Customer {
    first_order: i64::MAX,
    last_order: i64::MIN,
    monetary: 0.0,
    items: 0.0,
    frequency: 0,
    is_present: false,
};

struct Sums {
    /// Lines after it do not count; without one, the last line's time is the reference.
    reference_millis: Option<i64>,
    last_known: Option<i64>,
    customers: Vec<Customer>,
    orders: SeenOrders,
    lines_used: usize,
    lines_without_customer: usize,
    lines_incomplete: usize,
    lines_after_reference: usize,
    lines_returned: usize,
}

impl Sums {
    fn new(lines: &OrderLines<'_>, reference_millis: Option<i64>) -> Self {
        Self {
            reference_millis,
            last_known: None,
            customers: Vec::new(),
            orders: SeenOrders::new(lines.orders),
            lines_used: 0,
            lines_without_customer: 0,
            lines_incomplete: 0,
            lines_after_reference: 0,
            lines_returned: 0,
        }
    }

    #[inline(always)]
    fn add_all(&mut self, lines: &OrderLines<'_>, times: impl Iterator<Item = Option<i64>>) {
        let whose = lines.customers.iter().zip(lines.orders).zip(times);
        let how_much = lines.quantities.iter().zip(lines.unit_prices);
        for (((&customer, &order), time), (&quantity, &unit_price)) in whose.zip(how_much) {
            self.add(customer, order, time, quantity, unit_price);
        }
    }

    #[inline(always)]
    fn add(&mut self, code: u32, order: u32, time: Option<i64>, quantity: f64, unit_price: f64) {
        if code == MISSING_CATEGORY {
            self.lines_without_customer += 1;
            return;
        }
        let is_complete = order != MISSING_CATEGORY && quantity.is_finite() && unit_price.is_finite();
        let Some(time) = time.filter(|_| is_complete) else {
            self.lines_incomplete += 1;
            return;
        };
        self.last_known = self.last_known.max(Some(time));
        if self.reference_millis.is_some_and(|reference| time > reference) {
            self.lines_after_reference += 1;
            return;
        }
        self.lines_used += 1;
        if code as usize >= self.customers.len() {
            self.customers.resize(code as usize + 1, NOBODY);
        }
        let customer = &mut self.customers[code as usize];
        customer.is_present = true;
        customer.monetary += quantity * unit_price;
        customer.items += quantity;
        if quantity > 0.0 {
            customer.first_order = customer.first_order.min(time);
            customer.last_order = customer.last_order.max(time);
            customer.frequency += u32::from(self.orders.is_new(code, order));
        } else if quantity < 0.0 {
            self.lines_returned += 1;
        }
    }

    fn finish(self) -> Result<Rfm> {
        let buyers = || self.customers.iter().enumerate().filter(|(_, customer)| customer.frequency > 0);
        if buyers().next().is_none() {
            return Err(Error::Empty);
        }
        let reference_millis = self.reference_millis.or(self.last_known).ok_or(Error::Empty)?;
        let days = |time: i64| (i128::from(reference_millis) - i128::from(time)) as f64 / MILLIS_A_DAY;
        let column = |name: &str, value: &dyn Fn(&Customer) -> f64| Column {
            name: name.to_owned(),
            data: ColumnData::Number(buyers().map(|(_, customer)| value(customer)).collect()),
        };
        let table = Table::new(vec![
            column("recency_days", &|customer| days(customer.last_order)),
            column("frequency", &|customer| f64::from(customer.frequency)),
            column("monetary", &|customer| customer.monetary),
            column("average_order_value", &|customer| customer.monetary / f64::from(customer.frequency)),
            column("tenure_days", &|customer| days(customer.first_order)),
            column("items", &|customer| customer.items),
        ])?;
        let n_present = self.customers.iter().filter(|customer| customer.is_present).count();
        let customers: Vec<u32> = buyers().map(|(code, _)| code as u32).collect();
        Ok(Rfm {
            customers_without_orders: n_present - customers.len(),
            customers,
            table,
            reference_millis,
            lines_used: self.lines_used,
            lines_without_customer: self.lines_without_customer,
            lines_incomplete: self.lines_incomplete,
            lines_after_reference: self.lines_after_reference,
            lines_returned: self.lines_returned,
        })
    }
}

/// Which customers' orders were met: an array of the first customer of each order, because nearly every order has one, and
/// a set of the others. Codes far above the number of lines all go to the set.
struct SeenOrders {
    first_customer: Vec<u32>,
    others: BTreeSet<(u32, u32)>,
}

impl SeenOrders {
    fn new(orders: &[u32]) -> Self {
        let known = orders.iter().filter(|&&order| order != MISSING_CATEGORY);
        let n_codes = known.max().map_or(0, |&highest| highest as usize + 1);
        let is_dense = n_codes <= 4 * orders.len();
        Self {
            first_customer: vec![MISSING_CATEGORY; if is_dense { n_codes } else { 0 }],
            others: BTreeSet::new(),
        }
    }

    /// Whether this is the first that is heard of `order` as one of `customer`'s.
    #[inline(always)]
    fn is_new(&mut self, customer: u32, order: u32) -> bool {
        match self.first_customer.get_mut(order as usize) {
            Some(first) if *first == MISSING_CATEGORY => {
                *first = customer;
                true
            }
            Some(first) if *first == customer => false,
            _ => self.others.insert((customer, order)),
        }
    }
}

fn codes<'a>(table: &'a Table, name: &str) -> Result<&'a [u32]> {
    match &table.column(name)?.data {
        ColumnData::Category { codes, .. } => Ok(codes),
        other => Err(wrong_type(name, "category", other)),
    }
}

fn times<'a>(table: &'a Table, name: &str) -> Result<&'a [Option<i64>]> {
    match &table.column(name)?.data {
        ColumnData::Time(values) => Ok(values),
        other => Err(wrong_type(name, "time", other)),
    }
}

fn numbers<'a>(table: &'a Table, name: &str) -> Result<&'a [f64]> {
    match &table.column(name)?.data {
        ColumnData::Number(values) => Ok(values),
        other => Err(wrong_type(name, "number", other)),
    }
}

fn wrong_type(name: &str, expected: &'static str, found: &ColumnData) -> Error {
    Error::WrongType { column: name.to_owned(), expected, found: found.type_name() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400_000;

    fn column(result: &Rfm, name: &str) -> Vec<f64> {
        match &result.table.column(name).unwrap().data {
            ColumnData::Number(values) => values.clone(),
            _ => panic!("{name} is a number"),
        }
    }

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, |_: &RfmParams| Ok(()));
    }

    #[test]
    fn returns_cost_money_and_are_no_orders() {
        let lines = OrderLines {
            customers: &[0, 0, 0, 2, 0, MISSING_CATEGORY, 3, 2],
            orders: &[10, 10, 11, 12, 13, 14, 15, 12],
            times: Times::Whole(&[0, 0, 4 * DAY, 6 * DAY, 8 * DAY, 9 * DAY, 10 * DAY, 6 * DAY].map(Some)),
            quantities: &[2.0, 1.0, 4.0, 1.0, -1.0, 5.0, -2.0, f64::NAN],
            unit_prices: &[5.0, 10.0, 2.5, 7.0, 5.0, 1.0, 3.0, 1.0],
        };
        let result = rfm(lines, None).unwrap();
        assert_eq!(result.customers, [0, 2]);
        assert_eq!(column(&result, "recency_days"), [6.0, 4.0]);
        assert_eq!(column(&result, "frequency"), [2.0, 1.0]);
        assert_eq!(column(&result, "monetary"), [25.0, 7.0]);
        assert_eq!(column(&result, "average_order_value"), [12.5, 7.0]);
        assert_eq!(column(&result, "tenure_days"), [10.0, 4.0]);
        assert_eq!(column(&result, "items"), [6.0, 1.0]);
        let counts = (result.lines_used, result.lines_without_customer, result.lines_incomplete);
        assert_eq!((counts, result.lines_returned, result.customers_without_orders), ((6, 1, 1), 2, 1));
    }

    #[test]
    fn lines_after_the_reference_are_not_seen() {
        let lines = OrderLines {
            customers: &[0, 0],
            orders: &[1, 2],
            times: Times::Whole(&[Some(0), Some(5 * DAY)]),
            quantities: &[1.0, 1.0],
            unit_prices: &[1.0, 1.0],
        };
        let result = rfm(lines, Some(3 * DAY)).unwrap();
        assert_eq!((column(&result, "frequency"), result.lines_after_reference), (vec![1.0], 1));
        assert_eq!(column(&result, "recency_days"), [3.0]);
        assert_eq!(rfm(lines, Some(-1)), Err(Error::Empty));
    }

    fn is_complete(lines: OrderLines<'_>, line: usize) -> bool {
        lines.customers[line] != MISSING_CATEGORY
            && lines.orders[line] != MISSING_CATEGORY
            && lines.times.get(line).is_some()
            && lines.quantities[line].is_finite()
            && lines.unit_prices[line].is_finite()
    }

    /// Frequencies by a set of pairs, everything else line by line.
    fn plain_frequencies(lines: OrderLines<'_>) -> Vec<(u32, f64)> {
        let mut orders = BTreeSet::new();
        for line in (0..lines.customers.len()).filter(|&line| is_complete(lines, line)) {
            if lines.quantities[line] > 0.0 {
                orders.insert((lines.customers[line], lines.orders[line]));
            }
        }
        let mut counts = std::collections::BTreeMap::new();
        orders.into_iter().for_each(|(customer, _)| *counts.entry(customer).or_insert(0.0) += 1.0);
        counts.into_iter().collect()
    }

    proptest! {
        #[test]
        fn orders_are_counted_as_a_set_of_pairs_counts_them(
            lines in prop::collection::vec(
                (
                    prop_oneof![9 => 0_u32..6, 1 => Just(MISSING_CATEGORY)],
                    prop_oneof![8 => 0_u32..20, 1 => Just(MISSING_CATEGORY), 1 => 900_000_u32..900_003],
                    prop_oneof![9 => 0_i32..50, 1 => Just(-1)],
                    prop_oneof![1.0..5.0, -5.0..0.0, Just(f64::NAN)],
                ),
                1..80,
            ),
        ) {
            let customers: Vec<u32> = lines.iter().map(|line| line.0).collect();
            let orders: Vec<u32> = lines.iter().map(|line| line.1).collect();
            let times: Vec<Option<i64>> = lines.iter().map(|line| (line.2 >= 0).then_some(i64::from(line.2) * DAY)).collect();
            let millis: Vec<f64> = times.iter().map(|time| time.map_or(f64::NAN, |time| time as f64)).collect();
            let quantities: Vec<f64> = lines.iter().map(|line| line.3).collect();
            let lines = OrderLines {
                customers: &customers,
                orders: &orders,
                times: Times::Whole(&times),
                quantities: &quantities,
                unit_prices: &vec![2.0; customers.len()],
            };
            let expected = plain_frequencies(lines);
            let found = rfm(lines, None);
            prop_assert_eq!(&rfm(OrderLines { times: Times::Millis(&millis), ..lines }, None), &found);
            match found {
                Ok(found) => {
                    let frequencies = column(&found, "frequency");
                    let found: Vec<(u32, f64)> = found.customers.iter().copied().zip(frequencies).collect();
                    prop_assert_eq!(found, expected);
                }
                Err(error) => prop_assert!(error == Error::Empty && expected.is_empty()),
            }
        }
    }

    #[test]
    fn columns_are_found_by_name_and_type() {
        let table = Table::new(vec![
            Column { name: "who".into(), data: ColumnData::from_labels([Some("x")]) },
            Column { name: "order".into(), data: ColumnData::from_labels([Some("1")]) },
            Column { name: "time".into(), data: ColumnData::Time(vec![Some(1)]) },
            Column { name: "quantity".into(), data: ColumnData::Number(vec![2.0]) },
            Column { name: "unit_price".into(), data: ColumnData::Number(vec![3.0]) },
        ])
        .unwrap();
        let params = RfmParams { customer: "who".into(), ..RfmParams::default() };
        assert_eq!(column(&rfm_of_table(&table, &params).unwrap(), "monetary"), [6.0]);
        let code = |params| rfm_of_table(&table, &params).map_err(|error| error.code());
        assert_eq!(code(RfmParams::default()), Err("unknown-column"));
        assert_eq!(code(RfmParams { time: "quantity".into(), ..params }), Err("wrong-type"));
    }
}
