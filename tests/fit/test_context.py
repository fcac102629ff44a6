"""What a fit is told beside its table."""

from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.data.table import Table
from sklearn_trm.errors import DataError
from sklearn_trm.fit.context import Earlier, FitContext, objective_of
from sklearn_trm.objectives.errors_in_variables import ErrorsInVariables
from sklearn_trm.objectives.losses import Absolute
from sklearn_trm.objectives.noisy import Noisy
from sklearn_trm.objectives.robust import RobustLoss
from sklearn_trm.objectives.squared import Squared

X = np.random.default_rng(0).uniform(1, 5, (30, 2))
Y = X[:, 0] / X[:, 1]


def table(**more):
    return Table.of(TRMSymbolicRegressor(model=None), X, Y, **more)


@pytest.mark.parametrize(
    ("more", "loss", "kind", "known"),
    [
        ({}, None, Noisy, False),
        ({"sample_weight": np.arange(1, 31)}, None, Noisy, False),  # repeated rows
        ({"sample_weight": np.linspace(1, 2, 30)}, None, Squared, False),
        ({"y_error": 0.1}, None, Squared, True),  # weights: one search
        ({"X_error": 0.1}, None, ErrorsInVariables, True),
        ({"y_error": 0.1, "X_error": 0.1}, None, ErrorsInVariables, True),
        ({}, Absolute(), RobustLoss, False),
    ],
)
def test_what_a_table_is_fitted_by(more, loss, kind, known):
    objective = objective_of(table(**more), loss)
    assert type(objective) is kind and objective.known == known
    # what rows weigh is known, or the laws found tell it
    assert (objective.passes == 1) == (kind is Squared)


@pytest.mark.parametrize("error", ["y_error", "X_error"])
def test_known_errors_are_a_loss_of_their_own(error):
    with pytest.raises(DataError, match="loss='squared'"):
        objective_of(table(**{error: 0.1}), Absolute())


def test_equal_seeds_draw_equally():
    contexts = [FitContext.of(TRMSymbolicRegressor(random_state=s)) for s in (3, 3, 4)]
    drawn = [c.rng.random() for c in contexts]
    assert drawn[0] == drawn[1] != drawn[2]


def test_parameters_are_checked_before_anything_is_fitted():
    with pytest.raises(ValueError, match="max_steps"):
        FitContext.of(TRMSymbolicRegressor(max_steps=0))


def test_a_part_of_a_law_is_heard_by_no_one():
    own = FitContext.of(
        TRMSymbolicRegressor(loss="absolute"), callbacks=print, template="f(x0)*g(x1)"
    )
    part = own.part(1.5)
    assert part.callbacks == [] and part.template is None
    assert part.settings.time_limit == 1.5 and own.settings.time_limit == 10
    assert type(part.objective(table())) is Squared
    assert part.clock is own.clock and part.start >= own.start


def test_only_a_warm_start_goes_on():
    est = TRMSymbolicRegressor(model=None, time_limit=None, max_steps=1, random_state=0)
    est.fit(X, Y)
    assert Earlier.of(est) == Earlier()
    est.fit(X, Y)
    est.warm_start = True
    earlier = Earlier.of(est)
    assert earlier.width == 2 and str(earlier.laws[-1]) == "x0/x1"
    earlier.check_width(2)
    with pytest.raises(DataError, match="same columns"):
        earlier.check_width(3)


def test_of_several_targets_each_goes_on_by_itself():
    est = SimpleNamespace(warm_start=True, estimators_=["a", "b"])
    assert Earlier.of(est).parts == ["a", "b"]
