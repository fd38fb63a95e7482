//! Preparing, selecting and judging columns.

use stillroom_analytics::anonymize::{RiskParams, k_anonymity};
use stillroom_analytics::predict::Outcome;
use stillroom_analytics::prepare::{Fitted, FittedSelect, FittedStep, PrepareStep, fit_with_target};
use stillroom_analytics::profile::outliers::{OutliersParams, outliers};
use stillroom_analytics::progress::unwatched;
use stillroom_analytics::{Column, ColumnData, Matrix, Table};

use super::data::{self, DataSet};
use super::ledger::{Ledger, run};

#[test]
fn preparing_agrees_with_scikit_learn() {
    run("prepare", |ledger| {
        powers(ledger);
        for name in ["wine", "breast_cancer"] {
            scales(ledger, name);
            far_values(ledger, name);
            variance_and_correlation(ledger, name);
        }
        for data in [data::telco(), data::bank(), data::german()] {
            encoders(ledger, &data);
        }
        encoder_of_numbers(ledger);
        chi2(ledger, &data::telco());
        chi2(ledger, &data::german());
        for name in ["wine", "breast_cancer", "diabetes"] {
            information(ledger, name);
        }
        recursive(ledger, "diabetes", 3);
        recursive(ledger, "breast_cancer", 5);
        l1(ledger, "diabetes", 5.0);
        l1(ledger, "breast_cancer", 0.02);
        permutation(ledger, "diabetes");
        permutation(ledger, "breast_cancer");
        anonymity(ledger);
    });
}

/// The outcome a set's target is.
enum Target {
    Numbers(Vec<f64>),
    Classes(Vec<u32>, usize),
}

impl Target {
    fn of(data: &DataSet) -> Self {
        match data.name {
            "diabetes" => Self::Numbers(data.numbers()),
            _ => {
                let (codes, n_classes) = data.classes();
                Self::Classes(codes, n_classes)
            }
        }
    }

    fn outcome(&self) -> Outcome<'_> {
        match self {
            Self::Numbers(values) => Outcome::Numbers(values),
            Self::Classes(codes, n_classes) => Outcome::Classes { codes, n_classes: *n_classes },
        }
    }
}

fn table_of(matrix: &Matrix) -> Table {
    let column = |(position, name): (usize, &String)| Column {
        name: name.clone(),
        data: ColumnData::Number(matrix.column(position)),
    };
    Table::new(matrix.names().iter().enumerate().map(column).collect()).unwrap()
}

fn categories(data: &DataSet) -> Table {
    let is_category = |column: &&Column| matches!(column.data, ColumnData::Category { .. });
    Table::new(data.table.columns().filter(is_category).cloned().collect()).unwrap()
}

fn prepared(steps: &str, table: &Table, outcome: Option<Outcome<'_>>, seed: u64) -> (Fitted, Matrix) {
    let steps: Vec<PrepareStep> = serde_json::from_str(steps).unwrap();
    let (fitted, _) = fit_with_target(&steps, table, outcome, seed, &mut unwatched).unwrap();
    let matrix = fitted.apply(table).unwrap();
    (fitted, matrix)
}

fn selected(steps: &str, table: &Table, outcome: Option<Outcome<'_>>, seed: u64) -> FittedSelect {
    let steps: Vec<PrepareStep> = serde_json::from_str(steps).unwrap();
    let (fitted, _) = fit_with_target(&steps, table, outcome, seed, &mut unwatched).unwrap();
    match fitted.steps.into_iter().next() {
        Some(
            FittedStep::SelectVariance(found)
            | FittedStep::SelectCorrelation(found)
            | FittedStep::SelectChi2(found)
            | FittedStep::SelectL1(found)
            | FittedStep::SelectMutualInformation(found)
            | FittedStep::SelectPermutation(found)
            | FittedStep::SelectRecursive(found),
        ) => found,
        _ => panic!("the step selects"),
    }
}

fn scores(found: &FittedSelect) -> Vec<f64> {
    found.columns.iter().map(|scored| scored.score).collect()
}

/// The positions of the columns kept.
fn kept(found: &FittedSelect) -> Vec<f64> {
    (0..found.columns.len()).filter(|&at| found.columns[at].kept).map(|at| at as f64).collect()
}

fn of_columns(matrix: &Matrix, summary: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    (0..matrix.n_columns()).map(|column| summary(&matrix.column(column))).collect()
}

