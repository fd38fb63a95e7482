//! What the privacy pages decide without a browser: what leaves, who is covered, how the sync stands, what a typed form asks.

use stillroom_engine::protocol::{BasisCounts, DeviceView, GrantInfo, PrivacyInfo, PurposeInfo};

const MILLIS_A_MINUTE: f64 = 60_000.0;
/// How often a connected device asks whether others have sent something.
const LOOK_EVERY_MILLIS: f64 = 30_000.0;
/// Shortest time between two exchanges that nobody asked for.
const REST_MILLIS: f64 = 3_000.0;
/// How often the engine is asked how an exchange of its own goes.
const NEWS_MILLIS: f64 = 2_000.0;
/// Months a grant can be given for; the longest life is thirteen months of thirty-one days.
pub const GRANT_MONTHS: [u32; 5] = [1, 3, 6, 12, 13];

/// The grant of a purpose while it holds.
pub fn live_grant(purpose: &PurposeInfo, now_millis: f64) -> Option<&GrantInfo> {
    purpose
        .grant
        .as_ref()
        .filter(|grant| grant.valid_from_millis <= now_millis && now_millis < grant.expires_at_millis)
}

/// The purposes that send something now.
pub fn sending(info: &PrivacyInfo, now_millis: f64) -> impl Iterator<Item = &PurposeInfo> {
    info.purposes.iter().filter(move |purpose| live_grant(purpose, now_millis).is_some())
}

/// Days of a grant for so many months.
pub fn grant_days(months: u32) -> u32 {
    if months == 12 { 365 } else { months.min(13) * 30 }
}

/// Why customers do not travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// Nothing was recorded.
    None,
    /// They said no.
    Refused,
    /// They took it back.
    Withdrawn,
    /// They objected.
    Objected,
    /// It has ended.
    Expired,
    /// The basis holds, but the scope, a restriction or a signal keeps them here.
    Held,
}

/// How many customers travel for a purpose, and what keeps the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Customers that travel, or would once consent is given.
    pub travels: u64,
    /// All customers.
    pub total: u64,
    /// What keeps the others here; nothing with a count of zero.
    pub gaps: Vec<(Gap, u64)>,
}

/// The coverage of a purpose.
pub fn coverage(purpose: &PurposeInfo, now_millis: f64) -> Coverage {
    let BasisCounts { given, refused, withdrawn, objected, expired, none } = purpose.customers;
    let is_granted = live_grant(purpose, now_millis).is_some();
    let travels = if is_granted || purpose.n_covered > 0 { purpose.n_covered.min(given) } else { given };
    let gaps = [
        (Gap::None, none),
        (Gap::Refused, refused),
        (Gap::Withdrawn, withdrawn),
        (Gap::Objected, objected),
        (Gap::Expired, expired),
        (Gap::Held, given - travels),
    ];
    Coverage {
        travels,
        total: given + refused + withdrawn + objected + expired + none,
        gaps: gaps.into_iter().filter(|(_, n)| *n > 0).collect(),
    }
}

/// What the frame of the app says about the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No grant holds, and nothing waits to be taken back.
    NothingLeaves,
    /// No grant holds; the server still has to hear of it.
    TakingBack,
    /// A grant holds and nothing waits.
    Synced,
    /// A grant holds and so many changes wait.
    Waiting(u64),
    /// An exchange runs.
    Running,
    /// Something is in the way; it is tried again.
    Retry,
    /// Something is in the way that needs a person.
    Stopped,
    /// So many conflicts wait for a choice.
    Conflicts(u64),
}

/// How the workspace stands, worst first.
pub fn standing(info: &PrivacyInfo, now_millis: f64) -> Standing {
    let waiting: u64 = info.sync.waiting.iter().map(|(_, n)| n).sum();
    let sends = sending(info, now_millis).next().is_some();
    match info.sync.phase.as_str() {
        "stopped" => Standing::Stopped,
        "off" => Standing::NothingLeaves,
        _ if info.server.is_none() => Standing::NothingLeaves,
        "running" if sends => Standing::Running,
        "waiting" if sends => Standing::Retry,
        "waiting" | "running" => Standing::TakingBack,
        _ if !sends => Standing::NothingLeaves,
        _ if info.sync.conflicts > 0 => Standing::Conflicts(info.sync.conflicts),
        _ if waiting > 0 => Standing::Waiting(waiting),
        _ => Standing::Synced,
    }
}

