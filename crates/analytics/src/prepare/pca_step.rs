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

/// Learns the components, and gives the rows on them.
pub(super) async fn fit(
    params: &PcaParams,
    table: Table,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<(FittedPca, Table)> {
    let matrix = Matrix::from_table(&table)?;
    drop(table);
    let model = fit_pca_among(&matrix, &params.check()?, crew, watch).await?;
    let scores = table_of(&model.scores(&matrix)?)?;
    Ok((FittedPca { model }, scores))
}

impl FittedPca {
    pub(super) fn apply(&self, table: Table) -> Result<Table> {
        table_of(&self.model.scores(&Matrix::from_table(&table)?)?)
    }
}

fn table_of(scores: &Matrix) -> Result<Table> {
    let column = |(position, name): (usize, &String)| Column {
        name: name.clone(),
        data: ColumnData::Number(scores.column(position)),
    };
    Table::new(scores.names().iter().enumerate().map(column).collect())
}
