"""
Enzyme kinetics with eight rows
===============================

Reaction rates at eight concentrations, with 3% noise. The law that a textbook has for them is
found, with its doubt: bands of the law alone, and bands that count the other laws that eight
rows do not rule out.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

# %%
# The rows
# --------

rng = np.random.default_rng(4)
concentration = np.array([0.5, 1.0, 2.0, 3.5, 6.0, 10.0, 16.0, 25.0])
rate = 4.2 * concentration / (concentration + 3.1)
table = pd.DataFrame({"c": concentration})
y = rate * (1 + 0.03 * rng.normal(size=8))

# %%
# The law, and how likely the others are
# --------------------------------------

est = TRMSymbolicRegressor(time_limit=5, random_state=0).fit(table, y)
print(est)
front = est.equations_.sort_values("probability", ascending=False)
print(front[["equation", "loss", "prior", "probability"]].head(4).to_string(index=False))

# %%
# Where the rows end, doubt begins
# --------------------------------
# Look at the right half: beyond the last row the bands of the law alone stay narrow, those with
# doubt about the law open.

wide = pd.DataFrame({"c": np.linspace(0.2, 50, 200)})
fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
low, high = est.predict_interval(wide, 0.9, law_doubt=True)
ax.fill_between(wide["c"], low, high, color="C1", alpha=0.25, label="90%, any likely law")
low, high = est.predict_interval(wide, 0.9)
ax.fill_between(wide["c"], low, high, color="C0", alpha=0.3, label="90%, this law")
ax.plot(wide["c"], est.predict(wide), "C0", label=str(est))
ax.plot(concentration, y, "ko", label="eight rows")
ax.set(xlabel="concentration", ylabel="rate", ylim=(0, 6))
ax.legend(loc="lower right")
plt.show()

# %%
# **Found:** Michaelis-Menten, with both constants within their errors; **not found:** certainty,
# since eight rows leave room for other laws, which part from this one beyond the last row.
