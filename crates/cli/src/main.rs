//! The command line: the same recipes from a terminal.

fn main() {}
