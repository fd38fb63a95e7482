//! Any one of the methods with a target: what a recipe asks for, and what a saved model holds.

use serde::{Deserialize, Serialize};

use super::average::{self, Average, AverageParams};
use super::contributions::Predictor;
use super::discriminant::{self, Lda, LdaParams};
use super::glm::{self, Glm, GlmParams};
use super::knn::{self, Knn, KnnParams};
use super::linear::{self, Ols, OlsParams};
use super::logistic::{self, Logistic, LogisticParams, Multinomial};
use super::mlp::{self, Mlp, MlpParams};
use super::naive_bayes::{self, NaiveBayes, NaiveBayesParams};
use super::penalized::elastic_net::{self, ElasticNet, ElasticNetParams, LassoParams};
use super::penalized::ridge::{self, Ridge, RidgeParams};
use super::svm::{self, Svm, SvmParams};
use super::trees::Ensemble;
use super::trees::boosting::{self, Boosting, BoostingParams};
use super::trees::forest::{self, Forest, ForestParams};
use super::trees::tree::{self, DecisionTree, TreeParams};
use super::{Prediction, TrainingSet};
use crate::progress::Watch;
use crate::shards::{Crew, at_once};
use crate::{Matrix, Result};

/// What a method can learn, and whether its rows can have weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Takes {
    /// A target of numbers.
    pub numbers: bool,
    /// The most classes a target may have; 0 when it takes none.
    pub classes: usize,
    /// Rows with weights.
    pub weights: bool,
}

/// The model to fit and its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum ModelParams {
    /// A number by least squares.
    Ols(OlsParams),
    /// A number by least squares with a penalty on squares.
    Ridge(RidgeParams),
    /// A number by least squares with a penalty on sizes.
    Lasso(LassoParams),
    /// A number by least squares with a penalty between the two.
    ElasticNet(ElasticNetParams),
    /// A count or an amount, as a product of factors.
    Glm(GlmParams),
    /// A probability by logistic regression.
    Logistic(LogisticParams),
    /// A class by linear discriminants.
    Lda(LdaParams),
    /// The mean of several models.
    Average(AverageParams),
    /// A number or classes by a support vector machine.
    Svm(SvmParams),
    /// A class from each column by itself.
    NaiveBayes(NaiveBayesParams),
    /// A number or class from the most similar rows.
    Knn(KnnParams),
    /// A number or class by a neural network.
    Mlp(MlpParams),
    /// A number or class by a tree of questions.
    Tree(TreeParams),
    /// A number or class by the mean of many trees.
    Forest(ForestParams),
    /// A number or class by a sum of small trees.
    Boosting(BoostingParams),
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Model {
    /// See [`ModelParams::Ols`].
    Ols(Ols),
    /// See [`ModelParams::Ridge`].
    Ridge(Ridge),
    /// See [`ModelParams::Lasso`].
    Lasso(ElasticNet),
    /// See [`ModelParams::ElasticNet`].
    ElasticNet(ElasticNet),
    /// See [`ModelParams::Glm`].
    Glm(Glm),
    /// See [`ModelParams::Logistic`].
    Logistic(Logistic),
    /// What [`ModelParams::Logistic`] makes of three classes or more.
    Multinomial(Multinomial),
    /// See [`ModelParams::Lda`].
    Lda(Lda),
    /// See [`ModelParams::Average`].
    Average(Average),
    /// See [`ModelParams::Svm`].
    Svm(Svm),
    /// See [`ModelParams::NaiveBayes`].
    NaiveBayes(NaiveBayes),
    /// See [`ModelParams::Knn`].
    Knn(Knn),
    /// See [`ModelParams::Mlp`].
    Mlp(Mlp),
    /// See [`ModelParams::Tree`].
    Tree(DecisionTree),
    /// See [`ModelParams::Forest`].
    Forest(Forest),
    /// See [`ModelParams::Boosting`].
    Boosting(Boosting),
}

