//! Regression, metrics and recommendations against statsmodels, scikit-learn, SciPy, mpmath and NIST's certified values.
//!
//! The expected values are in `tests/reference`, made by `tools/reference/supervised.py`. Modules are marked as tests so that lints know them as such.

#[cfg(test)]
mod common;
#[cfg(test)]
mod nist;
#[cfg(test)]
mod online_retail;
#[cfg(test)]
mod reference;
