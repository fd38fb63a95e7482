//! The binary itself: what it says, how it ends, and what it does with clients that dawdle.

use std::io::{BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};

const PROGRAM: &str = env!("CARGO_BIN_EXE_stillroom-server");

/// A running server, killed with this value if it did not end before.
struct Server {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    address: String,
}

impl Server {
    fn start(data: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["--port", "0", "--data"])
            .arg(data)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("the output was asked for"));
        let address = after(&mut lines, "Stillroom is at ");
        Self { child, lines, address }
    }

    /// Host and port.
    fn place(&self) -> &str {
        self.address.split_once("://").map_or("", |(_, place)| place)
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.place()).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a socket takes a timeout");
        stream
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("the request is sent");
        read_all(&mut stream)
    }

    fn ask_to_stop(&self) {
        let kill = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill is there");
        assert!(kill.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The word after `start` in the next line.
fn after(lines: &mut impl std::io::BufRead, start: &str) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).expect("the server says something");
    let rest = line.strip_prefix(start).unwrap_or_else(|| panic!("said {line:?}"));
    rest.split_whitespace().next().unwrap_or_default().to_owned()
}

fn read_all(stream: &mut impl std::io::Read) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: here\r\nstillroom-version: 1\r\nconnection: close\r\n\r\n")
}

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().expect("the program runs")
}

#[test]
fn the_first_line_says_where_it_is_and_the_second_where_its_metrics_are() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = Server::start(folder.path(), &["--metrics", "127.0.0.1:0"]);
    assert!(server.address.starts_with("http://127.0.0.1:"), "{}", server.address);
    let metrics = after(&mut server.lines, "Metrics are at ");
    assert!(server.ask(&get("/healthz")).starts_with("HTTP/1.1 200"));
    assert!(server.ask(&get("/v1/server")).starts_with("HTTP/1.1 200"));
    assert!(server.ask(&get("/metrics")).starts_with("HTTP/1.1 404"), "not where everyone reaches it");
    let place = metrics.trim_start_matches("http://").trim_end_matches("/metrics");
    let mut stream = TcpStream::connect(place).expect("the metrics listener is there");
    stream.write_all(get("/metrics").as_bytes()).expect("the request is sent");
    let text = read_all(&mut stream);
    assert!(text.contains("stillroom_requests_total{route=\"/v1/server\",status=\"200\"} 1"), "{text}");
    assert!(run(&["health", "--metrics", place]).status.success());
    drop(server);
    assert!(!run(&["health", "--metrics", place]).status.success());
}

#[test]
fn asked_to_stop_it_finishes_what_is_under_way_and_takes_nothing_new() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = Server::start(folder.path(), &[]);
    let mut stream = server.connect();
    let head = "POST /v1/pair/claim HTTP/1.1\r\nhost: here\r\nstillroom-version: 1\r\n\
        content-type: application/cbor\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("the head is sent");
    // The server asks for the body: the request is under way.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).expect("the server goes on");
    assert!(asked.starts_with(b"HTTP/1.1 100 Continue"));
    server.ask_to_stop();
    let begun = Instant::now();
    while TcpStream::connect(server.place()).is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it still takes connections");
        std::thread::yield_now();
    }
    stream.write_all(&[0xa0, 0xa0]).expect("the body is sent");
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    assert!(server.child.wait().expect("it ends").success());
}

#[test]
fn one_folder_has_one_server() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let _server = Server::start(folder.path(), &[]);
    let data = folder.path().to_str().expect("a plain name");
    let second = run(&["--port", "0", "--data", data]);
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success() && said.contains("another server uses"), "{said}");
}

#[test]
fn slow_and_oversized_heads_are_shed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::start(folder.path(), &[]);
    let long = format!(
        "GET /healthz HTTP/1.1\r\nhost: here\r\nx-long: {}\r\nconnection: close\r\n\r\n",
        "a".repeat(9_000)
    );
    assert!(server.ask(&long).starts_with("HTTP/1.1 431"));
    let endless = format!("GET / HTTP/1.1\r\nx: {}", "a".repeat(200_000));
    let mut stream = server.connect();
    let _ = stream.write_all(endless.as_bytes());
    let answer = read_all(&mut stream);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");

    let mut slow = server.connect();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: he").expect("a part of the head is sent");
    let begun = Instant::now();
    let answer = read_all(&mut slow);
    let waited = begun.elapsed();
    assert!(!answer.starts_with("HTTP/1.1 200"));
    assert!((Duration::from_secs(8)..Duration::from_secs(14)).contains(&waited), "{waited:?}");
    assert!(server.ask(&get("/healthz")).starts_with("HTTP/1.1 200"), "others are served");
}

#[test]
fn it_speaks_tls_with_a_certificate() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    std::fs::write(&chain, made.cert.pem()).expect("the folder is writable");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("the folder is writable");
    let plain = |path: &Path| path.to_str().expect("a plain name").to_owned();
    let (chain_name, key_name) = (plain(&chain), plain(&key));
    let data = folder.path().join("data");
    let server = Server::start(&data, &["--tls-cert", &chain_name, "--tls-key", &key_name]);
    assert!(server.address.starts_with("https://"), "{}", server.address);

    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&chain).expect("a certificate")).expect("it can be trusted");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the defaults hold together")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a host name");
    let mut client = rustls::ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut socket = server.connect();
    let mut stream = rustls::Stream::new(&mut client, &mut socket);
    stream.write_all(get("/healthz").as_bytes()).expect("the request is sent");
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age=31536000"), "{answer}");
    drop(server);

    let broken = run(&["--port", "0", "--tls-cert", &key_name, "--tls-key", &chain_name]);
    assert!(String::from_utf8_lossy(&broken.stderr).contains("cannot use the certificate"));
}

#[test]
fn help_is_no_mistake_and_a_mistake_is_explained() {
    let help = run(&["--help"]);
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--sync-origin"));
    let mistake = run(&["--prot", "1"]);
    let said = String::from_utf8_lossy(&mistake.stderr);
    assert!(!mistake.status.success() && said.contains("--prot") && said.contains("Usage"), "{said}");
}
