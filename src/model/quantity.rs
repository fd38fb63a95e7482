//! Quantities in the unit a person would choose.

/// A size in bytes as a number between 0 and 1000 and its unit.
pub fn byte_unit(n_bytes: u64) -> (f64, &'static str) {
    let mut value = n_bytes as f64;
    for unit in ["B", "kB", "MB"] {
        if value < 999.95 {
            return (value, unit);
        }
        value /= 1000.0;
    }
    (value, "GB")
}

/// How far something has come, from 0 to 1; `None` when the whole is not known.
pub fn share_done(done: u64, total: u64) -> Option<f64> {
    (total > 0).then(|| (done as f64 / total as f64).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_the_unit_that_keeps_them_short() {
        for (n_bytes, expected) in
            [(0, (0.0, "B")), (999, (999.0, "B")), (1_000, (1.0, "kB")), (24_500_000, (24.5, "MB"))]
        {
            assert_eq!(byte_unit(n_bytes), expected);
        }
        assert_eq!(byte_unit(3_000_000_000_000), (3000.0, "GB"));
    }

    #[test]
    fn an_unknown_whole_has_no_share() {
        assert_eq!(share_done(5, 0), None);
        assert_eq!(share_done(5, 10), Some(0.5));
        assert_eq!(share_done(11, 10), Some(1.0));
    }
}
