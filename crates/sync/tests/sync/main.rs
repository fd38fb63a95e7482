//! The engine against servers that keep the protocol, and servers that do not.

mod model;
mod simulation;
