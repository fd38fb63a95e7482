//! A client of HTTP/1.1 as small as the server's answers allow: one socket, kept open, answers of a known length.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use stillroom_consent::Blob;
use stillroom_sync::wire::{MEDIA_TYPE, VERSION};

/// The name every request calls the server by, whatever its address; grants are given for [`ORIGIN`].
pub const HOST: &str = "stillroom.test";
/// The origin of [`HOST`] over plain HTTP.
pub const ORIGIN: &str = "http://stillroom.test";

/// Longer than the server's own limit for an answer.
const PATIENCE: Duration = Duration::from_secs(60);
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The whole body.
    pub body: Vec<u8>,
}

/// A connection, opened when first needed and again after a failure.
#[derive(Debug)]
pub struct Connection {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Connection {
    /// A connection to `address` that is not open yet.
    #[must_use]
    pub fn to(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends a request and reads its answer. The request is sent once: what a failure left undone is the caller's to repeat.
    ///
    /// # Errors
    /// When the connection breaks before the whole answer came.
    pub fn ask(&mut self, method: &str, path: &str, token: Option<&Blob>, body: &[u8]) -> Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.open()?,
        };
        stream.get_mut().write_all(&frame(method, path, token, body))?;
        let (answer, is_kept) = read_answer(&mut stream)?;
        if is_kept {
            self.stream = Some(stream);
        }
        Ok(answer)
    }

    fn open(&self) -> Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(BufReader::new(stream))
    }
}

fn frame(method: &str, path: &str, token: Option<&Blob>, body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {HOST}\r\nstillroom-version: {VERSION}\r\n");
    if let Some(token) = token {
        head.push_str(&format!("authorization: Bearer {}\r\n", base64url(&token.0)));
    }
    if !body.is_empty() {
        head.push_str(&format!("content-type: {MEDIA_TYPE}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    [head.as_bytes(), body].concat()
}

fn read_answer(stream: &mut BufReader<TcpStream>) -> Result<(Answer, bool)> {
    let status_line = read_line(stream)?;
    let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.context("the answer has no status")?;
    let (mut length, mut is_chunked, mut is_kept) = (0, false, true);
    loop {
        let line = read_line(stream)?;
        let Some((name, value)) = line.split_once(':') else { break };
        match (name.to_ascii_lowercase().as_str(), value.trim()) {
            ("content-length", value) => length = value.parse().context("a length is a number")?,
            ("transfer-encoding", "chunked") => is_chunked = true,
            ("connection", "close") => is_kept = false,
            _ => {}
        }
    }
    let body = if is_chunked { read_chunks(stream)? } else { read_exactly(stream, length)? };
    Ok((Answer { status, body }, is_kept))
}

fn read_line(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = String::new();
    ensure!(stream.read_line(&mut line)? > 0, "the connection was closed");
    Ok(line.trim_end().to_owned())
}

fn read_exactly(stream: &mut BufReader<TcpStream>, length: usize) -> Result<Vec<u8>> {
    ensure!(length <= MAX_ANSWER_BYTES, "the answer is too long");
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

fn read_chunks(stream: &mut BufReader<TcpStream>) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(&read_line(stream)?, 16).context("a chunk has a length")?;
        ensure!(body.len() + length <= MAX_ANSWER_BYTES, "the answer is too long");
        body.extend(read_exactly(stream, length)?);
        read_line(stream)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

/// Base64 for URLs without padding (RFC 4648, section 5).
fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |value: u32| char::from(DIGITS[(value & 63) as usize]);
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let value =
                chunk.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            (0..=chunk.len() as u32).map(move |place| digit(value >> (18 - 6 * place)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::base64url;

    #[test]
    fn tokens_are_spelled_as_rfc_4648_says() {
        for (bytes, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64url(bytes.as_bytes()), text);
        }
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
    }
}
