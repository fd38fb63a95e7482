//! The column that is added to the logarithm of the mean without a coefficient.

use super::GlmParams;
use crate::predict::weighted::{Rows, column_means};
use crate::progress::Watch;
use crate::{Error, Matrix, Result};

/// Its position, as exposure or as offset, if there is one.
pub(super) struct Logs {
    pub(super) exposure: Option<usize>,
    pub(super) offset: Option<usize>,
}

impl Logs {
    pub(super) fn find(matrix: &Matrix, params: &GlmParams) -> Result<Self> {
        let find = |name: &Option<String>| -> Result<Option<usize>> {
            let Some(name) = name else { return Ok(None) };
            let found = matrix.names().iter().position(|column| column == name);
            found.map(Some).ok_or_else(|| Error::UnknownColumn { column: name.clone() })
        };
        let logs = Self { exposure: find(&params.exposure)?, offset: find(&params.offset)? };
        if matrix.n_columns() == 1 && logs.column().is_some() {
            return Err(Error::Empty);
        }
        logs.exposure.map_or(Ok(()), |column| check_exposure(matrix, column))?;
        Ok(logs)
    }

    fn column(&self) -> Option<usize> {
        self.exposure.or(self.offset)
    }

    /// What is added to the logarithm of the mean, a value a row; `None` for nothing.
    pub(super) fn values(&self, matrix: &Matrix) -> Option<Vec<f64>> {
        match (self.exposure, self.offset) {
            (Some(column), _) => Some(matrix.column(column).into_iter().map(libm::log).collect()),
            (None, Some(column)) => Some(matrix.column(column)),
            (None, None) => None,
        }
    }

    /// The columns with coefficients.
    pub(super) fn columns_beside(&self, matrix: &Matrix) -> Result<Matrix> {
        let Some(left_out) = self.column() else { return Ok(matrix.clone()) };
        let is_kept = |at: &usize| at % matrix.n_columns() != left_out;
        let names = (0..matrix.n_columns()).filter(is_kept).map(|column| matrix.names()[column].clone());
        let cells = (0..matrix.values().len()).filter(is_kept).map(|cell| matrix.values()[cell]);
        Matrix::new(names.collect(), cells.collect())
    }

    /// The mean of each column, of the exposure that of its logarithm.
    pub(super) fn means(&self, rows: &Rows<'_>, watch: &mut Watch<'_>) -> Result<Vec<f64>> {
        let mut means = column_means(rows, watch)?;
        if let (Some(column), Some(values)) = (self.exposure, self.values(rows.matrix)) {
            let logs = Matrix::new(vec!["log".to_owned()], values)?;
            means[column] = column_means(&Rows { matrix: &logs, ..*rows }, watch)?[0];
        }
        Ok(means)
    }
}

/// Refuses an exposure that has no logarithm.
pub(super) fn check_exposure(matrix: &Matrix, column: usize) -> Result<()> {
    match matrix.column(column).iter().all(|&value| value > 0.0) {
        true => Ok(()),
        false => Err(Error::Parameter { name: "exposure", range: "a column above 0 in every row" }),
    }
}
