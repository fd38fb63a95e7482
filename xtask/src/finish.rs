//! What Trunk leaves to do: versioned names for its unhashed files, the page that names them, the service worker,
//! and compressed forms.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256, Sha384};

use crate::{compress, service_worker};

/// Makes a finished build in `to` from Trunk's in `from`. `root` holds the service worker's source.
pub(crate) fn finish(root: &Path, from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    copy(from, to)?;
    let wasm = version(to, "worker_bg.wasm", "worker", "_bg.wasm")?;
    replace_once(&to.join("worker.js"), "worker_bg.wasm", &wasm)?;
    let glue = version(to, "worker.js", "worker", ".js")?;
    replace_once(&to.join("worker_loader.js"), "./worker.js", &format!("./{glue}"))?;
    let loader = version(to, "worker_loader.js", "worker_loader", ".js")?;
    let charts = version(to, "charts.js", "charts", ".js")?;
    let chinese = version(to, "words_zh.json", "words_zh", ".json")?;
    let boot = version(to, "boot.js", "boot", ".js")?;
    let boot_integrity = integrity(&fs::read(to.join(&boot))?);

    let page = to.join("index.html");
    replace_once(&page, "content=\"/worker_loader.js\"", &format!("content=\"/{loader}\""))?;
    replace_once(&page, "content=\"/charts.js\"", &format!("content=\"/{charts}\""))?;
    replace_once(&page, "content=\"/words_zh.json\"", &format!("content=\"/{chinese}\""))?;
    replace_once(
        &page,
        "name=\"stillroom-service-worker\" content=\"\"",
        "name=\"stillroom-service-worker\" content=\"/sw.js\"",
    )?;
    replace_once(&page, "src=\"/boot.js\"", &format!("src=\"/{boot}\" integrity=\"{boot_integrity}\""))?;
    version_app(&page, to)?;
    move_code_integrity(&page)?;

    let template = fs::read_to_string(root.join("www/sw.js")).context("cannot read www/sw.js")?;
    let script = service_worker::write(&template, to)?;
    fs::write(to.join("sw.js"), script)?;
    compress::folder(to)
}

/// Trunk names the app by what the compiler wrote, before wasm-bindgen and wasm-opt: the same name could stand for other
/// bytes after a change of tools, and browsers keep versioned names for ever. So the app too is named by its final bytes.
fn version_app(page: &Path, folder: &Path) -> Result<()> {
    let mut text = fs::read_to_string(page)?;
    for (attribute, extension) in [("data-js", ".js"), ("data-wasm", "_bg.wasm")] {
        let name = text
            .split_once(&format!(" {attribute}=\"/"))
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(name, _)| name.to_owned())
            .with_context(|| format!("the page's bootstrap has no {attribute}"))?;
        let versioned = version(folder, &name, "stillroom-app", extension)?;
        text = text.replace(&format!("\"/{name}\""), &format!("\"/{versioned}\""));
    }
    Ok(fs::write(page, text)?)
}

/// Takes the WebAssembly's digest from Trunk's preload, where browsers ignore it with a warning, to the bootstrap, which
/// fetches with it.
fn move_code_integrity(page: &Path) -> Result<()> {
    let text = fs::read_to_string(page)?;
    let preload = text
        .split('<')
        .find(|tag| tag.starts_with("link ") && tag.contains("rel=\"preload\"") && tag.contains(".wasm\""))
        .context("the page preloads no WebAssembly")?;
    let digest = preload
        .split_once(" integrity=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(digest, _)| digest.to_owned())
        .context("the preload holds no digest")?;
    replace_once(page, preload, &preload.replace(&format!(" integrity=\"{digest}\""), ""))?;
    replace_once(page, " data-wasm=\"", &format!(" data-wasm-integrity=\"{digest}\" data-wasm=\""))
}

/// A digest in the form that `integrity` attributes and requests take.
pub(crate) fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(bytes)))
}

/// Renames `name` to `stem-HASHextension` by its content. Returns the new name.
fn version(folder: &Path, name: &str, stem: &str, extension: &str) -> Result<String> {
    let bytes = fs::read(folder.join(name)).with_context(|| format!("the build holds no {name}"))?;
    let digest = format!("{:x}", Sha256::digest(&bytes));
    let versioned = format!("{stem}-{}{extension}", &digest[..16]);
    fs::rename(folder.join(name), folder.join(&versioned))?;
    Ok(versioned)
}

