//! Which parameters a search may try: ranges as data, so that a new method is one more entry.

use std::collections::BTreeMap;

use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::predict::ModelParams;
use crate::random::{Generator, draw_below};
use crate::{Error, Result};

/// The values of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Range {
    /// Any of these.
    Values {
        /// At least one.
        values: Vec<Value>,
    },
    /// A whole number in `min..=max`.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A number in `min..=max`.
    Number {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
    },
    /// A number in `min..=max` with even logarithms.
    Log {
        /// The least, above 0.
        min: f64,
        /// The greatest.
        max: f64,
    },
    /// A whole number in `min..=max` with even logarithms.
    LogInteger {
        /// The least, above 0.
        min: i64,
        /// The greatest.
        max: i64,
    },
}

/// The parameter sets of one method that a search may try.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Space {
    /// The method's name.
    pub method: String,
    /// Parameter sets tried before any other; the empty one is the method's defaults.
    #[serde(default)]
    pub first: Vec<Map<String, Value>>,
    /// The values of parameters that vary; all others keep their defaults.
    #[serde(default)]
    pub ranges: BTreeMap<String, Range>,
}

/// The most parameter sets of a grid.
const MAX_GRID: usize = 10_000;

impl Range {
    fn check(&self) -> Result<()> {
        let is_usable = match self {
            Self::Values { values } => !values.is_empty(),
            Self::Integer { min, max } => min <= max,
            Self::Number { min, max } => min <= max && min.is_finite() && max.is_finite(),
            Self::Log { min, max } => *min > 0.0 && min <= max && max.is_finite(),
            Self::LogInteger { min, max } => *min > 0 && min <= max,
        };
        match is_usable {
            true => Ok(()),
            false => Err(Error::Parameter {
                name: "ranges",
                range: "finite, not empty, and above 0 for logarithms",
            }),
        }
    }

    fn draw(&self, generator: &mut Generator) -> Value {
        match self {
            Self::Values { values } => values[draw_below(generator, values.len())].clone(),
            Self::Integer { min, max } => Value::from(generator.gen_range(*min..=*max)),
            other => other.at(generator.gen_range(0.0..1.0)),
        }
    }

    /// The value at `share` of the way from the least to the greatest.
    fn at(&self, share: f64) -> Value {
        let between = |min: f64, max: f64| min + share * (max - min);
        let log = |min: f64, max: f64| libm::exp(between(libm::log(min), libm::log(max))).clamp(min, max);
        match self {
            Self::Values { values } => {
                values[((share * values.len() as f64) as usize).min(values.len() - 1)].clone()
            }
            Self::Integer { min, max } => Value::from(between(*min as f64, *max as f64).round() as i64),
            Self::Number { min, max } => Value::from(between(*min, *max)),
            Self::Log { min, max } => Value::from(log(*min, *max)),
            Self::LogInteger { min, max } => Value::from(log(*min as f64, *max as f64).round() as i64),
        }
    }

    /// All values, or `points` evenly spaced ones of a range.
    fn grid(&self, points: usize) -> Vec<Value> {
        if let Self::Values { values } = self {
            return values.clone();
        }
        let last = (points.max(2) - 1) as f64;
        let mut found: Vec<Value> = (0..points.max(2)).map(|point| self.at(point as f64 / last)).collect();
        found.dedup();
        found
    }
}

impl Space {
    /// The declared spaces of all methods there are, good defaults first.
    #[must_use]
    pub fn declared() -> Vec<Self> {
        let all: Vec<Self> =
            serde_json::from_str(include_str!("spaces.json")).expect("the file is checked by a test");
        all.into_iter().filter(|space| space.model(&Map::new()).is_ok()).collect()
    }

    /// Checks the ranges and that the method reads the first parameter sets.
    ///
    /// # Errors
    /// [`Error::UnknownMethod`]; [`Error::ParametersUnreadable`]; [`Error::Parameter`].
    pub fn check(&self) -> Result<()> {
        self.model(&Map::new())?;
        self.first.iter().try_for_each(|parameters| self.model(parameters)?.check())?;
        self.ranges.values().try_for_each(Range::check)
    }

