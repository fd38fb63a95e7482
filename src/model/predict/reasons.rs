//! What a prediction goes by: importance, effects, contributions, coefficients, the learning curve, facts.

use stillroom_engine::reply::{
    ColumnContributions, Contributions, Effect, HeldOut, Importance, LearningPoint, PredictReport,
};

use super::coefficients::{coefficient_figure, odds_figure};
use super::one::scale_words;
use super::{Drawn, Labels};
use crate::model::chart::{Axis, ChartSpec, ChartTable, Figure, Format, Guide, Mark, Series};
use crate::text::analysis::{column_words, level_words};
use crate::text::explain::Explain;
use crate::text::methods::fact_words;
use crate::text::predict::Predict;
use crate::text::{fill, format, say};

/// The most columns in a picture; the table holds all.
const MOST_DRAWN: usize = 15;
/// Coefficients drawn before the chart scrolls out of sight.
const MOST_COEFFICIENTS: usize = 18;
/// How far points of one column spread around its name.
const SPREAD: f64 = 0.34;

fn headings<const N: usize>(names: [Explain; N]) -> Vec<(String, bool)> {
    names.iter().enumerate().map(|(at, name)| (say(*name).to_owned(), at > 0)).collect()
}

fn column_heading(mut columns: Vec<(String, bool)>) -> Vec<(String, bool)> {
    columns.insert(0, (say(Predict::Column).to_owned(), false));
    for column in columns.iter_mut().skip(1) {
        column.1 = true;
    }
    columns
}

/// Every picture of what the prediction goes by that the report has data for.
pub fn driver_figures(report: &PredictReport, labels: &Labels, is_standardized: bool) -> Vec<Drawn> {
    let is_share = !matches!(report.held_out, HeldOut::Number(_));
    let mut drawn = Vec::new();
    if !report.importance.is_empty() {
        let n_names = report.importance.len().min(MOST_DRAWN);
        drawn.push(("predict-importance", n_names, importance_figure(&report.importance, labels)));
    }
    if let Some(found) = report.contributions.as_ref().filter(|found| !found.columns.is_empty()) {
        let n_names = found.columns.len().min(MOST_DRAWN);
        drawn.push(("predict-contributions", n_names, contribution_figure(found, labels)));
    }
    if report.coefficients.len() > 1 {
        let n_names = (report.coefficients.len() - 1).min(MOST_COEFFICIENTS);
        drawn.push(if is_share {
            ("predict-odds", n_names, odds_figure(&report.coefficients, labels, is_standardized))
        } else {
            (
                "predict-coefficients",
                n_names,
                coefficient_figure(&report.coefficients, labels, is_standardized),
            )
        });
    }
    for effect in &report.effects {
        drawn.push(("predict-effect", 0, effect_figure(effect, labels, is_share)));
    }
    if report.learning_curve.len() > 1 {
        drawn.push(("predict-learning", 0, learning_figure(&report.learning_curve)));
    }
    drawn
}

/// How much each column matters, with deviations.
fn importance_figure(importance: &[Importance], labels: &Labels) -> Figure {
    let name = |found: &Importance| column_words(&found.column, labels);
    let shown: Vec<&Importance> = importance.iter().take(MOST_DRAWN).collect();
    let point = |(at, found): (usize, &&Importance)| {
        let deviation = found.standard_deviation;
        vec![found.mean, at as f64, found.mean - deviation, found.mean + deviation]
    };
    let row = |found: &Importance| {
        let values = [found.mean, found.standard_deviation].map(|value| format::significant(value, 3));
        std::iter::once(name(found)).chain(values).collect()
    };
    let first = importance.first().map(name).unwrap_or_default();
    Figure {
        title: say(Explain::ImportanceTitle).to_owned(),
        summary: fill(Explain::ImportanceSummary, &[("first", first)]),
        spec: ChartSpec {
            x: Axis::of(say(Explain::ImportanceAxis), Format::Number),
            y: Axis::of_names("", shown.iter().map(|found| name(found)).collect()),
            series: vec![Series::new("", Mark::Interval, 0, shown.iter().enumerate().map(point).collect())],
            lines: vec![Guide::upright("", 0.0)],
            legend: false,
        },
        table: ChartTable {
            columns: column_heading(headings([Explain::ImportanceAxis, Explain::Deviation])),
            rows: importance.iter().map(row).collect(),
        },
    }
}

