//! What recommendations say: whether they beat popularity, which items belong together, which parameters there are.

use serde_json::Value;
use stillroom_engine::reply::{KnnItemReport, RankScore, RecommendEvaluation, SimilarItems};

use super::chart::{Axis, ChartSpec, ChartTable, Figure, Format, Mark, Series};
use crate::text::recommend::Recommend;
use crate::text::{fill, format, say};

/// A number a method takes, as the registry describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberParameter {
    /// Its name in a recipe.
    pub name: String,
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// The value it has when left out.
    pub default: f64,
    /// Whole numbers only.
    pub is_whole: bool,
    /// What it does, in English.
    pub doc: String,
}

/// The numbers a method takes that have a default, from the registry's JSON.
pub fn number_parameters(registry: &Value, method: &str) -> Vec<NumberParameter> {
    let methods = registry.as_array().or_else(|| registry.get("methods")?.as_array());
    let found = methods.and_then(|methods| methods.iter().find(|entry| entry["name"] == method));
    let parameters = found.and_then(|found| found["parameters"].as_array());
    parameters.into_iter().flatten().filter_map(number_parameter).collect()
}

fn number_parameter(entry: &Value) -> Option<NumberParameter> {
    let is_whole = match entry["type"].as_str()? {
        "integer" => true,
        "number" => false,
        _ => return None,
    };
    let default = match &entry["default"] {
        Value::String(text) => text.parse().ok()?,
        other => other.as_f64()?,
    };
    Some(NumberParameter {
        name: entry["name"].as_str()?.to_owned(),
        min: entry["min"].as_f64().unwrap_or(0.0),
        max: entry["max"].as_f64().unwrap_or(1e9).min(1e9),
        default,
        is_whole,
        doc: entry["doc"].as_str().unwrap_or_default().to_owned(),
    })
}

/// How the recommender compares with always recommending what is bought most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Its interval of the hit rate lies above popularity's.
    Better,
    /// The intervals overlap.
    Unclear,
    /// Its interval lies below.
    Worse,
}

/// The verdict by hit rate. Intervals that do not overlap are a careful test: they may miss a small difference.
pub fn verdict(evaluation: &RecommendEvaluation) -> Verdict {
    let (_, low, high) = evaluation.model.hit_rate;
    let (_, popular_low, popular_high) = evaluation.popularity.hit_rate;
    if low > popular_high {
        Verdict::Better
    } else if high < popular_low {
        Verdict::Worse
    } else {
        Verdict::Unclear
    }
}

/// The verdict in a sentence.
pub fn verdict_words(evaluation: &RecommendEvaluation) -> String {
    let text = match verdict(evaluation) {
        Verdict::Better => Recommend::VerdictBetter,
        Verdict::Unclear => Recommend::VerdictUnclear,
        Verdict::Worse => Recommend::VerdictWorse,
    };
    let values = [
        ("n", format::integer(u64::from(evaluation.n_recommended))),
        ("model", format::percent(evaluation.model.hit_rate.0, 1)),
        ("popular", format::percent(evaluation.popularity.hit_rate.0, 1)),
        ("users", format::integer(evaluation.n_users)),
    ];
    fill(text, &values)
}

/// Hit rate, recall and NDCG of both, with intervals; coverage in the table.
pub fn evaluation_figure(evaluation: &RecommendEvaluation) -> Figure {
    let measures = |score: &RankScore| [score.hit_rate, score.recall, score.ndcg];
    let series = |name: Recommend, slot: usize, score: &RankScore| {
        let points = measures(score)
            .iter()
            .enumerate()
            .map(|(at, (value, low, high))| vec![at as f64, *value, *low, *high])
            .collect();
        Series::new(say(name), Mark::Bar, slot, points)
    };
    let names = [Recommend::HitRate, Recommend::Recall, Recommend::Ndcg];
    let written = |(value, low, high): (f64, f64, f64)| {
        let values = [
            ("value", format::percent(value, 1)),
            ("low", format::percent(low, 1)),
            ("high", format::percent(high, 1)),
        ];
        fill(Recommend::WithInterval, &values)
    };
    let (model, popularity) = (measures(&evaluation.model), measures(&evaluation.popularity));
    let mut rows: Vec<Vec<String>> = names
        .iter()
        .zip(model.into_iter().zip(popularity))
        .map(|(name, (model, popularity))| vec![say(*name).to_owned(), written(model), written(popularity)])
        .collect();
    rows.push(vec![
        say(Recommend::Coverage).to_owned(),
        format::percent(evaluation.model.coverage, 1),
        format::percent(evaluation.popularity.coverage, 1),
    ]);
    Figure {
        title: say(Recommend::EvaluationTitle).to_owned(),
        summary: say(Recommend::MeasuresHint).to_owned(),
        spec: ChartSpec {
            x: Axis::of_names("", names.map(|name| say(name).to_owned()).to_vec()),
            y: Axis { min: Some(0.0), ..Axis::of("", Format::Percent) },
            series: vec![
                series(Recommend::ThisRecommender, 0, &evaluation.model),
                series(Recommend::Popularity, 1, &evaluation.popularity),
            ],
            lines: Vec::new(),
            legend: true,
        },
        table: ChartTable {
            columns: vec![
                (say(Recommend::Measure).to_owned(), false),
                (say(Recommend::ThisRecommender).to_owned(), true),
                (say(Recommend::Popularity).to_owned(), true),
            ],
            rows,
        },
    }
}

