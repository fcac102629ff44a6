"""
Tides: two waves of nearly the same period
==========================================

The moon lifts the sea every 12.42 hours, the sun every 12.00: together they make spring and neap
tides. The gauge is drawn here, a reading every hour and a half for fifteen days, wrong by 8 cm; the
periods are to be found.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

# %%
# The readings
# ------------

rng = np.random.default_rng(0)
hours = np.arange(0, 15 * 24, 1.5)


def sea(h):
    moon = 1.3 * np.cos(2 * np.pi * h / 12.4206 - 0.6)
    return 2.1 + moon + 0.45 * np.cos(2 * np.pi * h / 12 - 1.9)


X = pd.DataFrame({"hours": hours})
level = sea(hours) + 0.08 * rng.normal(size=len(hours))

# %%
# The law, and the periods in it
# ------------------------------

est = TRMSymbolicRegressor(time_limit=10, random_state=0).fit(X, level)
print(est, "|", est.name_)
rates = np.array([v for v in est.constants_.value.abs() if 0.45 < v < 0.56])
print("periods in hours:", np.round(2 * np.pi / np.sort(rates), 3))

# %%
# A month further
# ---------------
# Waves are laws that may be carried on, as long as their periods are known well enough.

fig, axes = plt.subplots(2, 1, figsize=(8, 5), layout="constrained")
for ax, begin in zip(axes, (0, 30 * 24), strict=True):
    line = pd.DataFrame({"hours": begin + np.linspace(0, 15 * 24, 1500)})
    ax.fill_between(line["hours"] / 24, *est.predict_interval(line), color="C0", alpha=0.3,
                    label="95%")  # fmt: skip
    ax.plot(line["hours"] / 24, sea(line["hours"]), "k", lw=0.8, label="the sea")
    ax.set(ylabel="level [m]")
axes[0].plot(hours / 24, level, "C3.", ms=3, label="readings")
axes[0].legend(loc="lower right", ncols=3, fontsize="small")
axes[1].set(xlabel="days", title="a month later")
plt.show()

# %%
# **Found:** both waves with their periods, 12.42 and 12.00 hours, from one spring and neap tide,
# and a forecast that holds a month later; **not found:** which is the moon, and weaker tides, of
# which real gauges show dozens.
