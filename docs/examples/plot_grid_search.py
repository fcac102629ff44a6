"""
Searching over parameters
=========================

A law is an ordinary estimator, so ``GridSearchCV`` searches over
the network's parameters as over any others: how long the latent state may move (``max_iters``),
when it counts as at rest (``threshold``), how it is held (``ns_steps``), and how long a law may be
(``max_complexity``).
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV, KFold

from sklearn_trm import TRMSymbolicRegressor

# %%
# A table with noise
# ------------------
# The law of a damped swing, with 5% noise: a law that is too long follows the noise.

rng = np.random.default_rng(0)
X = pd.DataFrame({"t": rng.uniform(0, 6, 150), "k": rng.uniform(0.1, 0.6, 150)})
law = 2 * np.exp(-X["k"] * X["t"]) + 0.5 * X["t"]
y = law + 0.05 * law.std() * rng.normal(size=150)

# %%
# The grid
# --------
# Without a time limit each fit repeats exactly, on every machine; ``max_steps`` bounds it.

grid = {
    "max_complexity": [4, 12, 20],
    "max_iters": [16],
    "threshold": [1e-1, 1e-3],
    "ns_steps": [2],
}
model = TRMSymbolicRegressor(time_limit=None, max_steps=1, random_state=0)
search = GridSearchCV(model, grid, cv=KFold(2, shuffle=True, random_state=0))
search.fit(X, y)
print(search.best_params_)
print(search.best_estimator_.expr_)

# %%
# What the parameters do
# ----------------------
# The length that a law may have matters most; how still the latent state has to be, little.

results = pd.DataFrame(search.cv_results_)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
for threshold, part in results.groupby("param_threshold"):
    axes[0].errorbar(
        part["param_max_complexity"].astype(float), 1 - part["mean_test_score"],
        part["std_test_score"], marker="o", capsize=2,
        label=f"threshold={threshold:g}",
    )  # fmt: skip
axes[0].set(xlabel="max_complexity", ylabel="1 - R² on rows left out", yscale="log")
axes[0].legend(fontsize="small")

# %%
# The latent velocity of the best fit: it falls until the state is at rest.

for number, velocity in enumerate(search.best_estimator_.velocity_history_, 1):
    axes[1].semilogy(np.arange(1, len(velocity) + 1), velocity, label=f"answer step {number}")
axes[1].axhline(search.best_params_["threshold"], ls=":", color="gray", label="threshold")
axes[1].set(xlabel="latent iteration", ylabel="relative velocity")
axes[1].legend(fontsize="small")
plt.show()

# %%
# **Found:** that the length of the law decides, and 20 finds the law itself; **not found:** any
# gain from a smaller threshold, for the state comes to rest within a few iterations.
