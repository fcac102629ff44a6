"""The judge of small tables: forms and look-alikes, numbers that may be fitted, refits."""

import numpy as np
import pytest

from benchmarks.forms import Table, fresh_rows, judge, plain, refitted
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import complexity

RNG = np.random.default_rng(0)


def table(law, X, tolerance=0.05, numbers=2, noise=0.0, **fit):
    X = np.asarray(X, float).reshape(len(X), -1)
    true = evaluate(parse(plain(law)), X)
    y = true + noise * RNG.standard_normal(len(X))
    return Table("t", X, y, law, tolerance, 16, numbers, fit)


LINE = np.linspace(0, 10, 20)
DECAY = table("{5}*exp(-{1.3}*x0) + {2}", np.linspace(0, 5, 20), 0.15, 3)
RISE = table("{5}*(1 - exp(-x0/{2.2}))", LINE)
POWER = table("{1.62}*x0**{0.29}*x1**-{0.57}", RNG.uniform(1, 9, (30, 2)), 0.1, 3)


@pytest.mark.parametrize(
    ("rows", "law", "mark"),
    [
        (DECAY, "4.9*exp(-1.27*x0) + 2.02", "found"),
        (DECAY, "2 + 5.1/exp(x0)**1.33", "found"),
        (DECAY, "exp(1.6 - 1.3*x0) + 2", "found"),
        # good predictions, another law
        (DECAY, "7/exp(atan(x0))", "look-alike"),
        # a wider law whose further number is not zero
        (DECAY, "5*exp(-1.3*x0) + 2 + 0.001*x0", "look-alike"),
        (DECAY, "5*exp(-1.9*x0) + 3", "neither"),
        (DECAY, "(5*exp(-1.3*x0) + 2)*(1 + 0*x0) + 0*sin(x0 + x0**2 + x0**3)", "neither"),
        # exponents are freed where held ones do not do
        (POWER, "1.6*x0**0.3*x1**(-0.57)", "found"),
        (POWER, "1.6*x0**0.29/x1**0.57 + 0.002*x1", "look-alike"),
        (table("{2}*x0 + {1}", LINE), "x0/0", "neither"),
        # a factor that is written twice is one number; two numbers are a wider law
        (RISE, "5.02*(1 - exp(-x0/2.19))", "found"),
        (RISE, "5.02 - 5*exp(-x0/2.19)", "look-alike"),
    ],
)
def test_marks(rows, law, mark):
    assert judge(rows, parse(law)).mark == mark


def test_a_law_without_numbers_is_judged_as_it_stands():
    rows = table("exp(x0)", LINE, 1e-9, 1)
    assert judge(rows, parse("exp(x0)")).mark == "found"
    assert judge(rows, parse("exp(x0) + x0")).mark == "neither"


def test_fresh_rows_reach_beyond_and_stay_positive():
    X = np.column_stack([np.linspace(0.1, 1, 9), np.linspace(-1, 1, 9)])
    Z = fresh_rows(X)
    assert Z[:, 0].min() >= 0.05 and Z[:, 0].max() > 1.1
    assert Z[:, 1].min() < -1.2 and Z[:, 1].max() > 1.2


def test_the_truth_is_refitted_to_noisy_rows():
    rows = table("{4}*x0/({3.1} + x0)", np.linspace(1, 20, 12), noise=0.03)
    law = refitted(rows)
    errors = [np.sum((evaluate(n, rows.X) - rows.y) ** 2) for n in (law, parse(plain(rows.law)))]
    assert errors[0] < errors[1]
    assert judge(rows, law).mark == "found" and complexity(law) == 7
    # known errors weigh the rows
    error = np.where(np.arange(12) < 6, 1e-6, 1.0)
    known = Table("t", rows.X, rows.y, rows.law, 0.05, 16, 2, {"y_error": error})
    first = evaluate(refitted(known), rows.X)[:6] - rows.y[:6]
    plainly = evaluate(law, rows.X)[:6] - rows.y[:6]
    assert np.sum(first**2) < np.sum(plainly**2)
