//! The service worker of one build: its source with the list of the build's files and an id that changes with them.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

use crate::finish::integrity;

/// Fills `__FILES__` with `[path, integrity]` of every file in `folder` (the page as `/`) and `__BUILD__` with the
/// list's digest. Another template or another file gives another id, so browsers see a new version exactly then.
pub(crate) fn write(template: &str, folder: &Path) -> Result<String> {
    let files: Vec<(String, String)> = files(folder)?
        .into_iter()
        .map(|name| {
            let bytes = fs::read(folder.join(&name)).with_context(|| format!("cannot read {name}"))?;
            let path = if name == "index.html" { "/".to_owned() } else { format!("/{name}") };
            Ok((path, integrity(&bytes)))
        })
        .collect::<Result<_>>()?;
    let list = serde_json::to_string(&files)?;
    let digest = format!("{:x}", Sha256::digest(format!("{template}{list}")));
    for mark in ["__BUILD__", "__FILES__"] {
        ensure!(template.matches(mark).count() == 1, "www/sw.js must hold {mark} once");
    }
    Ok(template.replace("__BUILD__", &format!("\"{}\"", &digest[..16])).replace("__FILES__", &list))
}

/// The names of all files below a folder, sorted, with `/` between their parts.
pub(crate) fn files(folder: &Path) -> Result<Vec<String>> {
    fn collect(folder: &Path, prefix: &str, found: &mut Vec<String>) -> Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                collect(&entry.path(), &format!("{name}/"), found)?;
            } else {
                found.push(name);
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    collect(folder, "", &mut found).with_context(|| format!("cannot list {}", folder.display()))?;
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "const BUILD = __BUILD__; const FILES = __FILES__;";

    fn build(name: &str, page: &str) -> String {
        let folder = std::env::temp_dir().join(format!("stillroom-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("icons")).unwrap();
        fs::write(folder.join("index.html"), page).unwrap();
        fs::write(folder.join("icons/a.svg"), "<svg/>").unwrap();
        let script = write(TEMPLATE, &folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        script
    }

    #[test]
    fn the_list_names_every_file_with_its_digest() {
        let script = build("list", "page");
        assert!(script.contains(&format!("[\"/\",\"{}\"]", integrity(b"page"))), "{script}");
        assert!(script.contains(&format!("[\"/icons/a.svg\",\"{}\"]", integrity(b"<svg/>"))), "{script}");
        assert!(!script.contains("__"), "{script}");
    }

    #[test]
    fn the_id_changes_with_the_files_and_only_then() {
        assert_eq!(build("same", "page"), build("same-again", "page"));
        let id = |script: String| script.split('"').nth(1).map(str::to_owned);
        assert_ne!(id(build("one", "page")), id(build("other", "page!")));
    }

    #[test]
    fn a_template_without_its_marks_is_refused() {
        assert!(write("const FILES = __FILES__;", &std::env::temp_dir().join("stillroom-none")).is_err());
    }
}
