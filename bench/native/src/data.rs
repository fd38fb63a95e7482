//! The data sets as the engine reads them. They are the same bytes for everyone: columns of little-endian numbers, one file each.

use std::fs::File;
use std::io::Read as _;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;
use stillroom_analytics::{Column, ColumnData, Table};
use stillroom_engine::{
    compute::{Frame, Job, Lines, Work},
    recipe::Recipe,
};

/// A whole number of the task.
pub(crate) fn count(task: &Value, name: &str) -> Result<usize> {
    let found = task[name].as_u64().with_context(|| format!("the task has no {name}"))?;
    Ok(usize::try_from(found)?)
}

fn bytes(path: &str, n: usize) -> Result<Vec<u8>> {
    let folder = std::env::var("STILLROOM_BENCH_DATA")?;
    let mut bytes = vec![0; n];
    let mut file = File::open(format!("{folder}/{path}")).with_context(|| format!("no data set {path}"))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The first `n` numbers of a column.
pub(crate) fn numbers(path: &str, n: usize) -> Result<Vec<f64>> {
    let bytes = bytes(&format!("{path}.f64"), n * 8)?;
    Ok(bytes.as_chunks::<8>().0.iter().map(|chunk| f64::from_le_bytes(*chunk)).collect())
}

/// The first `n` codes of a column.
pub(crate) fn codes(path: &str, n: usize) -> Result<Vec<u32>> {
    let bytes = bytes(&format!("{path}.u32"), n * 4)?;
    Ok(bytes.as_chunks::<4>().0.iter().map(|chunk| u32::from_le_bytes(*chunk)).collect())
}

fn set(task: &Value) -> Result<&str> {
    task["set"].as_str().context("the task names no set")
}

fn columns(set: &str, n_columns: usize, n_rows: usize) -> Result<Vec<Column>> {
    let one = |at| {
        let name = format!("x{at}");
        let data = ColumnData::Number(numbers(&format!("{set}/{name}"), n_rows)?);
        Ok(Column { name, data })
    };
    (0..n_columns).map(one).collect()
}

/// The rows that a model has not seen.
pub(crate) fn unseen(task: &Value) -> Result<Table> {
    let set = format!("{}-unseen", set(task)?);
    Ok(Table::new(columns(&set, count(task, "n_columns")?, count(task, "n_unseen")?)?)?)
}

/// What the engine is asked to do.
pub(crate) fn job(task: &Value) -> Result<Job> {
    let recipe = recipe(task)?;
    match task["kind"].as_str().unwrap_or_default() {
        "neighbours" => Ok(of_lines(recipe, baskets(task)?)),
        "rfm" => Ok(of_lines(recipe, order_lines(task)?)),
        "csv" => bail!("measured in the browser, where the package reads files"),
        "texts" => bail!("this engine has no bag of words yet"),
        _ => over_customers(task, recipe),
    }
}

fn over_customers(task: &Value, recipe: Recipe) -> Result<Job> {
    let n_rows = count(task, "n_rows")?;
    let mut all = columns(set(task)?, count(task, "n_columns")?, n_rows)?;
    if task["has_target"] == true {
        let y = numbers(&format!("{}/y", set(task)?), n_rows)?;
        let data = if task["is_classes"] == true {
            let codes = y.iter().map(|&class| class as u32).collect();
            ColumnData::Category { codes, levels: vec!["no".to_owned(), "yes".to_owned()] }
        } else {
            ColumnData::Number(y)
        };
        all.push(Column { name: "y".to_owned(), data });
    }
    let work = Work::over(recipe, &Table::new(all)?, None);
    work.map(Job::Recipe).map_err(|failure| anyhow!("{}: {}", failure.code, failure.message))
}

fn of_lines(recipe: Recipe, lines: Lines) -> Job {
    Job::Recipe(Work { recipe, frame: Frame::Lines(lines), model: None })
}

/// The recipe as the package completes it.
fn recipe(task: &Value) -> Result<Recipe> {
    let mut recipe = task["recipe"].clone();
    let is_lines = matches!(task["kind"].as_str(), Some("rfm" | "neighbours"));
    recipe["stillroom"] = 1.into();
    recipe["source"] = serde_json::json!({ "rows": if is_lines { "order_lines" } else { "customers" } });
    Ok(serde_json::from_value(recipe)?)
}

fn baskets(task: &Value) -> Result<Lines> {
    let (set, n_rows) = (set(task)?, count(task, "n_rows")?);
    let users = codes(&format!("{set}/user"), n_rows)?;
    Ok(Lines {
        customer_ids: (0..count(task, "n_users")? as i64).collect(),
        items: (0..count(task, "n_items")?).map(|code| (code.to_string(), code.to_string())).collect(),
        orders: users.clone(),
        customers: users,
        item_codes: codes(&format!("{set}/item"), n_rows)?,
        times_millis: vec![1.7e12; n_rows],
        quantities: vec![1.0; n_rows],
        unit_prices: vec![f64::NAN; n_rows],
        is_cancelled: vec![false; n_rows],
    })
}

fn order_lines(task: &Value) -> Result<Lines> {
    let (set, n_rows) = (set(task)?, count(task, "n_rows")?);
    Ok(Lines {
        customer_ids: (0..count(task, "n_customers")? as i64).collect(),
        items: vec![("item".to_owned(), "item".to_owned())],
        customers: codes(&format!("{set}/customer"), n_rows)?,
        item_codes: vec![0; n_rows],
        orders: codes(&format!("{set}/order"), n_rows)?,
        times_millis: numbers(&format!("{set}/time"), n_rows)?,
        quantities: numbers(&format!("{set}/quantity"), n_rows)?,
        unit_prices: numbers(&format!("{set}/price"), n_rows)?,
        is_cancelled: vec![false; n_rows],
    })
}
