//! What can go wrong with numbers, named by condition.

use thiserror::Error;

/// The result of every fallible function in this room.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an analysis cannot be computed. No variant carries a customer's value; column names are the user's own headings.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// The caller asked to stop.
    #[error("the work was cancelled")]
    Cancelled,
    /// There are no rows or no columns.
    #[error("there is nothing to compute: add at least one row and one column")]
    Empty,
    /// A column's length differs from the table's.
    #[error(
        "column '{column}' has {found} rows where the table has {expected}: supply columns of one length"
    )]
    LengthMismatch {
        /// The column at fault.
        column: String,
        /// The table's row count.
        expected: usize,
        /// The column's row count.
        found: usize,
    },
    /// Two columns share a name.
    #[error("the column name '{column}' is used twice: rename one of them")]
    DuplicateColumn {
        /// The name used twice.
        column: String,
    },
    /// No column has this name.
    #[error("there is no column '{column}': choose one of the table's columns")]
    UnknownColumn {
        /// The name asked for.
        column: String,
    },
    /// A value is infinite, or is missing where a complete number is needed.
    #[error("column '{column}' has a missing or infinite value in row {row}: impute or remove it first")]
    NotFinite {
        /// The column at fault.
        column: String,
        /// Its first offending row, from 0.
        row: usize,
    },
    /// A column has another type than the method needs.
    #[error(
        "column '{column}' is of type {found} where {expected} is needed: convert it or choose another column"
    )]
    WrongType {
        /// The column at fault.
        column: String,
        /// The type needed.
        expected: &'static str,
        /// The type found.
        found: &'static str,
    },
    /// Fewer rows than the method needs.
    #[error("{found} rows are too few: at least {needed} are needed")]
    TooFewRows {
        /// The least number of rows.
        needed: usize,
        /// The rows at hand.
        found: usize,
    },
    /// A parameter lies outside its documented range.
    #[error("the parameter '{name}' must be {range}")]
    Parameter {
        /// The parameter's name.
        name: &'static str,
        /// The range allowed, in words.
        range: &'static str,
    },
    /// Columns are exact linear combinations of others.
    #[error("column '{column}' is a linear combination of the others: remove one of them")]
    Collinear {
        /// The first column found dependent.
        column: String,
    },
    /// The target has a single class.
    #[error("the target has {found} classes where {needed} are needed: choose another target or other rows")]
    Classes {
        /// The number of classes needed.
        needed: usize,
        /// The number found.
        found: usize,
    },
    /// The classes are separated exactly, so the maximum-likelihood coefficients are infinite.
    #[error(
        "the columns separate the classes perfectly, so coefficients grow without bound: add an L2 penalty"
    )]
    Separation,
    /// An iterative method stopped before its tolerance was met.
    #[error("no convergence after {iterations} iterations: allow more iterations or scale the columns")]
    NotConverged {
        /// The iterations done.
        iterations: usize,
    },
    /// Values are so large or so small that their squares leave the range of numbers.
    #[error(
        "the values of column '{column}' are too large or too small to square: standardize or rescale it first"
    )]
    OutOfScale {
        /// The first column at fault.
        column: String,
    },
    /// The days after a cut-off are not all in the data.
    #[error(
        "the {days} days after the cut-off are not all in the data: choose an earlier cut-off or fewer days"
    )]
    HorizonTooLong {
        /// The days asked for.
        days: u32,
    },
    /// A column's values are far from the size of 1, which the method needs.
    #[error("the values of column '{column}' are far from the size of 1: add a standardize step before")]
    NotStandardized {
        /// The first column at fault.
        column: String,
    },
    /// A logarithm was asked of a negative value.
    #[error(
        "column '{column}' has a negative value in row {row}: use the signed logarithm or leave the column out"
    )]
    Negative {
        /// The column at fault.
        column: String,
        /// Its first offending row, from 0.
        row: usize,
    },
    /// The target has values the method has no place for.
    #[error("the target must be {range} for this method: choose another method or other rows")]
    TargetRange {
        /// The range, in words.
        range: &'static str,
    },
    /// A percentage was asked of a value too near zero.
    #[error(
        "column '{column}' is nearly zero in row {row}, where percentage errors explode: judge by absolute errors instead"
    )]
    NearZero {
        /// The column at fault.
        column: String,
        /// Its first offending row, from 0.
        row: usize,
    },
    /// A column has no value from which to learn a replacement.
    #[error("column '{column}' has no value at all: leave it out")]
    NothingObserved {
        /// The column at fault.
        column: String,
    },
    /// A category has more levels than may become columns.
    #[error(
        "column '{column}' has {found} levels where {limit} are allowed: leave it out or raise the limit"
    )]
    TooManyLevels {
        /// The column at fault.
        column: String,
        /// The levels allowed.
        limit: usize,
        /// The levels found.
        found: usize,
    },
    /// More columns than the method takes.
    #[error("{found} columns are too many: at most {limit} are allowed")]
    TooManyColumns {
        /// The columns allowed.
        limit: usize,
        /// The columns found.
        found: usize,
    },
    /// Fewer distinct rows than clusters.
    #[error(
        "only {found} rows differ where {needed} clusters are asked for: choose fewer clusters or more columns"
    )]
    TooFewDistinct {
        /// The clusters asked for.
        needed: usize,
        /// The distinct rows found.
        found: usize,
    },
    /// Labels do not fit the rows they are said to belong to.
    #[error(
        "{found} labels were given for {expected} rows: give one label below the number of clusters a row"
    )]
    LabelsDiffer {
        /// The rows.
        expected: usize,
        /// The labels that can be used.
        found: usize,
    },
    /// A model was given columns other than those it was fitted on.
    #[error(
        "the columns differ from those the model was fitted on: expected {expected} columns, found {found}"
    )]
    ColumnsDiffer {
        /// The number of columns at fitting.
        expected: usize,
        /// The number given.
        found: usize,
    },
    /// The contributions of columns do not sum to what the model says.
    #[error(
        "the explanation of row {row} does not sum to the prediction: report this model and its columns as a fault"
    )]
    NotAdditive {
        /// The first row at fault, from 0.
        row: usize,
    },
    /// Bytes are no model.
    #[error("this is not a model kept by Stillroom: choose another file")]
    NotAModel,
    /// A model was written by another version of the format.
    #[error(
        "the model has format {found} where {supported} is read: update the application or fit the model again"
    )]
    ModelVersion {
        /// The version read.
        supported: u32,
        /// The version found.
        found: u32,
    },
    /// A model's content is not what was hashed when it was written.
    #[error("the model was changed or damaged after it was written: fetch it again from where it came")]
    Tampered,
    /// A model's content does not read as one.
    #[error("the model does not read at character {position}: fit it again")]
    ModelUnreadable {
        /// Where reading stopped, in bytes of the content.
        position: usize,
    },
    /// A part of a model contradicts another, so that it could not predict safely.
    #[error("the model is broken in its part '{part}': fit it again")]
    ModelBroken {
        /// The part.
        part: &'static str,
    },
    /// A model has more bytes than are read.
    #[error("the model has {found} bytes where {limit} are allowed: use fewer trees or fewer digits")]
    ModelTooLarge {
        /// The bytes allowed.
        limit: usize,
        /// The bytes found.
        found: usize,
    },
    /// The registry has no method of this name.
    #[error("there is no method '{name}': list the methods to see their names")]
    UnknownMethod {
        /// The name asked for.
        name: String,
    },
    /// A preparing step learns from the target, and there is none.
    #[error(
        "the step '{method}' learns from the target: use it where a target is predicted, or leave it out"
    )]
    TargetNeeded {
        /// The step.
        method: &'static str,
    },
    /// A category has a level outside the order given for it.
    #[error("column '{column}' has a level that is not in the order given: add it to the order")]
    LevelNotOrdered {
        /// The column at fault.
        column: String,
    },
    /// A logarithm or power was asked of a value that is not above 0.
    #[error(
        "column '{column}' has a value not above 0 in row {row}: use yeo_johnson or leave the column out"
    )]
    NotPositive {
        /// The column at fault.
        column: String,
        /// Its first offending row, from 0.
        row: usize,
    },
    /// A selecting step would leave no column.
    #[error("no column passes '{method}': lower its threshold or leave it out")]
    NothingSelected {
        /// The step.
        method: &'static str,
    },
    /// A step's parameters do not read as the method's.
    #[error("the parameters of '{method}' do not read: {reason}")]
    ParametersUnreadable {
        /// The method.
        method: &'static str,
        /// What the reader says, without values.
        reason: String,
    },
}

