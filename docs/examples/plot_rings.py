"""
A classifier: rings at low temperature
======================================

Before the shuttle Challenger was lost on 28 January 1986, 23 flights had come back. In seven of
them rings of the boosters had suffered from heat (Dalal, Fowlkes, Hoadley, "Risk analysis of the
space shuttle", Journal of the American Statistical Association 84, 1989). Is it a matter of the
temperature at launch, in degrees Fahrenheit? That morning it was 31.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicClassifier

# %%
# The flights
# -----------

degrees = [66, 70, 69, 68, 67, 72, 73, 70, 57, 63, 70, 78, 67, 53, 67, 75, 70, 81, 76, 79, 75, 76,
           58]  # fmt: skip
damaged = [0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1]
X, y = pd.DataFrame({"F": degrees}, dtype=float), np.array(damaged)

# %%
# The front of log odds
# ---------------------
# A law of a classifier is the logarithm of the odds; the loss is the mean log loss in nats.

est = TRMSymbolicClassifier(time_limit=None, max_steps=2, max_complexity=10, random_state=0)
est.fit(X, y)
front = est.equations_.assign(law=[est.short_text(i) for i in est.equations_.index])
print(front[["law", "complexity", "loss", "selected"]].head(5))
line_at = next(i for i, law in enumerate(front.equation) if law.endswith("*F"))

# %%
# Probability of damage
# ---------------------

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
line = pd.DataFrame({"F": np.linspace(31, 82, 200)})
for i, style in ((est.equations_.index[est.equations_.selected][0], "C0"), (line_at, "C3")):
    ax.plot(line["F"], est.predict_proba(line, index=i)[:, 1], style,
            label=f"log odds = {est.short_text(i)}")  # fmt: skip
ax.plot(degrees, y, "k|", ms=12, label="flights")
ax.axvline(31, color="0.6", ls=":")
ax.annotate("28 January 1986", (31, 0.5), (4, 0), textcoords="offset points", fontsize="small")
ax.set(xlabel="temperature at launch [°F]", ylabel="probability of damage", ylim=(-0.05, 1.05))
ax.legend(loc="center right", fontsize="small")
plt.show()

# %%
# **Found**, on the front: log odds that fall by 0.23 a degree, the line that the literature has,
# which says 0.9996 for that morning; **not found** by the default choice, which asks 23 flights for
# more than a likelihood ratio of 53 before it gives up "always the same": look at the whole front.
