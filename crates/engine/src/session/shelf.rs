//! What did not simply travel: changes that may not, and values that two devices wrote without knowing of each other.

use std::collections::BTreeMap;

use stillroom_consent::Purpose;
use stillroom_records::{CustomerId, FieldKey};
use stillroom_store::sync::{
    asked::Held,
    changes::{ChangedPart, HeldReason},
    conflicts::{Choice, Conflict, SHELF_MILLIS},
    content::PartContent,
};

use super::{Session, consent::name, customers::text};
use crate::{
    platform::Platform,
    protocol::{ConflictInfo, Failure, ParkedInfo},
};

/// Most conflicts that a page is given.
const MAX_CONFLICTS: usize = 500;
/// Most held changes that are read at once.
const MAX_PARKED: u32 = 1_000;

impl<P: Platform> Session<P> {
    pub(super) fn parked(&mut self, offset: u32, limit: u32) -> Result<Vec<ParkedInfo>, Failure> {
        let now_millis = self.platform.now_millis();
        let held = self.store()?.held_changes(offset as usize, limit.min(MAX_PARKED) as usize)?;
        let info = |held: Held| ParkedInfo {
            customer: Some(held.customer.0),
            group: match held.part {
                ChangedPart::Part(group, _) => Some(group.key().to_owned()),
                ChangedPart::Deletion => None,
            },
            purpose: held.purpose.key().to_owned(),
            reason: match held.reason {
                HeldReason::Consent(reason) => name(&reason),
                other => name(&other),
            },
            at_millis: held.since_millis.unwrap_or(now_millis) as f64,
        };
        Ok(held.into_iter().map(info).collect())
    }

    /// Lets parked changes be tried again; the answer is how many.
    pub(super) fn retry_parked(&mut self) -> Result<u64, Failure> {
        self.enrolment()?;
        let now_millis = self.platform.now_millis();
        let n_released = self.store_for_write()?.sync_transaction(now_millis, |tx| {
            let mut n_released = 0;
            for purpose in Purpose::ALL {
                n_released += tx.release_held(purpose)?;
            }
            Ok::<_, Failure>(n_released)
        })?;
        self.wake_sync();
        Ok(n_released)
    }

    pub(super) fn conflicts(&mut self) -> Result<Vec<ConflictInfo>, Failure> {
        let now_millis = self.platform.now_millis();
        let store = self.store()?;
        store.expire_conflicts(now_millis)?;
        let conflicts = store.conflicts(0, MAX_CONFLICTS)?;
        conflicts.iter().map(|conflict| self.conflict_info(conflict)).collect()
    }

    fn conflict_info(&mut self, conflict: &Conflict) -> Result<ConflictInfo, Failure> {
        let own = self.enrolment().ok().map(|enrolment| enrolment.device());
        let (kept, other) = (words(&conflict.kept), words(&conflict.other));
        let mut keys: Vec<&String> = kept.keys().chain(other.keys()).collect();
        keys.sort();
        keys.dedup();
        let value = |of: &BTreeMap<String, String>, key: &String| of.get(key).cloned().unwrap_or_default();
        Ok(ConflictInfo {
            id: conflict.id,
            customer: conflict.customer.0,
            name: self.called(conflict.customer)?,
            group: conflict.other.group.key().to_owned(),
            at_millis: conflict.noticed_millis as f64,
            until_millis: conflict.noticed_millis.saturating_add(SHELF_MILLIS) as f64,
            is_ours: own.is_some_and(|own| own != conflict.other_device),
            fields: keys
                .into_iter()
                .map(|key| (key.clone(), value(&kept, key), value(&other, key)))
                .filter(|(_, kept, other)| kept != other)
                .collect(),
        })
    }

    pub(super) fn settle_conflict(&mut self, id: i64, take_other: bool) -> Result<(), Failure> {
        let now_millis = self.platform.now_millis();
        let choice = if take_other { Choice::Other } else { Choice::Keep };
        self.store_for_write()?.resolve_conflict(id, choice, now_millis)?;
        self.views.clear();
        self.wake_sync();
        Ok(())
    }

    /// What people call a customer; its number when it has no name, or is gone.
    fn called(&mut self, customer: CustomerId) -> Result<String, Failure> {
        let number = customer.0.to_string();
        let Ok(found) = self.store()?.customer(customer) else { return Ok(number) };
        let names = ["name", "external_id"].map(|key| {
            let of_key = |(field, _): &&(stillroom_records::FieldDefinition, _)| field.key.as_str() == key;
            found.fields.iter().find(of_key).map(|(_, value)| text(value)).filter(|text| !text.is_empty())
        });
        Ok(names.into_iter().flatten().next().unwrap_or(number))
    }
}

/// A part as pairs of field and text.
fn words(content: &PartContent) -> BTreeMap<String, String> {
    let fields = content.fields.iter().chain(&content.scores);
    let mut words: BTreeMap<String, String> =
        fields.map(|field| (FieldKey::as_str(&field.key).to_owned(), text(&field.value))).collect();
    for (position, line) in content.lines.iter().enumerate() {
        words.insert(format!("line {:04}", position + 1), format!("{} × {}", line.quantity, line.item_code));
    }
    words
}
