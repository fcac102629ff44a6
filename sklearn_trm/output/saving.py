"""Files of fitted estimators written: JSON that holds no code, safe to open from anyone."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from os import PathLike
from typing import Any

import numpy as np

from ..errors import FileError
from ..expressions.user_operators import Operator
from ..objectives.losses import LOSSES, Loss
from ..objectives.noise_models import Noise
from ..rules.constraints import Constraints
from ..task.settings import AnswerStep
from .export.as_json import to_lists
from .whole_files import write_whole

FORMAT = "sklearn-trm estimator"
SCHEMA = 1
MAX_BYTES = 64 * 2**20
WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}  # JSON has no such numbers
STATE = ("n_iter_", "converged_", "stopped_", "n_features_in_")


# ---------------------------------------------------------------------- writing


def save(estimator: Any, path: str | PathLike[str]) -> None:
    """Write a fitted estimator; the file appears whole or not at all.

    Raises
    ------
    FileError
        If a parameter cannot be written, such as a callable.
    """
    from .._version import __version__

    data = {"format": FORMAT, "schema": SCHEMA, "version": __version__, **_pack(estimator)}
    write_whole(path, json.dumps(data, allow_nan=False))


def _pack(estimator: Any) -> dict[str, Any]:
    estimator.column_names()  # raises NotFittedError
    out: dict[str, Any] = {
        "class": type(estimator).__name__,
        "parameters": {k: _parameter(k, v) for k, v in estimator.get_params(deep=False).items()},
        "state": {name: getattr(estimator, name) for name in STATE},
    }
    names = getattr(estimator, "feature_names_in_", None)
    out["columns"] = None if names is None else list(names)
    out["targets"] = getattr(estimator, "_target_names", None)
    dates = getattr(estimator, "dates_", None)
    out["dates"] = None if dates is None else asdict(dates)
    groups = getattr(estimator, "groups_", None)
    out["groups"] = None if groups is None else asdict(groups)
    if hasattr(estimator, "classes_"):
        out["classes"] = [_parameter("classes_", label) for label in estimator.classes_]
    if hasattr(estimator, "estimators_"):
        out["estimators"] = [_pack(part) for part in estimator.estimators_]
        return out
    out["seed"] = getattr(estimator, "_seed", None)
    fitted = estimator._fitted
    out["front"] = {
        "rows": [
            {"law": to_lists(row.node), "complexity": row.complexity, "loss": _number(row.loss),
             "score": _number(row.score), "prior": _number(row.prior),
             "covariance": _numbers(spread)}
            for row, spread in zip(fitted.rows, fitted.covariances, strict=True)
        ],
        "chosen": fitted.chosen,
        "scales": _numbers([*fitted.magnitudes.x, fitted.magnitudes.y]),
        "n_rows": fitted.n_rows,
        "n_counted": fitted.n_counted,
        "known": fitted.known,
        "n_tried": fitted.n_tried,
        "size": _number(fitted.size),
        "link": fitted.link,
        "weighing": None if fitted.weighing is None else _numbers(fitted.weighing),
        "risks": None if fitted.risks is None else _numbers(fitted.risks),
        "loss": None if fitted.loss is None else _parameter("loss", fitted.loss),
        "validation": None if fitted.validation is None else _numbers(fitted.validation),
        "ranges": None if fitted.ranges is None else _numbers(fitted.ranges),
        "error": _number(fitted.error),
        "lengths": None if fitted.lengths is None else _numbers(fitted.lengths),
        "predictive": None if fitted.predictive is None else _numbers(fitted.predictive),
        "insisted": fitted.insisted,
        "noises": None if fitted.noises is None else [_noise(noise) for noise in fitted.noises],
        "noise_model": _noise_model(fitted.noise_model),
        "labels": None if fitted.labels is None else [list(pair) for pair in fitted.labels],
    }  # fmt: skip
    out["steps"] = [
        {f.name: _step_value(getattr(step, f.name)) for f in fields(AnswerStep) if f.compare}
        for step in estimator.answer_steps_
    ]
    return out


def _parameter(name: str, value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.random.RandomState):
        return None  # a state is no part of the law
    if isinstance(value, PathLike):
        value = os.fspath(value)
    if isinstance(value, list | tuple):
        return [_parameter(name, part) for part in value]
    if isinstance(value, Operator):
        raise FileError(
            f"{name} holds your own operator {str(value)!r}, and a file holds no code: use pickle"
        )
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Constraints):
        return {"constraints": asdict(value)}
    if isinstance(value, Loss) and type(value).__name__ in LOSSES:
        return {"loss": type(value).__name__, **vars(value)}
    if name == "class_weight" and isinstance(value, dict):
        return {"weights": [[_parameter(name, part) for part in pair] for pair in value.items()]}
    if name == "prior" and isinstance(value, Mapping):
        return {"nats": {str(op): _number(nats) for op, nats in value.items()}}
    raise FileError(
        f"the parameter {name!r} is {value!r}: a file holds no code. Set it to a name before "
        f"saving, for example est.set_params(selection='best', loss='squared'), or use pickle"
    )


def _noise(noise: Noise | None) -> Any:
    return None if noise is None else [noise.kind, _number(noise.size)]


def _noise_model(model: tuple[str, Any] | None) -> Any:
    return None if model is None else [model[0], model[1] and to_lists(model[1])]


def _step_value(value: Any) -> Any:
    if hasattr(value, "children"):
        return to_lists(value)
    if isinstance(value, np.ndarray):
        return _numbers(value)
    return _number(value) if isinstance(value, float) else value


def _number(value: float) -> Any:
    value = float(value)
    return value if math.isfinite(value) else repr(value)


def _numbers(values: Any) -> Any:
    values = np.asarray(values, dtype=float)
    if values.ndim == 0:
        return _number(float(values))
    return [_numbers(part) for part in values]
