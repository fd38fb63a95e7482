//! The least value of a function of one number, without derivatives.

use crate::Result;

/// Where `function` is least in `low..=high`, if it has a single valley there: golden sections and parabolas.
///
/// Stops when the place is known to `tolerance` or to the square root of the machine's precision, which is as far as values
/// of a smooth function tell.
///
/// Brent, R. P. (1973). Algorithms for Minimization without Derivatives, chapter 5.
pub(super) fn minimize(
    low: f64,
    high: f64,
    tolerance: f64,
    mut function: impl FnMut(f64) -> Result<f64>,
) -> Result<f64> {
    let golden = 0.5 * (3.0 - 5.0f64.sqrt());
    let (mut low, mut high) = (low, high);
    let mut best = low + golden * (high - low);
    let (mut second, mut third) = (best, best);
    let mut at_best = function(best)?;
    let (mut at_second, mut at_third) = (at_best, at_best);
    let (mut step, mut earlier_step) = (0.0f64, 0.0f64);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        let near = 1e-9 * best.abs() + tolerance;
        if (best - middle).abs() <= 2.0 * near - 0.5 * (high - low) {
            break;
        }
        let parabola = parabola_step([best, second, third], [at_best, at_second, at_third]);
        let is_parabola_good = |step: f64| {
            let place = best + step;
            step.abs() < 0.5 * earlier_step.abs() && place > low && place < high
        };
        (earlier_step, step) = match parabola.filter(|&step| is_parabola_good(step)) {
            Some(parabola) => (step, parabola),
            None => {
                let side = if best < middle { high - best } else { low - best };
                (side, golden * side)
            }
        };
        let place = best + if step.abs() >= near { step } else { near.copysign(step) };
        let value = function(place)?;
        if value <= at_best {
            if place < best {
                high = best
            } else {
                low = best
            }
            (third, second, best) = (second, best, place);
            (at_third, at_second, at_best) = (at_second, at_best, value);
        } else {
            if place < best {
                low = place
            } else {
                high = place
            }
            if value <= at_second || second == best {
                (third, second) = (second, place);
                (at_third, at_second) = (at_second, value);
            } else if value <= at_third || third == best || third == second {
                (third, at_third) = (place, value);
            }
        }
    }
    Ok(best)
}

/// From the first of three places to the lowest point of the parabola through them; `None` when it has none.
fn parabola_step([best, second, third]: [f64; 3], [at_best, at_second, at_third]: [f64; 3]) -> Option<f64> {
    let to_second = (best - second) * (at_best - at_third);
    let to_third = (best - third) * (at_best - at_second);
    let over = (best - third) * to_third - (best - second) * to_second;
    let under = 2.0 * (to_third - to_second);
    let step = -over / under;
    step.is_finite().then_some(step)
}

/// An interval that holds the lowest place of a function with a single valley, walking downhill from `start` in doubling steps
/// and no further than `low..=high`. Places where the function is infinite lie outside.
pub(super) fn bracket(
    start: f64,
    (low, high): (f64, f64),
    mut function: impl FnMut(f64) -> Result<f64>,
) -> Result<(f64, f64)> {
    let at_start = function(start)?;
    let mut ends = [start; 2];
    for (end, (side, limit)) in ends.iter_mut().zip([(-1.0, low), (1.0, high)]) {
        let (mut at_end, mut step) = (at_start, 0.5);
        while *end != limit {
            let next = (*end + side * step).clamp(low, high);
            let at_next = function(next)?;
            *end = next;
            if at_next >= at_end {
                break;
            }
            (at_end, step) = (at_next, 2.0 * step);
        }
    }
    Ok((ends[0], ends[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_point_is_found_inside_and_at_the_ends() {
        let find = |low: f64, high: f64, function: fn(f64) -> f64| {
            let mut calls = 0;
            let found = minimize(low, high, 1e-9, |place| {
                calls += 1;
                Ok(function(place))
            });
            assert!(calls < 80, "{calls} calls");
            found.unwrap()
        };
        // Values tell the place to about the square root of the machine's precision.
        assert!((find(-20.0, 20.0, |x| (x - 3.25).powi(2) + 1.0) - 3.25).abs() < 1e-7);
        assert!((find(-20.0, 20.0, |x| x.exp() - 2.0 * x) - 2.0f64.ln()).abs() < 1e-7);
        assert!((find(-20.0, 20.0, |x| x) + 20.0).abs() < 1e-6);
        assert!(
            (find(-20.0, 20.0, |x| if x > 1.0 { f64::INFINITY } else { (x + 1.5).abs() }) + 1.5).abs() < 1e-7
        );
    }

    #[test]
    fn a_far_valley_is_walked_to_and_a_wall_ends_the_walk() {
        let walk =
            |function: fn(f64) -> f64| bracket(1.0, (-1000.0, 1000.0), |place| Ok(function(place))).unwrap();
        let (low, high) = walk(|x| (x + 280.0).powi(2));
        assert!(low < -280.0 && high == 1.5);
        assert_eq!(walk(|x| -x).1, 1000.0);
        let (_, high) = walk(|x| if x > 3.0 { f64::INFINITY } else { -x });
        assert!(high > 3.0 && high < 8.0);
    }
}
