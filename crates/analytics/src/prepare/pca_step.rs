//! Principal components as a preparing step: all columns go in, components come out.

use serde::{Deserialize, Serialize};

use crate::progress::Watch;
use crate::reduce::pca::{PcaModel, PcaParams, fit_pca_among};
use crate::shards::Crew;
use crate::{Column, ColumnData, Matrix, Result, Table};

/// The components learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedPca {
    /// Loadings, means and variances.
    pub model: PcaModel,
}

pub(super) async fn fit(
    params: &PcaParams,
    table: &Table,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<FittedPca> {
    let matrix = Matrix::from_table(table)?;
    Ok(FittedPca { model: fit_pca_among(&matrix, &params.check()?, crew, watch).await? })
}

impl FittedPca {
    pub(super) fn apply(&self, table: Table) -> Result<Table> {
        let scores = self.model.scores(&Matrix::from_table(&table)?)?;
        let column = |(position, name): (usize, &String)| Column {
            name: name.clone(),
            data: ColumnData::Number(scores.column(position)),
        };
        Table::new(scores.names().iter().enumerate().map(column).collect())
    }
}
