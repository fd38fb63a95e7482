//! The method registry for forms, the command line and the reference page.

mod example;
mod reference;

use std::fmt::Write;

use stillroom_analytics::registry;
pub use stillroom_analytics::registry::{Kind, Method, Parameter};

pub use example::example;
pub use reference::reference;

use crate::protocol::Failure;

/// All methods.
#[must_use]
pub fn methods() -> &'static [&'static Method] {
    registry::methods()
}

/// The method named `name`.
///
/// # Errors
/// `unknown-method` when there is none.
pub fn method(name: &str) -> Result<&'static Method, Failure> {
    Ok(registry::method(name)?)
}

/// A method as a block of text: name, summary, one line a parameter, formula, source and cost.
#[must_use]
pub fn describe(method: &Method) -> String {
    let mut text = format!("{}\n  {}\n", method.name, method.summary);
    for parameter in method.parameters {
        let line = format!("{} ({}, default {})", parameter.name, range(&parameter.kind), parameter.default);
        write_line(&mut text, &format!("    {line:<48} {}", parameter.doc));
    }
    write_line(&mut text, &format!("  formula: {}", method.formula));
    write_line(&mut text, &format!("  source:  {}", method.source));
    write_line(&mut text, &format!("  cost:    {}\n", method.cost));
    text
}

fn write_line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("text grows without failing");
}

fn range(kind: &Kind) -> String {
    match kind {
        Kind::Integer { min, max: i64::MAX } => format!("whole number from {min}"),
        Kind::Integer { min, max } => format!("whole number from {min} to {max}"),
        Kind::Number { min, max } if max.is_infinite() || *max == f64::MAX => format!("number from {min}"),
        Kind::Number { min, max } => format!("number from {min} to {max}"),
        Kind::Choice { options } => format!("one of {}", options.join(", ")),
        Kind::Boolean => "true or false".to_owned(),
        Kind::Column => "a column".to_owned(),
        Kind::Columns => "columns".to_owned(),
        Kind::Text => "text".to_owned(),
    }
}
