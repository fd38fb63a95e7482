//! What the analysis forms ask for, as recipes.

use serde_json::Value;
use stillroom_engine::protocol::FileKind;
use stillroom_engine::recipe::{RECIPE_VERSION, Recipe, Source, Step, Validation};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentsForm {
    /// What segments are made from.
    pub features: Features,
    /// Columns are brought to one scale first.
    pub standardizes: bool,
    /// How many segments; found from the data when not given.
    pub k: Option<u32>,
    /// The seed.
    pub seed: u64,
}

impl SegmentsForm {
    /// The recipe of the form.
    pub fn recipe(&self, name: String) -> Recipe {
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
        steps.push(Step::new("kmeans").with("k", self.k.map_or(Value::Null, Value::from)));
        recipe(name, self.seed, rows, columns, steps)
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

/// How a target is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predictor {
    /// A number, by linear regression.
    Linear,
    /// One of two classes, by logistic regression.
    Logistic,
}

/// The form of the predict page.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictForm {
    /// The column to predict.
    pub target: String,
    /// The label that counts as yes, for two classes.
    pub positive: Option<String>,
    /// How.
    pub predictor: Predictor,
    /// The columns to learn from.
    pub columns: Vec<String>,
    /// Columns are brought to one scale first.
    pub standardizes: bool,
    /// The weight of the L2 penalty on odds; 0 for none.
    pub penalty: f64,
    /// How the prediction is judged.
    pub validation: Validation,
    /// The seed.
    pub seed: u64,
}

impl PredictForm {
    /// The recipe of the form.
    pub fn recipe(&self, name: String) -> Recipe {
        let mut steps = vec![Step::new("impute"), Step::new("one_hot")];
        if self.standardizes {
            steps.push(Step::new("standardize"));
        }
        steps.push(match self.predictor {
            Predictor::Linear => Step::new("ols"),
            Predictor::Logistic if self.penalty > 0.0 => Step::new("logistic").with("l2", self.penalty),
            Predictor::Logistic => Step::new("logistic"),
        });
        Recipe {
            target: Some(self.target.clone()),
            positive: self.positive.clone(),
            validate: self.validation.clone(),
            ..recipe(name, self.seed, FileKind::Customers, self.columns.clone(), steps)
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(recipe: &Recipe) -> Vec<&str> {
        recipe.steps.iter().map(|step| step.method.as_str()).collect()
    }

    #[test]
    fn buying_behaviour_is_made_from_order_lines() {
        let form = SegmentsForm {
            features: Features::Buying { by_logarithm: true },
            standardizes: true,
            k: None,
            seed: 7,
        };
        let recipe = form.recipe("Regulars".to_owned());
        assert_eq!(methods(&recipe), ["rfm", "log1p", "standardize", "kmeans"]);
        assert_eq!(recipe.source.rows, FileKind::OrderLines);
        assert_eq!(recipe.steps[3].parameters["k"], Value::Null);
        assert_eq!((recipe.seed, recipe.columns.len()), (7, 3));
    }

    #[test]
    fn fields_are_filled_and_encoded_before_clustering() {
        let form = SegmentsForm {
            features: Features::Fields(vec!["tenure".to_owned()]),
            standardizes: false,
            k: Some(4),
            seed: 1,
        };
        let recipe = form.recipe(String::new());
        assert_eq!(methods(&recipe), ["impute", "one_hot", "kmeans"]);
        assert_eq!(recipe.steps[2].parameters["k"], 4);
    }

    #[test]
    fn two_classes_are_judged_as_chosen() {
        let form = PredictForm {
            target: "churn".to_owned(),
            positive: Some("Yes".to_owned()),
            predictor: Predictor::Logistic,
            columns: vec!["tenure".to_owned()],
            standardizes: true,
            penalty: 0.5,
            validation: Validation::Folds { k: 5 },
            seed: 42,
        };
        let recipe = form.recipe(String::new());
        assert_eq!(methods(&recipe), ["impute", "one_hot", "standardize", "logistic"]);
        assert_eq!(recipe.validate, Validation::Folds { k: 5 });
        assert_eq!(recipe.positive.as_deref(), Some("Yes"));
        assert_eq!(recipe.steps[3].parameters["l2"], 0.5);
    }

    #[test]
    fn whole_parameters_stay_whole() {
        let parameters = [("shrink".to_owned(), 10.0), ("min_overlap".to_owned(), 3.0)];
        let recipe = recommend_recipe(String::new(), &parameters, &["min_overlap".to_owned()]);
        assert_eq!(recipe.steps[0].parameters["min_overlap"], Value::from(3));
        assert_eq!(recipe.steps[0].parameters["shrink"], Value::from(10.0));
    }
}
