//! Order lines: when a customer buys, what lies in the basket, what comes back.

use std::collections::BTreeSet;

use crate::csv::push_line;
use crate::dates::{TODAY, civil, iso};
use crate::random::Random;
use crate::truth::Affinity;

/// Something that can be ordered.
pub(crate) struct Item {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) price_cents: u32,
}

/// How one segment buys. Ranges hold both ends.
pub(crate) struct Habit {
    pub(crate) name: &'static str,
    pub(crate) share: f64,
    pub(crate) orders: (u32, u32),
    pub(crate) days_since_last: (u32, u32),
    pub(crate) days_between: (u32, u32),
    pub(crate) lines: (u32, u32),
    pub(crate) quantity: (u32, u32),
}

/// What is on offer and how it sells.
pub(crate) struct Catalogue {
    pub(crate) items: &'static [Item],
    pub(crate) affinities: &'static [Affinity],
    /// Of a hundred orders, how many are cancelled by a second one with negative quantities.
    pub(crate) cancelled_percent: u32,
    /// The chance, by month from January, that an order holds one or two more items than usual.
    pub(crate) season: [f64; 12],
}

pub(crate) const ORDER_COLUMNS: [&str; 7] =
    ["Order No", "Customer ID", "Item Code", "Item", "Quantity", "Unit Price", "Date"];

/// One line before it is written.
struct Line {
    day: i32,
    order: u32,
    is_cancellation: bool,
    customer_id: String,
    item_idx: usize,
    quantity: i64,
}

/// Collects lines and writes them in order of date.
pub(crate) struct OrderBook<'a> {
    catalogue: &'a Catalogue,
    lines: Vec<Line>,
    n_orders: u32,
}

impl<'a> OrderBook<'a> {
    pub(crate) fn new(catalogue: &'a Catalogue) -> Self {
        Self { catalogue, lines: Vec::new(), n_orders: 0 }
    }

    /// Adds everything that one customer ordered, the newest order first; gives the number of different items.
    pub(crate) fn add_customer(&mut self, random: &mut Random, customer_id: &str, habit: &Habit) -> usize {
        let n_lines_before = self.lines.len();
        let n_orders = random.whole(habit.orders.0, habit.orders.1);
        let mut day = TODAY - random.whole(habit.days_since_last.0, habit.days_since_last.1) as i32;
        for _ in 0..n_orders {
            self.add_order(random, customer_id, habit, day);
            day -= random.whole(habit.days_between.0, habit.days_between.1) as i32;
        }
        let items: BTreeSet<usize> = self.lines[n_lines_before..].iter().map(|line| line.item_idx).collect();
        items.len()
    }

    fn add_order(&mut self, random: &mut Random, customer_id: &str, habit: &Habit, day: i32) {
        let is_in_season = random.happens(self.catalogue.season[civil(day).1 as usize - 1]);
        let n_more = if is_in_season { random.whole(1, 2) } else { 0 };
        let n_lines = n_more + random.whole(habit.lines.0, habit.lines.1);
        let basket = self.draw_basket(random, n_lines);
        self.n_orders += 1;
        let order = self.n_orders;
        let is_cancelled = random.whole(1, 100) <= self.catalogue.cancelled_percent;
        for item_idx in basket {
            let quantity = i64::from(random.whole(habit.quantity.0, habit.quantity.1));
            let line = |day, quantity, is_cancellation| Line {
                day,
                order,
                is_cancellation,
                customer_id: customer_id.to_owned(),
                item_idx,
                quantity,
            };
            self.lines.push(line(day, quantity, false));
            if is_cancelled {
                self.lines.push(line((day + 2).min(TODAY), -quantity, true));
            }
        }
    }

    /// Draws different items; what one of them brings may come on top.
    fn draw_basket(&self, random: &mut Random, n_lines: u32) -> Vec<usize> {
        let mut basket = Vec::new();
        for _ in 0..n_lines {
            let drawn = self.draw_item(random);
            if basket.contains(&drawn) {
                continue;
            }
            basket.push(drawn);
            let code = self.catalogue.items[drawn].code;
            for affinity in self.catalogue.affinities.iter().filter(|affinity| affinity.item == code) {
                let brought = self.catalogue.items.iter().position(|item| item.code == affinity.brings);
                if let Some(brought) = brought.filter(|brought| !basket.contains(brought))
                    && random.happens(affinity.probability)
                {
                    basket.push(brought);
                }
            }
        }
        basket
    }

    /// Items that others bring are drawn alone a quarter as often as the rest.
    fn draw_item(&self, random: &mut Random) -> usize {
        loop {
            let drawn = random.index(self.catalogue.items.len());
            let code = self.catalogue.items[drawn].code;
            let is_brought = self.catalogue.affinities.iter().any(|affinity| affinity.brings == code);
            if !is_brought || random.happens(0.25) {
                return drawn;
            }
        }
    }

    pub(crate) fn into_csv(mut self) -> String {
        self.lines.sort_by_key(|line| (line.day, line.order, line.is_cancellation));
        let mut csv = String::with_capacity(64 * self.lines.len());
        push_line(&mut csv, &ORDER_COLUMNS);
        for line in &self.lines {
            let item = &self.catalogue.items[line.item_idx];
            let order = format!("{}{:06}", if line.is_cancellation { "C" } else { "" }, line.order);
            let price = format!("{}.{:02}", item.price_cents / 100, item.price_cents % 100);
            let quantity = line.quantity.to_string();
            push_line(
                &mut csv,
                &[&order, &line.customer_id, item.code, item.name, &quantity, &price, &iso(line.day)],
            );
        }
        csv
    }
}
