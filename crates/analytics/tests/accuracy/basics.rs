//! Describing, filling and encoding columns, and order lines summed up.

use stillroom_analytics::group::kmeans::{ChooseParams, choose_k};
use stillroom_analytics::outcome::{COLUMN, Measure, OutcomeParams, outcomes};
use stillroom_analytics::prepare::{self, PrepareStep};
use stillroom_analytics::profile::missingness::{MissingnessParams, missingness};
use stillroom_analytics::profile::{NumberSummary, ProfileParams, Summary, profile};
use stillroom_analytics::progress::unwatched;
use stillroom_analytics::rfm::{OrderLines, Rfm, Times, rfm};
use stillroom_analytics::{Column, ColumnData, Matrix, Table};

use super::data;
use super::ledger::{Ledger, run};

const ROUNDING: &str = "the same sums in another order";
const EXACT: &str = "counts";

#[test]
fn basic_steps_agree_with_numpy_pandas_and_scikit_learn() {
    run("basics", |ledger| {
        for name in ["wine", "breast_cancer"] {
            described(ledger, name);
            filled_and_scaled(ledger, name);
        }
        one_hot(ledger, &data::telco());
        one_hot(ledger, &data::german());
        for name in ["cdnow", "online-retail"] {
            summed(ledger, name);
        }
        for name in ["iris", "wine"] {
            chosen(ledger, name);
        }
    });
}

fn prepared(steps: &str, table: &Table) -> Matrix {
    let steps: Vec<PrepareStep> = serde_json::from_str(steps).unwrap();
    prepare::fit(&steps, table, &mut unwatched).unwrap().apply(table).unwrap()
}

fn weighted_sum(matrix: &Matrix) -> f64 {
    matrix.values().iter().enumerate().map(|(cell, value)| value * (1 + cell % 7) as f64).sum()
}

/// Every seventh cell, row by row, taken out.
fn with_gaps(table: &Table) -> Table {
    let width = table.columns().len();
    let column = |(at, column): (usize, &Column)| {
        let ColumnData::Number(values) = &column.data else { panic!("all columns are numbers") };
        let holed = values.iter().enumerate();
        let holed = holed.map(|(row, &value)| if (row * width + at) % 7 == 3 { f64::NAN } else { value });
        Column { name: column.name.clone(), data: ColumnData::Number(holed.collect()) }
    };
    Table::new(table.columns().enumerate().map(column).collect()).unwrap()
}

