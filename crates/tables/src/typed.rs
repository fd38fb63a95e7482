//! Columns built cell by cell.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampMillisecondBuilder,
};

/// One column as it is filled. A cell that does not fit is missing.
pub(crate) enum Cells {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    /// Milliseconds since 1970-01-01.
    Moment(TimestampMillisecondBuilder),
    Text(StringBuilder),
}

impl Cells {
    pub(crate) fn finish(self) -> ArrayRef {
        match self {
            Self::Boolean(mut cells) => Arc::new(cells.finish()),
            Self::Integer(mut cells) => Arc::new(cells.finish()),
            Self::Number(mut cells) => Arc::new(cells.finish()),
            Self::Moment(mut cells) => Arc::new(cells.finish()),
            Self::Text(mut cells) => Arc::new(cells.finish()),
        }
    }
}
