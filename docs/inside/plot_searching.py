"""
Searching: the best law over time
=================================

Every change of the best law, as a callback hears it: simple laws come first, and each better one
has to be found. Most candidates are scanned in bulk and never fitted one by one.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

rng = np.random.default_rng(0)
X = pd.DataFrame({"t": np.linspace(0, 10, 120), "k": rng.uniform(0.2, 0.6, 120)})
y = 3 * np.exp(-X["k"] * X["t"]) + 0.5 * X["t"] + 0.05 * rng.normal(size=120)
heard = []
est = TRMSymbolicRegressor(time_limit=None, max_steps=6, keep_all=True, random_state=0)
est.fit(X, y, callbacks=heard.append)
for one in {p.law: p for p in heard}.values():
    print(f"loss {one.loss:.2e}  {one.law[:70]}")
print(len(est.all_laws_), "laws were fitted;", est)

# %%
# Every law that was fitted in the search, by complexity and loss, and the front below them.

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
laws = est.all_laws_
ax.semilogy(laws["complexity"], laws["loss"], ".", color="0.7", ms=3, label="every fitted law")
front = est.equations_
ax.semilogy(front["complexity"], front["loss"], "C0o", ms=5, label="archive")
chosen = front[front["selected"]]
ax.semilogy(chosen["complexity"], chosen["loss"], "C3o", ms=9, label="chosen")
ax.axhline(0.05**2, color="C2", ls=":", label="noise")
ax.set(xlabel="complexity", ylabel="loss", xlim=(0, 42))
ax.legend()
plt.show()

# %%
# Which task of the search ran when, on the table itself or on what its symmetries made of it.

est.plot.search(caption=True)
plt.show()
