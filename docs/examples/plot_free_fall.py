"""
Free fall with drag
===================

A body falls, and the air slows it down. Its path is drawn here from the equation of motion with a
drag that goes as the square of the velocity, in 40 frames of a camera that is wrong by 2 cm; the
search is told nothing of forces.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

# %%
# The frames
# ----------

rng = np.random.default_rng(2)
g, final = 9.81, 8.0  # m/s2, m/s
t = np.linspace(0.05, 3, 40)
fallen = final**2 / g * np.log(np.cosh(g * t / final)) + 0.02 * rng.normal(size=40)
X = pd.DataFrame({"t": t})

# %%
# The law
# -------

est = TRMSymbolicRegressor(time_limit=8, random_state=0).fit(X, fallen)
print(est)
print(est.constants_.round(3))

# %%
# What the constants mean: the factor is v²/g, and the rate is g/v.

factor, rate = est.constants_.value.abs()
print(f"g = {factor * rate**2:.2f} m/s2, final velocity = {factor * rate:.2f} m/s")

# %%
# The path, beyond the frames
# ---------------------------

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
line = pd.DataFrame({"t": np.linspace(0, 5, 200)})
low, high = est.predict_interval(line, 0.95, law_doubt=True)
ax.fill_between(line["t"], low, high, color="C0", alpha=0.3, label="95%, any likely law")
ax.plot(line["t"], est.predict(line), "C0", label=f"s = {est.short_text()}")
ax.plot(line["t"], g / 2 * line["t"] ** 2, "C1--", label="without air")
ax.plot(t, fallen, "k.", label="frames")
ax.set(xlabel="time [s]", ylabel="fallen [m]", ylim=(0, 35))
ax.legend()
plt.show()

# %%
# **Found:** the logarithm of a hyperbolic cosine, which is the exact solution, with g to 1% and the
# final velocity; **not found:** that a square of the velocity is behind it, which is read off the
# form by who knows mechanics.
