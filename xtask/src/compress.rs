//! Compressed forms beside the files, so that the server never spends time on it.

use std::fs;
use std::io::Write as _;
use std::num::NonZeroU64;
use std::path::Path;

use anyhow::{Context as _, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::service_worker::files;

/// Below this a response fits one packet anyway.
const SMALLEST: usize = 1024;

/// Above this the last per cents of gzip take minutes: only the worker is so large, and nobody waits for it.
const LARGEST_SQUEEZED: usize = 2_500_000;
/// Rounds of squeezing; more than this gains next to nothing.
const ROUNDS: u64 = 5;

/// Writes `name.br` and `name.gz` beside every file they make smaller by a tenth or more.
pub(crate) fn folder(folder: &Path) -> Result<()> {
    for name in files(folder)? {
        let bytes = fs::read(folder.join(&name)).with_context(|| format!("cannot read {name}"))?;
        if bytes.len() < SMALLEST {
            continue;
        }
        for (extension, coded) in [("br", brotli(&bytes)?), ("gz", gzip(&bytes)?)] {
            if coded.len() * 10 <= bytes.len() * 9 {
                fs::write(folder.join(format!("{name}.{extension}")), coded)?;
            }
        }
    }
    Ok(())
}

/// A twentieth smaller than zlib's best for what the page waits for.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    if bytes.len() <= LARGEST_SQUEEZED {
        let iteration_count = NonZeroU64::new(ROUNDS).context("at least one round")?;
        let options = zopfli::Options { iteration_count, ..zopfli::Options::default() };
        let mut coded = Vec::new();
        zopfli::compress(options, zopfli::Format::Gzip, bytes, &mut coded)?;
        return Ok(coded);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let parameters =
        BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: bytes.len(), ..Default::default() };
    let mut coded = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut coded, &parameters)?;
    Ok(coded)
}
