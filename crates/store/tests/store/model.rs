//! The workspace against a simple model of it: any sequence of imports, edits and undos leaves both with the same customers, the
//! same counts and the same refusals.

use crate::common::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use stillroom_records::{ImportId, Value};
use stillroom_store::{Direction, Error, ImportKind, Store};

const FIELDS: [&str; 2] = ["name", "city"];

/// A row of a customers file: id, name and city, with 0 for nothing.
type PersonRow = (u8, [u8; 2]);
/// A row of an orders file: customer, order and quantity; customer 0 is nobody.
type LineRow = (u8, u8, i8);

#[derive(Clone, Debug)]
enum Step {
    Customers(Vec<PersonRow>),
    CancelledCustomers(Vec<PersonRow>),
    Lines(Vec<LineRow>),
    Edit { customer: u8, field: usize, value: u8 },
    Undo(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let people = || prop::collection::vec((1..6_u8, [0..4_u8, 0..4_u8]), 0..5);
    let lines = prop::collection::vec((0..6_u8, 0..4_u8, -2..4_i8), 0..5);
    prop_oneof![
        3 => people().prop_map(Step::Customers),
        1 => people().prop_map(Step::CancelledCustomers),
        2 => lines.prop_map(Step::Lines),
        2 => (1..6_u8, 0..2_usize, 0..4_u8).prop_map(|(customer, field, value)| Step::Edit { customer, field, value }),
        3 => (0..8_usize).prop_map(Step::Undo),
    ]
}

#[derive(Clone, Debug)]
struct Person {
    values: [u8; 2],
    import: usize,
}

#[derive(Clone, Debug, Default)]
struct ModelImport {
    is_undone: bool,
    matched: BTreeSet<u8>,
    /// `(customer, field)` to what was there before and is there after.
    images: BTreeMap<(u8, usize), (u8, u8)>,
}

#[derive(Clone, Debug, Default)]
struct Model {
    people: BTreeMap<u8, Person>,
    lines: Vec<(usize, LineRow)>,
    imports: Vec<ModelImport>,
}

impl Model {
    fn import_customers(&mut self, rows: &[PersonRow]) {
        let number = self.imports.len();
        let mut import = ModelImport::default();
        for (id, values) in rows {
            let person = self.people.entry(*id).or_insert(Person { values: [0, 0], import: number });
            let is_own = person.import == number;
            if !is_own {
                import.matched.insert(*id);
            }
            for (field, (new, old)) in values.iter().zip(&mut person.values).enumerate() {
                if *new != 0 && new != old {
                    if !is_own {
                        let image = import.images.entry((*id, field)).or_insert((*old, *new));
                        image.1 = *new;
                    }
                    *old = *new;
                }
            }
        }
        self.imports.push(import);
    }

    fn import_lines(&mut self, rows: &[LineRow]) {
        let number = self.imports.len();
        for row in rows.iter().filter(|row| row.0 != 0) {
            self.people.entry(row.0).or_insert(Person { values: [0, 0], import: number });
        }
        self.lines.extend(rows.iter().map(|row| (number, *row)));
        self.imports.push(ModelImport::default());
    }

    fn blocked_by(&self, number: usize) -> Option<usize> {
        let own: BTreeSet<u8> =
            self.people.iter().filter(|(_, person)| person.import == number).map(|(id, _)| *id).collect();
        let own_images: BTreeSet<u8> = self
            .imports
            .get(number)
            .into_iter()
            .flat_map(|import| import.images.keys().map(|(id, _)| *id))
            .collect();
        let builds_on = |later: usize, import: &ModelImport| {
            self.lines.iter().any(|(of, row)| *of == later && own.contains(&row.0))
                || !import.matched.is_disjoint(&own)
                || import.images.keys().any(|(id, _)| own_images.contains(id))
        };
        let later = self.imports.iter().enumerate().skip(number + 1);
        later
            .rev()
            .find(|(later, import)| !import.is_undone && builds_on(*later, import))
            .map(|(later, _)| later)
    }

    fn undo(&mut self, number: usize) {
        let import = self.imports.get_mut(number).expect("the step was checked");
        import.is_undone = true;
        for ((id, field), (before, after)) in &import.images {
            let value = self.people.get_mut(id).and_then(|person| person.values.get_mut(*field));
            if let Some(value) = value.filter(|value| *value == after) {
                *value = *before;
            }
        }
        self.people.retain(|_, person| person.import != number);
        self.lines.retain(|(of, _)| *of != number);
    }

