//! What the analysis pages share: which page a result belongs to, its reports, the size of effects.

use super::methods::takes;
use stillroom_engine::reply::{GroupReport, KnnItemReport, PredictReport, ProfileReport, Reply, Report};

/// An analysis page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Analysis {
    /// Segments.
    Segments,
    /// Recommendations.
    Recommend,
    /// Predictions.
    Predict,
}

impl Analysis {
    /// The page that shows a method's results.
    pub fn of_method(method: &str) -> Option<Self> {
        match method {
            "kmeans" | "mini_batch_kmeans" | "gmm" | "hierarchical" | "dbscan" => Some(Self::Segments),
            "knn_item" => Some(Self::Recommend),
            "automl" => Some(Self::Predict),
            _ => takes(method).map(|_| Self::Predict),
        }
    }

    /// The page's address.
    pub fn path(self) -> &'static str {
        match self {
            Self::Segments => "/segments",
            Self::Recommend => "/recommend",
            Self::Predict => "/predict",
        }
    }
}

macro_rules! finders {
    ($($name:ident: $variant:ident => $report:ty;)*) => {
        $(
            /// The last report of this kind in a reply.
            pub fn $name(reply: &Reply) -> Option<&$report> {
                reply.reports.iter().rev().find_map(|report| match report {
                    Report::$variant(report) => Some(&**report),
                    _ => None,
                })
            }
        )*
    };
}

finders! {
    group_report: Group => GroupReport;
    predict_report: Predict => PredictReport;
    knn_item_report: KnnItem => KnnItemReport;
}

/// The report that describes columns.
pub fn profile_report(reply: &Reply) -> Option<&ProfileReport> {
    reply.reports.iter().find_map(|report| match report {
        Report::Profile(report) => Some(report),
        _ => None,
    })
}

/// How large a standardized difference is (Cohen 1988, for both g and h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EffectSize {
    /// Below 0.2.
    Tiny,
    /// From 0.2.
    Small,
    /// From 0.5.
    Medium,
    /// From 0.8.
    Large,
}

/// The size of an effect, whatever its direction.
pub fn effect_size(effect: f64) -> EffectSize {
    match effect.abs() {
        size if size >= 0.8 => EffectSize::Large,
        size if size >= 0.5 => EffectSize::Medium,
        size if size >= 0.2 => EffectSize::Small,
        _ => EffectSize::Tiny,
    }
}

/// The recipe of a result as readable JSON, with every default filled in.
pub fn recipe_text(reply: &Reply) -> String {
    serde_json::to_string_pretty(&reply.recipe).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_are_sized_by_cohens_marks() {
        for (effect, size) in [
            (0.0, EffectSize::Tiny),
            (-0.2, EffectSize::Small),
            (0.5, EffectSize::Medium),
            (-0.8, EffectSize::Large),
            (3.0, EffectSize::Large),
        ] {
            assert_eq!(effect_size(effect), size);
        }
    }

    #[test]
    fn every_kept_method_has_a_page() {
        for method in ["kmeans", "gmm", "knn_item", "ols", "logistic", "forest", "automl"] {
            assert!(Analysis::of_method(method).is_some());
        }
        assert_eq!(Analysis::of_method("profile"), None);
    }
}
