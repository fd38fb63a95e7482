//! The real data sets, read as `tools/reference/real_data.py` reads them: same rows, same columns, same order.

use std::io::Read;
use std::path::PathBuf;

use stillroom_analytics::{Column, ColumnData, Matrix, Table};

/// Where the shared data are, when they are there.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"))
}

/// A real data set: its columns without identifiers and leaks, and its target.
#[derive(Debug, Clone)]
pub(crate) struct DataSet {
    pub(crate) name: &'static str,
    /// The columns to learn from, numbers or categories, none missing.
    pub(crate) table: Table,
    /// The target as it is written.
    pub(crate) target: Vec<String>,
}

/// `iris`, `wine`, `breast_cancer` (classes 0, 1, 2) and `diabetes` (a number): all columns are numbers.
pub(crate) fn small(name: &'static str) -> DataSet {
    read(name, &format!("small-classic/{name}.csv"), ',', &[], "target")
}

/// 7,043 customers; target `Yes` or `No`.
pub(crate) fn telco() -> DataSet {
    read("telco-churn", "telco-churn/Telco-Customer-Churn.csv", ',', &["customerID"], "Churn")
}

/// 4,119 calls, without the call's duration, which is known only afterwards; target `yes` or `no`.
pub(crate) fn bank() -> DataSet {
    read("bank-marketing", "bank-marketing/bank-additional.csv", ';', &["duration"], "y")
}

/// 1,000 applicants; target `1` good, `2` bad.
pub(crate) fn german() -> DataSet {
    read("german-credit", "german-credit/german.data.csv", ' ', &[], "Customer class")
}

impl DataSet {
    /// Number columns as they are, categories one-hot without their first level in byte order, in the file's order.
    pub(crate) fn encoded(&self) -> Matrix {
        let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
        for column in self.table.columns() {
            match &column.data {
                ColumnData::Category { codes, levels } => {
                    for (level, label) in levels.iter().enumerate().skip(1) {
                        let indicator = |&code: &u32| f64::from(u8::from(code as usize == level));
                        let name = format!("{}={label}", column.name);
                        columns.push((name, codes.iter().map(indicator).collect()));
                    }
                }
                ColumnData::Number(values) => columns.push((column.name.clone(), values.clone())),
                other => panic!("{} is not of this file", other.type_name()),
            }
        }
        let values = (0..self.target.len()).flat_map(|row| columns.iter().map(move |column| column.1[row]));
        let values = values.collect();
        Matrix::new(columns.into_iter().map(|column| column.0).collect(), values).unwrap()
    }

    /// [`Self::encoded`] with mean 0 and variance 1 (divisor n) over all rows.
    pub(crate) fn standardized(&self) -> Matrix {
        let matrix = self.encoded();
        let n_rows = matrix.n_rows() as f64;
        let scale = |column: usize| {
            let values = matrix.column(column);
            let mean = values.iter().sum::<f64>() / n_rows;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n_rows;
            (mean, variance.sqrt())
        };
        let scales: Vec<(f64, f64)> = (0..matrix.n_columns()).map(scale).collect();
        let rows = matrix.values().chunks_exact(scales.len());
        let values =
            rows.flat_map(|row| row.iter().zip(&scales).map(|(value, (mean, sd))| (value - mean) / sd));
        Matrix::new(matrix.names().to_vec(), values.collect()).unwrap()
    }

    /// The target as numbers.
    pub(crate) fn numbers(&self) -> Vec<f64> {
        self.target.iter().map(|cell| cell.parse().unwrap()).collect()
    }

    /// The target as classes, in the byte order of their labels, and their number: the last of two is the positive one.
    pub(crate) fn classes(&self) -> (Vec<u32>, usize) {
        let ColumnData::Category { codes, levels } =
            ColumnData::from_labels(self.target.iter().map(|label| Some(label.as_str())))
        else {
            panic!("labels make a category")
        };
        (codes, levels.len())
    }

    /// The rows that teach and those that judge: 80 and 20 of a hundred, stratified, seed 42, fixed in a file.
    pub(crate) fn cut(&self) -> (Vec<usize>, Vec<usize>) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/splits.json");
        let splits: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let digits = splits[self.name].as_str().unwrap().as_bytes();
        let nibble = |row: usize| (digits[row / 4] as char).to_digit(16).unwrap();
        let is_test = |row: &usize| nibble(*row) >> (3 - row % 4) & 1 == 1;
        (0..self.target.len()).partition(|row| !is_test(row))
    }
}

