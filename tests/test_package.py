"""The package as a whole: import direction, import time, the wheel."""

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "sklearn_trm").glob("**/*.py"))

# Data flows down this list (docs/adr/0001); a module imports only from lines above its own,
# or from its own line.
FLOW = (
    "errors recent other_names dates cache",
    "expressions",
    "constraints units knowledge",
    "rules",
    "relevance",
    "export",
    "front",
    "logistic losses",
    "select risk",
    "lean shorten",
    "polish",
    "objective measured",
    "network search",
    "recursion",
    "validation datasets",
    "settings table",
    "deadline callbacks",
    "judge",
    "answer_loop",
    "passes",
    "fitted targets guesses",
    "fitting",
    "laws template",
    "formula",
    "formula_fit",
    "template_fit",
    "odds_terms",
    "estimator",
    "classifier transformer",
    "saving",
    "solving many report plot reading",
    "cli",
    "__init__ __main__",
)
RANK = {name: rank for rank, names in enumerate(FLOW) for name in names.split()}


def module(path):
    """Name of a file in the flow; a folder is one place."""
    first, *inner = path.relative_to(ROOT / "sklearn_trm").parts
    return first if inner else path.stem


def imports(path, everywhere=True):
    """Names of the modules of the package that a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = len(path.relative_to(ROOT / "sklearn_trm").parts)
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.ImportFrom) and node.level == inside:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from (name.split(".")[0] for name in names)


def python(code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: "/".join(p.parts[-2:]))
def test_data_flows_down(path):
    own = module(path)
    assert own in RANK, f"{path.name} has no place in the flow: add it here and to ADR 0001"
    # at the top of a module: those inside functions are printing and other late conveniences
    for name in imports(path, everywhere=False):
        if own != "__init__" and not name.startswith("__"):
            assert RANK[name] <= RANK[own], f"{path.name} imports {name}: upward"


def test_the_package_never_imports_training():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names.append(node.module)
            assert not any(name.split(".")[0] == "training" for name in names), path.name


def test_import_is_light():
    heavy = ["jax", "flax", "numba", "sympy", "matplotlib"]
    code = (
        "import sys; from sklearn_trm import TRMSymbolicRegressor, solve; "
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    assert python(code).strip() == "[]"


def test_import_is_quick():
    took = "import time; start = time.process_time(); %s; print(time.process_time() - start)"
    assert float(python(took % "import sklearn_trm")) < 0.3
    # the estimator is a scikit-learn one: what is added to that import is ours
    whole = float(python(took % "from sklearn_trm import TRMSymbolicRegressor"))
    assert whole < 0.5 + float(python(took % "import sklearn.base"))


def test_predict_and_pickle_need_neither_jax_nor_weights():
    fitted = python(
        "import pickle, numpy as np; from sklearn_trm import TRMSymbolicRegressor as T; "
        "X = np.random.default_rng(0).uniform(1, 5, (50, 2)); "
        "est = T(model=None, random_state=0).fit(X, X[:, 0] / X[:, 1]); "
        "print(pickle.dumps(est).hex())"
    ).strip()
    assert len(fitted) // 2 < 4096
    out = python(
        "import pickle, sys; "
        "sys.modules['jax'] = sys.modules['numba'] = sys.modules['safetensors'] = None; "
        f"est = pickle.loads(bytes.fromhex('{fitted}')); "
        "print(est.expr_, est.predict([[4.0, 2.0]])[0])"
    )
    assert out.split() == ["x0/x1", "2.0"]


def test_the_wheel_holds_the_weights(tmp_path):
    from hatchling.builders.wheel import WheelBuilder

    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = zipfile.ZipFile(wheel).namelist()
    for path in (ROOT / "pretrained").iterdir():
        assert f"sklearn_trm/pretrained/{path.name}" in names
    assert "sklearn_trm/pretrained/registry.json" in names
    for path in SOURCES:
        assert path.relative_to(ROOT).as_posix() in names
    assert not any(name.startswith(("tests/", "training/")) for name in names)


def test_readme_has_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count("<!-- ci:") == 2
    for path in SOURCES:
        known = path.name in text or path.name.startswith("__") or f"  {module(path)}/ " in text
        assert known, f"{path.name} is not in the tree"
