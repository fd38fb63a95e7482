//! Groups, their judges and components, beside scikit-learn and scipy.

use stillroom_analytics::Matrix;
use stillroom_analytics::group::agreement::{adjusted_rand_index, normalized_mutual_information};
use stillroom_analytics::group::dbscan::{DbscanParams, fit_dbscan};
use stillroom_analytics::group::gmm::{CovarianceType, GmmParams, fit_gmm};
use stillroom_analytics::group::hierarchical::{HierarchicalParams, Linkage, fit_hierarchical};
use stillroom_analytics::group::kmeans::{KMeansParams, MiniBatchParams, fit_kmeans, fit_mini_batch};
use stillroom_analytics::group::quality::label_quality;
use stillroom_analytics::progress::unwatched;
use stillroom_analytics::reduce::pca::{PcaParams, fit_pca};
use stillroom_analytics::reduce::pca_views::scree;
use stillroom_analytics::reduce::truncated_svd::{TruncatedSvdParams, fit_truncated_svd};
use stillroom_analytics::reduce::tsne::{TsneParams, fit_tsne, trustworthiness};

use super::data;
use super::ledger::{Ledger, run};

#[test]
fn groups_and_components_agree_with_scikit_learn_and_scipy() {
    run("group", |ledger| {
        for name in ["iris", "wine"] {
            mixtures(ledger, name);
            trees(ledger, name);
        }
        for name in ["iris", "wine", "telco-churn"] {
            densities(ledger, name);
        }
        for name in ["iris", "wine", "breast_cancer"] {
            judges(ledger, name);
        }
        for name in ["telco-churn", "bank-marketing"] {
            small_draws(ledger, name);
        }
        for name in ["breast_cancer", "german-credit"] {
            directions(ledger, name);
        }
        for name in ["wine", "breast_cancer"] {
            views(ledger, name);
        }
        picture(ledger, "german-credit");
    });
}

fn standardized(name: &'static str) -> Matrix {
    load(name).standardized()
}

fn load(name: &'static str) -> data::DataSet {
    match name {
        "telco-churn" => data::telco(),
        "bank-marketing" => data::bank(),
        "german-credit" => data::german(),
        name => data::small(name),
    }
}

fn mixtures(ledger: &mut Ledger, name: &'static str) {
    let matrix = standardized(name);
    let (truth, k) = data::small(name).classes();
    for (covariance, shape) in [
        (CovarianceType::Full, "full"),
        (CovarianceType::Diagonal, "diagonal"),
        (CovarianceType::Tied, "tied"),
        (CovarianceType::Spherical, "spherical"),
    ] {
        let params = GmmParams {
            k,
            covariance,
            n_init: 1,
            max_iterations: 10_000,
            tolerance: 1e-13,
            ..GmmParams::default()
        };
        let found = fit_gmm(&matrix, &params, 1, &mut unwatched).unwrap();
        let path = |what: &str| format!("/gmm/{name}/{shape}/{what}");
        let method = format!("gmm ({shape})");
        let why = "both climb from the same segments until a pass changes the mean log-likelihood by 1e-13; weights move by the root of it";
        let value = (found.model.log_likelihood, ledger.number(&path("log_likelihood")));
        ledger.equal(&method, name, "mean log-likelihood", value, 1e-9, why);
        ledger.equal(&method, name, "BIC", (found.model.bic, ledger.number(&path("bic"))), 1e-9, why);
        ledger.equal(&method, name, "AIC", (found.model.aic, ledger.number(&path("aic"))), 1e-9, why);
        let weights = ledger.numbers(&path("weights"));
        ledger.all_equal(&method, name, "weight", (&found.model.weights, &weights), 1e-6, why);
        let rand =
            (adjusted_rand_index(&truth, &found.labels).unwrap(), ledger.number(&path("adjusted_rand")));
        ledger.equal(&method, name, "adjusted Rand", rand, 1e-12, "the same labels");
    }
}

