"""
Diabetes: an honest black box
=============================

The progress of a disease a year later, by ten measurements of 442 patients (Efron, Hastie,
Johnstone, Tibshirani, "Least angle regression", 2004). No short law is behind such a table; how far
is a formula from a black box?
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split

from sklearn_trm import TRMSymbolicRegressor

# %%
# Half of the patients are left out
# ---------------------------------

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
X = X.drop(columns="sex")  # a code, no number
X_fit, X_new, y_fit, y_new = train_test_split(X, y, test_size=0.5, random_state=0)

# %%
# Two choices from one front, and three others
# --------------------------------------------
# ``"law"`` takes what a textbook would hold, ``"prediction"`` what predicts best; both were found
# in the same fit.

est = TRMSymbolicRegressor(time_limit=8, random_state=0).fit(X_fit, y_fit)
scores = {}
for choice in ("law", "prediction"):
    est.choose(choice)
    print(f"{choice}: {est}")
    scores[f"this package, {choice}"] = est.score(X_new, y_new)
for model in (LinearRegression(), HistGradientBoostingRegressor(random_state=0)):
    scores[type(model).__name__] = model.fit(X_fit, y_fit).score(X_new, y_new)
best = HistGradientBoostingRegressor(max_leaf_nodes=4, learning_rate=0.05, max_iter=80)
scores["boosting, tuned by hand"] = best.fit(X_fit, y_fit).score(X_new, y_new)
print({name: round(score, 3) for name, score in scores.items()})

# %%
# R² on the other half
# --------------------

fig, ax = plt.subplots(figsize=(7.5, 3), layout="constrained")
colours = ["C0" if "package" in name else "0.6" for name in scores]
bars = ax.barh(list(scores), np.maximum(list(scores.values()), 0), color=colours)
ax.bar_label(bars, [f"{score:.2f}" for score in scores.values()], padding=3)
ax.set(xlabel="R² on 221 patients that no model has seen", xlim=(0, 0.6))
ax.invert_yaxis()
plt.show()

# %%
# **Found:** a product of two or three columns that can be read, ahead of boosting; **not found:** a
# law of the disease, and where only the prediction counts, a linear model of all nine columns is
# the better choice here.
