"""Expected values for ols, logistic, the metrics, the distributions and knn_item, by statsmodels, scikit-learn and scipy.

Writes JSON beside the tests: `python tools/reference/supervised.py [SHARED_DATA_FOLDER]`, with the packages of
requirements.txt. Data the project makes itself is in the files; of shared data sets only results are, and those are made
only when the folder is given.
"""

import json
import pathlib
import sys

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

OUT = pathlib.Path(__file__).parents[2] / "crates/analytics/tests/reference"


def write(name, content):
    text = json.dumps(content, indent=1, default=lambda value: np.asarray(value).tolist())
    (OUT / f"{name}.json").write_text(text + "\n")


def ols_report(x, y, names, intercept=True):
    design = sm.add_constant(x, has_constant="add") if intercept else x
    fit = sm.OLS(y, design).fit()
    centred = x - x.mean(0) if intercept else x
    scaled = centred / np.sqrt((centred**2).sum(0))
    unit = design / np.sqrt((design**2).sum(0))
    singular = np.linalg.svd(unit, compute_uv=False)
    return {
        "names": names, "intercept": intercept, "estimates": fit.params, "standard_errors": fit.bse, "t": fit.tvalues,
        "p": fit.pvalues, "low": fit.conf_int()[:, 0], "high": fit.conf_int()[:, 1], "r_squared": fit.rsquared,
        "adjusted_r_squared": fit.rsquared_adj, "f": fit.fvalue, "f_p": fit.f_pvalue,
        "residual_standard_error": np.sqrt(fit.mse_resid), "vif": np.diag(np.linalg.inv(scaled.T @ scaled)),
        "condition": singular[0] / singular[-1], "residual_quartiles": np.percentile(fit.resid, [0, 25, 50, 75, 100]),
    }


def newton(x, y, intercept=True, l2=0.0):
    """Maximizes the penalized log-likelihood to the last digits on standardized columns, from the definition."""
    mean = x.mean(0) if intercept else np.zeros(x.shape[1])
    sd = x.std(0)
    z = (x - mean) / sd
    z = np.column_stack([np.ones(len(z)), z]) if intercept else z
    weight = l2 / sd**2
    weight = np.concatenate([[0.0], weight]) if intercept else weight
    b = np.zeros(z.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-z @ b))
        hessian = (z * (p * (1 - p))[:, None]).T @ z + np.diag(weight)
        b = b + np.linalg.solve(hessian, z.T @ (y - p) - weight * b)
    slopes = b[1:] / sd if intercept else b / sd
    return np.concatenate([[b[0] - mean @ slopes], slopes]) if intercept else slopes


def logistic_report(x, y, names, l2=0.0):
    if l2:
        own = newton(x, y, l2=l2)
        other = LogisticRegression(C=1 / l2, tol=1e-14, max_iter=10_000, solver="newton-cholesky").fit(x, y)
        other = np.concatenate([other.intercept_, other.coef_[0]])
        assert np.allclose(own, other, rtol=1e-6, atol=1e-8), (own, other)
        return {"names": names, "l2": l2, "estimates": own}
    # statsmodels squares the columns as they are; on standardized ones it keeps its digits.
    mean, sd = x.mean(0), x.std(0)
    fit = sm.Logit(y, sm.add_constant((x - mean) / sd, has_constant="add")).fit(
        method="newton", tol=1e-14, maxiter=60, disp=0)
    back = np.zeros((len(sd) + 1, len(sd) + 1))
    back[0, 0] = 1
    back[0, 1:] = -mean / sd
    back[1:, 1:] = np.diag(1 / sd)
    estimates = back @ fit.params
    errors = np.sqrt(np.diag(back @ fit.cov_params() @ back.T))
    assert np.allclose(estimates, newton(x, y), rtol=1e-8, atol=1e-11)
    z = stats.norm.isf(0.025)
    return {
        "names": names, "l2": 0.0, "estimates": estimates, "standard_errors": errors, "z": estimates / errors,
        "p": 2 * stats.norm.sf(np.abs(estimates / errors)), "low": estimates - z * errors,
        "high": estimates + z * errors, "log_likelihood": fit.llf, "null_log_likelihood": fit.llnull,
        "mcfadden": fit.prsquared, "aic": fit.aic,
    }


def metrics_report(labels, scores):
    return {
        "auc": metrics.roc_auc_score(labels, scores), "average_precision": metrics.average_precision_score(labels, scores),
        "log_loss": metrics.log_loss(labels, scores), "brier": metrics.brier_score_loss(labels, scores),
    }