/// A number that stands for a column.
type Summary = fn(&[f64]) -> f64;

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn powers(ledger: &mut Ledger) {
    let cases = [
        ("box_cox", "iris"),
        ("box_cox", "wine"),
        ("yeo_johnson", "breast_cancer"),
        ("yeo_johnson", "diabetes"),
    ];
    for (method, name) in cases {
        let table = table_of(&data::small(name).encoded());
        let (fitted, matrix) = prepared(&format!(r#"[{{"method":"{method}"}}]"#), &table, None, 0);
        let (FittedStep::BoxCox(powers) | FittedStep::YeoJohnson(powers)) = &fitted.steps[0] else {
            panic!("the step is a power")
        };
        let lambdas: Vec<f64> = powers.columns.iter().map(|column| column.lambda).collect();
        let path = |what: &str| format!("/{method}/{name}/{what}");
        // Both stop where values of the likelihood no longer tell powers apart: the square root of a rounding error, times
        // the flatness of the peak.
        let why = "both searches stop where rounding hides the peak of the likelihood";
        let expected = ledger.numbers(&path("lambdas"));
        ledger.all_equal(method, name, "lambda", (&lambdas, &expected), 1e-6, why);
        let expected = ledger.numbers(&path("largest"));
        let why = "follows from lambda";
        ledger.all_equal(
            method,
            name,
            "largest value",
            (&of_columns(&matrix, largest), &expected),
            1e-6,
            why,
        );
    }
}

fn scales(ledger: &mut Ledger, name: &'static str) {
    let table = table_of(&data::small(name).encoded());
    let why = "the same arithmetic, in another order";
    let cases: [(&str, &str, &str, Summary); 4] = [
        ("robust_scale", "robust_largest", r#"[{"method":"robust_scale"}]"#, largest),
        (
            "robust_scale",
            "robust_normal_largest",
            r#"[{"method":"robust_scale","lower":0.1,"upper":0.9,"as_normal":true}]"#,
            largest,
        ),
        ("min_max", "min_max_mean", r#"[{"method":"min_max","low":-1,"high":2}]"#, mean),
        (
            "winsorize",
            "winsorized_mean",
            r#"[{"method":"winsorize","rule":"quantile","lower":0.05,"upper":0.9}]"#,
            mean,
        ),
    ];
    for (method, what, steps, summary) in cases {
        let (_, matrix) = prepared(steps, &table, None, 0);
        let expected = ledger.numbers(&format!("/scale/{name}/{what}"));
        ledger.all_equal(method, name, what, (&of_columns(&matrix, summary), &expected), 1e-12, why);
    }
}

fn far_values(ledger: &mut Ledger, name: &'static str) {
    let table = table_of(&data::small(name).encoded());
    let found = outliers(&table, &OutliersParams::default(), &mut unwatched).unwrap();
    for (rule, what) in ["iqr", "z", "robust_z"].into_iter().enumerate() {
        let counts: Vec<f64> = found
            .columns
            .iter()
            .map(|column| (column.rules[rule].below + column.rules[rule].above) as f64)
            .collect();
        let expected = ledger.numbers(&format!("/outliers/{name}/{what}"));
        ledger.all_equal("outliers", name, &format!("rows by {what}"), (&counts, &expected), 0.0, "a count");
    }
}

fn encoders(ledger: &mut Ledger, data: &DataSet) {
    let (table, target) = (categories(data), Target::of(data));
    let cases = [("auto", ""), ("fixed", r#","smoothing":20"#)];
    for (what, smoothing) in cases {
        let steps = format!(r#"[{{"method":"target_encoding"{smoothing}}}]"#);
        let (fitted, _) = prepared(&steps, &table, Some(target.outcome()), 0);
        let expected = ledger.numbers(&format!("/target_encoding/{}/{what}", data.name));
        let quantity = format!("encoding of each level, {what} smoothing");
        let why = "the same sums in another order";
        ledger.all_equal(
            "target_encoding",
            data.name,
            &quantity,
            (&encodings(&fitted), &expected),
            1e-12,
            why,
        );
    }
    for method in ["ordinal", "frequency"] {
        let (_, matrix) = prepared(&format!(r#"[{{"method":"{method}"}}]"#), &table, None, 0);
        let expected = ledger.numbers(&format!("/encoded_means/{}/{method}", data.name));
        let why = "the same numbers, summed in another order";
        ledger.all_equal(method, data.name, "mean code", (&of_columns(&matrix, mean), &expected), 1e-12, why);
    }
    let (_, matrix) =
        prepared(r#"[{"method":"group_rare","min_count":200},{"method":"ordinal"}]"#, &table, None, 0);
    let levels = of_columns(&matrix, |values| largest(values) + 1.0);
    let expected = ledger.numbers(&format!("/encoded_means/{}/levels_without_rare", data.name));
    let counted = levels.iter().zip(&expected).filter(|(own, other)| *own >= *other).count() as f64;
    // A level kept by name may sort after "other", which exists for rows never seen even when no level is rare.
    let all = expected.len() as f64;
    ledger.equal("group_rare", data.name, "columns with no fewer levels", (counted, all), 0.0, "a count");
    let codes = prepared(
        r#"[{"method":"select_mutual_information","k":100,"max_rows":1000000},{"method":"ordinal"}]"#,
        &table,
        Some(target.outcome()),
        0,
    );
    let FittedStep::SelectMutualInformation(found) = &codes.0.steps[0] else { panic!("the step selects") };
    let expected = ledger.numbers(&format!("/discrete_information/{}", data.name));
    let why = "a sum over the same counts";
    ledger.all_equal(
        "select_mutual_information",
        data.name,
        "information of categories",
        (&scores(found), &expected),
        1e-12,
        why,
    );
}

fn encodings(fitted: &Fitted) -> Vec<f64> {
    let FittedStep::TargetEncoding(encoding) = &fitted.steps[0] else { panic!("the step encodes") };
    encoding.columns.iter().flat_map(|column| column.values.clone()).collect()
}

fn encoder_of_numbers(ledger: &mut Ledger) {
    let data = data::bank();
    let ColumnData::Number(age) = &data.table.column("age").unwrap().data else { panic!("age is a number") };
    let (fitted, _) =
        prepared(r#"[{"method":"target_encoding"}]"#, &categories(&data), Some(Outcome::Numbers(age)), 0);
    let expected = ledger.numbers("/target_encoding_of_numbers");
    let why = "the same sums in another order";
    let what = "mean age of each level";
    ledger.all_equal("target_encoding", "bank-marketing", what, (&encodings(&fitted), &expected), 1e-12, why);
}

fn variance_and_correlation(ledger: &mut Ledger, name: &'static str) {
    let table = table_of(&data::small(name).encoded());
    let found = selected(r#"[{"method":"select_variance","threshold":0.5}]"#, &table, None, 0);
    let expected = ledger.numbers(&format!("/variance/{name}/scores"));
    let why = "both in two passes, in another order";
    ledger.all_equal("select_variance", name, "variance", (&scores(&found), &expected), 1e-11, why);
    let expected = ledger.numbers(&format!("/variance/{name}/kept"));
    ledger.all_equal("select_variance", name, "column kept", (&kept(&found), &expected), 0.0, "a choice");
    let found = selected(r#"[{"method":"select_correlation","threshold":0.8}]"#, &table, None, 0);
    let expected = ledger.numbers(&format!("/correlation/{name}/scores"));
    let why = "the same sums in another order";
    ledger.all_equal("select_correlation", name, "correlation", (&scores(&found), &expected), 1e-12, why);
    let expected = ledger.numbers(&format!("/correlation/{name}/kept"));
    ledger.all_equal("select_correlation", name, "column kept", (&kept(&found), &expected), 0.0, "a choice");
}

fn chi2(ledger: &mut Ledger, data: &DataSet) {
    let target = Target::of(data);
    let steps = r#"[{"method":"select_chi2","k":5}]"#;
    let found = selected(steps, &table_of(&data.encoded()), Some(target.outcome()), 0);
    let expected = ledger.numbers(&format!("/chi2/{}/scores", data.name));
    let why = "the same sums in another order";
    ledger.all_equal("select_chi2", data.name, "statistic", (&scores(&found), &expected), 1e-10, why);
    let p: Vec<f64> = found.columns.iter().map(|scored| scored.p_value.unwrap()).collect();
    let expected = ledger.numbers(&format!("/chi2/{}/p", data.name));
    let why = "the tail of the same statistic";
    ledger.all_equal("select_chi2", data.name, "p", (&p, &expected), 1e-12, why);
}

fn information(ledger: &mut Ledger, name: &'static str) {
    let data = data::small(name);
    let (table, target) = (table_of(&data.encoded()), Target::of(&data));
    let runs: Vec<Vec<f64>> = (0..30)
        .map(|seed| {
            let steps = r#"[{"method":"select_mutual_information","max_discrete":2,"k":5}]"#;
            scores(&selected(steps, &table, Some(target.outcome()), seed))
        })
        .collect();
    let means: Vec<f64> = (0..runs[0].len())
        .map(|column| mean(&runs.iter().map(|run| run[column]).collect::<Vec<f64>>()))
        .collect();
    let expected = ledger.numbers(&format!("/information/{name}/mean"));
    let deviations = ledger.numbers(&format!("/information/{name}/deviation"));
    // Ties are broken by a noise of their own: two means of thirty estimates differ by √(2/30) standard deviations, and
    // the worst of up to thirty columns by four times that.
    let spread = largest(&deviations);
    let tolerance = 4.0 * (2.0f64 / 30.0).sqrt() * spread + 1e-9;
    let why = "ties are broken at random: four standard errors of the difference of two means of 30";
    let method = "select_mutual_information";
    ledger.all_equal(method, name, "mean information", (&means, &expected), tolerance, why);
}

fn recursive(ledger: &mut Ledger, name: &'static str, k: usize) {
    let data = data::small(name);
    let target = Target::of(&data);
    let steps = format!(r#"[{{"method":"select_recursive","k":{k}}}]"#);
    let found = selected(&steps, &table_of(&data.standardized()), Some(target.outcome()), 0);
    let n_rounds = found.columns.iter().filter_map(|scored| scored.left_out_in_round).max().unwrap_or(0);
    let rank = |round: Option<usize>| round.map_or(1.0, |round| (n_rounds + 2 - round) as f64);
    let ranks: Vec<f64> = found.columns.iter().map(|scored| rank(scored.left_out_in_round)).collect();
    let expected = ledger.numbers(&format!("/recursive/{name}"));
    ledger.all_equal("select_recursive", name, "rank", (&ranks, &expected), 0.0, "a choice");
}

fn l1(ledger: &mut Ledger, name: &'static str, alpha: f64) {
    let data = data::small(name);
    let target = Target::of(&data);
    let steps = format!(r#"[{{"method":"select_l1","alpha":{alpha}}}]"#);
    let found = selected(&steps, &table_of(&data.standardized()), Some(target.outcome()), 0);
    let expected = ledger.numbers(&format!("/l1/{name}"));
    let why = "both descend to the optimum of the same convex sum, the reference to a gap of 1e-12";
    ledger.all_equal("select_l1", name, "coefficient size", (&scores(&found), &expected), 1e-6, why);
    let chosen: Vec<f64> = (0..expected.len()).filter(|&at| expected[at] > 0.0).map(|at| at as f64).collect();
    ledger.all_equal("select_l1", name, "column kept", (&kept(&found), &chosen), 0.0, "a choice");
}

fn permutation(ledger: &mut Ledger, name: &'static str) {
    let data = data::small(name);
    let (table, target) = (table_of(&data.standardized()), Target::of(&data));
    let n_columns = table.columns().len();
    let mut sums = vec![0.0; n_columns];
    for seed in 0..40 {
        let found = selected(r#"[{"method":"select_permutation"}]"#, &table, Some(target.outcome()), seed);
        sums.iter_mut().zip(scores(&found)).for_each(|(sum, score)| *sum += score / 40.0);
    }
    let expected = ledger.numbers(&format!("/permutation/{name}"));
    let why = "means over 40 random cuts and 5 shuffles; their standard error, largest for the largest, is a tenth of it";
    let tolerance = 0.3 * largest(&expected);
    ledger.all_equal("select_permutation", name, "mean worsening", (&sums, &expected), tolerance, why);
    let best =
        |values: &[f64]| (0..n_columns).max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap() as f64;
    let pair = (best(&sums), best(&expected));
    ledger.equal("select_permutation", name, "position of the most needed column", pair, 0.0, "a choice");
}

fn anonymity(ledger: &mut Ledger) {
    let (bank, german) = (data::bank(), data::german());
    let german_name = |position: usize| german.table.column_at(position).name.clone();
    let cases = [
        (&bank, vec!["job".to_owned(), "marital".to_owned(), "education".to_owned()], "loan".to_owned()),
        (&german, vec![german_name(8), german_name(14)], german_name(2)),
    ];
    for (data, quasi_identifiers, sensitive) in cases {
        let params = RiskParams { quasi_identifiers, sensitive: vec![sensitive], ..RiskParams::default() };
        let found = k_anonymity(&data.table, &params, &mut unwatched).unwrap();
        let diversity = &found.diversity[0];
        let counts = [
            ("n_groups", found.n_groups),
            ("smallest", found.smallest_group),
            ("rows_below_5", found.rows_below_k),
            ("distinct_l", diversity.distinct_l),
            ("groups_below_2", diversity.groups_below_l),
        ];
        for (what, count) in counts {
            let expected = ledger.number(&format!("/anonymity/{}/{what}", data.name));
            ledger.equal("k_anonymity", data.name, what, (count as f64, expected), 0.0, "a count");
        }
        let expected = ledger.number(&format!("/anonymity/{}/entropy_l", data.name));
        let pair = (diversity.entropy_l, expected);
        ledger.equal("k_anonymity", data.name, "entropy_l", pair, 1e-12, "a sum over the same counts");
    }
}
