//! Giving and taking back: sync grants, and the customers' lawful bases. Everything here works without a network; what it enters
//! into the ledger goes to the server with the next exchange.

use stillroom_consent::{
    BasisMethod, BasisState, Event, GrantId, GrantRecord, Groups, Hash, LawfulBasis, Purpose, Scope,
    SubjectBasis, SyncGrant,
    grant::MAX_GRANT_MILLIS,
    receipt::{ConsentReceipt, Content, Ended, WithdrawalReceipt},
};
use stillroom_records::FieldGroup;
use stillroom_vault::Id16;

use super::{Session, keys::Randomness};
use crate::{
    failure::failure,
    notice::notice,
    platform::Platform,
    protocol::{BasisChoice, Failure, GiveGrant, ReceiptInfo},
};

/// Milliseconds of a day.
const DAY_MILLIS: i64 = 86_400_000;

impl<P: Platform> Session<P> {
    /// Enters an event into the ledger in this device's name. What it ends has stopped when this returns.
    pub(super) fn enter(&mut self, event: Event) -> Result<(), Failure> {
        let at = self.platform.now_millis();
        let place = self.store_for_write()?.ledger_head()?;
        let signed = self.enrolment()?.sign((place.seq, place.hash), at, event);
        self.store()?.append_entry(&signed)?;
        Ok(())
    }

    /// The grant of a purpose that was not withdrawn and is not over.
    pub(super) fn live_grant(&mut self, purpose: Purpose) -> Result<Option<GrantRecord>, Failure> {
        let now_millis = self.platform.now_millis();
        let grants = self.store()?.grants()?;
        Ok(grants.into_iter().rev().find(|record| {
            record.grant.purpose == purpose
                && record.withdrawn_at.is_none()
                && now_millis < record.grant.expires_at
        }))
    }

    /// Checks a grant and enters it; its members, when it has a scope, are entered by the work that follows.
    pub(super) fn enter_grant(&mut self, ask: &GiveGrant) -> Result<SyncGrant, Failure> {
        let purpose = purpose_named(&ask.purpose)?;
        if self.live_grant(purpose)?.is_some() {
            return Err(failure(
                "grant-exists",
                "this purpose is granted already: withdraw that grant first",
            ));
        }
        let groups = groups_named(&ask.groups)?;
        let terms = purpose.terms();
        let text = notice(purpose.key(), terms.version, &ask.language)
            .ok_or_else(|| failure("no-notice", "this purpose has no notice yet: update the app"))?;
        let now_millis = self.platform.now_millis();
        let id = GrantId(Id16::draw(&mut Randomness(&mut self.platform))?.0);
        let enrolment = self.enrolment()?;
        let grant = SyncGrant {
            id,
            workspace: enrolment.workspace,
            device: enrolment.device(),
            purpose,
            version: terms.version,
            groups,
            scope: if ask.scope.is_some() { Scope::Members } else { Scope::All },
            origin: enrolment.origin.clone(),
            server_key: enrolment.server_key,
            notice: Hash::of(&[text.as_bytes()]),
            language: ask.language.clone(),
            valid_from: now_millis,
            expires_at: now_millis
                .saturating_add(i64::from(ask.days).saturating_mul(DAY_MILLIS).min(MAX_GRANT_MILLIS)),
        };
        grant.check()?;
        self.enter(Event::GrantGiven(grant.clone()))?;
        if let Some(scope) = &ask.scope {
            self.store()?.set_setting(&scope_key(grant.id), scope, now_millis)?;
        }
        Ok(grant)
    }

    /// The receipt of a grant that was just entered.
    pub(super) fn grant_receipt(&mut self, grant: &SyncGrant) -> Result<ReceiptInfo, Failure> {
        self.issue_receipt(Content::Consent(ConsentReceipt::of(grant)))
    }

    /// Withdraws the live grant of a purpose. Nothing leaves under it any more when this returns.
    pub(super) fn withdraw_grant(&mut self, purpose: &str) -> Result<ReceiptInfo, Failure> {
        let purpose = purpose_named(purpose)?;
        let record = self.live_grant(purpose)?.ok_or_else(|| {
            failure("no-grant", "nothing is granted for this purpose: there is nothing to withdraw")
        })?;
        let grant = record.grant.id;
        self.enter(Event::GrantWithdrawn { grant })?;
        self.wake_sync();
        self.issue_receipt(Content::Withdrawal(WithdrawalReceipt::of(Ended::Grant(grant), purpose)))
    }

    /// The basis that `choice` describes; its evidence is kept here and only its hash travels.
    pub(super) fn basis_of(&mut self, choice: &BasisChoice) -> Result<(Purpose, SubjectBasis), Failure> {
        let now_millis = self.platform.now_millis();
        let purpose = purpose_named(&choice.purpose)?;
        let basis: LawfulBasis = word(&choice.basis)?;
        let state: BasisState = word(&choice.state)?;
        let method: BasisMethod = word(&choice.method)?;
        if state == BasisState::Given && !purpose.terms().bases.contains(&basis) {
            return Err(failure(
                "basis-not-accepted",
                "this purpose may not rest on that basis: choose another",
            ));
        }
        let evidence = choice.evidence.trim();
        let evidence = match evidence.is_empty() {
            true => None,
            false => Some(self.store_for_write()?.keep_basis_note(evidence, now_millis)?),
        };
        let expires_at = choice
            .expires_days
            .map(|days| now_millis.saturating_add(i64::from(days).saturating_mul(DAY_MILLIS)));
        Ok((
            purpose,
            SubjectBasis {
                basis,
                state,
                method,
                evidence,
                notice: None,
                obtained_at: now_millis,
                expires_at,
                gpc: choice.gpc,
            },
        ))
    }
}

/// The purpose of a stable name.
pub(super) fn purpose_named(key: &str) -> Result<Purpose, Failure> {
    Purpose::from_key(key)
        .ok_or_else(|| failure("unknown-purpose", "there is no such purpose: update the app"))
}

fn groups_named(keys: &[String]) -> Result<Groups, Failure> {
    let groups = keys.iter().map(|key| {
        FieldGroup::from_key(key)
            .ok_or_else(|| failure("unknown-group", "there is no such field group: update the app"))
    });
    Ok(Groups::of(&groups.collect::<Result<Vec<_>, _>>()?))
}

/// A stable name of the consent room as its type.
fn word<T: serde::de::DeserializeOwned>(key: &str) -> Result<T, Failure> {
    serde_json::from_value(serde_json::Value::String(key.to_owned()))
        .map_err(|_| failure("unknown-word", "the page and the engine differ: reload"))
}

/// A type of the consent room as its stable name.
pub(super) fn name(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).ok();
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Where the filter of a grant's scope is kept; it stays on the device.
pub(super) fn scope_key(grant: GrantId) -> String {
    format!("grant-scope-{grant}")
}
