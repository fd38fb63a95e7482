"""Metrics, fairness and drift on real data sets, by scikit-learn, fairlearn and scipy, for crates/analytics/tests/accuracy/judge.rs.

The predictions judged are plain formulas of one column, so that both sides judge the same numbers.
"""

import numpy as np
from fairlearn import metrics as fair
from real_data import DataSet, write
from scipy import stats
from sklearn import metrics as m

SCORES = {"telco-churn": ("tenure", -1 / 20, 0.4), "bank-marketing": ("age", 1 / 30, -3.3),
          "german-credit": ("Duration in month", 1 / 25, -1.7)}
GROUPS = {"telco-churn": "Contract", "german-credit": "Housing"}


def scored(name):
    column, slope, intercept = SCORES[name]
    data = DataSet(name)
    return data, 1 / (1 + np.exp(-(slope * data.frame[column].to_numpy() + intercept)))


def two_classes(name):
    data, p = scored(name)
    y = data.classes()
    threshold = float(np.quantile(p, 0.7))
    said = p >= threshold
    return {
        "threshold": threshold, "auc": m.roc_auc_score(y, p), "average_precision": m.average_precision_score(y, p),
        "log_loss": m.log_loss(y, p), "brier": m.brier_score_loss(y, p), "f1": m.f1_score(y, said),
        "matthews": m.matthews_corrcoef(y, said), "balanced_accuracy": m.balanced_accuracy_score(y, said),
        "accuracy": m.accuracy_score(y, said), "precision": m.precision_score(y, said), "recall": m.recall_score(y, said),
        "kolmogorov_smirnov": stats.ks_2samp(p[y == 1], p[y == 0]).statistic,
    }


def classes(name):
    data = DataSet(name)
    x, y = data.encoded().iloc[:, 0].to_numpy(), data.classes()
    centres = np.array([x[y == k].mean() for k in range(3)])
    p = np.exp(-((x[:, None] - centres) ** 2))
    p /= p.sum(axis=1, keepdims=True)
    said = p.argmax(axis=1)
    return {
        "accuracy": m.accuracy_score(y, said), "balanced_accuracy": m.balanced_accuracy_score(y, said),
        "macro_f1": m.f1_score(y, said, average="macro"), "weighted_f1": m.f1_score(y, said, average="weighted"),
        "macro_precision": m.precision_score(y, said, average="macro"), "kappa": m.cohen_kappa_score(y, said),
        "matthews": m.matthews_corrcoef(y, said), "log_loss": m.log_loss(y, p),
        "macro_auc": m.roc_auc_score(y, p, multi_class="ovr"), "pairwise_auc": m.roc_auc_score(y, p, multi_class="ovo"),
        "confusion": m.confusion_matrix(y, said).ravel(),
    }


def numbers(name, slope, intercept):
    data = DataSet(name)
    y = data.numbers()
    p = np.maximum(intercept + slope * data.encoded().iloc[:, 2].to_numpy(), 0.05)
    y = np.maximum(y, 0.05)
    return {
        "rmse": m.root_mean_squared_error(y, p), "mae": m.mean_absolute_error(y, p),
        "median_absolute_error": m.median_absolute_error(y, p), "r_squared": m.r2_score(y, p),
        "explained_variance": m.explained_variance_score(y, p), "mape": m.mean_absolute_percentage_error(y, p),
        "pinball": m.mean_pinball_loss(y, p, alpha=0.8), "poisson": m.mean_poisson_deviance(y, p),
        "gamma": m.mean_gamma_deviance(y, p),
    }


def fairness(name):
    data, p = scored(name)
    y = data.classes()
    said = (p >= np.quantile(p, 0.7)).astype(int)
    group = data.frame[GROUPS[name]]
    frame = fair.MetricFrame(metrics={"selection": fair.selection_rate, "tpr": fair.true_positive_rate,
                                      "fpr": fair.false_positive_rate, "ppv": m.precision_score},
                             y_true=y, y_pred=said, sensitive_features=group)
    by_group = frame.by_group.sort_index()
    return {
        "threshold": float(np.quantile(p, 0.7)), "rates": by_group.to_numpy(), "labels": list(by_group.index),
        "parity_difference": fair.demographic_parity_difference(y, said, sensitive_features=group),
        "parity_ratio": fair.demographic_parity_ratio(y, said, sensitive_features=group),
        "opportunity": fair.equal_opportunity_difference(y, said, sensitive_features=group),
        "odds": fair.equalized_odds_difference(y, said, sensitive_features=group),
    }


def drift(name, number, category, border):
    frame = DataSet(name).frame
    before, now = frame.iloc[:border], frame.iloc[border:]
    levels = sorted(frame[category].unique())
    counts = np.array([[(part[category] == level).sum() for level in levels] for part in (before, now)])
    chi = stats.chi2_contingency(counts, correction=False)
    half = counts + 0.5
    old, new = half / half.sum(axis=1, keepdims=True)
    ks = stats.ks_2samp(before[number], now[number], method="asymp")
    return {"ks": ks.statistic, "ks_p": ks.pvalue, "chi_squared": chi.statistic, "chi_squared_p": chi.pvalue,
            "psi": ((new - old) * np.log(new / old)).sum()}


write("accuracy_judge", {
    "two_classes": {name: two_classes(name) for name in SCORES},
    "classes": {name: classes(name) for name in ["iris", "wine"]},
    "numbers": {"diabetes": numbers("diabetes", 900.0, 150.0), "iris": numbers("iris", 0.4, -0.5)},
    "fairness": {name: fairness(name) for name in GROUPS},
    "drift": {"telco-churn": drift("telco-churn", "tenure", "Contract", 5000),
              "german-credit": drift("german-credit", "Duration in month", "Housing", 700)},
})
