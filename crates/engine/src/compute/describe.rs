//! Profiles, components, and the one row a customer that most recipes stand on.

use stillroom_analytics::{
    Column, ColumnData, Error, Table,
    anonymize::{anonymize, k_anonymity},
    outcome::{OutcomeParams, outcomes},
    prepare::{Fitted, FittedStep},
    profile::{self, Summary, missingness::missingness, outliers::outliers, profile},
    reduce::pca::PcaModel,
    rfm::{OrderLines, Rfm, Times, rfm},
};

use super::{
    Frame, Lines, Task,
    steps::{Describe, Plan},
    written,
};
use crate::{
    failure::failure,
    protocol::Failure,
    recipe::Recipe,
    reply::{ColumnProfile, Note, PcaReport, ProfileReport, Report},
};

/// One row a customer.
pub(super) struct Rows {
    pub(super) ids: Vec<i64>,
    pub(super) table: Table,
}

/// The rows a recipe learns from and those it is applied to.
pub(super) struct Customers {
    pub(super) learned: Rows,
    /// The rows as they are today, when those learned from lie before a cut-off.
    pub(super) today: Option<Rows>,
}

/// The customers and the columns the recipe learns from, the target last. Order lines are summed up by `rfm` or `outcome`.
pub(super) fn customers(
    frame: &Frame,
    plan: &Plan,
    recipe: &Recipe,
    told: &mut Vec<Note>,
) -> Result<Customers, Failure> {
    let lines = match frame {
        Frame::Customers { .. } if plan.rfm.is_some() || plan.outcome.is_some() => {
            return Err(failure(
                "recipe-source",
                "rfm and outcome need order lines: set the source's rows to order_lines",
            ));
        }
        Frame::Customers { ids, table } => {
            let learned = Rows { ids: ids.clone(), table: table.clone() };
            return Ok(Customers { learned, today: None });
        }
        Frame::Lines(lines) => lines,
    };
    let (learned, today) = match (&plan.outcome, &plan.rfm) {
        (Some(params), _) => {
            let (past, present) = cut(lines, params, told)?;
            (past, Some(present))
        }
        (None, Some(params)) => (sum_up(lines, params.reference_millis, told)?, None),
        (None, None) if plan.profile.is_some() => {
            let ids = (0..lines.quantities.len() as i64).collect();
            (Rows { ids, table: lines_table(lines)? }, None)
        }
        (None, None) => {
            return Err(failure("recipe-steps", "order lines need the step rfm or outcome first"));
        }
    };
    let wanted: Vec<&str> = recipe.columns.iter().map(String::as_str).collect();
    let chosen = |rows: Rows, target: Option<&str>| -> Result<Rows, Failure> {
        if wanted.is_empty() {
            return Ok(rows);
        }
        let names: Vec<&str> = wanted.iter().copied().chain(target).collect();
        Ok(Rows { table: rows.table.select(&names)?, ..rows })
    };
    let today = today.map(|rows| chosen(rows, None)).transpose()?;
    Ok(Customers { learned: chosen(learned, recipe.target.as_deref())?, today })
}

/// The rows a kept model says something of: those of today.
pub(super) fn rows_to_score(frame: &Frame, plan: &Plan, recipe: &Recipe) -> Result<Rows, Failure> {
    let Customers { learned, today } = customers(frame, plan, recipe, &mut Vec::new())?;
    Ok(today.unwrap_or(learned))
}

/// The columns before a cut-off with what came after it, and the same columns today.
fn cut(lines: &Lines, params: &OutcomeParams, told: &mut Vec<Note>) -> Result<(Rows, Rows), Failure> {
    let found = outcomes(order_lines(lines), params)?;
    notes(&found.present, told);
    let dated = [("cut-off", found.cutoff_millis), ("horizon-end", found.end_millis)];
    told.extend(dated.map(|(code, millis)| Note {
        code: code.to_owned(),
        column: None,
        count: millis.max(0) as u64,
    }));
    Ok((rows(lines, found.past)?, rows(lines, found.present)?))
}

fn sum_up(lines: &Lines, reference_millis: Option<i64>, told: &mut Vec<Note>) -> Result<Rows, Failure> {
    let summed = rfm(order_lines(lines), reference_millis)?;
    notes(&summed, told);
    rows(lines, summed)
}

fn order_lines(lines: &Lines) -> OrderLines<'_> {
    OrderLines {
        customers: &lines.customers,
        orders: &lines.orders,
        times: Times::Millis(&lines.times_millis),
        quantities: &lines.quantities,
        unit_prices: &lines.unit_prices,
    }
}

fn rows(lines: &Lines, summed: Rfm) -> Result<Rows, Failure> {
    let id = |&code: &u32| lines.customer_ids.get(code as usize).copied();
    let ids = summed.customers.iter().map(id).collect::<Option<Vec<i64>>>().ok_or(Error::Empty)?;
    Ok(Rows { ids, table: summed.table })
}

fn notes(summed: &Rfm, told: &mut Vec<Note>) {
    let counts = [
        ("lines-without-customer", summed.lines_without_customer),
        ("lines-incomplete", summed.lines_incomplete),
        ("lines-after-reference", summed.lines_after_reference),
        ("lines-returned", summed.lines_returned),
        ("customers-without-orders", summed.customers_without_orders),
    ];
    let found = counts.into_iter().filter(|(_, count)| *count > 0);
    told.extend(found.map(|(code, count)| Note { code: code.to_owned(), column: None, count: count as u64 }));
}

