//! Whether a person has kept their recovery code.

/// Characters of the code's end that are typed back.
const N_TYPED: usize = 4;

/// Whether `typed` is the end of `code`, in any case, whatever separates the groups; the whole code is right too.
pub fn confirms(code: &str, typed: &str) -> bool {
    let plain = |text: &str| -> Vec<char> {
        text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase).collect()
    };
    let (code, typed) = (plain(code), plain(typed));
    typed.len() >= N_TYPED && code.ends_with(&typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_four_characters_confirm_a_code() {
        let code = "AB12-CD34-EF56-GH78-JK90-MN12-PQ34";
        for typed in ["PQ34", "pq34", " pq-34 ", "mn12pq34", code] {
            assert!(confirms(code, typed), "{typed}");
        }
        for typed in ["", "Q34", "34", "AB12", "PQ3", "PQ345"] {
            assert!(!confirms(code, typed), "{typed}");
        }
    }
}
