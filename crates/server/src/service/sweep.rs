//! What ends by itself: terms of grants and bases, the retention of each purpose, and operations nobody needs any more.

use std::collections::BTreeSet;

use stillroom_consent::{DeviceId, Purpose};

use super::{Rules, removal};
use crate::Fault;
use crate::repo::{Selection, Workspace};

const DAY_MILLIS: i64 = 86_400_000;
/// How long an operation that a later one replaced is kept, in milliseconds.
const SUPERSEDED_MILLIS: i64 = 30 * DAY_MILLIS;
/// How long a deletion is kept at least, in milliseconds.
const DELETION_MILLIS: i64 = 180 * DAY_MILLIS;
/// Numbers of the sequence looked through in one transaction: a fraction of a second, so that pushes get their turn.
const WINDOW: u64 = 50_000;

/// Operations removed, by cause.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Swept {
    pub(crate) expired_grants: u64,
    pub(crate) expired_bases: u64,
    pub(crate) retention: u64,
    pub(crate) superseded: u64,
    pub(crate) deletions: u64,
}

impl Swept {
    pub(super) fn add(&mut self, other: Self) {
        self.expired_grants += other.expired_grants;
        self.expired_bases += other.expired_bases;
        self.retention += other.retention;
        self.superseded += other.superseded;
        self.deletions += other.deletions;
    }

    pub(crate) fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// Removes at most a step of each kind of what ended. Part of one write transaction.
pub(super) fn ended(
    room: &mut dyn Workspace,
    rules: &Rules,
    live: &BTreeSet<DeviceId>,
) -> Result<Swept, Fault> {
    let up_to = everyone_has(room, live)?;
    Ok(Swept {
        expired_grants: remove(room, rules, &Selection::ExpiredGrants(rules.now))?,
        expired_bases: remove(room, rules, &Selection::ExpiredBases(rules.now))?,
        retention: retained(room, rules)?,
        superseded: 0,
        deletions: remove(room, rules, &Selection::Deletions { before: rules.now - DELETION_MILLIS, up_to })?,
    })
}

fn retained(room: &mut dyn Workspace, rules: &Rules) -> Result<u64, Fault> {
    let mut n_rows = 0;
    for purpose in Purpose::ALL {
        let before = rules.now - i64::from(purpose.terms().retention_days) * DAY_MILLIS;
        n_rows += remove(room, rules, &Selection::ReceivedBefore { purpose, before })?;
    }
    Ok(n_rows)
}

/// Looks through one window after number `from`; answers how many went and where the next window begins, if there is one.
pub(super) fn superseded(
    room: &mut dyn Workspace,
    rules: &Rules,
    live: &BTreeSet<DeviceId>,
    from: u64,
) -> Result<(u64, Option<u64>), Fault> {
    let end = everyone_has(room, live)?;
    let up_to = from.saturating_add(WINDOW).min(end);
    let selection = Selection::Superseded { before: rules.now - SUPERSEDED_MILLIS, from, up_to };
    let n_rows = remove(room, rules, &selection)?;
    let is_full_step = n_rows as usize >= rules.limits.removal_step;
    Ok((n_rows, if is_full_step { Some(from) } else { (up_to < end).then_some(up_to) }))
}

fn remove(room: &mut dyn Workspace, rules: &Rules, selection: &Selection<'_>) -> Result<u64, Fault> {
    removal::remove(room, selection, rules.limits.removal_step).map(|went| went.n_rows)
}

/// The number up to which every device that stays and still has a token has everything.
fn everyone_has(room: &mut dyn Workspace, live: &BTreeSet<DeviceId>) -> Result<u64, Fault> {
    let mut lowest = room.tail()?.seq;
    let stays = |device: &DeviceId, is_revoked: bool| !is_revoked && live.contains(device);
    for record in room.devices()?.into_iter().filter(|record| stays(&record.info.device, record.is_revoked)) {
        lowest = lowest.min(room.acknowledged(record.info.device)?.seq);
    }
    Ok(lowest)
}
