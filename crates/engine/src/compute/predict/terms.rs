//! What a method tells about itself: coefficients, and numbers of its own.

use stillroom_analytics::predict::{
    Model,
    glm::{Glm, LogFactor},
    linear, logistic,
    penalized::Slope,
    trees::{Ensemble, Tree},
};

use crate::reply::{Coefficient, Fact};

/// The numbers of one model beside its scores.
#[derive(Debug, Default)]
pub(super) struct Terms {
    pub(super) coefficients: Vec<Coefficient>,
    pub(super) collinear: Vec<String>,
    pub(super) facts: Vec<Fact>,
}

/// What `model` tells about itself.
pub(super) fn terms(model: &Model) -> Terms {
    match model {
        Model::Ols(model) => ols(model),
        Model::Ridge(model) => Terms {
            coefficients: slopes(model.intercept, &model.coefficients),
            facts: facts(&[
                ("alpha", Some(model.alpha)),
                ("effective_degrees", Some(model.effective_degrees)),
                ("r_squared", model.r_squared),
            ]),
            ..Terms::default()
        },
        Model::Lasso(model) | Model::ElasticNet(model) => Terms {
            coefficients: slopes(model.intercept, &model.coefficients),
            facts: facts(&[
                ("alpha", Some(model.alpha)),
                ("l1_ratio", Some(model.l1_ratio)),
                ("n_used", Some(model.n_used as f64)),
                ("r_squared", model.r_squared),
            ]),
            ..Terms::default()
        },
        Model::Logistic(model) => logistic(model),
        Model::Glm(model) => glm(model),
        Model::Multinomial(model) => Terms {
            coefficients: of_classes(&model.columns, &model.intercepts, &model.coefficients),
            facts: facts(&[
                ("l2", Some(model.l2)),
                ("l1", Some(model.l1)),
                ("log_likelihood", Some(model.log_likelihood)),
                ("null_log_likelihood", Some(model.null_log_likelihood)),
                ("pseudo_r_squared", Some(model.mcfadden_r_squared)),
                ("iterations", Some(model.iterations as f64)),
            ]),
            ..Terms::default()
        },
        Model::Lda(model) => Terms {
            coefficients: of_classes(&model.columns, &model.intercepts, &model.coefficients),
            facts: facts(&[("n_axes", Some(model.axes.len() as f64))]),
            ..Terms::default()
        },
        Model::Tree(model) => ensemble(&model.ensemble, None),
        Model::Forest(model) => ensemble(&model.ensemble, model.out_of_bag.as_ref().map(|found| found.score)),
        Model::Boosting(model) => ensemble(&model.ensemble, None),
        Model::Svm(model) => {
            let n_vectors = model.support_vectors.len() / model.columns.len().max(1);
            Terms {
                facts: facts(&[("n_support_vectors", Some(n_vectors as f64)), ("gamma", model.gamma)]),
                ..Terms::default()
            }
        }
        Model::NaiveBayes(model) => {
            Terms { facts: facts(&[("n_rows", Some(model.n_rows as f64))]), ..Terms::default() }
        }
        Model::Knn(model) => Terms {
            facts: facts(&[
                ("k", Some(f64::from(model.params.k))),
                ("n_rows_held", Some(model.rows.n_rows() as f64)),
            ]),
            ..Terms::default()
        },
        Model::Mlp(model) => Terms {
            facts: facts(&[("epochs", Some(model.epochs as f64)), ("held_out_loss", model.held_out_loss)]),
            ..Terms::default()
        },
        Model::Average(model) => {
            Terms { facts: facts(&[("n_members", Some(model.members.len() as f64))]), ..Terms::default() }
        }
    }
}

/// Penalized coefficients, which have no honest errors.
fn slopes(intercept: Option<f64>, slopes: &[Slope]) -> Vec<Coefficient> {
    let constant = intercept.map(|estimate| plain("(intercept)", estimate));
    constant.into_iter().chain(slopes.iter().map(|slope| plain(&slope.name, slope.estimate))).collect()
}

/// One set of coefficients a class, the class as its position until the report names it.
fn of_classes(columns: &[String], intercepts: &[f64], coefficients: &[Vec<f64>]) -> Vec<Coefficient> {
    let of_class = |(class, (intercept, slopes)): (usize, (&f64, &Vec<f64>))| {
        let terms = std::iter::once(("(intercept)", *intercept))
            .chain(columns.iter().map(String::as_str).zip(slopes.iter().copied()));
        let named = terms
            .map(|(name, estimate)| Coefficient { class: Some(class.to_string()), ..plain(name, estimate) });
        named.collect::<Vec<_>>()
    };
    intercepts.iter().zip(coefficients).enumerate().flat_map(of_class).collect()
}

