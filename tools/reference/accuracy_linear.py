"""Least squares and logistic regression on real data sets, by statsmodels, for crates/analytics/tests/accuracy/linear.rs."""

import statsmodels.api as sm
from real_data import DataSet, write


def ols(name):
    data = DataSet(name)
    fit = sm.OLS(data.numbers(), sm.add_constant(data.encoded())).fit()
    return {"estimates": fit.params, "standard_errors": fit.bse, "p": fit.pvalues, "r_squared": fit.rsquared}


write("accuracy_linear", {"ols": {name: ols(name) for name in ["diabetes", "wine"]}})
