//! What a server has signed for, remembered: it cannot go back, tell two devices' stories to one, or leave something out.
//!
//! A server numbers what it holds and chains the hashes; now and then it signs where it stands. A [`Witness`] keeps every such
//! head that it has not yet reached and takes what comes in between only if all of them lie on one chain. The ledger and the
//! sequence of operations are both such chains.
//!
//! What no witness can see is a server that stops telling: an old head shown again is accepted, since it may be the newest.

use crate::{Error, Hash, LedgerHead, PublicKey, Result, SignedEntry, SignedHead, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most heads ahead of what was followed that are kept. Beyond, the newest takes the place of the one before it, so that going
/// back is still noticed.
const MAX_PROMISES: usize = 1_000;

/// A place in a chain: its number and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// How many links led here.
    pub seq: u64,
    /// The chain's hash.
    pub hash: Hash,
}

impl Place {
    /// Where every chain begins.
    pub const START: Place = Place { seq: 0, hash: Hash::ZERO };
}

/// One link of a chain.
pub trait Link {
    /// The hash of the chain after this link, if it follows `place`.
    ///
    /// # Errors
    /// [`Error::BrokenChain`] when its number is not the next; [`Error::Forked`] when it follows another hash.
    fn follow(&self, workspace: WorkspaceId, place: Place) -> Result<Hash>;
}

/// A signed statement of where a chain stands.
pub trait Head {
    /// The workspace and the place it states.
    fn stated(&self) -> (WorkspaceId, Place);
    /// Checks the server's signature.
    ///
    /// # Errors
    /// [`Error::BadSignature`].
    fn verify(&self, server_key: &PublicKey) -> Result<()>;
}

/// How far a witness has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Everything the server has ever signed for is here.
    Reached,
    /// So many links are still to come.
    Behind(u64),
}

/// What a device remembers of one chain of one server. Keep it in the transaction that stores what it let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    workspace: WorkspaceId,
    server_key: PublicKey,
    followed: Place,
    /// The heads beyond `followed`, by number.
    promised: BTreeMap<u64, Hash>,
}

impl Witness {
    /// A witness that has seen nothing of the chain, or everything up to a place it trusts for another reason.
    #[must_use]
    pub fn new(workspace: WorkspaceId, server_key: PublicKey, followed: Place) -> Self {
        Witness { workspace, server_key, followed, promised: BTreeMap::new() }
    }

    /// Up to where every link was seen.
    #[must_use]
    pub fn followed(&self) -> Place {
        self.followed
    }

    /// Takes a head alone, such as one in the answer to a push, and says how far it is ahead.
    ///
    /// Heads must come in the order of the questions: an answer that was overtaken looks like an older story.
    ///
    /// # Errors
    /// [`Error::BadSignature`]; [`Error::RolledBack`] when the head is older than one before; [`Error::Forked`] when it
    /// contradicts one, or is of another workspace.
    pub fn note(&mut self, head: &impl Head) -> Result<Progress> {
        head.verify(&self.server_key)?;
        let (workspace, stated) = head.stated();
        let newest = self.promised.last_key_value().map_or(self.followed.seq, |(seq, _)| *seq);
        let known = if stated.seq == self.followed.seq {
            Some(&self.followed.hash)
        } else {
            self.promised.get(&stated.seq)
        };
        if workspace != self.workspace || known.is_some_and(|hash| *hash != stated.hash) {
            return Err(Error::Forked);
        }
        if stated.seq < newest {
            return Err(Error::RolledBack);
        }
        if stated.seq > newest {
            if self.promised.len() >= MAX_PROMISES {
                self.promised.pop_last();
            }
            self.promised.insert(stated.seq, stated.hash);
        }
        Ok(self.until(stated))
    }

    /// Takes a head and the links that follow what was followed, in order; as many as came. Costs a hash for each link.
    ///
    /// # Errors
    /// No link is taken when it fails; a head that was signed is remembered. As [`Witness::note`], and [`Error::Forked`] when a
    /// link is on another chain than any head before; [`Error::BrokenChain`] when a link is missing, or beyond the head;
    /// [`Error::Withheld`] when the head is ahead and no link came.
    pub fn accept<L: Link>(&mut self, head: &impl Head, links: &[L]) -> Result<Progress> {
        let ahead = self.note(head)?;
        let (workspace, stated) = head.stated();
        if links.is_empty() {
            return if ahead == Progress::Reached { Ok(ahead) } else { Err(Error::Withheld) };
        }
        let mut place = self.followed;
        for link in links {
            if place.seq >= stated.seq {
                return Err(Error::BrokenChain);
            }
            place = Place { seq: place.seq + 1, hash: link.follow(workspace, place)? };
            if self.promised.get(&place.seq).is_some_and(|hash| *hash != place.hash) {
                return Err(Error::Forked);
            }
        }
        self.followed = place;
        self.promised = self.promised.split_off(&(place.seq + 1));
        Ok(self.until(stated))
    }

    fn until(&self, stated: Place) -> Progress {
        match stated.seq - self.followed.seq {
            0 => Progress::Reached,
            behind => Progress::Behind(behind),
        }
    }
}

impl Link for SignedEntry {
    fn follow(&self, workspace: WorkspaceId, place: Place) -> Result<Hash> {
        let entry = &self.entry;
        match (entry.workspace == workspace && entry.seq == place.seq + 1, entry.prev == place.hash) {
            (false, _) => Err(Error::BrokenChain),
            (true, false) => Err(Error::Forked),
            (true, true) => Ok(entry.hash()),
        }
    }
}

impl Head for SignedHead {
    fn stated(&self) -> (WorkspaceId, Place) {
        let LedgerHead { workspace, seq, hash, .. } = self.head;
        (workspace, Place { seq, hash })
    }

    fn verify(&self, server_key: &PublicKey) -> Result<()> {
        SignedHead::verify(self, server_key)
    }
}
