//! What a file's columns mean: a guess with reasons, for a person to confirm.

mod aliases;
mod guess;

use serde::{Deserialize, Serialize};

pub use aliases::custom_key;
pub(crate) use aliases::is_known_header;
pub use guess::guess_mapping;

use crate::convert::{CUSTOMER_FIELDS, ORDER_LINE_FIELDS};
use crate::{Column, ColumnType, Error};

/// What a row of the file becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// One customer a row.
    Customers,
    /// One line of an order a row.
    OrderLines,
}

impl TargetKind {
    /// The standard fields a column can be mapped to.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Customers => &CUSTOMER_FIELDS,
            Self::OrderLines => &ORDER_LINE_FIELDS,
        }
    }
}

/// Where a column goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "to")]
pub enum FieldChoice {
    /// A standard field of the target.
    Standard {
        /// One of [`TargetKind::fields`].
        field: String,
    },
    /// A custom field of the column's type.
    Custom {
        /// A key no other column of the mapping has.
        key: String,
        /// The name to show: the column's.
        label: String,
    },
    /// Left out of the import.
    Skip,
}

/// Why a column was mapped as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchReason {
    /// The header is a known name of the field.
    HeaderKnown,
    /// The last part of the header, after " - " or ":", is.
    HeaderPartKnown,
    /// The values look like e-mail addresses.
    ValuesAreEmails,
    /// The values look like telephone numbers.
    ValuesArePhones,
    /// Nothing matched, so the column stays a field of its own.
    NothingMatched,
    /// There is no value in the column.
    NoValues,
}

impl MatchReason {
    /// A stable name for programs; it never changes once released.
    pub fn code(self) -> &'static str {
        match self {
            Self::HeaderKnown => "header_known",
            Self::HeaderPartKnown => "header_part_known",
            Self::ValuesAreEmails => "values_are_emails",
            Self::ValuesArePhones => "values_are_phones",
            Self::NothingMatched => "nothing_matched",
            Self::NoValues => "no_values",
        }
    }
}

/// One column's part in the mapping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnMapping {
    /// The column's unique name.
    pub column: String,
    /// What it holds, as inferred; a person may change it.
    pub column_type: ColumnType,
    /// Where it goes.
    pub choice: FieldChoice,
    /// Why.
    pub reason: MatchReason,
    /// How sure the match is, 0 to 1; 0 when nothing matched.
    pub score: f64,
}

/// How a customer without an id of its own gets one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdRule {
    /// From the column mapped to `external_id`; a row without it is refused.
    Column,
    /// From the first e-mail address, in lower case; a row without one gets its row number.
    Email,
    /// `row-1`, `row-2` and so on.
    RowNumber,
}

/// Something a person should know before importing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// The rows look like deals of a sales pipeline, which are neither customers nor order lines.
    LooksLikeDeals,
    /// No column identifies a customer, so importing the file again would add the rows again.
    NoIdentity,
    /// A date column does not tell day from month.
    AmbiguousDates,
    /// A number column does not tell thousands from fractions.
    AmbiguousNumbers,
}

impl Warning {
    /// A stable name for programs; it never changes once released.
    pub fn code(self) -> &'static str {
        match self {
            Self::LooksLikeDeals => "looks_like_deals",
            Self::NoIdentity => "no_identity",
            Self::AmbiguousDates => "ambiguous_dates",
            Self::AmbiguousNumbers => "ambiguous_numbers",
        }
    }
}

/// What a file's columns mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    /// What a row becomes.
    pub target: TargetKind,
    /// How sure the target is, 0 to 1.
    pub score: f64,
    /// How customers get their ids; not looked at for order lines.
    pub id_rule: IdRule,
    /// The columns, in the file's order, one for each.
    pub columns: Vec<ColumnMapping>,
    /// What a person should know before importing.
    pub warnings: Vec<Warning>,
}

impl Mapping {
    /// The mapping to `target` that [`guess_mapping`] would make had it chosen that target itself.
    pub fn guess_for(target: TargetKind, columns: &[Column], profiles: &[crate::ColumnProfile]) -> Self {
        guess::mapping_for(target, columns, profiles)
    }

    /// The position of the column mapped to the standard `field`.
    pub fn position_of(&self, field: &str) -> Option<usize> {
        self.columns.iter().position(
            |column| matches!(&column.choice, FieldChoice::Standard { field: mapped } if mapped == field),
        )
    }

    /// Checks that rows can be made with this mapping.
    ///
    /// # Errors
    /// [`Error::UnknownField`], [`Error::FieldTwice`], and [`Error::FieldNotMapped`] for `external_id` under
    /// [`IdRule::Column`], and for `order_no`, `item_code` (or `item_name`), `unit_price` and `at` of order lines.
    pub fn check(&self) -> Result<(), Error> {
        let mut taken = std::collections::BTreeSet::new();
        for column in &self.columns {
            let (prefix, key) = match &column.choice {
                FieldChoice::Standard { field } if !self.target.fields().contains(&field.as_str()) => {
                    return Err(Error::UnknownField { field: field.clone() });
                }
                FieldChoice::Standard { field } => ("standard", field),
                FieldChoice::Custom { key, .. } => ("custom", key),
                FieldChoice::Skip => continue,
            };
            if !taken.insert((prefix, key)) {
                return Err(Error::FieldTwice { field: key.clone() });
            }
        }
        let is_mapped = |field: &str| self.position_of(field).is_some();
        let needed: &[&'static str] = match self.target {
            TargetKind::Customers if self.id_rule == IdRule::Column => &["external_id"],
            TargetKind::Customers => &[],
            TargetKind::OrderLines if is_mapped("item_name") => &["order_no", "unit_price", "at"],
            TargetKind::OrderLines => &["order_no", "item_code", "unit_price", "at"],
        };
        match needed.iter().find(|field| !is_mapped(field)) {
            Some(field) => Err(Error::FieldNotMapped { field }),
            None => Ok(()),
        }
    }
}
