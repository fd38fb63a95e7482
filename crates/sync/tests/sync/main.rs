//! The engine against servers that keep the protocol, and servers that do not.

mod client;
mod desk;
mod hostile;
mod merge;
mod model;
mod simulation;
