//! The secrets that the devices of one workspace share: sync keys by epoch, and the key of subject tokens.
//!
//! A sync key wraps data keys. Revoking a device starts a new epoch with a new sync key, which the revoked device never
//! gets; older epochs stay, to read what was sealed under them. The token key never changes, because a record must keep
//! its token for as long as anything is known about it.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::cbor::{CborReader, CborWriter};
use crate::entropy::{Entropy, draw};
use crate::error::{Damage, Error};
use crate::home::{unwrap_at_home, wrap_at_home};
use crate::keys::{Id16, SealingKey, WorkspaceKey, authenticate, derive};
use crate::place::Namespace;

const FIRST_EPOCH: u32 = 1;
const VERSION: u32 = 1;
/// More than an epoch with its key, or what stands before the first, takes when encoded.
const ITEM_LEN: usize = 64;

/// The sync keys and the token key of one workspace. Wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SyncKeys {
    /// In ascending order, at least one.
    epochs: Vec<Epoch>,
    token_key: [u8; 32],
}

/// The key is boxed so that a growing list moves only its address, and leaves no copy behind.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Epoch {
    number: u32,
    key: Box<SealingKey>,
}

impl SyncKeys {
    /// Draws the keys of a workspace that syncs for the first time: the sync key of epoch 1 and the token key.
    ///
    /// # Errors
    /// [`Error::NoEntropy`] when the source fails.
    pub fn create(entropy: &mut dyn Entropy) -> Result<Self, Error> {
        let first = Epoch { number: FIRST_EPOCH, key: Box::new(SealingKey::draw(entropy)?) };
        Ok(Self { epochs: vec![first], token_key: draw(entropy)? })
    }

    /// The newest epoch held, under whose key new data keys are wrapped.
    pub fn current_epoch(&self) -> u32 {
        self.current().number
    }

    /// The epochs held, in ascending order.
    pub fn epochs(&self) -> impl Iterator<Item = u32> {
        self.epochs.iter().map(|epoch| epoch.number)
    }

    /// Whether the sync key of `epoch` is held.
    pub fn has_epoch(&self, epoch: u32) -> bool {
        self.key_of(epoch).is_ok()
    }

    /// Draws a key for the epoch after the newest. It counts only once [`SyncKeys::add_epoch`] took it, so a device
    /// whose ledger entry came second can drop it without a trace.
    ///
    /// # Errors
    /// [`Error::NoEntropy`]; [`Error::EpochOutOfRange`] after epoch 2³² - 1.
    pub fn draw_epoch(&self, entropy: &mut dyn Entropy) -> Result<(u32, SealingKey), Error> {
        let newest = self.current_epoch();
        let next = newest.checked_add(1).ok_or(Error::EpochOutOfRange { epoch: newest })?;
        Ok((next, SealingKey::draw(entropy)?))
    }

    /// Draws the key of the epoch after the newest and takes it at once, for a workspace that no other device changes.
    ///
    /// # Errors
    /// As [`SyncKeys::draw_epoch`].
    pub fn rotate(&mut self, entropy: &mut dyn Entropy) -> Result<u32, Error> {
        let (epoch, key) = self.draw_epoch(entropy)?;
        self.add_epoch(epoch, key)?;
        Ok(epoch)
    }

    /// Takes the sync key of an epoch. Taking the same key again changes nothing.
    ///
    /// # Errors
    /// [`Error::EpochTaken`] when another key is held for this epoch; [`Error::EpochOutOfRange`] for epoch 0.
    pub fn add_epoch(&mut self, epoch: u32, key: SealingKey) -> Result<(), Error> {
        if epoch < FIRST_EPOCH {
            return Err(Error::EpochOutOfRange { epoch });
        }
        match self.epochs.binary_search_by_key(&epoch, |held| held.number) {
            Ok(_) if bool::from(self.key_of(epoch)?.expose().ct_eq(key.expose())) => Ok(()),
            Ok(_) => Err(Error::EpochTaken { epoch }),
            Err(position) => {
                self.epochs.insert(position, Epoch { number: epoch, key: Box::new(key) });
                Ok(())
            }
        }
    }

