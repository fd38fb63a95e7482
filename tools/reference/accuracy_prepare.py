"""Preparing, selecting and judging columns on real data sets, by scikit-learn, scipy and pandas, for
crates/analytics/tests/accuracy/prepare.rs."""

import warnings

import numpy as np
import pandas as pd
from real_data import DataSet, write
from scipy import stats
from sklearn.feature_selection import (
    RFE,
    VarianceThreshold,
    chi2,
    mutual_info_classif,
    mutual_info_regression,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import (
    MinMaxScaler,
    OrdinalEncoder,
    PowerTransformer,
    RobustScaler,
    TargetEncoder,
)

warnings.simplefilter("ignore")
NUMBERS = ["wine", "breast_cancer"]
CLASSES = ["telco-churn", "bank-marketing", "german-credit"]


def categories(data):
    return data.frame[[name for name in data.frame if data.frame[name].dtype.kind != "f"]].astype(str)


def power(name, method):
    rows = DataSet(name).encoded().to_numpy()
    transformer = PowerTransformer(method=method, standardize=True).fit(rows)
    return {"lambdas": transformer.lambdas_, "largest": transformer.transform(rows).max(axis=0)}


def scale(name):
    rows = DataSet(name).encoded().to_numpy()
    return {
        "robust_largest": RobustScaler().fit_transform(rows).max(axis=0),
        "robust_normal_largest": RobustScaler(quantile_range=(10, 90), unit_variance=True).fit_transform(rows).max(axis=0),
        "min_max_mean": MinMaxScaler((-1, 2)).fit_transform(rows).mean(axis=0),
        "winsorized_mean": np.clip(rows, *np.quantile(rows, [0.05, 0.9], axis=0)).mean(axis=0),
    }


def outliers(name):
    rows = DataSet(name).encoded().to_numpy()
    first, third = np.quantile(rows, [0.25, 0.75], axis=0)
    robust = (rows - np.median(rows, axis=0)) / stats.median_abs_deviation(rows, axis=0, scale="normal")
    outside = (rows < first - 1.5 * (third - first)) | (rows > third + 1.5 * (third - first))
    return {
        "iqr": outside.sum(axis=0),
        "z": (np.abs(stats.zscore(rows, axis=0)) > 3).sum(axis=0),
        "robust_z": (np.abs(robust) > 3.5).sum(axis=0),
    }


def target_encoding(name):
    data = DataSet(name)
    frame, target = categories(data), data.classes()
    auto = TargetEncoder(smooth="auto", target_type="binary").fit(frame, target)
    fixed = TargetEncoder(smooth=20.0, target_type="binary").fit(frame, target)
    return {
        "auto": [float(value) for column in auto.encodings_ for value in column],
        "fixed": [float(value) for column in fixed.encodings_ for value in column],
    }


def target_encoding_of_numbers():
    data = DataSet("bank-marketing")
    frame, target = categories(data), data.frame["age"].to_numpy()
    encoder = TargetEncoder(smooth="auto", target_type="continuous").fit(frame, target)
    return [float(value) for column in encoder.encodings_ for value in column]


def encoded_means(name):
    frame = categories(DataSet(name))
    frequency = frame.apply(lambda column: column.map(column.value_counts(normalize=True)))
    rare = frame.apply(lambda column: column.where(column.map(column.value_counts()) >= 200, "other"))
    return {
        "ordinal": OrdinalEncoder().fit_transform(frame).mean(axis=0),
        "frequency": frequency.mean(),
        "levels_without_rare": rare.nunique(),
    }


def chi_squared(name):
    data = DataSet(name)
    scores, p = chi2(data.encoded().to_numpy(), data.classes())
    return {"scores": scores, "p": p}


def variance(name):
    rows = DataSet(name).encoded().to_numpy()
    return {"scores": rows.var(axis=0), "kept": np.flatnonzero(VarianceThreshold(0.5).fit(rows).get_support())}


def correlation(name, threshold):
    sizes = DataSet(name).encoded().corr().abs().to_numpy()
    kept, scores = [], []
    for column in range(len(sizes)):
        scores.append(max((sizes[column, other] for other in kept), default=0.0))
        if scores[-1] <= threshold:
            kept.append(column)
    return {"scores": scores, "kept": kept}


def information(name):
    """The mean of thirty estimates, since ties are broken at random, and their standard deviation."""
    data = DataSet(name)
    rows = data.encoded().to_numpy()
    if name == "diabetes":
        estimates = [mutual_info_regression(rows, data.numbers(), discrete_features=[1], random_state=seed) for seed in range(30)]
    else:
        estimates = [mutual_info_classif(rows, data.classes(), random_state=seed) for seed in range(30)]
    return {"mean": np.mean(estimates, axis=0), "deviation": np.std(estimates, axis=0)}


def discrete_information(name):
    data = DataSet(name)
    codes = OrdinalEncoder().fit_transform(categories(data))
    return mutual_info_classif(codes, data.classes(), discrete_features=True)


def recursive(name, k):
    data = DataSet(name)
    rows = data.standardized().to_numpy()
    model = LinearRegression() if name == "diabetes" else LogisticRegression(C=1.0, tol=1e-10, max_iter=10000)
    target = data.numbers() if name == "diabetes" else data.classes()
    return RFE(model, n_features_to_select=k).fit(rows, target).ranking_


def permutation(name):
    """The mean worsening by shuffling, over 40 cuts of three quarters against one, five shuffles each."""
    data = DataSet(name)
    rows, draws, sums = data.standardized().to_numpy(), np.random.default_rng(1), 0.0
    is_number = name == "diabetes"
    target = data.numbers() if is_number else data.classes()
    for seed in range(40):
        parts = train_test_split(rows, target, test_size=0.25, random_state=seed, stratify=None if is_number else target)
        train, test, train_target, test_target = parts
        model = (LinearRegression() if is_number else LogisticRegression(C=1.0, tol=1e-8, max_iter=10000)).fit(train, train_target)

        def loss(matrix):
            if is_number:
                return 1 - model.score(matrix, test_target)
            return log_loss(test_target, model.predict_proba(matrix))

        def shuffled(column):
            changed = test.copy()
            changed[:, column] = draws.permutation(changed[:, column])
            return loss(changed)

        plain = loss(test)
        sums = sums + np.array([np.mean([shuffled(column) for _ in range(5)]) - plain for column in range(rows.shape[1])])
    return sums / 40


def anonymity(name, known, sensitive):
    frame = DataSet(name).frame
    groups = frame.groupby(known)
    sizes = groups.size()

    def entropy_l(column):
        return float(groups[column].apply(lambda values: np.exp(stats.entropy(values.value_counts()))).min())

    return {
        "n_groups": len(sizes),
        "smallest": sizes.min(),
        "rows_below_5": sizes[sizes < 5].sum(),
        "distinct_l": groups[sensitive].nunique().min(),
        "entropy_l": entropy_l(sensitive),
        "groups_below_2": (groups[sensitive].nunique() < 2).sum(),
    }


write(
    "accuracy_prepare",
    {
        "box_cox": {name: power(name, "box-cox") for name in ["iris", "wine"]},
        "yeo_johnson": {name: power(name, "yeo-johnson") for name in ["breast_cancer", "diabetes"]},
        "scale": {name: scale(name) for name in NUMBERS},
        "outliers": {name: outliers(name) for name in NUMBERS},
        "target_encoding": {name: target_encoding(name) for name in CLASSES},
        "target_encoding_of_numbers": target_encoding_of_numbers(),
        "encoded_means": {name: encoded_means(name) for name in CLASSES},
        "variance": {name: variance(name) for name in NUMBERS},
        "chi2": {name: chi_squared(name) for name in ["telco-churn", "german-credit"]},
        "correlation": {name: correlation(name, 0.8) for name in NUMBERS},
        "information": {name: information(name) for name in ["wine", "breast_cancer", "diabetes"]},
        "discrete_information": {name: discrete_information(name) for name in CLASSES},
        "recursive": {"diabetes": recursive("diabetes", 3), "breast_cancer": recursive("breast_cancer", 5)},
        "permutation": {name: permutation(name) for name in ["diabetes", "breast_cancer"]},
        "anonymity": {
            "bank-marketing": anonymity("bank-marketing", ["job", "marital", "education"], "loan"),
            "german-credit": anonymity("german-credit", list(DataSet("german-credit").frame.columns[[8, 14]]), DataSet("german-credit").frame.columns[2]),
        },
    },
)
