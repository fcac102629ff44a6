"""The package as a whole: import direction, import time, the wheel."""

import ast
import importlib.util
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "sklearn_trm"

_SPEC = importlib.util.spec_from_file_location("architecture", ROOT / "docs" / "architecture.py")
architecture = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(architecture)

MODULES = architecture.modules()
IMPORTS = {name: architecture.imports(name, path, MODULES) for name, path in MODULES.items()}

# Data flows down this list (docs/architecture.md): a module imports from its own room and from
# those above its line, wherever in it the import stands.
FLOW = (
    "errors", "cache", "_moved", "_version", "expressions", "rules", "objectives", "data", "task",
    "selection", "network", "search", "fit", "curves", "output", "estimators", "cli", "__init__",
    "__main__",
)  # fmt: skip
MOST_ROOMS, MOST_FLOORS, MOST_LINES, MOST_SCREEN = 20, 12, 400, 60


def python(code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def names_of(path):
    """Modules that a file imports by their whole names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


def test_every_room_has_its_place_in_the_flow():
    assert sorted({architecture.room(name) for name in MODULES}) == sorted(FLOW)
    assert len(FLOW) <= MOST_ROOMS


@pytest.mark.parametrize("name", sorted(MODULES), ids=lambda name: name or "__init__")
def test_data_flows_down(name):
    own = FLOW.index(architecture.room(name))
    upward = [n for n in IMPORTS[name] if FLOW.index(architecture.room(n)) > own]
    assert not upward, f"{name} imports {upward}: upward"


def test_no_module_reaches_itself():
    assert architecture.circles(IMPORTS) == []


def test_floors():
    """Also the folders beside the package count: training imports benchmarks, both the package."""
    rooms = dict(architecture.rooms())
    for folder in ("benchmarks", "training"):
        used = {name for path in (ROOT / folder).rglob("*.py") for name in names_of(path)}
        known = {"__init__" if n == "sklearn_trm" else n.removeprefix("sklearn_trm.") for n in used}
        own = {name.split(".")[0] for name in known}
        rooms[folder] = own & {*FLOW, "benchmarks", "training"} - {folder}
    assert rooms["training"] >= {"benchmarks", "search"}  # absolute imports are seen
    floors = architecture.floors(rooms)
    assert max(floors.values()) <= MOST_FLOORS, floors


@pytest.mark.parametrize("name", sorted(MODULES), ids=lambda name: name or "__init__")
def test_modules_say_what_they_are_and_stay_short(name):
    text = MODULES[name].read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{name} has no docstring"
    assert text.count("\n") <= MOST_LINES


def test_the_package_never_imports_training():
    for path in MODULES.values():
        for name in names_of(path):
            assert name.split(".")[0] not in ("training", "benchmarks", "tests"), path.name
            assert name.split(".")[0] != "sklearn_trm", f"{path}: imports are relative"


def test_the_picture_is_of_these_imports():
    done = subprocess.run(
        [sys.executable, "docs/architecture.py", "--check"], cwd=ROOT, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    # what is said of each room has room: the first line of its docstring is short
    assert "\N{HORIZONTAL ELLIPSIS}" not in architecture.picture()


def test_the_page_tells_of_every_package_and_its_steps_are_there():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for name in FLOW:
        if (PACKAGE / name).is_dir():
            assert f"**`{name}/`**" in page, f"{name}/ has no paragraph"
    steps = re.findall(r"^\| (\d+) \|.*?\| `([\w/]+\.py)` `([\w.]+)` \|$", page, re.M)
    assert [int(number) for number, _, _ in steps] == list(range(1, len(steps) + 1))
    assert 6 <= len(steps) <= 12
    for _, path, function in steps:
        body = ast.parse((PACKAGE / path).read_text(encoding="utf-8")).body
        for part in function.split("."):
            (found,) = (n for n in body if getattr(n, "name", "") == part)
            body = found.body
        lines = found.end_lineno - found.body[bool(ast.get_docstring(found))].lineno + 1
        assert lines <= MOST_SCREEN, f"{function} is longer than a screen"
    for link in re.findall(r"`sklearn_trm/([\w/]+(?:\.py|/))`", page):
        assert (PACKAGE / link).exists(), link


def test_import_is_light():
    heavy = ["jax", "flax", "numba", "sympy", "matplotlib"]
    code = (
        "import sys; from sklearn_trm import TRMSymbolicRegressor, solve; "
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    assert python(code).strip() == "[]"


def test_import_is_quick():
    took = "import time; start = time.process_time(); %s; print(time.process_time() - start)"

    def least(line):  # other work on the machine makes all of it slower
        return min(float(python(took % line)) for _ in range(3))

    assert least("import sklearn_trm") < 0.3
    # the estimator is a scikit-learn one: what is added to that import is ours: a share of it,
    # as seconds are the machine's
    whole = least("from sklearn_trm import TRMSymbolicRegressor")
    assert whole < 1.7 * least("import sklearn.base")


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
    for part in ("report.html", "report.css", "report.js"):
        assert f"sklearn_trm/output/page/templates/{part}" in names
    for path in MODULES.values():
        assert path.relative_to(ROOT).as_posix() in names
    assert not any(name.startswith(("tests/", "training/")) for name in names)


def test_readme_has_the_two_commands_and_is_short():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count("<!-- ci:") == 2 and text.count("![") == 1
    assert text.count("\n") <= 120


def test_the_tree_has_every_room():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for name in FLOW:
        entry = f"  {name}/ " if (PACKAGE / name).is_dir() else f"  {name}.py "
        assert entry in text or name.startswith("__"), f"{name} is not in the tree"
