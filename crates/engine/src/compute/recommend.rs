//! Recommendations: item-to-item neighbours, judged on each customer's last order before anyone uses them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use stillroom_analytics::{
    Error,
    metrics::{BootstrapParams, Interval},
    progress::Watch,
    recommend::{
        self, EvaluateParams, Interactions, KnnItem, KnnItemParams, METHOD, Origin, RankMetrics,
        Recommendation, evaluate,
    },
};

use super::Lines;
use crate::{
    failure::failure,
    protocol::{Failure, RecommendationInfo},
    recipe::Recipe,
    reply::{
        Fact, FitReport, KnnItemReport, Neighbour, Note, PopularItem, RankScore, RecommendEvaluation, Reply,
        Report, SimilarItems,
    },
};

/// Recommendations judged and shown for each customer.
const N_RECOMMENDED: u32 = 10;
/// Popular items listed.
const POPULAR_ITEMS: usize = 50;

/// A fitted recommender with what its items are called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecommendModel {
    items: Vec<(String, String)>,
    knn_item: KnnItem,
}

impl RecommendModel {
    /// Reads a reply's model.
    ///
    /// # Errors
    /// `no-recommender` when the model is of another kind.
    pub fn from_json(model: serde_json::Value) -> Result<Self, Failure> {
        match model {
            serde_json::Value::String(text) => Self::from_text(&text),
            other => serde_json::from_value(other).map_err(|_| recommends_nothing()),
        }
    }

    /// Reads the text of a reply's model.
    ///
    /// # Errors
    /// As [`Self::from_json`].
    pub fn from_text(model: &str) -> Result<Self, Failure> {
        serde_json::from_str(model).map_err(|_| recommends_nothing())
    }

    /// The best `n_items` for someone who bought the items with these codes. Items the model does not know say nothing.
    ///
    /// # Errors
    /// The method's error, which codes found here never cause.
    pub fn recommend<'a>(
        &self,
        bought: impl Iterator<Item = &'a str>,
        n_items: usize,
    ) -> Result<Vec<RecommendationInfo>, Failure> {
        let positions = self.positions();
        let owned = bought.filter_map(|code| positions.get(code).copied()).collect();
        let list = self.recommend_each([owned], n_items)?.pop().unwrap_or_default();
        Ok(self.infos(list))
    }

    /// The best `n_items` for each of `baskets`, lists of the items' positions.
    ///
    /// # Errors
    /// The method's error for a position that no item has.
    pub fn recommend_each(
        &self,
        baskets: impl IntoIterator<Item = Vec<u32>>,
        n_items: usize,
    ) -> Result<Vec<Vec<Recommendation>>, Failure> {
        Ok(self.knn_item.recommend_each(baskets, n_items)?)
    }

    /// Where each item stands, by its code.
    #[must_use]
    pub fn positions(&self) -> HashMap<&str, u32> {
        self.items.iter().zip(0..).map(|((code, _), position)| (code.as_str(), position)).collect()
    }

    /// The code and the name of each item.
    #[must_use]
    pub fn items(&self) -> &[(String, String)] {
        &self.items
    }

    fn infos(&self, list: Vec<Recommendation>) -> Vec<RecommendationInfo> {
        let infos = list.into_iter().map(|recommendation| {
            let (item_code, item_name) = self.item(recommendation.item);
            RecommendationInfo {
                item_code,
                item_name,
                score: recommendation.score,
                because: recommendation
                    .because
                    .iter()
                    .map(|reason| (self.item(reason.item).1, reason.share))
                    .collect(),
                popular: recommendation.origin == Origin::Popularity,
            }
        });
        infos.collect()
    }

    fn item(&self, position: u32) -> (String, String) {
        self.items.get(position as usize).cloned().unwrap_or_default()
    }

    fn n_items_with_neighbours(&self) -> usize {
        self.knn_item.neighbours.iter().filter(|found| !found.is_empty()).count()
    }

    fn fit_report(&self) -> FitReport {
        let facts = [
            ("n_users", self.knn_item.n_users),
            ("n_items", self.knn_item.popular.len()),
            ("n_interactions", self.knn_item.n_pairs),
            ("n_items_with_neighbours", self.n_items_with_neighbours()),
        ];
        FitReport {
            method: METHOD.name.to_owned(),
            facts: facts.map(|(code, value)| Fact { code: code.to_owned(), value: value as f64 }).to_vec(),
            ..FitReport::default()
        }
    }

    fn report(&self, evaluation: Option<RecommendEvaluation>) -> KnnItemReport {
        KnnItemReport {
            n_users: self.knn_item.n_users as u64,
            n_items: self.knn_item.popular.len() as u64,
            n_interactions: self.knn_item.n_pairs as u64,
            n_items_with_neighbours: self.n_items_with_neighbours() as u64,
            evaluation,
            popular: self.popular(),
            similar: self.similar(),
        }
    }

    fn popular(&self) -> Vec<PopularItem> {
        let popular = self.knn_item.popular.iter().take(POPULAR_ITEMS).map(|&item| {
            let (code, name) = self.item(item);
            let n_users = self.knn_item.n_users_of.get(item as usize).copied().unwrap_or_default();
            PopularItem { code, name, n_users: u64::from(n_users) }
        });
        popular.collect()
    }

    /// Every item with neighbours, the item with the strongest first.
    fn similar(&self) -> Vec<SimilarItems> {
        let with_neighbours = self.knn_item.neighbours.iter().zip(0..).filter(|(found, _)| !found.is_empty());
        let mut similar: Vec<SimilarItems> = with_neighbours
            .map(|(found, item)| {
                let (code, name) = self.item(item);
                SimilarItems {
                    code,
                    name,
                    neighbours: found.iter().map(|found| self.neighbour(found)).collect(),
                }
            })
            .collect();
        let strength = |items: &SimilarItems| items.neighbours.first().map_or(0.0, |first| first.similarity);
        similar.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
        similar
    }

    fn neighbour(&self, found: &recommend::Neighbour) -> Neighbour {
        let (code, name) = self.item(found.item);
        Neighbour {
            code,
            name,
            similarity: found.similarity,
            cosine: found.cosine,
            overlap: u64::from(found.overlap),
        }
    }
}

