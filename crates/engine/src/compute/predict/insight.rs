//! What a prediction goes by: importance, effects and contributions of the columns as they were before preparing.

use stillroom_analytics::{
    Table,
    explain::{
        DependenceParams, PermutationParams, ShapParams, Value, partial_dependence, permutation_importance,
        shap,
    },
    judge::{Pipeline, PipelineParams, Target, ValidateParams, Validation as Judged, split},
    progress::Watch,
    random::{draw_rows, generator},
};

use crate::{
    compute::explain::{method_name, parts, scale_name, scale_of},
    protocol::Failure,
    recipe::Explain,
    reply::{ColumnContributions, Contributions, Effect, Importance},
};

/// Held-out rows that importance is measured on, at most.
const IMPORTANCE_ROWS: usize = 5000;
/// Columns whose effect is drawn, at most.
const EFFECTS: usize = 20;
/// Rows whose contributions are told, at most.
const CONTRIBUTIONS: usize = 1000;
/// Columns whose contributions are told, at most.
const CONTRIBUTION_COLUMNS: usize = 20;
/// Rows with an effect curve of their own.
const CURVES: usize = 30;

/// What the recipe asked to be told.
#[derive(Debug, Default)]
pub(super) struct Insight {
    pub(super) importance: Vec<Importance>,
    pub(super) effects: Vec<Effect>,
    pub(super) contributions: Option<Contributions>,
}

/// The rows and the judgement that insight is drawn from.
pub(super) struct Judgement<'a> {
    pub(super) table: &'a Table,
    pub(super) target: &'a Target,
    pub(super) params: &'a ValidateParams,
    pub(super) judged: &'a Judged,
}

impl Judgement<'_> {
    /// Tells what was asked.
    pub(super) fn insight(&self, asked: Explain, watch: &mut Watch<'_>) -> Result<Insight, Failure> {
        let importance = match asked.importance || asked.effects > 0 {
            true => self.importance(watch)?,
            false => Vec::new(),
        };
        let n_effects = (asked.effects as usize).min(EFFECTS);
        let effects = importance.iter().take(n_effects).map(|found| self.effect(&found.column, watch));
        Ok(Insight {
            effects: effects.collect::<Result<_, _>>()?,
            contributions: match asked.contributions as usize {
                0 => None,
                n_rows => Some(self.contributions(n_rows.min(CONTRIBUTIONS), watch)?),
            },
            importance,
        })
    }

    /// How much worse predictions of rows the model has not seen become without a column.
    fn importance(&self, watch: &mut Watch<'_>) -> Result<Vec<Importance>, Failure> {
        let seed = self.params.seed;
        let (pipeline, mut unseen) = self.judged_once(watch)?;
        if unseen.rows.len() > IMPORTANCE_ROWS {
            let drawn = draw_rows(&mut generator(seed, 7), unseen.rows.len(), IMPORTANCE_ROWS);
            unseen = unseen.take(&drawn);
        }
        let params = PermutationParams { repeats: 5, seed, ..PermutationParams::default() };
        let found = permutation_importance(&pipeline, self.table, &unseen, &params, watch)?;
        let columns = found.columns.into_iter().map(|column| Importance {
            column: column.column,
            mean: column.mean,
            standard_deviation: column.standard_deviation.unwrap_or_default(),
        });
        Ok(columns.collect())
    }

    /// A pipeline and rows it has not seen: those of the judgement's single cut, or of one more where there were folds.
    fn judged_once(&self, watch: &mut Watch<'_>) -> Result<(Pipeline, Target), Failure> {
        if let [pipeline] = &self.judged.judged[..] {
            let is_held_out =
                |position: &usize| self.judged.held_out.binary_search(&self.target.rows[*position]).is_ok();
            let unseen: Vec<usize> = (0..self.target.rows.len()).filter(is_held_out).collect();
            return Ok((pipeline.clone(), self.target.take(&unseen)));
        }
        let cut = split::holdout(&self.target.strata(), 0.2, self.params.seed)?;
        let how = PipelineParams {
            columns: self.judged.pipeline.prepare.inputs.iter().map(|input| input.name.clone()).collect(),
            prepare: self.params.prepare.clone(),
            dependent: self.params.dependent,
            model: self.params.model.clone(),
            class_weight: self.params.class_weight,
            calibrate: self.params.calibrate,
            seed: self.params.seed,
        };
        let pipeline = Pipeline::fit(self.table, &self.target.take(&cut.train), &how, watch)?;
        Ok((pipeline, self.target.take(&cut.test)))
    }

    fn effect(&self, column: &str, watch: &mut Watch<'_>) -> Result<Effect, Failure> {
        let params = DependenceParams {
            column: column.to_owned(),
            n_curves: CURVES,
            class: self.class(),
            seed: self.params.seed,
            ..DependenceParams::default()
        };
        let found = partial_dependence(&self.judged.pipeline, self.table, &params, watch)?;
        let level = |value: &Value| parts(value).1.unwrap_or_default();
        let numbers: Option<Vec<f64>> = found.grid.iter().map(|value| parts(value).0).collect();
        Ok(Effect {
            column: found.column,
            levels: if numbers.is_some() { Vec::new() } else { found.grid.iter().map(level).collect() },
            values: numbers.unwrap_or_default(),
            means: found.mean,
            rows: found.curves.into_iter().map(|curve| curve.outputs).collect(),
        })
    }

    fn contributions(&self, n_rows: usize, watch: &mut Watch<'_>) -> Result<Contributions, Failure> {
        let pipeline = &self.judged.pipeline;
        let seed = self.params.seed;
        let scale = scale_of(pipeline);
        let rows = draw_rows(&mut generator(seed, 8), self.table.n_rows(), n_rows);
        let params = ShapParams { scale: Some(scale), class: self.class(), seed, ..ShapParams::default() };
        let found = shap(pipeline, self.table, &rows, &params, watch)?;
        let swarm = found.beeswarm(self.table, CONTRIBUTION_COLUMNS, rows.len(), seed)?;
        let sizes = found.ranking();
        let columns = swarm.columns.into_iter().zip(sizes).map(|(column, size)| ColumnContributions {
            column: column.column,
            mean_size: size.mean_absolute,
            values: column.points.iter().map(|point| point.contribution).collect(),
            ranks: column.points.iter().map(|point| point.rank).collect(),
        });
        Ok(Contributions {
            method: method_name(found.method).to_owned(),
            scale: scale_name(scale).to_owned(),
            base: found.base,
            columns: columns.collect(),
        })
    }

    /// The class that effects and contributions are about: the positive one of two, the first of more.
    fn class(&self) -> usize {
        usize::from(self.target.labels().len() == 2)
    }
}
