"""
Black body: the cosmic background
=================================

The spectrum that the FIRAS instrument of the COBE satellite measured (Fixsen and others,
Astrophysical Journal 473, 576, 1996, table 4): 43 frequencies in 1/cm, intensities in MJy/sr, and
their standard errors in kJy/sr. Planck guessed the law from such rows in October 1900.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

# %%
# The table
# ---------

frequency = np.array([
    2.27, 2.72, 3.18, 3.63, 4.08, 4.54, 4.99, 5.45, 5.90, 6.35, 6.81, 7.26, 7.71, 8.17, 8.62,
    9.08, 9.53, 9.98, 10.44, 10.89, 11.34, 11.80, 12.25, 12.71, 13.16, 13.61, 14.07, 14.52, 14.97,
    15.43, 15.88, 16.34, 16.79, 17.24, 17.70, 18.15, 18.61, 19.06, 19.51, 19.97, 20.42, 20.87,
    21.33,
])  # fmt: skip
intensity = np.array([
    200.723, 249.508, 293.024, 327.770, 354.081, 372.079, 381.493, 383.478, 378.901, 368.833,
    354.063, 336.278, 316.076, 293.924, 271.432, 248.239, 225.940, 204.327, 183.262, 163.830,
    145.750, 128.835, 113.568, 99.451, 87.036, 75.876, 65.766, 57.008, 49.223, 42.267, 36.352,
    31.062, 26.580, 22.644, 19.255, 16.391, 13.811, 11.716, 9.921, 8.364, 7.087, 5.801, 4.523,
])  # fmt: skip
error = np.array([
    14, 19, 25, 23, 22, 21, 18, 18, 16, 14, 13, 12, 11, 10, 11, 12, 14, 16, 18, 22, 22, 23, 23, 23,
    22, 21, 20, 19, 19, 19, 21, 23, 26, 28, 30, 32, 33, 35, 41, 55, 88, 155, 282,
]) / 1000  # fmt: skip

# %%
# The law
# -------
# With known errors the loss is chi-square a row: 1 is all that they leave to explain. What
# stands before the frequency in the exponential is the second radiation constant, 1.438777 cm K,
# over the temperature.

X = pd.DataFrame({"nu": frequency})
est = TRMSymbolicRegressor(time_limit=8, random_state=0).fit(X, intensity, y_error=error)
print(est, "|", est.name_)
print("chi-square a row:", round(est.equations_.loss[est.equations_.selected].item(), 2))
table = est.constants_
rate = table.value.abs().sub(0.528).abs().idxmin()
kelvin = 1.438777 / abs(table.value[rate])
print(f"temperature: {kelvin:.5f} +- {kelvin * table['std'][rate] / table.value[rate]:.5f} K")

# %%
# The spectrum, and what the law leaves
# -------------------------------------
# The last row, -432 +- 282 kJy/sr, lies below the picture.

fig, axes = plt.subplots(2, 1, figsize=(6.5, 5), layout="constrained", height_ratios=[2, 1],
                         sharex=True)  # fmt: skip
line = pd.DataFrame({"nu": np.linspace(1, 22, 200)})
axes[0].plot(line["nu"], est.predict(line), "C3", label=est.name_)
axes[0].plot(frequency, intensity, "k.", label="FIRAS")
axes[0].set(ylabel="intensity [MJy/sr]")
axes[0].legend()
axes[1].errorbar(frequency, 1000 * (intensity - est.predict(X)), 1000 * error, fmt="k.", capsize=2)
axes[1].axhline(0, color="C3")
axes[1].set(xlabel="frequency [1/cm]", ylabel="left [kJy/sr]", ylim=(-120, 120))
plt.show()

# %%
# **Found:** Planck's law among all others, with the temperature 2.725 K; **not found** without the
# published errors, where the last rows, which are twenty times less exact, bend the law.
