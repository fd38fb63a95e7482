//! Columns for analysis, and what analysis saves: models and documents.

use crate::common::*;
use stillroom_records::{CustomerId, Filter, ModelId};
use stillroom_store::{Columns, DocumentKind, Error, MISSING_CODE, ModelDraft, OrderLineScope, ScoreValues};

#[test]
fn customer_columns_have_codes_into_sorted_levels_and_nan_where_nothing_is_known() {
    let mut store = memory();
    import_people(
        &mut store,
        &[("1", "Ada", "Paris"), ("2", "Bea", ""), ("3", "Cleo", "Lyon"), ("4", "Dora", "Paris")],
    );
    import_lines(&mut store, &[line("A", "3", "tea", 2.0, 5.0, 100)]);
    let filter = Filter::from_text("not name = \"Dora\"").unwrap();
    let read = store.customer_columns(&keys(["city", "spent", "last_order_at"]), Some(&filter)).unwrap();
    assert_eq!(read.ids, [1, 2, 3].map(CustomerId));
    let columns: Vec<_> = read.columns.into_iter().map(|(_, column)| column).collect();
    let expected =
        Columns::Categories { codes: vec![1, MISSING_CODE, 0], levels: vec!["Lyon".into(), "Paris".into()] };
    assert_eq!(columns.first(), Some(&expected));
    assert_eq!(columns.get(1), Some(&Columns::Numbers(vec![0.0, 0.0, 10.0])));
    let Some(Columns::Times(times)) = columns.get(2) else { panic!("{columns:?}") };
    assert!(times.iter().map(|time| time.to_bits()).eq([f64::NAN, f64::NAN, 100.0].map(f64::to_bits)));
}

#[test]
fn order_line_columns_are_codes_in_order_of_appearance() {
    let mut store = memory();
    let lines = [
        line("A", "7", "tea", 2.0, 5.0, 100),
        line("A", "7", "cup", 1.0, 5.0, 100),
        line("", "", "tea", 1.0, 5.0, 150),
        line("CB", "8", "tea", -1.0, 5.0, 200),
        line("", "8", "tea", 1.0, 5.0, 300),
    ];
    import_lines(&mut store, &lines);
    let read = store.order_line_columns(&OrderLineScope::default()).unwrap();
    assert_eq!(read.customers, [1, 2].map(CustomerId));
    assert_eq!(read.customer_codes, [0, 0, MISSING_CODE, 1, 1]);
    assert_eq!(read.item_codes, [0, 1, 0, 0, 0]);
    assert_eq!(read.order_codes, [0, 0, 1, 2, 3]);
    assert_eq!(read.orders, ["A", "", "CB", ""]);
    assert_eq!(read.times_millis, [100.0, 100.0, 150.0, 200.0, 300.0]);
    assert_eq!(read.is_cancelled, [false, false, false, true, false]);
    let scope = OrderLineScope {
        customers: Some(Filter::from_text("external_id = \"8\"").unwrap()),
        from_millis: Some(200),
        until_millis: Some(300),
    };
    assert_eq!(store.order_line_columns(&scope).unwrap().quantities, [-1.0]);
}

fn draft() -> ModelDraft {
    ModelDraft {
        name: "Segments".to_owned(),
        method: "kmeans".to_owned(),
        recipe: "{\"version\":1}".to_owned(),
        data_hash: "ab".to_owned(),
        metrics: "{}".to_owned(),
        artefact: vec![0, 1, 255],
    }
}

#[test]
fn a_saved_model_comes_back_with_its_artefact() {
    let mut store = memory();
    let id = store.save_model(&draft(), 7).unwrap();
    let (model, artefact) = store.load_model(id).unwrap();
    assert_eq!((model.name.as_str(), model.artefact_bytes, model.created_millis), ("Segments", 3, 7));
    assert_eq!(artefact, [0, 1, 255]);
    assert_eq!(store.models().unwrap(), [model]);
    let broken = ModelDraft { recipe: "{".to_owned(), ..draft() };
    assert_eq!(store.save_model(&broken, 7), Err(Error::Json));
}

#[test]
fn a_deleted_model_leaves_its_scores() {
    let mut store = memory();
    import_people(&mut store, &[("1", "Ada", "")]);
    let id = store.save_model(&draft(), 7).unwrap();
    store.write_scores(Some(id), "risk", ScoreValues::Numbers(&[(CustomerId(1), 1.0)]), 8).unwrap();
    assert_eq!(store.score_sets().unwrap().first().unwrap().model, Some(id));
    store.delete_model(id, 9).unwrap();
    assert_eq!(store.score_sets().unwrap().first().unwrap().model, None);
    assert_eq!(store.delete_model(id, 9), Err(Error::NotFound { record: "model" }));
    let orphan = store.write_scores(Some(ModelId(5)), "risk", ScoreValues::Numbers(&[]), 8);
    assert_eq!(orphan, Err(Error::NotFound { record: "model" }));
    assert_eq!(
        store.score_sets().unwrap().first().unwrap().n_customers,
        1,
        "a refused write changes nothing"
    );
}

#[test]
fn documents_and_settings_are_replaced_and_logged() {
    let mut store = memory();
    store.save_document(DocumentKind::View, "b", "{}", 1).unwrap();
    store.save_document(DocumentKind::View, "a", "[1]", 2).unwrap();
    store.save_document(DocumentKind::View, "b", "[2]", 3).unwrap();
    store.save_document(DocumentKind::Recipe, "b", "{}", 4).unwrap();
    let views = store.documents(DocumentKind::View).unwrap();
    assert_eq!(
        views.iter().map(|view| (&*view.name, &*view.body)).collect::<Vec<_>>(),
        [("a", "[1]"), ("b", "[2]")]
    );
    assert_eq!(store.save_document(DocumentKind::View, "c", "nope", 1), Err(Error::Json));
    store.delete_document(DocumentKind::View, "b", 5).unwrap();
    assert_eq!(
        store.delete_document(DocumentKind::View, "b", 5),
        Err(Error::NotFound { record: "document" })
    );
    assert_eq!(store.setting("locale"), Ok(None));
    store.set_setting("locale", "zh", 6).unwrap();
    store.set_setting("locale", "zh", 7).unwrap();
    assert_eq!(store.setting("locale"), Ok(Some("zh".to_owned())));
    assert_eq!(store.verify_chain(), Ok(6));
}
