"""
Choosing: prior, error, and the shortest description
====================================================

Forty noisy rows of a saturation curve. The loss falls with every number that a law may have; the
length of the description, in nats, falls only while a number pays for itself.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

rng = np.random.default_rng(2)
X = pd.DataFrame({"c": np.geomspace(0.2, 20, 40)})
y = 5 * X["c"] / (X["c"] + 3) + 0.1 * rng.normal(size=40)
est = TRMSymbolicRegressor(time_limit=None, max_steps=2, random_state=0).fit(X, y)
front = est.equations_.assign(law=[est.short_text(i) for i in est.equations_.index])
table = front[["law", "complexity", "loss", "prior", "description_length", "probability"]]
print(table.to_string(index=False, max_colwidth=50))

# %%
# Left: complexity and loss. Right: the same laws by what they cost before any data and by what they
# leave; lines join equal descriptions, and the chosen law stands lowest.

fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
chosen = front["selected"]
axes[0].semilogy(front["complexity"], front["loss"], "ko-", mfc="white", lw=0.8)
axes[0].semilogy(front["complexity"][chosen], front["loss"][chosen], "C3o", ms=9)
axes[0].axhline(0.1**2, color="C2", ls=":", label="noise")
axes[0].set(xlabel="complexity", ylabel="loss")
axes[0].legend()
axes[1].plot(front["complexity"], front["description_length"], "ko-", mfc="white", lw=0.8)
axes[1].plot(front["complexity"][chosen], front["description_length"][chosen], "C3o", ms=9,
             label=est.name_ or est.short_text())  # fmt: skip
axes[1].set(xlabel="complexity", ylabel="description [nats above the shortest]", ylim=(-5, 100))
axes[1].legend()
plt.show()
