"""
Population by year: a forecast that fails
=========================================

The census of the United States of America, in millions. Verhulst (1838) proposed that growth
levels off, and Pearl and Reed (1920) fitted his curve to the rows up to 1910: they foresaw a limit
of 197 millions. What do the same 13 rows say today?
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

# %%
# The census
# ----------

people = [
    3.9, 5.3, 7.2, 9.6, 12.9, 17.1, 23.2, 31.4, 38.6, 50.2, 63.0, 76.2, 92.2, 106.0, 123.2, 132.2,
    151.3, 179.3, 203.2, 226.5, 248.7, 281.4, 308.7, 331.4,
]  # fmt: skip
census = pd.DataFrame({"year": np.arange(1790.0, 2021, 10), "people": people})
known = census[census.year <= 1910]

# %%
# Laws of the rows up to 1910
# ---------------------------

est = TRMSymbolicRegressor(time_limit=None, max_steps=2, random_state=0, extrapolation="ignore")
est.fit(known[["year"]], known["people"])
logistic = "K/(1 + exp(-r*(year - t0)))"
ranks = est.compare([logistic], known[["year"]], known["people"])
print(ranks[["law", "equation", "loss", "probability"]].head(5).to_string())
of_verhulst = TRMSymbolicRegressor().fit(known[["year"]], known["people"], template=logistic)
print(of_verhulst.constants_.round(4))

# %%
# What they say of 2020
# ---------------------

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
years = pd.DataFrame({"year": np.arange(1780.0, 2031)})
low, high = est.predict_interval(years, 0.95, law_doubt=True)
ax.fill_between(years["year"], low, high, color="C0", alpha=0.2, label="95%, any likely law")
ax.plot(years["year"], est.predict(years), "C0", label=est.short_text())
ax.plot(years["year"], of_verhulst.predict(years), "C1--", label="Verhulst's curve")
ax.plot(census["year"], census["people"], "ko", mfc="white", label="later census")
ax.plot(known["year"], known["people"], "ko", label="rows of the fit")
ax.set(xlabel="year", ylabel="millions", ylim=(0, 700))
ax.legend()
plt.show()

# %%
# **Found:** short curves that pass through 13 census within their rounding; **not found:** one that
# knows 2020, since the curve that was chosen foresees far too many, Verhulst's far too few, and no
# band holds what the rows cannot know: a century of history.
