//! Sealing and opening: the data keys of records, and the envelopes under them.

use stillroom_consent::{Blob, DataKeyId, Purpose, SubjectToken};
use stillroom_store::sync::{SyncTransaction, data_keys::DataKey};
use stillroom_sync::wire::{Body, Op, Schema, WrappedDek};
use stillroom_vault::{
    self as vault, Entropy, Id16, Opened, SealingKey, draw_data_key, open_operation, seal_operation,
};

use super::super::enrolment::Enrolment;
use crate::protocol::Failure;

/// The keys of this device with its source of randomness.
pub(in super::super) struct Sealer<'a> {
    pub(in super::super) enrolment: &'a Enrolment,
    pub(in super::super) entropy: &'a mut dyn Entropy,
    /// The key used last: parts of one record follow one another.
    last: Option<(SubjectToken, DataKeyId, SealingKey)>,
}

impl<'a> Sealer<'a> {
    pub(in super::super) fn new(enrolment: &'a Enrolment, entropy: &'a mut dyn Entropy) -> Self {
        Self { enrolment, entropy, last: None }
    }

    fn workspace(&self) -> Id16 {
        Id16(self.enrolment.workspace.0)
    }

    /// The data key of a record for new content: one that is wrapped by the newest sync key, made when there is none.
    pub(super) fn data_key(
        &mut self,
        tx: &mut SyncTransaction<'_>,
        token: SubjectToken,
        purpose: Purpose,
    ) -> Result<DataKeyId, Failure> {
        if let Some((_, dek, _)) = self.last.as_ref().filter(|(last, ..)| *last == token) {
            return Ok(*dek);
        }
        let known =
            tx.data_key_of(token)?.filter(|key| key.epoch == self.enrolment.sync_keys.current_epoch());
        let (dek, key) = match known {
            Some(known) => (known.dek, self.unwrap(&known)?),
            None => self.make_key(tx, token, purpose)?,
        };
        self.last = Some((token, dek, key));
        Ok(dek)
    }

    fn make_key(
        &mut self,
        tx: &mut SyncTransaction<'_>,
        token: SubjectToken,
        purpose: Purpose,
    ) -> Result<(DataKeyId, SealingKey), Failure> {
        let (id, key) = draw_data_key(self.entropy)?;
        let keys = &self.enrolment.sync_keys;
        let (epoch, wrapped) =
            keys.wrap_data_key(Id16(self.enrolment.workspace.0), &token.0, id, &key, self.entropy)?;
        let dek = DataKeyId(id.0);
        tx.put_data_key(&DataKey { dek, token, epoch, wrapped, is_shared: false }, purpose)?;
        Ok((dek, key))
    }

    fn unwrap(&self, key: &DataKey) -> Result<SealingKey, vault::Error> {
        let keys = &self.enrolment.sync_keys;
        keys.unwrap_data_key(self.workspace(), &key.token.0, Id16(key.dek.0), key.epoch, &key.wrapped)
    }

    /// Seals `content` as the body of `op`, under the data key it names.
    pub(super) fn seal(
        &mut self,
        tx: &SyncTransaction<'_>,
        op: &mut Op,
        content: &[u8],
    ) -> Result<(), Failure> {
        let workspace = self.workspace();
        let hash = op.header_hash();
        self.load(tx, op)?;
        if let Some((_, _, key)) = &self.last {
            let sealed =
                seal_operation(key, workspace, &hash.0, content_version(op.schema), content, self.entropy)?;
            op.body = Body::Sealed(Blob(sealed));
        }
        Ok(())
    }

    /// Opens the body of `op`; none when this device does not have its key.
    pub(super) fn open(&mut self, tx: &SyncTransaction<'_>, op: &Op) -> Result<Option<Opened>, Failure> {
        let Body::Sealed(sealed) = &op.body else { return Ok(None) };
        if !self.load(tx, op)? {
            return Ok(None);
        }
        let Some((_, _, key)) = &self.last else { return Ok(None) };
        let opened = open_operation(
            key,
            self.workspace(),
            &op.header_hash().0,
            content_version(op.schema),
            &sealed.0,
        )?;
        Ok(Some(opened))
    }

    /// Whether `op` was sealed under a data key of this workspace, which is here or among `keys`.
    pub(super) fn is_sealed_here(
        &self,
        tx: &SyncTransaction<'_>,
        op: &Op,
        keys: &[WrappedDek],
    ) -> Result<bool, Failure> {
        let (Some(dek), Body::Sealed(sealed)) = (op.dek, &op.body) else { return Ok(false) };
        let came = keys.iter().find(|key| key.dek == dek).map(|key| DataKey {
            dek,
            token: key.token,
            epoch: key.epoch,
            wrapped: key.wrapped.0.clone(),
            is_shared: true,
        });
        let known = tx.data_key(dek)?.into_iter().chain(came).find(|key| key.token == op.token);
        let Some(key) = known.and_then(|known| self.unwrap(&known).ok()) else { return Ok(false) };
        let (hash, version) = (op.header_hash(), content_version(op.schema));
        Ok(open_operation(&key, self.workspace(), &hash.0, version, &sealed.0).is_ok())
    }

    /// Makes the key of `op` the last one; says whether it is here.
    fn load(&mut self, tx: &SyncTransaction<'_>, op: &Op) -> Result<bool, Failure> {
        let Some(dek) = op.dek else { return Ok(false) };
        if self.last.as_ref().is_some_and(|(token, last, _)| *last == dek && *token == op.token) {
            return Ok(true);
        }
        self.last = match tx.data_key(dek)?.filter(|key| key.token == op.token) {
            Some(known) if self.enrolment.sync_keys.has_epoch(known.epoch) => {
                Some((op.token, dek, self.unwrap(&known)?))
            }
            _ => None,
        };
        Ok(self.last.is_some())
    }
}

/// The format's version as the envelope is bound to it.
fn content_version(schema: Schema) -> u32 {
    u32::from(schema.major) << 16 | u32::from(schema.minor)
}
