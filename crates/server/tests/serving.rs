//! What a browser gets: asked of the router itself, without a socket.

use std::fs;
use std::path::PathBuf;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt as _;
use stillroom_server::{Site, State, Transport, app};
use tower::ServiceExt as _;

/// A build folder of a few files that is gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("icons")).expect("the test folder is writable");
        let files: [(&str, &[u8]); 9] = [
            ("index.html", b"<!doctype html>"),
            ("sw.js", b"self"),
            ("worker-0123456789abcdef_bg.wasm", b"\0asm"),
            ("boot-0123456789abcdef.js", b"plain"),
            ("boot-0123456789abcdef.js.br", b"brotli"),
            ("boot-0123456789abcdef.js.gz", b"gzip"),
            ("manifest.webmanifest", b"{}"),
            ("icons/stillroom.svg", b"<svg/>"),
            (".stamp", b"hidden"),
        ];
        for (file, bytes) in files {
            fs::write(path.join(file), bytes).expect("the test folder is writable");
        }
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn ask_with(folder: &Folder, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let site = Site::read(&folder.0).expect("the folder is a build");
    let router = app(State::serving(site, Transport::Plain));
    router
        .oneshot(request.body(Body::empty()).expect("the request is well formed"))
        .await
        .expect("a router always answers")
}

async fn ask(folder: &Folder, path: &str) -> Response {
    ask_with(folder, "GET", path, &[]).await
}

async fn body(response: Response) -> Vec<u8> {
    response.into_body().collect().await.expect("a body in memory").to_bytes().to_vec()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("our headers are text"))
}

#[tokio::test]
async fn every_answer_carries_the_strict_headers() {
    let folder = Folder::new("strict");
    for path in ["/", "/sw.js", "/worker-0123456789abcdef_bg.wasm", "/healthz", "/nothing.txt"] {
        let response = ask(&folder, path).await;
        assert_eq!(
            header(&response, "content-security-policy"),
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; \
             connect-src 'self'; worker-src 'self'; manifest-src 'self'; font-src 'self'; base-uri 'none'; \
             form-action 'none'; object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
             trusted-types default",
            "{path}"
        );
        assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&response, "referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header(&response, "cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(header(&response, "cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(header(&response, "permissions-policy").contains("camera=()"), "{path}");
        assert_eq!(header(&response, "strict-transport-security"), "", "{path}");
    }
}

#[tokio::test]
async fn browsers_are_told_to_insist_on_tls_only_behind_tls() {
    let folder = Folder::new("tls");
    let router = app(State::serving(Site::read(&folder.0).unwrap(), Transport::BehindTls));
    let response = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(header(&response, "strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn files_have_their_types() {
    let folder = Folder::new("types");
    let cases = [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/sw.js", "text/javascript; charset=utf-8"),
        ("/worker-0123456789abcdef_bg.wasm", "application/wasm"),
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/icons/stillroom.svg", "image/svg+xml"),
    ];
    for (path, expected) in cases {
        let response = ask(&folder, path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&response, "content-type"), expected, "{path}");
    }
}

#[tokio::test]
async fn only_versioned_names_are_kept_for_ever() {
    let folder = Folder::new("kept");
    for path in ["/", "/sw.js", "/icons/stillroom.svg", "/manifest.webmanifest"] {
        assert_eq!(header(&ask(&folder, path).await, "cache-control"), "no-cache", "{path}");
    }
    let versioned = ask(&folder, "/boot-0123456789abcdef.js").await;
    assert_eq!(header(&versioned, "cache-control"), "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn the_best_coding_the_client_takes_is_sent() {
    let folder = Folder::new("coding");
    let cases: [(&str, &str, &[u8]); 6] = [
        ("gzip, deflate, br", "br", b"brotli"),
        ("gzip", "gzip", b"gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", b"gzip"),
        ("GZIP", "gzip", b"gzip"),
        ("identity", "", b"plain"),
        ("", "", b"plain"),
    ];
    for (accepted, coding, expected) in cases {
        let response =
            ask_with(&folder, "GET", "/boot-0123456789abcdef.js", &[("accept-encoding", accepted)]).await;
        assert_eq!(header(&response, "content-encoding"), coding, "{accepted}");
        assert_eq!(header(&response, "vary"), "accept-encoding", "{accepted}");
        assert_eq!(header(&response, "content-type"), "text/javascript; charset=utf-8", "{accepted}");
        assert_eq!(body(response).await, expected, "{accepted}");
    }
}

#[tokio::test]
async fn compressed_files_are_not_files_of_their_own() {
    let folder = Folder::new("not-own");
    assert_eq!(ask(&folder, "/boot-0123456789abcdef.js.br").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_known_tag_saves_the_body() {
    let folder = Folder::new("tags");
    let first = ask(&folder, "/").await;
    let tag = header(&first, "etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let again = ask_with(&folder, "GET", "/", &[("if-none-match", &format!("\"other\", W/{tag}"))]).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(body(again).await, b"");
    let changed = ask_with(&folder, "GET", "/", &[("if-none-match", "\"other\"")]).await;
    assert_eq!(changed.status(), StatusCode::OK);
}

#[tokio::test]
async fn page_addresses_answer_with_the_app() {
    let folder = Folder::new("pages");
    let html = [("accept", "text/html,application/xhtml+xml")];
    for path in ["/segments", "/customers/0190-44", "/index.html"] {
        let response = ask_with(&folder, "GET", path, &html).await;
        assert_eq!(body(response).await, b"<!doctype html>", "{path}");
    }
    assert_eq!(ask(&folder, "/segments").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(ask_with(&folder, "GET", "/old-name.js", &html).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nothing_outside_the_build_is_reached() {
    let folder = Folder::new("outside");
    let paths = [
        "/../Cargo.toml",
        "/icons/../../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/..%2fCargo.toml",
        "/icons/%2e%2e/index.html",
        "/.stamp",
        "/icons",
        "//etc/passwd",
    ];
    for path in paths {
        assert_eq!(ask(&folder, path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn only_reading_methods_are_answered() {
    let folder = Folder::new("methods");
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let response = ask_with(&folder, method, "/", &[]).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    let head = ask_with(&folder, "HEAD", "/sw.js", &[]).await;
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(header(&head, "content-type"), "text/javascript; charset=utf-8");
}

#[tokio::test]
async fn health_is_answered() {
    let folder = Folder::new("health");
    let response = ask(&folder, "/healthz").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(body(response).await, b"ok\n");
}

#[test]
fn a_folder_without_a_page_is_no_build() {
    let folder = Folder::new("no-index");
    fs::remove_file(folder.0.join("index.html")).unwrap();
    assert_eq!(Site::read(&folder.0).unwrap_err().code(), "no_index");
    assert_eq!(Site::read(&folder.0.join("missing")).unwrap_err().code(), "unreadable_site");
}
