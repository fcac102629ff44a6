"""
Dose and response of three patients
===================================

Three patients got some doses, one of them four only. Their responses level off at different
heights, and perhaps at the same dose: one form for all of them says which of its constants are
shared, and gives the patient with four rows what the others tell.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

# %%
# The rows
# --------

rng = np.random.default_rng(1)
counts, highest = {"Ada": 12, "Ben": 8, "Cleo": 4}, {"Ada": 10.0, "Ben": 7.0, "Cleo": 3.0}
table = pd.DataFrame(
    {
        "patient": np.repeat(list(counts), list(counts.values())),
        "dose": np.concatenate([np.geomspace(0.4, 40, n) for n in counts.values()]),
    }
)
response = table["patient"].map(highest) * table["dose"] / (table["dose"] + 3)
response = response.to_numpy() + 0.15 * rng.normal(size=len(table))

# %%
# One form, and its constants by patient
# --------------------------------------
# ``a[patient]`` has a value for each, the other constant is shared by all. How much likelier than
# a form in which both differ, says the table of all laws.

est = TRMSymbolicRegressor(time_limit=8, random_state=0).fit(table, response, groups="patient")
print(est)
print(est.constants_by_group_.round(3).to_string())
laws = est.equations_.assign(form=[est.form(i) for i in est.equations_.index])
laws = laws.sort_values("probability", ascending=False)
print(laws[["form", "loss", "prior", "probability"]].head(4).to_string(index=False))

# %%
# Curves with their bands
# -----------------------
# The band of Cleo's four rows is as narrow as it is since the dose of half the effect is known
# from all patients.

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
dose = np.geomspace(0.3, 60, 200)
for colour, name in zip(("C0", "C1", "C2"), counts, strict=True):
    line = pd.DataFrame({"patient": name, "dose": dose})
    ax.fill_between(dose, *est.predict_interval(line, y_error=0), color=colour, alpha=0.3)
    ax.plot(dose, est.predict(line), colour)
    own = table["patient"] == name
    ax.plot(table["dose"][own], response[own], "o", color=colour, label=name)
ax.set(xscale="log", xlabel="dose", ylabel="response", title=est.short_text())
ax.legend()
plt.show()

# %%
# **Found:** one form in which the height is of each patient and the half dose of all; **not
# found:** whether a fourth patient would have the same half dose, which three cannot prove.
