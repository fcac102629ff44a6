"""Exports are checked by running them: each gives the values of ``predict``.

Laws are random trees. Where a law multiplies rounding errors, an export may differ by as
much as other roundings do: `Expected` measures that.
"""

from __future__ import annotations

import ctypes
import json
import math
import shutil
import sqlite3
import subprocess

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sklearn_trm.errors import ExportError, FileError
from sklearn_trm.export import (
    TARGETS,
    NumpyLaw,
    export,
    jax_callable,
    law_from_json,
    torch_module,
)
from sklearn_trm.export.spelling import _TABLE, spell
from sklearn_trm.export.trace import trace
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.ops import OPS
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node, const, constants, walk

from .strategies import N_COLUMNS, table, trees

X = np.vstack([table(seed=1, rows=12), table(seed=2, rows=12, low=0.2)])
NAMES = ["mass", "r", "t"]
DOUBLE, SINGLE = 1e-10, 1e-5
LAWS = [
    "2.5*mass/r**2", "-(mass - (r - t)) - -2", "(mass + r)**3/(1 + (mass + r)**2)", "3.5",
    "exp(-mass**2/(2*pi))*sin(-r)", "1/(1/mass + 1/r)", "abs(mass)**r**0.5",
    "mass - (-r)*t - (-3)*t",
]  # fmt: skip
LAWS = [parse(law, NAMES) for law in LAWS] + [
    Node(op.name, (parse("0.3*x0 + 0.1"), parse("x1 - 0.25"))[: op.arity]) for op in OPS.values()
]


def run_rounded(node: Node, rng: np.random.Generator, eps: float) -> tuple[np.ndarray, np.ndarray]:
    """Values when each step is rounded at random, and where all steps are finite."""
    if node.is_var:
        return X[:, node.column] * (1 + eps * rng.uniform(-1, 1)), np.full(len(X), True)
    if node.is_const:
        return np.full(len(X), node.value * (1 + eps * rng.uniform(-1, 1))), np.full(len(X), True)
    values, tame = zip(*(run_rounded(c, rng, eps) for c in node.children), strict=True)
    out = OPS[node.op].apply(np, *values)
    out = out * (1 + eps * rng.uniform(-1, 1, len(X)))
    return out, np.logical_and.reduce(tame) & np.isfinite(out)


class Expected:
    """What an export of a law must give."""

    def __init__(self, node: Node, tolerance: float) -> None:
        eps = 1e-15 if tolerance == DOUBLE else 2e-7
        rng = np.random.default_rng(0)
        self.values = evaluate(node, X)
        with np.errstate(all="ignore"):
            runs = [run_rounded(node, rng, eps) for _ in range(6)]
            others = np.array([values for values, _ in runs])
            exact = run_rounded(node, rng, 0.0)  # 1/(x - x) is finite if only rounded
            self.tame = np.logical_and.reduce([t for _, t in [exact, *runs]])
            self.spread = np.abs(others - self.values).max(axis=0)
            big = 1e30 if tolerance == SINGLE else np.inf
            self.tame &= np.abs(others).max(axis=0) < big
        self.tolerance = tolerance

    def check(self, values: np.ndarray, undefined: bool = True) -> None:
        """Equal where all roundings are finite; undefined where all are (if asked)."""
        assert values.shape == self.values.shape
        rows = self.tame
        allowed = self.tolerance * np.abs(self.values) + 20 * self.spread + 1e-30
        difference = np.abs(values[rows] - self.values[rows])
        assert (difference <= allowed[rows]).all()
        if undefined:
            assert np.isnan(values[np.isnan(self.values) & np.isnan(self.spread)]).all()


def laws(count: int) -> st.SearchStrategy[list[Node]]:
    return st.lists(trees, min_size=count, max_size=count)


def execute(text: str, name: str = "law"):
    scope: dict = {}
    exec(compile(text, name, "exec"), scope)  # our own text, in a test
    return scope[name]


