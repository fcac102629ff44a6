"""Compiled kernels stay inside their arrays: what lies beyond crashes where threads search."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sklearn_trm import cache

pytest.importorskip("numba")
FITS = """
import numpy as np
from sklearn_trm import TRMSymbolicRegressor
rng = np.random.default_rng(0)
for columns in 1, 3:
    X = rng.uniform(1, 5, (40, columns))
    y = X[:, 0] * np.exp(-X[:, -1]) + 0.05 * rng.standard_normal(40)
    TRMSymbolicRegressor(time_limit=1, model=None).fit(X, y)
"""


def test_kernels_stay_inside_their_arrays():
    env = dict(os.environ) | {"NUMBA_BOUNDSCHECK": "1", cache.VARIABLE: "off"}
    done = subprocess.run([sys.executable, "-c", FITS], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
