//! Values as PostgreSQL keeps them: numbers of 63 bits, byte strings of any length.

use stillroom_consent::{Blob, DataKeyId, SubjectToken};
use stillroom_sync::wire::{Kind, WrappedDek};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use crate::Fault;

const CORRUPT: Fault = Fault::Corrupt { what: "a column" };

/// A byte string as a parameter.
pub(super) fn bytes(bytes: &[u8]) -> &[u8] {
    bytes
}

/// Byte strings as one array parameter.
pub(super) fn all_bytes<'a, const N: usize>(all: impl IntoIterator<Item = &'a [u8; N]>) -> Vec<&'a [u8]> {
    all.into_iter().map(|bytes| bytes.as_slice()).collect()
}

/// A count as PostgreSQL keeps it.
pub(super) fn number(count: u64) -> Result<i64, Fault> {
    i64::try_from(count).map_err(|_| Fault::Malformed)
}

/// A column of a row.
pub(super) fn column<'a, T: FromSql<'a>>(row: &'a Row, place: usize) -> Result<T, Fault> {
    row.try_get(place).map_err(|_| CORRUPT)
}

/// A count.
pub(super) fn count(row: &Row, place: usize) -> Result<u64, Fault> {
    u64::try_from(column::<i64>(row, place)?).map_err(|_| CORRUPT)
}

/// A byte string of a known length.
pub(super) fn fixed<const N: usize>(row: &Row, place: usize) -> Result<[u8; N], Fault> {
    column::<&[u8]>(row, place)?.try_into().map_err(|_| CORRUPT)
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A row of `dek, token, epoch, wrapped`.
pub(super) fn key_of(row: &Row) -> Result<WrappedDek, Fault> {
    Ok(WrappedDek {
        dek: DataKeyId(fixed(row, 0)?),
        token: SubjectToken(fixed(row, 1)?),
        epoch: u32::try_from(column::<i64>(row, 2)?).map_err(|_| CORRUPT)?,
        wrapped: Blob(column(row, 3)?),
    })
}

/// The word for a kind.
pub(super) fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Set => "set",
        Kind::Delete => "delete",
        Kind::Erase => "erase",
        Kind::Void => "void",
    }
}

/// The kind a word stands for.
pub(super) fn kind_of(key: &str) -> Result<Kind, Fault> {
    let kinds = [Kind::Set, Kind::Delete, Kind::Erase, Kind::Void];
    kinds.into_iter().find(|kind| kind_key(*kind) == key).ok_or(CORRUPT)
}
