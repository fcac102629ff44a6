"""The search at work: noted when asked, drawn as it was."""

import itertools

import numpy as np
import pytest

from sklearn_trm import Constraints, SearchDisplay, TRMSymbolicRegressor
from sklearn_trm.errors import DataError
from sklearn_trm.output.pictures.search import MOST_TASKS, OTHERS
from sklearn_trm.task.timeline import Turn

RNG = np.random.default_rng(0)
X = RNG.uniform(1, 5, (60, 3))
Y = X[:, 0] / (1.3 + X[:, 1] * X[:, 2]) + 0.4
FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 2,
        "unary_operators": ["log"], "max_complexity": 13}  # fmt: skip


@pytest.fixture(scope="module")
def est():
    return TRMSymbolicRegressor(**FAST, keep_all=True).fit(X, Y)


def test_turns_cover_the_search_in_order(est):
    turns = est._fitted.turns
    assert len({t.task for t in turns}) > 3 and {t.bench for t in turns} >= {"main"}
    assert all(a.end <= b.begin + 1e-9 for a, b in itertools.pairwise(turns))
    assert all(0 <= t.begin <= t.end for t in turns)
    losses = [t.loss for t in turns]
    assert losses == sorted(losses, reverse=True)
    # the laws of all turns and of the beginning are those that were fitted
    assert 0 < sum(t.laws for t in turns) <= est._fitted.n_tried
    assert [t.exact for t in turns].count(True) == (est.stopped_ == "exact")
    assert losses[-1] == pytest.approx(min(loss for _, loss in est._fitted.filed))


def test_it_costs_nothing_unless_it_is_asked_for(est):
    plain = TRMSymbolicRegressor(**FAST).fit(X, Y)
    assert plain._fitted.turns == () and plain.expr_ == est.expr_
    with pytest.raises(DataError, match="keep_all=True"):
        plain.plot.search()


def test_the_network_and_units_have_their_turns():
    both = TRMSymbolicRegressor(**FAST | {"model": "auto", "max_steps": 1}, keep_all=True)
    turns = both.fit(X, Y)._fitted.turns
    assert ("network", "answers") in {(t.bench, t.task) for t in turns}
    no_units = Constraints(dimensionless_constants_only=True)
    with_units = TRMSymbolicRegressor(**FAST, keep_all=True, constraints=no_units)
    with_units.fit(X, X[:, 0] * X[:, 1] + X[:, 2] ** 2, units=["m"] * 3, y_units="m**2")
    assert {t.bench for t in with_units._fitted.turns} >= {"main", "without units: main"}


def test_losses_are_in_the_users_units(est):
    large = TRMSymbolicRegressor(**FAST, keep_all=True).fit(X, 1e80 * Y)
    small, big = est._fitted, large._fitted
    assert np.sqrt(big.turns[0].loss) / big.size == pytest.approx(
        np.sqrt(small.turns[0].loss) / small.size, rel=1e-3
    )


def test_the_picture_shows_tasks_benches_and_the_exact_law(est):
    turns = [
        Turn("main", "pair near 100", 0.0, 1.0, 2, 4.0),
        Turn("reduced", "waves", 1.0, 3.0, 5, 1e-30, exact=True),
    ]
    display = SearchDisplay(turns, 2.0).plot(caption=True)
    display.figure_.canvas.draw()
    tasks, errors = display.ax_
    assert [t.get_text() for t in tasks.get_yticklabels()] == ["pair", "waves"]
    assert [t.get_text() for t in tasks.get_legend().get_texts()] == ["main", "reduced"]
    (star,) = [line for line in tasks.lines if line.get_marker() == "*"]
    assert tuple(star.get_xydata()[0]) == (3.0, 1.0)
    assert [t.get_text() for t in errors.texts] == ["waves"]
    np.testing.assert_allclose(errors.lines[0].get_ydata()[:1], 1.0)
    est.plot.search().figure_.canvas.draw()


def test_many_tasks_are_few_rows():
    turns = [Turn("main", f"t{k}", float(k), k + 0.1 + k / 100) for k in range(60)]
    display = SearchDisplay(turns, 1.0).plot()
    display.figure_.canvas.draw()
    rows = display.rows()
    assert len(rows) == MOST_TASKS + 1 and rows[-1] == OTHERS and rows[0] == "t36"
