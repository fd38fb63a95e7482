//! The linear family.

use stillroom_analytics::predict::discriminant::{self, LdaParams, Shrinkage};
use stillroom_analytics::predict::glm::{self, Family, GlmParams, LogFactor};
use stillroom_analytics::predict::linear::{self, Errors, Ols, OlsParams};
use stillroom_analytics::predict::logistic::{self, LogisticParams};
use stillroom_analytics::predict::penalized::elastic_net::{self, ElasticNet, ElasticNetParams, LassoParams};
use stillroom_analytics::predict::penalized::ridge::{self, Ridge, RidgeParams};
use stillroom_analytics::predict::{Outcome, Prediction, TrainingSet};
use stillroom_analytics::progress::unwatched;
use stillroom_analytics::{Matrix, metrics};

use super::data::{self, DataSet};
use super::ledger::{Ledger, run};

const QR: &str = "both solve by an orthogonal factorization; what is left is its rounding at this condition";
const SUMS: &str = "sums of the same terms in another order, at this condition";
const CONVEX: &str =
    "one convex objective solved to its optimum by both; what is left is where the reference stops";

#[test]
fn linear_methods_agree_with_their_references() {
    run("linear", |ledger| {
        for name in ["diabetes", "wine"] {
            least_squares(ledger, name);
            ridge(ledger, name);
            lasso(ledger, name);
        }
        generalized(ledger);
        for name in ["iris", "wine"] {
            multinomial(ledger, &data::small(name));
        }
        for data in [data::telco(), data::bank(), data::german()] {
            logistic(ledger, &data);
        }
        for name in ["iris", "wine", "breast_cancer"] {
            discriminant(ledger, name);
        }
    });
}

/// The numbers in the object at `path`, by name.
struct At<'a> {
    ledger: &'a mut Ledger,
    method: &'static str,
    data_set: String,
    path: String,
}

impl At<'_> {
    fn numbers(&self, what: &str) -> Vec<f64> {
        self.ledger.numbers(&format!("{}/{what}", self.path))
    }

    fn all(&mut self, quantity: &str, found: &[f64], what: &str, tolerance: f64, why: &str) {
        let expected = self.numbers(what);
        self.ledger.all_equal(self.method, &self.data_set, quantity, (found, &expected), tolerance, why);
    }

    fn one(&mut self, quantity: &str, found: f64, what: &str, tolerance: f64, why: &str) {
        let expected = self.ledger.number(&format!("{}/{what}", self.path));
        self.ledger.equal(self.method, &self.data_set, quantity, (found, expected), tolerance, why);
    }
}

fn at<'a>(ledger: &'a mut Ledger, method: &'static str, data_set: &str) -> At<'a> {
    At { ledger, method, data_set: data_set.to_owned(), path: format!("/{method}/{data_set}") }
}

fn estimates(model: &Ols) -> Vec<f64> {
    model.intercept.iter().chain(&model.coefficients).map(|term| term.estimate).collect()
}

fn standard_errors(model: &Ols) -> Vec<f64> {
    model.intercept.iter().chain(&model.coefficients).map(|term| term.standard_error).collect()
}

fn p_values(model: &Ols) -> Vec<f64> {
    model.intercept.iter().chain(&model.coefficients).map(|term| term.p.unwrap()).collect()
}

