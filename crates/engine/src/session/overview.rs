//! Consent and sync at a glance, for the workspace and for one customer. Nothing here asks a server.

use stillroom_consent::{
    BasisState, Decision, Facts, GrantRecord, Operation, Purpose, Scope, SubjectBasis, SubjectToken, allow,
};
use stillroom_records::CustomerId;

use super::{
    Session,
    consent::{name, scope_key},
};
use crate::{
    platform::Platform,
    protocol::{BasisCounts, CustomerBasis, CustomerConsent, Failure, GrantInfo, PrivacyInfo, PurposeInfo},
};

impl<P: Platform> Session<P> {
    pub(super) fn privacy(&mut self, is_gpc: bool) -> Result<PrivacyInfo, Failure> {
        self.set_gpc(is_gpc);
        let server = if self.is_connected() { Some(self.server_view()?) } else { None };
        let purposes = Purpose::ALL.iter().map(|purpose| self.purpose_info(*purpose));
        Ok(PrivacyInfo {
            server_offers_sync: server.as_ref().map(|_| true),
            server,
            gpc: is_gpc,
            purposes: purposes.collect::<Result<_, _>>()?,
            sync: self.sync_info()?,
        })
    }

    fn purpose_info(&mut self, purpose: Purpose) -> Result<PurposeInfo, Failure> {
        let terms = purpose.terms();
        let grant = self.live_grant(purpose)?;
        Ok(PurposeInfo {
            purpose: purpose.key().to_owned(),
            version: terms.version,
            lane: name(&terms.lane),
            groups: terms.groups.iter().map(|group| group.key().to_owned()).collect(),
            columns: terms.columns.iter().map(name).collect(),
            bases: terms.bases.iter().map(name).collect(),
            retention_days: terms.retention_days,
            is_shared: terms.is_shared,
            n_covered: match &grant {
                Some(record) => self.n_covered(record)?,
                None => 0,
            },
            grant: match &grant {
                Some(record) => Some(self.grant_info(record)?),
                None => None,
            },
            customers: self.basis_counts(purpose)?,
        })
    }

    fn grant_info(&mut self, record: &GrantRecord) -> Result<GrantInfo, Failure> {
        let grant = &record.grant;
        let store = self.store()?;
        let is_pending = store.pending_entries()?.iter().any(|signed| {
            matches!(&signed.entry.event, stillroom_consent::Event::GrantGiven(given) if given.id == grant.id)
        });
        Ok(GrantInfo {
            id: grant.id.to_string(),
            groups: grant.groups.iter().map(|group| group.key().to_owned()).collect(),
            scope: match grant.scope {
                Scope::All => None,
                Scope::Members => Some(store.setting(&scope_key(grant.id))?.unwrap_or_default()),
            },
            valid_from_millis: grant.valid_from as f64,
            expires_at_millis: grant.expires_at as f64,
            is_recorded: !is_pending,
        })
    }

    fn basis_counts(&mut self, purpose: Purpose) -> Result<BasisCounts, Failure> {
        let now_millis = self.platform.now_millis();
        let store = self.store()?;
        let n_customers = store.summary()?.customers;
        let mut counts = BasisCounts::default();
        let mut n_recorded = 0;
        let noted = store.noted_counts(purpose)?;
        for (basis, n) in store.basis_counts(purpose)?.into_iter().chain(noted) {
            n_recorded += n;
            match state_of(&basis, now_millis) {
                "given" => counts.given += n,
                "refused" => counts.refused += n,
                "withdrawn" => counts.withdrawn += n,
                "objected" => counts.objected += n,
                _ => counts.expired += n,
            }
        }
        counts.none = n_customers.saturating_sub(n_recorded);
        Ok(counts)
    }

    /// Customers that would travel now: every distinct basis is put to the one decision.
    fn n_covered(&mut self, record: &GrantRecord) -> Result<u64, Failure> {
        if !self.is_connected() {
            return Ok(0);
        }
        let now_millis = self.platform.now_millis();
        let listed_for = (record.grant.scope == Scope::Members).then_some(record.grant.id);
        let reach = self.store()?.reach(record.grant.purpose, listed_for)?;
        let operation = self.operation_under(record, SubjectToken([0; 32]))?;
        let is_allowed = |basis: &SubjectBasis| {
            let facts = Facts {
                is_enrolled: true,
                grant: Some(record.clone()),
                basis: Some(*basis),
                is_member: true,
                ..Facts::default()
            };
            allow(&operation, &facts, now_millis) == Decision::Allow
        };
        Ok(reach.iter().filter(|(basis, _)| is_allowed(basis)).map(|(_, n_customers)| n_customers).sum())
    }

