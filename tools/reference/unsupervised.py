"""Reference numbers for profiling, preparing, principal components and segments.

Run from the repository's root in an environment made from requirements.txt:

    python tools/reference/unsupervised.py DATA_FOLDER

Writes crates/analytics/tests/reference/unsupervised.json. Fixtures that the tests carry are drawn here from fixed seeds;
of the data sets in DATA_FOLDER only results are kept, never rows.
"""

import csv
import json
import sys
import warnings
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn import metrics
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

OUTPUT = Path("crates/analytics/tests/reference/unsupervised.json")
SETS = ["iris", "wine", "breast_cancer"]
RESTARTS = 400


def read(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    with open(folder / "small-classic" / f"{name}.csv", newline="") as file:
        rows = list(csv.reader(file))[1:]
    table = np.array(rows, dtype=float)
    return table[:, :-1], table[:, -1].astype(int)


def describe(values: np.ndarray) -> dict:
    present = values[~np.isnan(values)]
    return {
        "mean": present.mean(),
        "standard_deviation": present.std(ddof=1),
        "quartiles": np.quantile(present, [0.25, 0.5, 0.75]).tolist(),
        "skewness": stats.skew(present, bias=False),
    }


def components(rows: np.ndarray) -> dict:
    model = PCA(svd_solver="full").fit(rows)
    return {
        "variances": model.explained_variance_.tolist(),
        "ratios": model.explained_variance_ratio_.tolist(),
        "loadings": model.components_.tolist(),
    }


def separation(rows: np.ndarray, labels: np.ndarray) -> dict:
    return {
        "silhouette": metrics.silhouette_score(rows, labels),
        "calinski_harabasz": metrics.calinski_harabasz_score(rows, labels),
        "davies_bouldin": metrics.davies_bouldin_score(rows, labels),
    }


def fixture() -> dict:
    """A small table with a skewed, a nearly constant and a missing-ridden column, on three scales."""
    draw = np.random.default_rng(20)
    rows = np.column_stack([
        draw.lognormal(3, 1, 60),
        1e6 + draw.normal(0, 1e-2, 60),
        draw.normal(0, 1, 60) * 1e-4,
        draw.integers(0, 4, 60).astype(float),
    ])
    labels = draw.integers(0, 3, 60)
    gappy = rows[:, 0].copy()
    gappy[[3, 17, 41]] = np.nan
    standardized = StandardScaler().fit_transform(rows)
    return {
        "rows": rows.tolist(),
        "labels": labels.tolist(),
        "gappy": [None if np.isnan(value) else value for value in gappy],
        "describe": [describe(rows[:, column]) for column in range(rows.shape[1])] + [describe(gappy)],
        "standardized": standardized.tolist(),
        "components": components(standardized),
        "separation": separation(standardized, labels),
    }


def wide() -> dict:
    """Fewer rows than columns."""
    rows = np.random.default_rng(21).normal(size=(6, 9))
    return {"rows": rows.tolist(), "components": components(rows)}


def best_inertia(rows: np.ndarray, k: int) -> float:
    """The least of many restarts, each run until no label changes."""
    model = KMeans(k, n_init=RESTARTS, tol=0, max_iter=1000, random_state=k, algorithm="lloyd").fit(rows)
    return model.inertia_


def data_set(folder: Path, name: str) -> dict:
    raw, target = read(folder, name)
    rows = StandardScaler().fit_transform(raw)
    result = components(rows)
    return {
        "variances": result["variances"],
        "first_loading": result["loadings"][0],
        "separation_of_target": separation(rows, target),
        "best_inertia": {str(k): best_inertia(rows, k) for k in range(2, 11)},
    }


def main() -> None:
    warnings.filterwarnings("error", category=RuntimeWarning)
    folder = Path(sys.argv[1])
    numbers = {
        "fixture": fixture(),
        "wide": wide(),
        "sets": {name: data_set(folder, name) for name in SETS},
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(numbers, indent=1) + "\n")


if __name__ == "__main__":
    main()
