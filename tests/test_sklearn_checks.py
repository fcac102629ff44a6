"""The whole contract of scikit-learn, without expected failures."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_trm import TRMSymbolicRegressor


@parametrize_with_checks(
    [TRMSymbolicRegressor(model=None, time_limit=None, max_complexity=9, unary_operators=["exp"])]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)
