//! The words of the house: customers, orders, fields, filters and change entries.
//!
//! Every other room speaks these words and this room speaks to nobody: no IO, no clock, no browser. What is a customer's own
//! is wrapped so that printing it for debugging never shows it.
//!
//! - [`field`]: the fields a customer has, their types and the field group each belongs to;
//! - [`value`]: one value of one field; [`private`]: the wrapper that redacts;
//! - [`order`]: order lines as a file gives them;
//! - [`filter`]: the one filter language, typed, with a JSON form and a readable text form;
//! - [`change`]: entries of the change log;
//! - [`date`]: days and milliseconds, both ways.

pub mod change;
pub mod date;
pub mod error;
pub mod field;
pub mod filter;
pub mod id;
pub mod order;
pub mod private;
pub mod value;

pub use change::{ChangeEntry, ChangeKind, ChangeRange};
pub use error::{Error, Result};
pub use field::{FieldDefinition, FieldGroup, FieldKey, FieldKind, standard_fields};
pub use filter::{Comparison, Filter, Literal};
pub use id::{CustomerId, ImportId, ItemId, ModelId};
pub use order::{OrderField, OrderLineDraft};
pub use private::Private;
pub use value::Value;
