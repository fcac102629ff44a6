"""The examples of the gallery run, and find what their last sentence says."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = sorted(DOCS.glob("examples/plot_*.py"))
pytestmark = pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
ALONE = (r"random_state=0", "random_state=0, model=None")  # without the network: quicker


@pytest.fixture(autouse=True)
def processor_time(monkeypatch):
    """Other work on the machine takes nothing of the seconds of a fit."""
    for cls in (TRMSymbolicRegressor, TRMSymbolicClassifier):
        monkeypatch.setattr(cls, "_clock", staticmethod(time.process_time))


def run(name: str, *changes: tuple[str, str]) -> dict:
    """An example with some of its text changed, drawn to nowhere."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    text = (DOCS / "examples" / name).read_text(encoding="utf-8")
    for pattern, new in changes:
        text, count = re.subn(pattern, new, text)
        assert count >= 1, pattern
    scope: dict = {"__name__": "example"}
    exec(compile(text, name, "exec"), scope)
    assert scope["plt"].get_fignums(), "an example ends with a picture"
    scope["plt"].close("all")
    return scope


def test_planets():
    assert str(run("plot_planets.py", ALONE)["est"].short_text()) == "distance**1.5"


def test_hubble():
    scope = run("plot_hubble.py", ALONE)
    ((value, std),) = scope["est"].constants_[["value", "std"]].to_numpy()
    assert len(scope["X"]) == 24 and scope["est"].short_text() == "424*distance"
    assert round(value) == 424 and round(std) == 42


def test_black_body():
    scope = run("plot_black_body.py", ALONE, ("time_limit=8", "time_limit=4"))
    assert "Planck" in scope["est"].name_ and scope["kelvin"] == pytest.approx(2.725, abs=1e-4)


def test_free_fall():
    scope = run("plot_free_fall.py", ALONE, ("time_limit=8", "time_limit=6"))
    assert "log(cosh(" in scope["est"].expr_
    assert scope["factor"] * scope["rate"] ** 2 == pytest.approx(9.81, rel=0.01)
    assert scope["factor"] * scope["rate"] == pytest.approx(8.0, rel=0.01)


def test_pendulum():
    scope = run("plot_pendulum.py", ALONE, ("time_limit=8", "time_limit=4"))
    est, exact, pd = scope["est"], scope["exact"], scope["pd"]

    def off(angle):
        swings = pd.DataFrame({"length": 1.0, "angle": angle})
        return np.abs(est.predict(swings) / exact(swings) - 1).max()

    assert "sqrt(length)" in est.expr_ and off(np.linspace(0.05, 1.5, 20)) < 0.001
    assert off([2.5]) > 0.005 and off([2.9]) > 0.03


def test_allometry():
    scope = run("plot_allometry.py", ('"random_state": 0', '"random_state": 0, "model": None'))
    slope = scope["absolute"].constants_.value.iloc[0]
    assert scope["absolute"].name_ == "straight line" and slope == pytest.approx(0.74, abs=0.01)
    assert scope["squared"].name_ != "straight line"
    size = scope["absolute"].predict(scope["X"]) - scope["y"]
    assert sorted(np.argsort(size)[-3:]) == [5, 15, 25] and size[5] > 1.5  # dinosaurs


def test_nist():
    scope = run("plot_nist.py", ALONE, ("time_limit=5", "time_limit=3"))
    known = scope["known"].constants_[["value", "std"]]
    np.testing.assert_allclose(known, scope["certified"], rtol=1e-8)
    model, found = scope["squares"]
    assert model == pytest.approx(0.124551, abs=1e-6) and found < model / 4
    from benchmarks.nist import load

    set_ = load("Misra1a")
    np.testing.assert_array_equal(set_.X[:, 0], scope["x"])
    np.testing.assert_array_equal(set_.y, scope["y"])
    np.testing.assert_allclose(set_.certified, scope["certified"].value)


def test_tides():
    scope = run("plot_tides.py", ALONE, ("time_limit=10", "time_limit=6"))
    periods = np.sort(2 * np.pi / scope["rates"])
    np.testing.assert_allclose(periods, [12.0, 12.4206], atol=0.01)


def test_lake():
    scope = run("plot_lake.py", ALONE, ("time_limit=10", "time_limit=6"))
    numbers = scope["est"].constants_.value
    rate = numbers.iloc[0] * 365.25
    wave = [value for value in numbers.abs() if 0.01 < value < 0.03]
    assert scope["est"].name_ == "sine wave on a line" and 0.3 < rate < 0.48
    assert 2 * np.pi / wave[0] == pytest.approx(365, abs=2)


def test_population():
    scope = run("plot_population.py", ALONE)
    last = scope["pd"].DataFrame({"year": [2020.0]})
    assert scope["census"].people.iloc[-1] == 331.4
    assert scope["est"].predict(last) > 450 and scope["of_verhulst"].predict(last) < 250
    (low,), (high,) = scope["est"].predict_interval(last, 0.95, law_doubt=True)
    assert not low < 331.4 < high


