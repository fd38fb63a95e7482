//! The workspace, held to what it promises: one file of facts for each part of it.

#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
#![allow(clippy::disallowed_methods, reason = "tests damage database files on purpose")]

mod analysis;
mod backup;
mod common;
mod customers;
mod devices;
mod imports;
mod ledger;
mod model;
mod rights;
mod sync;
mod synced;
mod undo;
mod views;
