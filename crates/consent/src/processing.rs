//! The record of processing activities (Art 30 GDPR) of what travels: for each purpose and server the categories of data, the
//! recipient, how long it is kept, the measures, and the grants it rests on.
//!
//! What stays on the device is the operator's own to describe; this lists what a grant ever allowed to leave it. The field names and
//! terms are those of the receipts.

use crate::receipt::{Party, PiiInformation, Validity};
use crate::{GrantId, GrantRecord, Groups, Hash, Lane, Purpose, terms};
use serde::Serialize;
use std::collections::BTreeMap;

/// Who decides about the processing, as the operator writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Controller {
    /// Name of the person or organisation.
    pub party_name: String,
    /// How to reach them, and their data protection officer where there is one.
    pub party_contact: String,
}

/// The record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProcessingRecord {
    /// Which fields follow.
    pub schema_version: &'static str,
    /// When it was made, in milliseconds since 1970.
    pub created_at: i64,
    /// Who decides.
    pub pii_controllers: [Controller; 1],
    /// Whose data it is, a term.
    pub pii_principals: &'static str,
    /// One for each purpose and server.
    pub activities: Vec<Activity>,
}

/// Processing for one purpose by one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// The purpose.
    pub purpose: Purpose,
    /// The purpose as a term.
    pub purpose_type: &'static str,
    /// Whether a grant allows it at the time of the record.
    pub is_live: bool,
    /// The bases that a customer's data may rest on, terms.
    pub lawful_basis: Vec<&'static str>,
    /// Every category that a grant of this activity names or named.
    pub pii_information: Vec<PiiInformation>,
    /// The server.
    pub recipient_third_parties: [Party; 1],
    /// How long the server keeps what it got: an ISO 8601 duration.
    pub retention_period: String,
    /// Technical and organisational measures, terms.
    pub measures: Vec<&'static str>,
    /// The grants, oldest first.
    pub grants: Vec<GivenGrant>,
}

/// A grant and its dates, in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GivenGrant {
    /// Which.
    pub grant: GrantId,
    /// SHA-256 of the notice that was shown.
    pub privacy_notice: Hash,
    /// From when until when it holds.
    pub validity_duration: Validity,
    /// When it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<i64>,
}

/// Builds the record as of `now_millis` from all grants of a workspace, in any order.
#[must_use]
pub fn processing_record(
    controller: &Controller,
    grants: &[GrantRecord],
    now_millis: i64,
) -> ProcessingRecord {
    let mut by_activity: BTreeMap<_, Vec<&GrantRecord>> = BTreeMap::new();
    for record in grants {
        let grant = &record.grant;
        by_activity.entry((grant.purpose, grant.origin.as_str(), grant.server_key)).or_default().push(record);
    }
    let activities = by_activity.into_iter().map(|((purpose, origin, key), mut records)| {
        records.sort_by_key(|record| (record.grant.valid_from, record.grant.id));
        activity(purpose, Party::server(origin, &key), &records, now_millis)
    });
    ProcessingRecord {
        schema_version: "stillroom-processing/1",
        created_at: now_millis,
        pii_controllers: [controller.clone()],
        pii_principals: terms::CUSTOMER,
        activities: activities.collect(),
    }
}

fn activity(purpose: Purpose, recipient: Party, records: &[&GrantRecord], now_millis: i64) -> Activity {
    let purpose_terms = purpose.terms();
    let groups = records.iter().fold(Groups::NONE, |groups, record| groups.or(record.grant.groups));
    Activity {
        purpose,
        purpose_type: purpose_terms.iri,
        is_live: records.iter().any(|record| record.is_live(now_millis)),
        lawful_basis: purpose_terms.bases.iter().map(|basis| terms::lawful_basis(*basis)).collect(),
        pii_information: groups.iter().map(PiiInformation::of).collect(),
        recipient_third_parties: [recipient],
        retention_period: purpose_terms.retention(),
        measures: measures(purpose_terms.lane),
        grants: records.iter().map(|record| given(record)).collect(),
    }
}

fn given(record: &GrantRecord) -> GivenGrant {
    let grant = &record.grant;
    GivenGrant {
        grant: grant.id,
        privacy_notice: grant.notice,
        validity_duration: Validity { from: grant.valid_from, until: grant.expires_at },
        withdrawn_at: record.withdrawn_at,
    }
}

fn measures(lane: Lane) -> Vec<&'static str> {
    match lane {
        Lane::Sealed => [terms::MEASURES_OF_ALL.as_slice(), &terms::MEASURES_OF_SEALED].concat(),
        Lane::Readable => terms::MEASURES_OF_ALL.to_vec(),
    }
}

impl ProcessingRecord {
    /// The record as an indented JSON text.
    ///
    /// # Panics
    /// Never: it holds no value that JSON cannot, and writing to memory does not fail.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a record has a JSON form, and memory takes it")
    }
}
