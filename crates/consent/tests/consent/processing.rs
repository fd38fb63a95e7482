//! The record of processing lists what any grant ever allowed to leave the device, and which grant to send under.

use crate::common::{DAY, NOW, ORIGIN, Signer, grant, server};
use stillroom_consent::grant::newest_live;
use stillroom_consent::receipt::Party;
use stillroom_consent::{
    Controller, FieldGroup, GrantId, GrantRecord, Groups, Hash, Purpose, SyncGrant, processing_record,
};

fn record(grant: SyncGrant) -> GrantRecord {
    GrantRecord { grant, withdrawn_at: None }
}

fn controller() -> Controller {
    Controller { party_name: "Corner Shop".to_owned(), party_contact: "privacy@example.org".to_owned() }
}

#[test]
fn without_a_grant_nothing_is_listed() {
    let made = processing_record(&controller(), &[], NOW);
    assert_eq!(made.activities, []);
    assert_eq!(made.pii_controllers, [controller()]);
    assert_eq!(made.created_at, NOW);
}

#[test]
fn grants_for_one_purpose_and_server_are_one_activity() {
    let few = Groups::of(&[FieldGroup::Commercial]);
    let later = SyncGrant { groups: few, valid_from: NOW + DAY, ..grant(1, Purpose::HostedReport) };
    let earlier = SyncGrant { groups: Groups::of(&[FieldGroup::Scores]), ..grant(2, Purpose::HostedReport) };
    let elsewhere = SyncGrant { origin: "https://other.example.org".to_owned(), ..earlier.clone() };
    let other_key = SyncGrant { server_key: Signer::new(5).key(), ..earlier.clone() };
    let withdrawn = GrantRecord { grant: grant(3, Purpose::Backup), withdrawn_at: Some(NOW) };
    let grants = [record(later), withdrawn, record(earlier), record(elsewhere), record(other_key)];
    let made = processing_record(&controller(), &grants, NOW);
    assert_eq!(made.activities.len(), 4);
    let (backup, reports) = made.activities.split_first().unwrap();
    assert_eq!((backup.purpose, backup.is_live), (Purpose::Backup, false));
    assert_eq!(backup.grants[0].withdrawn_at, Some(NOW));
    assert_eq!((backup.retention_period.as_str(), backup.pii_information.len()), ("P400D", 6));
    assert!(backup.measures.contains(&"https://w3id.org/dpv#EndToEndEncryption"));
    let here = Party::server(ORIGIN, &server().key());
    let report = reports.iter().find(|activity| activity.recipient_third_parties[0] == here).unwrap();
    let groups: Vec<_> = report.pii_information.iter().map(|pii| pii.pii_type).collect();
    assert_eq!(groups, [FieldGroup::Commercial, FieldGroup::Scores]);
    let ids: Vec<_> = report.grants.iter().map(|given| given.grant).collect();
    assert_eq!(ids, [GrantId([2; 16]), GrantId([1; 16])], "the oldest first");
    assert_eq!(report.grants[0].validity_duration.from, NOW);
    assert_eq!(report.grants[0].privacy_notice, Hash([9; 32]));
    assert!(report.is_live && !report.measures.contains(&"https://w3id.org/dpv#EndToEndEncryption"));
    assert_eq!(
        report.lawful_basis,
        ["https://w3id.org/dpv/legal/eu/gdpr#A6-1-a", "https://w3id.org/dpv/legal/eu/gdpr#A6-1-b"]
    );
}

#[test]
fn the_record_is_json_with_the_receipts_names() {
    let made = processing_record(&controller(), &[record(grant(1, Purpose::Backup))], NOW);
    let json: serde_json::Value = serde_json::from_str(&made.to_json()).unwrap();
    assert_eq!(json["schema_version"], "stillroom-processing/1");
    assert_eq!(json["pii_controllers"][0]["party_name"], "Corner Shop");
    let activity = &json["activities"][0];
    assert_eq!(activity["purpose"], "backup");
    assert_eq!(activity["pii_information"][0]["pii_type"], "identity");
    assert_eq!(activity["recipient_third_parties"][0]["party_url"], ORIGIN);
    assert_eq!(activity["grants"][0]["validity_duration"]["from"], NOW);
    assert!(activity["grants"][0].get("withdrawn_at").is_none());
}

#[test]
fn a_grant_is_live_between_its_ends_unless_withdrawn_or_outdated() {
    let live = record(grant(1, Purpose::Backup));
    for (now, expected) in
        [(NOW - 1, false), (NOW, true), (NOW + 365 * DAY - 1, true), (NOW + 365 * DAY, false)]
    {
        assert_eq!(live.is_live(now), expected, "{now}");
    }
    assert!(!GrantRecord { withdrawn_at: Some(NOW + DAY), ..live.clone() }.is_live(NOW));
    let outdated = SyncGrant { version: 0, ..grant(1, Purpose::Backup) };
    assert!(!record(outdated).is_live(NOW));
}

#[test]
fn of_two_live_grants_the_newest_is_sent_under() {
    let older = record(grant(1, Purpose::Backup));
    let newer = record(SyncGrant { valid_from: NOW + 1, ..grant(2, Purpose::Backup) });
    let twin = record(SyncGrant { valid_from: NOW + 1, ..grant(3, Purpose::Backup) });
    let report = record(grant(4, Purpose::HostedReport));
    let elsewhere =
        record(SyncGrant { origin: "https://other.example.org".to_owned(), ..grant(5, Purpose::Backup) });
    let all = [elsewhere, twin.clone(), older.clone(), report, newer];
    let chosen = |records: &[GrantRecord], now| {
        newest_live(records, Purpose::Backup, ORIGIN, now).map(|record| record.grant.id)
    };
    assert_eq!(chosen(&all, NOW), Some(older.grant.id), "the others have not begun");
    assert_eq!(chosen(&all, NOW + 1), Some(twin.grant.id));
    assert_eq!(chosen(&all[..1], NOW), None);
    assert_eq!(chosen(&all, NOW - 1), None);
}