fn read(name: &'static str, path: &str, separator: char, left_out: &[&str], target: &str) -> DataSet {
    let text = std::fs::read(folder().join(path)).unwrap();
    let mut reader = text.as_slice();
    let mut content = String::new();
    reader.read_to_string(&mut content).unwrap();
    let cells = |line: &str, separator: char| -> Vec<String> {
        line.trim_end().split(separator).map(|cell| cell.trim_matches('"').to_owned()).collect()
    };
    let mut lines = content.lines();
    let mut header = cells(lines.next().unwrap(), if separator == ' ' { ',' } else { separator });
    if separator == ' ' {
        header.remove(0);
    }
    let rows: Vec<Vec<String>> = lines.map(|line| cells(line, separator)).collect();
    let column = |at: usize| rows.iter().map(|row| row[at].clone()).collect::<Vec<String>>();
    let is_kept = |at: &usize| header[*at] != target && !left_out.contains(&header[*at].as_str());
    let columns = (0..header.len()).filter(is_kept).map(|at| typed(&header[at], column(at)));
    let target = column(header.iter().position(|name| name == target).unwrap());
    DataSet { name, table: Table::new(columns.collect()).unwrap(), target }
}

/// Numbers where every cell is one, a blank one counting as 0 (the charges of customers who just came); else categories.
fn typed(name: &str, cells: Vec<String>) -> Column {
    let number = |cell: &String| match cell.trim() {
        "" => Some(0.0),
        text => text.parse::<f64>().ok(),
    };
    let data = match cells.iter().map(number).collect::<Option<Vec<f64>>>() {
        Some(values) => ColumnData::Number(values),
        None => ColumnData::from_labels(cells.iter().map(|cell| Some(cell.as_str()))),
    };
    Column { name: name.to_owned(), data }
}

#[test]
fn both_readers_see_the_same_rows_and_columns() {
    if !folder().is_dir() {
        println!("skipped: no shared data");
        return;
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/shapes.json");
    let shapes: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for data in [telco(), bank(), german()] {
        let expected = &shapes[data.name];
        let matrix = data.standardized();
        assert_eq!(serde_json::json!(matrix.names()), expected["columns"], "{}", data.name);
        let weighted = matrix.values().iter().enumerate().map(|(cell, value)| value * (cell % 7) as f64);
        // A sum of 200,000 numbers near 1, rounded in another order.
        assert!((weighted.sum::<f64>() - expected["sum"].as_f64().unwrap()).abs() < 1e-6, "{}", data.name);
        let (codes, n_classes) = data.classes();
        let counts: Vec<usize> =
            (0..n_classes as u32).map(|class| codes.iter().filter(|&&code| code == class).count()).collect();
        assert_eq!(serde_json::json!(counts), expected["classes"], "{}", data.name);
        assert_eq!(serde_json::json!(data.cut().1.len()), expected["test"], "{}", data.name);
    }
}

/// One order line with a customer: customer and order, when, how much.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) text: [String; 2],
    pub(crate) millis: i64,
    pub(crate) quantity: f64,
    pub(crate) unit_price: f64,
}

/// 6,919 purchases of CDs by 2,357 customers, each line an order.
pub(crate) fn cdnow() -> Vec<Line> {
    let text = std::fs::read_to_string(folder().join("cdnow/CDNOW_sample.txt")).unwrap();
    let line = |(number, line): (usize, &str)| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let quantity: f64 = cells[3].parse().unwrap();
        Line {
            text: [cells[1].to_owned(), number.to_string()],
            millis: millis(&cells[2][..4], &cells[2][4..6], &cells[2][6..8], "00:00:00"),
            quantity,
            unit_price: cells[4].parse::<f64>().unwrap() / quantity,
        }
    };
    text.lines().enumerate().map(line).collect()
}

/// The lines of an online shop that name a customer.
pub(crate) fn online_retail() -> Vec<Line> {
    let file =
        std::fs::File::open(folder().join("online-retail/online_retail_2010-12_2011-08.csv.gz")).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let line = |line: &str| {
        // A description may hold commas inside quotes: the other cells are counted from either end.
        let (order, rest) = line.split_once(',').unwrap();
        let mut cells = rest.rsplitn(6, ',');
        let (_country, customer) = (cells.next().unwrap(), cells.next().unwrap());
        let (price, when, quantity) = (cells.next().unwrap(), cells.next().unwrap(), cells.next().unwrap());
        let (date, clock) = when.split_once(' ').unwrap();
        (!customer.is_empty()).then(|| Line {
            text: [customer.to_owned(), order.to_owned()],
            millis: millis(&date[..4], &date[5..7], &date[8..10], clock),
            quantity: quantity.parse().unwrap(),
            unit_price: price.parse().unwrap(),
        })
    };
    text.lines().skip(1).filter_map(line).collect()
}

/// Milliseconds since 1970 of a date of the Gregorian calendar (days by Hinnant's count from March) and a time of day.
fn millis(year: &str, month: &str, day: &str, clock: &str) -> i64 {
    let [year, month, day]: [i64; 3] = [year, month, day].map(|text| text.parse().unwrap());
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719_469;
    let seconds = clock.split(':').fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap());
    (days * 86_400 + seconds) * 1000
}
