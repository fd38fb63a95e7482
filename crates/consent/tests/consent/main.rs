//! What this room promises, shown from outside.

mod common;
mod decision;
mod dice;
mod oracle;
mod receipts;
