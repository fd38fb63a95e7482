//! The few loops that take the time, over plain slices, written so that they vectorise.
//!
//! A room of its own because only what is hot is built for speed: whatever calls these loops may be built for size. Nothing
//! here allocates by the row, reads or writes anything but its arguments, or knows what the numbers mean. Blocks are arrays
//! of fixed width ([`LANES`] rows side by side, column by column), which the compiler lays into the widest registers there
//! are; every sum has a fixed order, so that the bits are the same on every machine.

pub mod exact;
pub mod nearest;
pub mod products;

/// Rows that are worked on side by side.
pub const LANES: usize = 16;