fn lines_table(lines: &Lines) -> Result<Table, Failure> {
    let column = |name: &str, data| Column { name: name.to_owned(), data };
    let times = Times::Millis(&lines.times_millis);
    let items =
        lines.item_codes.iter().map(|&code| lines.items.get(code as usize).map(|(code, _)| code.as_str()));
    Ok(Table::new(vec![
        column("item", ColumnData::from_labels(items)),
        column("time", ColumnData::Time((0..lines.times_millis.len()).map(|line| times.get(line)).collect())),
        column("quantity", ColumnData::Number(lines.quantities.clone())),
        column("unit_price", ColumnData::Number(lines.unit_prices.clone())),
    ])?)
}

/// Profiles the columns when asked, and prepares them when there is anything to prepare.
pub(super) async fn run(task: &mut Task<'_, '_>) -> Result<(), Failure> {
    task.reply.n_rows_used = task.table.n_rows() as u64;
    if let Some(params) = &task.plan.profile {
        let profile = profile(&task.table, &params.check()?, task.watch)?;
        task.reply.reports.push(Report::Profile(profile_report(profile)));
    }
    for step in &task.plan.describe {
        let (method, content) = describe(step, task)?;
        task.reply.reports.push(Report::Described { method: method.to_owned(), content });
    }
    if task.plan.prepare.is_empty() {
        if !task.reply.reports.is_empty() {
            return Ok(());
        }
        if task.plan.rfm.is_none() {
            return Err(failure("recipe-steps", "the recipe has no steps: add a method"));
        }
        task.reply.rows.columns = numbers(&task.table);
        return Ok(());
    }
    let (fitted, matrix) = task.prepare().await?;
    if matches!(fitted.steps.last(), Some(FittedStep::Pca(_))) {
        task.reply.rows.components = matrix.columns();
    }
    task.reply.model = serde_json::json!({ "prepare": fitted });
    Ok(())
}

/// The numbers of `table`, by name.
fn numbers(table: &Table) -> Vec<(String, Vec<f64>)> {
    let columns = table.columns().filter_map(|column| match &column.data {
        ColumnData::Number(values) => Some((column.name.clone(), values.clone())),
        _ => None,
    });
    columns.collect()
}

/// What a describing step tells of the columns as they came.
fn describe(step: &Describe, task: &mut Task<'_, '_>) -> Result<(&'static str, serde_json::Value), Failure> {
    let table = &task.table;
    Ok(match step {
        Describe::Missingness(params) => ("missingness", written(&missingness(table, params, task.watch)?)?),
        Describe::Outliers(params) => ("outliers", written(&outliers(table, params, task.watch)?)?),
        Describe::KAnonymity(params) => ("k_anonymity", written(&k_anonymity(table, params, task.watch)?)?),
        Describe::Anonymize(params) => {
            let found = anonymize(table, params, task.recipe.seed, task.watch)?;
            ("anonymize", serde_json::json!({ "table": found.table, "columns": found.columns }))
        }
    })
}

/// A report for each `pca` among the preparing steps.
pub(super) fn component_reports(fitted: &Fitted) -> impl Iterator<Item = PcaReport> + '_ {
    fitted.steps.iter().filter_map(|step| match step {
        FittedStep::Pca(step) => Some(pca_report(&step.model)),
        _ => None,
    })
}

/// Components as the reply reports them.
pub(super) fn pca_report(model: &PcaModel) -> PcaReport {
    PcaReport {
        columns: model.columns.clone(),
        means: model.means.clone(),
        variances: model.variances.clone(),
        ratios: model.ratios.clone(),
        loadings: model.loadings.clone(),
    }
}

fn profile_report(profile: profile::Profile) -> ProfileReport {
    ProfileReport { columns: profile.columns.into_iter().map(column_profile).collect() }
}

fn column_profile(column: profile::ColumnProfile) -> ColumnProfile {
    let described = ColumnProfile {
        name: column.name,
        value_type: column.kind.name().to_owned(),
        count: column.count as u64,
        missing: column.missing as u64,
        distinct: column.distinct as u64,
        ..ColumnProfile::default()
    };
    match column.summary {
        None | Some(Summary::Text { .. }) => described,
        Some(Summary::Boolean { yes, no }) => ColumnProfile {
            levels: vec![("yes".to_owned(), yes as u64), ("no".to_owned(), no as u64)],
            ..described
        },
        Some(Summary::Category { top, .. }) => ColumnProfile {
            levels: top.into_iter().map(|top| (top.level, top.count as u64)).collect(),
            ..described
        },
        Some(Summary::Time { earliest_millis, latest_millis }) => {
            ColumnProfile { min: Some(earliest_millis as f64), max: Some(latest_millis as f64), ..described }
        }
        Some(Summary::Number(number)) => {
            let bars = number.histogram.edges.windows(2).zip(&number.histogram.counts);
            ColumnProfile {
                mean: Some(number.mean),
                standard_deviation: number.standard_deviation,
                min: Some(number.min),
                lower_quartile: Some(number.lower_quartile),
                median: Some(number.median),
                upper_quartile: Some(number.upper_quartile),
                max: Some(number.max),
                skewness: number.skewness,
                histogram: bars.map(|(edges, &count)| (edges[0], edges[1], count as u64)).collect(),
                ..described
            }
        }
    }
}
