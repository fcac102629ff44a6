"""The enumeration: prior, no curve twice, constants where they say something."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_trm.expressions.operators import BINARY, UNARY
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import const, var
from sklearn_trm.rules.prior import prior
from sklearn_trm.rules.rules import Rules
from sklearn_trm.search.builders import rewrite
from sklearn_trm.search.solvers.skeletons import programs as P
from sklearn_trm.search.solvers.skeletons.grammar import Catalogue, catalogue
from sklearn_trm.task.problem import Problem

pytest.importorskip("numba")
rng = np.random.default_rng(0)
C = np.array([1.37, 1.371, 1.373, 1.374])
SOME = Catalogue(UNARY, BINARY, positive=[True])
SOME.reach(9000)
TEXTS = [str(SOME.all.expression(i, [var(0)], C)) for i in range(9000)]


def test_nats_are_those_of_the_law():
    outer = prior(parse("2.5*x0"))  # without a level: that of polynomials is cheaper
    for i in rng.integers(0, 9000, 300):
        law = const(2.5) * SOME.all.expression(i, [var(0)], C)
        assert prior(law) - outer == pytest.approx(SOME.all.nats[i]), law


SHIFT = {"sin": 5.0, "exp": -2.0, "square": 1.5, "pow": 2.0, "log": np.inf}


def test_a_users_shifts_are_part_of_the_nats():
    some = Catalogue(UNARY, BINARY, [True], SHIFT)
    some.reach(3000)
    outer = prior(parse("2.5*x0"), SHIFT)
    for i in rng.integers(0, 3000, 200):
        law = const(2.5) * some.all.expression(i, [var(0)], C)
        assert prior(law, SHIFT) - outer == pytest.approx(some.all.nats[i]), law
        assert "log" not in str(law)


def test_a_shift_changes_the_order():
    problem = Problem(np.ones((5, 1)), np.ones(5), rules=Rules(shift={"sin": 5.0}))

    def of(p):
        return catalogue(p.unary, p.binary, p.X.T, p.rules.shift)

    shifted = of(problem)
    shifted.reach(3000)
    texts = [str(shifted.all.expression(i, [var(0)], C)) for i in range(3000)]
    wave, decay = "sin(1.37*x0)", "exp(1.37*x0)"
    assert texts.index(wave) > 5 * TEXTS.index(wave)
    assert texts.index(decay) <= TEXTS.index(decay)
    assert of(replace(problem, rules=Rules())) is not shifted


def test_cheapest_first_but_for_sums():
    sums = SOME.all.codes[np.arange(len(SOME.all)), SOME.all.lengths - 1, 0] == P.WEIGHTED
    for nats in (SOME.all.nats[sums], SOME.all.nats[~sums]):
        assert (np.diff(nats) >= 0).all()


@pytest.mark.parametrize(
    "text",
    [
        "1/(x0**1.37 + 1.371)", "(exp(1.37*x0) + 1.371)**1.373", "exp(1.371*(x0 + 1.37)**2)",
        "exp(1.37*x0) + 1.373*exp(1.371*x0)", "x0*exp(1.37*x0)", "sin(1.37*x0 + 1.371)",
        "x0 + 1.373*exp(1.371*(x0 + 1.37)**2)", "exp(1.371*exp(1.37*x0))", "x0 + 1.37*log(x0)",
    ],
)  # fmt: skip
def test_curves_of_textbooks_are_there(text):
    assert text in TEXTS


@pytest.mark.parametrize(
    "text",
    [
        "log(1.37*x0)", "x0 + x0", "abs(x0)", "sqrt(x0**2)", "exp(1.37*x0)**2", "(x0**1.37)**2",
        "(x0**2)**1.37", "exp(log(x0))", "x0**1.37*x0**2", "x0/(x0 + 1.37)", "(x0 + 1.37)*x0**2",
        "exp(1.37*x0)*exp(1.371*x0)", "1/(1/x0 + 1.37)", "x0**2 + 1.37*x0",
    ],
)  # fmt: skip
def test_no_curve_twice(text):
    assert text not in TEXTS


def test_allowed_operators_only():
    few = Catalogue(["exp"], ["add", "mul"], positive=[False])
    assert few.reach(2000)
    laws = [few.all.expression(i, [var(0)], C) for i in range(0, len(few.all), 7)]
    assert all(rewrite(law, ["exp"], ["add", "mul"]) is not None for law in laws)


def test_slopes_are_those_of_the_values():
    x, seen = rng.uniform(0.4, 2.2, 30), set()
    for i in rng.permutation(9000)[:1500]:
        code, length = SOME.all.codes[i], SOME.all.lengths[i]
        k, R = SOME.all.counts[i], np.empty((3, P.LENGTH, 30))
        D, moves = np.zeros((P.LENGTH, 4, 30)), np.zeros((P.LENGTH, 4), dtype=bool)
        c = np.zeros(4)
        P.start(code, length, x[None], rng.random(8), c, R[0])
        P.slopes(code, length, k, c, R[0], D, moves)
        for j in range(k):
            step = 1e-5 * max(abs(c[j]), 1e-3) * np.eye(4)[j]
            P.run(code, length, x[None], c + step, R[1])
            P.run(code, length, x[None], c - step, R[2])
            v = R[:, length - 1]
            seen.update(code[:length, 0].tolist())
            size = np.abs(D[length - 1, j]) + np.abs(v[0]) / max(abs(c[j]), 1e-3)
            ok = np.isfinite(v).all(axis=0) & (size < 1e6)
            rough = (v[1] - v[2]) / (2 * step[j])
            tanned = np.abs(rough - D[length - 1, j])[ok] / (1 + size[ok])
            assert not ok.any() or np.median(tanned) < 1e-3, TEXTS[i]
    assert {P.EXP, P.SIN, P.DIV, P.POWER, P.WEIGHTED, P.BELOW, P.RATE, P.SHIFT} <= seen


def test_a_sum_is_taken_apart():
    i = TEXTS.index("exp(1.37*x0) + 1.373*exp(1.371*x0)")
    code, terms = SOME.all.codes[i].copy(), np.zeros(3, dtype=np.int64)
    assert P.take_apart(code, SOME.all.lengths[i], terms) == (2, 2)
    parts = [str(P.expression(code, int(t), [var(0)], C)) for t in terms[:2]]
    assert parts == ["exp(1.37*x0)", "exp(1.371*x0)"]
