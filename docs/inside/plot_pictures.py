"""
The pictures of ``est.plot``
============================

Each picture of a fit is a method of ``est.plot``, and a Display class as scikit-learn has them:
``ax=`` draws into axes of yours, ``figure_`` is the figure.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

rng = np.random.default_rng(0)
X = pd.DataFrame({"S": np.geomspace(0.5, 12, 14)})
rate = pd.Series(4 * X["S"] / (3 + X["S"]) + 0.06 * rng.normal(size=14), name="rate")
est = TRMSymbolicRegressor(time_limit=None, max_steps=2, random_state=0).fit(X, rate)

# %%
# Look for points outside the band: where they lie on one side, the law lacks something; where thin
# lines part, a measurement would tell which law holds.

est.plot.law(X, rate)
plt.show()

# %%
# Look for the elbow: to its left each step down is bought by little, to its right a longer law
# gains next to nothing; filled points are the likelier, the darker.

est.plot.front()
plt.show()

# %%
# Look for a pattern in what is left: errors alone scatter evenly around 0, a bend or a wave means
# that the law lacks a part.

est.plot.residuals(X, rate)
plt.show()

# %%
# Over real dates: data and law, then the trend, each wave with its period, and the rest. Look for
# waves in the lowest panel: what still swings there is a season that the law lacks.

days = pd.date_range("2023-01-01", periods=150, freq="5D")
year = (days - days[0]).days / 365.25
level = 10 + 0.8 * year + 4 * np.cos(2 * np.pi * year) + 0.3 * rng.normal(size=150)
table = pd.DataFrame({"day": days})
dated = TRMSymbolicRegressor(time_limit=8, random_state=0).fit(table, level, dates="days")
dated.plot.series(table, level)
plt.show()
