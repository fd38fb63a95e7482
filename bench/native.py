"""Peers in Python, asked line by line on standard input as the browser's are: {do, id, peer, task, to}.

The number of threads is the environment's: BLAS, OpenMP, polars and DuckDB read it when they start.
"""

import importlib.metadata
import json
import os
import platform
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
DATA = os.environ["STILLROOM_BENCH_DATA"]
OUT = os.environ["STILLROOM_BENCH_OUT"]
THREADS = int(os.environ["OMP_NUM_THREADS"])


def numbers(path, n, kind="f64"):
    """The first `n` numbers of a column."""
    return np.fromfile(f"{DATA}/{path}.{kind}", dtype={"f64": "<f8", "u32": "<u4"}[kind], count=n)


def columns(task, folder="", n=None):
    """Rows of the columns x0, x1, …, one after the other."""
    n = n or task["n_rows"]
    return np.column_stack([numbers(f"{task['set']}{folder}/x{at}", n) for at in range(task["n_columns"])])


def target(task):
    return numbers(f"{task['set']}/y", task["n_rows"])


def unseen(task):
    return columns(task, "-unseen", task["n_unseen"])


def kmeans(task, peer):
    from sklearn.cluster import KMeans

    rows = columns(task)
    run = lambda: KMeans(task["k"], init=rows[: task["k"]], n_init=1, max_iter=task["iterations"], tol=0).fit(rows)
    return run, lambda found: found.labels_


def pca(task, peer):
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    rows = columns(task)
    run = lambda: PCA(2, svd_solver="covariance_eigh").fit(StandardScaler().fit_transform(rows))
    return run, lambda found: found.explained_variance_ratio_


def ols(task, peer):
    rows, y = columns(task), target(task)
    if peer == "statsmodels":
        import statsmodels.api as sm

        run = lambda: sm.OLS(y, sm.add_constant(rows)).fit()
        return run, lambda found: [*found.params[1:], found.params[0]]
    from sklearn.linear_model import LinearRegression

    return lambda: LinearRegression().fit(rows, y), lambda found: [*found.coef_, found.intercept_]


def logistic(task, peer):
    from sklearn.linear_model import LogisticRegression

    rows, y = columns(task), target(task)
    run = lambda: LogisticRegression(C=1 / task["l2"], solver="newton-cholesky", tol=1e-8, max_iter=100).fit(rows, y)
    return run, lambda found: [*found.coef_[0], found.intercept_[0]]


def forest(task, peer):
    from sklearn.ensemble import RandomForestClassifier

    rows, y, asked = columns(task), target(task), unseen(task)
    run = lambda: RandomForestClassifier(task["n_trees"], n_jobs=THREADS, random_state=42).fit(rows, y)
    return run, lambda found: found.predict(asked)


def boosting(task, peer):
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows, y, asked = columns(task), target(task), unseen(task)
    run = lambda: HistGradientBoostingClassifier(max_iter=task["n_rounds"], early_stopping=False, random_state=42).fit(rows, y)
    return run, lambda found: found.predict_proba(asked)[:, 1]


def neighbours(task, peer):
    from implicit.nearest_neighbours import CosineRecommender
    from scipy.sparse import csr_matrix

    users, items = (numbers(f"{task['set']}/{name}", task["n_rows"], "u32") for name in ("user", "item"))
    taken = csr_matrix((np.ones(len(users)), (users, items)), shape=(task["n_users"], task["n_items"]))
    everyone = np.arange(task["n_users"])

    def run():
        # The nearest of each item is itself, which the package counts among the asked.
        found = CosineRecommender(K=task["n_neighbours"] + 1, num_threads=THREADS)
        found.fit(taken, show_progress=False)
        return found.recommend(everyone, taken, N=10, filter_already_liked_items=True)[0]

    return run, lambda lists: lists.ravel()


def csv(task, peer):
    if peer == "duckdb":
        return duckdb_runs(task["sql"]["read"].replace("table.csv", f"{DATA}/{task['file']}"), task["sql"]["summary"])
    import polars

    def answer(table):
        found = [table.height]
        for column, wanted in zip(table.get_columns(), task["table"], strict=True):
            if wanted["kind"] == "text":
                column = column.str.len_chars()
            elif wanted["kind"] == "date":
                column = column.cast(polars.Datetime("ms")).cast(polars.Int64)
            values = column.drop_nulls()
            found += [len(values), float(values.sum())]
        return found

    return lambda: polars.read_csv(f"{DATA}/{task['file']}", try_parse_dates=True), answer