def own_data():
    rng = np.random.default_rng(20260101)
    x = rng.normal(size=(300, 4)) @ np.array([[1, 0.5, 0, 0], [0, 1, 0.9, 0], [0, 0, 0.3, 0], [0, 0, 0, 2.0]])
    x[:, 3] = np.round(x[:, 3]) + 100
    y = 3 + x @ np.array([1.0, -2.0, 0.5, 0.1]) + rng.normal(size=300)
    z = (rng.random(300) < 1 / (1 + np.exp(-(x @ np.array([0.8, -0.6, 0.2, 0.3]) - 30)))).astype(float)
    scores = np.round(rng.beta(2, 3, 300) * 0.7 + 0.3 * z * rng.random(300), 2)
    names = ["a", "b", "c", "d"]
    precision, recall, _ = metrics.precision_recall_curve(z, scores)
    write("supervised_own", {
        "seed": 20260101, "x": x, "y": y, "z": z, "scores": scores,
        "ols": [ols_report(x, y, names), ols_report(x, y, names, intercept=False)],
        "logistic": [logistic_report(x, z, names), logistic_report(x, z, names, 1.0), logistic_report(x, z, names, 50.0)],
        "metrics": metrics_report(z, scores),
        "precision": precision, "recall": recall,
        "confusion": metrics.confusion_matrix(z, scores >= 0.4).ravel(),
        "regression": {
            "rmse": metrics.root_mean_squared_error(y, x[:, 0]), "mae": metrics.mean_absolute_error(y, x[:, 0]),
            "r_squared": metrics.r2_score(y, x[:, 0]),
        },
    })


def distributions():
    from mpmath import mp, mpf, betainc, erfc, sqrt
    mp.dps = 40

    def t_tail(t, d):
        return float(betainc(mpf(d) / 2, mpf(1) / 2, 0, mpf(d) / (d + mpf(t) ** 2), regularized=True))

    def f_tail(f, a, b):
        return float(betainc(mpf(b) / 2, mpf(a) / 2, 0, mpf(b) / (b + a * mpf(f)), regularized=True))

    def z_tail(z):
        return float(erfc(mpf(z) / sqrt(2)))

    degrees = [1, 2, 3, 9, 30, 441, 41134]
    points = [0.001, 0.5, 1.0, 1.96, 4.0, 12.5, 35.0]
    write("distributions", {
        "student": [[t, d, t_tail(t, d)] for d in degrees for t in points],
        "student_scipy": [[t, d, 2 * stats.t.sf(t, d)] for d in degrees for t in points],
        "f": [[f, a, b, f_tail(f, a, b)] for a in [1, 4, 53] for b in [1, 9, 441, 41134] for f in [0.01, 1.0, 3.5, 60.0]],
        "normal": [[z, z_tail(z)] for z in points],
        "student_quantile": [[level, d, stats.t.isf((1 - level) / 2, d)] for d in degrees for level in [0.5, 0.95, 0.999]],
        "normal_quantile": [[level, stats.norm.isf((1 - level) / 2)] for level in [0.5, 0.95, 0.999]],
    })


def shared(folder):
    churn = pd.read_csv(folder / "telco-churn/Telco-Customer-Churn.csv")
    churn["TotalCharges"] = pd.to_numeric(churn["TotalCharges"], errors="coerce")
    churn = churn.dropna()
    numbers = ["tenure", "MonthlyCharges", "TotalCharges", "SeniorCitizen"]
    categories = ["gender", "Partner", "Dependents", "Contract", "PaperlessBilling", "PaymentMethod"]
    x = pd.concat([churn[numbers].astype(float)] + [indicators(churn[name]) for name in categories], axis=1)
    y = (churn["Churn"] == "Yes").to_numpy(float)
    report = {"rows": len(x), "columns": list(x.columns), "logistic": []}
    for l2 in [0.0, 1.0]:
        report["logistic"].append(logistic_report(x.to_numpy(), y, list(x.columns), l2))
    p = 1 / (1 + np.exp(-(sm.add_constant(x.to_numpy()) @ report["logistic"][0]["estimates"])))
    report["metrics"] = metrics_report(y, p)
    write("telco_churn", report)

    bank = pd.read_csv(folder / "bank-marketing/bank-additional-full.csv.gz", sep=";")
    features = bank.drop(columns="y")
    parts = [features[name].astype(float) if pd.api.types.is_numeric_dtype(features[name]) else indicators(features[name])
             for name in features]
    # An unknown loan is an unknown house: the same column. Three customers in default all said no: separated.
    x = pd.concat(parts, axis=1).drop(columns=["loan_unknown", "default_yes"])
    y = (bank["y"] == "yes").to_numpy(float)
    write("bank_marketing", {
        "rows": len(x), "columns": list(x.columns), "logistic": [logistic_report(x.to_numpy(float), y, list(x.columns))],
        "ols": ols_report(x.drop(columns="duration").to_numpy(float), bank["duration"].to_numpy(float),
                          [name for name in x.columns if name != "duration"]),
    })

    classic = folder / "small-classic"
    diabetes = pd.read_csv(classic / "diabetes.csv")
    cancer = pd.read_csv(classic / "breast_cancer.csv")
    x = cancer.drop(columns="target")
    x = (x - x.mean()) / x.std(ddof=0)
    write("small_classic", {
        "diabetes": ols_report(diabetes.drop(columns="target").to_numpy(), diabetes["target"].to_numpy(),
                               list(diabetes.columns[:-1])),
        "breast_cancer": logistic_report(x.to_numpy(), cancer["target"].to_numpy(float), list(x.columns), 1.0),
    })


def indicators(column):
    """One column a level but the first in byte order, named `column_level`."""
    return pd.get_dummies(column, prefix=column.name, drop_first=True, dtype=float)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    own_data()
    distributions()
    if len(sys.argv) > 1:
        shared(pathlib.Path(sys.argv[1]))
