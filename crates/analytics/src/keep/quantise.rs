//! Fewer digits: a smaller model, and what it costs, measured.
//!
//! Numbers of the model are rounded to the shortest decimal within single or half precision. Steps keep their digits: they
//! are few, and every row passes them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Artefact, Body, write};
use crate::judge::{Pipeline, Target, TargetValues};
use crate::{Error, Result, Table, metrics};

/// How many digits a model's numbers keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Digits {
    /// 24 significant bits, about seven digits: single precision, without its limits on size.
    Single,
    /// 11 significant bits, about three digits: half precision, without its limits on size.
    Half,
}

impl Digits {
    fn bits(self) -> u32 {
        match self {
            Self::Single => 24,
            Self::Half => 11,
        }
    }

    /// Half of what the last bit kept is worth.
    fn half_step(self, value: f64) -> f64 {
        libm::ldexp(0.5, libm::frexp(value).1 - self.bits() as i32)
    }

    /// The shortest decimal that is as near to `value` as a number of these many bits is.
    fn round(self, value: f64) -> f64 {
        if value == 0.0 || !value.is_finite() {
            return value;
        }
        let half_step = self.half_step(value);
        let near = |digits: usize| {
            let shortened = format!("{value:.digits$e}").parse::<f64>();
            shortened.ok().filter(|shortened| (shortened - value).abs() <= half_step)
        };
        (0..=9).find_map(near).unwrap_or(value)
    }

    /// The same, never below `value`.
    fn round_up(self, value: f64) -> f64 {
        if value == 0.0 {
            return value;
        }
        let raised = self.round(value + self.half_step(value));
        if raised >= value { raised } else { value }
    }
}

/// A model of fewer digits and what they cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantised {
    /// The smaller artefact.
    pub artefact: Artefact,
    /// How many digits its numbers keep.
    pub digits: Digits,
    /// The bytes of the artefact given.
    pub n_bytes_before: usize,
    /// The bytes of the smaller one.
    pub n_bytes: usize,
    /// The loss on the rows given.
    pub loss: QuantisationLoss,
}

/// What fewer digits change on the rows they were measured on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantisationLoss {
    /// The rows.
    pub n_rows: usize,
    /// The greatest change of a number, in target units, or of a probability.
    pub max_difference: f64,
    /// The rows whose most probable class changes; 0 for numbers.
    pub n_changed: usize,
    /// `rmse` for numbers, `auc` for two classes, `log_loss` for more.
    pub metric: String,
    /// The metric of the model given; `None` when the rows' classes do not all occur.
    pub before: Option<f64>,
    /// The metric of the smaller model.
    pub after: Option<f64>,
}

/// The artefact with the numbers of its model shortened, measured on the rows of `table` that `target` names.
///
/// # Errors
/// [`Error::ModelBroken`] for groups, which have nothing worth shortening, and for a model whose numbers do not bear it; those of
/// [`write()`] and [`Pipeline::predict`].
pub fn quantise(artefact: &Artefact, digits: Digits, table: &Table, target: &Target) -> Result<Quantised> {
    let Body::Predict(pipeline) = &artefact.body else { return Err(Error::ModelBroken { part: "body" }) };
    let unreadable = || Error::ModelBroken { part: "model" };
    let mut model = serde_json::to_value(&pipeline.model).map_err(|_| unreadable())?;
    shorten(&mut model, &|number| digits.round(number), &|number| digits.round_up(number));
    let model = serde_json::from_value(model).map_err(|_| unreadable())?;
    let smaller = Pipeline { model, ..pipeline.as_ref().clone() };
    let rows = table.take(&target.rows);
    let loss = loss(pipeline, &smaller, &rows, target)?;
    let smaller = Artefact { body: Body::Predict(Box::new(smaller)), ..artefact.clone() };
    let (n_bytes_before, n_bytes) = (write(artefact)?.len(), write(&smaller)?.len());
    Ok(Quantised { artefact: smaller, digits, n_bytes_before, n_bytes, loss })
}

