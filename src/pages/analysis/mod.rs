//! What the analysis pages share: the desk with the last result, and the parts around a form and a result.

mod desk;
mod figures;
mod form;
mod lookup;
mod method;
mod result;

pub use desk::{Known, use_desk, use_known};
pub use figures::{Gallery, HeatTable, TableCard, Tiles};
pub use form::{ColumnPicker, HeadedForm, Option_, OptionCards, RunPart};
pub use lookup::{CustomerSearch, Found};
pub use method::{MethodChoice, MethodPart};
pub use result::{Failed, KeepPart, NotesPart, ResultBar};
