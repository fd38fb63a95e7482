//! The programs that do the work: one in Chromium, one natively, Python once for each number of threads. Each is asked one thing
//! at a time, a line of JSON for a line of JSON.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::process;

/// A running program; it ends with this value.
#[derive(Debug)]
pub(super) struct Runner {
    name: String,
    child: Child,
    asked: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Runner {
    /// Starts the program and waits until it can be asked.
    pub(super) fn start(name: &str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", process::name(command)))?;
        let asked = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().context("the output was asked for")?);
        let mut runner = Self { name: name.to_owned(), child, asked, answers };
        runner.answer()?;
        Ok(runner)
    }

    /// Asks one thing.
    ///
    /// # Errors
    /// What the program says it cannot do, or that it ended.
    pub(super) fn ask(&mut self, question: &Value) -> Result<Value> {
        let asked = self.asked.as_mut().context("the input was asked for")?;
        writeln!(asked, "{question}").with_context(|| format!("the runner '{}' ended", self.name))?;
        asked.flush()?;
        self.answer()
    }

    /// Whether the program is no more.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn answer(&mut self) -> Result<Value> {
        let mut line = String::new();
        // Libraries print, too; answers are lines that begin an object.
        while !line.starts_with('{') {
            line.clear();
            let n_read = self.answers.read_line(&mut line)?;
            if n_read == 0 {
                bail!("the runner '{}' ended; what it said stands above", self.name);
            }
        }
        let mut answer: Value = serde_json::from_str(&line)?;
        match answer["error"].as_str() {
            Some(error) => bail!("{error}"),
            None => Ok(answer["ok"].take()),
        }
    }
}

impl Drop for Runner {
    /// Lets the program end by itself, which tidies up behind it, and ends it when it does not.
    fn drop(&mut self) {
        self.asked = None;
        for _ in 0..50 {
            if self.has_ended() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
