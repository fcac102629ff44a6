"""
Allometry: bodies, brains, and three dinosaurs
==============================================

Mean body mass in kg and brain mass in g of 28 species, as printed in Rousseeuw and Leroy, "Robust
Regression and Outlier Detection", 1987, page 57, from Jerison, "Evolution of the Brain and
Intelligence", 1973. Three rows are dinosaurs (Triceratops stands beside Diplodocus), whose brains
are a hundred times too small for the law of the others.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

# %%
# The table
# ---------
# Both masses span six decades: logarithms are fitted.

body = [
    1.35, 465, 36.33, 27.66, 1.04, 11700, 2547, 187.1, 521, 10, 3.3, 529, 207, 62, 6654, 9400, 6.8,
    35, 0.12, 0.023, 2.5, 55.5, 100, 52.16, 0.28, 87000, 0.122, 192,
]  # fmt: skip
brain = [
    8.1, 423, 119.5, 115, 5.5, 50, 4603, 419, 655, 115, 25.6, 680, 406, 1320, 5712, 70, 179, 56, 1,
    0.4, 12.1, 175, 157, 440, 1.9, 154.5, 3, 180,
]  # fmt: skip
names = {5: "Diplodocus", 25: "Brachiosaurus", 13: "human", 19: "mouse"}
X, y = pd.DataFrame({"log_body": np.log10(body)}), np.log10(brain)

# %%
# Two losses
# ----------
# Squared errors count a gross error by its square, absolute ones by its size.

settings = {"time_limit": None, "max_steps": 6, "random_state": 0}
squared = TRMSymbolicRegressor(**settings).fit(X, y)
absolute = TRMSymbolicRegressor(**settings, loss="absolute").fit(X, y)
print("squared: ", squared)
print("absolute:", absolute)

# %%
# Bodies and brains
# -----------------

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
line = pd.DataFrame({"log_body": np.linspace(-2, 5.2, 200)})
for est, name, style in ((absolute, "absolute", "C0"), (squared, "squared", "C1--")):
    ax.plot(10 ** line["log_body"], 10 ** est.predict(line), style,
            label=f"{name}: {est.short_text()}")  # fmt: skip
ax.plot(body, brain, "k.")
for i, name in names.items():
    ax.annotate(name, (body[i], brain[i]), (0, -12), textcoords="offset points",
                fontsize="small", ha="center")  # fmt: skip
ax.set(xscale="log", yscale="log", xlabel="body [kg]", ylabel="brain [g]")
ax.legend(fontsize="small")
plt.show()

# %%
# **Found** by absolute errors: brains go as the power 0.74 of the body, in which the dinosaurs have
# no say; **not found** by squared errors, which bend to three rows, nor by either that the exponent
# would be a law of nature: 25 species scatter by a factor of two about it.
