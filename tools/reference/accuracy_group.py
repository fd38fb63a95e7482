"""Groups and components on real data sets, by scikit-learn and scipy, for crates/analytics/tests/accuracy/group.rs.

Columns are standardized. Results only: values, sizes and agreements, never rows.
"""

import numpy as np
from real_data import DataSet, write
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn import metrics
from sklearn.cluster import DBSCAN, KMeans, MiniBatchKMeans
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.manifold import TSNE, trustworthiness
from sklearn.mixture import GaussianMixture

SHAPES = {"full": "full", "diagonal": "diag", "tied": "tied", "spherical": "spherical"}
K = {"iris": 3, "wine": 3, "breast_cancer": 2}


def small(name):
    data = DataSet(name)
    rows = data.standardized().to_numpy()
    truth = data.classes()
    return rows, truth, K[name]


def start_from_segments(rows, k, shape):
    """The mixture that k-means' best segments say, as scikit-learn's arguments: both sides climb from the same place."""
    labels = KMeans(k, n_init=200, random_state=0).fit_predict(rows)
    sizes = np.bincount(labels)
    means = np.array([rows[labels == it].mean(axis=0) for it in range(k)])
    around = [np.cov(rows[labels == it].T, bias=True) for it in range(k)]
    floor = 1e-6
    if shape == "full":
        precisions = np.array([np.linalg.inv(it + floor * np.eye(len(it))) for it in around])
    elif shape == "tied":
        pooled = sum(size * it for size, it in zip(sizes, around)) / len(rows)
        precisions = np.linalg.inv(pooled + floor * np.eye(len(pooled)))
    elif shape == "diag":
        precisions = 1 / (np.array([np.diag(it) for it in around]) + floor)
    else:
        precisions = 1 / (np.array([np.diag(it).mean() for it in around]) + floor)
    return {"weights_init": sizes / len(rows), "means_init": means, "precisions_init": precisions}


def gmm(name):
    rows, truth, k = small(name)
    out = {}
    for ours, theirs in SHAPES.items():
        start = start_from_segments(rows, k, theirs)
        mixture = GaussianMixture(k, covariance_type=theirs, tol=1e-13, max_iter=50000, random_state=1, **start)
        mixture.fit(rows)
        out[ours] = {
            "log_likelihood": mixture.score(rows),
            "bic": mixture.bic(rows),
            "aic": mixture.aic(rows),
            "weights": np.sort(mixture.weights_)[::-1],
            "adjusted_rand": metrics.adjusted_rand_score(truth, mixture.predict(rows)),
        }
    return out


def hierarchical(name):
    rows, truth, k = small(name)
    out = {}
    for method in ["ward", "complete", "average", "single"]:
        tree = linkage(rows, method)
        labels = fcluster(tree, k, "maxclust")
        out[method] = {
            "heights": tree[:, 2],
            "top_sizes": tree[-5:, 3],
            "sizes": np.sort(np.bincount(labels)[1:])[::-1],
            "adjusted_rand": metrics.adjusted_rand_score(truth, labels),
        }
    return out


def dbscan(name, eps, min_points):
    data = DataSet(name)
    rows = data.standardized().to_numpy()
    fit = DBSCAN(eps=eps, min_samples=min_points).fit(rows)
    is_core = np.zeros(len(rows), bool)
    is_core[fit.core_sample_indices_] = True
    kept = fit.labels_ >= 0
    groups, sizes = np.unique(fit.labels_[is_core], return_counts=True)
    return {
        "eps": eps,
        "min_points": min_points,
        "n_groups": len(groups),
        "n_cores": int(is_core.sum()),
        "n_noise": int((~kept).sum()),
        "core_sizes": np.sort(sizes)[::-1],
    }


def quality(name):
    rows, truth, k = small(name)
    labels = KMeans(k, n_init=400, random_state=0).fit_predict(rows)
    return {
        "silhouette": metrics.silhouette_score(rows, truth),
        "calinski_harabasz": metrics.calinski_harabasz_score(rows, truth),
        "davies_bouldin": metrics.davies_bouldin_score(rows, truth),
        "kmeans_adjusted_rand": metrics.adjusted_rand_score(truth, labels),
        "kmeans_mutual_information": metrics.normalized_mutual_info_score(truth, labels),
    }


def mini_batch(name, k):
    rows = DataSet(name).standardized().to_numpy()
    inertias = [MiniBatchKMeans(k, n_init=3, random_state=seed).fit(rows).inertia_ for seed in range(5)]
    return {"k": k, "inertia": np.median(inertias)}


def svd(name, k):
    rows = DataSet(name).encoded().to_numpy()
    model = TruncatedSVD(k, algorithm="arpack", random_state=0).fit(rows)
    return {
        "k": k,
        "singular_values": model.singular_values_,
        "variances": model.explained_variance_,
        "ratios": model.explained_variance_ratio_,
        "loadings": model.components_[0] * np.sign(model.components_[0][np.abs(model.components_[0]).argmax()]),
    }


def pca(name):
    rows = DataSet(name).standardized().to_numpy()
    model = PCA(whiten=True, svd_solver="full").fit(rows)
    white = model.transform(rows)
    return {
        "cumulative": np.cumsum(model.explained_variance_ratio_),
        "kaiser": int((model.explained_variance_ratio_ * rows.shape[1] > 1).sum()),
        "first_row": np.abs(white[0]),
    }


def tsne(name):
    rows = DataSet(name).standardized().to_numpy()
    rows = rows[:1500]
    trust = []
    for seed in range(3):
        picture = TSNE(init="pca", random_state=seed).fit_transform(rows)
        trust.append(trustworthiness(rows, picture, n_neighbors=10))
    return {"rows": len(rows), "trustworthiness": np.median(trust)}


write("accuracy_group", {
    "gmm": {name: gmm(name) for name in ["iris", "wine"]},
    "hierarchical": {name: hierarchical(name) for name in ["iris", "wine"]},
    "dbscan": {"iris": dbscan("iris", 0.6, 5), "wine": dbscan("wine", 2.3, 5),
               "telco-churn": dbscan("telco-churn", 1.5, 10)},
    "quality": {name: quality(name) for name in ["iris", "wine", "breast_cancer"]},
    "mini_batch_kmeans": {"telco-churn": mini_batch("telco-churn", 5), "bank-marketing": mini_batch("bank-marketing", 5)},
    "truncated_svd": {"breast_cancer": svd("breast_cancer", 5), "german-credit": svd("german-credit", 5)},
    "pca": {name: pca(name) for name in ["wine", "breast_cancer"]},
    "tsne": {"wine": tsne("wine"), "german-credit": tsne("german-credit")},
})
