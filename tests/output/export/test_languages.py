"""Each language runs: many laws in one program, beside ``predict``; and the texts as they stand.

Where there is no interpreter the run is skipped; the texts are compared in any case.
`python -m tests.output.export.test_languages` writes golden/ anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from benchmarks.foreign import RUNNERS, NotHere, sqlite
from sklearn_trm import Operator
from sklearn_trm.errors import ExportError, NotInstalledError
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node
from sklearn_trm.output.export import TARGETS, export, torch_module
from sklearn_trm.output.export.languages import LANGUAGES
from sklearn_trm.output.export.names import identifiers
from sklearn_trm.output.export.writer import write
from tests.output.export.exported import DOUBLE, LAWS, NAMES, SINGLE, Expected, X
from tests.strategies import drawn_trees

# ---------------------------------------------------------------------- what is written

# functions beyond the op table come in by operators of a user
UNARY = (
    "cbrt", "exp2", "log2", "log10", "log1p", "expm1", "arcsinh", "arccosh", "arctanh", "sign",
    "floor", "ceil", "square", "reciprocal", "erf", "erfc", "expit",
)  # fmt: skip
BINARY = ("maximum", "minimum", "hypot")
LACK_ERF = {"sql"}


def function(name: str) -> Operator:
    numpy = getattr(np, name, None) or getattr(special, name)
    return Operator(f"own_{name}", numpy=numpy, arity=2 if name in BINARY else 1)


def swish(a, scale):
    return scale * a / (1.0 + np.exp(-a)) - np.float64(0.5) * np.maximum(a, 0) ** 2 + abs(a)


OWN = [
    parse(f"own_{name}({'x0/2 + 1.3' if name == 'arccosh' else '0.3*x0 + 0.1'})*x1 - x2",
          operators=[function(name)]) for name in UNARY
] + [
    parse(f"own_{name}(x0, x1 - 0.25) + own_{name}(x2, 1.5)", operators=[function(name)])
    for name in BINARY
] + [  # an operand that is undefined
    parse(f"own_{name}(sqrt(x0), x1) - own_{name}(x2, log(x1))", operators=[function(name)])
    for name in ("maximum", "minimum")
] + [
    parse("swish(x0 + x1, 3) - 2", operators=[Operator("swish", numpy=swish, arity=2)])
]  # fmt: skip

# signs and powers beside each other, where languages differ in what binds tighter
SIGNS = [
    parse(law)
    for law in (
        "-x0**2", "(-x0)**2", "-x0**4", "(-x0)**4", "2**(-x1)", "2**-1*x0", "-2**x1", "(-2)**2*x0",
        "-(x0 - x1)**(-3)", "x0 - -x1", "x0*(-x1)", "x0/(-2)", "-(-x0)", "(x0**2)**0.5",
        "x0**(2**0.5)", "(x0*x1)**5/x2**7", "x0/x1/x2", "x0/(x1/x2)", "x0 - (x1 - x2)",
        "(-8)**(1/3)*x0", "x0**-2.5", "1e-7*x0 + 1e22*x1", "-0.0*x0", "123456789*x0",
        "2.5", "1/0 + x0", "log(-1)*x0", "sqrt(-2)", "exp(1000)*x1", "(1 - 1)/0", "asin(3)*x0",
        "(-2)**abs(-3)*x0", "(-2)**0*x1", "x0**0", "(-2)**acos(0.3) + x1",
        "(x0 - 5)**1099511627776*x2",
    )
]  # fmt: skip
BATCH = LAWS + SIGNS + OWN + drawn_trees(60, seed=3)

EDGES = np.array([
    [0.0, 1.0, -1.0], [-1.0, 0.0, 2.0], [-2.0, 3.0, 0.5], [-2.0, 0.5, 0.0], [1.0, -1.0, 1.0],
    [0.0, 0.0, 0.0], [2.0, -2.0, -0.5], [800.0, 2.0, 1.0], [-800.0, -3.0, 1.0],
])  # fmt: skip
EDGE_LAWS = [
    parse(law)
    for law in (
        "1/x0", "x0/x1", "x1/x0**2", "log(x0)", "sqrt(x0)", "x0**x1", "x0**3", "x0**(-2)",
        "abs(x0)**x1", "atan(1/x0)", "exp(-1/x0**2)", "exp(x0)", "1/(1/x0 + 1/x1)", "asin(x0)",
        "acos(x1)", "sin(1/x0)", "tanh(x0)", "cosh(x0)", "x0**0.5", "x0**(-1.5)", "1/exp(x0)",
    )
] + [law for law in OWN if "own_max" in str(law) or "own_sign" in str(law)]  # fmt: skip
ROWS = np.vstack([X, EDGES])


def texts_of(target: str) -> tuple[list[Node], list[str]]:
    """The laws that a language can write, as functions law_0, law_1, ..."""
    laws, texts = [], []
    for node in BATCH + EDGE_LAWS:
        lacks = target in LACK_ERF and ("erf(" in str(node) or "erfc(" in str(node))
        if lacks:
            with pytest.raises(ExportError, match=f"{target} has no function 'erf"):
                export(node, NAMES, target)
            continue
        laws.append(node)
        texts.append(export(node, NAMES, target, f"law_{len(texts)}"))
    return laws, texts


def check(laws: list[Node], values: np.ndarray, ieee: bool, rough: str = "no law") -> None:
    """Compare values of shape (laws, rows); laws that name `rough` to single precision."""
    assert values.shape == (len(laws), len(ROWS))
    for node, row in zip(laws, values, strict=True):
        Expected(node, SINGLE if rough in str(node) else DOUBLE).check(row[: len(X)])
        if node in EDGE_LAWS and ieee:
            wanted = evaluate(node, EDGES)
            np.testing.assert_allclose(row[len(X) :], wanted, rtol=1e-12, err_msg=str(node))


@pytest.mark.parametrize("target", RUNNERS)
def test_runs(target, tmp_path):
    """Compilers, interpreters, Excel's cells by the PyPI package ``formulas``."""
    laws, texts = texts_of(target)
    try:
        values = RUNNERS[target](texts, np.broadcast_to(ROWS, (len(laws), *ROWS.shape)), tmp_path)
    except NotHere as error:
        pytest.skip(str(error))
    check(laws, values, ieee=target not in ("python", "excel"))


