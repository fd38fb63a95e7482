//! The import wizard's decisions: which targets a column may have, and whether a mapping can be imported.

use stillroom_engine::protocol::{ColumnGuess, FileKind, Inspection, Target};
use stillroom_records::field::FieldOrigin;
use stillroom_records::{OrderField, standard_fields};

/// The word for leaving a column out.
pub const SKIP: &str = "-skip";
/// The word for keeping a column as a field of its own.
pub const CUSTOM: &str = "-custom";

/// One column with what was chosen for it.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnChoice {
    /// Its name in the file.
    pub header: String,
    /// A field's key, [`SKIP`] or [`CUSTOM`].
    pub target: String,
    /// The type of an own field.
    pub value_type: String,
    /// Why: the guess's code, or `yours`.
    pub reason: String,
}

/// What keeps a mapping from being imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// Two columns go to this field.
    Twice(String),
    /// Order lines without a customer.
    NoCustomer,
    /// Order lines without an item.
    NoItem,
    /// Every column is left out.
    Nothing,
}

/// The keys of the fields a column may go to.
pub fn target_keys(kind: FileKind) -> Vec<String> {
    match kind {
        FileKind::Customers => standard_fields()
            .into_iter()
            .filter(|field| field.origin == FieldOrigin::Standard)
            .map(|field| field.key.as_str().to_owned())
            .collect(),
        FileKind::OrderLines => OrderField::ALL.iter().map(|field| field.key().to_owned()).collect(),
    }
}

/// The guesses of an inspection as choices. Order lines have no own fields: what is not known is left out.
pub fn first_choices(inspection: &Inspection) -> Vec<ColumnChoice> {
    let choice = |guess: &ColumnGuess| {
        let target = match (&guess.field, inspection.kind) {
            (Some(field), _) => field.clone(),
            (None, _) if guess.reason == "no-values" => SKIP.to_owned(),
            (None, FileKind::Customers) => CUSTOM.to_owned(),
            (None, FileKind::OrderLines) => SKIP.to_owned(),
        };
        ColumnChoice {
            header: guess.header.clone(),
            target,
            value_type: guess.value_type.clone(),
            reason: guess.reason.clone(),
        }
    };
    inspection.columns.iter().map(choice).collect()
}

/// The choices as an import plan says them.
pub fn targets(choices: &[ColumnChoice]) -> Vec<Target> {
    let target = |choice: &ColumnChoice| match choice.target.as_str() {
        SKIP => Target::Skip,
        CUSTOM => Target::Custom { value_type: choice.value_type.clone() },
        field => Target::Field(field.to_owned()),
    };
    choices.iter().map(target).collect()
}

/// The first thing that keeps the mapping from being imported.
pub fn obstacle(kind: FileKind, choices: &[ColumnChoice]) -> Option<Obstacle> {
    let fields: Vec<&str> = choices
        .iter()
        .map(|choice| choice.target.as_str())
        .filter(|target| !target.starts_with('-'))
        .collect();
    let twice =
        fields.iter().enumerate().find(|(at, field)| fields.iter().take(*at).any(|other| other == *field));
    if let Some((_, field)) = twice {
        return Some(Obstacle::Twice((*field).to_owned()));
    }
    let has = |field: OrderField| fields.contains(&field.key());
    match kind {
        FileKind::Customers if choices.iter().all(|choice| choice.target == SKIP) => Some(Obstacle::Nothing),
        FileKind::OrderLines if !has(OrderField::Customer) => Some(Obstacle::NoCustomer),
        FileKind::OrderLines if !has(OrderField::ItemCode) && !has(OrderField::ItemName) => {
            Some(Obstacle::NoItem)
        }
        _ => None,
    }
}

/// Up to `n` different examples of a column's values, shortened; empty ones left out.
pub fn examples(preview: &[Vec<String>], column: usize, n: usize) -> Vec<String> {
    const LONGEST: usize = 28;
    let mut found: Vec<String> = Vec::new();
    for value in preview.iter().filter_map(|row| row.get(column)).map(|value| value.trim()) {
        let mut short: String = value.chars().take(LONGEST).collect();
        if value.chars().count() > LONGEST {
            short.push('…');
        }
        if found.len() < n && !short.is_empty() && !found.contains(&short) {
            found.push(short);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use stillroom_engine::protocol::DialectChoice;

    use super::*;

    fn guess(header: &str, field: Option<&str>, reason: &str) -> ColumnGuess {
        ColumnGuess {
            header: header.to_owned(),
            value_type: "text".to_owned(),
            field: field.map(str::to_owned),
            reason: reason.to_owned(),
        }
    }

    fn inspection(kind: FileKind, columns: Vec<ColumnGuess>) -> Inspection {
        Inspection {
            dialect: DialectChoice::default(),
            kind,
            columns,
            preview: Vec::new(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn unknown_columns_of_customers_become_own_fields_and_of_order_lines_stay_out() {
        for (kind, expected) in [(FileKind::Customers, CUSTOM), (FileKind::OrderLines, SKIP)] {
            let choices = first_choices(&inspection(
                kind,
                vec![guess("odd", None, ""), guess("void", None, "no-values")],
            ));
            assert_eq!(choices[0].target, expected);
            assert_eq!(choices[1].target, SKIP);
        }
    }

    #[test]
    fn two_columns_may_not_go_to_one_field() {
        let inspection = inspection(
            FileKind::Customers,
            vec![guess("a", Some("email"), "header"), guess("b", Some("email"), "values")],
        );
        let choices = first_choices(&inspection);
        assert_eq!(obstacle(FileKind::Customers, &choices), Some(Obstacle::Twice("email".to_owned())));
    }

    #[test]
    fn order_lines_need_a_customer_and_an_item() {
        let choose = |fields: &[&str]| -> Vec<ColumnChoice> {
            let guesses = fields.iter().map(|field| guess(field, Some(field), "header")).collect();
            first_choices(&inspection(FileKind::OrderLines, guesses))
        };
        for (fields, expected) in [
            (vec!["quantity"], Some(Obstacle::NoCustomer)),
            (vec!["customer"], Some(Obstacle::NoItem)),
            (vec!["customer", "item_name"], None),
            (vec!["customer", "item_code"], None),
        ] {
            assert_eq!(obstacle(FileKind::OrderLines, &choose(&fields)), expected);
        }
    }

    #[test]
    fn a_file_without_any_column_kept_is_nothing() {
        let choices = first_choices(&inspection(FileKind::Customers, vec![guess("a", None, "no-values")]));
        assert_eq!(obstacle(FileKind::Customers, &choices), Some(Obstacle::Nothing));
        assert_eq!(targets(&choices), [Target::Skip]);
    }

    #[test]
    fn computed_fields_are_no_targets() {
        let keys = target_keys(FileKind::Customers);
        assert!(keys.iter().any(|key| key == "email") && !keys.iter().any(|key| key == "spent"));
    }

    #[test]
    fn examples_are_short_distinct_and_not_empty() {
        let long = "x".repeat(60);
        let preview: Vec<Vec<String>> =
            ["a", "", "a", &long, "b"].iter().map(|value| vec![(*value).to_owned()]).collect();
        let found = examples(&preview, 0, 3);
        assert_eq!(found[0], "a");
        assert_eq!(found[1].chars().count(), 29);
        assert_eq!(found[2], "b");
        assert!(examples(&preview, 7, 3).is_empty());
    }
}
