//! What else segments say: how stable they are, how they agree with given labels, how groups joined, who moved between them.

use stillroom_engine::reply::{Fact, GroupReport, MigrationReport};

use super::Labels;
use crate::model::chart::{Axis, ChartSpec, ChartTable, Figure, Format, Mark, Series};
use crate::model::predict::Heat;
use crate::text::analysis::column_words;
use crate::text::methods::fact_words;
use crate::text::predict::Predict;
use crate::text::segments::Segments;
use crate::text::{count, fill, format, say};

/// From here on a segment comes back on resampled rows (Hennig 2007: 0.75 valid, 0.85 highly stable, below 0.6 not).
const STABLE: f64 = 0.75;
const UNSTABLE: f64 = 0.6;

/// Whether a segment comes back on resampled customers, in words; nothing when that was not asked for.
pub fn stability_words(report: &GroupReport, segment: usize) -> Option<String> {
    let share = *report.stability.get(segment)?;
    let verdict = match share {
        share if share >= STABLE => Segments::StabilityGood,
        share if share >= UNSTABLE => Segments::StabilityFair,
        _ => Segments::StabilityPoor,
    };
    let words = fill(Segments::StabilityOf, &[("share", format::percent(share, 0))]);
    Some(format!("{words} · {}", say(verdict)))
}

/// Who belongs nowhere, and how the segments agree with given labels.
pub fn aside_words(report: &GroupReport, labels: &Labels) -> Vec<String> {
    let noise = (report.n_noise > 0).then(|| count(Segments::NoiseWords, report.n_noise));
    let agreement = report.agreement.as_ref().map(|found| {
        let values = [
            ("column", column_words(&found.column, labels)),
            ("rand", format::fixed(found.adjusted_rand, 2)),
            ("information", format::fixed(found.mutual_information, 2)),
        ];
        fill(Segments::AgreementWords, &values)
    });
    noise.into_iter().chain(agreement).collect()
}

/// The method's own numbers.
pub fn group_facts(report: &GroupReport) -> ChartTable {
    let row = |fact: &Fact| vec![fact_words(&fact.code), format::significant(fact.value, 5)];
    let indices =
        [("Davies–Bouldin", report.davies_bouldin), ("Calinski–Harabasz", report.calinski_harabasz)];
    let index =
        |(name, value): (&str, Option<f64>)| Some(vec![name.to_owned(), format::significant(value?, 4)]);
    let rows = report.facts.iter().map(row).chain(indices.into_iter().filter_map(index)).collect();
    ChartTable {
        columns: vec![(say(Predict::Column).to_owned(), false), (say(Segments::Share).to_owned(), true)],
        rows,
    }
}

/// The last merges of a hierarchy as a tree that grows from left to right. Groups are numbered as in the report: leaves first,
/// then each merge in its order.
pub fn tree_figure(report: &GroupReport) -> Option<Figure> {
    let merges = &report.merges;
    if merges.is_empty() {
        return None;
    }
    let n = merges.len();
    let made: Vec<u32> = made_by(merges);
    let mut places = Places { merges, made: &made, heights: vec![0.0; n], n_leaves: 0, lines: Vec::new() };
    places.place(n - 1, 0);
    let n_leaves = places.n_leaves.max(2) as f64;
    let series = places
        .lines
        .iter()
        .map(|points| Series::new("", Mark::Line, 0, points.iter().map(|(x, y)| vec![*x, *y]).collect()))
        .collect();
    let row = |(at, (_, _, distance, rows)): (usize, &(u32, u32, f64, u64))| {
        vec![(at + 1).to_string(), format::significant(*distance, 4), format::integer(*rows)]
    };
    Some(Figure {
        title: say(Segments::TreeTitle).to_owned(),
        summary: fill(Segments::TreeSummary, &[("n", format::integer(n as u64))]),
        spec: ChartSpec {
            x: Axis { min: Some(0.0), ..Axis::of(say(Segments::TreeDistance), Format::Number) },
            y: Axis::of_lanes(vec![String::new(); n_leaves as usize]),
            series,
            lines: Vec::new(),
            legend: false,
        },
        table: ChartTable {
            columns: vec![
                (say(Segments::TreeTitle).to_owned(), true),
                (say(Segments::TreeDistance).to_owned(), true),
                (say(Segments::Merged).to_owned(), true),
            ],
            rows: merges.iter().enumerate().map(row).collect(),
        },
    })
}

type Merge = (u32, u32, f64, u64);

/// The group number each merge makes: the numbers after all that were never made here.
fn made_by(merges: &[Merge]) -> Vec<u32> {
    let largest = merges.iter().map(|(left, right, ..)| *left.max(right)).max().unwrap_or(0);
    let n = merges.len() as u32;
    // The last merge but one is the largest number that is merged, unless nothing made here is merged again.
    let last = (largest + 1).max(n);
    (0..n).map(|at| last + 1 + at - n).collect()
}

struct Places<'a> {
    merges: &'a [Merge],
    made: &'a [u32],
    heights: Vec<f64>,
    n_leaves: usize,
    lines: Vec<Vec<(f64, f64)>>,
}

