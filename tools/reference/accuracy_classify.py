"""Support vector machines, naive Bayes, neighbours, perceptrons and calibration on real data sets, by scikit-learn, for
crates/analytics/tests/accuracy/classify.rs.

libsvm keeps kernels with 24 bits and stops at a tolerance. Where a row says "optimum" its solution is polished: with the same
rows on the margin and at the bound, the optimality conditions are a linear system, which is solved to the last digits and
checked to hold everywhere.
"""

import numpy as np
from real_data import DataSet, write
from sklearn.calibration import _sigmoid_calibration
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import log_loss, r2_score, roc_auc_score
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR



def split(name):
    data = DataSet(name)
    x, (train, test) = data.standardized().to_numpy(), data.cut()
    return data, x[train], x[test], train, test


def kernel(a, b, gamma):
    if gamma is None:
        return a @ b.T
    squared = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return np.exp(-gamma * np.maximum(squared, 0))


def polish(x, target, model, bound, gamma, epsilon=0.0):
    """The exact coefficients and constant term from libsvm's rows on the margin and at the bound."""
    beta = np.zeros(len(x))
    beta[model.support_] = model.dual_coef_[0]
    near = 1e-7 * bound
    at_bound = np.abs(beta) >= bound - near
    free = (np.abs(beta) > near) & ~at_bound
    beta[at_bound] = np.sign(beta[at_bound]) * bound
    matrix = kernel(x, x, gamma)
    side = target - epsilon * np.sign(beta)
    n = free.sum()
    system = np.block([[matrix[np.ix_(free, free)], np.ones((n, 1))], [np.ones((1, n)), np.zeros((1, 1))]])
    right = np.append(side[free] - matrix[np.ix_(free, at_bound)] @ beta[at_bound], -beta[at_bound].sum())
    solved = np.linalg.lstsq(system, right, rcond=None)[0]
    beta[:] = np.where(at_bound, beta, 0.0)
    beta[free], bias = solved[:-1], solved[-1]
    value = matrix @ beta + bias
    error = (value - target) * np.where(beta == 0, np.sign(value - target), np.sign(beta))
    if epsilon == 0:
        margin = value * target
        violation = np.max(np.where(free, abs(margin - 1), np.where(at_bound, margin - 1, 1 - margin)))
    else:
        violation = np.max(np.where(free, abs(error + epsilon), np.where(at_bound, error + epsilon, error - epsilon)))
    assert violation < 1e-9, violation
    assert np.all(np.abs(beta[free]) < bound)
    return beta, bias


def svc(name, kernel_name, c=1.0):
    data, x, x_test, train, test = split(name)
    y = data.classes()
    model = SVC(kernel=kernel_name, C=c, tol=1e-9 if name == "german-credit" else 1e-3, cache_size=500).fit(x, y[train])
    report = {"auc": roc_auc_score(y[test], model.decision_function(x_test))}
    if name == "german-credit":
        gamma = None if kernel_name == "linear" else model._gamma
        beta, bias = polish(x, 2.0 * y[train] - 1, model, c, gamma)
        report["values"] = kernel(x_test, x, gamma) @ beta + bias
    return report


def svc_three(name):
    data = DataSet(name)
    x, y = data.standardized().to_numpy(), data.classes()
    values = SVC(kernel="rbf", tol=1e-10, decision_function_shape="ovo").fit(x, y).decision_function(x)
    return {"values": -values[::10].ravel()}


def svr(kernel_name):
    data, x, x_test, train, test = split("diabetes")
    y = data.numbers()
    mean, deviation = y[train].mean(), y[train].std()
    target = (y[train] - mean) / deviation
    model = SVR(kernel=kernel_name, tol=1e-9, epsilon=0.1).fit(x, target)
    gamma = None if kernel_name == "linear" else model._gamma
    beta, bias = polish(x, target, model, 1.0, gamma, 0.1)
    return {"values": mean + deviation * (kernel(x_test, x, gamma) @ beta + bias)}


