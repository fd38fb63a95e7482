//! Every request of this workspace: how it is built, its line in the network ledger, and what its answer means.

use serde::{Serialize, de::DeserializeOwned};
use stillroom_store::sync::journal::NetworkRequest;
use stillroom_sync::wire::{MEDIA_TYPE, Problem, ServerInfo, VERSION, decode};

use super::Session;
use crate::{
    failure::failure,
    platform::Platform,
    protocol::{Failure, NetworkEntry, NetworkPreview},
    transport::{Incoming, Outgoing},
};

/// Most lines of the network ledger that are read at once.
const MAX_LINES: u32 = 500;

impl<P: Platform> Session<P> {
    /// A request to the server this workspace is connected to, in this device's name, noted before it leaves.
    pub(super) fn own_server_request(
        &mut self,
        method: &'static str,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Outgoing, Failure> {
        let entry = self.note_housekeeping(method, path, body.len())?;
        self.sealed_request(entry, method, path, body)
    }

    /// The same without a line of its own in the network ledger: whoever asks has written it.
    pub(super) fn sealed_request(
        &mut self,
        entry: i64,
        method: &'static str,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Outgoing, Failure> {
        let enrolment = self.enrolment()?;
        let (origin, authorization) = (enrolment.origin.clone(), enrolment.authorization().to_string());
        let mut outgoing = request(entry, method, &origin, path, body, self.gpc);
        outgoing.headers.push(("authorization", authorization));
        Ok(outgoing)
    }

