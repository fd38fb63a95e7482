//! How groups fare, in a picture and a table.

use stillroom_engine::reply::{FairnessReport, GroupRates};

use crate::model::chart::{Axis, ChartSpec, ChartTable, Figure, Format, Mark, Series};
use crate::text::analysis::level_words;
use crate::text::explain::Explain;
use crate::text::predict::Predict;
use crate::text::shell::Shell;
use crate::text::{fill, format, say};

/// Rates of each group.
pub fn fairness_figure(report: &FairnessReport, column: &str) -> Figure {
    let names = report.groups.iter().map(|group| level_words(&group.group)).collect();
    let bars = |name: Explain, slot: usize, rate: fn(&GroupRates) -> Option<f64>| {
        let points = report
            .groups
            .iter()
            .enumerate()
            .filter_map(|(at, group)| Some(vec![at as f64, rate(group)?]))
            .collect();
        Series::new(say(name), Mark::Bar, slot, points)
    };
    let share = |value: Option<f64>| {
        value.map_or_else(|| say(Shell::NoValue).to_owned(), |value| format::percent(value, 1))
    };
    let row = |group: &GroupRates| {
        vec![
            level_words(&group.group),
            format::integer(group.n_rows),
            share(Some(group.base_rate)),
            share(Some(group.selection_rate)),
            share(group.true_positive_rate),
            share(group.false_positive_rate),
            share(group.precision),
        ]
    };
    let mut columns = vec![(say(Explain::Group).to_owned(), false), (say(Predict::Rows).to_owned(), true)];
    columns.extend(
        [
            Explain::BaseRate,
            Explain::Selected,
            Explain::TruePositive,
            Explain::FalsePositive,
            Explain::Precision,
        ]
        .map(|name| (say(name).to_owned(), true)),
    );
    Figure {
        title: fill(Explain::FairTitle, &[("column", column.to_owned())]),
        summary: format!(
            "{} {}",
            say(Explain::FairSummary),
            fill(Explain::FairHint, &[("threshold", format::percent(report.threshold, 0))])
        ),
        spec: ChartSpec {
            x: Axis::of_names("", names),
            y: Axis::of("", Format::Percent).between(0.0, 1.0),
            series: vec![
                bars(Explain::Selected, 0, |group| Some(group.selection_rate)),
                bars(Explain::TruePositive, 1, |group| group.true_positive_rate),
                bars(Explain::FalsePositive, 2, |group| group.false_positive_rate),
            ],
            lines: Vec::new(),
            legend: true,
        },
        table: ChartTable { columns, rows: report.groups.iter().map(row).collect() },
    }
}

/// Differences between groups with their intervals.
pub fn fairness_measures(report: &FairnessReport) -> ChartTable {
    let row = |measure: &stillroom_engine::reply::FairnessMeasure| {
        let name = match measure.code.as_str() {
            "demographic_parity" => say(Explain::Parity).to_owned(),
            "demographic_parity_ratio" => say(Explain::ParityRatio).to_owned(),
            "equal_opportunity" => say(Explain::Opportunity).to_owned(),
            "equalised_odds" => say(Explain::Odds).to_owned(),
            "predictive_parity" => say(Explain::PredictiveParity).to_owned(),
            other => other.replace(['_', '-'], " "),
        };
        let values = [measure.value, measure.low, measure.high].map(|value| format::fixed(value, 3));
        std::iter::once(name).chain(values).collect()
    };
    ChartTable {
        columns: vec![
            (say(Explain::Measure).to_owned(), false),
            (say(Explain::Value).to_owned(), true),
            (say(Predict::Low).to_owned(), true),
            (say(Predict::High).to_owned(), true),
        ],
        rows: report.measures.iter().map(row).collect(),
    }
}

/// What the comparison cannot tell.
pub fn limit_words(reports: &[FairnessReport]) -> Vec<String> {
    let mut codes: Vec<&str> = reports.iter().flat_map(|report| &report.limits).map(String::as_str).collect();
    codes.sort_unstable();
    codes.dedup();
    let words = |code: &str| {
        let text = match code {
            "outcomes_taken_as_true" => Explain::LimitOutcomes,
            "differences_are_not_causes" => Explain::LimitCauses,
            "one_attribute" => Explain::LimitOne,
            "one_threshold" => Explain::LimitThreshold,
            "differences_lean_upward" => Explain::LimitLean,
            "small_groups" => Explain::LimitSmall,
            "rows_without_group" => Explain::LimitUnknown,
            "criteria_conflict" => Explain::LimitConflict,
            "rates_undefined" => Explain::LimitUndefined,
            other => return other.replace('_', " "),
        };
        say(text).to_owned()
    };
    std::iter::once(say(Explain::LimitPurpose).to_owned()).chain(codes.into_iter().map(words)).collect()
}

/// The groups that are too small to judge.
pub fn too_small_words(report: &FairnessReport) -> Option<String> {
    let group =
        |(name, n_rows): &(String, u64)| format!("{} ({})", level_words(name), format::integer(*n_rows));
    let groups: Vec<String> = report.too_small.iter().map(group).collect();
    (!groups.is_empty())
        .then(|| fill(Explain::TooSmall, &[("groups", groups.join(say(Predict::ListSeparator)))]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stillroom_engine::reply::FairnessMeasure;

    fn report() -> FairnessReport {
        let group = |name: &str, found| GroupRates {
            group: name.to_owned(),
            n_rows: 50,
            base_rate: 0.2,
            selection_rate: 0.3,
            true_positive_rate: found,
            false_positive_rate: Some(0.1),
            precision: None,
            calibration: Vec::new(),
        };
        FairnessReport {
            column: "region".to_owned(),
            threshold: 0.5,
            groups: vec![group("north", Some(0.7)), group("south", None)],
            too_small: vec![("west".to_owned(), 3)],
            measures: vec![FairnessMeasure {
                code: "demographic_parity".to_owned(),
                value: 0.1,
                low: 0.0,
                high: 0.2,
            }],
            limits: Vec::new(),
        }
    }

    #[test]
    fn rates_that_do_not_exist_are_no_bars() {
        let figure = fairness_figure(&report(), "Region");
        assert_eq!(figure.spec.series[0].points.len(), 2);
        assert_eq!(figure.spec.series[1].points, [[0.0, 0.7]]);
        assert_eq!(figure.table.rows[1][4], "—");
    }

    #[test]
    fn measures_stand_with_their_intervals_and_small_groups_are_named() {
        assert_eq!(fairness_measures(&report()).rows[0][1..], ["0.1", "0", "0.2"]);
        assert!(too_small_words(&report()).is_some_and(|words| words.contains("west (3)")));
    }
}
