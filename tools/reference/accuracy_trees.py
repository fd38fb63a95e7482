"""Trees, forests and boosting on real data sets, by scikit-learn, for crates/analytics/tests/accuracy/trees.rs.

scikit-learn's trees round columns to single precision; the data are rounded so here and in the test, so that both see the same
values. Where splits gain alike scikit-learn draws one of them: rows are compared where every one of many seeds says the same.
"""

import numpy as np
from real_data import DataSet, write
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.metrics import log_loss, r2_score, roc_auc_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

SEEDS = range(5)
TWO = ["breast_cancer", "telco-churn", "bank-marketing", "german-credit"]


def single(data):
    return data.encoded().to_numpy().astype(np.float32).astype(float)


def trees():
    """What trees say of test rows; None where seeds differ."""
    cases = {}
    for name, params in [
        ("iris", {}),
        ("wine", {"criterion": "entropy"}),
        ("breast_cancer", {}),
        ("telco-churn", {"max_depth": 6, "min_samples_leaf": 10}),
        ("bank-marketing", {"max_leaf_nodes": 20, "min_samples_leaf": 5, "criterion": "entropy"}),
        ("german-credit", {"ccp_alpha": 0.004}),
        ("diabetes", {"ccp_alpha": 20.0}),
        ("wine_as_number", {"max_depth": 5, "min_samples_leaf": 4}),
    ]:
        data = DataSet(name.split("_as")[0])
        is_number = name in ["diabetes", "wine_as_number"]
        x, y = single(data), data.numbers() if is_number else data.classes()
        train, test = data.cut()
        method = DecisionTreeRegressor if is_number else DecisionTreeClassifier
        fits = [method(random_state=seed, **params).fit(x[train], y[train]) for seed in range(40)]
        said = [fit.predict(x[test]) if is_number else fit.predict_proba(x[test])[:, -1] for fit in fits]
        same = np.ptp(said, axis=0) < 1e-12
        cases[name] = {
            "said": [value if alike else None for value, alike in zip(said[0], same)],
            "leaves": sorted({int(fit.get_n_leaves()) for fit in fits}),
        }
        print(name, same.mean(), cases[name]["leaves"])
    return cases


def quality(y, said):
    return {"auc": roc_auc_score(y, said), "log_loss": log_loss(y, said)}


def ensembles(classifier, regressor, **params):
    cases = {}
    for name in TWO:
        data = DataSet(name)
        x, y = single(data), data.classes()
        train, test = data.cut()
        seen = []
        for seed in SEEDS:
            fit = classifier(random_state=seed, **params).fit(x[train], y[train])
            seen.append(quality(y[test], fit.predict_proba(x[test])[:, 1]))
        cases[name] = {key: np.median([case[key] for case in seen]) for key in seen[0]}
        cases[name]["all_auc"] = [case["auc"] for case in seen]
    data = DataSet("diabetes")
    x, y = single(data), data.numbers()
    train, test = data.cut()
    fits = [regressor(random_state=seed, **params).fit(x[train], y[train]) for seed in SEEDS]
    cases["diabetes"] = {"r_squared": np.median([r2_score(y[test], fit.predict(x[test])) for fit in fits])}
    data = DataSet("wine")
    x, y = single(data), data.classes()
    train, test = data.cut()
    fits = [classifier(random_state=seed, **params).fit(x[train], y[train]) for seed in SEEDS]
    cases["wine"] = {"log_loss": np.median([log_loss(y[test], fit.predict_proba(x[test])) for fit in fits])}
    print(cases)
    return cases


def boosted():
    """What few rounds of boosting say of test rows."""
    cases = {}
    for name in ["diabetes", "wine", "breast_cancer", "telco-churn"]:
        data = DataSet(name)
        x, y = single(data), data.numbers() if name == "diabetes" else data.classes()
        train, test = data.cut()
        if name == "diabetes":
            fit = HistGradientBoostingRegressor(max_iter=10, early_stopping=False).fit(x[train], y[train])
            cases[name] = fit.predict(x[test])
        else:
            fit = HistGradientBoostingClassifier(max_iter=10, early_stopping=False).fit(x[train], y[train])
            cases[name] = fit.predict_proba(x[test])[:, -1]
    return cases


forests = ensembles(RandomForestClassifier, RandomForestRegressor)
boosting = ensembles(HistGradientBoostingClassifier, HistGradientBoostingRegressor, early_stopping=False)
write("accuracy_trees", {"tree": trees(), "forest": forests, "boosting": boosting, "boosted": boosted()})
