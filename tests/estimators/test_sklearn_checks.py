"""The whole contract of scikit-learn, without expected failures."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor, TRMSymbolicTransformer

# Without a time limit a fit is the same on every machine; one step keeps it short.
FAST = {
    "model": None, "time_limit": None, "max_steps": 1, "max_complexity": 9,
    "unary_operators": ["exp"],
}  # fmt: skip
REGRESSOR = TRMSymbolicRegressor(**FAST)
CLASSIFIER = TRMSymbolicClassifier(**FAST)
TRANSFORMER = TRMSymbolicTransformer(n_components=3, estimator=REGRESSOR)


@parametrize_with_checks([REGRESSOR, CLASSIFIER, TRANSFORMER])
def test_scikit_learn_checks(estimator, check):
    check(estimator)
