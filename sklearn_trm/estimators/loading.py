"""Files of fitted estimators read back: checked part by part, never executed.

Laws are nested lists of known operators, the class is one of this package, parameters are those
of its constructor.
"""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ..data.dates import Dates
from ..data.groups import Groups
from ..data.magnitudes import Magnitudes
from ..errors import FileError
from ..expressions.tree import Node, complexity, constants
from ..objectives.losses import LOSSES, Loss
from ..objectives.noise_models import KINDS, Noise
from ..output.export.as_json import from_lists, read_json
from ..output.saving import FORMAT, MAX_BYTES, SCHEMA, STATE, WORDS
from ..rules.constraints import Constraints
from ..rules.rules import FREE
from ..task.front import FrontEntry
from ..task.result import FitResult
from ..task.settings import AnswerStep, check_settings
from .classifier import TRMSymbolicClassifier
from .regressor import TRMSymbolicRegressor


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
    for name in STATE:
        setattr(estimator, name, state[name])
    n_columns = _whole(state["n_features_in_"], 1)
    names = data["columns"]
    if names is not None:
        if len(names) != n_columns or not all(isinstance(name, str) for name in names):
            raise FileError("column names do not fit the number of columns")
        estimator.feature_names_in_ = np.array(names, dtype=object)
    if data.get("targets") is not None:
        estimator._target_names = [str(name) for name in data["targets"]]
    if data.get("dates") is not None:
        estimator.dates_ = _read_dates(data["dates"], n_columns)
    if data.get("groups") is not None:
        estimator.groups_ = _read_groups(data["groups"], names)
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
    if data.get("seed") is not None:
        estimator._seed = _whole(data["seed"], 0)
    estimator._fitted = _read_front(data["front"], n_columns)
    estimator.answer_steps_ = [_read_step(step, n_columns) for step in data["steps"]]
    estimator.velocity_history_ = [step.velocities for step in estimator.answer_steps_]
    return estimator


def _read_dates(data: Any, n_columns: int) -> Dates:
    columns = tuple(_whole(j, 0) for j in data["columns"])
    if not isinstance(data["origin"], str) or any(j >= n_columns for j in columns):
        raise FileError("the columns of dates do not fit the table")
    return Dates(data["origin"], columns)


def _read_groups(data: Any, names: Any) -> Groups:
    labels = tuple(_label(value) for value in data["labels"])
    groups = Groups(str(data["name"]), _whole(data["column"], 0), labels)
    others = len(names or ()) - len(labels)
    if len(labels) < 2 or groups.column > others or list(names[others:]) != groups.names:
        raise FileError("the groups do not fit the columns")
    return groups


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
    if isinstance(value, dict) and set(value) == {"nats"}:
        return {str(op): _read_number(nats) for op, nats in value["nats"].items()}
    if isinstance(value, dict) and set(value) == {"weights"}:
        return {_label(label): _read_number(weight) for label, weight in value["weights"]}
    if isinstance(value, dict):
        raise FileError("a parameter is an object")
    return WORDS.get(value, value) if isinstance(value, str) else value


def _label(value: Any) -> Any:
    if isinstance(value, list | dict):
        raise FileError("a class is no label")
    return value


def _read_front(data: dict[str, Any], n_columns: int) -> FitResult:
    rows, covariances = [], []
    for part in data["rows"]:
        node = from_lists(part["law"], n_columns)
        # the simplest facts are computed, not believed
        nats = _read_number(part["prior"]) if "prior" in part else FREE.prior(node)
        left, score = _read_number(part["loss"]), _read_number(part["score"])
        row = FrontEntry(complexity(node), left, score, node, nats)
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
        lengths=numbers("lengths"),
        predictive=numbers("predictive"),
        insisted=bool(data.get("insisted", False)),
        labels=_read_labels(data.get("labels"), rows),
        ranges=_read_ranges(data.get("ranges"), n_columns),
        error=_read_number(data.get("error", "nan")),
        noises=_read_noises(data.get("noises"), len(rows)),
        noise_model=_read_noise_model(data.get("noise_model"), n_columns),
    )
    fitted.row(fitted.chosen)
    return fitted


def _read_ranges(data: Any, n_columns: int) -> tuple[tuple[float, float], ...] | None:
    if data is None:
        return None
    out = _read_numbers(data, (n_columns, 2))
    if not (np.isfinite(out).all() and (out[:, 0] <= out[:, 1]).all()):
        raise FileError("the ranges of the columns are none")
    return tuple((float(low), float(high)) for low, high in out)


def _read_noises(data: Any, count: int) -> tuple[Noise | None, ...] | None:
    if data is None:
        return None
    if len(data) != count or any(part is not None and part[0] not in KINDS for part in data):
        raise FileError("the kinds of noise do not fit the laws")
    return tuple(part and Noise(part[0], _read_number(part[1])) for part in data)


def _read_noise_model(data: Any, n_columns: int) -> tuple[str, Node | None] | None:
    if data is None:
        return None
    kind, law = data
    if kind not in KINDS:
        raise FileError("the rows were weighed by no kind of noise")
    return kind, None if law is None else from_lists(law, n_columns)


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
        by_lane=_read_lanes(data.get("by_lane"), len(velocities)),
    )


def _read_lanes(data: Any, n_iter: int) -> np.ndarray | None:
    if data is None:  # of an earlier version
        return None
    if not isinstance(data, list):
        raise FileError("the velocities of lanes are no list")
    return _read_numbers(data, (len(data), n_iter)).astype(np.float32)


def _whole(value: Any, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise FileError(f"{str(value)[:40]!r} is no whole number of at least {least}")
    return value


def _read_number(value: Any) -> float:
    if isinstance(value, str) and value in WORDS:
        return WORDS[value]
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
