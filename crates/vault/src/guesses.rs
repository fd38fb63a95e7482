//! How many guesses a passphrase withstands, by the method of zxcvbn (Wheeler, "zxcvbn: Low-Budget Password Strength
//! Estimation", USENIX Security 2016): match the patterns that guessers try, then take the cheapest way of covering the
//! whole passphrase with them.
//!
//! The published word lists would add 0.9 MB to what a browser loads and the published library reads a clock, so this
//! is a smaller relative of it. Its lists are short; to stay on the safe side, anything that could be pronounced counts as
//! one of 10,000 words even when it is not in them, and a space or hyphen before a pattern is nearly free.

use crate::words::{N_WORDS, common_rank, is_listed, longest_known};

/// A pattern that made a passphrase weaker than its length promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weakness {
    CommonPassword,
    Repeat,
    Sequence,
    KeyboardPath,
    Date,
    Personal,
}

/// An estimate and the patterns it rests on, in the order they stand in the passphrase.
pub(crate) struct Estimate {
    pub(crate) guesses_log10: f64,
    pub(crate) weaknesses: Vec<Weakness>,
}

const MAX_CHARS: usize = 100;
const LOG_DICTIONARY: f64 = 4.0;
/// What the choice of a separator before a part adds.
const LOG_SEPARATOR: f64 = 0.5;
const LONGEST_PSEUDO_WORD: usize = 12;
const LONGEST_PERIOD: usize = 24;
/// The price of each further part of a cover, after the published method: an attacker first tries covers with fewer parts.
const LOG_GROWTH: f64 = 4.0;
const KEYBOARD: [&str; 4] = ["`1234567890-=", " qwertyuiop[]", " asdfghjkl;'", " zxcvbnm,./"];

/// A part of the passphrase, from `start` up to and without `end`, and the logarithm of the guesses for it.
struct Part {
    start: usize,
    end: usize,
    log_guesses: f64,
    weakness: Option<Weakness>,
}

/// Estimates the guesses for `passphrase`, of which the first 100 characters count.
pub(crate) fn estimate(passphrase: &str, hints: &[&str]) -> Estimate {
    let chars: Vec<char> = passphrase.chars().take(MAX_CHARS).collect();
    estimate_chars(&chars, hints)
}

fn estimate_chars(chars: &[char], hints: &[&str]) -> Estimate {
    let lower: Vec<char> = chars.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
    let plain: Vec<char> = lower.iter().map(|c| without_substitution(*c)).collect();
    let mut parts = Vec::new();
    find_words(chars, &lower, &plain, hints, &mut parts);
    find_pseudo_words(&lower, &mut parts);
    find_repeats(&lower, hints, &mut parts);
    find_sequences(&lower, &mut parts);
    find_keyboard_paths(&lower, &mut parts);
    find_dates(&lower, &mut parts);
    join_separators(&lower, &mut parts);
    cheapest_cover(chars.len(), &parts)
}

