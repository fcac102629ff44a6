"""What holds for all tests: no wall clock decides, and the package is the installed one."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import sklearn_trm
from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor

# properties are about laws, not about how fast a busy machine draws examples
settings.register_profile("laws", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("laws")

# `python -m pytest` puts the checkout before what is installed, and a file that is missing from
# the wheel would go unnoticed: where this variable is set (CI), that is an error
if os.environ.get("SKLEARN_TRM_TEST_INSTALLED"):
    home = Path(sklearn_trm.__file__).resolve()
    assert "site-packages" in home.parts, f"the tests run against {home}, not against the wheel"


@pytest.fixture(autouse=True, scope="session")
def limits_count_processor_time():
    """A machine that is busy with other work makes no fit late, and changes no result."""
    patch = pytest.MonkeyPatch()
    for estimator in (TRMSymbolicRegressor, TRMSymbolicClassifier):
        patch.setattr(estimator, "_clock", staticmethod(time.process_time))
    yield
    patch.undo()
