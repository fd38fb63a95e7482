//! Customers: fields, views, rows and one customer whole.

use serde::{Deserialize, Serialize};

/// One column of the customers' grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldInfo {
    /// Its key in views, filters and recipes.
    pub key: String,
    /// What the user sees for a custom field; standard fields are worded by the app.
    pub label: String,
    /// `number`, `text`, `category`, `date` or `boolean`.
    pub value_type: String,
    /// The field group.
    pub group: String,
    /// `standard`, `custom`, `label` or `score`.
    pub origin: String,
    /// How many customers have a value.
    pub filled: u64,
}

/// An order of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortBy {
    /// A field's key.
    pub field: String,
    /// Largest first.
    pub descending: bool,
}

/// An opened view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewInfo {
    /// The handle for windows.
    pub view: u32,
    /// Rows in the view.
    pub count: u32,
    /// Customers in all.
    pub total: u32,
}

/// A value in a grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// No value.
    Missing,
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// Milliseconds since 1970-01-01 UTC.
    Time(i64),
    /// Yes or no.
    Boolean(bool),
}

/// One row of a view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowInfo {
    /// The customer.
    pub id: i64,
    /// One cell for each field the view was opened with.
    pub cells: Vec<Cell>,
}

/// One customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerInfo {
    /// The id.
    pub id: i64,
    /// Field key and value, in the fields' order; missing ones left out.
    pub fields: Vec<(String, Cell)>,
    /// Labels and scores: what wrote them, name and value.
    pub scores: Vec<ScoreInfo>,
    /// Order lines in all.
    pub n_lines: u32,
    /// Distinct orders.
    pub n_orders: u32,
    /// Net spend.
    pub spend: f64,
    /// The newest changes, newest first.
    pub history: Vec<ChangeInfo>,
}

/// A label or score on a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreInfo {
    /// The model.
    pub model: i64,
    /// The model's name.
    pub model_name: String,
    /// The score's name.
    pub name: String,
    /// Its value.
    pub value: Cell,
}

/// One entry of a customer's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeInfo {
    /// When, in milliseconds since 1970.
    pub at_millis: i64,
    /// A stable code: that of the change log, such as `customer_edited`; `customers_received` and `customers_synced` for what another
    /// device made or changed.
    pub kind: String,
    /// The field, when one field changed.
    pub field: Option<String>,
    /// Before.
    pub before: Cell,
    /// After.
    pub after: Cell,
}

/// One order line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineInfo {
    /// The order's number.
    pub order_no: String,
    /// When, in milliseconds since 1970.
    pub at_millis: Option<i64>,
    /// The item's code.
    pub item_code: String,
    /// The item's name.
    pub item_name: String,
    /// Pieces; negative for returns.
    pub quantity: f64,
    /// Price a piece.
    pub unit_price: f64,
}

/// Two customers who are probably one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DuplicateInfo {
    /// The customer entered first.
    pub first: i64,
    /// The customer entered later.
    pub second: i64,
    /// The evidence that they are one person, in bits: each bit doubles the odds.
    pub bits: f64,
    /// The fields that agree, spelling aside.
    pub agreeing: Vec<String>,
}