def duckdb_runs(sql, summary, prepare=lambda connection: None):
    import duckdb

    connection = duckdb.connect(config={"threads": THREADS})
    prepare(connection)
    answer = lambda _: [float(value) for value in connection.execute(summary).fetchone()]
    return lambda: connection.execute(sql), answer


def rfm(task, peer):
    kinds = {"customer": "u32", "order": "u32", "time": "f64", "quantity": "f64", "price": "f64"}
    lines = {name: numbers(f"{task['set']}/{name}", task["n_rows"], kind) for name, kind in kinds.items()}
    newest, day = lines["time"].max(), 86_400_000
    if peer == "duckdb":
        import pandas

        frame = pandas.DataFrame(lines).rename(columns={"order": "order_id"})
        prepare = lambda connection: connection.register("frame", frame).execute("create table lines as select * from frame")
        return duckdb_runs(task["sql"]["customers"], task["sql"]["summary"], prepare)
    if peer == "polars":
        import polars

        frame, col = polars.DataFrame(lines), polars.col
        last, orders = col("time").max().alias("last"), col("order").n_unique().alias("orders")
        money = (col("quantity") * col("price")).sum().alias("money")
        run = lambda: frame.group_by("customer").agg(last, orders, money)
        return run, lambda found: [found.height, (newest - found["last"]).sum() / day, found["orders"].sum(), found["money"].sum()]
    import pandas
    from lifetimes.utils import summary_data_from_transaction_data

    frame = pandas.DataFrame(lines)
    frame["date"], frame["money"] = pandas.to_datetime(frame["time"], unit="ms"), frame["quantity"] * frame["price"]
    run = lambda: summary_data_from_transaction_data(frame, "customer", "date", "money", include_first_transaction=True)
    # Its days and its first purchases are counted otherwise: only the customers and the money are the same numbers.
    return run, lambda found: [len(found), np.nan, np.nan, float((found["frequency"] * found["monetary_value"]).sum())]


def texts(task, peer):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.naive_bayes import MultinomialNB

    with open(f"{DATA}/{task['set']}.json", encoding="utf-8") as file:
        both = json.load(file)
    learned, asked = both["learned"], both["unseen"]["texts"]

    def run():
        words = TfidfVectorizer()
        return words, MultinomialNB(alpha=0.1).fit(words.fit_transform(learned["texts"]), learned["classes"])

    return run, lambda found: found[1].predict(found[0].transform(asked))


KINDS = [kmeans, pca, ols, logistic, forest, boosting, neighbours, csv, rfm, texts]
MAKERS = {maker.__name__: maker for maker in KINDS}
PACKAGES = ["duckdb", "implicit", "lifetimes", "numpy", "polars", "scikit-learn", "statsmodels"]
opened = {}


def do_open(asked):
    run, answer = MAKERS[asked["task"]["kind"]](asked["task"], asked["peer"])
    opened[asked["id"]] = {"run": run, "answer": answer}
    return {}


def do_run(asked):
    state = opened[asked["id"]]
    state["last"] = None
    start = time.perf_counter()
    state["last"] = state["run"]()
    return {"millis": 1000 * (time.perf_counter() - start)}


def do_memory(asked):
    # Peers share this process: what one of them needs cannot be told.
    return {}


def do_answer(asked):
    state = opened[asked["id"]]
    np.asarray(state["answer"](state["last"]), dtype="<f8").tofile(f"{OUT}/answers/{asked['to']}")
    return {}


def do_shut(asked):
    opened.pop(asked["id"], None)
    return {}


def do_version(asked):
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in PACKAGES}}


print(json.dumps({"ok": {}}), flush=True)
for line in sys.stdin:
    question = json.loads(line)
    try:
        reply = {"ok": globals()["do_" + question["do"]](question)}
    except Exception as error:
        opened.pop(question.get("id"), None)
        reply = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
    print(json.dumps(reply), flush=True)
