"""
From cloud to point, and the answer cell by cell
================================================

The thought of a fit is thought again, iteration by iteration: ``est.plot.latent`` shows where the
latent state comes to rest, ``est.plot.grid`` what was written there. ``est.plot.animation`` plays
both in one page.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

rng = np.random.default_rng(0)
X = pd.DataFrame(rng.uniform(1, 5, (200, 3)), columns=["a", "b", "t"])
y = np.sqrt(X["a"] ** 2 + X["b"] ** 2) / X["t"] + 0.01 * rng.normal(size=200)
est = TRMSymbolicRegressor(time_limit=None, max_steps=3, search=False, random_state=0).fit(X, y)

# %%
# Look how random beginnings all fall into one point: the rest is made by the table, not by where
# the thought began; on the right each lane moves on whenever its answer was fed back.

fig, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
est.plot.latent(X, y, ax=axes)
plt.show()

# %%
# Look for cells that keep their content from step to step and grow dark: that part of the law has
# crystallised; red rings mark what was rewritten.

est.plot.grid(X, y)
plt.show()
