//! A workspace opens with its passphrase or its recovery code, with nothing else, and survives every change of them.

use crate::common::{PASSPHRASE, Repeatable, created, passphrase};
use stillroom_vault::{
    Damage, Error, KdfCost, KeyRecord, NewPassphrase, RecoveryCode, SealingKey, SlotKind, Subkey,
    WorkspaceKey, change_passphrase, create, create_with_cost, remove_slot, replace_recovery_code,
    strengthen_passphrase_slot, unlock_with_passphrase, unlock_with_recovery,
};

const NEW_PASSPHRASE: &str = "eleven copper kettles whistle";

#[test]
fn a_new_workspace_opens_both_ways_at_the_standard_cost() {
    let created = create(&passphrase(), &mut Repeatable(1)).expect("created");
    assert!(!created.record.is_reduced());
    let record = KeyRecord::from_json(&created.record.to_json()).expect("record");
    assert_eq!(record.slot_kinds(), [SlotKind::Passphrase, SlotKind::Recovery]);
    let by_passphrase = unlock_with_passphrase(&record, PASSPHRASE).expect("passphrase");
    let typed = RecoveryCode::parse(&created.recovery_code.to_text()).expect("code");
    let by_code = unlock_with_recovery(&record, &typed).expect("code");
    for key in [by_passphrase, by_code] {
        assert_eq!(key.subkey(Subkey::Database).expose(), created.key.subkey(Subkey::Database).expose());
    }
}

#[test]
fn a_wrong_passphrase_or_code_is_told_from_damage() {
    let created = created(2);
    for wrong in ["", "seven grey herons over linz", "seven grey herons over Linz ", "another one entirely"] {
        assert_eq!(
            unlock_with_passphrase(&created.record, wrong).err(),
            Some(Error::WrongPassphrase),
            "{wrong:?}"
        );
    }
    let other = RecoveryCode::draw(&mut Repeatable(99)).expect("code");
    assert_eq!(unlock_with_recovery(&created.record, &other).err(), Some(Error::WrongRecoveryCode));
}

#[test]
fn a_passphrase_opens_in_every_unicode_spelling() {
    let composed = "größere Brücken über Flüsse";
    let decomposed = "gro\u{308}ßere Bru\u{308}cken u\u{308}ber Flu\u{308}sse";
    let passphrase = NewPassphrase::check(composed, &[]).expect("strong");
    let created = create_with_cost(&passphrase, KdfCost::REDUCED, &mut Repeatable(3)).expect("created");
    assert!(unlock_with_passphrase(&created.record, decomposed).is_ok());
}

#[test]
fn changing_the_passphrase_keeps_the_key_and_the_recovery_code() {
    let created = created(4);
    let new = NewPassphrase::check(NEW_PASSPHRASE, &[]).expect("strong");
    let changed =
        change_passphrase(&created.record, &created.key, &new, &mut Repeatable(5)).expect("changed");
    assert_eq!(changed.generation(), created.record.generation() + 1);
    assert_eq!(unlock_with_passphrase(&changed, PASSPHRASE).err(), Some(Error::WrongPassphrase));
    assert_eq!(unlock_with_passphrase(&changed, NEW_PASSPHRASE).expect("new").key_id(), created.key.key_id());
    assert!(unlock_with_recovery(&changed, &created.recovery_code).is_ok());
    assert!(
        unlock_with_passphrase(&created.record, PASSPHRASE).is_ok(),
        "the old record still opens until replaced"
    );
}

#[test]
fn a_new_recovery_code_replaces_the_old_one() {
    let created = created(6);
    let (changed, code) =
        replace_recovery_code(&created.record, &created.key, &mut Repeatable(7)).expect("replaced");
    assert_eq!(unlock_with_recovery(&changed, &code).expect("new").key_id(), created.key.key_id());
    assert_eq!(unlock_with_recovery(&changed, &created.recovery_code).err(), Some(Error::WrongRecoveryCode));
    assert!(unlock_with_passphrase(&changed, PASSPHRASE).is_ok());
}

#[test]
fn a_foreign_key_cannot_be_wrapped_into_a_record() {
    let created = created(8);
    let foreign = WorkspaceKey::draw(&mut Repeatable(9)).expect("key");
    let new = NewPassphrase::check(NEW_PASSPHRASE, &[]).expect("strong");
    let mut entropy = Repeatable(10);
    assert_eq!(change_passphrase(&created.record, &foreign, &new, &mut entropy).err(), Some(Error::OtherKey));
    assert_eq!(replace_recovery_code(&created.record, &foreign, &mut entropy).err(), Some(Error::OtherKey));
}

#[test]
fn the_last_way_in_cannot_be_removed() {
    let created = created(11);
    let without_code = remove_slot(&created.record, SlotKind::Recovery).expect("one left");
    assert_eq!(remove_slot(&without_code, SlotKind::Passphrase).err(), Some(Error::LastSlot));
    assert_eq!(remove_slot(&without_code, SlotKind::Recovery).err(), Some(Error::NoSuchSlot));
    assert_eq!(unlock_with_recovery(&without_code, &created.recovery_code).err(), Some(Error::NoSuchSlot));
}

#[test]
fn a_reduced_slot_is_strengthened_with_the_right_passphrase_only() {
    let created = created(12);
    assert!(created.record.is_reduced());
    let mut entropy = Repeatable(13);
    assert_eq!(
        strengthen_passphrase_slot(&created.record, "a slip of the finger", &mut entropy).err(),
        Some(Error::WrongPassphrase)
    );
    let strong = strengthen_passphrase_slot(&created.record, PASSPHRASE, &mut entropy).expect("strengthened");
    assert!(!strong.is_reduced());
    assert!(unlock_with_passphrase(&strong, PASSPHRASE).is_ok());
}

