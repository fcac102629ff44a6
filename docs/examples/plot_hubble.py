"""
Hubble 1929, as printed
=======================

The 24 nebulae of known distance in table 1 of Hubble, "A relation between distance and radial
velocity among extra-galactic nebulae", Proceedings of the National Academy of Sciences 15, 168
(1929). Distances in megaparsecs, velocities in km/s; some nebulae come towards us.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

# %%
# The table
# ---------

distance = [
    0.032, 0.034, 0.214, 0.263, 0.275, 0.275, 0.45, 0.5, 0.5, 0.63, 0.8, 0.9, 0.9, 0.9, 0.9, 1.0,
    1.1, 1.1, 1.4, 1.7, 2.0, 2.0, 2.0, 2.0,
]  # fmt: skip
velocity = np.array([
    170, 290, -130, -70, -185, -220, 200, 290, 270, 200, 300, -30, 650, 150, 500, 920, 450, 500,
    500, 960, 500, 850, 800, 1090,
])  # fmt: skip
X = pd.DataFrame({"distance": distance})

# %%
# A straight line, and what it competes with
# ------------------------------------------

est = TRMSymbolicRegressor(time_limit=None, max_steps=1, random_state=0).fit(X, velocity)
laws = est.equations_.assign(law=[est.short_text(i) for i in est.equations_.index])
print(laws[["law", "loss", "probability"]].sort_values("probability", ascending=False).head(3))
print(est.constants_.round(1))

# %%
# The band of a new nebula
# ------------------------

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
line = pd.DataFrame({"distance": np.linspace(0, 2.2, 100)})
low, high = est.predict_interval(line, 0.9)
ax.fill_between(line["distance"], low, high, color="C0", alpha=0.15, label="90% of new nebulae")
ax.fill_between(line["distance"], *est.predict_interval(line, 0.9, y_error=0), color="C0",
                alpha=0.4, label="90%, the law itself")  # fmt: skip
ax.plot(line["distance"], est.predict(line), "C0", label=f"v = {est.short_text()}")
ax.plot(distance, velocity, "ko", ms=4)
ax.set(xlabel="distance [Mpc]", ylabel="velocity [km/s]")
ax.legend()
plt.show()

# %%
# **Found:** velocity proportional to distance, with a constant of about 424 +- 42 km/s per Mpc;
# **not found:** today's constant near 70, for Hubble's distances were too short, an error of the
# table that no fit can see.
