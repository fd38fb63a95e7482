//! Files the user chose, read piece by piece.

use js_sys::Uint8Array;
use stillroom_engine::{failure::failure, protocol::Failure};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// Reads `length` bytes of `file` from `start`, fewer at its end.
pub(crate) async fn read_piece(file: &Blob, start: f64, length: f64) -> Result<Vec<u8>, Failure> {
    let unreadable = |_| failure("file-unreadable", "the file cannot be read any more: choose it again");
    let end = (start + length).min(file.size());
    let piece = file.slice_with_f64_and_f64(start, end).map_err(unreadable)?;
    let buffer = JsFuture::from(piece.array_buffer()).await.map_err(unreadable)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
