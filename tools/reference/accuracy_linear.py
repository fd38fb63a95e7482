"""The linear family on real data sets, by statsmodels and scikit-learn, for crates/analytics/tests/accuracy/linear.rs."""

import numpy as np
import statsmodels.api as sm
from real_data import DataSet, write
from scipy.optimize import minimize
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import ElasticNet, LassoCV, LogisticRegression, Ridge, RidgeCV
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import PredefinedSplit
from statsmodels.stats.diagnostic import het_breuschpagan
from statsmodels.stats.stattools import durbin_watson, jarque_bera


def ols(name):
    data = DataSet(name)
    x, y = sm.add_constant(data.encoded()).to_numpy(), data.numbers()
    fit = sm.OLS(y, x).fit()
    influence = fit.get_influence()
    cook = influence.cooks_distance[0]
    first = np.argsort(-cook, kind="stable")[:10]
    weights = 1.0 + np.arange(len(y)) % 4
    weighted = sm.WLS(y, x, weights=weights).fit()
    robust = {}
    for kind in ["HC0", "HC1", "HC2", "HC3"]:
        other = fit.get_robustcov_results(kind, use_t=True)
        robust[kind.lower()] = {"standard_errors": other.bse, "p": other.pvalues, "f": float(np.squeeze(other.fvalue))}
    return {
        "estimates": fit.params, "standard_errors": fit.bse, "p": fit.pvalues, "r_squared": fit.rsquared,
        "robust": robust, "weighted_hc3": weighted.get_robustcov_results("HC3", use_t=True).bse,
        "weighted": {"estimates": weighted.params, "standard_errors": weighted.bse, "r_squared": weighted.rsquared},
        "rows": first, "cook": cook[first], "leverage": influence.hat_matrix_diag[first],
        "studentized": influence.resid_studentized_external[first],
        "breusch_pagan": het_breuschpagan(fit.resid, x)[:2], "durbin_watson": durbin_watson(fit.resid),
        "jarque_bera": jarque_bera(fit.resid)[:2],
    }


def ridge(name):
    data = DataSet(name)
    x, y = data.standardized().to_numpy(), data.numbers()
    squares = np.linalg.svd(x, compute_uv=False) ** 2
    alphas = squares.mean() * 10.0 ** (np.arange(-24, 17) / 4)
    chosen = RidgeCV(alphas=alphas, store_cv_results=True).fit(x, y)
    errors = chosen.cv_results_.mean(axis=0)
    fit = Ridge(alpha=10.0, solver="svd").fit(x, y)
    return {"estimates": np.r_[fit.intercept_, fit.coef_], "alphas": alphas, "errors": errors, "alpha": chosen.alpha_,
            "chosen": np.r_[chosen.intercept_, chosen.coef_], "degrees": (squares / (squares + 10.0)).sum()}


def lasso(name):
    data = DataSet(name)
    x, y = data.standardized().to_numpy(), data.numbers()
    folds = PredefinedSplit(np.arange(len(y)) % 5)
    exact = {"tol": 1e-14, "max_iter": 1_000_000}
    path = LassoCV(alphas=100, eps=1e-3, cv=folds, **exact).fit(x, y)
    net = ElasticNet(alpha=0.05, l1_ratio=0.4, **exact).fit(x, y)
    return {"alpha": path.alpha_, "alphas": path.alphas_, "errors": path.mse_path_.mean(axis=1),
            "chosen": np.r_[path.intercept_, path.coef_], "elastic_net": np.r_[net.intercept_, net.coef_]}


def glm(target, family, offset=None):
    data, name = GLM[target]
    frame = data.encoded()
    y = frame.pop(name).to_numpy() if name else data.numbers()
    kept = frame[[column for column in frame if column in COLUMNS[target]]]
    exposure = kept.pop(offset).to_numpy() if offset else None
    x = sm.add_constant(kept).to_numpy()
    fit = sm.GLM(y, x, family=family, exposure=exposure).fit(tol=1e-14, maxiter=200)
    found = {"columns": list(kept.columns) + ([offset] if offset else []), "estimates": fit.params,
             "standard_errors": fit.bse, "z": fit.tvalues, "p": fit.pvalues, "deviance": fit.deviance,
             "null_deviance": fit.null_deviance, "pearson": fit.pearson_chi2, "dispersion": fit.scale}
    if not isinstance(family, sm.families.Tweedie):
        found |= {"log_likelihood": fit.llf, "aic": fit.aic}
    return found