impl ModelParams {
    /// What the method can learn.
    #[must_use]
    pub fn takes(&self) -> Takes {
        match self {
            Self::Ols(_) | Self::Ridge(_) | Self::Lasso(_) | Self::ElasticNet(_) | Self::Glm(_) => {
                Takes { numbers: true, classes: 0, weights: true }
            }
            Self::Logistic(_) => Takes { numbers: false, classes: usize::MAX, weights: true },
            Self::Lda(_) => Takes { numbers: false, classes: usize::MAX, weights: false },
            Self::Average(params) => params.takes(),
            Self::Svm(_) => Takes { numbers: true, classes: svm::MOST_CLASSES, weights: true },
            Self::NaiveBayes(_) => {
                Takes { numbers: false, classes: naive_bayes::MOST_CLASSES, weights: true }
            }
            Self::Knn(_) => Takes { numbers: true, classes: usize::MAX, weights: true },
            Self::Mlp(_) => Takes { numbers: true, classes: mlp::MOST_CLASSES, weights: true },
            Self::Tree(_) | Self::Forest(_) | Self::Boosting(_) => {
                Takes { numbers: true, classes: usize::MAX, weights: true }
            }
        }
    }

    /// Whether columns that follow exactly from others keep the model from being found, as without a penalty.
    #[must_use]
    pub fn needs_independent_columns(&self) -> bool {
        match self {
            Self::Ols(_) | Self::Glm(_) => true,
            Self::Lda(_) => false,
            Self::Ridge(params) => params.alpha == Some(0.0),
            Self::Lasso(_) | Self::ElasticNet(_) => false,
            Self::Logistic(params) => params.is_free(),
            Self::Average(params) => params.needs_independent_columns(),
            Self::Svm(_) => false,
            Self::NaiveBayes(_) | Self::Knn(_) | Self::Mlp(_) => false,
            Self::Tree(_) | Self::Forest(_) | Self::Boosting(_) => false,
        }
    }

    /// Checks the ranges that do not depend on the data.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] names the parameter outside.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Ols(params) => params.check(),
            Self::Ridge(params) => params.check(),
            Self::Lasso(params) => params.check(),
            Self::ElasticNet(params) => params.check(),
            Self::Glm(params) => params.check(),
            Self::Logistic(params) => params.check(),
            Self::Lda(params) => params.check(),
            Self::Average(params) => params.check(),
            Self::Svm(params) => params.check(),
            Self::NaiveBayes(params) => params.check(),
            Self::Knn(params) => params.check(),
            Self::Mlp(params) => params.check(),
            Self::Tree(params) => params.check(),
            Self::Forest(params) => params.check(),
            Self::Boosting(params) => params.check(),
        }
    }

    /// Fits the model. The same set, parameters and seed give the same model on every machine.
    ///
    /// # Errors
    /// [`crate::Error::WrongType`] or [`crate::Error::Classes`] for a target the method does not take; the method's own errors.
    pub fn fit(&self, set: &TrainingSet<'_>, seed: u64, watch: &mut Watch<'_>) -> Result<Model> {
        at_once(self.fit_among(set, seed, &Crew::alone(), watch))
    }

    /// As [`Self::fit`], the rows shared with `crew` by the methods that can.
    ///
    /// # Errors
    /// As [`Self::fit`].
    pub async fn fit_among(
        &self,
        set: &TrainingSet<'_>,
        seed: u64,
        crew: &Crew,
        watch: &mut Watch<'_>,
    ) -> Result<Model> {
        match self {
            Self::Ols(params) => linear::fit_among(set, params, crew, watch).await.map(Model::Ols),
            Self::Ridge(params) => ridge::fit(set, params, watch).map(Model::Ridge),
            Self::Lasso(params) => elastic_net::fit_lasso(set, params, watch).map(Model::Lasso),
            Self::ElasticNet(params) => elastic_net::fit(set, params, watch).map(Model::ElasticNet),
            Self::Glm(params) => glm::fit(set, params, watch).map(Model::Glm),
            Self::Lda(params) => discriminant::fit(set, params, watch).map(Model::Lda),
            Self::Logistic(params) => match set.classes()?.1 {
                2 => logistic::fit_among(set, params, crew, watch).await.map(Model::Logistic),
                _ => logistic::fit_multinomial(set, params, watch).map(Model::Multinomial),
            },
            Self::Average(params) => average::fit(set, params, seed, watch).map(Model::Average),
            Self::Svm(params) => svm::fit(set, params, seed, watch).map(Model::Svm),
            Self::NaiveBayes(params) => naive_bayes::fit(set, params, watch).map(Model::NaiveBayes),
            Self::Knn(params) => knn::fit(set, params).map(Model::Knn),
            Self::Mlp(params) => mlp::fit(set, params, seed, watch).map(Model::Mlp),
            Self::Tree(params) => tree::fit(set, params, seed, watch).map(Model::Tree),
            Self::Forest(params) => {
                forest::fit_among(set, params, seed, crew, watch).await.map(Model::Forest)
            }
            Self::Boosting(params) => boosting::fit(set, params, seed, watch).map(Model::Boosting),
        }
    }
}

