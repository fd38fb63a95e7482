//! Purchases: which user took which item, and order lines of customers.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Result;

use super::Columns;
use super::draw::Draw;

/// The users and items that baskets are drawn from.
pub(in super::super) const N_USERS: usize = 6_000;
pub(in super::super) const N_ITEMS: usize = 4_000;
/// The tastes that users and items share.
const N_TASTES: usize = 20;

pub(super) fn baskets(folder: &Path, n_rows: usize) -> Result<()> {
    let mut columns = Columns::create(folder, &["user.u32".to_owned(), "item.u32".to_owned()])?;
    let mut draw = Draw::new(53);
    let mut taken = HashSet::with_capacity(n_rows);
    while taken.len() < n_rows {
        let user = draw.below(N_USERS);
        let any = draw.skewed(N_ITEMS);
        // Two thirds of what a user takes is of the user's own taste.
        let item = if draw.share() < 0.67 { any - any % N_TASTES + user % N_TASTES } else { any };
        if item < N_ITEMS && taken.insert((user, item)) {
            columns.code(0, user)?;
            columns.code(1, item)?;
        }
    }
    columns.finish()
}

/// Lines for each customer that joins; one in ten of them never buys.
const LINES_PER_CUSTOMER: usize = 23;
const DAY_MILLIS: f64 = 86_400_000.0;

/// The customers that the first `n_rows` lines are drawn from: new ones join all the time.
pub(in super::super) fn n_customers(n_rows: usize) -> usize {
    n_rows / LINES_PER_CUSTOMER + 1
}

pub(super) fn lines(folder: &Path, n_rows: usize) -> Result<()> {
    let names = ["customer.u32", "order.u32", "time.f64", "quantity.f64", "price.f64"].map(str::to_owned);
    let mut columns = Columns::create(folder, &names)?;
    let mut draw = Draw::new(67);
    let (mut order, mut left, mut customer, mut time) = (0, 0, 0, 0.0);
    for row in 0..n_rows {
        if left == 0 {
            (order, left, customer) = (order + 1, 1 + draw.below(4), draw.below(n_customers(row)));
            time = 1.7e12 + (draw.share() * 730.0 * DAY_MILLIS).floor();
        }
        left -= 1;
        columns.code(0, customer)?;
        columns.code(1, order)?;
        columns.number(2, time)?;
        columns.number(3, 1.0 + draw.below(5) as f64)?;
        columns.number(4, (100.0 + 9_900.0 * draw.share()).floor() / 100.0)?;
    }
    columns.finish()
}