def optimum(x, codes, c, l1_ratio=0.0):
    """Newton steps from scikit-learn's answer until the objective stops: its own stop leaves fewer digits."""
    if l1_ratio > 0:
        fit = LogisticRegression(C=c, l1_ratio=l1_ratio, solver="saga", tol=1e-13, max_iter=200_000).fit(x, codes)
    else:
        fit = LogisticRegression(C=c, solver="newton-cg", tol=1e-13, max_iter=10_000).fit(x, codes)
    penalty = l1_ratio * np.abs(fit.coef_).sum() + (1 - l1_ratio) / 2 * (fit.coef_**2).sum()
    loss = log_loss(codes, fit.predict_proba(x), normalize=False)
    return {"objective": loss + penalty / c, "coefficients": fit.coef_.ravel(), "intercepts": fit.intercept_}


def logistic(name):
    data = DataSet(name)
    x, codes = data.standardized().to_numpy(), data.classes()
    found = {"l2": optimum(x, codes, 1.0)}
    if name not in ["telco-churn", "bank-marketing"]:
        found["l1"] = optimum(x, codes, 0.2, 1.0)
        found["both"] = optimum(x, codes, 0.5, 0.5)
    if name in ["telco-churn", "bank-marketing", "german-credit"]:
        train, test = data.cut()
        fit = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-10).fit(x[train], codes[train])
        found["auc"] = roc_auc_score(codes[test], fit.predict_proba(x[test])[:, 1])
    return found


def lda(name):
    data = DataSet(name)
    x, codes = data.encoded().to_numpy(), data.classes()
    plain = LinearDiscriminantAnalysis(solver="svd").fit(x, codes)
    # The same answer in any units, but the reference loses digits in those of breast_cancer.
    scaled = data.standardized().to_numpy()
    auto = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(scaled, codes)
    fixed = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.3).fit(x, codes)
    some = slice(0, None, 9)
    axes = plain.scalings_[:, : len(plain.explained_variance_ratio_)]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    return {"probabilities": plain.predict_proba(x)[some].ravel(), "auto": auto.predict_proba(scaled)[some].ravel(),
            "fixed": fixed.predict_proba(x)[some].ravel(), "explained": plain.explained_variance_ratio_,
            "places": (plain.transform(x) * signs)[some].ravel()}


GLM = {"bank": (DataSet("bank-marketing"), "campaign"), "diabetes": (DataSet("diabetes"), None),
       "telco": (DataSet("telco-churn"), "TotalCharges")}
COLUMNS = {
    "bank": ["age", "previous", "euribor3m", "contact=telephone", "default=unknown", "housing=yes", "pdays"],
    "diabetes": list(GLM["diabetes"][0].encoded().columns),
    "telco": ["tenure", "MonthlyCharges", "SeniorCitizen", "Partner=Yes", "Contract=Two year"],
}
log = sm.families.links.Log()

write("accuracy_linear", {
    "ols": {name: ols(name) for name in ["diabetes", "wine"]},
    "ridge": {name: ridge(name) for name in ["diabetes", "wine"]},
    "lasso": {name: lasso(name) for name in ["diabetes", "wine"]},
    "glm": {
        "poisson": glm("bank", sm.families.Poisson()),
        "poisson_diabetes": glm("diabetes", sm.families.Poisson()),
        "exposure": glm("bank", sm.families.Poisson(), "age"),
        "gamma": glm("diabetes", sm.families.Gamma(log)),
        "tweedie": glm("telco", sm.families.Tweedie(log, var_power=1.5)),
        "tweedie_diabetes": glm("diabetes", sm.families.Tweedie(log, var_power=1.5)),
    },
    "logistic": {name: logistic(name) for name in ["telco-churn", "bank-marketing", "german-credit", "iris", "wine"]},
    "lda": {name: lda(name) for name in ["iris", "wine", "breast_cancer"]},
})
