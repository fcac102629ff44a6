"""Columns far from their origin: years, day numbers, seconds since 1970."""

import itertools

import numpy as np
import pytest

from sklearn_trm.curves import name_of
from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import constants, with_constants
from sklearn_trm.search.acceptance import Acceptance
from sklearn_trm.search.noise import NoiseSearch
from sklearn_trm.search.places import is_calendar, unfolds
from sklearn_trm.search.search import Search
from sklearn_trm.task.problem import Problem

YEARS, DAYS = np.arange(1960.0, 2021)[:, None], np.arange(18262.0, 18400)[:, None]
SECONDS = 1577836800.0 + 3600 * np.arange(200.0)[:, None]


def tidied(law):
    """Without terms that are rounding."""
    return with_constants(law, [0.0 if abs(c) < 1e-12 else c for c in constants(law)])


def problem(text, X, noise=0.0):
    y = evaluate(parse(text), X)
    return Problem(X, y + noise * np.std(y) * np.random.default_rng(0).standard_normal(len(y)))


@pytest.mark.parametrize(
    ("text", "X", "name"),
    [
        ("3*exp(0.0165*(x0 - 1960))", YEARS, "exponential growth"),
        ("92/(1 + exp(-0.42*(x0 - 1998)))", YEARS[25:53], "logistic growth"),
        ("4*exp(-((x0 - 18330)/12)**2) + 1", DAYS, "Gaussian peak on a level"),
        ("20*exp(-(x0 - 1577836800)/86400) + 4", SECONDS, "decay to a level"),
    ],
)
def test_the_exact_law_is_no_near_identity(text, X, name):
    search = Search(problem(text, X))
    found = itertools.islice((law for law in search.run() if law is not None), 20)
    laws = [canonical(tidied(law)) for law in found]
    assert search.exact is not None
    assert name in map(name_of, laws)


def test_noise_is_read_from_a_place_among_the_rows():
    bench = NoiseSearch(Acceptance(problem("30*exp(-0.03*(x0 - 18262)) + 5", DAYS, 0.01)), [0])
    assert np.abs(bench.benches[0].ws.X).max() <= 10
    (node,) = bench.benches[0].reading.nodes
    np.testing.assert_allclose(evaluate(node, DAYS).mean(), 0, atol=5)


def test_offered_polynomials_have_no_place():
    acceptance = Acceptance(problem("0.013*(x0 - 1960)**2 + 0.8*x0 + 300", YEARS))
    (law,) = acceptance.offer_law(parse("0.013*(x0 - 1990)**2 + 1.58*x0 - 1250.7"))
    assert len(constants(canonical(law))) == 3


def test_what_is_a_calendar():
    assert all(map(is_calendar, (YEARS, DAYS, SECONDS)))
    assert not is_calendar(YEARS - 1900) and not is_calendar(np.hstack([YEARS, YEARS]))
    assert unfolds(YEARS) and unfolds(DAYS) and not unfolds(SECONDS)
