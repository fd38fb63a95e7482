//! A recovery code is read however a person types it, and every likely slip is noticed.

use crate::common::Repeatable;
use proptest::prelude::*;
use stillroom_vault::{Error, RecoveryCode, SlotKind, unlock_with_recovery};

const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn code(seed: u64) -> String {
    RecoveryCode::draw(&mut Repeatable(seed)).expect("code").to_text().to_string()
}

fn chars(seed: u64) -> Vec<char> {
    code(seed).chars().filter(|c| *c != '-').collect()
}

fn is_read_as(typed: &str, seed: u64) -> bool {
    RecoveryCode::parse(typed).is_ok_and(|read| *read.to_text() == code(seed))
}

#[test]
fn a_code_is_read_as_people_type_it() {
    for seed in 0..500 {
        let printed = code(seed);
        let full_width: String =
            printed.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c)).collect();
        let spellings = [
            printed.clone(),
            printed.to_lowercase(),
            printed.replace('-', ""),
            printed.replace('-', "  "),
            printed.replace('-', "—"),
            printed.replace('0', "O").replace('1', "l"),
            printed.replace('0', "o").replace('1', "I"),
            format!("  {printed}\n"),
            full_width,
        ];
        for typed in spellings {
            assert!(is_read_as(&typed, seed), "{typed}");
        }
    }
}

#[test]
fn every_single_wrong_character_is_noticed() {
    for seed in 0..20 {
        let right = chars(seed);
        for position in 0..right.len() {
            for wrong in ALPHABET.chars().filter(|c| *c != right[position]) {
                let mut typed = right.clone();
                typed[position] = wrong;
                let typed: String = typed.into_iter().collect();
                assert_eq!(RecoveryCode::parse(&typed).err(), Some(Error::CodeMistyped));
            }
        }
    }
}

#[test]
fn every_exchange_of_two_characters_is_noticed() {
    for seed in 0..100 {
        let right = chars(seed);
        for left in 0..right.len() {
            for other in (left + 1..right.len()).filter(|other| right[*other] != right[left]) {
                let mut typed = right.clone();
                typed.swap(left, other);
                let typed: String = typed.into_iter().collect();
                assert_eq!(RecoveryCode::parse(&typed).err(), Some(Error::CodeMistyped));
            }
        }
    }
}

#[test]
fn a_mistyped_code_is_told_from_a_wrong_one() {
    let created = crate::common::created(50);
    assert!(created.record.slot_kinds().contains(&SlotKind::Recovery));
    let other = RecoveryCode::parse(&code(51)).expect("well-formed");
    assert_eq!(unlock_with_recovery(&created.record, &other).err(), Some(Error::WrongRecoveryCode));
    for typed in ["", "0", "not a code", "UUUU-UUUU-UUUU-UUUU-UUUU-UUUU-UUUU", &format!("{}0", code(51))] {
        assert_eq!(RecoveryCode::parse(typed).err(), Some(Error::CodeMistyped), "{typed}");
    }
}

proptest! {
    #[test]
    fn every_code_reads_back(seed in any::<u64>()) {
        prop_assert!(is_read_as(&code(seed), seed));
    }

    #[test]
    fn two_wrong_characters_are_noticed(seed in any::<u64>(), first in 0usize..28, second in 0usize..28,
                                        add_first in 1usize..32, add_second in 1usize..32) {
        prop_assume!(first != second);
        let alphabet: Vec<char> = ALPHABET.chars().collect();
        let mut typed = chars(seed);
        for (position, add) in [(first, add_first), (second, add_second)] {
            let value = alphabet.iter().position(|c| *c == typed[position]).expect("in the alphabet");
            typed[position] = alphabet[(value + add) % 32];
        }
        let typed: String = typed.into_iter().collect();
        prop_assert_eq!(RecoveryCode::parse(&typed).err(), Some(Error::CodeMistyped));
    }

    #[test]
    fn a_missing_or_additional_character_is_noticed(seed in any::<u64>(), position in 0usize..28, added in 0usize..32) {
        let mut shorter = chars(seed);
        shorter.remove(position);
        prop_assert!(RecoveryCode::parse(&shorter.into_iter().collect::<String>()).is_err());
        let mut longer = chars(seed);
        longer.insert(position, ALPHABET.chars().nth(added).expect("32 letters"));
        prop_assert!(RecoveryCode::parse(&longer.into_iter().collect::<String>()).is_err());
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(typed in ".{0,60}") {
        let _ = RecoveryCode::parse(&typed);
    }
}
