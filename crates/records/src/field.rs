//! The fields a customer has, the type of each and the field group it belongs to.
//!
//! The field group decides what may ever travel: consent is given per group, so every field has exactly one.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// What kind of information a field holds, the unit in which consent is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldGroup {
    /// Who the customer is.
    Identity,
    /// How to reach the customer.
    Contact,
    /// What kind of business relation there is.
    Commercial,
    /// What the customer did.
    Behaviour,
    /// Free text and anything sensitive; no lane that a server can read may carry it.
    Notes,
    /// What models said.
    Scores,
}

impl FieldGroup {
    /// Every group, in the order forms show them.
    pub const ALL: [FieldGroup; 6] = [
        FieldGroup::Identity,
        FieldGroup::Contact,
        FieldGroup::Commercial,
        FieldGroup::Behaviour,
        FieldGroup::Notes,
        FieldGroup::Scores,
    ];

    /// The group's stable name, as in JSON and in the database.
    pub fn key(self) -> &'static str {
        match self {
            FieldGroup::Identity => "identity",
            FieldGroup::Contact => "contact",
            FieldGroup::Commercial => "commercial",
            FieldGroup::Behaviour => "behaviour",
            FieldGroup::Notes => "notes",
            FieldGroup::Scores => "scores",
        }
    }

    /// The group with a stable name.
    pub fn from_key(key: &str) -> Option<Self> {
        FieldGroup::ALL.into_iter().find(|group| group.key() == key)
    }
}

/// The type of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Any text.
    Text,
    /// A finite number.
    Number,
    /// One of a list of names.
    Category,
    /// A moment in UTC.
    Date,
    /// Yes or no.
    Boolean,
}

impl FieldKind {
    /// Every kind, in the order forms show them.
    pub const ALL: [FieldKind; 5] =
        [FieldKind::Text, FieldKind::Number, FieldKind::Category, FieldKind::Date, FieldKind::Boolean];

    /// The kind's stable name, as in JSON and in the database.
    pub fn key(self) -> &'static str {
        match self {
            FieldKind::Text => "text",
            FieldKind::Number => "number",
            FieldKind::Category => "category",
            FieldKind::Date => "date",
            FieldKind::Boolean => "boolean",
        }
    }

    /// The kind with a stable name.
    pub fn from_key(key: &str) -> Option<Self> {
        FieldKind::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// The group a custom field of this kind starts in: free text may hold anything and starts in `notes`, typed values are
    /// made for analysis and start in `behaviour`.
    pub fn default_group(self) -> FieldGroup {
        match self {
            FieldKind::Text => FieldGroup::Notes,
            _ => FieldGroup::Behaviour,
        }
    }
}

/// The name of a field in filters, recipes and the API: a letter, then letters, digits, `_` or `.`, at most 64 characters.
///
/// Letters of every script count, so `城市` is a name. `score.churn` names a score that a model wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldKey(String);

impl FieldKey {
    /// Longest key, in characters.
    pub const MAX_CHARACTERS: usize = 64;

    /// Checks and wraps a key.
    ///
    /// # Errors
    /// [`Error::InvalidFieldKey`] when the key breaks the rule above.
    pub fn new(key: impl Into<String>) -> Result<Self> {
        let key = key.into();
        let starts_well = key.chars().next().is_some_and(char::is_alphabetic);
        let reads_well = key.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '.');
        if starts_well && reads_well && key.chars().count() <= Self::MAX_CHARACTERS {
            Ok(FieldKey(key))
        } else {
            Err(Error::InvalidFieldKey)
        }
    }

    /// Makes a key out of a heading: lower case, with `_` for every run of anything else; `field` when nothing is left.
    ///
    /// ```
    /// use stillroom_records::FieldKey;
    /// assert_eq!(FieldKey::from_heading("Monthly Charges ($)").as_str(), "monthly_charges");
    /// assert_eq!(FieldKey::from_heading("2nd phone").as_str(), "field_2nd_phone");
    /// ```
    pub fn from_heading(heading: &str) -> Self {
        let mut key = String::new();
        for letter in heading.chars().flat_map(char::to_lowercase) {
            if letter.is_alphanumeric() {
                key.push(letter);
            } else if !key.is_empty() && !key.ends_with('_') {
                key.push('_');
            }
        }
        if !key.chars().next().is_some_and(char::is_alphabetic) {
            key.insert_str(0, if key.is_empty() { "field" } else { "field_" });
        }
        let key: String = key.chars().take(Self::MAX_CHARACTERS - 8).collect();
        FieldKey(key.trim_end_matches('_').to_owned())
    }

    /// The field that holds what a model wrote under a name.
    pub fn score(name: &str) -> Self {
        FieldKey(format!("score.{}", FieldKey::from_heading(name).0))
    }

    /// The name of the score, when this key names one.
    pub fn score_name(&self) -> Option<&str> {
        self.0.strip_prefix("score.")
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for FieldKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for FieldKey {
    type Error = Error;

    fn try_from(key: String) -> Result<Self> {
        FieldKey::new(key)
    }
}

impl From<FieldKey> for String {
    fn from(key: FieldKey) -> String {
        key.0
    }
}

/// Where a field's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldOrigin {
    /// Every workspace has it.
    Standard,
    /// Counted from the order lines; cannot be edited.
    Computed,
    /// Added to this workspace.
    Custom,
    /// Written by a model; cannot be edited by hand.
    Score,
}