/// The mean prediction along one column, with single customers around it.
fn effect_figure(effect: &Effect, labels: &Labels, is_share: bool) -> Figure {
    let column = column_words(&effect.column, labels);
    let write = |value: f64| written(value, is_share);
    let is_category = effect.values.is_empty();
    let levels: Vec<String> = effect.levels.iter().map(|level| level_words(level)).collect();
    let place =
        |at: usize| if is_category { at as f64 } else { effect.values.get(at).copied().unwrap_or(0.0) };
    let line = |values: &[f64]| {
        values.iter().enumerate().map(|(at, value)| vec![place(at), *value]).collect::<Vec<_>>()
    };
    let name_of = |at: usize| {
        if is_category {
            levels.get(at).cloned().unwrap_or_default()
        } else {
            format::significant(place(at), 4)
        }
    };
    let (low, high) = effect
        .means
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), mean| (low.min(*mean), high.max(*mean)));
    let mark = if is_category { Mark::Bar } else { Mark::Line };
    let mut series = vec![Series::new(say(Explain::MeanPrediction), mark, 0, line(&effect.means))];
    if !is_category {
        series.extend(effect.rows.iter().map(|row| Series::faint(line(row))));
    }
    let format = if is_share { Format::Percent } else { Format::Number };
    let x = if is_category {
        Axis::of_names(column.clone(), levels.clone())
    } else {
        Axis::of(column.clone(), Format::Number)
    };
    let values = [("column", column.clone()), ("from", write(low)), ("to", write(high))];
    Figure {
        title: fill(Explain::EffectTitle, &values[..1]),
        summary: fill(Explain::EffectSummary, &values),
        spec: ChartSpec {
            x,
            y: Axis::of(say(Explain::MeanPrediction), format),
            series,
            lines: Vec::new(),
            legend: false,
        },
        table: ChartTable {
            columns: vec![(column, !is_category), (say(Explain::MeanPrediction).to_owned(), true)],
            rows: effect.means.iter().enumerate().map(|(at, mean)| vec![name_of(at), write(*mean)]).collect(),
        },
    }
}

fn written(value: f64, is_share: bool) -> String {
    if is_share { format::percent(value, 1) } else { format::significant(value, 4) }
}

/// Where a point of many stands around its column's name: spread by a fixed walk, so that the picture does not jump.
fn lane(at: usize, point: usize) -> f64 {
    let step = (point as f64 * 0.618_033_988_75).fract();
    at as f64 + (step * 2.0 - 1.0) * SPREAD
}

/// One dot a sampled row and column, coloured by the row's value.
fn contribution_figure(found: &Contributions, labels: &Labels) -> Figure {
    let name = |column: &ColumnContributions| column_words(&column.column, labels);
    let shown: Vec<&ColumnContributions> = found.columns.iter().take(MOST_DRAWN).collect();
    let mut series = vec![
        Series::new(say(Explain::ValueLow), Mark::Scatter, 2, Vec::new()),
        Series { slot: None, ..Series::new(say(Explain::ValueMiddle), Mark::Scatter, 0, Vec::new()) },
        Series::new(say(Explain::ValueHigh), Mark::Scatter, 1, Vec::new()),
        Series::new(say(Explain::ValueOther), Mark::Scatter, 3, Vec::new()),
    ];
    for (at, column) in shown.iter().enumerate() {
        for (point, value) in column.values.iter().enumerate() {
            let group = match column.ranks.get(point).copied().flatten() {
                Some(rank) if rank < 1.0 / 3.0 => 0,
                Some(rank) if rank < 2.0 / 3.0 => 1,
                Some(rank) if rank <= 1.0 => 2,
                _ => 3,
            };
            series[group].points.push(vec![*value, lane(at, point)]);
        }
    }
    series.retain(|series| !series.points.is_empty());
    let row = |column: &ColumnContributions| {
        let ends = column
            .values
            .iter()
            .fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(*value), high.max(*value)));
        let values = [column.mean_size, ends.0, ends.1].map(|value| format::significant(value, 3));
        std::iter::once(name(column)).chain(values).collect()
    };
    let scale = scale_words(&found.scale);
    let mut columns = column_heading(headings([Explain::MeanSize]));
    columns.extend(["min", "max"].map(|name| (name.to_owned(), true)));
    Figure {
        title: say(Explain::ContributionTitle).to_owned(),
        summary: fill(Explain::ContributionSummary, &[("scale", scale.to_owned())]),
        spec: ChartSpec {
            x: Axis::of(format!("{} · {scale}", say(Explain::Contribution)), Format::Number),
            y: Axis::of_lanes(shown.iter().map(|column| name(column)).collect()),
            series,
            lines: vec![Guide::upright("", 0.0)],
            legend: true,
        },
        table: ChartTable { columns, rows: found.columns.iter().map(row).collect() },
    }
}