fn replace_once(file: &Path, from: &str, to: &str) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let count = text.matches(from).count();
    ensure!(count == 1, "{} holds `{from}` {count} times; the build expects it once", file.display());
    Ok(fs::write(file, text.replacen(from, to, 1))?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service_worker::files;

    const PAGE: &str = r#"<html><head>
<meta name="stillroom-worker" content="/worker_loader.js" />
<meta name="stillroom-charts" content="/charts.js" />
<meta name="stillroom-chinese" content="/words_zh.json" />
<meta name="stillroom-service-worker" content="" />
<script type="module" src="/boot.js" data-js="/stillroom-app-ab1.js" data-wasm="/stillroom-app-ab1_bg.wasm"></script>
<link rel="modulepreload" href="/stillroom-app-ab1.js" integrity="sha384-js">
<link rel="preload" href="/stillroom-app-ab1_bg.wasm" integrity="sha384-code" as="fetch"></head></html>"#;

    /// Trunk's output in miniature, finished; gone with this value.
    struct Finished {
        folder: std::path::PathBuf,
        names: Vec<String>,
    }

    impl Finished {
        fn of(label: &str, page: &str) -> Result<Self> {
            let folder =
                std::env::temp_dir().join(format!("stillroom-finish-{label}-{}", std::process::id()));
            let (from, to) = (folder.join("from"), folder.join("to"));
            let sources = [
                ("from/index.html", page),
                ("from/boot.js", "boot"),
                ("from/charts.js", "charts"),
                ("from/words_zh.json", "{}"),
                ("from/worker.js", "new URL('worker_bg.wasm', import.meta.url)"),
                ("from/worker_bg.wasm", "code"),
                ("from/worker_loader.js", "import init from\"./worker.js\""),
                ("from/stillroom-app-ab1.js", "glue"),
                ("from/stillroom-app-ab1_bg.wasm", "app"),
                ("www/sw.js", "__BUILD__ __FILES__"),
            ];
            fs::create_dir_all(&from)?;
            fs::create_dir_all(folder.join("www"))?;
            for (name, text) in sources {
                fs::write(folder.join(name), text)?;
            }
            let outcome = finish(&folder, &from, &to).and_then(|()| files(&to));
            let names = outcome.inspect_err(|_| drop(fs::remove_dir_all(&folder)))?;
            Ok(Self { folder, names })
        }

        fn text(&self, name: &str) -> String {
            fs::read_to_string(self.folder.join("to").join(name)).unwrap()
        }

        fn name(&self, start: &str, end: &str) -> &str {
            let found = self.names.iter().find(|name| name.starts_with(start) && name.ends_with(end));
            found.map_or("missing", String::as_str)
        }
    }

    impl Drop for Finished {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }

    #[test]
    fn every_name_in_the_page_is_versioned_and_there() {
        let finished = Finished::of("names", PAGE).unwrap();
        let page = finished.text("index.html");
        for (start, end) in [
            ("worker_loader-", ".js"),
            ("charts-", ".js"),
            ("words_zh-", ".json"),
            ("boot-", ".js"),
            ("stillroom-app-", ".js"),
            ("stillroom-app-", "_bg.wasm"),
        ] {
            assert!(page.contains(&format!("\"/{}\"", finished.name(start, end))), "{start}{end} in {page}");
        }
        assert!(!page.contains("ab1"), "{page}");
        assert!(page.contains("content=\"/sw.js\""), "{page}");
    }

    #[test]
    fn the_worker_names_its_versioned_parts() {
        let finished = Finished::of("worker", PAGE).unwrap();
        let glue = finished.name("worker-", ".js");
        assert!(finished.text(finished.name("worker_loader-", ".js")).contains(&format!("./{glue}")));
        assert!(finished.text(glue).contains(finished.name("worker-", "_bg.wasm")));
    }

    #[test]
    fn the_code_is_fetched_with_its_digest() {
        let page = Finished::of("digest", PAGE).unwrap().text("index.html");
        assert!(page.contains("data-wasm-integrity=\"sha384-code\" data-wasm="), "{page}");
        assert_eq!(page.matches("sha384-code").count(), 1, "{page}");
    }

    #[test]
    fn the_service_worker_lists_all_but_itself() {
        let finished = Finished::of("list", PAGE).unwrap();
        let script = finished.text("sw.js");
        for name in finished.names.iter().filter(|name| *name != "sw.js" && *name != "index.html") {
            assert!(script.contains(&format!("\"/{name}\"")), "{name} in {script}");
        }
        assert!(!script.contains("\"/sw.js\""), "{script}");
    }

    #[test]
    fn a_page_without_the_expected_marks_fails_the_build() {
        let page = PAGE.replace("stillroom-charts", "charts").replace("/charts.js", "");
        assert!(Finished::of("marks", &page).is_err());
    }
}