/// Everything there is to know about a field, apart from its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldDefinition {
    /// Its name in filters, recipes and the API.
    pub key: FieldKey,
    /// What people read; standard fields are translated by their key instead.
    pub label: String,
    /// The type of its values.
    pub kind: FieldKind,
    /// The group it belongs to.
    pub group: FieldGroup,
    /// Where its values come from.
    pub origin: FieldOrigin,
}

impl FieldDefinition {
    /// Whether people may type values into it.
    pub fn is_editable(&self) -> bool {
        matches!(self.origin, FieldOrigin::Standard | FieldOrigin::Custom)
    }
}

/// Keys of the standard fields, so that nobody spells them twice.
pub mod keys {
    /// The id the customer has in the system the data came from; unique in a workspace.
    pub const EXTERNAL_ID: &str = "external_id";
    /// The whole name.
    pub const NAME: &str = "name";
    /// The e-mail address.
    pub const EMAIL: &str = "email";
    /// The country.
    pub const COUNTRY: &str = "country";
    /// Number of orders that were not cancelled.
    pub const ORDERS: &str = "orders";
    /// Sum of quantity × unit price over every line, what came back subtracted.
    pub const SPENT: &str = "spent";
    /// The first order.
    pub const FIRST_ORDER_AT: &str = "first_order_at";
    /// The latest order.
    pub const LAST_ORDER_AT: &str = "last_order_at";
}

/// `(key, label, kind, group)` of the standard fields that people fill in, in the order forms show them.
const STANDARD: [(&str, &str, FieldKind, FieldGroup); 15] = [
    (keys::EXTERNAL_ID, "Customer id", FieldKind::Text, FieldGroup::Identity),
    (keys::NAME, "Name", FieldKind::Text, FieldGroup::Identity),
    ("given_name", "Given name", FieldKind::Text, FieldGroup::Identity),
    ("family_name", "Family name", FieldKind::Text, FieldGroup::Identity),
    ("birthday", "Birthday", FieldKind::Date, FieldGroup::Identity),
    ("company", "Company", FieldKind::Text, FieldGroup::Commercial),
    (keys::EMAIL, "E-mail", FieldKind::Text, FieldGroup::Contact),
    ("phone", "Phone", FieldKind::Text, FieldGroup::Contact),
    ("street", "Street", FieldKind::Text, FieldGroup::Contact),
    ("city", "City", FieldKind::Text, FieldGroup::Contact),
    ("region", "Region", FieldKind::Text, FieldGroup::Contact),
    ("postcode", "Postcode", FieldKind::Text, FieldGroup::Contact),
    (keys::COUNTRY, "Country", FieldKind::Category, FieldGroup::Contact),
    ("created_at", "Customer since", FieldKind::Date, FieldGroup::Commercial),
    ("notes", "Notes", FieldKind::Text, FieldGroup::Notes),
];

/// `(key, label, kind)` of what is counted from the order lines.
const COMPUTED: [(&str, &str, FieldKind); 4] = [
    (keys::ORDERS, "Orders", FieldKind::Number),
    (keys::SPENT, "Spent", FieldKind::Number),
    (keys::FIRST_ORDER_AT, "First order", FieldKind::Date),
    (keys::LAST_ORDER_AT, "Last order", FieldKind::Date),
];

/// The fields every workspace has: the editable ones first, then what is counted from order lines.
pub fn standard_fields() -> Vec<FieldDefinition> {
    let editable = STANDARD.map(|(key, label, kind, group)| (key, label, kind, group, FieldOrigin::Standard));
    let computed =
        COMPUTED.map(|(key, label, kind)| (key, label, kind, FieldGroup::Behaviour, FieldOrigin::Computed));
    editable
        .into_iter()
        .chain(computed)
        .map(|(key, label, kind, group, origin)| FieldDefinition {
            key: FieldKey(key.to_owned()),
            label: label.to_owned(),
            kind,
            group,
            origin,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_keys_are_valid_and_unique() {
        let mut keys: Vec<_> = standard_fields().into_iter().map(|field| field.key).collect();
        assert!(keys.iter().all(|key| FieldKey::new(key.as_str()).as_ref() == Ok(key)));
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), STANDARD.len() + COMPUTED.len());
    }

    #[test]
    fn headings_become_valid_keys() {
        let long = "x".repeat(200);
        for (heading, key) in
            [("客户 城市", "客户_城市"), ("  ", "field"), ("a--b__c", "a_b_c"), ("Ünïcode", "ünïcode")]
        {
            assert_eq!(FieldKey::from_heading(heading).as_str(), key);
        }
        for heading in ["'; DROP TABLE customers; --", "\u{0}", "9", "_", &long, "é"] {
            let key = FieldKey::from_heading(heading);
            assert_eq!(FieldKey::new(key.as_str()), Ok(key));
        }
    }

    #[test]
    fn keys_with_quotes_spaces_or_nothing_are_refused() {
        for key in ["", "a b", "a\"b", "1a", "a;b", "_a", &"x".repeat(65)] {
            assert_eq!(FieldKey::new(key), Err(Error::InvalidFieldKey));
        }
    }

    #[test]
    fn group_and_kind_names_go_there_and_back() {
        assert!(FieldGroup::ALL.into_iter().all(|group| FieldGroup::from_key(group.key()) == Some(group)));
        assert!(FieldKind::ALL.into_iter().all(|kind| FieldKind::from_key(kind.key()) == Some(kind)));
    }
}
