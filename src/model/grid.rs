//! Where the keyboard goes in a grid, and which pages of rows a grid holds.

/// The cell the keyboard is at. Row 0 is the heads' row, data rows count from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The row.
    pub row: u32,
    /// The column, from 0.
    pub column: u32,
}

/// What a grid measures in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Data rows.
    pub n_rows: u32,
    /// Columns.
    pub n_columns: u32,
    /// Rows that Page Up and Page Down pass.
    pub rows_per_page: u32,
}

impl Place {
    /// Where a key leads, as the ARIA grid pattern says; `None` for keys that do not move.
    pub fn after_key(self, key: &str, has_control: bool, extent: Extent) -> Option<Self> {
        let (last_row, last_column) = (extent.n_rows, extent.n_columns.saturating_sub(1));
        let Self { row, column } = self;
        let place = match (key, has_control) {
            ("ArrowUp", _) => Self { row: row.saturating_sub(1), column },
            ("ArrowDown", _) => Self { row: row + 1, column },
            ("ArrowLeft", _) => Self { row, column: column.saturating_sub(1) },
            ("ArrowRight", _) => Self { row, column: column + 1 },
            ("PageUp", _) => Self { row: row.saturating_sub(extent.rows_per_page).max(1), column },
            ("PageDown", _) => Self { row: row.saturating_add(extent.rows_per_page), column },
            ("Home", true) => Self { row: 1, column: 0 },
            ("End", true) => Self { row: last_row, column: last_column },
            ("Home", false) => Self { row, column: 0 },
            ("End", false) => Self { row, column: last_column },
            _ => return None,
        };
        Some(Self { row: place.row.min(last_row), column: place.column.min(last_column) })
    }
}

/// Rows are asked for in pages of this many.
pub const PAGE_ROWS: u32 = 100;
/// Pages a grid keeps.
const MAX_PAGES: usize = 30;

/// The first page in sight that is not held yet; pages in the middle come first, for the eye rests there.
pub fn missing_page(first: u32, end: u32, is_held: impl Fn(u32) -> bool) -> Option<u32> {
    if end <= first {
        return None;
    }
    let middle = (first + end) / 2 / PAGE_ROWS;
    let mut pages: Vec<u32> = (first / PAGE_ROWS..=(end - 1) / PAGE_ROWS).collect();
    pages.sort_by_key(|page| page.abs_diff(middle));
    pages.into_iter().find(|page| !is_held(*page))
}

/// The held page to let go of when there are too many: the one farthest from sight.
pub fn page_to_drop(held: impl Iterator<Item = u32>, first: u32) -> Option<u32> {
    let held: Vec<u32> = held.collect();
    (held.len() > MAX_PAGES)
        .then(|| held.into_iter().max_by_key(|page| page.abs_diff(first / PAGE_ROWS)))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENT: Extent = Extent { n_rows: 1_000_000, n_columns: 8, rows_per_page: 15 };

    #[test]
    fn keys_move_as_the_grid_pattern_says() {
        let here = Place { row: 20, column: 3 };
        let cases = [
            ("ArrowUp", false, (19, 3)),
            ("ArrowDown", false, (21, 3)),
            ("ArrowLeft", false, (20, 2)),
            ("ArrowRight", false, (20, 4)),
            ("Home", false, (20, 0)),
            ("End", false, (20, 7)),
            ("Home", true, (1, 0)),
            ("End", true, (1_000_000, 7)),
            ("PageUp", false, (5, 3)),
            ("PageDown", false, (35, 3)),
        ];
        for (key, control, (row, column)) in cases {
            assert_eq!(here.after_key(key, control, EXTENT), Some(Place { row, column }), "{key}");
        }
        assert_eq!(here.after_key("a", false, EXTENT), None);
    }

    #[test]
    fn keys_stop_at_the_edges() {
        let first = Place { row: 0, column: 0 };
        assert_eq!(first.after_key("ArrowUp", false, EXTENT), Some(first));
        assert_eq!(first.after_key("ArrowLeft", false, EXTENT), Some(first));
        let last = Place { row: 1_000_000, column: 7 };
        for key in ["ArrowDown", "ArrowRight", "PageDown"] {
            assert_eq!(last.after_key(key, false, EXTENT), Some(last));
        }
        let none = Extent { n_rows: 0, n_columns: 0, rows_per_page: 1 };
        for key in ["ArrowDown", "ArrowRight", "PageDown", "PageUp", "End", "Home"] {
            assert_eq!(first.after_key(key, true, none), Some(first));
        }
    }

    #[test]
    fn pages_in_sight_are_asked_for_once() {
        assert_eq!(missing_page(90, 130, |_| false), Some(1));
        assert_eq!(missing_page(90, 130, |page| page == 1), Some(0));
        assert_eq!(missing_page(90, 130, |_| true), None);
        assert_eq!(missing_page(0, 0, |_| false), None);
    }

    #[test]
    fn the_farthest_page_is_let_go() {
        assert_eq!(page_to_drop(0..30, 0), None);
        assert_eq!(page_to_drop(0..31, 0), Some(30));
        assert_eq!(page_to_drop(0..31, 2_900), Some(0));
    }
}
