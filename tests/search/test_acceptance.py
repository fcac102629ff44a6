"""What becomes of a candidate: exact, better than what there is, or for later."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search.acceptance import PROMISING, Acceptance
from sklearn_trm.search.assemble import relative_error
from sklearn_trm.search.transforms import Target
from sklearn_trm.task.problem import Problem

X = np.random.default_rng(0).uniform(1, 5, (120, 2))
NOISE = np.random.default_rng(1).normal(0, 0.05, 120)


def acceptance(text="x0*x1 + 2", noise=0.0, **limits):
    y = evaluate(parse(text), X) + noise * NOISE
    return Acceptance(Problem(X, y, rng=0, **limits))


def test_the_exact_law_is_yielded_once():
    a = acceptance()
    assert a.offer_law(parse("x0*x1 + 2")) == [parse("x0*x1 + 2")]
    assert a.exact == parse("x0*x1 + 2")
    assert a.offer_law(parse("x0*x1 + 2")) == []


def test_only_a_simpler_exact_law_follows_an_exact_one():
    a = acceptance("x0*x1")
    assert a.offer_law(parse("x0*x1 + 1e-12*x0"))
    first = a.exact_cost
    assert a.offer_law(parse("x0*x1")) and a.exact_cost < first
    assert a.offer_law(parse("x0*x1 + 1e-12*x1")) == []
    assert a.exact == parse("x0*x1")


def test_a_target_brings_its_own_way_back():
    a = acceptance("exp(x0/x1)")
    log = Target(np.log(a.y), lambda node: parse(f"exp({node})"), 1)
    (law,) = a.offer(parse("x0/x1"), log)
    assert str(law) == "exp(x0/x1)" and a.offer(None, log) == []


def test_an_inexact_law_has_to_be_clearly_better_than_simpler_ones():
    a = acceptance(noise=1.0)
    assert a.offer_law(parse("x0*x1"))  # error 2 of some 10
    assert a.offer_law(parse("x0*x1 + 0.01*x0 + 0.02*x1")) == []  # hardly better, and longer
    assert a.offer_law(parse("x0*x1 + 1.98"))
    a.treat_as_noisy(True)  # where noise levels all, a little is enough
    assert a.offer_law(parse("x0*x1 + 1.998 + 0.0001*x1*x0"))


@pytest.mark.parametrize("text", ["1/(x0 - x0)", "log(-x0)", "x0*x1 - 500"])
def test_what_is_undefined_or_worse_than_nothing_is_dropped(text):
    assert acceptance().offer_law(parse(text)) == []


def test_too_long_laws_are_dropped_even_if_exact():
    a = acceptance("x0*x1 + 2", max_complexity=3)
    assert a.offer_law(parse("x0*x1 + 2")) == [] and a.exact is None


def test_operators_that_are_not_allowed_are_rewritten_or_dropped():
    a = acceptance("x0**2", unary=["sin"], binary=["add", "mul"])
    (law,) = a.offer_law(parse("x0**2"))
    assert str(law) == "x0*x0"
    assert acceptance("sin(x0)", unary=[], binary=["add"]).offer_law(parse("sin(x0)")) == []


def test_exact_on_the_screen_and_wrong_elsewhere_is_inexact():
    x = np.linspace(1, 5, 3000)[:, None]
    y = x[:, 0] ** 2
    screened = Problem(x, y).screen()
    wrong = np.setdiff1d(np.arange(3000), screened)[::10]
    y[wrong] *= 3
    a = Acceptance(Problem(x, y, rng=0))
    assert a.offer_law(parse("x0**2")) and a.exact is None


def test_what_is_not_promising_waits_the_best_first():
    a = acceptance(noise=1.0)
    made = []

    def maker(text):
        def make():
            made.append(text)
            return parse(text)

        return make

    target = Target(a.y)
    assert a.consider(0.5, maker("x0"), target) == []
    assert a.consider(0.2, maker("x0*x1"), target) == []
    assert a.consider(0.9, maker("x1"), target) == []  # no better than nothing: not kept
    assert made == []
    assert a.drain(1) and made == ["x0*x1"]
    a.drain(5)
    assert made == ["x0*x1", "x0"]
    assert a.consider(PROMISING / 2, maker("x0*x1 + 2"), target) and made[-1] == "x0*x1 + 2"


def test_each_law_is_loosened_once():
    a = acceptance(noise=1.0)
    a.offer_law(parse("x0*x1"))
    a.offer_law(parse("x0*x1 + 1.98"))
    assert len(a.to_loosen(5)) == 2 and a.to_loosen(5) == []


def test_where_there_is_noise_a_law_is_fitted_before_it_is_judged():
    rng = np.random.default_rng(0)
    x = rng.uniform(1, 5, (60, 1))
    y = np.exp(-x[:, 0] / 2) * (1 + 0.03 * rng.standard_normal(60))
    rough = parse("1.03*exp(-0.52*x0)")
    found = {}
    for noisy in (False, True):
        a = Acceptance(Problem(x, y))
        a.treat_as_noisy(noisy)
        # as short, and nearer than the rough numbers are
        assert a.offer_law(parse("1.0114*exp(-0.5*x0)")) != []
        found[noisy] = a.offer_law(rough)
    assert found[False] == []
    (law,) = found[True]
    assert relative_error(law, x, y) < relative_error(rough, x, y) / 1.02


def test_a_curve_through_every_level_of_a_column_is_not_exact():
    """Three numbers and a scale go through any four levels: what lies between is not told."""
    rng = np.random.default_rng(0)
    table = np.column_stack([rng.uniform(1, 5, 40), rng.choice([0.51, 1.38, 3.71, 10.0], 40)])
    quotient = parse("3.125*x0/(x1 + 5.3125)")
    y = evaluate(quotient, table)
    design = table[:, 0] * table[:, 1] ** np.arange(4)[:, None]
    a, b, c, d = np.linalg.lstsq(design.T, y, rcond=None)[0].tolist()
    through = parse(f"x0*({d!r}*x1**3 + {c!r}*x1**2 + {b!r}*x1 + {a!r})".replace("+ -", "- "))
    assert relative_error(through, table, y) < 1e-12
    acceptance = Acceptance(Problem(table, y))
    acceptance.offer_law(through)
    assert acceptance.exact is None
    acceptance.offer_law(quotient)
    assert acceptance.exact is not None
