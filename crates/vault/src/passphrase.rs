//! The rule for new passphrases, what to tell a person who chooses one, and a generator.

use std::fmt;

use zeroize::Zeroizing;

use crate::entropy::{Entropy, draw};
use crate::error::Error;
use crate::guesses::{Weakness, estimate};
use crate::kdf::normalize;
use crate::words::{N_WORDS, word};

/// Characters that a new passphrase needs at least.
pub const MIN_CHARS: usize = 12;
/// The [score](Strength::score) that a new passphrase needs at least.
pub const MIN_SCORE: u8 = 3;
/// Bits of randomness in a generated passphrase: five words, each one of 1,024.
pub const GENERATED_BITS: u32 = GENERATED_WORDS as u32 * N_WORDS.ilog2();
const GENERATED_WORDS: usize = 5;

/// What would make a passphrase better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Advice {
    /// It is shorter than [`MIN_CHARS`] characters.
    Longer,
    /// It rests on a password that many people use.
    AvoidCommonPassword,
    /// It repeats a part of itself.
    AvoidRepeats,
    /// It counts or spells the alphabet.
    AvoidSequences,
    /// It follows neighbouring keys.
    AvoidKeyboardPaths,
    /// It holds a year or a date.
    AvoidDates,
    /// It holds a name or word known about its owner.
    AvoidPersonalWords,
    /// One or two more unrelated words would make it strong.
    AddWords,
}

impl Advice {
    /// The stable name of the advice, for translations.
    pub fn code(self) -> &'static str {
        match self {
            Self::Longer => "longer",
            Self::AvoidCommonPassword => "avoid_common_password",
            Self::AvoidRepeats => "avoid_repeats",
            Self::AvoidSequences => "avoid_sequences",
            Self::AvoidKeyboardPaths => "avoid_keyboard_paths",
            Self::AvoidDates => "avoid_dates",
            Self::AvoidPersonalWords => "avoid_personal_words",
            Self::AddWords => "add_words",
        }
    }
}

/// How hard a passphrase is to guess.
#[derive(Clone, Debug, PartialEq)]
pub struct Strength {
    /// 0 (guessed at once) to 4 (beyond an offline attack): guesses below 10³, 10⁶, 10⁸ (a little more, in
    /// truth), 10¹⁰, and more.
    pub score: u8,
    /// Whether it may be chosen: at least [`MIN_CHARS`] characters and a score of at least [`MIN_SCORE`].
    pub is_acceptable: bool,
    /// The base-10 logarithm of the guesses needed, at least 0.
    pub guesses_log10: f64,
    /// What would make it better, in the order of [`Advice`]; empty when it is acceptable.
    pub advice: Vec<Advice>,
}

/// Estimates how hard `passphrase` is to guess, given words known about its owner: names, e-mail, the workspace's title.
///
/// Characters are counted after NFKC normalization. Only the first 100 are looked at. Takes under a millisecond for
/// usual lengths.
pub fn strength(passphrase: &str, hints: &[&str]) -> Strength {
    let normalized = normalize(passphrase);
    let n_chars = normalized.chars().count();
    let estimated = estimate(&normalized, hints);
    let score = score(estimated.guesses_log10);
    let is_acceptable = n_chars >= MIN_CHARS && score >= MIN_SCORE;
    let mut advice = Vec::new();
    if !is_acceptable {
        advice.extend((n_chars < MIN_CHARS).then_some(Advice::Longer));
        advice.extend(estimated.weaknesses.iter().map(|weakness| advice_for(*weakness)));
        advice.extend((score < MIN_SCORE).then_some(Advice::AddWords));
        advice.sort_unstable();
        advice.dedup();
    }
    Strength { score, is_acceptable, guesses_log10: estimated.guesses_log10, advice }
}

/// Three parts cost 10⁸ guesses by their number alone, however trivial they are; that is not enough.
const THREE_TRIVIAL_PARTS: f64 = 8.1;

fn score(guesses_log10: f64) -> u8 {
    match guesses_log10 {
        guesses if guesses < 3.0 => 0,
        guesses if guesses < 6.0 => 1,
        guesses if guesses < THREE_TRIVIAL_PARTS => 2,
        guesses if guesses < 10.0 => 3,
        _ => 4,
    }
}

fn advice_for(weakness: Weakness) -> Advice {
    match weakness {
        Weakness::CommonPassword => Advice::AvoidCommonPassword,
        Weakness::Repeat => Advice::AvoidRepeats,
        Weakness::Sequence => Advice::AvoidSequences,
        Weakness::KeyboardPath => Advice::AvoidKeyboardPaths,
        Weakness::Date => Advice::AvoidDates,
        Weakness::Personal => Advice::AvoidPersonalWords,
    }
}

/// A passphrase that passed the rule and may be set. Wiped when dropped; prints no content.
pub struct NewPassphrase(Zeroizing<String>);

impl NewPassphrase {
    /// Takes a passphrase that keeps the rule.
    ///
    /// # Errors
    /// [`Error::PassphraseTooShort`], [`Error::PassphraseGuessable`].
    pub fn check(passphrase: &str, hints: &[&str]) -> Result<Self, Error> {
        let found = normalize(passphrase).chars().count();
        if found < MIN_CHARS {
            return Err(Error::PassphraseTooShort { needed: MIN_CHARS, found });
        }
        let strength = strength(passphrase, hints);
        if !strength.is_acceptable {
            return Err(Error::PassphraseGuessable { score: strength.score });
        }
        Ok(Self(Zeroizing::new(passphrase.to_owned())))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NewPassphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NewPassphrase(hidden)")
    }
}

/// Makes a passphrase of five random words with spaces between: [`GENERATED_BITS`] bits.
///
/// # Errors
/// [`Error::NoEntropy`].
pub fn generate_passphrase(entropy: &mut dyn Entropy) -> Result<Zeroizing<String>, Error> {
    let bytes = Zeroizing::new(draw::<16>(entropy)?);
    let mut text = Zeroizing::new(String::with_capacity(GENERATED_WORDS * 8));
    for pair in bytes.chunks_exact(2).take(GENERATED_WORDS) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word(usize::from(u16::from_be_bytes([pair[0], pair[1]])) % N_WORDS));
    }
    Ok(text)
}
