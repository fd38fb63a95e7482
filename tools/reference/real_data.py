"""The real data sets as crates/analytics/tests/accuracy/data.rs reads them: same rows, same columns, same order.

Run by itself it writes the fixed stratified 80/20 cuts (scikit-learn's, seed 42), one bit a row, beside the tests.
"""

import json
import os
import pathlib

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

ROOT = pathlib.Path(__file__).parents[2]
OUT = ROOT / "crates/analytics/tests/reference"
DATA = pathlib.Path(os.environ.get("STILLROOM_DATA", ROOT.parent / "shared/data"))
SMALL = ["iris", "wine", "breast_cancer", "diabetes"]
ENCODED = ["telco-churn", "bank-marketing", "german-credit"]


class DataSet:
    """Columns without identifiers and leaks (`frame`), and the target as written (`target`)."""

    def __init__(self, name):
        self.name = name
        if name in SMALL:
            frame, target = pd.read_csv(DATA / f"small-classic/{name}.csv"), "target"
        elif name == "telco-churn":
            frame, target = pd.read_csv(DATA / "telco-churn/Telco-Customer-Churn.csv", dtype=str), "Churn"
            frame = frame.drop(columns="customerID")
        elif name == "bank-marketing":
            frame = pd.read_csv(DATA / "bank-marketing/bank-additional.csv", sep=";", dtype=str, keep_default_na=False)
            frame, target = frame.drop(columns="duration"), "y"
        else:
            lines = (DATA / "german-credit/german.data.csv").read_text().splitlines()
            frame = pd.DataFrame([line.split(" ") for line in lines[1:]], columns=lines[0].split(",")[1:])
            target = "Customer class"
        self.target = frame.pop(target)
        self.frame = frame.apply(as_number)

    def encoded(self):
        """Numbers as they are, categories one-hot without their first level in byte order; a frame of floats."""
        parts = []
        for name in self.frame:
            column = self.frame[name]
            if column.dtype.kind == "f":
                parts.append(column.rename(name))
                continue
            for level in sorted(column.unique())[1:]:
                parts.append((column == level).astype(float).rename(f"{name}={level}"))
        return pd.concat(parts, axis=1)

    def standardized(self):
        """`encoded` with mean 0 and variance 1 (divisor n) over all rows."""
        encoded = self.encoded()
        return (encoded - encoded.mean()) / encoded.std(ddof=0)

    def numbers(self):
        return self.target.astype(float).to_numpy()

    def classes(self):
        """Each row's class: a position among the sorted labels."""
        return np.unique(self.target.astype(str), return_inverse=True)[1]

    def cut(self):
        """The rows that teach and those that judge."""
        classes = self.classes() if self.name != "diabetes" else None
        rows = np.arange(len(self.target))
        train, test = train_test_split(rows, test_size=0.2, random_state=42, stratify=classes)
        return np.sort(train), np.sort(test)


def as_number(column):
    text = column.astype(str).str.strip().replace("", "0")
    numbers = pd.to_numeric(text, errors="coerce")
    return column if numbers.isna().any() else numbers.astype(float)


def write(name, content):
    """Writes `content` as tests/reference/`name`.json."""
    text = json.dumps(content, indent=1, default=lambda value: np.asarray(value).tolist())
    (OUT / f"{name}.json").write_text(text + "\n")


def main():
    splits, shapes = {}, {}
    for name in SMALL + ENCODED:
        data = DataSet(name)
        is_test = np.zeros(-(-len(data.target) // 4) * 4, dtype=int)
        is_test[data.cut()[1]] = 1
        splits[name] = "".join(f"{int(''.join(map(str, four)), 2):x}" for four in is_test.reshape(-1, 4))
        if name in ENCODED:
            values = data.standardized().to_numpy()
            weights = np.arange(values.size).reshape(values.shape) % 7
            shapes[name] = {"columns": list(data.encoded().columns), "sum": (values * weights).sum(),
                            "classes": np.bincount(data.classes()), "test": len(data.cut()[1])}
    write("splits", splits)
    write("shapes", shapes)


if __name__ == "__main__":
    main()