fn trees(ledger: &mut Ledger, name: &'static str) {
    let matrix = standardized(name);
    let (truth, k) = data::small(name).classes();
    for (linkage, word) in [
        (Linkage::Ward, "ward"),
        (Linkage::Complete, "complete"),
        (Linkage::Average, "average"),
        (Linkage::Single, "single"),
    ] {
        let params = HierarchicalParams { k, linkage, ..HierarchicalParams::default() };
        let found = fit_hierarchical(&matrix, &params, 1, &mut unwatched).unwrap();
        let path = |what: &str| format!("/hierarchical/{name}/{word}/{what}");
        let method = format!("hierarchical ({word})");
        let heights: Vec<f64> = found.dendrogram.merges.iter().map(|merge| merge.height).collect();
        let expected = ledger.numbers(&path("heights"));
        let why = "the same merges; ward here keeps means, scipy updates distances, which adds up to 1e-9";
        ledger.all_equal(&method, name, "height", (&heights, &expected), 1e-9, why);
        let top: Vec<f64> = found.dendrogram.top(5).iter().rev().map(|merge| f64::from(merge.size)).collect();
        ledger.all_equal(
            &method,
            name,
            "size of a top group",
            (&top, &ledger.numbers(&path("top_sizes"))),
            0.0,
            "counts",
        );
        let mut sizes = vec![0.0; k];
        found.labels.iter().for_each(|label| sizes[*label as usize] += 1.0);
        ledger.all_equal(
            &method,
            name,
            "size at k",
            (&sizes, &ledger.numbers(&path("sizes"))),
            0.0,
            "counts",
        );
        let rand =
            (adjusted_rand_index(&truth, &found.labels).unwrap(), ledger.number(&path("adjusted_rand")));
        ledger.equal(&method, name, "adjusted Rand", rand, 1e-12, "the same labels");
    }
}

fn densities(ledger: &mut Ledger, name: &'static str) {
    let path = |what: &str| format!("/dbscan/{name}/{what}");
    let min_points = ledger.number(&path("min_points")) as usize;
    let params = DbscanParams { eps: Some(ledger.number(&path("eps"))), min_points };
    let found = fit_dbscan(&standardized(name), &params, 1, &mut unwatched).unwrap();
    let why = "the definition leaves no choice of cores, their groups and noise";
    let count = |is: &dyn Fn(usize) -> bool| (0..found.labels.len()).filter(|&row| is(row)).count() as f64;
    let mut sizes = vec![0.0f64; found.model.n_groups];
    (0..found.labels.len())
        .filter(|&row| found.is_core[row])
        .for_each(|row| sizes[found.labels[row] as usize] += 1.0);
    sizes.sort_by(|left, right| right.total_cmp(left));
    let n_cores = (count(&|row| found.is_core[row]), ledger.number(&path("n_cores")));
    ledger.equal("dbscan", name, "cores", n_cores, 0.0, why);
    let n_noise = (count(&|row| found.labels[row] == u32::MAX), ledger.number(&path("n_noise")));
    ledger.equal("dbscan", name, "rows of noise", n_noise, 0.0, why);
    ledger.all_equal(
        "dbscan",
        name,
        "cores of a group",
        (&sizes, &ledger.numbers(&path("core_sizes"))),
        0.0,
        why,
    );
}

fn judges(ledger: &mut Ledger, name: &'static str) {
    let matrix = standardized(name);
    let (truth, k) = data::small(name).classes();
    let quality = label_quality(&matrix, &truth, 1, &mut unwatched).unwrap().quality.unwrap();
    let path = |what: &str| format!("/quality/{name}/{what}");
    let why = "the same sums in another order";
    for (quantity, value) in [
        ("silhouette", quality.silhouette.unwrap().mean),
        ("calinski_harabasz", quality.calinski_harabasz.unwrap()),
        ("davies_bouldin", quality.davies_bouldin.unwrap()),
    ] {
        let pair = (value, ledger.number(&path(quantity)));
        ledger.equal("group quality", name, quantity, pair, 1e-11, why);
    }
    let params = KMeansParams { k, ..KMeansParams::default() }.check().unwrap();
    let labels = fit_kmeans(&matrix, &params, 1, &mut unwatched).unwrap().labels;
    let rand = (adjusted_rand_index(&truth, &labels).unwrap(), ledger.number(&path("kmeans_adjusted_rand")));
    ledger.equal("kmeans", name, "adjusted Rand", rand, 1e-12, "the same labels");
    let information = normalized_mutual_information(&truth, &labels).unwrap();
    let pair = (information, ledger.number(&path("kmeans_mutual_information")));
    ledger.equal("kmeans", name, "mutual information", pair, 1e-12, "the same labels");
}

