//! Which fields an analysis may learn from, and which to look at twice.

use stillroom_engine::protocol::FieldInfo;
use stillroom_engine::reply::ColumnProfile;

/// More levels than this in a category are names or ids rather than kinds.
const MOST_LEVELS: u64 = 50;
/// More classes than this leave too few rows for each.
const MOST_CLASSES: u64 = 20;
/// Below this share of filled rows a column says more about who was asked than about the answer.
const LEAST_FILLED: f64 = 0.5;

/// Why a column should be looked at twice before learning from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Nearly every row has its own value: an id.
    LooksLikeId,
    /// One value in every row.
    Constant,
    /// Empty in most rows.
    MostlyMissing,
    /// A model wrote it, perhaps from the target.
    FromModel,
    /// Named like the target: perhaps recorded with it.
    NamedLikeTarget,
}

/// A column one may choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its key.
    pub key: String,
    /// Its type: `number`, `category` or `boolean`.
    pub value_type: String,
    /// The share of customers that have a value, from 0 to 1.
    pub filled: f64,
    /// Why to look twice.
    pub doubts: Vec<Doubt>,
}

/// Whether an analysis can learn from a field's values.
pub fn is_usable(field: &FieldInfo) -> bool {
    matches!(field.value_type.as_str(), "number" | "category" | "boolean") && field.filled > 0
}

/// Whether a profile describes a field: the engine calls custom fields by their headings, others by their keys.
pub fn is_profile_of(profile: &ColumnProfile, field: &FieldInfo) -> bool {
    profile.name == field.key || profile.name == field.label
}

/// The fields an analysis may learn from, with what to look at twice; `profiles` and `target` sharpen the look.
pub fn candidates(
    fields: &[FieldInfo],
    n_customers: u64,
    profiles: &[ColumnProfile],
    target: Option<&str>,
) -> Vec<Candidate> {
    fields
        .iter()
        .filter(|field| is_usable(field) && Some(field.key.as_str()) != target)
        .map(|field| {
            let profile = profiles.iter().find(|profile| is_profile_of(profile, field));
            Candidate {
                key: field.key.clone(),
                value_type: field.value_type.clone(),
                filled: if n_customers == 0 {
                    0.0
                } else {
                    (field.filled as f64 / n_customers as f64).min(1.0)
                },
                doubts: doubts(field, n_customers, profile, target),
            }
        })
        .collect()
}

fn doubts(
    field: &FieldInfo,
    n_customers: u64,
    profile: Option<&ColumnProfile>,
    target: Option<&str>,
) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    if profile.is_some_and(looks_like_id) {
        doubts.push(Doubt::LooksLikeId);
    }
    if profile.is_some_and(|profile| profile.distinct <= 1) {
        doubts.push(Doubt::Constant);
    }
    if (field.filled as f64) < LEAST_FILLED * n_customers as f64 {
        doubts.push(Doubt::MostlyMissing);
    }
    if matches!(field.origin.as_str(), "label" | "score") {
        doubts.push(Doubt::FromModel);
    }
    if target.is_some_and(|target| is_named_like(&field.key, target)) {
        doubts.push(Doubt::NamedLikeTarget);
    }
    doubts
}

/// Categories with a level for nearly every row, and whole numbers that count rows.
fn looks_like_id(profile: &ColumnProfile) -> bool {
    let is_all_different = profile.count > 20 && profile.distinct as f64 > 0.9 * profile.count as f64;
    match (profile.value_type.as_str(), profile.min, profile.max) {
        ("number", Some(min), Some(max)) => {
            let is_whole = min.fract() == 0.0 && max.fract() == 0.0;
            is_whole && profile.distinct == profile.count && profile.count > 20 && {
                let room = max - min + 1.0;
                room <= 1.5 * profile.count as f64 || is_id_name(&profile.name)
            }
        }
        ("number", ..) => false,
        _ => is_all_different || profile.distinct > MOST_LEVELS.max(profile.count / 4),
    }
}

fn is_id_name(name: &str) -> bool {
    name.split('_').any(|word| matches!(word, "id" | "no" | "nr" | "number" | "code" | "编号" | "号码"))
        || name.ends_with("id")
}

fn is_named_like(key: &str, target: &str) -> bool {
    let (key, target) = (key.to_lowercase(), target.to_lowercase());
    target.chars().count() >= 4
        && (key.contains(&target) || (key.chars().count() >= 4 && target.contains(&key)))
}

