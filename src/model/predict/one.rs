//! One customer's prediction in sentences and steps.

use stillroom_engine::reply::{Alternative, Explanation, Reason, Surrogate};

use super::Labels;
use crate::model::chart::ChartTable;
use crate::text::analysis::{column_words, level_words};
use crate::text::explain::Explain;
use crate::text::predict::Predict;
use crate::text::{count, fill, format, say};

/// Reasons drawn one by one; the rest are one step.
const MOST_STEPS: usize = 8;
/// Reasons in a sentence.
const MOST_NAMED: usize = 3;

/// What contributions are sums of.
pub fn scale_words(scale: &str) -> &'static str {
    say(match scale {
        "log_odds" => Explain::ScaleLogOdds,
        "probability" => Explain::ScaleProbability,
        "link" => Explain::ScaleLink,
        _ => Explain::ScaleTarget,
    })
}

/// Whether the contributions are sums of log-odds, so that they can be shown as probabilities too.
pub fn is_by_log_odds(explanation: &Explanation) -> bool {
    explanation.scale == "log_odds"
}

fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// A prediction as people read it: a probability for a class, an amount for a number.
fn written(value: f64, explanation: &Explanation) -> String {
    if explanation.label.is_some() { format::percent(value, 1) } else { format::significant(value, 4) }
}

/// One step from the base to the customer's output.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it stands for.
    pub name: String,
    /// How much it changes, written; of base and output the value.
    pub amount: String,
    /// Where its bar begins and ends, from 0 to 100.
    pub bar: (f64, f64),
    /// Up, down, or neither for base and output.
    pub direction: i8,
}

/// The way from the base to the output, largest reasons first. `in_probability` shows log-odds as probabilities: the sizes then
/// depend on the order.
pub fn steps_of(explanation: &Explanation, labels: &Labels, in_probability: bool) -> Vec<Step> {
    let in_probability = in_probability && is_by_log_odds(explanation);
    let shown = |value: f64| if in_probability { probability(value) } else { value };
    let is_share = in_probability || explanation.scale == "probability";
    let write = |value: f64| {
        if is_share { format::percent(value, 1) } else { format::significant(value, 3) }
    };
    let (first, rest) = explanation.reasons.split_at(explanation.reasons.len().min(MOST_STEPS));
    let mut moves: Vec<(String, f64)> =
        first.iter().map(|reason| (reason_words(reason, labels), reason.contribution)).collect();
    if !rest.is_empty() {
        let sum = rest.iter().map(|reason| reason.contribution).sum();
        moves.push((count(Explain::Others, rest.len() as u64), sum));
    }
    let mut at = explanation.base;
    let mut spans = vec![(shown(at), shown(at))];
    for (_, amount) in &moves {
        spans.push((shown(at), shown(at + amount)));
        at += amount;
    }
    spans.push((shown(explanation.output), shown(explanation.output)));
    let (low, high) = spans.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (from, to)| {
        (low.min(*from).min(*to), high.max(*from).max(*to))
    });
    let room = if high > low { high - low } else { 1.0 };
    let place = |value: f64| 2.0 + 96.0 * (value - low) / room;
    let names = std::iter::once(say(Explain::Base).to_owned())
        .chain(moves.into_iter().map(|(name, _)| name))
        .chain(std::iter::once(say(Explain::Output).to_owned()));
    let last = spans.len() - 1;
    names
        .zip(&spans)
        .enumerate()
        .map(|(number, (name, (from, to)))| {
            let is_end = number == 0 || number == last;
            let change = to - from;
            let sign = if change >= 0.0 { "+" } else { "−" };
            Step {
                name,
                amount: if is_end { write(*to) } else { format!("{sign}{}", write(change.abs())) },
                bar: (place(from.min(*to)), place(from.max(*to))),
                direction: if is_end { 0 } else { change.signum() as i8 },
            }
        })
        .collect()
}

fn value_of(number: Option<f64>, level: Option<&str>) -> Option<String> {
    number.map(|number| format::significant(number, 4)).or_else(|| level.map(level_words))
}

/// What a customer's value is, and how it compares.
pub fn reason_words(reason: &Reason, labels: &Labels) -> String {
    let column = column_words(&reason.column, labels);
    let Some(value) = value_of(reason.number, reason.level.as_deref()) else {
        return fill(Explain::IsMissing, &[("column", column)]);
    };
    let text = match (reason.number, reason.typical) {
        (Some(number), Some(typical)) if number < typical => Explain::IsLower,
        (Some(number), Some(typical)) if number > typical => Explain::IsHigher,
        _ => Explain::IsValue,
    };
    let typical = reason.typical.map_or_else(String::new, |typical| format::significant(typical, 4));
    fill(text, &[("column", column), ("value", value), ("typical", typical)])
}

