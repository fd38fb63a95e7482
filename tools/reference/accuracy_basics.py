"""Describing, filling and encoding columns, and order lines summed up, by numpy, pandas and scikit-learn, for
crates/analytics/tests/accuracy/basics.rs."""

import gzip

import numpy as np
import pandas as pd
from real_data import DATA, DataSet, write
from scipy import stats
from sklearn.cluster import KMeans
from sklearn.impute import SimpleImputer
from sklearn.metrics import silhouette_score

DAY = np.timedelta64(1, "D")


def gaps(values):
    """Every seventh cell, row by row, taken out: the same rule as the test's."""
    holed = values.copy()
    holed.reshape(-1)[np.arange(values.size) % 7 == 3] = np.nan
    return holed


def numbers(name):
    values = DataSet(name).encoded().to_numpy()
    holed = gaps(values)
    weights = 1 + np.arange(values.size).reshape(values.shape) % 7
    filled = {how: (SimpleImputer(strategy=how).fit_transform(holed) * weights).sum() for how in ["mean", "median"]}
    return {
        "mean": values.mean(0), "standard_deviation": values.std(0, ddof=1), "median": np.median(values, 0),
        "lower_quartile": np.quantile(values, 0.25, axis=0), "upper_quartile": np.quantile(values, 0.75, axis=0),
        "skewness": stats.skew(values, bias=False), "min": values.min(0), "max": values.max(0),
        "standardize": (((values - values.mean(0)) / values.std(0)) * weights).sum(),
        "log1p": (np.log1p(values) * weights).sum(), "impute": filled,
        "missing": np.isnan(holed).sum(0), "complete": int((~np.isnan(holed).any(1)).sum()),
        "patterns": len(np.unique(np.isnan(holed), axis=0)),
    }


def categories(name):
    data = DataSet(name)
    names = [column for column in data.frame if data.frame[column].dtype.kind != "f"]
    dummies = pd.get_dummies(data.frame[names], prefix_sep="=", drop_first=True)
    return {"sums": dummies.sum().to_numpy(), "n_columns": dummies.shape[1]}


def lines(name):
    """customer, order, time (milliseconds), quantity, unit price of complete lines with a customer."""
    if name == "cdnow":
        frame = pd.read_csv(DATA / "cdnow/CDNOW_sample.txt", sep=r"\s+", header=None, dtype=str)
        frame.columns = ["long_id", "customer", "time", "quantity", "amount"]
        frame["order"] = np.arange(len(frame)).astype(str)
        frame["time"] = pd.to_datetime(frame.time, format="%Y%m%d")
        frame["quantity"] = frame.quantity.astype(float)
        frame["unit_price"] = frame.amount.astype(float) / frame.quantity
    else:
        path = next((DATA / "online-retail").glob("*.csv.gz"))
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
            frame = pd.read_csv(file, dtype=str, keep_default_na=False)
        frame = frame[frame.CustomerID != ""]
        frame = pd.DataFrame({
            "customer": frame.CustomerID, "order": frame.InvoiceNo, "time": pd.to_datetime(frame.InvoiceDate),
            "quantity": frame.Quantity.astype(float), "unit_price": frame.UnitPrice.astype(float)})
    frame["spend"] = frame.quantity * frame.unit_price
    return frame


def summed(frame, reference):
    known = frame[frame.time <= reference]
    bought = known[known.quantity > 0]
    table = pd.DataFrame({
        "recency_days": (reference - bought.groupby("customer").time.max()) / DAY,
        "tenure_days": (reference - bought.groupby("customer").time.min()) / DAY,
        "frequency": bought.groupby("customer").order.nunique().astype(float)})
    table["monetary"] = known.groupby("customer").spend.sum()
    table["items"] = known.groupby("customer").quantity.sum()
    return table


def orders(name):
    frame = lines(name)
    last = frame.time.max()
    table = summed(frame, last)
    cutoff = last - 60 * DAY
    past = summed(frame, cutoff)
    after = frame[(frame.time > cutoff) & frame.customer.isin(past.index)]
    buys = after[after.quantity > 0].customer.nunique()
    times = frame.time
    return {
        "rfm": {"n": len(table), **{column: table[column].sum() for column in table}},
        "outcome": {"n": len(past), "buys": buys, "spend": after.spend.sum(),
                    "recency_days": past.recency_days.sum(), "monetary": past.monetary.sum()},
        "days_since": ((last - times) / DAY).sum(),
        "date_parts": {"day_of_week": (times.dt.day_of_week + 1).sum(), "month": times.dt.month.sum(),
                       "year": times.dt.year.sum(), "weekend": (times.dt.day_of_week >= 5).sum()},
    }


def best_k(name):
    values = DataSet(name).standardized().to_numpy()
    labels = {k: KMeans(k, n_init=20, random_state=0).fit_predict(values) for k in range(2, 7)}
    return {"silhouettes": [silhouette_score(values, labels[k]) for k in labels]}


write("accuracy_basics", {
    "numbers": {name: numbers(name) for name in ["wine", "breast_cancer"]},
    "categories": {name: categories(name) for name in ["telco-churn", "german-credit"]},
    "orders": {name: orders(name) for name in ["cdnow", "online-retail"]},
    "choose_k": {name: best_k(name) for name in ["iris", "wine"]},
})
