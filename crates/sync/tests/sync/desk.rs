//! Two devices and a model server, driven by hand.

use crate::model::ModelServer;
use stillroom_consent::{
    BasisMethod, DeviceId, DeviceInfo, Event, GrantId, Groups, Hash, LawfulBasis, PublicKey, Purpose, Scope,
    SubjectBasis, SubjectToken, SyncGrant, WorkspaceId,
};
use stillroom_records::FieldGroup;
use stillroom_sync::client::{Answer, Request};
use stillroom_sync::memory::{Identity, MemoryReplica};
use stillroom_sync::merge::Removal;
use stillroom_sync::testing::{Reply, Server, TestKey};
use stillroom_sync::wire::NewWorkspace;
use stillroom_sync::{Client, Effect, Settings};

pub(crate) const NOW: i64 = 1_800_000_000_000;
pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId([42; 16]);
pub(crate) const GRANT: GrantId = GrantId([43; 16]);
const EARLY: i64 = NOW - 3_600_000;

pub(crate) fn token(number: u8) -> SubjectToken {
    SubjectToken([number; 32])
}

pub(crate) fn info(number: u8) -> DeviceInfo {
    DeviceInfo {
        device: DeviceId([number; 16]),
        signing_key: TestKey::new(number).public(),
        sealing_key: PublicKey([number; 32]),
    }
}

/// A device and its client.
pub(crate) struct Desk {
    pub(crate) replica: MemoryReplica<TestKey>,
    pub(crate) client: Client,
    pub(crate) now: i64,
    /// Paths of what was sent, in order.
    pub(crate) sent: Vec<String>,
}

impl Desk {
    pub(crate) fn new(number: u8, server: &ModelServer) -> Self {
        let identity =
            Identity { workspace: WORKSPACE, device: info(number), origin: server.origin(), grant: GRANT };
        let settings = Settings::new(WORKSPACE, DeviceId([number; 16]), server.key(), u64::from(number));
        Desk {
            replica: MemoryReplica::new(identity, TestKey::new(number)),
            client: Client::new(settings),
            now: NOW,
            sent: Vec::new(),
        }
    }

    /// The same device after a restart.
    pub(crate) fn restarted(&self, server: &ModelServer) -> Self {
        let number = self.id().0[0];
        Desk { replica: self.replica.clone(), now: self.now, ..Desk::new(number, server) }
    }

    pub(crate) fn id(&self) -> DeviceId {
        self.replica.identity().device.device
    }

    /// Works until the client has nothing to do for a second or more.
    pub(crate) fn work(&mut self, server: &mut ModelServer) {
        self.work_through(|device, request, now| server.answer(device, request, now));
    }

    /// As [`Desk::work`], over any way to get an answer.
    pub(crate) fn work_through(&mut self, mut answer: impl FnMut(DeviceId, &Request, i64) -> Reply) {
        self.client.wake();
        for _ in 0..200 {
            self.now += 10;
            match self.client.poll(&mut self.replica, self.now).expect("memory answers") {
                Effect::Send(request) => {
                    self.sent.push(format!("{} {}", request.method.key(), request.path));
                    let reply = answer(self.id(), &request, self.now);
                    self.take(request.id, &reply);
                }
                Effect::WaitUntil(_) | Effect::Idle => return,
            }
        }
        panic!("the client does not come to rest: {:?}", self.client.status());
    }

    pub(crate) fn take(&mut self, id: u64, reply: &Reply) {
        let Reply { status, retry_after_seconds, body } = reply;
        let answer = Answer { status: *status, retry_after_seconds: *retry_after_seconds, body };
        self.client.on_answer(&mut self.replica, id, answer, self.now).expect("memory answers");
    }

    pub(crate) fn edit(&mut self, record: u8, value: &str) {
        let key = (FieldGroup::Contact, 0);
        self.replica.edit(token(record), key, value.into(), self.now).expect("the record is not erased");
    }

    pub(crate) fn value(&self, record: u8) -> Option<String> {
        let part = self.replica.records().get(&token(record))?.parts().get(&(FieldGroup::Contact, 0))?;
        Some(String::from_utf8_lossy(&part.value.bytes).into_owned())
    }

    /// What it holds: every part of every record, and what was removed for ever.
    pub(crate) fn state(&self) -> String {
        let mut state = String::new();
        for (token, record) in self.replica.records() {
            let values: Vec<_> = record.parts().iter().map(|(key, part)| (key, &part.value.bytes)).collect();
            let is_erased = record.removal() == Some(&Removal::Erased);
            state.push_str(&format!("{token} {is_erased} {values:?}\n"));
        }
        state
    }

    /// The stable code of what stands in the way.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        self.client.status().problem.map(|problem| problem.code())
    }
}

/// A workspace of two devices, both enrolled, with a grant and the bases of records 1 to 20.
pub(crate) fn workspace() -> (ModelServer, Desk, Desk) {
    let mut server = ModelServer::new();
    let (mut first, mut second) = (Desk::new(1, &server), Desk::new(2, &server));
    let entry = first.replica.found(EARLY).expect("a device founds a workspace");
    server.found(&NewWorkspace { workspace: WORKSPACE, entry }, NOW);
    server.admit(&info(2), NOW);
    let basis = SubjectBasis::given(LawfulBasis::Consent, BasisMethod::Form, EARLY);
    let tokens = (1..=20).map(token).collect();
    for event in [
        Event::DeviceAdded(info(2)),
        Event::GrantGiven(grant(&server)),
        Event::Bases { purpose: Purpose::Backup, basis, tokens },
    ] {
        first.replica.record(event, EARLY).expect("the entry holds");
    }
    first.work(&mut server);
    second.work(&mut server);
    (server, first, second)
}

pub(crate) fn grant(server: &ModelServer) -> SyncGrant {
    SyncGrant {
        id: GRANT,
        workspace: WORKSPACE,
        device: DeviceId([1; 16]),
        purpose: Purpose::Backup,
        version: Purpose::Backup.terms().version,
        groups: Groups::ALL,
        scope: Scope::All,
        origin: server.origin(),
        server_key: server.key(),
        notice: Hash([9; 32]),
        language: "en".to_owned(),
        valid_from: EARLY,
        expires_at: NOW + 30 * 86_400_000,
    }
}
