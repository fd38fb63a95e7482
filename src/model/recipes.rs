//! What the analysis forms ask for, as recipes.

use serde_json::Value;
use stillroom_engine::protocol::FileKind;
use stillroom_engine::recipe::{
    Calibration, ClassWeight, Explain, RECIPE_VERSION, Recipe, Source, Step, Validation,
};

/// The seed forms begin with.
pub const DEFAULT_SEED: u64 = 42;
/// The columns that recency, frequency and money become.
pub const RFM_COLUMNS: [&str; 3] = ["recency_days", "frequency", "monetary"];

/// What segments are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Features {
    /// When, how often and for how much a customer bought.
    Buying {
        /// Columns are taken by their logarithm, so that a few large buyers do not make segments of their own.
        by_logarithm: bool,
    },
    /// Fields of the customers.
    Fields(Vec<String>),
}

/// The form of the segments page.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentsForm {
    /// What segments are made from.
    pub features: Features,
    /// Columns are brought to one scale first.
    pub standardizes: bool,
    /// The method with its parameters, the number of segments aside.
    pub method: Step,
    /// How many segments, for methods that take a number; found from the data when not given.
    pub k: Option<Option<u32>>,
    /// How stable each segment is, is told too.
    pub stability: bool,
    /// A category the segments are compared with.
    pub compare_with: Option<String>,
    /// The seed.
    pub seed: u64,
}

impl SegmentsForm {
    /// The recipe of the form.
    pub fn recipe(self, name: String) -> Recipe {
        let (rows, mut steps, columns) = match &self.features {
            Features::Buying { by_logarithm } => {
                let mut steps = vec![Step::new("rfm")];
                if *by_logarithm {
                    let skewed: Value = ["frequency", "monetary"].map(Value::from).to_vec().into();
                    // Returns can outweigh purchases, so the logarithm is mirrored at zero.
                    steps.push(Step::new("log1p").with("columns", skewed).with("signed", true));
                }
                (FileKind::OrderLines, steps, RFM_COLUMNS.map(str::to_owned).to_vec())
            }
            Features::Fields(columns) => {
                (FileKind::Customers, vec![Step::new("impute"), Step::new("one_hot")], columns.clone())
            }
        };
        if self.standardizes {
            steps.push(Step::new("standardize"));
        }
        steps.push(match self.k {
            Some(k) => self.method.with("k", k.map_or(Value::Null, Value::from)),
            None => self.method,
        });
        Recipe {
            explain: Explain { stability: self.stability, ..Explain::default() },
            compare_with: self.compare_with,
            ..recipe(name, self.seed, rows, columns, steps)
        }
    }
}

/// The recipe that describes fields of the customers.
pub fn profile_recipe(columns: Vec<String>) -> Recipe {
    recipe(String::new(), DEFAULT_SEED, FileKind::Customers, columns, vec![Step::new("profile")])
}

/// The recipe of the recommend page: order lines to items that are bought together.
pub fn recommend_recipe(name: String, parameters: &[(String, f64)], whole: &[String]) -> Recipe {
    let step = parameters.iter().fold(Step::new("knn_item"), |step, (name, value)| {
        if whole.contains(name) { step.with(name, *value as i64) } else { step.with(name, *value) }
    });
    recipe(name, DEFAULT_SEED, FileKind::OrderLines, Vec::new(), vec![step])
}

/// What is predicted.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A field of the customers.
    Field {
        /// The column.
        column: String,
        /// The label that counts as yes, for two classes.
        positive: Option<String>,
    },
    /// What customers do after a date, from their order lines.
    Dated(Dated),
}

/// What customers do after a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// `buys`, `leaves`, `orders` or `spend`.
    pub measure: String,
    /// The days after the date that count.
    pub horizon_days: u32,
    /// The days before the date that are looked at; all when not given.
    pub window_days: Option<u32>,
    /// The date; the last one the data allow when not given.
    pub cutoff_millis: Option<i64>,
}

impl Dated {
    /// Whether a number is predicted.
    pub fn is_number(&self) -> bool {
        matches!(self.measure.as_str(), "orders" | "spend")
    }

    fn step(&self) -> Step {
        let mut step = Step::new("outcome")
            .with("measure", self.measure.clone())
            .with("horizon_days", self.horizon_days);
        if let Some(days) = self.window_days {
            step = step.with("window_days", days);
        }
        if let Some(millis) = self.cutoff_millis {
            step = step.with("cutoff_millis", millis);
        }
        step
    }
}

/// The form of the predict page.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictForm {
    /// What is predicted.
    pub target: Target,
    /// The columns to learn from; of order lines, none: what they give is fixed.
    pub columns: Vec<String>,
    /// The method with its parameters.
    pub method: Step,
    /// Columns are brought to one scale first.
    pub standardizes: bool,
    /// How the prediction is judged.
    pub validation: Validation,
    /// How much rows of each class count.
    pub class_weight: ClassWeight,
    /// How probabilities are corrected.
    pub calibrate: Calibration,
    /// What is told beside the judgement.
    pub explain: Explain,
    /// Columns whose groups are compared.
    pub fairness: Vec<String>,
    /// How long a search may take, in seconds.
    pub time_limit_seconds: Option<f64>,
    /// The seed.
    pub seed: u64,
}