/// The score by the number of rows learned from.
fn learning_figure(curve: &[LearningPoint]) -> Figure {
    let test = curve
        .iter()
        .map(|it| vec![it.n_rows as f64, it.test, it.test - it.deviation, it.test + it.deviation])
        .collect();
    let train = curve.iter().map(|it| vec![it.n_rows as f64, it.train]).collect();
    let row = |point: &LearningPoint| {
        let scores = [point.train, point.test, point.deviation].map(|value| format::fixed(value, 3));
        std::iter::once(format::integer(point.n_rows)).chain(scores).collect()
    };
    let ends = [
        ("first", curve.first().map_or_else(String::new, |point| format::fixed(point.test, 3))),
        ("last", curve.last().map_or_else(String::new, |point| format::fixed(point.test, 3))),
    ];
    let mut columns = headings([Explain::RowsLearned, Explain::OnTrain, Explain::OnTest, Explain::Deviation]);
    columns[0].1 = true;
    Figure {
        title: say(Explain::LearningTitle).to_owned(),
        summary: fill(Explain::LearningSummary, &ends),
        spec: ChartSpec {
            x: Axis::of(say(Explain::RowsLearned), Format::Integer),
            y: Axis::of(say(Explain::Score), Format::Number),
            series: vec![
                Series::new(say(Explain::OnTest), Mark::Interval, 0, test),
                Series::new(say(Explain::OnTrain), Mark::Line, 1, train),
            ],
            lines: Vec::new(),
            legend: true,
        },
        table: ChartTable { columns, rows: curve.iter().map(row).collect() },
    }
}

/// The method's own numbers.
pub fn fact_table(report: &PredictReport) -> ChartTable {
    let row = |fact: &stillroom_engine::reply::Fact| {
        vec![fact_words(&fact.code), format::significant(fact.value, 4)]
    };
    ChartTable {
        columns: headings([Explain::Measure, Explain::Value]),
        rows: report.facts.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::predict::tests::number_report;

    fn effect(values: Vec<f64>, levels: &[&str]) -> Effect {
        Effect {
            column: "tenure".to_owned(),
            values,
            levels: levels.iter().map(|level| (*level).to_owned()).collect(),
            means: vec![0.2, 0.5],
            rows: vec![vec![0.1, 0.6], vec![0.3, 0.4]],
        }
    }

    #[test]
    fn only_what_has_data_is_drawn() {
        let mut report = number_report();
        assert!(driver_figures(&report, &Labels::new(), true).is_empty());
        report.importance = vec![Importance { column: "a".to_owned(), mean: 0.2, standard_deviation: 0.05 }];
        report.effects = vec![effect(vec![1.0, 2.0], &[])];
        let ids: Vec<&str> = driver_figures(&report, &Labels::new(), true).iter().map(|it| it.0).collect();
        assert_eq!(ids, ["predict-importance", "predict-effect"]);
    }

    #[test]
    fn single_customers_stand_behind_the_mean_of_a_number() {
        let number = effect_figure(&effect(vec![1.0, 2.0], &[]), &Labels::new(), true);
        assert_eq!(number.spec.series.len(), 3);
        assert_eq!(number.spec.series[0].points, [[1.0, 0.2], [2.0, 0.5]]);
        let category = effect_figure(&effect(Vec::new(), &["a", "b"]), &Labels::new(), true);
        assert_eq!(category.spec.series.len(), 1);
        assert_eq!(category.table.rows[1][0], "b");
    }

    #[test]
    fn dots_stay_in_their_columns_lane_and_are_grouped_by_value() {
        let found = Contributions {
            method: "tree".to_owned(),
            scale: "log_odds".to_owned(),
            base: 0.0,
            columns: vec![ColumnContributions {
                column: "tenure".to_owned(),
                mean_size: 0.4,
                values: vec![-0.4, 0.1, 0.4, 0.2],
                ranks: vec![Some(0.0), Some(0.5), Some(1.0), None],
            }],
        };
        let figure = contribution_figure(&found, &Labels::new());
        assert_eq!(figure.spec.series.len(), 4);
        let points = figure.spec.series.iter().flat_map(|series| &series.points);
        assert!(points.clone().all(|point| point[1].abs() < 0.5));
        assert_eq!(points.count(), 4);
    }
}
