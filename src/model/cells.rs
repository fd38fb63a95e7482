//! Values as forms hold them: text a person can edit, and back.

use stillroom_engine::protocol::Cell;
use stillroom_records::date;

/// The text a form begins with.
pub fn edit_text(cell: &Cell) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
        Cell::Time(millis) => date::text_from_millis(*millis).chars().take(10).collect(),
        Cell::Boolean(yes) => yes.to_string(),
    }
}

/// The value of a typed text, missing when it is empty; `None` when it does not fit the type.
pub fn read_text(value_type: &str, text: &str) -> Option<Cell> {
    let text = text.trim();
    match value_type {
        _ if text.is_empty() => Some(Cell::Missing),
        "number" => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Cell::Number),
        "date" | "time" => date::read_millis(text).ok().map(Cell::Time),
        "boolean" => text.parse().ok().map(Cell::Boolean),
        _ => Some(Cell::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_into_a_form_and_back() {
        for (value_type, cell) in [
            ("text", Cell::Text("李 \"x\"".to_owned())),
            ("number", Cell::Number(-1.5)),
            ("date", Cell::Time(1_323_388_800_000)),
            ("boolean", Cell::Boolean(true)),
            ("text", Cell::Missing),
        ] {
            assert_eq!(read_text(value_type, &edit_text(&cell)), Some(cell));
        }
    }

    #[test]
    fn texts_that_do_not_fit_are_refused() {
        for (value_type, text) in
            [("number", "many"), ("number", "NaN"), ("date", "soon"), ("boolean", "perhaps")]
        {
            assert_eq!(read_text(value_type, text), None);
        }
    }
}
