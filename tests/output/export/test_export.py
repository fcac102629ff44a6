"""Exports are checked by running them: each gives the values of ``predict``.

Laws are random trees. Where a law multiplies rounding errors, an export may differ by as
much as other roundings do: `Expected` measures that.
"""

from __future__ import annotations

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
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.operators import OPS
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node, const, constants, walk
from sklearn_trm.output.export import (
    TARGETS,
    NumpyLaw,
    export,
    jax_callable,
    law_from_json,
    torch_module,
)
from sklearn_trm.output.export.languages import LANGUAGES
from sklearn_trm.output.export.trace import trace
from tests.output.export.exported import DOUBLE, LAWS, NAMES, SINGLE, Expected, X
from tests.strategies import in_double_precision, trees


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
    pytest.importorskip("jax")

    def check(nodes):
        for node in nodes:
            law = jax_callable(node)
            Expected(node, SINGLE).check(np.asarray(law["callable"](X)), undefined=False)
        # its place before JAX 0.8
        with in_double_precision():
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


def database() -> sqlite3.Connection:
    """The table in SQLite; functions that this build of it lacks are registered."""
    connection = sqlite3.connect(":memory:")
    for function, name in LANGUAGES["sql"].functions.items():
        if "(" in name or function not in LANGUAGES["python"].functions:
            continue
        arguments = ", ".join(["0.5"] * (2 if function == "power" else 1))
        try:
            connection.execute(f"SELECT {name}({arguments})")
        except sqlite3.OperationalError:
            python = LANGUAGES["python"].functions[function]
            call = getattr(math, python.removeprefix("math."), getattr(math, function, np.sign))
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
            if any(n.op == "erf" for n in walk(node)):
                continue  # SQL has none
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


def test_names_of_any_script_stand_in_comments_where_texts_are_utf8():
    names = ["Länge", "नमी */\u202e", "T_°C"]
    for name, said in (("rust", ["x0 is Länge", "x1 is नमी ___", "x2 is T__C"]),
                       ("c", ["x0 is L_nge", "x1 is ___ ___", "x2 is T__C"])):  # fmt: skip
        text = export(parse("x0*x1 - x2"), names, name)
        assert all(note in text for note in said), text
        assert text.isascii() == (name == "c")


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
        export(parse("x0"), NAMES, "cobol")
    with pytest.raises(ExportError, match="not a finite number"):
        export(Node("add", (Node("var"), Node("const", (), math.inf))), NAMES, "c")
    with pytest.raises(ExportError, match="c has no function 'gamma'"):
        LANGUAGES["c"].spell("gamma")


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


def test_every_operator_has_every_export_or_says_that_a_language_lacks_it():
    lacking = set()
    for op in OPS.values():
        node = Node(op.name, (parse("x0"), parse("x1"))[: op.arity])
        for target in set(TARGETS) - {"onnx"}:
            try:
                assert export(node, NAMES, target)
            except ExportError as error:
                assert str(error) == f"{target} has no function {op.name!r}"
                lacking.add((op.name, target))
    assert lacking == {("erf", "sql")}  # of the default operators all languages have all


def test_a_trace_shares_equal_steps():
    node = parse("(x0 + x1)**3 + sin(x0 + x1)")
    assert [step.op for step in trace(node).steps].count("+") == 2
    assert len(constants(node)) == 0 and any(n.op == "cube" for n in walk(node))
