"""
Two likely laws, and the measurement that decides
=================================================

How many species live on an area? Arrhenius (1921) wrote a power of the area, Gleason (1922) its
logarithm, and on small plots both fit. Here are twelve plots of up to 32 square metres: which laws
are likely, where do they part, and which plot should be counted next?
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

# %%
# Twelve plots
# ------------
# The species are drawn from Gleason's law, with an error of one species; nobody knows that yet.

rng = np.random.default_rng(3)


def counted(area):
    return 11 + 6 * np.log(area) + rng.normal(size=len(area))


X = pd.DataFrame({"area": np.repeat([1.0, 2.0, 4.0, 8.0, 16.0, 32.0], 2)})
y = counted(X["area"])

# %%
# The likely laws
# ---------------
# Without a time limit the fit repeats exactly. ``probability`` weighs what each law leaves and what
# it costs before any data.


def likely(est):
    table = est.equations_.sort_values("probability", ascending=False)
    table["law"] = [est.short_text(i) for i in table.index]
    return table.loc[table.probability > 0.01, ["law", "loss", "prior", "probability"]]


model = TRMSymbolicRegressor(
    model=None, time_limit=None, max_steps=1, max_complexity=12, random_state=0
)
before = model.fit(X, y)
print(likely(before))

# %%
# The laws of the textbooks, side by side
# ---------------------------------------
# Forms that people have in mind can be compared, whether the search has met them or not.

ranks = before.compare(["c*area**z", "c + z*log(area)", "c*(1 - exp(-k*area))"], X, y)
print(ranks.loc[ranks["law"].notna(), ["law", "loss", "probability", "constants"]].to_string())

# %%
# Where they part
# ---------------
# Each plot that could be counted, with the nats that it is expected to tell: ``log(2)``, 0.69,
# would decide between two equally likely laws. ``suggest`` takes the best.

pool = pd.DataFrame({"area": np.geomspace(1, 1024, 41)})
told = [before.suggest(pool.iloc[[i]]).information.item() for i in range(len(pool))]
best = before.suggest(pool)
print(best)

# %%
# The measurement
# ---------------

new = best[["area"]]
X2, y2 = pd.concat([X, new], ignore_index=True), np.append(y, counted(new["area"]))
one_band = before.predict_interval(pool)
wide_band = before.predict_interval(pool, law_doubt=True)
laws = {before.short_text(i): before.predict(pool, index=i) for i in likely(before).index[:2]}
after = TRMSymbolicRegressor(**model.get_params()).fit(X2, y2)
print(likely(after))

# %%
# The band of the chosen law alone is sure of itself; the band over the likely laws opens where
# they part. There one new count decides.

fig, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
area = pool["area"]
axes[0].fill_between(area, *wide_band, color="tab:orange", alpha=0.25, label="95%, any likely law")
axes[0].fill_between(area, *one_band, color="tab:blue", alpha=0.25, label="95%, the chosen law")
for text, values in laws.items():
    axes[0].plot(area, values, lw=1.2, label=text)
axes[0].plot(X["area"], y, "k.", label="counted")
axes[0].plot(new["area"], y2[len(y) :], "r*", ms=11, label="counted next")
axes[0].set(xscale="log", xlabel="area [m²]", ylabel="species")
axes[0].legend(fontsize="small")
axes[1].plot(area, told, color="tab:green")
axes[1].axhline(np.log(2), ls=":", color="gray", label="log(2): decides between two")
axes[1].axvline(best["area"].iloc[0], ls="--", color="red", label="suggested")
axes[1].set(xscale="log", xlabel="area [m²]", ylabel="expected information [nats]")
axes[1].legend(fontsize="small")
plt.show()

# %%
# **Found:** after one more count, at the place that was suggested, the logarithm that the counts
# were drawn from is the likeliest law; **not found** before it, where twelve plots left two laws.
