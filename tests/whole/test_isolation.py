"""What comes from strangers runs nothing, and a fit reaches nothing beyond the user's folders."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sklearn_trm
from sklearn_trm import Constraints, TRMSymbolicRegressor, load
from sklearn_trm.cli import main
from sklearn_trm.errors import TRMError
from sklearn_trm.network import weights

ROOT = Path(sklearn_trm.__file__).resolve().parents[1]
FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1, "max_complexity": 7}
SAVED = Path(__file__).parents[1] / "saved" / "0.1.0.dev0" / "regressor.json"
RNG = np.random.default_rng(0)
X = RNG.uniform(1, 4, (30, 2))


class Canary:
    """An object whose unpickling, and a text whose evaluation, leaves a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.code = f"__import__('pathlib').Path({str(path)!r}).touch()"

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.fixture
def canary(tmp_path):
    bird = Canary(tmp_path / "executed")
    yield bird
    assert not bird.path.exists(), "a stranger's code was executed"


def test_a_canary_sings(tmp_path):
    bird = Canary(tmp_path / "executed")
    pickle.loads(pickle.dumps(bird))
    assert bird.path.exists()
    bird.path.unlink()
    eval(bird.code)
    assert bird.path.exists()


# ---------------------------------------------------------------------- laws


def places(data, at=()):
    """Every place of a JSON value."""
    yield at
    for key in (
        data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    ):
        yield from places(data[key], (*at, key))


def test_a_foreign_law_runs_nothing(canary, tmp_path):
    """Code in each place of a file in turn: as a text, as the name of an operator, as a class."""
    whole, path = json.loads(SAVED.read_text()), tmp_path / "law.json"
    hostile = (canary.code, [canary.code, "x0"], {"py/object": "os.system", "loss": canary.code},
               ["__import__", ["os"]])  # fmt: skip
    spots, refused = [p for p in places(whole) if p], 0
    assert len(spots) > 60
    for *parents, last in spots:
        for value in hostile:
            data = json.loads(SAVED.read_text())
            spot = data
            for key in parents:
                spot = spot[key]
            spot[last] = value
            path.write_text(json.dumps(data))
            try:
                est = load(path)
                if not hasattr(est, "feature_names_in_"):
                    est.predict(X)
                est.export("python"), est.latex(), repr(est)
            except (TRMError, ValueError, TypeError):  # scikit-learn checks parameters too
                refused += 1
    assert refused > 3 * len(spots)
    path.write_bytes(pickle.dumps(canary, protocol=0))
    with pytest.raises(TRMError):
        load(path)


@pytest.mark.parametrize(
    "use",
    [
        lambda code: TRMSymbolicRegressor(**FAST).fit(X, X[:, 0], guesses=[code]),
        lambda code: TRMSymbolicRegressor(**FAST).fit(X, X[:, 0], template=code),
        lambda code: TRMSymbolicRegressor(**FAST).fit(X, X[:, 0], units=[code, "m"], y_units="m"),
        lambda code: TRMSymbolicRegressor(**FAST | {"unary_operators": [f"inv(x) = {code}"]}).fit(
            X, X[:, 0]
        ),
        lambda code: TRMSymbolicRegressor(**FAST, loss=code).fit(X, X[:, 0]),
        lambda code: TRMSymbolicRegressor(**FAST, selection=code).fit(X, X[:, 0]),
        lambda code: TRMSymbolicRegressor(**FAST | {"model": code}).fit(X, X[:, 0]),
        lambda code: TRMSymbolicRegressor(
            **FAST, constraints=Constraints(forbidden=[(code,)])
        ).fit(X, X[:, 0]),
        lambda code: sklearn_trm.load(SAVED).export("python", name=code),
        lambda code: sklearn_trm.load(SAVED).export(code),
    ],
)  # fmt: skip
def test_texts_are_read_and_not_run(canary, use):
    with pytest.raises((TRMError, ValueError)):
        use(canary.code)


# ---------------------------------------------------------------------- tables and weights


