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
    let boot = version(to, "boot.js", "boot", ".js")?;
    let boot_integrity = integrity(&fs::read(to.join(&boot))?);

    let page = to.join("index.html");
    replace_once(&page, "content=\"/worker_loader.js\"", &format!("content=\"/{loader}\""))?;
    replace_once(&page, "content=\"/charts.js\"", &format!("content=\"/{charts}\""))?;
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
