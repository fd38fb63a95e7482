//! The words that generated passphrases are made of, and the passwords that guessers try first. Both lists are our own.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// How many words there are; a power of two, so that every word is drawn equally often from random bits.
pub(crate) const N_WORDS: usize = 1024;

const WORDS: &str = include_str!("words.txt");
const COMMON: &str = include_str!("common.txt");

/// The list by number, and common passwords by their rank.
struct Lists {
    words: Vec<&'static str>,
    ranks: BTreeMap<&'static str, usize>,
    longest: usize,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let mut ranks = BTreeMap::new();
    for (rank, password) in COMMON.split_whitespace().enumerate() {
        ranks.entry(password).or_insert(rank + 1);
    }
    let words: Vec<&str> = WORDS.lines().collect();
    let longest = ranks.keys().chain(&words).map(|word| word.len()).max().unwrap_or(0);
    Lists { words, ranks, longest }
});

/// The word with this number, `word_idx < N_WORDS`.
pub(crate) fn word(word_idx: usize) -> &'static str {
    LISTS.words.get(word_idx).copied().unwrap_or_default()
}

/// Whether it is one of the short common words.
pub(crate) fn is_listed(word: &str) -> bool {
    LISTS.words.binary_search(&word).is_ok()
}

/// The rank, from 1, among passwords and their parts.
pub(crate) fn common_rank(password: &str) -> Option<usize> {
    LISTS.ranks.get(password).copied()
}

/// The most characters that a word or password in the lists has.
pub(crate) fn longest_known() -> usize {
    LISTS.longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_list_is_sorted_unique_and_short() {
        let list: Vec<&str> = WORDS.lines().collect();
        assert_eq!(list.len(), N_WORDS);
        assert!(list.is_sorted_by(|left, right| left < right));
        assert!(
            list.iter()
                .all(|word| (3..=7).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase()))
        );
    }
}