    /// A copy of the sync key of `epoch`, to be sealed for another device.
    ///
    /// # Errors
    /// [`Error::NoSuchEpoch`] when it is not held.
    pub fn export_epoch(&self, epoch: u32) -> Result<SealingKey, Error> {
        self.key_of(epoch).map(|key| SealingKey::from_bytes(*key.expose()))
    }

    /// The token of a record for one purpose: the same on every device of the workspace, another for every purpose, and
    /// without the token key neither computable from the record id nor linkable to it.
    ///
    /// `HMAC-SHA256(HKDF-SHA256(token key, "stillroom/1 token/" + purpose), record id)`.
    pub fn subject_token(&self, purpose: &str, record_id: Id16) -> [u8; 32] {
        let mut key = Zeroizing::new([0; 32]);
        derive(&self.token_key, None, &format!("token/{purpose}"), key.as_mut_slice());
        authenticate(&key, &[&record_id.0])
    }

    /// Whether `token` is the record's for this purpose, compared in constant time.
    pub fn token_matches(&self, purpose: &str, record_id: Id16, token: &[u8; 32]) -> bool {
        self.subject_token(purpose, record_id).ct_eq(token).into()
    }

    /// The keys as the workspace stores them.
    ///
    /// # Errors
    /// [`Error::NoEntropy`].
    pub fn wrap(
        &self,
        key: &WorkspaceKey,
        workspace_id: Id16,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, Error> {
        wrap_at_home(Namespace::SyncKeys, key, workspace_id, &self.to_bytes(), entropy)
    }

    /// Reads what [`SyncKeys::wrap`] wrote.
    ///
    /// # Errors
    /// [`Error::OtherKey`] under another workspace key; [`Error::Damaged`] when anything was altered or belongs to
    /// another workspace; [`Error::UnknownVersion`] and [`Error::UnknownAlgorithm`] for a newer format.
    pub fn unwrap(wrapped: &[u8], key: &WorkspaceKey, workspace_id: Id16) -> Result<Self, Error> {
        Self::from_bytes(&unwrap_at_home(Namespace::SyncKeys, key, workspace_id, wrapped)?)
    }

    pub(crate) fn current_key(&self) -> &SealingKey {
        &self.current().key
    }

    pub(crate) fn key_of(&self, epoch: u32) -> Result<&SealingKey, Error> {
        let found = self.epochs.iter().rev().find(|held| held.number == epoch);
        found.map(|held| held.key.as_ref()).ok_or(Error::NoSuchEpoch { epoch })
    }

    /// `[1, token key, [epoch, key, epoch, key, …]]` in deterministic CBOR.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let start = CborWriter::with_capacity(ITEM_LEN * (self.epochs.len() + 1))
            .array(3)
            .uint(VERSION.into())
            .bytes(&self.token_key)
            .array(2 * self.epochs.len());
        let write = |to: CborWriter, epoch: &Epoch| to.uint(epoch.number.into()).bytes(epoch.key.expose());
        Zeroizing::new(self.epochs.iter().fold(start, write).finish())
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = CborReader::versioned(bytes, 3, VERSION, Damage::SyncKeys)?;
        read_keys(&mut reader).filter(|_| reader.is_empty()).ok_or(Error::Damaged(Damage::SyncKeys))
    }

    fn current(&self) -> &Epoch {
        self.epochs.last().expect("there is an epoch from creation on, and none is ever removed")
    }
}

impl fmt::Debug for SyncKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SyncKeys(hidden)")
    }
}

/// What stands behind the version: only epochs from 1 on, each once, in ascending order, at least one.
fn read_keys(reader: &mut CborReader<'_>) -> Option<SyncKeys> {
    let token_key = *reader.exactly()?;
    let mut keys = SyncKeys { epochs: Vec::new(), token_key };
    let n_items = reader.array()?;
    let mut last = 0;
    for _ in 0..n_items / 2 {
        let number = u32::try_from(reader.uint()?).ok().filter(|number| *number > last)?;
        let key = Box::new(SealingKey::from_bytes(*reader.exactly()?));
        keys.epochs.push(Epoch { number, key });
        last = number;
    }
    (n_items % 2 == 0 && last > 0).then_some(keys)
}