fn small_draws(ledger: &mut Ledger, name: &'static str) {
    let path = |what: &str| format!("/mini_batch_kmeans/{name}/{what}");
    let params = MiniBatchParams { k: ledger.number(&path("k")) as usize, ..MiniBatchParams::default() };
    let found = fit_mini_batch(&standardized(name), &params, 1, &mut unwatched).unwrap();
    let reference = ledger.number(&path("inertia"));
    let why = "draws differ; less inertia than scikit-learn's median of five seeds, or a hundredth more";
    let pair = (-found.model.inertia / reference, -1.0);
    ledger.at_least(
        "mini_batch_kmeans",
        name,
        "inertia, in parts of the reference, negated",
        pair,
        0.01,
        why,
    );
}

fn directions(ledger: &mut Ledger, name: &'static str) {
    let path = |what: &str| format!("/truncated_svd/{name}/{what}");
    let params = TruncatedSvdParams {
        n_components: ledger.number(&path("k")) as usize,
        ..TruncatedSvdParams::default()
    };
    let found = fit_truncated_svd(&load(name).encoded(), &params, 1, &mut unwatched).unwrap();
    let why = "solved through squares, which keeps half the digits of values a ten-thousandth of the largest: 1e-8 of it";
    let method = "truncated_svd";
    let scale = |values: &[f64], by: f64| values.iter().map(|value| value / by).collect::<Vec<f64>>();
    let expected = ledger.numbers(&path("singular_values"));
    let pair = (scale(&found.singular_values, expected[0]), scale(&expected, expected[0]));
    ledger.all_equal(method, name, "singular value, in parts of the largest", (&pair.0, &pair.1), 1e-10, why);
    let ratios = ledger.numbers(&path("ratios"));
    ledger.all_equal(method, name, "share of variance", (&found.ratios, &ratios), 1e-9, why);
    let loadings = ledger.numbers(&path("loadings"));
    ledger.all_equal(method, name, "loading of the first", (&found.loadings[0], &loadings), 1e-9, why);
}

fn views(ledger: &mut Ledger, name: &'static str) {
    let matrix = standardized(name);
    let model = fit_pca(&matrix, &PcaParams::default().check().unwrap(), &mut unwatched).unwrap();
    let found = scree(&model, &matrix, 1, &mut unwatched).unwrap();
    let path = |what: &str| format!("/pca/{name}/{what}");
    let cumulative: Vec<f64> = found.points.iter().map(|point| point.cumulative).collect();
    let expected = ledger.numbers(&path("cumulative"));
    ledger.all_equal("pca", name, "cumulative share", (&cumulative, &expected), 1e-11, "sums of 30 shares");
    let kaiser = (found.by_kaiser as f64, ledger.number(&path("kaiser")));
    ledger.equal("pca", name, "components by Kaiser", kaiser, 0.0, "a count");
    let white: Vec<f64> = model.whitened(&matrix).unwrap().row(0).iter().map(|value| value.abs()).collect();
    let expected = ledger.numbers(&path("first_row"));
    let why =
        "scores over standard deviations; the smallest of breast_cancer is 2e-5 of the largest variance";
    ledger.all_equal("pca", name, "whitened score", (&white, &expected), 1e-7, why);
}

fn picture(ledger: &mut Ledger, name: &'static str) {
    let matrix = standardized(name);
    let found = fit_tsne(&matrix, &TsneParams::default(), 1, &mut unwatched).unwrap();
    let trust = trustworthiness(&matrix, &found.points, 10, 1, &mut unwatched).unwrap();
    let reference = ledger.number(&format!("/tsne/{name}/trustworthiness"));
    let why = "pictures differ with their start; seeds of scikit-learn's differ by 0.002";
    ledger.at_least("tsne", name, "trustworthiness at 10", (trust, reference), 0.005, why);
}
