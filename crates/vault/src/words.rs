//! The words that generated passphrases are made of, and the passwords that guessers try first. Both lists are our own.

/// How many words there are; a power of two, so that every word is drawn equally often from random bits.
pub(crate) const N_WORDS: usize = 1024;

const WORDS: &str = include_str!("words.txt");
const COMMON: &str = include_str!("common.txt");

/// The word with this number, `word_idx < N_WORDS`.
pub(crate) fn word(word_idx: usize) -> &'static str {
    WORDS.lines().nth(word_idx).unwrap_or_default()
}

/// Short common words, in alphabetical order.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    WORDS.lines()
}

/// Passwords and their parts, the most used first.
pub(crate) fn common_passwords() -> impl Iterator<Item = &'static str> {
    COMMON.split_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_list_is_sorted_unique_and_short() {
        let list: Vec<&str> = words().collect();
        assert_eq!(list.len(), N_WORDS);
        assert!(list.is_sorted_by(|left, right| left < right));
        assert!(
            list.iter()
                .all(|word| (3..=7).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase()))
        );
    }
}
