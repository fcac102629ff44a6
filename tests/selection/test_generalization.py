"""What a law would do on the next row: beside the rows, and without one of them."""

import numpy as np
import pytest

from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.objectives.losses import Absolute
from sklearn_trm.objectives.robust import RobustLoss
from sklearn_trm.selection.generalization import (
    NextRow,
    Surroundings,
    kurtosis,
    left_out,
    losses_left_out,
    rows_that_count,
)

rng = np.random.default_rng(0)
X = rng.uniform(1, 4, (40, 2))


def press(text, X, y):
    """Squared errors of each row under the law fitted to the others, beside those of all."""
    law = fit_constants(parse(text), X, y).node
    alone = []
    for i in range(len(y)):
        rest = np.arange(len(y)) != i
        fitted = fit_constants(law, X[rest], y[rest]).node
        alone.append((evaluate(fitted, X[i : i + 1])[0] - y[i]) ** 2)
    return law, float(np.sum(alone) / np.sum((evaluate(law, X) - y) ** 2))


@pytest.mark.parametrize("text", ["2*x0 + 1", "1.5*x0 + 0.3*x1 - 1", "2*x0/x1 + 1"])
def test_leaving_rows_out_is_what_refitting_without_them_gives(text):
    y = evaluate(parse(text), X) + rng.normal(0, 0.1, len(X))
    law, ratio = press(text, X, y)
    # linear in its constants: the first order is all, up to the most that is believed
    np.testing.assert_allclose(left_out(law, X, y), ratio, rtol=1e-4)


def test_rows_without_weight_are_no_rows():
    y = 2 * X[:, 0] + rng.normal(0, 0.1, len(X))
    weight = np.r_[np.zeros(10), np.ones(30)]
    law = fit_constants(parse("2*x0"), X, y, weight).node
    np.testing.assert_allclose(left_out(law, X, y, weight), left_out(law, X[10:], y[10:]))


def test_a_pole_between_the_rows_is_a_risk_and_an_exact_law_is_none():
    x = np.linspace(0.0, 3.0, 31)[:, None]
    y = x[:, 0] + rng.normal(0, 0.05, 31)
    next_row = NextRow(x, y, exact=1e-12)
    tame, pole = parse("1.01*x0"), parse("1.01*x0 + 0.01/(x0 - 1.55)")
    assert next_row.risk(tame, 0.0025) < 1.3
    assert next_row.risk(pole, 0.0025) > 5
    assert next_row.risk(pole, 1e-13) == 1.0


def test_rows_around_a_table_keep_signs_and_whole_numbers():
    table = np.column_stack([rng.integers(0, 3, 50), rng.uniform(0.1, 5, 50), -rng.random(50)])
    around = Surroundings(table, table[:, 1]).X
    assert set(np.unique(around[:, 0])) <= {0.0, 1.0, 2.0}
    assert (around[:, 1] > 0).all() and (around[:, 2] <= 0).all()
    assert around[:, 1].max() < 5.5  # a little beyond the rows, no further


def test_few_rows_that_make_the_error_count_as_few():
    law, x = parse("x0"), np.arange(200.0)[:, None]
    even = x[:, 0] + rng.normal(0, 1, 200)
    uneven = x[:, 0] + rng.normal(0, 1, 200) * np.where(np.arange(200) % 20 == 0, 30.0, 0.1)
    assert rows_that_count(law, x, even) > 150
    assert rows_that_count(law, x, uneven) == 60  # never less than three tenths
    assert rows_that_count(law, x[:10], uneven[:10]) == 10  # a short table says nothing
    assert kurtosis(law, x, uneven) > 10 > kurtosis(law, x, even)


def test_laws_that_leave_other_rows_out_are_asked_about_the_same_ones():
    x = np.linspace(1.0, 3.0, 30)[:, None]
    y = x[:, 0] + 0.01 * rng.normal(size=30)
    y[7] += 5.0  # gross beside the first law, ordinary beside the second
    objective = RobustLoss(Absolute(), x, y, None, 1.0)
    laws = [parse("x0"), parse("x0**3 - 0.5")]
    counted = [np.count_nonzero(objective.working_target(law)[1] > 0) for law in laws[:1]]
    near, far = losses_left_out(laws, objective)
    assert counted == [29] and len(near) == len(far) == 29 and near.sum() < far.sum()