def test_sql():
    laws, texts = texts_of("sql")
    rows = np.broadcast_to(ROWS, (len(laws), *ROWS.shape))
    try:
        values = sqlite(texts, rows, Path(), NAMES)
    except NotHere as error:
        pytest.skip(str(error))
    check(laws, values, ieee=False)


def test_torch():
    torch = pytest.importorskip("torch", reason="not installed here: torch")
    for node in BATCH:
        scope: dict = {}
        exec(compile(export(node, NAMES, "torch"), "torch", "exec"), scope)  # our own text
        for module in (torch_module(node), scope["Law"]()):
            Expected(node, DOUBLE).check(module(torch.tensor(X)).detach().numpy())


def test_onnx():
    """By the package's own reference, and by ONNX Runtime where it has the operators."""
    onnx = pytest.importorskip("onnx", reason="not installed here: onnx")
    from onnx.reference import ReferenceEvaluator

    laws = BATCH + EDGE_LAWS
    models = [export(node, NAMES, "onnx") for node in laws]
    assert {type(model) for model in models} == {bytes}
    with np.errstate(all="ignore"):
        runs = [ReferenceEvaluator(onnx.load_from_string(m)).run(None, {"X": ROWS}) for m in models]
    assert {y.dtype for (y,) in runs} == {np.dtype(float)}
    # its error function has eight digits
    check(laws, np.array([y for (y,) in runs]), ieee=True, rough="erf")


def test_onnx_runtime():
    runtime = pytest.importorskip("onnxruntime", reason="not installed here: onnxruntime")
    pytest.importorskip("onnx", reason="not installed here: onnx")
    lacks = ("asin(", "acos(", "atan(", "erf")  # on float64
    laws = [n for n in BATCH + EDGE_LAWS if not any(word in str(n) for word in lacks)]
    assert len(laws) > 100
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    models = [export(node, NAMES, "onnx") for node in laws]
    sessions = [runtime.InferenceSession(model, options) for model in models]
    values = [session.run(None, {"X": ROWS})[0] for session in sessions]
    check(laws, np.array(values), ieee=True)


def test_onnx_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    for error in (NotInstalledError, ImportError, ExportError):
        with pytest.raises(error, match="pip install onnx"):
            export(parse("x0"), ["x0"], "onnx")


# ---------------------------------------------------------------------- texts as they stand

