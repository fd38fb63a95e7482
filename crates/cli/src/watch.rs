//! How far the work has come, on the standard error stream.

use std::{
    io::{IsTerminal as _, Write as _},
    ops::ControlFlow,
};

/// Tells a terminal in one line that is written over, and anything else line by line, where that is asked for.
pub(crate) struct Told {
    is_terminal: bool,
    by_line: bool,
    has_written: bool,
}

impl Told {
    /// `by_line` tells also what is no terminal.
    pub(crate) fn new(by_line: bool) -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), by_line, has_written: false }
    }

    /// One step of the work: `done` of `total` units of a stage.
    pub(crate) fn tell(&mut self, stage: &str, done: u64, total: u64) -> ControlFlow<()> {
        let line = format!("{stage} {done}/{total}");
        if self.is_terminal {
            self.has_written = true;
            // A terminal that went away is no reason to stop.
            let _ = write!(std::io::stderr(), "\r\x1b[2K{line}");
        } else if self.by_line {
            eprintln!("{line}");
        }
        ControlFlow::Continue(())
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if self.has_written {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}