fn least_squares(ledger: &mut Ledger, name: &'static str) {
    let data = data::small(name);
    let (matrix, target) = (data.encoded(), data.numbers());
    let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
    let weights: Vec<f64> = (0..target.len()).map(|row| 1.0 + (row % 4) as f64).collect();
    let weighted = set.with_weights(&weights).unwrap();
    let fit = |set: &TrainingSet<'_>, errors: Errors| {
        linear::fit_set(set, &OlsParams { errors, ..OlsParams::default() }, &mut unwatched).unwrap()
    };
    let model = fit(&set, Errors::Classical);
    let mut at = at(ledger, "ols", name);
    at.all("coefficient", &estimates(&model), "estimates", 1e-9, QR);
    at.all("standard error", &standard_errors(&model), "standard_errors", 1e-9, QR);
    at.one("R²", model.r_squared.unwrap(), "r_squared", 1e-12, QR);
    let kinds = [("hc0", Errors::Hc0), ("hc1", Errors::Hc1), ("hc2", Errors::Hc2), ("hc3", Errors::Hc3)];
    for (kind, errors) in kinds {
        let model = fit(&set, errors);
        let quantity = format!("standard error, {kind}");
        at.all(&quantity, &standard_errors(&model), &format!("robust/{kind}/standard_errors"), 1e-9, QR);
        at.all(&format!("p, {kind}"), &p_values(&model), &format!("robust/{kind}/p"), 1e-9, QR);
        at.one(&format!("Wald F, {kind}"), model.f.unwrap(), &format!("robust/{kind}/f"), 1e-8, QR);
    }
    let other = fit(&weighted, Errors::Classical);
    at.all("coefficient, weighted", &estimates(&other), "weighted/estimates", 1e-9, QR);
    at.all("standard error, weighted", &standard_errors(&other), "weighted/standard_errors", 1e-9, QR);
    at.one("R², weighted", other.r_squared.unwrap(), "weighted/r_squared", 1e-12, QR);
    let robust = standard_errors(&fit(&weighted, Errors::Hc3));
    at.all("standard error, weighted, hc3", &robust, "weighted_hc3", 1e-9, QR);
    let influence = |value: fn(&linear::InfluentialRow) -> f64| -> Vec<f64> {
        model.influence.rows.iter().map(value).collect()
    };
    at.all(
        "most influential rows",
        &influence(|row| row.row as f64),
        "rows",
        0.0,
        "positions are whole numbers",
    );
    at.all("Cook's distance", &influence(|row| row.cook), "cook", 1e-10, QR);
    at.all("leverage", &influence(|row| row.leverage), "leverage", 1e-10, QR);
    at.all("studentized residual", &influence(|row| row.studentized.unwrap()), "studentized", 1e-10, QR);
    let tests = model.tests;
    let pair = |test: linear::Test| [test.statistic, test.p];
    at.all("Breusch-Pagan", &pair(tests.breusch_pagan.unwrap()), "breusch_pagan", 1e-9, QR);
    at.all("Jarque-Bera", &pair(tests.jarque_bera.unwrap()), "jarque_bera", 1e-9, QR);
    at.one("Durbin-Watson", tests.durbin_watson.unwrap(), "durbin_watson", 1e-11, QR);
}

fn ridge(ledger: &mut Ledger, name: &'static str) {
    let data = data::small(name);
    let (matrix, target) = (data.standardized(), data.numbers());
    let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
    let fit =
        |alpha| ridge::fit(&set, &RidgeParams { alpha, ..RidgeParams::default() }, &mut unwatched).unwrap();
    let all = |model: &Ridge| -> Vec<f64> {
        model.intercept.into_iter().chain(model.coefficients.iter().map(|slope| slope.estimate)).collect()
    };
    let (given, chosen) = (fit(Some(10.0)), fit(None));
    let mut at = at(ledger, "ridge", name);
    at.all("coefficient", &all(&given), "estimates", 1e-11, QR);
    at.one("effective degrees", given.effective_degrees, "degrees", 1e-11, QR);
    let alphas: Vec<f64> = chosen.candidates.iter().map(|candidate| candidate.alpha).collect();
    let errors: Vec<f64> = chosen.candidates.iter().map(|candidate| candidate.leave_one_out).collect();
    at.all("candidate", &alphas, "alphas", 1e-11, SUMS);
    at.all("leave-one-out error", &errors, "errors", 1e-9, SUMS);
    at.one("chosen alpha", chosen.alpha, "alpha", 1e-11, SUMS);
    at.all("coefficient at chosen alpha", &all(&chosen), "chosen", 1e-10, QR);
}

