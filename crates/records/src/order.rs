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
    /// The number of the order.
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
    /// Whether the line takes something back: its quantity is negative or its order number is marked.
    pub fn is_cancelled(&self) -> bool {
        self.quantity < 0.0 || self.is_marked()
    }

    /// Whether the order number has the mark of a cancelled order, a `C` before its digits. Where most orders of a file have it,
    /// it is just how that shop numbers them.
    pub fn is_marked(&self) -> bool {
        let digits = self.order_number.as_deref().and_then(|number| number.strip_prefix('C'));
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_a_capital_c_before_digits_only() {
        for (number, is_marked) in [
            ("C536379", true),
            ("536379", false),
            ("C", false),
            ("c536379", false),
            ("CUST-1", false),
            ("536379C", false),
        ] {
            let line =
                OrderLineDraft { order_number: Some(number.to_owned()), quantity: 1.0, ..Default::default() };
            assert_eq!(line.is_cancelled(), is_marked, "{number}");
        }
        assert!(OrderLineDraft { quantity: -1.0, ..Default::default() }.is_cancelled());
    }
}
