//! The merge: what remains of any set of operations, whatever their order.
//!
//! For each part of a record the highest [`Version`] wins; a deletion beats every part with a lower version, and a later part brings
//! the record back; an erasure beats everything, for ever. [`decide`] and [`decide_against_removal`] are that rule for one part, for
//! a replica that keeps parts in a database; [`Record`] is a whole record in memory.
//!
//! A value that loses against one whose writer had not seen it is a *conflict*: the merge keeps the winner, and says which value to
//! put on the shelf. Which device notices a conflict depends on the order in which it learns of the two; the merged state does not.

use crate::Hlc;
use crate::wire::Op;
use std::collections::BTreeMap;
use stillroom_consent::DeviceId;
use stillroom_records::FieldGroup;

/// What orders two versions: the stamp, then the device, then the operation itself, so that no two different operations are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// When it was made.
    pub hlc: Hlc,
    /// Where.
    pub device: DeviceId,
    /// The first eight bytes of the operation's hash, big-endian.
    pub tie: u64,
}

impl Version {
    /// The version an operation makes.
    #[must_use]
    pub fn of(op: &Op) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = op.hash().0;
        Version { hlc: op.hlc, device: op.device, tie: u64::from_be_bytes([a, b, c, d, e, f, g, h]) }
    }
}

/// A version and the one it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// The version.
    pub version: Version,
    /// The stamp of what its writer saw.
    pub base: Option<Hlc>,
}

impl Lineage {
    /// The lineage of an operation.
    #[must_use]
    pub fn of(op: &Op) -> Self {
        Lineage { version: Version::of(op), base: op.base }
    }

    /// Whether this one, which wins, was made without having seen `loser`. A device has seen what it made itself.
    #[must_use]
    pub fn is_unaware_of(&self, loser: &Version) -> bool {
        self.version.device != loser.device && self.base.is_none_or(|base| base < loser.hlc)
    }
}

/// What to do with a value that comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// It takes the place of what is held.
    Apply {
        /// What was held goes to the shelf.
        is_conflict: bool,
    },
    /// What is held stays.
    Keep {
        /// What came in goes to the shelf.
        is_conflict: bool,
    },
}

/// Decides between the held version of a part and one that comes in.
#[must_use]
pub fn decide(held: Option<&Lineage>, incoming: &Lineage) -> Merge {
    match held {
        None => Merge::Apply { is_conflict: false },
        Some(held) if held.version >= incoming.version => {
            Merge::Keep { is_conflict: held.is_unaware_of(&incoming.version) }
        }
        Some(held) => Merge::Apply { is_conflict: incoming.is_unaware_of(&held.version) },
    }
}

/// Decides between what was last said about the removal of a record and a part that comes in; [`Merge::Apply`] means that the removal
/// does not stand in its way. Nothing of an erased record goes to a shelf.
#[must_use]
pub fn decide_against_removal(removal: Option<&Removal>, incoming: &Lineage) -> Merge {
    match removal {
        Some(Removal::Erased) => Merge::Keep { is_conflict: false },
        Some(Removal::Deleted(deletion)) if deletion.version > incoming.version => {
            Merge::Keep { is_conflict: deletion.is_unaware_of(&incoming.version) }
        }
        Some(Removal::Deleted(_)) | None => Merge::Apply { is_conflict: false },
    }
}

/// Whether a removal takes the place of the one that is held.
#[must_use]
pub fn removal_prevails(held: Option<&Removal>, incoming: &Removal) -> bool {
    match (held, incoming) {
        (Some(Removal::Erased), _) => false,
        (None, _) | (_, Removal::Erased) => true,
        (Some(Removal::Deleted(held)), Removal::Deleted(incoming)) => incoming.version > held.version,
    }
}

/// How a record was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Deleted at a version; later parts bring it back.
    Deleted(Lineage),
    /// Erased for ever.
    Erased,
}

/// Which part of a record: the group, and 0 for its fields or the number of a bundle of order lines.
pub type PartKey = (FieldGroup, u64);

