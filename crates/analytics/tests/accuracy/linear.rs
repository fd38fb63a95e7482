//! The linear family.

use stillroom_analytics::predict::linear::{self, OlsParams};
use stillroom_analytics::progress::unwatched;

use super::data;
use super::ledger::{Ledger, run};

#[test]
fn linear_methods_agree_with_statsmodels() {
    run("linear", |ledger| {
        for name in ["diabetes", "wine"] {
            ols(ledger, name);
        }
    });
}

fn ols(ledger: &mut Ledger, name: &'static str) {
    let data = data::small(name);
    let model = linear::fit(&data.encoded(), &data.numbers(), &OlsParams::default(), &mut unwatched).unwrap();
    let terms = || model.intercept.iter().chain(&model.coefficients);
    let path = |what: &str| format!("/ols/{name}/{what}");
    let why = "both solve by an orthogonal factorization; what is left is its rounding at this condition";
    let estimates: Vec<f64> = terms().map(|term| term.estimate).collect();
    ledger.all_equal(
        "ols",
        name,
        "coefficient",
        (&estimates, &ledger.numbers(&path("estimates"))),
        1e-9,
        why,
    );
    let errors: Vec<f64> = terms().map(|term| term.standard_error).collect();
    let expected = ledger.numbers(&path("standard_errors"));
    ledger.all_equal("ols", name, "standard error", (&errors, &expected), 1e-9, why);
    let r_squared = model.r_squared.unwrap();
    ledger.equal("ols", name, "R²", (r_squared, ledger.number(&path("r_squared"))), 1e-12, why);
}
