//! What this room promises, shown from outside.

mod common;
mod receipts;
