"""What the fuzzer draws: texts, spoiled JSON and files, tables of odd numbers, command lines."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.operators import OPS

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
units = st.one_of(
    st.sampled_from(["m", "s", "m/s", "kg*m/s^2", "1", "", "J", "%"]),
    st.lists(
        st.sampled_from(["m", "kg", "s", "eV", "min", "Ohm", "µ", "k", *"*/^()", "**", "·", "1",
                         "-2", "1.5", "(1/2)", "(1/0)", "999", " "]), max_size=9,
    ).map("".join),
    texts,
)  # fmt: skip
names = st.one_of(
    st.sampled_from(["x", "x0", "x1", "sin", "pi", "e", "lambda", "mass m", "m/s", "", " ", "π",
                     "__class__", "a_b", "a_{b}", "\\alpha", '"', "'", "*/", "--", "]]>",
                     "</script>", "1", "1e5", "I", "inf", "nan", "None", "y", "\n",
                     "ſ", "a\0b", "${x}"]),
    st.text(max_size=8),
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
def cut(draw: Any, whole: bytes) -> bytes:
    """A file of ours with some bytes in its midst changed, put in, or left out."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.binary(max_size=80))
    at, more = draw(st.integers(0, len(whole))), draw(st.binary(max_size=6))
    return whole[:at] + more + whole[at + draw(st.integers(0, 2 * len(more) + 1)) :]


cells = st.one_of(st.text(max_size=6), odd_numbers.map(str), st.sampled_from(
    ["", "1,5", "1.000,5", "2020-01-01", "#", "nan", '"', "=1+1", "1e999"]))  # fmt: skip
lines = st.tuples(
    st.sampled_from(list(",;\t| ")), st.lists(st.lists(cells, max_size=4), max_size=8)
).map(lambda t: "\n".join(t[0].join(line) for line in t[1]).encode("utf-8", "surrogatepass"))
tables = st.one_of(
    st.tuples(st.one_of(lines, st.binary(max_size=120)), st.just(".csv")),
    st.tuples(st.binary(max_size=60), st.sampled_from([".npy", ".parquet", ".xlsx", ".txt"])),
)


@st.composite
def words_of_commands(draw: Any) -> list[str]:
    """A command line over files that are there (LAW, TABLE, OUT) and words that fit or don't."""
    word = st.one_of(
        st.sampled_from(["LAW", "TABLE", "OUT", "y", "0", "-1", "99", "yes", ",", "tab", "none",
                         "sql", "c", "python", "latex", "auto", "drop", "days", "nan", "1e999"]),
        texts.filter(lambda t: "\0" not in t),
    )  # fmt: skip
    options = ["--row", "--out", "--to", "--name", "--units", "--data", "--target", "--separator",
               "--decimal", "--header", "--sheet", "--missing", "--dates"]  # fmt: skip
    head = draw(st.sampled_from(["predict", "report", "export", "explain"]))
    line = [head, "LAW", *["TABLE"] * (head == "predict"), *["--to", "c"] * (head == "export")]
    for _ in range(draw(st.integers(0, 3))):
        line += [draw(st.sampled_from(options)), draw(word)]
    if draw(st.integers(0, 5)) == 0:
        line[draw(st.integers(0, len(line) - 1))] = draw(word)
    return line


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


PARAMETERS = sorted(set(TRMSymbolicRegressor().get_params()) - {"time_limit", "n_jobs", "verbose"})


@st.composite
def fits(draw: Any, formula: bool = False) -> dict[str, Any]:
    """What ``fit`` is given, and parameters; with `formula` a known one, which takes no search."""
    rows, count = draw(st.integers(1, 30)), draw(st.integers(1, 3))
    with np.errstate(all="ignore"):
        X = draw(columns(rows, count))
        y = draw(st.sampled_from([lambda: X[:, 0], lambda: X[:, 0] * X[:, -1]]))()
        y = y if draw(st.booleans()) else draw(columns(rows, 1))[:, 0]
        kind = draw(st.sampled_from(["float64", "float64", "float32", "object"]))
        X = X.astype(kind)
    case: dict[str, Any] = {"X": X, "y": y}
    more = st.one_of(st.none(), columns(rows, 1).map(lambda c: c[:, 0]), odd_numbers)
    if draw(st.integers(0, 3)) == 0:
        case[draw(st.sampled_from(["sample_weight", "y_error", "X_error"]))] = draw(more)
    if draw(st.integers(0, 4)) == 0:
        case["units"] = draw(st.lists(units, min_size=count, max_size=count))
        case["y_units"] = draw(st.sampled_from(["m", "s", "m**2", "", "nonsense"]))
    if draw(st.integers(0, 4)) == 0:
        own_names = draw(st.lists(names, min_size=count, max_size=count))
        case["names"] = ["x0", *own_names[1:]] if formula else own_names
    if draw(st.integers(0, 4)) == 0:
        case["missing"] = "drop"
    if formula:
        own = ["a*x0 + b", "a*x0", "x0**a", "a*exp(b*x0)", "a/(b + x0)"]
        case["template"] = draw(texts if draw(st.integers(0, 5)) == 0 else st.sampled_from(own))
        number = st.one_of(odd_numbers, st.tuples(odd_numbers, odd_numbers))
        case["constants"] = draw(
            st.one_of(st.none(), st.none(), st.fixed_dictionaries({"a": number}))
        )
    elif draw(st.integers(0, 4)) == 0:
        case["guesses"] = [draw(texts)]
    settings = {}
    odd = st.one_of(odd_numbers, st.none(), texts, st.booleans(), st.lists(texts, max_size=2))
    if draw(st.integers(0, 3)) == 0:
        settings[draw(st.sampled_from(PARAMETERS))] = draw(odd)
    case["settings"] = settings
    return case
