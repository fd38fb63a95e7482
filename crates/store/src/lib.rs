//! The workspace database: schema, migrations, queries and the change log.
//!
//! One SQLite database holds everything a workspace knows. [`Store`] is its only door: every write is one transaction together
//! with its entry in the change log, and every read is bounded by what it returns, not by what is stored. The store decides no
//! consent, fetches nothing and analyses nothing.
//!
//! Natively the database is a plain file or in memory; in the browser it lies encrypted in the origin's private file system
//! (`browser`), or in memory where the browser refuses that.
//!
//! - [`import`]: files become customers and order lines, as one change set; [`undo`]: and the way back;
//! - [`view`]: ordered, filtered and searched lists of customers, read through windows;
//! - [`customers`]: one customer with fields, orders, scores and history;
//! - [`columns`]: whole columns for analysis;
//! - [`scores`], [`models`], [`documents`]: what analysis writes back and what people save;
//! - [`sync`]: what consent and sync need of the workspace; [`rights`]: what people may ask for;
//! - [`summary`]: counts; [`backup`]: the whole workspace as bytes.
//!
//! ```
//! use stillroom_records::{FieldKey, Value};
//! use stillroom_store::{ImportKind, Store};
//!
//! let mut store = Store::open_memory()?;
//! let columns = ["external_id", "city"].map(|key| FieldKey::new(key).unwrap());
//! store.begin_import(ImportKind::Customers, "people.csv", &columns, 0)?;
//! store.append_customers(&[vec![Value::text("7"), Value::text("Lyon")]])?;
//! let summary = store.commit_import(0)?;
//! assert_eq!(summary.customers_created, 1);
//! # Ok::<(), stillroom_store::Error>(())
//! ```

pub mod backup;
#[cfg(target_family = "wasm")]
pub mod browser;
pub mod columns;
mod connection;
pub mod customers;
pub mod documents;
mod error;
pub mod fields;
mod filter_sql;
pub mod import;
mod import_customers;
mod import_lines;
mod log;
pub mod models;
mod redaction;
pub mod rights;
mod schema;
mod schema_sync;
pub mod scores;
mod sort;
pub mod summary;
pub mod sync;
pub mod undo;
pub mod view;

pub use backup::Restored;
pub use columns::{Columns, CustomerColumns, MISSING_CODE, OrderLineColumns, OrderLineScope};
pub use connection::Store;
pub use customers::{Customer, OrderLine};
pub use documents::{Document, DocumentKind};
pub use error::{Error, Result};
pub use import::{ImportIssue, ImportKind, ImportState, ImportSummary};
pub use models::{Model, ModelDraft};
pub use scores::{ScoreSet, ScoreValues};
pub use summary::{ImportRecord, Summary};
pub use undo::{UndoPreview, UndoSummary};
pub use view::{CustomerRow, Direction, View};
