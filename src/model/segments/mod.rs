//! What segments say: how well they are separated, names for them, sentences and charts.

mod contrasts;
mod figures;
mod more;

use std::collections::BTreeMap;

use stillroom_engine::reply::{Contrast, GroupReport, SegmentCard};

use crate::text::analysis::{column_words, level_words};
use crate::text::segments::Segments;
use crate::text::{fill, format, say};

use contrasts::direction;
pub use contrasts::{ContrastPicture, contrast_picture, contrast_words, effect_words, telling_contrasts};
pub use figures::{k_figures, map_figure, size_figure};
pub use more::{aside_words, group_facts, migration_heat, migration_words, stability_words, tree_figure};

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
pub fn separation(report: &GroupReport) -> Separation {
    let Some(silhouette) = &report.silhouette else { return Separation::None };
    match silhouette.mean {
        _ if report.k_reason == "no-clusters" => Separation::None,
        mean if mean >= 0.5 => Separation::Clear,
        mean if mean >= 0.25 => Separation::Fair,
        _ => Separation::Weak,
    }
}

/// The separation in a plain sentence.
pub fn separation_words(report: &GroupReport) -> String {
    let text = match separation(report) {
        Separation::None => Segments::SeparationNone,
        Separation::Weak => Segments::SeparationWeak,
        Separation::Fair => Segments::SeparationFair,
        Separation::Clear => Segments::SeparationClear,
    };
    let mean =
        report.silhouette.as_ref().map_or_else(|| "—".to_owned(), |found| format::fixed(found.mean, 2));
    fill(text, &[("silhouette", mean)])
}

/// Why there are this many segments.
pub fn k_words(report: &GroupReport) -> String {
    let text = match report.k_reason.as_str() {
        "silhouette" => Segments::KBySilhouette,
        "silhouette-and-elbow" => Segments::KByBoth,
        "overlapping" => Segments::KOverlapping,
        "no-clusters" => Segments::KLeastBad,
        "found" => Segments::KFound,
        _ => Segments::KGiven,
    };
    say(text).to_owned()
}

/// A name for each segment, all different: of buying behaviour by how it differs, of other columns by its largest contrast.
pub fn suggested_names(report: &GroupReport, labels: &Labels) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for card in &report.segments {
        let name = name_of(card, labels);
        let n_same =
            names.iter().filter(|other| **other == name || other.starts_with(&format!("{name} "))).count();
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
    let effect =
        |column: &str| card.contrasts.iter().find(|contrast| contrast.column == column).map(direction);
    if let (Some(recency), Some(frequency), Some(monetary)) =
        (effect("recency_days"), effect("frequency"), effect("monetary"))
    {
        return say(buying_name(recency, frequency, monetary)).to_owned();
    }
    match card.contrasts.first() {
        Some(contrast @ Contrast { column, level: Some(level), .. }) => {
            let text = if direction(contrast) < 0.0 { Segments::NameNot } else { Segments::NameLevel };
            fill(text, &[("column", column_words(column, labels)), ("level", level_words(level))])
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use stillroom_engine::reply::{KPoint, SegmentMap, Silhouette};

    pub(crate) fn contrast(column: &str, effect: f64) -> Contrast {
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

    pub(crate) fn card(segment: u32, effects: [f64; 3]) -> SegmentCard {
        let columns = ["recency_days", "frequency", "monetary"];
        let contrasts =
            columns.iter().zip(effects).map(|(column, effect)| contrast(column, effect)).collect();
        SegmentCard { segment, size: 10, share: 0.5, contrasts }
    }

    pub(crate) fn report() -> GroupReport {
        GroupReport {
            method: "kmeans".to_owned(),
            k: 2,
            n_noise: 0,
            facts: Vec::new(),
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
            stability: Vec::new(),
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
            merges: Vec::new(),
            agreement: None,
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
        let card = |effect| SegmentCard {
            segment: 0,
            size: 1,
            share: 1.0,
            contrasts: vec![contrast("tenure", effect)],
        };
        assert_eq!(name_of(&card(1.0), &labels), "High tenure");
        assert_eq!(name_of(&card(-1.0), &labels), "Low tenure");
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
}
