use super::*;
use crate::ColumnData;
use crate::progress::unwatched;

fn column(name: &str, data: ColumnData) -> Column {
    Column { name: name.to_owned(), data }
}

fn labels(values: &[&str]) -> ColumnData {
    ColumnData::from_labels(values.iter().map(|value| (!value.is_empty()).then_some(*value)))
}

fn texts(values: &[&str]) -> ColumnData {
    ColumnData::Text(values.iter().map(|value| (!value.is_empty()).then(|| (*value).to_owned())).collect())
}

/// The table of Sweeney's kind: names, ages, postcodes, dates and an illness.
fn table() -> Table {
    let days = [0, 40, 45, 400, 800, 31];
    Table::new(vec![
        column("name", texts(&["Ada", "Bob", "Ada", "Eve", "", "Zoe"])),
        column("city", labels(&["Lyon", "Lyon", "Lyon", "Lyon", "Metz", ""])),
        column("age", ColumnData::Number(vec![21.0, 24.0, 29.0, 35.0, f64::NAN, 90.0])),
        column("since", ColumnData::Time(days.map(|day| Some(day * 86_400_000 + 5)).to_vec())),
        column("vip", ColumnData::Boolean(vec![Some(true), None, None, None, Some(false), None])),
        column("illness", labels(&["flu", "flu", "flu", "gout", "gout", "flu"])),
    ])
    .unwrap()
}

fn read(json: &str) -> AnonymizeParams {
    serde_json::from_str(json).unwrap()
}

fn changed(json: &str) -> Result<Anonymized> {
    anonymize(&table(), &read(json), 7, &mut unwatched)
}

fn shown(table: &Table, name: &str) -> Vec<String> {
    match &table.column(name).unwrap().data {
        ColumnData::Category { codes, levels } => {
            codes.iter().map(|&code| levels.get(code as usize).cloned().unwrap_or_default()).collect()
        }
        ColumnData::Number(values) => values.iter().map(f64::to_string).collect(),
        ColumnData::Time(values) => {
            values.iter().map(|time| (time.unwrap_or(-1) / 86_400_000).to_string()).collect()
        }
        _ => panic!("the test shows categories, numbers and times"),
    }
}

#[test]
fn the_registry_describes_the_parameters() {
    crate::registry::assert_documented(&METHOD, AnonymizeParams::check);
    crate::registry::assert_documented(&risk::METHOD, RiskParams::check);
}

#[test]
fn what_is_not_named_is_left_out() {
    let found = changed(r#"{"keep":["vip"]}"#).unwrap();
    assert_eq!(found.table.columns().len(), 1);
    assert_eq!(found.columns[0].change, Change::Suppressed);
    assert_eq!((found.columns[0].distinct_before, found.columns[0].distinct_after), (4, 0));
    assert_eq!(changed("{}"), Err(Error::Empty));
}

#[test]
fn equal_values_share_a_token_and_no_token_holds_a_value() {
    let found = changed(r#"{"token":["name","city"]}"#).unwrap();
    let names = shown(&found.table, "name");
    assert_eq!((names[0] == names[2], names[4].as_str()), (true, ""));
    let mut different: Vec<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    different.sort();
    different.dedup();
    assert_eq!(different, ["A1", "A2", "A3", "A4"]);
    let reversed = anonymize(
        &table().take(&[5, 4, 3, 2, 1, 0]),
        &read(r#"{"token":["name","city"]}"#),
        7,
        &mut unwatched,
    );
    let mut again = shown(&reversed.unwrap().table, "name");
    again.reverse();
    assert_eq!(again, names, "a token does not depend on the rows' order");
}

#[test]
fn masks_bands_codes_and_dates_say_less() {
    let found = changed(
        r#"{"mask":["name","city"],"band":["age"],"band_width":10,"month":["since"],"group_rare":["illness"],"min_count":3}"#,
    )
    .unwrap()
    .table;
    assert_eq!(shown(&found, "name"), ["A***", "B***", "A***", "E***", "", "Z***"]);
    assert_eq!(shown(&found, "age"), ["20 to 30", "20 to 30", "20 to 30", "30 to 40", "", "90 to 100"]);
    assert_eq!(shown(&found, "since"), ["0", "31", "31", "396", "790", "31"]);
    assert_eq!(shown(&found, "illness"), ["flu", "flu", "flu", "other", "other", "flu"]);
    let found = changed(r#"{"band":["age"],"n_bands":2,"year":["since"]}"#).unwrap().table;
    assert_eq!(shown(&found, "age"), ["below 29", "below 29", "29 or more", "29 or more", "", "29 or more"]);
    assert_eq!(shown(&found, "since"), ["0", "0", "0", "365", "730", "0"]);
    let found = changed(r#"{"code":["age"],"code_share":0.25}"#).unwrap().table;
    assert_eq!(shown(&found, "age"), ["24", "24", "29", "35", "NaN", "35"]);
}

#[test]
fn a_change_that_does_not_suit_the_column_is_refused() {
    let code = |json: &str| changed(json).map_err(|error| error.code()).err();
    for json in
        [r#"{"keep":["name"]}"#, r#"{"token":["age"]}"#, r#"{"band":["city"]}"#, r#"{"month":["vip"]}"#]
    {
        assert_eq!(code(json), Some("wrong-type"), "{json}");
    }
    assert_eq!(code(r#"{"keep":["age"],"band":["age"]}"#), Some("duplicate-column"));
    assert_eq!(code(r#"{"keep":["phone"]}"#), Some("unknown-column"));
}

#[test]
fn groups_of_equal_quasi_identifiers_are_counted() {
    let params = |json: &str| serde_json::from_str::<RiskParams>(json).unwrap();
    let wide = params(r#"{"quasi_identifiers":["city"],"sensitive":["illness","vip"],"k":2,"max_groups":2}"#);
    let found = k_anonymity(&table(), &wide, &mut unwatched).unwrap();
    assert_eq!((found.n_groups, found.smallest_group, found.unique_rows), (3, 1, 2));
    assert_eq!((found.groups_below_k, found.rows_below_k, found.is_k_anonymous), (2, 2, false));
    assert_eq!(found.smallest, [SmallGroup { size: 1, first_row: 4 }, SmallGroup { size: 1, first_row: 5 }]);
    assert_eq!((found.mean_risk, found.largest_risk), (0.5, 1.0));
    assert_eq!((found.diversity[0].distinct_l, found.diversity[0].groups_below_l), (1, 2));
    let kept = keep_groups_of_k(&table(), &["city".into()], 2, &mut unwatched).unwrap();
    assert_eq!(kept, [0, 1, 2, 3]);
    let found = k_anonymity(&table().take(&kept), &wide, &mut unwatched).unwrap();
    assert!(found.is_k_anonymous);
    // Three of four have flu: exp of the entropy of ¾ and ¼.
    let entropy = -(0.75f64 * 0.75f64.ln() + 0.25 * 0.25f64.ln());
    assert!((found.diversity[0].entropy_l - entropy.exp()).abs() < 1e-14);
    assert_eq!(found.diversity[0].distinct_l, 2);
    let none = k_anonymity(&table(), &params("{}"), &mut unwatched);
    assert_eq!(none.map_err(|error| error.code()).err(), Some("parameter"));
}