    /// The method with `parameters`, of which those left out take their defaults.
    pub(super) fn model(&self, parameters: &Map<String, Value>) -> Result<ModelParams> {
        let mut tagged = parameters.clone();
        tagged.insert("method".to_owned(), Value::from(self.method.as_str()));
        serde_json::from_value(Value::Object(tagged)).map_err(|error| match parameters.is_empty() {
            true => Error::UnknownMethod { name: self.method.clone() },
            false => Error::ParametersUnreadable { method: "automl", reason: error.to_string() },
        })
    }

    /// The parameter sets tried first; the defaults when none are said.
    pub(super) fn first(&self) -> Result<Vec<ModelParams>> {
        let defaults = [Map::new()];
        let first = if self.first.is_empty() { defaults.as_slice() } else { &self.first };
        first.iter().map(|parameters| self.model(parameters)).collect()
    }

    /// One random parameter set, each parameter drawn by itself in the order of their names.
    pub(super) fn draw(&self, generator: &mut Generator) -> Result<ModelParams> {
        let drawn = self.ranges.iter().map(|(name, range)| (name.clone(), range.draw(generator)));
        self.model(&drawn.collect())
    }

    /// Every combination of `points` values a parameter.
    pub(super) fn grid(&self, points: usize) -> Result<Vec<ModelParams>> {
        let mut sets: Vec<Map<String, Value>> = vec![Map::new()];
        for (name, range) in &self.ranges {
            let values = range.grid(points);
            if sets.len().saturating_mul(values.len()) > MAX_GRID {
                return Err(Error::Parameter { name: "ranges", range: "at most 10000 combinations" });
            }
            let with = |set: &Map<String, Value>, value: &Value| {
                let mut set = set.clone();
                set.insert(name.clone(), value.clone());
                set
            };
            sets = sets.iter().flat_map(|set| values.iter().map(move |value| with(set, value))).collect();
        }
        sets.iter().map(|parameters| self.model(parameters)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::generator;

    #[test]
    fn every_declared_space_is_read_by_its_method_at_its_ends_and_between() {
        let all: Vec<Space> = serde_json::from_str(include_str!("spaces.json")).unwrap();
        let declared = Space::declared();
        let methods: Vec<&str> = crate::registry::methods().iter().map(|method| method.name).collect();
        for space in all.iter().filter(|space| methods.contains(&space.method.as_str())) {
            assert!(declared.contains(space), "{} is registered and not searched", space.method);
        }
        for space in declared {
            space.check().unwrap();
            let mut draws = generator(1, 0);
            for _ in 0..200 {
                space.draw(&mut draws).unwrap().check().unwrap();
            }
            for model in space.grid(2).unwrap() {
                model.check().unwrap();
            }
        }
    }

    #[test]
    fn unusable_ranges_are_refused() {
        let space = |range: Range| Space {
            method: "logistic".into(),
            first: Vec::new(),
            ranges: BTreeMap::from([("l2".to_owned(), range)]),
        };
        for range in [
            Range::Values { values: Vec::new() },
            Range::Integer { min: 2, max: 1 },
            Range::Number { min: 0.0, max: f64::NAN },
            Range::Log { min: 0.0, max: 1.0 },
            Range::LogInteger { min: 0, max: 3 },
        ] {
            assert_eq!(space(range).check().map_err(|error| error.code()), Err("parameter"));
        }
        let unknown = Space { method: "oracle".into(), ..space(Range::Number { min: 0.0, max: 1.0 }) };
        assert_eq!(unknown.check().map_err(|error| error.code()), Err("unknown-method"));
        let first = vec![Map::from_iter([("l3".to_owned(), Value::from(1.0))])];
        let unread = Space { first, ..space(Range::Number { min: 0.0, max: 1.0 }) };
        assert_eq!(unread.check().map_err(|error| error.code()), Err("parameters-unreadable"));
    }

    #[test]
    fn grids_hold_both_ends() {
        let grid = Range::Log { min: 0.01, max: 100.0 }.grid(5);
        let values: Vec<f64> = grid.iter().map(|value| value.as_f64().unwrap()).collect();
        assert!(
            values.iter().zip([0.01, 0.1, 1.0, 10.0, 100.0]).all(|(a, b)| (a / b - 1.0_f64).abs() < 1e-12)
        );
        assert_eq!(Range::LogInteger { min: 1, max: 3 }.grid(9), [1, 2, 3].map(Value::from));
    }
}