fn plain(name: &str, estimate: f64) -> Coefficient {
    Coefficient {
        name: name.to_owned(),
        class: None,
        estimate,
        standard_error: None,
        statistic: None,
        p_value: None,
        low: None,
        high: None,
        inflation: None,
    }
}

fn ensemble(ensemble: &Ensemble, out_of_bag: Option<f64>) -> Terms {
    let trees = ensemble.trees();
    let leaves: usize = trees.iter().map(Tree::n_leaves).sum();
    let depth = trees.iter().map(Tree::depth).max().unwrap_or_default();
    Terms {
        facts: facts(&[
            ("n_trees", Some(trees.len() as f64)),
            ("n_leaves", Some(leaves as f64)),
            ("depth", Some(depth as f64)),
            ("out_of_bag", out_of_bag),
        ]),
        ..Terms::default()
    }
}

fn facts(named: &[(&str, Option<f64>)]) -> Vec<Fact> {
    let known = named.iter().filter_map(|&(code, value)| Some((code, value?)));
    known.map(|(code, value)| Fact { code: code.to_owned(), value }).collect()
}

fn ols(model: &linear::Ols) -> Terms {
    Terms {
        coefficients: model.intercept.iter().chain(&model.coefficients).map(linear_coefficient).collect(),
        collinear: model.collinear.clone(),
        facts: facts(&[
            ("r_squared", model.r_squared),
            ("adjusted_r_squared", model.adjusted_r_squared),
            ("residual_standard_error", Some(model.residual_standard_error)),
            ("degrees_of_freedom", Some(model.residual_degrees as f64)),
            ("f_statistic", model.f),
            ("f_p_value", model.f_p),
            ("condition_number", Some(model.condition)),
        ]),
    }
}

fn linear_coefficient(found: &linear::Coefficient) -> Coefficient {
    Coefficient {
        name: found.name.clone(),
        class: None,
        estimate: found.estimate,
        standard_error: Some(found.standard_error),
        statistic: found.t,
        p_value: found.p,
        low: Some(found.low),
        high: Some(found.high),
        inflation: found.vif,
    }
}

fn glm(model: &Glm) -> Terms {
    Terms {
        coefficients: model.intercept.iter().chain(&model.coefficients).map(log_factor).collect(),
        collinear: Vec::new(),
        facts: facts(&[
            ("deviance", Some(model.deviance)),
            ("null_deviance", model.null_deviance),
            ("dispersion", Some(model.dispersion)),
            ("log_likelihood", model.log_likelihood),
            ("aic", model.aic),
            ("degrees_of_freedom", Some(model.residual_degrees as f64)),
            ("iterations", Some(model.iterations as f64)),
        ]),
    }
}

fn log_factor(found: &LogFactor) -> Coefficient {
    Coefficient {
        standard_error: Some(found.standard_error),
        statistic: found.z,
        p_value: found.p,
        low: Some(found.low),
        high: Some(found.high),
        ..plain(&found.name, found.estimate)
    }
}

fn logistic(model: &logistic::Logistic) -> Terms {
    Terms {
        coefficients: model.intercept.iter().chain(&model.coefficients).map(log_odds).collect(),
        collinear: Vec::new(),
        facts: facts(&[
            ("l2", Some(model.l2)),
            ("log_likelihood", Some(model.log_likelihood)),
            ("null_log_likelihood", Some(model.null_log_likelihood)),
            ("pseudo_r_squared", Some(model.mcfadden_r_squared)),
            ("aic", model.aic),
            ("iterations", Some(model.iterations as f64)),
        ]),
    }
}

fn log_odds(found: &logistic::LogOdds) -> Coefficient {
    let inference = found.inference.as_ref();
    Coefficient {
        name: found.name.clone(),
        class: None,
        estimate: found.estimate,
        standard_error: inference.map(|inference| inference.standard_error),
        statistic: inference.map(|inference| inference.z),
        p_value: inference.map(|inference| inference.p),
        low: inference.map(|inference| inference.low),
        high: inference.map(|inference| inference.high),
        inflation: None,
    }
}
