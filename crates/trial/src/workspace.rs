//! A workspace seen from its first device: the ledger it signs, the devices it lets in.

use anyhow::{Result, ensure};
use ed25519_dalek::{Signer as _, SigningKey};
use stillroom_consent::{
    BasisMethod, Blob, DeviceId, DeviceInfo, Entry, Event, GrantId, Groups, Hash, LawfulBasis, PairingId,
    PublicKey, Purpose, Scope, Signature, SignedEntry, SubjectBasis, SubjectToken, SyncGrant, WorkspaceId,
};
use stillroom_sync::wire::{
    Append, Appended, Claimed, Enrolled, NewWorkspace, PairClaim, PairOffer, PairOffered, ServerInfo,
    Withdrawn,
};

use crate::http::ORIGIN;
use crate::{Connection, Device, Draw, now_millis};

/// Records that one ledger entry may name.
const TOKENS_PER_ENTRY: usize = stillroom_consent::ledger::MAX_TOKENS;
const YEAR_MILLIS: i64 = 365 * 86_400_000;

/// A workspace and the device that began it.
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// The first device, which signs every entry.
    pub founder: Device,
    server_key: PublicKey,
    head: (u64, Hash),
    draw: Draw,
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Workspace").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Workspace {
    /// Begins a workspace whose ids and keys follow from `draw`.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub fn begin(connection: &mut Connection, mut draw: Draw) -> Result<Self> {
        let server: ServerInfo = connection.get("/v1/server", None)?;
        let id = WorkspaceId(draw.bytes());
        let (key, info) = new_device(&mut draw);
        let first = sign(
            &key,
            Entry {
                workspace: id,
                seq: 1,
                prev: Hash::ZERO,
                at: now_millis(),
                device: info.device,
                event: Event::DeviceAdded(info),
            },
        );
        let head = (1, first.entry.hash());
        let enrolled: Enrolled =
            connection.call("POST", "/v1/workspaces", None, &NewWorkspace { workspace: id, entry: first })?;
        ensure!((enrolled.head.head.seq, enrolled.head.head.hash) == head, "the server holds another ledger");
        let founder = Device::new(info.device, key, enrolled.token, draw.split());
        Ok(Self { id, founder, server_key: server.server_key, head, draw })
    }

    /// Lets another device in.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub fn enroll(&mut self, connection: &mut Connection) -> Result<Device> {
        let pairing = PairingId(self.draw.bytes());
        let bundle = Blob(self.draw.bytes::<64>().to_vec());
        let offer = PairOffer { pairing, bundle };
        let _: PairOffered = connection.call("POST", "/v1/pair", Some(self.founder.token()), &offer)?;
        let (key, device) = new_device(&mut self.draw);
        let claim = PairClaim { pairing, device, proof: Hash(self.draw.bytes()) };
        let claimed: Claimed = connection.call("POST", "/v1/pair/claim", None, &claim)?;
        self.append(connection, vec![Event::DeviceAdded(device)])?;
        Ok(Device::new(device.device, key, claimed.token, self.draw.split()))
    }

    /// Gives a grant for all records, for a year.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub fn grant(
        &mut self,
        connection: &mut Connection,
        purpose: Purpose,
        groups: Groups,
    ) -> Result<GrantId> {
        let id = GrantId(self.draw.bytes());
        let valid_from = now_millis() - 60_000;
        let grant = SyncGrant {
            id,
            workspace: self.id,
            device: self.founder.id(),
            purpose,
            version: purpose.terms().version,
            groups,
            scope: Scope::All,
            origin: ORIGIN.to_owned(),
            server_key: self.server_key,
            notice: Hash(self.draw.bytes()),
            language: "en".to_owned(),
            valid_from,
            expires_at: valid_from + YEAR_MILLIS,
        };
        self.append(connection, vec![Event::GrantGiven(grant)])?;
        Ok(id)
    }

    /// Records that a contract allows `purpose` for each of `tokens`.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub fn give_bases(
        &mut self,
        connection: &mut Connection,
        purpose: Purpose,
        tokens: &[SubjectToken],
    ) -> Result<()> {
        let basis = SubjectBasis::given(LawfulBasis::Contract, BasisMethod::Contract, now_millis() - 60_000);
        for tokens in tokens.chunks(TOKENS_PER_ENTRY) {
            self.append(connection, vec![Event::Bases { purpose, basis, tokens: tokens.to_vec() }])?;
        }
        Ok(())
    }

    /// Withdraws a grant.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub fn withdraw(&mut self, connection: &mut Connection, grant: GrantId) -> Result<Withdrawn> {
        self.end(connection, "/v1/consent/withdraw", vec![Event::GrantWithdrawn { grant }])
    }

    /// Erases records, at most 2,000 at once.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub fn erase(&mut self, connection: &mut Connection, tokens: &[SubjectToken]) -> Result<Withdrawn> {
        self.end(connection, "/v1/erase", vec![Event::Erased { tokens: tokens.to_vec() }])
    }

    fn append(&mut self, connection: &mut Connection, events: Vec<Event>) -> Result<()> {
        let (append, head) = self.signed(events);
        let appended: Appended =
            connection.call("POST", "/v1/consent", Some(self.founder.token()), &append)?;
        ensure!((appended.head.head.seq, appended.head.head.hash) == head, "the server holds another ledger");
        self.head = head;
        Ok(())
    }

    fn end(&mut self, connection: &mut Connection, path: &str, events: Vec<Event>) -> Result<Withdrawn> {
        let (append, head) = self.signed(events);
        let withdrawn: Withdrawn = connection.call("POST", path, Some(self.founder.token()), &append)?;
        self.head = head;
        Ok(withdrawn)
    }

    fn signed(&self, events: Vec<Event>) -> (Append, (u64, Hash)) {
        let mut head = self.head;
        let sign_next = |event| {
            let (seq, prev) = (head.0 + 1, head.1);
            let entry =
                Entry { workspace: self.id, seq, prev, at: now_millis(), device: self.founder.id(), event };
            head = (seq, entry.hash());
            sign(self.founder.key(), entry)
        };
        let entries = events.into_iter().map(sign_next).collect();
        (Append { entries }, head)
    }
}

fn new_device(draw: &mut Draw) -> (SigningKey, DeviceInfo) {
    let key = SigningKey::from_bytes(&draw.bytes());
    let info = DeviceInfo {
        device: DeviceId(draw.bytes()),
        signing_key: PublicKey(key.verifying_key().to_bytes()),
        sealing_key: PublicKey(draw.bytes()),
    };
    (key, info)
}

fn sign(key: &SigningKey, entry: Entry) -> SignedEntry {
    let signature = Signature(key.sign(&entry.message()).to_bytes());
    SignedEntry { entry, signature }
}
