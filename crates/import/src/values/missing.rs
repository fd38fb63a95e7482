//! Placeholders for "nothing is known".

/// True for the placeholders that no column uses for anything else: nothing, blanks, `N/A`, Zoho's `-None-` and Excel's
/// `#N/A`. `Null` and `Na` are people's names, so name and country columns use only these.
pub(crate) fn is_missing_in_name(value: &str) -> bool {
    let value = value.trim();
    value.is_empty() || ["N/A", "#N/A", "-None-"].iter().any(|other| value.eq_ignore_ascii_case(other))
}

/// True for every placeholder: those of names, `NA`, `null`, `NaN`, `?` and dashes. "unknown" is an answer, so it is not.
pub(crate) fn is_missing(value: &str) -> bool {
    let value = value.trim();
    let is_number = value.as_bytes().first().is_some_and(u8::is_ascii_digit);
    value.len() <= 6
        && !is_number
        && (is_missing_in_name(value)
            || ["NA", "null", "NaN", "(null)", "?", "-", "--", "—", "–"]
                .iter()
                .any(|other| value.eq_ignore_ascii_case(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_missing_and_answers_are_not() {
        for value in ["", "  ", "\u{3000}", "NA", "n/a", "N/A", "null", "NULL", "-None-", "?", "#N/A", "-"] {
            assert!(is_missing(value), "{value:?}");
        }
        for value in ["unknown", "None", "无", "nonexistent", "0", "no", "Nancy"] {
            assert!(!is_missing(value), "{value:?}");
        }
    }

    #[test]
    fn a_person_may_be_called_null_and_a_country_na() {
        assert!(!is_missing_in_name("Null") && !is_missing_in_name("NA"));
        assert!(is_missing_in_name(" ") && is_missing_in_name("n/a"));
    }
}
