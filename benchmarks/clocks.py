"""The estimator by a clock, and how it is asked: alone, guided by the network, the network alone.

By processor time other work on the machine takes nothing from a fit.
"""

from __future__ import annotations

import time
from typing import Any

from sklearn_trm import TRMSymbolicRegressor

CLOCKS = {"wall": time.monotonic, "cpu": time.process_time}
MODES: dict[str, dict[str, Any]] = {
    "unguided": {"model": None}, "guided": {}, "network": {"search": False},
}  # fmt: skip


class ByProcessor(TRMSymbolicRegressor):
    """Its `time_limit` counts the processor's seconds."""

    _clock = staticmethod(CLOCKS["cpu"])


REGRESSORS: dict[str, type[TRMSymbolicRegressor]] = {
    "wall": TRMSymbolicRegressor, "cpu": ByProcessor,
}  # fmt: skip
