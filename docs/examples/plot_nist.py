"""
NIST: a certified fit, and a better law
=======================================

The set Misra1a of the Statistical Reference Datasets of the National Institute of Standards and
Technology: 14 measurements of dental research (Misra 1978), the volume that a gas takes up by its
pressure. NIST gives the model ``b1*(1 - exp(-b2*x))`` and its constants to eleven digits.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

# %%
# The table, and the certified values
# -----------------------------------

x = np.array([77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1,
              689.1, 760.0])  # fmt: skip
y = np.array([10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40,
              75.47, 81.78])  # fmt: skip
X = pd.DataFrame({"x": x})
certified = pd.DataFrame(
    {"value": [2.3894212918e2, 5.5015643181e-4], "std": [2.7070075241, 7.2668688436e-6]},
    index=["b1", "b2"],
)

# %%
# The model is known: its constants
# ---------------------------------

known = TRMSymbolicRegressor(random_state=0).fit(X, y, template="b1*(1 - exp(-b2*x))")
print(known.constants_[["value", "std"]])
print((known.constants_[["value", "std"]] / certified - 1).abs().max().max())

# %%
# The model is not known: the search
# ----------------------------------

est = TRMSymbolicRegressor(time_limit=5, random_state=0).fit(X, y)
ranks = est.compare("b1*(1 - exp(-b2*x))", X, y)
of_nist = ranks[ranks["law"].notna()]
print(pd.concat([ranks.head(2), of_nist])[["equation", "loss", "probability"]].to_string())
squares = [float(np.sum((y - law.predict(X)) ** 2)) for law in (known, est)]
print("sums of squares: NIST's model {:.4f}, found {:.4f}".format(*squares))

# %%
# What they leave
# ---------------

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
ax.axhline(0, color="0.7")
ax.plot(x, y - known.predict(X), "C1s--", label=f"NIST's model: {known.short_text()}")
ax.plot(x, y - est.predict(X), "C0o-", label=f"found: {est.short_text()}")
ax.set(xlabel="pressure", ylabel="measured less law", ylim=(-0.2, 0.35))
ax.legend()
plt.show()

# %%
# **Found:** NIST's constants to eight digits where the model is given, and without it a law
# with one constant more that leaves a fifth of the squares; **not found:** the model of the data's
# authors, whose residuals swing from side to side: these rows speak against it.
