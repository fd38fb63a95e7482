//! What this room promises, shown from outside.

mod common;
mod decision;
#[cfg(test)]
mod dice;
mod ledger;
mod oracle;
mod processing;
mod receipts;
mod story;
mod witness;
