//! What makes this device one of a synced workspace: its keys, the shared keys and its token, sealed in the database.

use serde::{Deserialize, Serialize};
use stillroom_consent::{
    Blob, DeviceId, DeviceInfo, Entry, Event, Hash, PublicKey, Purpose, RecordId, Signature, SignedEntry,
    SubjectToken, WorkspaceId, cbor,
};
use stillroom_vault::{
    self as vault, DeviceKeys, Entropy, Id16, Namespace, Place, Position, Subkey, SyncKeys, WorkspaceKey,
};
use zeroize::Zeroizing;

use crate::{failure::failure, protocol::Failure};

/// Bytes of a device's token.
const TOKEN_LEN: usize = 32;

/// This device's place in a synced workspace, opened.
pub(super) struct Enrolment {
    /// The workspace that devices share.
    pub(super) workspace: WorkspaceId,
    /// This device's own keys.
    pub(super) device_keys: DeviceKeys,
    /// The keys that devices share.
    pub(super) sync_keys: SyncKeys,
    /// What names this device to the server.
    token: Zeroizing<[u8; TOKEN_LEN]>,
    /// The server's origin.
    pub(super) origin: String,
    /// The server's key.
    pub(super) server_key: PublicKey,
}

/// The three secrets as the database keeps them, each sealed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    device_keys: Blob,
    sync_keys: Blob,
    token: Blob,
}

impl Enrolment {
    /// Puts together what a server and another device handed over.
    ///
    /// # Errors
    /// `server-unreadable` when the token is not one.
    pub(super) fn new(
        workspace: WorkspaceId,
        device_keys: DeviceKeys,
        sync_keys: SyncKeys,
        token: &Blob,
        server: (String, PublicKey),
    ) -> Result<Self, Failure> {
        let token: [u8; TOKEN_LEN] = token.0.as_slice().try_into().map_err(|_| {
            failure("server-unreadable", "the server's answer cannot be read: update both sides")
        })?;
        let (origin, server_key) = server;
        Ok(Self { workspace, device_keys, sync_keys, token: Zeroizing::new(token), origin, server_key })
    }

    /// Opens what [`Enrolment::seal`] sealed.
    ///
    /// # Errors
    /// The vault's error: another workspace key, as after restoring a backup, or damage.
    pub(super) fn open(
        state: &stillroom_store::sync::state::SyncState,
        key: &WorkspaceKey,
    ) -> Result<Self, vault::Error> {
        let damaged = vault::Error::Damaged(vault::Damage::DeviceKeys);
        let sealed: Sealed = cbor::decode(&state.enrolment).map_err(|_| damaged.clone())?;
        let workspace = Id16(state.workspace.0);
        let token = vault::open(&key.subkey(Subkey::Sync), &token_place(workspace), &sealed.token.0)?;
        Ok(Self {
            workspace: state.workspace,
            device_keys: DeviceKeys::unwrap(&sealed.device_keys.0, key, workspace)?,
            sync_keys: SyncKeys::unwrap(&sealed.sync_keys.0, key, workspace)?,
            token: Zeroizing::new((&*token).try_into().map_err(|_| damaged)?),
            origin: state.origin.clone(),
            server_key: state.server_key,
        })
    }

    /// The secrets, sealed for the database.
    ///
    /// # Errors
    /// The vault's error without randomness.
    pub(super) fn seal(
        &self,
        key: &WorkspaceKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, vault::Error> {
        let workspace = Id16(self.workspace.0);
        let token =
            vault::seal(&key.subkey(Subkey::Sync), &token_place(workspace), self.token.as_slice(), entropy)?;
        Ok(cbor::encode(&Sealed {
            device_keys: Blob(self.device_keys.wrap(key, workspace, entropy)?),
            sync_keys: Blob(self.sync_keys.wrap(key, workspace, entropy)?),
            token: Blob(token),
        }))
    }

    /// This device's id.
    pub(super) fn device(&self) -> DeviceId {
        DeviceId(self.device_keys.device_id().0)
    }

    /// The header that names this device.
    pub(super) fn authorization(&self) -> Zeroizing<String> {
        // EXPOSE: the token is what the server asks for; the header goes to its origin only.
        Zeroizing::new(format!("Bearer {}", base64url(self.token.as_slice())))
    }

    /// The pseudonym of a record for one purpose.
    pub(super) fn subject_token(&self, purpose: Purpose, record: RecordId) -> SubjectToken {
        SubjectToken(self.sync_keys.subject_token(purpose.key(), Id16(record.0)))
    }

    /// An entry of the ledger in this device's name, signed.
    pub(super) fn sign(&self, after: (u64, Hash), at: i64, event: Event) -> SignedEntry {
        sign_with(&self.device_keys, self.workspace, after, at, event)
    }
}

/// An entry of the ledger that follows entry number `after.0`, whose hash is `after.1`.
pub(super) fn sign_with(
    keys: &DeviceKeys,
    workspace: WorkspaceId,
    after: (u64, Hash),
    at: i64,
    event: Event,
) -> SignedEntry {
    let (seq, prev) = (after.0 + 1, after.1);
    let entry = Entry { workspace, seq, prev, at, device: DeviceId(keys.device_id().0), event };
    let signature = Signature(keys.sign(&entry.message()));
    SignedEntry { entry, signature }
}

/// A device's public half, as the ledger lists it.
pub(super) fn device_info(keys: &DeviceKeys) -> DeviceInfo {
    DeviceInfo {
        device: DeviceId(keys.device_id().0),
        signing_key: PublicKey(keys.signing_public()),
        sealing_key: PublicKey(keys.box_public()),
    }
}

/// A key's fingerprint as people compare it: the first 16 bytes of its SHA-256, in groups of four digits.
pub(super) fn fingerprint(key: &PublicKey) -> String {
    let text = Hash::of(&[&key.0]).to_string();
    let groups: Vec<&str> = (0..8).filter_map(|group| text.get(group * 4..group * 4 + 4)).collect();
    groups.join(" ")
}

fn token_place(workspace_id: Id16) -> Place<'static> {
    Place {
        namespace: Namespace::DeviceKeys,
        workspace_id,
        object_id: b"token",
        schema_version: 1,
        position: Position::Single,
    }
}

/// Base64 for addresses and headers (RFC 4648, section 5), without padding.
fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            text.push(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63] as char);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64url(bytes.as_bytes()), text);
        }
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
        assert_eq!(base64url(&[7; 32]).len(), 43);
    }

    #[test]
    fn a_fingerprint_has_eight_groups_of_four_digits() {
        let text = fingerprint(&PublicKey([9; 32]));
        assert_eq!(text.split(' ').map(str::len).collect::<Vec<_>>(), [4; 8]);
    }
}
