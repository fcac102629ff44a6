"""The stream of offered laws of open problems: what a change of search or road changes.

``python -m benchmarks record`` writes, for each problem, every law that was offered to a front, in
order, and the front that the fit ended with; ``--check`` compares with what was written before and
fails where a stream differs. No clock decides in these fits (``time_limit=None``), so that equal
code gives equal streams on one machine. Another machine's BLAS may round otherwise: a record
carries a fingerprint of the arithmetic, and where it is another one differences are only told.
To compare with another commit, write its record to a file and check against that:

    python -m benchmarks record --out /tmp/before.json.gz    # on the other commit
    python -m benchmarks record --check /tmp/before.json.gz

A commit that changes a stream says why in ``benchmarks/record.md``, and writes the record anew.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_trm import (
    Constraints,
    TRMSymbolicClassifier,
    TRMSymbolicRegressor,
    TRMSymbolicTransformer,
)
from sklearn_trm.expressions.text import to_text
from sklearn_trm.objectives.losses import Quantile
from sklearn_trm.task.front import Front

RECORD = Path(__file__).with_name("record.json.gz")
DIGITS = 6  # of constants and losses
_SAME = 2e-5  # relative difference of numbers that are equal to these digits
_NUMBER = re.compile(r"(?<![A-Za-z_0-9])\d+\.?\d*(?:e[+-]?\d+)?")
FAST = 3  # every n-th problem makes the fast part

Fit = Callable[[], Any]  # a fit; returns the fitted estimator
PROBLEMS: dict[str, Fit] = {}


def _problem(make: Callable[[np.random.Generator], Any]) -> Callable[[np.random.Generator], Any]:
    seed = 1000 + len(PROBLEMS)
    PROBLEMS[make.__name__] = lambda: make(np.random.default_rng(seed))
    return make


def _est(**parameters: Any) -> TRMSymbolicRegressor:
    given = {"time_limit": None, "model": None, "random_state": 0, "max_steps": 20}
    return TRMSymbolicRegressor(**{**given, **parameters})


def _noise(y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    return y + share * float(np.std(y)) * rng.standard_normal(len(y))


# ---------------------------------------------------------------- clean tables


@_problem
def clean_product(r):
    X = r.uniform(1, 5, (100, 3))
    return _est().fit(X, 3 * X[:, 0] * X[:, 1] / X[:, 2] ** 2)


@_problem
def clean_rational(r):
    X = r.uniform(1, 5, (100, 2))
    return _est().fit(X, X[:, 0] / (2.5 + X[:, 1]) + 0.3 * X[:, 0] ** 2)


@_problem
def clean_functions(r):
    X = r.uniform(0.5, 3, (100, 2))
    return _est().fit(X, np.exp(-0.7 * X[:, 0]) * np.sin(X[:, 1]) + 2)


@_problem
def clean_deep(r):
    X = r.uniform(1, 3, (100, 3))
    return _est(max_steps=40).fit(
        X, np.sin(X[:, 0] * np.sqrt(X[:, 1] + X[:, 2] ** 2)) * np.log(X[:, 2] + X[:, 0] ** 3)
    )


@_problem
def clean_waves(r):
    t = np.linspace(0, 10, 200)[:, None]
    return _est().fit(t, 2 * np.sin(3.3 * t[:, 0] + 0.4) + np.cos(7.1 * t[:, 0]))


@_problem
def clean_decay(r):
    t = np.linspace(0, 5, 60)[:, None]
    return _est().fit(t, 5 * np.exp(-1.3 * t[:, 0]) + 2)


@_problem
def symmetric_columns(r):
    X = r.uniform(-2, 2, (120, 4))
    distance = np.hypot(X[:, 0] - X[:, 1], X[:, 2] - X[:, 3])
    return _est().fit(X, np.exp(-distance) + 1)


@_problem
def zeros_and_whole_numbers(r):
    X = r.integers(-3, 4, (80, 2)).astype(float)
    return _est().fit(X, X[:, 0] ** 2 - 3 * X[:, 1] + 2)


# ---------------------------------------------------------------- noise


@_problem
def noisy_product(r):
    X = r.uniform(1, 5, (200, 3))
    return _est().fit(X, _noise(X[:, 0] * X[:, 1] / X[:, 2], 0.01, r))


@_problem
def noisy_functions(r):
    X = r.uniform(0.5, 3, (300, 2))
    return _est().fit(X, _noise(np.exp(X[:, 0]) * np.sin(X[:, 1]), 0.1, r))


@_problem
def noisy_curve(r):
    t = np.linspace(0, 20, 30)[:, None]
    return _est().fit(t, _noise(4 * t[:, 0] / (3.1 + t[:, 0]), 0.02, r))


@_problem
def few_rows(r):
    t = np.linspace(1, 20, 8)[:, None]
    return _est().fit(t, _noise(4 * t[:, 0] / (3.1 + t[:, 0]), 0.02, r))


@_problem
def no_law(r):
    return _est(max_steps=30).fit(r.standard_normal((120, 5)), r.standard_normal(120))


# ---------------------------------------------------------------- many columns, long tables


@_problem
def many_columns(r):
    X = r.uniform(1, 4, (300, 25))
    return _est().fit(X, X[:, 3] * np.sqrt(X[:, 17]) + X[:, 8])


@_problem
def many_columns_noisy(r):
    X = r.uniform(1, 4, (300, 20))
    return _est().fit(X, _noise(X[:, 3] / X[:, 17], 0.05, r))


@_problem
def long_table(r):
    X = r.uniform(1, 4, (5000, 3))
    return _est().fit(X, _noise(X[:, 0] ** 2 * X[:, 1] + X[:, 2], 0.02, r))


# ---------------------------------------------------------------- weights, errors, losses


@_problem
def weights(r):
    X = r.uniform(1, 5, (100, 2))
    y = X[:, 0] ** 1.5 / X[:, 1]
    return _est().fit(X, y * (1 + 0.05 * r.standard_normal(100)), sample_weight=1 / y**2)


@_problem
def known_errors(r):
    X = r.uniform(1, 5, (60, 2))
    y = 3 * X[:, 0] ** 2 / X[:, 1]
    return _est().fit(X, y * (1 + 0.02 * r.standard_normal(60)), y_error=0.02 * y)


@_problem
def errors_in_columns(r):
    x = np.linspace(1, 6, 60)
    seen = x + 0.05 * r.standard_normal(60)
    y = 2 * x**2 + 1 + 0.1 * r.standard_normal(60)
    return _est().fit(seen[:, None], y, y_error=np.full(60, 0.1), X_error=np.full((60, 1), 0.05))


def _gross(r: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    X = r.uniform(1, 5, (150, 2))
    y = _noise(X[:, 0] * np.log(X[:, 1]) + 2, 0.02, r)
    y[::10] += 30 * r.random(15)
    return X, y


@_problem
def loss_absolute(r):
    return _est(loss="absolute", max_steps=8).fit(*_gross(r))


@_problem
def loss_huber(r):
    return _est(loss="huber", max_steps=8).fit(*_gross(r))


@_problem
def loss_quantile(r):
    X, y = _gross(r)
    return _est(loss=Quantile(0.9), max_steps=8).fit(X, y)


@_problem
def loss_of_the_user(r):
    return _est(loss=_fourth, max_steps=8).fit(*_gross(r))


def _fourth(y, prediction):
    return np.sqrt(1 + (y - prediction) ** 2) - 1


# ---------------------------------------------------------------- siblings and what a user knows


@_problem
def classifier(r):
    X = r.uniform(-2, 2, (200, 2))
    odds = 3 * (X[:, 0] ** 2 + X[:, 1] ** 2 - 2)
    labels = r.random(200) < 1 / (1 + np.exp(-odds))
    return TRMSymbolicClassifier(
        time_limit=None, model=None, random_state=0, max_steps=3, max_complexity=20
    ).fit(X, labels)


@_problem
def classifier_of_three(r):
    X = r.uniform(0, 3, (150, 2))
    labels = np.digitize(X[:, 0] * X[:, 1], [1.0, 3.0])
    return TRMSymbolicClassifier(
        time_limit=None, model=None, random_state=0, max_steps=2, max_complexity=15
    ).fit(X, labels)


@_problem
def transformer(r):
    X = r.uniform(1, 4, (120, 3))
    y = np.exp(0.5 * X[:, 0]) + X[:, 1] / X[:, 2]
    return TRMSymbolicTransformer(4, estimator=_est(max_steps=10)).fit(X, y)


@_problem
def template(r):
    X = r.uniform(0.5, 2, (100, 3))
    y = np.sin(X[:, 0] * X[:, 1]) + np.exp(X[:, 2])
    return _est(max_steps=8).fit(X, y, template="f(x0, x1) + g(x2)")


@_problem
def template_with_number(r):
    X = r.uniform(0.5, 2, (100, 2))
    y = 2.5 * X[:, 0] ** 2 + np.log(X[:, 1])
    return _est(max_steps=8).fit(X, y, template="a*f(x0) + g(x1)")


@_problem
def with_units(r):
    X = r.uniform(1, 5, (80, 3))
    y = 0.5 * X[:, 0] * X[:, 1] ** 2 + X[:, 0] * X[:, 1] * X[:, 2]
    return _est().fit(X, y, units=["kg", "m/s", "m/s"], y_units="J")


@_problem
def with_constraints(r):
    X = r.uniform(0.5, 3, (100, 2))
    y = np.exp(X[:, 1]) + np.log(X[:, 0] + X[:, 1] ** 2)
    rules = Constraints(forbidden=[("sin",)], nested={"exp": {"exp": 0}}, monotonic={"x1": 1})
    return _est(constraints=rules, max_complexity=18).fit(X, y)


@_problem
def with_guesses(r):
    X = r.uniform(1, 5, (100, 2))
    y = 1.7 * np.sin(X[:, 0] / X[:, 1] ** 2 + np.sqrt(X[:, 1])) + 0.3
    return _est(max_steps=6).fit(X, y, guesses=["2*sin(x0/x1**2 + sqrt(x1))"])


@_problem
def warm_start(r):
    X = r.uniform(1, 5, (100, 2))
    est = _est(warm_start=True, max_steps=6)
    for factor in (1.0, 1.1):
        est.fit(X, factor * X[:, 0] * np.sin(X[:, 1]) + np.sqrt(X[:, 0]) / X[:, 1])
    return est


@_problem
def two_targets(r):
    X = r.uniform(1, 5, (100, 2))
    Y = np.column_stack([X[:, 0] * X[:, 1], X[:, 0] + np.exp(-X[:, 1])])
    return _est(max_steps=6).fit(X, Y)


@_problem
def refiner_alone(r):
    X = r.uniform(1, 5, (100, 2))
    return _est(search=False, model="auto", max_steps=3).fit(X, X[:, 0] * np.sin(X[:, 1]))


@_problem
def guided(r):
    X = r.uniform(1, 3, (100, 2))
    return _est(model="auto", max_steps=6).fit(X, np.cos((X[:, 0] + X[:, 1]) ** 2) * X[:, 0] + 0.4)


# ---------------------------------------------------------------- the record


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Notes every law that is offered to any front meanwhile."""
    offered: list[str] = []
    add = Front.add

    def listening(front: Front, node: Any, loss: float, *rest: Any) -> bool:
        offered.append(f"{to_text(node, precision=DIGITS)} | {float(loss):.{DIGITS - 1}e}")
        return add(front, node, loss, *rest)

    Front.add = listening  # type: ignore[method-assign]
    try:
        yield offered
    finally:
        Front.add = add  # type: ignore[method-assign]


