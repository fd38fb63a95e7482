//! `cargo xtask accuracy`: every method beside its reference implementation on real data, as a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::house::House;
use crate::process;

const HEAD: &str = "# Accuracy

Every method on real data sets beside its reference implementation (scikit-learn, statsmodels, scipy, shap; the versions stand
in `tools/reference/requirements.txt`). *Equal* rows differ by no more than the tolerance, relative to the larger of the
reference and 1; *at least* rows, where more is better, may fall short by no more than it. The reason for each tolerance stands
under its table. Splits are stratified 80/20 with seed 42, the same rows for both sides.

Made by `cargo xtask accuracy`, which runs the tests in `crates/analytics/tests/accuracy` on the data sets in `../shared/data`;
the reference values come from `tools/reference/accuracy_*.py`.
";

/// The families whose methods must have rows, and the data sets each needs.
const FAMILIES: [&str; 4] = ["prepare", "reduce", "group", "predict"];
const DATA_SETS: usize = 2;

/// Runs the comparison and writes `docs/ACCURACY.md`.
pub(crate) fn run(house: &House) -> Result<()> {
    let folder = house.target.join("accuracy");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut test = house.command("cargo");
    test.args(["test", "--quiet", "--package", "stillroom-analytics", "--test", "accuracy"]);
    test.env("STILLROOM_ACCURACY", &folder);
    let is_within = process::run(&mut test).is_ok();
    let rows = read(&folder)?;
    ensure!(!rows.is_empty(), "the real data sets are not there: nothing was compared");
    let path = house.root.join("docs/ACCURACY.md");
    fs::write(&path, page(&rows))?;
    println!("accuracy: {} rows in {}", rows.len(), path.display());
    ensure!(is_within, "some rows are outside their tolerance");
    let lacking = lacking(house, &rows)?;
    if !lacking.is_empty() {
        bail!("methods with fewer than {DATA_SETS} data sets: {}", lacking.join(", "));
    }
    Ok(())
}

fn read(folder: &std::path::Path) -> Result<Vec<Value>> {
    let mut files: Vec<_> = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(std::fs::DirEntry::path);
    let mut rows = Vec::new();
    for file in files {
        let text = fs::read_to_string(file.path())?;
        rows.extend(serde_json::from_str::<Vec<Value>>(&text).context("rows are JSON")?);
    }
    Ok(rows)
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

fn page(rows: &[Value]) -> String {
    let mut of_method: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    rows.iter().for_each(|row| of_method.entry(text(row, "method")).or_default().push(row));
    let mut page = HEAD.to_owned();
    for (method, rows) in of_method {
        table(&mut page, method, &rows);
    }
    page
}

fn table(page: &mut String, method: &str, rows: &[&Value]) {
    let mut reasons: Vec<&str> = Vec::new();
    let _ = write!(
        page,
        "\n## {method}\n\n| data set | quantity | rule | value | reference | difference | tolerance | why |\n"
    );
    page.push_str("|---|---|---|---:|---:|---:|---:|---:|\n");
    for row in rows {
        let why = text(row, "why");
        let number = reasons.iter().position(|known| *known == why).unwrap_or_else(|| {
            reasons.push(why);
            reasons.len() - 1
        });
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {:.1e} | {:.0e} | {} |",
            text(row, "data_set"),
            text(row, "quantity").replace('|', "\\|"),
            text(row, "kind").replace('-', " "),
            digits(&row["value"]),
            digits(&row["reference"]),
            row["difference"].as_f64().unwrap_or(f64::NAN),
            row["tolerance"].as_f64().unwrap_or(f64::NAN),
            number + 1,
        );
    }
    page.push('\n');
    for (number, why) in reasons.iter().enumerate() {
        let _ = writeln!(page, "{}. {why}", number + 1);
    }
}

fn digits(value: &Value) -> String {
    let number = value.as_f64().unwrap_or(f64::NAN);
    match number.abs() {
        size if size != 0.0 && !(1e-4..1e9).contains(&size) => format!("{number:.6e}"),
        size if size >= 1e4 => format!("{number:.3}"),
        _ => format!("{number:.8}"),
    }
}

/// The methods of the registry with too few data sets.
fn lacking(house: &House, rows: &[Value]) -> Result<Vec<String>> {
    let registry = process::output(house.command("cargo").args([
        "run",
        "--quiet",
        "--package",
        "stillroom-cli",
        "--",
        "methods",
        "--json",
    ]))?;
    let methods: Vec<Value> = serde_json::from_str(&registry)?;
    let needed = methods.iter().filter(|method| FAMILIES.contains(&text(method, "family")));
    let is_lacking = |name: &&str| {
        let is_of = |row: &&Value| text(row, "method").split(' ').next() == Some(*name);
        let data_sets = rows.iter().filter(is_of).map(|row| text(row, "data_set"));
        data_sets.collect::<std::collections::BTreeSet<_>>().len() < DATA_SETS
    };
    Ok(needed.map(|method| text(method, "name")).filter(is_lacking).map(str::to_owned).collect())
}
