//! A recipe over files: they are imported into a workspace in memory, and the recipe runs there.

use std::io::Read;

use serde::Serialize;
use stillroom_analytics::{keep, progress::Watch};
use stillroom_records::FieldKey;
use stillroom_store::Store;

pub use crate::protocol::FileKind;
use crate::{
    compute::{Done, Job, compute_within, perform},
    failure::failure,
    intake::{HEAD_BYTES, Intake, inspect},
    protocol::{DialectChoice, Failure, ImportPlan, Wish},
    recipe::Recipe,
    reply::{Explanation, Note, Reply},
    session::{columns, import::newest_import},
};

/// A file and what its rows are; `None` is guessed from the file, or is what the recipe reads when there is one file.
pub struct Input<'a> {
    /// What messages call it.
    pub label: String,
    /// What its rows are.
    pub kind: Option<FileKind>,
    /// Its contents.
    pub bytes: &'a mut dyn Read,
}

impl std::fmt::Debug for Input<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Input")
            .field("label", &self.label)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Imports `inputs` in order and runs `recipe` on what they hold; a search goes on while `budget` answers `true`. Rows with issues are counted in the reply's notes.
///
/// # Errors
/// `file-unreadable`, or the failure of the import or of the recipe.
pub fn run(
    recipe: &Recipe,
    inputs: Vec<Input<'_>>,
    budget: &mut dyn FnMut() -> bool,
    watch: &mut Watch<'_>,
) -> Result<Reply, Failure> {
    let (store, notes) = imported(recipe, inputs)?;
    let work = columns::work(&store, recipe, None)?;
    let reply = compute_within(&work, budget, watch)?;
    with_keys(&store, reply, notes)
}

/// Applies the model in `artefact`, a file that [`run`] or the app wrote, to what `inputs` hold.
///
/// # Errors
/// The reader's error for anything but a whole, unchanged model; otherwise as [`run`].
pub fn apply(artefact: &str, inputs: Vec<Input<'_>>, watch: &mut Watch<'_>) -> Result<Reply, Failure> {
    let recipe = recipe_of(artefact)?;
    let (store, notes) = imported(&recipe, inputs)?;
    let work = columns::work(&store, &recipe, Some(artefact.into()))?;
    let reply = compute_within(&work, &mut || true, watch)?;
    with_keys(&store, reply, notes)
}

/// Explains what the model in `artefact` says of the customer with the id `customer`.
///
/// # Errors
/// `customer-unknown` when no row has this id; otherwise as [`apply`].
pub fn explain(
    artefact: &str,
    inputs: Vec<Input<'_>>,
    customer: &str,
    wish: Option<Wish>,
    watch: &mut Watch<'_>,
) -> Result<Explanation, Failure> {
    let recipe = recipe_of(artefact)?;
    let (store, _) = imported(&recipe, inputs)?;
    let keys = columns::texts(&store, &FieldKey::new("external_id")?)?;
    let found = keys.iter().find(|(_, key)| *key == customer);
    let (&customer, _) = found.ok_or_else(|| {
        failure("customer-unknown", "no customer of the file has this id: choose another one")
    })?;
    let work = columns::work(&store, &recipe, Some(artefact.into()))?;
    match perform(&Job::Explain { work, customer, wish }, &mut || true, watch)? {
        Done::Explanation(explanation) => Ok(*explanation),
        _ => Err(failure("protocol", "an explanation was asked for")),
    }
}

/// What a person reads of the model in `artefact`.
///
/// # Errors
/// The reader's error for anything but a whole, unchanged model.
pub fn card(artefact: &str) -> Result<serde_json::Value, Failure> {
    let card = keep::read(artefact.as_bytes())?.card()?;
    serde_json::to_value(card).map_err(|error| failure("card-unwritable", &error.to_string()))
}