def record_of(fit: Fit) -> dict[str, Any]:
    """The stream and the front of one problem."""
    with _listening() as offered, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        est = fit()
    parts = getattr(est, "estimators_", None) or [getattr(est, "estimator_", est)]
    front = [_entry(row) for part in parts for row in part.equations_.itertuples()]
    return {"offered": offered, "front": front}


def _entry(row: Any) -> str:
    mark = "> " if row.selected else "  "
    return f"{mark}{row.complexity} {row.loss:.{DIGITS - 1}e} {row.equation}"


def fingerprint() -> str:
    """Equal where BLAS, LAPACK and elementary functions round alike."""
    A = np.random.default_rng(0).standard_normal((97, 61))
    parts = (A.T @ A, np.linalg.svd(A)[1], np.linalg.lstsq(A, A[:, 0] ** 2, rcond=None)[0],
             np.exp(A), np.sin(9 * A), np.log(np.abs(A)), np.tanh(A), np.abs(A) ** 1.7)  # fmt: skip
    return hashlib.blake2b(b"".join(p.tobytes() for p in parts), digest_size=8).hexdigest()


def measure(names: list[str]) -> dict[str, Any]:
    """The record of some problems."""
    out: dict[str, Any] = {"arithmetic": fingerprint(), "problems": {}}
    for name in names:
        start = time.process_time()
        out["problems"][name] = now = record_of(PROBLEMS[name])
        seconds = time.process_time() - start
        chosen = next((line for line in now["front"] if line[0] == ">"), "")
        print(f"{seconds:5.1f} s {len(now['offered']):5d} laws  {name:24s} {chosen}", flush=True)
    return out


