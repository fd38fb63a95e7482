//! Small parts: props in, callbacks out. Every control has a label, a keyboard path and a test id.

mod button;
mod chart;
mod data_table;
mod dialog;
mod grid;
mod icon;
mod imports;
mod input;
mod layout;
mod secret;
mod state;
mod tabs;
mod task;
mod toast;

pub use button::{Button, Look};
pub use chart::{Chart, ChartSize};
pub use data_table::DataTable;
pub use dialog::Dialog;
pub use grid::{Grid, GridColumn};
pub use icon::{Icon, Symbol};
pub use imports::{ImportsCard, IssuesList, kind_words};
pub use input::{Checkbox, Choice, FilePicker, NumberField, PassphraseField, Select, TextField};
pub use layout::{Badge, Banner, Card, PageHead, Stat, Tone};
pub use secret::{EraseForm, NewPassphrase, RecoveryCodeCard};
pub use state::{EmptyState, ErrorState, JobProgressBar, Skeleton, TaskView};
pub use tabs::Tabs;
pub use task::{Task, TaskState};
pub use toast::{Toasts, tell};
