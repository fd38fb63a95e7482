//! Every method on real data sets beside its reference implementation: value, reference, difference, tolerance.
//!
//! Each room fills a [`ledger::Ledger`]; a row outside its tolerance fails the room's test. With `STILLROOM_ACCURACY` set to a
//! folder the rows are written there too, and `cargo xtask accuracy` makes the table of them. The references were made by
//! `tools/reference/accuracy_*.py`; they hold results only, never rows of a data set.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its numbers has failed")]
#![allow(clippy::disallowed_methods, reason = "the real data sets and the references are files")]
#![allow(clippy::print_stdout, reason = "says what was skipped")]

mod basics;
mod classify;
mod data;
mod explain;
mod group;
mod judge;
mod ledger;
mod linear;
mod prepare;
mod trees;