/// What a target is good for.
#[derive(Debug, Clone, PartialEq)]
pub enum TargetKind {
    /// A number.
    Number,
    /// Two classes, the second of which counts as yes.
    TwoClasses(String, String),
    /// One value only: nothing to tell apart.
    Constant,
    /// So many classes, more than two.
    Classes(u64),
    /// More classes than can be told apart.
    ManyClasses(u64),
    /// Nearly every row has its own value.
    Id,
}

/// What a column is good for as a target.
pub fn target_kind(profile: &ColumnProfile) -> TargetKind {
    if profile.distinct <= 1 {
        return TargetKind::Constant;
    }
    if profile.value_type == "number" && profile.distinct > 2 {
        return if looks_like_id(profile) { TargetKind::Id } else { TargetKind::Number };
    }
    if profile.distinct == 2 {
        let mut classes: Vec<String> = profile.levels.iter().map(|(level, _)| level.clone()).collect();
        if classes.len() != 2 {
            classes =
                [profile.min, profile.max].into_iter().flatten().map(|value| value.to_string()).collect();
        }
        classes.sort();
        if let Ok([no, yes]) = <[String; 2]>::try_from(classes) {
            return TargetKind::TwoClasses(no, yes);
        }
    }
    match profile.distinct {
        _ if looks_like_id(profile) => TargetKind::Id,
        n @ 3..=MOST_CLASSES => TargetKind::Classes(n),
        n => TargetKind::ManyClasses(n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(key: &str, value_type: &str, filled: u64, origin: &str) -> FieldInfo {
        FieldInfo {
            key: key.to_owned(),
            label: key.to_owned(),
            value_type: value_type.to_owned(),
            group: "behaviour".to_owned(),
            origin: origin.to_owned(),
            filled,
        }
    }

    fn profile(name: &str, value_type: &str, count: u64, distinct: u64) -> ColumnProfile {
        ColumnProfile {
            name: name.to_owned(),
            value_type: value_type.to_owned(),
            count,
            distinct,
            ..ColumnProfile::default()
        }
    }

    #[test]
    fn text_and_times_are_never_learned_from() {
        let fields = [field("notes", "text", 9, "standard"), field("created_at", "time", 9, "standard")];
        assert!(candidates(&fields, 9, &[], None).is_empty());
    }

    #[test]
    fn the_target_is_no_candidate_and_its_likes_are_doubted() {
        let fields =
            [field("churn", "category", 9, "custom"), field("churn_reason", "category", 9, "custom")];
        let found = candidates(&fields, 9, &[], Some("churn"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].doubts, [Doubt::NamedLikeTarget]);
    }

    #[test]
    fn ids_are_found_among_numbers_and_categories() {
        let mut counter = profile("row", "number", 1000, 1000);
        (counter.min, counter.max) = (Some(1.0), Some(1000.0));
        let mut charges = profile("charges", "number", 1000, 1000);
        (charges.min, charges.max) = (Some(18.25), Some(8_684.8));
        let mut income = profile("income", "number", 1000, 1000);
        (income.min, income.max) = (Some(12_000.0), Some(180_000.0));
        for (profile, expected) in [
            (counter, true),
            (charges, false),
            (income, false),
            (profile("customer_id", "category", 1000, 1000), true),
            (profile("plan", "category", 1000, 3), false),
        ] {
            assert_eq!(looks_like_id(&profile), expected, "{}", profile.name);
        }
    }

    #[test]
    fn what_models_wrote_and_what_is_mostly_missing_is_doubted() {
        let fields = [field("score.churn", "number", 9, "score"), field("income", "number", 2, "custom")];
        let found = candidates(&fields, 9, &[], None);
        assert_eq!(found[0].doubts, [Doubt::FromModel]);
        assert_eq!(found[1].doubts, [Doubt::MostlyMissing]);
    }

    #[test]
    fn targets_are_told_by_their_values() {
        let mut churn = profile("churn", "category", 100, 2);
        churn.levels = vec![("Yes".to_owned(), 30), ("No".to_owned(), 70)];
        let mut flag = profile("flag", "number", 100, 2);
        (flag.min, flag.max) = (Some(0.0), Some(1.0));
        let two = |no: &str, yes: &str| TargetKind::TwoClasses(no.to_owned(), yes.to_owned());
        for (profile, expected) in [
            (churn, two("No", "Yes")),
            (flag, two("0", "1")),
            (profile("spend", "number", 100, 80), TargetKind::Number),
            (profile("plan", "category", 100, 4), TargetKind::Classes(4)),
            (profile("same", "number", 100, 1), TargetKind::Constant),
            (profile("mail", "category", 100, 100), TargetKind::Id),
        ] {
            assert_eq!(target_kind(&profile), expected, "{}", profile.name);
        }
    }
}