def test_calibration():
    from benchmarks.nist import load

    scope = run("plot_calibration.py", ALONE)
    off = np.abs(scope["est"].predict(scope["X"]) - scope["celsius"]).max()
    best = np.abs(scope["known"].predict(scope["X"]) - scope["celsius"]).max()
    assert off < 0.012 and best < 0.012 and len(scope["known"].constants_) == 3
    np.testing.assert_array_equal(load("MGH10").y, scope["ohm"])


def test_diabetes():
    limits = ("time_limit=8, random_state=0", "time_limit=4, random_state=0, model=None")
    scores = run("plot_diabetes.py", limits)["scores"]
    law = scores["this package, law"]
    assert scores["LinearRegression"] > law > scores["boosting, tuned by hand"] > 0.2


def test_rings():
    scope = run("plot_rings.py", ALONE)
    est, at = scope["est"], scope["line_at"]
    morning = scope["pd"].DataFrame({"F": [31.0]})
    assert est.predict_proba(morning, index=at)[0, 1] == pytest.approx(0.9996, abs=1e-4)
    assert est.name_ == "constant" or est.short_text().startswith("-0.8")  # the default choice
    odds = est.equations_.loss
    assert np.exp(23 * (odds.iloc[0] - odds[at])) == pytest.approx(53, abs=1)


def test_grid_search():
    scope = run(
        "plot_grid_search.py",
        (r"\[4, 12, 20\]", "[1, 12]"), (r"\[16\]", "[8]"), (r"\[1e-1, 1e-3\]", "[1e-1]"),
        (r"max_steps=1", "max_steps=1, search=False"),
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


def test_two_laws():
    scope = run("plot_two_laws.py", (r"1024, 41\)", "1024, 11)"))
    before, after = (scope["likely"](scope[name]) for name in ("before", "after"))
    assert len(before) >= 2 and after.probability.iloc[0] > before.probability.iloc[0]
    assert scope["best"]["area"].item() == 1024 == scope["X2"]["area"].iloc[-1]
    assert "log" in after.law.iloc[0]  # what the counts were drawn from
    one, wide = (np.subtract(*scope[name][::-1])[-1] for name in ("one_band", "wide_band"))
    assert wide > 1.2 * one
    assert len(scope["axes"][1].lines[0].get_ydata()) == 11 and max(scope["told"]) < np.log(2)


def test_few_rows():
    scope = run("plot_few_rows.py", ALONE)
    est, front = scope["est"], scope["front"]
    assert "c + 3" in str(est) and "Michaelis-Menten" in str(est)
    assert front["probability"].is_monotonic_decreasing and len(front) >= 3
    doubt, alone = (band.get_paths()[0].get_extents() for band in scope["ax"].collections[:2])
    assert doubt.height > alone.height  # doubt about the law opens the band


def test_known_errors():
    scope = run("plot_known_errors.py", ALONE)
    assert scope["known"].name_ == "decay to a level" and "exp" in scope["even"].expr_
    exact = scope["error"] < 1.0
    off = scope["known"].predict(scope["t"][exact]) - scope["y"][exact]
    assert np.mean((off / 0.2) ** 2) < 2.0  # the law goes through the exact rows


def test_groups():
    scope = run("plot_groups.py", ALONE, (r"time_limit=8", "time_limit=None, max_steps=1"))
    est = scope["est"]
    assert est.form() == "a[patient]*dose/(dose + b)" and est.name_ == "Michaelis-Menten"
    found = est.constants_by_group_
    assert abs(found["a[patient]", "value"] - [10.0, 7.0, 3.0]).max() < 0.5
    assert len(scope["ax"].lines) == 6 and scope["laws"].probability.iloc[0] > 0.5


def test_the_inside():
    thinking = run("../inside/plot_thinking.py")["est"]
    assert thinking.converged_ and all(v[-1] < v[0] for v in thinking.velocity_history_)
    searching = run("../inside/plot_searching.py", ALONE)
    assert searching["est"].short_text() == "0.5*t + 3*exp(-t*k)" and len(searching["heard"]) > 2
    crystal = run("../inside/plot_crystal.py")
    assert len(crystal["est"].answer_steps_) > 1
    run("../inside/plot_pictures.py", ALONE, ("time_limit=8", "time_limit=3"))
    choice = run("../inside/plot_choice.py", ALONE)
    front = choice["front"]
    assert front.loss[front.selected].item() > front.loss.min()  # not the smallest error
    assert front.description_length[front.selected].item() == 0.0


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_run_and_says_what_it_found(path):
    assert f'"{path.name}"' in Path(__file__).read_text(encoding="utf-8"), "it has no test here"
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""\n'), "sphinx-gallery wants a title"
    said = " ".join(text.rpartition("plt.show()\n")[2].replace("# %%", "").replace("#", "").split())
    assert said.startswith("**Found") and "**not found" in said
    assert len(re.findall(r"[.!?](?:\s|$)", said)) == 1, "one sentence"


def test_the_gallery_is_large_enough():
    assert len(EXAMPLES) >= 14
