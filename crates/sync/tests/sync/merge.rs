//! The merge is a set's: any order, any grouping, any repetition.

use proptest::prelude::*;
use stillroom_consent::DeviceId;
use stillroom_records::FieldGroup;
use stillroom_sync::Hlc;
use stillroom_sync::merge::{Lineage, Part, PartKey, Record, Removal, Version};

/// One thing that is known about a record.
#[derive(Clone, Debug)]
enum Fact {
    Set(PartKey, Part<u64>),
    Remove(Removal),
    Void,
}

fn apply(record: &mut Record<u64>, fact: &Fact) {
    match fact {
        Fact::Set(key, part) => {
            record.set(*key, part.clone());
        }
        Fact::Remove(removal) => {
            record.remove(*removal);
        }
        Fact::Void => {}
    }
}

fn record_of<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Record<u64> {
    let mut record = Record::default();
    facts.into_iter().for_each(|fact| apply(&mut record, fact));
    record
}

/// Different operations differ in their version: `tie` stands for their hash.
fn lineage(hlc: u64, device: u8, tie: u64, base: Option<u64>) -> Lineage {
    let version = Version { hlc: Hlc(hlc), device: DeviceId([device; 16]), tie };
    Lineage { version, base: base.map(Hlc) }
}

fn facts(max: usize) -> impl Strategy<Value = Vec<Fact>> {
    let one = (0..100_u32, 0..6_u64, 0..3_u8, 0..2_usize, 0..2_u64, proptest::option::of(0..6_u64));
    proptest::collection::vec(one, 0..max).prop_map(|drawn| {
        let facts = drawn.into_iter().enumerate().map(|(tie, (kind, hlc, device, group, part, base))| {
            let lineage = lineage(hlc, device, tie as u64, base);
            match kind {
                0..4 => Fact::Remove(Removal::Erased),
                4..25 => Fact::Remove(Removal::Deleted(lineage)),
                25..30 => Fact::Void,
                _ => Fact::Set((FieldGroup::ALL[group], part), Part { lineage, value: tie as u64 }),
            }
        });
        facts.collect()
    })
}

fn permutations(facts: &[Fact]) -> Vec<Vec<Fact>> {
    let Some((last, rest)) = facts.split_last() else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for permutation in permutations(rest) {
        for at in 0..=permutation.len() {
            let mut with = permutation.clone();
            with.insert(at, last.clone());
            all.push(with);
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_order_does_not_matter(facts in facts(40), shuffled in any::<u64>()) {
        let mut other = facts.clone();
        let n_facts = other.len().max(1);
        let mut state = shuffled;
        for at in 0..other.len() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            other.swap(at, (state >> 33) as usize % n_facts);
        }
        prop_assert_eq!(record_of(&facts), record_of(&other));
    }

    #[test]
    fn every_order_of_a_small_set_gives_the_same(facts in facts(6)) {
        let expected = record_of(&facts);
        for permutation in permutations(&facts) {
            prop_assert_eq!(&record_of(&permutation), &expected);
        }
    }

    #[test]
    fn saying_it_twice_changes_nothing(facts in facts(40)) {
        let mut record = record_of(&facts);
        let once = record.clone();
        for fact in &facts {
            apply(&mut record, fact);
        }
        prop_assert_eq!(&record, &once);
        record.join(once.clone());
        prop_assert_eq!(&record, &once);
    }

    #[test]
    fn replicas_join_in_any_order_and_grouping(one in facts(20), two in facts(20), three in facts(20)) {
        let [one, two, three] = [(0, one), (100, two), (200, three)].map(|(offset, facts)| {
            // Versions of different sets are of different operations.
            let shifted = facts.into_iter().map(|fact| match fact {
                Fact::Set(key, part) => {
                    let version = Version { tie: part.lineage.version.tie + offset, ..part.lineage.version };
                    let lineage = Lineage { version, ..part.lineage };
                    Fact::Set(key, Part { lineage, value: part.value + offset })
                }
                Fact::Remove(Removal::Deleted(held)) => {
                    let version = Version { tie: held.version.tie + offset, ..held.version };
                    Fact::Remove(Removal::Deleted(Lineage { version, ..held }))
                }
                other => other,
            });
            shifted.collect::<Vec<_>>()
        });
        let joined = |sets: [&Vec<Fact>; 3]| {
            let [first, second, third] = sets.map(|facts| record_of(facts.iter()));
            let (mut left, mut right) = (first.clone(), second.clone());
            left.join(second);
            left.join(third.clone());
            right.join(third);
            let mut grouped = first;
            grouped.join(right);
            (left, grouped)
        };
        let (left, grouped) = joined([&one, &two, &three]);
        prop_assert_eq!(&left, &grouped);
        prop_assert_eq!(&left, &joined([&three, &one, &two]).0);
        prop_assert_eq!(&left, &record_of(one.iter().chain(&two).chain(&three)));
    }

    #[test]
    fn what_was_erased_never_comes_back(facts in facts(40)) {
        let mut record = record_of(&facts);
        record.remove(Removal::Erased);
        for fact in &facts {
            apply(&mut record, fact);
        }
        prop_assert!(record.parts().is_empty());
        prop_assert_eq!(record.removal(), Some(&Removal::Erased));
    }
}

#[test]
fn a_conflict_is_a_value_its_winner_had_not_seen() {
    let key = (FieldGroup::Contact, 0);
    let part = |hlc, device, base, value| Part { lineage: lineage(hlc, device, 0, base), value };
    for (name, first, second, n_shelved) in [
        ("a sequel", part(1, 1, None, 1), part(2, 2, Some(1), 2), 0),
        ("two that begin", part(1, 1, None, 1), part(2, 2, None, 2), 1),
        ("two from one", part(3, 1, Some(1), 1), part(4, 2, Some(1), 2), 1),
        ("a sequel of a sequel", part(1, 1, None, 1), part(5, 2, Some(3), 2), 0),
        ("the same device", part(3, 1, Some(1), 1), part(4, 1, Some(1), 2), 0),
        ("at one moment", part(3, 1, Some(1), 1), part(3, 2, Some(1), 2), 1),
    ] {
        for (one, other) in [(&first, &second), (&second, &first)] {
            let mut record = Record::default();
            record.set(key, one.clone());
            let merged = record.set(key, other.clone());
            assert_eq!(merged.shelved.len(), n_shelved, "{name}");
            assert_eq!(record.parts().get(&key), Some(&second), "{name}");
        }
    }
}

#[test]
fn a_deletion_shelves_what_it_had_not_seen_and_a_later_part_brings_the_record_back() {
    let key = (FieldGroup::Contact, 0);
    let seen = Part { lineage: lineage(3, 1, 0, None), value: 1 };
    let unseen = Part { lineage: lineage(4, 1, 0, Some(3)), value: 2 };
    let later = Part { lineage: lineage(9, 1, 0, Some(4)), value: 3 };
    let deletion = Removal::Deleted(lineage(5, 2, 0, Some(3)));
    for (part, n_shelved) in [(&seen, 0), (&unseen, 1)] {
        let mut record = Record::default();
        record.set(key, part.clone());
        assert_eq!(record.remove(deletion).shelved.len(), n_shelved);
        assert!(record.parts().is_empty());
        assert!(record.set(key, later.clone()).is_changed);
        assert_eq!(record.parts().get(&key), Some(&later));
    }
}
