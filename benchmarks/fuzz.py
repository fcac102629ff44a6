"""What strangers bring: drawn by hypothesis, each case ends in an answer or in an error of ours.

``python -m benchmarks fuzz --cases 100000`` draws texts of laws, saved laws, laws as JSON, weights,
registries, checkpoints, files of tables and, fewer, whole fits, whose numbers are as odd as numbers
get (denormals, 1e300, whole numbers beyond 2**53, float32, far offsets, repeated rows, columns that
are almost one another, one row that tells). A case that raises anything but `TRMError` (or the
errors that scikit-learn's contract asks for), warns, or takes more than its seconds is a fault; it
is shrunk to its simplest form and told.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from sklearn_trm import TRMSymbolicRegressor, load
from sklearn_trm.cli import main as command
from sklearn_trm.errors import TRMError
from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.operators import OPS
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import columns as columns_of
from sklearn_trm.network import weights
from sklearn_trm.output.export import law_from_json

SECONDS = 20.0  # of the processor that a cheap case may take; a fit: SECONDS_A_FIT
SECONDS_A_FIT = 120.0
SAVED = Path(__file__).parent.parent / "tests" / "saved"
GRID = np.random.default_rng(0).uniform(-3, 3, (9, 3))
FAST: dict[str, Any] = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1,
                        "max_complexity": 7, "unary_operators": ["exp"]}  # fmt: skip

# ---------------------------------------------------------------------- what is drawn

WORDS = [
    *OPS, "x0", "x1", "x_2", "pi", "e", "inf", "nan", "max", "cbrt", "where", "os", "lambda", "π",
    "__import__", "x999999", "mass", "1e308", "5e-324", "9007199254740993", ".5", "1.",
]  # fmt: skip
SIGNS = [*"+-*/^(),[]{}=:;.'\"\\ \t\n\0é×−", "**", "//", "->", "(-", ")("]
texts = st.one_of(
    st.lists(st.sampled_from(WORDS + SIGNS), max_size=25).map("".join),
    st.lists(st.sampled_from(WORDS + SIGNS), max_size=25).map(" ".join),
    st.recursive(
        st.sampled_from(["x0", "x1", "2.5", "1e300", "-1", "0", "pi"]),
        lambda a: st.one_of(
            st.tuples(a, st.sampled_from([" + ", "-", "*", "/", "**"]), a).map("".join),
            st.tuples(st.sampled_from(list(OPS)), st.just("("), a, st.just(")")).map("".join),
        ), max_leaves=12,
    ),
    st.text(max_size=60),
)  # fmt: skip
odd_numbers = st.one_of(
    st.floats(), st.integers(-(2**70), 2**70), st.sampled_from([5e-324, 1e308, -0.0, 2**53 + 1])
)
odd_json = st.recursive(
    st.one_of(st.none(), st.booleans(), odd_numbers, st.sampled_from(WORDS), st.text(max_size=9)),
    lambda a: st.one_of(st.lists(a, max_size=4), st.dictionaries(st.sampled_from(
        ["law", "loss", "constraints", "nats", "weights", "class", "x"]), a, max_size=3)),
    max_leaves=6,
)  # fmt: skip


@st.composite
def spoiled(draw: Any, whole: str) -> str:
    """A JSON file of ours with up to three places changed, or its text cut or overwritten."""
    data = json.loads(whole)
    for _ in range(draw(st.integers(0, 3))):
        spot, key = data, None
        for _ in range(draw(st.integers(1, 6))):
            keys = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if not isinstance(spot[key], dict | list):
                break
            before, spot = spot, spot[key]
        else:
            spot = before
        if key is not None and ((isinstance(spot, dict) and key in spot)
                                or (isinstance(spot, list) and isinstance(key, int)
                                and key < len(spot))):  # fmt: skip
            if draw(st.booleans()):
                spot[key] = draw(odd_json)
            else:
                del spot[key]
    text = json.dumps(data)
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.text(max_size=5)) + text[at + draw(st.integers(0, 20)) :]
    return text


@st.composite
def columns(draw: Any, rows: int, count: int) -> np.ndarray:
    """A table of odd numbers."""
    kinds = {
        "plain": lambda r: r.uniform(-3, 3, rows),
        "denormal": lambda r: 5e-324 * r.integers(0, 1000, rows),
        "tiny": lambda r: 1e-300 * r.uniform(1, 9, rows),
        "huge": lambda r: 1e300 * r.uniform(-1, 1, rows),
        "whole": lambda r: (2.0**53 + 2 * r.integers(0, 99, rows)),
        "far": lambda r: 1e9 + r.uniform(0, 1e-3, rows),
        "all sizes": lambda r: 10.0 ** r.uniform(-300, 300, rows),
        "constant": lambda r: np.full(rows, r.choice([0.0, 1.0, -1e300, 5e-324])),
        "one tells": lambda r: np.eye(1, rows, rows // 2)[0] * 7,
        "few": lambda r: r.choice([0.0, 1.0, -2.5], rows),
        "endless": lambda r: np.where(r.random(rows) < 0.1, r.choice([np.nan, np.inf]), 1.0),
    }  # fmt: skip
    r = np.random.default_rng(draw(st.integers(0, 2**32)))
    out = [kinds[draw(st.sampled_from(list(kinds)))](r) for _ in range(count)]
    if count > 1 and draw(st.booleans()):  # almost, or wholly, another column
        out[-1] = out[0] * (1 + draw(st.sampled_from([0.0, 1e-15, 1e-9])) * r.standard_normal(rows))
    X = np.column_stack(out)
    if draw(st.booleans()):
        X = X[r.integers(0, rows, rows)]  # rows that come twice
    return X


@st.composite
def fits(draw: Any) -> dict[str, Any]:
    rows, count = draw(st.integers(1, 30)), draw(st.integers(1, 3))
    with np.errstate(all="ignore"):
        X = draw(columns(rows, count))
        y = draw(st.sampled_from([lambda: X[:, 0], lambda: X[:, 0] * X[:, -1]]))()
        y = y if draw(st.booleans()) else draw(columns(rows, 1))[:, 0]
        kind = draw(st.sampled_from(["float64", "float64", "float32", "object"]))
        X = X.astype(kind)
    case: dict[str, Any] = {"X": X, "y": y}
    more = st.one_of(st.none(), columns(rows, 1).map(lambda c: c[:, 0]), odd_numbers)
    for name in draw(
        st.lists(st.sampled_from(["sample_weight", "y_error", "X_error"]), max_size=1)
    ):
        case[name] = draw(more)
    if draw(st.integers(0, 4)) == 0:
        unit = st.one_of(st.sampled_from(["m", "s", "m/s", "kg", "1"]), texts)
        case["units"] = draw(st.lists(unit, min_size=count, max_size=count))
        case["y_units"] = draw(st.sampled_from(["m", "s", "m**2", "", "nonsense"]))
    if draw(st.integers(0, 4)) == 0:
        case["guesses"] = [draw(texts)]
    settings_ = {}
    odd = st.one_of(odd_numbers, st.none(), texts, st.lists(texts, max_size=2))
    for name in draw(st.lists(st.sampled_from(
        ["max_complexity", "loss", "selection", "threshold", "snap", "prior", "constraints",
         "unary_operators", "binary_operators", "random_state", "extrapolation", "n_candidates"]
    ), max_size=1)):  # fmt: skip
        settings_[name] = draw(odd)
    case["settings"] = settings_
    return case


# ---------------------------------------------------------------------- what is tried


def text_case(text: str) -> None:
    node = parse(text)
    canonical(node)
    written = to_text(node)
    if max(columns_of(node), default=0) >= GRID.shape[1]:
        parse(written)
        return
    one, other = (evaluate(n, GRID) for n in (node, parse(written)))
    with np.errstate(all="ignore"):
        off = np.abs(one - other) > 1e-6 * (1e-300 + np.abs(one))
    off &= np.isfinite(one) & np.isfinite(other)
    if off.any() and not _rounding(node):
        raise ArithmeticError(f"{text!r} read back from {written!r} is another law")


def _rounding(node: Any) -> bool:
    """Whether the law multiplies its own rounding errors."""
    from .rounding import DOUBLE, Expected

    expected = Expected(node, DOUBLE, GRID)  # silent by itself
    return bool((~expected.tame | (expected.spread > 1e-9 * np.abs(expected.values))).any())


def file_case(text: str, folder: Path) -> None:
    path = folder / "law.json"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    est = load(path)
    X = np.ones((3, est.n_features_in_))
    if not hasattr(est, "feature_names_in_"):
        est.predict(X)
    est.equations_, est.latex(), est.export("c"), repr(est), est.short_text()
    est.save(path)
    load(path)


def law_case(text: str) -> None:
    node, _ = law_from_json(text)
    to_text(node)


def weights_case(content: bytes, folder: Path) -> None:
    path = folder / "w.safetensors"
    path.write_bytes(content)
    weights.read(str(path))


def registry_case(text: str, folder: Path) -> None:
    (folder / "registry.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    before, weights.folder = weights.folder, lambda: folder
    try:
        weights.read("auto")
    finally:
        weights.folder = before


def table_case(content: bytes, ending: str, folder: Path) -> None:
    path = folder / f"t{ending}"
    path.write_bytes(content)
    code = command(["predict", str(SAVED / "0.1.0.dev0" / "regressor.json"), str(path),
                    "--out", str(folder / "out.csv"), "--missing", "drop"])  # fmt: skip
    if code not in (0, 1, 2):
        raise AssertionError(f"exit code {code}")


def fit_case(case: dict[str, Any]) -> None:
    case = dict(case)
    est = TRMSymbolicRegressor(**{**FAST, **case.pop("settings")})
    X, y = case.pop("X"), case.pop("y")
    est.fit(X, y, **case)
    found = est.predict(X)
    if not np.isfinite(found).all():
        raise ArithmeticError(f"{est.expr_} is no number on its own rows")
    est.equations_, est.latex(), est.export("python"), est.constants_


@dataclass(frozen=True)
class Kind:
    """One kind of case.

    Attributes
    ----------
    draw : strategy
    run : callable
    share : float
        Of all cases.
    allowed : tuple of exceptions
        What scikit-learn's contract asks for, beside errors of ours.
    """

    draw: Any
    run: Callable[..., None]
    share: float
    allowed: tuple[type[BaseException], ...] = ()
    seconds: float = SECONDS


def kinds(folder: Path) -> dict[str, Kind]:
    """All kinds of cases, working in a folder."""
    files = sorted((SAVED / "0.1.0.dev0").glob("*.json"))
    ours = [p.read_text("utf-8") for p in files if p.stem != "expected" and p.stat().st_size < 3000]
    law = json.dumps({"format": "sklearn-trm law", "schema": 1, "columns": ["a", "b"],
                      "text": "2*x0", "expression": ["mul", 2.0, ["pow", "x0", "x1"]]})  # fmt: skip
    small = _small_weights()
    bytes_ = st.one_of(
        st.binary(max_size=80),
        st.tuples(st.integers(0, len(small)), st.binary(max_size=6)).map(
            lambda c: small[: c[0]] + c[1] + small[c[0] + len(c[1]) :]
        ),
    )
    cells = st.one_of(st.text(max_size=6), odd_numbers.map(str), st.sampled_from(
        ["", "1,5", "1.000,5", "2020-01-01", "#", "nan", '"', "=1+1", "1e999"]))  # fmt: skip
    lines = st.tuples(
        st.sampled_from(list(",;\t| ")), st.lists(st.lists(cells, max_size=4), max_size=8)
    ).map(lambda t: "\n".join(t[0].join(line) for line in t[1]).encode("utf-8", "surrogatepass"))
    tables = st.one_of(
        st.tuples(st.one_of(lines, st.binary(max_size=120)), st.just(".csv")),
        st.tuples(st.binary(max_size=60), st.sampled_from([".npy", ".parquet", ".xlsx", ".txt"])),
    )
    registry = weights.folder().joinpath("registry.json").read_text("utf-8")
    return {
        "text": Kind(texts, text_case, 0.55),
        "law as JSON": Kind(spoiled(law), law_case, 0.15),
        "saved law": Kind(st.sampled_from(ours).flatmap(spoiled),
                          lambda t: file_case(t, folder), 0.10, (ValueError, TypeError)),
        "weights": Kind(bytes_, lambda c: weights_case(c, folder), 0.08),
        "registry": Kind(spoiled(registry), lambda t: registry_case(t, folder), 0.05),
        "table": Kind(tables, lambda t: table_case(*t, folder), 0.065),
        "fit": Kind(fits(), fit_case, 0.005, (ValueError, TypeError), SECONDS_A_FIT),
    }  # fmt: skip


def _small_weights() -> bytes:
    from safetensors.numpy import save

    facts = json.dumps({"format": weights.FORMAT, "config": {}})
    return bytes(save({"a": np.ones(2, dtype=np.float32)}, metadata={"facts": facts}))


class Tally:
    """Cases that ran, and what they ended in."""

    def __init__(self) -> None:
        self.cases: Counter[str] = Counter()
        self.ends: Counter[tuple[str, str]] = Counter()
        self.faults: dict[str, str] = {}
        self.last: tuple[str, str, str] | None = None

    def run(self, name: str, kind: Kind, case: Any) -> None:
        """One case; a fault is raised, so that hypothesis shrinks it."""
        self.cases[name] += 1
        begin = time.process_time()
        end = "answer"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                kind.run(case)
            except (TRMError, *kind.allowed) as error:
                end = type(error).__name__
        took = time.process_time() - begin
        self.ends[name, end] += 1
        if took > kind.seconds:
            raise TimeoutError(f"{took:.0f} s of the processor")


def look(name: str, kind: Kind, count: int, first: int, tally: Tally) -> None:
    """Draw cases of one kind, until there are so many, or one is a fault."""

    @seed(first)
    @settings(
        max_examples=count, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(kind.draw)
    def every(case: Any) -> None:
        try:
            tally.run(name, kind, case)
        except HypothesisException:
            raise
        except Exception:
            tally.last = name, repr(case)[:600], traceback.format_exc(limit=-3)
            raise

    try:
        every()
    except Exception as error:  # this is what the command looks for
        if tally.last is None:
            raise
        _, case, trace = tally.last
        tally.faults[f"{name}: {type(error).__name__}: {str(error)[:160]}"] = f"{case}\n{trace}"
        tally.last = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", help="only these")


def main(args: argparse.Namespace) -> None:
    import contextlib
    import io

    tally = Tally()
    with tempfile.TemporaryDirectory() as place:
        for name, kind in kinds(Path(place)).items():
            if args.kinds and name not in args.kinds:
                continue
            count = max(1, round(args.cases * (1.0 if args.kinds else kind.share)))
            with contextlib.redirect_stderr(io.StringIO()):  # refusals of the command
                look(name, kind, count, args.seed, tally)
            ends = {end: n for (k, end), n in tally.ends.items() if k == name}
            print(f"{name}: {tally.cases[name]} cases, {ends}", flush=True)
    print(f"{sum(tally.cases.values())} cases, {len(tally.faults)} kinds of faults")
    for fault, where in tally.faults.items():
        print(f"!! {fault}\n{where}")
    if tally.faults:
        raise SystemExit(1)