/// The prediction in plain sentences: what it is, what speaks for it, what against.
pub fn explained_words(explanation: &Explanation, name: &str, labels: &Labels) -> Vec<String> {
    let base = if is_by_log_odds(explanation) { probability(explanation.base) } else { explanation.base };
    let values = [
        ("name", name.to_owned()),
        ("value", written(explanation.prediction, explanation)),
        ("base", written(base, explanation)),
        ("label", explanation.label.as_deref().map(level_words).unwrap_or_default()),
    ];
    let text = if explanation.label.is_some() { Explain::OneClass } else { Explain::OneNumber };
    let is_up = explanation.output >= explanation.base;
    let named = |wants_up: bool| {
        let fitting = explanation
            .reasons
            .iter()
            .filter(|reason| reason.contribution != 0.0 && (reason.contribution > 0.0) == wants_up);
        fitting.take(MOST_NAMED).map(|reason| reason_words(reason, labels)).collect::<Vec<_>>()
    };
    let sentence = |text: Explain, names: Vec<String>| {
        (!names.is_empty()).then(|| fill(text, &[("columns", names.join(say(Predict::ListSeparator)))]))
    };
    std::iter::once(fill(text, &values))
        .chain(sentence(Explain::SpeaksFor, named(is_up)))
        .chain(sentence(Explain::SpeaksAgainst, named(!is_up)))
        .collect()
}

/// The slopes of the straight line near the customer.
pub fn surrogate_table(surrogate: &Surrogate, labels: &Labels) -> ChartTable {
    let row = |(column, weight): &(String, f64)| {
        vec![column_words(column, labels), format::significant(*weight, 3)]
    };
    ChartTable {
        columns: vec![(say(Predict::Column).to_owned(), false), (say(Explain::Slope).to_owned(), true)],
        rows: surrogate.weights.iter().map(row).collect(),
    }
}

/// What would change the prediction, in a sentence.
pub fn alternative_words(alternative: &Alternative, explanation: &Explanation, labels: &Labels) -> String {
    let change = |change: &stillroom_engine::reply::Change| {
        let before = explanation.reasons.iter().find(|reason| reason.column == change.column);
        let before = before.and_then(|reason| value_of(reason.number, reason.level.as_deref()));
        let values = [
            ("column", column_words(&change.column, labels)),
            ("value", value_of(change.number, change.level.as_deref()).unwrap_or_default()),
            ("before", before.unwrap_or_else(|| "—".to_owned())),
        ];
        fill(Explain::ChangeTo, &values)
    };
    let changes: Vec<String> = alternative.changes.iter().map(change).collect();
    let values = [
        ("changes", changes.join(say(Predict::ListSeparator))),
        ("value", written(alternative.prediction, explanation)),
    ];
    fill(Explain::WishFound, &values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stillroom_engine::reply::Change;

    fn reason(column: &str, number: f64, contribution: f64) -> Reason {
        Reason {
            column: column.to_owned(),
            number: Some(number),
            level: None,
            typical: Some(10.0),
            contribution,
        }
    }

    fn explanation() -> Explanation {
        Explanation {
            label: Some("Leaves".to_owned()),
            prediction: 0.731_058_578_630_004_9,
            method: "tree".to_owned(),
            scale: "log_odds".to_owned(),
            base: 0.0,
            output: 1.0,
            reasons: vec![reason("tenure", 2.0, 1.5), reason("charges", 30.0, -0.5)],
            surrogate: None,
            alternatives: Vec::new(),
        }
    }

    #[test]
    fn steps_lead_from_the_base_to_the_output() {
        let steps = steps_of(&explanation(), &Labels::new(), false);
        assert_eq!(steps.len(), 4);
        assert_eq!(steps.iter().map(|step| step.direction).collect::<Vec<_>>(), [0, 1, -1, 0]);
        assert_eq!(steps[1].bar, (2.0, 98.0));
        assert!(steps[2].amount.starts_with('−'));
        let ends = (steps[2].bar.0, steps[3].bar.0);
        assert!((ends.0 - ends.1).abs() < 1e-9);
    }

    #[test]
    fn probabilities_of_steps_end_at_the_prediction() {
        let steps = steps_of(&explanation(), &Labels::new(), true);
        assert_eq!(steps[0].amount, "0.5");
        assert!(steps[3].amount.starts_with("0.7310585786300"), "{}", steps[3].amount);
    }

    #[test]
    fn many_reasons_end_in_one_step_for_the_rest() {
        let mut long = explanation();
        long.reasons = (0..20).map(|at| reason(&format!("c{at}"), 1.0, 0.05)).collect();
        let steps = steps_of(&long, &Labels::new(), false);
        assert_eq!(steps.len(), 1 + MOST_STEPS + 1 + 1);
    }

    #[test]
    fn sentences_name_what_speaks_for_and_against() {
        let words = explained_words(&explanation(), "Ada", &Labels::new());
        assert_eq!(words.len(), 3);
        assert!(words[0].contains("Ada") && words[0].contains("Leaves"));
        assert!(words[1].contains("tenure") && words[2].contains("charges"), "{words:?}");
    }

    #[test]
    fn changes_say_before_and_after() {
        let change = Change { column: "tenure".to_owned(), number: Some(24.0), level: None };
        let alternative = Alternative { changes: vec![change], prediction: 0.2 };
        let words = alternative_words(&alternative, &explanation(), &Labels::new());
        assert!(words.contains("24") && words.contains('2') && words.contains("0.2"), "{words}");
    }
}
