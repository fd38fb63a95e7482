//! What segments say: how well they are separated, names for them, sentences and charts.

use std::collections::BTreeMap;

use stillroom_engine::reply::{Contrast, KmeansReport, SegmentCard};

use super::analysis::{EffectSize, effect_size};
use super::chart::{Axis, ChartSpec, ChartTable, Figure, Format, Guide, Mark, Series};
use crate::text::analysis::{Analysis, column_words};
use crate::text::segments::Segments;
use crate::text::{count_with, fill, format, say};

/// Effects beyond this are drawn at the edge.
const WIDEST_EFFECT: f64 = 3.0;

/// Names of fields by their keys.
pub type Labels = BTreeMap<String, String>;

/// How well segments are separated (Kaufman & Rousseeuw 1990, table 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separation {
    /// Nothing separates.
    None,
    /// A mean silhouette below 0.25.
    Weak,
    /// From 0.25.
    Fair,
    /// From 0.5.
    Clear,
}

/// How well a report's segments are separated.
pub fn separation(report: &KmeansReport) -> Separation {
    let Some(silhouette) = &report.silhouette else { return Separation::None };
    match silhouette.mean {
        _ if report.k_reason == "no-clusters" => Separation::None,
        mean if mean >= 0.5 => Separation::Clear,
        mean if mean >= 0.25 => Separation::Fair,
        _ => Separation::Weak,
    }
}

/// The separation in a plain sentence.
pub fn separation_words(report: &KmeansReport) -> String {
    let text = match separation(report) {
        Separation::None => Segments::SeparationNone,
        Separation::Weak => Segments::SeparationWeak,
        Separation::Fair => Segments::SeparationFair,
        Separation::Clear => Segments::SeparationClear,
    };
    let mean = report.silhouette.as_ref().map_or_else(|| "—".to_owned(), |found| format::fixed(found.mean, 2));
    fill(text, &[("silhouette", mean)])
}

/// Why there are this many segments.
pub fn k_words(report: &KmeansReport) -> String {
    let text = match report.k_reason.as_str() {
        "silhouette" => Segments::KBySilhouette,
        "silhouette-and-elbow" => Segments::KByBoth,
        "overlapping" => Segments::KOverlapping,
        "no-clusters" => Segments::KLeastBad,
        _ => Segments::KGiven,
    };
    say(text).to_owned()
}

/// A name for each segment, all different: of buying behaviour by how it differs, of other columns by its largest contrast.
pub fn suggested_names(report: &KmeansReport, labels: &Labels) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for card in &report.segments {
        let name = name_of(card, labels);
        let n_same = names.iter().filter(|other| **other == name || other.starts_with(&format!("{name} "))).count();
        names.push(if n_same == 0 { name } else { format!("{name} {}", n_same + 1) });
    }
    names
}

/// A column inside a name begins small in languages with capitals, unless it is all capitals.
fn inside_name(column: &str) -> String {
    let mut letters = column.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => column.to_owned(),
    }
}

fn name_of(card: &SegmentCard, labels: &Labels) -> String {
    let effect = |column: &str| card.contrasts.iter().find(|contrast| contrast.column == column).map(direction);
    if let (Some(recency), Some(frequency), Some(monetary)) =
        (effect("recency_days"), effect("frequency"), effect("monetary"))
    {
        return say(buying_name(recency, frequency, monetary)).to_owned();
    }
    match card.contrasts.first() {
        Some(contrast @ Contrast { column, level: Some(level), .. }) => {
            let text = if direction(contrast) < 0.0 { Segments::NameNot } else { Segments::NameLevel };
            fill(text, &[("column", column_words(column, labels)), ("level", level.clone())])
        }
        Some(contrast) => {
            let text = if direction(contrast) < 0.0 { Segments::NameLow } else { Segments::NameHigh };
            fill(text, &[("column", inside_name(&column_words(&contrast.column, labels)))])
        }
        None => fill(Segments::NameNumber, &[("n", (card.segment + 1).to_string())]),
    }
}