    fn render(&self) -> String {
        let mut text = String::new();
        for (id, person) in &self.people {
            let lines: Vec<&LineRow> =
                self.lines.iter().map(|(_, row)| row).filter(|row| row.0 == *id).collect();
            let orders: BTreeSet<u8> = lines.iter().filter(|row| row.2 >= 0).map(|row| row.1).collect();
            let spent: f64 =
                lines.iter().map(|row| f64::from(row.2) * 1.5).fold(0.0, |sum, price| sum + price);
            text.push_str(&format!("{id} {:?} {} {spent}\n", person.values.map(shown), orders.len()));
        }
        text.push_str(&format!("{} lines", self.lines.len()));
        text
    }
}

fn shown(value: u8) -> String {
    if value == 0 { String::new() } else { format!("v{value}") }
}

fn rows_of(rows: &[PersonRow]) -> Vec<Vec<Value>> {
    rows.iter()
        .map(|(id, [name, city])| vec![text(&id.to_string()), text(&shown(*name)), text(&shown(*city))])
        .collect()
}

fn render(store: &Store) -> String {
    let fields = keys(["external_id", "name", "city", "orders", "spent"]);
    let view = store.open_view(None, &[(key("external_id"), Direction::Ascending)], None).unwrap();
    let mut rendered = String::new();
    for row in store.window(&view, &fields, 0, 100).unwrap() {
        let texts: Vec<String> =
            row.values.iter().map(|value| value.as_text().unwrap_or_default().to_owned()).collect();
        let numbers: Vec<f64> = row.values.iter().filter_map(Value::as_number).collect();
        if let ([id, name, city, ..], [orders, spent]) = (texts.as_slice(), numbers.as_slice()) {
            rendered.push_str(&format!("{id} {:?} {orders} {spent}\n", [name, city]));
        }
    }
    rendered.push_str(&format!("{} lines", store.summary().unwrap().order_lines));
    rendered
}

fn take(store: &mut Store, model: &mut Model, step: &Step) {
    let columns = keys(["external_id", "name", "city"]);
    match step {
        Step::Customers(rows) => {
            import_customers(store, &columns, &rows_of(rows));
            model.import_customers(rows);
        }
        Step::CancelledCustomers(rows) => {
            store.begin_import(ImportKind::Customers, "x", &columns, 1).unwrap();
            store.append_customers(&rows_of(rows)).unwrap();
            store.cancel_import();
        }
        Step::Lines(rows) => {
            let lines: Vec<_> = rows
                .iter()
                .map(|(customer, order, quantity)| {
                    let customer = if *customer == 0 { String::new() } else { customer.to_string() };
                    line(&format!("o{order}"), &customer, "tea", f64::from(*quantity), 1.5, 10)
                })
                .collect();
            import_lines(store, &lines);
            model.import_lines(rows);
        }
        Step::Edit { customer, field, value } => {
            let id = store.customer_by_external_id(&customer.to_string()).unwrap();
            let person = model.people.get_mut(customer);
            assert_eq!(id.is_some(), person.is_some());
            if let (Some(id), Some(person)) = (id, person) {
                let key = key(FIELDS.get(*field).unwrap());
                store.update_customer_field(id, &key, &text(&shown(*value)), 5).unwrap();
                *person.values.get_mut(*field).unwrap() = *value;
            }
        }
        Step::Undo(number) => {
            let import = ImportId(*number as i64 + 1);
            let undone = store.undo_import(import, 9).map(|_| ());
            match model.imports.get(*number) {
                None => assert_eq!(undone, Err(Error::NotFound { record: "import" })),
                Some(found) if found.is_undone => assert_eq!(undone, Err(Error::AlreadyUndone)),
                Some(_) => match model.blocked_by(*number) {
                    Some(later) => {
                        let import = ImportId(later as i64 + 1);
                        assert_eq!(undone, Err(Error::LaterImportDepends { import }));
                    }
                    None => {
                        assert_eq!(undone, Ok(()));
                        model.undo(*number);
                    }
                },
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn the_workspace_behaves_like_its_model(steps in prop::collection::vec(step(), 1..16)) {
        let mut store = memory();
        let mut model = Model::default();
        for step in &steps {
            take(&mut store, &mut model, step);
            prop_assert_eq!(render(&store), model.render(), "after {:?}", step);
        }
        store.verify_chain().unwrap();
        store.quick_check().unwrap();
    }

    #[test]
    fn undoing_the_latest_import_restores_the_state_exactly(
        steps in prop::collection::vec(step(), 0..8),
        rows in prop::collection::vec((1..6_u8, [0..4_u8, 0..4_u8]), 0..6),
        lines in prop::collection::vec((0..6_u8, 0..4_u8, -2..4_i8), 0..6),
    ) {
        let mut store = memory();
        let mut model = Model::default();
        steps.iter().for_each(|step| take(&mut store, &mut model, step));
        for step in [Step::Customers(rows), Step::Lines(lines)] {
            let before = visible_state(&store);
            let number = model.imports.len();
            take(&mut store, &mut model, &step);
            take(&mut store, &mut model, &Step::Undo(number));
            prop_assert_eq!(visible_state(&store), before);
        }
    }
}