impl Places<'_> {
    /// Places a merge and all below it; the height of its middle.
    fn place(&mut self, at: usize, depth: usize) -> f64 {
        let (left, right, distance, _) = self.merges[at];
        let ends = [left, right].map(|group| {
            let below = self.made[..at].iter().position(|made| *made == group);
            match below.filter(|_| depth < self.merges.len()) {
                Some(below) => (self.place(below, depth + 1), self.merges[below].2),
                None => {
                    self.n_leaves += 1;
                    ((self.n_leaves - 1) as f64, 0.0)
                }
            }
        });
        let [(top, top_from), (bottom, bottom_from)] = ends;
        self.lines.push(vec![(top_from, top), (distance, top), (distance, bottom), (bottom_from, bottom)]);
        self.heights[at] = f64::midpoint(top, bottom);
        self.heights[at]
    }
}

/// Who moved, in a sentence.
pub fn migration_words(report: &MigrationReport) -> String {
    let total: u64 = report.counts.iter().flatten().sum();
    let stayed: u64 = report.counts.iter().enumerate().filter_map(|(at, row)| row.get(at)).sum();
    let share = if total == 0 { 0.0 } else { stayed as f64 / total as f64 };
    let moves = report.counts.iter().enumerate().flat_map(|(from, row)| {
        row.iter().enumerate().filter(move |(to, _)| *to != from).map(move |(to, n)| (*n, from, to))
    });
    let name = |at: usize| report.segments.get(at).cloned().unwrap_or_else(|| (at + 1).to_string());
    let stayed = ("stayed", format::percent(share, 0));
    match moves.max_by_key(|(n, ..)| *n).filter(|(n, ..)| *n > 0) {
        Some((n, from, to)) => {
            let values = [stayed, ("moved", format::integer(n)), ("from", name(from)), ("to", name(to))];
            fill(Segments::MigrateSummary, &values)
        }
        None => fill(Segments::MigrateStill, &[stayed]),
    }
}

/// Before against after, with who left and who is new.
pub fn migration_heat(report: &MigrationReport) -> Heat {
    let mut columns = vec![say(Segments::Before).to_owned()];
    columns.extend(report.segments.iter().cloned());
    columns.push(say(Segments::Gone).to_owned());
    let mut names = report.segments.clone();
    names.push(say(Segments::Came).to_owned());
    let mut counts: Vec<Vec<u64>> = report
        .counts
        .iter()
        .enumerate()
        .map(|(at, row)| row.iter().copied().chain(report.left.get(at).copied()).collect())
        .collect();
    counts.push(report.came.iter().copied().chain(std::iter::once(0)).collect());
    Heat::of(columns, &names, &counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::segments::tests::report;
    use stillroom_engine::reply::Agreement;

    #[test]
    fn stability_is_worded_only_when_asked_for() {
        let mut found = report();
        assert_eq!(stability_words(&found, 0), None);
        found.stability = vec![0.9, 0.5];
        assert!(stability_words(&found, 0).is_some_and(|words| words.contains("0.9")));
        assert_ne!(stability_words(&found, 0), stability_words(&found, 1));
    }

    #[test]
    fn noise_and_agreement_are_told() {
        let mut found = report();
        assert!(aside_words(&found, &Labels::new()).is_empty());
        found.n_noise = 3;
        found.agreement =
            Some(Agreement { column: "region".to_owned(), adjusted_rand: 0.5, mutual_information: 0.4 });
        let words = aside_words(&found, &Labels::new());
        assert!(words[0].contains('3') && words[1].contains("0.5"), "{words:?}");
    }

    #[test]
    fn a_tree_joins_every_leaf_once() {
        let mut found = report();
        assert_eq!(tree_figure(&found), None);
        // Five leaves 0..5, merges make 5, 6, 7 and 8.
        found.merges = vec![(0, 1, 1.0, 2), (2, 3, 2.0, 2), (5, 6, 3.0, 4), (7, 4, 5.0, 5)];
        let figure = tree_figure(&found).expect("there are merges");
        assert_eq!(figure.spec.series.len(), 4);
        assert_eq!(figure.spec.y.categories.len(), 5);
        let last = &figure.spec.series[3].points;
        assert_eq!(last[1][0], 5.0);
        assert_eq!(last[3], [0.0, 4.0]);
    }

    #[test]
    fn moves_are_counted_beside_who_left_and_came() {
        let moved = MigrationReport {
            segments: vec!["A".to_owned(), "B".to_owned()],
            counts: vec![vec![6, 2], vec![1, 1]],
            left: vec![3, 0],
            came: vec![4, 5],
            millis: (0.0, 1.0),
        };
        let words = migration_words(&moved);
        assert!(words.contains("0.7") && words.contains("“A”") && words.contains("“B”"), "{words}");
        let heat = migration_heat(&moved);
        assert_eq!(heat.columns.len(), 4);
        assert_eq!(heat.rows.len(), 3);
        assert!(heat.rows[0].1[2].0.starts_with('3'));
    }
}