fn described(ledger: &mut Ledger, name: &'static str) {
    let table = data::small(name).table;
    let found = profile(&table, &ProfileParams::default().check().unwrap(), &mut unwatched).unwrap();
    let summaries: Vec<NumberSummary> = found
        .columns
        .into_iter()
        .map(|column| match column.summary {
            Some(Summary::Number(summary)) => summary,
            _ => panic!("all columns are numbers"),
        })
        .collect();
    type Figure = (&'static str, fn(&NumberSummary) -> f64);
    let figures: [Figure; 8] = [
        ("mean", |it| it.mean),
        ("standard_deviation", |it| it.standard_deviation.unwrap()),
        ("median", |it| it.median),
        ("lower_quartile", |it| it.lower_quartile),
        ("upper_quartile", |it| it.upper_quartile),
        ("skewness", |it| it.skewness.unwrap()),
        ("min", |it| it.min),
        ("max", |it| it.max),
    ];
    for (figure, of) in figures {
        let values: Vec<f64> = summaries.iter().map(of).collect();
        let expected = ledger.numbers(&format!("/numbers/{name}/{figure}"));
        ledger.all_equal("profile", name, &figure.replace('_', " "), (&values, &expected), 1e-10, ROUNDING);
    }
    let gaps = missingness(&with_gaps(&table), &MissingnessParams::default(), &mut unwatched).unwrap();
    let missing: Vec<f64> = gaps.columns.iter().map(|column| column.missing as f64).collect();
    let expected = ledger.numbers(&format!("/numbers/{name}/missing"));
    ledger.all_equal("missingness", name, "gaps of a column", (&missing, &expected), 0.0, EXACT);
    let counts = [("complete", gaps.complete_rows), ("patterns", gaps.n_patterns)];
    for (figure, count) in counts {
        let expected = ledger.number(&format!("/numbers/{name}/{figure}"));
        ledger.equal("missingness", name, figure, (count as f64, expected), 0.0, EXACT);
    }
}

fn filled_and_scaled(ledger: &mut Ledger, name: &'static str) {
    let table = data::small(name).table;
    let weighted = "sum of all cells, weighted by place";
    for method in ["standardize", "log1p"] {
        let found = weighted_sum(&prepared(&format!(r#"[{{"method":"{method}"}}]"#), &table));
        let expected = ledger.number(&format!("/numbers/{name}/{method}"));
        ledger.equal(method, name, weighted, (found, expected), 1e-9, ROUNDING);
    }
    for strategy in ["mean", "median"] {
        let step = format!(r#"[{{"method":"impute","strategy":"{strategy}"}}]"#);
        let found = weighted_sum(&prepared(&step, &with_gaps(&table)));
        let expected = ledger.number(&format!("/numbers/{name}/impute/{strategy}"));
        ledger.equal("impute", name, &format!("{weighted}, {strategy}"), (found, expected), 1e-10, ROUNDING);
    }
}

fn one_hot(ledger: &mut Ledger, data: &data::DataSet) {
    let categories = data.table.columns().filter(|column| column.data.type_name() == "category");
    let table = Table::new(categories.cloned().collect()).unwrap();
    let matrix = prepared(r#"[{"method":"one_hot"}]"#, &table);
    let sums: Vec<f64> = (0..matrix.n_columns()).map(|column| matrix.column(column).iter().sum()).collect();
    let expected = ledger.numbers(&format!("/categories/{}/sums", data.name));
    ledger.all_equal("one_hot", data.name, "rows of a level", (&sums, &expected), 0.0, EXACT);
}

/// Order lines as columns.
struct Lines {
    customers: Vec<u32>,
    orders: Vec<u32>,
    times: Vec<Option<i64>>,
    quantities: Vec<f64>,
    unit_prices: Vec<f64>,
}

impl Lines {
    fn read(name: &str) -> Self {
        let lines = if name == "cdnow" { data::cdnow() } else { data::online_retail() };
        let codes = |at: usize| match ColumnData::from_labels(
            lines.iter().map(|line| Some(line.text[at].as_str())),
        ) {
            ColumnData::Category { codes, .. } => codes,
            _ => panic!("labels make a category"),
        };
        Self {
            customers: codes(0),
            orders: codes(1),
            times: lines.iter().map(|line| Some(line.millis)).collect(),
            quantities: lines.iter().map(|line| line.quantity).collect(),
            unit_prices: lines.iter().map(|line| line.unit_price).collect(),
        }
    }

    fn borrowed(&self) -> OrderLines<'_> {
        OrderLines {
            customers: &self.customers,
            orders: &self.orders,
            times: Times::Whole(&self.times),
            quantities: &self.quantities,
            unit_prices: &self.unit_prices,
        }
    }
}

fn total(found: &Rfm, column: &str) -> f64 {
    match &found.table.column(column).unwrap().data {
        ColumnData::Number(values) => values.iter().sum(),
        _ => panic!("{column} is a number"),
    }
}

fn summed(ledger: &mut Ledger, name: &'static str) {
    let lines = Lines::read(name);
    let found = rfm(lines.borrowed(), None).unwrap();
    let path = |what: &str| format!("/orders/{name}/{what}");
    let n = found.customers.len() as f64;
    ledger.equal("rfm", name, "customers", (n, ledger.number(&path("rfm/n"))), 0.0, EXACT);
    for column in ["recency_days", "tenure_days", "frequency", "monetary", "items"] {
        let expected = ledger.number(&path(&format!("rfm/{column}")));
        ledger.equal("rfm", name, &format!("Σ {column}"), (total(&found, column), expected), 1e-11, ROUNDING);
    }
    let asked = |measure| OutcomeParams { measure, horizon_days: 60, ..OutcomeParams::default() };
    let bought = outcomes(lines.borrowed(), &asked(Measure::Buys)).unwrap().past;
    let ColumnData::Category { codes, .. } = &bought.table.column(COLUMN).unwrap().data else {
        panic!("who buys is yes or no")
    };
    let buys = codes.iter().filter(|&&code| code == 1).count() as f64;
    let counts = [("n", bought.customers.len() as f64), ("buys", buys)];
    for (what, count) in counts {
        ledger.equal(
            "outcome",
            name,
            what,
            (count, ledger.number(&path(&format!("outcome/{what}")))),
            0.0,
            EXACT,
        );
    }
    let spent = outcomes(lines.borrowed(), &asked(Measure::Spend)).unwrap().past;
    let sums = [("spend", COLUMN), ("recency_days", "recency_days"), ("monetary", "monetary")];
    for (what, column) in sums {
        let expected = ledger.number(&path(&format!("outcome/{what}")));
        ledger.equal(
            "outcome",
            name,
            &format!("Σ {what}"),
            (total(&spent, column), expected),
            1e-11,
            ROUNDING,
        );
    }
    dates(ledger, name, &lines);
}

fn dates(ledger: &mut Ledger, name: &'static str, lines: &Lines) {
    let when = Column { name: "t".to_owned(), data: ColumnData::Time(lines.times.clone()) };
    let table = Table::new(vec![when]).unwrap();
    let sum = |matrix: &Matrix, column: usize| matrix.column(column).iter().sum::<f64>();
    let days = prepared(r#"[{"method":"days_since"}]"#, &table);
    let expected = ledger.number(&format!("/orders/{name}/days_since"));
    ledger.equal("days_since", name, "Σ days", (sum(&days, 0), expected), 1e-11, ROUNDING);
    let step = r#"[{"method":"date_parts","year":true,"day_of_year":false,"hour":false}]"#;
    let parts = prepared(step, &table);
    for part in ["day_of_week", "month", "year", "weekend"] {
        let ending = if part == "weekend" { "_is_weekend".to_owned() } else { format!("_{part}") };
        let column = parts.names().iter().position(|name| name.ends_with(&ending)).unwrap();
        let expected = ledger.number(&format!("/orders/{name}/date_parts/{part}"));
        ledger.equal("date_parts", name, &format!("Σ {part}"), (sum(&parts, column), expected), 0.0, EXACT);
    }
}

fn chosen(ledger: &mut Ledger, name: &'static str) {
    let matrix = data::small(name).standardized();
    let advice = choose_k(&matrix, &ChooseParams::default().check().unwrap(), 42, &mut unwatched).unwrap();
    let expected = ledger.numbers(&format!("/choose_k/{name}/silhouettes"));
    let best = (2..).zip(&expected).max_by(|left, right| left.1.total_cmp(right.1)).unwrap();
    let found = advice.points.iter().find(|point| point.k == best.0).unwrap();
    let silhouette = found.silhouette.as_ref().unwrap().mean;
    let k = (advice.by_silhouette as f64, f64::from(best.0 as u32));
    ledger.equal("choose_k", name, "k of the best silhouette", k, 0.0, EXACT);
    let why = "the same partition: the best of many starts on either side";
    ledger.equal("choose_k", name, "its silhouette", (silhouette, *best.1), 1e-9, why);
}