/// Shortens every number that is not whole. A tree's threshold is the greatest value that goes left, so it only grows.
fn shorten(value: &mut Value, round: &dyn Fn(f64) -> f64, round_threshold: &dyn Fn(f64) -> f64) {
    match value {
        Value::Number(number) if number.is_f64() => {
            let shortened = number.as_f64().map(round).and_then(serde_json::Number::from_f64);
            if let Some(shortened) = shortened {
                *number = shortened;
            }
        }
        Value::Array(entries) => entries.iter_mut().for_each(|entry| shorten(entry, round, round_threshold)),
        Value::Object(entries) => entries.iter_mut().for_each(|(name, entry)| {
            let round = if name == "thresholds" { round_threshold } else { round };
            shorten(entry, round, round_threshold);
        }),
        _ => {}
    }
}

fn loss(before: &Pipeline, after: &Pipeline, rows: &Table, target: &Target) -> Result<QuantisationLoss> {
    let (before, after) = (before.predict(rows)?, after.predict(rows)?);
    let n_classes = target.labels().len();
    let classes = 0..n_classes.max(1);
    let differences = classes.flat_map(|class| {
        let pairs = before.scores(class).into_iter().zip(after.scores(class));
        pairs.map(|(before, after)| (before - after).abs()).collect::<Vec<f64>>()
    });
    let n_changed = match (before.most_probable(), after.most_probable()) {
        (Some(before), Some(after)) => {
            before.iter().zip(&after).filter(|(before, after)| before != after).count()
        }
        _ => 0,
    };
    let measure = |prediction: &crate::predict::Prediction| match &target.values {
        TargetValues::Numbers(actual) => {
            metrics::regression(actual, &prediction.scores(0)).ok().map(|it| it.rmse)
        }
        TargetValues::Classes { codes, .. } if n_classes == 2 => {
            let labels: Vec<bool> = codes.iter().map(|&code| code == 1).collect();
            metrics::auc(&labels, &prediction.scores(1)).ok()
        }
        TargetValues::Classes { codes, .. } => {
            let scores: Vec<Vec<f64>> = (0..n_classes).map(|class| prediction.scores(class)).collect();
            let losses = codes
                .iter()
                .enumerate()
                .map(|(row, &code)| -libm::log(scores[code as usize][row].max(f64::EPSILON)));
            Some(losses.sum::<f64>() / codes.len().max(1) as f64)
        }
    };
    let metric = match n_classes {
        0 => "rmse",
        2 => "auc",
        _ => "log_loss",
    };
    Ok(QuantisationLoss {
        n_rows: rows.n_rows(),
        max_difference: differences.fold(0.0, f64::max),
        n_changed,
        metric: metric.to_owned(),
        before: measure(&before),
        after: measure(&after),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_the_shortest_decimal_near_enough() {
        assert_eq!(Digits::Single.round(0.1), 0.1);
        assert_eq!(Digits::Half.round(2.345_678), 2.346);
        assert_eq!(Digits::Half.round(-123_456.0), -123_460.0);
        assert_eq!(Digits::Half.round(1e300), 1e300);
        for value in [1.0 / 3.0, 2.0f64.sqrt() * 1e-200, -7e99 / 9.0, f64::MIN_POSITIVE / 3.0] {
            let (single, half) = (Digits::Single.round(value), Digits::Half.round(value));
            // Half a step of the last bit kept is 2⁻²⁴ and 2⁻¹¹ of the value's power of two.
            assert!((single / value - 1.0).abs() <= 2.0f64.powi(-24), "{value} {single}");
            assert!((half / value - 1.0).abs() <= 2.0f64.powi(-11), "{value} {half}");
            let raised = Digits::Half.round_up(value);
            assert!(
                raised >= value && (raised - value).abs() <= 2.0f64.powi(-9) * value.abs(),
                "{value} {raised}"
            );
        }
    }
}
