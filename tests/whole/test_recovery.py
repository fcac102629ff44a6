"""The laws that a first fit must find, each from 200 rows."""

import math
import time

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.data.datasets import load_planets
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import walk

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


DAYS, YEARS = np.arange(18262.0, 18400.0), np.arange(1960.0, 2021.0)
KELVIN, FIVE, RAMP = np.linspace(280, 360, 25), np.linspace(0, 10, 5), np.linspace(-4, 4, 81)
WAVE = 3 * np.sin(2 * np.pi * (DAYS - 18262) / 30)
# x, y, relative noise, error of the best law in units of y's spread
ONCE_BROKEN = {
    "line and wave by days": (DAYS, 0.1 * (DAYS - 18262) + WAVE + 5, 0.0, 0.5),
    "growth by years": (YEARS, 3 * np.exp(0.0165 * (YEARS - 1960)), 0.01, 0.05),
    "rate by kelvin": (KELVIN, 1e5 * np.exp(-3000 / KELVIN), 0.03, 0.1),
    "five rows": (FIVE, 1.5 * FIVE + 3, 0.02, 0.1),
    "half of it zero": (RAMP, np.maximum(0.0, 1.5 * RAMP), 0.0, 1e-9),
}


@pytest.mark.parametrize("name", ONCE_BROKEN)
def test_tables_that_once_ended_in_an_error(name):
    x, y, noise, worst = ONCE_BROKEN[name]

    class Timed(TRMSymbolicRegressor):
        _clock = staticmethod(time.process_time)

    noise = noise * np.random.default_rng(2).standard_normal(len(x))
    est = Timed(model=None, time_limit=1.5, random_state=0).fit(x[:, None], y * (1 + noise))
    assert np.sqrt(np.mean((est.predict(x[:, None]) - y) ** 2)) < worst * np.std(y)


def test_an_ephemeris_is_written_by_its_epoch_and_period():
    rng = np.random.default_rng(0)
    t = np.sort(rng.uniform(2458800, 2459000, 120))
    y = 12.3 + 0.4 * np.cos(2 * np.pi * (t - 2458901.3) / 5.37) + 0.02 * rng.standard_normal(120)
    est = TRMSymbolicRegressor(time_limit=None, max_steps=1, model=None, random_state=0)
    law = parse(est.fit(t[:, None], y).expr_)
    wave = next(n for n in walk(law) if n.op in ("cos", "sin"))
    slope, shifted = wave.children[0].children
    quarter = 0.25 * 5.37 if wave.op == "sin" else 0.0
    assert slope.value == pytest.approx(2 * np.pi / 5.37, rel=1e-3)
    off = shifted.children[1].value + quarter - 2458901.3
    assert abs(math.remainder(off, 0.5 * 5.37)) < 0.05
