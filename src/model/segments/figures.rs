//! Segments in pictures: the map, the sizes, the curves by number of segments.

use stillroom_engine::reply::GroupReport;

use super::Labels;
use crate::model::chart::{Axis, ChartSpec, ChartTable, Figure, Format, Guide, Mark, Series};
use crate::text::analysis::column_words;
use crate::text::segments::Segments;
use crate::text::{count_with, fill, format, say};

fn name_at(names: &[String], segment: usize) -> String {
    names.get(segment).cloned().unwrap_or_else(|| (segment + 1).to_string())
}

/// The customers on two principal components.
pub fn map_figure(report: &GroupReport, names: &[String], labels: &Labels) -> Option<Figure> {
    let map = report.map.as_ref()?;
    let mut series: Vec<Series> = (0..report.k as usize)
        .map(|segment| Series::new(name_at(names, segment), Mark::Scatter, segment, Vec::new()))
        .collect();
    let noise = Series::new(say(Segments::Noise), Mark::Scatter, 4, Vec::new());
    series.extend((report.n_noise > 0).then_some(Series { slot: None, ..noise }));
    for (x, y, segment, customer) in &map.points {
        let place = if *segment < report.k { *segment as usize } else { report.k as usize };
        if let Some(series) = series.get_mut(place) {
            series.points.push(vec![*x, *y]);
            series.keys.push(*customer);
        }
    }
    let axis = |number: usize, share: f64| {
        let values = [("n", (number + 1).to_string()), ("share", format::percent(share, 0))];
        Axis::of(fill(Segments::Component, &values), Format::Number)
    };
    let leading = |at: usize| {
        let strength = |loading: &(String, f64, f64)| if at == 0 { loading.1.abs() } else { loading.2.abs() };
        let strongest = map.loadings.iter().max_by(|left, right| strength(left).total_cmp(&strength(right)));
        strongest.map_or_else(String::new, |(column, ..)| column_words(column, labels))
    };
    let loading_row = |(column, first, second): &(String, f64, f64)| {
        vec![column_words(column, labels), format::fixed(*first, 3), format::fixed(*second, 3)]
    };
    Some(Figure {
        title: say(Segments::MapTitle).to_owned(),
        summary: fill(
            Segments::MapSummary,
            &[
                ("shown", format::integer(map.points.len() as u64)),
                ("total", format::integer(map.n_rows_total)),
                ("share", format::percent(map.ratios[0] + map.ratios[1], 0)),
                ("first", leading(0)),
                ("second", leading(1)),
            ],
        ),
        spec: ChartSpec {
            x: axis(0, map.ratios[0]),
            y: axis(1, map.ratios[1]),
            series,
            lines: Vec::new(),
            legend: true,
        },
        table: ChartTable {
            columns: vec![
                (say(Segments::Column).to_owned(), false),
                (fill(Segments::LoadingOn, &[("n", "1".to_owned())]), true),
                (fill(Segments::LoadingOn, &[("n", "2".to_owned())]), true),
            ],
            rows: map.loadings.iter().map(loading_row).collect(),
        },
    })
}

/// How many customers each segment holds.
pub fn size_figure(report: &GroupReport, names: &[String]) -> Figure {
    let total: u64 = report.sizes.iter().sum();
    let share = |size: u64| if total == 0 { 0.0 } else { size as f64 / total as f64 };
    let silhouette = |segment: usize| {
        let found = report.silhouette.as_ref().and_then(|found| found.by_segment.get(segment));
        found.map_or_else(|| "—".to_owned(), |mean| format::fixed(*mean, 2))
    };
    let row = |(segment, size): (usize, &u64)| {
        vec![
            name_at(names, segment),
            format::integer(*size),
            format::percent(share(*size), 1),
            silhouette(segment),
        ]
    };
    let largest = report.sizes.iter().enumerate().max_by_key(|(_, size)| **size);
    let smallest = report.sizes.iter().enumerate().min_by_key(|(_, size)| **size);
    let summary = match (largest, smallest) {
        (Some((large, most)), Some((small, least))) => fill(
            Segments::SizeSummary,
            &[
                ("largest", name_at(names, large)),
                ("most", format::percent(share(*most), 0)),
                ("smallest", name_at(names, small)),
                ("least", format::percent(share(*least), 0)),
            ],
        ),
        _ => String::new(),
    };
    let all_names: Vec<String> = (0..report.sizes.len()).map(|segment| name_at(names, segment)).collect();
    let bar = |(segment, size): (usize, &u64)| {
        Series::new(name_at(names, segment), Mark::Bar, segment, vec![vec![*size as f64, segment as f64]])
    };
    Figure {
        title: say(Segments::SizeTitle).to_owned(),
        summary,
        spec: ChartSpec {
            x: Axis { min: Some(0.0), ..Axis::of(say(Segments::Customers), Format::Integer) },
            y: Axis::of_names("", all_names),
            series: report.sizes.iter().enumerate().map(bar).collect(),
            lines: Vec::new(),
            legend: false,
        },
        table: ChartTable {
            columns: vec![
                (say(Segments::Segment).to_owned(), false),
                (say(Segments::Customers).to_owned(), true),
                (say(Segments::Share).to_owned(), true),
                (say(Segments::Silhouette).to_owned(), true),
            ],
            rows: report.sizes.iter().enumerate().map(row).collect(),
        },
    }
}

