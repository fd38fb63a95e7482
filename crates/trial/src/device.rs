//! One device: what it pushes and pulls. Its envelopes are random bytes of the right form; only a device could tell.

use anyhow::Result;
use ed25519_dalek::SigningKey;
use stillroom_consent::{Blob, DataKeyId, DeviceId, GrantId, Purpose, SubjectToken};
use stillroom_records::FieldGroup;
use stillroom_sync::Hlc;
use stillroom_sync::wire::{Body, Kind, Op, Page, Push, Pushed, SCHEMA, WrappedDek};

use crate::{Connection, Draw, now_millis};

/// The start of an SR1 envelope: its magic, version and algorithm.
const SR1: [u8; 4] = [b'S', b'R', 1, 1];
/// Key id, nonce, and tag around the ciphertext.
const SR1_REST: usize = 16 + 24 + 16;
const WRAPPED_KEY_BYTES: usize = 92;

/// A device and what it has numbered so far.
pub struct Device {
    id: DeviceId,
    key: SigningKey,
    token: Blob,
    last_seq: u64,
    last_hlc: Hlc,
    draw: Draw,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Device").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Device {
    pub(crate) fn new(id: DeviceId, key: SigningKey, token: Blob, draw: Draw) -> Self {
        Self { id, key, token, last_seq: 0, last_hlc: Hlc::default(), draw }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        self.id
    }

    /// What it shows the server.
    #[must_use]
    pub fn token(&self) -> &Blob {
        &self.token
    }

    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }

    /// A push that sets `groups` of each record in the sealed lane, with a content of `content_bytes` padded bytes
    /// each, and brings the records' keys. It is numbered: it must arrive before the next one.
    pub fn set(
        &mut self,
        grant: GrantId,
        tokens: &[SubjectToken],
        groups: &[FieldGroup],
        content_bytes: usize,
    ) -> Push {
        let mut push = Push { ops: Vec::new(), deks: Vec::new() };
        for token in tokens {
            let dek = DataKeyId(self.draw.bytes());
            let wrapped = self.envelope(WRAPPED_KEY_BYTES - SR1.len() - SR1_REST);
            push.deks.push(WrappedDek { dek, token: *token, epoch: 1, wrapped });
            for group in groups {
                let body = Body::Sealed(self.envelope(content_bytes));
                push.ops.push(Op {
                    group: Some(*group),
                    dek: Some(dek),
                    body,
                    ..self.next_op(grant, *token)
                });
            }
        }
        push
    }

    /// Sends a push.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub fn push(&self, connection: &mut Connection, push: &Push) -> Result<Pushed> {
        connection.call("POST", "/v1/push", Some(&self.token), push)
    }

    /// Asks for a page after `cursor`, or the first one.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub fn pull(&self, connection: &mut Connection, cursor: Option<&Blob>) -> Result<Page> {
        let path = match cursor {
            Some(cursor) => {
                let digits: String = cursor.0.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("/v1/pull?since={digits}")
            }
            None => "/v1/pull".to_owned(),
        };
        connection.get(&path, Some(&self.token))
    }

    fn next_op(&mut self, grant: GrantId, token: SubjectToken) -> Op {
        self.last_seq += 1;
        self.last_hlc = self.last_hlc.next(now_millis());
        Op {
            kind: Kind::Set,
            device: self.id,
            device_seq: self.last_seq,
            hlc: self.last_hlc,
            base: None,
            token,
            purpose: Purpose::Backup,
            grant,
            group: None,
            part: 0,
            schema: SCHEMA,
            dek: None,
            body: Body::None,
        }
    }

    fn envelope(&mut self, content_bytes: usize) -> Blob {
        let mut bytes = vec![0; SR1.len() + SR1_REST + content_bytes];
        self.draw.fill(&mut bytes);
        bytes[..SR1.len()].copy_from_slice(&SR1);
        Blob(bytes)
    }
}

/// `count` records, named by their pseudonyms.
#[must_use]
pub fn draw_tokens(draw: &mut Draw, count: usize) -> Vec<SubjectToken> {
    (0..count).map(|_| SubjectToken(draw.bytes())).collect()
}
