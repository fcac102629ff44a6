"""What the fuzzer tries with what it draws: an answer that holds, or an error of ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sklearn_trm import TRMSymbolicRegressor, load
from sklearn_trm.cli import main as command
from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import columns as columns_of
from sklearn_trm.network import weights
from sklearn_trm.output.export import law_from_json
from sklearn_trm.output.whole_files import whole_lines
from sklearn_trm.rules.units import dimension

from .fuzz_draws import cut, fits, lines, names, spoiled, tables, texts, units, words_of_commands

SECONDS = 20.0  # of the processor that a cheap case may take; a fit: SECONDS_A_FIT
SECONDS_A_FIT = 120.0
SAVED = Path(__file__).parent.parent / "tests" / "saved"
LAW = SAVED / "0.1.0.dev0" / "regressor.json"
GRID = np.random.default_rng(0).uniform(-3, 3, (9, 3))
FAST: dict[str, Any] = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1,
                        "max_complexity": 7, "unary_operators": ["exp"]}  # fmt: skip


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


def unit_case(text: str) -> None:
    found = dimension(text)
    if text and dimension(f"({text})^2/({text})") != found:
        raise ArithmeticError(f"{text!r} squared over itself is another unit")


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


def names_case(own: list[str], folder: Path) -> None:
    """A law in columns of these names: its text, read with them, is the same law."""
    import pandas as pd

    data = json.loads(LAW.read_text("utf-8"))
    data["columns"] = own
    path = folder / "law.json"
    path.write_text(json.dumps(data), encoding="utf-8", errors="surrogatepass")
    est = load(path)
    X = np.random.default_rng(0).uniform(1, 3, (4, len(own)))
    told = est.predict(pd.DataFrame(X, columns=own))
    for target in ("python", "c", "sql", "javascript", "r", "matlab", "json"):
        code = est.export(target)
        if target == "python":
            compile(code, "law", "exec")
    est.latex(), est.short_text(), est.equations_
    found = evaluate(parse(est.expr_, own), X)
    if not np.allclose(found, told, rtol=1e-10):
        raise ArithmeticError(f"{est.expr_!r} with columns {own} is another law")


def law_case(text: str) -> None:
    node, _ = law_from_json(text)
    to_text(node)


def weights_case(content: bytes, folder: Path) -> None:
    path = folder / "w.safetensors"
    path.write_bytes(content)
    weights.read(str(path))


def registry_case(case: tuple[str, bytes], folder: Path) -> None:
    """A registry beside weights: what it lets through are the bytes whose sha256 it names."""
    text, content = case
    (folder / "registry.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    (folder / "small.safetensors").write_bytes(content)
    before, weights.folder = weights.folder, lambda: folder
    try:
        arrays, _ = weights.read("auto")
    finally:
        weights.folder = before
    if not np.array_equal(arrays["a"], np.ones(2)):
        raise ArithmeticError("other weights than those whose sha256 was told")


def lines_case(case: tuple[str, bytes], folder: Path) -> None:
    """A file of lines of another run: kept as it is, one line is added, or an error."""
    text, content = case
    place = folder / "many"
    place.mkdir(exist_ok=True)
    (place / "t.csv").write_bytes(b"a,y\n" + b"1,u\n" * 6)  # its line is an error: no search
    out = folder / "lines.jsonl"
    before = text.encode("utf-8", "surrogatepass") + content
    out.write_bytes(before)
    code = command(["batch", str(place), "--target", "y", "--out", str(out), "--model", "none"])
    after = out.read_bytes()
    if code not in (1, 2) or not after.startswith(before):
        raise AssertionError(f"exit code {code}; kept: {after.startswith(before)}")
    stamp = hashlib.sha256((place / "t.csv").read_bytes()).hexdigest()[:16]
    if code == 1 and not any(stamp in line for line in whole_lines(out)):
        raise AssertionError("the table has no line")


def words_case(words: list[str], folder: Path) -> None:
    """A command line: an exit code of ours, and no file but the one that it names."""
    table = folder / "table.csv"
    table.write_text("x0,x1,y\n" + "\n".join(f"{i},{i + 2},{i * 2}" for i in range(8)))
    known = {"LAW": str(LAW), "TABLE": str(table), "OUT": str(folder / "out.txt")}
    line = [known.get(word, word) for word in words]
    for i, word in enumerate(line[:-1]):
        if word == "--out":  # a drawn name would be written to the working folder
            line[i + 1] = known["OUT"]
    code: str | int | None
    try:
        code = command(line)
    except SystemExit as end:  # of argparse
        code = end.code
    if code not in (0, 1, 2):
        raise AssertionError(f"exit code {code}")


def table_case(content: bytes, ending: str, folder: Path) -> None:
    path = folder / f"t{ending}"
    path.write_bytes(content)
    code = command(
        ["predict", str(LAW), str(path), "--out", str(folder / "out.csv"), "--missing", "drop"]
    )
    if code not in (0, 1, 2):
        raise AssertionError(f"exit code {code}")


def fit_case(case: dict[str, Any]) -> None:
    case = dict(case)
    own = case.pop("settings")
    est = TRMSymbolicRegressor(**{**FAST, **own})
    X, y, heads = case.pop("X"), case.pop("y"), case.pop("names", None)
    if heads is not None:
        import pandas as pd

        X = pd.DataFrame(X, columns=heads)
    est.fit(X, y, **case)
    whole = np.isfinite(np.asarray(X, dtype=float)).all(axis=1) & np.isfinite(y)
    found = est.predict(X[whole])
    if not np.isfinite(found).all() and "template" not in case:
        raise ArithmeticError(f"{est.expr_} is no number on its own rows")
    est.equations_, est.latex(), est.export("python"), est.constants_
    plain = {"missing", "guesses", "template", "constants"}
    if set(case) <= plain and not {"loss", "selection", "prior"} & set(own):
        _loss_is_true(est, found, y[whole])


def _loss_is_true(est: Any, found: np.ndarray, y: np.ndarray) -> None:
    """The loss that is told is that of the values: `rounding` apart, for `y` of any size."""
    size = np.abs(y).max() or 1.0
    if not 1e-140 < size < 1e140:  # losses are in units of y squared: 0 or the largest float there
        return
    with np.errstate(all="ignore"):
        told = float(est.equations_.loss[est._fitted.chosen]) / size / size
        own = float(np.mean((found / size - y / size) ** 2))
        if np.isfinite(told) and np.isfinite(own) and abs(told - own) > 1e-6 * own + 1e-12:
            raise ArithmeticError(f"{est.expr_}: loss {told!r} told, {own!r} of its values")


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
    small, own = _small_weights(), (ValueError, TypeError)
    line = json.dumps({"file": "t.csv", "sha256": "0" * 16, "settings": "0" * 16, "error": "x"})
    registry = json.dumps({"default": "small", "models": {"small": {
        "file": "small.safetensors", "sha256": hashlib.sha256(small).hexdigest()}}})  # fmt: skip
    columns_ = json.loads(LAW.read_text("utf-8"))["state"]["n_features_in_"]
    return {
        "text": Kind(texts, text_case, 0.50),
        "unit": Kind(units, unit_case, 0.10),
        "law as JSON": Kind(spoiled(law), law_case, 0.10),
        "saved law": Kind(st.sampled_from(ours).flatmap(spoiled),
                          lambda t: file_case(t, folder), 0.08, own),
        "names": Kind(st.lists(names, min_size=columns_, max_size=columns_),
                      lambda n: names_case(n, folder), 0.02),
        "weights": Kind(cut(small), lambda c: weights_case(c, folder), 0.05),
        "registry": Kind(st.tuples(spoiled(registry), st.one_of(st.just(small), cut(small))),
                         lambda c: registry_case(c, folder), 0.05),
        "lines": Kind(st.tuples(st.one_of(spoiled(line), st.text(max_size=40)),
                                st.one_of(st.just(b""), st.just(b"\n"), lines)),
                      lambda c: lines_case(c, folder), 0.02),
        "words": Kind(words_of_commands(), lambda w: words_case(w, folder), 0.02),
        "table": Kind(tables, lambda t: table_case(t[0], t[1], folder), 0.03),
        "formula": Kind(fits(formula=True), fit_case, 0.025, own, SECONDS_A_FIT),
        "fit": Kind(fits(), fit_case, 0.005, own, SECONDS_A_FIT),
    }  # fmt: skip


def _small_weights() -> bytes:
    from safetensors.numpy import save

    facts = json.dumps({"format": weights.FORMAT, "config": {}})
    return bytes(save({"a": np.ones(2, dtype=np.float32)}, metadata={"facts": facts}))
