//! Reading one cell: missing, boolean, number, date.

mod boolean;
mod date;
mod missing;
mod number;

pub use boolean::read_boolean;
pub use date::{DateOrder, DateStyle, date_text_from_millis, read_date};
pub(crate) use date::{DateShape, MILLIS_PER_DAY, date_shape, days_from_civil};
pub(crate) use missing::{is_missing, is_missing_in_name};
pub use number::{DecimalMark, read_number};
pub(crate) use number::{NumberShape, number_shape};

/// True when the value has the shape of one e-mail address: something, one `@`, and a domain with a dot.
pub(crate) fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else { return false };
    let has_dot = domain.split_once('.').is_some_and(|(name, rest)| !name.is_empty() && !rest.is_empty());
    let is_clean = |part: &str| !part.contains(['@', ' ', ',', ';', '<', '>', '"']);
    !local.is_empty() && has_dot && !domain.ends_with('.') && is_clean(local) && is_clean(domain)
}

/// True when the value has the shape of a telephone number and not of a plain count, amount or date.
pub(crate) fn is_phone(value: &str) -> bool {
    let n_digits = value.bytes().filter(u8::is_ascii_digit).count();
    let is_allowed = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '(' | ')' | '.' | '/');
    let is_marked = value.starts_with('+') || value.starts_with('0') || value.contains(['(', '-', ' ']);
    (7..=15).contains(&n_digits)
        && value.chars().all(is_allowed)
        && is_marked
        && matches!(date_shape(value), DateShape::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_and_phones_are_told_from_other_text() {
        for email in ["a@example.com", "o'neil+x@mail.example.co.uk", "张伟@例子.中国"] {
            assert!(is_email(email), "{email}");
        }
        for other in
            ["a@b", "@example.com", "a b@example.com", "a@example.com, b@example.com", "a@@example.com", ""]
        {
            assert!(!is_email(other), "{other}");
        }
        for phone in ["+1 (555) 0175-3111", "021-55557996", "+8613800000000", "0049 30 1234567"] {
            assert!(is_phone(phone), "{phone}");
        }
        for other in ["12345678", "2024-05-30", "2024-05-30 06:00", "1,234,567", "12.50", "call 555-0100"] {
            assert!(!is_phone(other), "{other}");
        }
    }
}