def difference(before: dict[str, Any], now: dict[str, Any]) -> str:
    """The first difference of two records of a problem; empty where there is none."""
    for part in ("offered", "front"):
        pairs = zip(before[part], now[part], strict=False)
        for i, (a, b) in enumerate(pairs):
            if not _same(a, b):
                return f"{part} {i}: {a.strip()} -> {b.strip()}"
        if len(before[part]) != len(now[part]):
            return f"{part}: {len(before[part])} -> {len(now[part])} laws"
    return ""


def _same(a: str, b: str) -> bool:
    """Whether two lines differ by the rounding of their numbers only."""
    if a == b:
        return True
    if _NUMBER.sub("#", a) != _NUMBER.sub("#", b):
        return False
    pairs = zip(_NUMBER.findall(a), _NUMBER.findall(b), strict=True)
    return all(abs(float(p) - float(q)) <= _SAME * max(abs(float(p)), abs(float(q)))
               for p, q in pairs)  # fmt: skip


def _read(path: Path) -> dict[str, Any]:
    return json.loads(gzip.decompress(path.read_bytes()))


def _write(path: Path, record: dict[str, Any]) -> None:
    data = json.dumps(record, indent=0).encode()
    path.write_bytes(gzip.compress(data, mtime=0))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", help="problems; all when omitted")
    parser.add_argument("--fast", action="store_true", help=f"every {FAST}rd problem")
    parser.add_argument("--check", nargs="?", const=RECORD, type=Path, metavar="FILE",
                        help="compare with what was written before")  # fmt: skip
    parser.add_argument("--out", type=Path, default=RECORD, metavar="FILE")


def main(args: argparse.Namespace) -> None:
    names = args.names or list(PROBLEMS)
    unknown = set(names) - set(PROBLEMS)
    if unknown:
        raise SystemExit(f"no problem {sorted(unknown)}; there are {', '.join(PROBLEMS)}")
    now = measure(names[::FAST] if args.fast else names)
    if args.check is None:
        before = _read(args.out)["problems"] if args.out.exists() and args.names else {}
        _write(args.out, {**now, "problems": {**before, **now["problems"]}})
        return
    before = _read(args.check)
    differing = 0
    for name, record in now["problems"].items():
        known = before["problems"].get(name)
        told = "not in the record" if known is None else difference(known, record)
        if told:
            differing += 1
            print(f"{name}: {told}")
    print(f"{len(now['problems']) - differing} of {len(now['problems'])} streams are equal")
    if differing and before["arithmetic"] == now["arithmetic"]:
        raise SystemExit("streams differ: say why in benchmarks/record.md, and record anew")
    if differing:
        print("another arithmetic than the record's: differences prove nothing here")
