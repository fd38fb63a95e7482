//! Which rows of a long list are in sight, and where they stand.
//!
//! Browsers cap an element's height (Firefox near 17.8 million pixels), so a list of a million rows cannot be as tall as its
//! rows. Above [`MAX_HEIGHT`] the scroll position is scaled: the bar moves through a shorter list, and rows are placed where
//! the eye is.

/// The tallest content asked of a browser, in pixels.
pub const MAX_HEIGHT: f64 = 12_000_000.0;

/// A list's measures, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scroll {
    /// Rows in all.
    pub n_rows: u32,
    /// A row's height.
    pub row_height: f64,
    /// The height in sight.
    pub sight: f64,
}

/// Rows in sight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InSight {
    /// The first row.
    pub first: u32,
    /// One past the last row.
    pub end: u32,
    /// Where the first row stands in the content.
    pub top: f64,
}

impl Scroll {
    fn whole(self) -> f64 {
        f64::from(self.n_rows) * self.row_height
    }

    /// The height of the content the scroll bar moves through.
    pub fn content_height(self) -> f64 {
        self.whole().min(MAX_HEIGHT)
    }

    /// Pixels of rows a pixel of scrolling stands for, at least 1.
    fn scale(self) -> f64 {
        let (rows, content) = (self.whole() - self.sight, self.content_height() - self.sight);
        if content > 0.0 && rows > content { rows / content } else { 1.0 }
    }

    /// The rows in sight at a scroll position, with `spare` rows on either side.
    pub fn in_sight(self, position: f64, spare: u32) -> InSight {
        if self.n_rows == 0 || self.row_height <= 0.0 {
            return InSight { first: 0, end: 0, top: 0.0 };
        }
        let last_position = (self.content_height() - self.sight).max(0.0);
        let position = position.clamp(0.0, last_position);
        let offset = position * self.scale();
        let first = ((offset / self.row_height) as u32).saturating_sub(spare).min(self.n_rows - 1);
        let n_fitting = (self.sight / self.row_height).ceil() as u32 + 1;
        let end = ((offset / self.row_height) as u32).saturating_add(n_fitting + spare).min(self.n_rows);
        let top = position + f64::from(first) * self.row_height - offset;
        InSight { first, end, top }
    }

    /// The scroll position nearest to `position` at which a row is wholly in sight.
    pub fn reveal(self, row: u32, position: f64) -> f64 {
        let scale = self.scale();
        let offset = position * scale;
        let (row_top, row_bottom) = (f64::from(row) * self.row_height, f64::from(row + 1) * self.row_height);
        if row_top < offset {
            row_top / scale
        } else if row_bottom > offset + self.sight {
            (row_bottom - self.sight) / scale
        } else {
            position
        }
    }

    /// Whole rows in sight, at least one: how far Page Down goes.
    pub fn rows_per_page(self) -> u32 {
        ((self.sight / self.row_height) as u32).saturating_sub(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLION: Scroll = Scroll { n_rows: 1_000_000, row_height: 36.0, sight: 600.0 };
    const FEW: Scroll = Scroll { n_rows: 100, row_height: 36.0, sight: 600.0 };

    #[test]
    fn a_short_list_scrolls_pixel_by_pixel() {
        let rows = FEW.in_sight(360.0, 0);
        assert_eq!((rows.first, rows.top), (10, 360.0));
        assert_eq!(FEW.content_height(), 3600.0);
    }

    #[test]
    fn a_million_rows_stay_below_the_browsers_cap() {
        assert_eq!(MILLION.content_height(), MAX_HEIGHT);
    }

    #[test]
    fn the_ends_of_a_million_rows_are_reached() {
        let last = MAX_HEIGHT - 600.0;
        assert_eq!(MILLION.in_sight(0.0, 0).first, 0);
        let end = MILLION.in_sight(last, 0);
        assert_eq!(end.end, 1_000_000);
        let bottom = end.top + f64::from(end.end - end.first) * 36.0;
        assert!((bottom - MAX_HEIGHT).abs() < 1e-3, "the last row ends at {bottom}");
    }

    #[test]
    fn every_row_can_be_revealed() {
        for list in [FEW, MILLION] {
            for row in [0, 1, 17, list.n_rows / 3, list.n_rows - 1] {
                for start in [0.0, list.content_height() / 2.0, list.content_height() - 600.0] {
                    let position = list.reveal(row, start);
                    let rows = list.in_sight(position, 0);
                    let row_top = rows.top + f64::from(row - rows.first) * 36.0;
                    assert!(row_top >= position - 0.01 && row_top + 36.0 <= position + 600.01, "row {row}");
                }
            }
        }
    }

    #[test]
    fn rows_in_sight_stay_where_they_are() {
        assert_eq!(FEW.reveal(12, 360.0), 360.0);
    }

    #[test]
    fn an_empty_list_shows_nothing() {
        let none = Scroll { n_rows: 0, ..FEW };
        assert_eq!(none.in_sight(50.0, 5), InSight { first: 0, end: 0, top: 0.0 });
    }

    #[test]
    fn few_rows_are_in_the_page_whatever_the_list() {
        for position in [0.0, 1_234_567.0, 11_999_400.0] {
            let rows = MILLION.in_sight(position, 8);
            assert!(rows.end - rows.first < 40);
        }
    }
}