GOLDEN = Path(__file__).parent / "golden"
SHOWN = [
    ("2.5*mass/r**2", NAMES),
    ("-(mass + r)**2.5 + sqrt(mass + r)*log(t) - (-3)*mass**4", NAMES),
    ("asin(x0)*acos(x1) + x0**x1/x2**(-3) + (x0 - x1)**3 - 1e-05*exp(-x2)", ["a", "b", "T [°C]"]),
    ("abs(tanh(x0)) + 0.5*sin(x1) - cos(2*pi*x2) + sinh(x0)/cosh(x1) + atan(tan(x2))", NAMES),
    ("3.5", NAMES),
]  # fmt: skip


def golden(target: str) -> str:
    laws = [parse(law, names if law.startswith(("2.5", "-(m")) else None) for law, names in SHOWN]
    laws += [OWN[UNARY.index("cbrt")], OWN[len(UNARY) + BINARY.index("maximum")]]
    names = [names for _, names in SHOWN] + [NAMES] * 2
    parts = (export(law, name, target) for law, name in zip(laws, names, strict=True))
    return "\n\n".join(part.strip() for part in parts) + "\n"


@pytest.mark.parametrize("target", LANGUAGES)
def test_the_texts(target):
    wanted = (GOLDEN / f"{target}.txt").read_text(encoding="utf-8")
    assert golden(target) == wanted


def test_every_language_is_a_target_and_listed():
    page = (Path(__file__).parents[3] / "docs/howto/deploy.md").read_text(encoding="utf-8")
    assert set(LANGUAGES) < set(TARGETS)
    for target in TARGETS:
        assert f"`{target}`" in page, target


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("julia", "end NaN begin"),
        ("matlab", "otherwise value nan_sqrt"),
        ("r", "function TRUE next"),
        ("fortran", "REAL Law T_1 Sin b"),
        ("javascript", "var Math"),
        ("cpp", "std nullptr"),
        ("c", "law"),
        ("rust", "is_nan"),
    ],
)
def test_words_of_a_language_are_no_columns(target, words):
    for word in words.split():
        assert identifiers([word, "a", "B"], LANGUAGES[target]) == ["x0", "x1", "x2"]
    assert identifiers(["speed", "a", "B"], LANGUAGES[target]) == ["speed", "a", "B"]


def test_lines_of_fortran_are_short():
    law = parse(" + ".join(f"{i}.123456789*sin({i}*x0)*exp(-x1/{i})" for i in range(1, 40)))
    text = write(law, NAMES, LANGUAGES["fortran"], "law")
    assert max(map(len, text.splitlines())) <= 132
    code = [line for line in text.splitlines() if not line.startswith("!")]
    statements = "".join(line.removesuffix("&") for line in code)
    assert statements.count("sin(") == 39 and len(code) > 20


def test_a_long_cell_is_refused():
    law = parse(" + ".join(f"{i}.123456789*sin({i}*x0)*x1**{i}" for i in range(1, 240)))
    with pytest.raises(ExportError, match="too long for excel"):
        export(law, NAMES, "excel")
    assert export(parse("x26 + x27 + x701 + x702"), [f"x{i}" for i in range(800)], "excel") == (
        "=AA2 + AB2 + ZZ2 + AAA2"
    )


def test_operators_that_no_text_can_hold():
    for numpy, reason in (
        (lambda a: np.where(a > 0, a, 0.0), "not supported between"),
        (lambda a: np.where(a == 0, 1.0, a), "it compares numbers"),
        (lambda a: np.nan_to_num(a), "it needs the numbers themselves"),
        (lambda a: np.where(np.isnan(a), 0.0, a), "it needs the numbers themselves"),
    ):
        law = parse("odd(x0)", operators=[Operator("odd", numpy=numpy)])
        for target in ("c", "python", "julia"):
            with pytest.raises(ExportError, match=reason):
                export(law, ["x0"], target)


def test_a_recording_is_checked_with_numbers():
    def tricky(a):  # adds something only to arrays
        return a + 1.0 if isinstance(a, np.ndarray) else a

    law = parse("tricky(x0)", operators=[Operator("tricky", numpy=tricky)])
    with pytest.raises(ExportError, match="other things"):
        export(law, ["x0"], "c")


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for language in LANGUAGES:
        (GOLDEN / f"{language}.txt").write_text(golden(language), encoding="utf-8")
