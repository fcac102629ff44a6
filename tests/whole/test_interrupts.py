"""Ctrl-C at any moment: the best law so far, or the estimator as it was; never half a state."""

from __future__ import annotations

import gc
import signal
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_trm import TRMSymbolicRegressor, load

pytestmark = pytest.mark.filterwarnings("ignore:fit was interrupted:UserWarning")
RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 4, (60, 2))
NOISY = np.sin(X[:, 0]) * X[:, 1] + 0.2 * RNG.normal(size=60)
FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1}
MOMENTS = 20
SAVED = Path(__file__).parents[1] / "saved" / "0.1.0.dev0" / "regressor.json"


@pytest.fixture
def ctrl_c_after():
    """Seconds of the processor -> Ctrl-C; or of another timer, which comes to the microsecond."""
    timers = {signal.ITIMER_VIRTUAL: signal.SIGVTALRM, signal.ITIMER_REAL: signal.SIGALRM}
    before = {s: signal.signal(s, signal.default_int_handler) for s in timers.values()}
    gc.disable()  # hypothesis watches collections: an interrupt inside its watch is lost
    yield lambda seconds, timer=signal.ITIMER_VIRTUAL: signal.setitimer(timer, seconds)
    gc.enable()
    for timer, number in timers.items():
        signal.setitimer(timer, 0)
        signal.signal(number, before[number])


def test_ctrl_c_at_any_moment_leaves_a_usable_estimator(ctrl_c_after, tmp_path):
    whole = TRMSymbolicRegressor(**FAST).fit(X, X[:, 0] / X[:, 1])  # compiles what fits need
    laws, untouched = 0, 0
    for moment in np.random.default_rng(1).uniform(1e-3, 1.0, MOMENTS) ** 2:
        est = TRMSymbolicRegressor(**FAST | {"max_steps": 50})
        ctrl_c_after(moment)
        try:
            est.fit(X, NOISY)
        except KeyboardInterrupt:
            untouched += 1
            with pytest.raises(NotFittedError):
                est.predict(X)
            assert not [name for name in vars(est) if name.endswith("_")]
        else:
            laws += est.stopped_ == "interrupted"
            assert np.isfinite(est.predict(X)).all() and len(est.equations_)
            est.save(tmp_path / "law.json")
            np.testing.assert_array_equal(load(tmp_path / "law.json").predict(X), est.predict(X))
        finally:
            ctrl_c_after(0)
    assert laws + untouched >= MOMENTS // 2 and laws >= 3  # it did come, and in the search
    # nothing is left behind in the process
    again = TRMSymbolicRegressor(**FAST).fit(X, X[:, 0] / X[:, 1])
    assert again.expr_ == whole.expr_
    np.testing.assert_array_equal(again.equations_.loss, whole.equations_.loss)


def test_a_fitted_estimator_is_what_it_was_after_ctrl_c_before_a_law(ctrl_c_after):
    before = 0
    for moment in (1e-4, 1e-3, 3e-3, 1e-2):
        est = load(SAVED)
        law, values = est.expr_, est.predict(X)
        try:
            # the processor's timer ticks too seldom to come before there is a law
            ctrl_c_after(moment, signal.ITIMER_REAL)
            est.fit(X, NOISY)
        except KeyboardInterrupt:
            before += 1
            assert est.expr_ == law
            np.testing.assert_array_equal(est.predict(X), values)
        finally:
            ctrl_c_after(0, signal.ITIMER_REAL)
    assert before  # it came before there was a law, at least once
