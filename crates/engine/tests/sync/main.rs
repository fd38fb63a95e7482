//! Devices that are real sessions and the real server: what is granted travels, nothing else does, and nothing is lost.
#![cfg(not(target_family = "wasm"))]

mod canaries;
mod consent;
mod devices;
mod rights;
mod stories;
mod world;