impl PredictForm {
    /// The recipe of the form.
    pub fn recipe(self, name: String) -> Recipe {
        let mut steps = vec![Step::new("impute"), Step::new("one_hot")];
        steps.extend(self.standardizes.then(|| Step::new("standardize")));
        steps.push(self.method);
        let (rows, target, positive) = match self.target {
            Target::Field { column, positive } => (FileKind::Customers, Some(column), positive),
            Target::Dated(dated) => {
                steps.insert(0, dated.step());
                (FileKind::OrderLines, None, None)
            }
        };
        Recipe {
            target,
            positive,
            validate: self.validation,
            class_weight: self.class_weight,
            calibrate: self.calibrate,
            explain: self.explain,
            fairness: self.fairness,
            time_limit_seconds: self.time_limit_seconds,
            ..recipe(name, self.seed, rows, self.columns, steps)
        }
    }
}

fn recipe(name: String, seed: u64, rows: FileKind, columns: Vec<String>, steps: Vec<Step>) -> Recipe {
    Recipe {
        stillroom: RECIPE_VERSION,
        name,
        seed,
        source: Source { rows, filter: None },
        columns,
        target: None,
        positive: None,
        steps,
        validate: Validation::default(),
        class_weight: ClassWeight::default(),
        calibrate: Calibration::default(),
        explain: Explain::default(),
        fit_only: false,
        fairness: Vec::new(),
        time_limit_seconds: None,
        compare_with: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(recipe: &Recipe) -> Vec<&str> {
        recipe.steps.iter().map(|step| step.method.as_str()).collect()
    }

    fn segments(features: Features, k: Option<Option<u32>>) -> SegmentsForm {
        SegmentsForm {
            features,
            standardizes: true,
            method: Step::new("kmeans"),
            k,
            stability: false,
            compare_with: None,
            seed: 7,
        }
    }

    #[test]
    fn buying_behaviour_is_made_from_order_lines() {
        let recipe =
            segments(Features::Buying { by_logarithm: true }, Some(None)).recipe("Regulars".to_owned());
        assert_eq!(methods(&recipe), ["rfm", "log1p", "standardize", "kmeans"]);
        assert_eq!(recipe.source.rows, FileKind::OrderLines);
        assert_eq!(recipe.steps[3].parameters["k"], Value::Null);
        assert_eq!((recipe.seed, recipe.columns.len()), (7, 3));
    }

    #[test]
    fn fields_are_filled_and_encoded_before_clustering() {
        let fields = Features::Fields(vec!["tenure".to_owned()]);
        let form = SegmentsForm { standardizes: false, ..segments(fields, Some(Some(4))) };
        let recipe = form.recipe(String::new());
        assert_eq!(methods(&recipe), ["impute", "one_hot", "kmeans"]);
        assert_eq!(recipe.steps[2].parameters["k"], 4);
    }

    #[test]
    fn a_method_that_finds_the_number_itself_gets_none() {
        let form = SegmentsForm {
            method: Step::new("dbscan"),
            stability: true,
            compare_with: Some("region".to_owned()),
            ..segments(Features::Buying { by_logarithm: false }, None)
        };
        let recipe = form.recipe(String::new());
        assert!(recipe.steps[2].parameters.is_empty());
        assert!(recipe.explain.stability);
        assert_eq!(recipe.compare_with.as_deref(), Some("region"));
    }

    fn prediction(target: Target) -> PredictForm {
        PredictForm {
            target,
            columns: vec!["tenure".to_owned()],
            method: Step::new("logistic").with("l2", 0.5),
            standardizes: true,
            validation: Validation::Folds { k: 5, repeats: 1 },
            class_weight: ClassWeight::Balanced,
            calibrate: Calibration::None,
            explain: Explain::default(),
            fairness: vec!["region".to_owned()],
            time_limit_seconds: None,
            seed: 42,
        }
    }

    #[test]
    fn two_classes_are_judged_as_chosen() {
        let target = Target::Field { column: "churn".to_owned(), positive: Some("Yes".to_owned()) };
        let recipe = prediction(target).recipe(String::new());
        assert_eq!(methods(&recipe), ["impute", "one_hot", "standardize", "logistic"]);
        assert_eq!(recipe.validate, Validation::Folds { k: 5, repeats: 1 });
        assert_eq!(recipe.positive.as_deref(), Some("Yes"));
        assert_eq!(recipe.steps[3].parameters["l2"], 0.5);
        assert_eq!((recipe.class_weight, recipe.fairness.len()), (ClassWeight::Balanced, 1));
    }

    #[test]
    fn a_dated_target_begins_with_its_dates() {
        let dated = Dated {
            measure: "leaves".to_owned(),
            horizon_days: 60,
            window_days: None,
            cutoff_millis: Some(1_300_000_000_000),
        };
        let recipe = prediction(Target::Dated(dated)).recipe(String::new());
        assert_eq!(methods(&recipe)[0], "outcome");
        assert_eq!(recipe.source.rows, FileKind::OrderLines);
        assert_eq!(recipe.target, None);
        assert_eq!(recipe.steps[0].parameters["horizon_days"], 60);
        assert!(!recipe.steps[0].parameters.contains_key("window_days"));
    }

    #[test]
    fn whole_parameters_stay_whole() {
        let parameters = [("shrink".to_owned(), 10.0), ("min_overlap".to_owned(), 3.0)];
        let recipe = recommend_recipe(String::new(), &parameters, &["min_overlap".to_owned()]);
        assert_eq!(recipe.steps[0].parameters["min_overlap"], Value::from(3));
        assert_eq!(recipe.steps[0].parameters["shrink"], Value::from(10.0));
    }
}
