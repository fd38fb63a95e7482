//! Which operations are to go, as queries. Each is answered from an index of operations that still have content.

use rusqlite::{Connection, Params, params};
use stillroom_consent::SubjectToken;

use super::room::{int, number, purpose_code};
use crate::Fault;
use crate::repo::{RemovedRow, Selection};

/// At most `max` chosen operations by their number.
pub(super) fn choose(
    file: &Connection,
    selection: &Selection<'_>,
    max: usize,
) -> Result<Vec<(i64, RemovedRow)>, Fault> {
    let limit = int(max as u64)?;
    match selection {
        Selection::Grant(grant) => rows(file, "o.kind = 0 AND o.grant_id = ?1", params![grant.0, limit]),
        Selection::Tokens(tokens) => of_tokens(file, tokens, max),
        Selection::ExpiredGrants(now) => {
            let of_expired =
                "o.kind = 0 AND o.grant_id IN (SELECT grant_id FROM grants WHERE expires_at <= ?1)";
            rows(file, of_expired, params![now, limit])
        }
        Selection::ExpiredBases(now) => {
            let of_expired = "o.kind = 0 AND o.token IN (SELECT token FROM bases WHERE expires_at <= ?1)
                AND EXISTS (SELECT 1 FROM bases b WHERE b.token = o.token AND b.purpose = o.purpose AND b.expires_at <= ?1)";
            rows(file, of_expired, params![now, limit])
        }
        Selection::ReceivedBefore { purpose, before } => {
            let older = "o.kind = 0 AND o.purpose = ?1 AND o.received_at < ?3";
            rows(file, older, params![purpose_code(*purpose), limit, before])
        }
        Selection::Superseded { before, from, up_to } => {
            let replaced = "o.kind = 0 AND o.seq > ?1 AND o.seq <= ?3 AND o.received_at < ?4 AND EXISTS (
                SELECT 1 FROM operations n
                WHERE n.token = o.token AND n.bytes IS NOT NULL AND (n.hlc, n.device) > (o.hlc, o.device)
                    AND (n.kind = 1 OR (n.kind = 0 AND n.field_group = o.field_group AND n.part = o.part)))";
            rows(file, replaced, params![int(*from)?, limit, int(*up_to)?, before])
        }
        Selection::Deletions { before, up_to } => {
            let settled = "o.kind = 1 AND o.received_at < ?1 AND o.seq <= ?3 AND NOT EXISTS (
                SELECT 1 FROM operations n
                WHERE n.token = o.token AND n.bytes IS NOT NULL AND n.kind = 0
                    AND (n.hlc, n.device) < (o.hlc, o.device))";
            rows(file, settled, params![before, limit, int(*up_to)?])
        }
    }
}

fn of_tokens(
    file: &Connection,
    tokens: &[SubjectToken],
    max: usize,
) -> Result<Vec<(i64, RemovedRow)>, Fault> {
    let mut chosen = Vec::new();
    for token in tokens {
        let left = int((max - chosen.len()) as u64)?;
        if left == 0 {
            break;
        }
        chosen.extend(rows(file, "o.kind IN (0, 1) AND o.token = ?1", params![token.0, left])?);
    }
    Ok(chosen)
}

/// `condition` numbers its parameters around `?2`, the limit.
fn rows(
    file: &Connection,
    condition: &str,
    parameters: impl Params,
) -> Result<Vec<(i64, RemovedRow)>, Fault> {
    let sql = format!(
        "SELECT o.seq, o.token, length(o.bytes) FROM operations o WHERE o.bytes IS NOT NULL AND {condition} LIMIT ?2"
    );
    let mut statement = file.prepare_cached(&sql)?;
    let mut rows = statement.query(parameters)?;
    let mut chosen = Vec::new();
    while let Some(row) = rows.next()? {
        let bytes = number(row.get(2)?)?;
        let seq: i64 = row.get(0)?;
        chosen.push((seq, RemovedRow { seq: number(seq)?, token: SubjectToken(row.get(1)?), bytes }));
    }
    Ok(chosen)
}