def test_a_foreign_table_runs_nothing(canary, tmp_path):
    cells = [canary.code, '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0", "@SUM(1)", "{{7*7}}"]
    lines = [f"{canary.code},a,y", *(f'"{cell}",{i},{i}' for i, cell in enumerate(cells))]
    (tmp_path / "t.csv").write_text("\n".join([*lines, *(f"{i},{i},{i}" for i in range(9))]))
    assert main(["fit", str(tmp_path / "t.csv"), "--target", "y", "--time-limit", "1"]) == 1
    np.save(tmp_path / "t.npy", np.array([[canary, 1.0]] * 9, dtype=object), allow_pickle=True)
    (tmp_path / "t.parquet").write_bytes(pickle.dumps(canary))
    (tmp_path / "t.xlsx").write_bytes(pickle.dumps(canary))
    for name in ("t.npy", "t.parquet", "t.xlsx"):
        assert main(["fit", str(tmp_path / name), "--target", "0", "--model", "none"]) == 1


def test_foreign_weights_run_nothing(canary, tmp_path):
    whole = (weights.folder() / "tiny.safetensors").read_bytes()
    size = int.from_bytes(whole[:8], "little")
    body = pickle.dumps(canary, protocol=2)
    header = json.dumps({"__metadata__": {"facts": '"no facts"'}}).encode()
    for content in (body, whole[: len(whole) // 2], b"", whole[:8] + b"[" * size,
                    len(header).to_bytes(8, "little") + header):  # fmt: skip
        path = tmp_path / "w.safetensors"
        path.write_bytes(content)
        with pytest.raises(TRMError):
            weights.read(str(path))


def test_one_changed_byte_of_the_weights_is_seen(tmp_path, monkeypatch):
    for path in weights.folder().iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(weights, "folder", lambda: tmp_path)
    weights.read("auto")
    shipped = tmp_path / weights.registry()["models"]["tiny"]["file"]
    content = bytearray(shipped.read_bytes())
    content[-5] ^= 1
    shipped.write_bytes(content)
    with pytest.raises(TRMError, match="sha256"):
        weights.read("auto")


@pytest.mark.parametrize(
    "entry",
    [
        {"file": "../../etc/passwd", "sha256": "0" * 64},
        {"file": "/etc/passwd", "sha256": "0" * 64},
        {"file": "tiny.safetensors"}, {"file": "tiny.safetensors", "sha256": None}, [], None,
    ],
)  # fmt: skip
def test_a_registry_names_only_what_lies_beside_it(tmp_path, monkeypatch, entry):
    monkeypatch.setattr(weights, "folder", lambda: tmp_path)
    (tmp_path / "registry.json").write_text(json.dumps({"default": "a", "models": {"a": entry}}))
    with pytest.raises(TRMError, match="reinstall"):
        weights.read("auto")


# ---------------------------------------------------------------------- what a fit reaches

WATCHED = """
import sys
events = []
def watch(event, args):
    if event.startswith(("socket.", "urllib.", "ftplib.", "http.", "smtplib.")):
        events.append([event, repr(args)[:200]])
    elif event in ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "subprocess.Popen"):
        events.append([event, repr(args)[:200]])
sys.addaudithook(watch)
import json, pickle
import numpy as np
import pandas as pd
from sklearn_trm import TRMSymbolicRegressor, load
frame = pd.DataFrame(np.random.default_rng(0).uniform(1, 5, (40, 2)), columns=["a", "b"])
y = frame["a"] ** 2 / frame["b"] + frame["a"]
est = TRMSymbolicRegressor(
    time_limit=None, max_steps=1, random_state=0, n_candidates=8, max_iters=4
).fit(frame, y)
est.save("law.json")
law = load("law.json")
law.predict(frame), law.export("c"), law.latex(), law.report("law.html", frame, y)
pickle.loads(pickle.dumps(law)).predict_interval(frame)
print(json.dumps(events))
"""


def test_no_network_no_program_and_no_file_elsewhere(tmp_path):
    """Python's own audit of a fit by the network, prediction, files and a page."""
    home, work, other = (tmp_path / name for name in ("home", "work", "other"))
    for folder in (home, work, other):
        folder.mkdir()
    keep = {k: v for k, v in os.environ.items() if k in ("PATH", "OMP_NUM_THREADS", "LANG")}
    env = {**keep, "HOME": str(home), "TMPDIR": str(other), "PYTHONPATH": str(ROOT),
           "PYTHONDONTWRITEBYTECODE": "1", "JAX_PLATFORMS": "cpu"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], cwd=work, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert [e for e in json.loads(done.stdout.splitlines()[-1]) if "uname" not in e[1]] == []
    assert sorted(p.name for p in work.iterdir()) == ["law.html", "law.json"]
    assert list(other.iterdir()) == []
    top = {p.relative_to(home).parts[:2] for p in home.rglob("*") if p.is_file()}
    assert {parts for parts in top if parts != (".cache", "sklearn-trm")} <= {
        (".cache", "matplotlib")
    }


def test_skops_holds_laws_without_pickle(tmp_path):
    io = pytest.importorskip("skops.io", reason="not installed here: skops")
    est = load(SAVED)
    io.dump(est, tmp_path / "law.skops")
    unknown = io.get_untrusted_types(file=tmp_path / "law.skops")
    assert unknown and all(name.startswith("sklearn_trm.") for name in unknown)
    again = io.load(tmp_path / "law.skops", trusted=unknown)
    np.testing.assert_array_equal(again.predict(X), est.predict(X))
    assert again.expr_ == est.expr_
