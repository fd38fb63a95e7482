//! Order lines, as files and forms give them before they have ids.

use crate::Private;
use serde::{Deserialize, Serialize};

/// The fields of an order line, for mapping a file's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderField {
    /// The number of the order, shared by its lines.
    OrderNumber,
    /// The external id of the customer who ordered.
    Customer,
    /// The code of the item.
    ItemCode,
    /// The item's name.
    ItemName,
    /// How many; negative for what came back.
    Quantity,
    /// Price of one, in the workspace's currency.
    UnitPrice,
    /// When, in milliseconds since 1970-01-01 UTC.
    At,
    /// The country of the sale.
    Country,
}

impl OrderField {
    /// Every field of an order line, in the order forms show them.
    pub const ALL: [OrderField; 8] = [
        OrderField::OrderNumber,
        OrderField::Customer,
        OrderField::ItemCode,
        OrderField::ItemName,
        OrderField::Quantity,
        OrderField::UnitPrice,
        OrderField::At,
        OrderField::Country,
    ];

    /// The field's stable name, as in JSON.
    pub fn key(self) -> &'static str {
        match self {
            OrderField::OrderNumber => "order_number",
            OrderField::Customer => "customer",
            OrderField::ItemCode => "item_code",
            OrderField::ItemName => "item_name",
            OrderField::Quantity => "quantity",
            OrderField::UnitPrice => "unit_price",
            OrderField::At => "at",
            OrderField::Country => "country",
        }
    }
}

/// One line of an order, before it is stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderLineDraft {
    /// The number of the order; a leading `C` marks a cancelled one.
    pub order_number: Option<String>,
    /// The external id of the customer; `None` for an anonymous sale.
    pub customer: Option<Private<String>>,
    /// The code of the item.
    pub item_code: String,
    /// The item's name.
    pub item_name: Option<String>,
    /// How many, finite; negative for what came back.
    pub quantity: f64,
    /// Price of one, finite, when known.
    pub unit_price: Option<f64>,
    /// When, in milliseconds since 1970-01-01 UTC, when known.
    pub at_millis: Option<i64>,
    /// The country of the sale.
    pub country: Option<String>,
}

impl OrderLineDraft {
    /// Whether the line takes something back: its order number starts with `C` or its quantity is negative.
    pub fn is_cancelled(&self) -> bool {
        self.quantity < 0.0
            || self.order_number.as_deref().is_some_and(|number| number.starts_with(['C', 'c']))
    }
}
