"""
A wave on a trend: a lake that warms
====================================

The water of a lake, measured on some 90 days of five years, swings with the seasons and gets
warmer. The readings are drawn here, wrong by 0.8 degrees: 10.5 degrees at first, a swing of 8, and
0.35 degrees a year. Days come as dates.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

# %%
# The readings
# ------------

rng = np.random.default_rng(3)
day = np.sort(rng.choice(5 * 365, 90, replace=False))
water = 10.5 + 0.35 * day / 365.25 - 8 * np.cos(2 * np.pi * (day - 35) / 365.25)
water = np.round(water + 0.8 * rng.normal(size=len(day)), 1)
X = pd.DataFrame({"day": pd.Timestamp("2019-01-01") + pd.to_timedelta(day, unit="D")})

# %%
# The law
# -------
# ``dates="days"`` counts days from the first one, also in ``predict``.

est = TRMSymbolicRegressor(time_limit=10, random_state=0).fit(X, water, dates="days")
print(est)
print(est.noise_)
print(est.constants_[["value", "std"]])

# %%
# With real dates
# ---------------

est.plot.series(X, water, target="water [°C]")
plt.show()

# %%
# **Found:** the year (365 days), the swing and the level, and a warming of 0.39 ± 0.06 degrees a
# year where 0.35 were drawn; **not found:** whether the lake will go on like that: five years
# can't tell a trend from a slow wave.
