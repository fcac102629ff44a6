"""
Planets: Kepler's third law
===========================

The distances from the sun and the periods of the eight planets, as every almanac has them. Kepler
needed ten years of Tycho's tables for the exponent 3/2 (Harmonices Mundi, 1619).
"""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_trm import TRMSymbolicRegressor, load_planets

# %%
# Eight rows
# ----------
# The periods span from a quarter of a year to 165 years: errors count relative to the period.

planets = load_planets()
X, period = planets[["distance"]], planets["period"]
est = TRMSymbolicRegressor(time_limit=5, random_state=0)
est.fit(X, period, sample_weight=1 / period**2)
print(est, "|", est.name_)

# %%
# The law, over four decades
# --------------------------

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
line = X.iloc[[0, -1]].set_axis([0, 1]).reindex(np.linspace(0, 1, 50)).interpolate("index")
ax.plot(line, est.predict(line), "C3", label=f"period = {est.short_text()}")
ax.plot(X, period, "o", color="C0")
for name, (x, y) in zip(planets.index, zip(X["distance"], period, strict=True), strict=True):
    ax.annotate(name, (x, y), (7, -9), textcoords="offset points", fontsize="small")
ax.set(xscale="log", yscale="log", xlabel="distance [astronomical units]", ylabel="period [years]",
       xlim=(0.3, 60))  # fmt: skip
ax.legend()
plt.show()

# %%
# **Found:** the exponent 3/2 and the factor 1, from eight rows; **not found:** why, which took
# Newton, nor the planets' own masses, which move the periods in the fourth digit.
