//! Any bytes as a recipe, run on a few rows: an answer or a failure, never a panic.

#![no_main]

use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use stillroom_analytics::{Column, ColumnData, Table};
use stillroom_engine::compute::{Frame, Lines, Work, compute};
use stillroom_engine::protocol::FileKind;
use stillroom_engine::recipe::Recipe;

/// Reports of progress until a run is cancelled, as a user would cancel what they did not mean.
const PATIENCE: u32 = 40;

fuzz_target!(|bytes: &[u8]| {
    let Ok(recipe) = serde_json::from_slice::<Recipe>(bytes) else { return };
    let frame = match recipe.source.rows {
        FileKind::Customers => customers(),
        FileKind::OrderLines => lines(),
    };
    let mut reports = 0;
    let _reply = compute(&Work { recipe, frame, model: None }, &mut |_| {
        reports += 1;
        if reports < PATIENCE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
});

/// Twenty-four customers with gaps: columns `a` to `e`, `when` and `gone`.
fn customers() -> Frame {
    let number = |step: usize| ColumnData::Number((0..24).map(|row| ((row * step) % 11) as f64 - 2.0).collect());
    let gaps = ColumnData::Number((0..24).map(|row| if row % 5 == 0 { f64::NAN } else { row as f64 }).collect());
    let level = |of: usize| {
        ColumnData::from_labels((0..24).map(move |row| (row % 7 != 6).then(|| ["x", "y", "z", "w"][row % of])))
    };
    let columns = [
        ("a", number(3)),
        ("b", number(7)),
        ("c", gaps),
        ("d", level(3)),
        ("e", level(2)),
        ("when", ColumnData::Time((0..24).map(|row| Some(row * 86_400_000)).collect())),
        ("gone", ColumnData::from_labels((0..24).map(|row| Some(if row % 3 == 0 { "yes" } else { "no" })))),
    ];
    let columns = columns.map(|(name, data)| Column { name: name.to_owned(), data });
    let table = Table::new(columns.to_vec()).expect("columns of one length");
    Frame::Customers { ids: (0..24).collect(), table }
}

/// Forty lines of six customers over four months.
fn lines() -> Frame {
    let cycle = |of: u32| (0..40).map(|line| line % of).collect::<Vec<u32>>();
    Frame::Lines(Lines {
        customer_ids: (1..=6).collect(),
        items: ["p", "q", "r"].map(|item| (item.to_owned(), item.to_owned())).to_vec(),
        customers: cycle(6),
        item_codes: cycle(3),
        orders: (0..40).map(|line| line / 2).collect(),
        times_millis: (0..40).map(|line| f64::from(line) * 3.0 * 86_400_000.0).collect(),
        quantities: (0..40).map(|line| if line % 9 == 8 { -1.0 } else { 2.0 }).collect(),
        unit_prices: (0..40).map(|line| f64::from(line % 5) + 0.5).collect(),
        is_cancelled: (0..40).map(|line| line % 9 == 8).collect(),
    })
}
