//! Mutual information of two variables, in nats: counted for discrete ones, estimated from nearest neighbours for numbers.

use std::collections::BTreeMap;

use rand::Rng;

use crate::Result;
use crate::profile::Moments;
use crate::progress::{Watch, report};
use crate::random::generator;

/// What is known of each row.
pub(super) enum Variable {
    /// Codes.
    Discrete(Vec<u32>),
    /// Numbers of variance 1.
    Continuous(Vec<f64>),
}

impl Variable {
    pub(super) fn discrete(codes: Vec<u32>) -> Self {
        Self::Discrete(codes)
    }

    /// Values divided by their standard deviation, with a noise of about a ten-thousand-millionth drawn from `seed` and `stream`,
    /// since neighbours at equal distances would bias the counts (Kraskov et al., section II).
    pub(super) fn continuous(values: &[f64], seed: u64, stream: u64) -> Self {
        let moments = Moments::of(values);
        let spread = moments.standard_deviation(0).filter(|spread| *spread > 0.0 && spread.is_finite());
        let Some(spread) = spread else { return Self::Discrete(vec![0; values.len()]) };
        let mean_size = values.iter().map(|value| value.abs() / spread / values.len() as f64).sum::<f64>();
        let size = 1e-10 * mean_size.max(1.0);
        let mut generator = generator(seed, stream);
        // A sum of uniform draws is as good a noise as any and the same on every machine.
        let mut noise = || (0..4).map(|_| generator.gen_range(-1.0..1.0)).sum::<f64>() * size;
        Self::Continuous(values.iter().map(|value| value / spread + noise()).collect())
    }
}

/// The mutual information of `left` and `right`, at least 0.
pub(super) fn information(left: &Variable, right: &Variable, k: usize, watch: &mut Watch<'_>) -> Result<f64> {
    let information = match (left, right) {
        (Variable::Discrete(left), Variable::Discrete(right)) => of_counts(left, right),
        (Variable::Continuous(values), Variable::Discrete(codes))
        | (Variable::Discrete(codes), Variable::Continuous(values)) => of_classes(values, codes, k, watch)?,
        (Variable::Continuous(left), Variable::Continuous(right)) => of_numbers(left, right, k, watch)?,
    };
    Ok(information.max(0.0))
}

fn of_counts(left: &[u32], right: &[u32]) -> f64 {
    let mut pairs = BTreeMap::<(u32, u32), f64>::new();
    let (mut lefts, mut rights) = (BTreeMap::<u32, f64>::new(), BTreeMap::<u32, f64>::new());
    for (&left, &right) in left.iter().zip(right) {
        *pairs.entry((left, right)).or_default() += 1.0;
        *lefts.entry(left).or_default() += 1.0;
        *rights.entry(right).or_default() += 1.0;
    }
    let n = left.len() as f64;
    let part = |((left, right), count): (&(u32, u32), &f64)| {
        count / n * libm::log(count / lefts[left] * (n / rights[right]))
    };
    pairs.iter().map(part).sum()
}

/// `ψ(1), …, ψ(n)` at positions 1 to n.
fn digammas(n: usize) -> Vec<f64> {
    const EULER: f64 = 0.577_215_664_901_532_9;
    let mut digammas = vec![f64::NAN, -EULER];
    for position in 1..n {
        digammas.push(digammas[position] + 1.0 / position as f64);
    }
    digammas
}

/// Ross (2014): the distance to the `k`-th neighbour of the same class, and how many rows of any class are as near.
fn of_classes(values: &[f64], codes: &[u32], k: usize, watch: &mut Watch<'_>) -> Result<f64> {
    let mut classes = BTreeMap::<u32, Vec<f64>>::new();
    values.iter().zip(codes).for_each(|(&value, &code)| classes.entry(code).or_default().push(value));
    classes.retain(|_, values| values.len() > 1);
    let mut all: Vec<f64> = classes.values().flatten().copied().collect();
    all.sort_unstable_by(f64::total_cmp);
    if all.is_empty() {
        return Ok(0.0);
    }
    let psi = digammas(all.len());
    let (mut neighbours, mut labels, mut counts) = (0.0, 0.0, 0.0);
    for class in classes.values_mut() {
        report(watch, "mutual_information", 0, 0)?;
        class.sort_unstable_by(f64::total_cmp);
        let k = k.min(class.len() - 1);
        for (place, value) in class.iter().enumerate() {
            let radius = kth_distance(class, place, k).next_down();
            neighbours += psi[k];
            labels += psi[class.len()];
            counts += psi[within(&all, *value, radius).max(1)];
        }
    }
    let n = all.len() as f64;
    Ok(psi[all.len()] + (neighbours - labels - counts) / n)
}

