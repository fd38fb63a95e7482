//! Which operation the present content of each part is from, and how records were removed.
//!
//! Only kept here, never compared: what wins is decided by the merge of `stillroom-sync`.

use super::changes::{ChangedPart, WHOLE_RECORD};
use super::hlc_to_sql;
use super::records::{find_subject, subject_of};
use super::transaction::SyncTransaction;
use crate::Result;
use rusqlite::{Connection, OptionalExtension, params};
use stillroom_consent::{DeviceId, Purpose, SubjectToken};
use stillroom_records::FieldGroup;

/// What orders two versions: the stamp, the device, and the first eight bytes of the operation's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// When it was made, by the hybrid clock.
    pub hlc: u64,
    /// Where.
    pub device: DeviceId,
    /// The first eight bytes of the operation's hash, big-endian.
    pub tie: u64,
}

/// A version and the stamp of what its writer saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// The version.
    pub version: Version,
    /// The stamp of what it was made from.
    pub base: Option<u64>,
}

/// How a record was removed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Deleted at a version; later parts bring it back.
    Deleted(Lineage),
    /// Erased for ever.
    Erased,
}

impl SyncTransaction<'_> {
    /// The version of a part; none when nothing was sent or received of it, or it was removed.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn lineage(&self, token: SubjectToken, group: FieldGroup, part: u64) -> Result<Option<Lineage>> {
        let Some(subject) = find_subject(self.connection, token)? else { return Ok(None) };
        let mut statement = self.connection.prepare_cached(
            "SELECT hlc, device, tie, base FROM versions WHERE subject_id = ? AND field_group = ? AND part = ?",
        )?;
        let found = statement.query_row(params![subject.id, group.key(), part as i64], lineage_from_row);
        Ok(found.optional()?)
    }

    /// Every part of a record that has a version.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn lineages(&self, token: SubjectToken) -> Result<Vec<(FieldGroup, u64, Lineage)>> {
        let Some(subject) = find_subject(self.connection, token)? else { return Ok(Vec::new()) };
        let mut statement = self.connection.prepare_cached(
            "SELECT hlc, device, tie, base, field_group, part FROM versions WHERE subject_id = ?",
        )?;
        let mut rows = statement.query([subject.id])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let part = ChangedPart::from_keys(row.get_ref(4)?.as_str().unwrap_or_default(), row.get(5)?)?;
            if let ChangedPart::Part(group, part) = part {
                found.push((group, part, lineage_from_row(row)?));
            }
        }
        Ok(found)
    }

    /// How a record was removed; none when it was not.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn removal(&self, token: SubjectToken) -> Result<Option<Removal>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT deleted_hlc, deleted_device, deleted_tie, deleted_base, is_erased FROM subjects WHERE token = ?",
        )?;
        let found = statement.query_row([token.0], |row| {
            if row.get(4)? {
                return Ok(Some(Removal::Erased));
            }
            let is_deleted = row.get::<_, Option<i64>>(0)?.is_some();
            is_deleted.then(|| lineage_from_row(row).map(Removal::Deleted)).transpose()
        });
        Ok(found.optional()?.flatten())
    }

    /// Notes the version of a part whose content is not kept here, such as the readable lane's.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn note_version(
        &mut self,
        token: SubjectToken,
        purpose: Purpose,
        group: FieldGroup,
        part: u64,
        lineage: &Lineage,
    ) -> Result<()> {
        let subject = subject_of(self.connection, token, purpose)?;
        write_lineage(self.connection, subject.id, ChangedPart::Part(group, part), lineage)
    }

    /// The highest number of a device among the rows that were applied since the start; 0 for none.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn last_seen(&self, device: DeviceId) -> Result<u64> {
        let mut statement =
            self.connection.prepare_cached("SELECT last_seq FROM seen_devices WHERE device = ?")?;
        let last: Option<i64> = statement.query_row([device.0], |row| row.get(0)).optional()?;
        Ok(last.unwrap_or(0) as u64)
    }

    /// Notes that a row of a device was applied.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn note_seen(&mut self, device: DeviceId, device_seq: u64) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO seen_devices VALUES (?, ?)
                 ON CONFLICT DO UPDATE SET last_seq = max(last_seq, excluded.last_seq)",
            )?
            .execute(params![device.0, super::number_to_sql(device_seq)?])?;
        Ok(())
    }
}

fn lineage_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Lineage> {
    Ok(Lineage {
        version: Version {
            hlc: row.get::<_, i64>(0)? as u64,
            device: DeviceId(row.get(1)?),
            tie: row.get::<_, i64>(2)? as u64,
        },
        base: row.get::<_, Option<i64>>(3)?.map(|base| base as u64),
    })
}

/// Makes a version the one of a part, or of the deletion of the whole record.
pub(crate) fn write_lineage(
    connection: &Connection,
    subject: i64,
    part: ChangedPart,
    lineage: &Lineage,
) -> Result<()> {
    let version = &lineage.version;
    let base = lineage.base.map(hlc_to_sql).transpose()?;
    let (group, number) = part.keys();
    if group == WHOLE_RECORD {
        connection
            .prepare_cached(
                "UPDATE subjects SET deleted_hlc = ?, deleted_device = ?, deleted_tie = ?, deleted_base = ? WHERE id = ?",
            )?
            .execute(params![hlc_to_sql(version.hlc)?, version.device.0, version.tie as i64, base, subject])?;
        connection.prepare_cached("DELETE FROM versions WHERE subject_id = ?")?.execute([subject])?;
        return Ok(());
    }
    connection.prepare_cached("INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?, ?, ?, ?)")?.execute(
        params![subject, group, number, hlc_to_sql(version.hlc)?, version.device.0, version.tie as i64, base],
    )?;
    Ok(())
}

/// Replaces the version an operation of this device made, where it still is the one of the part.
pub(crate) fn restore_lineage(
    connection: &Connection,
    subject: i64,
    part: ChangedPart,
    hlc: u64,
    device: DeviceId,
    lineage: &Lineage,
) -> Result<()> {
    if is_current(connection, subject, part, hlc, device)? {
        write_lineage(connection, subject, part, lineage)?;
    }
    Ok(())
}

fn is_current(
    connection: &Connection,
    subject: i64,
    part: ChangedPart,
    hlc: u64,
    device: DeviceId,
) -> Result<bool> {
    let (group, number) = part.keys();
    let hlc = hlc_to_sql(hlc)?;
    let found = if group == WHOLE_RECORD {
        connection
            .prepare_cached("SELECT 1 FROM subjects WHERE id = ? AND deleted_hlc = ? AND deleted_device = ?")?
            .exists(params![subject, hlc, device.0])?
    } else {
        connection
            .prepare_cached(
                "SELECT 1 FROM versions WHERE subject_id = ? AND field_group = ? AND part = ? AND hlc = ? AND device = ?",
            )?
            .exists(params![subject, group, number, hlc, device.0])?
    };
    Ok(found)
}
