//! One probability for each class from those between each two (Wu, Lin and Weng 2004, second method).

/// The probabilities of `n_classes` classes that best fit `pairs`, the probability of the later class of each pair, in the
/// order of [`super::pairs`]. They sum to 1.
pub(super) fn couple(n_classes: usize, pairs: &[f64]) -> Vec<f64> {
    if n_classes == 2 {
        return vec![1.0 - pairs[0], pairs[0]];
    }
    const NEAR: f64 = 1e-7;
    let mut against = vec![0.0; n_classes * n_classes];
    for ((first, second), &later) in super::pairs(n_classes).zip(pairs) {
        let later = later.clamp(NEAR, 1.0 - NEAR);
        against[second * n_classes + first] = later;
        against[first * n_classes + second] = 1.0 - later;
    }
    let form = quadratic_form(n_classes, &against);
    settle(n_classes, &form)
}

/// The matrix `Q` whose form `pᵀQp` is the disagreement of probabilities `p` with the pairs.
fn quadratic_form(n: usize, against: &[f64]) -> Vec<f64> {
    let mut form = vec![0.0; n * n];
    for class in 0..n {
        for other in (0..n).filter(|&other| other != class) {
            let (lost, won) = (against[other * n + class], against[class * n + other]);
            form[class * n + class] += lost * lost;
            form[class * n + other] = -lost * won;
        }
    }
    form
}

/// The probabilities of least form, by steps in one class at a time, each followed by dividing by the sum.
fn settle(n: usize, form: &[f64]) -> Vec<f64> {
    const NEAR: f64 = 1e-12;
    const ROUNDS: usize = 1000;
    let mut shares = vec![1.0 / n as f64; n];
    for _ in 0..ROUNDS {
        let mut slopes: Vec<f64> = form
            .chunks_exact(n)
            .map(|row| row.iter().zip(&shares).map(|(form, share)| form * share).sum())
            .collect();
        let mut whole: f64 = slopes.iter().zip(&shares).map(|(slope, share)| slope * share).sum();
        if slopes.iter().all(|slope| (slope - whole).abs() < NEAR / n as f64) {
            break;
        }
        for class in 0..n {
            let own = form[class * n + class];
            let change = (whole - slopes[class]) / own;
            shares[class] += change;
            let sum = 1.0 + change;
            whole = (whole + change * (change * own + 2.0 * slopes[class])) / (sum * sum);
            for other in 0..n {
                slopes[other] = (slopes[other] + change * form[class * n + other]) / sum;
                shares[other] /= sum;
            }
        }
    }
    let sum: f64 = shares.iter().map(|share| share.max(0.0)).sum();
    shares.iter().map(|share| share.max(0.0) / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_that_agree_give_back_the_probabilities_they_come_from() {
        let shares = [0.5, 0.2, 0.25, 0.05];
        let pairs: Vec<f64> = super::super::pairs(4)
            .map(|(first, second)| shares[second] / (shares[first] + shares[second]))
            .collect();
        let coupled = couple(4, &pairs);
        assert!(
            coupled.iter().zip(&shares).all(|(found, share)| (found - share).abs() < 1e-9),
            "{coupled:?}"
        );
    }

    #[test]
    fn certain_pairs_give_finite_probabilities_that_sum_to_one() {
        let coupled = couple(3, &[1.0, 1.0, 0.0]);
        assert!((coupled.iter().sum::<f64>() - 1.0).abs() < 1e-12 && coupled[1] > 0.9);
    }
}
