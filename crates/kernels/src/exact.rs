//! Sums that are the same in whatever order they are taken, to nearly twice the digits: rows can come and go one by one.

/// Sums of values of known reach, exact because every value is first cut into two parts on fixed grids.
///
/// The upper part is rounded to a grid so coarse that no sum of up to `n` of them rounds, the rest to a second grid in the
/// same way: what is lost is below `4 n² 2⁻¹⁰⁶` of the reach. Demmel, J., Nguyen, H. D. (2015). Parallel reproducible
/// summation. IEEE Trans. Comput. 64, 2060–2070.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// One number a column: adding and subtracting it rounds to the upper grid.
    upper: Vec<f64>,
    /// The same for the rest.
    lower: Vec<f64>,
}

impl Grid {
    /// The grids for up to `n_rows` rows of values of sizes up to `reaches`, one a column.
    #[must_use]
    pub fn new(reaches: &[f64], n_rows: usize) -> Self {
        // 2^count_bits is at least the number of rows.
        let count_bits = usize::BITS - n_rows.leading_zeros();
        let step =
            |reach: f64, bits: u32| 1.5 * power_of_two_above(reach) * f64::from(2u32).powi(bits as i32);
        let upper = reaches.iter().map(|&reach| step(reach, count_bits));
        // Half a step of the upper grid is 2^(count_bits - 53) of the reach, and again so for the lower one.
        let lower = reaches.iter().map(|&reach| step(reach, 2 * count_bits) * f64::EPSILON / 2.0);
        Self { lower: lower.collect(), upper: upper.collect() }
    }

    /// Adds `row - origin` to a sum of two halves: the upper parts, then the rest, each as long as a row.
    #[inline]
    pub fn add(&self, row: &[f64], origin: &[f64], sum: &mut [f64]) {
        self.each(row, origin, sum, |sum, part| *sum += part);
    }

    /// Takes `row - origin` off a sum that holds it.
    #[inline]
    pub fn subtract(&self, row: &[f64], origin: &[f64], sum: &mut [f64]) {
        self.each(row, origin, sum, |sum, part| *sum -= part);
    }

    #[inline(always)]
    fn each(&self, row: &[f64], origin: &[f64], sum: &mut [f64], join: impl Fn(&mut f64, f64)) {
        let (uppers, lowers) = sum.split_at_mut(row.len());
        let steps = self.upper.iter().zip(&self.lower);
        for (((value, origin), (upper, lower)), (high, low)) in
            row.iter().zip(origin).zip(steps).zip(uppers.iter_mut().zip(lowers))
        {
            let value = value - origin;
            let part = (value + upper) - upper;
            join(high, part);
            join(low, ((value - part) + lower) - lower);
        }
    }
}

/// A power of two above `reach`, at most twice it or four times; 1 for 0.
fn power_of_two_above(reach: f64) -> f64 {
    if reach == 0.0 { 1.0 } else { f64::from_bits((reach.to_bits() >> 52) << 52) * 2.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_order_of_rows_and_those_that_left_do_not_show(values in prop::collection::vec(-1e3f64..1e3, 1..200), origin in -1e3f64..1e3, turn in 0usize..200) {
            let reach = values.iter().fold(0.0, |most: f64, value| most.max((value - origin).abs()));
            let grid = Grid::new(&[reach], values.len());
            let mut forward = [0.0; 2];
            values.iter().for_each(|value| grid.add(&[*value], &[origin], &mut forward));
            let mut turned = [0.0; 2];
            let turn = turn % values.len();
            values[turn..].iter().chain(&values[..turn]).for_each(|value| grid.add(&[*value], &[origin], &mut turned));
            prop_assert_eq!(forward, turned);
            let mut few = [0.0; 2];
            values[turn..].iter().for_each(|value| grid.add(&[*value], &[origin], &mut few));
            values[..turn].iter().for_each(|value| grid.subtract(&[*value], &[origin], &mut forward));
            prop_assert_eq!(few, forward);
            let exact: f64 = values[turn..].iter().map(|value| value - origin).sum();
            // The plain sum rounds: below 200 · 4e5 · 2⁻⁵³.
            prop_assert!((few[0] + few[1] - exact).abs() <= 1e-8);
        }
    }

    #[test]
    fn a_far_value_does_not_blur_the_near_ones() {
        let grid = Grid::new(&[1e9], 1_000_000);
        let mut sum = [0.0; 2];
        for value in [0.1, 1e9, 0.2] {
            grid.add(&[value], &[0.0], &mut sum);
        }
        grid.subtract(&[1e9], &[0.0], &mut sum);
        assert!((sum[0] + sum[1] - 0.3).abs() < 1e-9, "{sum:?}");
        let still = Grid::new(&[0.0], 5);
        still.add(&[3.0], &[3.0], &mut sum);
        assert!((sum[0] + sum[1] - 0.3).abs() < 1e-9, "a column that does not vary adds nothing");
    }
}