/// One part of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<V> {
    /// Its version.
    pub lineage: Lineage,
    /// Its value.
    pub value: V,
}

/// A record in memory: what remains of the operations it was told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<V> {
    removal: Option<Removal>,
    parts: BTreeMap<PartKey, Part<V>>,
}

/// What a merge into a [`Record`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged<V> {
    /// Something was set or removed.
    pub is_changed: bool,
    /// Losing values for the shelf.
    pub shelved: Vec<(PartKey, Part<V>)>,
}

impl<V> Default for Record<V> {
    fn default() -> Self {
        Record { removal: None, parts: BTreeMap::new() }
    }
}

impl<V: Clone> Record<V> {
    /// How it was removed last. Its parts are those that came back since.
    #[must_use]
    pub fn removal(&self) -> Option<&Removal> {
        self.removal.as_ref()
    }

    /// Its parts.
    #[must_use]
    pub fn parts(&self) -> &BTreeMap<PartKey, Part<V>> {
        &self.parts
    }

    /// Gives versions other stamps, where `anew` has one for them: versions that were never stored anywhere else, after everything
    /// that was.
    pub fn restamp(&mut self, mut anew: impl FnMut(&Lineage) -> Option<Lineage>) {
        let deletion = match &mut self.removal {
            Some(Removal::Deleted(deletion)) => Some(deletion),
            _ => None,
        };
        for lineage in self.parts.values_mut().map(|part| &mut part.lineage).chain(deletion) {
            if let Some(new) = anew(lineage) {
                *lineage = new;
            }
        }
    }

    /// Forgets its parts without saying so to anybody: they were only lent.
    pub fn forget_parts(&mut self) {
        self.parts.clear();
    }

    /// The highest stamp in it.
    #[must_use]
    pub fn newest(&self) -> Option<Hlc> {
        self.parts.values().map(|part| part.lineage.version.hlc).max()
    }

    /// Merges one part. Costs the logarithm of the number of parts.
    pub fn set(&mut self, key: PartKey, part: Part<V>) -> Merged<V> {
        if let Merge::Keep { is_conflict } = decide_against_removal(self.removal.as_ref(), &part.lineage) {
            return Merged { is_changed: false, shelved: shelf(is_conflict, key, Some(part)) };
        }
        let held = self.parts.get(&key);
        match decide(held.map(|held| &held.lineage), &part.lineage) {
            Merge::Keep { is_conflict } => {
                Merged { is_changed: false, shelved: shelf(is_conflict, key, Some(part)) }
            }
            Merge::Apply { is_conflict } => {
                let lost = self.parts.insert(key, part);
                Merged { is_changed: true, shelved: shelf(is_conflict, key, lost) }
            }
        }
    }

    /// Merges a removal. Costs the number of parts.
    pub fn remove(&mut self, removal: Removal) -> Merged<V> {
        if !removal_prevails(self.removal.as_ref(), &removal) {
            return Merged { is_changed: false, shelved: Vec::new() };
        }
        self.removal = Some(removal);
        let mut shelved = Vec::new();
        self.parts.retain(|key, part| match decide_against_removal(Some(&removal), &part.lineage) {
            Merge::Apply { .. } => true,
            Merge::Keep { is_conflict } => {
                shelved.extend(shelf(is_conflict, *key, Some(part.clone())));
                false
            }
        });
        Merged { is_changed: true, shelved }
    }

    /// Merges everything another replica knows about the record.
    pub fn join(&mut self, other: Record<V>) {
        if let Some(removal) = other.removal {
            self.remove(removal);
        }
        for (key, part) in other.parts {
            self.set(key, part);
        }
    }
}

fn shelf<V>(is_conflict: bool, key: PartKey, part: Option<Part<V>>) -> Vec<(PartKey, Part<V>)> {
    part.filter(|_| is_conflict).map(|part| (key, part)).into_iter().collect()
}
