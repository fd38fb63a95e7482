//! Which operations are to go, as statements that choose and remove at once. Each is answered from an index of operations
//! that still have content.

use stillroom_consent::{SubjectToken, WorkspaceId};

use super::session::Session;
use super::value::{all_bytes, bytes, column, count, fixed, number};
use crate::Fault;
use crate::repo::{RemovedRow, Selection};

/// Removes the content of what a condition selects. `$1` is the workspace and `$2` the most to remove.
macro_rules! remove_where {
    ($condition:literal) => {
        remove_from!("op AS o WHERE o.workspace_id = $1 AND o.bytes IS NOT NULL AND ", $condition)
    };
}

/// Removes the content of what belongs to something that has ended. What has ended is looked up first, since it is little, and
/// then the operations of each (`OFFSET 0` keeps that order).
macro_rules! remove_of_ended {
    ($ended:literal, $condition:literal) => {
        remove_from!(
            "(",
            $ended,
            " OFFSET 0) AS ended, LATERAL (SELECT op.seq, op.token, op.n_bytes FROM op
                WHERE op.workspace_id = $1 AND op.bytes IS NOT NULL AND op.kind = 'set' AND ",
            $condition,
            " OFFSET 0) AS o"
        )
    };
}

macro_rules! remove_from {
    ($($source:literal),+) => {
        concat!(
            "WITH chosen AS (
                SELECT o.seq, o.token, o.n_bytes FROM ",
            $($source),+,
            " LIMIT $2),
            gone AS (
                UPDATE op SET n_bytes = 0, received_at = NULL, hlc = NULL, token = NULL, purpose = NULL, grant_id = NULL,
                    field_group = NULL, part = NULL, bytes = NULL
                FROM chosen WHERE op.workspace_id = $1 AND op.seq = chosen.seq)
            SELECT token, n_bytes, seq FROM chosen"
        )
    };
}

const OF_GRANT: &str = remove_where!("o.kind = 'set' AND o.grant_id = $3");
const OF_TOKENS: &str = remove_where!("o.kind IN ('set', 'delete') AND o.token = ANY($3)");
const OF_EXPIRED_GRANTS: &str = remove_of_ended!(
    "SELECT grant_id FROM sync_grant WHERE workspace_id = $1 AND expires_at <= $3",
    "op.grant_id = ended.grant_id"
);
const OF_EXPIRED_BASES: &str = remove_of_ended!(
    "SELECT token, purpose FROM basis WHERE workspace_id = $1 AND expires_at <= $3",
    "op.token = ended.token AND op.purpose = ended.purpose"
);
const RECEIVED_BEFORE: &str = remove_where!("o.kind = 'set' AND o.purpose = $3 AND o.received_at < $4");
const SUPERSEDED: &str = remove_where!(
    "o.kind = 'set' AND o.seq > $3 AND o.seq <= $4 AND o.received_at < $5 AND EXISTS (
        SELECT FROM op AS n
        WHERE n.workspace_id = $1 AND n.token = o.token AND n.bytes IS NOT NULL AND (n.hlc, n.device) > (o.hlc, o.device)
          AND (n.kind = 'delete' OR (n.kind = 'set' AND n.field_group = o.field_group AND n.part = o.part)))"
);

const DELETIONS: &str = remove_where!(
    "o.kind = 'delete' AND o.seq <= $3 AND o.received_at < $4 AND NOT EXISTS (
        SELECT FROM op AS n
        WHERE n.workspace_id = $1 AND n.token = o.token AND n.bytes IS NOT NULL AND n.kind = 'set'
          AND (n.hlc, n.device) < (o.hlc, o.device))"
);

/// Removes the content of at most `max` selected operations, and answers what they were.
pub(super) fn make_gone(
    session: &mut Session<'_>,
    workspace: WorkspaceId,
    selection: &Selection<'_>,
    max: i64,
) -> Result<Vec<RemovedRow>, Fault> {
    let id = bytes(&workspace.0);
    let rows = match selection {
        Selection::Grant(grant) => session.rows(OF_GRANT, &[&id, &max, &bytes(&grant.0)]),
        Selection::Tokens(tokens) => {
            session.rows(OF_TOKENS, &[&id, &max, &all_bytes(tokens.iter().map(|token| &token.0))])
        }
        Selection::ExpiredGrants(now) => session.rows(OF_EXPIRED_GRANTS, &[&id, &max, now]),
        Selection::ExpiredBases(now) => session.rows(OF_EXPIRED_BASES, &[&id, &max, now]),
        Selection::ReceivedBefore { purpose, before } => {
            session.rows(RECEIVED_BEFORE, &[&id, &max, &purpose.key(), before])
        }
        Selection::Superseded { before, from, up_to } => {
            session.rows(SUPERSEDED, &[&id, &max, &number(*from)?, &number(*up_to)?, before])
        }
        Selection::Deletions { before, up_to } => {
            session.rows(DELETIONS, &[&id, &max, &number(*up_to)?, before])
        }
    }?;
    rows.iter()
        .map(|row| {
            let bytes = u64::try_from(column::<i32>(row, 1)?).unwrap_or_default();
            Ok(RemovedRow { seq: count(row, 2)?, token: SubjectToken(fixed(row, 0)?), bytes })
        })
        .collect()
}