fn recipe_of(artefact: &str) -> Result<Recipe, Failure> {
    let recipe = keep::read(artefact.as_bytes())?.recipe;
    serde_json::from_value(recipe)
        .map_err(|_| failure("model-unreadable", "the model's recipe is of another version: fit it again"))
}

/// A workspace in memory with what `inputs` hold, and what was noticed.
fn imported(recipe: &Recipe, inputs: Vec<Input<'_>>) -> Result<(Store, Vec<Note>), Failure> {
    let mut store = Store::open_memory()?;
    let only = inputs.len() == 1;
    let mut notes = Vec::new();
    for mut input in inputs {
        input.kind = input.kind.or(only.then_some(recipe.source.rows));
        notes.extend(import(&mut store, input)?);
    }
    Ok((store, notes))
}

/// The reply with the customers' own ids.
fn with_keys(store: &Store, mut reply: Reply, notes: Vec<Note>) -> Result<Reply, Failure> {
    reply.notes.splice(0..0, notes);
    let keys = columns::texts(store, &FieldKey::new("external_id")?)?;
    let key = |(row, id): (usize, &i64)| keys.get(id).cloned().unwrap_or_else(|| format!("row-{}", row + 1));
    reply.rows.keys = reply.rows.ids.iter().enumerate().map(key).collect();
    Ok(reply)
}

/// Two customers of a file who are probably one, by their own ids.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DuplicateKeys {
    /// The customer entered first.
    pub first: String,
    /// The customer entered later.
    pub second: String,
    /// The evidence that they are one person, in bits.
    pub bits: f64,
    /// The fields that agree, spelling aside.
    pub agreeing: Vec<String>,
}

/// Finds customers entered twice in files, strongest evidence first.
///
/// # Errors
/// `file-unreadable`, or the failure of the import.
pub fn duplicates(inputs: Vec<Input<'_>>) -> Result<Vec<DuplicateKeys>, Failure> {
    let mut store = Store::open_memory()?;
    for input in inputs {
        import(&mut store, input)?;
    }
    let keys = columns::texts(&store, &FieldKey::new("external_id")?)?;
    let key = |id: i64| keys.get(&id).cloned().unwrap_or_else(|| format!("row-{id}"));
    let pairs = crate::duplicates::duplicates(&store)?.into_iter().map(|pair| DuplicateKeys {
        first: key(pair.first),
        second: key(pair.second),
        bits: pair.bits,
        agreeing: pair.agreeing,
    });
    Ok(pairs.collect())
}

fn import(store: &mut Store, input: Input<'_>) -> Result<Vec<Note>, Failure> {
    let unreadable = |error: std::io::Error| failure("file-unreadable", &format!("{}: {error}", input.label));
    let mut head = vec![0; HEAD_BYTES];
    let n_head = read_full(input.bytes, &mut head).map_err(unreadable)?;
    head.truncate(n_head);
    let inspected = inspect(&head, n_head < HEAD_BYTES, &DialectChoice::default(), input.kind)?;
    let plan = ImportPlan {
        label: input.label.clone(),
        dialect: DialectChoice::default(),
        kind: inspected.kind,
        targets: Vec::new(),
    };
    let mut intake = Intake::new(plan, 0);
    let mut piece = head;
    while !piece.is_empty() {
        intake.push(store, &piece)?;
        piece.resize(HEAD_BYTES, 0);
        let n_read = read_full(input.bytes, &mut piece).map_err(unreadable)?;
        piece.truncate(n_read);
    }
    intake.finish(store)?;
    let info = newest_import(store)?;
    let note = |code: &str, count: u64| {
        (count > 0).then(|| Note { code: code.to_owned(), column: Some(input.label.clone()), count })
    };
    Ok([note("rows-refused", info.refused), note("import-issues", info.issues)]
        .into_iter()
        .flatten()
        .collect())
}

/// Reads until `buffer` is full or the file ends.
fn read_full(bytes: &mut dyn Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match bytes.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n_read) => filled += n_read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
