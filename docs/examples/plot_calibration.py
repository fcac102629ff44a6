"""
A sensor's calibration, down to C
=================================

The thermistor of the set MGH10 of NIST (Meyer 1970): its resistance at 16 temperatures. A
controller reads the resistance and needs the temperature, in a line of C.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

# %%
# The table
# ---------

celsius = np.arange(50.0, 126.0, 5.0)
ohm = np.array([34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147,
                4427, 3820, 3307, 2872])  # fmt: skip
X = pd.DataFrame({"ohm": ohm})

# %%
# A law that is found, and the engineers' own
# -------------------------------------------
# Steinhart and Hart (1968) take a polynomial of the logarithm for the inverse of the absolute
# temperature.

est = TRMSymbolicRegressor(time_limit=None, max_steps=2, random_state=0).fit(X, celsius)
print(est)
formula = "1/(a + b*log(ohm) + c*log(ohm)**3) - 273.15"
known = TRMSymbolicRegressor(random_state=0).fit(
    X, celsius, template=formula, constants={"a": 1e-3, "b": 2e-4, "c": 1e-7}
)
for name, law in (("found", est), ("Steinhart-Hart", known)):
    print(f"{name}: wrong by at most {1000 * np.abs(law.predict(X) - celsius).max():.0f} mK")

# %%
# To the controller
# -----------------

print(est.export("c", name="celsius"))

# %%
# The curve, and what the laws leave
# ----------------------------------

fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
line = pd.DataFrame({"ohm": np.geomspace(2800, 36000, 200)})
axes[0].plot(line["ohm"], est.predict(line), "C0", label="found")
axes[0].plot(ohm, celsius, "k.", label="table")
axes[0].set(xscale="log", xlabel="resistance [kohm]", ylabel="temperature [°C]")
axes[0].set_xticks([3000, 10000, 30000], ["3", "10", "30"])
axes[0].tick_params(which="minor", labelbottom=False)
axes[0].legend()
axes[1].axhline(0, color="0.7")
axes[1].plot(celsius, 1000 * (est.predict(X) - celsius), "C0o-", label="found")
axes[1].plot(celsius, 1000 * (known.predict(X) - celsius), "C1s--", label="Steinhart-Hart")
axes[1].set(xlabel="temperature [°C]", ylabel="wrong by [mK]")
axes[1].legend()
plt.show()

# %%
# **Found:** a law of four constants that gives every temperature of the table to a hundredth of a
# degree, as a function in C; **not found:** anything better than the engineers' own formula, which
# does as well with three constants, nor a function to be asked outside 50 to 125 degrees.