/// The items whose code or name holds the words, and their neighbours, as rows.
pub fn similar_rows(similar: &[SimilarItems], search: &str) -> Vec<Vec<String>> {
    let search = search.trim().to_lowercase();
    let holds = |item: &&SimilarItems| {
        search.is_empty()
            || item.name.to_lowercase().contains(&search)
            || item.code.to_lowercase().contains(&search)
    };
    similar
        .iter()
        .filter(holds)
        .flat_map(|item| {
            item.neighbours.iter().take(5).map(|neighbour| {
                vec![
                    item_words(&item.code, &item.name),
                    item_words(&neighbour.code, &neighbour.name),
                    format::fixed(neighbour.similarity, 3),
                    format::fixed(neighbour.cosine, 3),
                    format::integer(neighbour.overlap),
                ]
            })
        })
        .collect()
}

/// An item by its name, its code when it has none.
pub fn item_words(code: &str, name: &str) -> String {
    if name.is_empty() { code.to_owned() } else { name.to_owned() }
}

/// The share of items the recommender knows a neighbour of.
pub fn neighbour_share(report: &KnnItemReport) -> f64 {
    if report.n_items == 0 { 0.0 } else { report.n_items_with_neighbours as f64 / report.n_items as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use stillroom_engine::reply::Neighbour;

    fn score(hit_rate: (f64, f64, f64)) -> RankScore {
        RankScore { hit_rate, recall: (0.1, 0.08, 0.12), ndcg: (0.05, 0.04, 0.06), coverage: 0.4 }
    }

    fn evaluation(model: (f64, f64, f64), popularity: (f64, f64, f64)) -> RecommendEvaluation {
        RecommendEvaluation {
            n_recommended: 10,
            n_users: 900,
            model: score(model),
            popularity: score(popularity),
        }
    }

    #[test]
    fn the_verdict_needs_intervals_apart() {
        for (model, popularity, expected) in [
            ((0.5, 0.45, 0.55), (0.3, 0.25, 0.35), Verdict::Better),
            ((0.4, 0.34, 0.46), (0.3, 0.25, 0.35), Verdict::Unclear),
            ((0.2, 0.15, 0.24), (0.3, 0.25, 0.35), Verdict::Worse),
        ] {
            assert_eq!(verdict(&evaluation(model, popularity)), expected);
        }
    }

    #[test]
    fn the_chart_holds_both_with_intervals_and_the_table_coverage_too() {
        let figure = evaluation_figure(&evaluation((0.5, 0.45, 0.55), (0.3, 0.25, 0.35)));
        assert_eq!(figure.spec.series.len(), 2);
        assert_eq!(figure.spec.series[0].points[0], [0.0, 0.5, 0.45, 0.55]);
        assert_eq!(figure.table.rows.len(), 4);
    }

    #[test]
    fn parameters_come_from_the_registry() {
        let registry = json!([{ "name": "knn_item", "parameters": [
            { "name": "shrink", "type": "number", "min": 0.0, "max": 1000.0, "default": "10.0", "doc": "Pulls." },
            { "name": "min_overlap", "type": "integer", "min": 1, "max": 100, "default": "3", "doc": "Least." },
            { "name": "weighting", "type": "choice", "options": ["a"], "default": "\"a\"", "doc": "Which." },
        ]}]);
        let found = number_parameters(&registry, "knn_item");
        assert_eq!(found.len(), 2);
        assert_eq!((found[1].name.as_str(), found[1].default, found[1].is_whole), ("min_overlap", 3.0, true));
        assert!(number_parameters(&registry, "als").is_empty());
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn the_engines_registry_offers_the_settings_the_page_words() {
        let registry =
            serde_json::to_value(stillroom_engine::methods::methods()).expect("the registry serializes");
        let names: Vec<String> =
            number_parameters(&registry, "knn_item").into_iter().map(|parameter| parameter.name).collect();
        assert_eq!(names, ["neighbours", "shrink", "min_overlap"]);
    }

    #[test]
    fn similar_items_are_found_by_any_case() {
        let neighbour = Neighbour {
            code: "B".to_owned(),
            name: String::new(),
            similarity: 0.4,
            cosine: 0.5,
            overlap: 12,
        };
        let items =
            [SimilarItems { code: "A".to_owned(), name: "Red Mug".to_owned(), neighbours: vec![neighbour] }];
        assert_eq!(similar_rows(&items, "mug")[0][..2], ["Red Mug", "B"]);
        assert!(similar_rows(&items, "plate").is_empty());
    }
}
