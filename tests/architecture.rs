//! The arrows and invariants of ARCHITECTURE.md, held by reading the manifests and sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Who may name whom. Arrows read "depends on"; there are no others.
const ARROWS: &[(&str, &[&str])] = &[
    ("records", &[]),
    ("vault", &[]),
    ("kernels", &[]),
    ("analytics", &["kernels"]),
    ("sample", &[]),
    ("import", &["records"]),
    ("tables", &["import"]),
    ("consent", &["records"]),
    ("sync", &["consent", "records"]),
    ("store", &["consent", "records"]),
    ("server", &["consent", "sync"]),
    ("trial", &["consent", "records", "sync"]),
    ("engine", &["analytics", "consent", "import", "records", "sample", "store", "sync", "vault"]),
    ("cli", &["consent", "engine", "import", "tables"]),
    ("npm", &["analytics", "engine", "import"]),
    ("npm-tables", &["tables"]),
    ("app", &["engine", "records"]),
];

/// Rooms that know neither the browser nor the network nor an async runtime.
const CORE: &[&str] =
    &["records", "vault", "consent", "sync", "kernels", "analytics", "sample", "import", "tables"];

/// Crates that only the edges may name.
const EDGE_CRATES: [&str; 9] = [
    "web-sys",
    "js-sys",
    "wasm-bindgen",
    "gloo",
    "leptos",
    "axum",
    "tokio",
    "reqwest",
    "wasm-bindgen-futures",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn manifests() -> BTreeMap<String, toml::Table> {
    let mut manifests = BTreeMap::from([("app".to_owned(), manifest(&root()))]);
    for folder in fs::read_dir(root().join("crates")).expect("the rooms are in crates/") {
        let folder = folder.expect("a readable folder").path();
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        manifests.insert(name, manifest(&folder));
    }
    manifests
}

fn manifest(folder: &Path) -> toml::Table {
    let text = fs::read_to_string(folder.join("Cargo.toml")).expect("every room has a manifest");
    text.parse().expect("a manifest is TOML")
}

/// The names under `[dependencies]` and its per-target forms; tests may name more.
fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let tables = std::iter::once(manifest)
        .chain(targets.into_iter().flat_map(|targets| targets.values().filter_map(toml::Value::as_table)));
    for table in tables {
        let table = table.get("dependencies").and_then(toml::Value::as_table);
        names.extend(table.into_iter().flat_map(|table| table.keys().cloned()));
    }
    names
}

fn rooms_named(manifest: &toml::Table) -> BTreeSet<String> {
    dependencies(manifest)
        .iter()
        .filter_map(|name| name.strip_prefix("stillroom-").map(str::to_owned))
        .collect()
}

fn sources(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let name = path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).expect("sources are UTF-8")));
            }
        }
    }
    found.sort();
    found
}

fn all_rust() -> Vec<(String, String)> {
    ["src", "crates", "xtask"].iter().flat_map(|folder| sources(folder, "rs")).collect()
}

/// The lines of `text` that are code: no comments, no documentation.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

#[test]
fn every_room_names_only_the_rooms_its_arrows_allow() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for (room, manifest) in manifests() {
        let allowed =
            arrows.get(room.as_str()).unwrap_or_else(|| panic!("the room '{room}' has no arrows listed"));
        for named in rooms_named(&manifest) {
            assert!(allowed.contains(&named.as_str()), "{room} must not depend on {named}");
        }
    }
}

#[test]
fn the_core_knows_no_browser_no_network_and_no_runtime() {
    for (room, manifest) in manifests() {
        if CORE.contains(&room.as_str()) {
            let named = dependencies(&manifest);
            let edges: Vec<_> = EDGE_CRATES.iter().filter(|name| named.contains(**name)).collect();
            assert!(edges.is_empty(), "{room} names {edges:?}");
        }
    }
}

#[test]
fn only_the_app_names_leptos() {
    for (room, manifest) in manifests() {
        let names_leptos = dependencies(&manifest).iter().any(|name| name.starts_with("leptos"));
        assert!(!names_leptos || room == "app", "{room} names Leptos");
    }
}

#[test]
fn only_the_command_line_names_a_network_library_among_the_clients() {
    let banned = ["reqwest", "gloo-net", "ureq", "hyper", "axum", "tokio"];
    for (room, manifest) in manifests() {
        let named = dependencies(&manifest);
        let found: Vec<_> = banned.into_iter().filter(|name| named.contains(*name)).collect();
        let allowed: &[&str] = match room.as_str() {
            "server" => &banned,
            "cli" => &["ureq"],
            _ => &[],
        };
        assert!(found.iter().all(|name| allowed.contains(name)), "{room} names {found:?}");
    }
}

/// The one transport of each client: the worker's and the command line's.
#[test]
fn requests_are_made_in_one_file_of_each_client() {
    let allowed = ["crates/engine/src/bin/worker/transport.rs", "crates/cli/src/transport.rs"];
    let rooms = ["src", "crates/engine", "crates/cli", "crates/sync", "crates/store", "crates/vault"];
    for (name, text) in rooms.iter().flat_map(|folder| sources(folder, "rs")) {
        let asks = |line: &str| {
            [
                "fetch_with",
                ".fetch(",
                "XmlHttpRequest",
                "WebSocket",
                "EventSource",
                "send_beacon",
                "ureq::",
                "TcpStream",
            ]
            .iter()
            .any(|call| line.contains(call))
        };
        let makes_requests = code_lines(&text).any(asks);
        assert!(!makes_requests || allowed.contains(&name.as_str()), "{name} makes a request");
    }
}

#[test]
fn every_room_follows_the_house_lints() {
    for (room, manifest) in manifests() {
        let lints =
            manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        assert!(lints == Some(true), "{room} does not take the workspace lints");
    }
}

#[test]
fn no_room_holds_unsafe_code() {
    for (name, text) in all_rust() {
        let blocks =
            code_lines(&text).filter(|line| line.contains("unsafe {") || line.contains("unsafe fn")).count();
        assert!(blocks == 0 || name.ends_with("architecture.rs"), "{name} holds unsafe code");
    }
}

#[test]
fn no_markup_is_built_from_text() {
    for (name, text) in sources("src", "rs") {
        for banned in ["inner_html", "set_inner_html", "insert_adjacent_html", "document.write", "eval("] {
            assert!(code_lines(&text).all(|line| !line.contains(banned)), "{name} uses {banned}");
        }
    }
}

#[test]
fn nothing_unfinished_is_called_done() {
    let words = ["todo!(", "unimplemented!(", "TODO", "FIXME", "XXX"];
    for (name, text) in all_rust() {
        if !name.ends_with("architecture.rs") {
            assert!(!words.iter().any(|word| text.contains(word)), "{name} holds unfinished work");
        }
    }
}

#[test]
fn the_architecture_page_describes_every_room() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md stands at the top");
    for (room, _) in ARROWS.iter().filter(|(room, _)| *room != "app") {
        assert!(page.contains(&format!("crates/{room}")), "ARCHITECTURE.md does not describe crates/{room}");
    }
}

#[test]
fn no_source_names_an_address_outside_the_origin() {
    let allowed = [
        "http://www.w3.org/",
        "https://www.w3.org/",
        "http://127.0.0.1",
        "http://localhost",
        "https://example.org",
    ];
    for (name, text) in sources("src", "rs").into_iter().chain(sources("www", "js")) {
        for line in code_lines(&text) {
            let names_address = line.contains("http://") || line.contains("https://");
            assert!(
                !names_address || allowed.iter().any(|start| line.contains(start)),
                "{name} names an address"
            );
        }
    }
}