/// Whether an exchange is due that nobody asked for: something waits, its time has come, or others may have sent.
pub fn exchange_is_due(info: &PrivacyInfo, last_try_millis: f64, now_millis: f64) -> bool {
    let since = now_millis - last_try_millis;
    if info.server.is_none() || since < REST_MILLIS {
        return false;
    }
    match info.sync.phase.as_str() {
        "waiting" => info.sync.next_attempt_millis.map_or(since >= LOOK_EVERY_MILLIS, |at| now_millis >= at),
        "idle" => since >= LOOK_EVERY_MILLIS || info.sync.waiting.iter().any(|(_, n)| *n > 0),
        _ => false,
    }
}

/// Whether it is time to ask the engine again how things stand: only while an exchange of its own is under way, for it answers
/// at the end of those this page asked for. Nothing is requested by asking.
pub fn news_are_due(info: &PrivacyInfo, last_news_millis: f64, now_millis: f64) -> bool {
    info.server.is_some() && info.sync.phase == "running" && now_millis - last_news_millis >= NEWS_MILLIS
}

/// Whether a device can be revoked from here: never this one, never one that was revoked, and never the last.
pub fn can_revoke(device: &DeviceView, all: &[DeviceView]) -> bool {
    let someone_stays = all.iter().any(|other| other.id != device.id && !other.is_revoked);
    !device.is_this && !device.is_revoked && someone_stays
}

/// A time that is left, as minutes and seconds: `9:05`; `0:00` once it is over.
pub fn time_left(until_millis: f64, now_millis: f64) -> String {
    let left = (until_millis - now_millis).max(0.0);
    let minutes = (left / MILLIS_A_MINUTE).floor();
    let seconds = ((left - minutes * MILLIS_A_MINUTE) / 1_000.0).floor();
    format!("{minutes:.0}:{seconds:02.0}")
}

