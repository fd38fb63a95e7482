//! Regression, metrics and recommendations against statsmodels, scikit-learn, SciPy, mpmath and NIST's certified values.
//!
//! The expected values are in `tests/reference`, made by `tools/reference/supervised.py`.

mod common;
mod nist;
mod online_retail;
mod reference;
