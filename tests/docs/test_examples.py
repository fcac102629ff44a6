"""The examples of the gallery run, with smaller grids."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def run(name: str, *changes: tuple[str, str]) -> dict:
    """An example with some of its text changed, drawn to nowhere."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    for pattern, new in changes:
        text, count = re.subn(pattern, new, text)
        assert count == 1, pattern
    scope: dict = {"__name__": "example"}
    exec(compile(text, name, "exec"), scope)
    scope["plt"].close("all")
    return scope


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
def test_grid_search():
    scope = run(
        "plot_grid_search.py",
        (r"\[4, 8, 12, 20\]", "[1, 12]"), (r"\[8, 32\]", "[8]"), (r"\[1e-1, 1e-3\]", "[1e-1]"),
        (r"KFold\(3", "KFold(2"), (r"max_steps=1", "max_steps=1, search=False"),
    )  # fmt: skip
    search = scope["search"]
    assert isinstance(search.best_estimator_, TRMSymbolicRegressor)
    assert search.best_params_["max_complexity"] == 12 and search.best_score_ > 0.5
    assert len(scope["results"]) == 2
    # the picture shows them
    left, right = scope["axes"]
    assert len(left.containers) == 1 and left.get_yscale() == "log"
    velocity = right.lines[0].get_ydata()
    assert np.isfinite(velocity).all() and 1 <= len(velocity) <= 8


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
def test_two_laws():
    scope = run("plot_two_laws.py", (r"1024, 41\)", "1024, 11)"))
    before, after = (scope["likely"](scope[name]) for name in ("before", "after"))
    assert len(before) >= 2 and after.probability.iloc[0] > before.probability.iloc[0]
    assert scope["best"]["area"].item() == 1024 == scope["X2"]["area"].iloc[-1]
    assert "log" in after.law.iloc[0]  # what the counts were drawn from
    one, wide = (np.subtract(*scope[name][::-1])[-1] for name in ("one_band", "wide_band"))
    assert wide > 1.2 * one
    assert len(scope["axes"][1].lines[0].get_ydata()) == 11 and max(scope["told"]) < np.log(2)


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
def test_few_rows(monkeypatch):
    # other work on the machine takes nothing of the five seconds
    monkeypatch.setattr(TRMSymbolicRegressor, "_clock", staticmethod(time.process_time))
    scope = run("plot_few_rows.py", ("time_limit=5", "time_limit=5, model=None"))
    est, front = scope["est"], scope["front"]
    assert "c + 3" in str(est) and "Michaelis-Menten" in str(est)
    assert front["probability"].is_monotonic_decreasing and len(front) >= 3
    doubt, alone = (band.get_paths()[0].get_extents() for band in scope["ax"].collections[:2])
    assert doubt.height > alone.height  # doubt about the law opens the band


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
def test_known_errors():
    steps = "max_steps=4, model=None, time_limit=None"
    scope = run(
        "plot_known_errors.py",
        (r"known = TRMSymbolicRegressor\(time_limit=5", f"known = TRMSymbolicRegressor({steps}"),
        (r"even = TRMSymbolicRegressor\(time_limit=5", f"even = TRMSymbolicRegressor({steps}"),
    )
    assert "exp" in scope["known"].expr_ and "exp" in scope["even"].expr_
    exact = scope["error"] < 1.0
    off = scope["known"].predict(scope["t"][exact]) - scope["y"][exact]
    assert np.mean((off / 0.2) ** 2) < 2.0  # the law goes through the exact rows


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
def test_groups():
    scope = run("plot_groups.py", (r"time_limit=8", "time_limit=None, max_steps=1, model=None"))
    est = scope["est"]
    assert est.form() == "a[patient]*dose/(dose + b)" and est.name_ == "Michaelis-Menten"
    found = est.constants_by_group_
    assert abs(found["a[patient]", "value"] - [10.0, 7.0, 3.0]).max() < 0.5
    assert len(scope["ax"].lines) == 6 and scope["laws"].probability.iloc[0] > 0.5


def test_every_example_is_run():
    source = Path(__file__).read_text(encoding="utf-8")
    for path in EXAMPLES.glob("plot_*.py"):
        assert f'"{path.name}"' in source, f"{path.name} has no test here"
        assert path.read_text(encoding="utf-8").startswith('"""\n'), "sphinx-gallery wants a title"
