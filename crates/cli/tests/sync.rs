//! `stillroom sync`, through the program itself and against the real server.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use stillroom_engine::{
    platform::FolderPlatform,
    protocol::{
        Ask, ExportReceipt, OpenView, ReceiptInfo, Receipts, RowInfo, Secret, SortBy, Unlock, ViewInfo,
        Window,
    },
    session::{Answer, Session},
};

const PASSPHRASE: &str = "seven grey herons over Linz";
const PEOPLE: &str = "external_id,name,city\n1,Ada,London\n2,Bo,Oslo\n";

/// A running server, ended when dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Builds the server's program where it is not built yet, and starts it on a free port.
    fn start(data: &Path) -> Self {
        let mut child = Command::new(server_program())
            .args(["serve", "--port", "0", "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut said = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("the output was asked for"));
        stdout.read_line(&mut said).expect("the server says where it listens");
        child.stdout = Some(stdout.into_inner());
        let url = said.split_whitespace().find(|word| word.starts_with("http://")).expect("an address");
        Self { url: url.trim_end_matches('/').to_owned(), child }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _it_may_have_ended = self.child.kill();
        let _it_may_have_ended = self.child.wait();
    }
}

/// The path of the server's program, as cargo says it.
fn server_program() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "stillroom-server", "--bin", "stillroom-server"])
        .args(["--message-format", "json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8_lossy(&built.stdout);
    let programs = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut paths = programs.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    paths.next_back().expect("cargo names the program it built")
}

/// One folder and the program that works on it.
struct Folder(PathBuf);

impl Folder {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stillroom"));
        command.args(["sync", "--data"]).arg(&self.0).args(arguments);
        command.env("STILLROOM_PASSPHRASE", PASSPHRASE);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// What a step that must work printed.
    fn answer(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("an answer is JSON")
    }

    fn import(&self, csv: &str) {
        let file = self.0.with_extension("csv");
        fs::write(&file, csv).expect("the file can be written");
        self.answer(&["import", &format!("customers={}", file.display())]);
    }

    fn exchange(&self) {
        let info = self.answer(&["now"]);
        assert_eq!(info["problem"], Value::Null, "{info}");
    }

    fn ask<A: Ask>(session: &mut Session<FolderPlatform>, ask: A) -> (A::Answer, Option<Vec<u8>>) {
        let Answer { body, bytes } = session.answer(ask.into()).expect("an answer");
        (serde_json::from_value(body).expect("an answer of the question's type"), bytes)
    }

    fn open(&self) -> Session<FolderPlatform> {
        let mut session = Session::new(FolderPlatform::open(&self.0).expect("the folder opens"));
        Self::ask(&mut session, Unlock { secret: Secret::Passphrase(PASSPHRASE.to_owned()) });
        session
    }

    /// The customers, as text.
    fn customers(&self) -> Vec<String> {
        let mut session = self.open();
        let fields = ["external_id", "name", "city"].map(str::to_owned).to_vec();
        let sort = vec![SortBy { field: "external_id".to_owned(), descending: false }];
        let view: ViewInfo = Self::ask(&mut session, OpenView { filter: None, search: None, sort, fields }).0;
        let rows: Vec<RowInfo> = Self::ask(&mut session, Window { view: view.view, offset: 0, limit: 100 }).0;
        rows.iter().map(|row| format!("{:?}", row.cells)).collect()
    }
}

/// A server, a folder with two customers that are backed up to it, and where more folders go.
fn backed_up() -> (tempfile::TempDir, Server, Folder) {
    let root = tempfile::tempdir().expect("a temporary folder");
    let server = Server::start(&root.path().join("server"));
    let one = Folder(root.path().join("one"));
    one.answer(&["init"]);
    one.import(PEOPLE);
    one.answer(&["basis", "backup", "--basis", "contract", "--method", "contract"]);
    one.answer(&["connect", "--server", &server.url]);
    one.answer(&["grant", "backup", "--groups", "identity,contact,notes"]);
    one.exchange();
    (root, server, one)
}

#[test]
fn two_folders_pair_and_exchange_what_is_granted() {
    let (root, server, one) = backed_up();
    let two = Folder(root.path().join("two"));
    let mut pairing = one.command(&["pair"]).stdout(Stdio::piped()).spawn().expect("the program runs");
    let mut code = String::new();
    BufReader::new(pairing.stdout.take().expect("the output was asked for"))
        .read_line(&mut code)
        .expect("it prints a code");
    two.answer(&["join", code.trim(), "--server", &server.url]);
    assert!(pairing.wait().expect("it ends").success());
    two.exchange();
    assert_eq!(two.customers(), one.customers());
    assert_eq!(two.customers().len(), 2);
    two.import("external_id,name,city\n1,Ada,Paris\n");
    two.exchange();
    one.exchange();
    assert!(one.customers()[0].contains("Paris"), "{:?}", one.customers());

    let receipts = one.answer(&["receipts"]);
    let kinds: Vec<&str> =
        receipts.as_array().expect("a list").iter().filter_map(|one| one["kind"].as_str()).collect();
    assert!(kinds.contains(&"consent") && kinds.contains(&"sync"), "{kinds:?}");
    let mut session = one.open();
    let infos: Vec<ReceiptInfo> = Folder::ask(&mut session, Receipts {}).0;
    for info in infos {
        let json = Folder::ask(&mut session, ExportReceipt { id: info.id }).1.expect("a file beside it");
        let file = root.path().join("receipt.json");
        fs::write(&file, json).expect("the file can be written");
        let verify = |file: &Path| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_stillroom"));
            command.arg("verify").arg(file).output().expect("the program runs")
        };
        let said = verify(&file);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
        if info.kind == "sync" {
            assert!(String::from_utf8_lossy(&said.stdout).contains("SYNC: the server stored numbers"));
            let altered =
                fs::read_to_string(&file).expect("it was written").replace("\"backup\"", "\"hosted-report\"");
            fs::write(&file, altered).expect("the file can be written");
            assert!(!verify(&file).status.success(), "another purpose is another statement");
        }
    }
}

#[test]
fn a_copied_folder_is_refused_and_nothing_is_lost() {
    let (root, _server, one) = backed_up();
    let copy = Folder(root.path().join("copy"));
    fs::create_dir(&copy.0).expect("a new folder");
    for entry in fs::read_dir(&one.0).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, copy.0.join(path.file_name().expect("a file has a name"))).expect("a copy");
    }
    one.import("external_id,name\n3,Cy\n");
    one.answer(&["basis", "backup", "--basis", "contract", "--filter", "external_id = \"3\""]);
    one.exchange();
    copy.import("external_id,name\n4,Dee\n1,Ada L.\n");
    let before = copy.customers();
    for _ in 0..2 {
        let refused = copy.run(&["now"]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains("error[copied-device]"), "{said}");
        assert_eq!(copy.customers(), before, "what the copy has stays as it is");
    }
    one.exchange();
    assert_eq!(one.customers().len(), 3, "and the first folder goes on");
}