/// The distance from the value at `place` of ascending values to its `k`-th nearest other.
fn kth_distance(sorted: &[f64], place: usize, k: usize) -> f64 {
    let (mut below, mut above) = (place, place + 1);
    let mut distance = 0.0;
    for _ in 0..k {
        let to_below = if below > 0 { sorted[place] - sorted[below - 1] } else { f64::INFINITY };
        let to_above = sorted.get(above).map_or(f64::INFINITY, |value| value - sorted[place]);
        if to_below <= to_above {
            (distance, below) = (to_below, below - 1);
        } else {
            (distance, above) = (to_above, above + 1);
        }
    }
    distance
}

/// How many of ascending values lie within `radius` of `value`, itself included.
fn within(sorted: &[f64], value: f64, radius: f64) -> usize {
    let first = sorted.partition_point(|other| value - other > radius);
    let end = sorted.partition_point(|other| other - value <= radius);
    end.saturating_sub(first)
}

/// Kraskov et al. (2004), the first estimator: the distance to the `k`-th neighbour by the larger of both differences, and how
/// many rows are nearer by each difference alone.
fn of_numbers(left: &[f64], right: &[f64], k: usize, watch: &mut Watch<'_>) -> Result<f64> {
    let n = left.len();
    let k = k.min(n - 1);
    if k == 0 {
        return Ok(0.0);
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|&one, &other| left[one].total_cmp(&left[other]));
    let lefts: Vec<f64> = order.iter().map(|&row| left[row]).collect();
    let along: Vec<f64> = order.iter().map(|&row| right[row]).collect();
    let mut rights = right.to_vec();
    rights.sort_unstable_by(f64::total_cmp);
    let psi = digammas(n);
    let mut nearest = Vec::with_capacity(k);
    let mut sum = 0.0;
    for place in 0..n {
        if place % 1024 == 0 {
            report(watch, "mutual_information", place, n)?;
        }
        let radius = kth_in_square(&lefts, &along, place, k, &mut nearest).next_down();
        sum += psi[within(&lefts, lefts[place], radius).max(1)]
            + psi[within(&rights, along[place], radius).max(1)];
    }
    Ok(psi[n] + psi[k] - sum / n as f64)
}

/// The distance from the point at `place` to its `k`-th nearest other by the larger of both differences. Points are ascending by the
/// first number, so the search widens until that difference alone is too large.
fn kth_in_square(lefts: &[f64], along: &[f64], place: usize, k: usize, nearest: &mut Vec<f64>) -> f64 {
    nearest.clear();
    let (mut below, mut above) = (place, place + 1);
    loop {
        let to_below = if below > 0 { lefts[place] - lefts[below - 1] } else { f64::INFINITY };
        let to_above = lefts.get(above).map_or(f64::INFINITY, |value| value - lefts[place]);
        let step = to_below.min(to_above);
        let furthest = if nearest.len() < k { f64::INFINITY } else { nearest[k - 1] };
        if step >= furthest {
            return furthest;
        }
        let other = if to_below <= to_above {
            below -= 1;
            below
        } else {
            above += 1;
            above - 1
        };
        let distance = step.max((along[other] - along[place]).abs());
        if distance < furthest {
            if nearest.len() == k {
                nearest.pop();
            }
            let position = nearest.partition_point(|near| *near <= distance);
            nearest.insert(position, distance);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

    #[test]
    fn the_widening_search_finds_the_plain_answer() {
        let mut draws = generator(3, 0);
        let mut column = || -> Vec<f64> { (0..300).map(|_| draws.gen_range(0.0..1.0)).collect() };
        let (mut lefts, along) = (column(), column());
        lefts.sort_unstable_by(f64::total_cmp);
        for place in 0..300 {
            let distance =
                |other: usize| (lefts[other] - lefts[place]).abs().max((along[other] - along[place]).abs());
            let mut plain: Vec<f64> = (0..300).filter(|&other| other != place).map(distance).collect();
            plain.sort_unstable_by(f64::total_cmp);
            assert_eq!(kth_in_square(&lefts, &along, place, 4, &mut Vec::new()), plain[3]);
        }
    }

    #[test]
    fn a_variable_tells_its_own_entropy_and_a_constant_tells_nothing() {
        let codes: Vec<u32> = (0..900).map(|row| row % 3).collect();
        let own = Variable::discrete(codes.clone());
        let told = information(&own, &own, 3, &mut unwatched).unwrap();
        assert!((told - 3.0f64.ln()).abs() < 1e-12);
        let same = Variable::continuous(&[1e300; 900], 0, 0);
        assert_eq!(information(&same, &own, 3, &mut unwatched), Ok(0.0));
        let single = Variable::discrete((0..900).collect());
        let numbers =
            Variable::continuous(&codes.iter().map(|&code| f64::from(code)).collect::<Vec<f64>>(), 0, 0);
        assert_eq!(information(&numbers, &single, 3, &mut unwatched), Ok(0.0));
    }
}
