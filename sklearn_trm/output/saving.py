"""Files of fitted estimators: JSON that holds no code, safe to open from anyone.

What is read is checked part by part and never executed: laws are nested lists of known
operators, the class is one of this package, parameters are those of its constructor.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, fields, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ..data.dates import Dates
from ..data.validation import Magnitudes, check_settings
from ..errors import FileError
from ..expressions.tree import complexity, constants
from ..expressions.user_operators import Operator
from ..objectives.losses import LOSSES, Loss
from ..rules.constraints import Constraints
from ..task.front import FrontEntry
from ..task.result import FitResult
from ..task.settings import AnswerStep
from .export.as_json import from_lists, read_json, to_lists

FORMAT = "sklearn-trm estimator"
SCHEMA = 1
MAX_BYTES = 64 * 2**20
_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}  # JSON has no such numbers
_STATE = ("n_iter_", "converged_", "stopped_", "n_features_in_")


# ---------------------------------------------------------------------- writing


def save(estimator: Any, path: str | PathLike[str]) -> None:
    """Write a fitted estimator; the file appears whole or not at all.

    Raises
    ------
    FileError
        If a parameter cannot be written, such as a callable.
    """
    from .. import __version__

    data = {"format": FORMAT, "schema": SCHEMA, "version": __version__, **_pack(estimator)}
    text = json.dumps(data, allow_nan=False)
    target = Path(path)
    part = target.with_name(target.name + f".{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _pack(estimator: Any) -> dict[str, Any]:
    estimator.column_names()  # raises NotFittedError
    out: dict[str, Any] = {
        "class": type(estimator).__name__,
        "parameters": {k: _parameter(k, v) for k, v in estimator.get_params(deep=False).items()},
        "state": {name: getattr(estimator, name) for name in _STATE},
    }
    names = getattr(estimator, "feature_names_in_", None)
    out["columns"] = None if names is None else list(names)
    dates = getattr(estimator, "dates_", None)
    out["dates"] = None if dates is None else asdict(dates)
    if hasattr(estimator, "classes_"):
        out["classes"] = [_parameter("classes_", label) for label in estimator.classes_]
    if hasattr(estimator, "estimators_"):
        out["estimators"] = [_pack(part) for part in estimator.estimators_]
        return out
    fitted = estimator._fitted
    out["front"] = {
        "rows": [
            {"law": to_lists(row.node), "complexity": row.complexity, "loss": _number(row.loss),
             "score": _number(row.score), "covariance": _numbers(spread)}
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
        "labels": None if fitted.labels is None else [list(pair) for pair in fitted.labels],
    }  # fmt: skip
    out["steps"] = [
        {f.name: _step_value(getattr(step, f.name)) for f in fields(AnswerStep)}
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
    raise FileError(
        f"the parameter {name!r} is {value!r}: a file holds no code. Set it to a name before "
        f"saving, for example est.set_params(selection='best', loss='squared'), or use pickle"
    )


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


# ---------------------------------------------------------------------- reading


def load(path: str | PathLike[str]) -> Any:
    """Read a fitted estimator that `save` wrote.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    TRMSymbolicRegressor or TRMSymbolicClassifier

    Raises
    ------
    FileError
        If the file is damaged, from a newer version, or something else.
    OSError
        If there is no such file.
    """
    path = Path(path)
    if path.stat().st_size > MAX_BYTES:
        raise FileError(f"{path} is larger than {MAX_BYTES // 2**20} MiB: no file of ours")
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise FileError(f"{path} is no text: it is damaged, or no file of ours") from None
    data = read_json(text, FORMAT, SCHEMA)
    try:
        return _unpack(data)
    except FileError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise FileError(f"{path} is damaged: {reason}") from error
    except RecursionError:
        raise FileError(f"{path} is damaged: it is nested too deeply") from None


def _class(name: Any) -> Any:
    from ..estimators.classifier import TRMSymbolicClassifier
    from ..estimators.regressor import TRMSymbolicRegressor

    classes = {c.__name__: c for c in (TRMSymbolicRegressor, TRMSymbolicClassifier)}
    if not isinstance(name, str) or name not in classes:
        raise FileError(f"no estimator {str(name)[:40]!r} in this package")
    return classes[name]


def _unpack(data: dict[str, Any], inner: bool = False) -> Any:
    estimator = _class(data["class"])()
    parameters = {name: _read_parameter(value) for name, value in data["parameters"].items()}
    estimator.set_params(**parameters)
    check_settings(estimator.get_params(deep=False))
    state = data["state"]
    for name in _STATE:
        setattr(estimator, name, state[name])
    n_columns = _whole(state["n_features_in_"], 1)
    names = data["columns"]
    if names is not None:
        if len(names) != n_columns or not all(isinstance(name, str) for name in names):
            raise FileError("column names do not fit the number of columns")
        estimator.feature_names_in_ = np.array(names, dtype=object)
    if data.get("dates") is not None:
        estimator.dates_ = _read_dates(data["dates"], n_columns)
    if "classes" in data or hasattr(estimator, "predict_proba"):
        estimator.classes_ = _read_classes(data["classes"], len(data.get("estimators", [0, 0])))
    if "estimators" in data:
        if inner:
            raise FileError("an estimator of one target holds others")
        estimator.estimators_ = [_unpack(part, inner=True) for part in data["estimators"]]
        if any(part.n_features_in_ != n_columns for part in estimator.estimators_):
            raise FileError("the targets have different columns")
        estimator.answer_steps_ = [part.answer_steps_ for part in estimator.estimators_]
        estimator.velocity_history_ = [part.velocity_history_ for part in estimator.estimators_]
        return estimator
    estimator._fitted = _read_front(data["front"], n_columns)
    estimator.answer_steps_ = [_read_step(step, n_columns) for step in data["steps"]]
    estimator.velocity_history_ = [step.velocities for step in estimator.answer_steps_]
    return estimator


def _read_dates(data: Any, n_columns: int) -> Dates:
    columns = tuple(_whole(j, 0) for j in data["columns"])
    if not isinstance(data["origin"], str) or any(j >= n_columns for j in columns):
        raise FileError("the columns of dates do not fit the table")
    return Dates(data["origin"], columns)


def _read_classes(labels: Any, count: int) -> np.ndarray:
    if not isinstance(labels, list) or len(labels) != count or isinstance(labels[0], list | dict):
        raise FileError("the classes do not fit the laws")
    return np.array(labels)


def _read_parameter(value: Any) -> Any:
    if isinstance(value, list):
        if not all(isinstance(part, str) for part in value):
            raise FileError("a list among the parameters holds no names")
        return value
    if isinstance(value, dict) and value.get("loss") in LOSSES:
        return LOSSES[value["loss"]](**{k: v for k, v in value.items() if k != "loss"})
    if isinstance(value, dict) and set(value) == {"constraints"}:
        return Constraints(**value["constraints"])  # checks each part
    if isinstance(value, dict) and set(value) == {"weights"}:
        return {_label(label): _read_number(weight) for label, weight in value["weights"]}
    if isinstance(value, dict):
        raise FileError("a parameter is an object")
    return _WORDS.get(value, value) if isinstance(value, str) else value


def _label(value: Any) -> Any:
    if isinstance(value, list | dict):
        raise FileError("a class is no label")
    return value


def _read_front(data: dict[str, Any], n_columns: int) -> FitResult:
    rows, covariances = [], []
    for part in data["rows"]:
        node = from_lists(part["law"], n_columns)
        # the simplest facts are computed, not believed
        row = FrontEntry(
            complexity(node), _read_number(part["loss"]), _read_number(part["score"]), node
        )
        k = len(constants(node))
        rows.append(replace(row, complexity=_whole(part["complexity"], 1)))
        covariances.append(_read_numbers(part["covariance"], (k, k)))
    if not rows:
        raise FileError("the front is empty")
    scales = _read_numbers(data["scales"], (n_columns + 1,))
    if not (np.isfinite(scales) & (scales > 0)).all():
        raise FileError("the scales are no positive numbers")

    def numbers(name: str) -> tuple[float, ...] | None:
        if data.get(name) is None:
            return None
        return tuple(map(float, _read_numbers(data[name], (len(rows),))))

    loss = None if data["loss"] is None else _read_parameter(data["loss"])
    if loss is not None and not isinstance(loss, Loss):
        raise FileError("the loss is none")
    fitted = FitResult(
        rows=tuple(rows),
        covariances=tuple(covariances),
        chosen=_whole(data["chosen"], 0),
        magnitudes=Magnitudes(tuple(map(float, scales[:-1])), float(scales[-1])),
        n_rows=_whole(data["n_rows"], 1),
        n_counted=_whole(data["n_counted"], 1),
        known=bool(data.get("known", False)),
        n_tried=_whole(data["n_tried"], 0),
        size=_read_number(data["size"]),
        link=_link(data["link"]),
        loss=loss,
        weighing=numbers("weighing"),
        risks=numbers("risks"),
        validation=numbers("validation"),
        labels=_read_labels(data.get("labels"), rows),
    )
    fitted.row(fitted.chosen)
    return fitted


def _read_labels(data: Any, rows: list[FrontEntry]) -> tuple[tuple[str, int], ...] | None:
    if data is None:
        return None
    leaves = len(constants(rows[0].node))
    out = tuple((name, _whole(leaf, 0)) for name, leaf in data)
    if len(rows) > 1 or not all(isinstance(name, str) and leaf < leaves for name, leaf in out):
        raise FileError("the names of the constants do not fit the law")
    return out


def _link(value: Any) -> str:
    if value not in ("identity", "logistic"):
        raise FileError(f"unknown link {str(value)[:40]!r}")
    return str(value)


def _read_step(data: dict[str, Any], n_columns: int) -> AnswerStep:
    velocities = np.array([_read_number(v) for v in data["velocities"]], dtype=float)
    return AnswerStep(
        step=_whole(data["step"], 0),
        n_iter=_whole(data["n_iter"], 0),
        converged=bool(data["converged"]),
        q=_read_number(data["q"]),
        n_new=_whole(data["n_new"], 0),
        loss=_read_number(data["loss"]),
        law=from_lists(data["law"], n_columns),
        velocities=velocities,
    )


def _whole(value: Any, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise FileError(f"{str(value)[:40]!r} is no whole number of at least {least}")
    return value


def _read_number(value: Any) -> float:
    if isinstance(value, str) and value in _WORDS:
        return _WORDS[value]
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise FileError(f"{str(value)[:40]!r} is no number")
    return float(value)


def _read_numbers(values: Any, shape: tuple[int, ...]) -> np.ndarray:
    if not isinstance(values, list) or len(values) != shape[0]:
        raise FileError("a list of numbers has the wrong length")
    if len(shape) == 1:
        return np.array([_read_number(v) for v in values], dtype=float)
    rows = [_read_numbers(v, shape[1:]) for v in values]
    return np.array(rows, dtype=float).reshape(shape)