impl Model {
    /// What the model says of the rows of `matrix`, whose columns are those of the fit.
    ///
    /// # Errors
    /// [`crate::Error::ColumnsDiffer`] or [`crate::Error::UnknownColumn`] for other columns; the method's own errors.
    pub fn predict(&self, matrix: &Matrix) -> Result<Prediction> {
        match self {
            Self::Ols(model) => model.predict(matrix).map(Prediction::Numbers),
            Self::Ridge(model) => model.predict(matrix).map(Prediction::Numbers),
            Self::Lasso(model) | Self::ElasticNet(model) => model.predict(matrix).map(Prediction::Numbers),
            Self::Logistic(model) => {
                model.predict_probability(matrix).map(|positive| Prediction::two_classes(&positive))
            }
            Self::Multinomial(model) => model.predict(matrix),
            Self::Glm(model) => model.predict(matrix).map(Prediction::Numbers),
            Self::Lda(model) => model.predict(matrix),
            Self::Average(model) => model.predict(matrix),
            Self::Svm(model) => model.predict(matrix),
            Self::NaiveBayes(model) => model.predict(matrix),
            Self::Knn(model) => model.predict(matrix),
            Self::Mlp(model) => model.predict(matrix),
            Self::Tree(model) => model.predict(matrix),
            Self::Forest(model) => model.predict(matrix),
            Self::Boosting(model) => model.predict(matrix),
        }
    }

    /// The linear predictor behind the model; `None` when there is none.
    pub(crate) fn linear_predictor(&self) -> Option<Predictor<'_>> {
        match self {
            Self::Ols(model) => Some(model.linear_predictor()),
            Self::Ridge(model) => Some(model.linear_predictor()),
            Self::Lasso(model) | Self::ElasticNet(model) => Some(model.linear_predictor()),
            Self::Logistic(model) => Some(model.linear_predictor()),
            Self::Multinomial(model) => Some(model.linear_predictor()),
            Self::Glm(model) => Some(model.linear_predictor()),
            Self::Lda(model) => Some(model.linear_predictor()),
            _ => None,
        }
    }

    /// The trees behind the model, as [`super::trees::shap()`] explains them; `None` when there are none.
    #[must_use]
    pub fn ensemble(&self) -> Option<&Ensemble> {
        match self {
            Self::Tree(model) => Some(&model.ensemble),
            Self::Forest(model) => Some(&model.ensemble),
            Self::Boosting(model) => Some(&model.ensemble),
            _ => None,
        }
    }

    /// Whether rows of the data are part of the model, word for word: those who may not see the data may not see it either.
    #[must_use]
    pub fn holds_rows(&self) -> bool {
        match self {
            Self::Svm(model) => model.holds_rows(),
            Self::Knn(model) => model.holds_rows(),
            Self::Average(average) => average.members.iter().any(|member| member.model.holds_rows()),
            _ => false,
        }
    }
}
