"""Own data for preparing and reporting, with the answers of pandas, scipy and scikit-learn, for crates/analytics/tests/prepare.rs."""

import json
import pathlib

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import PowerTransformer

OUT = pathlib.Path(__file__).parents[2] / "crates/analytics/tests/reference/prepare.json"
draws = np.random.default_rng(20261123)
n = 160
age = draws.normal(45, 14, n)
spend = np.exp(draws.normal(3, 1.2, n))
change = draws.normal(0.4, 2.0, n) ** 3
city = draws.integers(0, 4, n)
target = 0.04 * age + np.log(spend) + np.sin(change / 4) + draws.normal(0, 0.3, n)
classes = (target > np.median(target)).astype(int) + (target > np.quantile(target, 0.8))


def listed(values):
    return [None if isinstance(value, float) and np.isnan(value) else value for value in np.asarray(values).tolist()]


# Gaps that depend on age, on the city, and on nothing.
gappy = pd.DataFrame({"age": age, "spend": spend, "city": city.astype(float), "change": change})
gappy.loc[draws.random(n) < 1 / (1 + np.exp(-(age - 55) / 4)), "spend"] = np.nan
gappy.loc[(city == 2) & (draws.random(n) < 0.7), "change"] = np.nan
gappy.loc[draws.random(n) < 0.1, "age"] = np.nan
gaps = gappy.isna()
phi = gaps[["age", "spend", "change"]].corr()
spend_by_age = stats.ttest_ind(gappy.age[gaps.spend].dropna(), gappy.age[~gaps.spend].dropna(), equal_var=False)
table = pd.crosstab(gappy.city, gaps.change)
change_by_city = stats.chi2_contingency(table, correction=False)
patterns = gaps.value_counts()

moments = [-62135596800000, -1, 0, 951782400000, 1709164799999, 1735603200000, 4102444799999] + [
    int(value) for value in draws.integers(-(10**13), 10**13, 40)
]
dates = pd.to_datetime(pd.Series(np.array(moments, dtype="datetime64[ms]")))
parts = dates.dt
length = 365 + parts.is_leap_year

rows = np.column_stack([age, np.log(spend), change])
content = {
    "age": age,
    "spend": spend,
    "change": change,
    "city": city,
    "target": target,
    "classes": classes,
    "information": {
        "numbers": mutual_info_regression(rows, target, n_neighbors=4, random_state=0),
        "classes": mutual_info_classif(rows, classes, n_neighbors=4, random_state=0),
    },
    "yeo_johnson": PowerTransformer().fit(np.column_stack([age, spend, change])).lambdas_,
    "box_cox": PowerTransformer(method="box-cox").fit(np.column_stack([age - age.min() + 1, spend])).lambdas_,
    "gappy": {name: listed(gappy[name]) for name in gappy},
    "impute": {
        strategy: SimpleImputer(strategy=strategy).fit(gappy).statistics_ for strategy in ["mean", "median", "most_frequent"]
    },
    "missingness": {
        "share": gaps.mean(),
        "complete": int((~gaps).all(axis=1).sum()),
        "pattern_rows": patterns.to_numpy(),
        "phi": {"age-spend": phi.loc["age", "spend"], "age-change": phi.loc["age", "change"], "spend-change": phi.loc["spend", "change"]},
        "spend_by_age": {"statistic": spend_by_age.statistic, "degrees": spend_by_age.df, "p": spend_by_age.pvalue},
        "change_by_city": {"statistic": change_by_city.statistic, "degrees": change_by_city.dof, "p": change_by_city.pvalue},
    },
    "moments": moments,
    "date_parts": {
        "year": parts.year,
        "month": parts.month,
        "day_of_week": parts.day_of_week + 1,
        "day_of_year_sin": np.sin(2 * np.pi * (parts.day_of_year - 1) / length),
        "day_of_year_cos": np.cos(2 * np.pi * (parts.day_of_year - 1) / length),
        "hour": parts.hour,
        "is_weekend": (parts.day_of_week >= 5).astype(int),
    },
}
OUT.write_text(json.dumps(content, indent=1, default=lambda value: np.asarray(value).tolist()) + "\n")