/// The groups in a purpose's order after one of them was ticked or not.
pub fn with_group(chosen: &[String], all: &[String], group: &str, is_chosen: bool) -> Vec<String> {
    let keeps = |own: &String| if own == group { is_chosen } else { chosen.contains(own) };
    all.iter().filter(|own| keeps(own)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stillroom_engine::protocol::{ServerView, SyncInfo};

    const NOW: f64 = 1_000_000.0;

    fn purpose(grant_ends: Option<f64>) -> PurposeInfo {
        PurposeInfo {
            purpose: "backup".to_owned(),
            version: 1,
            lane: "sealed".to_owned(),
            groups: ["identity", "contact", "notes"].map(str::to_owned).to_vec(),
            columns: Vec::new(),
            bases: vec!["consent".to_owned()],
            retention_days: 400,
            is_shared: false,
            grant: grant_ends.map(|expires_at_millis| GrantInfo {
                id: "g".to_owned(),
                groups: vec!["identity".to_owned()],
                scope: None,
                valid_from_millis: NOW - 10.0,
                expires_at_millis,
                is_recorded: true,
            }),
            customers: BasisCounts { given: 90, refused: 1, withdrawn: 2, objected: 3, expired: 0, none: 4 },
            n_covered: 0,
        }
    }

    fn info(phase: &str, grant_ends: Option<f64>, waiting: u64, conflicts: u64) -> PrivacyInfo {
        PrivacyInfo {
            server: Some(ServerView {
                origin: "https://example.org".to_owned(),
                fingerprint: String::new(),
                workspace: String::new(),
                device: String::new(),
            }),
            server_offers_sync: Some(true),
            gpc: false,
            purposes: vec![purpose(grant_ends)],
            sync: SyncInfo {
                phase: phase.to_owned(),
                waiting: vec![("backup".to_owned(), waiting)],
                conflicts,
                ..SyncInfo::default()
            },
        }
    }

    #[test]
    fn a_grant_holds_from_its_beginning_until_just_before_its_end() {
        for (ends, holds) in [(None, false), (Some(NOW), false), (Some(NOW + 1.0), true)] {
            assert_eq!(live_grant(&purpose(ends), NOW).is_some(), holds, "{ends:?}");
        }
        assert!(live_grant(&purpose(Some(NOW + 1.0)), NOW - 11.0).is_none(), "not yet");
    }

    #[test]
    fn coverage_counts_everybody_once_and_names_what_keeps_them() {
        let would = coverage(&purpose(None), NOW);
        assert_eq!((would.travels, would.total), (90, 100));
        assert_eq!(would.gaps, [(Gap::None, 4), (Gap::Refused, 1), (Gap::Withdrawn, 2), (Gap::Objected, 3)]);
        let does = coverage(&PurposeInfo { n_covered: 60, ..purpose(Some(NOW + 1.0)) }, NOW);
        assert_eq!(does.gaps.last(), Some(&(Gap::Held, 30)));
        assert_eq!(does.travels + does.gaps.iter().map(|(_, n)| n).sum::<u64>(), does.total);
    }

    #[test]
    fn the_badge_tells_the_truth_in_every_phase() {
        let held = Some(NOW + 1.0);
        for (phase, grant, waiting, conflicts, expected) in [
            ("off", None, 0, 0, Standing::NothingLeaves),
            ("idle", None, 0, 0, Standing::NothingLeaves),
            ("waiting", None, 0, 0, Standing::TakingBack),
            ("running", None, 0, 0, Standing::TakingBack),
            ("idle", held, 0, 0, Standing::Synced),
            ("idle", held, 5, 0, Standing::Waiting(5)),
            ("idle", held, 5, 2, Standing::Conflicts(2)),
            ("running", held, 5, 2, Standing::Running),
            ("waiting", held, 5, 0, Standing::Retry),
            ("stopped", held, 0, 0, Standing::Stopped),
        ] {
            assert_eq!(
                standing(&info(phase, grant, waiting, conflicts), NOW),
                expected,
                "{phase} {grant:?} {waiting}"
            );
        }
        let unconnected = PrivacyInfo { server: None, ..info("idle", None, 0, 0) };
        assert_eq!(standing(&unconnected, NOW), Standing::NothingLeaves);
    }

    #[test]
    fn nothing_is_exchanged_unasked_without_a_server_or_a_reason() {
        let held = Some(NOW + 1.0);
        for (phase, waiting, since, expected) in [
            ("off", 0, 1e9, false),
            ("stopped", 5, 1e9, false),
            ("running", 5, 1e9, false),
            ("idle", 0, 29_000.0, false),
            ("idle", 0, 30_000.0, true),
            ("idle", 1, 3_000.0, true),
            ("idle", 1, 2_000.0, false),
        ] {
            assert_eq!(
                exchange_is_due(&info(phase, held, waiting, 0), NOW - since, NOW),
                expected,
                "{phase} {since}"
            );
        }
        let unconnected = PrivacyInfo { server: None, ..info("idle", held, 5, 0) };
        assert!(!exchange_is_due(&unconnected, 0.0, NOW));
    }

    #[test]
    fn news_are_asked_for_only_while_an_exchange_runs() {
        let held = Some(NOW + 1.0);
        for (phase, since, expected) in [
            ("running", 2_000.0, true),
            ("running", 1_999.0, false),
            ("idle", 1e9, false),
            ("waiting", 1e9, false),
            ("off", 1e9, false),
        ] {
            assert_eq!(news_are_due(&info(phase, held, 0, 0), NOW - since, NOW), expected, "{phase} {since}");
        }
        let unconnected = PrivacyInfo { server: None, ..info("running", held, 0, 0) };
        assert!(!news_are_due(&unconnected, 0.0, NOW));
    }

    #[test]
    fn neither_this_device_nor_the_last_one_can_be_revoked() {
        let device = |id: &str, is_this, is_revoked| DeviceView {
            id: id.to_owned(),
            is_this,
            enrolled_at_millis: NOW,
            last_seen_millis: NOW,
            behind: 0,
            is_revoked,
        };
        for (all, expected) in [
            (vec![device("a", true, false)], vec![false]),
            (vec![device("a", true, false), device("b", false, false)], vec![false, true]),
            (vec![device("a", true, false), device("b", false, true)], vec![false, false]),
            (vec![device("a", true, true), device("b", false, false)], vec![false, false]),
        ] {
            let found: Vec<bool> = all.iter().map(|one| can_revoke(one, &all)).collect();
            assert_eq!(found, expected, "{all:?}");
        }
    }

    #[test]
    fn a_waiting_exchange_keeps_its_time() {
        let mut waits = info("waiting", Some(NOW + 1.0), 1, 0);
        waits.sync.next_attempt_millis = Some(NOW + 1.0);
        assert!(!exchange_is_due(&waits, 0.0, NOW));
        assert!(exchange_is_due(&waits, 0.0, NOW + 1.0));
    }

    #[test]
    fn the_time_left_counts_down_to_nothing() {
        for (left, expected) in
            [(600_000.0, "10:00"), (599_999.0, "9:59"), (65_000.0, "1:05"), (999.0, "0:00"), (-5.0, "0:00")]
        {
            assert_eq!(time_left(NOW + left, NOW), expected);
        }
    }

    #[test]
    fn no_grant_is_longer_than_thirteen_months() {
        for months in GRANT_MONTHS {
            assert!((28..=403).contains(&grant_days(months)), "{months}");
        }
    }

    #[test]
    fn groups_stay_in_the_terms_order_and_within_them() {
        let all = ["identity", "contact", "notes"].map(str::to_owned);
        let chosen = with_group(&["notes".to_owned()], &all, "identity", true);
        assert_eq!(chosen, ["identity", "notes"]);
        assert_eq!(with_group(&chosen, &all, "notes", false), ["identity"]);
        assert_eq!(with_group(&chosen, &all, "foreign", true), chosen);
    }
}