/// What each number of segments would give: by silhouette and by inertia.
pub fn k_figures(report: &GroupReport) -> Option<[Figure; 2]> {
    if report.k_curve.is_empty() {
        return None;
    }
    let best = report.k_curve.iter().max_by(|left, right| left.silhouette.total_cmp(&right.silhouette))?;
    let (first, last) = report.k_curve.iter().fold((f64::INFINITY, 0.0_f64), |(first, last), point| {
        (first.min(f64::from(point.k)), last.max(f64::from(point.k)))
    });
    let chosen = || vec![Guide::upright(say(Segments::Chosen), f64::from(report.k))];
    let table = ChartTable {
        columns: vec![
            (say(Segments::NumberOfSegments).to_owned(), true),
            (say(Segments::Silhouette).to_owned(), true),
            (say(Segments::Inertia).to_owned(), true),
        ],
        rows: report
            .k_curve
            .iter()
            .map(|point| {
                let k = format::integer(u64::from(point.k));
                vec![k, format::fixed(point.silhouette, 3), format::significant(point.inertia, 6)]
            })
            .collect(),
    };
    let figure = |title: Segments, y: Segments, summary: String, slot: usize, value: fn(f64, f64) -> f64| {
        let points = report
            .k_curve
            .iter()
            .map(|point| vec![f64::from(point.k), value(point.silhouette, point.inertia)])
            .collect();
        Figure {
            title: say(title).to_owned(),
            summary,
            spec: ChartSpec {
                x: Axis::of(say(Segments::NumberOfSegments), Format::Integer).between(first - 1.0, last),
                y: Axis::of(say(y), Format::Number),
                series: vec![Series::new(say(y), Mark::Line, slot, points)],
                lines: chosen(),
                legend: false,
            },
            table: table.clone(),
        }
    };
    let by_silhouette = count_with(
        Segments::SilhouetteSummary,
        u64::from(best.k),
        &[("silhouette", format::fixed(best.silhouette, 2))],
    );
    Some([
        figure(Segments::SilhouetteTitle, Segments::Silhouette, by_silhouette, 0, |silhouette, _| silhouette),
        figure(
            Segments::ElbowTitle,
            Segments::Inertia,
            say(Segments::ElbowSummary).to_owned(),
            1,
            |_, inertia| inertia,
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::segments::tests::report;

    #[test]
    fn the_map_draws_each_customer_in_its_segments_series() {
        let figure =
            map_figure(&report(), &["A".to_owned(), "B".to_owned()], &Labels::new()).expect("there is a map");
        assert_eq!(figure.spec.series.len(), 2);
        assert_eq!(figure.spec.series[0].keys, [7]);
        assert_eq!(figure.spec.series[1].points, [[2.0, 1.0]]);
        assert!(figure.summary.contains("Days since last order"));
    }

    #[test]
    fn the_sizes_say_which_is_largest() {
        let figure = size_figure(&report(), &["A".to_owned(), "B".to_owned()]);
        assert!(figure.summary.contains('B') && figure.summary.contains('A'));
        assert_eq!(figure.table.rows.len(), 2);
        assert_eq!(figure.spec.series[1].points, [[30.0, 1.0]]);
    }

    #[test]
    fn a_given_number_has_no_curve() {
        let mut given = report();
        assert!(k_figures(&given).is_some());
        given.k_curve.clear();
        assert!(k_figures(&given).is_none());
    }
}