impl Error {
    /// The column at fault and its first row at fault, from 0.
    #[must_use]
    pub fn place(&self) -> (Option<&str>, Option<usize>) {
        match self {
            Self::NotFinite { column, row }
            | Self::Negative { column, row }
            | Self::NearZero { column, row }
            | Self::NotPositive { column, row } => (Some(column), Some(*row)),
            Self::LengthMismatch { column, .. }
            | Self::DuplicateColumn { column, .. }
            | Self::UnknownColumn { column, .. }
            | Self::WrongType { column, .. }
            | Self::Collinear { column, .. }
            | Self::OutOfScale { column, .. }
            | Self::NotStandardized { column, .. }
            | Self::NothingObserved { column, .. }
            | Self::TooManyLevels { column, .. }
            | Self::LevelNotOrdered { column, .. } => (Some(column), None),
            Self::NotAdditive { row, .. } => (None, Some(*row)),
            _ => (None, None),
        }
    }

    /// A short, stable name of the condition, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Empty => "empty",
            Self::LengthMismatch { .. } => "length-mismatch",
            Self::DuplicateColumn { .. } => "duplicate-column",
            Self::UnknownColumn { .. } => "unknown-column",
            Self::NotFinite { .. } => "not-finite",
            Self::WrongType { .. } => "wrong-type",
            Self::TooFewRows { .. } => "too-few-rows",
            Self::Parameter { .. } => "parameter",
            Self::Collinear { .. } => "collinear",
            Self::Classes { .. } => "classes",
            Self::Separation => "separation",
            Self::NotConverged { .. } => "not-converged",
            Self::OutOfScale { .. } => "out-of-scale",
            Self::HorizonTooLong { .. } => "horizon-too-long",
            Self::NotStandardized { .. } => "not-standardized",
            Self::Negative { .. } => "negative",
            Self::TargetRange { .. } => "target-range",
            Self::NearZero { .. } => "near-zero",
            Self::NothingObserved { .. } => "nothing-observed",
            Self::TooManyLevels { .. } => "too-many-levels",
            Self::TooManyColumns { .. } => "too-many-columns",
            Self::TooFewDistinct { .. } => "too-few-distinct",
            Self::LabelsDiffer { .. } => "labels-differ",
            Self::ColumnsDiffer { .. } => "columns-differ",
            Self::NotAdditive { .. } => "not-additive",
            Self::NotAModel => "not-a-model",
            Self::ModelVersion { .. } => "model-version",
            Self::Tampered => "tampered",
            Self::ModelUnreadable { .. } => "model-unreadable",
            Self::ModelBroken { .. } => "model-broken",
            Self::ModelTooLarge { .. } => "model-too-large",
            Self::UnknownMethod { .. } => "unknown-method",
            Self::TargetNeeded { .. } => "target-needed",
            Self::LevelNotOrdered { .. } => "level-not-ordered",
            Self::NotPositive { .. } => "not-positive",
            Self::NothingSelected { .. } => "nothing-selected",
            Self::ParametersUnreadable { .. } => "parameters-unreadable",
        }
    }
}
