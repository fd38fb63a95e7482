//! What passes between two devices of one workspace: the offer, the bundle, joining, and leaving.

use serde::{Deserialize, Serialize};
use stillroom_consent::{Blob, DeviceId, Event, Hash, PublicKey, cbor, ledger::SealedKey};
use stillroom_sync::wire::{DeviceState, Devices};
use stillroom_vault::{Id16, PairingSecret, seal_epoch_for_device};

use super::{Session, enrolment::Enrolment, keys::Randomness, network::unreadable};
use crate::{
    failure::failure,
    platform::Platform,
    protocol::{DeviceView, Failure},
};

/// An offer that this device made and nobody has taken yet.
pub(super) struct Offer {
    pub(super) secret: PairingSecret,
    pub(super) expires_at: i64,
}

/// What a new device is told beside the keys: where the workspace is kept, and how far the ledger went at least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Extra {
    pub(super) origin: String,
    pub(super) server_key: PublicKey,
    pub(super) ledger_seq: u64,
    pub(super) ledger_hash: Hash,
}

impl Extra {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Failure> {
        cbor::decode(bytes).map_err(|_| unreadable())
    }
}

impl<P: Platform> Session<P> {
    /// The keys of the workspace, sealed for whoever holds `secret`.
    pub(super) fn pairing_bundle(&mut self, secret: &PairingSecret) -> Result<Blob, Failure> {
        let place = self.store()?.confirmed_ledger_head()?;
        let (platform, enrolment) = self.platform_and_enrolment()?;
        let extra = cbor::encode(&Extra {
            origin: enrolment.origin.clone(),
            server_key: enrolment.server_key,
            ledger_seq: place.seq,
            ledger_hash: place.hash,
        });
        let workspace = Id16(enrolment.workspace.0);
        let sealed =
            secret.seal_bundle(&enrolment.sync_keys, workspace, &extra, &mut Randomness(platform))?;
        Ok(Blob(sealed))
    }

    /// A workspace that holds anything does not become another one by typing a code; one restored from a backup comes back to its own.
    pub(super) fn refuse_unless_joinable(&mut self) -> Result<(), Failure> {
        let is_connected = self.is_connected();
        let store = self.store_for_write()?;
        match store.sync_state()? {
            Some(_) if !is_connected => Ok(()),
            Some(_) => Err(failure("already-connected", "this workspace is connected to a server already")),
            None if store.count(None)? > 0 => Err(failure(
                "workspace-not-empty",
                "only an empty workspace can join another one: erase this one, or export its customers first",
            )),
            None => Ok(()),
        }
    }

    /// Makes this workspace one of the devices of `enrolment`'s.
    pub(super) fn join(&mut self, enrolment: Enrolment, seen: (u64, Hash)) -> Result<(), Failure> {
        let restored = self.store()?.sync_state()?;
        match restored {
            Some(state) if state.workspace == enrolment.workspace => self.come_back(enrolment)?,
            Some(_) => {
                return Err(failure(
                    "other-workspace",
                    "the code is of another workspace than the one that was restored here: use one of its own",
                ));
            }
            None => self.start_sync(enrolment)?,
        }
        let (seq, hash) = seen;
        self.see_ledger(seq, hash)
    }

    /// Revokes another device: the ones that stay get a new key in the same entry.
    pub(super) fn revoke_device(&mut self, id: &str) -> Result<(), Failure> {
        let device = DeviceId::from_hex(id)
            .ok_or_else(|| failure("not-found", "there is no such device: reload the list"))?;
        let devices = self.store_for_write()?.devices()?;
        let own = self.enrolment()?.device();
        if device == own {
            return Err(failure(
                "own-device",
                "a device does not revoke itself: erase this workspace instead",
            ));
        }
        if !devices.iter().any(|record| record.info.device == device && !record.is_revoked) {
            return Err(failure("not-found", "this device was revoked already, or never joined"));
        }
        let (platform, enrolment) = self.platform_and_enrolment()?;
        let mut entropy = Randomness(platform);
        let (epoch, key) = enrolment.sync_keys.draw_epoch(&mut entropy)?;
        let workspace = Id16(enrolment.workspace.0);
        let staying = devices.iter().filter(|record| !record.is_revoked && record.info.device != device);
        let keys = staying
            .map(|record| {
                let public = &record.info.sealing_key.0;
                let sealed = seal_epoch_for_device(public, workspace, epoch, &key, &mut entropy)?;
                Ok(SealedKey { device: record.info.device, sealed: Blob(sealed) })
            })
            .collect::<Result<Vec<_>, stillroom_vault::Error>>()?;
        self.enter(Event::DeviceRevoked { device, epoch, keys })?;
        self.wake_sync();
        Ok(())
    }

    /// The devices as the server knows them, beside what the ledger says of them.
    pub(super) fn device_views(&mut self, devices: &Devices) -> Result<Vec<DeviceView>, Failure> {
        let own = self.enrolment()?.device();
        let store = self.store()?;
        let records = store.devices()?;
        let head = store.sync_state()?.map_or(0, |state| state.seq);
        let view = |state: &DeviceState| DeviceView {
            id: state.device.to_string(),
            is_this: state.device == own,
            enrolled_at_millis: state.enrolled_at as f64,
            last_seen_millis: state.last_seen_at as f64,
            behind: head.saturating_sub(state.acknowledged_seq),
            is_revoked: state.is_revoked
                || records.iter().any(|record| record.info.device == state.device && record.is_revoked),
        };
        Ok(devices.devices.iter().map(view).collect())
    }
}