fn lasso(ledger: &mut Ledger, name: &'static str) {
    let data = data::small(name);
    let (matrix, target) = (data.standardized(), data.numbers());
    let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
    let all = |model: &ElasticNet| -> Vec<f64> {
        model.intercept.into_iter().chain(model.coefficients.iter().map(|slope| slope.estimate)).collect()
    };
    let model = elastic_net::fit_lasso(&set, &LassoParams::default(), &mut unwatched).unwrap();
    let params = ElasticNetParams { alpha: Some(0.05), l1_ratio: 0.4, ..ElasticNetParams::default() };
    let net = elastic_net::fit(&set, &params, &mut unwatched).unwrap();
    let mut at = at(ledger, "lasso", name);
    let alphas: Vec<f64> = model.path.iter().map(|point| point.alpha).collect();
    let errors: Vec<f64> = model.path.iter().map(|point| point.error).collect();
    at.all("path", &alphas, "alphas", 1e-11, SUMS);
    let gap = "the path is walked to a duality gap of 1e-8 of the target's variance, ten times below this";
    at.all("cross-validated error", &errors, "errors", 1e-6, gap);
    at.one("chosen alpha", model.alpha, "alpha", 1e-11, SUMS);
    at.all("coefficient at chosen alpha", &all(&model), "chosen", 1e-8, CONVEX);
    at.method = "elastic_net";
    at.all("coefficient", &all(&net), "elastic_net", 1e-8, CONVEX);
}

fn generalized(ledger: &mut Ledger) {
    let (bank, diabetes, telco) = (data::bank(), data::small("diabetes"), data::telco());
    let poisson = GlmParams::default();
    let gamma = GlmParams { family: Family::Gamma, ..GlmParams::default() };
    let tweedie = GlmParams { family: Family::Tweedie, ..GlmParams::default() };
    let exposure = GlmParams { exposure: Some("age".to_owned()), ..GlmParams::default() };
    let cases = [
        ("poisson", &bank, Some("campaign"), &poisson),
        ("poisson_diabetes", &diabetes, None, &poisson),
        ("exposure", &bank, Some("campaign"), &exposure),
        ("gamma", &diabetes, None, &gamma),
        ("tweedie", &telco, Some("TotalCharges"), &tweedie),
        ("tweedie_diabetes", &diabetes, None, &tweedie),
    ];
    for (case, data, target, params) in cases {
        let columns: Vec<String> =
            serde_json::from_value(ledger.reference(&format!("/glm/{case}/columns")).clone()).unwrap();
        let all = data.encoded();
        let named = |name: &str| all.column(all.names().iter().position(|column| column == name).unwrap());
        let target = target.map_or_else(|| data.numbers(), named);
        let chosen: Vec<Vec<f64>> = columns.iter().map(|name| named(name)).collect();
        let values = (0..target.len()).flat_map(|row| chosen.iter().map(move |column| column[row])).collect();
        let matrix = Matrix::new(columns, values).unwrap();
        let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
        let model = glm::fit(&set, params, &mut unwatched).unwrap();
        let terms = |value: fn(&LogFactor) -> f64| -> Vec<f64> {
            model.intercept.iter().chain(&model.coefficients).map(value).collect()
        };
        let mut at = At {
            ledger,
            method: "glm",
            data_set: format!("{}, {case}", data.name),
            path: format!("/glm/{case}"),
        };
        at.all("coefficient", &terms(|term| term.estimate), "estimates", 1e-9, CONVEX);
        at.all("standard error", &terms(|term| term.standard_error), "standard_errors", 1e-9, CONVEX);
        at.all(
            "z",
            &terms(|term| term.z.unwrap()),
            "z",
            1e-7,
            "the standard error's digits, not its size, count here",
        );
        at.all("p", &terms(|term| term.p.unwrap()), "p", 1e-8, "an error of z times the slope of its tail");
        at.one("deviance", model.deviance, "deviance", 1e-10, SUMS);
        at.one("null deviance", model.null_deviance.unwrap(), "null_deviance", 1e-9, CONVEX);
        at.one("Pearson χ²", model.pearson_chi_squared, "pearson", 1e-9, SUMS);
        at.one("dispersion", model.dispersion, "dispersion", 1e-9, SUMS);
        if let (Some(log_likelihood), Some(aic)) = (model.log_likelihood, model.aic) {
            at.one("log-likelihood", log_likelihood, "log_likelihood", 1e-9, SUMS);
            at.one("AIC", aic, "aic", 1e-9, SUMS);
        }
    }
}

/// `−log-likelihood + l1 Σ|b| + l2/2 Σ b²`.
fn objective(log_likelihood: f64, coefficients: &[f64], params: &LogisticParams) -> f64 {
    let sizes: f64 = coefficients.iter().map(|value| value.abs()).sum();
    let squares: f64 = coefficients.iter().map(|value| value * value).sum();
    params.l1 * sizes + 0.5 * params.l2 * squares - log_likelihood
}

