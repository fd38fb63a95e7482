//! What the analysis pages share: the desk with the last result, and the parts around a form and a result.

mod desk;
mod form;
mod result;

pub use desk::{Known, use_desk, use_known};
pub use form::{ColumnPicker, HeadedForm, Option_, OptionCards, RunPart};
pub use result::{Failed, KeepPart, NotesPart, ResultBar};
