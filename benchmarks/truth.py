"""One law, one value: every form of a fitted law beside ``predict``, on random laws.

``python -m benchmarks truth --laws 10000``: half are random trees over all operators, half are laws
as people bring them (`plausible`). Each is put into a fitted estimator by way of a file, a third
in columns of other units; then ``equations_``, sympy, LaTeX read back, every export and the file
itself are executed on the same rows. All must agree to 1e-10, or to what rounding does to the law
itself (`rounding`), on every row where its steps are finite.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_trm import load
from sklearn_trm.errors import ExportError, ParseError
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.sympy_io import from_sympy
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node, columns, constants, walk
from sklearn_trm.output.export import law_from_json
from sklearn_trm.output.export.as_json import to_lists

from .foreign import RUNNERS, NotHere, sqlite
from .latex import from_latex
from .plausible import draw_law
from .rounding import DOUBLE, Expected, drawn_trees

Array = np.ndarray
NAMES = ["mass", "r", "t", "u", "v", "w"]  # a law has up to six columns
ROWS = 12
BATCH = 250  # laws in one program


def drawn(number: int) -> tuple[Node, Array]:
    """A law and rows of all six columns; the same for a number."""
    rng = np.random.default_rng([22, number])
    if number % 2:
        law = draw_law(rng, unseen=False)
        X = rng.uniform(0.5, 2.0, (ROWS, len(NAMES)))
        found = law.rows(rng.random((ROWS, len(law.columns))))
        X[:, : found.shape[1]] = found
        return law.node, X
    low = rng.choice([-3.0, 0.2])
    X = rng.uniform(low, 3.0, (ROWS, len(NAMES)))
    for seed in rng.integers(0, 2**31, 1000):
        (law_node,) = drawn_trees(1, int(seed), int(rng.integers(3, 10)), len(NAMES))
        # no fit leaves a law without values, or with numbers that have none
        numbers = [n for n in walk(law_node) if not columns(n)]
        whole = columns(law_node) and all(np.isfinite(evaluate(n, X)).all() for n in numbers)
        if whole and Expected(law_node, DOUBLE, X).tame.any():
            return law_node, X
    raise AssertionError("no law in a thousand trees")


def estimator(law: Node, scales: Array, folder: Path) -> Any:
    """A fitted estimator with this law, in columns of these units."""
    k = len(constants(law))
    row = {"law": to_lists(law), "complexity": 5, "loss": 0.01, "score": 1.0, "prior": 3.0,
           "covariance": np.zeros((k, k)).tolist()}  # fmt: skip
    front = {
        "rows": [row], "chosen": 0, "scales": scales.tolist(), "n_rows": 50, "n_counted": 50,
        "n_tried": 9, "size": 1.0, "link": "identity", "weighing": None, "risks": None,
        "loss": None, "validation": None,
    }  # fmt: skip
    data = {
        "format": "sklearn-trm estimator", "schema": 1, "class": "TRMSymbolicRegressor",
        "parameters": {}, "columns": NAMES, "front": front, "steps": [],
        "state": {"n_iter_": 0, "converged_": True, "stopped_": "exact", "n_features_in_": 6},
    }  # fmt: skip
    path = folder / "law.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return load(path)


# ---------------------------------------------------------------------- forms of one law


def _sympy(est: Any, X: Array) -> Array:
    import sympy

    function = sympy.lambdify(list(map(sympy.Symbol, NAMES)), est.sympy_expr_, ["scipy", "numpy"])
    with np.errstate(all="ignore"):
        values = function(*X.T)
    return np.broadcast_to(np.where(np.isreal(values), np.real(values), np.nan), len(X))


def _onnx(est: Any, X: Array) -> Array:
    import onnx
    from onnx.reference import ReferenceEvaluator

    with np.errstate(all="ignore"):
        model = onnx.load_from_string(est.export("onnx"))
        return ReferenceEvaluator(model).run(None, {"X": X})[0]


def _jax(est: Any, X: Array) -> Array:
    form = est.jax()
    return np.asarray(form["callable"](X, form["parameters"]))


def _file(est: Any, X: Array, folder: Path) -> Array:
    est.save(folder / "again.json")
    return load(folder / "again.json").predict(_frame(X))


def _frame(X: Array) -> Any:
    import pandas as pd

    return pd.DataFrame(X, columns=NAMES)


FORMS: dict[str, Callable[[Any, Array], Array]] = {
    "law": lambda est, X: evaluate(est.law(), X),
    "expr_": lambda est, X: evaluate(parse(est.expr_, NAMES), X),
    "equations_.equation": lambda est, X: evaluate(parse(est.equations_.equation[0], NAMES), X),
    "equations_.lambda_format": lambda est, X: est.equations_.lambda_format[0](X),
    "sympy_expr_": _sympy,
    "from_sympy": lambda est, X: evaluate(from_sympy(est.sympy_expr_, NAMES), X),
    "latex": lambda est, X: evaluate(from_latex(est.latex(precision=None), NAMES), X),
    "json": lambda est, X: evaluate(law_from_json(est.export("json"))[0], X),
    "jax": _jax,
    "onnx": _onnx,
}
EDGELESS = ("sympy_expr_", "from_sympy", "latex")  # sympy makes 1 of x/x: defined on more rows
EVERY = {"excel": 10}  # laws of which one is run: a cell takes a tenth of a second


class Count:
    """How often each form agreed."""

    def __init__(self) -> None:
        self.laws: Counter[str] = Counter()
        self.wrong: list[tuple[str, int, str]] = []
        self.worst: dict[str, float] = {}
        self.refused: Counter[str] = Counter()

    def add(self, form: str, number: int, law: Node, expected: Expected, values: Array) -> None:
        self.laws[form] += 1
        try:
            expected.check(np.asarray(values, dtype=float), undefined=form not in EDGELESS)
        except AssertionError:
            self.wrong.append((form, number, str(law)))
            return
        sure = expected.tame & (expected.spread < 1e-12 * np.abs(expected.values))
        if sure.any():
            off = np.abs(values[sure] / expected.values[sure] - 1).max()
            self.worst[form] = max(self.worst.get(form, 0.0), float(off))


def looked_at(numbers: range, folder: Path, count: Count, programs: bool) -> None:
    """All forms of some laws."""
    batch = []
    for number in numbers:
        law, X = drawn(number)
        rng = np.random.default_rng([23, number])
        size = 6.0 if number % 3 == 0 else 0.0
        scales = 10.0 ** rng.integers(-size, size + 1, len(NAMES) + 1).astype(float)
        est = estimator(law, scales, folder)
        X = X * scales[:-1]
        expected = Expected(est.law(), DOUBLE, X)
        batch.append((number, est, X, expected))
        with np.errstate(all="ignore"):
            count.add("predict", number, law, expected, est.predict(_frame(X)))
        slow = () if programs else ("jax", "onnx")
        forms = {name: form for name, form in FORMS.items() if name not in slow}
        for form, run in {**forms, "saved and loaded": partial(_file, folder=folder)}.items():
            try:
                values = run(est, X)
            except (ExportError, ParseError, ValueError) as error:
                count.refused[f"{form}: {str(error).splitlines()[0][:60]}"] += 1
                count.wrong.append((form, number, f"{law}: {error}"))
                continue
            count.add(form, number, law, expected, values)
    runners: dict[str, Any] = {**RUNNERS, "sql": partial(sqlite, names=NAMES)}
    if not programs:
        runners = {name: runners[name] for name in ("python", "numpy", "sql")}
    for target, run in runners.items():
        some = batch[:: EVERY.get(target, 1)]
        texts = [est.export(target, name=f"law_{i}") for i, (_, est, _, _) in enumerate(some)]
        try:
            values = run(texts, np.array([X for _, _, X, _ in some]), folder)
        except NotHere as error:
            count.refused[str(error)] += len(some)
            continue
        for (number, est, _, expected), row in zip(some, values, strict=True):
            count.add(target, number, est.law(), expected, row)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--laws", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first law")
    parser.add_argument("--programs", type=int, default=4,
                        help="of n batches of 250 laws one runs in all languages")  # fmt: skip


def told(count: Count) -> Iterator[str]:
    yield f"{'form':26s} {'laws':>6s} {'wrong':>6s} {'worst relative difference':>26s}"
    wrong = Counter(form for form, _, _ in count.wrong)
    for form, laws in count.laws.items():
        yield f"{form:26s} {laws:6d} {wrong[form]:6d} {count.worst.get(form, 0.0):26.1e}"
    for reason, laws in count.refused.most_common(20):
        yield f"  {laws} laws: {reason}"
    for form, number, law in count.wrong[:50]:
        yield f"  !! {form}, law {number}: {law}"


def main(args: argparse.Namespace) -> None:
    import jax

    jax.config.update("jax_enable_x64", True)  # of this process alone
    count = Count()
    with tempfile.TemporaryDirectory() as place:
        for first in range(args.first, args.first + args.laws, BATCH):
            folder = Path(place) / str(first)
            folder.mkdir()
            numbers = range(first, min(first + BATCH, args.first + args.laws))
            whole = first // BATCH % args.programs == 0
            looked_at(numbers, folder, count, programs=whole)
            print(f"{numbers.stop - args.first} laws, {len(count.wrong)} wrong", flush=True)
    print("\n".join(told(count)))
    if count.wrong:
        raise SystemExit(1)
