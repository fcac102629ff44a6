"""Parameters under the names of other packages: answered with ours."""

import inspect
import pickle

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor, TRMSymbolicTransformer
from sklearn_trm.estimators.other_names import _ARGUMENTS, _PARAMETERS

X = np.linspace(1, 5, 20)[:, None]
CLASSES = (TRMSymbolicRegressor, TRMSymbolicClassifier, TRMSymbolicTransformer)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("maxsize", "maxsize is max_complexity here"),
        ("niterations", "time_limit, or max_steps"),
        ("population_size", "no population"),
        ("model_selection", "is selection here"),
        ("elementwise_loss", "is loss here"),
        ("timeout_in_seconds", "is time_limit here"),
        ("parsimony", "max_complexity and selection"),
        ("function_set", "unary_operators and binary_operators"),
        ("template", "is an argument of fit"),
        ("time_limits", "did you mean 'time_limit'"),
        ("colour", "colour is unknown"),
    ],
)
def test_a_wrong_parameter_is_answered_with_the_right_one(name, message):
    with pytest.raises(TypeError, match=message):
        TRMSymbolicRegressor(**{name: 1})


def test_all_wrong_names_are_answered_at_once():
    with pytest.raises(TypeError, match=r"maxsize is .*; populations: .*; procs is n_jobs"):
        TRMSymbolicClassifier(maxsize=20, populations=3, time_limit=1, procs=4)
    with pytest.raises(ValueError, match="maxsize is max_complexity"):
        TRMSymbolicRegressor().set_params(maxsize=20)
    with pytest.raises(ValueError, match="Invalid parameter 'colour'"):
        TRMSymbolicRegressor().set_params(colour=20)
    with pytest.raises(ValueError, match="maxsize is max_complexity"):
        model = TRMSymbolicTransformer(estimator=TRMSymbolicRegressor())
        model.set_params(estimator__maxsize=20)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("weights", "weights is sample_weight here"),
        ("variable_names", "columns of a DataFrame"),
        ("sigma", "is y_error here"),
        ("p0", "constants="),
        ("callback", "is callbacks here"),
        ("sample_weights", "did you mean 'sample_weight'"),
    ],
)
def test_a_wrong_argument_of_fit(name, message):
    with pytest.raises(TypeError, match=message):
        TRMSymbolicRegressor().fit(X, X[:, 0], **{name: 1})


@pytest.mark.parametrize("cls", CLASSES)
def test_no_name_of_ours_is_called_another_one(cls):
    own = set(inspect.signature(cls.__init__).parameters)
    assert not own & set(_PARAMETERS) and set(cls().get_params(deep=False)) == own - {"self"}
    assert not set(inspect.signature(cls.fit).parameters) & set(_ARGUMENTS)
    assert list(inspect.signature(cls).parameters) == [
        name for name in inspect.signature(cls.__init__).parameters if name != "self"
    ]


def test_copies_and_subclasses():
    est = TRMSymbolicRegressor(max_complexity=7)
    assert clone(est).max_complexity == pickle.loads(pickle.dumps(est)).max_complexity == 7

    class Own(TRMSymbolicRegressor):
        def __init__(self, depth=3, **more):
            super().__init__(**more)
            self.depth = depth

    assert Own(depth=4, time_limit=2).time_limit == 2
