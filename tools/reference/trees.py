"""Trees made by scikit-learn and their explanations by the shap package, for crates/analytics/tests/trees.rs."""

import json
import pathlib

import numpy as np
import shap
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier

OUT = pathlib.Path(__file__).parents[2] / "crates/analytics/tests/reference"
draws = np.random.default_rng(5)
# Steps of 1/64: thresholds halfway are exact in single precision, to which the shap package rounds them.
X = np.round(draws.normal(size=(400, 6)) * 64) / 64
NUMBER = X[:, 0] * X[:, 1] + np.where(X[:, 2] > 0, 1.0, 0.0) + 0.3 * draws.normal(size=400)
TWO = (NUMBER > 0.4).astype(int)
THREE = np.digitize(NUMBER, [0.0, 0.9])
ROWS, BACKGROUND = X[:12], X[200:215]


def from_tree(tree, is_two):
    inner = tree.children_right >= 0
    values = tree.value[:, 0, :]
    values = values[:, 1:] if is_two else values
    assert (tree.children_left[inner] == np.flatnonzero(inner) + 1).all()
    return {"width": values.shape[1], "columns": np.where(inner, tree.feature, 0),
            "thresholds": np.where(inner, tree.threshold, 0), "rights": np.where(inner, tree.children_right, 0),
            "covers": tree.weighted_n_node_samples, "gains": np.zeros(len(inner)), "values": values.ravel()}


def from_nodes(nodes):
    inner = nodes["is_leaf"] == 0
    assert (nodes["left"][inner] == np.flatnonzero(inner) + 1).all()
    return {"width": 1, "columns": np.where(inner, nodes["feature_idx"], 0),
            "thresholds": np.where(inner, nodes["num_threshold"], 0), "rights": np.where(inner, nodes["right"], 0),
            "covers": nodes["count"].astype(float), "gains": np.zeros(len(inner)), "values": nodes["value"]}


def case(model, trees, base, n_classes, combine):
    """Contributions of shape (rows, outputs, columns), of two classes those of the second."""
    def shaped(values):
        values = np.asarray(values)
        if values.ndim == 2:
            values = values[:, :, None]
        if n_classes == 2 and values.shape[2] == 2:
            values = values[:, :, 1:]
        return values.transpose(0, 2, 1).ravel()

    by_cover = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent").shap_values(ROWS)
    by_rows = shap.TreeExplainer(model, BACKGROUND, feature_perturbation="interventional").shap_values(ROWS)
    names = [f"x{column}" for column in range(X.shape[1])]
    return {"ensemble": {"names": names, "n_classes": n_classes, "base": base, "combine": combine, "trees": trees},
            "by_cover": shaped(by_cover), "by_rows": shaped(by_rows)}


tree = DecisionTreeClassifier(random_state=0, min_samples_leaf=4).fit(X, THREE)
forest = RandomForestClassifier(5, random_state=0, min_samples_leaf=3).fit(X, TWO)
numbers = RandomForestRegressor(4, random_state=0, min_samples_leaf=3).fit(X, NUMBER)
boosting = HistGradientBoostingClassifier(max_iter=8, early_stopping=False).fit(X, TWO)
cases = [
    case(tree, [from_tree(tree.tree_, False)], [0.0] * 3, 3, "sum"),
    case(forest, [from_tree(one.tree_, True) for one in forest.estimators_], [0.0], 2, "mean"),
    case(numbers, [from_tree(one.tree_, False) for one in numbers.estimators_], [0.0], None, "mean"),
    case(boosting, [from_nodes(one[0].nodes) for one in boosting._predictors], boosting._baseline_prediction[0], 2, "sum"),
]
content = {"rows": ROWS.ravel(), "background": BACKGROUND.ravel(), "cases": cases}
text = json.dumps(content, default=lambda value: np.asarray(value).tolist())
(OUT / "trees.json").write_text(text + "\n")