fn recommends_nothing() -> Failure {
    failure("no-recommender", "this model recommends nothing: run a recipe with knn_item")
}

/// Fits the recommender on all lines and, unless the recipe only fits, judges one fitted without each customer's last order.
pub(super) fn run(
    lines: &Lines,
    params: &KnnItemParams,
    recipe: &Recipe,
    reply: &mut Reply,
    watch: &mut Watch<'_>,
) -> Result<(), Failure> {
    let interactions = interactions(lines, reply)?;
    let knn_item = recommend::fit(&interactions, params, watch)?;
    let model = RecommendModel { items: lines.items.clone(), knn_item };
    let report = if recipe.fit_only {
        Report::Fit(Box::new(model.fit_report()))
    } else {
        Report::KnnItem(Box::new(model.report(judged(&interactions, params, recipe, watch)?)))
    };
    let text = serde_json::to_string(&model);
    reply.model = text.map_err(|error| failure("reply-unwritable", &error.to_string()))?.into();
    reply.reports.push(report);
    Ok(())
}

/// How well such a recommender finds last orders; none when nobody has an earlier one.
fn judged(
    interactions: &Interactions,
    params: &KnnItemParams,
    recipe: &Recipe,
    watch: &mut Watch<'_>,
) -> Result<Option<RecommendEvaluation>, Failure> {
    let bootstrap = BootstrapParams { seed: recipe.seed, ..BootstrapParams::default() };
    let how = EvaluateParams { n_recommended: N_RECOMMENDED, bootstrap, never: Vec::new() };
    match evaluate(interactions, params, &how, watch) {
        Ok(evaluation) => Ok(Some(RecommendEvaluation {
            n_recommended: evaluation.n_recommended,
            n_users: evaluation.n_users as u64,
            model: rank_score(&evaluation.model),
            popularity: rank_score(&evaluation.popularity),
        })),
        Err(Error::TooFewRows { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The lines that say who bought what and when.
fn interactions(lines: &Lines, reply: &mut Reply) -> Result<Interactions, Failure> {
    let n_lines = lines.customers.len();
    let is_known = |&line: &usize| (lines.customers[line] as usize) < lines.customer_ids.len();
    let is_dated = |&line: &usize| !lines.times_millis[line].is_nan() && lines.quantities[line].is_finite();
    let known: Vec<usize> = (0..n_lines).filter(is_known).collect();
    let used: Vec<usize> = known.iter().copied().filter(is_dated).collect();
    let left_out =
        [("lines-without-customer", n_lines - known.len()), ("lines-incomplete", known.len() - used.len())];
    for (code, count) in left_out.into_iter().filter(|(_, count)| *count > 0) {
        reply.notes.push(Note { code: code.to_owned(), column: None, count: count as u64 });
    }
    reply.n_rows_used = used.len() as u64;
    let quantity = |line: usize| {
        let pieces = lines.quantities[line];
        if lines.is_cancelled[line] { -pieces.abs() } else { pieces }
    };
    Ok(Interactions::new(
        used.iter().map(|&line| lines.customers[line]).collect(),
        used.iter().map(|&line| lines.item_codes[line]).collect(),
        used.iter().map(|&line| quantity(line)).collect(),
        used.iter().map(|&line| lines.times_millis[line] as i64).collect(),
        lines.customer_ids.len(),
        lines.items.len(),
    )?)
}

fn rank_score(metrics: &RankMetrics) -> RankScore {
    let ends = |interval: Interval| (interval.value, interval.low, interval.high);
    RankScore {
        hit_rate: ends(metrics.hit_rate),
        recall: ends(metrics.recall),
        ndcg: ends(metrics.ndcg),
        coverage: metrics.coverage,
    }
}
