"""The laws that a first fit must find, each from 200 rows."""

import time

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.datasets import load_planets
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse

LAWS = {
    "x0*x1": (1, 5),
    "x0**2/x1": (1, 5),
    "2.5*x0 + 1.3": (-3, 3),
    "sin(x0) + x1": (-3, 3),
    "exp(-x0**2/2)": (-2, 2),
    "sqrt(x0**2 + x1**2)": (-3, 3),
    "x0*x1/x2**2": (1, 5),
}


@pytest.mark.parametrize("model", [None, "auto"], ids=["search", "refiner"])
@pytest.mark.parametrize("text", LAWS)
def test_law(text, model):
    rng = np.random.default_rng(1)
    X, fresh = rng.uniform(*LAWS[text], (2, 200, 3))
    law = parse(text)
    est = TRMSymbolicRegressor(model=model, random_state=0)
    start = time.process_time()
    est.fit(X, evaluate(law, X))
    seconds = time.process_time() - start
    np.testing.assert_allclose(est.predict(fresh), evaluate(law, fresh), rtol=1e-8, atol=1e-10)
    assert est.stopped_ == "exact"
    assert seconds < 10 or model == "auto"  # the first fit with a network compiles it
    assert len(est.law().children) <= 2 and est.equations_["selected"].sum() == 1


@pytest.mark.parametrize("model", [None, "auto"], ids=["search", "refiner"])
def test_kepler(model):
    planets = load_planets()
    est = TRMSymbolicRegressor(model=model, random_state=0, time_limit=None, max_steps=8)
    est.fit(planets[["distance"]], planets["period"], sample_weight=1 / planets["period"] ** 2)
    assert est.expr_ == "distance**1.5"
