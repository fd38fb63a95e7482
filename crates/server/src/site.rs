//! A finished build, read whole: every file with its type, its tag and its compressed forms.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use axum::body::Bytes;
use sha2::{Digest, Sha256};

use crate::Error;

/// How the bytes of a response are coded, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Coding {
    Brotli,
    Gzip,
    Plain,
}

impl Coding {
    /// The name in `Accept-Encoding` and `Content-Encoding`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Plain => "identity",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Plain => "",
        }
    }
}

/// One file of the build.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) media_type: &'static str,
    /// A strong validator of the plain bytes, without the coding and without quotes.
    pub(crate) tag: String,
    /// Whether the name changes with the content, so a browser may keep it for ever.
    pub(crate) is_versioned: bool,
    /// The codings at hand, best first; always ends with [`Coding::Plain`].
    pub(crate) variants: Vec<(Coding, Bytes)>,
}

/// All files of a build by their path below the root, such as `icons/stillroom.svg`.
#[derive(Debug, Clone)]
pub struct Site {
    files: BTreeMap<String, File>,
}

impl Site {
    /// Reads a build folder. Files `name.br` and `name.gz` become codings of `name`; names that begin with a dot are
    /// left out. Costs the folder's size in memory.
    ///
    /// # Errors
    /// [`Error::UnreadableSite`] when the folder or a file cannot be read; [`Error::NoIndex`] when it is no build.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let mut plain = BTreeMap::new();
        collect(folder, "", &mut plain)?;
        if !plain.contains_key("index.html") {
            return Err(Error::NoIndex { path: folder.to_path_buf() });
        }
        let files = plain
            .iter()
            .filter(|(name, _)| !is_coding_of_another(name, &plain))
            .map(|(name, bytes)| (name.clone(), file(name, bytes, &plain)))
            .collect();
        Ok(Self { files })
    }

    pub(crate) fn file(&self, name: &str) -> Option<&File> {
        self.files.get(name)
    }
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Bytes>) -> Result<(), Error> {
    let failed = |source| Error::UnreadableSite { path: folder.to_path_buf(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), found)?;
        } else {
            let bytes = fs::read(&path).map_err(|source| Error::UnreadableSite { path, source })?;
            found.insert(format!("{prefix}{name}"), bytes.into());
        }
    }
    Ok(())
}

fn is_coding_of_another(name: &str, all: &BTreeMap<String, Bytes>) -> bool {
    [Coding::Brotli, Coding::Gzip]
        .iter()
        .filter_map(|coding| name.strip_suffix(coding.extension()))
        .any(|plain| all.contains_key(plain))
}

fn file(name: &str, bytes: &Bytes, all: &BTreeMap<String, Bytes>) -> File {
    let coded = [Coding::Brotli, Coding::Gzip]
        .into_iter()
        .filter_map(|coding| Some((coding, all.get(&format!("{name}{}", coding.extension()))?.clone())));
    let tag = Sha256::digest(bytes).iter().take(16).fold(String::new(), |mut tag, byte| {
        let _ = write!(tag, "{byte:02x}");
        tag
    });
    File {
        media_type: media_type(name),
        tag,
        is_versioned: is_versioned(name),
        variants: coded.chain([(Coding::Plain, bytes.clone())]).collect(),
    }
}

/// Whether a name holds a content hash: `-` and its hexadecimal digits before the extension, or before `_bg`. Ours have
/// sixteen; Trunk's, on style sheets, is a number without its leading zeros, so a few may be missing.
fn is_versioned(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, rest)| {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        (12..=16).contains(&digits) && matches!(rest.as_bytes().get(digits), Some(b'.' | b'_'))
    })
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "csv" => "text/csv; charset=utf-8",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_count_as_versioned() {
        let cases = [
            ("worker-0123456789abcdef.js", true),
            ("worker-0123456789abcdef_bg.wasm", true),
            ("stillroom-app-57f4a2c79a9c7a9d.js", true),
            ("stillroom-app-b255082ac602601_bg.wasm", true),
            ("snippets/glue-0123456789abcdef/inline0.js", false),
            ("worker_loader.js", false),
            ("icons/icon-192.png", false),
            ("a-0123456789abcdef0.js", false),
        ];
        for (name, expected) in cases {
            assert_eq!(is_versioned(name), expected, "{name}");
        }
    }
}