few = settings(
    max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


def on_random_laws(count: int, function):
    """Run `function` on the fixed laws, and on lists of random ones."""
    function(LAWS)
    few(given(laws(count))(function))()


# ---------------------------------------------------------------------- each target


@pytest.mark.parametrize("target", ["numpy", "jax"])
@pytest.mark.parametrize("text", ["x0 - 3/0", "x1*(1/(2 - 2))", "x0/(0*x1)", "exp(1/0)*x0"])
def test_numbers_divide_by_zero_as_columns_do(target, text):
    node = parse(text)
    values = np.asarray(execute(export(node, NAMES, target))(X))
    np.testing.assert_array_equal(values, evaluate(node, X))


def test_numpy_source():
    def check(nodes):
        for node in nodes:
            Expected(node, DOUBLE).check(execute(export(node, NAMES, "numpy"))(X))

    on_random_laws(40, check)


def test_python_source():
    def check(nodes):
        for node in nodes:
            law = execute(export(node, NAMES, "python"))
            values = np.array([law(row) for row in X.tolist()], dtype=float)
            Expected(node, DOUBLE).check(values)

    on_random_laws(40, check)


def test_numpy_callable():
    for node in LAWS:
        np.testing.assert_array_equal(NumpyLaw(node)(X), evaluate(node, X))


def test_jax_callable_and_source():
    jax = pytest.importorskip("jax")

    def check(nodes):
        for node in nodes:
            law = jax_callable(node)
            Expected(node, SINGLE).check(np.asarray(law["callable"](X)), undefined=False)
        with jax.enable_x64(True):
            for node in nodes:
                law = jax_callable(node)
                expected = Expected(node, DOUBLE)
                expected.check(np.asarray(law["callable"](X, law["parameters"])))
                expected.check(np.asarray(execute(export(node, NAMES, "jax"))(X)))

    check(LAWS)
    few(given(laws(3))(check))()


def test_numbers_divided_by_zero_are_undefined_without_a_warning():
    pytest.importorskip("jax")
    law = jax_callable(Node("div", (const(-3.0), const(0.0))))
    assert np.isneginf(np.asarray(law["callable"](X))).all()


def test_jax_callable_has_a_gradient_in_its_parameters():
    jax = pytest.importorskip("jax")
    law = jax_callable(parse("2.5*x0 + 1.5"))
    gradient = jax.grad(lambda c: law["callable"](X, c).sum())(law["parameters"])
    np.testing.assert_allclose(gradient, [X[:, 0].sum(), len(X)], rtol=1e-5)


def test_torch_module_and_source():
    torch = pytest.importorskip("torch")
    double, single = torch.tensor(X), torch.tensor(X, dtype=torch.float32)

    def check(nodes):
        for node in nodes:
            for module in (torch_module(node), execute(export(node, NAMES, "torch"), "Law")()):
                Expected(node, DOUBLE).check(module(double).detach().numpy())
                Expected(node, SINGLE).check(module(single).detach().numpy(), undefined=False)

    on_random_laws(10, check)
    module = torch_module(parse("2.5*x0 + 1.5"))
    module(double).sum().backward()
    np.testing.assert_allclose(module.constants.grad, [X[:, 0].sum(), len(X)])


def test_torch_source_without_torch():
    text = export(parse("2.5*x0**3/x1"), NAMES, "torch")
    compile(text, "law", "exec")
    assert "class Law(torch.nn.Module)" in text and "return" in text


def test_c_source(tmp_path):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    run_compiled(tmp_path, "c", [compiler, "-O2", "-shared", "-fPIC", "-Wall", "-Werror"], ["-lm"])


def test_rust_source(tmp_path):
    compiler = shutil.which("rustc")
    if compiler is None:
        pytest.skip("there is no Rust compiler")
    run_compiled(tmp_path, "rust", [compiler, "-O", "--crate-type=cdylib", "-Dwarnings"], [])


def run_compiled(path, language, before, after):
    """Compile many laws at once, and call each through ctypes."""
    calls = iter(range(1000))

    def check(nodes):
        stem = path / f"laws{next(calls)}"
        texts = [export(node, NAMES, language, f"law_{i}") for i, node in enumerate(nodes)]
        if language == "rust":
            texts += [
                f'#[no_mangle] pub extern "C" fn call_{i}(x: *const f64) -> f64 '
                f"{{ law_{i}(unsafe {{ std::slice::from_raw_parts(x, {N_COLUMNS}) }}) }}"
                for i in range(len(nodes))
            ]
        source = stem.with_suffix(".rs" if language == "rust" else ".c")
        source.write_text("\n".join(texts))
        library = stem.with_suffix(".so")
        done = subprocess.run(
            [*before, "-o", str(library), str(source), *after], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[:2000]
        loaded = ctypes.CDLL(str(library))
        for i, node in enumerate(nodes):
            law = getattr(loaded, f"{'call' if language == 'rust' else 'law'}_{i}")
            law.restype, law.argtypes = ctypes.c_double, [ctypes.c_void_p]
            rows = np.ascontiguousarray(X)
            values = np.array([law(row.ctypes.data) for row in rows])
            Expected(node, DOUBLE).check(values)

    on_random_laws(60, check)


def database() -> sqlite3.Connection:
    """The table in SQLite; functions that this build of it lacks are registered."""
    connection = sqlite3.connect(":memory:")
    for function in _TABLE:
        name = spell(function, "sql")
        arguments = ", ".join(["0.5"] * (2 if function == "power" else 1))
        try:
            connection.execute(f"SELECT {name}({arguments})")
        except sqlite3.OperationalError:
            call = getattr(math, spell(function, "python").removeprefix("math."), abs)
            connection.create_function(name, 2 if function == "power" else 1, guarded(call))
    connection.execute('CREATE TABLE points (id INTEGER, "a ""b""" REAL, r REAL, t REAL)')
    rows = [(i, *row) for i, row in enumerate(X.tolist())]
    connection.executemany("INSERT INTO points VALUES (?, ?, ?, ?)", rows)
    return connection


def guarded(function):
    def call(*args):
        try:
            return function(*args)
        except (ValueError, OverflowError, TypeError):
            return None

    return call


def test_sql_expression():
    connection = database()

    def check(nodes):
        for node in nodes:
            text = export(node, ['a "b"', "r", "t"], "sql")
            if len(text) > 20_000:
                continue
            rows = connection.execute(f"SELECT {text} FROM points ORDER BY id").fetchall()
            values = np.array([np.nan if v is None else v for (v,) in rows], dtype=float)
            Expected(node, DOUBLE).check(values)

    on_random_laws(40, check)


def test_sql_divides_whole_numbers_as_numbers():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (x0 INTEGER, x1 INTEGER)")
    connection.execute("INSERT INTO t VALUES (1, 2)")
    text = export(parse("x0/x1"), ["x0", "x1"], "sql")
    assert connection.execute(f"SELECT {text} FROM t").fetchone() == (0.5,)


def test_json_comes_back_exactly():
    def check(nodes):
        for node in nodes:
            text = export(node, NAMES, "json")
            assert json.loads(text)["schema"] == 1
            assert law_from_json(text) == (node, NAMES)

    on_random_laws(40, check)


def test_latex_sympy_and_text():
    law = parse("2.5*x0/x1**2")
    assert export(law, NAMES, "latex") == r"\frac{2.5 mass}{r^{2}}"
    assert export(law, NAMES, "sympy") == "2.5*mass/r**2" == export(law, NAMES, "text")


# ---------------------------------------------------------------------- texts are safe


HOSTILE = ["*/ int x; /*", "a\nb", "'); DROP TABLE t; --"]


@pytest.mark.parametrize("target", ["numpy", "python", "jax", "torch", "c", "rust"])
@pytest.mark.parametrize(
    "names",
    [HOSTILE, ["sin", "x", "y"], ["x1", "x0", "lambda"], ["t_1", "b", "c"], ["a", "a", "b"]],
)
def test_names_never_become_code(target, names):
    text = export(parse("sin(x0 + x1)*(x0 + x1)*x2"), names, target)
    assert "x0 + x1" in text  # all fall back to positions
    for name in HOSTILE:
        assert name not in text


def test_hostile_names_still_run(tmp_path):
    node = parse("x0*x1 - x2")
    for target in ("numpy", "python"):
        law = execute(export(node, HOSTILE, target))
        values = law(X) if target == "numpy" else np.array([law(row) for row in X])
        np.testing.assert_allclose(values, evaluate(node, X))
    compiler = shutil.which("cc")
    if compiler:
        (tmp_path / "law.c").write_text(export(node, HOSTILE, "c"))
        arguments = [compiler, "-c", "-Wall", "-Werror", "-o", tmp_path / "o", tmp_path / "law.c"]
        subprocess.run(arguments, check=True)


@pytest.mark.parametrize("name", ["a b", "1x", "class", "sin", "x;", "", "double", None])
def test_function_names_are_checked(name):
    with pytest.raises(ExportError, match="identifier"):
        export(parse("x0"), NAMES, "c", name)


def test_errors():
    with pytest.raises(ExportError, match="choose from numpy, python"):
        export(parse("x0"), NAMES, "fortran")
    with pytest.raises(ExportError, match="not a finite number"):
        export(Node("add", (Node("var"), Node("const", (), math.inf))), NAMES, "c")
    with pytest.raises(ExportError, match="no spelling of 'gamma'"):
        spell("gamma", "c")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "no JSON"), ("[1]", "no file of the format"), ("[" * 100_000, "no JSON"),
        ('{"format": "other"}', "no file of the format"),
        ('{"format": "sklearn-trm law"}', "no schema version"),
        ('{"format": "sklearn-trm law", "schema": 99}', "newer sklearn-trm"),
        ('{"format": "sklearn-trm law", "schema": 1}', "no columns"),
    ],
)  # fmt: skip
def test_json_from_strangers(text, message):
    with pytest.raises(FileError, match=message):
        law_from_json(text)


