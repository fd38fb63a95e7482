//! The consent ledger: appending what devices signed, and handing it out.

use stillroom_consent::cbor::{decode, encode};
use stillroom_consent::{DeviceId, Error, Event, SignedEntry, fold};
use stillroom_sync::wire::{Ledger, MAX_BYTES, MAX_ENTRIES};

use super::{Caller, Rules, removal};
use crate::Fault;
use crate::repo::{Acknowledged, EntryRow, Removal, Workspace};

/// What a page of the ledger leaves free for its head and the frame, in bytes.
const MARGIN_BYTES: usize = 4 * 1024;

/// Which entries a request may bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepts {
    /// Any.
    Any,
    /// The revocation of this device, and nothing else.
    Revocation(DeviceId),
    /// Withdrawals of grants and ends of bases.
    Withdrawals,
    /// Erasures.
    Erasures,
}

impl Accepts {
    fn takes(self, event: &Event) -> bool {
        match self {
            Self::Any => true,
            Self::Revocation(device) => {
                matches!(event, Event::DeviceRevoked { device: gone, .. } if *gone == device)
            }
            Self::Withdrawals => {
                event.is_ending() && matches!(event, Event::GrantWithdrawn { .. } | Event::Bases { .. })
            }
            Self::Erasures => matches!(event, Event::Erased { .. }),
        }
    }
}

/// Appends entries and begins the removals that follow from them. Part of one write transaction.
pub(crate) fn append(
    room: &mut dyn Workspace,
    rules: &Rules,
    caller: &Caller,
    entries: &[SignedEntry],
    accepts: Accepts,
) -> Result<Vec<Removal>, Fault> {
    check_shape(caller, entries, accepts)?;
    super::enrolled(room, caller.device)?;
    if let Accepts::Revocation(device) = accepts
        && room.device(device)?.is_none()
    {
        return Err(Fault::Unauthorized);
    }
    follow(room, rules, caller, entries)?;
    check_dates(room, rules, caller, entries)?;
    let seq = fold_all(room, rules.now, entries)?;
    keep_one_device(room, entries)?;
    room.acknowledge(caller.device, Acknowledged { seq: 0, entry: seq })?;
    removal::begin(room, rules.pace(), entries)
}

fn check_shape(caller: &Caller, entries: &[SignedEntry], accepts: Accepts) -> Result<(), Fault> {
    if entries.is_empty() {
        return Err(Fault::Malformed);
    }
    if entries.len() > MAX_ENTRIES {
        return Err(Fault::TooLarge);
    }
    if entries.iter().any(|signed| signed.entry.workspace != caller.workspace) {
        return Err(Fault::Unauthorized);
    }
    if entries.iter().any(|signed| signed.entry.device != caller.device) {
        return Err(Error::UnknownDevice.into());
    }
    if !entries.iter().all(|signed| accepts.takes(&signed.entry.event)) {
        return Err(Error::Invalid { reason: "the entry belongs to another address" }.into());
    }
    Ok(())
}

/// Refuses entries that do not follow the head, and says where it is.
fn follow(
    room: &mut dyn Workspace,
    rules: &Rules,
    caller: &Caller,
    entries: &[SignedEntry],
) -> Result<(), Fault> {
    let (seq, hash) = room.head()?;
    let follows = entries.first().is_some_and(|first| first.entry.seq == seq + 1 && first.entry.prev == hash);
    if follows {
        return Ok(());
    }
    let head = rules.keys.ledger_head(caller.workspace, (seq, hash), rules.now);
    Err(Fault::HeadMoved { head: Box::new(head) })
}

/// Refuses entries that are dated ahead, and says what time it is.
fn check_dates(
    room: &mut dyn Workspace,
    rules: &Rules,
    caller: &Caller,
    entries: &[SignedEntry],
) -> Result<(), Fault> {
    if entries.iter().all(|signed| signed.entry.check_clock(rules.now).is_ok()) {
        return Ok(());
    }
    let head = rules.keys.ledger_head(caller.workspace, room.head()?, rules.now);
    Err(Fault::EntryAhead { head: Box::new(head) })
}

/// Refuses to leave a workspace that no device could read, add to or delete any more.
fn keep_one_device(room: &mut dyn Workspace, entries: &[SignedEntry]) -> Result<(), Fault> {
    let revokes = |signed: &SignedEntry| matches!(signed.entry.event, Event::DeviceRevoked { .. });
    if !entries.iter().any(revokes) || room.devices()?.iter().any(|record| !record.is_revoked) {
        Ok(())
    } else {
        Err(Fault::LastDevice)
    }
}

/// Folds entries into the standing and stores them; answers the last number. The first entry of a workspace comes this way too.
pub(super) fn fold_all(room: &mut dyn Workspace, now: i64, entries: &[SignedEntry]) -> Result<u64, Fault> {
    let mut last = 0;
    for signed in entries {
        let hash = fold(room, signed)?;
        last = signed.entry.seq;
        room.add_entry(&EntryRow { seq: last, hash, received_at: now, bytes: encode(signed) })?;
    }
    Ok(last)
}

/// The entries after number `since`. Part of one read transaction.
pub(crate) fn since(
    room: &mut dyn Workspace,
    rules: &Rules,
    caller: &Caller,
    since: u64,
) -> Result<Ledger, Fault> {
    super::not_revoked(room, caller.device)?;
    let head = room.head()?;
    let mut entries = Vec::new();
    let mut n_bytes = 0;
    for row in room.entries_since(since, MAX_ENTRIES)? {
        n_bytes += row.bytes.len();
        if !entries.is_empty() && n_bytes > MAX_BYTES - MARGIN_BYTES {
            break;
        }
        entries.push(read(&row)?);
    }
    let last = entries.last().map_or(since, |signed| signed.entry.seq);
    Ok(Ledger {
        has_more: last < head.0,
        entries,
        head: rules.keys.ledger_head(caller.workspace, head, rules.now),
    })
}

/// Notes that a device has read the ledger up to an entry, which it said by asking for what follows.
pub(crate) fn acknowledge(room: &mut dyn Workspace, device: DeviceId, since: u64) -> Result<(), Fault> {
    let entry = since.min(room.head()?.0);
    room.acknowledge(device, Acknowledged { seq: 0, entry })
}

/// A stored entry.
pub(super) fn read(row: &EntryRow) -> Result<SignedEntry, Fault> {
    decode(&row.bytes).map_err(|_| Fault::Corrupt { what: "a ledger entry" })
}
