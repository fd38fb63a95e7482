//! From a plan to fields of the store.

use stillroom_import::{ColumnMapping, FieldChoice, IdRule, Mapping, TargetKind, custom_key};
use stillroom_records::{FieldKey, FieldKind, field::FieldOrigin};
use stillroom_store::{ImportKind, Store};

use super::field_kind;
use crate::{
    failure::failure,
    protocol::{Failure, FileKind, ImportPlan, Target},
};

/// One field the rows will hold.
pub(super) struct FieldColumn {
    /// The converter's name of it.
    pub(super) name: String,
    /// The store's key.
    pub(super) key: FieldKey,
    /// Its type.
    pub(super) kind: FieldKind,
}

/// The store's word for what rows are.
pub(super) fn store_kind(kind: FileKind) -> ImportKind {
    match kind {
        FileKind::Customers => ImportKind::Customers,
        FileKind::OrderLines => ImportKind::OrderLines,
    }
}

/// The guessed mapping with the user's targets in place of the guesses; a plan without targets takes the guesses.
pub(super) fn apply(mut mapping: Mapping, plan: &ImportPlan) -> Result<Mapping, Failure> {
    if plan.targets.is_empty() {
        return Ok(mapping);
    }
    if plan.targets.len() != mapping.columns.len() {
        return Err(failure(
            "plan-differs",
            "the plan has another number of columns than the file: inspect it again",
        ));
    }
    let mut taken = Vec::new();
    for (column, target) in mapping.columns.iter_mut().zip(&plan.targets) {
        column.choice = choice(column, target, &mut taken)?;
    }
    let has = |field: &str| mapping.position_of(field).is_some();
    mapping.id_rule = match (has("external_id"), has("email")) {
        (true, _) => IdRule::Column,
        (false, true) => IdRule::Email,
        (false, false) => IdRule::RowNumber,
    };
    Ok(mapping)
}

fn choice(
    column: &mut ColumnMapping,
    target: &Target,
    taken: &mut Vec<String>,
) -> Result<FieldChoice, Failure> {
    match target {
        Target::Skip => Ok(FieldChoice::Skip),
        Target::Field(field) => Ok(FieldChoice::Standard { field: field.clone() }),
        Target::Custom { value_type } => {
            column.column_type = column
                .column_type
                .with_field_kind(value_type)
                .ok_or_else(|| failure("unknown-type", "choose number, text, category, date or boolean"))?;
            let key = free_key(custom_key(&column.column), taken);
            taken.push(key.clone());
            Ok(FieldChoice::Custom { key, label: column.column.clone() })
        }
    }
}

fn free_key(wanted: String, taken: &[String]) -> String {
    let mut key = wanted.clone();
    let mut number = 2;
    while taken.contains(&key) {
        key = format!("{wanted}_{number}");
        number += 1;
    }
    key
}

/// The fields that customers' rows will hold, custom ones made where no field of this label and type exists.
pub(super) fn columns(
    store: &mut Store,
    mapping: &Mapping,
    now_millis: i64,
) -> Result<Vec<FieldColumn>, Failure> {
    if mapping.target == TargetKind::OrderLines {
        return Ok(Vec::new());
    }
    let external_id = FieldKey::new("external_id")?;
    let mut columns =
        vec![FieldColumn { name: "external_id".into(), key: external_id, kind: FieldKind::Text }];
    for column in &mapping.columns {
        let (name, key) = match &column.choice {
            FieldChoice::Standard { field } if field == "external_id" => continue,
            FieldChoice::Standard { field } => (field.clone(), FieldKey::new(field.as_str())?),
            FieldChoice::Custom { key, label } => {
                (key.clone(), custom_field(store, label, field_kind(column.column_type), now_millis)?)
            }
            FieldChoice::Skip => continue,
        };
        let kind = store.field(&key)?.kind;
        columns.push(FieldColumn { name, key, kind });
    }
    Ok(columns)
}

fn custom_field(
    store: &mut Store,
    label: &str,
    kind: FieldKind,
    now_millis: i64,
) -> Result<FieldKey, Failure> {
    let known = store
        .fields()
        .into_iter()
        .find(|field| field.origin == FieldOrigin::Custom && field.label == label && field.kind == kind);
    match known {
        Some(field) => Ok(field.key),
        None => Ok(store.add_field(label, kind, kind.default_group(), now_millis)?.key),
    }
}