/// What the reference minimizes with `C` and `l1_ratio`.
fn penalties() -> [(&'static str, LogisticParams); 3] {
    let params = |l1, l2| LogisticParams { l1, l2, ..LogisticParams::default() };
    [("l2", params(0.0, 1.0)), ("l1", params(5.0, 0.0)), ("both", params(1.0, 1.0))]
}

fn multinomial(ledger: &mut Ledger, data: &DataSet) {
    let (matrix, (codes, n_classes)) = (data.standardized(), data.classes());
    let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes }).unwrap();
    for (penalty, params) in penalties() {
        let model = logistic::fit_multinomial(&set, &params, &mut unwatched).unwrap();
        let found = model.coefficients.concat();
        check_logistic(ledger, data.name, penalty, &params, model.log_likelihood, &found);
    }
}

fn check_logistic(
    ledger: &mut Ledger,
    data_set: &str,
    penalty: &str,
    params: &LogisticParams,
    log_likelihood: f64,
    coefficients: &[f64],
) {
    let mut at = At {
        ledger,
        method: "logistic",
        data_set: data_set.to_owned(),
        path: format!("/logistic/{data_set}/{penalty}"),
    };
    let reached = objective(log_likelihood, coefficients, params);
    at.one(&format!("objective, {penalty}"), reached, "objective", 1e-8, CONVEX);
    at.all(&format!("coefficient, {penalty}"), coefficients, "coefficients", 1e-5, CONVEX);
}

fn logistic(ledger: &mut Ledger, data: &DataSet) {
    let (matrix, (codes, n_classes)) = (data.standardized(), data.classes());
    let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes }).unwrap();
    let is_small = data.name == "german-credit";
    for (penalty, params) in penalties().into_iter().filter(|(penalty, _)| is_small || *penalty == "l2") {
        let model = logistic::fit_set(&set, &params, &mut unwatched).unwrap();
        let found: Vec<f64> = model.coefficients.iter().map(|term| term.estimate).collect();
        check_logistic(ledger, data.name, penalty, &params, model.log_likelihood, &found);
    }
    let (train, test) = data.cut();
    let of = |rows: &[usize]| -> Vec<u32> { rows.iter().map(|&row| codes[row]).collect() };
    let (train_codes, test_codes) = (of(&train), of(&test));
    let train = matrix.take(&train);
    let set = TrainingSet::new(&train, Outcome::Classes { codes: &train_codes, n_classes }).unwrap();
    let model = logistic::fit_set(&set, &penalties()[0].1, &mut unwatched).unwrap();
    let scores = model.predict_probability(&matrix.take(&test)).unwrap();
    let labels: Vec<bool> = test_codes.iter().map(|&code| code == 1).collect();
    let found = metrics::classification(&labels, &scores, &metrics::ClassificationParams::default()).unwrap();
    let expected = ledger.number(&format!("/logistic/{}/auc", data.name));
    let why = "the issue's bound; both models are the same, so ties alone could part them";
    ledger.at_least("logistic", data.name, "test ROC-AUC", (found.auc, expected), 0.008, why);
}

fn discriminant(ledger: &mut Ledger, name: &'static str) {
    let data = data::small(name);
    let (matrix, (codes, n_classes)) = (data.encoded(), data.classes());
    let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes }).unwrap();
    let some: Vec<usize> = (0..codes.len()).step_by(9).collect();
    let rows = matrix.take(&some);
    let mut at = at(ledger, "lda", name);
    let kinds = [("probabilities", Shrinkage::None), ("auto", Shrinkage::Auto), ("fixed", Shrinkage::Fixed)];
    for (what, shrinkage) in kinds {
        let params = LdaParams { shrinkage, amount: 0.3, ..LdaParams::default() };
        let model = discriminant::fit(&set, &params, &mut unwatched).unwrap();
        let Prediction::Probabilities { values, .. } = model.predict(&rows).unwrap() else {
            panic!("classes have probabilities")
        };
        at.all(&format!("probability, {what}"), &values, what, 1e-8, QR);
        if shrinkage == Shrinkage::None {
            at.all("explained share", &model.explained, "explained", 1e-9, QR);
            at.all("place on the axes", model.transform(&rows).unwrap().values(), "places", 1e-8, QR);
        }
    }
}