    /// The operation that would carry a record under a grant.
    fn operation_under<'a>(
        &mut self,
        record: &'a GrantRecord,
        token: SubjectToken,
    ) -> Result<Operation<'a>, Failure> {
        let gpc = self.gpc;
        let enrolment = self.enrolment()?;
        let grant = &record.grant;
        Ok(Operation {
            workspace: enrolment.workspace,
            device: enrolment.device(),
            origin: &grant.origin,
            lane: grant.purpose.terms().lane,
            purpose: grant.purpose,
            grant: grant.id,
            token,
            groups: grant.groups,
            gpc,
        })
    }

    pub(super) fn customer_consents(&mut self, id: i64) -> Result<CustomerConsent, Failure> {
        let customer = self.store()?.customer(CustomerId(id))?.id;
        let purposes = Purpose::ALL.iter().map(|purpose| self.customer_basis(customer, *purpose));
        Ok(CustomerConsent {
            purposes: purposes.collect::<Result<_, _>>()?,
            is_restricted: self.store()?.is_restricted(customer)?,
            recipients: self.recipients(customer)?,
        })
    }

    /// Who has, or had, something about a customer.
    fn recipients(&mut self, customer: CustomerId) -> Result<Vec<String>, Failure> {
        if !self.is_connected() || !self.store()?.has_travelled(customer)? {
            return Ok(Vec::new());
        }
        Ok(vec![self.enrolment()?.origin.clone()])
    }

    fn customer_basis(&mut self, customer: CustomerId, purpose: Purpose) -> Result<CustomerBasis, Failure> {
        let now_millis = self.platform.now_millis();
        let store = self.store()?;
        let token = store.token_of(customer, purpose)?;
        let basis = match (store.noted_basis(customer, purpose)?, token) {
            (Some(noted), _) => Some(noted),
            (None, Some(token)) => store.standing_of(token, purpose)?.0,
            (None, None) => None,
        };
        let evidence = match basis.and_then(|basis| basis.evidence) {
            Some(hash) => store.basis_note(hash)?,
            None => None,
        };
        let reason = self.objection(purpose, token, now_millis)?;
        Ok(CustomerBasis {
            purpose: purpose.key().to_owned(),
            basis: basis.map(|basis| name(&basis.basis)),
            state: basis.as_ref().map_or("none", |basis| state_of(basis, now_millis)).to_owned(),
            method: basis.map(|basis| name(&basis.method)),
            evidence,
            obtained_at_millis: basis.map(|basis| basis.obtained_at as f64),
            expires_at_millis: basis.and_then(|basis| basis.expires_at).map(|millis| millis as f64),
            is_covered: reason.is_none(),
            reason,
        })
    }

    /// Why a record would not travel for a purpose now.
    fn objection(
        &mut self,
        purpose: Purpose,
        token: Option<SubjectToken>,
        now_millis: i64,
    ) -> Result<Option<String>, Failure> {
        let no_grant = Some(name(&stillroom_consent::Reason::NoGrant));
        if !self.is_connected() {
            return Ok(no_grant);
        }
        let Some(record) = self.live_grant(purpose)? else { return Ok(no_grant) };
        let operation = self.operation_under(&record, token.unwrap_or(SubjectToken([0; 32])))?;
        Ok(match self.store()?.decide(&operation, now_millis)? {
            Decision::Allow => None,
            Decision::Deny(reason) => Some(name(&reason)),
        })
    }
}

fn state_of(basis: &SubjectBasis, now_millis: i64) -> &'static str {
    match basis.state {
        BasisState::Given if basis.expires_at.is_some_and(|end| now_millis >= end) => "expired",
        BasisState::Given => "given",
        BasisState::Refused => "refused",
        BasisState::Withdrawn => "withdrawn",
        BasisState::Objected => "objected",
    }
}