fn without_substitution(c: char) -> char {
    match c {
        '4' | '@' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Adds every place where a known word stands, forwards or backwards, in any case, with or without digits for letters.
fn find_words(chars: &[char], lower: &[char], plain: &[char], hints: &[&str], parts: &mut Vec<Part>) {
    let personal = personal_words(hints);
    let longest = longest_known().max(personal.iter().map(|word| word.chars().count()).max().unwrap_or(0));
    for start in 0..lower.len() {
        for end in start + 2..=lower.len().min(start + longest) {
            let spelled: String = lower[start..end].iter().collect();
            let backwards: String = lower[start..end].iter().rev().collect();
            let unmasked: String = plain[start..end].iter().collect();
            for (spelling, factor) in [(&spelled, 1.0), (&backwards, 2.0), (&unmasked, 4.0)] {
                if let Some((rank, weakness)) = known_word(spelling, &personal) {
                    let log_guesses = (rank as f64 * case_factor(&chars[start..end]) * factor).log10();
                    parts.push(Part { start, end, log_guesses, weakness });
                    break;
                }
            }
        }
    }
}

fn personal_words(hints: &[&str]) -> Vec<String> {
    let words = hints.iter().flat_map(|hint| hint.split(|c: char| !c.is_alphanumeric()));
    words.filter(|word| word.chars().count() >= 3).map(str::to_lowercase).collect()
}

/// The rank among guesses of a personal word, a common password or a listed word.
fn known_word(word: &str, personal: &[String]) -> Option<(usize, Option<Weakness>)> {
    if personal.iter().any(|known| known == word) {
        return Some((10, Some(Weakness::Personal)));
    }
    match common_rank(word) {
        Some(rank) => Some((rank, Some(Weakness::CommonPassword))),
        None => is_listed(word).then_some((N_WORDS, None)),
    }
}

/// In how many ways capitals are set in like fashion: none, first, last and all are what everybody tries.
fn case_factor(chars: &[char]) -> f64 {
    let n_upper = chars.iter().filter(|c| c.is_uppercase()).count();
    let n_other = chars.len() - n_upper;
    let at_edge =
        chars.first().is_some_and(|c| c.is_uppercase()) || chars.last().is_some_and(|c| c.is_uppercase());
    match n_upper {
        0 => 1.0,
        1 if at_edge => 2.0,
        _ if n_other == 0 => 2.0,
        _ => (1..=n_upper.min(n_other)).map(|k| choose(chars.len(), k)).sum::<f64>().max(2.0),
    }
}

fn choose(n: usize, k: usize) -> f64 {
    (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product()
}

/// Adds the letter runs that sound like words, whether or not they are.
fn find_pseudo_words(lower: &[char], parts: &mut Vec<Part>) {
    for start in 0..lower.len() {
        let longest = lower.len().min(start + LONGEST_PSEUDO_WORD);
        for end in start + 3..=longest {
            if !is_pronounceable(&lower[start..end]) {
                continue;
            }
            parts.push(Part { start, end, log_guesses: LOG_DICTIONARY, weakness: None });
        }
    }
}

/// Latin letters only, a vowel at least, no four consonants and no three vowels in a row.
fn is_pronounceable(letters: &[char]) -> bool {
    let mut run = (0, 0);
    let mut has_vowel = false;
    for letter in letters {
        run = match letter {
            'a' | 'e' | 'i' | 'o' | 'u' | 'y' => (run.0 + 1, 0),
            'a'..='z' => (0, run.1 + 1),
            _ => return false,
        };
        has_vowel |= run.0 > 0;
        if run.0 > 3 || run.1 > 4 {
            return false;
        }
    }
    has_vowel
}

fn find_repeats(lower: &[char], hints: &[&str], parts: &mut Vec<Part>) {
    for period in 1..=(lower.len() / 2).min(LONGEST_PERIOD) {
        let mut start = 0;
        while start + 2 * period <= lower.len() {
            let same =
                (start + period..lower.len()).take_while(|idx| lower[*idx] == lower[idx - period]).count();
            let n_times = same / period + 1;
            if n_times < 2 {
                start += 1;
                continue;
            }
            let base = estimate_chars(&lower[start..start + period], hints).guesses_log10;
            let log_guesses = base + (n_times as f64).log10();
            let end = start + period * n_times;
            parts.push(Part { start, end, log_guesses, weakness: Some(Weakness::Repeat) });
            start += same.max(1);
        }
    }
}

fn find_sequences(lower: &[char], parts: &mut Vec<Part>) {
    let step = |idx: usize| i64::from(u32::from(lower[idx])) - i64::from(u32::from(lower[idx - 1]));
    let mut start = 0;
    while start + 2 < lower.len() {
        let delta = step(start + 1);
        let end = (start + 2..lower.len()).find(|idx| step(*idx) != delta).unwrap_or(lower.len());
        if end - start >= 3 && (1..=5).contains(&delta.abs()) && lower[start].is_alphanumeric() {
            let base: f64 = match lower[start] {
                'a' | 'z' | '0' | '1' | '9' => 4.0,
                first if first.is_ascii_digit() => 10.0,
                _ => 26.0,
            };
            let direction = if delta < 0 { 2.0 } else { 1.0 };
            let log_guesses = (base * direction * (end - start) as f64).log10();
            parts.push(Part { start, end, log_guesses, weakness: Some(Weakness::Sequence) });
        }
        start = end - 1;
    }
}

fn find_keyboard_paths(lower: &[char], parts: &mut Vec<Part>) {
    let step = |idx: usize| keyboard_step(lower[idx - 1], lower[idx]);
    let mut start = 0;
    while start + 2 < lower.len() {
        let mut end = start + 1;
        let mut n_turns = 1;
        while end < lower.len() && step(end).is_some() {
            n_turns += usize::from(end > start + 1 && step(end) != step(end - 1));
            end += 1;
        }
        if end - start >= 3 {
            let log_guesses = (47.0 * (end - start) as f64).log10() + n_turns as f64 * 4.6f64.log10();
            parts.push(Part { start, end, log_guesses, weakness: Some(Weakness::KeyboardPath) });
        }
        start = (end - 1).max(start + 1);
    }
}

/// The direction from one key to a neighbouring one, on the layout most passwords are typed on.
fn keyboard_step(from: char, to: char) -> Option<(i32, i32)> {
    let (from_row, from_column) = key_position(from)?;
    let (to_row, to_column) = key_position(to)?;
    let (down, right) = (to_row - from_row, to_column - from_column);
    let is_neighbour = match down {
        0 => right.abs() == 1,
        1 => right == 0 || right == -1,
        -1 => right == 0 || right == 1,
        _ => false,
    };
    is_neighbour.then_some((down, right))
}

fn key_position(key: char) -> Option<(i32, i32)> {
    KEYBOARD.iter().zip(0..).find_map(|(row, row_idx)| {
        row.chars().zip(0..).find(|(c, _)| *c == key && *c != ' ').map(|(_, column)| (row_idx, column))
    })
}

/// Adds years from 1900 to 2059, and days written with six to eight digits or with separators.
fn find_dates(lower: &[char], parts: &mut Vec<Part>) {
    for start in 0..lower.len() {
        for (len, log_guesses) in [(4, 2.1), (6, 4.6), (8, 4.6), (10, 5.2)] {
            let Some(found) = lower.get(start..start + len) else { continue };
            if is_date(found) {
                parts.push(Part { start, end: start + len, log_guesses, weakness: Some(Weakness::Date) });
            }
        }
    }
}

fn is_date(chars: &[char]) -> bool {
    let digits: Option<Vec<u32>> = match chars {
        [a, b, x, c, d, y, rest @ ..] if x == y && is_separator(*x) && matches!(rest.len(), 2 | 4) => {
            [*a, *b, *c, *d].iter().chain(rest).map(|c| c.to_digit(10)).collect()
        }
        [a, b, c, d, x, e, f, y, g, h] if x == y && is_separator(*x) => {
            [a, b, c, d, e, f, g, h].into_iter().map(|c| c.to_digit(10)).collect()
        }
        _ => chars.iter().map(|c| c.to_digit(10)).collect(),
    };
    let Some(digits) = digits else { return false };
    let number = |range: std::ops::Range<usize>| digits[range].iter().fold(0, |sum, digit| sum * 10 + digit);
    let is_year = |year: u32| (1900..2060).contains(&year);
    let is_day = |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
    let either = |left: u32, right: u32| is_day(left, right) || is_day(right, left);
    match digits.len() {
        4 => is_year(number(0..4)),
        6 => either(number(0..2), number(2..4)) || either(number(2..4), number(4..6)),
        8 => {
            (is_year(number(4..8)) && either(number(0..2), number(2..4)))
                || (is_year(number(0..4)) && either(number(4..6), number(6..8)))
        }
        _ => false,
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '/' | '.' | '_' | ' ')
}

/// Adds every part once more with the separator before it.
fn join_separators(lower: &[char], parts: &mut Vec<Part>) {
    let joined: Vec<Part> = parts
        .iter()
        .filter(|part| part.start > 0 && is_separator(lower[part.start - 1]))
        .map(|part| Part { start: part.start - 1, log_guesses: part.log_guesses + LOG_SEPARATOR, ..*part })
        .collect();
    parts.extend(joined);
}

/// The best cover of the first `end` characters by a given number of parts.
#[derive(Clone, Copy)]
struct Cover {
    log_product: f64,
    part_idx: Option<usize>,
    start: usize,
}

/// Finds the cover by the fewest guesses: the factorial of its number of parts times the product of their guesses, plus
/// 10,000 for each part beyond the first. What no pattern covers costs ten guesses a character.
fn cheapest_cover(n_chars: usize, parts: &[Part]) -> Estimate {
    let mut covers: Vec<Vec<Option<Cover>>> = vec![vec![None; n_chars + 1]; n_chars + 1];
    covers[0][0] = Some(Cover { log_product: 0.0, part_idx: None, start: 0 });
    let mut parts_by_end: Vec<Vec<usize>> = vec![Vec::new(); n_chars + 1];
    for (part_idx, part) in parts.iter().enumerate() {
        parts_by_end[part.end].push(part_idx);
    }
    for end in 1..=n_chars {
        let matched =
            parts_by_end[end].iter().map(|idx| (parts[*idx].start, parts[*idx].log_guesses, Some(*idx)));
        let brute = (0..end).map(|start| (start, (end - start) as f64, None));
        for (start, log_guesses, part_idx) in matched.chain(brute) {
            for n_parts in 0..=start {
                let Some(before) = covers[n_parts][start] else { continue };
                let log_product = before.log_product + log_guesses;
                let best = &mut covers[n_parts + 1][end];
                if best.is_none_or(|best| log_product < best.log_product) {
                    *best = Some(Cover { log_product, part_idx, start });
                }
            }
        }
    }
    let candidates = (1..=n_chars).filter_map(|n_parts| {
        covers[n_parts][n_chars].map(|cover| (total_log_guesses(n_parts, cover.log_product), n_parts))
    });
    let Some((guesses_log10, n_parts)) = candidates.min_by(|left, right| left.0.total_cmp(&right.0)) else {
        return Estimate { guesses_log10: 0.0, weaknesses: Vec::new() };
    };
    Estimate { guesses_log10, weaknesses: weaknesses(&covers, n_parts, n_chars, parts) }
}

fn total_log_guesses(n_parts: usize, log_product: f64) -> f64 {
    let log_factorial: f64 = (1..=n_parts).map(|k| (k as f64).log10()).sum();
    let tried = log_factorial + log_product;
    let growth = LOG_GROWTH * (n_parts - 1) as f64;
    let (larger, smaller) = if tried > growth { (tried, growth) } else { (growth, tried) };
    larger + 10f64.powf(smaller - larger).ln_1p() / std::f64::consts::LN_10
}

fn weaknesses(
    covers: &[Vec<Option<Cover>>],
    n_parts: usize,
    n_chars: usize,
    parts: &[Part],
) -> Vec<Weakness> {
    let mut found = Vec::new();
    let mut end = n_chars;
    for count in (1..=n_parts).rev() {
        let Some(cover) = covers[count][end] else { break };
        found.extend(cover.part_idx.and_then(|part_idx| parts[part_idx].weakness));
        end = cover.start;
    }
    found.reverse();
    found
}
