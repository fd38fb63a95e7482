//! The log of a whole conformance run holds counts and shortened ids, and none of what was asked.

use std::io;
use std::sync::{Arc, Mutex};

use stillroom_server::{LogForm, start_log};

use crate::sqlite;
use crate::suite::cases;
use crate::suite::world::{SECRETS, hex, token};

/// A log in memory.
#[derive(Clone, Default)]
struct Pages(Arc<Mutex<Vec<u8>>>);

impl io::Write for Pages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody fails while writing").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_of_everything_holds_nothing_of_anybody() {
    let pages = Pages::default();
    let writer = pages.clone();
    start_log(LogForm::Json, move || writer.clone()).expect("the first log of this process");
    cases!(run sqlite);
    let bytes = pages.0.lock().expect("nobody fails while writing").clone();
    let text = String::from_utf8(bytes).expect("a log is text");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line is a JSON object")).collect();
    assert!(lines.len() > 1_000, "{} lines", lines.len());
    let names =
        ["code", "device", "level", "message", "method", "millis", "n_bytes", "n_items", "route", "status"];
    for line in lines.iter().filter(|line| line["message"] == "request") {
        let object = line.as_object().expect("a line is an object");
        let known = |name: &str| names.contains(&name) || name == "timestamp" || name == "workspace";
        assert!(object.keys().all(|name| known(name)), "{line}");
    }
    let secrets = SECRETS.lock().expect("no test fails with the list in hand").clone();
    assert!(secrets.len() > 50, "{} secrets", secrets.len());
    for secret in secrets {
        assert!(!text.contains(&secret), "the log holds {secret}");
    }
    for n in 0..2_000 {
        let whole = hex(&token(n).0);
        assert!(!text.contains(&whole[..8]), "the log holds the token of customer {n}");
    }
}
