"""
Thinking: how the latent state comes to rest
============================================

The network alone, without the search, on a length over a time, with noise: two layers run on a
latent state until it moves less than ``threshold``; what was answered is executed and fed back, and
the next thought begins there.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor

rng = np.random.default_rng(0)
X = pd.DataFrame(rng.uniform(1, 5, (200, 3)), columns=["a", "b", "t"])
noisy = np.sqrt(X["a"] ** 2 + X["b"] ** 2) / X["t"] + 0.01 * rng.normal(size=200)
est = TRMSymbolicRegressor(time_limit=None, max_steps=4, search=False, random_state=0)
est.fit(X, noisy)
for step in est.answer_steps_:
    print(f"answer {step.step}: {step.n_iter} iterations, {step.n_new} new laws, "
          f"loss {step.loss:.3g}")  # fmt: skip
print(est)

# %%
# Left: the velocity of each thought falls by orders of magnitude, in a handful of iterations.
# Right: the loss of the best law after each answer: each has seen what the one before left, and the
# last comes down to the noise, by a formula that is like the root within these rows. The search
# would put the root in its place.

fig, axes = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
for step in est.answer_steps_:
    axes[0].semilogy(range(1, step.n_iter + 1), step.velocities, "o-", ms=3,
                     label=f"answer {step.step}")  # fmt: skip
axes[0].axhline(est.threshold, color="0.5", ls=":", label="threshold")
axes[0].set(xlabel="latent iteration", ylabel="relative latent velocity")
axes[0].legend(fontsize="small")
answers = [step.step for step in est.answer_steps_]
axes[1].semilogy(answers, [step.loss for step in est.answer_steps_], "ko-")
axes[1].set(xlabel="answer", ylabel="loss of the best law", xticks=answers)
plt.show()
