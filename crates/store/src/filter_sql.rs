//! A filter, compiled to SQL with parameters. What people typed is only ever a parameter.
//!
//! SQL knows a third truth value for missing data; the filter language does not. A condition that SQL leaves unknown counts as
//! false wherever it stands, so only a negation has to say so.

use crate::Result;
use crate::fields::{FieldTable, StoredField};
use rusqlite::types::Value as SqlValue;
use stillroom_records::{Comparison, FieldKind, Filter, Literal};

/// A condition over `customers` and the parameters it takes, in order.
#[derive(Default)]
pub(crate) struct Condition {
    pub(crate) sql: String,
    pub(crate) parameters: Vec<SqlValue>,
}

/// Compiles a filter.
///
/// # Errors
/// [`crate::Error::UnknownField`] for a field this workspace does not have, and what [`Filter::check`] refuses.
pub(crate) fn compile(filter: &Filter, fields: &FieldTable) -> Result<Condition> {
    filter.check()?;
    let mut condition = Condition::default();
    condition.add(filter, fields)?;
    Ok(condition)
}

impl Condition {
    fn add(&mut self, filter: &Filter, fields: &FieldTable) -> Result<()> {
        match filter {
            Filter::And(parts) => self.add_parts(parts, " AND ", "1", fields),
            Filter::Or(parts) => self.add_parts(parts, " OR ", "0", fields),
            Filter::Not(part) => {
                self.sql.push_str("NOT ifnull(");
                self.add(part, fields)?;
                self.sql.push_str(", 0)");
                Ok(())
            }
            Filter::Missing { field } => {
                self.sql.push_str(&fields.get(field)?.expression);
                self.sql.push_str(" IS NULL");
                Ok(())
            }
            Filter::Compare { field, is, value } => {
                self.add_comparison(fields.get(field)?, *is, value);
                Ok(())
            }
            Filter::In { field, values } => {
                let field = fields.get(field)?;
                self.add_list(field, values);
                Ok(())
            }
            Filter::Between { field, low, high } => {
                let field = fields.get(field)?;
                self.sql.push('(');
                self.add_comparison(field, Comparison::GreaterOrEqual, low);
                self.sql.push_str(" AND ");
                self.add_comparison(field, Comparison::LessOrEqual, high);
                self.sql.push(')');
                Ok(())
            }
            Filter::Contains { field, text } => {
                self.add_text_search(fields.get(field)?, text, "> 0");
                Ok(())
            }
            Filter::StartsWith { field, text } => {
                self.add_text_search(fields.get(field)?, text, "= 1");
                Ok(())
            }
        }
    }

    fn add_parts(&mut self, parts: &[Filter], between: &str, empty: &str, fields: &FieldTable) -> Result<()> {
        if parts.is_empty() {
            self.sql.push_str(empty);
            return Ok(());
        }
        self.sql.push('(');
        for (position, part) in parts.iter().enumerate() {
            self.sql.push_str(if position == 0 { "" } else { between });
            self.add(part, fields)?;
        }
        self.sql.push(')');
        Ok(())
    }

    fn add_comparison(&mut self, field: &StoredField, is: Comparison, value: &Literal) {
        let Some(parameter) = comparable(field.definition.kind, value) else {
            self.sql.push('0');
            return;
        };
        let sign = match is {
            Comparison::Equal => "=",
            Comparison::NotEqual => "<>",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        };
        self.sql.push_str(&format!("({} {sign} ? COLLATE NOCASE)", field.expression));
        self.parameters.push(parameter);
    }

    fn add_list(&mut self, field: &StoredField, values: &[Literal]) {
        let parameters: Vec<_> =
            values.iter().filter_map(|value| comparable(field.definition.kind, value)).collect();
        let marks = vec!["?"; parameters.len()].join(", ");
        self.sql.push_str(&format!("({} COLLATE NOCASE IN ({marks}))", field.expression));
        self.parameters.extend(parameters);
    }

    fn add_text_search(&mut self, field: &StoredField, text: &str, place: &str) {
        if !is_text(field.definition.kind) {
            self.sql.push('0');
            return;
        }
        self.sql.push_str(&format!("(instr(lower({}), ?) {place})", field.expression));
        self.parameters.push(SqlValue::Text(text.to_ascii_lowercase()));
    }

    /// A condition that holds where any of the fields contains the text.
    pub(crate) fn search<'a>(fields: impl IntoIterator<Item = &'a StoredField>, text: &str) -> Self {
        let mut condition = Condition::default();
        condition.sql.push('(');
        for (position, field) in fields.into_iter().enumerate() {
            condition.sql.push_str(if position == 0 { "" } else { " OR " });
            condition.add_text_search(field, text, "> 0");
        }
        condition.sql.push(')');
        condition
    }
}

fn is_text(kind: FieldKind) -> bool {
    matches!(kind, FieldKind::Text | FieldKind::Category)
}

/// The parameter a literal becomes against a field of this kind; `None` when the two never compare.
fn comparable(kind: FieldKind, value: &Literal) -> Option<SqlValue> {
    match value {
        Literal::Text(text) => is_text(kind).then(|| SqlValue::Text(text.clone())),
        _ if is_text(kind) => None,
        Literal::Number(number) => Some(SqlValue::Real(*number)),
        Literal::Boolean(yes) => Some(SqlValue::Integer(i64::from(*yes))),
        Literal::Time { millis } => Some(SqlValue::Integer(*millis)),
    }
}