/// The usual names of recency, frequency and money: each effect compares a segment with the rest.
fn buying_name(recency: f64, frequency: f64, monetary: f64) -> Segments {
    let is_recent = recency < 0.0;
    let value = f64::midpoint(frequency, monetary);
    match value {
        value if is_recent && value >= 0.8 => Segments::Champions,
        _ if is_recent && frequency >= -0.5 => Segments::Loyal,
        _ if is_recent => Segments::Newcomers,
        value if value >= 0.2 => Segments::AtRisk,
        _ if recency >= 0.8 => Segments::Lapsed,
        value if value <= -0.8 => Segments::Occasional,
        _ => Segments::Cooling,
    }
}

/// What sets a segment apart in one column, in a sentence.
pub fn contrast_words(contrast: &Contrast, labels: &Labels) -> String {
    let column = column_words(&contrast.column, labels);
    match &contrast.level {
        Some(level) => fill(
            if direction(contrast) >= 0.0 { Segments::ContrastLevelMore } else { Segments::ContrastLevelLess },
            &[
                ("column", column),
                ("level", level.clone()),
                ("inside", format::percent(contrast.inside, 0)),
                ("outside", format::percent(contrast.outside, 0)),
            ],
        ),
        None => fill(
            if direction(contrast) >= 0.0 { Segments::ContrastMore } else { Segments::ContrastLess },
            &[
                ("column", column),
                ("inside", written(contrast.inside)),
                ("outside", written(contrast.outside)),
            ],
        ),
    }
}

/// The effect with its sign; where values do not vary within the groups, an endless one towards the larger mean.
fn direction(contrast: &Contrast) -> f64 {
    let endless = || (contrast.inside - contrast.outside).signum() * f64::MAX;
    contrast.effect.unwrap_or_else(endless)
}

/// What the interval is of: the effect for numbers, the difference of shares for a level.
fn measured(contrast: &Contrast) -> f64 {
    if contrast.level.is_some() { contrast.inside - contrast.outside } else { direction(contrast) }
}

/// A contrast as a small picture: where its estimate and interval lie between -1 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContrastPicture {
    /// The estimate.
    pub middle: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A contrast as a small picture: effects up to 3 and differences of shares up to 1 fill the width.
pub fn contrast_picture(contrast: &Contrast) -> ContrastPicture {
    let widest = if contrast.level.is_some() { 1.0 } else { WIDEST_EFFECT };
    let place = |value: f64| (value / widest).clamp(-1.0, 1.0);
    let middle = place(measured(contrast));
    ContrastPicture {
        middle,
        low: contrast.low.map_or(middle, place),
        high: contrast.high.map_or(middle, place),
    }
}

/// The size of a contrast in words and numbers.
pub fn effect_words(contrast: &Contrast) -> String {
    let size = match effect_size(direction(contrast)) {
        EffectSize::Tiny => Analysis::EffectTiny,
        EffectSize::Small => Analysis::EffectSmall,
        EffectSize::Medium => Analysis::EffectMedium,
        EffectSize::Large => Analysis::EffectLarge,
    };
    let (Some(low), Some(high)) = (contrast.low, contrast.high) else {
        return say(Segments::EffectComplete).to_owned();
    };
    let write = |value| if contrast.level.is_some() { format::percent(value, 0) } else { format::fixed(value, 2) };
    let values = [
        ("size", say(size).to_owned()),
        ("effect", write(measured(contrast))),
        ("low", write(low)),
        ("high", write(high)),
    ];
    fill(if contrast.level.is_some() { Segments::EffectOfLevel } else { Segments::EffectOf }, &values)
}

