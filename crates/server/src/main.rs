//! The minimal backend.

fn main() {}