@pytest.mark.parametrize(
    "expression",
    [
        "import os", ["exec", "x0"], ["add", "x0"], ["add", "x0", "x9"], None, [], {}, True,
        ["sqrt", 1e999], ["sqrt", int("9" * 400)], [["add"], 1, 2], ["__class__", "x0"], [1, 2],
    ],
)  # fmt: skip
def test_expressions_from_strangers(expression):
    data = {"format": "sklearn-trm law", "schema": 1, "columns": ["a"], "expression": expression}
    with pytest.raises(FileError):
        law_from_json(json.dumps(data))


def test_a_deep_expression_is_refused():
    deep: object = "x0"
    for _ in range(400):
        deep = ["sin", deep]
    data = {"format": "sklearn-trm law", "schema": 1, "columns": ["a"], "expression": deep}
    with pytest.raises(FileError, match="too large"):
        law_from_json(json.dumps(data))


def test_every_operator_has_every_export():
    for op in OPS.values():
        node = Node(op.name, (parse("x0"), parse("x1"))[: op.arity])
        for target in TARGETS:
            assert export(node, NAMES, target)


def test_a_trace_shares_equal_steps():
    node = parse("(x0 + x1)**3 + sin(x0 + x1)")
    assert [step.op for step in trace(node).steps].count("+") == 2
    assert len(constants(node)) == 0 and any(n.op == "cube" for n in walk(node))