def naive_bayes():
    report = {}
    for name in ["iris", "wine"]:
        data = DataSet(name)
        x, y = data.encoded().to_numpy(), data.classes()
        report[name] = {"gaussian": GaussianNB().fit(x, y).predict_proba(x)[::5].ravel(),
                        "multinomial": MultinomialNB().fit(x, y).predict_proba(x)[::5].ravel()}
    for name in ["telco-churn", "german-credit"]:
        data, x, x_test, train, test = split(name)
        y = data.classes()
        report[name] = {"gaussian": GaussianNB().fit(x, y[train]).predict_proba(x_test)[::10, 1],
                        "bernoulli": BernoulliNB().fit(x, y[train]).predict_proba(x_test)[::10, 1]}
    return report


def knn():
    report = {}
    for name in ["wine", "breast_cancer"]:
        data, x, x_test, train, test = split(name)
        y = data.classes()
        for weights in ["uniform", "distance"]:
            for metric in ["euclidean", "manhattan", "cosine"]:
                model = KNeighborsClassifier(7, weights=weights, metric=metric, algorithm="brute").fit(x, y[train])
                report[f"{name}/{weights}/{metric}"] = model.predict_proba(x_test)[:, 1]
    data, x, x_test, train, test = split("diabetes")
    y = data.numbers()
    for weights in ["uniform", "distance"]:
        model = KNeighborsRegressor(9, weights=weights).fit(x, y[train])
        report[f"diabetes/{weights}/euclidean"] = model.predict(x_test)
    return {key.replace("/", "-"): values for key, values in report.items()}


def mlp():
    report = {}
    for name in ["telco-churn", "german-credit", "wine"]:
        data, x, x_test, train, test = split(name)
        y = data.classes()
        aucs, losses = [], []
        for seed in range(5 if name == "telco-churn" else 25):
            model = MLPClassifier((64,), batch_size=32, max_iter=50, early_stopping=True, n_iter_no_change=5, tol=0,
                                  random_state=seed).fit(x, y[train])
            share = model.predict_proba(x_test)
            aucs.append(roc_auc_score(y[test], share[:, 1] if y.max() == 1 else share, multi_class="ovr"))
            losses.append(log_loss(y[test], share))
        report[name] = {"auc": np.median(aucs), "log_loss": np.median(losses)}
    data, x, x_test, train, test = split("diabetes")
    y = data.numbers()
    mean, deviation = y[train].mean(), y[train].std()
    scores = []
    for seed in range(25):
        model = MLPRegressor(hidden_layer_sizes=(64,), batch_size=32, max_iter=50, early_stopping=True, n_iter_no_change=5, tol=0,
                             random_state=seed).fit(x, (y[train] - mean) / deviation)
        scores.append(r2_score(y[test], mean + deviation * model.predict(x_test)))
    report["diabetes"] = {"r_squared": np.median(scores)}
    return report


def calibration():
    report = {}
    for name in ["telco-churn", "bank-marketing"]:
        data, x, x_test, train, test = split(name)
        y = data.classes()
        share = GaussianNB().fit(x[::2], y[train][::2]).predict_proba(x[1::2])[:, 1]
        # Nine digits, on which both programs agree: whether two scores are equal must not hang on the last bit.
        share = np.rint(share * 1e9) / 1e9
        held_out = y[train][1::2]
        floor = 0.5 / (len(share) + 1)
        inside = floor + (1 - 2 * floor) * share
        scores = np.log(inside) - np.log1p(-inside)
        slope, offset = _sigmoid_calibration(scores, held_out)
        isotonic = IsotonicRegression(out_of_bounds="clip").fit(share, held_out)
        report[name] = {"sigmoid": 1 / (1 + np.exp(slope * scores + offset))[::20],
                        "isotonic": isotonic.predict(share)[::20]}
    return report


if __name__ == "__main__":
    rows = {name: {kernel: svc(name, kernel) for kernel in ["linear", "rbf"]}
            for name in ["telco-churn", "bank-marketing", "german-credit"]}
    rows["wine"], rows["iris"] = svc_three("wine"), svc_three("iris")
    rows["diabetes"] = {kernel: svr(kernel) for kernel in ["linear", "rbf"]}
    write("accuracy_classify", {"svm": rows, "naive_bayes": naive_bayes(), "knn": knn(), "mlp": mlp(),
                                "calibration": calibration()})