/// The contrasts worth a sentence: those of some size whose interval leaves zero out, largest first; the largest one alone
/// when there is none.
pub fn telling_contrasts(card: &SegmentCard, most: usize) -> Vec<Contrast> {
    let is_telling = |contrast: &&Contrast| {
        let holds_zero = contrast.low.is_some_and(|low| low <= 0.0) && contrast.high.is_some_and(|high| high >= 0.0);
        effect_size(direction(contrast)) != EffectSize::Tiny && !holds_zero
    };
    let telling: Vec<Contrast> = card.contrasts.iter().filter(is_telling).take(most).cloned().collect();
    if telling.is_empty() { card.contrasts.iter().take(1).cloned().collect() } else { telling }
}

fn written(value: f64) -> String {
    if value.abs() >= 100.0 { format::number(value, 0) } else { format::significant(value, 3) }
}

fn name_at(names: &[String], segment: usize) -> String {
    names.get(segment).cloned().unwrap_or_else(|| (segment + 1).to_string())
}

/// The customers on two principal components.
pub fn map_figure(report: &KmeansReport, names: &[String], labels: &Labels) -> Option<Figure> {
    let map = report.map.as_ref()?;
    let mut series: Vec<Series> = (0..report.k as usize)
        .map(|segment| Series::new(name_at(names, segment), Mark::Scatter, segment, Vec::new()))
        .collect();
    for (x, y, segment, customer) in &map.points {
        if let Some(series) = series.get_mut(*segment as usize) {
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
pub fn size_figure(report: &KmeansReport, names: &[String]) -> Figure {
    let total: u64 = report.sizes.iter().sum();
    let share = |size: u64| if total == 0 { 0.0 } else { size as f64 / total as f64 };
    let silhouette = |segment: usize| {
        let found = report.silhouette.as_ref().and_then(|found| found.by_segment.get(segment));
        found.map_or_else(|| "—".to_owned(), |mean| format::fixed(*mean, 2))
    };
    let row = |(segment, size): (usize, &u64)| {
        vec![name_at(names, segment), format::integer(*size), format::percent(share(*size), 1), silhouette(segment)]
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
pub fn k_figures(report: &KmeansReport) -> Option<[Figure; 2]> {
    if report.k_curve.is_empty() {
        return None;
    }
    let best = report.k_curve.iter().max_by(|left, right| left.silhouette.total_cmp(&right.silhouette))?;
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
                x: Axis::of(say(Segments::NumberOfSegments), Format::Integer),
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
        figure(Segments::ElbowTitle, Segments::Inertia, say(Segments::ElbowSummary).to_owned(), 1, |_, inertia| {
            inertia
        }),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use stillroom_engine::reply::{KPoint, SegmentMap, Silhouette};

    fn contrast(column: &str, effect: f64) -> Contrast {
        Contrast {
            column: column.to_owned(),
            level: None,
            inside: 12.0,
            outside: 90.0,
            median: Some(10.0),
            effect: Some(effect),
            low: Some(effect - 0.1),
            high: Some(effect + 0.1),
        }
    }

    fn card(segment: u32, effects: [f64; 3]) -> SegmentCard {
        let columns = ["recency_days", "frequency", "monetary"];
        let contrasts = columns.iter().zip(effects).map(|(column, effect)| contrast(column, effect)).collect();
        SegmentCard { segment, size: 10, share: 0.5, contrasts }
    }

    fn report() -> KmeansReport {
        KmeansReport {
            k: 2,
            inertia: 5.0,
            iterations: 4,
            converged: true,
            columns: vec!["recency_days".to_owned()],
            centroids: vec![vec![-1.0], vec![1.0]],
            sizes: vec![10, 30],
            silhouette: Some(Silhouette {
                mean: 0.41,
                by_segment: vec![0.5, 0.3],
                n_rows: 40,
                n_rows_total: 40,
                half_width: 0.0,
            }),
            davies_bouldin: None,
            calinski_harabasz: None,
            k_curve: vec![
                KPoint { k: 2, inertia: 5.0, silhouette: 0.41 },
                KPoint { k: 3, inertia: 4.0, silhouette: 0.3 },
            ],
            k_reason: "silhouette".to_owned(),
            segments: vec![card(0, [-1.2, 1.4, 1.0]), card(1, [1.2, -1.4, -1.0])],
            map: Some(SegmentMap {
                ratios: [0.6, 0.3],
                loadings: vec![("recency_days".to_owned(), 0.9, 0.1), ("monetary".to_owned(), 0.1, 0.9)],
                points: vec![(0.0, 1.0, 0, 7), (2.0, 1.0, 1, 8), (2.0, 2.0, 9, 9)],
                n_rows_total: 40,
            }),
        }
    }

    #[test]
    fn buying_segments_get_the_trades_names() {
        for (effects, expected) in [
            ([-1.0, 1.5, 1.2], Segments::Champions),
            ([-0.5, 0.3, 0.2], Segments::Loyal),
            ([-0.8, -0.9, -0.4], Segments::Newcomers),
            ([-1.1, -0.1, -0.6], Segments::Loyal),
            ([0.6, 0.5, 0.4], Segments::AtRisk),
            ([0.4, -0.5, -0.4], Segments::Cooling),
            ([0.4, -2.1, -1.3], Segments::Occasional),
            ([2.0, -0.9, -0.5], Segments::Lapsed),
        ] {
            let [recency, frequency, monetary] = effects;
            assert_eq!(buying_name(recency, frequency, monetary), expected, "{effects:?}");
        }
    }

    #[test]
    fn names_never_repeat() {
        let mut twins = report();
        twins.segments = vec![card(0, [2.0, -1.0, -1.0]), card(1, [2.1, -1.1, -1.0])];
        let names = suggested_names(&twins, &Labels::new());
        assert_eq!(names[1], format!("{} 2", names[0]));
    }

    #[test]
    fn other_columns_name_a_segment_by_its_largest_contrast() {
        let labels = Labels::from([("tenure".to_owned(), "Tenure".to_owned())]);
        let card = |effect| SegmentCard { segment: 0, size: 1, share: 1.0, contrasts: vec![contrast("tenure", effect)] };
        assert_eq!(name_of(&card(1.0), &labels), "High tenure");
        assert_eq!(name_of(&card(-1.0), &labels), "Low tenure");
    }

    #[test]
    fn pictures_stay_within_their_frame() {
        let mut endless = contrast("visits", 9.0);
        assert_eq!(contrast_picture(&endless).middle, 1.0);
        (endless.effect, endless.low, endless.high) = (None, None, None);
        assert_eq!(contrast_picture(&endless), ContrastPicture { middle: -1.0, low: -1.0, high: -1.0 });
        let mut level = contrast("plan", 0.4);
        (level.level, level.inside, level.outside) = (Some("x".to_owned()), 0.9, 0.4);
        assert_eq!(contrast_picture(&level).middle, 0.5);
    }

    #[test]
    fn separation_is_worded_by_its_strength() {
        let mut found = report();
        for (mean, reason, expected) in [
            (0.6, "silhouette", Separation::Clear),
            (0.3, "given", Separation::Fair),
            (0.1, "given", Separation::Weak),
            (0.6, "no-clusters", Separation::None),
        ] {
            if let Some(silhouette) = &mut found.silhouette {
                silhouette.mean = mean;
            }
            found.k_reason = reason.to_owned();
            assert_eq!(separation(&found), expected);
        }
    }

    #[test]
    fn the_map_draws_each_customer_in_its_segments_series() {
        let figure = map_figure(&report(), &["A".to_owned(), "B".to_owned()], &Labels::new()).expect("there is a map");
        assert_eq!(figure.spec.series.len(), 2);
        assert_eq!(figure.spec.series[0].keys, [7]);
        assert_eq!(figure.spec.series[1].points, [[2.0, 1.0]]);
        assert!(figure.summary.contains("Days since last order"));
    }

    #[test]
    fn contrasts_without_weight_are_left_out_unless_alone() {
        let mut weak = card(0, [1.0, 0.1, 0.05]);
        assert_eq!(telling_contrasts(&weak, 5).len(), 1);
        weak.contrasts.remove(0);
        assert_eq!(telling_contrasts(&weak, 5).len(), 1);
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
