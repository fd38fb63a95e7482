//! The rule for new passphrases refuses what guessers try first, and never trusts more than zxcvbn does.

use crate::common::Repeatable;
use proptest::prelude::*;
use stillroom_vault::{
    Advice, Error, GENERATED_BITS, MIN_CHARS, MIN_SCORE, NewPassphrase, generate_passphrase, strength,
};

const WEAK: &[&str] = &[
    "password1234",
    "Password1234!",
    "P@ssw0rd1234",
    "qwertyuiop12",
    "1qaz2wsx3edc",
    "aaaaaaaaaaaa",
    "abcabcabcabc",
    "abcdefghijkl",
    "123456789012",
    "19991231 2024",
    "iloveyou2024",
    "summer2024summer2024",
    "passwordpassword",
    "drowssap1234",
    "zxcvbnm,./zxcv",
    "5201314woaini",
    "woaini1314520",
    "letmeinletmein",
    "football baseball",
    "monday tuesday",
];

const STRONG: &[&str] = &[
    "seven grey herons over Linz",
    "k7#vQ2!mZp9x",
    "harbor quilt dolphin tripod",
    "vier Pinguine reiten rückwärts",
    "春眠不觉晓处处闻啼鸟夜来风雨声",
    "yhTr7 dune oboe 4410 lantern",
];

#[test]
fn passphrases_that_are_tried_first_are_refused_with_advice() {
    for weak in WEAK {
        let found = strength(weak, &[]);
        assert!(!found.is_acceptable && !found.advice.is_empty(), "{weak}: {found:?}");
        assert!(NewPassphrase::check(weak, &[]).is_err(), "{weak}");
    }
}

#[test]
fn long_and_unrelated_passphrases_are_taken() {
    for strong in STRONG {
        let found = strength(strong, &[]);
        assert!(found.is_acceptable && found.advice.is_empty(), "{strong}: {found:?}");
    }
}

#[test]
fn advice_names_the_weakness() {
    let cases = [
        ("password", Advice::AvoidCommonPassword),
        ("aaaaaaaaaaaa", Advice::AvoidRepeats),
        ("mnopqrstuvwx", Advice::AvoidSequences),
        ("zaq12wsxcde34", Advice::AvoidKeyboardPaths),
        ("17.03.1984", Advice::AvoidDates),
        ("Wolkenstein99", Advice::AvoidPersonalWords),
        ("tiny", Advice::Longer),
        ("monday tuesday", Advice::AddWords),
    ];
    for (passphrase, expected) in cases {
        let found = strength(passphrase, &["Ada Wolkenstein", "ada@example.org"]);
        assert!(found.advice.contains(&expected), "{passphrase}: {found:?}");
    }
}

#[test]
fn what_is_known_about_the_owner_counts_for_nothing() {
    let passphrase = "wolkenstein clinic graz";
    let without = strength(passphrase, &[]).guesses_log10;
    let with = strength(passphrase, &["Clinic Wolkenstein, Graz"]).guesses_log10;
    assert!(with + 2.0 < without, "{with} against {without}");
}

#[test]
fn length_is_counted_after_normalization() {
    assert_eq!(
        NewPassphrase::check("k7#vQ2!mZp9", &[]).err(),
        Some(Error::PassphraseTooShort { needed: MIN_CHARS, found: 11 })
    );
    let eleven_with_marks = "e\u{301}k7#vQ2!mZp";
    assert!(matches!(
        NewPassphrase::check(eleven_with_marks, &[]),
        Err(Error::PassphraseTooShort { found: 11, .. })
    ));
}

#[test]
fn generated_passphrases_have_five_words_and_are_acceptable() {
    assert_eq!(GENERATED_BITS, 50);
    let mut entropy = Repeatable(60);
    for _ in 0..300 {
        let generated = generate_passphrase(&mut entropy).expect("generated");
        assert_eq!(generated.split(' ').count(), 5);
        assert!(NewPassphrase::check(&generated, &[]).is_ok(), "{}", *generated);
    }
}

/// The file is made by `fixtures/make_zxcvbn_scores.py`: 1,500 passphrases with the scores of the published program.
#[test]
fn whatever_we_accept_zxcvbn_accepts_too() {
    let scored: Vec<(u8, &str)> = include_str!("../fixtures/zxcvbn_scores.tsv")
        .lines()
        .filter_map(|line| line.split_once('\t').and_then(|(score, text)| Some((score.parse().ok()?, text))))
        .collect();
    assert_eq!(scored.len(), 1_500);
    let accepted = scored.iter().filter(|(_, text)| strength(text, &[]).is_acceptable);
    for (witness, text) in accepted.clone() {
        assert!(*witness >= MIN_SCORE, "{text}: zxcvbn says {witness}, we say {:?}", strength(text, &[]));
    }
    let n_acceptable =
        scored.iter().filter(|(witness, text)| *witness >= MIN_SCORE && text.len() >= MIN_CHARS).count();
    let n_accepted = accepted.count();
    assert!(
        n_accepted * 10 > n_acceptable * 7,
        "{n_accepted} accepted of {n_acceptable} that zxcvbn accepts"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_has_a_finite_strength(text in ".{0,120}", hint in ".{0,12}") {
        let found = strength(&text, &[&hint]);
        prop_assert!(found.guesses_log10.is_finite() && found.guesses_log10 >= 0.0);
        prop_assert!(found.score <= 4);
        prop_assert_eq!(found.is_acceptable, NewPassphrase::check(&text, &[&hint]).is_ok());
    }

    #[test]
    fn random_characters_are_worth_at_least_a_word_in_five(text in "[a-zA-Z0-9#!?%]{16}") {
        prop_assert!(strength(&text, &[]).is_acceptable);
    }
}
