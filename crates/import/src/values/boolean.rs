//! Yes and no in the languages of the exports we know.

const YES: [&str; 12] = ["yes", "true", "y", "t", "ja", "wahr", "oui", "vrai", "sí", "是", "真", "有"];
const NO: [&str; 12] = ["no", "false", "n", "f", "nein", "falsch", "non", "faux", "否", "假", "无", "falso"];

/// Reads a yes or a no, in any letter case; `1` and `0` are numbers and are not read.
///
/// ```
/// use stillroom_import::read_boolean;
/// assert_eq!(read_boolean("Nein"), Some(false));
/// assert_eq!(read_boolean("是"), Some(true));
/// assert_eq!(read_boolean("1"), None);
/// ```
pub fn read_boolean(value: &str) -> Option<bool> {
    let value = value.trim();
    let is_in = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    if value.is_empty() || value.len() > 6 || value.starts_with(|c: char| c.is_ascii_digit()) {
        None
    } else if is_in(&YES) {
        Some(true)
    } else if is_in(&NO) {
        Some(false)
    } else {
        None
    }
}
