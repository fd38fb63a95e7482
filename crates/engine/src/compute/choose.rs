//! Which columns of a table a recipe works on, for callers without a workspace.

use stillroom_analytics::{ColumnData, Table};

use super::{Frame, Work};
use crate::{failure::failure, protocol::Failure, recipe::Recipe};

impl Work {
    /// `recipe` over the rows of `table`, one customer a row, numbered from 0. A recipe without columns learns from every number,
    /// category and boolean but the target and the columns that only judge; text is never learned from. With `model` the work is
    /// to apply that model.
    ///
    /// # Errors
    /// `unknown-column` when the recipe names one that is not there; `no-filter` when it names a filter, which needs a workspace.
    pub fn over(
        mut recipe: Recipe,
        table: &Table,
        model: Option<serde_json::Value>,
    ) -> Result<Self, Failure> {
        if recipe.source.filter.is_some() {
            return Err(failure(
                "no-filter",
                "columns cannot be filtered by a recipe: leave out the rows instead",
            ));
        }
        let beside: Vec<String> = [recipe.validate.column().map(str::to_owned), recipe.compare_with.clone()]
            .into_iter()
            .flatten()
            .collect();
        if recipe.columns.is_empty() {
            let is_beside = |name: &String| beside.contains(name) || recipe.target.as_ref() == Some(name);
            let names = table.columns().filter(|column| is_learned_from(&column.data));
            recipe.columns =
                names.map(|column| column.name.clone()).filter(|name| !is_beside(name)).collect();
        }
        recipe.columns.retain(|name| recipe.target.as_ref() != Some(name));
        let mut chosen = recipe.columns.clone();
        for name in recipe.target.iter().chain(&beside).chain(&recipe.fairness) {
            if !chosen.contains(name) && (model.is_none() || table.column(name).is_ok()) {
                chosen.push(name.clone());
            }
        }
        let ids = (0..table.n_rows() as i64).collect();
        let frame = Frame::Customers { ids, table: table.select(&chosen)? };
        Ok(Self { recipe, frame, model })
    }
}

fn is_learned_from(data: &ColumnData) -> bool {
    matches!(data, ColumnData::Number(_) | ColumnData::Category { .. } | ColumnData::Boolean(_))
}
