//! The order in which entries of the ledger wait: what ends a consent overtakes what gives one.

use stillroom_consent::{Event, GrantId};

/// Whether an entry waits for nothing but the entries it needs.
fn overtakes(later: &Event, earlier: &Event) -> bool {
    later.is_ending() && !earlier.is_ending() && !needs(later, earlier)
}

/// Whether `later` would mean something else, or nothing, in front of `earlier`.
fn needs(later: &Event, earlier: &Event) -> bool {
    match (later, earlier) {
        (Event::GrantWithdrawn { grant }, _) => named_grant(earlier) == Some(*grant),
        (Event::Bases { purpose, tokens, .. }, Event::Bases { purpose: other, tokens: others, .. }) => {
            purpose == other && tokens.iter().any(|token| others.contains(token))
        }
        (Event::Restricted { tokens, .. }, Event::Restricted { tokens: others, .. }) => {
            tokens.iter().any(|token| others.contains(token))
        }
        (_, Event::DeviceAdded(_)) => true,
        _ => false,
    }
}

fn named_grant(event: &Event) -> Option<GrantId> {
    match event {
        Event::GrantGiven(grant) => Some(grant.id),
        Event::GrantWithdrawn { grant } | Event::Members { grant, .. } => Some(*grant),
        _ => None,
    }
}

/// Moves every ending in front of the entries it does not need, and changes nothing else in the order. `event_of` finds the event
/// of an item.
pub fn urgent_first<T>(items: &mut [T], event_of: impl Fn(&T) -> &Event) {
    for start in 1..items.len() {
        let mut at = start;
        while at > 0 && overtakes(event_of(&items[at]), event_of(&items[at - 1])) {
            items.swap(at - 1, at);
            at -= 1;
        }
    }
}