#[test]
fn derivation_parameters_outside_the_limits_are_refused() {
    let standard = KdfCost::STANDARD;
    let cases = [
        (KdfCost { memory_kib: 19 * 1024 - 1, ..standard }, Error::WeakParameters),
        (KdfCost { passes: 1, ..standard }, Error::WeakParameters),
        (KdfCost { lanes: 0, ..standard }, Error::WeakParameters),
        (KdfCost { memory_kib: u32::MAX, ..standard }, Error::CostlyParameters),
        (KdfCost { passes: 65, ..standard }, Error::CostlyParameters),
        (KdfCost { lanes: 17, ..standard }, Error::CostlyParameters),
    ];
    for (cost, expected) in cases {
        assert_eq!(
            create_with_cost(&passphrase(), cost, &mut Repeatable(14)).err(),
            Some(expected),
            "{cost:?}"
        );
    }
}

#[test]
fn a_downgraded_slot_is_refused_even_with_a_fitting_checksum() {
    let text = created(15).record.to_json().replace("\"passes\":2", "\"passes\":1");
    let record = KeyRecord::from_json(&with_fresh_checksum(&text)).expect("the checksum fits");
    assert_eq!(unlock_with_passphrase(&record, PASSPHRASE).err(), Some(Error::WeakParameters));
}

#[test]
fn a_slot_moved_to_another_workspace_is_damaged() {
    let (first, second) = (created(16), created(17));
    let workspace = |record: &KeyRecord| record.workspace_id().to_string();
    let text = first.record.to_json().replace(&workspace(&first.record), &workspace(&second.record));
    let moved = KeyRecord::from_json(&with_fresh_checksum(&text)).expect("the checksum fits");
    assert_eq!(unlock_with_passphrase(&moved, PASSPHRASE).err(), Some(Error::Damaged(Damage::Slot)));
}

#[test]
fn of_two_copies_the_newest_whole_one_is_taken() {
    let created = created(18);
    let (newer, _) =
        replace_recovery_code(&created.record, &created.key, &mut Repeatable(19)).expect("replaced");
    let (old, new) = (created.record.to_json(), newer.to_json());
    let broken = new.replace("generation\":2", "generation\":9");
    let taken = |copies| KeyRecord::newest(copies).map(|(record, copy_idx)| (record.generation(), copy_idx));
    assert_eq!(taken([Some(&old), Some(&new)]), Ok((2, 1)));
    assert_eq!(taken([Some(&new), Some(&old)]), Ok((2, 0)));
    assert_eq!(taken([Some(&old), Some(&broken)]), Ok((1, 0)));
    assert_eq!(taken([Some(&broken), Some(&old)]), Ok((1, 1)));
    assert_eq!(taken([None, Some(&old)]), Ok((1, 1)));
    assert_eq!(taken([Some(&broken), None]), Err(Error::Damaged(Damage::Record)));
    assert_eq!(taken([None, None]), Err(Error::NoRecord));
}

#[test]
fn a_newer_record_format_is_named_as_such() {
    let text = created(20).record.to_json().replace("\"version\":1", "\"version\":2");
    assert_eq!(KeyRecord::from_json(&text).err(), Some(Error::UnknownVersion { found: 2 }));
}

#[test]
fn a_failing_random_source_stops_everything() {
    let mut refuses = |_: &mut [u8]| Err(Error::NoEntropy);
    assert_eq!(create(&passphrase(), &mut refuses).err(), Some(Error::NoEntropy));
    let mut writes_nothing = |_: &mut [u8]| Ok(());
    assert_eq!(create(&passphrase(), &mut writes_nothing).err(), Some(Error::NoEntropy));
}

#[test]
fn subkeys_and_names_differ_by_purpose() {
    let key = created(21).key;
    let all: Vec<SealingKey> =
        [Subkey::Database, Subkey::Ledger, Subkey::Backup].map(|p| key.subkey(p)).into();
    for (left_idx, left) in all.iter().enumerate() {
        for right in &all[left_idx + 1..] {
            assert_ne!(left.expose(), right.expose());
            assert_ne!(left.key_id(), right.key_id());
        }
    }
}

#[test]
fn secrets_print_no_content() {
    let created = created(22);
    let printed = format!("{created:?} {:?} {:?}", created.key.subkey(Subkey::Backup), passphrase());
    assert!(printed.contains("WorkspaceKey(hidden)") && printed.contains("RecoveryCode(hidden)"));
    assert!(printed.contains("SealingKey(hidden)") && printed.contains("NewPassphrase(hidden)"));
    let decimal = format!("{:?}", created.key.subkey(Subkey::Backup).expose());
    assert!(!printed.contains(decimal.trim_matches(['[', ']'])));
    assert!(!printed.contains(created.recovery_code.to_text().as_str()) && !printed.contains(PASSPHRASE));
}

/// Writes the checksum that fits a text whose content was changed, as somebody with access to the file could.
fn with_fresh_checksum(text: &str) -> String {
    use sha2::Digest;
    let start = text.find("\"checksum\":\"").expect("checksum") + "\"checksum\":\"".len();
    let emptied = format!("{}{}", &text[..start], &text[start + 64..]);
    let fresh: String =
        sha2::Sha256::digest(emptied.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}{fresh}{}", &text[..start], &text[start + 64..])
}
