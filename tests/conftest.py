"""What holds for all tests: no wall clock decides, and the package is the installed one."""

import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent


def installed_first():
    """Import the installed package, not the checkout that lies in the current folder.

    `python -m pytest` and pytest itself put the checkout before what is installed; a file
    that is missing from the wheel would go unnoticed. Where the checkout is named in
    PYTHONPATH, or nothing is installed, it is the checkout that is tested.
    """
    before = sys.path[:]
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if str(ROOT) not in named:
        sys.path[:] = [p for p in before if Path(p or ".").resolve() != ROOT]
    try:
        import sklearn_trm.estimators
    except ModuleNotFoundError:  # an editable install has only files of ours beside the packages
        sys.modules.pop("sklearn_trm", None)
        sys.path[:] = before
        import sklearn_trm
    sys.path[:] = before
    home = Path(sklearn_trm.__file__).resolve()
    # CI says so: there it has to be the wheel
    if os.environ.get("SKLEARN_TRM_TEST_INSTALLED"):
        assert "site-packages" in home.parts, f"{home} is tested, not the wheel"


installed_first()

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor  # noqa: E402

# properties are about laws, not about how fast a busy machine draws examples
# where a machine judges a change, the same examples as for the change before; others at every desk
settings.register_profile(
    "laws", deadline=None, suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)  # fmt: skip
settings.load_profile("laws")


@pytest.fixture(autouse=True, scope="session")
def limits_count_processor_time():
    """A machine that is busy with other work makes no fit late, and changes no result."""
    patch = pytest.MonkeyPatch()
    for estimator in (TRMSymbolicRegressor, TRMSymbolicClassifier):
        patch.setattr(estimator, "_clock", staticmethod(time.process_time))
    yield
    patch.undo()