    /// A request in nobody's name, to a server this workspace is not connected to yet.
    pub(super) fn open_request(
        &mut self,
        method: &'static str,
        origin: &str,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Outgoing, Failure> {
        let entry = self.note_housekeeping(method, path, body.len())?;
        Ok(request(entry, method, origin, path, body, self.gpc))
    }

    fn note_housekeeping(&mut self, method: &str, path: &str, n_bytes: usize) -> Result<i64, Failure> {
        let at_millis = self.platform.now_millis();
        let line = NetworkRequest {
            at_millis,
            request: format!("{method} {}", template(path)),
            carried: Vec::new(),
            n_operations: 0,
            n_entries: 0,
            device_seqs: None,
            bytes_sent: n_bytes as u64,
            bytes_received: 0,
            status: None,
            preview: String::new(),
        };
        Ok(self.store()?.note_request(&line)?)
    }

    /// Notes what came back. A workspace that was locked meanwhile has nothing to note it in.
    pub(super) fn note_incoming(&mut self, entry: i64, incoming: &Incoming) -> Result<(), Failure> {
        let (status, n_bytes) = match incoming {
            Incoming::Answered { status, body, .. } => (Some(*status), body.len() as u64),
            Incoming::Failed(_) => (None, 0),
        };
        Ok(self.store()?.note_answer(entry, status, n_bytes)?)
    }

    pub(super) fn network_log(&mut self, offset: u32, limit: u32) -> Result<Vec<NetworkEntry>, Failure> {
        let lines = self.store()?.network_lines(offset as usize, limit.min(MAX_LINES) as usize)?;
        let entry = |(id, line): (i64, NetworkRequest)| NetworkEntry {
            id,
            at_millis: line.at_millis as f64,
            request: line.request,
            purpose: line.carried.first().map(|carried| carried.purpose.key().to_owned()),
            grant: line.carried.first().map(|carried| carried.grant.to_string()),
            n_operations: line.n_operations,
            n_customers: line.carried.iter().map(|carried| carried.n_records).sum(),
            bytes_sent: line.bytes_sent,
            bytes_received: line.bytes_received,
            status: line.status,
            has_preview: !line.preview.is_empty(),
        };
        Ok(lines.into_iter().map(entry).collect())
    }

    pub(super) fn preview_exchange(&mut self, id: i64) -> Result<NetworkPreview, Failure> {
        let text = self.store()?.network_preview(id)?;
        if text.is_empty() {
            return Err(failure("no-preview", "this exchange carried nothing about anybody"));
        }
        let preview: Preview = serde_json::from_str(&text)
            .map_err(|_| failure("preview-unreadable", "this preview is of another version"))?;
        Ok(NetworkPreview { columns: preview.columns, rows: preview.rows, n_rows: preview.n_rows })
    }
}

/// A preview as the database keeps it.
#[derive(Debug, Default, Serialize, serde::Deserialize)]
pub(super) struct Preview {
    /// Headings.
    pub(super) columns: Vec<String>,
    /// At most fifty rows.
    pub(super) rows: Vec<Vec<String>>,
    /// Rows in all.
    pub(super) n_rows: u64,
}

fn request(
    entry: i64,
    method: &'static str,
    origin: &str,
    path: &str,
    body: Vec<u8>,
    is_gpc: bool,
) -> Outgoing {
    let mut headers = vec![("stillroom-version", VERSION.to_string()), ("accept", MEDIA_TYPE.to_owned())];
    if !body.is_empty() {
        headers.push(("content-type", MEDIA_TYPE.to_owned()));
    }
    if is_gpc {
        headers.push(("sec-gpc", "1".to_owned()));
    }
    Outgoing { entry, method, url: format!("{origin}{path}"), headers, body }
}

/// The path without values: ids and cursors are replaced by what they are.
fn template(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let is_id = |segment: &str| segment.len() == 32 && segment.bytes().all(|byte| byte.is_ascii_hexdigit());
    let segments: Vec<&str> =
        path.split('/').map(|segment| if is_id(segment) { "{id}" } else { segment }).collect();
    segments.join("/")
}

/// The answer's content; what the server refused becomes a failure that says what to do.
pub(super) fn content<T: Serialize + DeserializeOwned>(incoming: &Incoming) -> Result<T, Failure> {
    match incoming {
        Incoming::Answered { status: 200..=299, body, .. } => decode(body).map_err(|_| unreadable()),
        Incoming::Answered { status, body, .. } => Err(refusal(*status, body)),
        Incoming::Failed(_) => {
            Err(failure("offline", "the server did not answer: check the network and try again"))
        }
    }
}

fn refusal(status: u16, body: &[u8]) -> Failure {
    let code = decode::<Problem>(body).map(|problem| problem.code).unwrap_or_default();
    match (status, code.as_str()) {
        (401, _) => failure("unauthorized", "the server does not know this device any more: pair it again"),
        (403, "registration_closed") => closed(),
        (404, _) if code.is_empty() => {
            failure("no-server", "this server offers no sync: ask whoever runs it, or name another one")
        }
        (404 | 409 | 410, _) => {
            failure("offer-gone", "the code was used, or its ten minutes are over: offer a new one")
        }
        (426, _) => failure("update", "the server speaks another version: update the app or the server"),
        (429, _) => failure("slow-down", "the server asks to wait: try again in a minute"),
        (507, _) => failure("full", "the server has no room left for this workspace"),
        _ => failure("server-refused", "the server refused: try again later, and check its log if it stays"),
    }
}

/// Checks that the server speaks this version.
pub(super) fn check_version(info: &ServerInfo) -> Result<(), Failure> {
    let (lowest, highest) = info.versions;
    if (lowest..=highest).contains(&VERSION) {
        Ok(())
    } else {
        Err(failure("update", "the server speaks another version: update the app or the server"))
    }
}

pub(super) fn closed() -> Failure {
    failure("registration-closed", "this server takes no new workspaces: join one with a pairing code")
}

pub(super) fn unreadable() -> Failure {
    failure("server-unreadable", "the server's answer cannot be read: update both sides")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_ledger_names_no_value() {
        for (path, expected) in [
            ("/v1/pull?since=00ff", "/v1/pull"),
            ("/v1/pair/00112233445566778899aabbccddeeff", "/v1/pair/{id}"),
            ("/v1/pair/claim", "/v1/pair/claim"),
        ] {
            assert_eq!(template(path), expected);
        }
    }
}
