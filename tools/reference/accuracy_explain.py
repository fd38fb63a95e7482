"""Explanations of logistic regressions on real data sets, by shap and scikit-learn's inspection, for
crates/analytics/tests/accuracy/explain.rs."""

import numpy as np
import pandas as pd
import shap
from real_data import DataSet, write
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression

COLUMNS = {
    "breast_cancer": ["mean radius", "mean texture", "mean smoothness", "mean concavity", "worst area", "worst symmetry"],
    "telco-churn": ["tenure", "MonthlyCharges", "Contract", "InternetService", "PaperlessBilling", "PaymentMethod"],
}


class Model:
    """One-hot without the first level, standardized, logistic regression with C = 1: as the pipeline of the test."""

    def __init__(self, name):
        data = DataSet(name)
        self.frame, self.y = data.frame[COLUMNS[name]], data.classes()
        self.levels = {column: sorted(self.frame[column].unique())
                       for column in self.frame if self.frame[column].dtype.kind != "f"}
        encoded, self.sources = self.encode(self.frame)
        self.mean, self.scale = encoded.mean(axis=0), encoded.std(axis=0)
        self.fit = LogisticRegression(C=1.0, tol=1e-14, max_iter=10_000, solver="newton-cholesky")
        self.fit.fit(self.standardized(self.frame), self.y)

    def encode(self, frame):
        parts, sources = [], []
        for position, column in enumerate(frame):
            for level in self.levels.get(column, [None])[1 if column in self.levels else 0:]:
                values = frame[column].astype(float) if level is None else (frame[column] == level).astype(float)
                parts.append(values.to_numpy())
                sources.append(position)
        return np.column_stack(parts), np.array(sources)

    def standardized(self, frame):
        return (self.encode(frame)[0] - self.mean) / self.scale

    def codes(self, frame):
        """Levels as numbers, which KernelExplainer needs."""
        return np.column_stack([pd.Categorical(frame[column], categories=self.levels[column]).codes.astype(float)
                                if column in self.levels else frame[column].to_numpy() for column in frame])

    def from_codes(self, codes):
        frame = pd.DataFrame(codes, columns=self.frame.columns)
        for column, levels in self.levels.items():
            frame[column] = [levels[int(code)] for code in frame[column]]
        return frame

    def probability(self, frame):
        return self.fit.predict_proba(self.standardized(frame))[:, 1]


def explained(name):
    model = Model(name)
    rows = np.arange(24) * (len(model.frame) // 24)
    few = model.frame.iloc[rows].reset_index(drop=True)
    kernel = shap.KernelExplainer(lambda codes: model.probability(model.from_codes(codes)), model.codes(few))
    kernel_values = kernel.shap_values(model.codes(few.iloc[:4]), nsamples=2**6, l1_reg=False, silent=True)
    x = model.standardized(model.frame)
    linear = shap.LinearExplainer(model.fit, shap.maskers.Independent(x, max_samples=len(x)))
    parts = linear.shap_values(model.standardized(few))
    by_source = np.column_stack([parts[:, model.sources == source].sum(axis=1)
                                 for source in range(model.frame.shape[1])])
    return {
        "columns": list(model.frame.columns), "rows": rows,
        "kernel": {"base": kernel.expected_value, "values": kernel_values},
        "linear": {"base": linear.expected_value, "values": by_source},
    }


def inspected(name):
    model = Model(name)

    class Whole(ClassifierMixin, BaseEstimator):
        """The pipeline behind codes, as scikit-learn's inspection calls it."""

        classes_ = np.array([0, 1])

        def fit(self, x, y):
            return self

        def predict_proba(self, x):
            p = model.probability(model.from_codes(np.asarray(x)))
            return np.column_stack([1 - p, p])

    whole = Whole()
    whole.fitted_ = True
    codes = model.codes(model.frame)
    importance = permutation_importance(whole, codes, model.y, scoring="roc_auc", n_repeats=30, random_state=0)
    losses = permutation_importance(whole, codes, model.y, scoring="neg_log_loss", n_repeats=30, random_state=0)
    first = codes[:, 0]
    grid = np.quantile(first, [0.0, 0.25, 0.5, 0.75, 1.0])
    dependence = partial_dependence(whole, codes, [0], method="brute", response_method="predict_proba", kind="both",
                                    custom_values={0: grid})
    return {
        "auc": {"mean": importance.importances_mean, "sd": importance.importances_std},
        "log_loss": {"mean": losses.importances_mean, "sd": losses.importances_std},
        "grid": grid, "dependence": dependence["average"][0], "curve": dependence["individual"][0][0],
    }


write("accuracy_explain", {"shap": {name: explained(name) for name in COLUMNS},
                           "inspection": {name: inspected(name) for name in COLUMNS}})
