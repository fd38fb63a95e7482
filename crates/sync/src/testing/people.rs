//! What people do: change, delete and erase records, withdraw, revoke; and what they do to their machines.

use super::device::{Place, info};
use super::world::{HOUR, Happening, START, World};
use crate::wire::NewWorkspace;
use stillroom_consent::{
    BasisMethod, BasisState, DeviceId, Event, Groups, Hash, LawfulBasis, Purpose, Scope, SubjectBasis,
    SyncGrant,
};
use stillroom_records::FieldGroup;

impl World<'_> {
    /// The first device founds the workspace, lets the others in, and records every consent.
    pub(super) fn open(&mut self, place: &Place) -> Result<(), stillroom_consent::Error> {
        let early = START - HOUR;
        let (server, tokens) = (&mut *self.server, self.tokens.clone());
        let Some((founder, others)) = self.devices.split_first_mut() else { return Ok(()) };
        let entry = founder.replica.found(early)?;
        server.found(&NewWorkspace { workspace: place.workspace, entry }, START);
        let first = founder.id();
        for other in others {
            let number = other.id().0[0];
            server.admit(&info(number), START);
            founder.replica.record(Event::DeviceAdded(info(number)), early)?;
        }
        founder.replica.record(Event::GrantGiven(grant(place, first, early)), early)?;
        let basis = SubjectBasis::given(LawfulBasis::Consent, BasisMethod::Form, early);
        founder.replica.record(Event::Bases { purpose: Purpose::Backup, basis, tokens }, early)?;
        for device in 0..self.devices.len() {
            self.schedule(0, Happening::Turn { device });
        }
        self.schedule(1_000, Happening::Act);
        Ok(())
    }

    /// Somebody does something somewhere.
    pub(super) fn act(&mut self) -> Result<(), String> {
        self.n_actions_left = self.n_actions_left.saturating_sub(1);
        let actor = self.chance.below(self.devices.len() as u64) as usize;
        match self.chance.below(1_000) {
            0..30 => self.restart_device(actor),
            30..60 => self.cut_off(actor),
            60..70 => self.restart_server(),
            70..75 => self.revoke(actor),
            _ => self.change_record(actor),
        }
        let pause = if self.chance.per_mille(200) { 60_000 } else { 4_000 };
        let after = self.chance.between(0, pause);
        self.schedule(after, Happening::Act);
        self.turn(actor)
    }

    fn restart_device(&mut self, actor: usize) {
        self.devices[actor].restart();
    }

    fn cut_off(&mut self, actor: usize) {
        self.devices[actor].is_cut_off = true;
        let after = self.chance.between(1_000, 300_000);
        self.schedule(after, Happening::Reconnect { device: actor });
    }

    fn restart_server(&mut self) {
        self.server.restart();
        self.is_server_down = true;
        let after = self.chance.between(100, 20_000);
        self.schedule(after, Happening::ServerBack);
    }

    /// At most two devices are revoked, and never the first, which is there in the end.
    fn revoke(&mut self, actor: usize) {
        let victim = self.chance.below(self.devices.len() as u64) as usize;
        let n_revoked = self.devices.iter().filter(|device| device.is_revoked).count();
        if victim == 0 || victim == actor || n_revoked >= 2 || self.devices[actor].is_revoked {
            return;
        }
        let event = Event::DeviceRevoked { device: self.devices[victim].id(), epoch: 2, keys: Vec::new() };
        let now = self.devices[actor].clock(self.now);
        if self.devices[actor].replica.record(event, now).is_ok() {
            self.devices[victim].is_revoked = true;
            self.devices[actor].client.wake();
        }
    }

    fn change_record(&mut self, actor: usize) {
        let position = self.chance.below(self.tokens.len() as u64) as usize;
        let token = self.tokens[position];
        let now = self.devices[actor].clock(self.now);
        let action = self.chance.below(1_000);
        let value = self.chance.draw();
        let group = FieldGroup::ALL[self.chance.below(FieldGroup::ALL.len() as u64) as usize];
        let part = if group == FieldGroup::Behaviour { self.chance.below(3) } else { 0 };
        let device = &mut self.devices[actor];
        match action {
            0..60 => device.replica.delete(token, now),
            60..75 => {
                if !device.is_revoked && device.replica.erase(token, now).is_ok() {
                    self.ended.push((token, actor));
                }
            }
            75..90 => {
                let basis = SubjectBasis {
                    state: BasisState::Withdrawn,
                    ..SubjectBasis::given(LawfulBasis::Consent, BasisMethod::Form, now)
                };
                let event = Event::Bases { purpose: Purpose::Backup, basis, tokens: vec![token] };
                if !device.is_revoked && device.replica.record(event, now).is_ok() {
                    self.ended.push((token, actor));
                }
            }
            _ => {
                // An erased record takes no edit, which is as it should be.
                let _ = device.replica.edit(token, (group, part), value.to_be_bytes().to_vec(), now);
            }
        }
        if self.chance.per_mille(700) {
            self.devices[actor].client.wake();
        }
    }
}

fn grant(place: &Place, device: DeviceId, early: i64) -> SyncGrant {
    SyncGrant {
        id: place.grant,
        workspace: place.workspace,
        device,
        purpose: Purpose::Backup,
        version: Purpose::Backup.terms().version,
        groups: Groups::ALL,
        scope: Scope::All,
        origin: place.origin.clone(),
        server_key: place.server_key,
        notice: Hash([9; 32]),
        language: "en".to_owned(),
        valid_from: early,
        expires_at: early + 24 * 30 * HOUR,
    }
}
